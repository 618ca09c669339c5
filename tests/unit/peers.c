// SPDX-License-Identifier: GPL-2.0-or-later
#include "peers.h"

#include <errno.h>
#include <sys/socket.h>

#include "manager.h"

int peers_process(struct peers *p)
{
	int server, client;

	do {
		server = sd_bus_process(p->server, NULL);
		client = sd_bus_process(p->client, NULL);
	} while (server >= 0 && client >= 0 && server + client > 0);
	return server < 0 ? server : client < 0 ? client : 0;
}

static int start(sd_bus **ret, int fd)
{
	int r = sd_bus_new(ret);

	if (r >= 0)
		r = sd_bus_set_fd(*ret, fd, fd);
	if (r >= 0)
		r = sd_bus_negotiate_fds(*ret, true);
	return r < 0 ? r : sd_bus_set_anonymous(*ret, true);
}

int peers_connect(struct peers *p, struct context *c)
{
	int fds[2], r;

	*p = (struct peers){};
	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, fds) < 0)
		return -errno;
	r = start(&p->server, fds[0]);
	if (r >= 0)
		r = start(&p->client, fds[1]);
	if (r >= 0)
		r = sd_bus_set_server(
			p->server, true,
			SD_ID128_MAKE(01, 02, 03, 04, 05, 06, 07, 08, 09, 0a, 0b, 0c, 0d, 0e, 0f, 10));
	if (r >= 0)
		r = sd_bus_set_trusted(p->server, true);
	if (r >= 0)
		r = manager_add(p->server, c);
	if (r >= 0)
		r = sd_bus_start(p->server);
	if (r >= 0)
		r = sd_bus_start(p->client);
	while (r >= 0 && (sd_bus_is_ready(p->client) <= 0 || sd_bus_is_ready(p->server) <= 0))
		r = peers_process(p);
	return r < 0 ? r : 0;
}

void peers_free(struct peers *p)
{
	sd_bus_close_unref(p->server);
	sd_bus_close_unref(p->client);
	*p = (struct peers){};
}
