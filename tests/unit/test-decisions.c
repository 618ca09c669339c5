// SPDX-License-Identifier: GPL-2.0-or-later
/* Decisions on disk: what is written, what is read again, and what happens to files that are not as we left
 * them. */
#include "place.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "decisions.h"
#include "save.h"

#define FOLDER	  "var/lib/intxd"
#define FILE_NAME FOLDER "/decisions.json"
#define RUNTIME	  "run/intxd/decisions.json"
#define STALE	  FOLDER "/.decisions.json.new"

static void make_folders(const struct place *p)
{
	mkdir(in(p, "var"), 0755);
	mkdir(in(p, "var/lib"), 0755);
	mkdir(in(p, FOLDER), 0755);
	mkdir(in(p, "run"), 0755);
	mkdir(in(p, "run/intxd"), 0755);
}

static struct decisions *load(const struct place *p)
{
	struct decisions *d = NULL;

	assert_int_equal(decisions_new(&d, &p->root, false), 0);
	return d;
}

static struct decision decision(const char *address, enum policy_mode mode, bool runtime)
{
	struct decision d = {.vendor = 0x8086,
			     .device = 0x10d3,
			     .subvendor = 0x8086,
			     .subdevice = 0xa01f,
			     .mode = mode,
			     .require = REQUIRE_LATENT_OK,
			     .runtime = runtime};

	assert_int_equal(address_parse(address, &d.address), 0);
	return d;
}

static int set(struct decisions *d, const char *address, enum policy_mode mode, bool runtime)
{
	struct decision new = decision(address, mode, runtime);

	return decisions_set(d, &new);
}

/* "0000:01:00.0 allow, 0000:02:00.0 deny runtime" */
static void expect(const struct decisions *d, const char *wanted)
{
	char text[4096] = "", address[ADDRESS_SIZE];
	size_t n, used = 0;
	const struct decision *all = decisions(d, &n);

	for (size_t i = 0; i < n; i++)
		used += (size_t)snprintf(text + used, sizeof(text) - used, "%s%s %s%s", i ? ", " : "",
					 address_format(&all[i].address, address),
					 policy_mode_to_string(all[i].mode),
					 all[i].runtime ? " runtime" : "");
	assert_string_equal(text, wanted);
}

/* In a fresh look at the files, nothing being wrong with them. */
static void expect_on_disk(const struct place *p, const char *wanted)
{
	struct decisions *d = load(p);

	expect(d, wanted);
	assert_null(decisions_problems(d)[0]);
	assert_null(decisions_lost(d));
	decisions_free(d);
}

static void no_files_are_no_decisions_and_no_problem(void **state)
{
	const struct place *p = *state;

	expect_on_disk(p, "");
	assert_int_equal(entries(p, "."), 0);
}

static void what_was_decided_is_there_after_a_restart(void **state)
{
	const struct place *p = *state;
	struct decisions *d = load(p);
	struct decision second = decision("10000:e1:1f.7", POLICY_DENY, false);
	const struct decision *all;
	size_t n;

	second.require = REQUIRE_UNPROVEN_OK;
	assert_int_equal(decisions_set(d, &second), 0);
	assert_int_equal(set(d, "01:00.0", POLICY_ALLOW, false), 0);
	expect(d, "0000:01:00.0 allow, 10000:e1:1f.7 deny");
	decisions_free(d);
	expect_text(
		p, FILE_NAME,
		"{\"version\":1,\"decisions\":[\n"
		"{\"address\":\"0000:01:00.0\",\"id\":\"8086:10d3\",\"subsystem\":\"8086:a01f\",\"mode\":\"allow\","
		"\"require\":\"latent-ok\"},\n"
		"{\"address\":\"10000:e1:1f.7\",\"id\":\"8086:10d3\",\"subsystem\":\"8086:a01f\",\"mode\":\"deny\","
		"\"require\":\"unproven-ok\"}\n]}\n");
	d = load(p);
	all = decisions(d, &n);
	assert_int_equal(n, 2);
	assert_int_equal(all[1].vendor, 0x8086);
	assert_int_equal(all[1].device, 0x10d3);
	assert_int_equal(all[1].subvendor, 0x8086);
	assert_int_equal(all[1].subdevice, 0xa01f);
	assert_int_equal(all[1].require, REQUIRE_UNPROVEN_OK);
	decisions_free(d);
}

