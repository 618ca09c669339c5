/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Linux interrupts and their actions: /proc/interrupts once, row by row; /sys/kernel/irq/N only for the
 * numbers that functions show and that have no row there, since an interrupt without an action has none.
 */
#pragma once

#include <stdio.h>

#include "machine.h"
#include "root.h"

/* Adds interrupts to m, after read_pci(). m->irqs is in order then. 0 or -ENOMEM; unusable files are
 * problems. */
int read_irqs(struct machine *m, const struct root *root);

/* What /proc/interrupts says. 0, -ENOMEM, -EIO, or -EINVAL when it has no header. */
int parse_interrupts(struct machine *m, FILE *in);
