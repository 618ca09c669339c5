// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * An updated machine is the one that a full reading gives, to the last bit, whatever happened: random
 * machines on disk, random steps. The seed is printed; INTXD_SEED=N repeats a run, INTXD_SECONDS=N is how
 * long.
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "describe.h"
#include "dt.h"
#include "explain.h"
#include "read_machine.h"
#include "topology.h"
#include "tree.h"
#include "uevent.h"
#include "update.h"

#define BATCHES 40    /* of one machine */
#define BURST	10000 /* messages */

static unsigned seed;
static double seconds = 6;

static double now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

/* ---- what a machine says ---- */

struct looking {
	struct root root;
	struct names *names;
};

static struct looking look_at(const struct tree *t)
{
	struct looking l;

	assert_int_equal(root_open(&l.root, t->base), 0);
	return l;
}

static void look_away(struct looking *l)
{
	names_free(l->names);
	root_close(&l->root);
}

/* The whole document, and what is said of one function in full. */
static char *text_of(const struct looking *l, const struct machine *m, size_t index)
{
	static const struct policy nothing_said;
	static const struct knobs no_knobs;
	struct describer d = {.machine = m, .names = l->names, .policy = &nothing_said, .knobs = &no_knobs};
	char *text = NULL, *one;
	size_t size;
	FILE *out = open_memstream(&text, &size);

	assert_non_null(out);
	assert_int_equal(describe(&d, out), 0);
	if (m->n_functions > 0) {
		json_t *o = explain(&d, &m->functions[index % m->n_functions]);

		assert_non_null(o);
		one = json_dumps(o, JSON_COMPACT);
		fputs(one, out);
		free(one);
		json_decref(o);
	}
	fclose(out);
	return text;
}

/* For a person with diff. */
static void keep(const struct looking *l, const char *name, const char *text)
{
	_cleanup_free_ char *path = NULL;
	_cleanup_file_ FILE *out = NULL;

	if (asprintf(&path, "%s/%s", l->root.path, name) < 0)
		return;
	out = fopen(path, "w");
	if (out)
		fputs(text, out);
}

static bool equals_fresh(const struct looking *l, const struct machine *m, size_t index)
{
	struct machine *fresh;
	char *a, *b;
	bool same;

	assert_int_equal(read_machine(&fresh, &l->root), 0);
	a = text_of(l, m, index);
	b = text_of(l, fresh, index);
	same = strcmp(a, b) == 0;
	if (!same) {
		keep(l, "updated.json", a);
		keep(l, "fresh.json", b);
	}
	free(a);
	free(b);
	machine_free(fresh);
	return same;
}

static void update(struct machine **m, const struct looking *l, const struct touched *touched)
{
	struct update what = {.addresses = touched->addresses, .n = touched->n};

	assert_int_equal(update_machine(m, &l->root, &what), 0);
}

/* ---- random machines ---- */

struct tally {
	unsigned machines, batches, partial, functions, armed;
};

/* The number of an interrupt that its driver was given, or -1. */
static int64_t given(const struct function *f)
{
	return f->driver && f->msi == MSI_OFF && f->irq > 0 && f->irq != 255 && f->enable > 0 ? f->irq : -1;
}

/* By the files alone: has somebody else an action on an interrupt that f may be on? */
static bool has_active_sharer(const struct machine *m, const struct function *f)
{
	const struct line *line = &m->lines[f->line];
	char own[64], address[ADDRESS_SIZE];

	snprintf(own, sizeof(own), "vfio-intx(%s)", address_format(&f->address, address));
	for (size_t i = 0; i < m->n_irqs; i++) {
		const struct irq *irq = &m->irqs[i];
		bool gic = line->type == LINE_GIC && irq->chip && strncmp(irq->chip, "GIC", 3) == 0 &&
			   irq->hwirq == line->number;

		for (size_t a = 0; a < irq->n_actions && (gic || irq->virq == given(f)); a++)
			if (strcmp(irq->actions[a], own) != 0)
				return true;
	}
	for (size_t i = 0; i < m->n_functions; i++)
		if (&m->functions[i] != f && given(f) >= 0 && given(&m->functions[i]) == given(f))
			return true;
	return false;
}

