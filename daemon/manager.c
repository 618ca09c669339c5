// SPDX-License-Identifier: GPL-2.0-or-later
#include "manager.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>

#include "describe.h"
#include "describe_check.h"
#include "describe_decode.h"
#include "explain.h"
#include "find.h"
#include "read_machine.h"
#include "snapshot.h"

/* Reads the machine anew. */
static int refresh(struct context *c, sd_bus_error *error)
{
	struct machine *m;
	int e = read_machine(&m, &c->root);

	if (e < 0)
		return sd_bus_error_setf(error, SD_BUS_ERROR_FILE_NOT_FOUND, "%s%ssys/bus/pci/devices: %s",
					 c->root.path, c->root.live ? "" : "/", strerror(-e));
	machine_free(c->machine);
	c->machine = m;
	return 0;
}

static int reply_json(sd_bus_message *message, json_t *document)
{
	_cleanup_free_ char *text = document ? json_dumps(document, JSON_COMPACT) : NULL;

	json_decref(document);
	return text ? sd_bus_reply_method_return(message, "s", text) : -ENOMEM;
}

/* The caller's descriptor as a stream of our own. */
static FILE *stream_of(sd_bus_message *message, int *ret_error)
{
	FILE *out = NULL;
	int fd = -1;
	int r = sd_bus_message_read(message, "h", &fd);

	if (r >= 0) {
		fd = fcntl(fd, F_DUPFD_CLOEXEC, 3);
		out = fd < 0 ? NULL : fdopen(fd, "w");
		r = out ? 0 : -errno;
		if (!out && fd >= 0)
			close(fd);
	}
	*ret_error = r;
	return out;
}

static int on_describe(sd_bus_message *message, void *userdata, sd_bus_error *error)
{
	struct context *c = userdata;
	struct describer d = {.names = c->names};
	_cleanup_file_ FILE *out = NULL;
	int e;

	out = stream_of(message, &e);
	if (!out)
		return e;
	e = refresh(c, error);
	if (e < 0)
		return e;
	d.machine = c->machine;
	setvbuf(out, NULL, _IOFBF, 64 * 1024); /* as much as a pipe holds */
	e = describe(&d, out);
	if (e < 0)
		return sd_bus_error_set_errno(error, e);
	return sd_bus_reply_method_return(message, NULL);
}

static int on_explain(sd_bus_message *message, void *userdata, sd_bus_error *error)
{
	struct context *c = userdata;
	const struct function *f;
	const char *name;
	int e = sd_bus_message_read(message, "s", &name);

	if (e >= 0)
		e = refresh(c, error);
	if (e < 0)
		return e;
	f = find_function(c->machine, name, error);
	if (!f)
		return -ENXIO;
	return reply_json(message, explain(&(struct describer){.machine = c->machine, .names = c->names}, f));
}

static int on_check(sd_bus_message *message, void *userdata, sd_bus_error *error)
{
	struct context *c = userdata;
	_cleanup_strv_ char **names = NULL;
	json_t *document = NULL;
	int e = sd_bus_message_read_strv(message, &names);

	if (e >= 0)
		e = refresh(c, error);
	if (e >= 0)
		e = describe_check(c->machine, names, &document, error);
	return e < 0 ? e : reply_json(message, document);
}

static int on_decode(sd_bus_message *message, void *userdata, sd_bus_error *error)
{
	struct context *c = userdata;
	_cleanup_free_ char *log = NULL;
	const char *text;
	int e = sd_bus_message_read(message, "s", &text);

	if (e >= 0) {
		log = strdup(text);
		e = log ? refresh(c, error) : -ENOMEM;
	}
	return e < 0 ? e : reply_json(message, describe_decode(c->machine, log));
}

/* Snapshot(h), and SnapshotWithFlags(h, t). */
static int on_snapshot(sd_bus_message *message, void *userdata, sd_bus_error *error)
{
	struct context *c = userdata;
	uint64_t flags = 0;
	int fd, e = sd_bus_message_read(message, "h", &fd);

	if (e >= 0 && sd_bus_message_has_signature(message, "ht") > 0)
		e = sd_bus_message_read(message, "t", &flags);
	if (e >= 0 && flags & ~(uint64_t)INTXD_SNAPSHOT_HIDE)
		return sd_bus_error_set(error, SD_BUS_ERROR_INVALID_ARGS, "unknown flags");
	if (e >= 0)
		e = refresh(c, error);
	if (e < 0)
		return e;
	e = snapshot(&c->root, c->machine, fd, flags & INTXD_SNAPSHOT_HIDE);
	return e < 0 ? sd_bus_error_set_errno(error, e) : sd_bus_reply_method_return(message, NULL);
}

static int on_change(sd_bus_message *message, void *userdata, sd_bus_error *error)
{
	(void)message;
	(void)userdata;
	return sd_bus_error_set(error, INTXD_ERROR_READ_ONLY,
				"this intxd only reads; changes go to the system's intxd.service");
}

static const sd_bus_vtable vtable[] = {
	SD_BUS_VTABLE_START(0),
	SD_BUS_METHOD_WITH_ARGS("Describe", SD_BUS_ARGS("h", output), SD_BUS_NO_RESULT, on_describe,
				SD_BUS_VTABLE_UNPRIVILEGED),
	SD_BUS_METHOD_WITH_ARGS("Explain", SD_BUS_ARGS("s", address), SD_BUS_RESULT("s", json), on_explain,
				SD_BUS_VTABLE_UNPRIVILEGED),
	SD_BUS_METHOD_WITH_ARGS("Check", SD_BUS_ARGS("as", addresses), SD_BUS_RESULT("s", json), on_check,
				SD_BUS_VTABLE_UNPRIVILEGED),
	SD_BUS_METHOD_WITH_ARGS("Decode", SD_BUS_ARGS("s", log), SD_BUS_RESULT("s", json), on_decode,
				SD_BUS_VTABLE_UNPRIVILEGED),
	SD_BUS_METHOD_WITH_ARGS("Snapshot", SD_BUS_ARGS("h", output), SD_BUS_NO_RESULT, on_snapshot, 0),
	SD_BUS_METHOD_WITH_ARGS("SnapshotWithFlags", SD_BUS_ARGS("h", output, "t", flags), SD_BUS_NO_RESULT,
				on_snapshot, 0),
	SD_BUS_METHOD_WITH_ARGS("Allow", SD_BUS_ARGS("s", address, "a{sv}", options), SD_BUS_NO_RESULT,
				on_change, 0),
	SD_BUS_METHOD_WITH_ARGS("Deny", SD_BUS_ARGS("s", address, "a{sv}", options), SD_BUS_NO_RESULT,
				on_change, 0),
	SD_BUS_METHOD_WITH_ARGS("Reset", SD_BUS_ARGS("s", address), SD_BUS_NO_RESULT, on_change, 0),
	SD_BUS_METHOD_WITH_ARGS("Reload", SD_BUS_NO_ARGS, SD_BUS_NO_RESULT, on_change, 0),
	SD_BUS_METHOD_WITH_ARGS("Rescan", SD_BUS_NO_ARGS, SD_BUS_NO_RESULT, on_change, 0),
	SD_BUS_VTABLE_END,
};

int manager_add(sd_bus *bus, struct context *c)
{
	return sd_bus_add_object_vtable(bus, NULL, INTXD_PATH, INTXD_MANAGER_INTERFACE, vtable, c);
}
