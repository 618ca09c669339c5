// SPDX-License-Identifier: GPL-2.0-or-later
#include "interrupt_map.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "nexus.h"

#define MAX_STEPS 64 /* nodes on one walk; machines have 2 or 3 */

#define FIRST_SPI  32
#define FIRST_PPI  16
#define FIRST_ESPI 4096
#define FIRST_EPPI 1056

/* Controllers whose interrupt-map is for their own driver; the kernel's walk ends at them as well
 * (of_irq_imap_abusers). */
static bool keeps_map_to_itself(const struct dt_node *node)
{
	static const char *const list[] = {
		"CBEA,platform-spider-pic", "fsl,ls1021a-extirq",      "fsl,ls1043a-extirq",
		"fsl,ls1088a-extirq",	    "pasemi,rootbus",	       "realtek,rtl-intc",
		"renesas,rza1-irqc",	    "sti,platform-spider-pic",
	};

	return dt_is_compatible(node, list, sizeof(list) / sizeof(*list));
}
/* As of_irq_find_parent(): interrupt-parent where there is one, else the parent, until one has
 * #interrupt-cells. */
static int to_interrupt_parent(struct nexus_walk *w)
{
	do {
		const struct dt_node *node = w->node;
		uint32_t phandle = 0;

		if (++w->steps > MAX_STEPS)
			return nexus_fail(w, -ELOOP, node, PROP_INTERRUPT_PARENT,
					  "in a circle, or a chain of more than 64 nodes");
		if (!dt_has(node, PROP_INTERRUPT_PARENT)) {
			w->node = node->parent;
			continue;
		}
		dt_read_cell(node, PROP_INTERRUPT_PARENT, &phandle);
		w->node = dt_node_of_phandle(w->dt, phandle);
		if (!w->node)
			return nexus_fail(w, -EINVAL, node, PROP_INTERRUPT_PARENT,
					  "not the phandle of exactly one node");
	} while (w->node && !dt_has(w->node, PROP_INTERRUPT_CELLS));
	return w->node ? 0 : -ENOENT;
}

/* <type number flags>, as gic_irq_domain_translate() of either driver reads it. false: no interrupt of the
 * GIC. */
static bool gic_input(const struct nexus_walk *w, struct input *ret)
{
	static const struct {
		uint32_t first, n;
	} types[] = {{FIRST_SPI, 988}, {FIRST_PPI, 16}, {FIRST_ESPI, 1024}, {FIRST_EPPI, 64}};
	const uint32_t *s = w->cells + w->address_cells;

	if (w->specifier_cells < 3 || s[0] >= (dt_is_gic_v3(w->node) ? 4 : 2) || s[1] >= types[s[0]].n)
		return false;
	ret->gic = true;
	ret->hwirq = types[s[0]].first + s[1];
	if (s[2] & 0xc)
		ret->trigger = TRIGGER_LEVEL;
	else if (s[2] & 0x3)
		ret->trigger = TRIGGER_EDGE;
	return true;
}

/*
 * The controller's name for its input: the first cell. With three cells it is <type number flags>
 * (controllers in front of a GIC copy its format, where the first cell tells nothing apart); with more there
 * is no common format.
 */
static int take_input(const struct nexus_walk *w, struct input *ret)
{
	const struct dt_property *compatible = &w->node->property[PROP_COMPATIBLE];
	const uint32_t *s = w->cells + w->address_cells;
	struct input input = {.controller = w->node->path};

	if (compatible->bytes && compatible->length == 0)
		return nexus_fail(w, -EINVAL, w->node, PROP_COMPATIBLE, "empty");
	if (dt_is_gic(w->node)) {
		if (!gic_input(w, &input))
			return nexus_fail(w, -EINVAL, w->from.node ? w->from.node : w->node,
					  w->from.node ? w->from.property : PROP_INTERRUPT_CELLS,
					  "leads to an interrupt that the GIC does not have");
	} else if (w->specifier_cells == 1 || w->specifier_cells == 2) {
		input.hwirq = s[0];
	} else if (w->specifier_cells == 3 && s[0] == 0) {
		input.hwirq = s[1];
	} else {
		return -ENOENT;
	}
	*ret = input;
	return 0;
}

