// SPDX-License-Identifier: GPL-2.0-or-later
#include "peer.h"

#include <errno.h>
#include <signal.h>
#include <systemd/sd-id128.h>

#include "manager.h"

int peer_serve(struct context *c, int fd)
{
	sd_bus *bus = NULL;
	sd_id128_t id;
	int r = sd_id128_randomize(&id);

	signal(SIGPIPE, SIG_IGN);
	if (r >= 0)
		r = sd_bus_new(&bus);
	if (r >= 0)
		r = sd_bus_set_fd(bus, fd, fd);
	if (r >= 0)
		r = sd_bus_set_server(bus, true, id);
	if (r >= 0)
		r = sd_bus_negotiate_fds(bus, true);
	/* The other end is the process that started us. */
	if (r >= 0)
		r = sd_bus_set_anonymous(bus, true);
	if (r >= 0)
		r = sd_bus_set_trusted(bus, true);
	if (r >= 0)
		r = manager_add(bus, c);
	if (r >= 0)
		r = sd_bus_start(bus);
	while (r >= 0 && sd_bus_is_open(bus) > 0) {
		r = sd_bus_process(bus, NULL);
		if (r == 0)
			r = sd_bus_wait(bus, UINT64_MAX);
	}
	sd_bus_close_unref(bus);
	return r == -ECONNRESET || r == -ENOTCONN || r == -EPIPE ? 0 : r;
}
