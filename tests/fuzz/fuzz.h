/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What every fuzz target has: libFuzzer's entry point, and a way to say that something must hold.
 *
 * With clang and -DINTXD_FUZZ=ON a target is a fuzzer (see `run`), else a program that replays the files and
 * folders it is given (replay.c). In either case whatever does not hold ends it with abort().
 */
#pragma once

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define MUST(condition)                                                                                \
	do {                                                                                           \
		if (!(condition)) {                                                                    \
			fprintf(stderr, "%s:%d: does not hold: %s\n", __FILE__, __LINE__, #condition); \
			abort();                                                                       \
		}                                                                                      \
	} while (0)
