// SPDX-License-Identifier: GPL-2.0-or-later
/* What holds for a function, who said so, and the knob that follows. */
#include "topology.h"

#include <stdio.h>
#include <stdlib.h>

#include "policy.h"

/* A root port with a switch below and a card below that, and a card of its own; one domain more. */
static struct machine *new_machine(void)
{
	struct machine *m = machine_of("aarch64");

	m->feature = FEATURE_PRESENT;
	m->split_eoi = 1;
	CARD(m, "00:01.0", 'A', .driver = "pcieport", .port = PORT_ROOT, .secondary = 1, .firmware = 40);
	CARD(m, "01:00.0", 0, .port = PORT_UPSTREAM, .secondary = 2);
	CARD(m, "02:0a.0", 0, .port = PORT_DOWNSTREAM, .secondary = 3);
	CARD(m, "03:00.0", 'A', .driver = "vfio-pci", .vendor = 0x8086, .device = 0x10d3, .firmware = 41);
	CARD(m, "00:02.0", 'A', .vendor = 0x1af4, .device = 0x1000, .firmware = 42);
	CARD(m, "0001:03:00.0", 'A', .driver = "vfio-pci", .vendor = 0x8086, .device = 0x10d3);
	CARD(m, "10000:e1:00.0", 'A', .driver = "nvme", .vendor = 0x8086, .device = 0x0a54);
	settle(m);
	for (size_t i = 0; i < m->n_functions; i++)
		m->functions[i].class = m->functions[i].bridge ? 0x060400 : 0x020000;
	return m;
}

static struct rule_file *file_of(const char *path, const char *rules)
{
	struct rule_error error;
	struct rule_file *file;
	char message[RULE_ERROR_SIZE], text[4096];
	int n = snprintf(text, sizeof(text), "{\"version\":1,\"rules\":[%s]}", rules);

	if (rules_parse(&file, path, text, (size_t)n, &error) < 0)
		fail_msg("%s", rule_error_format(&error, path, message));
	return file;
}

static bool match(const struct machine *m, const char *address, const char *match)
{
	struct rule_file *f;
	char rule[512];
	bool matches;

	snprintf(rule, sizeof(rule), "{\"match\":{%s},\"action\":\"allow\"}", match);
	f = file_of("f", rule);
	matches = rule_matches(&f->rules[0], m, at(m, address));
	rule_file_free(f);
	return matches;
}

