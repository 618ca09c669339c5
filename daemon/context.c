// SPDX-License-Identifier: GPL-2.0-or-later
#include "context.h"

#include <errno.h>
#include <string.h>

#include "json_memory.h"

int context_open(struct context *ret, const char *root, bool read_only)
{
	int e;

	*ret = (struct context){};
	json_memory_watch();
	e = root_open(&ret->root, root);
	if (e < 0) {
		fprintf(stderr, "intxd: %s: %s\n", root, strerror(-e));
		return e;
	}
	ret->names = names_new(&ret->root);
	e = ret->names ? policy_files_new(&ret->files, &ret->root) : -ENOMEM;
	if (e == 0)
		e = policy_files_load(ret->files) == -ENOMEM ? -ENOMEM : 0;
	if (e == 0)
		e = decisions_new(&ret->decisions, &ret->root, read_only);
	if (e < 0) {
		fprintf(stderr, "intxd: %s\n", strerror(-e));
		context_close(ret);
	}
	return e;
}

void context_close(struct context *c)
{
	machine_free(c->machine);
	decisions_free(c->decisions);
	policy_files_free(c->files);
	names_free(c->names);
	knobs_free(&c->knobs);
	root_close(&c->root);
	*c = (struct context){};
}

struct policy context_policy(const struct context *c)
{
	struct policy p = {};

	p.files = policy_files(c->files, &p.n_files);
	p.decisions = decisions(c->decisions, &p.n_decisions);
	p.lost = decisions_lost(c->decisions);
	return p;
}
