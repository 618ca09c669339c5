// SPDX-License-Identifier: GPL-2.0-or-later
#include "watch.h"

#include <errno.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/inotify.h>
#include <time.h>

#include "journal.h"
#include "service.h"
#include "settle.h"

#define USEC_PER_MSEC UINT64_C(1000)
#define GATHER_USEC   (50 * USEC_PER_MSEC)
#define AGAIN_USEC    (1000 * USEC_PER_MSEC)
#define RELOAD_USEC   (200 * USEC_PER_MSEC) /* an editor writes more than once */
#define LOOK_USEC     (5000 * USEC_PER_MSEC)
#define MAX_GATHERED  1024 /* beyond it a full scan is not dearer */
#define MAX_DRAINED   4096 /* messages read in one go, so that a storm leaves room for the rest of the loop */
#define MAX_FOLDERS   8

struct watch {
	struct uevents *uevents;
	sd_event_source *socket, *gather, *look, *reload, *folders[MAX_FOLDERS];
	int refused[MAX_FOLDERS]; /* why that one cannot be watched */
	struct address *touched;
	size_t n_touched;
	bool everything; /* rather than those */
};

static bool has_news(const struct watch *w)
{
	return w->everything || w->n_touched > 0;
}

static void touch(struct watch *w, const struct address *address)
{
	for (size_t i = w->n_touched; i-- > 0 && i + 8 > w->n_touched;) /* several about one come in a row */
		if (address_compare(&w->touched[i], address) == 0)
			return;
	if (w->n_touched == MAX_GATHERED)
		w->everything = true;
	else
		w->touched[w->n_touched++] = *address;
}

/* Without the socket nothing is heard any more: a new one, and a look at everything. The old one goes last,
 * or the new one would get its number, which the loop would take for the same. */
static int reopen(struct context *c)
{
	struct watch *w = c->service->watch;
	struct uevents *new = NULL;
	int r = uevents_open(&new);

	w->everything = true;
	if (r >= 0)
		r = sd_event_source_set_io_fd(w->socket, uevents_fd(new));
	if (r < 0) {
		uevents_free(new);
		return r;
	}
	uevents_free(w->uevents);
	w->uevents = new;
	return 0;
}

static int drain(struct context *c)
{
	struct watch *w = c->service->watch;
	struct uevent event;

	for (int i = 0; i < MAX_DRAINED; i++) {
		int r = uevents_next(w->uevents, &event);

		if (r == 0)
			break;
		if (r == -ENOBUFS)
			w->everything = true;
		else if (r < 0)
			return reopen(c);
		else
			touch(w, &event.address);
	}
	return 0;
}

static void gather(struct watch *w, uint64_t usec)
{
	/* One that is under way is not put off: a stream of events must not either. */
	if (sd_event_source_get_enabled(w->gather, NULL) > 0)
		return;
	sd_event_source_set_time_relative(w->gather, usec);
	sd_event_source_set_enabled(w->gather, SD_EVENT_ONESHOT);
}

static void complain(const char *what, int e)
{
	if (e < 0)
		journal(LOG_ERR, SD_ID128_NULL, NULL, "%s: %s", what, strerror(-e));
}

/* What happened counts until it has been read. */
static int handle(struct context *c)
{
	struct watch *w = c->service->watch;
	int r;

	if (!c->machine) /* the first look at all of it is still to come */
		r = 0;
	else
		r = w->everything ? rescan(c) : refresh_touched(c, w->touched, w->n_touched);
	complain("the machine cannot be read, and is tried again", r);
	w->n_touched = 0;
	w->everything = r < 0;
	if (r < 0)
		gather(w, AGAIN_USEC);
	return r;
}

static int on_socket(sd_event_source *source, int fd, uint32_t events, void *userdata)
{
	struct context *c = userdata;
	struct watch *w = c->service->watch;

	(void)source, (void)fd, (void)events;
	complain("uevents", drain(c));
	if (has_news(w))
		gather(w, GATHER_USEC);
	return 0;
}

static int on_gathered(sd_event_source *source, uint64_t usec, void *userdata)
{
	(void)source, (void)usec;
	handle(userdata);
	return 0;
}

int watch_flush(struct context *c)
{
	struct watch *w = c->service->watch;
	int r = drain(c);

	complain("uevents", r);
	return has_news(w) ? handle(c) : 0;
}