static void patterns_match_what_they_say(void **state)
{
	static const struct {
		const char *match, *address;
		bool matches;
	} all[] = {
		{"'address':'0000:03:00.0'", "03:00.0", true},
		{"'address':'0000:03:00.0'", "0001:03:00.0", false},
		/* the short form is domain 0000 */
		{"'address':'03:00.0'", "03:00.0", true},
		{"'address':'03:00.0'", "0001:03:00.0", false},
		{"'address':'03:*'", "03:00.0", true},
		{"'address':'03:*'", "0001:03:00.0", false},
		{"'address':'0?:00.[0-3]'", "03:00.0", true},
		{"'address':'[0-3]3:00.0'", "03:00.0", true},
		{"'address':'[0-3]3:00.0'", "0001:03:00.0", false},
		/* a star stops at nothing */
		{"'address':'*'", "10000:e1:00.0", true},
		{"'address':'0000:03:*'", "03:00.0", true},
		{"'address':'*:03:00.0'", "0001:03:00.0", true},
		{"'address':'*:03:00.0'", "03:00.0", true},
		{"'address':'*:00.0'", "0001:03:00.0", true},
		{"'address':'*.1'", "03:00.0", false},
		{"'address':'10000:*'", "10000:e1:00.0", true},
		{"'address':'1000?:[eE]1:00.0'", "10000:e1:00.0", true},
		/* a pattern without a colon is no short form: this is not bus 00 of domain 0000 */
		{"'address':'10*'", "10000:e1:00.0", true},
		{"'address':'02*'", "00:02.0", false},
		{"'address':'03*'", "03:00.0", false},
		/* not a beginning, not an end */
		{"'address':'0000:03:0?'", "03:00.0", false},
		{"'address':'?:00.0'", "03:00.0", false},
		/* either case */
		{"'address':'0000:02:0A.0'", "02:0a.0", true},
		{"'id':'8086:10D3'", "03:00.0", true},
		{"'id':'8086:10d4'", "03:00.0", false},
		{"'id':'8086:*'", "03:00.0", true},
		{"'id':'*:10d3'", "03:00.0", true},
		{"'id':'1AF4:1[0-F]*'", "00:02.0", true},
		{"'id':'[!8]*'", "03:00.0", false},
		{"'class':'0x02*'", "03:00.0", true},
		{"'class':'0X020000'", "03:00.0", true},
		{"'class':'0x02*'", "00:01.0", false},
		{"'class':'0x0604*'", "00:01.0", true},
		/* drivers are names, not numbers; no driver is no name */
		{"'driver':'vfio-pci'", "03:00.0", true},
		{"'driver':'VFIO-pci'", "03:00.0", false},
		{"'driver':'vfio*'", "03:00.0", true},
		{"'driver':'vfio'", "03:00.0", false},
		{"'driver':'vfio-pci-x'", "03:00.0", false},
		{"'driver':'*'", "00:02.0", false},
		/* any bridge above, but never the function itself nor one beside */
		{"'bridge':'0000:02:0a.0'", "03:00.0", true},
		{"'bridge':'01:00.0'", "03:00.0", true},
		{"'bridge':'0000:00:01.0'", "03:00.0", true},
		{"'bridge':'0000:00:*'", "03:00.0", true},
		{"'bridge':'0000:03:00.0'", "03:00.0", false},
		{"'bridge':'0000:00:01.0'", "00:01.0", false},
		{"'bridge':'0000:00:01.0'", "00:02.0", false},
		{"'bridge':'*'", "00:02.0", false},
		{"'bridge':'*'", "0001:03:00.0", false},
		/* all of them */
		{"'address':'03:00.0','id':'8086:10d3','class':'0x02*','driver':'vfio-pci','bridge':'01:00.0'",
		 "03:00.0", true},
		{"'address':'04:00.0','id':'8086:10d3','class':'0x02*','driver':'vfio-pci','bridge':'01:00.0'",
		 "03:00.0", false},
		{"'address':'03:00.0','id':'8086:10d4','class':'0x02*','driver':'vfio-pci','bridge':'01:00.0'",
		 "03:00.0", false},
		{"'address':'03:00.0','id':'8086:10d3','class':'0x03*','driver':'vfio-pci','bridge':'01:00.0'",
		 "03:00.0", false},
		{"'address':'03:00.0','id':'8086:10d3','class':'0x02*','driver':'e1000e','bridge':'01:00.0'",
		 "03:00.0", false},
		{"'address':'03:00.0','id':'8086:10d3','class':'0x02*','driver':'vfio-pci','bridge':'00:02.0'",
		 "03:00.0", false},
	};
	struct machine *m = new_machine();

	(void)state;
	for (size_t i = 0; i < sizeof(all) / sizeof(*all); i++) {
		char json[256];
		char *p;

		strcpy(json, all[i].match);
		for (p = json; *p; p++)
			*p = *p == '\'' ? '"' : *p;
		if (match(m, all[i].address, json) != all[i].matches)
			fail_msg("%s %s %s", all[i].match, all[i].matches ? "does not match" : "matches",
				 all[i].address);
	}
	machine_free(m);
}

static struct decision decide_on(const char *address, enum policy_mode mode, bool runtime)
{
	struct decision d = {.vendor = 0x8086,
			     .device = 0x10d3,
			     .mode = mode,
			     .require = REQUIRE_LATENT_OK,
			     .runtime = runtime};

	assert_int_equal(address_parse(address, &d.address), 0);
	return d;
}

static struct ruling rule(const struct policy *p, const struct machine *m, const char *address)
{
	return policy_for(p, m, at(m, address));
}

static void expect_source(const struct ruling *r, const char *source)
{
	char text[SOURCE_SIZE];
	const char *is = ruling_source(r, text);

	if (source)
		assert_string_equal(is, source);
	else
		assert_null(is);
}

