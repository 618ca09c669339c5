// SPDX-License-Identifier: GPL-2.0-or-later
#include "read_pci.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "config_space.h"
#include "devicetree.h"
#include "read_vfio.h"

#define DEVICES "sys/bus/pci/devices"

struct pci_reader {
	struct machine *m;
	const struct root *root;
	struct config_reader *config;
	DIR *devices;
};

/* What is above a function. */
struct place {
	enum above above;
	struct address address;
};

/* What a function's folder may or may not have. */
enum {
	HAS_DRIVER = 1 << 0,
	HAS_INTX_LINE = 1 << 1,
	HAS_IOMMU_GROUP = 1 << 2,
	HAS_MSI_IRQS = 1 << 3,
	HAS_PHYSFN = 1 << 4,
	HAS_SECONDARY_LINES = 1 << 5,
	HAS_VFIO_DEV = 1 << 6,
	HAS_ALL = (1 << 7) - 1,
};

static const struct {
	const char *name;
	unsigned flag;
} optional[] = {
	{"driver", HAS_DRIVER},		  {"intx_line", HAS_INTX_LINE},
	{"iommu_group", HAS_IOMMU_GROUP}, {"msi_irqs", HAS_MSI_IRQS},
	{"physfn", HAS_PHYSFN},		  {"secondary_intx_lines", HAS_SECONDARY_LINES},
	{"vfio-dev", HAS_VFIO_DEV},
};

/* The folder of one function, whose path may not leave the tree even in the eyes of libpci, which knows no
 * root of its own: no absolute link, none that climbs out. */
static int open_function(const struct pci_reader *r, const char *name)
{
	char path[64];

	snprintf(path, sizeof(path), "sys/bus/pci/devices/%s", name);
	return root_open_beneath(r->root, path, O_RDONLY | O_DIRECTORY);
}

static bool is_regular(int dir, const struct dirent64 *entry)
{
	struct stat st;

	if (entry->d_type != DT_UNKNOWN)
		return entry->d_type == DT_REG;
	return fstatat(dir, entry->d_name, &st, AT_SYMLINK_NOFOLLOW) == 0 && S_ISREG(st.st_mode);
}

/*
 * What a captured folder has, as flags, or -EINVAL when its `config` is something at which libpci would wait
 * or leave the tree. sysfs folders are long and its lookups cheap; in a captured tree it is the other way
 * round.
 */
static int list_captured(int dir)
{
	_Alignas(struct dirent64) char buffer[4096];
	int flags = 0;
	ssize_t n;

	while ((n = getdents64(dir, buffer, sizeof(buffer))) > 0) {
		for (ssize_t at = 0; at < n;) {
			const struct dirent64 *entry = (const void *)(buffer + at);

			at += entry->d_reclen;
			if (strcmp(entry->d_name, "config") == 0 && !is_regular(dir, entry))
				return -EINVAL;
			for (size_t i = 0; i < sizeof(optional) / sizeof(*optional); i++)
				if (strcmp(entry->d_name, optional[i].name) == 0)
					flags |= (int)optional[i].flag;
		}
	}
	return n < 0 ? -errno : flags;
}

/* …/pci0000:00/0000:00:01.0/0000:01:00.0: the component before the last is the parent. -errno: nothing is
 * listed under this name. */
static int read_place(const struct pci_reader *r, const char *name, struct address address, struct place *ret)
{
	char target[PATH_MAX], *last, *above;
	unsigned domain, bus;
	ssize_t n = readlinkat(dirfd(r->devices), name, target, sizeof(target) - 1);

	*ret = (struct place){.above = ABOVE_UNKNOWN};
	if (n < 0) /* -EINVAL: a plain folder, bus numbers will do */
		return errno == EINVAL ? 0 : -errno;
	target[n] = '\0';
	last = strrchr(target, '/');
	if (!last)
		return 0;
	*last = '\0';
	above = strrchr(target, '/');
	above = above ? above + 1 : target;
	if (address_parse(above, &ret->address) == 0) {
		ret->above = ABOVE_BRIDGE;
	} else if (sscanf(above, "pci%8x:%2x", &domain, &bus) == 2 && domain == address.domain) {
		ret->above = ABOVE_ROOT;
		ret->address.bus = (uint8_t)bus;
	}
	return 0;
}

static void attribute_problem(const struct pci_reader *r, const struct function *f, const char *name,
			      int error)
{
	char file[128], address[ADDRESS_SIZE];

	machine_missed(r->m, error);
	snprintf(file, sizeof(file), "sys/bus/pci/devices/%s/%s", address_format(&f->address, address), name);
	machine_problem(r->m, file, "%s",
			error == -EINVAL ? "not what this file should hold" : strerror(-error));
}

static int64_t number_attribute(const struct pci_reader *r, const struct function *f, int dir,
				const char *name)
{
	int64_t value;
	int e = read_number_at(dir, name, &value);

	if (e == 0)
		return value;
	if (e != -ENOENT)
		attribute_problem(r, f, name, e);
	return -1;
}

