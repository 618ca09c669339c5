// SPDX-License-Identifier: GPL-2.0-or-later
/* What a log message means on the machine it is read on: who is involved, and what there is to do. */
#include "topology.h"

#include <stdio.h>

#include "decode.h"
#include "masking.h"

#define CARD_AT	 "0000:00:03.0" /* under vfio-pci, opened */
#define AHCI_AT	 "0000:00:04.0"
#define QUIET_AT "0000:00:05.0" /* on the line, unbound */
#define NO_PIN	 "0000:00:06.0"
#define LOST_AT	 "0000:00:07.0" /* its line is not known */

/* irq 16: the card and ahci; irq 17: serial, no function. */
static struct machine *host(void)
{
	struct machine *m = machine_of("x86_64");

	CARD(m, CARD_AT, 'A', .driver = "vfio-pci", .irq = 16);
	CARD(m, AHCI_AT, 'A', .driver = "ahci", .irq = 16, .gsi = 16);
	CARD(m, QUIET_AT, 'A', .gsi = 16);
	CARD(m, NO_PIN, 0, .driver = "vfio-pci");
	CARD(m, LOST_AT, 'C', .driver = "vfio-pci");
	irq(m, 16, "IO-APIC", 16, "ahci, vfio-intx(" CARD_AT ")");
	irq(m, 17, "IO-APIC", 17, "serial");
	return m;
}

static struct decoded read_line(const struct machine *m, const char *line)
{
	static struct message message;
	struct decoded d;

	if (!message_parse(line, &message))
		fail_msg("not known: %s", line);
	decode(m, &message, &d);
	return d;
}

static bool has_remedy(const struct decoded *d, const char *code)
{
	for (size_t i = 0; i < d->n_remedies; i++)
		if (strcmp(d->remedies[i].code, code) == 0)
			return true;
	return false;
}

/* The explanation holds this, and one of the remedies is that; NULL: whatever. */
static void expect(const struct machine *m, const char *line, const char *explanation, const char *remedy)
{
	struct decoded d = read_line(m, line);

	if (!strstr(d.explanation, explanation))
		fail_msg("%s\nis explained as: %s", line, d.explanation);
	if (remedy && !has_remedy(&d, remedy))
		fail_msg("%s\nhas no remedy '%s'", line, remedy);
}

static void a_refusal_is_explained_by_the_flags(void **state)
{
	static const struct {
		const char *asker, *holder, *why;
	} all[] = {
		{"00000000 (vfio-intx(" CARD_AT "))", "00000080 (ahci)", "It needs the line alone"},
		{"00000000 (floppy)", "00000080 (ahci)", "It does not share lines"},
		{"00000080 (ahci)", "00000000 (serial)", "taken the line for itself alone"},
		{"00000084 (ahci)", "00000081 (e1000)", "level-triggered"},
		{"00002080 (ahci)", "00000080 (e1000)", "oneshot"},
		{"00000080 (ahci)", "00000080 (e1000)", "cannot go together"},
	};
	struct machine *m = host();
	char line[200];

	(void)state;
	settle(m);
	for (size_t i = 0; i < sizeof(all) / sizeof(*all); i++) {
		snprintf(line, sizeof(line), "genirq: Flags mismatch irq 16. %s vs. %s", all[i].asker,
			 all[i].holder);
		expect(m, line, all[i].why, NULL);
	}
	machine_free(m);
}

static void a_holder_that_is_no_function_is_named(void **state)
{
	struct machine *m = host();

	(void)state;
	settle(m);
	expect(m, "genirq: Flags mismatch irq 17. 00000080 (ahci) vs. 00000000 (serial)",
	       "which serial holds", "stop-holder");
	machine_free(m);
}

/* "ahci" is on two functions; only one of them is on the line. */
static void an_action_belongs_to_the_driver_on_its_line(void **state)
{
	struct machine *m = host();
	struct decoded d;

	(void)state;
	CARD(m, "0000:00:08.0", 'A', .driver = "ahci", .irq = 18);
	settle(m);
	d = read_line(m, "genirq: Flags mismatch irq 16. 00000000 (floppy) vs. 00000080 (ahci)");
	assert_int_equal(d.n_functions, 1);
	assert_ptr_equal(&m->functions[d.functions[0]], at(m, AHCI_AT));
	d = read_line(m, "genirq: Flags mismatch irq 99. 00000000 (floppy) vs. 00000080 (ahci)");
	assert_int_equal(d.n_functions, 0); /* either of them */
	assert_non_null(strstr(d.explanation, "Nothing is on IRQ 99"));
	machine_free(m);
}

static void a_storm_points_at_who_has_no_handler(void **state)
{
	struct machine *m = host();

	(void)state;
	settle(m);
	expect(m, "irq 16: nobody cared (try booting with the \"irqpoll\" option)",
	       "switches such a line off", "suspect");
	expect(m, "Disabling IRQ #16", "IRQ 16 was asserted", "rebind");
	expect(m, "Disabling IRQ #99", "Nothing is on IRQ 99", "irqpoll");
	machine_free(m);
}

