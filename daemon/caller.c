// SPDX-License-Identifier: GPL-2.0-or-later
#include "caller.h"

int caller_uid(sd_bus_message *message, uid_t *ret)
{
	sd_bus_creds *creds = NULL;
	int r = sd_bus_query_sender_creds(message, SD_BUS_CREDS_EUID, &creds);

	if (r >= 0)
		r = sd_bus_creds_get_euid(creds, ret);
	sd_bus_creds_unref(creds);
	return r;
}
