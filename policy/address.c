// SPDX-License-Identifier: GPL-2.0-or-later
/* The text form of PCI addresses, as lspci -D and sysfs write them. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "machine.h"

int address_compare(const struct address *a, const struct address *b)
{
	if (a->domain != b->domain)
		return a->domain < b->domain ? -1 : 1;
	if (a->bus != b->bus)
		return a->bus < b->bus ? -1 : 1;
	if (a->device != b->device)
		return a->device < b->device ? -1 : 1;
	return (a->function > b->function) - (a->function < b->function);
}

/* At least `least` and at most `most` hexadecimal digits, then `end`. NULL when the text is something else.
 */
static const char *hex_field(const char *p, int least, int most, char end, uint32_t *ret)
{
	static const char digits[] = "0123456789abcdef0123456789ABCDEF";
	const char *digit;
	uint32_t value = 0;
	int n;

	for (n = 0; *p && (digit = strchr(digits, *p)); n++, p++) {
		if (n == most)
			return NULL;
		value = value << 4 | (uint32_t)((digit - digits) & 15);
	}
	if (n < least || *p != end)
		return NULL;
	*ret = value;
	return end ? p + 1 : p;
}

int address_parse(const char *text, struct address *ret)
{
	uint32_t domain = 0, bus, device, function;
	const char *p = text, *first = strchr(text, ':');

	if (first && strchr(first + 1, ':'))
		p = hex_field(p, 4, 8, ':', &domain);
	if (p)
		p = hex_field(p, 2, 2, ':', &bus);
	if (p)
		p = hex_field(p, 2, 2, '.', &device);
	if (p)
		p = hex_field(p, 1, 1, '\0', &function);
	if (!p || device > 31 || function > 7)
		return -EINVAL;
	*ret = (struct address){.domain = domain, .bus = bus, .device = device, .function = function};
	return 0;
}

char *address_format(const struct address *a, char buffer[static ADDRESS_SIZE])
{
	snprintf(buffer, ADDRESS_SIZE, "%04x:%02x:%02x.%x", a->domain, a->bus, a->device, a->function);
	return buffer;
}