/* Everything is allowed: whose knob would be auto? */
static unsigned no_sharer_is_starved(const struct machine *m)
{
	const struct ruling allowed = {.mode = POLICY_ALLOW, .require = REQUIRE_EXCLUSIVE};
	unsigned armed = 0;
	char address[ADDRESS_SIZE];

	for (size_t i = 0; i < m->n_functions; i++) {
		const struct function *f = &m->functions[i];

		if (!f->vfio || knob_for(m, f, &allowed) == KNOB_OFF)
			continue;
		armed++;
		if (f->line == NO_INDEX || has_active_sharer(m, f))
			fail_msg("%s is armed beside an active sharer", address_format(&f->address, address));
	}
	return armed;
}

/* Functions that are no news, and some that never were. */
static void add_noise(struct tree *t, struct touched *touched)
{
	for (unsigned i = tree_random(t, 3); i > 0; i--)
		touched->addresses[touched->n++] = (struct address){
			.domain = tree_random(t, 3),
			.bus = (uint8_t)tree_random(t, 4),
			.device = (uint8_t)tree_random(t, 6),
		};
}

static void run_machine(unsigned machine_seed, struct tally *tally)
{
	struct touched touched = {};
	struct machine *m = NULL;
	struct looking l;
	struct tree t;

	tree_new(&t, machine_seed);
	l = look_at(&t);
	l.names = names_new(&l.root);
	for (unsigned i = t.damage > 20 ? 150 : tree_random(&t, 40); i > 0; i--) {
		touched.n = 0;
		tree_add(&t, &touched);
	}
	assert_int_equal(read_machine(&m, &l.root), 0);
	for (int batch = 0; batch < BATCHES; batch++) {
		touched.n = 0;
		for (unsigned steps = 1 + tree_random(&t, 8); steps > 0 && touched.n < MAX_TOUCHED / 2;
		     steps--)
			tree_step(&t, &touched);
		add_noise(&t, &touched);
		tally->partial += m->problems_unlisted == 0 && !(m->dt && m->dt->unread);
		update(&m, &l, &touched);
		if (!equals_fresh(&l, m, tree_random(&t, 1000)))
			fail_msg("INTXD_SEED=%u (%s%s, damage %u), batch %d: %s", machine_seed,
				 t.plain ? "plain" : "linked", t.devicetree ? ", device tree" : "", t.damage,
				 batch, t.base);
		tally->armed += no_sharer_is_starved(m);
		tally->functions += (unsigned)m->n_functions;
	}
	tally->machines++;
	tally->batches += BATCHES;
	machine_free(m);
	look_away(&l);
	tree_free(&t);
}

static void updates_give_what_a_full_reading_gives(void **state)
{
	struct tally tally = {};
	double end = now() + seconds;

	(void)state;
	print_message("INTXD_SEED=%u\n", seed);
	for (unsigned s = seed; s == seed || now() < end; s++)
		run_machine(s, &tally);
	print_message(
		"%u machines, %u batches, %u of them read in part, %.1f functions a machine, %u times armed\n",
		tally.machines, tally.batches, tally.partial, tally.functions / (double)tally.batches,
		tally.armed);
	if (tally.machines > 10)
		assert_true(tally.partial > tally.batches / 2);
}

/* ---- what is read, and what is not ---- */

static struct address address_of(const char *text)
{
	struct address a;

	assert_int_equal(address_parse(text, &a), 0);
	return a;
}

/* A function in a folder of its own on root bus 0000:00. */
static void put(struct tree *t, const char *address, const char *driver, unsigned virq)
{
	char config[256] = {(char)0x86, (char)0x80, 1, 0, 7}, path[200], text[40];
	struct address a = address_of(address);
	int fd;

	config[0x3d] = 1;
	tree_write(t, "", "sys/bus/pci/devices/%s/config", address);
	snprintf(path, sizeof(path), "%s/sys/bus/pci/devices/%s/config", t->base, address_format(&a, text));
	fd = open(path, O_WRONLY);
	assert_int_equal(write(fd, config, sizeof(config)), sizeof(config));
	close(fd);
	snprintf(text, sizeof(text), "%u\n", virq);
	tree_write(t, text, "sys/bus/pci/devices/%s/irq", address);
	tree_write(t, "1\n", "sys/bus/pci/devices/%s/enable", address);
	snprintf(path, sizeof(path), "%s/sys/bus/pci/devices/%s/driver", t->base, address);
	(void)unlink(path);
	snprintf(text, sizeof(text), "../drivers/%s", driver);
	assert_int_equal(symlink(text, path), 0);
}

