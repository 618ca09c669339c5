// SPDX-License-Identifier: GPL-2.0-or-later
#include "read_slots.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>

#define SLOTS "sys/bus/pci/slots"

/* NAME/address is "0000:02:00", or "0000:02" for a slot of a whole bus; only a slot that can be switched
 * (`power`) can get another card while the machine runs. */
static int read_slot(struct machine *m, int slots, const char *name)
{
	_cleanup_close_ int dir = openat(slots, name, O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	unsigned domain, bus, device = 0;
	char text[32];
	ssize_t n;

	if (dir < 0 || faccessat(dir, "power", F_OK, AT_SYMLINK_NOFOLLOW) < 0) {
		machine_missed(m, -errno);
		return 0;
	}
	n = read_text_at(dir, "address", text, sizeof(text));
	machine_missed(m, (int)n);
	if (n < 0 || sscanf(text, "%8x:%2x:%2x", &domain, &bus, &device) < 2 || device > 31) {
		machine_problem(m, SLOTS, "slot '%s' has no usable address", name);
		return 0;
	}
	return machine_add_slot(
		       m, (struct address){.domain = domain, .bus = (uint8_t)bus, .device = (uint8_t)device},
		       name)
		       ? 0
		       : -ENOMEM;
}

int read_slots(struct machine *m, const struct root *root)
{
	_cleanup_dir_ DIR *slots = NULL;
	const struct dirent *entry;
	int e = open_listing(root_open_dir(root, SLOTS), &slots);

	machine_missed(m, e);
	for (e = 0; slots && e == 0 && (errno = 0, entry = readdir(slots));)
		if (entry->d_name[0] != '.')
			e = read_slot(m, dirfd(slots), entry->d_name);
	if (slots && e == 0)
		machine_missed(m, -errno);
	return e;
}
