// SPDX-License-Identifier: GPL-2.0-or-later
#include "messages.h"

#include <assert.h>
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The first PCI address in the text; one with its domain goes before "03:00.0", which may be a guest's. */
static bool find_address(const char *text, struct address *ret)
{
	static const char letters[] = "0123456789abcdefABCDEF:.";
	bool found = false;
	char word[ADDRESS_SIZE];

	while (*text) {
		size_t length = strspn(text, letters), used = length;
		struct address address;

		/* "0000:03:00.0:" ends a word with what follows the address */
		while (used > 0 && (text[used - 1] == ':' || text[used - 1] == '.'))
			used--;
		if (used > 0 && used < sizeof(word)) {
			bool whole = used > strlen("03:00.0");

			memcpy(word, text, used);
			word[used] = '\0';
			if ((whole || !found) && address_parse(word, &address) == 0) {
				*ret = address;
				found = true;
				if (whole)
					return true;
			}
		}
		text += length;
		text += strcspn(text, letters);
	}
	return found;
}

/* The number after a prefix, wherever that is. */
static bool number_after(const char *line, const char *prefix, int64_t *ret)
{
	const char *at = strstr(line, prefix);
	char *end;
	long long value;

	if (!at || !isdigit((unsigned char)at[strlen(prefix)]))
		return false;
	value = strtoll(at + strlen(prefix), &end, 10);
	if (value > INT32_MAX)
		return false;
	*ret = value;
	return true;
}

static bool copy(char to[static ACTION_SIZE], const char *from, const char *end)
{
	if (end <= from || end - from >= ACTION_SIZE)
		return false;
	memcpy(to, from, (size_t)(end - from));
	to[end - from] = '\0';
	return true;
}

/* "Flags mismatch irq 16. 00000000 (vfio-intx(0000:03:00.0)) vs. 00000080 (i801_smbus)". An action may hold
 * brackets and blanks; what stands between the two does not occur in one. */
static bool parse_mismatch(const char *line, struct message *m)
{
	const char *at = strstr(line, "Flags mismatch irq "), *between, *last;
	int length = 0;

	if (!at || sscanf(at, "Flags mismatch irq %*d. %8x (%n", &m->asker_flags, &length) != 1 ||
	    length == 0)
		return false;
	between = strstr(at, ") vs. ");
	last = strrchr(at, ')');
	if (!between || last < between + 6 || !number_after(at, "irq ", &m->irq) ||
	    !copy(m->asker, at + length, between))
		return false;
	at = between;
	length = 0;
	if (sscanf(at, ") vs. %8x (%n", &m->holder_flags, &length) != 1 || length == 0 ||
	    !copy(m->holder, at + length, last))
		return false;
	m->has_address = find_address(m->asker, &m->address);
	m->busy = true;
	return true;
}

static bool has_any(const char *line, const char *const *words)
{
	for (; *words; words++)
		if (strcasestr(line, *words))
			return true;
	return false;
}

static const char *const trigger_failed[] = {
	"signaling for interrupt INTX-0", "Failed to setup INTx fd", "Failed to enable INTx",
	"Could not enable INTx",	  "Error enabling INTx",     NULL};
static const char *const no_intx[] = {"Binding of interrupt 0 failed", "Binding of interrupt failed", NULL};
static const char *const no_gsi[] = {": no GSI",
				     ": failed to register GSI",
				     ": not connected",
				     "can't derive routing for PCI INT",
				     "can't find IRQ for PCI INT",
				     "of_irq_parse_pci: failed",
				     "of_irq_parse_pci() failed",
				     NULL};
static const char *const denies[] = {"not support", "n't support", "unsupported", "broken",
				     "not work",    "n't work",	   "disabling",	  NULL};

static enum message_code code_of(const char *line, struct message *m)
{
	if (parse_mismatch(line, m))
		return MESSAGE_FLAGS_MISMATCH;
	if (strstr(line, "nobody cared") && number_after(line, "irq ", &m->irq))
		return MESSAGE_NOBODY_CARED;
	if (number_after(line, "Disabling IRQ #", &m->irq))
		return MESSAGE_IRQ_DISABLED;
	if (strcasestr(line, "masking broken INTx support"))
		return MESSAGE_INTX_HIDDEN;
	if ((strcasestr(line, "INTx masking") || strcasestr(line, "intx_masking") ||
	     strcasestr(line, "DisINTx")) &&
	    has_any(line, denies))
		return MESSAGE_NO_DISINTX;
	if (has_any(line, trigger_failed))
		return MESSAGE_TRIGGER_FAILED;
	if (has_any(line, no_intx))
		return MESSAGE_NO_INTX;
	if ((strstr(line, "PCI INT ") || strstr(line, "of_irq_parse_pci")) && has_any(line, no_gsi))
		return MESSAGE_NO_GSI;
	return MESSAGE_UNKNOWN;
}

bool message_parse(const char *line, struct message *ret)
{
	struct message m = {.irq = -1};
	const char *pin;

	m.code = code_of(line, &m);
	*ret = (struct message){.code = m.code, .irq = -1};
	if (m.code == MESSAGE_UNKNOWN)
		return false;
	if (m.code != MESSAGE_FLAGS_MISMATCH) {
		m.has_address = find_address(line, &m.address);
		m.busy = strcasestr(line, "busy") != NULL;
	}
	pin = strstr(line, "PCI INT ");
	if (pin && pin[8] >= 'A' && pin[8] <= 'D')
		m.pin = pin[8];
	*ret = m;
	return true;
}

const char *message_code_to_string(enum message_code code)
{
	static const char *const words[_MESSAGE_MAX] = {
		[MESSAGE_UNKNOWN] = "unknown",
		[MESSAGE_FLAGS_MISMATCH] = "flags-mismatch",
		[MESSAGE_NOBODY_CARED] = "nobody-cared",
		[MESSAGE_IRQ_DISABLED] = "irq-disabled",
		[MESSAGE_NO_DISINTX] = "no-disintx",
		[MESSAGE_INTX_HIDDEN] = "intx-hidden",
		[MESSAGE_TRIGGER_FAILED] = "trigger-failed",
		[MESSAGE_NO_INTX] = "no-intx",
		[MESSAGE_NO_GSI] = "no-gsi",
	};

	assert(code < _MESSAGE_MAX);
	return words[code];
}
