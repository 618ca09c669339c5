// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What the guest is made to do, and what it has counted meanwhile.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "commands.h"

/* What counted when the last command was started. */
static struct {
	uint64_t exits, handled, stale, spurious, unexpected;
} before;

static uint64_t handled(const struct vmm *vmm)
{
	uint64_t sum = 0;

	for (unsigned int n = 0; n < vmm->n_devices; n++)
		sum += vmm->control->device[n].handled;
	return sum;
}

static uint64_t stale(const struct vmm *vmm)
{
	uint64_t sum = 0;

	for (unsigned int n = 0; n < vmm->n_devices; n++)
		sum += vmm->control->device[n].stale;
	return sum;
}

static void remember(const struct vmm *vmm)
{
	before.exits = cpu_exits(vmm);
	before.handled = handled(vmm);
	before.stale = stale(vmm);
	before.spurious = vmm->control->spurious;
	before.unexpected = vmm->control->unexpected;
}

/* @r: of cpu_wait. */
static int report(const struct vmm *vmm, const struct cpu *cpu, int r)
{
	const char *verdict = r == 0 ? "ok" : r == -ETIMEDOUT ? "timeout" : "stuck";

	printf("%s handled=%" PRIu64 " stale=%" PRIu64 " spurious=%" PRIu64 " unexpected=%" PRIu64
	       " exits=%" PRIu64 " ticks=%" PRIu64 " result=%" PRIu64,
	       verdict, handled(vmm) - before.handled, stale(vmm) - before.stale,
	       vmm->control->spurious - before.spurious, vmm->control->unexpected - before.unexpected,
	       cpu_exits(vmm) - before.exits, vmm->control->ticks[cpu->number],
	       vmm->control->result[cpu->number]);
	for (unsigned int n = 0; n < vmm->n_cpus; n++)
		if (vmm->cpu[n].panics)
			printf(" panic=%u/esr=%#" PRIx64 "/elr=%#" PRIx64, n, vmm->cpu[n].panic[0],
			       vmm->cpu[n].panic[1]);
	printf("\n");
	return 0;
}

/* Runs a guest command to its end and prints its result. */
static int guest(struct vmm *vmm, struct cpu *cpu, enum guest_command command, uint64_t a, uint64_t b)
{
	int r = cpu_submit(cpu, command, a, b);

	if (r == 0)
		r = cpu_wait(cpu, PATIENCE);
	if (r < 0)
		return r;
	printf("ok %#" PRIx64 "\n", vmm->control->result[cpu->number]);
	return 0;
}

/* start N [D|all] [C]: the guest raises and handles N interrupts; wait [C] [SECONDS] for it. run N [D|all]
 * [C] does both. */
static int start(struct vmm *vmm, struct words *words)
{
	bool all = words->n > 2 && strcmp(words->word[2], "all") == 0;

	remember(vmm);
	return cpu_submit(words_cpu(vmm, words, 3), GUEST_RAISE, words_number(words, 1, 1),
			  all ? vmm->n_devices : words_number(words, 2, 0));
}

static int do_start(struct vmm *vmm, struct words *words)
{
	return ok(start(vmm, words));
}

static int do_wait(struct vmm *vmm, struct words *words)
{
	struct cpu *cpu = words_cpu(vmm, words, 1);

	return report(vmm, cpu, cpu_wait(cpu, words_number(words, 2, PATIENCE)));
}

static int do_run(struct vmm *vmm, struct words *words)
{
	struct cpu *cpu = words_cpu(vmm, words, 3);
	int r = start(vmm, words);

	return r < 0 ? r : report(vmm, cpu, cpu_wait(cpu, words_number(words, 4, PATIENCE)));
}

/* Waits until the sum of handled interrupts has reached @target. */
static bool reached(const struct vmm *vmm, uint64_t target, unsigned int ms)
{
	for (unsigned int waited = 0; handled(vmm) < target; waited++) {
		if (waited >= ms)
			return false;
		pause_ms(1);
	}
	return true;
}

/* raise N [D]: this VMM raises, one at a time, while the guest does whatever it does; it spins if it was
 * parked. */
static int do_raise(struct vmm *vmm, struct words *words)
{
	struct device *device = words_device(vmm, words, 2);
	struct cpu *cpu = &vmm->cpu[0];
	uint64_t times = words_number(words, 1, 1);

	remember(vmm);
	bool spinning = cpu_submit(cpu, GUEST_SPIN, 0, 0) == 0;
	int r = 0;

	for (uint64_t n = 1; n <= times && r == 0; n++) {
		device_raise(device);
		for (unsigned int spin = 0; spin < 10000 && handled(vmm) < before.handled + n; spin++)
			continue;
		if (!reached(vmm, before.handled + n, PATIENCE * 1000))
			r = -ETIMEDOUT;
	}
	if (spinning) {
		vmm->control->stop = 1;
		int stopped = cpu_wait(cpu, PATIENCE);
		r = r < 0 ? r : stopped;
	}
	return report(vmm, cpu, r);
}

