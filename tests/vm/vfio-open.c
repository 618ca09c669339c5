// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * vfio-open ADDRESS...: open functions that are bound to vfio-pci and turn their INTx on, as a VMM does, so
 * that /proc/interrupts shows vfio-intx(ADDRESS) on the line. Prints a line a function, then "ready", and
 * keeps them open until its standard input ends.
 *
 * vfio-open -s N ADDRESS: is the driver of QEMU's edu function instead, without a VM: N interrupts, one after
 * the other.
 *
 * Through an IOMMU group (type1) or, where the kernel made the group without an IOMMU, through noiommu.
 * Several functions may be in one group. A function that cannot be opened is reported and does not stop the
 * others: exit status 1 says that there was one.
 */
#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <limits.h>
#include <linux/pci_regs.h>
#include <linux/vfio.h>
#include <poll.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>

enum { MAX_GROUPS = 64 };
enum { EDU_STATUS = 0x24, EDU_RAISE = 0x60, EDU_ACK = 0x64 };

static struct {
	char name[64];
	int fd;
} groups[MAX_GROUPS];
static int n_groups;
static int containers[2] = {-1, -1}; /* type1, noiommu */

static int fail(const char *address, const char *step)
{
	printf("%s: %s: %s\n", address, step, strerror(errno));
	return -1;
}

/* The group's file, attached to the container of its kind. */
static int open_group(const char *address)
{
	char link[PATH_MAX], target[PATH_MAX], path[PATH_MAX];
	ssize_t length;
	bool noiommu = false;
	int fd;

	snprintf(link, sizeof(link), "/sys/bus/pci/devices/%s/iommu_group", address);
	length = readlink(link, target, sizeof(target) - 1);
	if (length < 0)
		return fail(address, "no IOMMU group");
	target[length] = 0;
	const char *name = basename(target);

	for (int i = 0; i < n_groups; i++)
		if (strcmp(groups[i].name, name) == 0)
			return groups[i].fd;
	if (n_groups == MAX_GROUPS) {
		errno = ENOSPC;
		return fail(address, "groups");
	}

	snprintf(path, sizeof(path), "/dev/vfio/%s", name);
	fd = open(path, O_RDWR | O_CLOEXEC);
	if (fd < 0) {
		noiommu = true;
		snprintf(path, sizeof(path), "/dev/vfio/noiommu-%s", name);
		fd = open(path, O_RDWR | O_CLOEXEC);
	}
	if (fd < 0)
		return fail(address, path);

	struct vfio_group_status status = {.argsz = sizeof(status)};
	if (ioctl(fd, VFIO_GROUP_GET_STATUS, &status) < 0)
		return fail(address, "VFIO_GROUP_GET_STATUS");
	if (!(status.flags & VFIO_GROUP_FLAGS_VIABLE)) {
		errno = EPERM;
		return fail(address, "group not viable: another member has a kernel driver");
	}

	int *container = &containers[noiommu];
	bool fresh = *container < 0;
	if (fresh)
		*container = open("/dev/vfio/vfio", O_RDWR | O_CLOEXEC);
	if (*container < 0)
		return fail(address, "/dev/vfio/vfio");
	if (ioctl(fd, VFIO_GROUP_SET_CONTAINER, container) < 0)
		return fail(address, "VFIO_GROUP_SET_CONTAINER");
	if (fresh && ioctl(*container, VFIO_SET_IOMMU, noiommu ? VFIO_NOIOMMU_IOMMU : VFIO_TYPE1_IOMMU) < 0)
		return fail(address, "VFIO_SET_IOMMU");

	snprintf(groups[n_groups].name, sizeof(groups[n_groups].name), "%s", name);
	groups[n_groups].fd = fd;
	return groups[n_groups++].fd;
}

/* The function that was opened last. */
static int device = -1, trigger = -1;

