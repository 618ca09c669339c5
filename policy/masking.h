/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Can a function's INTx be masked at the function (the INTx Disable bit, "DisINTx"; PCI 3.0, 6.2.2)?
 *
 * VFIO shares a line only for one that can; for any other it asks for the line alone
 * (drivers/vfio/pci/vfio_pci_intrs.c, vfio_intx_enable).
 */
#pragma once

#include "machine.h"

enum masking {
	MASKING_UNKNOWN, /* the kernel tries it out when vfio-pci is bound */
	MASKING_WORKS,
	MASKING_BROKEN,	 /* under VFIO it needs its line alone */
	MASKING_HIDDEN,	 /* VFIO does not offer its INTx at all */
	MASKING_NO_INTX, /* there is none */
	_MASKING_MAX,
};

enum masking masking_of(const struct machine *m, const struct function *f);

const char *masking_to_string(enum masking masking);
