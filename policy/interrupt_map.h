/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The part of a device tree that routes interrupts, and the walk through it.
 *
 * The walk gives what of_irq_parse_raw() and of_irq_parse_one() of Linux 6.12 (drivers/of/irq.c) give for the
 * same tree. Where the kernel trusts a tree that is cut short or ambiguous, the walk ends without an answer:
 * no answer is safe, a wrong one is not. A tree may hold anything: every walk ends after a stated number of
 * steps, every map is indexed once.
 *
 * A tree is built first and asked then. Parents stand before their children in dt.nodes; nodes never move and
 * never go before dt_free().
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "machine.h"

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

struct map_index;

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
	struct dt_node **by_path, **by_phandle; /* valid when sorted */
	size_t n_phandles;
	bool sorted;
};

/* What is wrong with a tree, for a message. text NULL: nothing is, it just has no answer. */
struct dt_fault {
	const struct dt_node *node;
	enum dt_name property;
	const char *text;
};

/* A tree with a root. NULL when out of memory. */
struct dt *dt_new(void);
void dt_free(struct dt *dt);

/* NULL when out of memory. */
struct dt_node *dt_add_node(struct dt *dt, const struct dt_node *parent, const char *name);

/* Copies a property; names that are not kept are ignored. One that exists but could not be read is set with
 * length 0: whatever depends on it then has no answer. 0 or -ENOMEM. */
int dt_set_property(struct dt *dt, struct dt_node *node, const char *name, const void *bytes, size_t length);

/* PROP_NONE: not kept. */
enum dt_name dt_name_of(const char *name);
const char *dt_name_text(enum dt_name name);

const struct dt_node *dt_find(struct dt *dt, const char *path);
bool dt_has(const struct dt_node *node, enum dt_name name);
/* A controller that drivers/irqchip/irq-gic.c or irq-gic-v3.c drives. */
bool dt_is_gic(const struct dt_node *node);

/*
 * The input at which a pin arrives that leaves a device with this unit address on the bus of node.
 * ret->controller is the controller's path and lives as long as the tree. 0, or -ENOENT  the tree has no
 * answer -EINVAL  it is malformed -ELOOP   it runs in a circle -E2BIG   a limit was met -ENOMEM with *fault
 * saying why; its text is NULL with -ENOENT and -ENOMEM.
 */
int interrupt_map_resolve(struct dt *dt, const struct dt_node *node, const uint32_t address[static 3],
			  uint8_t pin, struct input *ret, struct dt_fault *fault);

/* The first interrupt in the node's own `interrupts` or `interrupts-extended`; results as above. */
int interrupt_of_node(struct dt *dt, const struct dt_node *node, struct input *ret, struct dt_fault *fault);

/* Appends to *list every input to which the node's own interrupt-map can deliver, one for each entry.
 * *ret_complete: every entry led to one; else *fault says what the first did that did not. 0 or -ENOMEM. */
int interrupt_map_targets(struct dt *dt, const struct dt_node *node, struct input **list, size_t *n,
			  bool *ret_complete, struct dt_fault *fault);
