// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Device trees, and the routes of a few functions through them.
 *
 * An entry (entries.h) is a property, by its path: "soc/pcie@10000000/interrupt-map". Links say which nodes
 * are PCI's: "0000:00:01.0 -> /soc/pcie@10000000/pci@1,0" a function's, "bus -> /soc/pcie@10000000" the root
 * bus'.
 */
#include <string.h>

#include "cleanup.h"
#include "decide.h"
#include "dt.h"
#include "entries.h"
#include "fuzz.h"
#include "judge.h"
#include "routing.h"

#define MAX_ENTRIES 256
#define MAX_DEPTH   16

static struct dt_node *node_at(struct dt *dt, char *path)
{
	struct dt_node *node = dt->nodes[0];
	char *save = NULL;
	int depth = 0;

	for (char *name = strtok_r(path, "/", &save); name; name = strtok_r(NULL, "/", &save)) {
		struct dt_node *child = NULL;

		for (size_t i = 1; i < dt->n_nodes && !child; i++)
			if (dt->nodes[i]->parent == node &&
			    strcmp(strrchr(dt->nodes[i]->path, '/') + 1, name) == 0)
				child = dt->nodes[i];
		node = child ? child : dt_add_node(dt, node, name);
		MUST(node);
		if (++depth == MAX_DEPTH)
			break;
	}
	return node;
}

static void set(struct dt *dt, const struct entry *e)
{
	char path[sizeof(e->name)];
	const char *slash = strrchr(e->name, '/');

	memcpy(path, e->name, sizeof(path));
	path[slash ? slash - e->name : 0] = '\0';
	MUST(dt_set_property(dt, node_at(dt, path), slash ? slash + 1 : e->name, e->content, e->length) == 0);
}

/* Two root ports, cards behind them, one of two functions, and one on the root bus. */
static void add_functions(struct machine *m)
{
	static const struct {
		struct address address;
		uint8_t pin, secondary;
	} all[] = {
		{{0, 0, 1, 0}, 1, 1}, {{0, 0, 2, 0}, 2, 2}, {{0, 0, 3, 0}, 1, 0},  {{0, 1, 0, 0}, 1, 0},
		{{0, 1, 0, 1}, 2, 0}, {{0, 2, 4, 0}, 4, 0}, {{0, 0, 31, 7}, 3, 0},
	};

	for (size_t i = 0; i < sizeof(all) / sizeof(*all); i++) {
		struct function *f = machine_add_function(m, all[i].address);

		MUST(f);
		f->pin = all[i].pin;
		f->secondary = all[i].secondary;
		f->bridge = f->secondary > 0;
		f->port = f->bridge ? PORT_ROOT : PORT_ENDPOINT;
		f->hotplug = f->bridge;
		f->msi = MSI_OFF;
	}
	MUST(machine_link(m) == 0);
}

static void link_node(struct machine *m, const struct entry *e)
{
	const struct dt_node *node = dt_find(m->dt, e->target);
	struct address address;

	if (strcmp(e->name, "bus") == 0 && m->n_roots > 0)
		m->roots[0].node = node;
	for (size_t i = 0; i < m->n_functions && address_parse(e->name, &address) == 0; i++)
		if (address_compare(&m->functions[i].address, &address) == 0)
			m->functions[i].node = node;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct machine *m = machine_new();
	struct entry e;
	const uint8_t *at;
	size_t rest;
	int n = 0;

	MUST(m);
	m->dt = dt_new();
	MUST(m->dt);
	m->controller = machine_string(m, "GICv3");
	m->irqs_known = true;
	for (at = data, rest = size; n < MAX_ENTRIES && next_entry(&at, &rest, &e); n++)
		if (!e.target[0])
			set(m->dt, &e);
	add_functions(m);
	for (at = data, rest = size, n = 0; n < MAX_ENTRIES && next_entry(&at, &rest, &e); n++)
		if (e.target[0])
			link_node(m, &e);
	MUST(route_firmware(m) == 0);
	MUST(decide(m) == 0);
	judge(m, NULL);
	machine_free(m);
	return 0;
}