/* Is there such a link? */
static bool link_attribute(const struct pci_reader *r, int dir, const char *name, char *text, size_t size)
{
	int e = link_name_at(dir, name, text, size);

	machine_missed(r->m, e);
	return e == 0;
}

/* A virtual function's config space answers with ffff for its ids; so does a device that has gone. sysfs
 * remembers. */
static void read_identity(const struct pci_reader *r, struct function *f, int dir, int has)
{
	int64_t vendor = number_attribute(r, f, dir, "vendor"),
		device = number_attribute(r, f, dir, "device"), class;
	char physfn[PATH_MAX];

	if (vendor >= 0)
		f->vendor = (uint16_t)vendor;
	if (device >= 0)
		f->device = (uint16_t)device;
	if (f->subvendor == 0) { /* decisions are about a device with its subsystem */
		int64_t subvendor = number_attribute(r, f, dir, "subsystem_vendor"),
			subdevice = number_attribute(r, f, dir, "subsystem_device");

		f->subvendor = subvendor > 0 ? (uint16_t)subvendor : 0;
		f->subdevice = subdevice > 0 ? (uint16_t)subdevice : 0;
	}
	f->virtual_function = has & HAS_PHYSFN && link_attribute(r, dir, "physfn", physfn, sizeof(physfn));
	if (f->virtual_function)
		f->unreadable = false;
	if (f->class != 0 && f->class != 0xffffff)
		return;
	class = number_attribute(r, f, dir, "class");
	f->class = class >= 0 ? (uint32_t) class : 0;
}

static int open_folder_at(int dir, const char *name)
{
	int fd = openat(dir, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);

	return fd < 0 ? -errno : fd;
}

/* What the files of msi_irqs/, one a vector, say: "msi" or "msix". Readable by everyone, unlike the
 * capabilities. */
static enum msi_state list_msi_irqs(const struct pci_reader *r, const struct function *f, int dir, int has)
{
	_cleanup_dir_ DIR *vectors = NULL;
	int e = open_listing(has & HAS_MSI_IRQS ? open_folder_at(dir, "msi_irqs") : -ENOENT, &vectors);
	const struct dirent *entry;
	char text[16];

	if (e < 0 && e != -ENOENT)
		attribute_problem(r, f, "msi_irqs", e);
	while (vectors && (errno = 0, entry = readdir(vectors))) {
		if (entry->d_name[0] == '.')
			continue;
		if (read_text_at(dirfd(vectors), entry->d_name, text, sizeof(text)) > 0)
			return strcmp(text, "msix") == 0 ? MSI_MSIX : MSI_MSI;
	}
	if (vectors)
		machine_missed(r->m, -errno);
	/* The kernel removes the folder with the last vector. A captured tree may never have had it. */
	return e < 0 && r->root->live ? MSI_OFF : f->msi;
}

/* The capability bits where they could be read, and the vectors where they could not or say "off". */
static void read_msi_irqs(const struct pci_reader *r, struct function *f, int dir, int has)
{
	char vector[40];

	if (f->msi == MSI_UNKNOWN || f->msi == MSI_OFF)
		f->msi = list_msi_irqs(r, f, dir, has);
	if (f->msi != MSI_MSIX || f->irq < 0)
		return;
	snprintf(vector, sizeof(vector), "msi_irqs/%lld", (long long)f->irq);
	if (faccessat(dir, vector, F_OK, AT_SYMLINK_NOFOLLOW) == 0)
		f->msi = MSI_MSI; /* `irq` shows a vector, whatever the capability says */
}

/* The first line that the file names, "/intc@8000000:36" or "gsi:36", or that it would not. */
static void read_line(const struct pci_reader *r, const struct function *f, int dir, const char *name,
		      struct input *ret, bool *ret_unsure)
{
	char text[PATH_MAX], *colon;
	int64_t hwirq;
	ssize_t n = read_text_at(dir, name, text, sizeof(text));

	if (n == -ENOENT || n == -EACCES) /* it is root's */
		return;
	text[n < 0 ? 0 : strcspn(text, " ")] = '\0';
	*ret_unsure = strcmp(text, "unknown") == 0;
	if (*ret_unsure)
		return;
	colon = strrchr(text, ':');
	if (!colon || parse_number(colon + 1, &hwirq) < 0 || hwirq < 0 || hwirq > UINT32_MAX) {
		attribute_problem(r, f, name, n < 0 ? (int)n : -EINVAL);
		return;
	}
	*colon = '\0';
	*ret = (struct input){.controller = machine_string(r->m, text), .hwirq = (uint32_t)hwirq};
}

