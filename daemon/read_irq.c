// SPDX-License-Identifier: GPL-2.0-or-later
#include "read_irq.h"

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>

#define INTERRUPTS	 "proc/interrupts"
#define INTERRUPTS_LIMIT (256u << 20) /* 16 k interrupts on 1024 CPUs are 180 MB */

static unsigned count_cpus(const char *header)
{
	unsigned n = 0;

	while ((header = strstr(header, "CPU"))) {
		header += 3;
		n++;
	}
	return n;
}

/* Cuts the next word out of *p; NULL at the end. */
static char *next_word(char **p)
{
	char *word = *p + strspn(*p, " ");
	size_t length = strcspn(word, " ");

	if (length == 0)
		return NULL;
	*p = word + length;
	if (**p)
		*(*p)++ = '\0';
	return word;
}

/* "16-fasteoi": the number at the controller, and for some the flow by which it is handled. */
static bool parse_hwirq(struct irq *irq, const char *word)
{
	char *end;
	long long value;

	if (!isdigit((unsigned char)*word))
		return false;
	value = strtoll(word, &end, 10);
	if (*end != '\0' && *end != '-')
		return false;
	irq->hwirq = value;
	if (strcmp(end, "-fasteoi") == 0 || strcmp(end, "-level") == 0)
		irq->trigger = TRIGGER_LEVEL;
	else if (strcmp(end, "-edge") == 0)
		irq->trigger = TRIGGER_EDGE;
	return true;
}

/* What stands behind the counts (kernel/irq/proc.c, show_interrupts): chip, hwirq, Level or Edge, flow,
 * actions. */
static int parse_row(struct machine *m, struct irq *irq, char *rest)
{
	char *chip = next_word(&rest), *save, *action;
	char *look;

	irq->chip = machine_string(m, chip ? chip : "-");
	for (;;) {
		size_t length, kept;
		char copy[32];

		look = rest + strspn(rest, " ");
		length = strcspn(look, " ");
		kept = length < sizeof(copy) ? length : sizeof(copy) - 1;
		memcpy(copy, look, kept);
		copy[kept] = '\0';
		if (irq->hwirq < 0 && parse_hwirq(irq, copy))
			;
		else if (strcmp(copy, "Level") == 0)
			irq->trigger = TRIGGER_LEVEL;
		else if (strcmp(copy, "Edge") == 0)
			irq->trigger = TRIGGER_EDGE;
		else if (copy[0] != '-')
			break;
		rest = look + length;
		if (*rest == '\0')
			break;
	}
	irq->actions_known = true;
	rest += strspn(rest, " ");
	while (*rest) {
		action = rest;
		save = strstr(rest, ", ");
		rest = save ? save + 2 : rest + strlen(rest);
		if (save)
			*save = '\0';
		if (machine_add_action(m, irq, action) < 0)
			return -ENOMEM;
	}
	return 0;
}

/* The end of n numbers, NULL when something else stands among them. The kernel gives each a column of "
 * %10u", and most of a large machine's say 0: those need no look at every character. end: of the row. */
static char *skip_numbers(char *p, const char *end, unsigned n)
{
	static const char blank[] = "          ";
	const size_t width = sizeof(blank) - 1;

	for (; n > 0; n--) {
		if ((size_t)(end - p) > width && memcmp(p, blank, width) == 0)
			p += width;
		while (*p == ' ')
			p++;
		if (!isdigit((unsigned char)*p))
			return NULL;
		while (isdigit((unsigned char)*p))
			p++;
	}
	return p;
}

/* The row's number and counts are as many numbers as the header has CPUs. NULL for NMI, ERR and the like. */
static char *skip_counts(char *row, const char *row_end, unsigned cpus, uint32_t *virq)
{
	char *end;
	unsigned long number;

	row += strspn(row, " ");
	if (!isdigit((unsigned char)*row))
		return NULL;
	number = strtoul(row, &end, 10);
	if (*end != ':' || number > UINT32_MAX)
		return NULL;
	*virq = (uint32_t)number;
	return skip_numbers(end + 1, row_end, cpus);
}

/* One row of /proc/interrupts, without its end. */
static int parse_line(struct machine *m, char *row, size_t length, unsigned cpus)
{
	struct irq *irq;
	uint32_t virq;
	char *rest = skip_counts(row, row + length, cpus, &virq);

	if (!rest) {
		if (isdigit((unsigned char)row[strspn(row, " ")]))
			machine_problem(m, INTERRUPTS, "a row cannot be read: '%.40s'", row);
		return 0;
	}
	irq = machine_add_irq(m, virq);
	return irq ? parse_row(m, irq, rest) : -ENOMEM;
}

