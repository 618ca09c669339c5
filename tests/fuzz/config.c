// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Config spaces, and the machine that they make: an entry (entries.h) is a function's, "0000:00:01.0".
 *
 * What else sysfs has of a function is made up from its config space: drivers and interrupt numbers, so that
 * lines are shared.
 */
#include <string.h>

#include "entries.h"
#include "fuzz.h"
#include "judge.h"
#include "read_machine.h"
#include "scratch.h"

#define MAX_FUNCTIONS 16
#define DEVICES	      "sys/bus/pci/devices/"

static void put_function(const struct scratch *s, const struct entry *e)
{
	static const char *const drivers[] = {NULL, "vfio-pci", "e1000", "ahci"};
	unsigned choice = e->length > 0x3c ? e->content[0x3c] : 0; /* the Interrupt Line register */
	const char *driver = drivers[choice & 3];
	char name[128], text[64], address[32];

	snprintf(address, sizeof(address), "%.31s", e->name);
	snprintf(name, sizeof(name), DEVICES "%s/config", address);
	scratch_put_one(s, name, NULL, e->content, e->length < 256 ? e->length : 256);
	if (!driver)
		return;
	snprintf(name, sizeof(name), DEVICES "%s/driver", address);
	snprintf(text, sizeof(text), "../drivers/%s", driver);
	scratch_put_one(s, name, text, NULL, 0);
	snprintf(name, sizeof(name), DEVICES "%s/irq", address);
	snprintf(text, sizeof(text), "%u\n", 16 + (choice >> 2 & 3));
	scratch_put_one(s, name, NULL, text, strlen(text));
	snprintf(name, sizeof(name), DEVICES "%s/enable", address);
	scratch_put_one(s, name, NULL, "1\n", 2);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const char rows[] = "   CPU0\n 16:  1  IO-APIC 16-fasteoi  e1000\n 17: 1  IO-APIC 17-fasteoi  "
				   "ahci, other\n 18: 1 IO-APIC 18-fasteoi\n";
	struct machine *m;
	struct scratch s;
	struct entry e;

	scratch_open(&s);
	scratch_put_one(&s, "proc/interrupts", NULL, rows, strlen(rows));
	for (int n = 0; n < MAX_FUNCTIONS && next_entry(&data, &size, &e); n++)
		if (!strchr(e.name, '/'))
			put_function(&s, &e);
	MUST(read_machine(&m, &s.root) == 0);
	judge(m, NULL);
	machine_free(m);
	scratch_close(&s);
	return 0;
}
