// SPDX-License-Identifier: GPL-2.0-or-later
/* Which evidence names a line, and what wiring may and may not say. */
#include "topology.h"

static void kernel_goes_before_firmware(void **state)
{
	struct machine *m = machine_of("aarch64");

	(void)state;
	CARD(m, "00:02.0", 'A', .kernel = 40, .firmware = 37);
	settle(m);
	expect_line(m, "00:02.0", "gic:40");
	assert_int_equal(at(m, "00:02.0")->evidence, EVIDENCE_KERNEL);
	machine_free(m);
}

static void firmware_goes_before_observed(void **state)
{
	struct machine *m = machine_of("aarch64");

	(void)state;
	CARD(m, "00:02.0", 'A', .firmware = 37, .driver = "e1000", .irq = 22);
	irq(m, 22, "GICv3", 37, "eth0");
	settle(m);
	expect_line(m, "00:02.0", "gic:37");
	assert_int_equal(at(m, "00:02.0")->evidence, EVIDENCE_FIRMWARE);
	assert_false(at(m, "00:02.0")->disagreement);
	machine_free(m);
}

static void the_running_kernel_goes_before_firmware_that_it_contradicts(void **state)
{
	struct machine *m = machine_of("aarch64");

	(void)state;
	CARD(m, "00:02.0", 'A', .firmware = 37, .driver = "e1000", .irq = 22);
	irq(m, 22, "GICv3", 38, "eth0");
	settle(m);
	expect_line(m, "00:02.0", "gic:38");
	expect_verdict(m, "00:02.0", VERDICT_UNPROVEN);
	expect_reason(m, "00:02.0", "evidence-disagrees", NULL);
	machine_free(m);
}

/* A multiplexer's input, whoever it was that named the GIC. */
static void an_interrupt_at_another_controller_contradicts_the_gic(void **state)
{
	struct machine *m = machine_of("aarch64");

	(void)state;
	CARD(m, "00:02.0", 'A', .firmware = 37, .driver = "e1000", .irq = 22);
	irq(m, 22, "mux", 1, "eth0");
	settle(m);
	expect_line(m, "00:02.0", "irq:22");
	expect_verdict(m, "00:02.0", VERDICT_UNPROVEN);
	expect_reason(m, "00:02.0", "evidence-disagrees", NULL);
	machine_free(m);
}

/* No file tells where interrupt 22 ends. */
static void one_interrupt_on_two_lines_proves_neither(void **state)
{
	struct machine *m = machine_of("aarch64");

	(void)state;
	CARD(m, "00:02.0", 'A', .firmware = 37, .driver = "e1000", .irq = 22);
	CARD(m, "00:06.0", 'B', .driver = "e1000", .irq = 22);
	settle(m);
	expect_verdict(m, "00:02.0", VERDICT_UNPROVEN);
	expect_verdict(m, "00:06.0", VERDICT_UNPROVEN);
	machine_free(m);
}

static void two_interrupts_at_one_input_prove_nothing(void **state)
{
	struct machine *m = machine_of("aarch64");

	(void)state;
	CARD(m, "00:02.0", 'A', .firmware = 37, .driver = "e1000", .irq = 22);
	irq(m, 22, "GICv3", 37, "eth0");
	irq(m, 23, "GICv3", 37, "timer");
	settle(m);
	expect_line(m, "00:02.0", "gic:37");
	expect_verdict(m, "00:02.0", VERDICT_UNPROVEN);
	machine_free(m);
}

static void a_gsi_on_arm_is_an_intid(void **state)
{
	struct machine *m = machine_of("aarch64");

	(void)state;
	CARD(m, "00:02.0", 'A', .gsi = 37);
	CARD(m, "00:06.0", 'A', .driver = "e1000", .irq = 22);
	irq(m, 22, "GICv3", 37, "eth0");
	settle(m);
	expect_line(m, "00:02.0", "gic:37");
	expect_line(m, "00:06.0", "gic:37");
	machine_free(m);
}