static void nobody_said_anything(void **state)
{
	const struct policy p = {};
	struct machine *m = new_machine();
	struct ruling r = rule(&p, m, "03:00.0");

	(void)state;
	assert_int_equal(r.mode, POLICY_UNSET);
	assert_int_equal(r.require, REQUIRE_EXCLUSIVE);
	expect_source(&r, NULL);
	assert_int_equal(knob_for(m, at(m, "03:00.0"), &r), KNOB_OFF);
	machine_free(m);
}

static void first_rule_of_first_file_decides(void **state)
{
	struct rule_file *files[] = {
		file_of("/a",
			"{\"match\":{\"id\":\"1af4:*\"},\"action\":\"deny\"},"
			"{\"match\":{\"driver\":\"vfio-pci\"},\"action\":\"allow\",\"require\":\"unproven-ok\"},"
			"{\"match\":{\"address\":\"03:00.0\"},\"action\":\"deny\"}"),
		file_of("/b", "{\"match\":{\"address\":\"*\"},\"action\":\"allow\"}"),
	};
	const struct policy p = {.files = files, .n_files = 2};
	struct machine *m = new_machine();
	struct ruling r = rule(&p, m, "03:00.0");

	(void)state;
	assert_int_equal(r.mode, POLICY_ALLOW);
	assert_int_equal(r.require, REQUIRE_UNPROVEN_OK);
	expect_source(&r, "/a: rule 2");
	r = rule(&p, m, "00:02.0");
	assert_int_equal(r.mode, POLICY_DENY);
	expect_source(&r, "/a: rule 1");
	r = rule(&p, m, "10000:e1:00.0");
	assert_int_equal(r.mode, POLICY_ALLOW);
	assert_int_equal(r.require, REQUIRE_EXCLUSIVE);
	expect_source(&r, "/b: rule 1");
	rule_file_free(files[0]);
	rule_file_free(files[1]);
	machine_free(m);
}

static void nothing_behind_a_broken_file_applies(void **state)
{
	struct rule_file broken = {.path = (char *)"/20.json", .broken = true};
	struct rule_file *files[] = {
		file_of("/10.json", "{\"match\":{\"id\":\"1af4:*\"},\"action\":\"allow\"}"),
		&broken,
		file_of("/30.json", "{\"match\":{\"address\":\"*\"},\"action\":\"allow\"}"),
	};
	const struct policy p = {.files = files, .n_files = 3};
	struct machine *m = new_machine();
	struct ruling r = rule(&p, m, "00:02.0");

	(void)state;
	assert_int_equal(r.mode, POLICY_ALLOW);
	r = rule(&p, m, "03:00.0");
	assert_int_equal(r.mode, POLICY_UNSET);
	expect_source(&r, "/20.json is broken");
	assert_int_equal(knob_for(m, at(m, "03:00.0"), &r), KNOB_OFF);
	rule_file_free(files[0]);
	rule_file_free(files[2]);
	machine_free(m);
}

static void decisions_come_before_rules_and_runtime_before_persistent(void **state)
{
	struct rule_file *files[] = {file_of("/a", "{\"match\":{\"address\":\"*\"},\"action\":\"allow\"}")};
	struct decision all[] = {
		decide_on("0001:03:00.0", POLICY_DENY, false),
		decide_on("03:00.0", POLICY_ALLOW, false),
		decide_on("03:00.0", POLICY_DENY, true),
		decide_on("02:00.0", POLICY_DENY, true),
	};
	struct policy p = {.files = files, .n_files = 1, .decisions = all, .n_decisions = 4};
	struct machine *m = new_machine();
	struct ruling r;

	(void)state;
	qsort(all, 4, sizeof(*all), decision_compare);
	assert_true(all[1].runtime && !all[2].runtime);
	r = rule(&p, m, "03:00.0");
	assert_int_equal(r.mode, POLICY_DENY);
	assert_null(r.file);
	assert_ptr_equal(r.decision, &all[1]);
	expect_source(&r, "intxctl --runtime");
	r = rule(&p, m, "0001:03:00.0");
	assert_int_equal(r.mode, POLICY_DENY);
	assert_int_equal(r.require, REQUIRE_LATENT_OK);
	expect_source(&r, "intxctl");
	r = rule(&p, m, "00:02.0");
	expect_source(&r, "/a: rule 1");
	assert_null(r.replaced);
	rule_file_free(files[0]);
	machine_free(m);
}

