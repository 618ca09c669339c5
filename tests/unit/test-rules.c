// SPDX-License-Identifier: GPL-2.0-or-later
/* Rule files: what is taken, and what exactly is said about what is not. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <errno.h>
#include <jansson.h>

#include "json_position.h"
#include "rules.h"

#define PATH "/etc/intxd/policy.d/10-lab.json"

static struct rule_file *parse(const char *text)
{
	struct rule_error error;
	struct rule_file *file = NULL;
	char message[RULE_ERROR_SIZE];
	int e = rules_parse(&file, PATH, text, strlen(text), &error);

	if (e < 0)
		fail_msg("%s", rule_error_format(&error, PATH, message));
	return file;
}

static void expect_error_in(const char *text, size_t length, const char *wanted)
{
	struct rule_file *file = (struct rule_file *)&file; /* must not be written */
	struct rule_file *before = file;
	char message[RULE_ERROR_SIZE];
	struct rule_error error;
	int e = rules_parse(&file, "f", text, length, &error);

	if (e == 0) {
		rule_file_free(file);
		fail_msg("taken: %s", text);
	}
	assert_int_equal(e, -EINVAL);
	assert_ptr_equal(file, before);
	rule_error_format(&error, "f", message);
	if (strcmp(message, wanted) != 0)
		fail_msg("%s\nsays\n%s\nnot\n%s", text, message, wanted);
}

static void every_key_is_taken(void **state)
{
	struct rule_file *f =
		parse("{\"version\":1,\"rules\":["
		      "{\"match\":{\"address\":\"0000:0A:*\",\"id\":\"8086:10D3\",\"class\":\"0x02*\","
		      "\"driver\":\"Foo-pci\",\"bridge\":\"0000:00:1C.0\"},"
		      "\"action\":\"allow\",\"require\":\"latent-ok\",\"comment\":\"B\xc3\xbcro\"},"
		      "{\"action\":\"deny\",\"match\":{\"address\":\"*\"}}]}");

	(void)state;
	assert_string_equal(f->path, PATH);
	assert_false(f->broken);
	assert_int_equal(f->n_rules, 2);
	assert_string_equal(f->rules[0].address, "0000:0a:*");
	assert_string_equal(f->rules[0].id, "8086:10d3");
	assert_string_equal(f->rules[0].class, "0x02*");
	assert_string_equal(f->rules[0].driver, "Foo-pci");
	assert_string_equal(f->rules[0].bridge, "0000:00:1c.0");
	assert_string_equal(f->rules[0].comment, "B\xc3\xbcro");
	assert_int_equal(f->rules[0].mode, POLICY_ALLOW);
	assert_int_equal(f->rules[0].require, REQUIRE_LATENT_OK);
	assert_int_equal(f->rules[1].mode, POLICY_DENY);
	assert_int_equal(f->rules[1].require, REQUIRE_EXCLUSIVE);
	assert_null(f->rules[1].id);
	assert_null(f->rules[1].comment);
	rule_file_free(f);
}

static void no_rules_is_a_file_all_the_same(void **state)
{
	struct rule_file *f = parse("{\"rules\": [], \"version\": 1}\n");

	(void)state;
	assert_int_equal(f->n_rules, 0);
	rule_file_free(f);
}

static void escapes_in_keys_and_values_are_those_of_json(void **state)
{
	struct rule_file *f =
		parse("{\"version\":1,\"r\\u0075les\":[{\"match\":{\"driver\":\"v\\u0066io-pci\"},"
		      "\"action\":\"\\u0061llow\"}]}");

	(void)state;
	assert_string_equal(f->rules[0].driver, "vfio-pci");
	rule_file_free(f);
}

#define RULE(match, rest) "{\"version\":1,\n\"rules\":[\n{\"match\":" match "," rest "}]}"
#define MATCH(match)	  RULE(match, "\"action\":\"allow\"")

