/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Small machines for tests, a function a line:
 *
 *	struct machine *m = machine_of("aarch64");
 *	CARD(m, "00:02.0", 'A', .driver = "e1000", .firmware = 37);
 *	irq(m, 22, "GICv3", 37, "eth0");
 *	settle(m);
 *	expect_verdict(m, "00:02.0", VERDICT_EXCLUSIVE);
 */
#pragma once

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "decide.h"
#include "reasons.h"

/* What is not said: MSI off, no driver, an endpoint on PCI Express, no evidence. */
struct card {
	const char *driver;
	enum msi_state msi; /* MSI_UNKNOWN is taken as off; see msi_unknown */
	bool msi_unknown, vfio, virtual_function, unreadable, hotplug, ari_forwarding, conventional;
	enum port_type port; /* of a bridge */
	uint8_t secondary;   /* makes it a bridge */
	int64_t irq;	     /* sysfs `irq` */
	bool disabled;	     /* sysfs `enable` is 0 though a driver is bound */
	uint32_t firmware;   /* INTID in the device tree's map */
	uint32_t kernel;     /* INTID in intx_line */
	uint32_t gsi;	     /* GSI in intx_line */
	uint16_t vendor, device;
};

/* Of an architecture whose /proc/interrupts was read. */
struct machine *machine_of(const char *arch);

void add_card(struct machine *m, const char *address, char pin, const struct card *card);
#define CARD(m, address, pin, ...) add_card(m, address, pin, &(const struct card){__VA_ARGS__})

/* actions: "eth0, ahci", or NULL for "no file tells". */
void irq(struct machine *m, uint32_t virq, const char *chip, int64_t hwirq, const char *actions);

/* The map of root bus 0000:00 leads to INTIDs first to last and nowhere else. */
void map_leads_to(struct machine *m, uint32_t first, uint32_t last);

/* Links and decides. */
void settle(struct machine *m);

const struct function *at(const struct machine *m, const char *address);
void expect_verdict(const struct machine *m, const char *address, enum verdict verdict);
/* NULL: not known. */
void expect_line(const struct machine *m, const char *address, const char *line);
void expect_sharers(const struct machine *m, const char *address, unsigned active, unsigned latent,
		    unsigned dormant, unsigned possible);
/* The first reason; who NULL: nobody. */
void expect_reason(const struct machine *m, const char *address, const char *code, const char *who);
/* Is this among the reasons for or against direct EOI; and the answer, 1, 0 or -1. */
void expect_direct(const struct machine *m, const char *address, int possible, const char *code);
