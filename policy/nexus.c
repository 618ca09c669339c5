// SPDX-License-Identifier: GPL-2.0-or-later
#include "nexus.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define MAX_ENTRIES 65536 /* of one map */
#define MAX_INDEXES 4	  /* of one map; a tree in its right mind needs 1 */

int nexus_fail(const struct nexus_walk *w, int error, const struct dt_node *node, enum dt_name property,
	       const char *text)
{
	*w->fault = (struct dt_fault){.node = node, .property = property, .text = text};
	return error;
}
/* How entries compare: where the map is, and the mask for their first cells. */
struct key_order {
	const uint8_t *map;
	uint32_t mask[MAX_CELLS];
	uint32_t n;
};

/* NULL, or what is wrong. As of_irq_parse_imap_parent(): no #address-cells is 0 here, without asking the
 * parents. */
const char *nexus_read_target(struct dt *dt, const struct dt_property *map, size_t at,
			      struct nexus_target *ret)
{
	size_t left = map->length / 4 - at - 1;

	*ret = (struct nexus_target){.parent = dt_node_of_phandle(dt, dt_cell(map->bytes, at))};
	if (!ret->parent)
		return "an entry's phandle is not that of exactly one node";
	if (!dt_has(ret->parent, PROP_INTERRUPT_CELLS))
		return "an entry's parent has no #interrupt-cells";
	if (dt_has(ret->parent, PROP_STATUS) && ret->parent->property[PROP_STATUS].length == 0)
		return "an entry's parent has an empty status";
	if (!dt_read_cell(ret->parent, PROP_INTERRUPT_CELLS, &ret->specifier_cells) ||
	    !dt_read_cell(ret->parent, PROP_ADDRESS_CELLS, &ret->address_cells))
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
		uint32_t p = dt_cell(o->map, x - o->n + i) & o->mask[i],
			 q = dt_cell(o->map, y - o->n + i) & o->mask[i];

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
		ret->mask[i] = mask->bytes ? dt_cell(mask->bytes, i) : UINT32_MAX;
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
	struct nexus_target target;

	while (cells - at > key + 1) {
		if (index->n == MAX_ENTRIES) {
			index->damage = "more than 65536 entries";
			index->error = -E2BIG;
			return;
		}
		index->error = -EINVAL;
		index->damage = nexus_read_target(dt, map, at + key, &target);
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

int nexus_index_map(struct nexus_walk *w, struct map_index **ret)
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
		return nexus_fail(w, -E2BIG, node, PROP_INTERRUPT_MAP,
				  "asked with too many different cell counts");
	if (!read_order(node, key, &order))
		return nexus_fail(w, -EINVAL, node, PROP_INTERRUPT_MAP_MASK,
				  "shorter than what it is to mask");
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

void nexus_take_target(struct nexus_walk *w, const struct dt_node *node, size_t at,
		       const struct nexus_target *target)
{
	const uint8_t *map = node->property[PROP_INTERRUPT_MAP].bytes;

	w->node = target->parent;
	w->from = (struct dt_fault){.node = node, .property = PROP_INTERRUPT_MAP};
	w->address_cells = target->address_cells;
	w->specifier_cells = target->specifier_cells;
	for (uint32_t i = 0; i < w->address_cells + w->specifier_cells; i++)
		w->cells[i] = dt_cell(map, at + 1 + i);
}

/* The first entry whose key is w's under the mask; NULL: none. */
static const uint32_t *find_entry(const struct nexus_walk *w, const struct map_index *index,
				  const struct key_order *order)
{
	size_t low = 0, high = index->n;

	while (low < high) {
		size_t middle = low + (high - low) / 2;
		uint32_t i = 0;

		while (i < order->n &&
		       !((dt_cell(order->map, index->at[middle] - order->n + i) ^ w->cells[i]) &
			 order->mask[i]))
			i++;
		if (i < order->n && (dt_cell(order->map, index->at[middle] - order->n + i) & order->mask[i]) <
					    (w->cells[i] & order->mask[i]))
			low = middle + 1;
		else
			high = middle;
	}
	for (uint32_t i = 0; low < index->n && i < order->n; i++)
		if ((dt_cell(order->map, index->at[low] - order->n + i) ^ w->cells[i]) & order->mask[i])
			return NULL;
	return low < index->n ? &index->at[low] : NULL;
}

int nexus_through_map(struct nexus_walk *w)
{
	const struct dt_node *node = w->node;
	struct map_index *index;
	struct key_order order;
	struct nexus_target target;
	const uint32_t *at;
	int r = nexus_index_map(w, &index);

	if (r < 0)
		return r;
	read_order(node, w->address_cells + w->specifier_cells, &order);
	at = find_entry(w, index, &order);
	if (!at)
		return index->damage ? nexus_fail(w, index->error, node, PROP_INTERRUPT_MAP, index->damage)
				     : -ENOENT;
	nexus_read_target(w->dt, &node->property[PROP_INTERRUPT_MAP], *at, &target);
	nexus_take_target(w, node, *at, &target);
	return target.parent == node;
}
