// SPDX-License-Identifier: GPL-2.0-or-later
#include "routing.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "interrupt_map.h"
#include "wiring.h"

#define MAX_BRIDGES 256 /* above one function: no domain has more buses */
#define BASE	    "sys/firmware/devicetree/base"

struct routing {
	struct machine *m;
	uint16_t *reported; /* of each node: the properties that have their problem */
};

_Static_assert(_PROP_MAX <= 16, "reported is too narrow");

/* One problem for each property, however many functions meet it. */
static void report(struct routing *r, const struct dt_fault *fault)
{
	const char *path;
	char *file;

	if (!fault->text || r->reported[fault->node->index] & 1 << fault->property)
		return;
	r->reported[fault->node->index] |= (uint16_t)(1 << fault->property);
	path = fault->node->parent ? fault->node->path : "";
	if (asprintf(&file, BASE "%s/%s", path, dt_name_text(fault->property)) < 0)
		return;
	machine_problem(r->m, file, "%s", fault->text);
	free(file);
}

static int resolve(struct routing *r, const struct function *f, const struct dt_node *node, uint8_t pin,
		   struct input *ret)
{
	const uint32_t address[3] = {(uint32_t)f->address.bus << 16 | (uint32_t)f->address.device << 11 |
				     (uint32_t)f->address.function << 8};
	struct dt_fault fault;
	int e = interrupt_map_resolve(r->m->dt, node, address, pin, ret, &fault);

	report(r, &fault);
	return e;
}

/*
 * of_irq_parse_pci(): the function's own `interrupts`; else its own map, at which its pin arrives swizzled;
 * else the first bridge above that has a node at all, or the root bus. A bridge's node without a map hands
 * the pin, as it is there, to the node above it in the tree.
 */
static int route(struct routing *r, const struct function *f, struct input *ret)
{
	const struct machine *m = r->m;
	uint8_t pin = f->pin;
	struct dt_fault fault;
	int e;

	if (f->node) {
		e = interrupt_of_node(m->dt, f->node, ret, &fault);
		report(r, &fault);
		if (e == 0 || e == -ENOMEM)
			return e;
		if (dt_has(f->node, PROP_INTERRUPT_MAP))
			return resolve(r, f, f->node, swizzle(pin, swizzle_device(f)), ret);
	}
	for (int n = 0; n < MAX_BRIDGES; n++) {
		const struct function *bridge = f->parent == NO_INDEX ? NULL : &m->functions[f->parent];
		const struct dt_node *node = bridge ? bridge->node : m->roots[f->root].node;

		if (node)
			return resolve(r, f, node, pin, ret);
		if (!bridge)
			break;
		pin = swizzle(pin, swizzle_device(f));
		f = bridge;
	}
	return -ENOENT;
}

/* Strings of the tree go before the machine's. */
static int intern(struct machine *m, struct input *in)
{
	in->controller = machine_string(m, in->controller);
	return in->controller ? 0 : -ENOMEM;
}

/*
 * Where the kernel would not name a line although the maps do, its host bridge driver has a map of its own in
 * mind. Then the maps are not believed about the root bus's empty slots either, which come behind the
 * functions.
 */
static bool believed(struct machine *m, const struct function *f)
{
	struct root_bus *root = &m->roots[f->root];

	if (f->kernel_unsure)
		root->map_overruled = true;
	return !f->kernel_unsure && !(f->slot && root->map_overruled);
}

static int route_functions(struct routing *r)
{
	struct machine *m = r->m;

	for (size_t i = 0; i < m->n_functions + m->n_slots; i++) {
		struct function *f = &m->functions[i];
		struct input in = {};
		int e;

		if (f->pin < 1 || f->pin > 4 || f->virtual_function)
			continue;
		e = route(r, f, &in);
		if (e == 0)
			e = intern(m, &in);
		if (e == -ENOMEM)
			return e;
		if (e == 0 && believed(m, f))
			f->firmware = in;
		else if (e != -ENOENT) /* it may be anywhere */
			m->roots[f->root].map_complete = false;
	}
	return 0;
}

