// SPDX-License-Identifier: GPL-2.0-or-later
#define SD_JOURNAL_SUPPRESS_LOCATION

#include "journal.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <systemd/sd-journal.h>

void journal(int priority, sd_id128_t id, const char *address, const char *format, ...)
{
	char text[1024];
	va_list args;

	va_start(args, format);
	vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	if (!getenv("JOURNAL_STREAM") || sd_id128_is_null(id) ||
	    sd_journal_send("MESSAGE=%s", text, "PRIORITY=%d", priority, "MESSAGE_ID=" SD_ID128_FORMAT_STR,
			    SD_ID128_FORMAT_VAL(id), "INTXD_ADDRESS=%s", address ? address : "", NULL) < 0)
		fprintf(stderr, "intxd: %s\n", text);
}
