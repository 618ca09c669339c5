// SPDX-License-Identifier: GPL-2.0-or-later
#include "authorise.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>

#include "caller.h"
#include "journal.h"
#include "service.h"

#define MAX_UNDER_WAY  64
#define MAX_OF_ONE_UID 4
#define PATIENCE_USEC  (300 * UINT64_C(1000000)) /* an administrator types a password */

#define POLKIT	       "org.freedesktop.PolicyKit1"
#define AUTHORITY      "/org/freedesktop/PolicyKit1/Authority"
#define AUTHORITY_FACE "org.freedesktop.PolicyKit1.Authority"

/* A question that polkit has not answered yet. */
struct authorisation {
	struct authorisation *next;
	struct context *c;
	sd_bus_message *message;
	sd_bus_slot *slot;   /* the question; freeing it makes the answer unheard */
	sd_bus_track *track; /* of the caller */
	change_fn perform;
	uid_t uid;
	char cancellation[32];
};

static struct authorisation **place_of(struct context *c, const struct authorisation *a)
{
	struct authorisation **p = &c->service->authorisations;

	while (*p && *p != a)
		p = &(*p)->next;
	return p;
}

static void authorisation_free(struct authorisation *a)
{
	struct authorisation **p = place_of(a->c, a);

	if (*p)
		*p = a->next;
	sd_bus_track_unref(a->track);
	sd_bus_slot_unref(a->slot);
	sd_bus_message_unref(a->message);
	free(a);
}

void authorisations_free(struct context *c)
{
	while (c->service->authorisations)
		authorisation_free(c->service->authorisations);
}

static int denied(sd_bus_error *error, const char *why)
{
	return sd_bus_error_setf(error, SD_BUS_ERROR_ACCESS_DENIED, "not authorised: %s", why);
}

/* polkit's (bba{ss}): authorised, could be with a password, details. */
static int read_answer(sd_bus_message *answer, sd_bus_error *error)
{
	int yes = 0, challenge = 0, r;

	if (sd_bus_message_is_method_error(answer, NULL)) {
		const sd_bus_error *e = sd_bus_message_get_error(answer);

		return denied(error, e && e->message ? e->message : "polkit does not answer");
	}
	r = sd_bus_message_enter_container(answer, 'r', "bba{ss}");
	if (r > 0)
		r = sd_bus_message_read(answer, "bb", &yes, &challenge);
	if (r <= 0)
		return denied(error, "polkit's answer cannot be read");
	if (yes)
		return 0;
	if (challenge)
		return sd_bus_error_set(error, SD_BUS_ERROR_INTERACTIVE_AUTHORIZATION_REQUIRED,
					"not authorised: an administrator's password is needed");
	return denied(error, "polkit says no");
}

static int on_answer(sd_bus_message *answer, void *userdata, sd_bus_error *ignored)
{
	struct authorisation *a = userdata;
	sd_bus_error error = SD_BUS_ERROR_NULL;
	int r = read_answer(answer, &error);

	(void)ignored;
	if (r < 0)
		journal(LOG_NOTICE, MESSAGE_DECIDED, NULL, "uid %u was refused %s(): %s", a->uid,
			sd_bus_message_get_member(a->message), error.message);
	if (r >= 0)
		r = sd_bus_message_rewind(a->message, true);
	if (r >= 0)
		r = a->perform(a->c, a->message, a->uid, &error);
	if (r < 0)
		sd_bus_reply_method_errno(a->message, r, &error);
	sd_bus_error_free(&error);
	authorisation_free(a);
	return 1;
}

static int on_caller_gone(sd_bus_track *track, void *userdata)
{
	struct authorisation *a = userdata;

	(void)track;
	sd_bus_call_method_async(a->c->service->bus, NULL, POLKIT, AUTHORITY, AUTHORITY_FACE,
				 "CancelCheckAuthorization", NULL, NULL, "s", a->cancellation);
	authorisation_free(a);
	return 0;
}

static int ask(struct authorisation *a, const char *action)
{
	sd_bus *bus = a->c->service->bus;
	const char *sender = sd_bus_message_get_sender(a->message);
	sd_bus_message *question = NULL;
	int r;

	r = sd_bus_track_new(bus, &a->track, on_caller_gone, a);
	if (r >= 0)
		r = sd_bus_track_add_name(a->track, sender);
	if (r >= 0)
		r = sd_bus_message_new_method_call(bus, &question, POLKIT, AUTHORITY, AUTHORITY_FACE,
						   "CheckAuthorization");
	if (r >= 0)
		r = sd_bus_message_append(
			question, "(sa{sv})sa{ss}us", "system-bus-name", 1, "name", "s", sender, action, 0,
			sd_bus_message_get_allow_interactive_authorization(a->message) > 0 ? 1 : 0,
			a->cancellation);
	if (r >= 0)
		r = sd_bus_call_async(bus, &a->slot, question, on_answer, a, PATIENCE_USEC);
	sd_bus_message_unref(question);
	return r;
}

static int check_limits(const struct context *c, uid_t uid, sd_bus_error *error)
{
	size_t all = 0, own = 0;

	for (const struct authorisation *a = c->service->authorisations; a; a = a->next) {
		all++;
		own += a->uid == uid;
	}
	if (all < MAX_UNDER_WAY && own < MAX_OF_ONE_UID)
		return 0;
	return sd_bus_error_set(error, SD_BUS_ERROR_LIMITS_EXCEEDED,
				"too many changes wait for an authorisation");
}

int authorise(struct context *c, sd_bus_message *message, const char *action, change_fn perform,
	      sd_bus_error *error)
{
	const char *sender = sd_bus_message_get_sender(message);
	struct authorisation *a;
	uid_t uid;
	int r;

	if (!sender || caller_uid(message, &uid) < 0)
		return denied(error, "the caller cannot be told");
	if (uid == 0) {
		r = perform(c, message, uid, error);
		return r < 0 ? r : 1;
	}
	r = check_limits(c, uid, error);
	if (r < 0)
		return r;
	a = calloc(1, sizeof(*a));
	if (!a)
		return -ENOMEM;
	*a = (struct authorisation){
		.next = c->service->authorisations,
		.c = c,
		.message = sd_bus_message_ref(message),
		.perform = perform,
		.uid = uid,
	};
	snprintf(a->cancellation, sizeof(a->cancellation), "intxd-%" PRIu64, c->service->n_asked++);
	c->service->authorisations = a;
	r = ask(a, action);
	if (r >= 0)
		return 1;
	authorisation_free(a);
	return denied(error, "polkit cannot be asked");
}
