// SPDX-License-Identifier: GPL-2.0-or-later
#include "interrupt_map.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MAX_CELLS   16	  /* of a unit address and a specifier together, as the kernel's MAX_PHANDLE_ARGS */
#define MAX_STEPS   64	  /* nodes on one walk; machines have 2 or 3 */
#define MAX_ENTRIES 65536 /* of one map */
#define MAX_INDEXES 4	  /* of one map; a tree in its right mind needs 1 */

#define FIRST_SPI  32
#define FIRST_PPI  16
#define FIRST_ESPI 4096
#define FIRST_EPPI 1056

static const char *const names[_PROP_MAX] = {
	[PROP_ADDRESS_CELLS] = "#address-cells",
	[PROP_COMPATIBLE] = "compatible",
	[PROP_INTERRUPT_CELLS] = "#interrupt-cells",
	[PROP_INTERRUPT_CONTROLLER] = "interrupt-controller",
	[PROP_INTERRUPT_MAP] = "interrupt-map",
	[PROP_INTERRUPT_MAP_MASK] = "interrupt-map-mask",
	[PROP_INTERRUPT_PARENT] = "interrupt-parent",
	[PROP_INTERRUPTS] = "interrupts",
	[PROP_INTERRUPTS_EXTENDED] = "interrupts-extended",
	[PROP_LINUX_PHANDLE] = "linux,phandle",
	[PROP_PHANDLE] = "phandle",
	[PROP_REG] = "reg",
	[PROP_STATUS] = "status",
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

/* A specifier with the unit address before it, on its way up the interrupt tree. */
struct walk {
	struct dt *dt;
	const struct dt_node *node;
	uint32_t cells[MAX_CELLS];
	uint32_t address_cells, specifier_cells;
	unsigned steps;
	struct dt_fault from; /* the property that the cells are from; node NULL: none, they are PCI's */
	struct dt_fault *fault;
};

/* How entries compare: where the map is, and the mask for their first cells. */
struct key_order {
	const uint8_t *map;
	uint32_t mask[MAX_CELLS];
	uint32_t n;
};

/* ---- the tree ---- */

enum dt_name dt_name_of(const char *name)
{
	for (int i = 0; i < _PROP_MAX; i++)
		if (strcmp(name, names[i]) == 0)
			return i;
	return PROP_NONE;
}

const char *dt_name_text(enum dt_name name)
{
	return name == PROP_NONE ? "" : names[name];
}

bool dt_has(const struct dt_node *node, enum dt_name name)
{
	return node->property[name].bytes;
}

static int grow_nodes(struct dt *dt)
{
	struct dt_node ***arrays[] = {&dt->nodes, &dt->by_path, &dt->by_phandle};
	size_t more = dt->allocated ? dt->allocated * 2 : 64;

	if (dt->n_nodes < dt->allocated)
		return 0;
	for (size_t i = 0; i < sizeof(arrays) / sizeof(*arrays); i++) {
		struct dt_node **p = reallocarray(*arrays[i], more, sizeof(*p));

		if (!p)
			return -ENOMEM;
		*arrays[i] = p;
	}
	dt->allocated = more;
	return 0;
}

struct dt_node *dt_add_node(struct dt *dt, const struct dt_node *parent, const char *name)
{
	const char *above = parent && parent->parent ? parent->path : "";
	struct dt_node *node = calloc(1, sizeof(*node));

	if (!node || grow_nodes(dt) < 0 || asprintf(&node->path, "%s/%s", above, name) < 0) {
		free(node);
		return NULL;
	}
	node->parent = parent;
	node->index = dt->n_nodes;
	dt->nodes[dt->n_nodes++] = node;
	dt->sorted = false;
	return node;
}

struct dt *dt_new(void)
{
	struct dt *dt = calloc(1, sizeof(*dt));

	if (dt && !dt_add_node(dt, NULL, "")) {
		dt_free(dt);
		return NULL;
	}
	return dt;
}

static void drop_indexes(struct dt_node *node)
{
	while (node->indexes) {
		struct map_index *index = node->indexes;

		node->indexes = index->next;
		free(index);
	}
}

void dt_free(struct dt *dt)
{
	if (!dt)
		return;
	for (size_t i = 0; i < dt->n_nodes; i++) {
		drop_indexes(dt->nodes[i]);
		for (int p = 0; p < _PROP_MAX; p++)
			free(dt->nodes[i]->property[p].bytes);
		free(dt->nodes[i]->path);
		free(dt->nodes[i]);
	}
	free(dt->nodes);
	free(dt->by_path);
	free(dt->by_phandle);
	free(dt);
}

static uint32_t cell(const uint8_t *bytes, size_t i)
{
	const uint8_t *b = bytes + 4 * i;

	return (uint32_t)b[0] << 24 | (uint32_t)b[1] << 16 | (uint32_t)b[2] << 8 | b[3];
}

int dt_set_property(struct dt *dt, struct dt_node *node, const char *name, const void *bytes, size_t length)
{
	enum dt_name which = dt_name_of(name);
	uint8_t *copy;

	if (which == PROP_NONE)
		return 0;
	copy = malloc(length + 1);
	if (!copy)
		return -ENOMEM;
	if (length > 0)
		memcpy(copy, bytes, length);
	copy[length] = '\0';
	free(node->property[which].bytes);
	node->property[which] = (struct dt_property){.bytes = copy, .length = length};
	if ((which == PROP_PHANDLE || which == PROP_LINUX_PHANDLE) && length >= 4)
		node->phandle = cell(copy, 0);
	drop_indexes(node);
	dt->sorted = false;
	return 0;
}

static int compare_paths(const void *a, const void *b)
{
	return strcmp((*(struct dt_node *const *)a)->path, (*(struct dt_node *const *)b)->path);
}

static int compare_phandles(const void *a, const void *b)
{
	uint32_t x = (*(struct dt_node *const *)a)->phandle, y = (*(struct dt_node *const *)b)->phandle;

	return (x > y) - (x < y);
}

static void sort_nodes(struct dt *dt)
{
	if (dt->sorted)
		return;
	dt->n_phandles = 0;
	for (size_t i = 0; i < dt->n_nodes; i++) {
		dt->by_path[i] = dt->nodes[i];
		if (dt->nodes[i]->phandle != 0)
			dt->by_phandle[dt->n_phandles++] = dt->nodes[i];
	}
	qsort(dt->by_path, dt->n_nodes, sizeof(*dt->by_path), compare_paths);
	qsort(dt->by_phandle, dt->n_phandles, sizeof(*dt->by_phandle), compare_phandles);
	dt->sorted = true;
}

const struct dt_node *dt_find(struct dt *dt, const char *path)
{
	struct dt_node key = {.path = (char *)path}, *p = &key, **found;

	sort_nodes(dt);
	found = bsearch(&p, dt->by_path, dt->n_nodes, sizeof(*dt->by_path), compare_paths);
	return found ? *found : NULL;
}

/* NULL as well when several nodes have it: which of them the kernel met first is not known. */
static struct dt_node *node_of_phandle(struct dt *dt, uint32_t phandle)
{
	struct dt_node key = {.phandle = phandle}, *p = &key, **found, **end;

	sort_nodes(dt);
	found = bsearch(&p, dt->by_phandle, dt->n_phandles, sizeof(*dt->by_phandle), compare_phandles);
	if (!found)
		return NULL;
	end = dt->by_phandle + dt->n_phandles;
	if ((found > dt->by_phandle && found[-1]->phandle == phandle) ||
	    (found + 1 < end && found[1]->phandle == phandle))
		return NULL;
	return *found;
}

/* A property of one cell. false: too short to hold it. Without the property *ret stays as it is. */
static bool read_cell(const struct dt_node *node, enum dt_name name, uint32_t *ret)
{
	const struct dt_property *p = &node->property[name];

	if (p->bytes && p->length < 4)
		return false;
	if (p->bytes)
		*ret = cell(p->bytes, 0);
	return true;
}

static bool is_compatible(const struct dt_node *node, const char *const *list, size_t n)
{
	const struct dt_property *p = &node->property[PROP_COMPATIBLE];

	for (size_t at = 0; at < p->length; at += strlen((const char *)p->bytes + at) + 1)
		for (size_t i = 0; i < n; i++)
			if (strcmp((const char *)p->bytes + at, list[i]) == 0)
				return true;
	return false;
}

static bool is_gic_v3(const struct dt_node *node)
{
	static const char *const v3[] = {"arm,gic-v3"};

	return is_compatible(node, v3, 1);
}

bool dt_is_gic(const struct dt_node *node)
{
	static const char *const v2[] = {
		"arm,gic-400",	      "arm,arm11mp-gic",    "arm,arm1176jzf-devchip-gic",
		"arm,cortex-a15-gic", "arm,cortex-a9-gic",  "arm,cortex-a7-gic",
		"arm,pl390",	      "qcom,msm-8660-qgic", "qcom,msm-qgic2",
	};

	return is_gic_v3(node) || is_compatible(node, v2, sizeof(v2) / sizeof(*v2));
}

/* Controllers whose interrupt-map is for their own driver; the kernel's walk ends at them as well
 * (of_irq_imap_abusers). */
static bool keeps_map_to_itself(const struct dt_node *node)
{
	static const char *const list[] = {
		"CBEA,platform-spider-pic", "fsl,ls1021a-extirq",      "fsl,ls1043a-extirq",
		"fsl,ls1088a-extirq",	    "pasemi,rootbus",	       "realtek,rtl-intc",
		"renesas,rza1-irqc",	    "sti,platform-spider-pic",
	};

	return is_compatible(node, list, sizeof(list) / sizeof(*list));
}

static int fail(const struct walk *w, int error, const struct dt_node *node, enum dt_name property,
		const char *text)
{
	*w->fault = (struct dt_fault){.node = node, .property = property, .text = text};
	return error;
}

/* ---- one map ---- */

/* What follows a key: the parent's phandle, unit address and specifier. */
struct target {
	const struct dt_node *parent;
	uint32_t address_cells, specifier_cells;
};

/* NULL, or what is wrong. As of_irq_parse_imap_parent(): no #address-cells is 0 here, without asking the
 * parents. */
static const char *read_target(struct dt *dt, const struct dt_property *map, size_t at, struct target *ret)
{
	size_t left = map->length / 4 - at - 1;

	*ret = (struct target){.parent = node_of_phandle(dt, cell(map->bytes, at))};
	if (!ret->parent)
		return "an entry's phandle is not that of exactly one node";
	if (!dt_has(ret->parent, PROP_INTERRUPT_CELLS))
		return "an entry's parent has no #interrupt-cells";
	if (dt_has(ret->parent, PROP_STATUS) && ret->parent->property[PROP_STATUS].length == 0)
		return "an entry's parent has an empty status";
	if (!read_cell(ret->parent, PROP_INTERRUPT_CELLS, &ret->specifier_cells) ||
	    !read_cell(ret->parent, PROP_ADDRESS_CELLS, &ret->address_cells))
		return "an entry's parent has a #interrupt-cells or #address-cells that is cut short";
	if ((uint64_t)ret->specifier_cells + ret->address_cells > MAX_CELLS)
		return "an entry's parent asks for too many cells";
	if (left < ret->specifier_cells + ret->address_cells)
		return "the last entry is cut short";
	return NULL;
}

static int compare_entries(const void *a, const void *b, void *order)
{
	const struct key_order *o = order;
	uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;

	for (uint32_t i = 0; i < o->n; i++) {
		uint32_t p = cell(o->map, x - o->n + i) & o->mask[i],
			 q = cell(o->map, y - o->n + i) & o->mask[i];

		if (p != q)
			return p < q ? -1 : 1;
	}
	return (x > y) - (x < y);
}

/* false: the mask is shorter than a key. */
static bool read_order(const struct dt_node *node, uint32_t n, struct key_order *ret)
{
	const struct dt_property *mask = &node->property[PROP_INTERRUPT_MAP_MASK];

	*ret = (struct key_order){.map = node->property[PROP_INTERRUPT_MAP].bytes, .n = n};
	if (mask->bytes && mask->length / 4 < n)
		return false;
	for (uint32_t i = 0; i < n; i++)
		ret->mask[i] = mask->bytes ? cell(mask->bytes, i) : UINT32_MAX;
	return true;
}

/* __of_device_is_available() */
static bool is_available(const struct dt_node *node)
{
	const struct dt_property *status = &node->property[PROP_STATUS];
	const char *text = (const char *)status->bytes;

	return !text || strcmp(text, "okay") == 0 || strcmp(text, "ok") == 0;
}

/* An entry needs more than its key and the phandle, or the kernel passes over it. One whose parent is
 * disabled never matches. */
static void find_entries(struct dt *dt, const struct dt_property *map, uint32_t key, struct map_index *index)
{
	size_t cells = map->length / 4, at = 0;
	struct target target;

	while (cells - at > key + 1) {
		if (index->n == MAX_ENTRIES) {
			index->damage = "more than 65536 entries";
			index->error = -E2BIG;
			return;
		}
		index->error = -EINVAL;
		index->damage = read_target(dt, map, at + key, &target);
		if (index->damage)
			return;
		if (is_available(target.parent))
			index->at[index->n++] = (uint32_t)(at + key);
		at += key + 1 + target.address_cells + target.specifier_cells;
	}
	if (at * 4 != map->length)
		index->damage = "the last entry is cut short";
	else if (at == 0)
		index->damage = "empty";
	index->error = -EINVAL;
}

/* Entries of a map as seen with w's cell counts. */
static int index_map(struct walk *w, struct map_index **ret)
{
	struct dt_node *node = w->dt->nodes[w->node->index];
	const struct dt_property *map = &node->property[PROP_INTERRUPT_MAP];
	uint32_t key = w->address_cells + w->specifier_cells;
	size_t most = map->length / 4 / (key + 1);
	struct map_index *index;
	struct key_order order;
	int n = 0;

	for (index = node->indexes; index; index = index->next, n++)
		if (index->address_cells == w->address_cells &&
		    index->specifier_cells == w->specifier_cells) {
			*ret = index;
			return 0;
		}
	if (n == MAX_INDEXES)
		return fail(w, -E2BIG, node, PROP_INTERRUPT_MAP, "asked with too many different cell counts");
	if (!read_order(node, key, &order))
		return fail(w, -EINVAL, node, PROP_INTERRUPT_MAP_MASK, "shorter than what it is to mask");
	most = most < MAX_ENTRIES ? most : MAX_ENTRIES;
	index = calloc(1, sizeof(*index) + most * sizeof(*index->at));
	if (!index)
		return -ENOMEM;
	index->address_cells = w->address_cells;
	index->specifier_cells = w->specifier_cells;
	find_entries(w->dt, map, key, index);
	qsort_r(index->at, index->n, sizeof(*index->at), compare_entries, &order);
	index->next = node->indexes;
	node->indexes = index;
	*ret = index;
	return 0;
}

/* The walk goes on with what an entry of node's map says. */
static void take_target(struct walk *w, const struct dt_node *node, size_t at, const struct target *target)
{
	const uint8_t *map = node->property[PROP_INTERRUPT_MAP].bytes;

	w->node = target->parent;
	w->from = (struct dt_fault){.node = node, .property = PROP_INTERRUPT_MAP};
	w->address_cells = target->address_cells;
	w->specifier_cells = target->specifier_cells;
	for (uint32_t i = 0; i < w->address_cells + w->specifier_cells; i++)
		w->cells[i] = cell(map, at + 1 + i);
}

/* The first entry whose key is w's under the mask; NULL: none. */
static const uint32_t *find_entry(const struct walk *w, const struct map_index *index,
				  const struct key_order *order)
{
	size_t low = 0, high = index->n;

	while (low < high) {
		size_t middle = low + (high - low) / 2;
		uint32_t i = 0;

		while (i < order->n &&
		       !((cell(order->map, index->at[middle] - order->n + i) ^ w->cells[i]) & order->mask[i]))
			i++;
		if (i < order->n && (cell(order->map, index->at[middle] - order->n + i) & order->mask[i]) <
					    (w->cells[i] & order->mask[i]))
			low = middle + 1;
		else
			high = middle;
	}
	for (uint32_t i = 0; low < index->n && i < order->n; i++)
		if ((cell(order->map, index->at[low] - order->n + i) ^ w->cells[i]) & order->mask[i])
			return NULL;
	return low < index->n ? &index->at[low] : NULL;
}

/* Up through the map of w's node. 1: the entry names the node itself, where the walk ends. */
static int through_map(struct walk *w)
{
	const struct dt_node *node = w->node;
	struct map_index *index;
	struct key_order order;
	struct target target;
	const uint32_t *at;
	int r = index_map(w, &index);

	if (r < 0)
		return r;
	read_order(node, w->address_cells + w->specifier_cells, &order);
	at = find_entry(w, index, &order);
	if (!at)
		return index->damage ? fail(w, index->error, node, PROP_INTERRUPT_MAP, index->damage)
				     : -ENOENT;
	read_target(w->dt, &node->property[PROP_INTERRUPT_MAP], *at, &target);
	take_target(w, node, *at, &target);
	return target.parent == node;
}

/* ---- the walk ---- */

/* As of_irq_find_parent(): interrupt-parent where there is one, else the parent, until one has
 * #interrupt-cells. */
static int to_interrupt_parent(struct walk *w)
{
	do {
		const struct dt_node *node = w->node;
		uint32_t phandle = 0;

		if (++w->steps > MAX_STEPS)
			return fail(w, -ELOOP, node, PROP_INTERRUPT_PARENT,
				    "in a circle, or a chain of more than 64 nodes");
		if (!dt_has(node, PROP_INTERRUPT_PARENT)) {
			w->node = node->parent;
			continue;
		}
		read_cell(node, PROP_INTERRUPT_PARENT, &phandle);
		w->node = node_of_phandle(w->dt, phandle);
		if (!w->node)
			return fail(w, -EINVAL, node, PROP_INTERRUPT_PARENT,
				    "not the phandle of exactly one node");
	} while (w->node && !dt_has(w->node, PROP_INTERRUPT_CELLS));
	return w->node ? 0 : -ENOENT;
}

/* <type number flags>, as gic_irq_domain_translate() of either driver reads it. false: no interrupt of the
 * GIC. */
static bool gic_input(const struct walk *w, struct input *ret)
{
	static const struct {
		uint32_t first, n;
	} types[] = {{FIRST_SPI, 988}, {FIRST_PPI, 16}, {FIRST_ESPI, 1024}, {FIRST_EPPI, 64}};
	const uint32_t *s = w->cells + w->address_cells;

	if (w->specifier_cells < 3 || s[0] >= (is_gic_v3(w->node) ? 4 : 2) || s[1] >= types[s[0]].n)
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
static int take_input(const struct walk *w, struct input *ret)
{
	const struct dt_property *compatible = &w->node->property[PROP_COMPATIBLE];
	const uint32_t *s = w->cells + w->address_cells;
	struct input input = {.controller = w->node->path};

	if (compatible->bytes && compatible->length == 0)
		return fail(w, -EINVAL, w->node, PROP_COMPATIBLE, "empty");
	if (dt_is_gic(w->node)) {
		if (!gic_input(w, &input))
			return fail(w, -EINVAL, w->from.node ? w->from.node : w->node,
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
static int climb(struct walk *w, struct input *ret)
{
	for (;;) {
		bool map = dt_has(w->node, PROP_INTERRUPT_MAP);
		int r;

		if (++w->steps > MAX_STEPS)
			return fail(w, -ELOOP, w->node, PROP_INTERRUPT_MAP,
				    "in a circle, or a chain of more than 64 nodes");
		/* A map goes before being a controller. */
		if (dt_has(w->node, PROP_INTERRUPT_CONTROLLER) && (!map || keeps_map_to_itself(w->node)))
			return take_input(w, ret);
		r = map ? through_map(w) : to_interrupt_parent(w);
		if (r != 0)
			return r < 0 ? r : take_input(w, ret);
	}
}

/* How of_irq_parse_raw() reads what comes first on its walk: #address-cells of the node or the nearest parent
 * that has it, else 2. */
static int read_first_cells(struct walk *w)
{
	const struct dt_node *node = w->node;

	w->address_cells = 2;
	if (!read_cell(node, PROP_INTERRUPT_CELLS, &w->specifier_cells))
		return fail(w, -EINVAL, node, PROP_INTERRUPT_CELLS, "cut short");
	while (node->parent && !dt_has(node, PROP_ADDRESS_CELLS))
		node = node->parent;
	if (!read_cell(node, PROP_ADDRESS_CELLS, &w->address_cells))
		return fail(w, -EINVAL, node, PROP_ADDRESS_CELLS, "cut short");
	if ((uint64_t)w->address_cells + w->specifier_cells > MAX_CELLS)
		return fail(w, -EINVAL, w->node, PROP_INTERRUPT_CELLS,
			    "with #address-cells more than 16 cells");
	return 0;
}

/* Unit addresses of more than three cells end in zeros: PCI has three. */
static int start(struct walk *w, const uint32_t address[static 3], const uint32_t *specifier, uint32_t n)
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
	struct walk w = {.dt = dt, .node = node, .fault = fault};
	uint32_t specifier = pin;
	int r;

	*fault = (struct dt_fault){};
	r = start(&w, address, &specifier, 1);
	return r < 0 ? r : climb(&w, ret);
}

/* Finds the controller and the specifier's cells in the node. The kernel takes `interrupts` where
 * interrupts-extended is of no use; that it is there and of no use is an error here. */
static int read_interrupts(struct walk *w, const struct dt_node *node, const uint8_t **ret, uint32_t *ret_n)
{
	bool extended = dt_has(node, PROP_INTERRUPTS_EXTENDED);
	enum dt_name name = extended ? PROP_INTERRUPTS_EXTENDED : PROP_INTERRUPTS;
	const struct dt_property *p = &node->property[name];
	size_t cells = p->length / 4, skip = extended ? 1 : 0;
	int r;

	if (!p->bytes)
		return -ENOENT;
	if (cells < 1)
		return fail(w, -EINVAL, node, name, "cut short");
	if (extended) {
		w->node = node_of_phandle(w->dt, cell(p->bytes, 0));
		if (!w->node || !dt_has(w->node, PROP_INTERRUPT_CELLS))
			return fail(w, -EINVAL, node, name,
				    "not the phandle of exactly one node with #interrupt-cells");
	} else {
		r = to_interrupt_parent(w);
		if (r < 0)
			return r;
	}
	*ret_n = 0;
	read_cell(w->node, PROP_INTERRUPT_CELLS, ret_n);
	if (*ret_n == 0 || *ret_n > MAX_CELLS || *ret_n > cells - skip)
		return fail(w, -EINVAL, node, name,
			    "does not hold as many cells as its #interrupt-cells asks for");
	*ret = p->bytes + 4 * skip;
	w->from = (struct dt_fault){.node = node, .property = name};
	return 0;
}

int interrupt_of_node(struct dt *dt, const struct dt_node *node, struct input *ret, struct dt_fault *fault)
{
	struct walk w = {.dt = dt, .node = node, .fault = fault};
	const struct dt_property *reg = &node->property[PROP_REG];
	uint32_t address[3] = {}, specifier[MAX_CELLS], n;
	const uint8_t *bytes;
	int r;

	*fault = (struct dt_fault){};
	r = read_interrupts(&w, node, &bytes, &n);
	if (r < 0)
		return r;
	for (uint32_t i = 0; i < 3 && i < reg->length / 4; i++)
		address[i] = cell(reg->bytes, i);
	for (uint32_t i = 0; i < n; i++)
		specifier[i] = cell(bytes, i);
	r = start(&w, address, specifier, n);
	return r < 0 ? r : climb(&w, ret);
}

/* ---- all of a map ---- */

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

static int follow_entry(const struct walk *nexus, size_t at, struct input *ret)
{
	const struct dt_property *map = &nexus->node->property[PROP_INTERRUPT_MAP];
	struct walk w = {.dt = nexus->dt, .steps = 1, .fault = nexus->fault};
	struct target target;

	read_target(w.dt, map, at, &target);
	take_target(&w, nexus->node, at, &target);
	return w.node == nexus->node ? take_input(&w, ret) : climb(&w, ret);
}

int interrupt_map_targets(struct dt *dt, const struct dt_node *node, struct input **list, size_t *n,
			  bool *ret_complete, struct dt_fault *fault)
{
	struct walk w = {.dt = dt, .node = node, .fault = fault};
	struct map_index *index = NULL;
	struct dt_fault first = {};
	int r;

	*fault = (struct dt_fault){};
	*ret_complete = false;
	if (!dt_has(node, PROP_INTERRUPT_MAP))
		return 0;
	if (!dt_has(node, PROP_INTERRUPT_CELLS))
		r = fail(&w, -EINVAL, node, PROP_INTERRUPT_MAP, "not used: the node has no #interrupt-cells");
	else
		r = read_first_cells(&w);
	if (r == 0)
		r = index_map(&w, &index);
	if (r < 0)
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