static void a_gsi_on_x86_joins_the_irq_that_a_driver_shows(void **state)
{
	struct machine *m = machine_of("x86_64");

	(void)state;
	CARD(m, "00:02.0", 'A', .gsi = 16);
	CARD(m, "00:06.0", 'A', .gsi = 16, .driver = "ahci", .irq = 16);
	irq(m, 16, "IO-APIC", 16, "ahci");
	settle(m);
	expect_line(m, "00:02.0", "irq:16");
	expect_line(m, "00:06.0", "irq:16");
	machine_free(m);
}

static void observed_is_the_irq_of_another_controller(void **state)
{
	struct machine *m = machine_of("x86_64");

	(void)state;
	CARD(m, "00:02.0", 'A', .driver = "ahci", .irq = 16);
	irq(m, 16, "IO-APIC", 16, "ahci");
	settle(m);
	expect_line(m, "00:02.0", "irq:16");
	assert_int_equal(at(m, "00:02.0")->evidence, EVIDENCE_OBSERVED);
	machine_free(m);
}

static void observed_is_nothing_without_a_driver(void **state)
{
	struct machine *m = machine_of("aarch64");

	(void)state;
	CARD(m, "00:02.0", 'A', .irq = 22);
	irq(m, 22, "GICv3", 37, "");
	settle(m);
	expect_line(m, "00:02.0", NULL);
	expect_reason(m, "00:02.0", "line-unknown", NULL);
	machine_free(m);
}

static void an_msi_vector_is_no_line(void **state)
{
	struct machine *m = machine_of("aarch64");

	(void)state;
	CARD(m, "00:02.0", 'A', .driver = "nvme", .irq = 22, .msi = MSI_MSI);
	CARD(m, "00:03.0", 'A', .driver = "nvme", .irq = 22, .msi_unknown = true);
	irq(m, 22, "GICv3", 37, "nvme0q0");
	settle(m);
	expect_line(m, "00:02.0", NULL);
	expect_line(m, "00:03.0", NULL);
	machine_free(m);
}

static void under_msix_irq_is_still_the_line(void **state)
{
	struct machine *m = machine_of("aarch64");

	(void)state;
	CARD(m, "00:02.0", 'A', .driver = "nvme", .irq = 22, .msi = MSI_MSIX);
	irq(m, 22, "GICv3", 37, "");
	settle(m);
	expect_line(m, "00:02.0", "gic:37");
	machine_free(m);
}

static void what_firmware_left_in_the_register_is_no_line(void **state)
{
	static const int64_t values[] = {255, 0x80000000};

	(void)state;
	for (size_t i = 0; i < 2; i++) {
		struct machine *m = machine_of("aarch64");

		CARD(m, "00:02.0", 'A', .driver = "e1000", .irq = values[i]);
		settle(m);
		expect_line(m, "00:02.0", NULL);
		machine_free(m);
	}
}

static void on_x86_a_line_is_routed_when_the_function_is_enabled(void **state)
{
	struct machine *m = machine_of("x86_64");

	(void)state;
	CARD(m, "00:02.0", 'A', .driver = "vfio-pci", .irq = 11, .disabled = true);
	settle(m);
	expect_line(m, "00:02.0", NULL);
	machine_free(m);
	m = machine_of("aarch64");
	CARD(m, "00:02.0", 'A', .driver = "vfio-pci", .irq = 22, .disabled = true);
	irq(m, 22, "GICv3", 37, "");
	settle(m);
	expect_line(m, "00:02.0", "gic:37");
	machine_free(m);
}

static void functions_of_one_device_share_equal_pins(void **state)
{
	struct machine *m = machine_of("x86_64");

	(void)state;
	CARD(m, "00:1d.0", 'A', .driver = "uhci_hcd", .irq = 23);
	CARD(m, "00:1d.7", 'A');
	CARD(m, "00:1d.1", 'B');
	irq(m, 23, "IO-APIC", 23, "uhci_hcd:usb1");
	settle(m);
	expect_line(m, "00:1d.7", "irq:23");
	assert_int_equal(at(m, "00:1d.7")->evidence, EVIDENCE_WIRING);
	expect_line(m, "00:1d.1", NULL);
	machine_free(m);
}

