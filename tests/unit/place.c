// SPDX-License-Identifier: GPL-2.0-or-later
#include "place.h"

#include <dirent.h>
#include <fcntl.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

const char *in(const struct place *p, const char *path)
{
	static char text[8][320];
	static unsigned n;
	char *t = text[n++ % 8];

	snprintf(t, sizeof(text[0]), "%s/%s", p->path, path);
	return t;
}

int new_place(void **state)
{
	struct place *p = calloc(1, sizeof(*p));

	assert_non_null(p);
	strcpy(p->base, "/tmp/intxd-test.XXXXXX");
	assert_non_null(mkdtemp(p->base));
	snprintf(p->path, sizeof(p->path), "%s/root", p->base);
	assert_int_equal(mkdir(p->path, 0755), 0);
	assert_int_equal(root_open(&p->root, p->path), 0);
	umask(022);
	*state = p;
	return 0;
}

static int remove_one(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
	(void)st;
	(void)type;
	(void)ftw;
	return remove(path);
}

int remove_place(void **state)
{
	struct place *p = *state;

	root_close(&p->root);
	assert_int_equal(nftw(p->base, remove_one, 16, FTW_DEPTH | FTW_PHYS), 0);
	free(p);
	return 0;
}

void put(const struct place *p, const char *path, const char *text)
{
	FILE *f = fopen(in(p, path), "w");

	assert_non_null(f);
	fputs(text, f);
	assert_int_equal(fclose(f), 0);
}

void put_in(const struct place *p, const char *path, const char *text)
{
	char folder[200];

	for (const char *slash = strchr(path, '/'); slash; slash = strchr(slash + 1, '/')) {
		snprintf(folder, sizeof(folder), "%.*s", (int)(slash - path), path);
		(void)mkdir(in(p, folder), 0755);
	}
	put(p, path, text);
}

#define DEVICES "sys/bus/pci/devices/"

void put_function(const struct place *p, const char *address, const char *driver, const char *irq)
{
	unsigned char config[256] = {0x86, 0x80, 0xd3, 0x10, 7, [0x0b] = 2, [0x3d] = 1};
	char path[200], text[64];
	int fd;

	snprintf(path, sizeof(path), DEVICES "%s/irq", address);
	put_in(p, path, irq);
	snprintf(path, sizeof(path), DEVICES "%s/enable", address);
	put_in(p, path, "1\n");
	snprintf(path, sizeof(path), DEVICES "%s/config", address);
	fd = open(in(p, path), O_WRONLY | O_CREAT | O_CLOEXEC, 0644);
	assert_int_equal(write(fd, config, sizeof(config)), sizeof(config));
	close(fd);
	snprintf(path, sizeof(path), DEVICES "%s/driver", address);
	snprintf(text, sizeof(text), "../drivers/%s", driver);
	assert_int_equal(symlink(text, in(p, path)), 0);
}

void expect_text(const struct place *p, const char *path, const char *wanted)
{
	char text[4096] = "";
	FILE *f = fopen(in(p, path), "r");

	assert_non_null(f);
	text[fread(text, 1, sizeof(text) - 1, f)] = '\0';
	fclose(f);
	assert_string_equal(text, wanted);
}

bool is_there(const struct place *p, const char *path)
{
	struct stat st;

	return lstat(in(p, path), &st) == 0;
}

unsigned entries(const struct place *p, const char *folder)
{
	DIR *dir = opendir(in(p, folder));
	unsigned n = 0;

	assert_non_null(dir);
	while (readdir(dir))
		n++;
	closedir(dir);
	return n - 2;
}