static const struct {
	const char *text, *error;
} semantic[] = {
	{"[]", "f:1:1: is a list, not an object"},
	{"\n  {}", "f:2:3: version: is missing"},
	{"{\"version\":1}", "f:1:1: rules: is missing"},
	{"{\"rules\":[]}", "f:1:1: version: is missing"},
	{"{\"rules\":[], \"version\":2}", "f:1:14: version: is not 1, the version this intxd knows"},
	{"{\"versoin\":1,\"rules\":[]}", "f:1:2: versoin: is no key of a rule file: version, rules"},
	{"{\"name\":1, \"version\":2}", "f:1:12: version: is not 1, the version this intxd knows"},
	{"{\"version\":\"1\",\"rules\":[]}", "f:1:2: version: is not 1, the version this intxd knows"},
	{"{\"version\":1.0,\"rules\":[]}", "f:1:2: version: is not 1, the version this intxd knows"},
	{"{\"version\":1,\"rules\":[],\"name\":1}", "f:1:25: name: is no key of a rule file: version, rules"},
	{"{\"version\":1,\"rules\":{}}", "f:1:14: rules: is an object, not a list"},
	{"{\"version\":1,\"rules\":null}", "f:1:14: rules: is null, not a list"},
	{"{\"version\":1,\"rules\":[ 7 ]}", "f:1:24: rules[0]: is a number, not an object"},
	{"{\"version\":1,\n \"rules\":[\n{\"match\":{\"id\":\"8086:*\"},\"action\":\"deny\"},\n\t[]]}",
	 "f:4:2: rules[1]: is a list, not an object"},
	{"{\"version\":1,\"rules\":[{\"action\":\"deny\"}]}", "f:1:23: rules[0].match: is missing"},
	{"{\"version\":1,\"rules\":[{\"match\":{\"id\":\"8086:*\"}}]}",
	 "f:1:23: rules[0].action: is missing"},
	{MATCH("{}"), "f:3:2: rules[0].match: is empty; a rule for every function says \"address\": \"*\""},
	{MATCH("\"*\""), "f:3:2: rules[0].match: is a string, not an object"},
	{MATCH("{\"adress\":\"*\"}"),
	 "f:3:11: rules[0].match.adress: is no key of a match: address, id, class, driver, bridge"},
	{MATCH("{\"id\":\"*\",\n  \"Driver\":\"x\"}"),
	 "f:4:3: rules[0].match.Driver: is no key of a match: address, id, class, driver, bridge"},
	{MATCH("{\"address\":1}"), "f:3:11: rules[0].match.address: is a number, not a string"},
	{MATCH("{\"address\":true}"), "f:3:11: rules[0].match.address: is true or false, not a string"},
	{MATCH("{\"driver\":\"\"}"), "f:3:11: rules[0].match.driver: \"\" is empty"},
	{MATCH("{\"address\":\"0000:01:00:0\"}"),
	 "f:3:11: rules[0].match.address: \"0000:01:00:0\" is no address, nor a pattern of one (0000:01:00.0, "
	 "01:00.0, 0000:01:*)"},
	{MATCH("{\"address\":\"0000:01:20.0\"}"),
	 "f:3:11: rules[0].match.address: \"0000:01:20.0\" is no address, nor a pattern of one (0000:01:00.0, "
	 "01:00.0, 0000:01:*)"},
	{MATCH("{\"bridge\":\"pci0000:*\"}"),
	 "f:3:11: rules[0].match.bridge: \"pci0000:*\" is no address, nor a pattern of one (0000:01:00.0, "
	 "01:00.0, 0000:01:*)"},
	{MATCH("{\"address\":\"0000:0[12:00.0\"}"),
	 "f:3:11: rules[0].match.address: \"0000:0[12:00.0\" has a [ without its ]"},
	{MATCH("{\"driver\":\"x[]\"}"), "f:3:11: rules[0].match.driver: \"x[]\" has a [ without its ]"},
	{MATCH("{\"driver\":\"x[\"}"), "f:3:11: rules[0].match.driver: \"x[\" has a [ without its ]"},
	{MATCH("{\"driver\":\"x[!]\"}"), "f:3:11: rules[0].match.driver: \"x[!]\" has a [ without its ]"},
	{MATCH("{\"id\":\"8086\"}"),
	 "f:3:11: rules[0].match.id: \"8086\" is no vendor:device, nor a pattern of one (8086:10d3, 8086:*)"},
	{MATCH("{\"id\":\"8086:10d3:\"}"),
	 "f:3:11: rules[0].match.id: \"8086:10d3:\" is no vendor:device, nor a pattern of one (8086:10d3, "
	 "8086:*)"},
	{MATCH("{\"id\":\"intel:*\"}"),
	 "f:3:11: rules[0].match.id: \"intel:*\" is no vendor:device, nor a pattern of one (8086:10d3, "
	 "8086:*)"},
	{MATCH("{\"class\":\"0x0200\"}"),
	 "f:3:11: rules[0].match.class: \"0x0200\" is no class, nor a pattern of one (0x020000, 0x02*)"},
	{MATCH("{\"class\":\"02*\"}"),
	 "f:3:11: rules[0].match.class: \"02*\" is no class, nor a pattern of one (0x020000, 0x02*)"},
	{MATCH("{\"driver\":\"01234567890123456789012345678901234567890123456789012345678901234\"}"),
	 "f:3:11: rules[0].match.driver: "
	 "\"01234567890123456789012345678901234567890123456789012345678901234\" is longer than 64 bytes"},
	{RULE("{\"id\":\"*\"}", "\"action\":\"allowed\""),
	 "f:3:21: rules[0].action: \"allowed\" is neither allow nor deny"},
	{RULE("{\"id\":\"*\"}", "\"action\":\"unset\""),
	 "f:3:21: rules[0].action: \"unset\" is neither allow nor deny"},
	{RULE("{\"id\":\"*\"}", "\"action\":true"),
	 "f:3:21: rules[0].action: is true or false, not a string"},
	{RULE("{\"id\":\"*\"}", "\"action\":\"allow\",\"require\":\"latent\""),
	 "f:3:38: rules[0].require: \"latent\" is none of exclusive, latent-ok, unproven-ok"},
	{RULE("{\"id\":\"*\"}", "\"action\":\"allow\",\"comment\":[]"),
	 "f:3:38: rules[0].comment: is a list, not a string"},
	{RULE("{\"id\":\"*\"}", "\"action\":\"allow\",\"reqire\":\"exclusive\""),
	 "f:3:38: rules[0].reqire: is no key of a rule: match, action, require, comment"},
	/* columns are characters; what a string holds does not confuse; keys are decoded */
	{"{\"version\":1,\"rules\":[{\"comment\":\"\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80 }],:\\\"\\\\\",\"x\":0}]}",
	 "f:1:49: rules[0].x: is no key of a rule: match, action, require, comment"},
	{"{\"version\":1,\"rules\":[{\"\\u0078\":0}]}",
	 "f:1:24: rules[0].\\u0078: is no key of a rule: match, action, require, comment"},
	{"{\"version\":1,\"rules\":[{\"action\\u001b[31m\":\"allow\"}]}",
	 "f:1:24: rules[0].action\\u001b[31m: is no key of a rule: match, action, require, comment"},
	{RULE("{\"id\":\"*\"}", "\"action\":\"\\u001b[31mred\\n\""),
	 "f:3:21: rules[0].action: \"?[31mred?\" is neither allow nor deny"},
	/* found where it is, not where the same key stands before */
	{"{\"version\":1,\"rules\":[{\"match\":{\"id\":\"*\"},\"action\":\"allow\"},\r\n"
	 "{\"match\":{\"id\":\"*\"},\"action\":\"allow\"},\r\n{\"action\":1,\"match\":{\"id\":\"*\"}}]}",
	 "f:3:2: rules[2].action: is a number, not a string"},
	/* the first error of the text is the one that is told */
	{"{\"version\":1,\"rules\":[{\"b\":0,\"a\":0}]}",
	 "f:1:24: rules[0].b: is no key of a rule: match, action, require, comment"},
};

