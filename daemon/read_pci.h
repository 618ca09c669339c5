/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Functions as libpci and sysfs show them: all of a machine, or some.
 *
 * Config space comes through libpci, everything else from sysfs attributes. A function that cannot be read
 * whole is kept with what is known and a problem that names the file; only a machine without
 * sys/bus/pci/devices is an error. What is read of a function depends on nothing but its own files and the
 * device tree.
 */
#pragma once

#include "machine.h"
#include "root.h"

struct pci_reader;

/* 0, -ENOMEM, or -errno when sys/bus/pci/devices cannot be opened. m and root must outlive it. */
int pci_reader_new(struct pci_reader **ret, const struct root *root, struct machine *m);
void pci_reader_free(struct pci_reader *r);

/* The addresses of all functions, ascending, to be freed. 0 or -ENOMEM. */
int pci_reader_list(struct pci_reader *r, struct address **ret, size_t *ret_n);

/* Adds the function to the machine, if there is one; after read_device_tree(). 0 or -ENOMEM. */
int pci_reader_read(struct pci_reader *r, struct address address);

/* The bridge that sysfs shows above it. false: none, or no such function. */
bool pci_reader_bridge_above(const struct pci_reader *r, struct address address, struct address *ret);
