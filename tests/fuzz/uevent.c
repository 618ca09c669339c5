// SPDX-License-Identifier: GPL-2.0-or-later
/* Messages on the uevent socket. */
#include "uevent.h"

#include <errno.h>
#include <string.h>

#include "fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const struct uevent untouched = {.address = {.domain = 0xdead}};
	struct uevent event = untouched;
	int r = uevent_parse((const char *)data, size, &event);
	char address[ADDRESS_SIZE];

	MUST(r == 0 || r == 1 || r == -EBADMSG);
	if (r == 1) {
		/* The kernel's spelling of it stands in the path. */
		MUST(strstr(strchr((const char *)data, '@'), address_format(&event.address, address)));
		MUST(!event.intx_deoi || memmem(data, size, "INTX_DEOI=", 10));
	} else {
		MUST(memcmp(&event, &untouched, sizeof(event)) == 0);
	}
	return 0;
}
