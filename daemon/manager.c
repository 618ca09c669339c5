// SPDX-License-Identifier: GPL-2.0-or-later
#include "manager.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>

#include "changes.h"
#include "describe.h"
#include "describe_check.h"
#include "describe_decode.h"
#include "describe_policy.h"
#include "explain.h"
#include "find.h"
#include "foresee.h"
#include "fresh.h"
#include "json_memory.h"
#include "read_decision.h"
#include "settle.h"
#include "snapshot.h"
#include "worker.h"

/* Borrows *policy. */
static struct describer describer_of(const struct context *c, const struct policy *policy)
{
	return (struct describer){
		.machine = c->machine,
		.names = c->names,
		.policy = policy,
		.knobs = &c->knobs,
		.policy_problems = policy_files_problems(c->files),
		.decision_problems = decisions_problems(c->decisions),
	};
}

/* Said before the worker starts, which only has an errno to say. */
static int must_have_devices(const struct context *c, sd_bus_error *error)
{
	_cleanup_close_ int devices = root_open_dir(&c->root, "sys/bus/pci/devices");

	return devices < 0 ? no_machine(c, error, devices) : 0;
}

static int reply_json(sd_bus_message *message, json_t *document)
{
	_cleanup_free_ char *text = document ? json_dumps(document, JSON_COMPACT) : NULL;

	json_decref(document);
	return !json_memory_ran_out() && text ? sd_bus_reply_method_return(message, "s", text) : -ENOMEM;
}

static int write_description(struct context *c, int fd, const void *userdata)
{
	int own = fcntl(fd, F_DUPFD_CLOEXEC, 3), e = 0;
	_cleanup_file_ FILE *out = own < 0 ? NULL : fdopen(own, "w");
	struct policy policy;
	struct describer d;

	(void)userdata;
	if (!out)
		return -errno;
	e = rescan(c); /* all of it is shown */
	if (e < 0)
		return e;
	policy = context_policy(c);
	d = describer_of(c, &policy);
	setvbuf(out, NULL, _IOFBF, 64 * 1024); /* as much as a pipe holds */
	return describe(&d, out);
}

static int on_describe(sd_bus_message *message, void *userdata, sd_bus_error *error)
{
	struct context *c = userdata;
	int fd, e = sd_bus_message_read(message, "h", &fd);

	if (e >= 0)
		e = must_have_devices(c, error);
	return e < 0 ? e : worker_start(c, message, fd, write_description, NULL, error);
}

/* For those whom descriptors do not reach: over ssh. */
static int on_describe_text(sd_bus_message *message, void *userdata, sd_bus_error *error)
{
	struct context *c = userdata;
	int e = must_have_devices(c, error);

	return e < 0 ? e : worker_start(c, message, WORKER_TEXT, write_description, NULL, error);
}

static int on_explain(sd_bus_message *message, void *userdata, sd_bus_error *error)
{
	struct context *c = userdata;
	const struct function *f;
	struct policy policy;
	struct describer d;
	const char *name;
	int e = sd_bus_message_read(message, "s", &name);

	if (e >= 0)
		e = look_at(c, (char *[]){(char *)name, NULL}, error);
	if (e < 0)
		return e;
	f = find_function(c->machine, name, error); /* it may just have gone */
	if (!f)
		return -ENXIO;
	policy = context_policy(c);
	d = describer_of(c, &policy);
	return reply_json(message, explain(&d, f));
}

/* Foresee(s, a{sv}): options as Allow()'s. */
static int on_foresee(sd_bus_message *message, void *userdata, sd_bus_error *error)
{
	struct context *c = userdata;
	struct decision decision = {.mode = POLICY_ALLOW};
	struct policy policy;
	struct describer d;
	int e = read_decision(c, message, &decision, error);

	if (e < 0)
		return e;
	policy = context_policy(c);
	d = describer_of(c, &policy);
	return reply_json(message, foresee(&d, machine_find(c->machine, decision.address), &decision));
}

static int on_check(sd_bus_message *message, void *userdata, sd_bus_error *error)
{
	struct context *c = userdata;
	_cleanup_strv_ char **names = NULL;
	struct policy policy;
	struct describer d;
	json_t *document = NULL;
	int e = sd_bus_message_read_strv(message, &names);

	if (e >= 0)
		e = look_at(c, names, error);
	if (e < 0)
		return e;
	policy = context_policy(c);
	d = describer_of(c, &policy);
	e = describe_check(&d, names, &document, error);
	return e < 0 ? e : reply_json(message, document);
}

static int write_json(int fd, json_t *answer)
{
	int r = !json_memory_ran_out() && answer ? json_dumpfd(answer, fd, JSON_COMPACT) : -1;

	json_decref(answer);
	return r < 0 ? -ENOMEM : 0;
}

