// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What is done to devices, and to their interrupts on the way through VFIO and KVM.
 */
#include <errno.h>
#include <linux/pci_regs.h>
#include <linux/vfio.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <time.h>
#include <unistd.h>

#include "commands.h"

/* intx D [noresample|user] */
static int do_intx(struct vmm *vmm, struct words *words)
{
	const char *how = words->n > 2 ? words->word[2] : "";
	enum wiring wiring = strcmp(how, "noresample") == 0 ? WIRING_INTX_NORESAMPLE
			     : strcmp(how, "user") == 0	    ? WIRING_INTX_USER
							    : WIRING_INTX;

	return ok(wiring_set(vmm, words_device(vmm, words, 1), wiring));
}

static int do_msi(struct vmm *vmm, struct words *words)
{
	return ok(wiring_set(vmm, words_device(vmm, words, 1), WIRING_MSI));
}

static int do_off(struct vmm *vmm, struct words *words)
{
	return ok(wiring_set(vmm, words_device(vmm, words, 1), WIRING_NONE));
}

/* assert [D]: raises and does not wait; quench [D] */
static int do_assert(struct vmm *vmm, struct words *words)
{
	device_raise(words_device(vmm, words, 1));
	return ok(0);
}

static int do_quench(struct vmm *vmm, struct words *words)
{
	device_quench(words_device(vmm, words, 1));
	return ok(0);
}

/* mask [D] [eventfd] (vfio-pci has no such eventfd), unmask [D]; trigger D none|bool: loopback */
static int do_mask(struct vmm *vmm, struct words *words)
{
	if (words->n > 2)
		return ok(wiring_mask(words_device(vmm, words, 1)));
	return ok(device_set_irqs(words_device(vmm, words, 1), VFIO_PCI_INTX_IRQ_INDEX,
				  VFIO_IRQ_SET_DATA_NONE | VFIO_IRQ_SET_ACTION_MASK, -1));
}

static int do_unmask(struct vmm *vmm, struct words *words)
{
	return ok(device_set_irqs(words_device(vmm, words, 1), VFIO_PCI_INTX_IRQ_INDEX,
				  VFIO_IRQ_SET_DATA_NONE | VFIO_IRQ_SET_ACTION_UNMASK, -1));
}

static int do_trigger(struct vmm *vmm, struct words *words)
{
	bool data = words->n > 2 && strcmp(words->word[2], "bool") == 0;

	return ok(device_set_irqs(
		words_device(vmm, words, 1), VFIO_PCI_INTX_IRQ_INDEX,
		(data ? VFIO_IRQ_SET_DATA_BOOL : VFIO_IRQ_SET_DATA_NONE) | VFIO_IRQ_SET_ACTION_TRIGGER, -1));
}

static int do_swap(struct vmm *vmm, struct words *words)
{
	return ok(wiring_swap(vmm, words_device(vmm, words, 1)));
}

/* retrigger [D] none: the trigger eventfd goes (-1), the interrupt stays enabled; retrigger [D]: the same one
 * again; retrigger D OTHER: that of another device */
static int do_retrigger(struct vmm *vmm, struct words *words)
{
	struct device *device = words_device(vmm, words, 1);
	int fd = words_device(vmm, words, words->n > 2 ? 2 : 1)->trigger;

	if (words->n > 2 && strcmp(words->word[2], "none") == 0)
		fd = -1;

	return ok(device_set_irqs(device, VFIO_PCI_INTX_IRQ_INDEX,
				  VFIO_IRQ_SET_DATA_EVENTFD | VFIO_IRQ_SET_ACTION_TRIGGER, fd));
}

/* Bus mastering on and off, with an interrupt each time, beside what the host does to DisINTx in the same
 * register. */
static int do_master(struct vmm *vmm, struct words *words)
{
	struct device *device = words_device(vmm, words, 2);
	unsigned int undone = 0;

	for (uint64_t n = words_number(words, 1, 100); n > 0; n--) {
		uint16_t value = PCI_COMMAND_MEMORY | (n % 2 ? 0 : PCI_COMMAND_MASTER), now;
		int r = device_command_register(device, value);

		if (r < 0)
			return r;
		device_raise(device);
		nanosleep(&(struct timespec){.tv_nsec = 20000}, NULL);
		r = device_read_config(device, PCI_COMMAND, &now, sizeof(now));
		if (r < 0)
			return r;
		undone += (now ^ value) & PCI_COMMAND_MASTER ? 1 : 0;
	}
	printf("ok undone=%u\n", undone);
	return device_command_register(device, PCI_COMMAND_MEMORY | PCI_COMMAND_MASTER);
}

/* Asks for the ROM, which is read for it: its decoding is turned on, and the command register put back. */
static int do_rom(struct vmm *vmm, struct words *words)
{
	struct device *device = words_device(vmm, words, 2);
	struct vfio_region_info info = {.argsz = sizeof(info), .index = VFIO_PCI_ROM_REGION_INDEX};

	for (uint64_t n = words_number(words, 1, 100); n > 0; n--) {
		device_raise(device);
		if (ioctl(device->fd, VFIO_DEVICE_GET_REGION_INFO, &info) < 0)
			return -errno;
	}
	printf("ok size=%llu\n", (unsigned long long)info.size);
	return 0;
}

