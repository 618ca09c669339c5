// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * monitor: what changes, as it does: a line a change, or with --json an object a line.
 *
 * intxd's signals say what; for a verdict or a state that got worse it is asked why.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "cleanup.h"
#include "client.h"
#include "table.h"

/* D-Bus properties, by their key in JSON. */
static const struct {
	const char *property, *key;
} keys[] = {
	{"Pin", "pin"},		{"Line", "line"},   {"Verdict", "verdict"},	     {"Policy", "policy"},
	{"Require", "require"}, {"State", "state"}, {"StateReason", "state_reason"},
};

struct monitor {
	struct client *client;
	const struct options *options;
	int code; /* not EXIT_DONE: it is over */
};

static const char *now(bool for_people, char buffer[static 40])
{
	struct timespec t;
	struct tm tm;

	clock_gettime(CLOCK_REALTIME, &t);
	if (for_people) {
		strftime(buffer, 40, "%H:%M:%S", localtime_r(&t.tv_sec, &tm));
	} else {
		size_t n = strftime(buffer, 40, "%Y-%m-%dT%H:%M:%S", gmtime_r(&t.tv_sec, &tm));

		snprintf(buffer + n, 40 - n, ".%03ldZ", t.tv_nsec / 1000000);
	}
	return buffer;
}

/* Why its verdict is what it is; NULL: nobody says. */
static json_t *reason_of(struct monitor *m, const char *address)
{
	json_t *document = NULL, *reason = NULL, *d;

	if (client_call(m->client, &document, "Explain", "s", address) != EXIT_DONE)
		return NULL;
	d = json_array_get(json_object_get(document, "devices"), 0);
	reason = json_incref(json_array_get(json_object_get(d, "reasons"), 0));
	json_decref(document);
	return reason;
}

static void print_for_people(const char *event, const char *address, const json_t *changes,
			     const json_t *reason)
{
	char time[40];
	const char *key;
	json_t *value;

	printf("%s %s", now(true, time), address);
	if (strcmp(event, "changed") != 0)
		printf(" %s", event);
	json_object_foreach((json_t *)changes, key, value)
	{
		const char *text = json_string_value(value);

		printf(" %s=%s", key, text && *text ? text : "-");
	}
	if (reason && text_of(reason, "text"))
		printf(": %s", text_of(reason, "text"));
	putchar('\n');
}

static void print_for_programs(const char *event, const char *address, json_t *changes, json_t *reason)
{
	char time[40];
	json_t *o = json_pack("{s:s, s:s, s:s?, s:O, s:O*}", "time", now(false, time), "event", event,
			      "address", address, "changes", changes, "reason", reason);

	json_dumpf(o, stdout, JSON_COMPACT);
	putchar('\n');
	json_decref(o);
}

static void print_event(struct monitor *m, const char *event, const char *address, json_t *changes)
{
	const char *state_reason = text_of(changes, "state_reason");
	bool why =
		json_object_get(changes, "verdict") || (state_reason && strcmp(state_reason, "shared") == 0);
	_cleanup_json_ json_t *reason = why ? reason_of(m, address) : NULL;

	if (m->options->json)
		print_for_programs(event, address, changes, reason);
	else
		print_for_people(event, address, changes, reason);
	if (fflush(stdout) != 0)
		m->code = EXIT_FAILED;
}

/* Adds one property of "{sv}" to the changes. */
static int take_property(sd_bus_message *signal, json_t *changes)
{
	const char *property, *value;
	int r = sd_bus_message_read(signal, "s", &property);

	if (r >= 0)
		r = sd_bus_message_read(signal, "v", "s", &value);
	for (size_t i = 0; r >= 0 && i < sizeof(keys) / sizeof(*keys); i++)
		if (strcmp(property, keys[i].property) == 0)
			json_object_set_new(changes, keys[i].key, *value ? json_string(value) : json_null());
	return r;
}

static int take_properties(sd_bus_message *signal, json_t *changes)
{
	int r = sd_bus_message_enter_container(signal, 'a', "{sv}");

	while (r >= 0 && (r = sd_bus_message_enter_container(signal, 'e', "sv")) > 0) {
		r = take_property(signal, changes);
		if (r >= 0)
			r = sd_bus_message_exit_container(signal);
	}
	return r < 0 ? r : sd_bus_message_exit_container(signal);
}

/* The address out of an object's path; NULL: it is no function. */
static char *address_of(const char *path)
{
	char *address = NULL;

	return path && sd_bus_path_decode(path, INTXD_DEVICE_PREFIX, &address) > 0 ? address : NULL;
}

