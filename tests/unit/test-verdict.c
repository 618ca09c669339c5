// SPDX-License-Identifier: GPL-2.0-or-later
/* What parties are to each other on a line, and the verdicts and reasons that follow. */
#include "topology.h"

static void alone_is_exclusive_when_every_line_is_known(void **state)
{
	struct machine *m = machine_of("aarch64");

	(void)state;
	CARD(m, "00:02.0", 'A', .firmware = 37, .driver = "vfio-pci");
	CARD(m, "00:03.0", 'A', .firmware = 38);
	settle(m);
	expect_verdict(m, "00:02.0", VERDICT_EXCLUSIVE);
	expect_reason(m, "00:02.0", "alone", NULL);
	expect_sharers(m, "00:02.0", 0, 0, 0, 0);
	machine_free(m);
}

static void no_pin_is_no_intx(void **state)
{
	struct machine *m = machine_of("aarch64");

	(void)state;
	CARD(m, "00:02.0", 0);
	CARD(m, "00:03.0", 'A', .firmware = 38);
	settle(m);
	expect_verdict(m, "00:02.0", VERDICT_NO_INTX);
	expect_reason(m, "00:02.0", "no-pin", NULL);
	expect_verdict(m, "00:03.0", VERDICT_EXCLUSIVE); /* and it counts for nobody */
	machine_free(m);
}

static void an_action_of_another_makes_shared(void **state)
{
	struct machine *m = machine_of("aarch64");

	(void)state;
	CARD(m, "00:02.0", 'A', .firmware = 37, .driver = "e1000");
	CARD(m, "00:06.0", 'A', .firmware = 37, .driver = "vfio-pci");
	irq(m, 22, "GICv3", 37, "e1000, vfio-intx(0000:00:06.0)");
	settle(m);
	expect_verdict(m, "00:06.0", VERDICT_SHARED);
	expect_reason(m, "00:06.0", "active-sharer", "0000:00:02.0");
	expect_sharers(m, "00:06.0", 1, 0, 0, 0);
	expect_verdict(m, "00:02.0", VERDICT_SHARED);
	expect_reason(m, "00:02.0", "active-sharer", "0000:00:06.0");
	machine_free(m);
}

static void an_action_of_its_own_is_no_sharer(void **state)
{
	struct machine *m = machine_of("aarch64");

	(void)state;
	CARD(m, "00:06.0", 'A', .firmware = 37, .driver = "vfio-pci");
	irq(m, 22, "GICv3", 37, "vfio-intx(0000:00:06.0)");
	settle(m);
	expect_verdict(m, "00:06.0", VERDICT_EXCLUSIVE);
	machine_free(m);
}

static void a_holder_that_is_no_pci_function_makes_shared(void **state)
{
	struct machine *m = machine_of("aarch64");

	(void)state;
	CARD(m, "00:06.0", 'A', .firmware = 37, .driver = "vfio-pci");
	irq(m, 22, "GICv3", 37, "uart-pl011, vfio-intx(0000:00:06.0)");
	settle(m);
	expect_verdict(m, "00:06.0", VERDICT_SHARED);
	expect_reason(m, "00:06.0", "foreign-holder", "uart-pl011");
	expect_sharers(m, "00:06.0", 1, 0, 0, 0);
	machine_free(m);
}

/* An action named for nobody here ("eth0") is that of a driver that may have one, not of a stranger. */
static void an_action_by_another_name_is_the_drivers(void **state)
{
	struct machine *m = machine_of("aarch64");

	(void)state;
	CARD(m, "00:02.0", 'A', .firmware = 37, .driver = "e1000");
	irq(m, 22, "GICv3", 37, "eth0");
	settle(m);
	expect_verdict(m, "00:02.0", VERDICT_EXCLUSIVE);
	machine_free(m);
}

