// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * vfio-open ADDRESS...: open functions that are bound to vfio-pci and turn their INTx on, as a VMM does, so
 * that /proc/interrupts shows vfio-intx(ADDRESS) on the line. Prints a line a function, then "ready", and
 * keeps them open until its standard input ends.
 *
 * Through an IOMMU group (type1) or, where the kernel made the group without an IOMMU, through noiommu.
 * Several functions may be in one group. A function that cannot be opened is reported and does not stop the
 * others: exit status 1 says that there was one.
 */
#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <limits.h>
#include <linux/vfio.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/ioctl.h>
#include <unistd.h>

enum { MAX_GROUPS = 64 };

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

static int open_function(const char *address)
{
	int group = open_group(address);
	if (group < 0)
		return -1;

	int device = ioctl(group, VFIO_GROUP_GET_DEVICE_FD, address);
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
	int trigger = eventfd(0, EFD_CLOEXEC);
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

int main(int argc, char **argv)
{
	int status = EXIT_SUCCESS;
	char buffer[64];

	for (int i = 1; i < argc; i++)
		if (open_function(argv[i]) < 0)
			status = EXIT_FAILURE;
	printf("ready\n");
	fflush(stdout);
	while (read(STDIN_FILENO, buffer, sizeof(buffer)) > 0)
		continue;
	return status;
}
