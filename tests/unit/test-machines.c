// SPDX-License-Identifier: GPL-2.0-or-later
/* Whole machines of the kinds that people have, made small. */
#include "topology.h"

/* AMD Seattle (the machine of the 2017 thread): GICv2, one map for the host bridge with four SPIs a root
 * port, so that a card below a port meets nothing but that port. */
static void amd_seattle(void **state)
{
	struct machine *m = machine_of("aarch64");

	(void)state;
	m->controller = machine_string(m, "GICv2");
	CARD(m, "00:00.0", 0);
	CARD(m, "00:02.0", 0);
	CARD(m, "00:02.1", 'A', .port = PORT_ROOT, .secondary = 1, .firmware = 320, .driver = "pcieport",
	     .msi = MSI_MSI);
	CARD(m, "00:02.2", 'A', .port = PORT_ROOT, .secondary = 2, .firmware = 324, .driver = "pcieport",
	     .msi = MSI_MSI);
	CARD(m, "01:00.0", 'A', .firmware = 320, .driver = "vfio-pci");
	CARD(m, "01:00.1", 'B', .firmware = 321, .driver = "vfio-pci");
	CARD(m, "02:00.0", 'A', .firmware = 324);
	settle(m);
	expect_line(m, "01:00.0", "gic:320");
	expect_verdict(m, "01:00.0", VERDICT_EXCLUSIVE);
	expect_sharers(m, "01:00.0", 0, 0, 1, 0); /* the port, under MSI */
	expect_verdict(m, "01:00.1", VERDICT_EXCLUSIVE);
	expect_verdict(m, "02:00.0", VERDICT_EXCLUSIVE);
	machine_free(m);
}

/* An ACPI server whose kernel has no intx_line: an unbound card's line is nowhere to be read, which leaves
 * every other unproven, and only drivers show lines. */
static void acpi_server_on_an_unpatched_kernel(void **state)
{
	struct machine *m = machine_of("aarch64");

	(void)state;
	CARD(m, "00:01.0", 'A', .port = PORT_ROOT, .secondary = 1, .driver = "pcieport", .msi = MSI_MSI,
	     .irq = 30);
	CARD(m, "01:00.0", 'A', .driver = "vfio-pci", .irq = 40);
	CARD(m, "00:02.0", 'A', .port = PORT_ROOT, .secondary = 2, .driver = "pcieport", .msi = MSI_MSI,
	     .irq = 31);
	CARD(m, "02:00.0", 'A', .irq = 255);
	irq(m, 40, "GICv3", 100, "");
	settle(m);
	expect_line(m, "01:00.0", "gic:100");
	expect_verdict(m, "01:00.0", VERDICT_UNPROVEN);
	expect_reason(m, "01:00.0", "possible-sharer", "0000:02:00.0");
	expect_line(m, "02:00.0", NULL);
	expect_verdict(m, "02:00.0", VERDICT_UNPROVEN);
	machine_free(m);
}

/* Once everything is bound, nothing is left to be possible. */
static void acpi_server_with_all_functions_bound(void **state)
{
	struct machine *m = machine_of("aarch64");

	(void)state;
	CARD(m, "00:01.0", 'A', .port = PORT_ROOT, .secondary = 1, .driver = "pcieport", .msi = MSI_MSI,
	     .irq = 30);
	CARD(m, "01:00.0", 'A', .driver = "vfio-pci", .irq = 40);
	CARD(m, "00:02.0", 'A', .driver = "nvme", .msi = MSI_MSIX, .irq = 41);
	irq(m, 40, "GICv3", 100, "");
	irq(m, 41, "GICv3", 101, "");
	settle(m);
	expect_verdict(m, "01:00.0", VERDICT_EXCLUSIVE);
	machine_free(m);
}

