// SPDX-License-Identifier: GPL-2.0-or-later
#include "tree.h"

#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cleanup.h"

#define DEVICES "sys/bus/pci/devices"

static void die(const char *what)
{
	perror(what);
	abort();
}

unsigned tree_random(struct tree *t, unsigned n)
{
	return (unsigned)rand_r(&t->seed) % n;
}

static bool chance(struct tree *t, unsigned percent)
{
	return tree_random(t, 100) < percent;
}

#define ONE_OF(t, list) (list)[tree_random(t, sizeof(list) / sizeof(*(list)))]

/* ---- files ---- */

static void make_folders(char *path)
{
	for (char *p = path + 1; (p = strchr(p, '/')); p++) {
		*p = '\0';
		if (mkdir(path, 0777) < 0 && errno != EEXIST)
			die(path);
		*p = '/';
	}
}

static int remove_one(const char *path, const struct stat *st, int type, struct FTW *at)
{
	(void)st;
	(void)type;
	(void)at;
	return remove(path);
}

/* A file, a link or a folder, if there is one. */
static void take_away(const char *path)
{
	if (unlink(path) == 0 || errno == ENOENT || errno == ENOTDIR)
		return;
	nftw(path, remove_one, 16, FTW_DEPTH | FTW_PHYS);
}

/* A path below the base, to be freed. */
__attribute__((format(printf, 2, 3))) static char *below(const struct tree *t, const char *format, ...)
{
	_cleanup_free_ char *path = NULL;
	char *full;
	va_list args;

	va_start(args, format);
	if (vasprintf(&path, format, args) < 0)
		abort();
	va_end(args);
	if (asprintf(&full, "%s/%s", t->base, path) < 0)
		abort();
	return full;
}