static void wrong_content_is_named_with_its_place_and_key(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(semantic) / sizeof(*semantic); i++)
		expect_error_in(semantic[i].text, strlen(semantic[i].text), semantic[i].error);
}

#define TEXT(text) text, sizeof(text) - 1

static const struct {
	const char *text;
	size_t length;
	const char *error;
} syntactic[] = {
	{TEXT(""), "f:1:1: '[' or '{' expected near end of file"},
	{TEXT(" \n "), "f:2:2: '[' or '{' expected near end of file"},
	{TEXT("{\"version\":1,\n}"), "f:2:1: string or '}' expected near '}'"},
	{TEXT("{\"version\":1"), "f:1:13: '}' expected near end of file"},
	{TEXT("{\"version\": tru}"), "f:1:13: invalid token near 'tru'"},
	{TEXT("{\n\"version\" 12345}"), "f:2:11: ':' expected near '12345'"},
	{TEXT("{\"version\":1,\"rules\":[]}\nmore"), "f:2:1: end of file expected near 'more'"},
	{TEXT("{\"a\":\n  \"x\ny\"}"), "f:2:3: unexpected newline near '\"x'"},
	{TEXT("{\"a\":\"x"), "f:1:8: premature end of input near '\"x'"},
	{TEXT("{\"a\": \"\\q\"}"), "f:1:7: invalid escape near '\"\\q'"},
	{TEXT("{\"a\": \"\\u0\xc3\xa9\"}"), "f:1:7: invalid escape near '\"\\u0?'"}, /* no half character */
	{TEXT("{'a':1}"), "f:1:2: string or '}' expected near '''"},
	{TEXT("{\n// no comments\n}"), "f:2:1: string or '}' expected near '/'"},
	{TEXT("{\"a\": 99999999999999999999}"), "f:1:7: too big integer near '99999999999999999999'"},
	{TEXT("{\"a\": \"\x01\"}"), "f:1:7: control character 0x1 near '\"'"},
	{TEXT("{\"a\": \x1b[31m}"), "f:1:7: invalid token near '?'"},
	/* not text */
	{TEXT("{\"version\":1,\n\"rules\":[]\0}"), "f:2:11: a NUL byte"},
	{TEXT("{\"version\":1,\"rules\":[]}\0"), "f:1:25: a NUL byte"},
	{TEXT("{\"a\": \"\\u0000\"}"), "f:1:7: a NUL character"},
	{TEXT("{\"\\u0000\": 1}"), "f:1:2: a NUL character"},
	{TEXT("{\"\xc3\xa9\": \"x\xff\"}"), "f:1:9: unable to decode byte 0xff near '\"x'"},
	{TEXT("{\"a\": \"\xed\xa0\x80\"}"), "f:1:8: unable to decode byte 0xed near '\"'"},
	{TEXT("{\"a\": \"\xc0\xaf\"}"), "f:1:8: unable to decode byte 0xc0 near '\"'"},
	{TEXT("{\"a\": \"\xc3"), "f:1:8: unable to decode byte 0xc3 near '\"'"},
	{TEXT("\xef\xbb\xbf{\"version\":1,\"rules\":[]}"),
	 "f:1:1: begins with a byte order mark, which JSON does not have"},
	/* twice */
	{TEXT("{\"version\":1,\n  \"version\":1}"), "f:2:3: version: is there twice"},
	{TEXT("{\"version\":1,\"rules\":[{},{\"match\":{\"address\":\"*\",\n \"address\":\"*\"}}]}"),
	 "f:2:2: rules[1].match.address: is there twice"},
	{TEXT("{\"version\":1,\"rules\":[{\"comment\":\"[{,\",\"x\":[[],{}],\"x\":\"\"}]}"),
	 "f:1:52: rules[0].x: is there twice"},
	{TEXT("{\"a\":1,\"\\u0061\":2}"), "f:1:8: \\u0061: is there twice"},
};

