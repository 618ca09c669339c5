// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A line's words, whose command they are, and two of nobody: pause, and repeat, which runs others.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "commands.h"

uint64_t words_number(const struct words *words, unsigned int n, uint64_t otherwise)
{
	return n < words->n ? strtoull(words->word[n], NULL, 0) : otherwise;
}

struct device *words_device(struct vmm *vmm, const struct words *words, unsigned int n)
{
	uint64_t which = words_number(words, n, 0);

	return &vmm->device[which < vmm->n_devices ? which : 0];
}

struct cpu *words_cpu(struct vmm *vmm, const struct words *words, unsigned int n)
{
	uint64_t which = words_number(words, n, 0);

	return &vmm->cpu[which < vmm->n_cpus ? which : 0];
}

int ok(int r)
{
	if (r < 0)
		return r;
	printf("ok\n");
	return 0;
}

void pause_ms(unsigned int ms)
{
	nanosleep(&(struct timespec){.tv_sec = ms / 1000, .tv_nsec = ms % 1000 * 1000000l}, NULL);
}

/* pause MS */
static int do_pause(struct vmm *vmm, struct words *words)
{
	(void)vmm;
	pause_ms(words_number(words, 1, 1));
	return ok(0);
}

static const struct command own_commands[] = {{"pause", do_pause}, {NULL, NULL}};

static int run_words(struct vmm *vmm, struct words *words)
{
	static const struct command *const tables[] = {guest_commands, device_commands, own_commands};

	for (size_t n = 0; n < sizeof(tables) / sizeof(tables[0]); n++)
		for (const struct command *command = tables[n]; command->name; command++)
			if (strcmp(words->word[0], command->name) == 0)
				return command->run(vmm, words);
	return -ENOSYS;
}

/* Runs the commands between words "," in turn. */
static int run_each(struct vmm *vmm, const struct words *words, unsigned int from)
{
	struct words one = {0};
	int r = 0;

	for (unsigned int n = from; n <= words->n && r == 0; n++) {
		if (n < words->n && strcmp(words->word[n], ",") != 0) {
			one.word[one.n++] = words->word[n];
		} else if (one.n > 0) {
			r = run_words(vmm, &one);
			one.n = 0;
		}
	}
	return r;
}

/* repeat N COMMAND... [, COMMAND...]: all must do; one answer. */
static int repeat(struct vmm *vmm, struct words *words)
{
	uint64_t times = words_number(words, 1, 1);
	int r = 0, quiet = dup(STDOUT_FILENO);

	if (quiet < 0 || freopen("/dev/null", "w", stdout) == NULL)
		return -EINVAL;
	for (uint64_t n = 0; n < times && r == 0; n++)
		r = run_each(vmm, words, 2);
	fflush(stdout);
	dup2(quiet, STDOUT_FILENO);
	close(quiet);
	return ok(r);
}

bool command_run(struct vmm *vmm, char *line)
{
	struct words words = {0};
	char *save = NULL;
	int r;

	for (char *word = strtok_r(line, " \t\n", &save); word && words.n < MAX_WORDS;
	     word = strtok_r(NULL, " \t\n", &save))
		words.word[words.n++] = word;
	if (words.n == 0)
		return true;
	if (strcmp(words.word[0], "quit") == 0)
		return false;
	r = strcmp(words.word[0], "repeat") == 0 ? repeat(vmm, &words) : run_words(vmm, &words);
	if (r < 0)
		printf("error %s: %s\n", words.word[0], strerror(-r));
	fflush(stdout);
	return true;
}
