/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Did jansson run out of memory?
 *
 * A document is put together by hundreds of calls, each of which may fail by itself and leave a gap: a sharer
 * less in a list. Nobody looks at each; whoever sends a document asks here, and sends none with gaps.
 */
#pragma once

#include <stdbool.h>

/* From now on jansson's allocations are watched. */
void json_memory_watch(void);

/* Has one failed since this was asked last? */
bool json_memory_ran_out(void);
