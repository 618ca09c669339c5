/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Decisions as the text of a file (decisions.h) and back. Pure. */
#pragma once

#include "decisions.h"

/* New decisions, all of this kind, sorted. 0, -ENOMEM, or -EINVAL with what is wrong. */
#define DECISIONS_ERROR_SIZE 192
int decisions_parse(const char *text, size_t length, bool runtime, struct decision **ret, size_t *ret_n,
		    char error[static DECISIONS_ERROR_SIZE]);

/* The text of those of this kind, to be freed, or NULL when out of memory. */
char *decisions_format(const struct decision *decisions, size_t n, bool runtime, size_t *ret_length);
