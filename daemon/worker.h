/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Long answers, written in a process of their own: neither a client that does not read nor a snapshot that
 * takes its time keeps the loop from anything. The child has the machine's facts as they were, writes to the
 * client's descriptor, and ends.
 */
#pragma once

#include "context.h"

struct worker;

/* Writes the answer to fd. 0 or -errno. */
typedef int (*work_fn)(struct context *c, int fd, const void *userdata);

/* What becomes of the answer in place of a descriptor of the client's. */
enum {
	WORKER_TEXT = -1,  /* it is the reply, a string */
	WORKER_BYTES = -2, /* it is the reply, an array of bytes */
};

/* Starts work() for the message, which is replied to when it has ended; fd is the client's, or one of the
 * above. userdata need not outlive the call. A private peer works itself, then and there. As a method
 * handler's return value: 1, or an error to reply with. */
int worker_start(struct context *c, sd_bus_message *message, int fd, work_fn work, const void *userdata,
		 sd_bus_error *error);

/* Ends all children. */
void workers_free(struct context *c);
