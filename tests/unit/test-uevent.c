// SPDX-License-Identifier: GPL-2.0-or-later
/* Which messages are the kernel's, and which function they are about. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "topology.h"
#include "uevent.h"

#define BIND                                                                                       \
	"bind@/devices/pci0000:00/0000:00:01.0/0000:01:00.0\0ACTION=bind\0"                        \
	"DEVPATH=/devices/pci0000:00/0000:00:01.0/0000:01:00.0\0SUBSYSTEM=pci\0DRIVER=vfio-pci\0"  \
	"PCI_CLASS=20000\0PCI_ID=8086:10D3\0PCI_SUBSYS_ID=8086:A01F\0PCI_SLOT_NAME=0000:01:00.0\0" \
	"MODALIAS=pci:v00008086d000010D3sv00008086sd0000A01Fbc02sc00i00\0SEQNUM=1771\0"
#define ADD_VFIO                                                                                     \
	"add@/devices/pci0000:00/0000:00:01.0/0000:01:00.0/vfio-dev/vfio0\0ACTION=add\0"             \
	"DEVPATH=/devices/pci0000:00/0000:00:01.0/0000:01:00.0/vfio-dev/vfio0\0SUBSYSTEM=vfio-dev\0" \
	"MAJOR=511\0MINOR=0\0DEVNAME=vfio/devices/vfio0\0SEQNUM=1772\0"
#define ADD_CPU \
	"add@/devices/system/cpu/cpu1\0ACTION=add\0DEVPATH=/devices/system/cpu/cpu1\0SUBSYSTEM=cpu\0SEQNUM=5\0"

/* A literal with its last NUL, once. */
#define PARSE(text, ret) uevent_parse(text, sizeof(text) - 1, ret)

static void expect_address(const struct uevent *e, const char *address)
{
	char text[ADDRESS_SIZE];

	assert_string_equal(address_format(&e->address, text), address);
}

static void a_driver_was_bound(void **state)
{
	struct uevent e;

	(void)state;
	assert_int_equal(PARSE(BIND, &e), 1);
	assert_int_equal(e.action, UEVENT_BIND);
	assert_true(e.function);
	assert_false(e.intx_deoi);
	expect_address(&e, "0000:01:00.0");
}

static void something_below_a_function_is_about_it(void **state)
{
	struct uevent e;

	(void)state;
	assert_int_equal(PARSE(ADD_VFIO, &e), 1);
	assert_int_equal(e.action, UEVENT_ADD);
	assert_false(e.function);
	expect_address(&e, "0000:01:00.0");
}

static void every_action_has_its_word(void **state)
{
	static const struct {
		const char *word;
		enum uevent_action action;
	} all[] = {
		{"add", UEVENT_ADD},	   {"remove", UEVENT_REMOVE}, {"bind", UEVENT_BIND},
		{"unbind", UEVENT_UNBIND}, {"change", UEVENT_CHANGE}, {"move", UEVENT_MOVE},
		{"offline", UEVENT_OTHER}, {"ad", UEVENT_OTHER},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(all) / sizeof(*all); i++) {
		static const char path[] = "/devices/pci0000:00/0000:00:02.0";
		char text[200];
		int n = snprintf(text, sizeof(text), "%s@%s%cACTION=%s%cDEVPATH=%s%cSEQNUM=1", all[i].word,
				 path, 0, all[i].word, 0, path, 0);
		struct uevent e;

		assert_int_equal(uevent_parse(text, (size_t)n + 1, &e), 1);
		assert_int_equal(e.action, all[i].action);
	}
}

static void domains_beyond_16_bits_are_functions(void **state)
{
	struct uevent e;

	(void)state;
	assert_int_equal(
		PARSE("remove@/devices/pci0000:00/0000:00:0e.0/pci10000:e0/10000:e0:1d.0\0ACTION=remove\0"
		      "DEVPATH=/devices/pci0000:00/0000:00:0e.0/pci10000:e0/10000:e0:1d.0\0SEQNUM=9\0",
		      &e),
		1);
	expect_address(&e, "10000:e0:1d.0");
}