static int on_look(sd_event_source *source, uint64_t usec, void *userdata)
{
	(void)usec;
	if (watch_folders(userdata)) /* what has come into it before says nothing any more */
		reload_policy(userdata);
	complain("the machine cannot be read", refresh_allowed(userdata));
	sd_event_source_set_time_relative(source, LOOK_USEC);
	return sd_event_source_set_enabled(source, SD_EVENT_ONESHOT);
}

static int on_reload(sd_event_source *source, uint64_t usec, void *userdata)
{
	(void)source, (void)usec;
	reload_policy(userdata);
	return 0;
}

static int on_folder(sd_event_source *source, const struct inotify_event *event, void *userdata)
{
	struct watch *w = ((struct context *)userdata)->service->watch;

	for (size_t i = 0; i < MAX_FOLDERS && event->mask & (IN_IGNORED | IN_MOVE_SELF); i++)
		if (w->folders[i] == source) /* the folder itself has gone */
			w->folders[i] = sd_event_source_disable_unref(w->folders[i]);
	sd_event_source_set_time_relative(w->reload, RELOAD_USEC);
	return sd_event_source_set_enabled(w->reload, SD_EVENT_ONESHOT);
}

bool watch_folders(struct context *c)
{
	struct watch *w = c->service->watch;
	bool came = false;

	for (size_t i = 0; i < MAX_FOLDERS && policy_folders[i]; i++) {
		_cleanup_free_ char *path = NULL;
		int r;

		if (w->folders[i])
			continue;
		if (asprintf(&path, "%s/%s", c->root.live ? "" : c->root.path, policy_folders[i]) < 0)
			return came;
		r = sd_event_add_inotify(c->service->event, &w->folders[i], path,
					 IN_CLOSE_WRITE | IN_ATTRIB | IN_MOVE | IN_DELETE | IN_CREATE |
						 IN_DELETE_SELF | IN_MOVE_SELF | IN_ONLYDIR,
					 on_folder, c);
		came |= r >= 0;
		if (r < 0 && r != -ENOENT && r != w->refused[i]) /* said once */
			journal(LOG_WARNING, MESSAGE_POLICY, NULL, "%s is not watched: %s", path,
				strerror(-r));
		w->refused[i] = r;
	}
	return came;
}

static int add_timer(struct context *c, sd_event_source **ret, int64_t priority, uint64_t usec,
		     sd_event_time_handler_t on)
{
	int r = sd_event_add_time_relative(c->service->event, ret, CLOCK_MONOTONIC, usec, 0, on, c);

	if (r >= 0)
		r = sd_event_source_set_priority(*ret, priority);
	return r;
}

int watch_start(struct context *c)
{
	struct watch *w = calloc(1, sizeof(*w));
	int r;

	if (!w)
		return -ENOMEM;
	c->service->watch = w;
	w->touched = calloc(MAX_GATHERED, sizeof(*w->touched));
	r = w->touched ? uevents_open(&w->uevents) : -ENOMEM;
	if (r >= 0)
		r = sd_event_add_io(c->service->event, &w->socket, uevents_fd(w->uevents), EPOLLIN, on_socket,
				    c);
	if (r >= 0)
		r = sd_event_source_set_priority(w->socket, PRIORITY_UEVENTS);
	if (r >= 0)
		r = add_timer(c, &w->gather, PRIORITY_UEVENTS, 0, on_gathered);
	if (r >= 0)
		r = sd_event_source_set_enabled(w->gather, SD_EVENT_OFF);
	if (r >= 0)
		r = add_timer(c, &w->reload, PRIORITY_SETTLE, 0, on_reload);
	if (r >= 0)
		r = sd_event_source_set_enabled(w->reload, SD_EVENT_OFF);
	if (r >= 0)
		r = add_timer(c, &w->look, PRIORITY_SETTLE, LOOK_USEC, on_look);
	if (r >= 0)
		watch_folders(c);
	return r;
}

void watch_stop(struct context *c)
{
	struct watch *w = c->service->watch;

	if (!w)
		return;
	sd_event_source_unref(w->socket);
	sd_event_source_unref(w->gather);
	sd_event_source_unref(w->look);
	sd_event_source_unref(w->reload);
	for (size_t i = 0; i < MAX_FOLDERS; i++)
		sd_event_source_unref(w->folders[i]);
	uevents_free(w->uevents);
	free(w->touched);
	free(w);
	c->service->watch = NULL;
}