/* Two graphics cards with their audio functions, given to two guests, on a desktop with SMBus on IRQ 16. */
static void x86_desktop_with_two_gpus(void **state)
{
	struct machine *m = machine_of("x86_64");

	(void)state;
	CARD(m, "00:01.0", 'A', .port = PORT_ROOT, .secondary = 1, .driver = "pcieport", .msi = MSI_MSI,
	     .irq = 120);
	CARD(m, "00:01.1", 'B', .port = PORT_ROOT, .secondary = 2, .driver = "pcieport", .msi = MSI_MSI,
	     .irq = 121);
	CARD(m, "00:1f.3", 'A', .driver = "i801_smbus", .irq = 16);
	CARD(m, "01:00.0", 'A', .driver = "vfio-pci", .irq = 16);
	CARD(m, "01:00.1", 'B', .driver = "vfio-pci", .irq = 17);
	CARD(m, "02:00.0", 'A', .driver = "vfio-pci", .irq = 11,
	     .disabled = true); /* not opened: firmware's number */
	CARD(m, "02:00.1", 'B', .driver = "vfio-pci", .irq = 11, .disabled = true);
	irq(m, 16, "IO-APIC", 16, "i801_smbus, vfio-intx(0000:01:00.0)");
	irq(m, 17, "IO-APIC", 17, "vfio-intx(0000:01:00.1)");
	settle(m);
	expect_verdict(m, "01:00.0", VERDICT_SHARED);
	expect_reason(m, "01:00.0", "active-sharer", "0000:00:1f.3");
	expect_verdict(m, "01:00.1", VERDICT_UNPROVEN); /* the second card may land there */
	expect_line(m, "02:00.0", NULL);
	expect_direct(m, "01:00.1", 0, "not-gic");
	machine_free(m);
}

/* Virtual functions have no INTx, whatever their config space says; the physical ones keep theirs. */
static void sriov_nics(void **state)
{
	struct machine *m = machine_of("aarch64");

	(void)state;
	CARD(m, "01:00.0", 'A', .firmware = 37, .driver = "vfio-pci");
	CARD(m, "01:10.0", 'A', .virtual_function = true, .driver = "vfio-pci");
	CARD(m, "01:10.1", 0, .virtual_function = true, .unreadable = true);
	settle(m);
	expect_verdict(m, "01:10.0", VERDICT_NO_INTX);
	expect_reason(m, "01:10.0", "virtual-function", NULL);
	expect_verdict(m, "01:10.1", VERDICT_NO_INTX);
	expect_verdict(m, "01:00.0", VERDICT_EXCLUSIVE);
	machine_free(m);
}

/* A guest whose virtio functions all share four lines, and all use MSI-X. */
static void virtual_machine_with_virtio_on_msix(void **state)
{
	struct machine *m = machine_of("aarch64");

	(void)state;
	CARD(m, "00:01.0", 'A', .firmware = 36, .driver = "virtio-pci", .msi = MSI_MSIX);
	CARD(m, "00:02.0", 'A', .firmware = 37, .driver = "vfio-pci");
	CARD(m, "00:05.0", 'A', .firmware = 36, .driver = "virtio-pci", .msi = MSI_MSIX);
	CARD(m, "00:06.0", 'A', .firmware = 37, .driver = "virtio-pci", .msi = MSI_MSIX);
	CARD(m, "00:0a.0", 'A', .firmware = 37, .driver = "virtio-pci", .msi = MSI_MSIX);
	settle(m);
	expect_verdict(m, "00:02.0", VERDICT_EXCLUSIVE);
	expect_sharers(m, "00:02.0", 0, 0, 2, 0);
	expect_verdict(m, "00:01.0", VERDICT_EXCLUSIVE);
	machine_free(m);
}

