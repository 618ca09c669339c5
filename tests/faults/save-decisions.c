// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * save-decisions ROOT show | set ADDRESS allow|deny [runtime] | reset ADDRESS
 *
 * One change of the decisions below ROOT and nothing else, for test_decisions.py to disturb. "start" is said
 * before the first file is touched, "done" once the change is said to be on disk: system calls between the
 * two are the ones that count.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "decisions.h"

static int say(const char *word)
{
	return TEMP_FAILURE_RETRY(write(STDOUT_FILENO, word, strlen(word))) == (ssize_t)strlen(word) ? 0 : 1;
}

static int show(const struct decisions *d)
{
	char address[ADDRESS_SIZE];
	size_t n;
	const struct decision *all = decisions(d, &n);

	for (size_t i = 0; i < n; i++)
		printf("%s %s%s\n", address_format(&all[i].address, address),
		       policy_mode_to_string(all[i].mode), all[i].runtime ? " runtime" : "");
	for (size_t i = 0; decisions_problems(d)[i]; i++)
		printf("problem %s\n", decisions_problems(d)[i]);
	return 0;
}

static int change(struct decisions *d, int argc, char **argv)
{
	struct decision new = {.vendor = 0x8086, .device = 0x10d3, .runtime = argc > 5};
	int e;

	if (argc < 4 || address_parse(argv[3], &new.address) < 0)
		return 2;
	if (strcmp(argv[2], "reset") == 0)
		e = decisions_reset(d, &new.address, false);
	else if (argc > 4 && policy_mode_from_string(argv[4], &new.mode) == 0)
		e = decisions_set(d, &new);
	else
		return 2;
	if (e != 0) {
		fprintf(stderr, "%s\n", e > 0 ? "it is already so" : strerror(-e));
		return 1;
	}
	return say("done\n");
}

int main(int argc, char **argv)
{
	struct decisions *d;
	struct root root;
	int r;

	if (argc < 3 || say("start\n") != 0)
		return 2;
	if (root_open(&root, argv[1]) < 0)
		return 1;
	r = decisions_new(&d, &root, false) < 0 ? 1 : 0;
	if (r == 0) {
		r = strcmp(argv[2], "show") == 0 ? show(d) : change(d, argc, argv);
		decisions_free(d);
	}
	root_close(&root);
	return r;
}
