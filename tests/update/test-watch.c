// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The service's loop hears of things and does what follows: uevents through a socket pair in the netlink
 * socket's place, rule files that come and go, time that passes.
 */
#include <fcntl.h>
#include <stdio.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "place.h"
#include "service.h"
#include "settle.h"
#include "watch.h"

#define CARD	"0000:00:03.0" /* under vfio-pci, with a knob */
#define RIVAL	"0000:00:07.0"
#define DEVICES "sys/bus/pci/devices/"
#define KNOB	DEVICES CARD "/vfio-dev/vfio0/intx_deoi/policy"
#define RULES	"etc/intxd/policy.d/"
#define ALLOW	"{\"version\":1,\"rules\":[{\"match\":{\"address\":\"*\"},\"action\":\"allow\"}]}"

/* ---- uevents of our own ---- */

static int kernel = -1; /* the end to send them from */
static unsigned n_opened;

int __wrap_uevents_open(struct uevents **ret);
int __wrap_uevents_open(struct uevents **ret)
{
	int fds[2];

	assert_int_equal(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, fds), 0);
	close_fd(&kernel);
	kernel = fds[1];
	n_opened++;
	return uevents_open_fd(ret, fds[0]);
}

static void announce(const char *action, const char *address)
{
	char text[300];
	int n = snprintf(text, sizeof(text),
			 "%s@/devices/pci0000:00/%s%cACTION=%s%cDEVPATH=/devices/pci0000:00/%s%cSEQNUM=1",
			 action, address, 0, action, 0, address, 0);

	assert_int_equal(send(kernel, text, (size_t)n + 1, 0), n + 1);
}

/* ---- a host ---- */

struct host {
	struct place *p;
	struct context c;
	struct service service;
};

static void put_interrupts(const struct place *p, const char *actions)
{
	char text[300];

	snprintf(text, sizeof(text),
		 "   CPU0\n 10:  0  GICv3  25 Level  vgic\n 23:  0  GICv3  38 Level  %s\n", actions);
	put_in(p, "proc/interrupts", text);
}

static int open_host(void **state)
{
	struct host *h = calloc(1, sizeof(*h));
	struct place *p;

	assert_non_null(h);
	assert_int_equal(new_place((void **)&p), 0);
	h->p = p;
	put_in(p, "proc/sys/kernel/arch", "aarch64\n");
	put_in(p, "sys/module/vfio_pci_core/parameters/intx_deoi", "Y\n");
	put_in(p, RULES "10.json", ALLOW);
	put_function(p, CARD, "vfio-pci", "23\n");
	put_in(p, KNOB, "off\n");
	put_interrupts(p, "vfio-intx(" CARD ")");
	assert_int_equal(context_open(&h->c, p->path, false), 0);
	h->c.service = &h->service;
	assert_true(sd_event_new(&h->service.event) >= 0);
	n_opened = 0;
	assert_true(watch_start(&h->c) >= 0);
	assert_int_equal(rescan(&h->c), 0);
	*state = h;
	return 0;
}

static int close_host(void **state)
{
	struct host *h = *state;
	struct place *p = h->p;

	watch_stop(&h->c);
	devices_free(&h->service.devices);
	sd_event_unref(h->service.event);
	h->c.service = NULL;
	context_close(&h->c);
	close_fd(&kernel);
	kernel = -1;
	free(h);
	return remove_place((void **)&p);
}

static bool is_armed(const struct host *h)
{
	char text[8] = "";
	int fd = open(in(h->p, KNOB), O_RDONLY | O_CLOEXEC);

	assert_true(fd >= 0 && read(fd, text, sizeof(text) - 1) >= 0);
	close(fd);
	return strncmp(text, "auto", 4) == 0;
}

/* Lets the loop run until the knob is so; fails after a minute. */
static void expect_armed(struct host *h, bool armed)
{
	time_t end = time(NULL) + 60;

	while (is_armed(h) != armed) {
		assert_true(sd_event_run(h->service.event, 100000) >= 0);
		if (time(NULL) > end)
			fail_msg("the knob is not %s", armed ? "auto" : "off");
	}
}

/* Runs what is due already. */
static void run_what_is_due(struct host *h)
{
	while (sd_event_run(h->service.event, 0) > 0)
		;
}

static void rival_comes(struct host *h)
{
	put_function(h->p, RIVAL, "e1000", "23\n");
	put_interrupts(h->p, "e1000, vfio-intx(" CARD ")");
}

/* ---- what follows ---- */