/* With pci=nomsi a port's services sit on the line of the card below it. */
static void root_ports_with_msi_off(void **state)
{
	struct machine *m = machine_of("aarch64");

	(void)state;
	CARD(m, "00:01.0", 'A', .port = PORT_ROOT, .secondary = 1, .firmware = 36, .driver = "pcieport");
	CARD(m, "01:00.0", 'A', .firmware = 36, .driver = "vfio-pci");
	CARD(m, "00:02.0", 'A', .port = PORT_ROOT, .secondary = 2, .firmware = 37, .driver = "pcieport");
	CARD(m, "02:00.0", 'A', .firmware = 37, .driver = "vfio-pci");
	irq(m, 22, "GICv3", 36, "PCIe PME, pciehp, vfio-intx(0000:01:00.0)");
	irq(m, 23, "GICv3", 37, "");
	settle(m);
	expect_verdict(m, "01:00.0", VERDICT_SHARED);
	expect_reason(m, "01:00.0", "active-sharer", "0000:00:01.0");
	expect_sharers(m, "01:00.0", 1, 0, 0, 0);
	expect_verdict(m, "02:00.0", VERDICT_LATENT); /* no service asked */
	machine_free(m);
}

/* A card may come: where its pin A would land, it is a latent sharer before it is there. */
static void empty_hotplug_slots(void **state)
{
	struct machine *m = machine_of("aarch64");
	struct function *slot;

	(void)state;
	CARD(m, "00:01.0", 'A', .port = PORT_ROOT, .secondary = 1, .hotplug = true, .firmware = 36,
	     .driver = "pcieport", .msi = MSI_MSI);
	CARD(m, "00:05.0", 'A', .firmware = 36, .driver = "vfio-pci");
	CARD(m, "00:02.0", 'A', .port = PORT_ROOT, .secondary = 2, .hotplug = true, .firmware = 37,
	     .driver = "pcieport", .msi = MSI_MSI);
	CARD(m, "02:00.0", 'B', .firmware = 38, .driver = "vfio-pci"); /* this one is taken */
	CARD(m, "00:03.0", 0, .port = PORT_ROOT, .secondary = 3);      /* this one is no slot */
	machine_sort_irqs(m);
	assert_int_equal(machine_link(m), 0);
	assert_int_equal(m->n_slots, 1);
	slot = &m->functions[m->n_functions];
	slot->firmware = at(m, "00:05.0")->firmware; /* where the map leads pin A below the first port */
	assert_int_equal(decide(m), 0);
	expect_verdict(m, "00:05.0", VERDICT_LATENT);
	expect_reason(m, "00:05.0", "empty-slot", "0000:00:01.0");
	expect_verdict(m, "02:00.0", VERDICT_EXCLUSIVE);
	machine_free(m);
}

/* The same without a map: where the card would land is not known, so it may be anywhere. */
static void empty_hotplug_slots_without_firmware(void **state)
{
	struct machine *m = machine_of("x86_64");

	(void)state;
	CARD(m, "00:1c.0", 'A', .port = PORT_ROOT, .secondary = 1, .hotplug = true, .driver = "pcieport",
	     .msi = MSI_MSI, .irq = 120);
	CARD(m, "00:1f.3", 'A', .driver = "i801_smbus", .irq = 16);
	irq(m, 16, "IO-APIC", 16, "i801_smbus");
	settle(m);
	expect_verdict(m, "00:1f.3", VERDICT_UNPROVEN);
	expect_reason(m, "00:1f.3", "possible-sharer", "0000:00:1c.0");
	machine_free(m);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(amd_seattle),
		cmocka_unit_test(acpi_server_on_an_unpatched_kernel),
		cmocka_unit_test(acpi_server_with_all_functions_bound),
		cmocka_unit_test(x86_desktop_with_two_gpus),
		cmocka_unit_test(sriov_nics),
		cmocka_unit_test(virtual_machine_with_virtio_on_msix),
		cmocka_unit_test(root_ports_with_msi_off),
		cmocka_unit_test(empty_hotplug_slots),
		cmocka_unit_test(empty_hotplug_slots_without_firmware),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
