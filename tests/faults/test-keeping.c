// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Policy is loaded, decided and put into force while calls fail.
 *
 * Then no knob is auto that should not be, a denial is never passed over, and a decision is kept whole or
 * said not to be.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "decide.h"
#include "failing.h"
#include "json_memory.h"
#include "place.h"
#include "policy.h"
#include "service.h"
#include "settle.h"

#define CARD	  "0000:00:03.0" /* under vfio-pci, with a knob */
#define RIVAL	  "0000:00:07.0"
#define DEVICES	  "sys/bus/pci/devices/"
#define KNOB	  DEVICES CARD "/vfio-dev/vfio0/intx_deoi/policy"
#define DECISIONS "var/lib/intxd/decisions.json"
#define ETC	  "etc/intxd/policy.d/"
#define USR	  "usr/lib/intxd/policy.d/"

#define RULE(address, action) \
	"{\"version\":1,\"rules\":[{\"match\":{\"address\":\"" address "\"},\"action\":\"" action "\"}]}"
#define DECISION(address, mode)                                                                          \
	"{\"address\":\"" address "\",\"id\":\"8086:10d3\",\"subsystem\":\"0000:0000\",\"mode\":\"" mode \
	"\",\"require\":\"exclusive\"}"

/* ---- an Arm host ---- */

/* actions: of the card's interrupt. */
static void put_interrupts(const struct place *p, const char *actions)
{
	char text[300];

	snprintf(
		text, sizeof(text),
		"   CPU0\n 10:  0  GICv3  25 Level  vgic\n 23:  0  GICv3  38 Level  %s\n 24:  0  GICv3  39 Level  eth0\n",
		actions);
	put_in(p, "proc/interrupts", text);
}

static void put_host(const struct place *p, const char *knob)
{
	put_in(p, "proc/sys/kernel/arch", "aarch64\n");
	put_in(p, "sys/module/vfio_pci_core/parameters/intx_deoi", "Y\n");
	put_function(p, CARD, "vfio-pci", "23\n");
	put_in(p, DEVICES CARD "/vfio-dev/vfio0/intx_deoi/state", "off\n");
	put_in(p, KNOB, knob);
	put_function(p, RIVAL, "e1000", "24\n");
	put_interrupts(p, "vfio-intx(" CARD ")");
}

static bool knob_is(const struct place *p, const char *word)
{
	char text[16] = "";
	int fd = open(in(p, KNOB), O_RDONLY | O_CLOEXEC);

	assert_true(fd >= 0 && read(fd, text, sizeof(text) - 1) >= 0);
	close(fd);
	return strncmp(text, word, strlen(word)) == 0;
}

/* ---- knobs ---- */

/* The service looks at the machine, at first and again, and does what follows. */
static int run_service(const struct place *p, const struct address *touched)
{
	struct service service = {};
	struct context c;
	int e = context_open(&c, p->path, false);

	if (e < 0)
		return e;
	c.service = &service;
	e = rescan(&c);
	if (e == 0 && touched)
		e = refresh_touched(&c, touched, 1);
	if (e == 0)
		e = refresh_allowed(&c);
	devices_free(&service.devices);
	c.service = NULL;
	context_close(&c);
	return e;
}

static const char *stay_off(void *userdata)
{
	const struct place *p = userdata;
	struct address card;

	assert_int_equal(address_parse(CARD, &card), 0);
	put(p, KNOB, "off\n");
	failing_start();
	(void)run_service(p, &card);
	failing_stop();
	return knob_is(p, "auto") && !failing_as_if_absent() ? "the knob is auto" : NULL;
}

static void expect_off(struct place *p, const char *title)
{
	assert_int_equal(failing_each(title, stay_off, p), 0);
}

static void a_knob_is_never_auto_beside_a_sharer(void **state)
{
	struct place *p = *state;

	put_host(p, "off\n");
	put_in(p, ETC "10.json", RULE("*", "allow"));
	put(p, DEVICES RIVAL "/irq", "23\n");
	put_interrupts(p, "vfio-intx(" CARD "), eth0");
	expect_off(p, "beside a sharer");
}

static void a_knob_is_never_auto_beside_a_stranger(void **state)
{
	struct place *p = *state;

	put_host(p, "off\n");
	put_in(p, ETC "10.json", RULE("*", "allow"));
	put_interrupts(p, "vfio-intx(" CARD "), serial");
	expect_off(p, "beside a stranger");
}

static void a_knob_is_never_auto_where_a_rule_denies(void **state)
{
	struct place *p = *state;

	put_host(p, "off\n");
	put_in(p, USR "10.json", RULE("*", "allow"));
	put_in(p, ETC "10.json", RULE(CARD, "deny")); /* in place of that one */
	put_in(p, ETC "20.json", RULE("*", "allow"));
	expect_off(p, "a rule denies");
}

static void a_knob_is_never_auto_where_it_was_decided_against(void **state)
{
	struct place *p = *state;

	put_host(p, "off\n");
	put_in(p, ETC "10.json", RULE("*", "allow"));
	put_in(p, DECISIONS, "{\"version\":1,\"decisions\":[" DECISION(CARD, "deny") "]}");
	expect_off(p, "decided against");
}

/* Whatever failed before, the next time it goes as it should. */
static const char *go_off(void *userdata)
{
	const struct place *p = userdata;
	int e;

	put(p, KNOB, "auto\n");
	failing_start();
	e = run_service(p, NULL);
	failing_stop();
	if (e == 0 && knob_is(p, "auto") && !failing_as_if_absent())
		return NULL; /* a write that failed is said with the function, and tried again at the next
				look */
	if (run_service(p, NULL) < 0 || !knob_is(p, "off"))
		return "the knob is not off afterwards";
	return NULL;
}

