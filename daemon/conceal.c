// SPDX-License-Identifier: GPL-2.0-or-later
#include "conceal.h"

#include <linux/pci_regs.h>
#include <string.h>

#define MAX_CAPABILITIES 48 /* as many as fit between 0x40 and 0xff */

/* How much of a capability is read, from its start; its ID and the pointer to the next always are. */
static size_t kept_of(uint8_t id)
{
	switch (id) {
	case PCI_CAP_ID_EXP: return PCI_EXP_DEVCTL2 + 2;
	case PCI_CAP_ID_MSI:
	case PCI_CAP_ID_MSIX: return PCI_MSI_FLAGS + 2;
	case PCI_CAP_ID_SSVID: return PCI_SSVID_DEVICE_ID + 2;
	default: return 2;
	}
}

static void keep(uint8_t *kept, const uint8_t *bytes, size_t length, size_t from, size_t n)
{
	if (from < length)
		memcpy(kept + from, bytes + from, n < length - from ? n : length - from);
}

void conceal_config(uint8_t *bytes, size_t length)
{
	uint8_t kept[256] = {};
	size_t at;

	length = length < sizeof(kept) ? length : sizeof(kept);
	if (length < 64 || memcmp(bytes + PCI_COMMAND, "\xff\xff\xff\xff", 4) == 0)
		return; /* nobody reads it, or nobody answers */
	keep(kept, bytes, length, 0, PCI_BASE_ADDRESS_0);
	if ((bytes[PCI_HEADER_TYPE] & PCI_HEADER_TYPE_MASK) == PCI_HEADER_TYPE_NORMAL)
		keep(kept, bytes, length, PCI_SUBSYSTEM_VENDOR_ID, 4);
	else
		keep(kept, bytes, length, PCI_PRIMARY_BUS, 3);
	keep(kept, bytes, length, PCI_CAPABILITY_LIST, 1);
	keep(kept, bytes, length, PCI_INTERRUPT_LINE, 2);
	at = bytes[PCI_CAPABILITY_LIST] & ~3u;
	for (int n = 0; n < MAX_CAPABILITIES && at >= 0x40 && at + 1 < length; n++) {
		keep(kept, bytes, length, at, kept_of(bytes[at]));
		at = bytes[at + 1] & ~3u;
	}
	memcpy(bytes, kept, length);
}
