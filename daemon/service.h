/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * intxd as the system's service: one thread, one event loop. Uevents go before clients, so that no flood of
 * questions keeps a knob from being turned off; nothing in the loop waits for a client, a disk being the only
 * thing it may wait for.
 */
#pragma once

#include <systemd/sd-event.h>

#include "authorise.h"
#include "devices.h"
#include "uevent.h"
#include "worker.h"

struct watch;

struct service {
	sd_event *event;
	sd_bus *bus;
	struct devices devices;
	struct watch *watch;
	struct authorisation *authorisations;
	struct worker *workers;
	uint64_t n_asked;
	char status[160]; /* as last told to systemd */
};

/* Priorities in the loop: lower goes first. */
enum {
	PRIORITY_UEVENTS = SD_EVENT_PRIORITY_IMPORTANT,
	PRIORITY_SETTLE = SD_EVENT_PRIORITY_IMPORTANT + 10,
	PRIORITY_CLIENTS = SD_EVENT_PRIORITY_NORMAL,
};

/* Serves until told to end. 0 or -errno. c is open; the service closes nothing of it. */
int service_run(struct context *c);

/* Turns all knobs off, once; not while the service runs. An exit code. */
int service_off(struct context *c);