static void runtime_decisions_are_in_a_file_of_their_own(void **state)
{
	const struct place *p = *state;
	struct decisions *d = load(p);

	assert_int_equal(set(d, "01:00.0", POLICY_ALLOW, false), 0);
	assert_int_equal(set(d, "01:00.0", POLICY_DENY, true), 0);
	assert_int_equal(set(d, "00:03.0", POLICY_DENY, true), 0);
	expect(d, "0000:00:03.0 deny runtime, 0000:01:00.0 deny runtime, 0000:01:00.0 allow");
	decisions_free(d);
	expect_on_disk(p, "0000:00:03.0 deny runtime, 0000:01:00.0 deny runtime, 0000:01:00.0 allow");
	assert_int_equal(unlink(in(p, RUNTIME)), 0); /* as a reboot does */
	expect_on_disk(p, "0000:01:00.0 allow");
}

static void folders_and_file_are_readable_by_everyone_and_nothing_is_left(void **state)
{
	const struct place *p = *state;
	struct decisions *d = load(p);
	struct stat st;

	assert_int_equal(set(d, "01:00.0", POLICY_ALLOW, false), 0);
	assert_int_equal(set(d, "02:00.0", POLICY_ALLOW, false), 0);
	decisions_free(d);
	assert_int_equal(stat(in(p, FOLDER), &st), 0);
	assert_int_equal(st.st_mode & 07777, 0755);
	assert_int_equal(stat(in(p, FILE_NAME), &st), 0);
	assert_int_equal(st.st_mode, S_IFREG | 0644);
	assert_int_equal(entries(p, FOLDER), 1);
}

static void the_same_again_is_not_written(void **state)
{
	const struct place *p = *state;
	struct decisions *d = load(p);
	struct decision other = decision("01:00.0", POLICY_ALLOW, false);
	struct stat before, after;

	assert_int_equal(set(d, "01:00.0", POLICY_ALLOW, false), 0);
	assert_int_equal(stat(in(p, FILE_NAME), &before), 0);
	assert_int_equal(set(d, "01:00.0", POLICY_ALLOW, false), 1);
	assert_int_equal(stat(in(p, FILE_NAME), &after), 0);
	assert_int_equal(before.st_ino, after.st_ino);
	other.subdevice++; /* another device, so another decision, in place of the first */
	assert_int_equal(decisions_set(d, &other), 0);
	expect(d, "0000:01:00.0 allow");
	other.require = REQUIRE_EXCLUSIVE;
	assert_int_equal(decisions_set(d, &other), 0);
	assert_int_equal(set(d, "01:00.0", POLICY_DENY, false), 0);
	decisions_free(d);
	expect_on_disk(p, "0000:01:00.0 deny");
}

static void reset_forgets_both_kinds_and_only_this_address(void **state)
{
	const struct place *p = *state;
	struct decisions *d = load(p);
	struct address address;

	assert_int_equal(set(d, "01:00.0", POLICY_ALLOW, false), 0);
	assert_int_equal(set(d, "01:00.0", POLICY_DENY, true), 0);
	assert_int_equal(set(d, "01:00.1", POLICY_ALLOW, false), 0);
	assert_int_equal(set(d, "01:00.2", POLICY_ALLOW, true), 0);
	address_parse("01:00.0", &address);
	assert_int_equal(decisions_reset(d, &address, false), 0);
	expect(d, "0000:01:00.1 allow, 0000:01:00.2 allow runtime");
	assert_int_equal(decisions_reset(d, &address, false), 1);
	address_parse("01:00.2", &address);
	assert_int_equal(decisions_reset(d, &address, false), 0);
	decisions_free(d);
	expect_on_disk(p, "0000:01:00.1 allow");
}

static void unset_is_no_decision(void **state)
{
	struct decisions *d = load(*state);

	assert_int_equal(set(d, "01:00.0", POLICY_UNSET, false), -EINVAL);
	expect(d, "");
	decisions_free(d);
}

#define GOOD \
	"{\"address\":\"0000:01:00.0\",\"id\":\"8086:10d3\",\"subsystem\":\"0000:0000\",\"mode\":\"allow\",\"require\":\"exclusive\"}"
