// SPDX-License-Identifier: GPL-2.0-or-later
#include "devices.h"

#include <errno.h>
#include <string.h>

#include "decide.h"
#include "describe.h"
#include "service.h"

static int compare_told(const void *a, const void *b)
{
	return address_compare(&((const struct told *)a)->address, &((const struct told *)b)->address);
}

static const struct told *find_told(const struct devices *d, const struct address *address)
{
	struct told key = {.address = *address};

	return d->n == 0 ? NULL : bsearch(&key, d->all, d->n, sizeof(key), compare_told);
}

/* The record of this address, when it is asked for in ascending order; *at is where the last search ended. */
static const struct told *next_told(const struct devices *d, size_t *at, const struct address *address)
{
	while (*at < d->n && address_compare(&d->all[*at].address, address) < 0)
		(*at)++;
	return *at < d->n && address_compare(&d->all[*at].address, address) == 0 ? &d->all[*at] : NULL;
}

static int device_path(const struct address *address, char **ret)
{
	char text[ADDRESS_SIZE];

	return sd_bus_path_encode(INTXD_DEVICE_PREFIX, address_format(address, text), ret);
}

static int get_property(sd_bus *bus, const char *path, const char *interface, const char *property,
			sd_bus_message *reply, void *userdata, sd_bus_error *error)
{
	const struct told *t = userdata;
	char text[ADDRESS_SIZE] = "";

	(void)bus, (void)path, (void)interface, (void)error;
	if (strcmp(property, "Address") == 0)
		address_format(&t->address, text);
	else if (t->pin > 0)
		snprintf(text, sizeof(text), "%c", '@' + t->pin);
	return sd_bus_message_append(reply, "s", text);
}

#define WORD_PROPERTY(field, to_string)                                                                      \
	static int get_##field(sd_bus *bus, const char *path, const char *interface, const char *property,   \
			       sd_bus_message *reply, void *userdata, sd_bus_error *error)                   \
	{                                                                                                    \
		(void)bus, (void)path, (void)interface, (void)property, (void)error;                         \
		return sd_bus_message_append(reply, "s", to_string(((const struct told *)userdata)->field)); \
	}

WORD_PROPERTY(line, )
WORD_PROPERTY(verdict, verdict_to_string)
WORD_PROPERTY(policy, policy_mode_to_string)
WORD_PROPERTY(require, require_to_string)
WORD_PROPERTY(state, )
WORD_PROPERTY(reason, )

static const sd_bus_vtable vtable[] = {
	SD_BUS_VTABLE_START(0),
	SD_BUS_PROPERTY("Address", "s", get_property, 0, SD_BUS_VTABLE_PROPERTY_CONST),
	SD_BUS_PROPERTY("Pin", "s", get_property, 0, SD_BUS_VTABLE_PROPERTY_EMITS_CHANGE),
	SD_BUS_PROPERTY("Line", "s", get_line, 0, SD_BUS_VTABLE_PROPERTY_EMITS_CHANGE),
	SD_BUS_PROPERTY("Verdict", "s", get_verdict, 0, SD_BUS_VTABLE_PROPERTY_EMITS_CHANGE),
	SD_BUS_PROPERTY("Policy", "s", get_policy, 0, SD_BUS_VTABLE_PROPERTY_EMITS_CHANGE),
	SD_BUS_PROPERTY("Require", "s", get_require, 0, SD_BUS_VTABLE_PROPERTY_EMITS_CHANGE),
	SD_BUS_PROPERTY("State", "s", get_state, 0, SD_BUS_VTABLE_PROPERTY_EMITS_CHANGE),
	SD_BUS_PROPERTY("StateReason", "s", get_reason, 0, SD_BUS_VTABLE_PROPERTY_EMITS_CHANGE),
	SD_BUS_VTABLE_END,
};

static int find_device(sd_bus *bus, const char *path, const char *interface, void *userdata, void **ret_found,
		       sd_bus_error *error)
{
	const struct context *c = userdata;
	_cleanup_free_ char *name = NULL;
	const struct told *t;
	struct address address;
	int r = sd_bus_path_decode(path, INTXD_DEVICE_PREFIX, &name);

	(void)bus, (void)interface, (void)error;
	if (r <= 0)
		return r;
	if (address_parse(name, &address) < 0)
		return 0;
	t = find_told(&c->service->devices, &address);
	*ret_found = (void *)t;
	return t != NULL;
}

static int list_devices(sd_bus *bus, const char *prefix, void *userdata, char ***ret_nodes,
			sd_bus_error *error)
{
	const struct devices *d = &((struct context *)userdata)->service->devices;
	_cleanup_strv_ char **paths = calloc(d->n + 1, sizeof(*paths));

	(void)bus, (void)prefix, (void)error;
	if (!paths)
		return -ENOMEM;
	for (size_t i = 0; i < d->n; i++)
		if (device_path(&d->all[i].address, &paths[i]) < 0)
			return -ENOMEM;
	*ret_nodes = paths;
	paths = NULL;
	return 1;
}