/* ... as many as there are such drivers: a second one is a stranger's, whichever of them it is. */
static void more_other_names_than_drivers_are_a_strangers(void **state)
{
	struct machine *m = machine_of("aarch64");

	(void)state;
	CARD(m, "00:02.0", 'A', .firmware = 37, .driver = "e1000");
	irq(m, 22, "GICv3", 37, "eth0, uart-pl011");
	settle(m);
	expect_verdict(m, "00:02.0", VERDICT_SHARED);
	machine_free(m);
}

static void which_of_two_alike_holds_the_action_cannot_be_told(void **state)
{
	struct machine *m = machine_of("aarch64");

	(void)state;
	CARD(m, "00:02.0", 'A', .firmware = 37, .driver = "e1000");
	CARD(m, "00:06.0", 'A', .firmware = 37, .driver = "e1000");
	irq(m, 22, "GICv3", 37, "eth0");
	settle(m);
	expect_verdict(m, "00:02.0", VERDICT_SHARED);
	expect_verdict(m, "00:06.0", VERDICT_SHARED);
	machine_free(m);
}

static void without_proc_interrupts_a_driver_with_msi_off_is_active(void **state)
{
	struct machine *m = machine_of("aarch64");

	(void)state;
	m->irqs_known = false;
	CARD(m, "00:02.0", 'A', .firmware = 37, .driver = "e1000");
	CARD(m, "00:06.0", 'A', .firmware = 37, .driver = "vfio-pci");
	settle(m);
	expect_verdict(m, "00:06.0", VERDICT_SHARED);
	expect_verdict(m, "00:02.0", VERDICT_LATENT); /* what is under VFIO is latent all the same */
	machine_free(m);
}

static void a_driver_that_has_not_asked_is_latent(void **state)
{
	struct machine *m = machine_of("aarch64");

	(void)state;
	CARD(m, "00:02.0", 'A', .firmware = 37, .driver = "e1000");
	CARD(m, "00:06.0", 'A', .firmware = 37, .driver = "vfio-pci");
	settle(m);
	expect_verdict(m, "00:06.0", VERDICT_LATENT);
	expect_reason(m, "00:06.0", "latent-sharer", "0000:00:02.0");
	machine_free(m);
}

static void unbound_and_under_vfio_are_latent(void **state)
{
	struct machine *m = machine_of("aarch64");

	(void)state;
	CARD(m, "00:02.0", 'A', .firmware = 37, .driver = "vfio-pci");
	CARD(m, "00:06.0", 'A', .firmware = 37, .driver = "vfio-pci", .msi = MSI_MSIX);
	CARD(m, "00:0a.0", 'A', .firmware = 37);
	settle(m);
	expect_sharers(m, "00:02.0", 0, 2, 0, 0); /* a guest with MSI-X on may take it off */
	expect_verdict(m, "00:02.0", VERDICT_LATENT);
	machine_free(m);
}

static void under_msi_a_kernel_driver_is_named_and_never_counted(void **state)
{
	struct machine *m = machine_of("aarch64");

	(void)state;
	CARD(m, "00:02.0", 'A', .firmware = 37, .driver = "vfio-pci");
	CARD(m, "00:06.0", 'A', .firmware = 37, .driver = "nvme", .msi = MSI_MSIX);
	CARD(m, "00:0a.0", 'A', .firmware = 37, .driver = "pcieport", .msi = MSI_MSI);
	settle(m);
	expect_verdict(m, "00:02.0", VERDICT_EXCLUSIVE);
	expect_sharers(m, "00:02.0", 0, 0, 2, 0);
	machine_free(m);
}

static void an_action_counts_even_under_msi(void **state)
{
	struct machine *m = machine_of("aarch64");

	(void)state;
	CARD(m, "00:02.0", 'A', .firmware = 37, .driver = "vfio-pci");
	CARD(m, "00:06.0", 'A', .firmware = 37, .driver = "odd", .msi = MSI_MSI);
	irq(m, 22, "GICv3", 37, "odd");
	settle(m);
	expect_verdict(m, "00:02.0", VERDICT_SHARED);
	machine_free(m);
}

