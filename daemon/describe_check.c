// SPDX-License-Identifier: GPL-2.0-or-later
#include "describe_check.h"

#include <errno.h>

#include "check.h"
#include "cleanup.h"
#include "find.h"

static json_t *remedy_json(const struct remedy *r)
{
	return r->code ? json_pack("{s:s, s:o, s:o}", "code", r->code, "who", text_or_null(r->who), "text",
				   text_or_null(r->text))
		       : json_null();
}

static json_t *finding_json(const struct machine *m, const struct finding *f)
{
	return json_pack("{s:o, s:s, s:o, s:o, s:o}", "address",
			 address_json(&m->functions[f->function].address), "code", f->code, "who",
			 text_or_null(f->who), "text", text_or_null(f->text), "remedy",
			 remedy_json(&f->remedy));
}

static json_t *function_json(const struct machine *m, const struct checked *c)
{
	const struct function *f = &m->functions[c->function];

	return json_pack("{s:o, s:o, s:s?, s:s, s:s, s:s}", "address", address_json(&f->address), "driver",
			 text_or_null(f->driver), "line", f->line == NO_INDEX ? NULL : m->lines[f->line].id,
			 "verdict", verdict_to_string(f->verdict), "masking", masking_to_string(c->masking),
			 "mode", mode_to_string(c->mode));
}

static json_t *answer(const struct describer *d, const struct check *c)
{
	const struct machine *m = d->machine;
	json_t *functions = json_array(), *conflicts = json_array(), *notes = json_array();

	for (size_t i = 0; i < c->n_functions; i++)
		json_array_append_new(functions, function_json(m, &c->functions[i]));
	for (size_t i = 0; i < c->n_findings; i++)
		json_array_append_new(c->findings[i].conflict ? conflicts : notes,
				      finding_json(m, &c->findings[i]));
	return json_pack("{s:i, s:o, s:o, s:o, s:o}", "version", INTXD_JSON_VERSION, "functions", functions,
			 "conflicts", conflicts, "notes", notes, "problems", describe_problems(d));
}

static size_t count(char **names)
{
	size_t n = 0;

	while (names && names[n])
		n++;
	return n;
}

int describe_check(const struct describer *d, char **names, json_t **ret, sd_bus_error *error)
{
	const struct machine *m = d->machine;
	size_t n = count(names);
	_cleanup_free_ int32_t *functions = calloc(n + 1, sizeof(*functions));
	struct check c;
	int e;

	if (!functions)
		return -ENOMEM;
	for (size_t i = 0; i < n; i++) {
		const struct function *f = find_function(m, names[i], error);

		if (!f)
			return -ENXIO;
		functions[i] = (int32_t)(f - m->functions);
	}
	e = check_together(m, functions, n, &c);
	*ret = e == 0 ? answer(d, &c) : NULL;
	check_free(&c);
	return *ret ? 0 : -ENOMEM;
}
