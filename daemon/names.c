// SPDX-License-Identifier: GPL-2.0-or-later
#include "names.h"

#include <fcntl.h>

#include "libpci.h"

struct names {
	const struct root *root;
	struct libpci libpci; /* only its name tables are used */
	int fd;
	bool tried, usable;
};

struct names *names_new(const struct root *root)
{
	struct names *n = calloc(1, sizeof(*n));

	if (n) {
		n->root = root;
		n->fd = -1;
	}
	return n;
}

void names_free(struct names *n)
{
	if (!n)
		return;
	libpci_done(&n->libpci);
	close_fd(&n->fd);
	free(n);
}

/* libpci opens names by path; the descriptor's path in /proc is one that cannot lead out of the tree. */
static void load(struct names *n)
{
	static const char *const files[] = {"usr/share/misc/pci.ids", "usr/share/hwdata/pci.ids"};
	char path[40];

	n->tried = true;
	for (size_t i = 0; i < sizeof(files) / sizeof(*files) && n->fd < 0; i++)
		n->fd = root_open_file(n->root, files[i], O_RDONLY);
	snprintf(path, sizeof(path), "/proc/self/fd/%d", n->fd);
	if (n->fd < 0 || libpci_init(&n->libpci, "") < 0 || !LIBPCI_TRY(&n->libpci))
		return;
	pci_set_name_list_path(n->libpci.access, path, 0);
	n->usable = pci_load_name_list(n->libpci.access);
}

const char *names_device(struct names *n, uint16_t vendor, uint16_t device, char *buffer, int size)
{
	if (!n->tried)
		load(n);
	if (!n->usable || !LIBPCI_TRY(&n->libpci))
		return NULL;
	return pci_lookup_name(n->libpci.access, buffer, size, PCI_LOOKUP_DEVICE | PCI_LOOKUP_NO_NUMBERS,
			       vendor, device);
}
