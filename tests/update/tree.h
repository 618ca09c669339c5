/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A sysfs-like machine on disk that things happen to, at random but by a seed: functions come and go, are
 * bound, take and leave MSI; interrupts and slots change; files are damaged.
 *
 * Every step tells which functions it touched, as the kernel's uevents would.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "machine.h"

#define MAX_NODES   400
#define MAX_TOUCHED 400

struct node {
	struct address address;
	int above; /* index of the bridge, -1: a root bus */
	bool present, bridge;
	uint8_t secondary;
	char path[200]; /* of its folder, below the base */
};

struct tree {
	char base[64];
	unsigned seed;
	bool plain;	 /* folders instead of links: bus numbers decide */
	bool devicetree; /* with one */
	unsigned damage; /* how many of 100 files written are damaged */
	struct node nodes[MAX_NODES];
	size_t n;
};

/* What a step touched. */
struct touched {
	struct address addresses[MAX_TOUCHED];
	size_t n;
};

/* A machine without functions, in a new folder: bare, or with whatever else the seed says. */
void tree_bare(struct tree *t, unsigned seed);
void tree_new(struct tree *t, unsigned seed);
void tree_free(struct tree *t);

/* Below `n`, by the tree's seed. */
unsigned tree_random(struct tree *t, unsigned n);

/* One function more, somewhere. */
void tree_add(struct tree *t, struct touched *touched);
/* Anything. */
void tree_step(struct tree *t, struct touched *touched);

/* Writes a file below the base, and the folders above it. */
void tree_write(struct tree *t, const char *text, const char *format, ...)
	__attribute__((format(printf, 3, 4)));
