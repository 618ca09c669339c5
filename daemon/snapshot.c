// SPDX-License-Identifier: GPL-2.0-or-later
#include "snapshot.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <string.h>
#include <sys/stat.h>

#include "conceal.h"
#include "dt.h"
#include "names.h"
#include "policy_files.h"
#include "tarball.h"

#define MAX_FILE (256u << 20) /* as much as read_irq.c takes of /proc/interrupts */

struct capture {
	const struct root *root;
	const struct machine *m;
	struct tarball *out;
	bool hide;
	int error; /* -ENOMEM: a list could not be made */
};

static void add_file(struct capture *c, const char *path)
{
	_cleanup_free_ char *bytes = NULL;
	ssize_t n = root_read_all(c->root, path, MAX_FILE, &bytes);

	if (n >= 0)
		tarball_file(c->out, path, bytes, (size_t)n);
}

/* False: there is none. */
static bool add_folder(const struct capture *c, const char *path)
{
	_cleanup_close_ int dir = root_open_beneath(c->root, path, O_RDONLY | O_DIRECTORY);

	if (dir >= 0)
		tarball_folder(c->out, path);
	return dir >= 0;
}

static void add_file_in(struct capture *c, const char *folder, const char *name)
{
	char path[PATH_MAX];

	if (snprintf(path, sizeof(path), "%s/%s", folder, name) < PATH_MAX)
		add_file(c, path);
}

static void add_link_in(struct capture *c, int dir, const char *folder, const char *name)
{
	char path[PATH_MAX], target[PATH_MAX];
	ssize_t n = readlinkat(dir, name, target, sizeof(target) - 1);

	if (n < 0 || snprintf(path, sizeof(path), "%s/%s", folder, name) >= PATH_MAX)
		return;
	target[n] = '\0';
	tarball_link(c->out, path, target);
}

/* The names in a folder, in byte order; to be freed with free_names(). */
static int list_names(struct capture *c, const char *folder, struct dirent ***ret)
{
	_cleanup_close_ int dir = root_open_dir(c->root, folder);
	int n = dir < 0 ? 0 : scandirat(dir, ".", ret, NULL, NULL);

	*ret = n > 0 ? *ret : NULL;
	if (n < 0 && errno == ENOMEM)
		c->error = -ENOMEM;
	return n > 0 ? n : 0;
}

static int compare_names(const void *a, const void *b)
{
	return strcmp((*(struct dirent *const *)a)->d_name, (*(struct dirent *const *)b)->d_name);
}

/* Calls each() for every name in the folder but "." and "..". */
static void for_names(struct capture *c, const char *folder,
		      void (*each)(struct capture *c, const char *folder, const char *name))
{
	struct dirent **names = NULL;
	int n = list_names(c, folder, &names);

	if (!names)
		return;
	qsort(names, (size_t)n, sizeof(struct dirent *), compare_names);
	for (int i = 0; i < n; i++) {
		if (names[i]->d_name[0] != '.')
			each(c, folder, names[i]->d_name);
		free(names[i]);
	}
	free(names);
}

/* ---- PCI functions ---- */

/* Where the link `name` in folder leads, as a path below the root without dots; 1: it is no link, and the
 * path its own. */
static int real_folder(const struct capture *c, const char *folder, const char *name,
		       char ret[static PATH_MAX])
{
	char link[96], target[PATH_MAX];
	_cleanup_close_ int dir = root_open_dir(c->root, folder);
	size_t length = strlen(folder);
	char *save = NULL;
	ssize_t n;

	snprintf(link, sizeof(link), "%s/%s", folder, name);
	strcpy(ret, link);
	n = dir < 0 ? -1 : readlinkat(dir, name, target, sizeof(target) - 1);
	if (n < 0)
		return 1;
	target[n] = '\0';
	tarball_link(c->out, link, target);
	if (target[0] == '/')
		return -EXDEV;
	ret[length] = '\0';
	for (char *part = strtok_r(target, "/", &save); part; part = strtok_r(NULL, "/", &save)) {
		if (strcmp(part, ".") == 0)
			continue;
		if (strcmp(part, "..") == 0) {
			if (length == 0)
				return -EXDEV;
			ret[length] = '\0';
			while (length > 0 && ret[length] != '/')
				length--;
			ret[length] = '\0';
			continue;
		}
		if (length + strlen(part) + 2 > PATH_MAX)
			return -ENAMETOOLONG;
		length += (size_t)sprintf(ret + length, "%s%s", length ? "/" : "", part);
	}
	return length > 0 ? 0 : -EXDEV;
}

