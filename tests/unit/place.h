/* SPDX-License-Identifier: GPL-2.0-or-later */
/* For tests of what is read and written below a root: a folder for each test, gone with it. */
#pragma once

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "root.h"

struct place {
	char base[64], path[80]; /* path is the root, base what it is in */
	struct root root;
};

#define TEST_IN_PLACE(name) cmocka_unit_test_setup_teardown(name, new_place, remove_place)
int new_place(void **state);
int remove_place(void **state);

/* The path outside, for the next few calls. */
const char *in(const struct place *p, const char *path);

void put(const struct place *p, const char *path, const char *text);
void put_in(const struct place *p, const char *path, const char *text); /* and the folders above */
/* An enabled 8086:10d3 with pin A, bound; irq is the text of that file. */
void put_function(const struct place *p, const char *address, const char *driver, const char *irq);
void expect_text(const struct place *p, const char *path, const char *wanted);
bool is_there(const struct place *p, const char *path); /* a link too, wherever it leads */
unsigned entries(const struct place *p, const char *folder);