static int do_disintx(struct vmm *vmm, struct words *words)
{
	uint16_t value = PCI_COMMAND_MEMORY | PCI_COMMAND_MASTER |
			 (words_number(words, 2, 0) ? PCI_COMMAND_INTX_DISABLE : 0);

	return ok(device_command_register(words_device(vmm, words, 1), value));
}

static int do_reset(struct vmm *vmm, struct words *words)
{
	return ok(device_reset(words_device(vmm, words, 1)));
}

/* irqfd D add|del|add2|del2: its own irqfd, or a second one on its GSI */
static int do_irqfd(struct vmm *vmm, struct words *words)
{
	struct device *device = words_device(vmm, words, 1);
	const char *what = words->n > 2 ? words->word[2] : "";
	bool add = strncmp(what, "add", 3) == 0;

	return ok(strchr(what, '2') ? wiring_second(vmm, device, add) : wiring_irqfd(vmm, device, add));
}

/* join D GSI: the device's irqfd on another's GSI, with resampling, as two functions on one virtual line; it
 * has been wired by 'intx D user' */
static int do_join(struct vmm *vmm, struct words *words)
{
	return ok(wiring_join(vmm, words_device(vmm, words, 1), words_number(words, 2, FIRST_GSI)));
}

/* hammer MS [D]: asserts again and again and waits for nothing */
static int do_hammer(struct vmm *vmm, struct words *words)
{
	struct device *device = words_device(vmm, words, 2);

	for (uint64_t n = words_number(words, 1, 100) * 10; n > 0; n--) {
		device_raise(device);
		nanosleep(&(struct timespec){.tv_nsec = 100000}, NULL);
	}
	return ok(0);
}

/* line D LEVEL [PIN]: KVM_IRQ_LINE on the device's SPI, or another; levelinfo D LEVEL: as a VM reset or
 * restore writes it */
static int do_line(struct vmm *vmm, struct words *words)
{
	uint32_t pin = words_number(words, 3, words_device(vmm, words, 1)->gsi);

	return ok(machine_irq_line(vmm, 32 + pin, words_number(words, 2, 0)));
}

static int do_levelinfo(struct vmm *vmm, struct words *words)
{
	return ok(machine_level_info(vmm, 32 + words_device(vmm, words, 1)->gsi, words_number(words, 2, 0)));
}

/* pin D PIN: the device's GSI to another pin of the vGIC */
static int do_pin(struct vmm *vmm, struct words *words)
{
	return ok(wiring_route(vmm, words_device(vmm, words, 1), words_number(words, 2, FIRST_GSI)));
}

/* config D OFFSET: 16 bits of config space as the guest would see them */
static int do_config(struct vmm *vmm, struct words *words)
{
	uint16_t value;
	int r = device_read_config(words_device(vmm, words, 1), words_number(words, 2, 0), &value,
				   sizeof(value));

	if (r == 0)
		printf("ok %#x\n", value);
	return r;
}

/* close vm|device: while the other stays open; nothing but quit works afterwards */
static int do_close(struct vmm *vmm, struct words *words)
{
	if (words->n > 1 && strcmp(words->word[1], "vm") == 0) {
		for (unsigned int n = 0; n < vmm->n_devices; n++)
			wiring_irqfd(vmm, &vmm->device[n], false);
	} else {
		for (unsigned int n = 0; n < vmm->n_devices; n++)
			close(vmm->device[n].fd);
	}
	return ok(0);
}

/* realtime CPU: vCPU 0's thread becomes SCHED_FIFO and stays on that CPU */
static int do_realtime(struct vmm *vmm, struct words *words)
{
	struct sched_param param = {.sched_priority = 50};
	cpu_set_t set;
	int r;

	CPU_ZERO(&set);
	CPU_SET(words_number(words, 1, 0), &set);
	r = pthread_setaffinity_np(vmm->cpu[0].thread, sizeof(set), &set);
	if (r == 0)
		r = pthread_setschedparam(vmm->cpu[0].thread, SCHED_FIFO, &param);
	return ok(-r);
}

const struct command device_commands[] = {
	{"intx", do_intx},
	{"msi", do_msi},
	{"off", do_off},
	{"assert", do_assert},
	{"quench", do_quench},
	{"mask", do_mask},
	{"unmask", do_unmask},
	{"trigger", do_trigger},
	{"swap", do_swap},
	{"retrigger", do_retrigger},
	{"disintx", do_disintx},
	{"master", do_master},
	{"rom", do_rom},
	{"reset", do_reset},
	{"irqfd", do_irqfd},
	{"join", do_join},
	{"hammer", do_hammer},
	{"line", do_line},
	{"levelinfo", do_levelinfo},
	{"pin", do_pin},
	{"config", do_config},
	{"close", do_close},
	{"realtime", do_realtime},
	{NULL, NULL},
};
