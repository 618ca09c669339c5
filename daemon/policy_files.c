// SPDX-License-Identifier: GPL-2.0-or-later
#include "policy_files.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

/* Later ones come first in a name's order. */
const char *const policy_folders[] = {"/usr/lib/intxd/policy.d", "/run/intxd/policy.d", "/etc/intxd/policy.d",
				      NULL};

#define MAX_FILES 1000 /* of all folders */

struct found {
	char *path;
	const char *name; /* in path; empty: a folder that cannot be listed */
	unsigned folder;
	int error; /* why not */
};

/* What one look at the folders gave. */
struct set {
	struct rule_file **files;
	size_t n_files;
	char **masked, **problems;
	size_t n_masked, n_problems;
};

struct policy_files {
	const struct root *root;
	struct set set; /* in force, its problems those of the last load */
	bool good;	/* none of its files is broken */
};

struct listing {
	struct found *all;
	size_t n;
};

static void listing_free(struct listing *l)
{
	for (size_t i = 0; i < l->n; i++)
		free(l->all[i].path);
	free(l->all);
}

static void set_free(struct set *s)
{
	for (size_t i = 0; i < s->n_files; i++)
		rule_file_free(s->files[i]);
	free(s->files);
	free_strings(&s->masked);
	free_strings(&s->problems);
}

__attribute__((format(printf, 3, 4))) static int add_line(char ***lines, size_t *n, const char *format, ...)
{
	char **all = reallocarray(*lines, *n + 2, sizeof(*all));
	va_list args;
	int length;

	if (!all)
		return -ENOMEM;
	*lines = all;
	va_start(args, format);
	length = vasprintf(&all[*n], format, args);
	va_end(args);
	if (length < 0)
		all[*n] = NULL;
	else
		all[++*n] = NULL;
	return length < 0 ? -ENOMEM : 0;
}

static int add_found(struct listing *l, unsigned folder, const char *name, int error)
{
	struct found *all = reallocarray(l->all, l->n + 1, sizeof(*all));
	struct found *f;

	if (!all)
		return -ENOMEM;
	l->all = all;
	f = &all[l->n];
	*f = (struct found){.folder = folder, .error = error};
	if (asprintf(&f->path, "%s%s%s", policy_folders[folder], *name ? "/" : "", name) < 0)
		return -ENOMEM;
	f->name = *name ? f->path + strlen(policy_folders[folder]) + 1 : "";
	l->n++;
	return 0;
}

static bool is_rule_file_name(const char *name)
{
	size_t length = strlen(name);

	return name[0] != '.' && length > 5 && strcmp(name + length - 5, ".json") == 0;
}

static int list_folder(const struct root *root, unsigned folder, struct listing *l)
{
	int fd = root_open_dir(root, policy_folders[folder]), e = 0;
	_cleanup_dir_ DIR *dir = fd < 0 ? NULL : fdopendir(fd);
	const struct dirent *entry;

	if (fd == -ENOENT)
		return 0;
	if (fd < 0)
		return add_found(l, folder, "", fd);
	if (!dir) {
		close(fd);
		return -ENOMEM;
	}
	for (errno = 0; e == 0 && (entry = readdir(dir)); errno = 0)
		if (is_rule_file_name(entry->d_name))
			e = add_found(l, folder, entry->d_name, 0);
	return e == 0 && errno != 0 ? add_found(l, folder, "", -errno) : e;
}

/* By name, and of one name the file that counts first. */
static int compare_found(const void *a, const void *b)
{
	const struct found *x = a, *y = b;
	int c = strcmp(x->name, y->name);

	return c ? c : (int)y->folder - (int)x->folder;
}

/* An empty file, or a link to /dev/null, which a captured tree need not have. */
static bool is_mask(const struct root *root, const struct found *f)
{
	_cleanup_close_ int folder = root_open_dir(root, policy_folders[f->folder]);
	_cleanup_close_ int fd = -1;
	char target[16] = "";
	struct stat st;

	if (folder < 0)
		return false;
	if (readlinkat(folder, f->name, target, sizeof(target) - 1) > 0 && strcmp(target, "/dev/null") == 0)
		return true;
	fd = root_open_file(root, f->path, O_RDONLY);
	if (fd < 0 || fstat(fd, &st) < 0)
		return false;
	return S_ISREG(st.st_mode) ? st.st_size == 0 : S_ISCHR(st.st_mode) && st.st_rdev == makedev(1, 3);
}

static int add_broken(struct set *s, const char *path)
{
	struct rule_file *file = calloc(1, sizeof(*file));

	if (!file)
		return -ENOMEM;
	file->broken = true;
	file->path = strdup(path);
	s->files[s->n_files++] = file;
	return file->path ? 0 : -ENOMEM;
}

