/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The page that the bare-metal guest and its VMM share, and where things are in the guest's memory.
 *
 * The VMM writes a command and lets the vCPU run; the guest works it off and parks again with a write to
 * PARK_ADDRESS. All else in the page may be written by the VMM at any time (flags, stop) or is the guest's to
 * write and the VMM's to read (counts).
 */
#ifndef CONTROL_H
#define CONTROL_H

#include <stdint.h>

#define RAM_ADDRESS    0x40000000u
#define RAM_SIZE       0x01000000u
#define CONTROL_OFFSET 0x00100000u /* above the image */
#define TABLES_OFFSET  0x00200000u /* the ITS's and the redistributors', 64 KiB each */

#define GICD_ADDRESS   0x08000000u
#define ITS_ADDRESS    0x08080000u
#define GICR_ADDRESS   0x080a0000u /* 128 KiB a vCPU */
#define GICC_ADDRESS   0x08010000u /* GICv2 */
#define PARK_ADDRESS   0x09000000u /* write: done, next command */
#define CONFIG_ADDRESS 0x09000008u /* write: PCI command register, device << 16 | value */
#define PANIC_ADDRESS  0x09000010u /* write: ESR; then ELR */
#define BAR_ADDRESS    0x50000000u
#define BAR_STRIDE     0x00100000u

enum { MAX_CPUS = 2, MAX_DEVICES = 2 };
enum { FIRST_GSI = 8, FIRST_SPI = 32 + FIRST_GSI, FIRST_LPI = 8192 }; /* one a device */

enum guest_command {
	GUEST_RAISE, /* arg0 times, device arg1 or each in turn (arg1 == n_devices): raise, wait until handled
		      */
	GUEST_SPIN,  /* until stop */
	GUEST_READ,  /* a word of the GIC distributor at arg0 to result */
	GUEST_WRITE, /* arg1 to the distributor's word at arg0 */
	GUEST_EOI,   /* deactivate what FLAG_DEFER left active */
	GUEST_IRQS,  /* unmask interrupts at the PE (arg0 = 1), or mask them */
	GUEST_LEAVE, /* exit and come back arg0 times with interrupts as they are */
	GUEST_ROUTE, /* SPI arg0 to vCPU arg1 */
};

enum guest_flags {
	FLAG_HOLD = 1,	   /* stay in the handler, interrupt active, until the flag goes */
	FLAG_DEFER = 2,	   /* return from the handler without deactivating; once, clears itself */
	FLAG_LATE = 4,	   /* EOI first, acknowledge at the device afterwards */
	FLAG_DISINTX = 8,  /* set DisINTx on entry, clear it after EOI */
	FLAG_TOGGLE = 16,  /* GICD_ICENABLER, then ISENABLER, in the handler */
	FLAG_NO_ACK = 32,  /* do not quench the device */
	FLAG_ONESHOT = 64, /* ICENABLER and EOI; the waiting GUEST_RAISE serves it and enables */
	FLAG_ALL = 128,	   /* look at all devices, as on a shared line */
};

/* How a device interrupts: it does for as long as @status is not 0. Addresses in the guest. */
struct guest_device {
	uint64_t status;
	uint64_t raise; /* write 1: it interrupts */
	uint64_t ack;	/* write status & @ack_mask: it no longer does */
	uint32_t ack_mask;
	uint64_t handled; /* interrupts with the device's status set */
	uint64_t stale;	  /* without */
};

struct control {
	uint32_t command[MAX_CPUS];
	uint64_t arg[MAX_CPUS][2];
	uint64_t result[MAX_CPUS];
	uint64_t ticks[MAX_CPUS]; /* what the command took */
	uint32_t eoi_mode, use_its, n_devices;
	uint32_t gic_v2;
	uint32_t flags, stop;
	uint32_t holding;	       /* a handler waits for FLAG_HOLD to go */
	uint32_t deferred;	       /* INTID left active, or 0 */
	uint32_t oneshot;	       /* INTID that its thread is to serve, or 0 */
	uint64_t spurious, unexpected; /* INTID 1023; one that belongs to no device */
	struct guest_device device[MAX_DEVICES];
};

#endif
