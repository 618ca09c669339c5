// SPDX-License-Identifier: GPL-2.0-or-later
#include "describe.h"

#include <errno.h>
#include <string.h>

#include "cleanup.h"
#include "decide.h"
#include "json_memory.h"
#include "reasons.h"

/* Our own words need no check for UTF-8. */
static int set(json_t *o, const char *key, json_t *value)
{
	return json_object_set_new_nocheck(o, key, value);
}

static json_t *word(const char *text)
{
	return text ? json_string_nocheck(text) : json_null();
}

json_t *text_or_null(const char *text)
{
	json_t *j = text && *text ? json_string(text) : json_null();

	return j ? j : json_string("?");
}

json_t *address_json(const struct address *a)
{
	char text[ADDRESS_SIZE];

	return word(address_format(a, text));
}

static json_t *reasons_json(const struct reason *reasons, size_t n)
{
	json_t *list = json_array();

	for (size_t i = 0; i < n; i++) {
		json_t *r = json_object();

		set(r, "code", word(reasons[i].code));
		set(r, "who", text_or_null(reasons[i].who));
		set(r, "text", text_or_null(reasons[i].text));
		if (reasons[i].file)
			set(r, "file", word(reasons[i].file));
		json_array_append_new(list, r);
	}
	return list;
}

json_t *describe_machine(const struct machine *m)
{
	return json_pack("{s:o, s:o, s:o, s:o, s:o, s:o}", "arch", text_or_null(m->arch), "kernel",
			 text_or_null(m->kernel), "controller", text_or_null(m->controller), "split_eoi",
			 m->split_eoi < 0 ? json_null() : json_boolean(m->split_eoi), "feature",
			 text_or_null(feature_to_string(m->feature)), "platform", text_or_null(m->platform));
}

static void add_texts(json_t *list, char *const *texts)
{
	for (; texts && *texts; texts++)
		json_array_append_new(list, json_pack("{s:n, s:o}", "file", "text", text_or_null(*texts)));
}

json_t *describe_problems(const struct describer *d)
{
	const struct machine *m = d->machine;
	json_t *list = json_array();

	add_texts(list, d->policy_problems);
	add_texts(list, d->decision_problems);
	for (size_t i = 0; i < m->n_problems; i++)
		json_array_append_new(list, json_pack("{s:o, s:o}", "file", text_or_null(m->problems[i].file),
						      "text", text_or_null(m->problems[i].text)));
	if (m->problems_unlisted > 0)
		json_array_append_new(list, json_pack("{s:n, s:o}", "file", "text",
						      json_sprintf("%zu more problems are not listed",
								   m->problems_unlisted)));
	return list;
}

static json_t *line_json(const struct machine *m, const struct line *line)
{
	json_t *members = json_array(), *slots = json_array(), *holders = json_array();
	bool known =
		line->type != LINE_WIRE && machine_knows_actions(m, line); /* a wire has no row to look at */
	char who[64];

	for (int32_t i = line->first; i != NO_INDEX; i = m->functions[i].next_on_line) {
		const struct function *f = &m->functions[i];

		if (f->slot)
			json_array_append_new(slots, text_or_null(party_who(m, f, who)));
		else
			json_array_append_new(members, address_json(&f->address));
	}
	for (size_t i = 0; line->irq && i < line->irq->n_actions; i++)
		json_array_append_new(holders, text_or_null(line->irq->actions[i]));
	return json_pack("{s:s, s:o, s:o, s:o}", "id", line->id, "members", members, "slots", slots,
			 "holders", known ? holders : (json_decref(holders), json_null()));
}

static json_t *sharers_json(const struct function *f)
{
	json_t *counts = json_object();

	for (enum kind k = 0; k < _KIND_MAX; k++)
		set(counts, kind_to_string(k), json_integer(f->sharers[k]));
	return counts;
}

