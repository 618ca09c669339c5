// SPDX-License-Identifier: GPL-2.0-or-later
/* Which rule files are in force, in which order, and what a broken one does. */
#include "place.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "policy_files.h"

#define USR "usr/lib/intxd/policy.d/"
#define RUN "run/intxd/policy.d/"
#define ETC "etc/intxd/policy.d/"

#define RULES "{\"version\":1,\"rules\":[{\"match\":{\"address\":\"*\"},\"action\":\"allow\"}]}"

static void make(const struct place *p, const char *folder)
{
	char path[128];

	for (const char *slash = strchr(folder, '/'); slash; slash = strchr(slash + 1, '/')) {
		snprintf(path, sizeof(path), "%.*s", (int)(slash - folder), folder);
		mkdir(in(p, path), 0755);
	}
}

static struct policy_files *new_files(const struct place *p)
{
	struct policy_files *files;

	make(p, USR);
	make(p, RUN);
	make(p, ETC);
	assert_int_equal(policy_files_new(&files, &p->root), 0);
	return files;
}

/* "/etc/intxd/policy.d/10.json, /usr/…/20.json broken" */
static void expect(const struct policy_files *files, const char *wanted)
{
	char text[2048] = "";
	size_t n, used = 0;
	struct rule_file *const *all = policy_files(files, &n);

	for (size_t i = 0; i < n; i++)
		used += (size_t)snprintf(text + used, sizeof(text) - used, "%s%s%s", i ? ", " : "",
					 all[i]->path, all[i]->broken ? " broken" : "");
	assert_string_equal(text, wanted);
}

static void expect_lines(char *const *lines, const char *wanted)
{
	char text[2048] = "";
	size_t used = 0;

	for (size_t i = 0; lines[i]; i++)
		used += (size_t)snprintf(text + used, sizeof(text) - used, "%s%s", i ? "\n" : "", lines[i]);
	assert_string_equal(text, wanted);
}

static void no_folders_are_no_rules(void **state)
{
	const struct place *p = *state;
	struct policy_files *files;

	assert_int_equal(policy_files_new(&files, &p->root), 0);
	expect(files, "");
	expect_lines(policy_files_problems(files), "");
	assert_int_equal(policy_files_load(files), 0);
	expect(files, "");
	expect_lines(policy_files_problems(files), "");
	policy_files_free(files);
}

static void order_is_by_file_name_across_folders(void **state)
{
	const struct place *p = *state;
	struct policy_files *files = new_files(p);

	put(p, USR "30.json", RULES);
	put(p, USR "05-z.json", RULES);
	put(p, RUN "10.json", RULES);
	put(p, ETC "20.json", RULES);
	put(p, ETC "10-a.json", RULES);
	put(p, ETC "9.json", RULES);
	assert_int_equal(policy_files_load(files), 0);
	expect(files,
	       "/usr/lib/intxd/policy.d/05-z.json, /etc/intxd/policy.d/10-a.json, /run/intxd/policy.d/10.json, "
	       "/etc/intxd/policy.d/20.json, /usr/lib/intxd/policy.d/30.json, /etc/intxd/policy.d/9.json");
	expect_lines(policy_files_masked(files), "");
	policy_files_free(files);
}

static void etc_stands_for_run_and_run_for_usr(void **state)
{
	const struct place *p = *state;
	struct policy_files *files = new_files(p);

	put(p, USR "10.json", "broken, and nobody looks");
	put(p, RUN "10.json", "likewise");
	put(p, ETC "10.json", RULES);
	put(p, USR "20.json", RULES);
	put(p, RUN "20.json", RULES);
	assert_int_equal(policy_files_load(files), 0);
	expect(files, "/etc/intxd/policy.d/10.json, /run/intxd/policy.d/20.json");
	expect_lines(policy_files_masked(files),
		     "/run/intxd/policy.d/10.json: replaced by /etc/intxd/policy.d/10.json\n"
		     "/usr/lib/intxd/policy.d/10.json: replaced by /etc/intxd/policy.d/10.json\n"
		     "/usr/lib/intxd/policy.d/20.json: replaced by /run/intxd/policy.d/20.json");
	policy_files_free(files);
}