static struct tree small_tree(void)
{
	struct tree t;

	tree_bare(&t, 1);
	put(&t, "0000:00:02.0", "e1000", 16);
	put(&t, "0000:00:03.0", "ahci", 17);
	return t;
}

static const char *driver_of(const struct machine *m, const char *address)
{
	return at(m, address)->driver;
}

static void only_what_was_touched_is_read_again(void **state)
{
	struct touched touched = {.addresses = {address_of("0000:00:02.0")}, .n = 1};
	struct tree t = small_tree();
	struct looking l = look_at(&t);
	struct machine *m;

	(void)state;
	l.names = names_new(&l.root);
	assert_int_equal(read_machine(&m, &l.root), 0);
	put(&t, "0000:00:02.0", "igb", 16);
	put(&t, "0000:00:03.0", "nvme", 17);
	update(&m, &l, &touched);
	assert_string_equal(driver_of(m, "0000:00:02.0"), "igb");
	assert_string_equal(driver_of(m, "0000:00:03.0"), "ahci");
	touched.addresses[0] = address_of("0000:00:03.0");
	update(&m, &l, &touched);
	assert_true(equals_fresh(&l, m, 0));
	machine_free(m);
	look_away(&l);
	tree_free(&t);
}

static void actions_are_read_every_time(void **state)
{
	struct touched none = {};
	struct tree t = small_tree();
	struct looking l = look_at(&t);
	struct machine *m;

	(void)state;
	l.names = names_new(&l.root);
	tree_write(&t, "   CPU0\n 16:  1  IO-APIC 16-fasteoi  other\n", "proc/interrupts");
	assert_int_equal(read_machine(&m, &l.root), 0);
	tree_write(&t, "   CPU0\n 16:  1  IO-APIC 16-fasteoi  e1000\n", "proc/interrupts");
	update(&m, &l, &none);
	assert_true(at(m, "0000:00:02.0")->has_action);
	assert_true(equals_fresh(&l, m, 0));
	machine_free(m);
	look_away(&l);
	tree_free(&t);
}

static void a_failed_update_leaves_the_machine_as_it_was(void **state)
{
	struct touched touched = {.addresses = {address_of("0000:00:02.0")}, .n = 1};
	struct update what = {.addresses = touched.addresses, .n = 1};
	struct tree t = small_tree();
	struct looking l = look_at(&t);
	struct machine *m, *before;
	char from[200], to[200];

	(void)state;
	l.names = names_new(&l.root);
	assert_int_equal(read_machine(&m, &l.root), 0);
	before = m;
	snprintf(from, sizeof(from), "%s/sys/bus/pci/devices", t.base);
	snprintf(to, sizeof(to), "%s/elsewhere", t.base);
	assert_int_equal(rename(from, to), 0);
	assert_int_equal(update_machine(&m, &l.root, &what), -ENOENT);
	assert_ptr_equal(m, before);
	assert_int_equal(rename(to, from), 0);
	assert_true(equals_fresh(&l, m, 0));
	update(&m, &l, &touched);
	assert_true(equals_fresh(&l, m, 0));
	machine_free(m);
	look_away(&l);
	tree_free(&t);
}

/* The bridge went while its function was read; of the function nobody hears again. */
static void what_was_below_a_half_removed_bridge_goes_with_it(void **state)
{
	struct touched touched = {.addresses = {address_of("0000:01:00.0")}, .n = 1};
	static const char card[] = "sys/devices/pci0000:00/0000:00:01.0/0000:01:00.0";
	struct tree t = small_tree();
	struct looking l = look_at(&t);
	char bridge[200], away[200], link[200];
	struct machine *m;

	(void)state;
	l.names = names_new(&l.root);
	put(&t, "0000:00:01.0", "pcieport", 16);
	tree_write(&t, "", "%s/config", card);
	snprintf(link, sizeof(link), "%s/sys/bus/pci/devices/0000:01:00.0", t.base);
	assert_int_equal(symlink("../../../devices/pci0000:00/0000:00:01.0/0000:01:00.0", link), 0);
	assert_int_equal(read_machine(&m, &l.root), 0);
	snprintf(bridge, sizeof(bridge), "%s/sys/bus/pci/devices/0000:00:01.0", t.base);
	snprintf(away, sizeof(away), "%s/away", t.base);
	assert_int_equal(rename(bridge, away), 0);
	update(&m, &l, &touched);
	assert_int_equal(unlink(link), 0);
	touched.addresses[0] = address_of("0000:00:02.0"); /* anything else */
	update(&m, &l, &touched);
	assert_true(equals_fresh(&l, m, 0));
	machine_free(m);
	look_away(&l);
	tree_free(&t);
}