static json_t *direct_json(const struct machine *m, const struct function *f, bool all_reasons)
{
	struct reason reasons[MAX_REASONS];
	size_t n;
	int possible = direct_possible(m, f, reasons, &n);
	json_t *o = json_object();

	set(o, "possible", possible < 0 ? json_null() : json_boolean(possible));
	set(o, "reasons", reasons_json(reasons, n > 1 && !all_reasons ? 1 : n));
	return o;
}

static json_t *pin_json(const struct function *f)
{
	char pin[2] = {(char)('@' + f->pin), '\0'};

	return f->pin == 0 || f->virtual_function ? json_null() : word(pin);
}

static json_t *irq_json(const struct machine *m, const struct function *f)
{
	const struct line *line = f->line == NO_INDEX ? NULL : &m->lines[f->line];

	if (line && line->irq)
		return json_integer(line->irq->virq);
	return line && line->type == LINE_IRQ ? json_integer(line->number) : json_null();
}

static json_t *msi_json(const struct function *f)
{
	static const char *const words[] = {[MSI_OFF] = "off", [MSI_MSI] = "msi", [MSI_MSIX] = "msix"};

	return word(words[f->msi]);
}

static int set_identity(const struct describer *d, json_t *o, const struct function *f)
{
	char id[16], subsystem[16], class[16], name[256];
	const char *found = names_device(d->names, f->vendor, f->device, name, sizeof(name));

	snprintf(id, sizeof(id), "%04x:%04x", f->vendor, f->device);
	snprintf(subsystem, sizeof(subsystem), "%04x:%04x", f->subvendor, f->subdevice);
	snprintf(class, sizeof(class), "0x%06x", f->class & 0xffffff);
	return set(o, "address", address_json(&f->address)) | set(o, "id", word(id)) |
	       set(o, "subsystem", f->subvendor ? word(subsystem) : json_null()) |
	       set(o, "class", word(class)) | set(o, "name", text_or_null(found)) |
	       set(o, "driver", text_or_null(f->driver));
}

static int set_line(const struct machine *m, json_t *o, const struct function *f, bool all_reasons)
{
	struct reason reasons[MAX_REASONS];
	size_t n = verdict_reasons(m, f, all_reasons, reasons);

	return set(o, "pin", pin_json(f)) |
	       set(o, "line", word(f->line == NO_INDEX ? NULL : m->lines[f->line].id)) |
	       set(o, "irq", irq_json(m, f)) | set(o, "evidence", word(evidence_to_string(f->evidence))) |
	       set(o, "verdict", word(verdict_to_string(f->verdict))) | set(o, "sharers", sharers_json(f)) |
	       set(o, "reasons", reasons_json(reasons, n)) | set(o, "direct", direct_json(m, f, all_reasons));
}

static int set_place(const struct machine *m, json_t *o, const struct function *f)
{
	return set(o, "parent",
		   f->parent == NO_INDEX ? json_null() : address_json(&m->functions[f->parent].address)) |
	       set(o, "msi", msi_json(f)) | set(o, "vfio", json_boolean(f->vfio)) |
	       set(o, "iommu_group", f->iommu_group < 0 ? json_null() : json_integer(f->iommu_group));
}

const char *function_state(const struct machine *m, const struct function *f)
{
	if (f->deoi.state)
		return f->deoi.state;
	return m->feature == FEATURE_PRESENT || m->feature == FEATURE_KILLED ? "idle" : "unsupported";
}

const char *function_state_reason(const struct function *f)
{
	return f->deoi.reason ? f->deoi.reason : "none";
}

/* What stands between what was decided and what is; NULL: nothing. */
static json_t *policy_problem(const struct describer *d, const struct function *f,
			      const struct ruling *ruling)
{
	const struct knob_failure *failure = knob_failure(d->knobs, &f->address);

	if (failure)
		return json_sprintf("the knob could not be set to %s: %s", knob_to_string(failure->wanted),
				    strerror(-failure->error));
	if (ruling->replaced && !ruling->decision)
		return json_sprintf(
			"what was decided for this address does not apply: it was about a %04x:%04x, and "
			"another device is here now",
			ruling->replaced->vendor, ruling->replaced->device);
	return json_null();
}

