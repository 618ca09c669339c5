// SPDX-License-Identifier: GPL-2.0-or-later
/* The VM: memory with the guest's image, vGIC, ITS, GSI routes. Everything here is done before the guest
 * runs, but routes, and the two calls that play a VMM's emulated device and a VM reset. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>

#include "vmm.h"

enum { N_ROUTES = 64 };

static int set_attr(int fd, uint32_t group, uint64_t attr, uint64_t value)
{
	struct kvm_device_attr request = {.group = group, .attr = attr, .addr = (uintptr_t)&value};

	return ioctl(fd, KVM_SET_DEVICE_ATTR, &request) < 0 ? -errno : 0;
}

static int create_device(struct vmm *vmm, uint32_t type)
{
	struct kvm_create_device request = {.type = type};

	if (ioctl(vmm->vm, KVM_CREATE_DEVICE, &request) < 0)
		die("KVM_CREATE_DEVICE");
	return request.fd;
}

static void add_memory(struct vmm *vmm, uint32_t slot, uint64_t address, uint64_t size, void *memory)
{
	struct kvm_userspace_memory_region region = {.slot = slot,
						     .guest_phys_addr = address,
						     .memory_size = size,
						     .userspace_addr = (uintptr_t)memory};

	if (ioctl(vmm->vm, KVM_SET_USER_MEMORY_REGION, &region) < 0)
		die("KVM_SET_USER_MEMORY_REGION");
}

static void load(struct vmm *vmm, const char *image)
{
	int fd = open(image, O_RDONLY | O_CLOEXEC);

	if (fd < 0 || read(fd, vmm->ram, CONTROL_OFFSET) <= 0)
		die(image);
	close(fd);
}

static void create_gic(struct vmm *vmm, bool use_its)
{
	bool v2 = vmm->control->gic_v2;

	vmm->gic = create_device(vmm, v2 ? KVM_DEV_TYPE_ARM_VGIC_V2 : KVM_DEV_TYPE_ARM_VGIC_V3);
	if (set_attr(vmm->gic, KVM_DEV_ARM_VGIC_GRP_ADDR,
		     v2 ? KVM_VGIC_V2_ADDR_TYPE_DIST : KVM_VGIC_V3_ADDR_TYPE_DIST, GICD_ADDRESS) < 0 ||
	    set_attr(vmm->gic, KVM_DEV_ARM_VGIC_GRP_ADDR,
		     v2 ? KVM_VGIC_V2_ADDR_TYPE_CPU : KVM_VGIC_V3_ADDR_TYPE_REDIST,
		     v2 ? GICC_ADDRESS : GICR_ADDRESS) < 0)
		die("vGIC addresses");
	if (set_attr(vmm->gic, KVM_DEV_ARM_VGIC_GRP_CTRL, KVM_DEV_ARM_VGIC_CTRL_INIT, 0) < 0)
		die("vGIC init");
	vmm->its = -1;
	if (!use_its)
		return;
	vmm->its = create_device(vmm, KVM_DEV_TYPE_ARM_VGIC_ITS);
	if (set_attr(vmm->its, KVM_DEV_ARM_VGIC_GRP_ADDR, KVM_VGIC_ITS_ADDR_TYPE, ITS_ADDRESS) < 0 ||
	    set_attr(vmm->its, KVM_DEV_ARM_VGIC_GRP_CTRL, KVM_DEV_ARM_VGIC_CTRL_INIT, 0) < 0)
		die("vGIC ITS");
}

void machine_create(struct vmm *vmm, const char *image, bool use_its, bool gic_v2)
{
	vmm->kvm = open("/dev/kvm", O_RDWR | O_CLOEXEC);
	if (vmm->kvm < 0)
		die("/dev/kvm");
	vmm->vm = ioctl(vmm->kvm, KVM_CREATE_VM, 0);
	if (vmm->vm < 0)
		die("KVM_CREATE_VM");
	vmm->ram = mmap(NULL, RAM_SIZE, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (vmm->ram == MAP_FAILED)
		die("memory");
	load(vmm, image);
	add_memory(vmm, 0, RAM_ADDRESS, RAM_SIZE, vmm->ram);
	vmm->control = (void *)((char *)vmm->ram + CONTROL_OFFSET);
	vmm->control->use_its = use_its;
	vmm->control->gic_v2 = gic_v2;

	for (unsigned int n = 0; n < vmm->n_cpus; n++)
		cpu_create(vmm, n);
	create_gic(vmm, use_its);
}

void machine_map_bar(struct vmm *vmm, struct device *device)
{
	uint64_t address = BAR_ADDRESS + (uint64_t)device->number * BAR_STRIDE;

	volatile struct guest_device *guest = &vmm->control->device[device->number];

	add_memory(vmm, 1 + device->number, address, device->size, (void *)device->bar);
	guest->status = address + device->model->status;
	guest->raise = address + device->model->raise;
	guest->ack = address + device->model->ack;
	guest->ack_mask = device->model->ack_mask;
	vmm->control->n_devices = vmm->n_devices;
}

/* The wired GSIs, each to its pin (or where a test moved it), and one MSI a device behind them. */
int machine_set_routes(struct vmm *vmm)
{
	char buffer[sizeof(struct kvm_irq_routing) +
		    (N_ROUTES + MAX_DEVICES) * sizeof(struct kvm_irq_routing_entry)] = {0};
	struct kvm_irq_routing *table = (void *)buffer;

	for (uint32_t gsi = 0; gsi < N_ROUTES; gsi++) {
		struct kvm_irq_routing_entry *entry = &table->entries[table->nr++];

		entry->gsi = gsi;
		entry->type = KVM_IRQ_ROUTING_IRQCHIP;
		entry->u.irqchip.pin = gsi;
		for (unsigned int n = 0; n < vmm->n_devices; n++)
			if (gsi == vmm->device[n].gsi)
				entry->u.irqchip.pin = vmm->route[n];
	}
	for (unsigned int n = 0; vmm->its >= 0 && n < vmm->n_devices; n++) {
		struct kvm_irq_routing_entry *entry = &table->entries[table->nr++];

		entry->gsi = N_ROUTES + n;
		entry->type = KVM_IRQ_ROUTING_MSI;
		entry->flags = KVM_MSI_VALID_DEVID;
		entry->u.msi.address_lo = ITS_ADDRESS + 0x10040; /* GITS_TRANSLATER */
		entry->u.msi.devid = n;
	}
	return ioctl(vmm->vm, KVM_SET_GSI_ROUTING, table) < 0 ? -errno : 0;
}

int machine_level_info(struct vmm *vmm, uint32_t intid, bool level)
{
	const uint64_t info = (uint64_t)VGIC_LEVEL_INFO_LINE_LEVEL << KVM_DEV_ARM_VGIC_LINE_LEVEL_INFO_SHIFT;
	uint64_t attr = info | (intid & ~31u);
	uint32_t value;
	struct kvm_device_attr request = {
		.group = KVM_DEV_ARM_VGIC_GRP_LEVEL_INFO, .attr = attr, .addr = (uintptr_t)&value};

	if (ioctl(vmm->gic, KVM_GET_DEVICE_ATTR, &request) < 0)
		return -errno;
	value = level ? value | 1u << intid % 32 : value & ~(1u << intid % 32);
	return ioctl(vmm->gic, KVM_SET_DEVICE_ATTR, &request) < 0 ? -errno : 0;
}

int machine_irq_line(struct vmm *vmm, uint32_t intid, bool level)
{
	struct kvm_irq_level request = {.irq = KVM_ARM_IRQ_TYPE_SPI << KVM_ARM_IRQ_TYPE_SHIFT | intid,
					.level = level};

	return ioctl(vmm->vm, KVM_IRQ_LINE, &request) < 0 ? -errno : 0;
}