/* The kernel refuses a path through ".." while anything is renamed, wherever it is; sysfs' links are such. */
static void renames_elsewhere_hide_nothing(void **state)
{
	_cleanup_free_ char *from = NULL, *to = NULL;
	struct touched touched = {};
	struct looking l;
	struct tree t;
	int status;
	pid_t other;

	(void)state;
	tree_bare(&t, 1);
	for (int i = 0; i < 60; i++)
		tree_add(&t, &touched);
	l = look_at(&t);
	l.names = NULL;
	tree_write(&t, "", "a");
	assert_true(asprintf(&from, "%s/a", t.base) > 0 && asprintf(&to, "%s/b", t.base) > 0);
	other = fork();
	if (other == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		for (;;)
			if (rename(from, to) < 0 || rename(to, from) < 0)
				_exit(1);
	}
	for (int i = 0; i < 300; i++) {
		struct machine *m;

		assert_int_equal(read_machine(&m, &l.root), 0);
		for (size_t p = 0; p < m->n_problems; p++)
			if (m->problems[p].source == PROBLEM_FUNCTION)
				fail_msg("%s: %s", m->problems[p].file, m->problems[p].text);
		machine_free(m);
	}
	kill(other, SIGKILL);
	assert_int_equal(waitpid(other, &status, 0), other);
	assert_true(WIFSIGNALED(status));
	look_away(&l);
	tree_free(&t);
}

/* ---- through a socket ---- */

static void send_as(int socket, uid_t uid, const char *text, size_t length)
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
	if (sendmsg(socket, &message, 0) != (ssize_t)length)
		abort();
}

/* As the kernel would say that something happened to a function. */
static void announce(int socket, uid_t uid, const char *action, struct address a)
{
	char text[300], address[ADDRESS_SIZE];
	int n = snprintf(
		text, sizeof(text),
		"%s@/devices/pci0000:00/%s%cACTION=%s%cDEVPATH=/devices/pci0000:00/%s%cSUBSYSTEM=pci%cSEQNUM=1",
		action, address_format(&a, address), 0, action, 0, address, 0, 0);

	send_as(socket, uid, text, (size_t)n + 1);
}

/* Takes what is there. false: the other end is gone. lost: the world is to be read. */
static bool take_events(struct uevents *u, struct address *all, size_t room, size_t *n, bool *lost)
{
	struct uevent event;
	int r = 0;

	*lost = false;
	for (*n = 0; *n < room; (*n)++) {
		while ((r = uevents_next(u, &event)) == -ENOBUFS)
			*lost = true;
		if (r <= 0)
			break;
		all[*n] = event.address;
	}
	return r >= 0;
}

/* The world, in a process of its own: things happen and are announced; strangers announce what did not. */
static void happen(struct tree *t, int socket)
{
	static char large[9000] = "add@/devices/x";
	struct touched touched = {};
	size_t announced = 0;

	for (int sent = 0; sent < BURST; sent++) {
		if (sent == BURST / 2)
			send_as(socket, 0, large, sizeof(large)); /* does not fit: as good as lost */
		if (tree_random(t, 100) < 30) {
			announce(socket, 65534, tree_random(t, 2) ? "remove" : "add",
				 (struct address){.device = (uint8_t)tree_random(t, 32)});
			continue;
		}
		if (announced == touched.n) {
			touched.n = announced = 0;
			while (touched.n == 0)
				tree_step(t, &touched);
		}
		announce(socket, 0, "change", touched.addresses[announced++]);
	}
	while (announced < touched.n)
		announce(socket, 0, "remove", touched.addresses[announced++]);
}

