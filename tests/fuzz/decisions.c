// SPDX-License-Identifier: GPL-2.0-or-later
/* Decision files: what is taken is what is written back. */
#include <errno.h>
#include <string.h>

#include "cleanup.h"
#include "decisions_json.h"
#include "fuzz.h"

static void survive_being_written(const struct decision *all, size_t n)
{
	char error[DECISIONS_ERROR_SIZE];
	_cleanup_free_ struct decision *again = NULL;
	_cleanup_free_ char *text = NULL;
	size_t length, n_again;

	text = decisions_format(all, n, false, &length);
	MUST(text);
	MUST(decisions_parse(text, length, false, &again, &n_again, error) == 0);
	MUST(n_again == n);
	for (size_t i = 0; i < n; i++) {
		MUST(decision_compare(&all[i], &again[i]) == 0);
		MUST(all[i].vendor == again[i].vendor && all[i].device == again[i].device);
		MUST(all[i].subvendor == again[i].subvendor && all[i].subdevice == again[i].subdevice);
		MUST(all[i].mode == again[i].mode && all[i].require == again[i].require);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char error[DECISIONS_ERROR_SIZE] = "";
	_cleanup_free_ struct decision *all = NULL;
	size_t n = 0;
	int e = decisions_parse((const char *)data, size, false, &all, &n, error);

	MUST(e == 0 || (e == -EINVAL && !all && error[0]));
	if (e < 0)
		return 0;
	MUST(n <= DECISIONS_MAX);
	for (size_t i = 0; i < n; i++) {
		MUST(all[i].mode == POLICY_ALLOW || all[i].mode == POLICY_DENY);
		MUST(all[i].require < _REQUIRE_MAX && !all[i].runtime);
		MUST(i == 0 || decision_compare(&all[i - 1], &all[i]) < 0);
	}
	survive_being_written(all, n);
	return 0;
}
