// SPDX-License-Identifier: GPL-2.0-or-later
#include "dt.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

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

void dt_forget_indexes(struct dt *dt)
{
	for (size_t i = 0; i < dt->n_nodes; i++)
		drop_indexes(dt->nodes[i]);
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

uint32_t dt_cell(const uint8_t *bytes, size_t i)
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
		node->phandle = dt_cell(copy, 0);
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

struct dt_node *dt_node_of_phandle(struct dt *dt, uint32_t phandle)
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

bool dt_read_cell(const struct dt_node *node, enum dt_name name, uint32_t *ret)
{
	const struct dt_property *p = &node->property[name];

	if (p->bytes && p->length < 4)
		return false;
	if (p->bytes)
		*ret = dt_cell(p->bytes, 0);
	return true;
}

bool dt_is_compatible(const struct dt_node *node, const char *const *list, size_t n)
{
	const struct dt_property *p = &node->property[PROP_COMPATIBLE];

	for (size_t at = 0; at < p->length; at += strlen((const char *)p->bytes + at) + 1)
		for (size_t i = 0; i < n; i++)
			if (strcmp((const char *)p->bytes + at, list[i]) == 0)
				return true;
	return false;
}

bool dt_is_gic_v3(const struct dt_node *node)
{
	static const char *const v3[] = {"arm,gic-v3"};

	return dt_is_compatible(node, v3, 1);
}

bool dt_is_gic(const struct dt_node *node)
{
	static const char *const v2[] = {
		"arm,gic-400",	      "arm,arm11mp-gic",    "arm,arm1176jzf-devchip-gic",
		"arm,cortex-a15-gic", "arm,cortex-a9-gic",  "arm,cortex-a7-gic",
		"arm,pl390",	      "qcom,msm-8660-qgic", "qcom,msm-qgic2",
	};

	return dt_is_gic_v3(node) || dt_is_compatible(node, v2, sizeof(v2) / sizeof(*v2));
}