static int write_decoded(struct context *c, int fd, const void *userdata)
{
	_cleanup_free_ char *log = strdup(userdata);
	struct policy policy;
	struct describer d;
	int e = log ? rescan(c) : -ENOMEM;

	if (e < 0)
		return e;
	policy = context_policy(c);
	d = describer_of(c, &policy);
	return write_json(fd, describe_decode(&d, log));
}

static int on_decode(sd_bus_message *message, void *userdata, sd_bus_error *error)
{
	struct context *c = userdata;
	const char *text;
	int e = sd_bus_message_read(message, "s", &text);

	if (e >= 0)
		e = must_have_devices(c, error);
	return e < 0 ? e : worker_start(c, message, WORKER_TEXT, write_decoded, text, error);
}

static int write_policy_test(struct context *c, int fd, const void *userdata)
{
	struct policy policy;
	int e = rescan(c);

	if (e < 0)
		return e;
	policy = context_policy(c);
	return write_json(fd, describe_policy_test(c->machine, &policy, userdata));
}

/* TestPolicy(s), and TestPolicyAs(s, s) with the name that the file would have in /etc/intxd/policy.d. */
static int on_test_policy(sd_bus_message *message, void *userdata, sd_bus_error *error)
{
	struct context *c = userdata;
	struct rule_file *file = NULL;
	struct rule_error mistake;
	const char *name = "", *text;
	char path[512], where[RULE_ERROR_SIZE];
	int e = 0;

	if (sd_bus_message_has_signature(message, "ss") > 0)
		e = sd_bus_message_read(message, "s", &name);
	if (e >= 0)
		e = sd_bus_message_read(message, "s", &text);
	if (e >= 0)
		e = must_have_devices(c, error);
	if (e < 0)
		return e;
	snprintf(path, sizeof(path), "/etc/intxd/policy.d/%.255s", name);
	e = rules_parse(&file, path, text, strlen(text), &mistake);
	if (e == -EINVAL)
		return sd_bus_error_set(error, INTXD_ERROR_BAD_POLICY,
					rule_error_format(&mistake, *name ? name : "rules", where));
	if (e < 0)
		return e;
	e = worker_start(c, message, WORKER_TEXT, write_policy_test, file,
			 error); /* many rules take their time */
	rule_file_free(file);
	return e;
}

static int write_policy_list(struct context *c, int fd, const void *userdata)
{
	struct policy policy;
	int e = rescan(c);

	(void)userdata;
	if (e < 0)
		return e;
	policy = context_policy(c);
	return write_json(fd, describe_policy_list(&(struct policy_listing){
				      .machine = c->machine,
				      .policy = &policy,
				      .masked = policy_files_masked(c->files),
				      .file_problems = policy_files_problems(c->files),
				      .decision_problems = decisions_problems(c->decisions),
			      }));
}

static int on_list_policy(sd_bus_message *message, void *userdata, sd_bus_error *error)
{
	struct context *c = userdata;
	int e = must_have_devices(c, error);

	return e < 0 ? e : worker_start(c, message, WORKER_TEXT, write_policy_list, NULL, error);
}

static int write_snapshot(struct context *c, int fd, const void *userdata)
{
	int e = rescan(c);

	return e < 0 ? e
		     : snapshot(&c->root, c->machine, fd, *(const uint64_t *)userdata & INTXD_SNAPSHOT_HIDE);
}

/* Snapshot(h), SnapshotWithFlags(h, t), and SnapshotBytes(t), which returns the file. */
static int on_snapshot(sd_bus_message *message, void *userdata, sd_bus_error *error)
{
	struct context *c = userdata;
	uint64_t flags = 0;
	int fd = WORKER_BYTES, e = 0;

	if (sd_bus_message_has_signature(message, "t") <= 0)
		e = sd_bus_message_read(message, "h", &fd);
	if (e >= 0 && sd_bus_message_has_signature(message, "h") <= 0)
		e = sd_bus_message_read(message, "t", &flags);
	if (e >= 0 && flags & ~(uint64_t)INTXD_SNAPSHOT_HIDE)
		return sd_bus_error_set(error, SD_BUS_ERROR_INVALID_ARGS, "unknown flags");
	if (e >= 0)
		e = must_have_devices(c, error);
	return e < 0 ? e : worker_start(c, message, fd, write_snapshot, &flags, error);
}

static int get_property(sd_bus *bus, const char *path, const char *interface, const char *property,
			sd_bus_message *reply, void *userdata, sd_bus_error *error)
{
	struct context *c = userdata;
	const struct machine *m = c->machine || (!c->service && rescan(c) == 0) ? c->machine : NULL;
	const char *text = INTXD_VERSION;

	(void)bus, (void)path, (void)interface, (void)error;
	if (strcmp(property, "Feature") == 0)
		text = m ? feature_to_string(m->feature) : NULL;
	else if (strcmp(property, "Controller") == 0)
		text = m ? m->controller : NULL;
	return sd_bus_message_append(reply, "s", text ? text : "");
}