static void the_feature_says_when_to_look(void **state)
{
	struct uevent e;

	(void)state;
	assert_int_equal(
		PARSE("change@/devices/pci0000:00/0000:00:02.0/vfio-dev/vfio3\0ACTION=change\0"
		      "DEVPATH=/devices/pci0000:00/0000:00:02.0/vfio-dev/vfio3\0SUBSYSTEM=vfio-dev\0"
		      "INTX_DEOI=yielded\0INTX_DEOI_REASON=shared\0INTX_DEOI_IRQ=36\0INTX_DEOI_SEQ=4\0SEQNUM=9\0",
		      &e),
		1);
	assert_true(e.intx_deoi);
	/* A key that a process may add to a synthetic event is another. */
	assert_int_equal(PARSE("change@/devices/pci0000:00/0000:00:02.0\0ACTION=change\0"
			       "DEVPATH=/devices/pci0000:00/0000:00:02.0\0SYNTH_ARG_INTX_DEOI=1\0SEQNUM=9\0",
			       &e),
			 1);
	assert_false(e.intx_deoi);
}

static void what_is_no_function_is_something_else(void **state)
{
	struct uevent e;

	(void)state;
	assert_int_equal(PARSE(ADD_CPU, &e), 0);
#define ABOUT(path) PARSE("add@" path "\0ACTION=add\0DEVPATH=" path "\0SEQNUM=1\0", &e)
	assert_int_equal(ABOUT("/devices/pci0000:00/pci_bus/0000:00"), 0);
	assert_int_equal(ABOUT("/devices/pci0000:00/0000:00:1.0"), 0);
	assert_int_equal(ABOUT("/devices/pci0000:00/0000:00:01.0x"), 0);
	assert_int_equal(ABOUT("/devices/pci0000:00/00:01.0"), 0);
	assert_int_equal(ABOUT("/devices/pci0000:00/0000:00:0A.0"), 0);
	assert_int_equal(ABOUT("/module/0000:00:01.0"), 0);
	assert_int_equal(ABOUT("/"), 0);
	assert_int_equal(ABOUT("/devices/pci0000:00/0000:00:01.0:pcie001"), 0);
}

/* Cut anywhere, in a buffer of its own so that a read beyond the end is seen by the sanitizer. */
static void a_message_cut_short_is_none(void **state)
{
	(void)state;
	for (size_t n = 0; n < sizeof(BIND) - 1; n++) {
		char *copy = malloc(n + 1);
		struct uevent e;
		int r;

		assert_non_null(copy);
		memcpy(copy, BIND, n);
		r = uevent_parse(copy, n, &e);
		/* Cut between two keys it says less, but nothing wrong. */
		if (r == 1)
			expect_address(&e, "0000:01:00.0");
		else
			assert_int_equal(r, -EBADMSG);
		if (n > 0 && BIND[n - 1] != '\0')
			assert_int_equal(r, -EBADMSG);
		free(copy);
	}
}

static void junk_is_none(void **state)
{
	struct uevent e;

	(void)state;
	assert_int_equal(PARSE("", &e), -EBADMSG);
	assert_int_equal(PARSE("\0\0\0\0", &e), -EBADMSG);
	assert_int_equal(PARSE("add\0ACTION=add\0DEVPATH=/x\0", &e), -EBADMSG);
	assert_int_equal(PARSE("@/x\0ACTION=\0DEVPATH=/x\0", &e), -EBADMSG);
	assert_int_equal(PARSE("add@x\0ACTION=add\0DEVPATH=x\0", &e), -EBADMSG);
	assert_int_equal(PARSE("add@/x\0", &e), -EBADMSG);
	assert_int_equal(PARSE("add@/x\0ACTION=add\0DEVPATH=/y\0", &e), -EBADMSG);
	assert_int_equal(PARSE("add@/x\0ACTION=ad\0DEVPATH=/x\0", &e), -EBADMSG);
	assert_int_equal(PARSE("add@/x\0ACTION=add\0DEVPATH=/x\0junk\0", &e), -EBADMSG);
	assert_int_equal(PARSE("add@/x\0ACTION=add\0\0DEVPATH=/x\0", &e), -EBADMSG);
	assert_int_equal(PARSE("add@/x\0ACTION=add\0DEVPATH=/x\0=junk\0", &e), -EBADMSG);
	/* udev's own, for its monitors */
	assert_int_equal(PARSE("libudev\0\xfe\xed\xca\xfe\x28\0\0\0\x28\0\0\0\x99\0\0\0ACTION=add\0"
			       "DEVPATH=/devices/pci0000:00/0000:00:02.0\0SUBSYSTEM=pci\0",
			       &e),
			 -EBADMSG);
}

/* Real messages with random bytes changed: no crash, and what is accepted is whole. */
static void mutated_messages_do_no_harm(void **state)
{
	unsigned seed = 1;

	(void)state;
	for (int round = 0; round < 20000; round++) {
		char text[sizeof(ADD_VFIO) - 1];
		struct uevent e = {};

		memcpy(text, ADD_VFIO, sizeof(text));
		for (int i = rand_r(&seed) % 4; i >= 0; i--)
			text[(size_t)rand_r(&seed) % sizeof(text)] = (char)rand_r(&seed);
		if (uevent_parse(text, sizeof(text), &e) == 1)
			assert_in_range(e.address.device, 0, 31);
	}
}