static void add_config(struct capture *c, int dir, const char *folder)
{
	_cleanup_close_ int fd =
		openat(dir, "config", O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
	uint8_t bytes[256]; /* what config_space.c reads: some devices do not survive being read beyond */
	char path[PATH_MAX];
	struct stat st;
	ssize_t n = fd < 0 || fstat(fd, &st) < 0 || !S_ISREG(st.st_mode) ? -1
									 : pread(fd, bytes, sizeof(bytes), 0);

	if (snprintf(path, sizeof(path), "%s/config", folder) >= PATH_MAX)
		return;
	if (n < 0) { /* one that cannot be read is not none, and nor can a folder */
		if (faccessat(dir, "config", F_OK, AT_SYMLINK_NOFOLLOW) == 0)
			tarball_folder(c->out, path);
		return;
	}
	if (c->hide)
		conceal_config(bytes, (size_t)n);
	tarball_file(c->out, path, bytes, (size_t)n);
}

static void add_deoi(struct capture *c, const char *folder, const char *name)
{
	char path[PATH_MAX];

	if (snprintf(path, sizeof(path), "%s/%s", folder, name) >= PATH_MAX)
		return;
	tarball_folder(c->out, path);
	if (snprintf(path, sizeof(path), "%s/%s/intx_deoi", folder, name) < PATH_MAX && add_folder(c, path))
		for_names(c, path, add_file_in);
}

/* One that cannot be opened counts all the same; where a link says that it is, is no place to write to. */
static void add_function_folder(struct capture *c, const char *folder, bool linked)
{
	static const char *const links[] = {"driver", "iommu_group", "of_node", "physfn"};
	static const char *const files[] = {"class",
					    "device",
					    "enable",
					    "intx_line",
					    "irq",
					    "secondary_intx_lines",
					    "subsystem_device",
					    "subsystem_vendor",
					    "vendor"};
	_cleanup_close_ int dir = root_open_beneath(c->root, folder, O_RDONLY | O_DIRECTORY);
	char path[PATH_MAX];

	if (dir >= 0 || !linked)
		tarball_folder(c->out, folder);
	if (dir < 0)
		return;
	add_config(c, dir, folder);
	for (size_t i = 0; i < sizeof(files) / sizeof(*files); i++)
		add_file_in(c, folder, files[i]);
	for (size_t i = 0; i < sizeof(links) / sizeof(*links); i++)
		add_link_in(c, dir, folder, links[i]);
	if (snprintf(path, sizeof(path), "%s/msi_irqs", folder) < PATH_MAX)
		for_names(c, path, add_file_in);
	if (faccessat(dir, "vfio-dev", F_OK, AT_SYMLINK_NOFOLLOW) == 0 &&
	    snprintf(path, sizeof(path), "%s/vfio-dev", folder) < PATH_MAX) {
		tarball_folder(c->out, path);
		for_names(c, path, add_deoi);
	}
}

static void add_bus_folder(struct capture *c, const char *folder)
{
	_cleanup_close_ int dir = root_open_beneath(c->root, folder, O_RDONLY | O_DIRECTORY);

	if (dir < 0)
		return;
	tarball_folder(c->out, folder);
	add_link_in(c, dir, folder, "of_node");
}

/* The links by which devicetree.c finds a root bus' node: from its class, and from one function's folder on
 * that bus. */
static void add_root_bus(struct capture *c, const struct root_bus *bus, char *folder)
{
	char path[PATH_MAX], of_class[PATH_MAX], name[32];
	_cleanup_close_ int above = -1, top = -1;
	char *slash = strrchr(folder, '/');

	snprintf(name, sizeof(name), "%04x:%02x", bus->domain, bus->bus);
	if (real_folder(c, "sys/class/pci_bus", name, of_class) >= 0)
		add_bus_folder(c, of_class);
	if (!slash)
		return;
	*slash = '\0';
	above = root_open_dir(c->root, folder);
	if (above >= 0)
		add_link_in(c, above, folder, "of_node");
	if (snprintf(path, sizeof(path), "%s/pci_bus/%s", folder, name) < PATH_MAX &&
	    strcmp(path, of_class) != 0)
		add_bus_folder(c, path);
	slash = strrchr(folder, '/');
	if (!slash)
		return;
	*slash = '\0';
	top = root_open_dir(c->root, folder);
	if (top >= 0)
		add_link_in(c, top, folder, "of_node");
}

static void add_functions(struct capture *c)
{
	bool *done = calloc(c->m->n_roots + 1, sizeof(*done));
	char folder[PATH_MAX], address[ADDRESS_SIZE];

	if (!done)
		c->error = -ENOMEM;
	tarball_folder(c->out, "sys/bus/pci/devices");
	for (size_t i = 0; i < c->m->n_functions && done; i++) {
		const struct function *f = &c->m->functions[i];
		int r = real_folder(c, "sys/bus/pci/devices", address_format(&f->address, address), folder);

		if (r < 0)
			continue;
		add_function_folder(c, folder, r == 0);
		if (f->parent == NO_INDEX && !done[f->root]) {
			done[f->root] = true;
			add_root_bus(c, &c->m->roots[f->root], folder);
		}
	}
	for (size_t r = 0; r < c->m->n_roots && done; r++) /* those that have slots only */
		if (!done[r])
			add_root_bus(c, &c->m->roots[r], strcpy(folder, ""));
	free(done);
}

static void add_slot(struct capture *c, const char *folder, const char *name)
{
	char path[PATH_MAX];

	if (snprintf(path, sizeof(path), "%s/%s", folder, name) >= PATH_MAX)
		return;
	add_file_in(c, path, "address");
	add_file_in(c, path, "power");
}

/* ---- the rest ---- */

/* What the device tree's reader kept, by path and not in the order of reading, which is the file system's; of
 * a tree that routes nothing only whose it is. */
static void add_device_tree(struct capture *c)
{
	char path[PATH_MAX];

	if (!c->m->dt && c->m->platform)
		tarball_file(c->out, "sys/firmware/devicetree/base/compatible", c->m->platform,
			     strlen(c->m->platform) + 1);
	if (c->m->dt)
		(void)dt_find(c->m->dt, "/"); /* by_path is in order then */
	for (size_t i = 0; c->m->dt && i < c->m->dt->n_nodes; i++) {
		const struct dt_node *node = c->m->dt->by_path[i];
		int n = snprintf(path, sizeof(path), "sys/firmware/devicetree/base%s",
				 node->parent ? node->path : "");

		if (n >= PATH_MAX - 64 || node == c->m->dt->unread) /* that one's name is what a link said */
			continue;
		tarball_folder(c->out, path);
		for (enum dt_name p = 0; p < _PROP_MAX; p++) {
			if (!dt_has(node, p))
				continue;
			snprintf(path + n, sizeof(path) - (size_t)n, "/%s", dt_name_text(p));
			tarball_file(c->out, path, node->property[p].bytes, node->property[p].length);
		}
	}
}

static int compare_numbers(const void *a, const void *b)
{
	const int64_t *x = a, *y = b;

	return (*x > *y) - (*x < *y);
}

/* Those whose number a function shows. */
static void add_irqs(struct capture *c)
{
	static const char *const files[] = {"actions", "chip_name", "hwirq", "type"};
	int64_t *irqs = calloc(c->m->n_functions + 1, sizeof(*irqs));
	char folder[64];
	size_t n = 0;

	if (!irqs)
		c->error = -ENOMEM;
	for (size_t i = 0; i < c->m->n_functions && irqs; i++)
		if (c->m->functions[i].irq > 0)
			irqs[n++] = c->m->functions[i].irq;
	if (n > 0)
		qsort(irqs, n, sizeof(*irqs), compare_numbers);
	for (size_t i = 0; i < n; i++) {
		if (i > 0 && irqs[i] == irqs[i - 1])
			continue;
		snprintf(folder, sizeof(folder), "sys/kernel/irq/%lld", (long long)irqs[i]);
		add_folder(c, folder); /* one without files is not none */
		for (size_t f = 0; f < sizeof(files) / sizeof(*files); f++)
			add_file_in(c, folder, files[f]);
	}
	free(irqs);
}

static void add_module(struct capture *c, const char *folder, const char *name)
{
	char path[PATH_MAX];

	if (strncmp(name, "vfio", 4) == 0 &&
	    snprintf(path, sizeof(path), "%s/%s/parameters", folder, name) < PATH_MAX)
		for_names(c, path, add_file_in);
}

static void add_modules(struct capture *c)
{
	_cleanup_close_ int modules = root_open_dir(c->root, "sys/module");

	if (modules < 0)
		return;
	tarball_folder(c->out, "sys/module"); /* even when empty: then the kernel lacks the feature */
	for_names(c, "sys/module", add_module);
}

static void add_policy(struct capture *c)
{
	for (size_t i = 0; policy_folders[i]; i++)
		for_names(c, policy_folders[i][0] == '/' ? policy_folders[i] + 1 : policy_folders[i],
			  add_file_in);
	add_file(c, "var/lib/intxd/decisions.json");
	add_file(c, "run/intxd/decisions.json");
}

/* Behind the longest text that is read the newline is cut: a file with it would be longer than is read. */
static void add_text(struct capture *c, const char *path, const char *text)
{
	char line[256]; /* as in read_machine.c */

	if (!text)
		return;
	snprintf(line, sizeof(line), "%s\n", text);
	tarball_file(c->out, path, line, strlen(line));
}

int snapshot(const struct root *root, const struct machine *m, int fd, bool hide)
{
	struct capture c = {.root = root, .m = m, .hide = hide};
	int e = tarball_new(&c.out, fd);

	if (e < 0)
		return e;
	add_file(&c, "proc/interrupts");
	add_text(&c, "proc/sys/kernel/arch", m->arch);
	add_text(&c, "proc/sys/kernel/osrelease", m->kernel);
	add_functions(&c);
	for_names(&c, "sys/bus/pci/slots", add_slot);
	add_device_tree(&c);
	add_irqs(&c);
	add_modules(&c);
	add_policy(&c);
	c.error = names_capture(c.out, root, m) < 0 ? -ENOMEM : c.error;
	e = tarball_finish(c.out);
	return e < 0 ? e : c.error;
}