static json_t *counters_json(const struct deoi *deoi)
{
	if (!deoi->device)
		return json_null();
	return json_pack("{s:I, s:I, s:I, s:I}", "interrupts", (json_int_t)deoi->interrupts, "engaged",
			 (json_int_t)deoi->engaged, "yielded", (json_int_t)deoi->yielded, "refused",
			 (json_int_t)deoi->refused);
}

static int set_policy(const struct describer *d, json_t *o, const struct function *f)
{
	struct ruling ruling = policy_for(d->policy, d->machine, f);
	char source[SOURCE_SIZE];
	json_t *policy = json_object();

	set(policy, "mode", word(policy_mode_to_string(ruling.mode)));
	set(policy, "require", word(require_to_string(ruling.require)));
	set(policy, "source", text_or_null(ruling_source(&ruling, source)));
	set(policy, "knob", word(knob_to_string(knob_for(d->machine, f, &ruling))));
	set(policy, "kernel", text_or_null(f->deoi.policy));
	set(policy, "problem", policy_problem(d, f, &ruling));
	return set(o, "policy", policy) | set(o, "state", text_or_null(function_state(d->machine, f))) |
	       set(o, "state_reason", text_or_null(function_state_reason(f))) |
	       set(o, "counters", counters_json(&f->deoi));
}

static json_t *device_json(const struct describer *d, const struct function *f, bool all_reasons)
{
	json_t *o = json_object();

	if (set_identity(d, o, f) || set_line(d->machine, o, f, all_reasons) || set_place(d->machine, o, f) ||
	    set_policy(d, o, f)) {
		json_decref(o);
		return NULL;
	}
	return o;
}

json_t *describe_one(const struct describer *d, const struct function *f)
{
	const struct machine *m = d->machine;
	json_t *lines = json_array();

	if (f->line != NO_INDEX)
		json_array_append_new(lines, line_json(m, &m->lines[f->line]));
	return json_pack("{s:i, s:o, s:o, s:[o], s:o}", "version", INTXD_JSON_VERSION, "machine",
			 describe_machine(m), "lines", lines, "devices", device_json(d, f, true), "problems",
			 describe_problems(d));
}

/* Through a buffer of our own: jansson writes a stream a token at a time. */
static int write_value(FILE *out, const char *before, json_t *value)
{
	char buffer[16384];
	_cleanup_free_ char *large = NULL;
	size_t n;

	if (!value)
		return -ENOMEM;
	n = json_dumpb(value, buffer, sizeof(buffer), JSON_COMPACT);
	if (n > sizeof(buffer))
		large = json_dumps(value, JSON_COMPACT);
	json_decref(value);
	if (json_memory_ran_out() || n == 0 || (n > sizeof(buffer) && !large))
		return -ENOMEM;
	errno = 0;
	fputs(before, out);
	fwrite(large ? large : buffer, 1, n, out);
	if (!ferror(out))
		return 0;
	return errno > 0 ? -errno : -EIO;
}

int describe(const struct describer *d, FILE *out)
{
	const struct machine *m = d->machine;
	int e;

	fprintf(out, "{\"version\":%d,", INTXD_JSON_VERSION);
	e = write_value(out, "\"machine\":", describe_machine(m));
	fputs(",\n\"lines\":[", out);
	for (size_t l = 0; l < m->n_lines && e == 0; l++)
		e = write_value(out, l ? ",\n" : "\n", line_json(m, &m->lines[l]));
	fputs("\n],\n\"devices\":[", out);
	for (size_t i = 0; i < m->n_functions && e == 0; i++)
		e = write_value(out, i ? ",\n" : "\n", device_json(d, &m->functions[i], false));
	if (e == 0)
		e = write_value(out, "\n],\n\"problems\":", describe_problems(d));
	fputs("}\n", out);
	if (e == 0 && fflush(out) != 0)
		e = -errno;
	return e;
}
