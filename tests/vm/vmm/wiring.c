// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * From VFIO's eventfds to KVM's irqfds. Like an ordinary VMM: the trigger goes to VFIO first, then to KVM
 * with a resample eventfd, which VFIO gets as its unmask. Errors leave what was reached; a test that provokes
 * one then takes the wiring down or ends.
 */
#include <errno.h>
#include <linux/vfio.h>
#include <sys/eventfd.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "vmm.h"

enum { MSI_GSI = 64 };
enum {
	SET_TRIGGER = VFIO_IRQ_SET_DATA_EVENTFD | VFIO_IRQ_SET_ACTION_TRIGGER,
	SET_UNMASK = VFIO_IRQ_SET_DATA_EVENTFD | VFIO_IRQ_SET_ACTION_UNMASK,
	SET_MASK = VFIO_IRQ_SET_DATA_EVENTFD | VFIO_IRQ_SET_ACTION_MASK,
};

static int irqfd(struct vmm *vmm, uint32_t gsi, int fd, int resample, bool add)
{
	struct kvm_irqfd request = {.fd = fd, .gsi = gsi, .flags = add ? 0 : KVM_IRQFD_FLAG_DEASSIGN};

	if (add && resample >= 0) {
		request.flags |= KVM_IRQFD_FLAG_RESAMPLE;
		request.resamplefd = resample;
	}
	return ioctl(vmm->vm, KVM_IRQFD, &request) < 0 ? -errno : 0;
}

static void close_fd(int *fd)
{
	if (*fd >= 0)
		close(*fd);
	*fd = -1;
}

static uint32_t gsi_of(const struct device *device)
{
	return device->wiring == WIRING_MSI ? MSI_GSI + device->number : device->gsi;
}

static int take_down(struct vmm *vmm, struct device *device)
{
	int r = 0;

	if (device->wiring == WIRING_NONE)
		return 0;
	wiring_second(vmm, device, false);
	if (device->wiring != WIRING_INTX_USER)
		irqfd(vmm, gsi_of(device), device->trigger, -1, false);
	r = device_disable_irqs(device);
	device->wiring = WIRING_NONE;
	close_fd(&device->trigger);
	close_fd(&device->resample);
	return r;
}

int wiring_set(struct vmm *vmm, struct device *device, enum wiring wiring)
{
	int r = take_down(vmm, device);

	if (r < 0 || wiring == WIRING_NONE)
		return r;
	device->trigger = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	if (device->trigger < 0)
		return -errno;
	if (wiring == WIRING_MSI) {
		r = device_set_irqs(device, VFIO_PCI_MSI_IRQ_INDEX, SET_TRIGGER, device->trigger);
	} else {
		r = device_set_irqs(device, VFIO_PCI_INTX_IRQ_INDEX, SET_TRIGGER, device->trigger);
		if (wiring == WIRING_INTX)
			device->resample = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	}
	if (r < 0) {
		close_fd(&device->trigger);
		return r;
	}
	device->wiring = wiring;
	if (wiring == WIRING_INTX_USER)
		return 0;
	r = irqfd(vmm, gsi_of(device), device->trigger, device->resample, true);
	if (r == 0 && wiring == WIRING_INTX)
		r = device_set_irqs(device, VFIO_PCI_INTX_IRQ_INDEX, SET_UNMASK, device->resample);
	return r;
}

/*
 * Another trigger, while the first may be in use: VFIO first, then KVM. Taking the old irqfd away drops what
 * is pending in the guest, so VFIO has to look at the line again, as after any change of a VMM's.
 */
int wiring_swap(struct vmm *vmm, struct device *device)
{
	int fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK), r;

	if (fd < 0)
		return -errno;
	r = device_set_irqs(device, VFIO_PCI_INTX_IRQ_INDEX, SET_TRIGGER, fd);
	if (r == 0)
		r = irqfd(vmm, device->gsi, device->trigger, -1, false);
	if (r == 0)
		r = irqfd(vmm, device->gsi, fd, device->resample, true);
	close_fd(&device->trigger);
	device->trigger = fd;
	if (r == 0)
		r = device_set_irqs(device, VFIO_PCI_INTX_IRQ_INDEX,
				    VFIO_IRQ_SET_DATA_NONE | VFIO_IRQ_SET_ACTION_UNMASK, -1);
	return r;
}

/* A second irqfd, of some other source, on the device's GSI. */
int wiring_second(struct vmm *vmm, struct device *device, bool add)
{
	int r;

	if (add) {
		close_fd(&device->second);
		device->second = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
		if (device->second < 0)
			return -errno;
		return irqfd(vmm, device->gsi, device->second, -1, true);
	}
	if (device->second < 0)
		return 0;
	r = irqfd(vmm, device->gsi, device->second, -1, false);
	close_fd(&device->second);
	return r;
}

/* A device that has a trigger but no irqfd yet, its event maybe already in it, joins another one's GSI. */
int wiring_join(struct vmm *vmm, struct device *device, uint32_t gsi)
{
	int r;

	if (device->wiring != WIRING_INTX_USER)
		return -EINVAL;
	device->resample = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	device->wiring = WIRING_INTX;
	device->gsi = gsi;
	vmm->route[device->number] = gsi;
	r = device_set_irqs(device, VFIO_PCI_INTX_IRQ_INDEX, SET_UNMASK, device->resample);

	return r < 0 ? r : irqfd(vmm, gsi, device->trigger, device->resample, true);
}

/* The device's own irqfd goes, or comes back on the same eventfds. */
int wiring_irqfd(struct vmm *vmm, struct device *device, bool add)
{
	int r = irqfd(vmm, gsi_of(device), device->trigger, device->resample, add);

	/* Whatever was pending in the guest went with the irqfd. */
	if (r == 0 && add)
		r = device_set_irqs(device, VFIO_PCI_INTX_IRQ_INDEX,
				    VFIO_IRQ_SET_DATA_NONE | VFIO_IRQ_SET_ACTION_UNMASK, -1);
	return r;
}

/* The mask eventfd is set up once, and signalled. */
int wiring_mask(struct device *device)
{
	const uint64_t one = 1;
	int r;

	if (device->mask < 0) {
		device->mask = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
		if (device->mask < 0)
			return -errno;
		r = device_set_irqs(device, VFIO_PCI_INTX_IRQ_INDEX, SET_MASK, device->mask);
		if (r < 0) {
			close_fd(&device->mask);
			return r;
		}
	}
	return write(device->mask, &one, sizeof(one)) == sizeof(one) ? 0 : -errno;
}

int wiring_route(struct vmm *vmm, struct device *device, uint32_t pin)
{
	vmm->route[device->number] = pin;
	return machine_set_routes(vmm);
}
