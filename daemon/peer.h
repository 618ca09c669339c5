/* SPDX-License-Identifier: GPL-2.0-or-later */
/* intxd for one client on an inherited socket: it reads, changes nothing, and ends with the connection. */
#pragma once

#include "context.h"

/* 0 or -errno. */
int peer_serve(struct context *c, int fd);
