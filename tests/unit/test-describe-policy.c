// SPDX-License-Identifier: GPL-2.0-or-later
/* What `policy list` and `policy test` say: every number and name in it against a small machine. */
#include "topology.h"

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>

#include "describe_policy.h"

#define ALL(...) "{\"version\":1,\"rules\":[" __VA_ARGS__ "]}"

static struct machine *new_machine(void)
{
	struct machine *m = machine_of("aarch64");

	m->feature = FEATURE_PRESENT;
	m->split_eoi = 1;
	map_leads_to(m, 36, 40);
	CARD(m, "00:02.0", 'A', .driver = "vfio-pci", .vendor = 0x8086, .device = 0x10d3, .firmware = 37);
	CARD(m, "00:03.0", 'A', .driver = "vfio-pci", .vendor = 0x8086, .device = 0x10d3, .firmware = 38);
	CARD(m, "00:13.0", 'A', .vendor = 0x1af4, .device = 0x1000, .firmware = 38);
	CARD(m, "00:04.0", 0, .driver = "vfio-pci", .vendor = 0x8086,
	     .device = 0x10d3); /* no INTx: no concern */
	irq(m, 22, "GICv3", 37, "");
	irq(m, 23, "GICv3", 38, "");
	settle(m);
	return m;
}

static struct rule_file *file_of(const char *path, const char *text)
{
	struct rule_error error;
	struct rule_file *file;
	char message[RULE_ERROR_SIZE];

	if (rules_parse(&file, path, text, strlen(text), &error) < 0)
		fail_msg("%s", rule_error_format(&error, path, message));
	return file;
}

static struct decision decide_on(const char *address, enum policy_mode mode, bool runtime)
{
	struct decision d = {.vendor = 0x8086, .device = 0x10d3, .mode = mode, .runtime = runtime};

	assert_int_equal(address_parse(address, &d.address), 0);
	return d;
}

static void expect(json_t *is, const char *wanted)
{
	json_t *j = json_loads(wanted, 0, NULL);
	char *text = json_dumps(is, JSON_COMPACT);

	assert_non_null(j);
	if (!json_equal(is, j))
		fail_msg("%s\nis not\n%s", text, wanted);
	free(text);
	json_decref(j);
	json_decref(is);
}

static void list_counts_what_each_rule_decides(void **state)
{
	static char *const masked[] = {(char *)"/usr/10.json: masked by /etc/10.json", NULL};
	static char *const problems[] = {(char *)"/etc/30.json:1:1: x", NULL};
	struct rule_file broken = {.path = (char *)"/etc/30.json", .broken = true};
	struct rule_file *files[] = {
		file_of("/etc/10.json",
			ALL("{\"match\":{\"id\":\"8086:*\",\"driver\":\"vfio*\"},\"action\":\"allow\","
			    "\"require\":\"latent-ok\",\"comment\":\"lab\"},"
			    "{\"match\":{\"address\":\"00:03.0\"},\"action\":\"deny\"}")),
		file_of("/etc/20.json", ALL("{\"match\":{\"class\":\"*\"},\"action\":\"deny\"}")),
		&broken,
	};
	const struct policy p = {.files = files, .n_files = 3};
	struct machine *m = new_machine();
	const struct policy_listing l = {.machine = m,
					 .policy = &p,
					 .masked = masked,
					 .file_problems = problems,
					 .decision_problems = NULL};

	(void)state;
	expect(describe_policy_list(&l),
	       "{\"version\":1,\"files\":["
	       "{\"path\":\"/etc/10.json\",\"broken\":false,\"rules\":["
	       "{\"rule\":1,\"match\":{\"id\":\"8086:*\",\"driver\":\"vfio*\"},\"action\":\"allow\",\"require\":\"latent-ok\","
	       "\"comment\":\"lab\",\"decides\":2},"
	       "{\"rule\":2,\"match\":{\"address\":\"00:03.0\"},\"action\":\"deny\",\"require\":\"exclusive\","
	       "\"comment\":null,\"decides\":0}]},"
	       "{\"path\":\"/etc/20.json\",\"broken\":false,\"rules\":["
	       "{\"rule\":1,\"match\":{\"class\":\"*\"},\"action\":\"deny\",\"require\":\"exclusive\",\"comment\":null,"
	       "\"decides\":1}]},"
	       "{\"path\":\"/etc/30.json\",\"broken\":true,\"rules\":[]}],"
	       "\"masked\":[\"/usr/10.json: masked by /etc/10.json\"],\"decisions\":[],"
	       "\"problems\":[\"/etc/30.json:1:1: x\"]}");
	rule_file_free(files[0]);
	rule_file_free(files[1]);
	machine_free(m);
}

