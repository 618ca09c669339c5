// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The commands. Each is a function of its words that prints one line and returns 0, or returns a negative
 * errno and has printed nothing. D is a device's number, C a vCPU's, both 0 when left out.
 */
#include <errno.h>
#include <inttypes.h>
#include <linux/pci_regs.h>
#include <linux/vfio.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "vmm.h"

enum { MAX_WORDS = 32, PATIENCE = 15 };

struct words {
	unsigned int n;
	char *word[MAX_WORDS];
};

/* What counted when the last command was started. */
static struct {
	uint64_t exits, handled, stale, spurious, unexpected;
} before;

static uint64_t number(const struct words *words, unsigned int n, uint64_t otherwise)
{
	return n < words->n ? strtoull(words->word[n], NULL, 0) : otherwise;
}

static struct device *device_of(struct vmm *vmm, const struct words *words, unsigned int n)
{
	uint64_t which = number(words, n, 0);

	return &vmm->device[which < vmm->n_devices ? which : 0];
}

static struct cpu *cpu_of(struct vmm *vmm, const struct words *words, unsigned int n)
{
	uint64_t which = number(words, n, 0);

	return &vmm->cpu[which < vmm->n_cpus ? which : 0];
}

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

static int ok(int r)
{
	if (r < 0)
		return r;
	printf("ok\n");
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

static void pause_ms(unsigned int ms)
{
	nanosleep(&(struct timespec){.tv_sec = ms / 1000, .tv_nsec = ms % 1000 * 1000000l}, NULL);
}

/* intx D [noresample|user] */
static int do_intx(struct vmm *vmm, struct words *words)
{
	const char *how = words->n > 2 ? words->word[2] : "";
	enum wiring wiring = strcmp(how, "noresample") == 0 ? WIRING_INTX_NORESAMPLE
			     : strcmp(how, "user") == 0	    ? WIRING_INTX_USER
							    : WIRING_INTX;

	return ok(wiring_set(vmm, device_of(vmm, words, 1), wiring));
}

static int do_msi(struct vmm *vmm, struct words *words)
{
	return ok(wiring_set(vmm, device_of(vmm, words, 1), WIRING_MSI));
}

static int do_off(struct vmm *vmm, struct words *words)
{
	return ok(wiring_set(vmm, device_of(vmm, words, 1), WIRING_NONE));
}

/* start N [D|all] [C]: the guest raises and handles N interrupts; wait [C] [SECONDS] for it. run N [D|all]
 * [C] does both. */
static int start(struct vmm *vmm, struct words *words)
{
	bool all = words->n > 2 && strcmp(words->word[2], "all") == 0;

	remember(vmm);
	return cpu_submit(cpu_of(vmm, words, 3), GUEST_RAISE, number(words, 1, 1),
			  all ? vmm->n_devices : number(words, 2, 0));
}

static int do_start(struct vmm *vmm, struct words *words)
{
	return ok(start(vmm, words));
}

static int do_wait(struct vmm *vmm, struct words *words)
{
	struct cpu *cpu = cpu_of(vmm, words, 1);

	return report(vmm, cpu, cpu_wait(cpu, number(words, 2, PATIENCE)));
}

static int do_run(struct vmm *vmm, struct words *words)
{
	struct cpu *cpu = cpu_of(vmm, words, 3);
	int r = start(vmm, words);

	return r < 0 ? r : report(vmm, cpu, cpu_wait(cpu, number(words, 4, PATIENCE)));
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
	struct device *device = device_of(vmm, words, 2);
	struct cpu *cpu = &vmm->cpu[0];
	uint64_t times = number(words, 1, 1);

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

/* assert [D]: raises and does not wait; quench [D] */
static int do_assert(struct vmm *vmm, struct words *words)
{
	device_raise(device_of(vmm, words, 1));
	return ok(0);
}

static int do_quench(struct vmm *vmm, struct words *words)
{
	device_quench(device_of(vmm, words, 1));
	return ok(0);
}

/* hold [D] [C]: raises one; the guest stays in its handler, interrupt active, until release [C]. */
static int do_hold(struct vmm *vmm, struct words *words)
{
	struct cpu *cpu = cpu_of(vmm, words, 2);

	remember(vmm);
	vmm->control->flags |= FLAG_HOLD;
	int r = cpu_submit(cpu, GUEST_RAISE, 1, number(words, 1, 0));

	for (unsigned int ms = 0; r == 0 && !vmm->control->holding; ms++) {
		if (ms == PATIENCE * 1000)
			r = -ETIMEDOUT;
		pause_ms(1);
	}
	return ok(r);
}

static int do_release(struct vmm *vmm, struct words *words)
{
	struct cpu *cpu = cpu_of(vmm, words, 1);

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
	struct cpu *cpu = cpu_of(vmm, words, 3);
	bool write = words->n > 2 && strcmp(words->word[2], "-") != 0;

	return guest(vmm, cpu, write ? GUEST_WRITE : GUEST_READ, number(words, 1, 0), number(words, 2, 0));
}

/* spi D: its INTID in the guest, for gicd's offsets */
static int do_spi(struct vmm *vmm, struct words *words)
{
	printf("ok %u\n", 32 + device_of(vmm, words, 1)->gsi);
	return 0;
}

/* eoi [C]: deactivates what 'flags defer' left active */
static int do_eoi(struct vmm *vmm, struct words *words)
{
	return guest(vmm, cpu_of(vmm, words, 1), GUEST_EOI, 0, 0);
}

/* irqs on|off [C]: PSTATE.I of the vCPU */
static int do_irqs(struct vmm *vmm, struct words *words)
{
	return guest(vmm, cpu_of(vmm, words, 2), GUEST_IRQS,
		     words->n > 1 && strcmp(words->word[1], "on") == 0, 0);
}

/* leave N [C]: N exits */
static int do_leave(struct vmm *vmm, struct words *words)
{
	return guest(vmm, cpu_of(vmm, words, 2), GUEST_LEAVE, number(words, 1, 1), 0);
}

/* target D C [BY]: the device's SPI to vCPU C, by vCPU BY */
static int do_target(struct vmm *vmm, struct words *words)
{
	return guest(vmm, cpu_of(vmm, words, 3), GUEST_ROUTE, 32 + device_of(vmm, words, 1)->gsi,
		     number(words, 2, 0));
}

static int do_spin(struct vmm *vmm, struct words *words)
{
	remember(vmm);
	return ok(cpu_submit(cpu_of(vmm, words, 1), GUEST_SPIN, 0, 0));
}

static int do_stop(struct vmm *vmm, struct words *words)
{
	struct cpu *cpu = cpu_of(vmm, words, 1);

	vmm->control->stop = 1;
	return report(vmm, cpu, cpu_wait(cpu, PATIENCE));
}

/* settle [MS] [C]: runs the guest so long, for what is in flight to arrive */
static int do_settle(struct vmm *vmm, struct words *words)
{
	struct cpu *cpu = cpu_of(vmm, words, 2);

	remember(vmm);
	int r = cpu_submit(cpu, GUEST_SPIN, 0, 0);

	if (r < 0)
		return r;
	pause_ms(number(words, 1, 100));
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

/* mask [D] [eventfd] (vfio-pci has no such eventfd), unmask [D]; trigger D none|bool: loopback */
static int do_mask(struct vmm *vmm, struct words *words)
{
	if (words->n > 2)
		return ok(wiring_mask(device_of(vmm, words, 1)));
	return ok(device_set_irqs(device_of(vmm, words, 1), VFIO_PCI_INTX_IRQ_INDEX,
				  VFIO_IRQ_SET_DATA_NONE | VFIO_IRQ_SET_ACTION_MASK, -1));
}

static int do_unmask(struct vmm *vmm, struct words *words)
{
	return ok(device_set_irqs(device_of(vmm, words, 1), VFIO_PCI_INTX_IRQ_INDEX,
				  VFIO_IRQ_SET_DATA_NONE | VFIO_IRQ_SET_ACTION_UNMASK, -1));
}

static int do_trigger(struct vmm *vmm, struct words *words)
{
	bool data = words->n > 2 && strcmp(words->word[2], "bool") == 0;

	return ok(device_set_irqs(
		device_of(vmm, words, 1), VFIO_PCI_INTX_IRQ_INDEX,
		(data ? VFIO_IRQ_SET_DATA_BOOL : VFIO_IRQ_SET_DATA_NONE) | VFIO_IRQ_SET_ACTION_TRIGGER, -1));
}

static int do_swap(struct vmm *vmm, struct words *words)
{
	return ok(wiring_swap(vmm, device_of(vmm, words, 1)));
}

/* retrigger [D] none: the trigger eventfd goes (-1), the interrupt stays enabled; retrigger [D]: the same one
 * again; retrigger D OTHER: that of another device */
static int do_retrigger(struct vmm *vmm, struct words *words)
{
	struct device *device = device_of(vmm, words, 1);
	int fd = device_of(vmm, words, words->n > 2 ? 2 : 1)->trigger;

	if (words->n > 2 && strcmp(words->word[2], "none") == 0)
		fd = -1;

	return ok(device_set_irqs(device, VFIO_PCI_INTX_IRQ_INDEX,
				  VFIO_IRQ_SET_DATA_EVENTFD | VFIO_IRQ_SET_ACTION_TRIGGER, fd));
}

static int do_disintx(struct vmm *vmm, struct words *words)
{
	uint16_t value = PCI_COMMAND_MEMORY | PCI_COMMAND_MASTER |
			 (number(words, 2, 0) ? PCI_COMMAND_INTX_DISABLE : 0);

	return ok(device_command_register(device_of(vmm, words, 1), value));
}

static int do_reset(struct vmm *vmm, struct words *words)
{
	return ok(device_reset(device_of(vmm, words, 1)));
}

/* irqfd D add|del|add2|del2: its own irqfd, or a second one on its GSI */
static int do_irqfd(struct vmm *vmm, struct words *words)
{
	struct device *device = device_of(vmm, words, 1);
	const char *what = words->n > 2 ? words->word[2] : "";
	bool add = strncmp(what, "add", 3) == 0;

	return ok(strchr(what, '2') ? wiring_second(vmm, device, add) : wiring_irqfd(vmm, device, add));
}

/* join D GSI: the device's irqfd on another's GSI, with resampling, as two functions on one virtual line; it
 * has been wired by 'intx D user' */
static int do_join(struct vmm *vmm, struct words *words)
{
	return ok(wiring_join(vmm, device_of(vmm, words, 1), number(words, 2, FIRST_GSI)));
}

/* hammer MS [D]: asserts again and again and waits for nothing */
static int do_hammer(struct vmm *vmm, struct words *words)
{
	struct device *device = device_of(vmm, words, 2);

	for (uint64_t n = number(words, 1, 100) * 10; n > 0; n--) {
		device_raise(device);
		nanosleep(&(struct timespec){.tv_nsec = 100000}, NULL);
	}
	return ok(0);
}

/* line D LEVEL [PIN]: KVM_IRQ_LINE on the device's SPI, or another; levelinfo D LEVEL: as a VM reset or
 * restore writes it */
static int do_line(struct vmm *vmm, struct words *words)
{
	uint32_t pin = number(words, 3, device_of(vmm, words, 1)->gsi);

	return ok(machine_irq_line(vmm, 32 + pin, number(words, 2, 0)));
}

static int do_levelinfo(struct vmm *vmm, struct words *words)
{
	return ok(machine_level_info(vmm, 32 + device_of(vmm, words, 1)->gsi, number(words, 2, 0)));
}

/* pin D PIN: the device's GSI to another pin of the vGIC */
static int do_pin(struct vmm *vmm, struct words *words)
{
	return ok(wiring_route(vmm, device_of(vmm, words, 1), number(words, 2, FIRST_GSI)));
}

/* config D OFFSET: 16 bits of config space as the guest would see them */
static int do_config(struct vmm *vmm, struct words *words)
{
	uint16_t value;
	int r = device_read_config(device_of(vmm, words, 1), number(words, 2, 0), &value, sizeof(value));

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
	CPU_SET(number(words, 1, 0), &set);
	r = pthread_setaffinity_np(vmm->cpu[0].thread, sizeof(set), &set);
	if (r == 0)
		r = pthread_setschedparam(vmm->cpu[0].thread, SCHED_FIFO, &param);
	return ok(-r);
}

/* pause MS */
static int do_pause(struct vmm *vmm, struct words *words)
{
	(void)vmm;
	pause_ms(number(words, 1, 1));
	return ok(0);
}

static const struct {
	const char *name;
	int (*run)(struct vmm *vmm, struct words *words);
} commands[] = {
	{"intx", do_intx},	     {"msi", do_msi},	      {"off", do_off},
	{"start", do_start},	     {"wait", do_wait},	      {"run", do_run},
	{"raise", do_raise},	     {"assert", do_assert},   {"quench", do_quench},
	{"hold", do_hold},	     {"release", do_release}, {"flags", do_flags},
	{"gicd", do_gicd},	     {"spi", do_spi},	      {"eoi", do_eoi},
	{"irqs", do_irqs},	     {"leave", do_leave},     {"target", do_target},
	{"spin", do_spin},	     {"stop", do_stop},	      {"settle", do_settle},
	{"counts", do_counts},	     {"mask", do_mask},	      {"unmask", do_unmask},
	{"trigger", do_trigger},     {"swap", do_swap},	      {"retrigger", do_retrigger},
	{"disintx", do_disintx},     {"reset", do_reset},     {"irqfd", do_irqfd},
	{"join", do_join},	     {"hammer", do_hammer},   {"line", do_line},
	{"levelinfo", do_levelinfo}, {"pin", do_pin},	      {"config", do_config},
	{"close", do_close},	     {"pause", do_pause},     {"realtime", do_realtime},
};

static int run_words(struct vmm *vmm, struct words *words)
{
	for (size_t n = 0; n < sizeof(commands) / sizeof(commands[0]); n++)
		if (strcmp(words->word[0], commands[n].name) == 0)
			return commands[n].run(vmm, words);
	return -ENOSYS;
}

/* Runs the commands between words "," in turn. */
static int run_each(struct vmm *vmm, const struct words *words, unsigned int from)
{
	struct words one = {0};
	int r = 0;

	for (unsigned int n = from; n <= words->n && r == 0; n++) {
		if (n < words->n && strcmp(words->word[n], ",") != 0) {
			one.word[one.n++] = words->word[n];
		} else if (one.n > 0) {
			r = run_words(vmm, &one);
			one.n = 0;
		}
	}
	return r;
}

/* repeat N COMMAND... [, COMMAND...]: all must do; one answer. */
static int repeat(struct vmm *vmm, struct words *words)
{
	uint64_t times = number(words, 1, 1);
	int r = 0, quiet = dup(STDOUT_FILENO);

	if (quiet < 0 || freopen("/dev/null", "w", stdout) == NULL)
		return -EINVAL;
	for (uint64_t n = 0; n < times && r == 0; n++)
		r = run_each(vmm, words, 2);
	fflush(stdout);
	dup2(quiet, STDOUT_FILENO);
	close(quiet);
	return ok(r);
}

bool command_run(struct vmm *vmm, char *line)
{
	struct words words = {0};
	char *save = NULL;
	int r;

	for (char *word = strtok_r(line, " \t\n", &save); word && words.n < MAX_WORDS;
	     word = strtok_r(NULL, " \t\n", &save))
		words.word[words.n++] = word;
	if (words.n == 0)
		return true;
	if (strcmp(words.word[0], "quit") == 0)
		return false;
	r = strcmp(words.word[0], "repeat") == 0 ? repeat(vmm, &words) : run_words(vmm, &words);
	if (r < 0)
		printf("error %s: %s\n", words.word[0], strerror(-r));
	fflush(stdout);
	return true;
}
