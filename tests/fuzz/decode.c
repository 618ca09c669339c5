// SPDX-License-Identifier: GPL-2.0-or-later
/* Log text, read against a machine. */
#include <string.h>

#include "cleanup.h"
#include "describe_decode.h"
#include "fuzz.h"
#include "judge.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct machine *m;
	_cleanup_free_ char *log = malloc(size + 1), *text = NULL;
	struct describer d = {};
	json_t *answer;

	if (!m)
		m = sample_machine();
	MUST(log);
	if (size > 0)
		memcpy(log, data, size);
	log[size] = '\0';
	d.machine = m;
	answer = describe_decode(&d, log);
	MUST(answer);
	text = json_dumps(answer, 0);
	MUST(text);
	json_decref(answer);
	return 0;
}