static void read_attributes(const struct pci_reader *r, struct function *f, int dir, int has)
{
	char name[NAME_MAX + 1];
	bool unsure;

	if (f->unreadable || f->vendor == 0xffff)
		read_identity(r, f, dir, has);
	if (has & HAS_DRIVER && link_attribute(r, dir, "driver", name, sizeof(name)))
		f->driver = machine_string(r->m, name);
	if (has & HAS_IOMMU_GROUP && link_attribute(r, dir, "iommu_group", name, sizeof(name)) &&
	    parse_number(name, &f->iommu_group) < 0)
		f->iommu_group = -1;
	if (f->driver)
		read_vfio(r->m, f, has & HAS_VFIO_DEV ? dir : -1);
	if (has & HAS_SECONDARY_LINES && f->bridge)
		read_line(r, f, dir, "secondary_intx_lines", &f->kernel_below, &unsure);
	if (f->pin == 0 && !f->unreadable)
		return;	 /* the rest is about INTx */
	if (f->driver) { /* without one they mean nothing */
		f->irq = number_attribute(r, f, dir, "irq");
		f->enable = number_attribute(r, f, dir, "enable");
		read_msi_irqs(r, f, dir, has);
	}
	if (has & HAS_INTX_LINE)
		read_line(r, f, dir, "intx_line", &f->kernel, &f->kernel_unsure);
}

static void read_contents(const struct pci_reader *r, struct function *f, int dir)
{
	int has = r->root->live ? HAS_ALL : list_captured(dir);

	if (has < 0) {
		attribute_problem(r, f, "config", has);
		return;
	}
	f->unreadable = false;
	config_read(r->config, f);
	read_attributes(r, f, dir, has);
}

static int read_function(const struct pci_reader *r, const char *name, struct address address)
{
	_cleanup_close_ int dir = -1;
	struct place place;
	struct function *f;
	char folder[64];
	int e;

	e = read_place(r, name, address, &place);
	if (e == -ENOENT)
		return 0;
	dir = open_function(r, name);
	if (dir == -ENOENT && read_place(r, name, address, &place) == -ENOENT)
		return 0; /* it went in between */
	machine_missed(r->m, e);
	machine_missed(r->m, dir);
	f = machine_add_function(r->m, address);
	if (!f)
		return -ENOMEM;
	f->unreadable = true;
	f->above = place.above;
	f->above_address = place.address;
	if (dir >= 0) {
		read_contents(r, f, dir);
		return link_function_node(r->m, dir, f);
	}
	snprintf(folder, sizeof(folder), "sys/bus/pci/devices/%s", name);
	machine_problem(r->m, folder, "%s",
			dir == -EXDEV ? "a link that leads out of the tree" : strerror(-dir));
	return 0;
}

int pci_reader_read(struct pci_reader *r, struct address address)
{
	char name[ADDRESS_SIZE];
	int e;

	r->m->source = PROBLEM_FUNCTION;
	r->m->source_function = address;
	e = read_function(r, address_format(&address, name), address);
	r->m->source = PROBLEM_OTHER;
	return e;
}

bool pci_reader_bridge_above(const struct pci_reader *r, struct address address, struct address *ret)
{
	char name[ADDRESS_SIZE];
	struct place place;

	if (read_place(r, address_format(&address, name), address, &place) < 0 || place.above != ABOVE_BRIDGE)
		return false;
	*ret = place.address;
	return true;
}

static int compare_addresses(const void *a, const void *b)
{
	return address_compare(a, b);
}

/* Is this how the kernel would write it? Another spelling would be a second function at one address. */
static bool is_canonical(const char *name, struct address *ret)
{
	char text[ADDRESS_SIZE];

	return address_parse(name, ret) == 0 && strcmp(address_format(ret, text), name) == 0;
}

int pci_reader_list(struct pci_reader *r, struct address **ret, size_t *ret_n)
{
	_cleanup_free_ struct address *all = NULL;
	size_t n = 0, allocated = 0;
	const struct dirent *entry;

	r->m->source = PROBLEM_LISTING;
	while ((errno = 0, entry = readdir(r->devices))) {
		struct address address, *more;

		if (entry->d_name[0] == '.')
			continue;
		if (!is_canonical(entry->d_name, &address)) {
			machine_problem(r->m, DEVICES, "'%s' is no PCI address", entry->d_name);
			continue;
		}
		if (n == allocated) {
			allocated = allocated ? allocated * 2 : 256;
			more = reallocarray(all, allocated, sizeof(*all));
			if (!more)
				return -ENOMEM;
			all = more;
		}
		all[n++] = address;
	}
	if (errno != 0)
		return -errno;
	r->m->source = PROBLEM_OTHER;
	if (n > 0)
		qsort(all, n, sizeof(*all), compare_addresses);
	*ret = all;
	*ret_n = n;
	all = NULL;
	return 0;
}

int pci_reader_new(struct pci_reader **ret, const struct root *root, struct machine *m)
{
	struct pci_reader *r = calloc(1, sizeof(*r));
	int e = r ? open_listing(root_open_dir(root, DEVICES), &r->devices) : -ENOMEM;

	if (e < 0) {
		free(r);
		return e;
	}
	r->m = m;
	r->root = root;
	e = config_reader_new(&r->config, root, m);
	if (e < 0)
		pci_reader_free(r);
	else
		*ret = r;
	return e;
}

void pci_reader_free(struct pci_reader *r)
{
	if (!r)
		return;
	config_reader_free(r->config);
	close_dir(&r->devices);
	free(r);
}
