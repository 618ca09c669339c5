/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What kernels and VMMs write into logs when INTx goes wrong, taken apart.
 *
 * A line is looked at by itself and may have any text before the message: a time, a host, a program. Numbers
 * that a line does not have are -1.
 */
#pragma once

#include "machine.h"

enum message_code {
	MESSAGE_UNKNOWN,
	MESSAGE_FLAGS_MISMATCH, /* kernel/irq/manage.c: a line was refused */
	MESSAGE_NOBODY_CARED,	/* kernel/irq/spurious.c: a storm that no handler owned */
	MESSAGE_IRQ_DISABLED,	/* the same: the line was switched off */
	MESSAGE_NO_DISINTX,	/* a function cannot be masked by itself */
	MESSAGE_INTX_HIDDEN,	/* vfio-pci does not offer its INTx */
	MESSAGE_TRIGGER_FAILED, /* a VMM could not switch INTx on */
	MESSAGE_NO_INTX,	/* a VMM found no INTx to bind */
	MESSAGE_NO_GSI,		/* firmware gives a pin no interrupt */
	_MESSAGE_MAX,
};

#define ACTION_SIZE 64

struct message {
	enum message_code code;
	int64_t irq;
	bool has_address; /* the function it is about */
	struct address address;
	char pin;				      /* 'A' to 'D', or 0 */
	char asker[ACTION_SIZE], holder[ACTION_SIZE]; /* of a flags mismatch: actions */
	uint32_t asker_flags, holder_flags;	      /* IRQF_…, include/linux/interrupt.h */
	bool busy;				      /* it ended with EBUSY */
};

/* false: nothing that is known here; then only ret->code is set. */
bool message_parse(const char *line, struct message *ret);

const char *message_code_to_string(enum message_code code);
