// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The service starts, and a private peer answers, while calls fail, those of libsystemd too.
 *
 * Then it says that it cannot start; and every question has one answer, the true one or an error.
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "failing.h"
#include "peer.h"
#include "peers.h"
#include "place.h"
#include "service.h"

/* ---- what fails of libsystemd ---- */

#define WRAP(name, parameters, arguments)                                               \
	int __real_##name parameters;                                                   \
	int __wrap_##name parameters;                                                   \
	int __wrap_##name parameters                                                    \
	{                                                                               \
		return failing_call(#name, ENOMEM) ? -ENOMEM : __real_##name arguments; \
	}

WRAP(sd_bus_new, (sd_bus * *ret), (ret))
WRAP(sd_bus_set_fd, (sd_bus * b, int in, int out), (b, in, out))
WRAP(sd_bus_set_server, (sd_bus * b, int on, sd_id128_t id), (b, on, id))
WRAP(sd_bus_negotiate_fds, (sd_bus * b, int on), (b, on))
WRAP(sd_bus_set_anonymous, (sd_bus * b, int on), (b, on))
WRAP(sd_bus_set_trusted, (sd_bus * b, int on), (b, on))
WRAP(sd_bus_start, (sd_bus * b), (b))
WRAP(sd_bus_add_object_vtable,
     (sd_bus * b, sd_bus_slot **s, const char *path, const char *interface, const sd_bus_vtable *v, void *u),
     (b, s, path, interface, v, u))
WRAP(sd_bus_add_fallback_vtable,
     (sd_bus * b, sd_bus_slot **s, const char *path, const char *interface, const sd_bus_vtable *v,
      sd_bus_object_find_t find, void *u),
     (b, s, path, interface, v, find, u))
WRAP(sd_bus_add_node_enumerator,
     (sd_bus * b, sd_bus_slot **s, const char *path, sd_bus_node_enumerator_t f, void *u), (b, s, path, f, u))
WRAP(sd_bus_add_object_manager, (sd_bus * b, sd_bus_slot **s, const char *path), (b, s, path))
WRAP(sd_bus_match_signal_async,
     (sd_bus * b, sd_bus_slot **s, const char *sender, const char *path, const char *interface,
      const char *member, sd_bus_message_handler_t on, sd_bus_message_handler_t installed, void *u),
     (b, s, sender, path, interface, member, on, installed, u))
WRAP(sd_bus_attach_event, (sd_bus * b, sd_event *e, int priority), (b, e, priority))
WRAP(sd_bus_request_name_async,
     (sd_bus * b, sd_bus_slot **s, const char *name, uint64_t flags, sd_bus_message_handler_t on, void *u),
     (b, s, name, flags, on, u))
WRAP(sd_event_default, (sd_event * *ret), (ret))
WRAP(sd_event_add_signal, (sd_event * e, sd_event_source **s, int sig, sd_event_signal_handler_t on, void *u),
     (e, s, sig, on, u))
WRAP(sd_event_add_io,
     (sd_event * e, sd_event_source **s, int fd, uint32_t events, sd_event_io_handler_t on, void *u),
     (e, s, fd, events, on, u))
WRAP(sd_event_add_time_relative,
     (sd_event * e, sd_event_source **s, clockid_t clock, uint64_t usec, uint64_t accuracy,
      sd_event_time_handler_t on, void *u),
     (e, s, clock, usec, accuracy, on, u))
WRAP(sd_event_source_set_priority, (sd_event_source * s, int64_t priority), (s, priority))
WRAP(sd_event_source_set_enabled, (sd_event_source * s, int on), (s, on))
WRAP(sd_bus_message_read_strv, (sd_bus_message * m, char ***ret), (m, ret))
WRAP(sd_bus_message_enter_container, (sd_bus_message * m, char type, const char *contents),
     (m, type, contents))
WRAP(sd_bus_message_exit_container, (sd_bus_message * m), (m))
WRAP(sd_bus_message_new_method_return, (sd_bus_message * m, sd_bus_message **ret), (m, ret))
WRAP(sd_bus_message_append_array, (sd_bus_message * m, char type, const void *p, size_t size),
     (m, type, p, size))
WRAP(sd_bus_send, (sd_bus * b, sd_bus_message *m, uint64_t *cookie), (b, m, cookie))

int __wrap_sd_bus_message_read(sd_bus_message *m, const char *types, ...);
int __wrap_sd_bus_message_read(sd_bus_message *m, const char *types, ...)
{
	va_list args;
	int r;

	if (failing_call("sd_bus_message_read", ENOMEM))
		return -ENOMEM;
	va_start(args, types);
	r = sd_bus_message_readv(m, types, args);
	va_end(args);
	return r;
}

int __real_memfd_create(const char *name, unsigned flags);
int __wrap_memfd_create(const char *name, unsigned flags);
int __wrap_memfd_create(const char *name, unsigned flags)
{
	return failing_call("memfd_create", EMFILE) ? -1 : __real_memfd_create(name, flags);
}

/* ---- the service ---- */

/* A bus that never answers. */
int __wrap_sd_bus_open_system(sd_bus **ret);
int __wrap_sd_bus_open_system(sd_bus **ret)
{
	int fds[2];

	if (failing_call("sd_bus_open_system", ECONNREFUSED))
		return -ECONNREFUSED;
	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, fds), 0);
	assert_true(__real_sd_bus_new(ret) >= 0 && __real_sd_bus_set_fd(*ret, fds[0], fds[0]) >= 0);
	assert_true(sd_bus_set_bus_client(*ret, true) >= 0 && __real_sd_bus_start(*ret) >= 0);
	return 0;
}

