/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A command is a function of its words that prints one line and returns 0, or returns a negative errno and
 * has printed nothing. D is a device's number, C a vCPU's, both 0 when left out.
 */
#ifndef COMMANDS_H
#define COMMANDS_H

#include "vmm.h"

enum { MAX_WORDS = 32, PATIENCE = 15 /* s */ };

struct words {
	unsigned int n;
	char *word[MAX_WORDS];
};

struct command {
	const char *name;
	int (*run)(struct vmm *vmm, struct words *words);
};

/* Both end with a name that is NULL. */
extern const struct command guest_commands[], device_commands[];

uint64_t words_number(const struct words *words, unsigned int n, uint64_t otherwise);
struct device *words_device(struct vmm *vmm, const struct words *words, unsigned int n);
struct cpu *words_cpu(struct vmm *vmm, const struct words *words, unsigned int n);
/* Prints "ok" unless @r is an error, which it returns. */
int ok(int r);
void pause_ms(unsigned int ms);

#endif
