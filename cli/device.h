/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A function as a row: the columns that `status` and `tree` show of one of "devices". */
#pragma once

#include "table.h"

extern const struct column device_columns[];
extern const size_t n_device_columns;

/* Has it no INTx at all? Such functions are shown with --all only. */
bool device_without_intx(const json_t *device);

/* "3 functions without INTx not shown …", when there are any. */
void print_hidden(size_t n);
