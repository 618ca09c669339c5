/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The bare-metal guest: handles the devices' interrupts and works off the VMM's commands (control.h).
 *
 * The interrupt path has nothing in it but what a driver does (read the status, acknowledge it, EOI), so that
 * the ticks measured are the host's. Anything else hides behind one test of flags.
 */
#include "gic.h"

static volatile struct control *const control = (void *)(uint64_t)(RAM_ADDRESS + CONTROL_OFFSET);

void guest_panic(uint64_t esr, uint64_t elr);
void guest_main(uint64_t cpu);
void guest_interrupt(void);

void guest_panic(uint64_t esr, uint64_t elr)
{
	write64(PANIC_ADDRESS, esr);
	write64(PANIC_ADDRESS, elr);
	for (;;)
		__asm__ volatile("wfi");
}

static void set_disintx(unsigned int device, int on)
{
	/* Memory, bus master, and DisINTx: the VMM writes it to the function's command register. */
	write32(CONFIG_ADDRESS, device << 16 | 6 | (on ? 0x400 : 0));
}

static void acknowledge(volatile struct guest_device *device)
{
	uint32_t status = read32(device->status);

	if (status == 0) {
		device->stale++;
		return;
	}
	write32(device->ack, status & device->ack_mask);
	device->handled++;
}

static uint32_t accept(void)
{
	return control->gic_v2 ? read32(GICC_ADDRESS + GICC_IAR) : read_register(icc_iar1_el1);
}

static void drop_priority(uint32_t intid)
{
	if (control->gic_v2)
		write32(GICC_ADDRESS + GICC_EOIR, intid);
	else
		write_register(icc_eoir1_el1, intid);
}

static void deactivate(uint32_t intid)
{
	if (!control->eoi_mode)
		return;
	if (control->gic_v2) {
		write32(GICC_ADDRESS + GICC_DIR, intid);
	} else {
		write_register(icc_dir_el1, intid);
		__asm__ volatile("isb");
	}
}

static void end(uint32_t intid)
{
	drop_priority(intid);
	deactivate(intid);
}

static void set_enabled(uint32_t intid, int on)
{
	write32(GICD_ADDRESS + (on ? GICD_ISENABLER : GICD_ICENABLER) + intid / 32 * 4, 1u << intid % 32);
}

static void acknowledge_all(void)
{
	for (unsigned int n = 0; n < control->n_devices; n++)
		if (read32(control->device[n].status))
			acknowledge(&control->device[n]);
}

/* What a driver with IRQF_ONESHOT does in its thread, on whatever vCPU that runs. */
static void serve_oneshot(void)
{
	uint32_t intid = control->oneshot;

	if (!intid)
		return;
	control->oneshot = 0;
	acknowledge(&control->device[intid - FIRST_SPI]);
	set_enabled(intid, 1);
}

/* The same as guest_interrupt's short path, with what the flags ask for. */
static void handle_with_flags(uint32_t intid, unsigned int number, uint32_t flags)
{
	volatile struct guest_device *device = &control->device[number];

	if (flags & FLAG_HOLD) {
		control->holding = 1;
		while (control->flags & FLAG_HOLD)
			continue;
		control->holding = 0;
	}
	if (flags & FLAG_ONESHOT) {
		set_enabled(intid, 0);
		end(intid);
		control->oneshot = intid;
		return;
	}
	if (flags & FLAG_ALL) {
		acknowledge_all();
		end(intid);
		return;
	}
	if (flags & FLAG_DISINTX)
		set_disintx(number, 1);
	if (flags & FLAG_TOGGLE)
		set_enabled(intid, 0);
	if (!(flags & (FLAG_LATE | FLAG_NO_ACK)))
		acknowledge(device);
	if (flags & FLAG_NO_ACK)
		device->handled++;
	if (flags & FLAG_TOGGLE)
		set_enabled(intid, 1);
	if (flags & FLAG_DEFER) {
		control->flags &= ~FLAG_DEFER;
		control->deferred = intid;
		if (control->eoi_mode) /* priority drop now, deactivation later */
			drop_priority(intid);
		return;
	}
	end(intid);
	if (flags & FLAG_LATE)
		acknowledge(device);
	if (flags & FLAG_DISINTX)
		set_disintx(number, 0);
}

void guest_interrupt(void)
{
	uint32_t intid = accept();
	unsigned int number = intid >= FIRST_LPI ? intid - FIRST_LPI : intid - FIRST_SPI;
	uint32_t flags = control->flags;

	if (intid >= 1020 && intid < FIRST_LPI) {
		control->spurious++;
		return;
	}
	if (number >= control->n_devices) {
		control->unexpected++;
		end(intid);
		return;
	}
	if (flags) {
		handle_with_flags(intid, number, flags);
		return;
	}
	acknowledge(&control->device[number]);
	end(intid);
}

/* Raises interrupts one at a time; result: how many were handled before stop. */
static uint64_t raise(uint64_t times, uint64_t which)
{
	uint64_t done = 0;

	for (; done < times && !control->stop; done++) {
		volatile struct guest_device *device =
			&control->device[which < control->n_devices ? which : done % control->n_devices];
		uint64_t before = device->handled;

		write32(device->raise, 1);
		while (device->handled == before) {
			serve_oneshot();
			if (control->stop)
				return done;
		}
	}
	return done;
}

static uint64_t command(unsigned int cpu)
{
	uint64_t a = control->arg[cpu][0], b = control->arg[cpu][1];

	switch (control->command[cpu]) {
	case GUEST_RAISE: return raise(a, b);
	case GUEST_SPIN:
		while (!control->stop)
			continue;
		return 0;
	case GUEST_READ: return read32(GICD_ADDRESS + a);
	case GUEST_WRITE: write32(GICD_ADDRESS + a, b); return 0;
	case GUEST_ROUTE:
		if (control->gic_v2)
			write8(GICD_ADDRESS + GICD_ITARGETSR + a, 1 << b);
		else
			write64(GICD_ADDRESS + GICD_IROUTER + a * 8, b);
		return 0;
	case GUEST_EOI:
		if (control->deferred) {
			if (control->eoi_mode)
				deactivate(control->deferred);
			else
				end(control->deferred);
			control->deferred = 0;
		}
		return 0;
	case GUEST_IRQS:
		if (a)
			__asm__ volatile("msr daifclr, #2\n\tisb" ::: "memory");
		else
			__asm__ volatile("msr daifset, #2\n\tisb" ::: "memory");
		return 0;
	case GUEST_LEAVE:
		for (; a > 0 && !control->stop; a--)
			write32(CONFIG_ADDRESS,
				0xffff0000); /* a device that is not there: an exit and no more */
		return 0;
	}
	return ~0ull;
}

void guest_main(uint64_t cpu)
{
	/* Counts are shared between a handler and the code it interrupts, without more than this. */
	gic_setup((struct control *)control, cpu);
	__asm__ volatile("msr daifclr, #2\n\tisb" ::: "memory");
	for (;;) {
		write32(PARK_ADDRESS, cpu);
		uint64_t start = read_register(cntvct_el0);
		uint64_t result = command(cpu);

		control->ticks[cpu] = read_register(cntvct_el0) - start;
		control->result[cpu] = result;
		barrier_system();
	}
}