static void list_says_which_decisions_hold(void **state)
{
	static char *const problems[] = {(char *)"/d: x", NULL};
	struct decision all[] = {
		decide_on("00:02.0", POLICY_DENY, true),   decide_on("00:02.0", POLICY_ALLOW, false),
		decide_on("00:03.0", POLICY_ALLOW, false), decide_on("00:13.0", POLICY_ALLOW, false),
		decide_on("07:00.0", POLICY_ALLOW, false),
	};
	struct rule_file *files[] = {
		file_of("/f", ALL("{\"match\":{\"address\":\"*\"},\"action\":\"deny\"}"))};
	const struct policy p = {.files = files, .n_files = 1, .decisions = all, .n_decisions = 5};
	struct machine *m = new_machine();
	const struct policy_listing l = {.machine = m, .policy = &p, .decision_problems = problems};
	json_t *j = describe_policy_list(&l);

	(void)state;
	/* what decisions decide no rule does; the replaced one decides nothing */
	assert_int_equal(
		json_integer_value(json_object_get(
			json_array_get(
				json_object_get(json_array_get(json_object_get(j, "files"), 0), "rules"), 0),
			"decides")),
		1);
	assert_string_equal(json_string_value(json_array_get(json_object_get(j, "problems"), 0)), "/d: x");
	expect(json_incref(json_object_get(j, "decisions")),
	       "[{\"address\":\"0000:00:02.0\",\"id\":\"8086:10d3\",\"subsystem\":\"0000:0000\",\"mode\":\"deny\","
	       "\"require\":\"exclusive\",\"runtime\":true,\"status\":\"applies\"},"
	       "{\"address\":\"0000:00:02.0\",\"id\":\"8086:10d3\",\"subsystem\":\"0000:0000\",\"mode\":\"allow\","
	       "\"require\":\"exclusive\",\"runtime\":false,\"status\":\"overruled\"},"
	       "{\"address\":\"0000:00:03.0\",\"id\":\"8086:10d3\",\"subsystem\":\"0000:0000\",\"mode\":\"allow\","
	       "\"require\":\"exclusive\",\"runtime\":false,\"status\":\"applies\"},"
	       "{\"address\":\"0000:00:13.0\",\"id\":\"8086:10d3\",\"subsystem\":\"0000:0000\",\"mode\":\"allow\","
	       "\"require\":\"exclusive\",\"runtime\":false,\"status\":\"replaced\"},"
	       "{\"address\":\"0000:07:00.0\",\"id\":\"8086:10d3\",\"subsystem\":\"0000:0000\",\"mode\":\"allow\","
	       "\"require\":\"exclusive\",\"runtime\":false,\"status\":\"absent\"}]");
	json_decref(j);
	rule_file_free(files[0]);
	machine_free(m);
}

#define NO_COMMENT "\"comment\":null"