static void text_that_is_no_json_is_named_with_its_place(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(syntactic) / sizeof(*syntactic); i++)
		expect_error_in(syntactic[i].text, syntactic[i].length, syntactic[i].error);
}

static char *repeat(const char *head, const char *part, size_t n, const char *tail)
{
	size_t size = strlen(head) + n * strlen(part) + strlen(tail) + 1;
	char *text = malloc(size), *p = text;

	assert_non_null(text);
	p = stpcpy(p, head);
	for (size_t i = 0; i < n; i++)
		p = stpcpy(p, part);
	strcpy(p, tail);
	return text;
}

static void nesting_is_bounded(void **state)
{
	char *text = repeat("{\"a\":", "[", 100000, "");

	(void)state;
	expect_error_in(text, strlen(text), "f:1:2053: maximum parsing depth reached near '['");
	free(text);
	text = repeat("{\"version\":1,\"rules\":", "[", 2000, "");
	for (size_t i = 0; i < 2000; i++)
		text = strcat(realloc(text, strlen(text) + 2), "]");
	text = strcat(realloc(text, strlen(text) + 2), "}");
	expect_error_in(text, strlen(text), "f:1:23: rules[0]: is a list, not an object");
	free(text);
}

#define ONE "{\"match\":{\"id\":\"8086:*\"},\"action\":\"deny\"}"

