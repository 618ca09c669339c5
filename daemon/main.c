// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * intxd: reads the machine, keeps the administrator's policy in force, and answers for both on D-Bus.
 *
 * Without --peer it is the system's service. With it, it serves one client on an inherited socket, changes
 * nothing, and ends with the connection.
 */
#include <errno.h>
#include <getopt.h>
#include <string.h>

#include "confine.h"
#include "peer.h"
#include "service.h"
#include "tarball.h"

static const char usage[] =
	"intxd - tells which PCI functions share an INTx line, and keeps the policy for direct EOI in force\n"
	"\n"
	"  --off         turn direct EOI off for every function, and end\n"
	"  --peer FD     serve one client on the socket FD, read-only\n"
	"  --root DIR    look at the machine in DIR (default /)\n"
	"  -h, --help    this text\n"
	"  --version     the version\n";

static int run_peer(const char *root, int fd)
{
	struct context c;
	int r = context_open(&c, root, true);

	if (r < 0)
		return EXIT_FAILED;
	if (!c.root.live)
		(void)tarball_load(); /* from behind the wall it cannot be seen */
	(void)confine_to(&c.root);    /* a second wall; every path is checked anyway */
	r = peer_serve(&c, fd);
	if (r < 0)
		fprintf(stderr, "intxd: %s\n", strerror(-r));
	context_close(&c);
	return r < 0 ? EXIT_FAILED : EXIT_DONE;
}

static int run_service(const char *root, bool off)
{
	struct context c;
	int r = context_open(&c, root, off);

	if (r < 0)
		return EXIT_FAILED;
	r = off ? service_off(&c) : service_run(&c) < 0 ? EXIT_FAILED : EXIT_DONE;
	context_close(&c);
	return r;
}

int main(int argc, char **argv)
{
	enum { OPT_OFF = 256, OPT_PEER, OPT_ROOT, OPT_VERSION };
	static const struct option options[] = {
		{"off", no_argument, NULL, OPT_OFF},
		{"peer", required_argument, NULL, OPT_PEER},
		{"root", required_argument, NULL, OPT_ROOT},
		{"version", no_argument, NULL, OPT_VERSION},
		{"help", no_argument, NULL, 'h'},
		{},
	};
	const char *root = "/";
	int64_t peer = -1;
	bool off = false;
	int opt;

	while ((opt = getopt_long(argc, argv, "h", options, NULL)) >= 0) {
		switch (opt) {
		case OPT_OFF: off = true; break;
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
	if (optind < argc || (off && peer >= 0)) {
		fputs(usage, stderr);
		return EXIT_USAGE;
	}
	return peer >= 0 ? run_peer(root, (int)peer) : run_service(root, off);
}
