// SPDX-License-Identifier: GPL-2.0-or-later
#include "decisions.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "decisions_json.h"
#include "save.h"

/* More than DECISIONS_MAX take. */
#define MAX_LENGTH (16 * 1024 * 1024)

/* By runtime. */
static const char *const paths[2] = {"/var/lib/intxd/decisions.json", "/run/intxd/decisions.json"};

/* What was read. */
struct content {
	struct decision *all;
	size_t n;
	int unreadable[2]; /* by runtime: -errno that keeps us from writing it */
	struct rule_file lost;
	char **problems;
	size_t n_problems;
};

struct decisions {
	const struct root *root;
	bool read_only;
	struct content content;
};

static void content_free(struct content *c)
{
	free(c->all);
	free(c->lost.path);
	free_strings(&c->problems);
}

__attribute__((format(printf, 3, 4))) static int add_problem(struct content *c, const char *path,
							     const char *format, ...)
{
	_cleanup_free_ char *text = NULL;
	char **problems = reallocarray(c->problems, c->n_problems + 2, sizeof(*problems));
	va_list args;
	int n;

	if (!problems)
		return -ENOMEM;
	c->problems = problems;
	problems[c->n_problems] = NULL;
	va_start(args, format);
	n = vasprintf(&text, format, args);
	va_end(args);
	if (n < 0) {
		text = NULL;
		return -ENOMEM;
	}
	if (asprintf(&problems[c->n_problems], "%s: %s", path, text) < 0) {
		problems[c->n_problems] = NULL;
		return -ENOMEM;
	}
	problems[++c->n_problems] = NULL;
	return 0;
}

/* The decisions in the file at path are not known. */
static int lose(struct content *c, const char *path)
{
	if (c->lost.broken)
		return 0;
	c->lost.path = strdup(path);
	c->lost.broken = true;
	return c->lost.path ? 0 : -ENOMEM;
}

static int add_all(struct content *c, const struct decision *more, size_t n)
{
	struct decision *all = reallocarray(c->all, c->n + n + 1, sizeof(*all));

	if (!all)
		return -ENOMEM;
	memcpy(all + c->n, more, n * sizeof(*all));
	c->all = all;
	c->n += n;
	qsort(all, c->n, sizeof(*all), decision_compare);
	return 0;
}

/* Until somebody has looked and removed them, we do not know what was in them. */
static int say_kept(const struct decisions *d, struct content *c, const char *path)
{
	char kept[SAVE_NAME_SIZE];
	int e = 0;

	for (unsigned n = 0; n < SAVE_KEPT && e == 0; n++)
		if (save_is_kept(d->root, path, n, kept)) {
			e = lose(c, kept);
			if (e == 0)
				e = add_problem(
					c, kept,
					"was damaged and set aside; until it is removed, only decisions made since apply, and no rules");
		}
	return e;
}

static int set_aside(const struct decisions *d, struct content *c, bool runtime, const char *why)
{
	const char *path = paths[runtime];
	char kept[SAVE_NAME_SIZE];
	int e = d->read_only ? -EROFS : save_set_aside(d->root, path, kept);
	int r = lose(c, e == 0 ? kept : path);

	c->unreadable[runtime] = e;
	if (r < 0)
		return r;
	if (d->read_only)
		return add_problem(c, path, "%s; none of its decisions applies, nor do rules", why);
	if (e < 0)
		return add_problem(
			c, path,
			"%s; none of its decisions applies, nor do rules; it cannot be set aside: %s", why,
			strerror(-e));
	return add_problem(
		c, path,
		"%s; set aside as %s: until that is removed, only decisions made since apply, and no rules",
		why, kept);
}

static int read_one(const struct decisions *d, struct content *c, bool runtime)
{
	_cleanup_free_ struct decision *all = NULL;
	_cleanup_free_ char *text = NULL;
	char error[DECISIONS_ERROR_SIZE];
	ssize_t length = root_read_all(d->root, paths[runtime], MAX_LENGTH, &text);
	size_t n;
	int e;

	if (length == -ENOENT || length == -ENOMEM)
		return length == -ENOENT ? 0 : -ENOMEM;
	if (length == -EFBIG)
		return set_aside(d, c, runtime, "it is too large");
	if (length < 0) {
		c->unreadable[runtime] = (int)length;
		e = lose(c, paths[runtime]);
		return e < 0 ? e
			     : add_problem(c, paths[runtime],
					   "cannot be read: %s; none of its decisions applies, nor do rules",
					   strerror((int)-length));
	}
	e = decisions_parse(text, (size_t)length, runtime, &all, &n, error);
	if (e == -EINVAL)
		return set_aside(d, c, runtime, error);
	return e < 0 ? e : add_all(c, all, n);
}

