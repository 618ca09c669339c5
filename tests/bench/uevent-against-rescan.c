// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * uevent-against-rescan TREE [RUNS]: how long an update after one uevent takes against reading the machine
 * anew, on a tree of generate-tree. CPU time, so that other work of this machine does not count; medians.
 *
 * "leaf" is an endpoint, "bridge" a root port with all below it, "nothing" what an update costs with nothing
 * to read.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

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

static double time_rescan(const struct root *root)
{
	struct machine *m;
	double start = now();

	check(read_machine(&m, root), root->path);
	machine_free(m);
	return now() - start;
}

static double time_update(struct machine **m, const struct root *root, const struct address *a, size_t n)
{
	double start = now();

	check(update_machine(m, root, &(struct update){.addresses = a, .n = n}), root->path);
	return now() - start;
}

int main(int argc, char **argv)
{
	static double rescan[MAX_RUNS], leaf[MAX_RUNS], bridge[MAX_RUNS], nothing[MAX_RUNS];
	size_t runs = argc > 2 ? strtoul(argv[2], NULL, 10) : 15;
	struct machine *m;
	struct root root;
	double full;

	if (argc < 2 || runs == 0 || runs > MAX_RUNS) {
		fprintf(stderr, "usage: uevent-against-rescan TREE [RUNS]\n");
		return 2;
	}
	check(root_open(&root, argv[1]), argv[1]);
	check(read_machine(&m, &root), argv[1]);
	for (size_t i = 0; i < runs; i++) {
		struct address a = pick(m, false, i), b = pick(m, true, i);

		rescan[i] = time_rescan(&root);
		leaf[i] = time_update(&m, &root, &a, 1);
		bridge[i] = time_update(&m, &root, &b, 1);
		nothing[i] = time_update(&m, &root, NULL, 0);
	}
	full = median(rescan, runs);
	printf("%zu functions, rescan %.1f ms; of it an update takes: leaf 1/%.0f, bridge 1/%.0f, nothing 1/%.0f\n",
	       m->n_functions, full, full / median(leaf, runs), full / median(bridge, runs),
	       full / median(nothing, runs));
	machine_free(m);
	root_close(&root);
	return 0;
}