static void a_function_without_masking_needs_everybody_off_its_line(void **state)
{
	struct machine *m = host();

	(void)state;
	m->nointxmask = 1;
	settle(m);
	expect(m, "vfio-pci " CARD_AT ": INTx masking is not supported", "cannot be masked", "nointxmask");
	expect(m, "vfio-pci " CARD_AT ": INTx masking is not supported", "cannot be masked", "enable-msi");
	expect(m, "vfio-pci " LOST_AT ": DisINTx does not work", "cannot be masked", "none");
	expect(m, "INTx masking unsupported", "the function", "firmware");
	expect(m, "vfio-pci " CARD_AT ": Masking broken INTx support", "keeps the INTx", NULL);
	machine_free(m);
}

static void a_vmm_that_cannot_switch_intx_on_hears_why(void **state)
{
	static const char failed[] =
		"vfio %s: Failed to set up TRIGGER eventfd signaling for interrupt INTX-0: busy";
	static const struct {
		const char *address, *explanation, *remedy;
	} all[] = {
		{CARD_AT, "irq:16", "enable-msi"},
		{NO_PIN, "It has no INTx", NULL},
		{LOST_AT, "not known now", NULL},
		{"0000:77:00.0", "This machine has no 0000:77:00.0 now", "check"},
	};
	struct machine *m = host();
	char line[200];

	(void)state;
	settle(m);
	for (size_t i = 0; i < sizeof(all) / sizeof(*all); i++) {
		snprintf(line, sizeof(line), failed, all[i].address);
		expect(m, line, all[i].explanation, all[i].remedy);
	}
	expect(m, "qemu: Could not enable INTx", "The VMM could not", "check");
	machine_free(m);
}

static void a_stranger_on_the_line_is_said_to_stay(void **state)
{
	struct machine *m = machine_of("x86_64");

	(void)state;
	CARD(m, CARD_AT, 'A', .driver = "vfio-pci", .irq = 16);
	irq(m, 16, "IO-APIC", 16, "serial");
	settle(m);
	expect(m, "vfio " CARD_AT ": Error enabling INTx", "irq:16", "other-slot");
	machine_free(m);
	m = machine_of("x86_64");
	CARD(m, CARD_AT, 'A', .driver = "vfio-pci", .irq = 16);
	irq(m, 16, "IO-APIC", 16, "vfio-intx(" CARD_AT ")");
	settle(m);
	expect(m, "vfio " CARD_AT ": Error enabling INTx", "Nobody else holds irq:16 now", "other-slot");
	machine_free(m);
}

static void a_vmm_that_finds_no_intx_hears_whether_there_is_one(void **state)
{
	struct machine *m = host();

	(void)state;
	settle(m);
	expect(m, "Binding of interrupt 0 failed: " CARD_AT, "it has pin A", "msi");
	expect(m, "Binding of interrupt 0 failed: " NO_PIN, "it has none.", "why");
	expect(m, "Binding of interrupt failed", "firmware gives it none", "why");
	expect(m, "pci " CARD_AT ": PCI INT B: no GSI", "pin B of", "firmware");
	expect(m, "pci " CARD_AT ": of_irq_parse_pci: failed with rc=-22", "pin of", "msi");
	machine_free(m);
}

static void what_is_cut_or_endless_is_not_taken_for_a_message(void **state)
{
	static const char *const all[] = {
		"",
		"irq : nobody cared",
		"irq 99999999999: nobody cared",
		"Disabling IRQ #",
		"Flags mismatch irq 16. 00000000 (a",
		"Flags mismatch irq 16. 00000000 (a) vs.",
		"Flags mismatch irq 16. 00000000 () vs. 00000080 (b)",
		"Flags mismatch irq 16. 00000000 (a) vs. 00000080 ()",
		"Flags mismatch irq 16. zz (a) vs. 00000080 (b)",
		"Flags mismatch irq 99999999999. 00000000 (a) vs. 00000080 (b)",
		("Flags mismatch irq 16. 00000000 (0123456789012345678901234567890123456789012345678901234567890123) "
		 "vs. 00000080 (b)"),
		"PCI INT A: routed",
		"INTx masking works",
	};
	struct message message;

	(void)state;
	for (size_t i = 0; i < sizeof(all) / sizeof(*all); i++)
		if (message_parse(all[i], &message))
			fail_msg("taken for %s: %s", message_code_to_string(message.code), all[i]);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_refusal_is_explained_by_the_flags),
		cmocka_unit_test(a_holder_that_is_no_function_is_named),
		cmocka_unit_test(an_action_belongs_to_the_driver_on_its_line),
		cmocka_unit_test(a_storm_points_at_who_has_no_handler),
		cmocka_unit_test(a_function_without_masking_needs_everybody_off_its_line),
		cmocka_unit_test(a_vmm_that_cannot_switch_intx_on_hears_why),
		cmocka_unit_test(a_stranger_on_the_line_is_said_to_stay),
		cmocka_unit_test(a_vmm_that_finds_no_intx_hears_whether_there_is_one),
		cmocka_unit_test(what_is_cut_or_endless_is_not_taken_for_a_message),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
