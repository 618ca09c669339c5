// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Machines are read, kept up to date and described while calls fail.
 *
 * Then either that is said, or what is there is no better than the truth: nothing meets a requirement that it
 * does not meet, and no answer has a gap. INTXD_SEED=N begins with another machine.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "describe.h"
#include "describe_check.h"
#include "describe_decode.h"
#include "describe_policy.h"
#include "explain.h"
#include "failing.h"
#include "foresee.h"
#include "json_memory.h"
#include "policy.h"
#include "read_machine.h"
#include "topology.h"
#include "tree.h"
#include "update.h"

#define MACHINES 3

static unsigned seed = 1;

struct scenario {
	struct tree t;
	struct root root;
	struct names *names;
	struct machine *truth, *before;
	struct touched touched; /* between those two */
	json_t *(*ask)(const struct describer *d);
	char *answer;
};

static void step(struct scenario *x, int steps)
{
	x->touched.n = 0;
	while (steps-- > 0)
		tree_step(&x->t, &x->touched);
}

static void scenario_open(struct scenario *x, unsigned s)
{
	*x = (struct scenario){};
	tree_new(&x->t, s);
	x->t.damage = 0;
	for (int i = 0; i < 14; i++)
		tree_add(&x->t, &x->touched);
	step(x, 40);
	assert_int_equal(root_open(&x->root, x->t.base), 0);
	x->names = names_new(&x->root);
	assert_non_null(x->names);
	assert_int_equal(read_machine(&x->before, &x->root), 0);
	step(x, 4);
	assert_int_equal(read_machine(&x->truth, &x->root), 0);
}

static void scenario_close(struct scenario *x)
{
	machine_free(x->truth);
	machine_free(x->before);
	names_free(x->names);
	root_close(&x->root);
	tree_free(&x->t);
	free(x->answer);
}

/* Attempts it on several machines. */
static void on_machines(const char *title, attempt_fn attempt)
{
	unsigned wrong = 0;
	struct scenario x;

	for (unsigned s = seed; s < seed + MACHINES; s++) {
		char text[80];

		scenario_open(&x, s);
		snprintf(text, sizeof(text), "%s, INTXD_SEED=%u, %zu functions", title, s,
			 x.truth->n_functions);
		wrong += failing_each(text, attempt, &x);
		scenario_close(&x);
	}
	assert_int_equal(wrong, 0);
}

/* ---- reading ---- */

/* How m is better than the truth, or NULL. One that is not there could be on a line. */
static const char *is_too_good(const struct machine *truth, const struct machine *m)
{
	static char text[200];
	char address[ADDRESS_SIZE];

	if (failing_as_if_absent())
		return NULL;
	for (size_t i = 0; i < truth->n_functions; i++) {
		const struct function *t = &truth->functions[i], *f = machine_find(m, t->address);

		if (!f)
			return "a function is missing";
		address_format(&f->address, address);
		for (enum require r = 0; r < _REQUIRE_MAX; r++) {
			if (!function_meets(m, f, r) || f->unreadable || function_meets(truth, t, r))
				continue;
			snprintf(text, sizeof(text), "%s: %s meets %s, and it is %s", address,
				 verdict_to_string(f->verdict), require_to_string(r),
				 verdict_to_string(t->verdict));
			return text;
		}
	}
	return NULL;
}

static const char *read_whole(void *userdata)
{
	struct scenario *x = userdata;
	struct machine *m = NULL;
	const char *wrong;
	int e;

	failing_start();
	e = read_machine(&m, &x->root);
	failing_stop();
	if (e < 0)
		return m ? "failed, and there is a machine" : NULL;
	wrong = is_too_good(x->truth, m);
	machine_free(m);
	return wrong;
}

static void a_reading_that_fails_proves_nothing(void **state)
{
	(void)state;
	on_machines("reading", read_whole);
}

static const char *update_one(void *userdata)
{
	struct scenario *x = userdata;
	struct update what = {.addresses = x->touched.addresses, .n = x->touched.n};
	struct machine *m = NULL, *old;
	const char *wrong = NULL;
	int e;

	assert_int_equal(read_machine(&m, &x->root), 0);
	old = m;
	failing_start();
	e = update_machine(&m, &x->root, &what);
	failing_stop();
	if (e < 0 && (m != old || is_too_good(x->truth, m)))
		wrong = "the machine is not as it was";
	if (e == 0)
		wrong = is_too_good(x->truth, m);
	machine_free(m);
	return wrong;
}

static void an_update_that_fails_changes_nothing(void **state)
{
	(void)state;
	on_machines("updating", update_one);
}

/* ---- answering ---- */

static const struct knobs no_knobs;

static json_t *ask_explain(const struct describer *d)
{
	return explain(d, &d->machine->functions[0]);
}

static json_t *ask_foresee(const struct describer *d)
{
	const struct function *f = &d->machine->functions[0];
	struct decision decision = {.address = f->address,
				    .vendor = f->vendor,
				    .device = f->device,
				    .subvendor = f->subvendor,
				    .subdevice = f->subdevice,
				    .mode = POLICY_ALLOW,
				    .require = REQUIRE_LATENT_OK};

	return foresee(d, f, &decision);
}

