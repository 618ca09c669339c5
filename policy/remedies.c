// SPDX-License-Identifier: GPL-2.0-or-later
#include "remedies.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "reasons.h"

__attribute__((format(printf, 3, 4))) static void say(struct remedy *r, const char *code, const char *format,
						      ...)
{
	va_list args;

	r->code = code;
	va_start(args, format);
	vsnprintf(r->text, sizeof(r->text), format, args);
	va_end(args);
}

struct remedy remedy_for(const struct machine *m, const struct function *o)
{
	struct remedy r;
	const char *who = party_who(m, o, r.who);

	if (o->slot)
		say(&r, "slot", "while the slot below %s can take a card, only `--require latent-ok` helps",
		    who);
	else if (o->driver && strcmp(o->driver, "pcieport") == 0)
		say(&r, "enable-msi", "let port %s use MSI: boot without pci=nomsi and pcie_pme=nomsi", who);
	else if (o->vfio)
		say(&r, "other-slot", "move %s to a slot on another line, or let its guest use MSI", who);
	else if (o->driver && o->no_msi)
		say(&r, "unbind",
		    "unbind %s from %.60s, and keep that from binding it again: echo %s > /sys/bus/pci/drivers/%.60s/unbind",
		    who, o->driver, who, o->driver);
	else if (o->driver)
		say(&r, "enable-msi",
		    "make %.60s use MSI for %s, or unbind it: echo %s > /sys/bus/pci/drivers/%.60s/unbind",
		    o->driver, who, who, o->driver);
	else
		say(&r, "bind-or-remove",
		    "bind %s to a driver that uses MSI, or take it off the bus: echo 1 > /sys/bus/pci/devices/%s/remove",
		    who, who);
	return r;
}

struct remedy remedy_for_foreign(const char *action)
{
	struct remedy r;

	snprintf(r.who, sizeof(r.who), "%s", action);
	say(&r, "other-slot", "'%.60s' is no PCI function: only another slot gets away from it", action);
	return r;
}

struct remedy remedy_plain(const char *code, const char *format, ...)
{
	struct remedy r = {.code = code};
	va_list args;

	va_start(args, format);
	vsnprintf(r.text, sizeof(r.text), format, args);
	va_end(args);
	return r;
}
