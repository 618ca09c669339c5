/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The machine's description, and its snapshot: what is too large for a message, and therefore comes through a
 * descriptor where one can be sent. Functions return an exit code, as client.h's do.
 */
#pragma once

#include "client.h"

/* Writes the document of Describe(), or the file of Snapshot(), to fd. Over ssh, which no descriptor gets
 * through, it comes in a message. */
int client_describe_to(struct client *c, int fd);
int client_snapshot_to(struct client *c, int fd, uint64_t flags);

/* Describe() as a document. */
int client_describe(struct client *c, json_t **ret);

/* The same, a function at a time while intxd is still writing: each of "devices" is given to row(), which
 * returns an exit code; the rest of the document, without "lines", is in *ret. */
int client_describe_each(struct client *c, json_t **ret, int (*row)(void *userdata, const json_t *device),
			 void *userdata);
