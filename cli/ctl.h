/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * intxctl: a D-Bus client and nothing else. What it shows is what intxd says; a verb asks, and renders the
 * answer as a table for people or passes the JSON on.
 *
 * A verb is a file with one verb_…() that returns an exit code. It gets its own words in argv[0..argc),
 * argv[0] being the verb.
 */
#pragma once

#include <jansson.h>
#include <stdbool.h>

#include "words.h"

struct options {
	const char *host;    /* -H */
	const char *root;    /* --root; "/" for --standalone; NULL: the system's intxd */
	const char *columns; /* -o */
	const char *require; /* of allow; NULL: exclusive */
	bool json, no_legend, quiet, all, hide, help, runtime, dry_run;
};

int verb_allow(const struct options *o, int argc, char **argv);
int verb_check(const struct options *o, int argc, char **argv);
int verb_decode(const struct options *o, int argc, char **argv);
int verb_deny(const struct options *o, int argc, char **argv);
int verb_lines(const struct options *o, int argc, char **argv);
int verb_metrics(const struct options *o, int argc, char **argv);
int verb_monitor(const struct options *o, int argc, char **argv);
int verb_policy(const struct options *o, int argc, char **argv);
int verb_reset(const struct options *o, int argc, char **argv);
int verb_snapshot(const struct options *o, int argc, char **argv);
int verb_status(const struct options *o, int argc, char **argv);
int verb_tree(const struct options *o, int argc, char **argv);
int verb_why(const struct options *o, int argc, char **argv);

/* The columns for -o, on standard output. */
void check_help(void);
void lines_help(void);
void status_help(void);
void why_help(void);

/* "intxctl: …" on standard error. */
void complain(const char *format, ...) __attribute__((format(printf, 1, 2)));