/* hold [D] [C]: raises one; the guest stays in its handler, interrupt active, until release [C]. */
static int do_hold(struct vmm *vmm, struct words *words)
{
	struct cpu *cpu = words_cpu(vmm, words, 2);

	remember(vmm);
	vmm->control->flags |= FLAG_HOLD;
	int r = cpu_submit(cpu, GUEST_RAISE, 1, words_number(words, 1, 0));

	for (unsigned int ms = 0; r == 0 && !vmm->control->holding; ms++) {
		if (ms == PATIENCE * 1000)
			r = -ETIMEDOUT;
		pause_ms(1);
	}
	return ok(r);
}

static int do_release(struct vmm *vmm, struct words *words)
{
	struct cpu *cpu = words_cpu(vmm, words, 1);

	vmm->control->flags &= ~FLAG_HOLD;
	return report(vmm, cpu, cpu_wait(cpu, PATIENCE));
}

/* flags [WORD...]: what the guest's handler does from now on */
static int do_flags(struct vmm *vmm, struct words *words)
{
	static const struct {
		const char *word;
		uint32_t flag;
	} known[] = {{"defer", FLAG_DEFER},   {"late", FLAG_LATE},    {"disintx", FLAG_DISINTX},
		     {"toggle", FLAG_TOGGLE}, {"noack", FLAG_NO_ACK}, {"oneshot", FLAG_ONESHOT},
		     {"all", FLAG_ALL}};
	uint32_t flags = 0;

	for (unsigned int n = 1; n < words->n; n++)
		for (size_t k = 0; k < sizeof(known) / sizeof(known[0]); k++)
			if (strcmp(words->word[n], known[k].word) == 0)
				flags |= known[k].flag;
	vmm->control->flags = flags;
	return ok(0);
}

/* gicd OFFSET [VALUE|-] [C]: the guest reads or writes its distributor */
static int do_gicd(struct vmm *vmm, struct words *words)
{
	struct cpu *cpu = words_cpu(vmm, words, 3);
	bool write = words->n > 2 && strcmp(words->word[2], "-") != 0;

	return guest(vmm, cpu, write ? GUEST_WRITE : GUEST_READ, words_number(words, 1, 0),
		     words_number(words, 2, 0));
}

/* spi D: its INTID in the guest, for gicd's offsets */
static int do_spi(struct vmm *vmm, struct words *words)
{
	printf("ok %u\n", 32 + words_device(vmm, words, 1)->gsi);
	return 0;
}

/* eoi [C]: deactivates what 'flags defer' left active */
static int do_eoi(struct vmm *vmm, struct words *words)
{
	return guest(vmm, words_cpu(vmm, words, 1), GUEST_EOI, 0, 0);
}

/* irqs on|off [C]: PSTATE.I of the vCPU */
static int do_irqs(struct vmm *vmm, struct words *words)
{
	return guest(vmm, words_cpu(vmm, words, 2), GUEST_IRQS,
		     words->n > 1 && strcmp(words->word[1], "on") == 0, 0);
}

/* leave N [C]: N exits */
static int do_leave(struct vmm *vmm, struct words *words)
{
	return guest(vmm, words_cpu(vmm, words, 2), GUEST_LEAVE, words_number(words, 1, 1), 0);
}

/* target D C [BY]: the device's SPI to vCPU C, by vCPU BY */
static int do_target(struct vmm *vmm, struct words *words)
{
	return guest(vmm, words_cpu(vmm, words, 3), GUEST_ROUTE, 32 + words_device(vmm, words, 1)->gsi,
		     words_number(words, 2, 0));
}

static int do_spin(struct vmm *vmm, struct words *words)
{
	remember(vmm);
	return ok(cpu_submit(words_cpu(vmm, words, 1), GUEST_SPIN, 0, 0));
}

static int do_stop(struct vmm *vmm, struct words *words)
{
	struct cpu *cpu = words_cpu(vmm, words, 1);

	vmm->control->stop = 1;
	return report(vmm, cpu, cpu_wait(cpu, PATIENCE));
}

/* settle [MS] [C]: runs the guest so long, for what is in flight to arrive */
static int do_settle(struct vmm *vmm, struct words *words)
{
	struct cpu *cpu = words_cpu(vmm, words, 2);

	remember(vmm);
	int r = cpu_submit(cpu, GUEST_SPIN, 0, 0);

	if (r < 0)
		return r;
	pause_ms(words_number(words, 1, 100));
	vmm->control->stop = 1;
	return report(vmm, cpu, cpu_wait(cpu, PATIENCE));
}

/* counts: since start, a device */
static int do_counts(struct vmm *vmm, struct words *words)
{
	(void)words;
	printf("ok");
	for (unsigned int n = 0; n < vmm->n_devices; n++)
		printf(" handled%u=%" PRIu64 " stale%u=%" PRIu64, n, vmm->control->device[n].handled, n,
		       vmm->control->device[n].stale);
	printf(" exits=%" PRIu64 " deferred=%u holding=%u\n", cpu_exits(vmm), vmm->control->deferred,
	       vmm->control->holding);
	return 0;
}

const struct command guest_commands[] = {
	{"start", do_start},   {"wait", do_wait},     {"run", do_run},
	{"raise", do_raise},   {"hold", do_hold},     {"release", do_release},
	{"flags", do_flags},   {"gicd", do_gicd},     {"spi", do_spi},
	{"eoi", do_eoi},       {"irqs", do_irqs},     {"leave", do_leave},
	{"target", do_target}, {"spin", do_spin},     {"stop", do_stop},
	{"settle", do_settle}, {"counts", do_counts}, {NULL, NULL},
};