/* Nobody reads what would be flushed. */
sd_bus *__wrap_sd_bus_flush_close_unref(sd_bus *bus);
sd_bus *__wrap_sd_bus_flush_close_unref(sd_bus *bus)
{
	return sd_bus_close_unref(bus);
}

static unsigned n_loops;

/* It would run now. */
int __wrap_sd_event_loop(sd_event *e);
int __wrap_sd_event_loop(sd_event *e)
{
	(void)e;
	failing_stop();
	n_loops++;
	return 0;
}

static const char *start_service(void *userdata)
{
	const struct place *p = userdata;
	struct context c;
	sigset_t before;
	int r;

	assert_int_equal(sigprocmask(SIG_BLOCK, NULL, &before), 0);
	assert_int_equal(context_open(&c, p->path, false), 0);
	n_loops = 0;
	failing_start();
	r = service_run(&c);
	failing_stop();
	context_close(&c);
	assert_int_equal(sigprocmask(SIG_SETMASK, &before, NULL), 0);
	if ((r >= 0) != (n_loops > 0))
		return n_loops ? "it ran, and says that it did not" : "it did not run, and says nothing";
	return NULL;
}

static void put_machine(const struct place *p)
{
	static const char *const folders[] = {"sys", "sys/bus", "sys/bus/pci", "sys/bus/pci/devices",
					      "sys/bus/pci/devices/0000:00:03.0"};
	unsigned char config[256] = {0x86, 0x80, 0xd3, 0x10, 7, [0x0b] = 2, [0x3d] = 1};
	int fd;

	for (size_t i = 0; i < sizeof(folders) / sizeof(*folders); i++)
		assert_int_equal(mkdir(in(p, folders[i]), 0755), 0);
	fd = open(in(p, "sys/bus/pci/devices/0000:00:03.0/config"), O_WRONLY | O_CREAT | O_CLOEXEC, 0644);
	assert_int_equal(write(fd, config, sizeof(config)), sizeof(config));
	close(fd);
}

static void a_service_that_cannot_start_says_so(void **state)
{
	struct place *p = *state;

	put_machine(p);
	assert_int_equal(failing_each("starting", start_service, p), 0);
}

/* ---- a private peer ---- */

