// SPDX-License-Identifier: GPL-2.0-or-later
/* A device under VFIO: its group (one container), first region, registers, config space and interrupts. */
#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <limits.h>
#include <linux/pci_regs.h>
#include <linux/vfio.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>

#include "vmm.h"

enum { MEMORY_AND_MASTER = PCI_COMMAND_MEMORY | PCI_COMMAND_MASTER };

static const struct model edu = {.status = 0x24, .raise = 0x60, .ack = 0x64, .ack_mask = ~0u};

/* A line that is low on a pin for whose low level it interrupts: its mask of interrupts is all there is to
 * do. */
static const struct model pl061 = {.status = 0x418, .raise = 0x410, .ack = 0x410, .ack_mask = 0};
enum { PL061_DIR = 0x400, PL061_IS = 0x404, PL061_IEV = 0x40c };

/* Its functions are in bus:slot.function notation; all else is a platform device, which has no IOMMU here. */
static bool is_pci(const struct device *device)
{
	return strchr(device->address, ':');
}

static int open_group(struct vmm *vmm, struct device *device)
{
	char link[PATH_MAX], target[PATH_MAX], path[PATH_MAX];
	bool pci = is_pci(device);
	ssize_t length;

	snprintf(link, sizeof(link), "/sys/bus/%s/devices/%s/iommu_group", pci ? "pci" : "platform",
		 device->address);
	length = readlink(link, target, sizeof(target) - 1);
	if (length < 0)
		die(link);
	target[length] = 0;
	snprintf(path, sizeof(path), "/dev/vfio/%s%.64s", pci ? "" : "noiommu-", basename(target));
	int fd = open(path, O_RDWR | O_CLOEXEC);

	if (fd < 0)
		die(path);
	bool fresh = vmm->container < 0;

	if (fresh)
		vmm->container = open("/dev/vfio/vfio", O_RDWR | O_CLOEXEC);
	if (vmm->container < 0)
		die("/dev/vfio/vfio");
	if (ioctl(fd, VFIO_GROUP_SET_CONTAINER, &vmm->container) < 0)
		die("VFIO_GROUP_SET_CONTAINER");
	if (fresh && ioctl(vmm->container, VFIO_SET_IOMMU, pci ? VFIO_TYPE1_IOMMU : VFIO_NOIOMMU_IOMMU) < 0)
		die("VFIO_SET_IOMMU");
	return fd;
}

static struct vfio_region_info region(struct device *device, uint32_t index)
{
	struct vfio_region_info info = {.argsz = sizeof(info), .index = index};

	if (ioctl(device->fd, VFIO_DEVICE_GET_REGION_INFO, &info) < 0)
		die("VFIO_DEVICE_GET_REGION_INFO");
	return info;
}

static void set_up(struct device *device)
{
	if (is_pci(device)) {
		device->config = region(device, VFIO_PCI_CONFIG_REGION_INDEX).offset;
		if (device_command_register(device, MEMORY_AND_MASTER) < 0)
			die("command register");
		return;
	}
	device->bar[pl061.ack / 4] = 0;
	device->bar[PL061_DIR / 4] = 0;
	device->bar[PL061_IEV / 4] = 0;
	device->bar[PL061_IS / 4] = 1;
}

void device_open(struct vmm *vmm, struct device *device)
{
	int group = open_group(vmm, device);

	device->fd = ioctl(group, VFIO_GROUP_GET_DEVICE_FD, device->address);
	if (device->fd < 0)
		die("VFIO_GROUP_GET_DEVICE_FD");
	device->trigger = device->resample = device->second = device->mask = -1;
	device->model = is_pci(device) ? &edu : &pl061;

	/* A function's BAR 0, and the first region of a platform device. */
	struct vfio_region_info info = region(device, VFIO_PCI_BAR0_REGION_INDEX);

	device->size = info.size;
	device->bar = mmap(NULL, device->size, PROT_READ | PROT_WRITE, MAP_SHARED, device->fd, info.offset);
	if (device->bar == MAP_FAILED)
		die("BAR 0");
	set_up(device);
	/* What a killed predecessor left asserted is quenched, as a driver's reset would. */
	device_quench(device);
}

void device_raise(struct device *device)
{
	device->bar[device->model->raise / 4] = 1;
}

void device_quench(struct device *device)
{
	device->bar[device->model->ack / 4] =
		device->bar[device->model->status / 4] & device->model->ack_mask;
}

int device_command_register(struct device *device, uint16_t value)
{
	return pwrite(device->fd, &value, sizeof(value), device->config + PCI_COMMAND) == sizeof(value)
		       ? 0
		       : -EIO;
}

int device_read_config(struct device *device, unsigned int offset, void *data, size_t size)
{
	return pread(device->fd, data, size, device->config + offset) == (ssize_t)size ? 0 : -EIO;
}

int device_set_irqs(struct device *device, unsigned int index, uint32_t flags, int fd)
{
	char buffer[sizeof(struct vfio_irq_set) + sizeof(fd)] = {0};
	struct vfio_irq_set *set = (void *)buffer;

	*set = (struct vfio_irq_set){.argsz = sizeof(*set), .flags = flags, .index = index, .count = 1};
	if (flags & VFIO_IRQ_SET_DATA_EVENTFD) {
		set->argsz += sizeof(fd);
		memcpy(set->data, &fd, sizeof(fd));
	} else if (flags & VFIO_IRQ_SET_DATA_BOOL) {
		set->argsz += 1;
		set->data[0] = 1;
	}
	return ioctl(device->fd, VFIO_DEVICE_SET_IRQS, set) < 0 ? -errno : 0;
}

int device_disable_irqs(struct device *device)
{
	struct vfio_irq_set set = {
		.argsz = sizeof(set),
		.flags = VFIO_IRQ_SET_DATA_NONE | VFIO_IRQ_SET_ACTION_TRIGGER,
		.index = device->wiring == WIRING_MSI ? VFIO_PCI_MSI_IRQ_INDEX : VFIO_PCI_INTX_IRQ_INDEX,
	};

	return ioctl(device->fd, VFIO_DEVICE_SET_IRQS, &set) < 0 ? -errno : 0;
}

int device_reset(struct device *device)
{
	if (ioctl(device->fd, VFIO_DEVICE_RESET) < 0)
		return -errno;
	return device_command_register(device, MEMORY_AND_MASTER);
}