#define FILE_OF(list) "{\"version\":1,\"decisions\":[" list "]}"
#define WITH(key, value)                                                                          \
	FILE_OF("{\"" key "\":" value                                                             \
		",\"address\":\"0000:01:00.0\",\"id\":\"8086:10d3\",\"subsystem\":\"0000:0000\"," \
		"\"mode\":\"allow\",\"require\":\"exclusive\"}")
#define ONLY(address, id, subsystem, mode, require)                                         \
	FILE_OF("{\"address\":\"" address "\",\"id\":\"" id "\",\"subsystem\":\"" subsystem \
		"\",\"mode\":\"" mode "\",\"require\":\"" require "\"}")

static void unknown_keys_are_passed_over(void **state)
{
	const struct place *p = *state;

	make_folders(p);
	put(p, FILE_NAME, WITH("by", "{}"));
	expect_on_disk(p, "0000:01:00.0 allow");
}

/* Whatever is wrong: set aside as it was, said, nothing of it applies, rules neither, and new decisions are
 * taken. */
static void damaged_file_is_set_aside_and_said(void **state)
{
	static const struct {
		const char *text, *why;
	} all[] = {
		{"", "line 1, column 0: it is no JSON"},
		{"{\"version\":1,\"decisions\":[" GOOD, "line 1, column 130: it is no JSON"},
		{"[]", "version is missing or wrong"},
		{"{\"decisions\":[]}", "version is missing or wrong"},
		{"{\"version\":2,\"decisions\":[]}", "it has version 2, and this intxd knows version 1"},
		{"{\"version\":1}", "decisions is missing or wrong"},
		{"{\"version\":1,\"decisions\":{}}", "decisions is missing or wrong"},
		{FILE_OF("1"), "decisions[0].address is missing or wrong"},
		{FILE_OF(GOOD ",{}"), "decisions[1].address is missing or wrong"},
		{FILE_OF(GOOD "," GOOD), "there are two decisions for 0000:01:00.0"},
		{WITH("id", "\"8086:10d3\""), "line 1, column 73: it is no JSON"},
		{ONLY("0000:01:00.8", "8086:10d3", "0000:0000", "allow", "exclusive"),
		 "decisions[0].address is missing or wrong"},
		{ONLY("01:00.0", "8086:10D3", "0000:0000", "allow", "exclusive"),
		 "decisions[0].id is missing or wrong"},
		{ONLY("01:00.0", "8086:10d3 ", "0000:0000", "allow", "exclusive"),
		 "decisions[0].id is missing or wrong"},
		{ONLY("01:00.0", "8086:+0d3", "0000:0000", "allow", "exclusive"),
		 "decisions[0].id is missing or wrong"},
		{ONLY("01:00.0", "8086:10d3", "", "allow", "exclusive"),
		 "decisions[0].subsystem is missing or wrong"},
		{ONLY("01:00.0", "8086:10d3", "0000:0000", "unset", "exclusive"),
		 "decisions[0].mode is missing or wrong"},
		{ONLY("01:00.0", "8086:10d3", "0000:0000", "allow", "maybe"),
		 "decisions[0].require is missing or wrong"},
	};
	const struct place *p = *state;

	make_folders(p);
	for (size_t i = 0; i < sizeof(all) / sizeof(*all); i++) {
		struct decisions *d;
		char wanted[512];

		put(p, FILE_NAME, all[i].text);
		d = load(p);
		expect(d, "");
		snprintf(
			wanted, sizeof(wanted),
			"/var/lib/intxd/decisions.json: %s; set aside as /var/lib/intxd/decisions.json.damaged: until "
			"that is removed, only decisions made since apply, and no rules",
			all[i].why);
		assert_string_equal(decisions_problems(d)[0], wanted);
		assert_null(decisions_problems(d)[1]);
		assert_string_equal(decisions_lost(d)->path, "/var/lib/intxd/decisions.json.damaged");
		assert_true(decisions_lost(d)->broken);
		expect_text(p, FILE_NAME ".damaged", all[i].text);
		assert_false(is_there(p, FILE_NAME));
		assert_int_equal(set(d, "05:00.0", POLICY_ALLOW, false), 0);
		decisions_free(d);

		d = load(p); /* it is still said after a restart */
		expect(d, "0000:05:00.0 allow");
		assert_non_null(strstr(decisions_problems(d)[0],
				       "decisions.json.damaged: was damaged and set aside"));
		assert_non_null(decisions_lost(d));
		assert_int_equal(unlink(in(p, FILE_NAME ".damaged")), 0);
		assert_int_equal(decisions_load(d), 0);
		assert_null(decisions_problems(d)[0]);
		assert_null(decisions_lost(d));
		assert_int_equal(unlink(in(p, FILE_NAME)), 0);
		decisions_free(d);
	}
}

