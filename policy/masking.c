// SPDX-License-Identifier: GPL-2.0-or-later
#include "masking.h"

#include <assert.h>

#include "decide.h"

struct range {
	uint16_t vendor, first, last;
};

/* drivers/pci/quirks.c, quirk_broken_intx_masking and mellanox_broken_intx_devs. ConnectX-4 depends on its
 * firmware. */
static const struct range broken[] = {
	{0x10ec, 0x8169, 0x8169}, {0x1102, 0x000b, 0x000b}, {0x1425, 0x0030, 0x0030},
	{0x15b3, 0x1003, 0x1003}, {0x15b3, 0x1007, 0x1007}, {0x15b3, 0x6340, 0x6340},
	{0x15b3, 0x634a, 0x634a}, {0x15b3, 0x6354, 0x6354}, {0x15b3, 0x6368, 0x6368},
	{0x15b3, 0x6372, 0x6372}, {0x15b3, 0x6732, 0x6732}, {0x15b3, 0x673c, 0x673c},
	{0x15b3, 0x6746, 0x6746}, {0x15b3, 0x6750, 0x6750}, {0x15b3, 0x675a, 0x675a},
	{0x15b3, 0x6764, 0x6764}, {0x15b3, 0x676e, 0x676e}, {0x1814, 0x0601, 0x0601},
	{0x1b7c, 0x0004, 0x0004},
};

/* ConnectX-4 and ConnectX-4 Lx: as their firmware is. */
static const struct range undecided[] = {
	{0x15b3, 0x1013, 0x1013},
	{0x15b3, 0x1015, 0x1015},
};

/* drivers/vfio/pci/vfio_pci_core.c, vfio_pci_nointx */
static const struct range hidden[] = {
	{0x8086, 0x1563, 0x1563}, {0x8086, 0x1572, 0x1572}, {0x8086, 0x1574, 0x1574},
	{0x8086, 0x1580, 0x1581}, {0x8086, 0x1583, 0x158b}, {0x8086, 0x37d0, 0x37d2},
};

static bool is_in(const struct range *list, size_t n, const struct function *f)
{
	for (size_t i = 0; i < n; i++)
		if (f->vendor == list[i].vendor && f->device >= list[i].first && f->device <= list[i].last)
			return true;
	return false;
}

#define IS_IN(list, f) is_in(list, sizeof(list) / sizeof(*(list)), f)

enum masking masking_of(const struct machine *m, const struct function *f)
{
	if (!has_intx(f))
		return MASKING_NO_INTX;
	if (m->nointxmask == 1) /* vfio-pci then asks for neither list */
		return MASKING_BROKEN;
	if (IS_IN(hidden, f))
		return MASKING_HIDDEN;
	if (IS_IN(broken, f))
		return MASKING_BROKEN;
	if (f->unreadable || IS_IN(undecided, f))
		return MASKING_UNKNOWN;
	/* PCI Express asks for it (PCIe 6.0, 7.5.1.1.3); a conventional function may be older than the bit.
	 */
	return f->port != PORT_NONE || f->intx_disabled ? MASKING_WORKS : MASKING_UNKNOWN;
}

const char *masking_to_string(enum masking masking)
{
	static const char *const words[_MASKING_MAX] = {
		[MASKING_UNKNOWN] = "unknown", [MASKING_WORKS] = "works",     [MASKING_BROKEN] = "broken",
		[MASKING_HIDDEN] = "hidden",   [MASKING_NO_INTX] = "no-intx",
	};

	assert(masking < _MASKING_MAX);
	return words[masking];
}
