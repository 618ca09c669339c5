/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * One step of the walk up the interrupt tree: through the interrupt-map of one node (a nexus). Internal to
 * interrupt_map.c.
 *
 * A map is indexed once for each size of key it is asked with, so that a machine's functions do not each read
 * it whole.
 */
#pragma once

#include "interrupt_map.h"

/* Of a unit address and a specifier together, as the kernel's MAX_PHANDLE_ARGS. */
#define MAX_CELLS 16

/* A specifier with the unit address before it, on its way up the interrupt tree. */
struct nexus_walk {
	struct dt *dt;
	const struct dt_node *node;
	uint32_t cells[MAX_CELLS];
	uint32_t address_cells, specifier_cells;
	unsigned steps;
	struct dt_fault from; /* the property that the cells are from; node NULL: none, they are PCI's */
	struct dt_fault *fault;
};

/* What follows a key: the parent's phandle, unit address and specifier. */
struct nexus_target {
	const struct dt_node *parent;
	uint32_t address_cells, specifier_cells;
};

int nexus_fail(const struct nexus_walk *w, int error, const struct dt_node *node, enum dt_name property,
	       const char *text);

/* NULL, or what is wrong. at: the cell after an entry's key. */
const char *nexus_read_target(struct dt *dt, const struct dt_property *map, size_t at,
			      struct nexus_target *ret);

/* Entries of a map as seen with w's cell counts. 0 or -errno with w's fault. */
int nexus_index_map(struct nexus_walk *w, struct map_index **ret);

/* The walk goes on with what an entry of node's map says. */
void nexus_take_target(struct nexus_walk *w, const struct dt_node *node, size_t at,
		       const struct nexus_target *target);

/* Up through the map of w's node. 1: the entry names the node itself, where the walk ends. */
int nexus_through_map(struct nexus_walk *w);