/* /dev/null is not there in a captured tree. */
static void empty_files_and_links_to_dev_null_mask(void **state)
{
	const struct place *p = *state;
	struct policy_files *files = new_files(p);

	put(p, USR "10.json", RULES);
	put(p, ETC "10.json", "");
	put(p, USR "20.json", RULES);
	assert_int_equal(symlink("/dev/null", in(p, RUN "20.json")), 0);
	put(p, ETC "30.json", "");
	put(p, RUN "40.json", "");
	put(p, ETC "40.json", RULES);
	assert_int_equal(policy_files_load(files), 0);
	expect(files, "/etc/intxd/policy.d/40.json");
	expect_lines(policy_files_masked(files),
		     "/usr/lib/intxd/policy.d/10.json: masked by /etc/intxd/policy.d/10.json\n"
		     "/usr/lib/intxd/policy.d/20.json: masked by /run/intxd/policy.d/20.json\n"
		     "/run/intxd/policy.d/40.json: replaced by /etc/intxd/policy.d/40.json");
	policy_files_free(files);
}

static void other_names_are_passed_over(void **state)
{
	const struct place *p = *state;
	struct policy_files *files = new_files(p);

	put(p, ETC "README", "x");
	put(p, ETC "10.json~", "x");
	put(p, ETC "10.json.bak", "x");
	put(p, ETC ".#10.json", "x");
	put(p, ETC ".json", "x");
	put(p, ETC "10.JSON", "x");
	assert_int_equal(policy_files_load(files), 0);
	expect(files, "");
	policy_files_free(files);
}

static void broken_file_at_first_load_is_in_the_set_as_such(void **state)
{
	const struct place *p = *state;
	struct policy_files *files = new_files(p);

	put(p, ETC "10.json", RULES);
	put(p, ETC "20.json", "{\n  \"versoin\": 1}");
	put(p, ETC "30.json", RULES);
	put(p, ETC "40.json", "{\"version\":1,\"rules\":[}");
	assert_int_equal(policy_files_load(files), -EINVAL);
	expect(files,
	       "/etc/intxd/policy.d/10.json, /etc/intxd/policy.d/20.json broken, /etc/intxd/policy.d/30.json, "
	       "/etc/intxd/policy.d/40.json broken");
	expect_lines(policy_files_problems(files),
		     "/etc/intxd/policy.d/20.json:2:3: versoin: is no key of a rule file: version, rules\n"
		     "/etc/intxd/policy.d/40.json:1:23: unexpected token near '}'");
	/* still none that is good: what is there now counts */
	put(p, ETC "20.json", RULES);
	assert_int_equal(policy_files_load(files), -EINVAL);
	expect(files,
	       "/etc/intxd/policy.d/10.json, /etc/intxd/policy.d/20.json, /etc/intxd/policy.d/30.json, "
	       "/etc/intxd/policy.d/40.json broken");
	put(p, ETC "40.json", "");
	assert_int_equal(policy_files_load(files), 0);
	expect(files,
	       "/etc/intxd/policy.d/10.json, /etc/intxd/policy.d/20.json, /etc/intxd/policy.d/30.json");
	expect_lines(policy_files_problems(files), "");
	policy_files_free(files);
}

static void last_good_set_stays_whole_while_a_file_is_broken(void **state)
{
	const struct place *p = *state;
	struct policy_files *files = new_files(p);
	struct rule_file *const *before, *const *after;
	size_t n;

	put(p, ETC "10.json", RULES);
	put(p, ETC "20.json", RULES);
	assert_int_equal(policy_files_load(files), 0);
	before = policy_files(files, &n);
	assert_int_equal(unlink(in(p, ETC "10.json")), 0); /* nor is this taken from it */
	put(p, ETC "30.json", RULES);
	put(p, ETC "20.json", "{");
	for (int i = 0; i < 3; i++) {
		assert_int_equal(policy_files_load(files), -EINVAL);
		expect(files, "/etc/intxd/policy.d/10.json, /etc/intxd/policy.d/20.json");
		after = policy_files(files, &n);
		assert_ptr_equal(before[0], after[0]);
		expect_lines(policy_files_problems(files),
			     "/etc/intxd/policy.d/20.json:1:2: string or '}' expected near end of file");
	}
	put(p, ETC "20.json", RULES);
	assert_int_equal(policy_files_load(files), 0);
	expect(files, "/etc/intxd/policy.d/20.json, /etc/intxd/policy.d/30.json");
	expect_lines(policy_files_problems(files), "");
	policy_files_free(files);
}

