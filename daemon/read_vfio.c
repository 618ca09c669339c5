// SPDX-License-Identifier: GPL-2.0-or-later
#include "read_vfio.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>

#include "root.h"

/* -ENOENT where there is no folder above. */
static int open_folder(struct machine *m, int above, const char *name, int how)
{
	int fd = above < 0 ? -1 : openat(above, name, how | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);

	if (fd >= 0)
		return fd;
	fd = above < 0 ? -ENOENT : -errno;
	machine_missed(m, fd);
	return fd;
}

static const char *word_attribute(struct machine *m, int dir, const char *name)
{
	char text[64];

	return read_text_at(dir, name, text, sizeof(text)) > 0 ? machine_string(m, text) : NULL;
}

static int64_t count_attribute(int dir, const char *name)
{
	int64_t value;

	return read_number_at(dir, name, &value) == 0 ? value : -1;
}

/* vfio-dev/NAME/intx_deoi/. The kernel makes one; of several in a tree that somebody made, the first by name.
 */
static void read_deoi(struct machine *m, struct function *f, int devices, const char *name)
{
	_cleanup_close_ int device = open_folder(m, devices, name, O_PATH),
			    dir = open_folder(m, device, "intx_deoi", O_PATH);

	if (dir < 0 || (f->deoi.device && strcmp(f->deoi.device, name) < 0))
		return;
	f->deoi = (struct deoi){
		.device = machine_string(m, name),
		.state = word_attribute(m, dir, "state"),
		.reason = word_attribute(m, dir, "reason"),
		.policy = word_attribute(m, dir, "policy"),
		.interrupts = count_attribute(dir, "interrupts"),
		.engaged = count_attribute(dir, "engaged_count"),
		.yielded = count_attribute(dir, "yield_count"),
		.refused = count_attribute(dir, "refused_count"),
	};
}

void read_vfio(struct machine *m, struct function *f, int dir)
{
	_cleanup_dir_ DIR *devices = NULL;
	const struct dirent *entry;
	size_t length = strlen(f->driver);

	machine_missed(m, open_listing(open_folder(m, dir, "vfio-dev", O_RDONLY), &devices));

	f->deoi = (struct deoi){};
	f->vfio = devices || (length >= 8 && strcmp(f->driver + length - 8, "vfio-pci") == 0);
	while (devices && (errno = 0, entry = readdir(devices)))
		if (strncmp(entry->d_name, "vfio", 4) == 0)
			read_deoi(m, f, dirfd(devices), entry->d_name);
	if (devices)
		machine_missed(m, -errno);
}