static void an_unknown_line_is_possible_everywhere(void **state)
{
	struct machine *m = machine_of("x86_64");

	(void)state;
	CARD(m, "00:02.0", 'A', .driver = "e1000", .irq = 17);
	CARD(m, "00:03.0", 'A');
	irq(m, 17, "IO-APIC", 17, "e1000");
	settle(m);
	expect_verdict(m, "00:02.0", VERDICT_UNPROVEN);
	expect_sharers(m, "00:02.0", 0, 0, 0, 1);
	expect_reason(m, "00:02.0", "possible-sharer", "0000:00:03.0");
	expect_verdict(m, "00:03.0", VERDICT_UNPROVEN);
	expect_reason(m, "00:03.0", "line-unknown", NULL);
	machine_free(m);
}

static void an_unknown_line_of_a_dormant_function_is_not(void **state)
{
	struct machine *m = machine_of("x86_64");

	(void)state;
	CARD(m, "00:02.0", 'A', .driver = "e1000", .irq = 17);
	CARD(m, "00:03.0", 'A', .driver = "xhci_hcd", .msi = MSI_MSI);
	irq(m, 17, "IO-APIC", 17, "e1000");
	settle(m);
	expect_verdict(m, "00:02.0", VERDICT_EXCLUSIVE);
	machine_free(m);
}

static void a_complete_map_excludes_what_it_does_not_reach(void **state)
{
	struct machine *m = machine_of("aarch64");

	(void)state;
	CARD(m, "00:02.0", 'A');		       /* somewhere on 36..39 */
	CARD(m, "0001:00:02.0", 'A', .firmware = 100); /* another host bridge */
	CARD(m, "00:03.0", 'A', .firmware = 38);
	assert_int_equal(machine_link(m), 0);
	map_leads_to(m, 36, 39);
	assert_int_equal(decide(m), 0);
	expect_verdict(m, "0001:00:02.0", VERDICT_EXCLUSIVE);
	expect_verdict(m, "00:03.0", VERDICT_UNPROVEN);
	machine_free(m);
}

static void a_map_that_lacks_the_line_of_what_is_below_it_excludes_nothing(void **state)
{
	struct machine *m = machine_of("aarch64");

	(void)state;
	CARD(m, "00:02.0", 'A'); /* 00:03.0 is on none of 40..43, so this one may be with it */
	CARD(m, "00:03.0", 'A', .driver = "vfio-pci", .vfio = true, .irq = 22);
	CARD(m, "0001:00:02.0", 'A', .firmware = 100);
	irq(m, 22, "GICv3", 37, "vfio-intx(0000:00:03.0)");
	assert_int_equal(machine_link(m), 0);
	map_leads_to(m, 40, 43);
	assert_int_equal(decide(m), 0);
	expect_verdict(m, "00:03.0", VERDICT_UNPROVEN);
	expect_verdict(m, "0001:00:02.0", VERDICT_UNPROVEN);
	machine_free(m);
}

static void an_incomplete_map_excludes_nothing(void **state)
{
	struct machine *m = machine_of("aarch64");

	(void)state;
	CARD(m, "00:02.0", 'A');
	CARD(m, "0001:00:02.0", 'A', .firmware = 100);
	assert_int_equal(machine_link(m), 0);
	map_leads_to(m, 36, 39);
	m->roots[machine_root(m, 0, 0)].map_complete = false;
	assert_int_equal(decide(m), 0);
	expect_verdict(m, "0001:00:02.0", VERDICT_UNPROVEN);
	machine_free(m);
}

