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

struct reading {
	struct machine *m;
	const struct root *root;
	struct config_reader *config;
	DIR *devices;
};

/* What a function's folder may or may not have. */
enum {
	HAS_DRIVER = 1 << 0,
	HAS_INTX_LINE = 1 << 1,
	HAS_IOMMU_GROUP = 1 << 2,
	HAS_MSI_IRQS = 1 << 3,
	HAS_PHYSFN = 1 << 4,
	HAS_VFIO_DEV = 1 << 5,
	HAS_ALL = (1 << 6) - 1,
};

static const struct {
	const char *name;
	unsigned flag;
} optional[] = {
	{"driver", HAS_DRIVER},	    {"intx_line", HAS_INTX_LINE}, {"iommu_group", HAS_IOMMU_GROUP},
	{"msi_irqs", HAS_MSI_IRQS}, {"physfn", HAS_PHYSFN},	  {"vfio-dev", HAS_VFIO_DEV},
};

/* The folder of one function, whose path may not leave the tree even in the eyes of libpci, which knows no
 * root of its own: no absolute link, none that climbs out. */
static int open_function(const struct reading *r, const char *name)
{
	char path[NAME_MAX + 32];
	int fd;

	snprintf(path, sizeof(path), "sys/bus/pci/devices/%s", name);
	fd = root_open_beneath(r->root, path, O_RDONLY | O_DIRECTORY);
	if (fd < 0)
		machine_problem(r->m, path, "%s",
				fd == -EXDEV ? "a link that leads out of the tree" : strerror(-fd));
	return fd;
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

/* …/pci0000:00/0000:00:01.0/0000:01:00.0: the component before the last is the parent. */
static void read_parent(struct function *f, int devices, const char *name)
{
	char target[PATH_MAX], *last, *above;
	unsigned domain, bus;
	ssize_t n = readlinkat(devices, name, target, sizeof(target) - 1);

	if (n < 0)
		return; /* a plain folder: bus numbers will do */
	target[n] = '\0';
	last = strrchr(target, '/');
	if (!last)
		return;
	*last = '\0';
	above = strrchr(target, '/');
	above = above ? above + 1 : target;
	if (address_parse(above, &f->above_address) == 0) {
		f->above = ABOVE_BRIDGE;
	} else if (sscanf(above, "pci%8x:%2x", &domain, &bus) == 2 && domain == f->address.domain) {
		f->above = ABOVE_ROOT;
		f->above_address.bus = (uint8_t)bus;
	}
}

static void attribute_problem(const struct reading *r, const struct function *f, const char *name, int error)
{
	char file[128], address[ADDRESS_SIZE];

	snprintf(file, sizeof(file), "sys/bus/pci/devices/%s/%s", address_format(&f->address, address), name);
	machine_problem(r->m, file, "%s",
			error == -EINVAL ? "not what this file should hold" : strerror(-error));
}

static int64_t number_attribute(const struct reading *r, const struct function *f, int dir, const char *name)
{
	int64_t value;
	int e = read_number_at(dir, name, &value);

	if (e == 0)
		return value;
	if (e != -ENOENT)
		attribute_problem(r, f, name, e);
	return -1;
}

/* A virtual function's config space answers with ffff for its ids; so does a device that has gone. sysfs
 * remembers. */
static void read_identity(const struct reading *r, struct function *f, int dir, int has)
{
	int64_t vendor = number_attribute(r, f, dir, "vendor"),
		device = number_attribute(r, f, dir, "device"), class;
	char physfn[PATH_MAX];

	if (vendor >= 0)
		f->vendor = (uint16_t)vendor;
	if (device >= 0)
		f->device = (uint16_t)device;
	f->virtual_function = has & HAS_PHYSFN && link_name_at(dir, "physfn", physfn, sizeof(physfn)) == 0;
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
static enum msi_state list_msi_irqs(const struct reading *r, const struct function *f, int dir, int has)
{
	int fd = has & HAS_MSI_IRQS ? open_folder_at(dir, "msi_irqs") : -ENOENT;
	_cleanup_dir_ DIR *vectors = fd < 0 ? NULL : fdopendir(fd);
	const struct dirent *entry;
	char text[16];

	if (fd < 0 && fd != -ENOENT)
		attribute_problem(r, f, "msi_irqs", fd);
	while (vectors && (entry = readdir(vectors)))
		if (entry->d_name[0] != '.' && read_text_at(fd, entry->d_name, text, sizeof(text)) > 0)
			return strcmp(text, "msix") == 0 ? MSI_MSIX : MSI_MSI;
	/* The kernel removes the folder with the last vector. A captured tree may never have had it. */
	return fd < 0 && r->root->live ? MSI_OFF : f->msi;
}

/* The capability bits where they could be read, and the vectors where they could not or say "off". */
static void read_msi_irqs(const struct reading *r, struct function *f, int dir, int has)
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

static void read_kernel_line(const struct reading *r, struct function *f, int dir)
{
	char text[PATH_MAX], *colon;
	int64_t hwirq;
	ssize_t n = read_text_at(dir, "intx_line", text, sizeof(text));

	if (n == -ENOENT || (n > 0 && strcmp(text, "unknown") == 0))
		return;
	colon = n < 0 ? NULL : strrchr(text, ':');
	if (!colon || parse_number(colon + 1, &hwirq) < 0 || hwirq < 0 || hwirq > UINT32_MAX) {
		attribute_problem(r, f, "intx_line", n < 0 ? (int)n : -EINVAL);
		return;
	}
	*colon = '\0';
	f->kernel = (struct input){.controller = machine_string(r->m, text), .hwirq = (uint32_t)hwirq};
}

static const char *word_attribute(const struct reading *r, int dir, const char *name)
{
	char text[64];

	return read_text_at(dir, name, text, sizeof(text)) > 0 ? machine_string(r->m, text) : NULL;
}

static int64_t count_attribute(int dir, const char *name)
{
	int64_t value;

	return read_number_at(dir, name, &value) == 0 ? value : -1;
}

/* vfio-dev/vfioN/intx_deoi/ */
static void read_deoi(const struct reading *r, struct function *f, int devices, const char *name)
{
	_cleanup_close_ int device = -1, dir = -1;

	device = openat(devices, name, O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (device >= 0)
		dir = openat(device, "intx_deoi", O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (dir < 0)
		return;
	f->deoi = (struct deoi){
		.device = machine_string(r->m, name),
		.state = word_attribute(r, dir, "state"),
		.reason = word_attribute(r, dir, "reason"),
		.policy = word_attribute(r, dir, "policy"),
		.interrupts = count_attribute(dir, "interrupts"),
		.engaged = count_attribute(dir, "engaged_count"),
		.yielded = count_attribute(dir, "yield_count"),
		.refused = count_attribute(dir, "refused_count"),
	};
}

static void read_vfio(const struct reading *r, struct function *f, int dir, int has)
{
	int fd = has & HAS_VFIO_DEV ? open_folder_at(dir, "vfio-dev") : -ENOENT;
	_cleanup_dir_ DIR *devices = fd < 0 ? NULL : fdopendir(fd);
	const struct dirent *entry;
	size_t length = strlen(f->driver);

	f->vfio = devices || (length >= 8 && strcmp(f->driver + length - 8, "vfio-pci") == 0);
	while (devices && (entry = readdir(devices)))
		if (strncmp(entry->d_name, "vfio", 4) == 0)
			read_deoi(r, f, fd, entry->d_name);
}

static void read_attributes(const struct reading *r, struct function *f, int dir, int has)
{
	char name[NAME_MAX + 1];

	if (f->unreadable || f->vendor == 0xffff)
		read_identity(r, f, dir, has);
	if (has & HAS_DRIVER && link_name_at(dir, "driver", name, sizeof(name)) == 0)
		f->driver = machine_string(r->m, name);
	if (has & HAS_IOMMU_GROUP && link_name_at(dir, "iommu_group", name, sizeof(name)) == 0 &&
	    parse_number(name, &f->iommu_group) < 0)
		f->iommu_group = -1;
	if (f->driver)
		read_vfio(r, f, dir, has);
	if (f->pin == 0 && !f->unreadable)
		return;	 /* the rest is about INTx */
	if (f->driver) { /* without one they mean nothing */
		f->irq = number_attribute(r, f, dir, "irq");
		f->enable = number_attribute(r, f, dir, "enable");
		read_msi_irqs(r, f, dir, has);
	}
	if (has & HAS_INTX_LINE)
		read_kernel_line(r, f, dir);
}

static int read_function(const struct reading *r, const char *name)
{
	_cleanup_close_ int dir = -1;
	struct address address;
	struct function *f;
	int has;

	if (address_parse(name, &address) < 0) {
		machine_problem(r->m, "sys/bus/pci/devices", "'%s' is no PCI address", name);
		return 0;
	}
	f = machine_add_function(r->m, address);
	if (!f)
		return -ENOMEM;
	f->unreadable = true;
	read_parent(f, dirfd(r->devices), name);
	dir = open_function(r, name);
	if (dir < 0)
		return 0;
	has = r->root->live ? HAS_ALL : list_captured(dir);
	if (has < 0) {
		attribute_problem(r, f, "config", has);
		return 0;
	}
	f->unreadable = false;
	config_read(r->config, f);
	read_attributes(r, f, dir, has);
	return 0;
}

/* sys/bus/pci/slots/NAME/address is "0000:02:00", or "0000:02" for a slot of a whole bus; only a slot that
 * can be switched
 * (`power`) can get another card while the machine runs. */
static int read_slot(const struct reading *r, int slots, const char *name)
{
	_cleanup_close_ int dir = openat(slots, name, O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	unsigned domain, bus, device = 0;
	char text[32];

	if (dir < 0 || faccessat(dir, "power", F_OK, AT_SYMLINK_NOFOLLOW) < 0)
		return 0;
	if (read_text_at(dir, "address", text, sizeof(text)) < 0 ||
	    sscanf(text, "%8x:%2x:%2x", &domain, &bus, &device) < 2 || device > 31) {
		machine_problem(r->m, "sys/bus/pci/slots", "slot '%s' has no usable address", name);
		return 0;
	}
	return machine_add_slot(
		       r->m,
		       (struct address){.domain = domain, .bus = (uint8_t)bus, .device = (uint8_t)device},
		       name)
		       ? 0
		       : -ENOMEM;
}

static int read_slots(const struct reading *r)
{
	int fd = root_open_dir(r->root, "sys/bus/pci/slots");
	_cleanup_dir_ DIR *slots = fd < 0 ? NULL : fdopendir(fd);
	const struct dirent *entry;
	int e = 0;

	while (slots && e == 0 && (entry = readdir(slots)))
		if (entry->d_name[0] != '.')
			e = read_slot(r, fd, entry->d_name);
	return e;
}

int read_pci(struct machine *m, const struct root *root)
{
	struct reading r = {.m = m, .root = root};
	int fd = root_open_dir(root, "sys/bus/pci/devices"), e;
	_cleanup_dir_ DIR *devices = fd < 0 ? NULL : fdopendir(fd);
	const struct dirent *entry;

	if (!devices)
		return fd < 0 ? fd : -errno;
	r.devices = devices;
	e = config_reader_new(&r.config, root, m);
	while (e == 0 && (entry = readdir(devices)))
		if (entry->d_name[0] != '.')
			e = read_function(&r, entry->d_name);
	if (e == 0)
		e = read_slots(&r);
	config_reader_free(r.config);
	return e;
}