/* Row by row: what a large machine shows is megabytes, nearly all of it counts. */
int parse_interrupts(struct machine *m, FILE *in)
{
	_cleanup_free_ char *row = NULL;
	unsigned cpus = 0;
	size_t size = 0;
	ssize_t n;
	int e = 0;

	while (e == 0 && (n = getline(&row, &size, in)) >= 0) {
		if (n > 0 && row[n - 1] == '\n')
			row[--n] = '\0';
		if (cpus > 0)
			e = parse_line(m, row, (size_t)n, cpus);
		else if ((cpus = count_cpus(row)) == 0)
			return -EINVAL;
	}
	if (e == 0 && !feof(in))
		e = ferror(in) ? -EIO : -ENOMEM;
	return e == 0 && cpus == 0 ? -EINVAL : e;
}

static int read_interrupts(struct machine *m, const struct root *root)
{
	_cleanup_file_ FILE *in = NULL;
	int e = root_open_text(root, INTERRUPTS, INTERRUPTS_LIMIT, &in);

	if (e == -ENOENT)
		return 0;
	if (e == 0)
		e = parse_interrupts(m, in);
	machine_missed(m, e);
	if (e < 0)
		machine_problem(m, INTERRUPTS, "%s",
				e == -EINVAL ? "has no header that names CPUs" : strerror(-e));
	m->irqs_known = e == 0;
	return 0;
}

/* As read_text_at(); true: there is some. */
static bool read_attribute(struct machine *m, int dir, const char *name, char *text, size_t size)
{
	ssize_t n = read_text_at(dir, name, text, size);

	machine_missed(m, (int)n);
	return n >= 0;
}

static int read_irq_folder(struct machine *m, int all, uint32_t virq)
{
	_cleanup_close_ int dir = -1;
	struct irq *irq;
	char text[4096], *action, *next;

	snprintf(text, sizeof(text), "%u", virq);
	dir = openat(all, text, O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (dir < 0) {
		machine_missed(m, -errno);
		return 0;
	}
	irq = machine_add_irq(m, virq);
	if (!irq)
		return -ENOMEM;
	if (read_attribute(m, dir, "chip_name", text, sizeof(text)) && *text)
		irq->chip = machine_string(m, text);
	if (!read_attribute(m, dir, "hwirq", text, sizeof(text)) || parse_number(text, &irq->hwirq) < 0)
		irq->hwirq = -1;
	if (read_attribute(m, dir, "type", text, sizeof(text)) && *text)
		irq->trigger = strcmp(text, "level") == 0 ? TRIGGER_LEVEL : TRIGGER_EDGE;
	if (!read_attribute(m, dir, "actions", text, sizeof(text)))
		return 0;
	irq->actions_known = true;
	for (action = text; *action; action = next) {
		next = action + strcspn(action, ",");
		if (*next)
			*next++ = '\0';
		if (machine_add_action(m, irq, action) < 0)
			return -ENOMEM;
	}
	return 0;
}

static int compare_numbers(const void *a, const void *b)
{
	const uint32_t *x = a, *y = b;

	return (*x > *y) - (*x < *y);
}

/* The numbers that bound functions show and that /proc/interrupts had no row for. */
static int read_missing(struct machine *m, const struct root *root)
{
	_cleanup_close_ int all = root_open_dir(root, "sys/kernel/irq");
	_cleanup_free_ uint32_t *virqs = NULL;
	size_t n = 0;
	int e = 0;

	machine_missed(m, all);
	if (all < 0)
		return 0;
	virqs = calloc(m->n_functions + 1, sizeof(*virqs));
	if (!virqs)
		return -ENOMEM;
	for (size_t i = 0; i < m->n_functions; i++) {
		const struct function *f = &m->functions[i];

		if (f->driver && f->irq > 0 && f->irq < INT32_MAX && !machine_irq(m, f->irq))
			virqs[n++] = (uint32_t)f->irq;
	}
	qsort(virqs, n, sizeof(*virqs), compare_numbers);
	for (size_t i = 0; i < n && e == 0; i++)
		if (i == 0 || virqs[i] != virqs[i - 1])
			e = read_irq_folder(m, all, virqs[i]);
	return e;
}

int read_irqs(struct machine *m, const struct root *root)
{
	int e = read_interrupts(m, root);

	machine_sort_irqs(m);
	if (e == 0)
		e = read_missing(m, root);
	machine_sort_irqs(m);
	return e;
}