static void a_function_that_cannot_be_read_may_have_a_pin(void **state)
{
	struct machine *m = machine_of("x86_64");

	(void)state;
	CARD(m, "00:02.0", 'A', .driver = "e1000", .irq = 17);
	CARD(m, "00:03.0", 0, .unreadable = true);
	irq(m, 17, "IO-APIC", 17, "e1000");
	settle(m);
	expect_verdict(m, "00:02.0", VERDICT_UNPROVEN);
	expect_verdict(m, "00:03.0", VERDICT_UNPROVEN);
	expect_reason(m, "00:03.0", "config-unreadable", NULL);
	machine_free(m);
}

static void a_wire_proves_sharing_and_never_solitude(void **state)
{
	struct machine *m = machine_of("x86_64");

	(void)state;
	CARD(m, "00:01.0", 0, .port = PORT_ROOT, .secondary = 1);
	CARD(m, "01:00.0", 'A', .driver = "vfio-pci", .disabled = true);
	CARD(m, "01:00.1", 'A', .driver = "xhci_hcd", .msi = MSI_MSI);
	settle(m);
	expect_line(m, "01:00.0", "wire:0000:00:01.0:A");
	expect_verdict(m, "01:00.0", VERDICT_UNPROVEN);
	expect_sharers(m, "01:00.0", 0, 0, 1, 0);
	machine_free(m);
}

static void the_worst_news_goes_first(void **state)
{
	struct machine *m = machine_of("aarch64");

	(void)state;
	CARD(m, "00:02.0", 'A', .firmware = 37, .driver = "e1000"); /* active */
	CARD(m, "00:06.0", 'A', .firmware = 37);		    /* latent */
	CARD(m, "00:07.0", 'A');				    /* possible */
	CARD(m, "00:0a.0", 'A', .firmware = 37, .driver = "vfio-pci");
	CARD(m, "00:03.0", 'A', .firmware = 38, .driver = "vfio-pci");
	CARD(m, "00:0b.0", 'A', .firmware = 38); /* latent */
	irq(m, 22, "GICv3", 37, "e1000");
	settle(m);
	expect_verdict(m, "00:0a.0", VERDICT_SHARED);
	expect_sharers(m, "00:0a.0", 1, 1, 0, 1);
	expect_verdict(m, "00:03.0", VERDICT_LATENT);
	expect_sharers(m, "00:03.0", 0, 1, 0, 1);
	machine_free(m);
}

/* A GIC with everything that direct EOI asks for. */
static struct machine *able(void)
{
	struct machine *m = machine_of("aarch64");

	m->feature = FEATURE_PRESENT;
	m->split_eoi = 1;
	CARD(m, "00:02.0", 'A', .firmware = 37, .driver = "vfio-pci");
	irq(m, 22, "GICv3", 37, "vfio-intx(0000:00:02.0)");
	return m;
}

static void direct_is_possible_when_nothing_speaks_against_it(void **state)
{
	struct machine *m = able();

	(void)state;
	settle(m);
	expect_direct(m, "00:02.0", 1, NULL);
	machine_free(m);
}