static void below_a_pcie_port_the_swizzle_counts(void **state)
{
	struct machine *m = machine_of("x86_64");

	(void)state;
	CARD(m, "00:01.0", 0, .port = PORT_ROOT, .secondary = 1);
	CARD(m, "01:00.0", 0, .port = PORT_PCIE_TO_PCI, .secondary = 2);
	CARD(m, "02:01.0", 'A', .driver = "ahci", .irq = 17);
	CARD(m, "02:00.0", 'B'); /* A of device 1 is B of the bridge, as B of device 0 is */
	CARD(m, "02:02.0", 'A');
	irq(m, 17, "IO-APIC", 17, "ahci");
	settle(m);
	expect_line(m, "02:00.0", "irq:17");
	expect_line(m, "02:02.0", NULL);
	machine_free(m);
}

static void a_bridge_is_not_on_the_wires_below_it(void **state)
{
	struct machine *m = machine_of("x86_64");

	(void)state;
	CARD(m, "00:01.0", 'A', .port = PORT_ROOT, .secondary = 1, .driver = "pcieport", .irq = 16);
	CARD(m, "01:00.0", 'A');
	irq(m, 16, "IO-APIC", 16, "PCIe PME");
	settle(m);
	expect_line(m, "01:00.0", NULL);
	machine_free(m);
}

static void two_ports_of_one_slot_are_two_wires(void **state)
{
	struct machine *m = machine_of("x86_64");

	(void)state;
	CARD(m, "00:1c.0", 0, .port = PORT_ROOT, .secondary = 1);
	CARD(m, "00:1c.1", 0, .port = PORT_ROOT, .secondary = 2);
	CARD(m, "01:00.0", 'A', .driver = "ahci", .irq = 16);
	CARD(m, "02:00.0", 'A');
	irq(m, 16, "IO-APIC", 16, "ahci");
	settle(m);
	expect_line(m, "02:00.0", NULL);
	machine_free(m);
}

static void a_conventional_bridge_proves_nothing(void **state)
{
	struct machine *m = machine_of("x86_64");

	(void)state;
	CARD(m, "00:1e.0", 0, .conventional = true, .secondary = 3);
	CARD(m, "03:01.0", 'A', .conventional = true, .driver = "ahci", .irq = 20);
	CARD(m, "03:05.0", 'A', .conventional = true); /* the same after the swizzle */
	irq(m, 20, "IO-APIC", 20, "ahci");
	settle(m);
	expect_line(m, "03:05.0", NULL);
	machine_free(m);
}

static void ari_functions_have_no_device_number(void **state)
{
	struct machine *m = machine_of("x86_64");

	(void)state;
	CARD(m, "00:01.0", 0, .port = PORT_ROOT, .secondary = 1, .ari_forwarding = true);
	CARD(m, "01:00.0", 'A', .driver = "ahci", .irq = 17);
	CARD(m, "01:01.0", 'A'); /* function 8 */
	irq(m, 17, "IO-APIC", 17, "ahci");
	settle(m);
	expect_line(m, "01:01.0", "irq:17");
	machine_free(m);
}

static void a_wire_whose_end_is_unknown_is_named_for_its_start(void **state)
{
	struct machine *m = machine_of("x86_64");

	(void)state;
	CARD(m, "00:01.0", 0, .port = PORT_ROOT, .secondary = 1);
	CARD(m, "01:00.0", 'A');
	CARD(m, "01:00.1", 'A');
	CARD(m, "00:1f.2", 'B');
	CARD(m, "00:1f.3", 'B');
	CARD(m, "00:1b.0", 'A');
	settle(m);
	expect_line(m, "01:00.0", "wire:0000:00:01.0:A");
	expect_line(m, "01:00.1", "wire:0000:00:01.0:A");
	expect_line(m, "00:1f.2", "wire:0000:00:1f:B");
	expect_line(m, "00:1b.0", NULL); /* alone on it, it proves nothing */
	machine_free(m);
}

