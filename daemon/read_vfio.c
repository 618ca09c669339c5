// SPDX-License-Identifier: GPL-2.0-or-later
#include "read_vfio.h"

#include <fcntl.h>
#include <string.h>

#include "root.h"

static int open_folder(int above, const char *name, int how)
{
	return above < 0 ? -1 : openat(above, name, how | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
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

/* vfio-dev/NAME/intx_deoi/ */
static void read_deoi(struct machine *m, struct function *f, int devices, const char *name)
{
	_cleanup_close_ int device = open_folder(devices, name, O_PATH),
			    dir = open_folder(device, "intx_deoi", O_PATH);

	if (dir < 0)
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
	int fd = open_folder(dir, "vfio-dev", O_RDONLY);
	_cleanup_dir_ DIR *devices = fd < 0 ? NULL : fdopendir(fd);
	const struct dirent *entry;
	size_t length = strlen(f->driver);

	f->vfio = devices || (length >= 8 && strcmp(f->driver + length - 8, "vfio-pci") == 0);
	while (devices && (entry = readdir(devices)))
		if (strncmp(entry->d_name, "vfio", 4) == 0)
			read_deoi(m, f, fd, entry->d_name);
}
