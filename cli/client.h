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

/* For signals, and for description.c, which goes its own ways: the bus, a request with its reply, and what to
 * say of errors. */
sd_bus *client_bus(struct client *c);
int client_request(struct client *c, sd_bus_message *m, sd_bus_message **ret);
int client_failure(const struct client *c, const sd_bus_error *error, int r);
int client_unsendable(const char *method, int r);

/* What intxd answered, as JSON. */
int load_json(json_t **ret, const char *text, size_t length);

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