static json_t *ask_check(const struct describer *d)
{
	char first[ADDRESS_SIZE], last[ADDRESS_SIZE];
	char *names[] = {address_format(&d->machine->functions[0].address, first),
			 address_format(&d->machine->functions[d->machine->n_functions - 1].address, last),
			 NULL};
	sd_bus_error error = SD_BUS_ERROR_NULL;
	json_t *answer = NULL;

	(void)describe_check(d, names, &answer, &error);
	sd_bus_error_free(&error);
	return answer;
}

static json_t *ask_decode(const struct describer *d)
{
	char log[] = "genirq: Flags mismatch irq 16. 00000000 (vfio-intx(0000:00:01.0)) vs. 00000080 (ahci)\n"
		     "irq 17: nobody cared (try booting with the \"irqpoll\" option)\nnothing\n";

	return describe_decode(d, log);
}

static const char rules[] =
	"{\"version\":1,\"rules\":[{\"match\":{\"class\":\"0x02*\"},\"action\":\"allow\",\"comment\":\"a\"},"
	"{\"match\":{\"address\":\"*\"},\"action\":\"deny\"}]}";

static json_t *ask_policy(const struct describer *d,
			  json_t *(*ask)(const struct describer *d, struct rule_file *file))
{
	struct rule_file *file = NULL;
	struct rule_error error;
	json_t *answer = NULL;

	if (rules_parse(&file, "/etc/intxd/policy.d/10.json", rules, strlen(rules), &error) == 0)
		answer = ask(d, file);
	rule_file_free(file);
	return answer;
}

static json_t *test_policy(const struct describer *d, struct rule_file *file)
{
	return describe_policy_test(d->machine, d->policy, file);
}

static json_t *ask_policy_test(const struct describer *d)
{
	return ask_policy(d, test_policy);
}

static json_t *list_policy(const struct describer *d, struct rule_file *file)
{
	const struct policy policy = {.files = &file, .n_files = 1};

	return describe_policy_list(&(struct policy_listing){.machine = d->machine, .policy = &policy});
}

static json_t *ask_policy_list(const struct describer *d)
{
	return ask_policy(d, list_policy);
}

/* As manager.c sends it. */
static const char *answer(void *userdata)
{
	static const struct policy nothing_said;
	struct scenario *x = userdata;
	const struct describer d = {
		.machine = x->truth, .names = x->names, .policy = &nothing_said, .knobs = &no_knobs};
	json_t *document;
	char *text;
	const char *wrong = NULL;

	failing_start();
	document = x->ask(&d);
	text = document ? json_dumps(document, JSON_COMPACT) : NULL;
	failing_stop();
	json_decref(document);
	if (json_memory_ran_out() || !text) {
		free(text);
		return x->answer ? NULL : "no answer";
	}
	if (!x->answer)
		x->answer = strdup(text);
	if (strcmp(text, x->answer) != 0)
		wrong = "the answer is another";
	free(text);
	return wrong;
}

static const char *whole_document(void *userdata)
{
	static const struct policy nothing_said;
	struct scenario *x = userdata;
	const struct describer d = {
		.machine = x->truth, .names = x->names, .policy = &nothing_said, .knobs = &no_knobs};
	const char *wrong = NULL;
	char *text = NULL;
	size_t size;
	FILE *out = open_memstream(&text, &size);
	int e;

	failing_start();
	e = describe(&d, out);
	failing_stop();
	fclose(out);
	(void)json_memory_ran_out();
	if (!x->answer)
		x->answer = strdup(text);
	if (e == 0 && strcmp(text, x->answer) != 0)
		wrong = "the document is another";
	free(text);
	return wrong;
}

static void no_answer_has_a_gap(void **state)
{
	static const struct {
		const char *title;
		json_t *(*ask)(const struct describer *d);
	} all[] = {
		{"explain", ask_explain}, {"foresee", ask_foresee},	    {"check", ask_check},
		{"decode", ask_decode},	  {"policy test", ask_policy_test}, {"policy list", ask_policy_list},
	};
	unsigned wrong = 0;
	struct scenario x;

	(void)state;
	for (unsigned s = seed; s < seed + MACHINES; s++) {
		scenario_open(&x, s);
		for (size_t i = 0; i < sizeof(all) / sizeof(*all); i++) {
			x.ask = all[i].ask;
			free(x.answer);
			x.answer = NULL;
			wrong += failing_each(all[i].title, answer, &x);
		}
		free(x.answer);
		x.answer = NULL;
		wrong += failing_each("describe", whole_document, &x);
		scenario_close(&x);
	}
	assert_int_equal(wrong, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_reading_that_fails_proves_nothing),
		cmocka_unit_test(an_update_that_fails_changes_nothing),
		cmocka_unit_test(no_answer_has_a_gap),
	};
	const char *text = getenv("INTXD_SEED");

	json_memory_watch();
	if (text)
		seed = (unsigned)strtoul(text, NULL, 10);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
