// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * uevent-against-rescan TREE [RUNS]: how long one uevent keeps the service busy against a rescan, on a tree
 * of generate-tree: reading, deciding, and comparing with knobs and with what clients were told, under the
 * policy that the tree has. CPU time, so that other work of this machine does not count; medians.
 *
 * "leaf" is an endpoint, "bridge" a root port with all below it, "nothing" what an event costs with nothing
 * to read.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "devices.h"
#include "knobs.h"
#include "read_machine.h"
#include "update.h"

#define MAX_RUNS 1001

static double now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
	return (double)t.tv_sec * 1e3 + (double)t.tv_nsec / 1e6;
}

static void check(int e, const char *what)
{
	if (e == 0)
		return;
	fprintf(stderr, "%s: %s\n", what, strerror(-e));
	exit(1);
}

static int compare(const void *a, const void *b)
{
	const double *x = a, *y = b;

	return (*x > *y) - (*x < *y);
}

static double median(double *all, size_t n)
{
	qsort(all, n, sizeof(*all), compare);
	return all[n / 2];
}

/* Some function that is a bridge, or is none. */
static struct address pick(const struct machine *m, bool bridge, size_t i)
{
	for (size_t n = 0; n < m->n_functions; n++) {
		const struct function *f = &m->functions[(i * 7919 + n) % m->n_functions];

		if (f->bridge == bridge)
			return f->address;
	}
	fprintf(stderr, "no such function\n");
	exit(1);
}

static void no_change(struct context *c, const struct function *f, const char *before)
{
	(void)c, (void)f, (void)before;
}

static void no_knob(void *userdata, const struct function *f, const struct ruling *ruling, enum knob wanted,
		    int error)
{
	(void)userdata, (void)f, (void)ruling, (void)wanted, (void)error;
}

/* What settle() does in a service that nobody listens to. */
static void follow(struct context *c, struct devices *told)
{
	struct policy policy = context_policy(c);

	check(knobs_apply(&c->knobs, c->machine, &c->root, &policy, no_knob, c), "knobs");
	check(devices_tell(told, c, NULL, no_change), "devices");
}

static double time_rescan(struct context *c, struct devices *told)
{
	struct machine *m;
	double start = now();

	check(read_machine(&m, &c->root), c->root.path);
	machine_free(c->machine);
	c->machine = m;
	follow(c, told);
	return now() - start;
}

static double time_update(struct context *c, struct devices *told, const struct address *a, size_t n)
{
	double start = now();

	check(update_machine(&c->machine, &c->root, &(struct update){.addresses = a, .n = n}), c->root.path);
	follow(c, told);
	return now() - start;
}

int main(int argc, char **argv)
{
	static double rescan[MAX_RUNS], leaf[MAX_RUNS], bridge[MAX_RUNS], nothing[MAX_RUNS];
	size_t runs = argc > 2 ? strtoul(argv[2], NULL, 10) : 15;
	struct devices told = {};
	struct context c;
	double full;

	if (argc < 2 || runs == 0 || runs > MAX_RUNS) {
		fprintf(stderr, "usage: uevent-against-rescan TREE [RUNS]\n");
		return 2;
	}
	check(context_open(&c, argv[1], true), argv[1]);
	check(read_machine(&c.machine, &c.root), argv[1]);
	for (size_t i = 0; i < runs; i++) {
		struct address a = pick(c.machine, false, i), b = pick(c.machine, true, i);

		rescan[i] = time_rescan(&c, &told);
		leaf[i] = time_update(&c, &told, &a, 1);
		bridge[i] = time_update(&c, &told, &b, 1);
		nothing[i] = time_update(&c, &told, NULL, 0);
	}
	full = median(rescan, runs);
	printf("%zu functions, rescan %.1f ms; of it an event takes: leaf 1/%.0f, bridge 1/%.0f, nothing 1/%.0f\n",
	       c.machine->n_functions, full, full / median(leaf, runs), full / median(bridge, runs),
	       full / median(nothing, runs));
	devices_free(&told);
	context_close(&c);
	return 0;
}
