// SPDX-License-Identifier: GPL-2.0-or-later
#include "settle.h"

#include <errno.h>
#include <string.h>
#include <systemd/sd-daemon.h>

#include "decide.h"
#include "describe.h"
#include "journal.h"
#include "read_machine.h"
#include "reasons.h"
#include "service.h"
#include "update.h"

/* The reason that decides: a sharer's name, or why it is alone. */
static const char *deciding_reason(const struct machine *m, const struct function *f,
				   struct reason reasons[static MAX_REASONS])
{
	return verdict_reasons(m, f, false, reasons) > 0 ? reasons[0].text : "";
}

static void on_knob(void *userdata, const struct function *f, const struct ruling *ruling, enum knob wanted,
		    int error)
{
	const struct context *c = userdata;
	struct reason reasons[MAX_REASONS];
	char address[ADDRESS_SIZE], source[SOURCE_SIZE];
	const char *who = ruling_source(ruling, source);

	address_format(&f->address, address);
	if (error < 0)
		journal(LOG_ERR, MESSAGE_KNOB_FAILED, address,
			"%s: the knob could not be set to %s: %s; it is tried again", address,
			knob_to_string(wanted), strerror(-error));
	else
		journal(LOG_NOTICE, MESSAGE_KNOB, address, "%s: direct EOI %s: %s: %s (policy: %s%s%s)",
			address, wanted == KNOB_AUTO ? "armed" : "off", verdict_to_string(f->verdict),
			deciding_reason(c->machine, f, reasons), policy_mode_to_string(ruling->mode),
			who ? ", " : "", who ? who : "");
}

static void on_state(struct context *c, const struct function *f, const char *before)
{
	char address[ADDRESS_SIZE];
	const char *now = function_state(c->machine, f), *reason = function_state_reason(f);
	struct reason reasons[MAX_REASONS];

	address_format(&f->address, address);
	if (strcmp(now, "engaged") == 0)
		journal(LOG_INFO, MESSAGE_ENGAGED, address, "%s: direct EOI engaged", address);
	else if (strcmp(now, "yielded") == 0)
		journal(LOG_NOTICE, MESSAGE_YIELDED, address, "%s: direct EOI yielded: %s: %s", address,
			reason, deciding_reason(c->machine, f, reasons));
	else if (before && strcmp(before, "engaged") == 0)
		journal(LOG_INFO, MESSAGE_YIELDED, address, "%s: direct EOI ended: now %s (%s)", address, now,
			reason);
}

/* The line that `systemctl status` shows, when it is another one: whoever receives it may be slow. */
static void notify_status(const struct context *c)
{
	const struct devices *d = &c->service->devices;
	size_t allowed = 0, engaged = 0, with_intx = 0;
	char status[sizeof(c->service->status)];

	for (size_t i = 0; i < d->n; i++) {
		with_intx += d->all[i].verdict != VERDICT_NO_INTX;
		allowed += d->all[i].policy == POLICY_ALLOW;
		engaged += strcmp(d->all[i].state, "engaged") == 0;
	}
	snprintf(status, sizeof(status), "%zu functions with INTx, %zu allowed, %zu engaged%s", with_intx,
		 allowed, engaged,
		 c->machine->feature == FEATURE_PRESENT ? ""
		 : c->machine->feature == FEATURE_KILLED
			 ? "; direct EOI is switched off (vfio_pci_core.intx_deoi=N)"
			 : "; this kernel has no direct EOI");
	if (strcmp(status, c->service->status) == 0)
		return;
	strcpy(c->service->status, status);
	sd_notifyf(false, "STATUS=%s", status);
}

int settle(struct context *c)
{
	struct policy policy = context_policy(c);
	int r;

	if (!c->service)
		return 0;
	r = knobs_apply(&c->knobs, c->machine, &c->root, &policy, on_knob, c);
	if (r == 0)
		r = devices_tell(&c->service->devices, c, c->service->bus, on_state);
	if (r == 0)
		notify_status(c);
	return r;
}

int reload_policy(struct context *c)
{
	int r = policy_files_load(c->files), e;

	if (r == -ENOMEM)
		return r;
	if (decisions_load(c->decisions) < 0) /* somebody may have mended or removed a damaged one */
		return -ENOMEM;
	for (char *const *p = policy_files_problems(c->files); *p; p++)
		journal(LOG_ERR, MESSAGE_POLICY, NULL, "%s", *p);
	e = settle(c);
	return e < 0 ? e : r;
}

int rescan(struct context *c)
{
	struct machine *m;
	int r = read_machine(&m, &c->root);

	if (r < 0)
		return r;
	machine_free(c->machine);
	c->machine = m;
	return settle(c);
}

int refresh(struct context *c, const struct address *addresses, size_t n)
{
	int r = c->machine ? update_machine(&c->machine, &c->root, &(struct update){addresses, n}) : -ENODATA;

	return r < 0 ? rescan(c) : settle(c);
}

/* Appends the addresses of f and of all others on its line. */
static int add_line(const struct machine *m, const struct function *f, struct address **list, size_t *n)
{
	uint32_t members = f->line == NO_INDEX ? 1 : m->lines[f->line].n_members;
	struct address *p = reallocarray(*list, *n + members, sizeof(*p));

	if (!p)
		return -ENOMEM;
	*list = p;
	if (f->line == NO_INDEX)
		p[(*n)++] = f->address;
	else
		for (int32_t i = m->lines[f->line].first; i != NO_INDEX; i = m->functions[i].next_on_line)
			if (!m->functions[i].slot)
				p[(*n)++] = m->functions[i].address;
	return 0;
}

int refresh_line(struct context *c, const struct function *f)
{
	_cleanup_free_ struct address *list = NULL;
	size_t n = 0;
	int r = add_line(c->machine, f, &list, &n);

	return r < 0 ? r : refresh(c, list, n);
}

/* A dormant function whose line is not known is a possible sharer as soon as its MSI is off. */
static bool may_turn_up(const struct function *f)
{
	return has_intx(f) && f->line == NO_INDEX && is_dormant(f);
}

int refresh_allowed(struct context *c)
{
	const struct machine *m = c->machine;
	const struct policy policy = context_policy(c);
	_cleanup_free_ struct address *list = NULL;
	_cleanup_free_ bool *seen = calloc(m->n_lines + 1, sizeof(*seen));
	bool any = false;
	size_t n = 0;
	int r = seen ? 0 : -ENOMEM;

	for (size_t i = 0; i < m->n_functions && r == 0; i++) {
		const struct function *f = &m->functions[i];

		if (!f->vfio || policy_for(&policy, m, f).mode != POLICY_ALLOW)
			continue;
		any = true;
		if (f->line == NO_INDEX || !seen[f->line])
			r = add_line(m, f, &list, &n);
		if (f->line != NO_INDEX)
			seen[f->line] = true;
	}
	for (size_t i = 0; i < m->n_functions && any && r == 0; i++)
		if (may_turn_up(&m->functions[i]))
			r = add_line(m, &m->functions[i], &list, &n);
	if (r < 0 || !any)
		return r;
	return refresh(c, list, n);
}
