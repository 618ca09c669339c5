// SPDX-License-Identifier: GPL-2.0-or-later
/* What others wrote is repeated in whole characters, and does nothing to a terminal. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "text.h"

static void assert_cleaned(const char *text, const char *expected)
{
	char copy[128];

	strcpy(copy, text);
	text_clean(copy);
	assert_string_equal(copy, expected);
}

static void test_characters_of_every_length_stay(void **state)
{
	static const char *const all[] = {"",
					  "e1000",
					  "\xc3\xa4",
					  "\xef\xbb\xbf",
					  "\xf0\x9f\x98\x80",
					  "\xed\x9f\xbf",
					  "\xf4\x8f\xbf\xbf"};

	(void)state;
	for (size_t i = 0; i < sizeof(all) / sizeof(*all); i++)
		assert_cleaned(all[i], all[i]);
}

static void test_what_is_no_character_goes(void **state)
{
	(void)state;
	assert_cleaned("a\xc3", "a?");
	assert_cleaned("a\xef\xbb", "a??");
	assert_cleaned("\xbf\xbf", "??");
	assert_cleaned("\xc0\x80", "??");	    /* NUL in two bytes */
	assert_cleaned("\xed\xa0\x80", "???");	    /* half of a UTF-16 pair */
	assert_cleaned("\xf4\x90\x80\x80", "????"); /* beyond U+10FFFF */
	assert_cleaned("\xff\xfe", "??");
}

static void test_what_acts_on_a_terminal_goes(void **state)
{
	(void)state;
	assert_cleaned("\x1b[2J\x7f\n\r\tx", "?[2J????x");
}

static void test_a_quotation_ends_with_a_whole_character(void **state)
{
	char text[200], buffer[TEXT_QUOTE_SIZE];

	(void)state;
	for (size_t ahead = 60; ahead < 90; ahead++) {
		memset(text, '{', ahead);
		strcpy(text + ahead, "\xef\xbb\xbf\xef\xbb\xbf and more that is not worth showing");
		assert_ptr_equal(text_quote(text, buffer), buffer);
		assert_true(strlen(buffer) < TEXT_QUOTE_SIZE);
		assert_null(strchr(buffer, '?'));
		assert_non_null(strstr(buffer, "...\""));
	}
}

static void test_a_short_one_is_whole(void **state)
{
	char buffer[TEXT_QUOTE_SIZE];

	(void)state;
	assert_string_equal(text_quote("", buffer), "\"\"");
	assert_string_equal(text_quote("a\xc3\xa4", buffer), "\"a\xc3\xa4\"");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_characters_of_every_length_stay),
		cmocka_unit_test(test_what_is_no_character_goes),
		cmocka_unit_test(test_what_acts_on_a_terminal_goes),
		cmocka_unit_test(test_a_quotation_ends_with_a_whole_character),
		cmocka_unit_test(test_a_short_one_is_whole),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