/* Events follow what they tell of, while it goes on: what is read may be half of a change or gone already. */
static void a_burst_converges(void **state)
{
	_cleanup_free_ struct address *all = calloc(BURST, sizeof(*all));
	unsigned updates = 0, events = 0, rescans = 0;
	bool open = true, lost;
	struct uevents *u;
	struct machine *m;
	struct looking l;
	struct tree t;
	int fds[2], status;
	pid_t world;

	(void)state;
	if (geteuid() != 0)
		skip(); /* only root sends as root */
	tree_new(&t, seed);
	t.damage = 0;
	l = look_at(&t);
	l.names = names_new(&l.root);
	assert_int_equal(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, fds), 0);
	assert_int_equal(uevents_open_fd(&u, fds[0]), 0);
	assert_int_equal(read_machine(&m, &l.root), 0);
	world = fork();
	if (world == 0) {
		close(fds[0]);
		happen(&t, fds[1]);
		_exit(0);
	}
	close(fds[1]);
	while (open) {
		struct pollfd p = {.fd = uevents_fd(u), .events = POLLIN};
		struct update what = {.addresses = all};

		assert_true(poll(&p, 1, 60000) > 0);
		open = take_events(u, all, BURST, &what.n, &lost);
		if (lost) {
			struct machine *fresh;

			assert_int_equal(read_machine(&fresh, &l.root), 0);
			machine_free(m);
			m = fresh;
			rescans++;
		}
		if (what.n > 0 && !lost)
			assert_int_equal(update_machine(&m, &l.root, &what), 0);
		updates += what.n > 0;
		events += (unsigned)what.n;
	}
	assert_int_equal(waitpid(world, &status, 0), world);
	assert_int_equal(status, 0);
	print_message(
		"%u events believed, %llu refused, in %u updates, %u rescans; %zu functions in the end\n",
		events, (unsigned long long)uevents_counts(u)->refused, updates, rescans, m->n_functions);
	assert_true(uevents_counts(u)->refused > BURST / 5);
	assert_int_equal(rescans, 1);
	if (!equals_fresh(&l, m, 0))
		fail_msg("INTXD_SEED=%u: %s", seed, t.base);
	uevents_free(u);
	machine_free(m);
	look_away(&l);
	tree_free(&t);
}

/* Something did happen, but nobody who may say so did. */
static void forged_events_change_nothing(void **state)
{
	static const char udev[] = "libudev\0\xfe\xed\xca\xfe";
	struct tree t = small_tree();
	struct looking l = look_at(&t);
	struct address all[8];
	struct update what = {.addresses = all};
	struct machine *m;
	struct uevents *u;
	char *before, *after;
	bool lost;
	int fds[2];

	(void)state;
	if (geteuid() != 0)
		skip();
	l.names = names_new(&l.root);
	assert_int_equal(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, fds), 0);
	assert_int_equal(uevents_open_fd(&u, fds[0]), 0);
	assert_int_equal(read_machine(&m, &l.root), 0);
	before = text_of(&l, m, 0);
	put(&t, "0000:00:03.0", "nvme", 17);
	announce(fds[1], 65534, "change", address_of("0000:00:03.0"));
	announce(fds[1], 1, "bind", address_of("0000:00:03.0"));
	send_as(fds[1], 0, udev, sizeof(udev));
	assert_true(take_events(u, all, 8, &what.n, &lost));
	assert_int_equal(what.n, 0);
	assert_false(lost);
	assert_int_equal(update_machine(&m, &l.root, &what), 0);
	after = text_of(&l, m, 0);
	assert_string_equal(before, after);
	announce(fds[1], 0, "change", address_of("0000:00:03.0"));
	assert_true(take_events(u, all, 8, &what.n, &lost));
	assert_int_equal(what.n, 1);
	assert_int_equal(update_machine(&m, &l.root, &what), 0);
	assert_true(equals_fresh(&l, m, 0));
	assert_string_equal(driver_of(m, "0000:00:03.0"), "nvme");
	free(before);
	free(after);
	close(fds[1]);
	uevents_free(u);
	machine_free(m);
	look_away(&l);
	tree_free(&t);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(only_what_was_touched_is_read_again),
		cmocka_unit_test(actions_are_read_every_time),
		cmocka_unit_test(a_failed_update_leaves_the_machine_as_it_was),
		cmocka_unit_test(what_was_below_a_half_removed_bridge_goes_with_it),
		cmocka_unit_test(renames_elsewhere_hide_nothing),
		cmocka_unit_test(forged_events_change_nothing),
		cmocka_unit_test(a_burst_converges),
		cmocka_unit_test(updates_give_what_a_full_reading_gives),
	};
	const char *text = getenv("INTXD_SEED");

	seed = text ? (unsigned)strtoul(text, NULL, 10) : (unsigned)time(NULL);
	text = getenv("INTXD_SECONDS");
	if (text)
		seconds = strtod(text, NULL);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
