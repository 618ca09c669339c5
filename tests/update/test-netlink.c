// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The real socket: the kernel is heard, also in a network namespace of our own; other processes are not. What
 * this machine does not permit is skipped, and said.
 */
#include <errno.h>
#include <fcntl.h>
#include <glob.h>
#include <linux/netlink.h>
#include <poll.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "topology.h"
#include "uevent.h"

#define FORGED                                                     \
	"remove@/devices/pci0000:00/0000:00:1f.7\0ACTION=remove\0" \
	"DEVPATH=/devices/pci0000:00/0000:00:1f.7\0SUBSYSTEM=pci\0SEQNUM=1"

/* Exit codes of what runs in a process of its own. */
enum { HEARD, SENT = HEARD, NOT_PERMITTED, NOT_HEARD };

/* The file that makes the kernel announce a function, and the function; false: none can be written here. */
static bool find_function(char path[static 256], struct address *ret)
{
	bool found = false;
	glob_t all;

	if (glob("/sys/bus/pci/devices/*/uevent", 0, NULL, &all) != 0)
		return false;
	for (size_t i = 0; i < all.gl_pathc && !found; i++) {
		char address[ADDRESS_SIZE] = "";

		snprintf(path, 256, "%s", all.gl_pathv[i]);
		found = access(path, W_OK) == 0 &&
			sscanf(path, "/sys/bus/pci/devices/%23[^/]", address) == 1 &&
			address_parse(address, ret) == 0;
	}
	globfree(&all);
	return found;
}

static bool trigger(const char *path)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC);
	bool done = fd >= 0 && write(fd, "change", 6) == 6;

	if (fd >= 0)
		close(fd);
	return done;
}

/* Within two seconds, among whatever else happens on this machine. */
static bool hears(struct uevents *u, struct address address)
{
	struct uevent e;

	for (int i = 0; i < 20; i++) {
		struct pollfd p = {.fd = uevents_fd(u), .events = POLLIN};

		poll(&p, 1, 100);
		while (uevents_next(u, &e) == 1)
			if (address_compare(&e.address, &address) == 0)
				return true;
	}
	return false;
}

static void the_kernel_is_heard(void **state)
{
	struct uevents *u;
	struct address a;
	char path[256];

	(void)state;
	assert_int_equal(uevents_open(&u), 0);
	if (find_function(path, &a) && trigger(path)) {
		assert_true(hears(u, a));
		assert_true(uevents_counts(u)->believed > 0);
	} else {
		print_message("no PCI function's uevent file can be written here: not tested\n");
	}
	uevents_free(u);
}

/* More than the buffer holds, and nobody reads: that is said, and later messages come again. */
static void losses_are_told(void **state)
{
	struct uevents *u;
	struct address a;
	struct uevent e;
	char path[256];
	int small = 1, r;
	bool told = false;

	(void)state;
	if (!find_function(path, &a)) {
		print_message("no PCI function's uevent file can be written here: not tested\n");
		return;
	}
	assert_int_equal(uevents_open(&u), 0);
	assert_int_equal(setsockopt(uevents_fd(u), SOL_SOCKET, SO_RCVBUF, &small, sizeof(small)), 0);
	for (int i = 0; i < 200; i++)
		assert_true(trigger(path));
	while ((r = uevents_next(u, &e)) != 0) {
		assert_true(r == 1 || r == -ENOBUFS);
		told |= r == -ENOBUFS;
	}
	assert_true(told);
	assert_true(uevents_counts(u)->losses > 0);
	assert_true(trigger(path));
	assert_true(hears(u, a));
	uevents_free(u);
}

/* As under PrivateNetwork=yes. */
static int listen_in_namespace(const char *path, struct address a)
{
	struct uevents *u;

	if (unshare(CLONE_NEWNET) < 0)
		return NOT_PERMITTED;
	if (uevents_open(&u) < 0 || !trigger(path))
		return NOT_HEARD;
	return hears(u, a) ? HEARD : NOT_HEARD;
}

static void the_kernel_is_heard_in_a_private_network(void **state)
{
	struct address a;
	char path[256];
	int status;
	pid_t child;

	(void)state;
	if (!find_function(path, &a)) {
		print_message("no PCI function's uevent file can be written here: not tested\n");
		return;
	}
	child = fork();
	if (child == 0)
		_exit(listen_in_namespace(path, a));
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_true(WIFEXITED(status));
	if (WEXITSTATUS(status) == NOT_PERMITTED)
		print_message("no network namespace may be made here: not tested\n");
	else
		assert_int_equal(WEXITSTATUS(status), HEARD);
}

/* ---- strangers ---- */

static int forge(struct sockaddr_nl to, uid_t uid)
{
	int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_KOBJECT_UEVENT);

	if (fd < 0 || (uid != 0 && setresuid(uid, uid, uid) < 0))
		return NOT_PERMITTED;
	return sendto(fd, FORGED, sizeof(FORGED), 0, (struct sockaddr *)&to, sizeof(to)) == sizeof(FORGED)
		       ? SENT
		       : NOT_PERMITTED;
}

/* Sends FORGED to a port or group from another process; whatever comes of that, it is not believed. Was it
 * sent? */
static bool is_refused(struct uevents *u, struct sockaddr_nl to, uid_t uid)
{
	uint64_t refused = uevents_counts(u)->refused;
	pid_t child = fork();
	int status;

	if (child == 0)
		_exit(forge(to, uid));
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_true(WIFEXITED(status));
	assert_false(hears(u, (struct address){.device = 0x1f, .function = 7}));
	if (WEXITSTATUS(status) != SENT)
		return false;
	assert_true(uevents_counts(u)->refused > refused); /* it came, and was refused */
	return true;
}

static void other_processes_are_not_heard(void **state)
{
	struct sockaddr_nl port = {}, group = {.nl_family = AF_NETLINK, .nl_groups = 1};
	socklen_t length = sizeof(port);
	struct uevents *u;

	(void)state;
	assert_int_equal(uevents_open(&u), 0);
	assert_int_equal(getsockname(uevents_fd(u), (struct sockaddr *)&port, &length), 0);
	port.nl_groups = 0;
	assert_true(port.nl_pid != 0);
	if (!is_refused(u, port, geteuid()))
		print_message("nobody but root may send to a port\n");
	if (!is_refused(u, group, geteuid()))
		print_message("nobody but root may send to the group\n");
	/* The kernel keeps these from sending at all; if one day it does not, they are refused as above. */
	if (geteuid() == 0) {
		(void)is_refused(u, port, 65534);
		(void)is_refused(u, group, 65534);
	}
	uevents_free(u);
}

static void the_receive_buffer_is_grown(void **state)
{
	socklen_t length = sizeof(int);
	struct uevents *u;
	int size = 0;

	(void)state;
	assert_int_equal(uevents_open(&u), 0);
	assert_int_equal(getsockopt(uevents_fd(u), SOL_SOCKET, SO_RCVBUF, &size, &length), 0);
	assert_true(geteuid() != 0 || size >= 8 << 20);
	uevents_free(u);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_kernel_is_heard),
		cmocka_unit_test(losses_are_told),
		cmocka_unit_test(the_kernel_is_heard_in_a_private_network),
		cmocka_unit_test(other_processes_are_not_heard),
		cmocka_unit_test(the_receive_buffer_is_grown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