static void a_broken_file_does_not_stop_decisions(void **state)
{
	struct rule_file broken = {.path = (char *)"/a", .broken = true}, *files[] = {&broken};
	struct decision d = decide_on("03:00.0", POLICY_ALLOW, false);
	const struct policy p = {.files = files, .n_files = 1, .decisions = &d, .n_decisions = 1};
	struct machine *m = new_machine();
	struct ruling r = rule(&p, m, "03:00.0");

	(void)state;
	assert_int_equal(r.mode, POLICY_ALLOW);
	expect_source(&r, "intxctl");
	machine_free(m);
}

/* Among the lost ones may have been a "deny" for what a rule allows. */
static void no_rule_applies_while_decisions_are_lost(void **state)
{
	struct rule_file lost = {.path = (char *)"/decisions.json.damaged", .broken = true};
	struct rule_file *files[] = {file_of("/a", "{\"match\":{\"address\":\"*\"},\"action\":\"allow\"}")};
	struct decision d = decide_on("03:00.0", POLICY_ALLOW, true);
	const struct policy p = {
		.files = files, .n_files = 1, .decisions = &d, .n_decisions = 1, .lost = &lost};
	struct machine *m = new_machine();
	struct ruling r = rule(&p, m, "03:00.0");

	(void)state;
	assert_int_equal(r.mode, POLICY_ALLOW);
	expect_source(&r, "intxctl --runtime");
	r = rule(&p, m, "00:02.0");
	assert_int_equal(r.mode, POLICY_UNSET);
	expect_source(&r, "/decisions.json.damaged is broken");
	rule_file_free(files[0]);
	machine_free(m);
}

/* Each number of the identity for itself: any of them being another makes it another device. */
static void decision_does_not_pass_to_another_device(void **state)
{
	struct rule_file *files[] = {file_of("/a", "{\"match\":{\"id\":\"8086:*\"},\"action\":\"deny\"}")};
	struct machine *m = new_machine();

	(void)state;
	for (int i = 0; i < 4; i++) {
		struct decision d = decide_on("03:00.0", POLICY_ALLOW, false);
		const struct policy p = {.files = files, .n_files = 1, .decisions = &d, .n_decisions = 1};
		uint16_t *fields[] = {&d.vendor, &d.device, &d.subvendor, &d.subdevice};
		struct ruling r = rule(&p, m, "03:00.0");

		assert_ptr_equal(r.decision, &d);
		assert_null(r.replaced);
		*fields[i] ^= 0x8000;
		r = rule(&p, m, "03:00.0");
		assert_int_equal(r.mode, POLICY_DENY);
		assert_null(r.decision);
		assert_ptr_equal(r.replaced, &d);
		expect_source(&r, "/a: rule 1");
	}
	rule_file_free(files[0]);
	machine_free(m);
}

static void persistent_decision_holds_when_the_runtime_one_was_for_another_device(void **state)
{
	struct decision all[] = {decide_on("03:00.0", POLICY_DENY, true),
				 decide_on("03:00.0", POLICY_ALLOW, false)};
	const struct policy p = {.decisions = all, .n_decisions = 2};
	struct machine *m = new_machine();
	struct ruling r;

	(void)state;
	all[0].device++;
	r = rule(&p, m, "03:00.0");
	assert_ptr_equal(r.decision, &all[1]);
	assert_ptr_equal(r.replaced, &all[0]);
	machine_free(m);
}

static void many_decisions_are_all_found(void **state)
{
	struct decision all[64];
	struct policy p = {.decisions = all, .n_decisions = 64};
	struct machine *m = machine_of("aarch64");

	(void)state;
	for (uint8_t i = 0; i < 32; i++) {
		char address[16];

		snprintf(address, sizeof(address), "05:%02x.0", i);
		CARD(m, address, 'A', .vendor = 0x8086, .device = 0x10d3);
		all[2 * i] = decide_on(address, POLICY_DENY, false);
		all[2 * i + 1] = decide_on(address, POLICY_ALLOW, true);
	}
	settle(m);
	qsort(all, 64, sizeof(*all), decision_compare);
	for (p.n_decisions = 0; p.n_decisions <= 64; p.n_decisions++)
		for (size_t i = 0; i < 32; i++) {
			struct ruling r = policy_for(&p, m, &m->functions[i]);

			assert_int_equal(r.mode, 2 * i < p.n_decisions ? POLICY_ALLOW : POLICY_UNSET);
		}
	machine_free(m);
}

