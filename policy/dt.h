/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A device tree in memory: the nodes, and of their properties those that route interrupts.
 *
 * A tree is built first and asked then. Parents stand before their children in dt.nodes; nodes never move and
 * never go before dt_free(). It may hold anything: a property's length is what was read, not what it should
 * be.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* What is kept of a node. */
enum dt_name {
	PROP_ADDRESS_CELLS,
	PROP_COMPATIBLE,
	PROP_INTERRUPT_CELLS,
	PROP_INTERRUPT_CONTROLLER,
	PROP_INTERRUPT_MAP,
	PROP_INTERRUPT_MAP_MASK,
	PROP_INTERRUPT_PARENT,
	PROP_INTERRUPTS,
	PROP_INTERRUPTS_EXTENDED,
	PROP_LINUX_PHANDLE,
	PROP_PHANDLE,
	PROP_REG,
	PROP_STATUS,
	_PROP_MAX,
	PROP_NONE = -1,
};

struct dt_property {
	uint8_t *bytes; /* NULL: the node has none; else with a NUL behind it */
	size_t length;
};

/* The entries of one map, read with one size of unit address and specifier. */
struct map_index {
	struct map_index *next;
	uint32_t address_cells, specifier_cells;
	const char *damage; /* why the entries end before the map does; NULL: they do not */
	int error;	    /* of the damage */
	size_t n;
	uint32_t at[]; /* the cell after each entry's key, ordered by masked key, then by place */
};

struct dt_node {
	char *path; /* "/" or "/pcie@10000000/pci@1,0" */
	const struct dt_node *parent;
	size_t index;	  /* in dt.nodes */
	uint32_t phandle; /* 0: none */
	struct dt_property property[_PROP_MAX];
	struct map_index *indexes; /* of its interrupt-map, one for each size of entry it was asked with */
};

struct dt {
	struct dt_node **nodes; /* nodes[0] is "/" */
	size_t n_nodes, allocated;
	struct dt_node *unread; /* stands for nodes that others name and that were not read, or NULL */
	struct dt_node **by_path, **by_phandle; /* valid when sorted */
	size_t n_phandles;
	bool sorted;
};

/* A tree with a root. NULL when out of memory. */
struct dt *dt_new(void);
void dt_free(struct dt *dt);

/* NULL when out of memory. */
struct dt_node *dt_add_node(struct dt *dt, const struct dt_node *parent, const char *name);

/* Copies a property; names that are not kept are ignored. One that exists but could not be read is set with
 * length 0: whatever depends on it then has no answer. 0 or -ENOMEM. */
int dt_set_property(struct dt *dt, struct dt_node *node, const char *name, const void *bytes, size_t length);

/* Forgets what was worked out from maps while they were asked, so that every asking begins alike. */
void dt_forget_indexes(struct dt *dt);

/* PROP_NONE: not kept. */
enum dt_name dt_name_of(const char *name);
const char *dt_name_text(enum dt_name name);

const struct dt_node *dt_find(struct dt *dt, const char *path);
bool dt_has(const struct dt_node *node, enum dt_name name);
/* A controller that drivers/irqchip/irq-gic.c or irq-gic-v3.c drives. */
bool dt_is_gic(const struct dt_node *node);
bool dt_is_gic_v3(const struct dt_node *node);
bool dt_is_compatible(const struct dt_node *node, const char *const *list, size_t n);

/* NULL as well when several nodes have it: which of them the kernel met first is not known. */
struct dt_node *dt_node_of_phandle(struct dt *dt, uint32_t phandle);

/* The i-th cell of big-endian bytes. */
uint32_t dt_cell(const uint8_t *bytes, size_t i);

/* A property of one cell. false: too short to hold it. Without the property *ret stays as it is. */
bool dt_read_cell(const struct dt_node *node, enum dt_name name, uint32_t *ret);
