/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The connection to an intxd: the system's, or a private one that is started here, serves one captured
 * machine (or this one) on a socket pair and ends with the connection.
 *
 * Functions print what went wrong and return an exit code, EXIT_DONE (0) for success.
 */
#pragma once

#include <jansson.h>
#include <systemd/sd-bus.h>

#include "ctl.h"

struct client;

int client_new(struct client **ret, const struct options *o);
void client_free(struct client **c);

/* Writes the document of Describe(), or the file of Snapshot(), to fd. Over ssh, which no descriptor gets through, it comes
 * in a message. */
int client_describe_to(struct client *c, int fd);
int client_snapshot_to(struct client *c, int fd, uint64_t flags);

/* Describe() as a document. */
int client_describe(struct client *c, json_t **ret);

/* The same, a function at a time while intxd is still writing: each of "devices" is given to row(), which
 * returns an exit code; the rest of the document, without "lines", is in *ret. */
int client_describe_each(struct client *c, json_t **ret, int (*row)(void *userdata, const json_t *device),
			 void *userdata);

/* A call of the manager's method, for its arguments to be appended; to be unreferenced. */
int client_message(struct client *c, sd_bus_message **ret, const char *method);

/* Sends it. ret: the answer, one string of JSON; NULL: none is expected. */
int client_send(struct client *c, sd_bus_message *m, json_t **ret);

/* Both in one; types and arguments as for sd_bus_message_append(). */
int client_call(struct client *c, json_t **ret, const char *method, const char *types, ...);

/* The same for a list of strings. */
int client_call_list(struct client *c, json_t **ret, const char *method, char **strings);

/* Is intxd there? It is started if it can be. */
int client_ping(struct client *c);

/* For signals. */
sd_bus *client_bus(struct client *c);

/* The problems in a document, on standard error, unless -q. */
void show_problems(const struct options *o, const json_t *document);

/* A document on standard output. */
int print_json(const json_t *document);

#define _cleanup_client_ __attribute__((cleanup(client_free)))
#define _cleanup_json_	 __attribute__((cleanup(free_json)))

static inline void free_json(json_t **j)
{
	json_decref(*j);
}