/* From a nexus or controller with everything in w to the input. */
static int climb(struct nexus_walk *w, struct input *ret)
{
	for (;;) {
		bool map = dt_has(w->node, PROP_INTERRUPT_MAP);
		int r;

		if (++w->steps > MAX_STEPS)
			return nexus_fail(w, -ELOOP, w->node, PROP_INTERRUPT_MAP,
					  "in a circle, or a chain of more than 64 nodes");
		/* A map goes before being a controller. */
		if (dt_has(w->node, PROP_INTERRUPT_CONTROLLER) && (!map || keeps_map_to_itself(w->node)))
			return take_input(w, ret);
		r = map ? nexus_through_map(w) : to_interrupt_parent(w);
		if (r != 0)
			return r < 0 ? r : take_input(w, ret);
	}
}

/* How of_irq_parse_raw() reads what comes first on its walk: #address-cells of the node or the nearest parent
 * that has it, else 2. */
static int read_first_cells(struct nexus_walk *w)
{
	const struct dt_node *node = w->node;

	w->address_cells = 2;
	if (!dt_read_cell(node, PROP_INTERRUPT_CELLS, &w->specifier_cells))
		return nexus_fail(w, -EINVAL, node, PROP_INTERRUPT_CELLS, "cut short");
	while (node->parent && !dt_has(node, PROP_ADDRESS_CELLS))
		node = node->parent;
	if (!dt_read_cell(node, PROP_ADDRESS_CELLS, &w->address_cells))
		return nexus_fail(w, -EINVAL, node, PROP_ADDRESS_CELLS, "cut short");
	if ((uint64_t)w->address_cells + w->specifier_cells > MAX_CELLS)
		return nexus_fail(w, -EINVAL, w->node, PROP_INTERRUPT_CELLS,
				  "with #address-cells more than 16 cells");
	return 0;
}

/* Unit addresses of more than three cells end in zeros: PCI has three. */
static int start(struct nexus_walk *w, const uint32_t address[static 3], const uint32_t *specifier,
		 uint32_t n)
{
	int r = 0;

	while (r == 0 && !dt_has(w->node, PROP_INTERRUPT_CELLS))
		r = to_interrupt_parent(w);
	if (r == 0)
		r = read_first_cells(w);
	if (r < 0)
		return r;
	if (w->specifier_cells !=
	    n) /* a bus without interrupts of its own: the next one up means something else */
		return -ENOENT;
	for (uint32_t i = 0; i < w->address_cells; i++)
		w->cells[i] = i < 3 ? address[i] : 0;
	memcpy(w->cells + w->address_cells, specifier, n * sizeof(*specifier));
	return 0;
}

int interrupt_map_resolve(struct dt *dt, const struct dt_node *node, const uint32_t address[static 3],
			  uint8_t pin, struct input *ret, struct dt_fault *fault)
{
	struct nexus_walk w = {.dt = dt, .node = node, .fault = fault};
	uint32_t specifier = pin;
	int r;

	*fault = (struct dt_fault){};
	r = start(&w, address, &specifier, 1);
	return r < 0 ? r : climb(&w, ret);
}

/* Finds the controller and the specifier's cells in the node. The kernel takes `interrupts` where
 * interrupts-extended is of no use; that it is there and of no use is an error here. */
static int read_interrupts(struct nexus_walk *w, const struct dt_node *node, const uint8_t **ret,
			   uint32_t *ret_n)
{
	bool extended = dt_has(node, PROP_INTERRUPTS_EXTENDED);
	enum dt_name name = extended ? PROP_INTERRUPTS_EXTENDED : PROP_INTERRUPTS;
	const struct dt_property *p = &node->property[name];
	size_t cells = p->length / 4, skip = extended ? 1 : 0;
	int r;

	if (!p->bytes)
		return -ENOENT;
	if (cells < 1)
		return nexus_fail(w, -EINVAL, node, name, "cut short");
	if (extended) {
		w->node = dt_node_of_phandle(w->dt, dt_cell(p->bytes, 0));
		if (!w->node || !dt_has(w->node, PROP_INTERRUPT_CELLS))
			return nexus_fail(w, -EINVAL, node, name,
					  "not the phandle of exactly one node with #interrupt-cells");
	} else {
		r = to_interrupt_parent(w);
		if (r < 0)
			return r;
	}
	*ret_n = 0;
	dt_read_cell(w->node, PROP_INTERRUPT_CELLS, ret_n);
	if (*ret_n == 0 || *ret_n > MAX_CELLS || *ret_n > cells - skip)
		return nexus_fail(w, -EINVAL, node, name,
				  "does not hold as many cells as its #interrupt-cells asks for");
	*ret = p->bytes + 4 * skip;
	w->from = (struct dt_fault){.node = node, .property = name};
	return 0;
}