static void number_of_rules_is_bounded(void **state)
{
	char *text = repeat("{\"version\":1,\"rules\":[" ONE, "," ONE, RULES_MAX - 1, "]}");
	struct rule_file *file = parse(text);

	(void)state;
	assert_int_equal(file->n_rules, RULES_MAX);
	rule_file_free(file);
	free(text);
	text = repeat("{\"version\":1,\"rules\":[" ONE, "," ONE, RULES_MAX, "]}");
	expect_error_in(text, strlen(text),
			"f:1:14: rules: has 10001 rules; 10000 are the most a file may have");
	free(text);
}

static void size_is_bounded(void **state)
{
	char *text = repeat("{\"version\":1,\"rules\":[]}", " ", RULES_MAX_LENGTH - 24, "");
	struct rule_file *file = parse(text);

	(void)state;
	assert_int_equal(strlen(text), RULES_MAX_LENGTH);
	rule_file_free(file);
	free(text);
	text = repeat("{\"version\":1,\"rules\":[]}", " ", RULES_MAX_LENGTH - 23, "");
	expect_error_in(text, strlen(text), "f: is larger than 1048576 bytes");
	free(text);
}

/* The texts of messages go into JSON and over D-Bus, so they have to be UTF-8 wherever they are cut. */
static void long_words_are_cut_between_characters(void **state)
{
	struct rule_error error;
	struct rule_file *file;
	json_t *j;

	(void)state;
	for (size_t shift = 0; shift < 4; shift++) {
		static const char *const where[] = {"{\"version\":1,\"rules\":[{\"action\":\"",
						    "{\"version\":1,\"rules\":[{\"match\":{\"id\":\"",
						    "{\"version\":1,\"rules\":[{\""};

		for (size_t w = 0; w < 3; w++) {
			char head[64];
			char *text;

			snprintf(head, sizeof(head), "%s%.*s", where[w], (int)shift, "xyz");
			text = repeat(head, "\xf0\x9f\x98\x80", 100,
				      w == 0   ? "\"}]}"
				      : w == 1 ? "\"}}]}"
					       : "\":0}]}");
			assert_int_equal(rules_parse(&file, "f", text, strlen(text), &error), -EINVAL);
			assert_int_equal(error.line, 1);
			j = json_pack("{s:s, s:s}", "text", error.text, "key", error.key);
			assert_non_null(j);
			assert_true(strlen(error.key) > 10 || w < 2);
			json_decref(j);
			free(text);
		}
	}
}

