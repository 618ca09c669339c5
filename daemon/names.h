/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What a vendor:device pair is called, from the pci.ids file of the machine being looked at (a captured tree
 * answers with its own, or not at all). Loaded at the first question.
 */
#pragma once

#include <stdint.h>

#include "machine.h"
#include "root.h"
#include "tarball.h"

struct names;

/* NULL when out of memory. root must outlive it. */
struct names *names_new(const struct root *root);
void names_free(struct names *n);

/* The device's name in buffer, or NULL when there is no file or no entry. */
const char *names_device(struct names *n, uint16_t vendor, uint16_t device, char *buffer, int size);

/* Adds a pci.ids that names the devices of this machine and no others. 0 or -ENOMEM. */
int names_capture(struct tarball *out, const struct root *root, const struct machine *m);