static void direct_is_ruled_out_by_what_a_file_tells(void **state)
{
	static const struct {
		enum feature feature;
		int split_eoi;
		const char *platform, *controller, *code;
	} cases[] = {
		{FEATURE_ABSENT, 1, NULL, "GICv3", "no-feature"},
		{FEATURE_KILLED, 1, NULL, "GICv3", "kill-switch"},
		{FEATURE_PRESENT, 0, NULL, "GICv3", "no-split-eoi"},
		{FEATURE_PRESENT, 1, "apm,xgene-storm", "GICv2", "bad-silicon"},
		{FEATURE_PRESENT, 1, NULL, "IO-APIC", "not-gic"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		struct machine *m = able();

		m->feature = cases[i].feature;
		m->split_eoi = cases[i].split_eoi;
		m->platform = machine_string(m, cases[i].platform);
		m->controller = machine_string(m, cases[i].controller);
		settle(m);
		expect_direct(m, "00:02.0", 0, cases[i].code);
		machine_free(m);
	}
}

static void direct_needs_a_level_spi_of_the_gic(void **state)
{
	struct machine *m = able();

	(void)state;
	CARD(m, "00:03.0", 'A', .firmware = 20);
	CARD(m, "00:04.0", 'A', .firmware = 4100);
	CARD(m, "00:05.0", 'A', .driver = "vfio-pci", .irq = 60);
	CARD(m, "00:06.0", 'A', .firmware = 40, .driver = "vfio-pci");
	CARD(m, "00:07.0", 0);
	irq(m, 60, "gpio", 3, "vfio-intx(0000:00:05.0)");
	irq(m, 61, "GICv3", 40, "vfio-intx(0000:00:06.0)");
	m->irqs[m->n_irqs - 1].trigger = TRIGGER_EDGE;
	settle(m);
	expect_direct(m, "00:03.0", 0, "not-spi");
	expect_direct(m, "00:04.0", 0, "not-spi");
	expect_direct(m, "00:05.0", 0, "not-gic");
	expect_direct(m, "00:06.0", 0, "not-level");
	expect_direct(m, "00:07.0", 0, "no-intx");
	machine_free(m);
}

static void direct_is_not_known_where_no_file_tells(void **state)
{
	struct machine *m = able();

	(void)state;
	CARD(m, "00:03.0", 'A', .firmware = 38); /* nobody has asked for it: the trigger is not known */
	CARD(m, "00:04.0", 'A');
	settle(m);
	expect_direct(m, "00:03.0", -1, "trigger-unknown");
	expect_direct(m, "00:04.0", -1, "line-unknown");
	m->split_eoi = -1;
	expect_direct(m, "00:02.0", -1, "split-eoi-unknown");
	m->split_eoi = 1;
	m->feature = FEATURE_UNKNOWN;
	expect_direct(m, "00:02.0", -1, "feature-unknown");
	machine_free(m);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(alone_is_exclusive_when_every_line_is_known),
		cmocka_unit_test(no_pin_is_no_intx),
		cmocka_unit_test(an_action_of_another_makes_shared),
		cmocka_unit_test(an_action_of_its_own_is_no_sharer),
		cmocka_unit_test(a_holder_that_is_no_pci_function_makes_shared),
		cmocka_unit_test(an_action_by_another_name_is_the_drivers),
		cmocka_unit_test(more_other_names_than_drivers_are_a_strangers),
		cmocka_unit_test(which_of_two_alike_holds_the_action_cannot_be_told),
		cmocka_unit_test(without_proc_interrupts_a_driver_with_msi_off_is_active),
		cmocka_unit_test(a_driver_that_has_not_asked_is_latent),
		cmocka_unit_test(unbound_and_under_vfio_are_latent),
		cmocka_unit_test(under_msi_a_kernel_driver_is_named_and_never_counted),
		cmocka_unit_test(an_action_counts_even_under_msi),
		cmocka_unit_test(an_unknown_line_is_possible_everywhere),
		cmocka_unit_test(an_unknown_line_of_a_dormant_function_is_not),
		cmocka_unit_test(a_complete_map_excludes_what_it_does_not_reach),
		cmocka_unit_test(a_map_that_lacks_the_line_of_what_is_below_it_excludes_nothing),
		cmocka_unit_test(an_incomplete_map_excludes_nothing),
		cmocka_unit_test(a_function_that_cannot_be_read_may_have_a_pin),
		cmocka_unit_test(a_wire_proves_sharing_and_never_solitude),
		cmocka_unit_test(the_worst_news_goes_first),
		cmocka_unit_test(direct_is_possible_when_nothing_speaks_against_it),
		cmocka_unit_test(direct_is_ruled_out_by_what_a_file_tells),
		cmocka_unit_test(direct_needs_a_level_spi_of_the_gic),
		cmocka_unit_test(direct_is_not_known_where_no_file_tells),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