/* As on RK3588: each host bridge has one of that name below it. */
static void inputs_of_two_controllers_of_one_name_are_two_lines(void **state)
{
	static const char *const controllers[] = {"/pcie@fe150000/legacy-interrupt-controller",
						  "/pcie@fe160000/legacy-interrupt-controller"};
	struct machine *m = machine_of("aarch64");

	(void)state;
	CARD(m, "00:02.0", 'A');
	CARD(m, "00:03.0", 'A');
	for (int i = 0; i < 2; i++)
		m->functions[i].firmware = (struct input){.controller = controllers[i]};
	settle(m);
	expect_line(m, "00:02.0", "wire:pcie@fe150000:0");
	expect_line(m, "00:03.0", "wire:pcie@fe160000:0");
	machine_free(m);
}

/* Linux 6.11 and later show "GICv2m-PCI-MSIX-0000:01:00.0", and the number is not that of an input. */
static void a_message_of_gicv2m_is_no_input(void **state)
{
	struct machine *m = machine_of("aarch64");

	(void)state;
	CARD(m, "00:02.0", 'A', .firmware = 37, .driver = "e1000", .irq = 22);
	irq(m, 22, "GICv3", 37, "eth0");
	irq(m, 40, "GICv2m-PCI-MSIX-0000:01:00.0", 37, "nvme0q1");
	settle(m);
	expect_verdict(m, "00:02.0", VERDICT_EXCLUSIVE);
	machine_free(m);
}

static void a_wire_with_two_lines_is_not_believed(void **state)
{
	struct machine *m = machine_of("x86_64");

	(void)state;
	CARD(m, "00:1d.0", 'A', .driver = "ahci", .irq = 23);
	CARD(m, "00:1d.1", 'A', .driver = "nvme", .irq = 24);
	CARD(m, "00:1d.2", 'A');
	irq(m, 23, "IO-APIC", 23, "ahci");
	irq(m, 24, "IO-APIC", 24, "nvme");
	settle(m);
	expect_line(m, "00:1d.0", "irq:23");
	expect_line(m, "00:1d.1", "irq:24");
	expect_line(m, "00:1d.2", NULL);
	assert_int_equal(m->n_problems, 1);
	machine_free(m);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(kernel_goes_before_firmware),
		cmocka_unit_test(firmware_goes_before_observed),
		cmocka_unit_test(the_running_kernel_goes_before_firmware_that_it_contradicts),
		cmocka_unit_test(an_interrupt_at_another_controller_contradicts_the_gic),
		cmocka_unit_test(one_interrupt_on_two_lines_proves_neither),
		cmocka_unit_test(two_interrupts_at_one_input_prove_nothing),
		cmocka_unit_test(a_gsi_on_arm_is_an_intid),
		cmocka_unit_test(a_gsi_on_x86_joins_the_irq_that_a_driver_shows),
		cmocka_unit_test(observed_is_the_irq_of_another_controller),
		cmocka_unit_test(observed_is_nothing_without_a_driver),
		cmocka_unit_test(an_msi_vector_is_no_line),
		cmocka_unit_test(under_msix_irq_is_still_the_line),
		cmocka_unit_test(what_firmware_left_in_the_register_is_no_line),
		cmocka_unit_test(on_x86_a_line_is_routed_when_the_function_is_enabled),
		cmocka_unit_test(functions_of_one_device_share_equal_pins),
		cmocka_unit_test(below_a_pcie_port_the_swizzle_counts),
		cmocka_unit_test(a_bridge_is_not_on_the_wires_below_it),
		cmocka_unit_test(two_ports_of_one_slot_are_two_wires),
		cmocka_unit_test(a_conventional_bridge_proves_nothing),
		cmocka_unit_test(ari_functions_have_no_device_number),
		cmocka_unit_test(a_wire_whose_end_is_unknown_is_named_for_its_start),
		cmocka_unit_test(inputs_of_two_controllers_of_one_name_are_two_lines),
		cmocka_unit_test(a_message_of_gicv2m_is_no_input),
		cmocka_unit_test(a_wire_with_two_lines_is_not_believed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
