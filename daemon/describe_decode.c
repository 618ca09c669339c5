// SPDX-License-Identifier: GPL-2.0-or-later
#include "describe_decode.h"

#include <stdlib.h>
#include <string.h>

#include "decode.h"

#define MAX_MESSAGES 256 /* different ones */
#define MAX_QUOTED   16	 /* unknown lines */
#define MAX_LENGTH   300 /* of a quoted line */

struct decoding {
	const struct machine *m;
	json_t *messages;
	struct {
		struct message message;
		json_t *json;
		json_int_t count;
	} seen[MAX_MESSAGES];
	size_t n_seen;
	const char *unknown[MAX_QUOTED];
	size_t n_unknown;
};

static json_t *remedies_json(const struct decoded *d)
{
	json_t *list = json_array();

	for (size_t i = 0; i < d->n_remedies; i++)
		json_array_append_new(list, json_pack("{s:s, s:o, s:o}", "code", d->remedies[i].code, "who",
						      text_or_null(d->remedies[i].who), "text",
						      text_or_null(d->remedies[i].text)));
	return list;
}

static json_t *functions_json(const struct machine *m, const struct decoded *d)
{
	json_t *list = json_array();

	for (size_t i = 0; i < d->n_functions; i++) {
		const struct function *f = &m->functions[d->functions[i]];

		json_array_append_new(list, json_pack("{s:o, s:o}", "address", address_json(&f->address),
						      "driver", text_or_null(f->driver)));
	}
	return list;
}

static json_t *holders_json(const struct decoded *d)
{
	json_t *list = json_array();

	for (size_t i = 0; d->irq && i < d->irq->n_actions; i++)
		json_array_append_new(list, text_or_null(d->irq->actions[i]));
	return list;
}

static json_t *line_json(const char *line)
{
	char text[MAX_LENGTH + 4];

	if (strlen(line) <= MAX_LENGTH)
		return text_or_null(line);
	memcpy(text, line, MAX_LENGTH);
	strcpy(text + MAX_LENGTH, "...");
	return text_or_null(text);
}

static json_t *message_json(const struct machine *m, const struct message *message, const char *line)
{
	struct decoded d;

	decode(m, message, &d);
	return json_pack("{s:s, s:o, s:o, s:s?, s:o, s:o, s:o, s:o, s:i}", "code",
			 message_code_to_string(message->code), "text", line_json(line), "irq",
			 message->irq < 0 ? json_null() : json_integer(message->irq), "line",
			 d.line == NO_INDEX ? NULL : m->lines[d.line].id, "holders", holders_json(&d),
			 "functions", functions_json(m, &d), "explanation", text_or_null(d.explanation),
			 "remedies", remedies_json(&d), "count", 1);
}

/* "nobody cared" and "Disabling IRQ" are two halves of one. */
static enum message_code topic(const struct message *m)
{
	return m->code == MESSAGE_IRQ_DISABLED ? MESSAGE_NOBODY_CARED : m->code;
}

static bool is_same(const struct message *a, const struct message *b)
{
	return topic(a) == topic(b) && a->irq == b->irq && a->has_address == b->has_address &&
	       a->pin == b->pin && (!a->has_address || address_compare(&a->address, &b->address) == 0) &&
	       strcmp(a->asker, b->asker) == 0 && strcmp(a->holder, b->holder) == 0;
}

static void take_line(struct decoding *d, const char *line)
{
	struct message message;
	size_t i = 0;

	if (line[strspn(line, " \t\r")] == '\0')
		return;
	if (!message_parse(line, &message)) {
		if (d->n_unknown < MAX_QUOTED)
			d->unknown[d->n_unknown] = line;
		d->n_unknown++;
		return;
	}
	while (i < d->n_seen && !is_same(&d->seen[i].message, &message))
		i++;
	if (i == d->n_seen) {
		if (d->n_seen == MAX_MESSAGES)
			return;
		d->seen[i].message = message;
		d->seen[i].json = message_json(d->m, &message, line);
		json_array_append_new(d->messages, d->seen[i].json);
		d->n_seen++;
	}
	json_object_set_new(d->seen[i].json, "count", json_integer(++d->seen[i].count));
}

json_t *describe_decode(const struct describer *describer, char *log)
{
	const struct machine *m = describer->machine;
	struct decoding *d = calloc(1, sizeof(*d));
	size_t quoted = 0;
	char *save = NULL;
	json_t *answer;

	if (!d)
		return NULL;
	d->m = m;
	d->messages = json_array();
	for (char *line = strtok_r(log, "\n", &save); line; line = strtok_r(NULL, "\n", &save))
		take_line(d, line);
	for (; d->n_seen == 0 && quoted < d->n_unknown && quoted < MAX_QUOTED; quoted++)
		json_array_append_new(d->messages,
				      message_json(m, &(struct message){.irq = -1}, d->unknown[quoted]));
	answer = json_pack("{s:i, s:o, s:I, s:o}", "version", INTXD_JSON_VERSION, "messages", d->messages,
			   "ignored_lines", (json_int_t)(d->n_unknown - quoted), "problems",
			   describe_problems(describer));
	free(d);
	return answer;
}