/* Whatever is cut off: an error, never a rule file, and always a place inside the text. */
static void every_cut_of_a_good_file_is_refused(void **state)
{
	static const char good[] = "{\"version\":1,\n\"rules\":[{\"match\":{\"address\":\"0000:01:*\"},"
				   "\"action\":\"allow\",\n\"comment\":\"\xc3\xbc\"}]}";
	struct rule_error error;
	struct rule_file *file;

	(void)state;
	for (size_t n = 0; n < sizeof(good) - 1; n++) {
		char *copy = malloc(n + 1); /* of that size, so that reading behind it is seen */

		memcpy(copy, good, n);
		copy = realloc(copy, n ? n : 1);
		assert_int_equal(rules_parse(&file, "f", copy, n, &error), -EINVAL);
		assert_in_range(error.line, 1, 3);
		assert_in_range(error.column, 1, 80);
		free(copy);
	}
}

/* A byte changed at random never crashes, and what is taken is whole. */
static void changed_bytes_do_no_harm(void **state)
{
	static const char good[] =
		"{\"version\":1,\"rules\":[{\"match\":{\"address\":\"0000:01:*\",\"id\":\"8086:*\"},"
		"\"action\":\"allow\",\"comment\":\"\\u00fc\"},{\"match\":{\"driver\":\"x\"},"
		"\"action\":\"deny\",\"require\":\"latent-ok\"}]}";
	struct rule_error error;
	struct rule_file *file;
	size_t taken = 0;

	(void)state;
	for (size_t i = 0; i < sizeof(good) - 1; i++)
		for (int b = 0; b < 256; b++) {
			char *text = malloc(sizeof(good) - 1);

			memcpy(text, good, sizeof(good) - 1);
			text[i] = (char)b;
			if (rules_parse(&file, "f", text, sizeof(good) - 1, &error) == 0) {
				assert_int_equal(file->n_rules, 2);
				assert_non_null(file->rules[0].address);
				rule_file_free(file);
				taken++;
			} else {
				assert_int_equal(error.line == 1 || (error.line == 2 && b == '\n'), 1);
			}
			free(text);
		}
	assert_true(taken > sizeof(good));
}

static void message_leaves_out_what_is_not_known(void **state)
{
	struct rule_error error = {.text = "is larger than a file may be"};
	char message[RULE_ERROR_SIZE];

	(void)state;
	assert_string_equal(rule_error_format(&error, "/a", message), "/a: is larger than a file may be");
	error.line = 3;
	error.column = 7;
	assert_string_equal(rule_error_format(&error, "/a", message), "/a:3:7: is larger than a file may be");
	strcpy(error.key, "rules");
	assert_string_equal(rule_error_format(&error, "/a", message),
			    "/a:3:7: rules: is larger than a file may be");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_key_is_taken),
		cmocka_unit_test(no_rules_is_a_file_all_the_same),
		cmocka_unit_test(escapes_in_keys_and_values_are_those_of_json),
		cmocka_unit_test(wrong_content_is_named_with_its_place_and_key),
		cmocka_unit_test(text_that_is_no_json_is_named_with_its_place),
		cmocka_unit_test(nesting_is_bounded),
		cmocka_unit_test(number_of_rules_is_bounded),
		cmocka_unit_test(size_is_bounded),
		cmocka_unit_test(long_words_are_cut_between_characters),
		cmocka_unit_test(every_cut_of_a_good_file_is_refused),
		cmocka_unit_test(changed_bytes_do_no_harm),
		cmocka_unit_test(message_leaves_out_what_is_not_known),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
