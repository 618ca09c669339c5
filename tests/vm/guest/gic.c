/* SPDX-License-Identifier: GPL-2.0-or-later */
/* GICv3 set-up of the bare-metal guest: all SPIs level, group 1, to vCPU 0; LPIs through the ITS when there
 * is one. */
#include "gic.h"

enum { GICR_WAKER = 0x14, GICR_CTLR = 0x0, GICR_PROPBASER = 0x70, GICR_PENDBASER = 0x78, GICR_SGI = 0x10000 };
enum { GITS_CTLR = 0x0, GITS_CBASER = 0x80, GITS_CWRITER = 0x88, GITS_CREADR = 0x90, GITS_BASER = 0x100 };
enum { TABLE = 0x10000, LPI_PRIORITY_ENABLED = 0xa0 | 1 };

/* Tables, 64 KiB each: properties, pending of vCPU 0, ITS commands, devices, collections, then an ITT a
 * device. */
static uint64_t table(unsigned int number)
{
	return RAM_ADDRESS + TABLES_OFFSET + (uint64_t)number * TABLE;
}

static void distributor_setup(void)
{
	write32(GICD_ADDRESS + GICD_CTLR, 0x12); /* affinity routing, group 1 */
	for (unsigned int n = 1; n < 4; n++)
		write32(GICD_ADDRESS + GICD_IGROUPR + n * 4, ~0u);
	for (unsigned int n = 2; n < 8; n++)
		write32(GICD_ADDRESS + GICD_ICFGR + n * 4, 0); /* level: KVM's SPIs begin as edge */
	for (unsigned int spi = 32; spi < 128; spi++) {
		write8(GICD_ADDRESS + GICD_IPRIORITYR + spi, 0xa0);
		write64(GICD_ADDRESS + GICD_IROUTER + spi * 8, 0);
	}
	for (unsigned int n = 1; n < 4; n++)
		write32(GICD_ADDRESS + GICD_ISENABLER + n * 4, ~0u);
}

static void lpi_setup(void)
{
	for (unsigned int n = 0; n < MAX_DEVICES; n++)
		write8(table(0) + n, LPI_PRIORITY_ENABLED);
	write64(GICR_ADDRESS + GICR_PROPBASER, table(0) | 13); /* 14 bits of INTID */
	write64(GICR_ADDRESS + GICR_PENDBASER, table(1));
	write32(GICR_ADDRESS + GICR_CTLR, 1);
}

static void gic_v2_setup(struct control *control, unsigned int cpu)
{
	for (unsigned int n = 2; cpu == 0 && n < 8; n++)
		write32(GICD_ADDRESS + GICD_ICFGR + n * 4, 0);
	for (unsigned int spi = 32; cpu == 0 && spi < 128; spi++) {
		write8(GICD_ADDRESS + GICD_IPRIORITYR + spi, 0xa0);
		write8(GICD_ADDRESS + GICD_ITARGETSR + spi, 1);
	}
	for (unsigned int n = 1; cpu == 0 && n < 4; n++)
		write32(GICD_ADDRESS + GICD_ISENABLER + n * 4, ~0u);
	write32(GICD_ADDRESS + GICD_CTLR, 1);
	write32(GICC_ADDRESS + GICC_PMR, 0xf0);
	write32(GICC_ADDRESS + GICC_CTLR, 1 | (control->eoi_mode ? 1 << 9 : 0));
}

void gic_setup(struct control *control, unsigned int cpu)
{
	if (control->gic_v2) {
		gic_v2_setup(control, cpu);
		return;
	}

	uint64_t redistributor = GICR_ADDRESS + (uint64_t)cpu * 0x20000;

	if (cpu == 0)
		distributor_setup();
	write32(redistributor + GICR_WAKER, 0);
	while (read32(redistributor + GICR_WAKER) & 4)
		continue;
	write32(redistributor + GICR_SGI + GICD_IGROUPR, ~0u);
	if (cpu == 0 && control->use_its) {
		lpi_setup();
		its_setup(control->n_devices);
	}
	write_register(icc_sre_el1, read_register(icc_sre_el1) | 1); /* system registers */
	barrier_system();
	write_register(icc_pmr_el1, 0xf0);
	write_register(icc_bpr1_el1, 0);
	write_register(icc_ctlr_el1, control->eoi_mode ? 2 : 0);
	write_register(icc_igrpen1_el1, 1);
	barrier_system();
}

static void its_command(uint64_t w0, uint64_t w1, uint64_t w2)
{
	uint64_t offset = read64(ITS_ADDRESS + GITS_CWRITER), at = table(2) + offset;

	write64(at, w0);
	write64(at + 8, w1);
	write64(at + 16, w2);
	write64(at + 24, 0);
	barrier_system();
	write64(ITS_ADDRESS + GITS_CWRITER, offset + 32);
	while (read64(ITS_ADDRESS + GITS_CREADR) != offset + 32)
		continue;
}

void its_setup(unsigned int n_devices)
{
	const uint64_t valid = 1ull << 63, pages_64k = 2 << 8;

	for (unsigned int n = 0; n < 8; n++) {
		uint64_t kind = read64(ITS_ADDRESS + GITS_BASER + n * 8) >> 56 & 7;

		if (kind == 1 || kind == 4) /* devices, collections */
			write64(ITS_ADDRESS + GITS_BASER + n * 8,
				valid | pages_64k | table(kind == 1 ? 3 : 4));
	}
	write64(ITS_ADDRESS + GITS_CBASER, valid | table(2) | 15);
	write64(ITS_ADDRESS + GITS_CWRITER, 0);
	write32(ITS_ADDRESS + GITS_CTLR, 1);

	its_command(0x09, 0, valid); /* MAPC: collection 0 at redistributor 0 */
	for (unsigned int device = 0; device < n_devices; device++) {
		uint64_t id = (uint64_t)device << 32;

		its_command(0x08 | id, 4, valid | table(5 + device));		 /* MAPD: 5 bits of event */
		its_command(0x0a | id, (uint64_t)(FIRST_LPI + device) << 32, 0); /* MAPTI: event 0 */
		its_command(0x0c | id, 0, 0);					 /* INV */
	}
	its_command(0x05, 0, 0); /* SYNC */
}
