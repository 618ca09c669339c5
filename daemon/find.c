// SPDX-License-Identifier: GPL-2.0-or-later
#include "find.h"

#include <stdio.h>
#include <string.h>

#include "text.h"

static const struct function *by_id(const struct machine *m, unsigned vendor, unsigned device, size_t *ret_n)
{
	const struct function *found = NULL;

	*ret_n = 0;
	for (size_t i = 0; i < m->n_functions; i++) {
		if (m->functions[i].vendor != vendor || m->functions[i].device != device)
			continue;
		if (!found)
			found = &m->functions[i];
		(*ret_n)++;
	}
	return found;
}

const struct function *find_function(const struct machine *m, const char *name, sd_bus_error *error)
{
	const struct function *f;
	struct address address;
	unsigned vendor, device;
	char text[ADDRESS_SIZE], quoted[TEXT_QUOTE_SIZE];
	size_t n;
	int end = 0;

	if (address_parse(name, &address) == 0) {
		f = machine_find(m, address);
		if (!f)
			sd_bus_error_setf(error, INTXD_ERROR_NO_DEVICE, "no function at %s",
					  address_format(&address, text));
		return f;
	}
	if (strlen(name) != 9 || sscanf(name, "%4x:%4x%n", &vendor, &device, &end) != 2 || end != 9) {
		sd_bus_error_setf(
			error, INTXD_ERROR_NO_DEVICE,
			"%s is neither an address (0000:01:00.0) nor a vendor:device pair (8086:10d3)",
			text_quote(name, quoted));
		return NULL;
	}
	f = by_id(m, vendor, device, &n);
	if (n == 0)
		sd_bus_error_setf(error, INTXD_ERROR_NO_DEVICE, "no function is a %s", name);
	if (n <= 1)
		return f;
	sd_bus_error_setf(error, INTXD_ERROR_AMBIGUOUS,
			  "%zu functions are a %s, the first at %s; give an address", n, name,
			  address_format(&f->address, text));
	return NULL;
}