static void verdict_has_to_meet_what_is_required(void **state)
{
	static const bool meets[_VERDICT_MAX][_REQUIRE_MAX] = {
		/* exclusive, latent-ok, unproven-ok */
		[VERDICT_NO_INTX] = {false, false, false}, [VERDICT_SHARED] = {false, true, true},
		[VERDICT_LATENT] = {false, true, true},	   [VERDICT_UNPROVEN] = {false, false, true},
		[VERDICT_EXCLUSIVE] = {true, true, true},
	};

	(void)state;
	for (enum verdict v = 0; v < _VERDICT_MAX; v++)
		for (enum require r = 0; r < _REQUIRE_MAX; r++)
			if (verdict_meets(v, r) != meets[v][r])
				fail_msg("%s under %s", verdict_to_string(v), require_to_string(r));
}

/* A GICv3 whose map is known; 03.0 shares 38 with an unbound card, 04.0 39 with a driver's action. */
static struct machine *new_lines(enum feature feature, int split_eoi)
{
	struct machine *m = machine_of("aarch64");

	m->feature = feature;
	m->split_eoi = split_eoi;
	map_leads_to(m, 36, 40);
	CARD(m, "00:02.0", 'A', .driver = "vfio-pci", .firmware = 37);
	CARD(m, "00:03.0", 'A', .driver = "vfio-pci", .firmware = 38);
	CARD(m, "00:13.0", 'A', .firmware = 38);
	CARD(m, "00:04.0", 'A', .driver = "vfio-pci", .firmware = 39);
	CARD(m, "00:14.0", 'A', .driver = "e1000", .firmware = 39);
	CARD(m, "00:05.0", 0, .driver = "vfio-pci");
	CARD(m, "00:06.0", 'A', .driver = "e1000e", .firmware = 40);
	irq(m, 22, "GICv3", 37, "");
	irq(m, 23, "GICv3", 38, "");
	irq(m, 24, "GICv3", 39, "eth0");
	irq(m, 25, "GICv3", 40, "eth1");
	settle(m);
	expect_verdict(m, "00:02.0", VERDICT_EXCLUSIVE);
	expect_verdict(m, "00:03.0", VERDICT_LATENT);
	expect_verdict(m, "00:04.0", VERDICT_SHARED);
	expect_verdict(m, "00:05.0", VERDICT_NO_INTX);
	return m;
}

static void expect_knob(const struct machine *m, const char *address, enum policy_mode mode,
			enum require require, enum knob knob)
{
	const struct ruling r = {.mode = mode, .require = require};

	if (knob_for(m, at(m, address), &r) != knob)
		fail_msg("%s, %s %s: not %s", address, policy_mode_to_string(mode),
			 require_to_string(require), knob_to_string(knob));
}

static void knob_is_auto_exactly_when_allowed_and_proved(void **state)
{
	struct machine *m = new_lines(FEATURE_PRESENT, 1);

	(void)state;
	expect_knob(m, "00:02.0", POLICY_ALLOW, REQUIRE_EXCLUSIVE, KNOB_AUTO);
	expect_knob(m, "00:02.0", POLICY_UNSET, REQUIRE_UNPROVEN_OK, KNOB_OFF);
	expect_knob(m, "00:02.0", POLICY_DENY, REQUIRE_UNPROVEN_OK, KNOB_OFF);
	expect_knob(m, "00:03.0", POLICY_ALLOW, REQUIRE_EXCLUSIVE, KNOB_OFF);
	expect_knob(m, "00:03.0", POLICY_ALLOW, REQUIRE_LATENT_OK, KNOB_AUTO);
	/* an active sharer: off at once under exclusive; else the kernel yields, and comes back by itself */
	expect_knob(m, "00:04.0", POLICY_ALLOW, REQUIRE_EXCLUSIVE, KNOB_OFF);
	expect_knob(m, "00:04.0", POLICY_ALLOW, REQUIRE_LATENT_OK, KNOB_AUTO);
	expect_knob(m, "00:04.0", POLICY_ALLOW, REQUIRE_UNPROVEN_OK, KNOB_AUTO);
	expect_knob(m, "00:05.0", POLICY_ALLOW, REQUIRE_UNPROVEN_OK, KNOB_OFF);
	machine_free(m);
}

