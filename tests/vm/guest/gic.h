/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The guest's GIC: registers, set-up, and the accesses of the interrupt path. */
#ifndef GIC_H
#define GIC_H

#include "control.h"

enum {
	GICD_CTLR = 0x0,
	GICD_IGROUPR = 0x80,
	GICD_ISENABLER = 0x100,
	GICD_ICENABLER = 0x180,
	GICD_IPRIORITYR = 0x400,
	GICD_ITARGETSR = 0x800,
	GICD_ICFGR = 0xc00,
	GICD_IROUTER = 0x6000,
};

/* In assembly: an access that KVM or the VMM emulates must be a plain load or store, without writeback. */
#define ACCESSORS(bits, type, ld, st, w)                                                       \
	static inline type read##bits(uint64_t address)                                        \
	{                                                                                      \
		type value;                                                                    \
		__asm__ volatile(ld " %" w "0, [%1]" : "=r"(value) : "r"(address) : "memory"); \
		return value;                                                                  \
	}                                                                                      \
	static inline void write##bits(uint64_t address, type value)                           \
	{                                                                                      \
		__asm__ volatile(st " %" w "0, [%1]" ::"r"(value), "r"(address) : "memory");   \
	}
ACCESSORS(8, uint8_t, "ldrb", "strb", "w")
ACCESSORS(32, uint32_t, "ldr", "str", "w")
ACCESSORS(64, uint64_t, "ldr", "str", "x")

#define read_register(name)                                                  \
	({                                                                   \
		uint64_t value_;                                             \
		__asm__ volatile("mrs %0, " #name : "=r"(value_)::"memory"); \
		value_;                                                      \
	})
#define write_register(name, value) __asm__ volatile("msr " #name ", %0" ::"r"((uint64_t)(value)) : "memory")
#define barrier_system()	    __asm__ volatile("dsb sy\n\tisb" ::: "memory")

enum { GICC_CTLR = 0x0, GICC_PMR = 0x4, GICC_IAR = 0xc, GICC_EOIR = 0x10, GICC_DIR = 0x1000 };

/* Everything on for this vCPU; the distributor (and the ITS, if there is one) by vCPU 0. */
void gic_setup(struct control *control, unsigned int cpu);
/* Device @device's event 0 to LPI FIRST_LPI + @device. */
void its_setup(unsigned int n_devices);

#endif