static void earlier_damaged_files_are_kept_up_to_a_few(void **state)
{
	static const char *const last[] = {"1", "2", "3", "6"};
	const struct place *p = *state;
	char text[16], name[64];

	make_folders(p);
	for (int i = 1; i <= 6; i++) {
		snprintf(text, sizeof(text), "%d", i);
		put(p, FILE_NAME, text);
		decisions_free(load(p));
	}
	assert_int_equal(entries(p, FOLDER), SAVE_KEPT);
	expect_text(p, FILE_NAME ".damaged", last[0]);
	for (int i = 1; i < SAVE_KEPT; i++) {
		snprintf(name, sizeof(name), FILE_NAME ".damaged.%d", i);
		expect_text(p, name, last[i]);
	}
}

static void damaged_runtime_file_takes_nothing_from_the_other(void **state)
{
	const struct place *p = *state;
	struct decisions *d;

	make_folders(p);
	put(p, FILE_NAME, FILE_OF(GOOD));
	put(p, RUNTIME, "{");
	d = load(p);
	expect(d, "0000:01:00.0 allow");
	assert_non_null(strstr(decisions_problems(d)[0], "/run/intxd/decisions.json: line 1"));
	assert_true(is_there(p, RUNTIME ".damaged"));
	decisions_free(d);
}

static void read_only_touches_nothing(void **state)
{
	const struct place *p = *state;
	struct decisions *d;
	struct decision new = decision("01:00.0", POLICY_ALLOW, false);

	make_folders(p);
	put(p, FILE_NAME, "{");
	put(p, RUNTIME, FILE_OF(GOOD));
	put(p, STALE, "x");
	assert_int_equal(decisions_new(&d, &p->root, true), 0);
	expect(d, "0000:01:00.0 allow runtime");
	assert_string_equal(decisions_problems(d)[0],
			    "/var/lib/intxd/decisions.json: line 1, column 1: it is no JSON; none of "
			    "its decisions applies, nor do rules");
	assert_string_equal(decisions_lost(d)->path, "/var/lib/intxd/decisions.json");
	assert_int_equal(decisions_set(d, &new), -EROFS);
	assert_int_equal(decisions_reset(d, &new.address, false), -EROFS);
	decisions_free(d);
	expect_text(p, FILE_NAME, "{");
	assert_int_equal(entries(p, FOLDER), 2);
	assert_int_equal(entries(p, "run/intxd"), 1);
}

static void file_that_cannot_be_read_is_not_overwritten(void **state)
{
	const struct place *p = *state;
	struct decisions *d;
	struct address address;

	make_folders(p);
	assert_int_equal(mkdir(in(p, FILE_NAME), 0755), 0);
	d = load(p);
	expect(d, "");
	assert_string_equal(decisions_problems(d)[0],
			    "/var/lib/intxd/decisions.json: cannot be read: Is a directory; none of its "
			    "decisions applies, nor do rules");
	assert_non_null(decisions_lost(d));
	assert_int_equal(set(d, "01:00.0", POLICY_ALLOW, false), -EISDIR);
	address_parse("01:00.0", &address);
	assert_int_equal(decisions_reset(d, &address, false), -EISDIR);
	assert_true(is_there(p, FILE_NAME));
	assert_int_equal(set(d, "02:00.0", POLICY_ALLOW, true), 0); /* the other file is well */
	assert_int_equal(rmdir(in(p, FILE_NAME)), 0);
	put(p, FILE_NAME, FILE_OF(GOOD)); /* it can be read again: nothing of it is lost */
	assert_int_equal(set(d, "03:00.0", POLICY_DENY, false), 0);
	expect(d, "0000:01:00.0 allow, 0000:02:00.0 allow runtime, 0000:03:00.0 deny");
	assert_null(decisions_lost(d));
	decisions_free(d);
	expect_on_disk(p, "0000:01:00.0 allow, 0000:02:00.0 allow runtime, 0000:03:00.0 deny");
}

