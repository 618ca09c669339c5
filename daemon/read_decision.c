// SPDX-License-Identifier: GPL-2.0-or-later
#include "read_decision.h"

#include <errno.h>
#include <string.h>

#include "decide.h"
#include "find.h"
#include "fresh.h"
#include "text.h"

static int read_require(sd_bus_message *m, struct decision *d, sd_bus_error *error)
{
	char quoted[TEXT_QUOTE_SIZE];
	const char *word;
	int r = sd_bus_message_read(m, "v", "s", &word);

	if (r < 0)
		return r;
	if (d->mode != POLICY_ALLOW)
		return sd_bus_error_set(error, SD_BUS_ERROR_INVALID_ARGS, "require goes with allow only");
	if (require_from_string(word, &d->require) < 0)
		return sd_bus_error_setf(error, SD_BUS_ERROR_INVALID_ARGS,
					 "require is exclusive, latent-ok or unproven-ok, not %s",
					 text_quote(word, quoted));
	return 0;
}

static int read_option(sd_bus_message *m, struct decision *d, sd_bus_error *error)
{
	char quoted[TEXT_QUOTE_SIZE];
	const char *key;
	int flag = 0, r = sd_bus_message_read(m, "s", &key);

	if (r < 0)
		return r;
	if (strcmp(key, "require") == 0)
		return read_require(m, d, error);
	if (strcmp(key, "runtime") != 0)
		return sd_bus_error_setf(error, SD_BUS_ERROR_INVALID_ARGS, "there is no option %s",
					 text_quote(key, quoted));
	r = sd_bus_message_read(m, "v", "b", &flag);
	d->runtime = flag;
	return r;
}

static int read_options(sd_bus_message *m, struct decision *d, sd_bus_error *error)
{
	int r = sd_bus_message_enter_container(m, 'a', "{sv}");

	while (r >= 0 && (r = sd_bus_message_enter_container(m, 'e', "sv")) > 0) {
		r = read_option(m, d, error);
		if (r >= 0)
			r = sd_bus_message_exit_container(m);
	}
	return r < 0 ? r : sd_bus_message_exit_container(m);
}

int read_decision(struct context *c, sd_bus_message *message, struct decision *ret, sd_bus_error *error)
{
	const struct function *f;
	char address[ADDRESS_SIZE];
	const char *name;
	int r = sd_bus_message_read(message, "s", &name);

	if (r >= 0)
		r = read_options(message, ret, error);
	if (r >= 0)
		r = look_at(c, (char *[]){(char *)name, NULL}, error);
	if (r < 0)
		return r;
	f = find_function(c->machine, name, error); /* it may just have gone */
	if (!f)
		return -ENXIO;
	address_format(&f->address, address);
	if (!has_intx(f))
		return sd_bus_error_setf(error, SD_BUS_ERROR_INVALID_ARGS,
					 "%s has no INTx: there is nothing to decide", address);
	if (f->unreadable)
		return sd_bus_error_setf(
			error, SD_BUS_ERROR_FAILED,
			"the config space of %s cannot be read, so it is not known what this would be about",
			address);
	ret->address = f->address;
	ret->vendor = f->vendor;
	ret->device = f->device;
	ret->subvendor = f->subvendor;
	ret->subdevice = f->subdevice;
	return 0;
}
