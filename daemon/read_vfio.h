/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Whether a function is under VFIO, and what the kernel says of its direct EOI: its vfio-dev/ folder. */
#pragma once

#include "machine.h"

/* Fills `vfio` and `deoi` of f, which has a driver. dir: the function's folder; -1: it has no vfio-dev/. */
void read_vfio(struct machine *m, struct function *f, int dir);
