// SPDX-License-Identifier: GPL-2.0-or-later
/* /proc/interrupts, any text. */
#include <errno.h>
#include <string.h>

#include "cleanup.h"
#include "fuzz.h"
#include "read_irq.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct machine *m = machine_new();
	_cleanup_file_ FILE *in = size > 0 ? fmemopen((void *)data, size, "r") : fopen("/dev/null", "r");
	int e;

	MUST(m && in);
	e = parse_interrupts(m, in);
	MUST(e == 0 || e == -EINVAL);
	machine_sort_irqs(m);
	for (size_t i = 0; i < m->n_irqs; i++) {
		const struct irq *irq = &m->irqs[i];

		MUST(irq->chip && irq->actions_known);
		MUST(machine_irq(m, irq->virq)->virq == irq->virq);
		for (size_t a = 0; a < irq->n_actions; a++)
			MUST(!strchr(irq->actions[a], '\n') && !strstr(irq->actions[a], ", "));
	}
	machine_free(m);
	return 0;
}