static void a_sharer_that_comes_turns_the_knob_off(void **state)
{
	struct host *h = *state;

	expect_armed(h, true);
	rival_comes(h);
	announce("add", RIVAL);
	announce("bind", RIVAL);
	announce("bind", RIVAL);
	expect_armed(h, false);
}

static void a_sharer_without_an_event_is_seen_in_time(void **state)
{
	struct host *h = *state;

	expect_armed(h, true);
	put_interrupts(h->p, "serial, vfio-intx(" CARD ")");
	expect_armed(h, false);
	put_interrupts(h->p, "vfio-intx(" CARD ")");
	expect_armed(h, true);
}

/* Who is asked first handles what has come in first. */
static void what_came_in_is_handled_before_an_answer(void **state)
{
	struct host *h = *state;

	rival_comes(h);
	announce("bind", RIVAL);
	assert_int_equal(watch_flush(&h->c), 0);
	assert_false(is_armed(h));
	assert_int_equal(watch_flush(&h->c), 0); /* nothing is left */
}

static void after_a_loss_everything_is_read(void **state)
{
	static char large[9000] = "add@/devices/x";
	struct host *h = *state;

	rival_comes(h);
	assert_int_equal(send(kernel, large, sizeof(large), 0), sizeof(large));
	assert_int_equal(watch_flush(&h->c), 0);
	assert_false(is_armed(h));
}

static void a_flood_about_many_is_one_reading(void **state)
{
	struct host *h = *state;
	char address[40];

	rival_comes(h);
	for (int i = 0; i < 1100; i++) {
		snprintf(address, sizeof(address), "0001:%02x:%02x.0", i / 32, i % 32);
		announce("add", address);
		if (i % 100 == 99)
			run_what_is_due(h);
	}
	expect_armed(h, false);
}

static void a_socket_that_ends_is_opened_anew(void **state)
{
	struct host *h = *state;

	rival_comes(h);
	close_fd(&kernel);
	kernel = -1;
	expect_armed(h, false);
	assert_int_equal(n_opened, 2);
	unlink(in(h->p, DEVICES RIVAL "/driver"));
	put(h->p, DEVICES RIVAL "/irq", "0\n");
	put_interrupts(h->p, "vfio-intx(" CARD ")");
	announce("unbind", RIVAL); /* heard by the new one */
	assert_int_equal(watch_flush(&h->c), 0);
}

static void what_cannot_be_read_is_tried_again(void **state)
{
	struct host *h = *state;

	expect_armed(h, true);
	assert_int_equal(rename(in(h->p, "sys/bus/pci"), in(h->p, "sys/bus/away")), 0);
	announce("bind", RIVAL);
	assert_true(watch_flush(&h->c) < 0);
	assert_int_equal(rename(in(h->p, "sys/bus/away"), in(h->p, "sys/bus/pci")), 0);
	rival_comes(h);
	expect_armed(h, false);
}

static void rules_that_change_are_in_force_soon(void **state)
{
	struct host *h = *state;

	expect_armed(h, true);
	put(h->p, RULES "10.json", "{\"version\":1,\"rules\":[]}");
	expect_armed(h, false);
	assert_int_equal(rename(in(h->p, "etc/intxd/policy.d"), in(h->p, "etc/intxd/away")), 0);
	run_what_is_due(h);
	put_in(h->p, "usr/lib/intxd/policy.d/20.json", ALLOW);
	assert_int_equal(reload_policy(&h->c), 0);
	assert_true(is_armed(h));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(a_sharer_that_comes_turns_the_knob_off, open_host,
						close_host),
		cmocka_unit_test_setup_teardown(a_sharer_without_an_event_is_seen_in_time, open_host,
						close_host),
		cmocka_unit_test_setup_teardown(what_came_in_is_handled_before_an_answer, open_host,
						close_host),
		cmocka_unit_test_setup_teardown(after_a_loss_everything_is_read, open_host, close_host),
		cmocka_unit_test_setup_teardown(a_flood_about_many_is_one_reading, open_host, close_host),
		cmocka_unit_test_setup_teardown(a_socket_that_ends_is_opened_anew, open_host, close_host),
		cmocka_unit_test_setup_teardown(what_cannot_be_read_is_tried_again, open_host, close_host),
		cmocka_unit_test_setup_teardown(rules_that_change_are_in_force_soon, open_host, close_host),
	};

	if (geteuid() != 0)
		return 0; /* only root sends as root */
	return cmocka_run_group_tests(tests, NULL, NULL);
}
