// SPDX-License-Identifier: GPL-2.0-or-later
/* decode: what a log's messages about interrupts mean on this machine, and what to do. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cleanup.h"
#include "client.h"
#include "page.h"
#include "table.h"
#include "text.h"

#define LABEL	14	    /* where the text beside the labels starts */
#define MAX_LOG (32u << 20) /* a D-Bus message holds 128 MiB */

/* D-Bus carries UTF-8 without NULs. */
static void make_text(char *log, size_t length)
{
	char *p = log, *end = p + length;

	while (p < end) {
		size_t n = *p ? text_character(p) : 0;

		if (n == 0)
			*p++ = '?';
		p += n;
	}
}

/* name NULL: standard input. */
static int read_log(const char *name, char **ret)
{
	_cleanup_file_ FILE *in = name ? fopen(name, "re") : fdopen(dup(0), "r");
	_cleanup_free_ char *log = NULL;
	size_t length = 0, size = 0, n;

	while (in) {
		if (length + 1 >= size) {
			char *p = realloc(log, size = size ? 2 * size : 65536);

			if (!p)
				break;
			log = p;
		}
		n = fread(log + length, 1, size - 1 - length, in);
		length += n;
		if (length > MAX_LOG) {
			complain("%s: larger than 32 MiB; give the part around the message",
				 name ? name : "standard input");
			return EXIT_FAILED;
		}
		if (n == 0 && !ferror(in)) {
			log[length] = '\0';
			make_text(log, length);
			*ret = log;
			log = NULL;
			return EXIT_DONE;
		}
		if (n == 0)
			break;
	}
	complain("%s: %s", name ? name : "standard input", strerror(errno));
	return EXIT_FAILED;
}

static void label(struct page *p, bool first, const char *text)
{
	if (first) {
		page_to(p, 2);
		page_words(p, NULL, text);
	}
	page_to(p, LABEL);
}

static void print_functions(struct page *p, const json_t *functions)
{
	const json_t *f;
	size_t i;

	json_array_foreach(functions, i, f)
	{
		const char *driver = text_of(f, "driver");

		if (i == 0)
			label(p, true, "Involved");
		page_words(p, NULL, i ? ", " : "");
		page_words(p, "bold", text_of(f, "address"));
		page_printf(p, NULL, " (%s)", driver ? driver : "unbound");
	}
	if (i > 0)
		page_end(p);
}

static void print_message(struct page *p, const json_t *message)
{
	const char *line = text_of(message, "line");
	json_int_t count = json_integer_value(json_object_get(message, "count"));
	const json_t *remedy;
	size_t i;

	page_words(p, "bold", text_of(message, "text"));
	if (count > 1)
		page_printf(p, NULL, " (%lld times)", (long long)count);
	page_end(p);
	page_to(p, 2);
	page_words(p, NULL, text_of(message, "explanation"));
	page_end(p);
	print_functions(p, json_object_get(message, "functions"));
	if (line) {
		label(p, true, "Line");
		page_words(p, NULL, line);
		page_end(p);
	}
	json_array_foreach(json_object_get(message, "remedies"), i, remedy)
	{
		label(p, i == 0, "What to do");
		page_words(p, NULL, "-");
		page_to(p, LABEL + 2);
		page_words(p, NULL, text_of(remedy, "text"));
		page_end(p);
	}
}

static int print_messages(const struct options *o, const json_t *document)
{
	json_int_t ignored = json_integer_value(json_object_get(document, "ignored_lines"));
	struct page p = page_new();
	const json_t *message;
	size_t i;

	json_array_foreach(json_object_get(document, "messages"), i, message)
	{
		if (i > 0)
			page_end(&p);
		print_message(&p, message);
	}
	if (i == 0)
		puts("There is no message here.");
	else if (ignored > 0 && !o->no_legend && !o->quiet)
		printf("\n%lld other line%s no message that is known here.\n", (long long)ignored,
		       ignored == 1 ? " holds" : "s hold");
	return page_flush();
}

int verb_decode(const struct options *o, int argc, char **argv)
{
	_cleanup_client_ struct client *c = NULL;
	_cleanup_json_ json_t *document = NULL;
	_cleanup_free_ char *log = NULL;
	int code = read_log(argc > 1 && strcmp(argv[1], "-") != 0 ? argv[1] : NULL, &log);

	if (code == EXIT_DONE)
		code = client_new(&c, o);
	if (code == EXIT_DONE)
		code = client_call(c, &document, "Decode", "s", log);
	if (code != EXIT_DONE)
		return code;
	if (o->json)
		return print_json(document);
	show_problems(o, document);
	return print_messages(o, document);
}