int decisions_load(struct decisions *d)
{
	struct content c = {.problems = calloc(1, sizeof(char *))};
	int e = c.problems ? 0 : -ENOMEM;

	for (int runtime = 0; runtime < 2 && e == 0; runtime++) {
		if (!d->read_only)
			save_clean(d->root, paths[runtime]);
		e = say_kept(d, &c, paths[runtime]);
		if (e == 0)
			e = read_one(d, &c, runtime);
	}
	if (e < 0) {
		content_free(&c);
		return e;
	}
	content_free(&d->content);
	d->content = c;
	return 0;
}

int decisions_new(struct decisions **ret, const struct root *root, bool read_only)
{
	struct decisions *d = calloc(1, sizeof(*d));
	int e;

	if (!d)
		return -ENOMEM;
	d->root = root;
	d->read_only = read_only;
	e = decisions_load(d);
	if (e < 0) {
		decisions_free(d);
		return e;
	}
	*ret = d;
	return 0;
}

void decisions_free(struct decisions *d)
{
	if (!d)
		return;
	content_free(&d->content);
	free(d);
}

const struct decision *decisions(const struct decisions *d, size_t *ret_n)
{
	*ret_n = d->content.n;
	return d->content.all;
}

const struct rule_file *decisions_lost(const struct decisions *d)
{
	return d->content.lost.broken ? &d->content.lost : NULL;
}

char *const *decisions_problems(const struct decisions *d)
{
	return d->content.problems;
}

/* A file whose content is not known must not be replaced. */
static int writable(struct decisions *d, bool runtime)
{
	int e = 0;

	if (d->read_only)
		return -EROFS;
	if (d->content.unreadable[runtime] < 0)
		e = decisions_load(d);
	return e < 0 ? e : d->content.unreadable[runtime];
}

static int save(const struct decisions *d, const struct decision *all, size_t n, bool runtime)
{
	size_t length;
	_cleanup_free_ char *text = decisions_format(all, n, runtime, &length);

	return text ? save_file(d->root, paths[runtime], text, length) : -ENOMEM;
}

static void adopt(struct decisions *d, struct decision **all, size_t n)
{
	free(d->content.all);
	d->content.all = *all;
	d->content.n = n;
	*all = NULL;
}

static bool is_same(const struct decision *a, const struct decision *b)
{
	return a->vendor == b->vendor && a->device == b->device && a->subvendor == b->subvendor &&
	       a->subdevice == b->subdevice && a->mode == b->mode && a->require == b->require;
}

static size_t count(const struct content *c, bool runtime)
{
	size_t n = 0;

	for (size_t i = 0; i < c->n; i++)
		n += c->all[i].runtime == runtime;
	return n;
}

int decisions_set(struct decisions *d, const struct decision *decision)
{
	_cleanup_free_ struct decision *all = NULL;
	struct content *c = &d->content;
	size_t n = 0;
	int e = decision->mode == POLICY_UNSET ? -EINVAL : writable(d, decision->runtime);

	if (e < 0)
		return e;
	all = calloc(c->n + 1, sizeof(*all));
	if (!all)
		return -ENOMEM;
	for (size_t i = 0; i < c->n; i++) {
		if (decision_compare(&c->all[i], decision) != 0)
			all[n++] = c->all[i];
		else if (is_same(&c->all[i], decision))
			return 1;
	}
	if (n == c->n && count(c, decision->runtime) >= DECISIONS_MAX)
		return -E2BIG;
	all[n++] = *decision;
	qsort(all, n, sizeof(*all), decision_compare);
	e = save(d, all, n, decision->runtime);
	if (e == 0)
		adopt(d, &all, n);
	return e;
}

/* The others' list, of both kinds; which kinds there were for this address. */
static size_t without(const struct content *c, const struct address *address, bool runtime_only,
		      struct decision *all, bool had[2])
{
	size_t n = 0;

	for (size_t i = 0; i < c->n; i++)
		if (address_compare(&c->all[i].address, address) != 0 || (runtime_only && !c->all[i].runtime))
			all[n++] = c->all[i];
		else
			had[c->all[i].runtime] = true;
	return n;
}

int decisions_reset(struct decisions *d, const struct address *address, bool runtime_only)
{
	_cleanup_free_ struct decision *all = NULL;
	struct content *c = &d->content;
	bool had[2] = {};
	size_t n;
	int e = runtime_only ? 0 : writable(d, false);

	if (e == 0)
		e = writable(d, true);
	if (e < 0)
		return e; /* there may be one */
	all = calloc(c->n + 1, sizeof(*all));
	if (!all)
		return -ENOMEM;
	n = without(c, address, runtime_only, all, had);
	if (n == c->n)
		return 1;
	if (had[false])
		e = save(d, all, n, false);
	if (e == 0 && had[true]) {
		e = save(d, all, n, true);
		if (e < 0 && had[false])
			save(d, c->all, c->n, false);
	}
	if (e == 0)
		adopt(d, &all, n);
	return e;
}
