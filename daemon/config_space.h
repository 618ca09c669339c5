/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Config space through libpci.
 *
 * libpci opens <sysfs>/devices/<address>/config itself and follows symlinks, so a caller must have made sure
 * that this path stays inside its tree (read_pci.c does). What libpci cannot read is a problem of that one
 * function.
 */
#pragma once

#include "machine.h"
#include "root.h"

struct config_reader;

/* 0 or -errno. */
int config_reader_new(struct config_reader **ret, const struct root *root, struct machine *m);
void config_reader_free(struct config_reader *r);

/* Fills the "config space" fields and the identity of f; on failure f->unreadable is set and a problem
 * recorded. */
void config_read(struct config_reader *r, struct function *f);

/* One problem for all bridges whose capabilities could not be read, at the first of them. */
void config_report_short(struct machine *m);
