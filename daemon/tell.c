// SPDX-License-Identifier: GPL-2.0-or-later
#include "tell.h"

#include <string.h>
#include <systemd/sd-daemon.h>

#include "describe.h"
#include "journal.h"
#include "reasons.h"
#include "service.h"

/* The reason that decides: a sharer's name, or why it is alone. */
static const char *deciding_reason(const struct machine *m, const struct function *f,
				   struct reason reasons[static MAX_REASONS])
{
	return verdict_reasons(m, f, false, reasons) > 0 ? reasons[0].text : "";
}

void tell_knob(void *userdata, const struct function *f, const struct ruling *ruling, enum knob wanted,
	       int error)
{
	const struct context *c = userdata;
	struct reason reasons[MAX_REASONS];
	char address[ADDRESS_SIZE], source[SOURCE_SIZE];
	const char *who = ruling_source(ruling, source);

	address_format(&f->address, address);
	if (error < 0)
		journal(LOG_ERR, MESSAGE_KNOB_FAILED, address,
			"%s: the knob could not be set to %s: %s; it is tried again", address,
			knob_to_string(wanted), strerror(-error));
	else
		journal(LOG_NOTICE, MESSAGE_KNOB, address, "%s: direct EOI %s: %s: %s (policy: %s%s%s)",
			address, wanted == KNOB_AUTO ? "armed" : "off", verdict_to_string(f->verdict),
			deciding_reason(c->machine, f, reasons), policy_mode_to_string(ruling->mode),
			who ? ", " : "", who ? who : "");
}

void tell_state(struct context *c, const struct function *f, const char *before)
{
	char address[ADDRESS_SIZE];
	const char *now = function_state(c->machine, f), *reason = function_state_reason(f);
	bool shared = strcmp(reason, "shared") == 0; /* then the verdict's reason is this one's too */
	struct reason reasons[MAX_REASONS];

	address_format(&f->address, address);
	if (strcmp(now, "engaged") == 0)
		journal(LOG_INFO, MESSAGE_ENGAGED, address, "%s: direct EOI engaged", address);
	else if (strcmp(now, "yielded") == 0 || strcmp(now, "refused") == 0)
		journal(LOG_NOTICE, MESSAGE_YIELDED, address, "%s: direct EOI %s: %s%s%s", address, now,
			reason, shared ? ": " : "", shared ? deciding_reason(c->machine, f, reasons) : "");
	else if (before && strcmp(before, "engaged") == 0)
		journal(LOG_INFO, MESSAGE_YIELDED, address, "%s: direct EOI ended: now %s (%s)", address, now,
			reason);
}

/* The line that `systemctl status` shows, when it is another one: whoever receives it may be slow. */
void tell_systemd(const struct context *c)
{
	const struct devices *d = &c->service->devices;
	size_t allowed = 0, engaged = 0, with_intx = 0;
	char status[sizeof(c->service->status)];

	for (size_t i = 0; i < d->n; i++) {
		with_intx += d->all[i].verdict != VERDICT_NO_INTX;
		allowed += d->all[i].policy == POLICY_ALLOW;
		engaged += strcmp(d->all[i].state, "engaged") == 0;
	}
	snprintf(status, sizeof(status), "%zu functions with INTx, %zu allowed, %zu engaged%s", with_intx,
		 allowed, engaged,
		 c->machine->feature == FEATURE_PRESENT ? ""
		 : c->machine->feature == FEATURE_KILLED
			 ? "; direct EOI is switched off (vfio_pci_core.intx_deoi=N)"
			 : "; this kernel has no direct EOI");
	if (strcmp(status, c->service->status) == 0)
		return;
	strcpy(c->service->status, status);
	sd_notifyf(false, "STATUS=%s", status);
}

void tell_policy(const struct context *c)
{
	for (char *const *p = policy_files_problems(c->files); *p; p++)
		journal(LOG_ERR, MESSAGE_POLICY, NULL, "%s", *p);
	for (char *const *p = decisions_problems(c->decisions); *p; p++)
		journal(LOG_ERR, MESSAGE_POLICY, NULL, "%s", *p);
}
