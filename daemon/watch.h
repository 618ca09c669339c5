/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the service looks out for: uevents, the rule files, and, every five seconds, what sends no uevent (MSI
 * going on or off, a driver asking for its interrupt).
 *
 * Uevents are gathered for a moment and handled as one. When some were lost, or there are more than can be
 * told apart, the whole machine is read.
 */
#pragma once

#include "context.h"

/* Starts watching. 0 or -errno. */
int watch_start(struct context *c);
void watch_stop(struct context *c);

/* Watches every folder of rule files that is there and not watched yet. True: there was one. */
bool watch_folders(struct context *c);

/* Handles at once what has come in. 0 or -errno. */
int watch_flush(struct context *c);
