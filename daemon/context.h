/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What one intxd works with, handed down to everything.
 *
 * The same code serves a private peer (one client on a socket pair, which only reads) and the system's
 * service; the latter has what keeps a policy in force besides.
 */
#pragma once

#include <systemd/sd-bus.h>

#include "decisions.h"
#include "knobs.h"
#include "machine.h"
#include "names.h"
#include "policy_files.h"
#include "root.h"

struct service;

struct context {
	struct root root;
	struct names *names;
	struct machine *machine; /* as last read, or NULL */
	struct policy_files *files;
	struct decisions *decisions;
	struct knobs knobs;
	struct service *service; /* NULL: a private peer */
};

/* Opens the root and reads what the administrator decided. 0, or -errno with what it concerns on standard
 * error. */
int context_open(struct context *ret, const char *root, bool read_only);
void context_close(struct context *c);

/* What is in force now; valid until files or decisions change. */
struct policy context_policy(const struct context *c);