static void test_tells_what_would_change(void **state)
{
	struct decision d = decide_on("00:03.0", POLICY_DENY, false);
	struct rule_file *files[] = {
		file_of("/etc/20.json", ALL("{\"match\":{\"id\":\"1af4:*\"},\"action\":\"deny\"}"))};
	const struct policy now = {.files = files, .n_files = 1, .decisions = &d, .n_decisions = 1};
	struct rule_file *candidate = file_of(
		"/root/10-lab.json",
		ALL("{\"match\":{\"driver\":\"vfio-pci\"},\"action\":\"allow\"},"
		    "{\"match\":{\"address\":\"*\"},\"action\":\"allow\",\"require\":\"latent-ok\"}"));
	struct machine *m = new_machine();

	(void)state;
	expect(describe_policy_test(m, &now, candidate),
	       "{\"version\":1,\"path\":\"/root/10-lab.json\",\"replaces\":null,\"rules\":["
	       "{\"rule\":1,\"match\":{\"driver\":\"vfio-pci\"},\"action\":\"allow\",\"require\":\"exclusive\"," NO_COMMENT
	       ",\"matches\":2,\"decides\":[\"0000:00:02.0\"]},"
	       "{\"rule\":2,\"match\":{\"address\":\"*\"},\"action\":\"allow\",\"require\":\"latent-ok\"," NO_COMMENT
	       ",\"matches\":3,\"decides\":[\"0000:00:13.0\"]}],\"changes\":["
	       "{\"address\":\"0000:00:02.0\","
	       "\"before\":{\"mode\":\"unset\",\"require\":\"exclusive\",\"source\":null,\"knob\":\"off\"},"
	       "\"after\":{\"mode\":\"allow\",\"require\":\"exclusive\",\"source\":\"/root/10-lab.json: rule 1\","
	       "\"knob\":\"auto\"}},"
	       "{\"address\":\"0000:00:13.0\","
	       "\"before\":{\"mode\":\"deny\",\"require\":\"exclusive\",\"source\":\"/etc/20.json: rule 1\",\"knob\":\"off\"},"
	       "\"after\":{\"mode\":\"allow\",\"require\":\"latent-ok\",\"source\":\"/root/10-lab.json: rule 2\","
	       "\"knob\":\"auto\"}}]}");
	assert_ptr_equal(now.files[0], files[0]);
	rule_file_free(candidate);
	rule_file_free(files[0]);
	machine_free(m);
}

static void expect_change(const struct machine *m, const struct policy *now, const char *path,
			  const char *replaces, const char *source_after)
{
	struct rule_file *candidate =
		file_of(path, ALL("{\"match\":{\"address\":\"00:02.0\"},\"action\":\"allow\","
				  "\"require\":\"unproven-ok\"}"));
	json_t *j = describe_policy_test(m, now, candidate), *changes = json_object_get(j, "changes");
	const char *is = json_string_value(json_object_get(j, "replaces"));

	assert_string_equal(is ? is : "nothing", replaces ? replaces : "nothing");
	if (source_after) {
		assert_int_equal(json_array_size(changes), 1);
		assert_string_equal(json_string_value(json_object_get(
					    json_object_get(json_array_get(changes, 0), "after"), "source")),
				    source_after);
	} else {
		assert_int_equal(json_array_size(changes), 0);
	}
	json_decref(j);
	rule_file_free(candidate);
}

static void candidate_stands_where_its_name_puts_it(void **state)
{
	struct rule_file broken = {.path = (char *)"/etc/intxd/policy.d/30.json", .broken = true};
	struct rule_file folder = {.path = (char *)"/run/intxd/policy.d", .broken = true};
	struct rule_file *files[] = {
		file_of("/usr/lib/intxd/policy.d/20.json",
			ALL("{\"match\":{\"address\":\"00:02.0\"},\"action\":\"deny\"}")),
		&broken,
	};
	struct policy now = {.files = files, .n_files = 2};
	struct machine *m = new_machine();

	(void)state;
	expect_change(m, &now, "10.json", NULL, "10.json: rule 1");
	expect_change(m, &now, "/x/20.json", "/usr/lib/intxd/policy.d/20.json", "/x/20.json: rule 1");
	expect_change(m, &now, "/x/25.json", NULL, NULL);
	expect_change(m, &now, "/x/30.json", "/etc/intxd/policy.d/30.json", NULL);
	expect_change(m, &now, "/x/40.json", NULL, NULL);
	/* behind what is broken nothing applies; in its place it does */
	now.files = &files[1];
	now.n_files = 1;
	expect_change(m, &now, "40.json", NULL, NULL);
	expect_change(m, &now, "30.json", "/etc/intxd/policy.d/30.json", "30.json: rule 1");
	expect_change(m, &now, "20.json", NULL, "20.json: rule 1");
	/* a folder is before every name */
	files[1] = &folder;
	expect_change(m, &now, "10.json", NULL, NULL);
	rule_file_free(files[0]);
	machine_free(m);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(list_counts_what_each_rule_decides),
		cmocka_unit_test(list_says_which_decisions_hold),
		cmocka_unit_test(test_tells_what_would_change),
		cmocka_unit_test(candidate_stands_where_its_name_puts_it),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