const sd_bus_vtable manager_vtable[] = {
	SD_BUS_VTABLE_START(0),
	SD_BUS_PROPERTY("Version", "s", get_property, 0, SD_BUS_VTABLE_PROPERTY_CONST),
	SD_BUS_PROPERTY("Feature", "s", get_property, 0, 0),
	SD_BUS_PROPERTY("Controller", "s", get_property, 0, SD_BUS_VTABLE_PROPERTY_CONST),
	SD_BUS_METHOD_WITH_ARGS("Describe", SD_BUS_ARGS("h", output), SD_BUS_NO_RESULT, on_describe,
				SD_BUS_VTABLE_UNPRIVILEGED),
	SD_BUS_METHOD_WITH_ARGS("DescribeText", SD_BUS_NO_ARGS, SD_BUS_RESULT("s", json), on_describe_text,
				SD_BUS_VTABLE_UNPRIVILEGED),
	SD_BUS_METHOD_WITH_ARGS("Explain", SD_BUS_ARGS("s", address), SD_BUS_RESULT("s", json), on_explain,
				SD_BUS_VTABLE_UNPRIVILEGED),
	SD_BUS_METHOD_WITH_ARGS("Foresee", SD_BUS_ARGS("s", address, "a{sv}", options),
				SD_BUS_RESULT("s", json), on_foresee, SD_BUS_VTABLE_UNPRIVILEGED),
	SD_BUS_METHOD_WITH_ARGS("Check", SD_BUS_ARGS("as", addresses), SD_BUS_RESULT("s", json), on_check,
				SD_BUS_VTABLE_UNPRIVILEGED),
	SD_BUS_METHOD_WITH_ARGS("Decode", SD_BUS_ARGS("s", log), SD_BUS_RESULT("s", json), on_decode,
				SD_BUS_VTABLE_UNPRIVILEGED),
	SD_BUS_METHOD_WITH_ARGS("TestPolicy", SD_BUS_ARGS("s", rules), SD_BUS_RESULT("s", json),
				on_test_policy, SD_BUS_VTABLE_UNPRIVILEGED),
	SD_BUS_METHOD_WITH_ARGS("TestPolicyAs", SD_BUS_ARGS("s", name, "s", rules), SD_BUS_RESULT("s", json),
				on_test_policy, SD_BUS_VTABLE_UNPRIVILEGED),
	SD_BUS_METHOD_WITH_ARGS("ListPolicy", SD_BUS_NO_ARGS, SD_BUS_RESULT("s", json), on_list_policy,
				SD_BUS_VTABLE_UNPRIVILEGED),
	/* Config space beyond 64 bytes is root's. */
	SD_BUS_METHOD_WITH_ARGS("Snapshot", SD_BUS_ARGS("h", output), SD_BUS_NO_RESULT, on_snapshot, 0),
	SD_BUS_METHOD_WITH_ARGS("SnapshotWithFlags", SD_BUS_ARGS("h", output, "t", flags), SD_BUS_NO_RESULT,
				on_snapshot, 0),
	SD_BUS_METHOD_WITH_ARGS("SnapshotBytes", SD_BUS_ARGS("t", flags), SD_BUS_RESULT("ay", file),
				on_snapshot, 0),
	SD_BUS_METHOD_WITH_ARGS("Allow", SD_BUS_ARGS("s", address, "a{sv}", options), SD_BUS_NO_RESULT,
				on_change, SD_BUS_VTABLE_UNPRIVILEGED),
	SD_BUS_METHOD_WITH_ARGS("Deny", SD_BUS_ARGS("s", address, "a{sv}", options), SD_BUS_NO_RESULT,
				on_change, SD_BUS_VTABLE_UNPRIVILEGED),
	SD_BUS_METHOD_WITH_ARGS("Reset", SD_BUS_ARGS("s", address), SD_BUS_NO_RESULT, on_change,
				SD_BUS_VTABLE_UNPRIVILEGED),
	SD_BUS_METHOD_WITH_ARGS("Reload", SD_BUS_NO_ARGS, SD_BUS_NO_RESULT, on_change,
				SD_BUS_VTABLE_UNPRIVILEGED),
	SD_BUS_METHOD_WITH_ARGS("Rescan", SD_BUS_NO_ARGS, SD_BUS_NO_RESULT, on_change,
				SD_BUS_VTABLE_UNPRIVILEGED),
	SD_BUS_VTABLE_END,
};

int manager_add(sd_bus *bus, struct context *c)
{
	return sd_bus_add_object_vtable(bus, NULL, INTXD_PATH, INTXD_MANAGER_INTERFACE, manager_vtable, c);
}
