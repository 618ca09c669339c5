// SPDX-License-Identifier: GPL-2.0-or-later
#include "devicetree.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "interrupt_map.h"
#include "root.h"

#define BASE	     "sys/firmware/devicetree/base"
#define MAX_NODES    65536
#define MAX_DEPTH    32
#define MAX_PROPERTY (1u << 20)
#define MAX_TOTAL                                                                                \
	(8u << 20) /* of the properties kept; arm64 boots with no more than 2 MiB (MAX_FDT_SIZE) \
		    */

struct tree {
	struct machine *m;
	const struct root *root;
	struct dt *dt;
	uint8_t *buffer; /* MAX_PROPERTY + 1 */
	size_t total;
	bool controller; /* some node is an interrupt controller */
	bool full;	 /* a limit of the whole tree was met, and said */
};

static void node_problem(const struct tree *t, const struct dt_node *node, const char *name, const char *text)
{
	char *file;

	if (asprintf(&file, BASE "%s%s%s", node->parent ? node->path : "", *name ? "/" : "", name) < 0)
		return;
	machine_problem(t->m, file, "%s", text);
	free(file);
}

/* The length, or -errno. A limit keeps a FIFO or a growing file from holding us. */
static ssize_t read_bytes(const struct tree *t, int dir, const char *name)
{
	_cleanup_close_ int fd = openat(dir, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
	size_t length = 0;
	struct stat st;

	if (fd < 0 || fstat(fd, &st) < 0)
		return -errno;
	if (!S_ISREG(st.st_mode))
		return -EINVAL;
	for (;;) {
		ssize_t n = read(fd, t->buffer + length, MAX_PROPERTY + 1 - length);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -errno;
		length += (size_t)n;
		if (length > MAX_PROPERTY)
			return -EFBIG;
		if (n == 0)
			return (ssize_t)length;
	}
}

static int read_property(struct tree *t, struct dt_node *node, int dir, const char *name)
{
	ssize_t n = read_bytes(t, dir, name);

	if (n < 0) {
		machine_missed(t->m, (int)n);
		node_problem(t, node, name,
			     n == -EFBIG    ? "larger than 1 MiB; not used"
			     : n == -EINVAL ? "not a regular file"
					    : strerror((int)-n));
		n = 0;
	}
	if (t->total + (size_t)n > MAX_TOTAL) {
		if (!t->full)
			node_problem(t, node, name,
				     "the tree is larger than 8 MiB; this property and others are not used");
		t->full = true;
		n = 0;
	}
	t->total += (size_t)n;
	if (dt_name_of(name) == PROP_INTERRUPT_CONTROLLER)
		t->controller = true;
	return dt_set_property(t->dt, node, name, t->buffer, (size_t)n);
}

/* The kernel may know a map here. Without this a walk would pass by, and end at a wrong answer. */
static int mark_unread(struct dt *dt, struct dt_node *node)
{
	int e = dt_set_property(dt, node, "#interrupt-cells", "", 0);

	return e < 0 ? e : dt_set_property(dt, node, "interrupt-map", "", 0);
}

static bool is_folder(int dir, const struct dirent *entry)
{
	struct stat st;

	if (entry->d_type != DT_UNKNOWN)
		return entry->d_type == DT_DIR;
	return fstatat(dir, entry->d_name, &st, AT_SYMLINK_NOFOLLOW) == 0 && S_ISDIR(st.st_mode);
}

static int read_node(struct tree *t, struct dt_node *node, int fd, int depth);

static int read_child(struct tree *t, const struct dt_node *parent, int dir, const char *name, int depth)
{
	struct dt_node *node;
	int fd;

	if (depth == MAX_DEPTH) {
		node_problem(t, parent, name, "nodes are nested too deeply; not used");
		return 0;
	}
	if (t->dt->n_nodes >= MAX_NODES) {
		if (!t->full)
			node_problem(t, parent, name,
				     "more than 65536 nodes; this one and others are not used");
		t->full = true;
		return 0;
	}
	node = dt_add_node(t->dt, parent, name);
	if (!node)
		return -ENOMEM;
	fd = openat(dir, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (fd < 0) {
		machine_missed(t->m, -errno);
		node_problem(t, node, "", strerror(errno));
		return mark_unread(t->dt, node);
	}
	return read_node(t, node, fd, depth + 1);
}

/* Takes fd. */
static int read_node(struct tree *t, struct dt_node *node, int fd, int depth)
{
	_cleanup_dir_ DIR *dir = NULL;
	const struct dirent *entry;
	int e = 0;

	e = open_listing(fd, &dir);
	while (e == 0 && (errno = 0, entry = readdir(dir))) {
		if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0)
			continue;
		if (is_folder(fd, entry))
			e = read_child(t, node, fd, entry->d_name, depth);
		else if (dt_name_of(entry->d_name) != PROP_NONE)
			e = read_property(t, node, fd, entry->d_name);
	}
	if (e == 0 && errno != 0) {
		machine_missed(t->m, -errno);
		node_problem(t, node, "", strerror(errno));
	}
	return e;
}

/* ---- which nodes are PCI's ---- */

/* The one node that stands for all that were not read, named as the first of them. */
static int unread_node(struct dt *dt, const char *path, const struct dt_node **ret)
{
	if (!dt->unread) {
		dt->unread = dt_add_node(dt, dt->nodes[0], path + strspn(path, "/"));
		if (!dt->unread || mark_unread(dt, dt->unread) < 0)
			return -ENOMEM;
	}
	*ret = dt->unread;
	return 0;
}

/* What the link `of_node` in dir names; NULL: there is none. folder is dir's path, for problems. 0 or
 * -ENOMEM. */
static int linked_node(struct machine *m, int dir, const char *folder, const struct dt_node **ret)
{
	static const char base[] = "firmware/devicetree/base";
	char target[PATH_MAX], file[PATH_MAX];
	const char *path;
	ssize_t n = readlinkat(dir, "of_node", target, sizeof(target) - 1);

	*ret = NULL;
	if (n < 0) {
		machine_missed(m, -errno);
		return 0;
	}
	target[n] = '\0';
	path = strstr(target, base);
	path = path ? path + sizeof(base) - 1 : target;
	if (path != target)
		*ret = dt_find(m->dt, *path ? path : "/");
	if (*ret)
		return 0;
	snprintf(file, sizeof(file), "%s/of_node", folder);
	machine_problem(m, file, "names no node of the device tree that was read");
	return unread_node(m->dt, path, ret);
}

int link_function_node(struct machine *m, int dir, struct function *f)
{
	char folder[64], address[ADDRESS_SIZE];

	if (!m->dt || f->virtual_function)
		return 0;
	snprintf(folder, sizeof(folder), "sys/bus/pci/devices/%s", address_format(&f->address, address));
	return linked_node(m, dir, folder, &f->node);
}

static int try_folder(struct machine *m, const struct root *root, const char *folder,
		      const struct dt_node **ret)
{
	_cleanup_close_ int dir = root_open_dir(root, folder);

	*ret = NULL;
	machine_missed(m, dir);
	return dir < 0 ? 0 : linked_node(m, dir, folder, ret);
}

/*
 * A root bus' node, in the order of the kernel's pcibios_get_phb_of_node(): the bus itself, else the bridge
 * device above it, pciDDDD:BB, else the device above that. From a function on the bus they are found even
 * where sys/class is missing; a captured tree may have folders instead of links, in which "../.." is
 * something else, without an of_node.
 */
static int find_root_bus_node(struct machine *m, const struct root *root, struct root_bus *bus,
			      const struct function *f)
{
	static const char *const above[] = {"/../pci_bus/%04x:%02x", "/..", "/../.."};
	char folder[160], address[ADDRESS_SIZE];
	int n, e;

	snprintf(folder, sizeof(folder), "sys/class/pci_bus/%04x:%02x", bus->domain, bus->bus);
	e = try_folder(m, root, folder, &bus->node);
	if (!f)
		return e;
	n = snprintf(folder, sizeof(folder), "sys/bus/pci/devices/%s", address_format(&f->address, address));
	for (size_t i = 0; i < sizeof(above) / sizeof(*above) && e == 0 && !bus->node; i++) {
		snprintf(folder + n, sizeof(folder) - (size_t)n, above[i], bus->domain, bus->bus);
		e = try_folder(m, root, folder, &bus->node);
	}
	return e;
}

int link_root_bus_nodes(struct machine *m, const struct root *root)
{
	const struct function **on;
	int e = 0;

	if (!m->dt)
		return 0;
	on = calloc(m->n_roots + 1, sizeof(*on));
	if (!on)
		return -ENOMEM;
	for (size_t i = 0; i < m->n_functions; i++)
		if (m->functions[i].parent == NO_INDEX && !on[m->functions[i].root])
			on[m->functions[i].root] = &m->functions[i];
	for (size_t i = 0; i < m->n_roots && e == 0; i++)
		e = find_root_bus_node(m, root, &m->roots[i], on[i]);
	free(on);
	return e;
}

/* The machine has t's tree then, if it describes interrupts at all. */
static int use_tree(struct tree *t)
{
	const struct dt_property *compatible = &t->dt->nodes[0]->property[PROP_COMPATIBLE];

	if (compatible->length > 0) {
		t->m->platform = machine_string(t->m, (const char *)compatible->bytes);
		if (!t->m->platform)
			return -ENOMEM;
	}
	if (t->controller) {
		t->m->dt = t->dt;
		t->dt = NULL;
	}
	return 0;
}

static int read_tree(struct machine *m, const struct root *root)
{
	struct tree t = {.m = m, .root = root};
	int e, fd = root_open_dir(root, BASE);

	if (fd < 0) {
		machine_missed(m, fd);
		if (fd != -ENOENT && fd != -ENOTDIR)
			machine_problem(m, BASE, "%s", strerror(-fd));
		return 0;
	}
	t.dt = dt_new();
	t.buffer = malloc(MAX_PROPERTY + 1);
	if (t.dt && t.buffer) {
		e = read_node(&t, t.dt->nodes[0], fd, 0);
	} else {
		close(fd);
		e = -ENOMEM;
	}
	if (e == 0)
		e = use_tree(&t);
	free(t.buffer);
	dt_free(t.dt);
	return e;
}

int read_device_tree(struct machine *m, const struct root *root)
{
	int e;

	m->source = PROBLEM_TREE;
	e = read_tree(m, root);
	m->source = PROBLEM_OTHER;
	return e;
}