static int open_function(const char *address)
{
	int group = open_group(address);
	if (group < 0)
		return -1;

	device = ioctl(group, VFIO_GROUP_GET_DEVICE_FD, address);
	if (device < 0)
		return fail(address, "VFIO_GROUP_GET_DEVICE_FD");

	struct vfio_irq_info info = {.argsz = sizeof(info), .index = VFIO_PCI_INTX_IRQ_INDEX};
	if (ioctl(device, VFIO_DEVICE_GET_IRQ_INFO, &info) < 0)
		return fail(address, "VFIO_DEVICE_GET_IRQ_INFO");
	if (info.count == 0) {
		errno = ENODEV;
		return fail(address, "no INTx");
	}

	char buffer[sizeof(struct vfio_irq_set) + sizeof(int)];
	struct vfio_irq_set *set = (void *)buffer;
	trigger = eventfd(0, EFD_CLOEXEC);
	if (trigger < 0)
		return fail(address, "eventfd");
	*set = (struct vfio_irq_set){
		.argsz = sizeof(buffer),
		.flags = VFIO_IRQ_SET_DATA_EVENTFD | VFIO_IRQ_SET_ACTION_TRIGGER,
		.index = VFIO_PCI_INTX_IRQ_INDEX,
		.count = 1,
	};
	memcpy(set->data, &trigger, sizeof(trigger));
	if (ioctl(device, VFIO_DEVICE_SET_IRQS, set) < 0)
		return fail(address, "VFIO_DEVICE_SET_IRQS");

	printf("%s: INTx on\n", address);
	return 0; /* device and trigger stay open until exit */
}

/* Serves @times interrupts of the function that was opened. How many came. */
static unsigned int serve(unsigned int times)
{
	struct vfio_region_info config = {.argsz = sizeof(config), .index = VFIO_PCI_CONFIG_REGION_INDEX};
	struct vfio_region_info region = {.argsz = sizeof(region), .index = VFIO_PCI_BAR0_REGION_INDEX};
	struct vfio_irq_set unmask = {.argsz = sizeof(unmask),
				      .flags = VFIO_IRQ_SET_DATA_NONE | VFIO_IRQ_SET_ACTION_UNMASK,
				      .index = VFIO_PCI_INTX_IRQ_INDEX,
				      .count = 1};
	struct pollfd poller = {.fd = trigger, .events = POLLIN};
	uint16_t command = PCI_COMMAND_MEMORY | PCI_COMMAND_MASTER;
	uint64_t events;
	unsigned int n;

	if (ioctl(device, VFIO_DEVICE_GET_REGION_INFO, &config) < 0 ||
	    ioctl(device, VFIO_DEVICE_GET_REGION_INFO, &region) < 0 ||
	    pwrite(device, &command, sizeof(command), config.offset + PCI_COMMAND) != sizeof(command))
		return 0;
	volatile uint32_t *bar = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, device, region.offset);
	if (bar == MAP_FAILED)
		return 0;
	for (n = 0; n < times; n++) {
		bar[EDU_RAISE / 4] = 1;
		if (poll(&poller, 1, 5000) != 1 || read(trigger, &events, sizeof(events)) != sizeof(events))
			break;
		bar[EDU_ACK / 4] = bar[EDU_STATUS / 4];
		if (ioctl(device, VFIO_DEVICE_SET_IRQS, &unmask) < 0)
			break;
	}
	return n;
}

int main(int argc, char **argv)
{
	int status = EXIT_SUCCESS;
	char buffer[64];

	unsigned int times = 0;

	if (argc == 4 && strcmp(argv[1], "-s") == 0) {
		times = atoi(argv[2]);
		argv += 2;
		argc -= 2;
	}
	for (int i = 1; i < argc; i++)
		if (open_function(argv[i]) < 0)
			status = EXIT_FAILURE;
	if (times > 0 && status == EXIT_SUCCESS)
		printf("handled=%u\n", serve(times));
	printf("ready\n");
	fflush(stdout);
	while (read(STDIN_FILENO, buffer, sizeof(buffer)) > 0)
		continue;
	return status;
}