static int add_unreadable(struct set *s, const char *path, ssize_t error)
{
	int e = add_broken(s, path);

	if (e < 0)
		return e;
	if (error == -EINVAL)
		return add_line(&s->problems, &s->n_problems, "%s: is no file", path);
	if (error == -EFBIG)
		return add_line(&s->problems, &s->n_problems, "%s: is larger than %d bytes", path,
				RULES_MAX_LENGTH);
	return add_line(&s->problems, &s->n_problems, "%s: cannot be read: %s", path, strerror((int)-error));
}

static int add_file(struct set *s, const struct root *root, const struct found *f)
{
	_cleanup_free_ char *text = NULL;
	char message[RULE_ERROR_SIZE];
	struct rule_error error;
	ssize_t length;
	int e;

	if (f->error < 0)
		return add_unreadable(s, f->path, f->error);
	length = root_read_all(root, f->path, RULES_MAX_LENGTH, &text);
	if (length == -ENOMEM)
		return -ENOMEM;
	if (length < 0)
		return add_unreadable(s, f->path, length);
	e = rules_parse(&s->files[s->n_files], f->path, text, (size_t)length, &error);
	if (e == 0)
		s->n_files++;
	if (e != -EINVAL)
		return e;
	e = add_broken(s, f->path);
	return e < 0 ? e
		     : add_line(&s->problems, &s->n_problems, "%s",
				rule_error_format(&error, f->path, message));
}

/* Those of one name: the first counts, the others are told. */
static int add_name(struct set *s, const struct root *root, const struct found *same, size_t n)
{
	bool mask = same->error == 0 && is_mask(root, same);
	int e = mask ? 0 : add_file(s, root, same);

	for (size_t i = 1; i < n && e == 0; i++)
		e = add_line(&s->masked, &s->n_masked, "%s: %s %s", same[i].path,
			     mask ? "masked by" : "replaced by", same->path);
	return e;
}

static int list(const struct root *root, struct listing *l)
{
	int e = 0;

	for (unsigned i = 0; policy_folders[i] && e == 0; i++)
		e = list_folder(root, i, l);
	if (l->n > 0)
		qsort(l->all, l->n, sizeof(*l->all), compare_found);
	return e;
}

static int read_set(const struct root *root, struct set *s)
{
	_cleanup_(listing_free) struct listing l = {};
	int e = list(root, &l);

	if (e < 0)
		return e;
	s->files = calloc(l.n + 1, sizeof(*s->files));
	s->masked = calloc(1, sizeof(*s->masked));
	s->problems = calloc(1, sizeof(*s->problems));
	if (!s->files || !s->masked || !s->problems)
		return -ENOMEM;
	if (l.n > MAX_FILES) {
		e = add_broken(s, policy_folders[0]);
		return e < 0 ? e
			     : add_line(&s->problems, &s->n_problems,
					"%s and the folders after it: have more than %d files together",
					policy_folders[0], MAX_FILES);
	}
	for (size_t i = 0, n; i < l.n && e == 0; i += n) {
		n = 1;
		while (*l.all[i].name && i + n < l.n && strcmp(l.all[i].name, l.all[i + n].name) == 0)
			n++;
		e = add_name(s, root, &l.all[i], n);
	}
	return e;
}

static bool is_good(const struct set *s)
{
	for (size_t i = 0; i < s->n_files; i++)
		if (s->files[i]->broken)
			return false;
	return true;
}

int policy_files_load(struct policy_files *p)
{
	struct set new = {}, old;
	int e = read_set(p->root, &new);
	bool good = e == 0 && is_good(&new);

	if (e < 0) {
		set_free(&new);
		return e;
	}
	old = p->set;
	if (good || !p->good) {
		p->set = new;
		p->good = good;
		new = (struct set){};
	} else {
		p->set.problems = new.problems;
		new.problems = old.problems;
		old = (struct set){};
	}
	set_free(&old);
	set_free(&new);
	return good ? 0 : -EINVAL;
}

int policy_files_new(struct policy_files **ret, const struct root *root)
{
	struct policy_files *p = calloc(1, sizeof(*p));

	if (!p)
		return -ENOMEM;
	p->root = root;
	p->set.masked = calloc(1, sizeof(char *));
	p->set.problems = calloc(1, sizeof(char *));
	if (!p->set.masked || !p->set.problems) {
		policy_files_free(p);
		return -ENOMEM;
	}
	*ret = p;
	return 0;
}

void policy_files_free(struct policy_files *p)
{
	if (!p)
		return;
	set_free(&p->set);
	free(p);
}

bool policy_files_good(const struct policy_files *p)
{
	return p->good;
}

struct rule_file *const *policy_files(const struct policy_files *p, size_t *ret_n)
{
	*ret_n = p->set.n_files;
	return p->set.files;
}

char *const *policy_files_masked(const struct policy_files *p)
{
	return p->set.masked;
}

char *const *policy_files_problems(const struct policy_files *p)
{
	return p->set.problems;
}
