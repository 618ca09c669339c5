// SPDX-License-Identifier: GPL-2.0-or-later
#include "fresh.h"

#include <errno.h>
#include <string.h>

#include "find.h"
#include "settle.h"
#include "watch.h"

int no_machine(const struct context *c, sd_bus_error *error, int e)
{
	return sd_bus_error_setf(error, SD_BUS_ERROR_FILE_NOT_FOUND, "%s%ssys/bus/pci/devices: %s",
				 c->root.path, c->root.live ? "" : "/", strerror(-e));
}

/* A private peer has nobody to tell it what happens: it reads all of it. The service's first look is not for
 * a client to make. */
static int catch_up(struct context *c)
{
	if (!c->service)
		return rescan(c);
	return c->machine ? watch_flush(c) : -EAGAIN;
}

int look_at(struct context *c, char *const *names, sd_bus_error *error)
{
	const struct function *found[MAX_LOOKED_AT];
	size_t n = 0;
	int r = catch_up(c);

	for (; r >= 0 && names && names[n]; n++) {
		if (n == MAX_LOOKED_AT)
			return sd_bus_error_setf(error, SD_BUS_ERROR_LIMITS_EXCEEDED,
						 "more than %d functions", MAX_LOOKED_AT);
		found[n] = find_function(c->machine, names[n], error);
		if (!found[n])
			return -ENXIO;
	}
	if (r >= 0 && c->service)
		r = refresh_lines(c, found, n);
	return r < 0 ? no_machine(c, error, r) : 0;
}