static void write_bytes(struct tree *t, const char *path, const void *bytes, size_t length)
{
	_cleanup_free_ char *full = below(t, "%s", path);
	int fd;

	make_folders(full);
	take_away(full);
	fd = open(full, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
	if (fd < 0 || write(fd, bytes, length) != (ssize_t)length)
		die(full);
	close(fd);
}

void tree_write(struct tree *t, const char *text, const char *format, ...)
{
	_cleanup_free_ char *path = NULL;
	va_list args;

	va_start(args, format);
	if (vasprintf(&path, format, args) < 0)
		abort();
	va_end(args);
	write_bytes(t, path, text, strlen(text));
}

static void make_link(struct tree *t, const char *target, const char *path)
{
	_cleanup_free_ char *full = below(t, "%s", path);

	make_folders(full);
	take_away(full);
	if (symlink(target, full) < 0)
		die(full);
}

/* An attribute of a function; sometimes something in its place that no kernel puts there. */
static void attribute(struct tree *t, const struct node *n, const char *name, const char *text)
{
	_cleanup_free_ char *path = below(t, "%s/%s", n->path, name);

	take_away(path);
	if (!text)
		return;
	if (!chance(t, t->damage)) {
		tree_write(t, text, "%s/%s", n->path, name);
		return;
	}
	make_folders(path);
	switch (tree_random(t, 4)) {
	case 0: tree_write(t, "nonsense\n", "%s/%s", n->path, name); break;
	case 1: tree_write(t, "", "%s/%s", n->path, name); break;
	case 2:
		if (mkdir(path, 0777) < 0)
			die(path);
		break;
	default:
		if (mkfifo(path, 0666) < 0)
			die(path);
	}
}

/* ---- a function's parts ---- */

static void put16(uint8_t *at, unsigned value)
{
	at[0] = (uint8_t)value;
	at[1] = (uint8_t)(value >> 8);
}

static void set_config(struct tree *t, struct node *n)
{
	static const uint8_t ports[] = {0, 0, 1, 4, 5, 6, 7};
	static const unsigned devices[] = {0x10d3, 0x1572, 0x1563, 0x2922};
	static const size_t short_sizes[] = {0, 20, 63, 64, 200};
	uint8_t c[256] = {0x86, 0x80};
	size_t size = sizeof(c);
	char path[256];

	put16(c + 2, ONE_OF(t, devices));
	put16(c + 4, chance(t, 10) ? 0x407 : 7);
	c[6] = 0x10;
	c[11] = n->bridge ? 6 : 2;
	c[10] = n->bridge ? 4 : 0;
	c[0x0e] = n->bridge;
	c[0x3d] = (uint8_t)tree_random(t, 5);
	if (n->bridge) {
		n->secondary = (uint8_t)tree_random(t, 12);
		c[0x19] = c[0x1a] = n->secondary;
	}
	c[0x34] = 0x40;
	c[0x40] = 5;
	c[0x41] = 0x60;
	put16(c + 0x42, chance(t, 20));
	c[0x60] = 0x11;
	put16(c + 0x62, chance(t, 20) ? 0x8000 : 0);
	if (chance(t, 80)) {
		c[0x61] = 0x80;
		c[0x80] = 0x10;
		put16(c + 0x82, 2u | (unsigned)ONE_OF(t, ports) << 4 | (chance(t, 40) ? 0x100 : 0));
		c[0x94] = chance(t, 60) ? 0x40 : 0;
		c[0xa8] = chance(t, 30) ? 0x20 : 0;
	}
	if (chance(t, t->damage)) {
		if (chance(t, 50))
			size = ONE_OF(t, short_sizes);
		else if (chance(t, 50))
			memset(c, 0xff, sizeof(c));
		else
			c[0x3d] = 77;
	}
	snprintf(path, sizeof(path), "%s/config", n->path);
	write_bytes(t, path, c, size);
	if (chance(t, t->damage / 4))
		attribute(t, n, "config", NULL);
}

static void set_vfio(struct tree *t, struct node *n)
{
	static const char *const states[] = {"off\n", "idle\n", "classic\n", "engaged\n", "yielded\n"};
	static const char *const reasons[] = {"none\n", "shared\n"};

	attribute(t, n, "vfio-dev", NULL);
	if (chance(t, 70))
		return;
	attribute(t, n, "vfio-dev/vfio0/intx_deoi/state", ONE_OF(t, states));
	attribute(t, n, "vfio-dev/vfio0/intx_deoi/reason", ONE_OF(t, reasons));
}

static void set_msi(struct tree *t, struct node *n)
{
	char name[40];

	attribute(t, n, "msi_irqs", NULL);
	for (unsigned i = 0, vectors = tree_random(t, 3); i < vectors; i++) {
		snprintf(name, sizeof(name), "msi_irqs/%u", 16 + tree_random(t, 24));
		attribute(t, n, name, chance(t, 50) ? "msi\n" : "msix\n");
	}
}

static void set_irq(struct tree *t, struct node *n)
{
	char text[16];

	snprintf(text, sizeof(text), "%u\n", chance(t, 10) ? 255 : 14 + tree_random(t, 12));
	attribute(t, n, "irq", text);
	attribute(t, n, "enable", chance(t, 80) ? "1\n" : "0\n");
}

static void set_driver(struct tree *t, struct node *n)
{
	static const char *const drivers[] = {"e1000", "ahci", "pcieport", "vfio-pci", "nvme", "i801_smbus"};
	char path[256], target[64];

	attribute(t, n, "driver", NULL);
	if (chance(t, 65)) {
		snprintf(path, sizeof(path), "%s/driver", n->path);
		snprintf(target, sizeof(target), "../../../bus/pci/drivers/%s", ONE_OF(t, drivers));
		make_link(t, target, path);
	}
	set_irq(t, n);
	set_msi(t, n);
	set_vfio(t, n);
}

static void set_line(struct tree *t, struct node *n)
{
	static const char *const lines[] = {"gsi:16\n",	  "gsi:17\n",  "gsi:18\n",  "gsi:36\n",
					    "/intc:37\n", "unknown\n", "/other:3\n"};

	attribute(t, n, "intx_line", chance(t, 30) ? ONE_OF(t, lines) : NULL);
}

static void set_links(struct tree *t, struct node *n)
{
	static const char *const nodes[] = {"pcie", "pcie/card@2", "pcie/card@3", "intc", "pcie/bridge@4"};
	static const char *const gone[] = {"gone", "lost", "pcie/missing@5"};
	char path[256], target[80];

	attribute(t, n, "iommu_group", NULL);
	attribute(t, n, "physfn", NULL);
	attribute(t, n, "of_node", NULL);
	if (chance(t, 50)) {
		snprintf(path, sizeof(path), "%s/iommu_group", n->path);
		snprintf(target, sizeof(target), "../../../kernel/iommu_groups/%u", tree_random(t, 9));
		make_link(t, target, path);
	}
	if (chance(t, 5)) {
		snprintf(path, sizeof(path), "%s/physfn", n->path);
		make_link(t, "../0000:00:01.0", path);
	}
	if (chance(t, t->devicetree ? 25 : 2)) {
		snprintf(path, sizeof(path), "%s/of_node", n->path);
		snprintf(target, sizeof(target), "../../../firmware/devicetree/base/%s",
			 chance(t, t->damage / 2) ? ONE_OF(t, gone) : ONE_OF(t, nodes));
		make_link(t, target, path);
	}
}

static void set_identity(struct tree *t, struct node *n)
{
	attribute(t, n, "vendor", "0x8086\n");
	attribute(t, n, "device", "0x10d3\n");
	attribute(t, n, "class", "0x020000\n");
}

/* ---- the machine as a whole ---- */

static void set_interrupts(struct tree *t)
{
	static const char *const chips[] = {"IO-APIC %u-fasteoi", "IO-APIC %u-edge", "GICv3 %u Level",
					    "GICv3 %u Edge", "PCI-MSI %u-edge"};
	static const char *const actions[] = {"e1000",
					      "ahci[0000:00:02.0]",
					      "vfio-intx(0000:00:03.0)",
					      "eth0",
					      "pcieport",
					      "vgic",
					      "i801_smbus",
					      "nvme0q0"};
	const char *gic = t->devicetree ? chips[2] : NULL;
	char text[8192];
	size_t n = (size_t)snprintf(text, sizeof(text), "           CPU0       CPU1\n");

	for (unsigned virq = 16; virq < 30; virq++) {
		if (chance(t, 30))
			continue;
		n += (size_t)snprintf(text + n, sizeof(text) - n, "%4u:  %u  0   ", virq,
				      tree_random(t, 1000));
		n += (size_t)snprintf(text + n, sizeof(text) - n,
				      gic && chance(t, 80) ? gic : ONE_OF(t, chips), gic ? virq + 20 : virq);
		for (unsigned a = 0, all = tree_random(t, 4); a < all; a++)
			n += (size_t)snprintf(text + n, sizeof(text) - n, "%s%s", a ? ", " : "   ",
					      ONE_OF(t, actions));
		n += (size_t)snprintf(text + n, sizeof(text) - n, "\n%s",
				      chance(t, t->damage / 4) ? "  99:  1\n" : "");
	}
	tree_write(t, text, "proc/interrupts");
	if (chance(t, 5)) {
		_cleanup_free_ char *path = below(t, "proc/interrupts");

		take_away(path);
	}
	for (unsigned virq = 14; virq < 18; virq++) {
		tree_write(t, chance(t, 50) ? "IO-APIC\n" : "GICv3\n", "sys/kernel/irq/%u/chip_name", virq);
		tree_write(t, "36\n", "sys/kernel/irq/%u/hwirq", virq);
		tree_write(t, chance(t, 50) ? "\n" : "ahci,e1000\n", "sys/kernel/irq/%u/actions", virq);
	}
}

static void set_slot(struct tree *t)
{
	unsigned number = tree_random(t, 4);
	_cleanup_free_ char *path = below(t, "sys/bus/pci/slots/%u", number);
	char text[32];

	take_away(path);
	if (chance(t, 30))
		return;
	snprintf(text, sizeof(text), "0000:%02x:%02x\n", tree_random(t, 12), tree_random(t, 4));
	tree_write(t, chance(t, t->damage) ? "upstairs\n" : text, "sys/bus/pci/slots/%u/address", number);
	if (chance(t, 80))
		tree_write(t, "1\n", "sys/bus/pci/slots/%u/power", number);
}

static void set_feature(struct tree *t)
{
	tree_write(t, chance(t, 80) ? "Y\n" : "N\n", "sys/module/vfio_pci_core/parameters/intx_deoi");
	tree_write(t, chance(t, 80) ? "N\n" : "Y\n", "sys/module/vfio_pci/parameters/nointxmask");
}

/* ---- the device tree: a GIC, a host bridge with a whole map, one with a damaged one ---- */

#define BASE "sys/firmware/devicetree/base"

static void cells(struct tree *t, const char *path, const uint32_t *values, size_t n, size_t cut)
{
	uint8_t bytes[1024];

	for (size_t i = 0; i < n; i++)
		for (int b = 0; b < 4; b++)
			bytes[4 * i + (size_t)b] = (uint8_t)(values[i] >> (24 - 8 * b));
	write_bytes(t, path, bytes, 4 * n - cut);
}

static void host_bridge(struct tree *t, const char *name, uint32_t spi, size_t cut)
{
	static const uint32_t three = 3, one = 1, mask[] = {0x1800, 0, 0, 7};
	uint32_t map[16 * 8];
	char path[100];
	size_t n = 0;

	for (uint32_t device = 0; device < 4; device++)
		for (uint32_t pin = 1; pin <= 4; pin++) {
			const uint32_t entry[] = {device << 11, 0, 0, pin, 1, 0, spi + (device + pin) % 4, 4};

			memcpy(map + n, entry, sizeof(entry));
			n += 8;
		}
	snprintf(path, sizeof(path), BASE "/%s/interrupt-map", name);
	cells(t, path, map, n, cut);
	snprintf(path, sizeof(path), BASE "/%s/interrupt-map-mask", name);
	cells(t, path, mask, 4, 0);
	snprintf(path, sizeof(path), BASE "/%s/#address-cells", name);
	cells(t, path, &three, 1, 0);
	snprintf(path, sizeof(path), BASE "/%s/#interrupt-cells", name);
	cells(t, path, &one, 1, 0);
}

static void make_devicetree(struct tree *t)
{
	static const uint32_t zero = 0, one = 1, three = 3, interrupts[] = {0, 9, 4};
	_cleanup_free_ char *status = below(t, BASE "/pcie/card@3/status");

	write_bytes(t, BASE "/compatible", "test,board", 11);
	write_bytes(t, BASE "/intc/compatible", "arm,gic-v3", 11);
	write_bytes(t, BASE "/intc/interrupt-controller", "", 0);
	cells(t, BASE "/intc/#interrupt-cells", &three, 1, 0);
	cells(t, BASE "/intc/#address-cells", &zero, 1, 0);
	cells(t, BASE "/intc/phandle", &one, 1, 0);
	host_bridge(t, "pcie", 4, 0);
	host_bridge(t, "pcie2", 6, t->damage ? 10 : 0);
	cells(t, BASE "/pcie/card@2/interrupts", interrupts, 3, 0);
	cells(t, BASE "/pcie/card@2/interrupt-parent", &one, 1, 0);
	cells(t, BASE "/pcie/card@3/reg", &zero, 1, 0);
	host_bridge(t, "pcie/bridge@4", 5, 0);
	if (t->damage && mkfifo(status, 0666) < 0)
		die(status);
	make_link(t, "../../../firmware/devicetree/base/pcie", "sys/class/pci_bus/0000:00/of_node");
	make_link(t, "../../../firmware/devicetree/base/pcie2", "sys/class/pci_bus/0001:00/of_node");
}

/* ---- what happens ---- */

static void touch(struct touched *touched, struct address address)
{
	if (touched->n < MAX_TOUCHED)
		touched->addresses[touched->n++] = address;
}

static struct node *any_node(struct tree *t)
{
	for (int i = 0; i < 20 && t->n > 0; i++) {
		struct node *n = &t->nodes[tree_random(t, (unsigned)t->n)];

		if (n->present)
			return n;
	}
	return NULL;
}

static struct node *node_at(struct tree *t, struct address a)
{
	for (size_t i = 0; i < t->n; i++)
		if (t->nodes[i].present && address_compare(&t->nodes[i].address, &a) == 0)
			return &t->nodes[i];
	return NULL;
}

static int depth_of(const struct tree *t, const struct node *n)
{
	return n->above < 0 ? 0 : 1 + depth_of(t, &t->nodes[n->above]);
}

static void place(struct tree *t, struct node *n)
{
	char text[ADDRESS_SIZE], link[200], target[240];

	address_format(&n->address, text);
	if (t->plain) {
		snprintf(n->path, sizeof(n->path), DEVICES "/%s", text);
		return;
	}
	if (n->above < 0)
		snprintf(n->path, sizeof(n->path), "sys/devices/pci%04x:%02x/%s", n->address.domain,
			 n->address.bus, text);
	else
		snprintf(n->path, sizeof(n->path), "%.160s/%s", t->nodes[n->above].path, text);
	snprintf(link, sizeof(link), DEVICES "/%s", text);
	snprintf(target, sizeof(target), "../../../%s", n->path + strlen("sys/"));
	make_link(t, target, link);
}

static struct node *free_node(struct tree *t)
{
	for (size_t i = 0; i < t->n; i++)
		if (!t->nodes[i].present)
			return &t->nodes[i];
	return t->n < MAX_NODES ? &t->nodes[t->n++] : NULL;
}

void tree_add(struct tree *t, struct touched *touched)
{
	struct node *n = free_node(t), *above = any_node(t);
	struct node new = {.above = -1, .present = true};

	if (!n)
		return;
	if (above && above->bridge && above->secondary && depth_of(t, above) < 4) {
		new.above = (int)(above - t->nodes);
		new.address.domain = above->address.domain;
		new.address.bus = above->secondary;
	} else {
		new.address.domain = tree_random(t, 2);
		new.address.bus = t->plain &&chance(t, 20) ? (uint8_t)tree_random(t, 12) : 0;
	}
	new.address.device = (uint8_t)tree_random(t, t->damage > 20 ? 32 : 6);
	new.address.function = (uint8_t)tree_random(t, 3);
	if (node_at(t, new.address))
		return;
	new.bridge = chance(t, 35);
	*n = new;
	place(t, n);
	set_config(t, n);
	set_identity(t, n);
	set_driver(t, n);
	set_line(t, n);
	set_links(t, n);
	touch(touched, n->address);
}

static bool is_below(const struct tree *t, const struct node *n, int bridge)
{
	while (n->above >= 0) {
		if (n->above == bridge)
			return true;
		n = &t->nodes[n->above];
	}
	return false;
}

/* With all below it; the kernel announces each, the innermost first. A test may leave that out: whoever hears
 * that a bridge went must know. */
static void remove_node(struct tree *t, struct node *n, struct touched *touched)
{
	bool say_all = chance(t, 50);
	_cleanup_free_ char *folder = below(t, "%s", n->path);
	char text[ADDRESS_SIZE];

	for (size_t i = 0; i < t->n; i++) {
		struct node *o = &t->nodes[i];

		_cleanup_free_ char *link = NULL;

		if (!o->present || (o != n && !is_below(t, o, (int)(n - t->nodes))))
			continue;
		link = below(t, DEVICES "/%s", address_format(&o->address, text));
		take_away(link);
		if (o == n || say_all || t->plain)
			touch(touched, o->address);
	}
	take_away(folder);
	for (size_t i = 0; i < t->n; i++)
		if (&t->nodes[i] != n && t->nodes[i].present &&
		    is_below(t, &t->nodes[i], (int)(n - t->nodes)))
			t->nodes[i].path[0] = '\0';
	for (size_t i = 0; i < t->n; i++)
		if (t->nodes[i].path[0] == '\0')
			t->nodes[i].present = false;
	n->present = false;
}

void tree_step(struct tree *t, struct touched *touched)
{
	static void (*const parts[])(struct tree *, struct node *) = {
		set_config, set_driver, set_driver, set_msi,	  set_irq,
		set_line,   set_vfio,	set_links,  set_identity,
	};
	unsigned what = tree_random(t, 100);
	struct node *n = any_node(t);

	if (what < 10) {
		set_interrupts(t);
	} else if (what < 15) {
		set_slot(t);
	} else if (what < 18) {
		set_feature(t);
	} else if (what < 35 || !n) {
		tree_add(t, touched);
	} else if (what < 45) {
		remove_node(t, n, touched);
	} else {
		ONE_OF(t, parts)(t, n);
		touch(touched, n->address);
	}
}

void tree_bare(struct tree *t, unsigned seed)
{
	const char *where = access("/dev/shm", W_OK) == 0 ? "/dev/shm" : "/tmp";
	_cleanup_free_ char *devices = NULL;

	*t = (struct tree){.seed = seed};
	snprintf(t->base, sizeof(t->base), "%s/intxd-XXXXXX", where);
	if (!mkdtemp(t->base))
		die(t->base);
	devices = below(t, DEVICES "/");
	make_folders(devices);
}

void tree_new(struct tree *t, unsigned seed)
{
	tree_bare(t, seed);
	t->plain = chance(t, 25);
	t->devicetree = chance(t, 40);
	t->damage = chance(t, 60) ? 0 : chance(t, 70) ? 4 : 40;
	tree_write(t, t->devicetree ? "aarch64\n" : "x86_64\n", "proc/sys/kernel/arch");
	if (t->devicetree)
		make_devicetree(t);
	set_interrupts(t);
}

void tree_free(struct tree *t)
{
	nftw(t->base, remove_one, 16, FTW_DEPTH | FTW_PHYS);
}
