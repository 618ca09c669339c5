// SPDX-License-Identifier: GPL-2.0-or-later
#include "json_position.h"

#include <jansson.h>
#include <stdio.h>
#include <string.h>

/* Nothing deeper is ever asked for; there only the depth is counted. */
#define MAX_LEVELS 8

struct level {
	bool array;
	size_t index;
	const char *key; /* with its quotes; NULL: before the member's key */
	size_t key_length;
};

struct walk {
	const char *text, *end;
	const char *token; /* the one under way */
	size_t length;
	bool starts; /* it is a member's key, an element's first token or the text's first */
	size_t depth;
	struct level levels[MAX_LEVELS];
};

static bool is_space(char c)
{
	return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

static bool is_mark(char c)
{
	return c != '\0' && strchr("{}[],:\"", c);
}

static const char *end_of_token(const char *p, const char *end)
{
	if (*p == '"') {
		for (p++; p < end && *p != '"' && *p != '\n'; p++)
			if (*p == '\\' && p + 1 < end)
				p++;
		return p < end && *p == '"' ? p + 1 : p;
	}
	if (is_mark(*p))
		return p + 1;
	while (p < end && !is_space(*p) && !is_mark(*p))
		p++;
	return p;
}

static struct level *level(struct walk *w)
{
	return w->depth > 0 && w->depth <= MAX_LEVELS ? &w->levels[w->depth - 1] : NULL;
}

static void open_level(struct walk *w, bool array)
{
	w->depth++;
	if (w->depth <= MAX_LEVELS)
		w->levels[w->depth - 1] = (struct level){.array = array};
}

/* What the token changes once it is passed. */
static void pass(struct walk *w)
{
	struct level *l = level(w);

	if (*w->token == '{' || *w->token == '[') {
		open_level(w, *w->token == '[');
	} else if (*w->token == ',' && l) {
		l->index++;
		l->key = NULL;
	}
}

/* Goes to the next token; false at the end. */
static bool step(struct walk *w)
{
	const char *p = w->token ? w->token + w->length : w->text;
	char before = w->token ? *w->token : '\0';
	struct level *l;

	if (w->token)
		pass(w);
	while (p < w->end && is_space(*p))
		p++;
	w->token = p;
	w->length = 0;
	if (p == w->end)
		return false;
	w->length = (size_t)(end_of_token(p, w->end) - p);
	if ((*p == '}' || *p == ']') && w->depth > 0)
		w->depth--;
	l = level(w);
	w->starts = before == '\0' || (l && l->array && (before == '[' || before == ',') && *p != ']');
	if (l && !l->array && !l->key && *p == '"') {
		l->key = p;
		l->key_length = w->length;
		w->starts = true;
	}
	return true;
}

static bool is_key(const struct level *l, const char *key)
{
	json_t *decoded;
	bool same;

	if (!l->key)
		return false;
	if (!memchr(l->key, '\\', l->key_length))
		return l->key_length == strlen(key) + 2 && memcmp(l->key + 1, key, strlen(key)) == 0;
	decoded = json_loadb(l->key, l->key_length, JSON_DECODE_ANY, NULL);
	same = decoded && strcmp(json_string_value(decoded), key) == 0;
	json_decref(decoded);
	return same;
}

static bool is_at(const struct walk *w, const struct json_step *steps, size_t n)
{
	if (!w->starts || w->depth != n || n > MAX_LEVELS)
		return false;
	for (size_t i = n; i > 0; i--) { /* the last step differs most */
		const struct level *l = &w->levels[i - 1];

		if (steps[i - 1].key ? l->array || !is_key(l, steps[i - 1].key)
				     : !l->array || l->index != steps[i - 1].index)
			return false;
	}
	return true;
}

/* A key as far as it fits, whole characters, nothing that a terminal would act on. */
static size_t add_key(char *path, size_t used, const struct level *l)
{
	size_t last = used;

	if (used > 0 && used + 1 < JSON_PATH_SIZE)
		path[used++] = '.';
	for (size_t i = 1; i + 1 < l->key_length && used + 1 < JSON_PATH_SIZE; i++) {
		unsigned char c = (unsigned char)l->key[i];

		if ((c & 0xc0) != 0x80)
			last = used;
		path[used++] = c < 0x20 || c == 0x7f ? '?' : (char)c;
	}
	return used + 1 < JSON_PATH_SIZE ? used : last;
}

static void write_path(const struct walk *w, char path[static JSON_PATH_SIZE])
{
	size_t used = 0;

	for (size_t i = 0; i < w->depth && i < MAX_LEVELS; i++) {
		const struct level *l = &w->levels[i];

		if (l->array && used + 24 < JSON_PATH_SIZE)
			used += (size_t)sprintf(path + used, "[%zu]", l->index);
		else if (!l->array && l->key)
			used = add_key(path, used, l);
	}
	path[used] = '\0';
}

void json_position_of_byte(const char *text, size_t offset, struct json_position *ret)
{
	*ret = (struct json_position){.line = 1, .column = 1};
	for (size_t i = 0; i < offset; i++)
		if (text[i] == '\n') {
			ret->line++;
			ret->column = 1;
		} else if (((unsigned char)text[i] & 0xc0) != 0x80) {
			ret->column++;
		}
}

static void tell(const struct walk *w, struct json_position *ret)
{
	json_position_of_byte(w->text, (size_t)(w->token - w->text), ret);
	write_path(w, ret->path);
}

bool json_position_of(const char *text, size_t length, const struct json_step *steps, size_t n,
		      struct json_position *ret)
{
	struct walk w = {.text = text, .end = text + length};

	while (step(&w))
		if (is_at(&w, steps, n)) {
			tell(&w, ret);
			return true;
		}
	return false;
}

void json_position_at(const char *text, size_t length, size_t offset, struct json_position *ret)
{
	struct walk w = {.text = text, .end = text + length};

	while (step(&w)) {
		const char *byte = text + offset;

		if (byte < w.token)
			break; /* between two tokens */
		if (byte < w.token + w.length) {
			tell(&w, ret);
			return;
		}
	}
	json_position_of_byte(text, offset < length ? offset : length, ret);
}
