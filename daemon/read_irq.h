/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Linux interrupts and their actions: /proc/interrupts once, whole; /sys/kernel/irq/N only for the numbers
 * that functions show and that have no row there, since an interrupt without an action has none.
 */
#pragma once

#include "machine.h"
#include "root.h"

/* Adds interrupts to m, after read_pci(). m->irqs is in order then. 0 or -ENOMEM; unusable files are
 * problems. */
int read_irqs(struct machine *m, const struct root *root);

/* The text of /proc/interrupts, which it changes. 0, -ENOMEM, or -EINVAL when it has no header. */
int parse_interrupts(struct machine *m, char *text);