/* What the administrator requires is about sharing; that hardware cannot do it is no matter of opinion. */
/* latent hides unproven: the worst news goes first. */
static void a_latent_sharer_does_not_make_up_for_an_unknown_one(void **state)
{
	struct machine *m = new_lines(FEATURE_PRESENT, 1);

	(void)state;
	expect_knob(m, "00:03.0", POLICY_ALLOW, REQUIRE_LATENT_OK, KNOB_AUTO);
	machine_free(m);
	m = machine_of("aarch64");
	m->feature = FEATURE_PRESENT;
	m->split_eoi = 1;
	CARD(m, "00:03.0", 'A', .driver = "vfio-pci", .firmware = 38);
	CARD(m, "00:13.0", 'A', .firmware = 38);
	CARD(m, "00:07.0", 'A'); /* nobody knows where */
	irq(m, 23, "GICv3", 38, "");
	settle(m);
	expect_verdict(m, "00:03.0", VERDICT_LATENT);
	expect_knob(m, "00:03.0", POLICY_ALLOW, REQUIRE_LATENT_OK, KNOB_OFF);
	expect_knob(m, "00:03.0", POLICY_ALLOW, REQUIRE_UNPROVEN_OK, KNOB_AUTO);
	machine_free(m);
}

static void knob_is_off_for_one_that_cannot_be_read(void **state)
{
	struct machine *m = new_lines(FEATURE_PRESENT, 1);
	struct function *f = &m->functions[at(m, "00:02.0") - m->functions];

	(void)state;
	f->unreadable = true;
	expect_knob(m, "00:02.0", POLICY_ALLOW, REQUIRE_UNPROVEN_OK, KNOB_OFF);
	machine_free(m);
}

static void knob_is_off_where_direct_eoi_is_ruled_out(void **state)
{
	static const struct {
		enum feature feature;
		int split_eoi;
		enum knob knob;
	} all[] = {
		{FEATURE_PRESENT, 1, KNOB_AUTO},  {FEATURE_KILLED, 1, KNOB_OFF},
		{FEATURE_ABSENT, 1, KNOB_OFF},	  {FEATURE_PRESENT, 0, KNOB_OFF},
		{FEATURE_PRESENT, -1, KNOB_AUTO}, /* not known: the kernel judges */
		{FEATURE_UNKNOWN, 1, KNOB_AUTO},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(all) / sizeof(*all); i++) {
		struct machine *m = new_lines(all[i].feature, all[i].split_eoi);

		expect_knob(m, "00:02.0", POLICY_ALLOW, REQUIRE_UNPROVEN_OK, all[i].knob);
		machine_free(m);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(patterns_match_what_they_say),
		cmocka_unit_test(nobody_said_anything),
		cmocka_unit_test(first_rule_of_first_file_decides),
		cmocka_unit_test(nothing_behind_a_broken_file_applies),
		cmocka_unit_test(decisions_come_before_rules_and_runtime_before_persistent),
		cmocka_unit_test(a_broken_file_does_not_stop_decisions),
		cmocka_unit_test(no_rule_applies_while_decisions_are_lost),
		cmocka_unit_test(decision_does_not_pass_to_another_device),
		cmocka_unit_test(persistent_decision_holds_when_the_runtime_one_was_for_another_device),
		cmocka_unit_test(many_decisions_are_all_found),
		cmocka_unit_test(verdict_has_to_meet_what_is_required),
		cmocka_unit_test(knob_is_auto_exactly_when_allowed_and_proved),
		cmocka_unit_test(a_latent_sharer_does_not_make_up_for_an_unknown_one),
		cmocka_unit_test(knob_is_off_for_one_that_cannot_be_read),
		cmocka_unit_test(knob_is_off_where_direct_eoi_is_ruled_out),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
