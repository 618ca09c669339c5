// SPDX-License-Identifier: GPL-2.0-or-later
#include "changes.h"

#include <errno.h>
#include <string.h>

#include "find.h"
#include "journal.h"
#include "read_decision.h"
#include "settle.h"

static int disk_error(sd_bus_error *error, int e)
{
	return sd_bus_error_setf(error, SD_BUS_ERROR_FAILED,
				 "the decision could not be kept: %s; nothing was changed", strerror(-e));
}

/* A decision for good is also for now: one until the next boot must not go before it. */
static int keep(struct context *c, const struct decision *d, sd_bus_error *error)
{
	int r = decisions_set(c->decisions, d), e;

	if (r < 0)
		return disk_error(error, r);
	e = d->runtime ? 0 : decisions_reset(c->decisions, &d->address, true);
	if (e < 0)
		return sd_bus_error_setf(
			error, SD_BUS_ERROR_FAILED,
			"the decision is kept, but the one until the next boot goes before it and could not be "
			"taken back: %s",
			strerror(-e));
	return r == 1 && (d->runtime || e == 1); /* nothing is new */
}

/* Saying it again is a reason for the kernel to try again, so that the knob is written even if it is the
 * same. */
static void write_again(struct context *c, const struct decision *d)
{
	const struct function *f = machine_find(c->machine, d->address);

	if (f && d->mode == POLICY_ALLOW)
		c->machine->functions[f - c->machine->functions].deoi.policy = NULL;
}

static int decide_for(struct context *c, sd_bus_message *m, uid_t uid, enum policy_mode mode,
		      sd_bus_error *error)
{
	struct decision decision = {.mode = mode};
	char address[ADDRESS_SIZE];
	int r = read_decision(c, m, &decision, error);

	if (r < 0)
		return r;
	address_format(&decision.address, address);
	r = keep(c, &decision, error);
	if (r < 0)
		journal(LOG_ERR, MESSAGE_DECIDED, address, "%s: uid %u wanted %s: %s", address, uid,
			policy_mode_to_string(mode), error->message);
	if (r == 0)
		journal(LOG_NOTICE, MESSAGE_DECIDED, address, "%s: uid %u decided %s%s%s%s", address, uid,
			policy_mode_to_string(mode), mode == POLICY_ALLOW ? ", requires " : "",
			mode == POLICY_ALLOW ? require_to_string(decision.require) : "",
			decision.runtime ? ", until the next boot" : "");
	write_again(c, &decision);
	settle(c);
	return r < 0 ? r : sd_bus_reply_method_return(m, NULL);
}

static int allow(struct context *c, sd_bus_message *m, uid_t uid, sd_bus_error *error)
{
	return decide_for(c, m, uid, POLICY_ALLOW, error);
}

static int deny(struct context *c, sd_bus_message *m, uid_t uid, sd_bus_error *error)
{
	return decide_for(c, m, uid, POLICY_DENY, error);
}

/* A decision may be about a function that is not there any more. */
static int reset(struct context *c, sd_bus_message *m, uid_t uid, sd_bus_error *error)
{
	const struct function *f;
	struct address address;
	char text[ADDRESS_SIZE];
	const char *name;
	int r = sd_bus_message_read(m, "s", &name);

	if (r < 0)
		return r;
	if (address_parse(name, &address) < 0) {
		f = find_function(c->machine, name, error);
		if (!f)
			return -ENXIO;
		address = f->address;
	}
	address_format(&address, text);
	r = decisions_reset(c->decisions, &address, false);
	if (r < 0)
		return disk_error(error, r);
	if (r == 1 && !machine_find(c->machine, address))
		return sd_bus_error_setf(error, INTXD_ERROR_NO_DEVICE,
					 "no function at %s, and no decision for it", text);
	if (r == 0)
		journal(LOG_NOTICE, MESSAGE_DECIDED, text, "%s: uid %u took its decision back", text, uid);
	settle(c);
	return sd_bus_reply_method_return(m, NULL);
}

static int reload(struct context *c, sd_bus_message *m, uid_t uid, sd_bus_error *error)
{
	int r = reload_policy(c);
	const char *rules = policy_files_problems(c->files)[0], *lost = decisions_problems(c->decisions)[0];

	(void)uid;
	if (r == -EINVAL && rules)
		return sd_bus_error_setf(error, INTXD_ERROR_BAD_POLICY, "%s; %s", rules,
					 !policy_files_good(c->files)
						 ? "nothing behind it in the order applies"
						 : "the last good rules stay in force");
	if (r == -EINVAL)
		return sd_bus_error_set(error, INTXD_ERROR_BAD_POLICY, lost);
	return r < 0 ? r : sd_bus_reply_method_return(m, NULL);
}

static int rescan_now(struct context *c, sd_bus_message *m, uid_t uid, sd_bus_error *error)
{
	int r = rescan(c);

	(void)uid, (void)error;
	return r < 0 ? r : sd_bus_reply_method_return(m, NULL);
}

const struct change changes[] = {
	{"Allow", INTXD_ACTION_SET_POLICY, allow},   {"Deny", INTXD_ACTION_SET_POLICY, deny},
	{"Reset", INTXD_ACTION_SET_POLICY, reset},   {"Reload", INTXD_ACTION_RELOAD, reload},
	{"Rescan", INTXD_ACTION_RELOAD, rescan_now},
};

const size_t n_changes = sizeof(changes) / sizeof(*changes);

int on_change(sd_bus_message *message, void *userdata, sd_bus_error *error)
{
	struct context *c = userdata;
	const char *member = sd_bus_message_get_member(message);

	if (!c->service)
		return sd_bus_error_set(error, INTXD_ERROR_READ_ONLY,
					"this intxd only reads; changes go to the system's intxd.service");
	if (!c->machine)
		return sd_bus_error_set(error, SD_BUS_ERROR_FAILED,
					"intxd has not looked at the machine yet");
	for (size_t i = 0; i < n_changes; i++)
		if (strcmp(member, changes[i].member) == 0)
			return authorise(c, message, changes[i].action, changes[i].perform, error);
	return sd_bus_error_setf(error, SD_BUS_ERROR_ACCESS_DENIED, "%s has no polkit action", member);
}