static void name_kernel_controllers(struct machine *m)
{
	for (size_t i = 0; i < m->n_functions + m->n_slots; i++) {
		struct input *in = &m->functions[i].kernel;
		const struct dt_node *node = in->controller ? dt_find(m->dt, in->controller) : NULL;

		in->gic = in->gic || (node && dt_is_gic(node));
	}
}

static int compare_inputs(const void *a, const void *b)
{
	const struct input *x = a, *y = b;

	if (x->controller != y->controller)
		return x->controller < y->controller ? -1 : 1;
	return (x->hwirq > y->hwirq) - (x->hwirq < y->hwirq);
}

static int settle_inputs(struct machine *m, struct root_bus *root)
{
	size_t kept = 0;

	for (size_t i = 0; i < root->n_map_inputs; i++)
		if (intern(m, &root->map_inputs[i]) < 0)
			return -ENOMEM;
	if (root->n_map_inputs > 0)
		qsort(root->map_inputs, root->n_map_inputs, sizeof(*root->map_inputs), compare_inputs);
	for (size_t i = 0; i < root->n_map_inputs; i++)
		if (kept == 0 || compare_inputs(&root->map_inputs[kept - 1], &root->map_inputs[i]) != 0)
			root->map_inputs[kept++] = root->map_inputs[i];
	root->n_map_inputs = kept;
	return 0;
}

static int add_map(struct routing *r, const struct dt_node *node, struct root_bus *root)
{
	struct dt_fault fault;
	bool complete;
	int e;

	e = interrupt_map_targets(r->m->dt, node, &root->map_inputs, &root->n_map_inputs, &complete, &fault);
	report(r, &fault);
	root->map_complete = root->map_complete && complete;
	return e;
}

/* below[i]: the root bus whose node is the nearest at or above node i, NO_INDEX: none. Parents come first. */
static int gather_maps(struct routing *r, int32_t *below)
{
	struct machine *m = r->m;
	struct dt *dt = m->dt;
	int e = 0;

	for (size_t i = 0; i < dt->n_nodes; i++)
		below[i] = NO_INDEX;
	for (size_t i = 0; i < m->n_roots; i++) {
		struct root_bus *root = &m->roots[i];

		/* A second root bus with one node gets no list: it stays incomplete. So does one without a
		 * map, which says nothing about where the wires on it lead. */
		if (!root->node || below[root->node->index] != NO_INDEX)
			continue;
		below[root->node->index] = (int32_t)i;
		root->map_complete = dt_has(root->node, PROP_INTERRUPT_MAP);
	}
	for (size_t i = 0; i < dt->n_nodes && e == 0; i++) {
		const struct dt_node *node = dt->nodes[i];

		if (below[i] == NO_INDEX && node->parent)
			below[i] = below[node->parent->index];
		if (below[i] != NO_INDEX && dt_has(node, PROP_INTERRUPT_MAP))
			e = add_map(r, node, &m->roots[below[i]]);
	}
	for (size_t i = 0; i < m->n_roots && e == 0; i++)
		e = settle_inputs(m, &m->roots[i]);
	return e;
}

int route_firmware(struct machine *m)
{
	struct routing r = {.m = m};
	int32_t *below;
	int e = -ENOMEM;

	if (!m->dt)
		return 0;
	dt_forget_indexes(m->dt);
	r.reported = calloc(m->dt->n_nodes, sizeof(*r.reported));
	below = calloc(m->dt->n_nodes, sizeof(*below));
	if (r.reported && below)
		e = gather_maps(&r, below);
	if (e == 0)
		e = route_functions(&r);
	if (e == 0)
		name_kernel_controllers(m);
	free(r.reported);
	free(below);
	return e;
}
