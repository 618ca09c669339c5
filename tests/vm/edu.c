// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * edu ADDRESS COMMAND: QEMU's edu function from the host's side, through its resource0, and the host's GIC
 * through /dev/mem (QEMU's virt machine has the distributor at 0x08000000).
 *
 *   raise             asserts INTx and leaves it so          ack               quenches it
 *   pulse N           both, N times or until SIGTERM, for some 50 us each
 *   count N           bound to uio_pci_generic: N interrupts one by one, each waited for; prints how many
 * arrived pend N HWIRQ      N interrupts on the line that no device asserts, each waited for alternate N
 * HWIRQ N times one that the device asserts (somebody else handles it), then one that it does not
 */
#include <fcntl.h>
#include <glob.h>
#include <linux/pci_regs.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

enum { STATUS = 0x24, RAISE = 0x60, ACK = 0x64, GICD = 0x08000000, ISPENDR = 0x200, ISACTIVER = 0x300 };

static const char *address;
static volatile uint32_t *bar, *gicd;

static _Noreturn void die(const char *what)
{
	perror(what);
	exit(1);
}

static int open_file(const char *name, int flags)
{
	char path[256];
	int fd;

	snprintf(path, sizeof(path), "/sys/bus/pci/devices/%s/%s", address, name);
	fd = open(path, flags | O_CLOEXEC);
	if (fd < 0)
		die(path);
	return fd;
}

static volatile uint32_t *map(int fd, size_t size, off_t offset)
{
	void *memory = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, fd, offset);

	if (memory == MAP_FAILED)
		die("mmap");
	return memory;
}

/* Up to two seconds. */
static bool clears(volatile uint32_t *word, uint32_t mask)
{
	for (unsigned int n = 0; n < 20000; n++) {
		for (unsigned int spin = 0; spin < 100; spin++)
			if (!(*word & mask))
				return true;
		nanosleep(&(struct timespec){.tv_nsec = 100000}, NULL);
	}
	return false;
}

static volatile sig_atomic_t ended;

static void end(int number)
{
	(void)number;
	ended = 1;
}

/* Some 50 us in the emulated host. */
static void pause_some(void)
{
	for (volatile unsigned int spin = 0; spin < 5000; spin++)
		continue;
}

static unsigned int count(unsigned int times)
{
	char pattern[256];
	glob_t found;
	unsigned int n;

	snprintf(pattern, sizeof(pattern), "/sys/bus/pci/devices/%s/uio/uio*", address);
	if (glob(pattern, 0, NULL, &found) != 0)
		die(pattern);
	snprintf(pattern, sizeof(pattern), "/dev/%s", strrchr(found.gl_pathv[0], '/') + 1);

	int uio = open(pattern, O_RDWR | O_CLOEXEC), config = open_file("config", O_RDWR);
	if (uio < 0)
		die(pattern);
	for (n = 0; n < times; n++) {
		/* uio_pci_generic masks by DisINTx; memory on. */
		uint16_t command = PCI_COMMAND_MEMORY | PCI_COMMAND_MASTER;
		uint32_t events;
		struct pollfd poller = {.fd = uio, .events = POLLIN};

		if (pwrite(config, &command, sizeof(command), PCI_COMMAND) != sizeof(command))
			die("config");
		bar[RAISE / 4] = 1;
		if (poll(&poller, 1, 5000) != 1 || read(uio, &events, sizeof(events)) != sizeof(events))
			break;
		bar[ACK / 4] = bar[STATUS / 4];
	}
	return n;
}

static bool pend(unsigned int hwirq)
{
	const uint32_t bit = 1u << hwirq % 32;

	gicd[ISPENDR / 4 + hwirq / 32] = bit;
	return clears(&gicd[ISPENDR / 4 + hwirq / 32], bit) && clears(&gicd[ISACTIVER / 4 + hwirq / 32], bit);
}

int main(int argc, char **argv)
{
	if (argc < 3)
		return 2;
	address = argv[1];
	const char *command = argv[2];
	unsigned int times = argc > 3 ? atoi(argv[3]) : 1, hwirq = argc > 4 ? atoi(argv[4]) : 0, n = 0;

	bar = map(open_file("resource0", O_RDWR), 4096, 0);
	if (hwirq) {
		int memory = open("/dev/mem", O_RDWR | O_SYNC | O_CLOEXEC);
		if (memory < 0)
			die("/dev/mem");
		gicd = map(memory, 0x10000, GICD);
	}
	if (strcmp(command, "raise") == 0) {
		bar[RAISE / 4] = 1;
	} else if (strcmp(command, "ack") == 0) {
		bar[ACK / 4] = bar[STATUS / 4];
	} else if (strcmp(command, "pulse") == 0) {
		signal(SIGTERM, end);
		for (; n < times && !ended; n++) {
			bar[RAISE / 4] = 1;
			pause_some();
			bar[ACK / 4] = bar[STATUS / 4];
			pause_some();
		}
	} else if (strcmp(command, "count") == 0) {
		printf("handled=%u\n", count(times));
	} else if (strcmp(command, "pend") == 0) {
		while (n < times && pend(hwirq))
			n++;
		printf("taken=%u\n", n);
	} else if (strcmp(command, "alternate") == 0) {
		for (; n < times; n++) {
			bar[RAISE / 4] = 1;
			if (!clears(&bar[STATUS / 4], 1) ||
			    !clears(&gicd[ISACTIVER / 4 + hwirq / 32], 1u << hwirq % 32) || !pend(hwirq))
				break;
		}
		printf("taken=%u\n", n);
	} else {
		return 2;
	}
	return 0;
}