static void links_do_not_lead_out_of_the_root(void **state)
{
	const struct place *p = *state;
	char outside[128], text[160];
	struct decisions *d;

	/* the folder */
	snprintf(outside, sizeof(outside), "%s/outside", p->base);
	assert_int_equal(mkdir(outside, 0755), 0);
	make_folders(p);
	assert_int_equal(rmdir(in(p, FOLDER)), 0);
	assert_int_equal(symlink("../../../../outside", in(p, FOLDER)), 0);
	d = load(p);
	assert_true(set(d, "01:00.0", POLICY_ALLOW, false) < 0);
	decisions_free(d);
	assert_int_equal(entries(p, "../outside"), 0);
	assert_int_equal(unlink(in(p, FOLDER)), 0);
	/* the file, whose name is ours and whose target is not */
	assert_int_equal(mkdir(in(p, FOLDER), 0755), 0);
	snprintf(text, sizeof(text), "%s/other.json", outside);
	assert_int_equal(symlink(text, in(p, FILE_NAME)), 0);
	put(p, "../outside/other.json", FILE_OF(GOOD));
	d = load(p);
	expect(d, "");
	assert_int_equal(set(d, "02:00.0", POLICY_ALLOW, false), 0);
	decisions_free(d);
	expect_on_disk(p, "0000:02:00.0 allow");
	expect_text(p, "../outside/other.json", FILE_OF(GOOD));
	/* what a save writes to */
	assert_int_equal(symlink(text, in(p, STALE)), 0);
	d = load(p);
	assert_int_equal(symlink(text, in(p, STALE)), 0);
	assert_int_equal(set(d, "03:00.0", POLICY_ALLOW, false), 0);
	decisions_free(d);
	expect_text(p, "../outside/other.json", FILE_OF(GOOD));
	assert_int_equal(entries(p, FOLDER), 1);
}

static void absolute_links_to_folders_stay_inside(void **state)
{
	const struct place *p = *state;
	struct decisions *d;

	make_folders(p);
	assert_int_equal(rmdir(in(p, FOLDER)), 0);
	assert_int_equal(mkdir(in(p, "srv"), 0755), 0);
	assert_int_equal(symlink("/srv", in(p, FOLDER)), 0);
	d = load(p);
	assert_int_equal(set(d, "01:00.0", POLICY_ALLOW, false), 0);
	decisions_free(d);
	assert_true(is_there(p, "srv/decisions.json"));
	expect_on_disk(p, "0000:01:00.0 allow");
}

static void what_a_killed_save_left_is_removed(void **state)
{
	const struct place *p = *state;

	make_folders(p);
	put(p, FILE_NAME, FILE_OF(GOOD));
	put(p, STALE, "{\"version\":1,\"deci");
	expect_on_disk(p, "0000:01:00.0 allow");
	assert_int_equal(entries(p, FOLDER), 1);
}

/* The file grows across a limit in mid-write: what was there stays, in memory as well, and no part is left.
 */
static void refused_write_changes_nothing(void **state)
{
	const struct place *p = *state;
	struct decisions *d = load(p);
	struct rlimit old, limit;
	struct stat st;

	assert_int_equal(set(d, "01:00.0", POLICY_ALLOW, false), 0);
	assert_int_equal(stat(in(p, FILE_NAME), &st), 0);
	signal(SIGXFSZ, SIG_IGN);
	assert_int_equal(getrlimit(RLIMIT_FSIZE, &old), 0);
	limit = (struct rlimit){.rlim_cur = (rlim_t)st.st_size + 10, .rlim_max = old.rlim_max};
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &limit), 0);
	assert_int_equal(set(d, "02:00.0", POLICY_ALLOW, false), -EFBIG);
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &old), 0);
	expect(d, "0000:01:00.0 allow");
	assert_int_equal(entries(p, FOLDER), 1);
	expect_on_disk(p, "0000:01:00.0 allow");
	assert_int_equal(set(d, "02:00.0", POLICY_ALLOW, false), 0);
	decisions_free(d);
	expect_on_disk(p, "0000:01:00.0 allow, 0000:02:00.0 allow");
}

