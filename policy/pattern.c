// SPDX-License-Identifier: GPL-2.0-or-later
#include "pattern.h"

#include <ctype.h>
#include <fnmatch.h>
#include <string.h>

#include "machine.h"

#define SPECIAL "*?[" /* begin something that is not literal */
#define DIGITS	"0123456789abcdef*?[]!^-"

static bool is_literal(const char *pattern)
{
	return strpbrk(pattern, SPECIAL) == NULL;
}

/* In a shape H stands for a hexadecimal digit. */
static bool has_shape(const char *text, const char *shape)
{
	for (; *shape && *text; shape++, text++)
		if (*shape == 'H' ? !isxdigit((unsigned char)*text) : *text != *shape)
			return false;
	return !*shape && !*text;
}

static bool consists_of(const char *text, const char *characters)
{
	return text[strspn(text, characters)] == '\0';
}

/* fnmatch() takes an unclosed bracket for an ordinary character. */
static bool brackets_close(const char *pattern)
{
	for (const char *p = strchr(pattern, '['); p; p = strchr(p, '[')) {
		p++;
		if (*p == '!' || *p == '^')
			p++;
		p = *p ? strchr(p + 1, ']') : NULL; /* a ] that comes first is one of the set */
		if (!p)
			return false;
	}
	return true;
}

static const char *check_address(const char *pattern)
{
	struct address address;

	if (is_literal(pattern) ? address_parse(pattern, &address) == 0 : consists_of(pattern, DIGITS ":."))
		return NULL;
	return "is no address, nor a pattern of one (0000:01:00.0, 01:00.0, 0000:01:*)";
}

static const char *check_id(const char *pattern)
{
	if (is_literal(pattern) ? has_shape(pattern, "HHHH:HHHH") : consists_of(pattern, DIGITS ":"))
		return NULL;
	return "is no vendor:device, nor a pattern of one (8086:10d3, 8086:*)";
}

static const char *check_class(const char *pattern)
{
	bool begins = strncmp(pattern, "0x", 2) == 0 || strchr(SPECIAL, *pattern);

	if (is_literal(pattern) ? has_shape(pattern, "0xHHHHHH") : begins && consists_of(pattern, DIGITS "x"))
		return NULL;
	return "is no class, nor a pattern of one (0x020000, 0x02*)";
}

const char *pattern_prepare(char *pattern, enum pattern_kind kind)
{
	if (*pattern == '\0')
		return "is empty";
	if (strlen(pattern) > PATTERN_MAX)
		return "is longer than 64 bytes";
	if (!brackets_close(pattern))
		return "has a [ without its ]";
	if (kind == PATTERN_DRIVER)
		return NULL;
	for (char *p = pattern; *p; p++)
		*p = (char)tolower((unsigned char)*p);
	switch (kind) {
	case PATTERN_ADDRESS: return check_address(pattern);
	case PATTERN_ID: return check_id(pattern);
	default: return check_class(pattern);
	}
}

static bool is_special(char c)
{
	return c == '*' || c == '?' || c == '[' || c == '\\';
}

bool pattern_matches(const char *pattern, const char *text)
{
	/* Most comparisons end here; a pattern cut behind an ordinary character means the same. */
	while (*pattern && !is_special(*pattern)) {
		if (*pattern != *text)
			return false;
		pattern++;
		text++;
	}
	return *pattern ? fnmatch(pattern, text, 0) == 0 : *text == '\0';
}

bool pattern_matches_address(const char *pattern, const char *address)
{
	const char *colon;

	if (pattern_matches(pattern, address))
		return true;
	if (strncmp(address, "0000:", 5) != 0 || !pattern_matches(pattern, address + 5))
		return false;
	colon = strchr(pattern, ':');
	return colon && !strchr(colon + 1, ':');
}
