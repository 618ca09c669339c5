/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The administrator's rule files (DESIGN §6), read from text: pure, no file is opened here.
 *
 *	{"version":1,"rules":[{"match":{"address":"0000:01:*","id":"8086:10d3","class":"0x02*",
 *	                                "driver":"vfio-pci","bridge":"0000:00:01.0"},
 *	                       "action":"allow","require":"exclusive","comment":"lab NICs"}]}
 *
 * A file is taken whole or not at all. Unknown keys, duplicate keys, words that do not exist and patterns
 *that nothing can match are errors, which say where: line and column (from 1, in characters) and the key. So
 *is a `match` without a key, most likely a slip: a rule for everything says "address":"*". `require` and
 *`comment` may be left out; `require` may stand beside "deny", where it means nothing.
 *
 * What a pattern is compared with, hexadecimal digits in either case:
 *	address	0000:01:00.0; in domain 0000 also 01:00.0, if the pattern has exactly one colon
 *	id	vendor:device, 8086:10d3
 *	class	0x020000, base class, subclass and interface
 *	driver	the name of the driver bound; an unbound function matches no pattern, not even "*"
 *	bridge	the address of any bridge above, however far up
 */
#pragma once

#include <stddef.h>

#include "words.h"

#define RULES_MAX_LENGTH (1024 * 1024) /* bytes of a file */
#define RULES_MAX	 10000

/* Patterns as fnmatch(3) has them without flags, hexadecimal ones in lower case; NULL: anything. All of them
 * must hold. */
struct rule {
	char *address, *id, *class, *driver, *bridge;
	enum policy_mode mode; /* allow or deny */
	enum require require;
	char *comment;
};

struct rule_file {
	char *path; /* for messages and `source` */
	struct rule *rules;
	size_t n_rules;
	/* It could not be read or parsed: what it would have said is not known, so nothing behind it in the
	 * order applies to a function that no earlier file decides. */
	bool broken;
};

struct rule_error {
	unsigned line, column; /* 0: not about a place in the text */
	char key[64];	       /* "rules[2].match.adress"; empty: not about a key */
	char text[192];
};

/* 0, -EINVAL with *error filled, or -ENOMEM. */
int rules_parse(struct rule_file **ret, const char *path, const char *text, size_t length,
		struct rule_error *error);
void rule_file_free(struct rule_file *file);

/* "PATH:LINE:COLUMN: KEY: TEXT", leaving out what is not known. */
#define RULE_ERROR_SIZE 512
const char *rule_error_format(const struct rule_error *error, const char *path,
			      char buffer[static RULE_ERROR_SIZE]);
