// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A machine is read, kept up to date and described, policy is loaded and applied, while each allocation and
 * each system call in turn fails.
 *
 * Then either the failure is said, or what is there is no better than the truth: no verdict is exclusive that
 * is not, no knob is auto that should not be, no rule or decision is passed over, no answer has gaps.
 * INTXD_SEED=N begins with another machine.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "check.h"
#include "context.h"
#include "describe.h"
#include "describe_check.h"
#include "describe_decode.h"
#include "describe_policy.h"
#include "explain.h"
#include "failing.h"
#include "policy.h"
#include "read_machine.h"
#include "topology.h"
#include "tree.h"
#include "update.h"

static unsigned seed = 1;

/* What calls fail with: as each likes best, and what sends a caller another way. */
static const int errors[] = {0, ENOENT, EINTR};

struct scenario {
	struct tree t;
	struct root root;
	struct names *names;
	struct machine *truth;
};

static struct scenario scenario_of(unsigned s)
{
	struct touched touched = {};
	struct scenario x;

	tree_new(&x.t, s);
	x.t.damage = 0;
	for (int i = 0; i < 14; i++) {
		touched.n = 0;
		tree_add(&x.t, &touched);
	}
	for (int i = 0; i < 40; i++) {
		touched.n = 0;
		tree_step(&x.t, &touched);
	}
	assert_int_equal(root_open(&x.root, x.t.base), 0);
	x.names = names_new(&x.root);
	assert_int_equal(read_machine(&x.truth, &x.root), 0);
	return x;
}

static void scenario_free(struct scenario *x)
{
	machine_free(x->truth);
	names_free(x->names);
	root_close(&x->root);
	tree_free(&x->t);
}

/* ---- machines ---- */

/* How a failure made m better than the truth, or NULL. */
static const char *is_too_good(const struct machine *truth, const struct machine *m)
{
	static char text[200];
	char address[ADDRESS_SIZE];

	for (size_t i = 0; i < m->n_functions; i++) {
		const struct function *f = &m->functions[i], *t = machine_find(truth, f->address);

		address_format(&f->address, address);
		if (!t)
			continue;
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

/* Did the failing call have an effect that cannot be told from the file's not being there? */
static bool is_as_if_absent(int error)
{
	return error == ENOENT;
}

static void read_with_failures(void **state)
{
	unsigned total = 0;

	(void)state;
	for (unsigned s = seed; s < seed + 6; s++) {
		struct scenario x = scenario_of(s);
		struct machine *m;
		unsigned calls, survived = 0, said = 0, n_wrong = 0;

		failing_start(0, false, 0);
		assert_int_equal(read_machine(&m, &x.root), 0);
		calls = failing_stop();
		machine_free(m);
		for (unsigned nth = 1; nth <= calls; nth++)
			for (int how = 0; how < 3; how++) {
				int error = errors[how], e;
				const char *wrong;

				failing_start(nth, false, error);
				e = read_machine(&m, &x.root);
				failing_stop();
				said += e < 0;
				survived += e == 0;
				if (e < 0)
					continue;
				wrong = is_as_if_absent(error) ? NULL : is_too_good(x.truth, m);
				if (wrong) {
					print_error("INTXD_SEED=%u: call %u of %u (%s, errno %d): %s\n", s,
						    nth, calls, failing_what(), error, wrong);
					failing_trace();
					n_wrong++;
				}
				machine_free(m);
			}
		print_message("machine %u: %zu functions, %u calls; %u failures said, %u lived with\n", s,
			      x.truth->n_functions, calls, said, survived);
		scenario_free(&x);
		total += n_wrong;
	}
	assert_int_equal(total, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(read_with_failures),
	};
	const char *text = getenv("INTXD_SEED");

	failing_init();
	if (text)
		seed = (unsigned)strtoul(text, NULL, 10);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
