// SPDX-License-Identifier: GPL-2.0-or-later
#include "service.h"

#include <errno.h>
#include <signal.h>
#include <string.h>
#include <systemd/sd-daemon.h>
#include <systemd/sd-messages.h>

#include "journal.h"
#include "manager.h"
#include "policy_files.h"
#include "settle.h"
#include "tell.h"
#include "watch.h"

static int fail(const char *what, int e)
{
	journal(LOG_CRIT, SD_ID128_NULL, NULL, "%s: %s", what, strerror(-e));
	return e;
}

static int on_hangup(sd_event_source *source, const struct signalfd_siginfo *info, void *userdata)
{
	(void)source, (void)info;
	reload_policy(userdata);
	return 0;
}

/* sd-event takes signals only when they are blocked; children unblock them again. */
static int add_signals(struct context *c)
{
	sigset_t mask;
	int r;

	sigemptyset(&mask);
	sigaddset(&mask, SIGTERM);
	sigaddset(&mask, SIGINT);
	sigaddset(&mask, SIGHUP);
	sigaddset(&mask, SIGCHLD);
	if (sigprocmask(SIG_BLOCK, &mask, NULL) < 0)
		return -errno;
	signal(SIGPIPE, SIG_IGN);
	r = sd_event_add_signal(c->service->event, NULL, SIGTERM, NULL, NULL);
	if (r >= 0)
		r = sd_event_add_signal(c->service->event, NULL, SIGINT, NULL, NULL);
	if (r >= 0)
		r = sd_event_add_signal(c->service->event, NULL, SIGHUP, on_hangup, c);
	return r;
}

/* The D-Bus specification's DBUS_REQUEST_NAME_REPLY_PRIMARY_OWNER and _ALREADY_OWNER. */
enum { NAME_IS_OURS = 1, NAME_WAS_OURS = 4 };

/* Who has the name, and nobody else, turns knobs; policy is in force before anybody hears that we are ready.
 */
static int on_name(sd_bus_message *answer, void *userdata, sd_bus_error *error)
{
	struct context *c = userdata;
	uint32_t got = 0;
	int r = 0;

	(void)error;
	/* That another has it is told by a number, not an error. */
	if (!sd_bus_message_is_method_error(answer, NULL))
		r = sd_bus_message_read(answer, "u", &got);
	if (r < 0 || (got != NAME_IS_OURS && got != NAME_WAS_OURS)) {
		fail("the bus name " INTXD_BUS_NAME " is taken, or not for us", -EADDRINUSE);
		return sd_event_exit(c->service->event, -EADDRINUSE);
	}
	r = rescan(c);
	if (r < 0) {
		fail("sys/bus/pci/devices", r);
		return sd_event_exit(c->service->event, r);
	}
	return sd_notify(false, "READY=1");
}

/* Whoever started us starts us again. */
static int on_disconnected(sd_bus_message *message, void *userdata, sd_bus_error *error)
{
	const struct context *c = userdata;

	(void)message, (void)error;
	fail("the system bus", -ECONNRESET);
	return sd_event_exit(c->service->event, -ECONNRESET);
}

static int open_bus(struct context *c)
{
	struct service *s = c->service;
	int r = sd_bus_open_system(&s->bus);

	if (r >= 0)
		r = manager_add(s->bus, c);
	if (r >= 0)
		r = devices_add(s->bus, c);
	if (r >= 0)
		r = sd_bus_match_signal_async(s->bus, NULL, "org.freedesktop.DBus.Local",
					      "/org/freedesktop/DBus/Local", "org.freedesktop.DBus.Local",
					      "Disconnected", on_disconnected, NULL, c);
	if (r >= 0)
		r = sd_bus_attach_event(s->bus, s->event, PRIORITY_CLIENTS);
	if (r >= 0)
		r = sd_bus_request_name_async(s->bus, NULL, INTXD_BUS_NAME, 0, on_name, c);
	return r;
}

/* The watch begins before the first look at files and machine, so that nothing that happens in between is
 * missed. */
static int prepare(struct context *c)
{
	int r = sd_event_default(&c->service->event);

	if (r >= 0)
		r = add_signals(c);
	if (r < 0)
		return fail("signals", r);
	r = watch_start(c);
	if (r < 0)
		return fail("uevents", r);
	r = policy_files_load(c->files); /* decisions have been loaded, and nobody else writes them */
	if (r == -ENOMEM)
		return fail("rules", r);
	tell_policy(c);
	r = open_bus(c);
	if (r < 0)
		return fail("the system bus", r);
	(void)sd_event_set_watchdog(c->service->event, true);
	return 0;
}

int service_run(struct context *c)
{
	struct service s = {};
	int r;

	c->service = &s;
	r = prepare(c);
	if (r >= 0)
		r = sd_event_loop(s.event);
	sd_notify(false, "STOPPING=1");
	authorisations_free(c);
	workers_free(c);
	watch_stop(c);
	devices_free(&s.devices);
	sd_bus_flush_close_unref(s.bus);
	sd_event_unref(s.event);
	c->service = NULL;
	return r;
}

static void on_knob_off(void *userdata, const struct function *f, const struct ruling *ruling,
			enum knob wanted, int error)
{
	char address[ADDRESS_SIZE];

	(void)userdata, (void)ruling, (void)wanted;
	address_format(&f->address, address);
	if (error < 0)
		fprintf(stderr, "intxd: %s: the knob cannot be turned off: %s\n", address, strerror(-error));
	else
		printf("%s: off\n", address);
}

/* A running service would turn them on again. */
static bool is_running(void)
{
	sd_bus *bus = NULL;
	sd_bus_creds *creds = NULL;
	bool running =
		sd_bus_open_system(&bus) >= 0 && sd_bus_get_name_creds(bus, INTXD_BUS_NAME, 0, &creds) >= 0;

	sd_bus_creds_unref(creds);
	sd_bus_flush_close_unref(bus);
	return running;
}

int service_off(struct context *c)
{
	int r;

	if (is_running()) {
		fprintf(stderr,
			"intxd: the service is running and would turn them on again: stop intxd.service first, or write N to "
			"/sys/module/vfio_pci_core/parameters/intx_deoi\n");
		return EXIT_FAILED;
	}
	r = rescan(c);
	if (r < 0) {
		fprintf(stderr, "intxd: sys/bus/pci/devices: %s\n", strerror(-r));
		return EXIT_FAILED;
	}
	return knobs_off(c->machine, &c->root, on_knob_off, NULL) == 0 ? EXIT_DONE : EXIT_FAILED;
}