int devices_add(sd_bus *bus, struct context *c)
{
	int r = sd_bus_add_fallback_vtable(bus, NULL, INTXD_DEVICE_PREFIX, INTXD_DEVICE_INTERFACE, vtable,
					   find_device, c);

	if (r >= 0)
		r = sd_bus_add_node_enumerator(bus, NULL, INTXD_DEVICE_PREFIX, list_devices, c);
	if (r >= 0)
		r = sd_bus_add_object_manager(bus, NULL, INTXD_PATH);
	return r;
}

/* snprintf(), were it not for every function at every event. */
static void copy_text(char *to, size_t size, const char *text)
{
	size_t n = strnlen(text, size - 1);

	memcpy(to, text, n);
	to[n] = '\0';
}

static void tell_now(const struct machine *m, const struct policy *p, const struct function *f,
		     struct told *ret)
{
	struct ruling ruling = policy_for(p, m, f);

	*ret = (struct told){
		.address = f->address,
		.pin = f->virtual_function ? 0 : f->pin,
		.verdict = f->verdict,
		.policy = ruling.mode,
		.require = ruling.require,
	};
	if (f->line != NO_INDEX)
		copy_text(ret->line, sizeof(ret->line), m->lines[f->line].id);
	copy_text(ret->state, sizeof(ret->state), function_state(m, f));
	copy_text(ret->reason, sizeof(ret->reason), function_state_reason(f));
}

static void signal_change(sd_bus *bus, const struct told *before, const struct told *now)
{
	_cleanup_free_ char *path = NULL;
	char *names[8];
	size_t n = 0;

	if (before->pin != now->pin)
		names[n++] = "Pin";
	if (strcmp(before->line, now->line) != 0)
		names[n++] = "Line";
	if (before->verdict != now->verdict)
		names[n++] = "Verdict";
	if (before->policy != now->policy)
		names[n++] = "Policy";
	if (before->require != now->require)
		names[n++] = "Require";
	if (strcmp(before->state, now->state) != 0)
		names[n++] = "State";
	if (strcmp(before->reason, now->reason) != 0)
		names[n++] = "StateReason";
	names[n] = NULL;
	if (n > 0 && device_path(&now->address, &path) >= 0)
		sd_bus_emit_properties_changed_strv(bus, path, INTXD_DEVICE_INTERFACE, names);
}

static void signal_presence(sd_bus *bus, const struct address *address,
			    int (*emit)(sd_bus *bus, const char *path))
{
	_cleanup_free_ char *path = NULL;

	if (device_path(address, &path) >= 0)
		emit(bus, path);
}

/* Both are in address order. What has gone is signalled while the records are still the old ones, everything
 * else when they are the new ones: sd-bus asks for interfaces and properties then. */
static void signal_gone(sd_bus *bus, const struct devices *before, const struct devices *now)
{
	for (size_t b = 0, at = 0; b < before->n; b++)
		if (!next_told(now, &at, &before->all[b].address))
			signal_presence(bus, &before->all[b].address, sd_bus_emit_object_removed);
}

static void signal_others(sd_bus *bus, const struct devices *before, const struct devices *now)
{
	for (size_t n = 0, at = 0; n < now->n; n++) {
		const struct told *old = next_told(before, &at, &now->all[n].address);

		if (old)
			signal_change(bus, old, &now->all[n]);
		else
			signal_presence(bus, &now->all[n].address, sd_bus_emit_object_added);
	}
}

int devices_tell(struct devices *d, struct context *c, sd_bus *bus,
		 void (*changed)(struct context *c, const struct function *f, const char *state_before))
{
	const struct machine *m = c->machine;
	const struct policy policy = context_policy(c);
	struct devices before = *d,
		       now = {.all = calloc(m->n_functions + 1, sizeof(*now.all)), .n = m->n_functions};

	if (!now.all)
		return -ENOMEM;
	for (size_t i = 0; i < m->n_functions; i++)
		tell_now(m, &policy, &m->functions[i], &now.all[i]);
	if (bus)
		signal_gone(bus, &before, &now);
	*d = now;
	for (size_t i = 0, at = 0; i < now.n; i++) {
		const struct told *old = next_told(&before, &at, &now.all[i].address);

		if (old ? strcmp(old->state, now.all[i].state) != 0 : m->functions[i].deoi.state != NULL)
			changed(c, &m->functions[i], old ? old->state : NULL);
	}
	if (bus)
		signal_others(bus, &before, d);
	devices_free(&before);
	return 0;
}

void devices_free(struct devices *d)
{
	free(d->all);
	*d = (struct devices){};
}
