/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * An input taken as a list of named contents:
 *
 *	--- sys/bus/pci/devices/0000:00:01.0/irq
 *	16
 *	--- sys/bus/pci/devices/0000:00:01.0/driver -> ../drivers/e1000
 *
 * A name ends with its line. A content is any bytes up to the next line that begins with "--- "; the newline
 * before that one is not part of it. What stands before the first name is passed over.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

struct entry {
	char name[256];
	char target[256]; /* of a link; empty: it is none */
	const uint8_t *content;
	size_t length;
};

/* The next one of *rest bytes at *at, which move behind it. false: there is none. */
_Bool next_entry(const uint8_t **at, size_t *rest, struct entry *ret);