/* When the second of the two files refuses, the first is as it was. */
static void refused_reset_changes_nothing(void **state)
{
	const struct place *p = *state;
	struct decisions *d = load(p);
	struct address address;

	assert_int_equal(set(d, "01:00.0", POLICY_ALLOW, false), 0);
	assert_int_equal(set(d, "01:00.0", POLICY_DENY, true), 0);
	assert_int_equal(mkdir(in(p, "run/intxd/.decisions.json.new"), 0755), 0);
	address_parse("01:00.0", &address);
	assert_true(decisions_reset(d, &address, false) < 0);
	expect(d, "0000:01:00.0 deny runtime, 0000:01:00.0 allow");
	decisions_free(d);
	expect_on_disk(p, "0000:01:00.0 deny runtime, 0000:01:00.0 allow");
}

static void as_many_as_a_file_may_have(void **state)
{
	const struct place *p = *state;
	struct decision one;
	struct decisions *d;
	FILE *f;
	size_t n;

	make_folders(p);
	f = fopen(in(p, FILE_NAME), "w");
	fputs("{\"version\":1,\"decisions\":[", f);
	for (unsigned i = 0; i < DECISIONS_MAX; i++)
		fprintf(f,
			"%s\n{\"address\":\"ffff%04x:ff:1f.7\",\"id\":\"8086:10d3\",\"subsystem\":\"8086:a01f\","
			"\"mode\":\"allow\",\"require\":\"unproven-ok\"}",
			i ? "," : "", i);
	fputs("]}\n", f);
	fclose(f);
	d = load(p);
	assert_null(decisions_problems(d)[0]);
	decisions(d, &n);
	assert_int_equal(n, DECISIONS_MAX);
	assert_int_equal(set(d, "01:00.0", POLICY_ALLOW, false), -E2BIG);
	assert_int_equal(set(d, "01:00.0", POLICY_ALLOW, true), 0);
	assert_int_equal(set(d, "ffff0007:ff:1f.7", POLICY_DENY, false), 0);
	one = decision("ffff0008:ff:1f.7", POLICY_ALLOW, false);
	assert_int_equal(decisions_reset(d, &one.address, false), 0);
	assert_int_equal(set(d, "01:00.0", POLICY_ALLOW, false), 0);
	decisions_free(d);
	d = load(p); /* and what was written is small enough to be read */
	assert_null(decisions_problems(d)[0]);
	decisions(d, &n);
	assert_int_equal(n, DECISIONS_MAX + 1);
	decisions_free(d);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST_IN_PLACE(no_files_are_no_decisions_and_no_problem),
		TEST_IN_PLACE(what_was_decided_is_there_after_a_restart),
		TEST_IN_PLACE(runtime_decisions_are_in_a_file_of_their_own),
		TEST_IN_PLACE(folders_and_file_are_readable_by_everyone_and_nothing_is_left),
		TEST_IN_PLACE(the_same_again_is_not_written),
		TEST_IN_PLACE(reset_forgets_both_kinds_and_only_this_address),
		TEST_IN_PLACE(unset_is_no_decision),
		TEST_IN_PLACE(unknown_keys_are_passed_over),
		TEST_IN_PLACE(damaged_file_is_set_aside_and_said),
		TEST_IN_PLACE(earlier_damaged_files_are_kept_up_to_a_few),
		TEST_IN_PLACE(damaged_runtime_file_takes_nothing_from_the_other),
		TEST_IN_PLACE(read_only_touches_nothing),
		TEST_IN_PLACE(file_that_cannot_be_read_is_not_overwritten),
		TEST_IN_PLACE(links_do_not_lead_out_of_the_root),
		TEST_IN_PLACE(absolute_links_to_folders_stay_inside),
		TEST_IN_PLACE(what_a_killed_save_left_is_removed),
		TEST_IN_PLACE(refused_write_changes_nothing),
		TEST_IN_PLACE(refused_reset_changes_nothing),
		TEST_IN_PLACE(as_many_as_a_file_may_have),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
