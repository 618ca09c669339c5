/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * libpci without its exit(): an error comes back to the caller, with what libpci had to say.
 *
 * Its callbacks carry no argument of ours, so that one access at a time is the current one: the last that
 * entered LIBPCI_TRY.
 */
#pragma once

#include <pci/pci.h>
#include <setjmp.h>
#include <stdbool.h>

struct libpci {
	struct pci_access *access;
	jmp_buf error;
	bool said;				       /* since LIBPCI_TRY */
	void (*say)(void *userdata, const char *text); /* what libpci complains of; may be NULL */
	void *userdata;
};

/* Reads functions below sysfs, a folder with devices/ in it. Nothing is scanned. 0 or -EIO. */
int libpci_init(struct libpci *l, char *sysfs);
void libpci_done(struct libpci *l);

/* `if (LIBPCI_TRY(l)) { calls of libpci; } else { one of them failed; }`. Locals that change inside and are
 * read after must be volatile. */
#define LIBPCI_TRY(l) (libpci_enter(l), setjmp((l)->error) == 0)
void libpci_enter(struct libpci *l);
