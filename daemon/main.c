// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * intxd: reads the machine and answers for it on D-Bus.
 *
 * With --peer it serves one client on an inherited socket, changes nothing, and ends with the connection.
 */
#include <errno.h>
#include <getopt.h>
#include <signal.h>
#include <string.h>
#include <systemd/sd-id128.h>

#include "confine.h"
#include "manager.h"

static const char usage[] = "intxd - tells which PCI functions share an INTx line\n"
			    "\n"
			    "  --peer FD     serve one client on the socket FD, read-only\n"
			    "  --root DIR    look at the machine captured in DIR (default /)\n"
			    "  -h, --help    this text\n"
			    "  --version     the version\n";

static int serve_peer(struct context *c, int fd)
{
	sd_bus *bus = NULL;
	sd_id128_t id;
	int r = sd_id128_randomize(&id);

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

static int run(const char *root, int peer)
{
	struct context c = {};
	int r = root_open(&c.root, root);

	if (r < 0) {
		fprintf(stderr, "intxd: %s: %s\n", root, strerror(-r));
		return r;
	}
	(void)confine_to(&c.root); /* a second wall; every path is checked anyway */
	signal(SIGPIPE, SIG_IGN);
	c.names = names_new(&c.root);
	r = c.names ? serve_peer(&c, peer) : -ENOMEM;
	if (r < 0)
		fprintf(stderr, "intxd: %s\n", strerror(-r));
	machine_free(c.machine);
	names_free(c.names);
	root_close(&c.root);
	return r;
}

int main(int argc, char **argv)
{
	enum { OPT_PEER = 256, OPT_ROOT, OPT_VERSION };
	static const struct option options[] = {
		{"peer", required_argument, NULL, OPT_PEER},
		{"root", required_argument, NULL, OPT_ROOT},
		{"version", no_argument, NULL, OPT_VERSION},
		{"help", no_argument, NULL, 'h'},
		{},
	};
	const char *root = "/";
	int64_t peer = -1;
	int opt;

	while ((opt = getopt_long(argc, argv, "h", options, NULL)) >= 0) {
		switch (opt) {
		case OPT_PEER:
			if (parse_number(optarg, &peer) < 0 || peer < 0 || peer > 1 << 20) {
				fprintf(stderr, "intxd: --peer %s: not a descriptor\n", optarg);
				return EXIT_USAGE;
			}
			break;
		case OPT_ROOT: root = optarg; break;
		case OPT_VERSION: puts("intxd " INTXD_VERSION); return EXIT_DONE;
		case 'h': fputs(usage, stdout); return EXIT_DONE;
		default: return EXIT_USAGE;
		}
	}
	if (optind < argc || peer < 0) {
		fputs(usage, stderr);
		return EXIT_USAGE;
	}
	return run(root, (int)peer) < 0 ? EXIT_FAILED : EXIT_DONE;
}
