// SPDX-License-Identifier: GPL-2.0-or-later
#include "names.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>

#include "libpci.h"

#define MAX_NAMES (64u << 20)

static const char *const files[] = {"usr/share/misc/pci.ids", "usr/share/hwdata/pci.ids"};

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

static int compare_ids(const void *a, const void *b)
{
	const uint32_t *x = a, *y = b;

	return (*x > *y) - (*x < *y);
}

/* Is there an ID with this vendor, and with `mask` all ones this device too? */
static bool has_id(const uint32_t *ids, size_t n, uint32_t id, uint32_t mask)
{
	size_t low = 0, high = n;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (ids[middle] < id)
			low = middle + 1;
		else
			high = middle;
	}
	return low < n && (ids[low] & mask) == id;
}

/* The lines of pci.ids ("8086  a vendor", "\t10d3  its device") that name one of ids, moved to the front of
 * text. Their length. */
static size_t keep_lines(char *text, const uint32_t *ids, size_t n)
{
	bool vendor_used = false;
	uint32_t vendor = 0;
	char *to = text, *next;

	for (char *line = text; *line; line = next) {
		size_t length = strcspn(line, "\n");
		unsigned id;
		bool keep = false;

		next = line + length + (line[length] == '\n');
		if (strspn(line, "0123456789abcdef") == 4 && sscanf(line, "%4x", &id) == 1) {
			vendor = id << 16;
			vendor_used = keep = has_id(ids, n, vendor, 0xffff0000);
		} else if (line[0] == '\t' && line[1] != '\t' && vendor_used &&
			   sscanf(line, "\t%4x  ", &id) == 1) {
			keep = has_id(ids, n, vendor | id, 0xffffffff);
		} else if (line[0] != '\t' && line[0] != '#' && length > 0) {
			vendor_used = false; /* classes and others that stand behind the vendors */
		}
		if (!keep)
			continue;
		memmove(to, line, (size_t)(next - line));
		to += next - line;
	}
	return (size_t)(to - text);
}

int names_capture(struct tarball *out, const struct root *root, const struct machine *m)
{
	_cleanup_free_ uint32_t *ids = calloc(m->n_functions + 1, sizeof(*ids));
	_cleanup_free_ char *text = NULL;

	if (!ids)
		return -ENOMEM;
	for (size_t i = 0; i < m->n_functions; i++)
		ids[i] = (uint32_t)m->functions[i].vendor << 16 | m->functions[i].device;
	qsort(ids, m->n_functions, sizeof(*ids), compare_ids);
	for (size_t i = 0; i < sizeof(files) / sizeof(*files) && !text; i++)
		(void)root_read_all(root, files[i], MAX_NAMES, &text);
	if (text)
		tarball_file(out, files[0], text, keep_lines(text, ids, m->n_functions));
	return 0;
}