static const char *serve_nobody(void *userdata)
{
	const struct place *p = userdata;
	struct context c;
	int fds[2], r;

	assert_int_equal(context_open(&c, p->path, true), 0);
	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds), 0);
	close(fds[1]);
	failing_start();
	r = peer_serve(&c, fds[0]);
	failing_stop();
	context_close(&c);
	return r == 0 || r == -ENOMEM ? NULL : "another error";
}

static void a_peer_that_cannot_serve_ends(void **state)
{
	assert_int_equal(failing_each("serving", serve_nobody, *state), 0);
}

struct question {
	const struct place *p;
	const char *member, *argument; /* NULL: it takes none */
	bool options;		       /* and a{sv} behind it */
	bool list;		       /* as */
	char *answer;		       /* the true one */
};

struct answers {
	unsigned n;
	bool failed;
	char text[65536];
};

static int on_answer(sd_bus_message *m, void *userdata, sd_bus_error *error)
{
	struct answers *a = userdata;
	const char *text = "";

	(void)error;
	failing_stop();
	a->n++;
	a->failed = sd_bus_message_is_method_error(m, NULL);
	if (!a->failed && sd_bus_message_has_signature(m, "s") > 0)
		assert_true(sd_bus_message_read(m, "s", &text) >= 0);
	snprintf(a->text, sizeof(a->text), "%s", text);
	return 0;
}

static sd_bus_message *message_for(const struct question *q, sd_bus *bus)
{
	sd_bus_message *m = NULL;
	int r = sd_bus_message_new_method_call(bus, &m, NULL, INTXD_PATH, INTXD_MANAGER_INTERFACE, q->member);

	if (r >= 0 && q->list)
		r = sd_bus_message_append(m, "as", 1, q->argument);
	else if (r >= 0 && q->argument)
		r = sd_bus_message_append(m, "s", q->argument);
	if (r >= 0 && q->options)
		r = sd_bus_message_append(m, "a{sv}", 2, "require", "s", "latent-ok", "runtime", "b", 1);
	assert_true(r >= 0);
	return m;
}

static const char *ask(void *userdata)
{
	struct question *q = userdata;
	struct answers answers = {};
	const char *wrong = NULL;
	struct context c;
	struct peers peers;
	sd_bus_message *m;

	assert_int_equal(context_open(&c, q->p->path, true), 0);
	assert_int_equal(peers_connect(&peers, &c), 0);
	m = message_for(q, peers.client);
	assert_true(sd_bus_call_async(peers.client, NULL, m, on_answer, &answers, 0) >= 0);
	failing_start();
	(void)peers_process(&peers);
	failing_stop();
	sd_bus_message_unref(m);
	if (!q->answer && answers.n == 1 && !answers.failed)
		q->answer = strdup(answers.text);
	if (answers.n != 1)
		wrong = "there is not one answer";
	else if (!answers.failed && strcmp(answers.text, q->answer) != 0 && !failing_as_if_absent())
		wrong = "the answer is another";
	peers_free(&peers);
	context_close(&c);
	return q->answer ? wrong : "the true answer is an error";
}

static void every_question_has_one_answer(void **state)
{
	struct question all[] = {
		{.member = "DescribeText"},
		{.member = "Explain", .argument = "0000:00:03.0"},
		{.member = "Check", .argument = "0000:00:03.0", .list = true},
		{.member = "Foresee", .argument = "0000:00:03.0", .options = true},
		{.member = "Decode", .argument = "irq 16: nobody cared"},
		{.member = "TestPolicy", .argument = "{\"version\":1,\"rules\":[]}"},
		{.member = "ListPolicy"},
	};
	struct place *p = *state;
	unsigned wrong = 0;

	put_machine(p);
	for (size_t i = 0; i < sizeof(all) / sizeof(*all); i++) {
		all[i].p = p;
		wrong += failing_each(all[i].member, ask, &all[i]);
		free(all[i].answer);
	}
	assert_int_equal(wrong, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST_IN_PLACE(a_service_that_cannot_start_says_so),
		TEST_IN_PLACE(a_peer_that_cannot_serve_ends),
		TEST_IN_PLACE(every_question_has_one_answer),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
