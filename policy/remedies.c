// SPDX-License-Identifier: GPL-2.0-or-later
#include "remedies.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "reasons.h"
#include "text.h"

__attribute__((format(printf, 3, 4))) static void say(struct remedy *r, const char *code, const char *format,
						      ...)
{
	va_list args;

	r->code = code;
	va_start(args, format);
	vsnprintf(r->text, sizeof(r->text), format, args);
	va_end(args);
	text_clean(r->text);
}

/* A function with a kernel driver that uses the line, or may. */
static void leave_driver(struct remedy *r, const struct function *o, enum need need)
{
	char msi[100] = "", off[200];

	if (!o->no_msi)
		snprintf(msi, sizeof(msi), "make %.60s use MSI for it, or ", o->driver);
	if (need == NEED_FREE_NOW)
		snprintf(off, sizeof(off), "unbind it: echo %s > /sys/bus/pci/drivers/%.60s/unbind", r->who,
			 o->driver);
	else
		snprintf(off, sizeof(off), "take it off the bus: echo 1 > /sys/bus/pci/devices/%s/remove",
			 r->who);
	say(r, o->no_msi ? "remove" : "enable-msi", "%s (%.60s): %s%s", r->who, o->driver, msi, off);
}

struct remedy remedy_for(const struct machine *m, const struct function *o, enum need need)
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
	else if (o->driver)
		leave_driver(&r, o, need);
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
	text_clean(r.who);
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
	text_clean(r.text);
	return r;
}
