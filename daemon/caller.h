/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Who sent a message: the bus is asked, the message is not believed. */
#pragma once

#include <sys/types.h>
#include <systemd/sd-bus.h>

/* >= 0, or -errno, as when the caller has gone. */
int caller_uid(sd_bus_message *message, uid_t *ret);