static void what_cannot_be_read_is_broken(void **state)
{
	const struct place *p = *state;
	struct policy_files *files = new_files(p);
	char text[128];

	assert_int_equal(mkdir(in(p, ETC "10.json"), 0755), 0);
	assert_int_equal(mkfifo(in(p, ETC "20.json"), 0644), 0);
	assert_int_equal(symlink("nowhere.json", in(p, ETC "30.json")), 0);
	snprintf(text, sizeof(text), "%s/outside.json", p->base);
	assert_int_equal(symlink(text, in(p, ETC "40.json")), 0);
	put(p, "../outside.json", RULES); /* not ours to read */
	put(p, ETC "50.json", RULES);
	assert_int_equal(truncate(in(p, ETC "50.json"), RULES_MAX_LENGTH + 1), 0);
	assert_int_equal(policy_files_load(files), -EINVAL);
	expect(files, "/etc/intxd/policy.d/10.json broken, /etc/intxd/policy.d/20.json broken, "
		      "/etc/intxd/policy.d/30.json broken, /etc/intxd/policy.d/40.json broken, "
		      "/etc/intxd/policy.d/50.json broken");
	expect_lines(policy_files_problems(files),
		     "/etc/intxd/policy.d/10.json: cannot be read: Is a directory\n"
		     "/etc/intxd/policy.d/20.json: is no file\n"
		     "/etc/intxd/policy.d/30.json: cannot be read: No such file or directory\n"
		     "/etc/intxd/policy.d/40.json: cannot be read: No such file or directory\n"
		     "/etc/intxd/policy.d/50.json: is larger than 1048576 bytes");
	policy_files_free(files);
}

static void links_inside_the_root_are_followed(void **state)
{
	const struct place *p = *state;
	struct policy_files *files = new_files(p);

	put(p, "etc/lab.json", RULES);
	assert_int_equal(symlink("/etc/lab.json", in(p, ETC "10.json")), 0);
	assert_int_equal(policy_files_load(files), 0);
	expect(files, "/etc/intxd/policy.d/10.json");
	policy_files_free(files);
}

/* It may have files of any name, so it is before all of them. */
static void folder_that_cannot_be_listed_comes_first(void **state)
{
	const struct place *p = *state;
	struct policy_files *files = new_files(p);

	assert_int_equal(rmdir(in(p, RUN)), 0);
	put(p, "run/intxd/policy.d", "a file");
	put(p, ETC "10.json", RULES);
	assert_int_equal(policy_files_load(files), -EINVAL);
	expect(files, "/run/intxd/policy.d broken, /etc/intxd/policy.d/10.json");
	expect_lines(policy_files_problems(files), "/run/intxd/policy.d: cannot be read: Not a directory");
	policy_files_free(files);
}

static void number_of_files_is_bounded(void **state)
{
	const struct place *p = *state;
	struct policy_files *files = new_files(p);
	char name[64];

	for (int i = 0; i < 1001; i++) {
		snprintf(name, sizeof(name), "%s%04d.json", i % 2 ? ETC : USR, i);
		put(p, name, RULES);
	}
	assert_int_equal(policy_files_load(files), -EINVAL);
	expect(files, "/usr/lib/intxd/policy.d broken");
	expect_lines(policy_files_problems(files),
		     "/usr/lib/intxd/policy.d and the folders after it: have more than 1000 files together");
	assert_int_equal(unlink(in(p, ETC "0001.json")), 0);
	assert_int_equal(policy_files_load(files), 0);
	policy_files_free(files);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST_IN_PLACE(no_folders_are_no_rules),
		TEST_IN_PLACE(order_is_by_file_name_across_folders),
		TEST_IN_PLACE(etc_stands_for_run_and_run_for_usr),
		TEST_IN_PLACE(empty_files_and_links_to_dev_null_mask),
		TEST_IN_PLACE(other_names_are_passed_over),
		TEST_IN_PLACE(broken_file_at_first_load_is_in_the_set_as_such),
		TEST_IN_PLACE(last_good_set_stays_whole_while_a_file_is_broken),
		TEST_IN_PLACE(what_cannot_be_read_is_broken),
		TEST_IN_PLACE(links_inside_the_root_are_followed),
		TEST_IN_PLACE(folder_that_cannot_be_listed_comes_first),
		TEST_IN_PLACE(number_of_files_is_bounded),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