static void a_knob_goes_off_at_the_next_look(void **state)
{
	struct place *p = *state;

	put_host(p, "auto\n");
	assert_int_equal(failing_each("a knob somebody turned on", go_off, p), 0);
}

static const char *go_on(void *userdata)
{
	const struct place *p = userdata;

	put(p, KNOB, "off\n");
	failing_start();
	(void)run_service(p, NULL);
	failing_stop();
	if (run_service(p, NULL) < 0 || !knob_is(p, "auto"))
		return "the knob is not auto afterwards";
	return NULL;
}

static void a_knob_goes_on_at_the_next_look(void **state)
{
	struct place *p = *state;

	put_host(p, "off\n");
	put_in(p, ETC "10.json", RULE(CARD, "allow"));
	assert_int_equal(failing_each("an exclusive card that is allowed", go_on, p), 0);
}

/* ---- decisions ---- */

static bool has(const struct decisions *d, const char *address, enum policy_mode mode)
{
	size_t n;
	const struct decision *all = decisions(d, &n);
	struct address a;

	assert_int_equal(address_parse(address, &a), 0);
	for (size_t i = 0; i < n; i++)
		if (address_compare(&all[i].address, &a) == 0 && all[i].mode == mode)
			return true;
	return false;
}

static const char *compare_with_disk(const struct place *p, const struct decisions *d, bool has_new)
{
	const char *wrong = NULL;
	struct decisions *fresh;

	assert_int_equal(decisions_new(&fresh, &p->root, true), 0);
	if (!has(fresh, CARD, POLICY_DENY) || !has(d, CARD, POLICY_DENY))
		wrong = "an earlier decision is lost";
	if (has(fresh, RIVAL, POLICY_ALLOW) != has_new && !failing_all())
		wrong = has_new ? "what was said to be kept is not on disk" : "what failed is on disk";
	if (has(d, RIVAL, POLICY_ALLOW) != has_new)
		wrong = "what is in memory is not what was said";
	if (decisions_problems(fresh)[0])
		wrong = "the file is damaged";
	decisions_free(fresh);
	return wrong;
}

static void put_decisions(const struct place *p, const char *more)
{
	char text[600];

	snprintf(text, sizeof(text), "{\"version\":1,\"decisions\":[" DECISION(CARD, "deny") "%s]}", more);
	put_in(p, DECISIONS, text);
}

static const char *decide_one(void *userdata)
{
	const struct place *p = userdata;
	struct decision rival = {.vendor = 0x8086, .device = 0x10d3, .mode = POLICY_ALLOW};
	struct decisions *d;
	const char *wrong;
	int e;

	assert_int_equal(address_parse(RIVAL, &rival.address), 0);
	put_decisions(p, "");
	assert_int_equal(decisions_new(&d, &p->root, false), 0);
	failing_start();
	e = decisions_set(d, &rival);
	failing_stop();
	wrong = compare_with_disk(p, d, e == 0);
	decisions_free(d);
	return wrong;
}

static void a_decision_is_kept_or_said_not_to_be(void **state)
{
	struct place *p = *state;

	assert_int_equal(failing_each("deciding", decide_one, p), 0);
}

static const char *take_back(void *userdata)
{
	const struct place *p = userdata;
	struct address rival;
	struct decisions *d;
	const char *wrong;
	int e;

	assert_int_equal(address_parse(RIVAL, &rival), 0);
	put_decisions(p, "," DECISION(RIVAL, "allow"));
	assert_int_equal(decisions_new(&d, &p->root, false), 0);
	failing_start();
	e = decisions_reset(d, &rival, false);
	failing_stop();
	wrong = compare_with_disk(p, d, e != 0);
	decisions_free(d);
	return wrong;
}

static void a_decision_is_taken_back_or_said_not_to_be(void **state)
{
	struct place *p = *state;

	assert_int_equal(failing_each("taking a decision back", take_back, p), 0);
}

/* A damaged file is set aside, and never lost. */
static const char *set_aside(void *userdata)
{
	const struct place *p = userdata;
	struct decisions *d = NULL;
	bool lost;
	int e;

	(void)unlink(in(p, DECISIONS ".damaged"));
	put_in(p, DECISIONS, "damaged\n");
	failing_start();
	e = decisions_new(&d, &p->root, false);
	failing_stop();
	lost = e < 0 || decisions_lost(d) != NULL;
	if (e == 0)
		decisions_free(d);
	if (!is_there(p, DECISIONS) && !is_there(p, DECISIONS ".damaged"))
		return "the damaged file is gone";
	return lost || failing_as_if_absent() ? NULL : "nobody says that decisions are lost";
}

static void a_damaged_file_is_never_lost(void **state)
{
	struct place *p = *state;

	assert_int_equal(failing_each("a damaged file", set_aside, p), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST_IN_PLACE(a_knob_is_never_auto_beside_a_sharer),
		TEST_IN_PLACE(a_knob_is_never_auto_beside_a_stranger),
		TEST_IN_PLACE(a_knob_is_never_auto_where_a_rule_denies),
		TEST_IN_PLACE(a_knob_is_never_auto_where_it_was_decided_against),
		TEST_IN_PLACE(a_knob_goes_off_at_the_next_look),
		TEST_IN_PLACE(a_knob_goes_on_at_the_next_look),
		TEST_IN_PLACE(a_decision_is_kept_or_said_not_to_be),
		TEST_IN_PLACE(a_decision_is_taken_back_or_said_not_to_be),
		TEST_IN_PLACE(a_damaged_file_is_never_lost),
	};

	json_memory_watch();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
