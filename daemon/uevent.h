/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The kernel's uevents, from a netlink socket (libnl): which PCI functions something happened to.
 *
 * Only the kernel is believed: a message counts when it comes from port 0 with the credentials of uid 0
 * (CVE-2009-1185). When messages were lost (ENOBUFS) that is said, and whoever listens looks at the whole
 * machine.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "machine.h"

enum uevent_action {
	UEVENT_OTHER,
	UEVENT_ADD,
	UEVENT_REMOVE,
	UEVENT_BIND,
	UEVENT_UNBIND,
	UEVENT_CHANGE,
	UEVENT_MOVE,
};

struct uevent {
	enum uevent_action action;
	struct address address; /* of the innermost PCI function in its DEVPATH */
	bool function;		/* the function itself, not something below it (vfio-dev/, net/, …) */
	bool intx_deoi;		/* has an INTX_DEOI key; the files tell, this only says when to look */
};

/* A message as the kernel sends it: "ACTION@DEVPATH\0KEY=VALUE\0…". 1: *ret is about a PCI function; 0: it is
 * about something else; -EBADMSG: it is none. Pure. */
int uevent_parse(const char *message, size_t length, struct uevent *ret);

/* What became of the messages so far. */
struct uevent_counts {
	uint64_t believed; /* from the kernel, whatever they were about */
	uint64_t refused;  /* from somebody else, or malformed */
	uint64_t losses;   /* times that -ENOBUFS was said */
};

struct uevents;

/* 0 or -errno. */
int uevents_open(struct uevents **ret);
/* The same on one end of a socket pair, for tests: a message is a datagram, with the sender's credentials.
 * Takes fd on success. */
int uevents_open_fd(struct uevents **ret, int fd);
void uevents_free(struct uevents *u);
int uevents_fd(const struct uevents *u);
const struct uevent_counts *uevents_counts(const struct uevents *u);

/* The next message that is about a PCI function. 1: *ret is filled; 0: nothing more for now (poll the
 * descriptor: a flood of others may only be interrupted, so that it cannot hold the caller); -ENOBUFS: some
 * were lost (go on calling); another -errno: the socket is of no use any more. */
int uevents_next(struct uevents *u, struct uevent *ret);
