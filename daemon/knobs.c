// SPDX-License-Identifier: GPL-2.0-or-later
#include "knobs.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <string.h>

static int write_knob(const struct root *root, const struct function *f, enum knob wanted)
{
	const char *word = knob_to_string(wanted);
	char path[NAME_MAX + 128], address[ADDRESS_SIZE];
	_cleanup_close_ int fd = -1;
	ssize_t n;

	snprintf(path, sizeof(path), "sys/bus/pci/devices/%s/vfio-dev/%s/intx_deoi/policy",
		 address_format(&f->address, address), f->deoi.device);
	fd = root_open_file(root, path, O_WRONLY | O_TRUNC);
	if (fd < 0)
		return fd;
	n = write(fd, word, strlen(word));
	if (n < 0)
		return -errno;
	return (size_t)n == strlen(word) ? 0 : -EIO;
}

static int compare_failures(const void *a, const void *b)
{
	return address_compare(&((const struct knob_failure *)a)->address,
			       &((const struct knob_failure *)b)->address);
}

const struct knob_failure *knob_failure(const struct knobs *k, const struct address *address)
{
	struct knob_failure key = {.address = *address};

	return k->n_failures == 0 ? NULL
				  : bsearch(&key, k->failures, k->n_failures, sizeof(key), compare_failures);
}

static int add_failure(struct knobs *k, const struct function *f, enum knob wanted, int error)
{
	struct knob_failure *p = reallocarray(k->failures, k->n_failures + 1, sizeof(*p));

	if (!p)
		return -ENOMEM;
	k->failures = p;
	k->failures[k->n_failures++] =
		(struct knob_failure){.address = f->address, .wanted = wanted, .error = error};
	return 0;
}

static bool is_set(const struct function *f, enum knob wanted)
{
	return f->deoi.policy && strcmp(f->deoi.policy, knob_to_string(wanted)) == 0;
}

static int set_knob(struct machine *m, struct function *f, const struct root *root, enum knob wanted)
{
	int e = write_knob(root, f, wanted);

	if (e == 0)
		f->deoi.policy = machine_string(m, knob_to_string(wanted));
	return e;
}

int knobs_apply(struct knobs *k, struct machine *m, const struct root *root, const struct policy *p,
		knob_event tell, void *userdata)
{
	struct knobs now = {};
	int r = 0;

	/* Functions stand in address order, and so do the failures. */
	for (size_t i = 0; i < m->n_functions && r == 0; i++) {
		struct function *f = &m->functions[i];
		const struct knob_failure *before;
		struct ruling ruling;
		enum knob wanted;
		int e;

		if (!f->deoi.device)
			continue;
		ruling = policy_for(p, m, f);
		wanted = knob_for(m, f, &ruling);
		if (is_set(f, wanted))
			continue;
		before = knob_failure(k, &f->address);
		e = set_knob(m, f, root, wanted);
		if (e < 0)
			r = add_failure(&now, f, wanted, e);
		if (e == 0 || !before || before->error != e || before->wanted != wanted)
			tell(userdata, f, &ruling, wanted, e);
	}
	knobs_free(k);
	*k = now;
	return r;
}

int knobs_off(struct machine *m, const struct root *root, knob_event tell, void *userdata)
{
	const struct ruling nobody = {};
	int failed = 0;

	for (size_t i = 0; i < m->n_functions; i++) {
		struct function *f = &m->functions[i];
		int e;

		if (!f->deoi.device || is_set(f, KNOB_OFF))
			continue;
		e = set_knob(m, f, root, KNOB_OFF);
		failed += e < 0;
		tell(userdata, f, &nobody, KNOB_OFF, e);
	}
	return failed;
}

void knobs_free(struct knobs *k)
{
	free(k->failures);
	*k = (struct knobs){};
}