/* ---- through a socket pair ---- */

struct pair {
	struct uevents *u;
	int sender;
};

static struct pair open_pair(void)
{
	struct pair p;
	int fds[2];

	assert_int_equal(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, fds), 0);
	assert_int_equal(uevents_open_fd(&p.u, fds[0]), 0);
	assert_int_equal(uevents_fd(p.u), fds[0]);
	p.sender = fds[1];
	return p;
}

static void close_pair(struct pair *p)
{
	close(p->sender);
	uevents_free(p->u);
}

/* With the credentials of a uid; root may name any. */
static void send_as(const struct pair *p, uid_t uid, const char *text, size_t length)
{
	_Alignas(struct cmsghdr) char control[CMSG_SPACE(sizeof(struct ucred))] = {};
	struct ucred who = {.pid = getpid(), .uid = uid, .gid = getgid()};
	struct iovec data = {.iov_base = (char *)text, .iov_len = length};
	struct msghdr message = {
		.msg_iov = &data, .msg_iovlen = 1, .msg_control = control, .msg_controllen = sizeof(control)};
	struct cmsghdr *c = CMSG_FIRSTHDR(&message);

	c->cmsg_level = SOL_SOCKET;
	c->cmsg_type = SCM_CREDENTIALS;
	c->cmsg_len = CMSG_LEN(sizeof(who));
	memcpy(CMSG_DATA(c), &who, sizeof(who));
	assert_int_equal(sendmsg(p->sender, &message, 0), length);
}

static void only_root_is_believed(void **state)
{
	struct pair p;
	struct uevent e;

	(void)state;
	if (geteuid() != 0)
		skip(); /* who is not root cannot send as root */
	p = open_pair();
	assert_int_equal(uevents_next(p.u, &e), 0);
	send_as(&p, 65534, BIND, sizeof(BIND) - 1);
	assert_int_equal(uevents_next(p.u, &e), 0);
	send_as(&p, 0, ADD_CPU, sizeof(ADD_CPU) - 1);
	send_as(&p, 1, BIND, sizeof(BIND) - 1);
	send_as(&p, 0, ADD_VFIO, sizeof(ADD_VFIO) - 1);
	send_as(&p, 0, "junk", 4);
	assert_int_equal(uevents_next(p.u, &e), 1);
	assert_int_equal(e.action, UEVENT_ADD);
	assert_int_equal(uevents_next(p.u, &e), 0);
	assert_int_equal(uevents_counts(p.u)->refused, 3);
	assert_int_equal(uevents_counts(p.u)->believed, 2);
	close_pair(&p);
}

static void what_does_not_fit_is_said_to_be_lost(void **state)
{
	static char large[9000];
	struct pair p;
	struct uevent e;

	(void)state;
	if (geteuid() != 0)
		skip();
	p = open_pair();
	memcpy(large, BIND, sizeof(BIND));
	send_as(&p, 65534, large, sizeof(large));
	assert_int_equal(uevents_next(p.u, &e), 0);
	send_as(&p, 0, large, sizeof(large));
	send_as(&p, 0, BIND, sizeof(BIND) - 1);
	assert_int_equal(uevents_next(p.u, &e), -ENOBUFS);
	assert_int_equal(uevents_next(p.u, &e), 1);
	assert_int_equal(uevents_counts(p.u)->losses, 1);
	close_pair(&p);
}

static void the_end_of_the_socket_is_told(void **state)
{
	struct pair p = open_pair();
	struct uevent e;

	(void)state;
	close(p.sender);
	assert_int_equal(uevents_next(p.u, &e), -ENOTCONN);
	uevents_free(p.u);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_driver_was_bound),
		cmocka_unit_test(something_below_a_function_is_about_it),
		cmocka_unit_test(every_action_has_its_word),
		cmocka_unit_test(domains_beyond_16_bits_are_functions),
		cmocka_unit_test(the_feature_says_when_to_look),
		cmocka_unit_test(what_is_no_function_is_something_else),
		cmocka_unit_test(a_message_cut_short_is_none),
		cmocka_unit_test(junk_is_none),
		cmocka_unit_test(mutated_messages_do_no_harm),
		cmocka_unit_test(only_root_is_believed),
		cmocka_unit_test(what_does_not_fit_is_said_to_be_lost),
		cmocka_unit_test(the_end_of_the_socket_is_told),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