int interrupt_of_node(struct dt *dt, const struct dt_node *node, struct input *ret, struct dt_fault *fault)
{
	struct nexus_walk w = {.dt = dt, .node = node, .fault = fault};
	const struct dt_property *reg = &node->property[PROP_REG];
	uint32_t address[3] = {}, specifier[MAX_CELLS], n = 0;
	const uint8_t *bytes = NULL;
	int r;

	*fault = (struct dt_fault){};
	r = read_interrupts(&w, node, &bytes, &n);
	if (r < 0)
		return r;
	for (uint32_t i = 0; i < 3 && i < reg->length / 4; i++)
		address[i] = dt_cell(reg->bytes, i);
	for (uint32_t i = 0; i < n; i++)
		specifier[i] = dt_cell(bytes, i);
	r = start(&w, address, specifier, n);
	return r < 0 ? r : climb(&w, ret);
}

/* Room for `more` on a list whose size is always a power of two. */
static int grow_list(struct input **list, size_t n, size_t more)
{
	size_t had = 1, needed = 1;
	struct input *p;

	while (had < n)
		had *= 2;
	while (needed < n + more)
		needed *= 2;
	if (*list && needed == had)
		return 0;
	p = reallocarray(*list, needed, sizeof(*p));
	if (!p)
		return -ENOMEM;
	*list = p;
	return 0;
}

static int follow_entry(const struct nexus_walk *nexus, size_t at, struct input *ret)
{
	const struct dt_property *map = &nexus->node->property[PROP_INTERRUPT_MAP];
	struct nexus_walk w = {.dt = nexus->dt, .steps = 1, .fault = nexus->fault};
	struct nexus_target target;

	nexus_read_target(w.dt, map, at, &target);
	nexus_take_target(&w, nexus->node, at, &target);
	return w.node == nexus->node ? take_input(&w, ret) : climb(&w, ret);
}

int interrupt_map_targets(struct dt *dt, const struct dt_node *node, struct input **list, size_t *n,
			  bool *ret_complete, struct dt_fault *fault)
{
	struct nexus_walk w = {.dt = dt, .node = node, .fault = fault};
	struct map_index *index = NULL;
	struct dt_fault first = {};
	int r;

	*fault = (struct dt_fault){};
	*ret_complete = false;
	if (!dt_has(node, PROP_INTERRUPT_MAP))
		return 0;
	if (!dt_has(node, PROP_INTERRUPT_CELLS))
		r = nexus_fail(&w, -EINVAL, node, PROP_INTERRUPT_MAP,
			       "not used: the node has no #interrupt-cells");
	else
		r = read_first_cells(&w);
	if (r == 0)
		r = nexus_index_map(&w, &index);
	if (r < 0 || !index)
		return r == -ENOMEM ? r : 0;
	if (grow_list(list, *n, index->n) < 0)
		return -ENOMEM;
	*ret_complete = !index->damage;
	if (index->damage)
		first = (struct dt_fault){
			.node = node, .property = PROP_INTERRUPT_MAP, .text = index->damage};
	for (size_t i = 0; i < index->n && r != -ELOOP; i++) {
		*fault = (struct dt_fault){};
		r = follow_entry(&w, index->at[i], &(*list)[*n]);
		if (r == -ENOMEM)
			return r;
		if (r == 0) {
			(*n)++;
			continue;
		}
		*ret_complete = false;
		if (!first.text)
			first = *fault;
	}
	*fault = first;
	return 0;
}
