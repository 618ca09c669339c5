// SPDX-License-Identifier: GPL-2.0-or-later
#include "settle.h"

#include <errno.h>
#include <stdlib.h>

#include "decide.h"
#include "read_machine.h"
#include "service.h"
#include "tell.h"
#include "update.h"
#include "watch.h"

int settle(struct context *c)
{
	struct policy policy = context_policy(c);
	int r;

	if (!c->service || !c->machine)
		return 0;
	r = knobs_apply(&c->knobs, c->machine, &c->root, &policy, tell_knob, c);
	if (r == 0)
		r = devices_tell(&c->service->devices, c, c->service->bus, tell_state);
	if (r == 0)
		tell_systemd(c);
	return r;
}

int load_policy(struct context *c)
{
	int r = policy_files_load(c->files);

	if (r == -ENOMEM ||
	    decisions_load(c->decisions) < 0) /* somebody may have mended or removed a damaged one */
		return -ENOMEM;
	tell_policy(c);
	return *decisions_problems(c->decisions) ? -EINVAL : r;
}

int reload_policy(struct context *c)
{
	int r = load_policy(c), e;

	if (r == -ENOMEM)
		return r;
	if (c->service)
		watch_folders(c); /* one may have come */
	e = refresh_allowed(c);	  /* what is allowed only now has not been looked at */
	if (e == 0)
		e = settle(c);
	return e < 0 ? e : r;
}

static int read_all(struct context *c)
{
	struct machine *m;
	int r = read_machine(&m, &c->root);

	if (r < 0)
		return r;
	machine_free(c->machine);
	c->machine = m;
	return 0;
}

int rescan(struct context *c)
{
	int r = read_all(c);

	return r < 0 ? r : settle(c);
}

/* Without knobs and signals: more may have to be read first. */
static int reread(struct context *c, const struct address *addresses, size_t n)
{
	int r = c->machine ? update_machine(&c->machine, &c->root, &(struct update){addresses, n}) : -ENODATA;

	return r < 0 ? read_all(c) : 0;
}

int refresh(struct context *c, const struct address *addresses, size_t n)
{
	int r = reread(c, addresses, n);

	return r < 0 ? r : settle(c);
}

/* Addresses to be read. */
struct list {
	struct address *all;
	size_t n;
};

static void list_free(struct list *l)
{
	free(l->all);
}

/* Appends f and all others on its line. */
static int add_line(struct list *l, const struct machine *m, const struct function *f)
{
	uint32_t members = f->line == NO_INDEX ? 1 : m->lines[f->line].n_members;
	struct address *p = reallocarray(l->all, l->n + members, sizeof(*p));

	if (!p)
		return -ENOMEM;
	l->all = p;
	if (f->line == NO_INDEX)
		p[l->n++] = f->address;
	else
		for (int32_t i = m->lines[f->line].first; i != NO_INDEX; i = m->functions[i].next_on_line)
			if (!m->functions[i].slot)
				p[l->n++] = m->functions[i].address;
	return 0;
}

/* What may stop being quiet without a uevent, on a line that nobody knows: one under MSI, one that could not
 * be read. */
static bool may_turn_up(const struct machine *m, const struct function *f)
{
	return has_intx(f) && is_placeless(m, f) && (is_dormant(f) || f->unreadable);
}

static int add_who_may_turn_up(struct list *l, const struct machine *m)
{
	int r = 0;

	for (size_t i = 0; r == 0 && i < m->n_functions; i++)
		if (may_turn_up(m, &m->functions[i]))
			r = add_line(l, m, &m->functions[i]);
	return r;
}

int refresh_lines(struct context *c, const struct function *const *functions, size_t n)
{
	_cleanup_(list_free) struct list l = {};
	int r = 0;

	for (size_t i = 0; i < n && r == 0; i++)
		r = add_line(&l, c->machine, functions[i]);
	if (r == 0)
		r = add_who_may_turn_up(&l, c->machine);
	return r < 0 ? r : refresh(c, l.all, l.n);
}

int refresh_touched(struct context *c, const struct address *addresses, size_t n)
{
	_cleanup_(list_free) struct list l = {};
	int r = reread(c, addresses, n);

	for (size_t i = 0; i < n && r == 0; i++) {
		const struct function *f = machine_find(c->machine, addresses[i]);

		if (f && f->vfio) /* its knob may be armed by this: its neighbours count as they are now */
			r = add_line(&l, c->machine, f);
	}
	if (r == 0 && l.n > 0)
		r = reread(c, l.all, l.n);
	return r < 0 ? r : settle(c);
}

int refresh_allowed(struct context *c)
{
	const struct machine *m = c->machine;
	const struct policy policy = context_policy(c);
	_cleanup_(list_free) struct list l = {};
	_cleanup_free_ bool *seen = m ? calloc(m->n_lines + 1, sizeof(*seen)) : NULL;
	bool any = false;
	int r = seen ? 0 : -ENOMEM;

	if (!m)
		return 0; /* nothing has been read yet */
	for (size_t i = 0; r == 0 && i < m->n_functions; i++) {
		const struct function *f = &m->functions[i];

		if (!f->vfio || policy_for(&policy, m, f).mode != POLICY_ALLOW)
			continue;
		any = true;
		if (f->line == NO_INDEX || !seen[f->line])
			r = add_line(&l, m, f);
		if (f->line != NO_INDEX)
			seen[f->line] = true;
	}
	if (r == 0 && any)
		r = add_who_may_turn_up(&l, m);
	return r < 0 || !any ? r : refresh(c, l.all, l.n);
}
