/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Config space without what tells one copy of a machine from another: addresses, serial numbers, vendors' own
 * registers.
 *
 * Everything config_space.c reads is kept, so that a concealed machine is decided as before.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

void conceal_config(uint8_t *bytes, size_t length);