static int on_changed(sd_bus_message *signal, void *userdata, sd_bus_error *error)
{
	_cleanup_free_ char *address = address_of(sd_bus_message_get_path(signal));
	_cleanup_json_ json_t *changes = json_object();
	const char *interface;

	(void)error;
	if (address && sd_bus_message_read(signal, "s", &interface) >= 0 &&
	    strcmp(interface, INTXD_DEVICE_INTERFACE) == 0 && take_properties(signal, changes) >= 0)
		print_event(userdata, "changed", address, changes);
	return 0;
}

static int on_added(sd_bus_message *signal, void *userdata, sd_bus_error *error)
{
	_cleanup_json_ json_t *changes = json_object();
	_cleanup_free_ char *address = NULL;
	const char *path, *interface;
	int r = sd_bus_message_read(signal, "o", &path);

	(void)error;
	address = r >= 0 ? address_of(path) : NULL;
	if (!address)
		return 0;
	r = sd_bus_message_enter_container(signal, 'a', "{sa{sv}}");
	while (r >= 0 && (r = sd_bus_message_enter_container(signal, 'e', "sa{sv}")) > 0) {
		r = sd_bus_message_read(signal, "s", &interface);
		if (r >= 0)
			r = strcmp(interface, INTXD_DEVICE_INTERFACE) == 0
				    ? take_properties(signal, changes)
				    : sd_bus_message_skip(signal, "a{sv}");
		if (r >= 0)
			r = sd_bus_message_exit_container(signal);
	}
	if (r >= 0)
		print_event(userdata, "added", address, changes);
	return 0;
}

static int on_removed(sd_bus_message *signal, void *userdata, sd_bus_error *error)
{
	_cleanup_json_ json_t *changes = json_object();
	_cleanup_free_ char *address = NULL;
	const char *path;

	(void)error;
	if (sd_bus_message_read(signal, "o", &path) >= 0)
		address = address_of(path);
	if (address)
		print_event(userdata, "removed", address, changes);
	return 0;
}

/* intxd ended, or began: changes in between were missed. */
static int on_owner(sd_bus_message *signal, void *userdata, sd_bus_error *error)
{
	const struct monitor *m = userdata;
	_cleanup_json_ json_t *nothing = json_object();
	const char *name, *before, *after;

	(void)error;
	if (sd_bus_message_read(signal, "sss", &name, &before, &after) < 0)
		return 0;
	if (m->options->json)
		print_for_programs(*after ? "started" : "ended", NULL, nothing, NULL);
	else if (!m->options->quiet)
		complain(*after ? "intxd is there; what changed meanwhile is not shown"
				: "intxd has ended; waiting for it");
	fflush(stdout);
	return 0;
}

static int add_matches(struct monitor *m, sd_bus *bus)
{
	int r = sd_bus_add_match(bus, NULL,
				 "type='signal',sender='" INTXD_BUS_NAME
				 "',interface='org.freedesktop.DBus.Properties',"
				 "member='PropertiesChanged',path_namespace='" INTXD_PATH "'",
				 on_changed, m);

	if (r >= 0)
		r = sd_bus_match_signal(bus, NULL, INTXD_BUS_NAME, INTXD_PATH,
					"org.freedesktop.DBus.ObjectManager", "InterfacesAdded", on_added, m);
	if (r >= 0)
		r = sd_bus_match_signal(bus, NULL, INTXD_BUS_NAME, INTXD_PATH,
					"org.freedesktop.DBus.ObjectManager", "InterfacesRemoved", on_removed,
					m);
	if (r >= 0)
		r = sd_bus_add_match(
			bus, NULL,
			"type='signal',sender='org.freedesktop.DBus',member='NameOwnerChanged',arg0='" INTXD_BUS_NAME
			"'",
			on_owner, m);
	return r;
}

int verb_monitor(const struct options *o, int argc, char **argv)
{
	_cleanup_client_ struct client *c = NULL;
	struct monitor m = {.options = o, .code = EXIT_DONE};
	int r;

	(void)argc;
	(void)argv;
	if (o->root) {
		complain("only the system's intxd hears of changes");
		return EXIT_USAGE;
	}
	m.code = client_new(&c, o);
	m.client = c;
	if (m.code != EXIT_DONE)
		return m.code;
	r = add_matches(&m, client_bus(c));
	if (r >= 0) /* starts it if need be, and tells whether it is there */
		m.code = client_ping(c);
	while (r >= 0 && m.code == EXIT_DONE) {
		r = sd_bus_process(client_bus(c), NULL);
		if (r == 0)
			r = sd_bus_wait(client_bus(c), UINT64_MAX);
	}
	if (r >= 0)
		return m.code;
	complain("the bus: %s", strerror(-r));
	return EXIT_UNREACHABLE;
}
