/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A private peer and its client in one process, connected by a socket pair. */
#pragma once

#include "context.h"

struct peers {
	sd_bus *server, *client;
};

/* c is served. 0 or -errno. */
int peers_connect(struct peers *p, struct context *c);
void peers_free(struct peers *p);

/* Until neither has anything to do. 0 or -errno. */
int peers_process(struct peers *p);
