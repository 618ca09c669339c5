// SPDX-License-Identifier: GPL-2.0-or-later
#include "config_space.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "libpci.h"

#define CONFIG_SIZE 256 /* what holds the capabilities */

struct config_reader {
	struct libpci libpci;
	struct machine *machine;
	const char *file; /* the config file being read, for problems */
};

static void on_complaint(void *userdata, const char *text)
{
	struct config_reader *r = userdata;

	machine_problem(r->machine, r->file, "%s", text);
}

void config_reader_free(struct config_reader *r)
{
	if (!r)
		return;
	libpci_done(&r->libpci);
	free(r);
}

int config_reader_new(struct config_reader **ret, const struct root *root, struct machine *m)
{
	struct config_reader *r = calloc(1, sizeof(*r));
	_cleanup_free_ char *path = NULL;
	int e = -ENOMEM;

	if (r && asprintf(&path, "%s%ssys/bus/pci", root->path, root->live ? "" : "/") >= 0) {
		*r = (struct config_reader){
			.machine = m,
			.file = "sys/bus/pci",
			.libpci = {.say = on_complaint, .userdata = r},
		};
		e = libpci_init(&r->libpci, path);
	}
	if (e < 0)
		config_reader_free(r);
	else
		*ret = r;
	return e;
}

static void read_express(struct pci_dev *d, struct function *f)
{
	const struct pci_cap *cap = pci_find_cap(d, PCI_CAP_ID_EXP, PCI_CAP_NORMAL);
	uint16_t flags;

	if (!cap || cap->addr + PCI_EXP_DEVCTL2 + 2u > CONFIG_SIZE)
		return;
	flags = pci_read_word(d, cap->addr + PCI_EXP_FLAGS);
	f->port = (enum port_type)((flags & PCI_EXP_FLAGS_TYPE) >> 4);
	if (f->port != PORT_ROOT && f->port != PORT_DOWNSTREAM)
		return;
	f->hotplug = (flags & PCI_EXP_FLAGS_SLOT) &&
		     (pci_read_long(d, cap->addr + PCI_EXP_SLTCAP) & PCI_EXP_SLTCAP_HPC);
	if ((flags & PCI_EXP_FLAGS_VERS) >= 2)
		f->ari_forwarding = pci_read_word(d, cap->addr + PCI_EXP_DEVCTL2) & PCI_EXP_DEVCTL2_ARI;
}

static void read_msi(struct pci_dev *d, struct function *f)
{
	const struct pci_cap *msix = pci_find_cap(d, PCI_CAP_ID_MSIX, PCI_CAP_NORMAL);
	const struct pci_cap *msi = pci_find_cap(d, PCI_CAP_ID_MSI, PCI_CAP_NORMAL);

	f->msi = MSI_OFF;
	f->no_msi = !msi && !msix;
	if (msi && pci_read_word(d, msi->addr + PCI_MSI_FLAGS) & PCI_MSI_FLAGS_ENABLE)
		f->msi = MSI_MSI;
	else if (msix && pci_read_word(d, msix->addr + PCI_MSI_FLAGS) & PCI_MSIX_ENABLE)
		f->msi = MSI_MSIX;
}

static void read_header(struct pci_dev *d, struct function *f)
{
	uint8_t header = pci_read_byte(d, PCI_HEADER_TYPE) & 0x7f;

	f->vendor = pci_read_word(d, PCI_VENDOR_ID);
	f->device = pci_read_word(d, PCI_DEVICE_ID);
	f->class = pci_read_long(d, PCI_REVISION_ID) >> 8;
	f->pin = pci_read_byte(d, PCI_INTERRUPT_PIN);
	f->intx_disabled = pci_read_word(d, PCI_COMMAND) & PCI_COMMAND_DISABLE_INTx;
	f->bridge = header == PCI_HEADER_TYPE_BRIDGE || header == PCI_HEADER_TYPE_CARDBUS;
	if (f->bridge)
		f->secondary =
			pci_read_byte(d, PCI_SECONDARY_BUS); /* a CardBus bridge has it at the same place */
	if (header == PCI_HEADER_TYPE_NORMAL) {
		f->subvendor = pci_read_word(d, PCI_SUBSYSTEM_VENDOR_ID);
		f->subdevice = pci_read_word(d, PCI_SUBSYSTEM_ID);
	}
}

static void read_bridge_subsystem(struct pci_dev *d, struct function *f)
{
	const struct pci_cap *cap = pci_find_cap(d, PCI_CAP_ID_SSVID, PCI_CAP_NORMAL);

	if (!cap)
		return;
	f->subvendor = pci_read_word(d, cap->addr + PCI_SSVID_VENDOR);
	f->subdevice = pci_read_word(d, cap->addr + PCI_SSVID_DEVICE);
}

/* To who is not root the kernel shows 64 bytes. What the capabilities would have told is then taken for the
 * worse. */
static void parse_short(struct function *f)
{
	f->cut_short = true;
	f->hotplug = f->bridge;
}

static void parse(struct config_reader *r, struct pci_dev *d, struct function *f, bool whole)
{
	read_header(d, f);
	if (pci_read_long(d, PCI_COMMAND) == 0xffffffff &&
	    pci_read_long(d, PCI_BASE_ADDRESS_0) == 0xffffffff) {
		f->unreadable = true;
		f->pin = 0;
		f->bridge = false;
		machine_problem(r->machine, r->file, "reads as all ones: the device does not answer");
		return;
	}
	if (f->pin > 4) {
		machine_problem(r->machine, r->file, "interrupt pin %u is none of A to D", f->pin);
		f->unreadable = true;
		f->pin = 0;
	}
	if (!whole) {
		parse_short(f);
		return;
	}
	read_express(d, f);
	read_msi(d, f);
	if (f->bridge && f->subvendor == 0)
		read_bridge_subsystem(d, f);
}

/* How much of the header and capabilities could be read: 256 bytes; 64 for who is not root; else 0. */
static int read_whole_or_header(struct pci_dev *d, uint8_t buffer[static CONFIG_SIZE])
{
	if (pci_read_block(d, 0, buffer, CONFIG_SIZE))
		return CONFIG_SIZE;
	return pci_read_block(d, 0, buffer, 64) ? 64 : 0;
}

void config_read(struct config_reader *r, struct function *f)
{
	struct pci_dev *volatile d = NULL;
	volatile int size = 0;
	uint8_t buffer[CONFIG_SIZE];
	char file[64], address[ADDRESS_SIZE];

	snprintf(file, sizeof(file), "sys/bus/pci/devices/%s/config", address_format(&f->address, address));
	r->file = file;
	if (LIBPCI_TRY(&r->libpci)) {
		d = pci_get_dev(r->libpci.access, (int)f->address.domain, f->address.bus, f->address.device,
				f->address.function);
		size = read_whole_or_header(d, buffer);
		pci_setup_cache(d, buffer, size);
		if (size > 0)
			parse(r, d, f, size == CONFIG_SIZE);
	} else {
		size = 0;
	}
	if (size == 0) {
		f->unreadable = true;
		if (!r->libpci.said)
			machine_problem(r->machine, file, "shorter than the 64 bytes of a header");
	}
	if (d)
		pci_free_dev(d);
	r->file = "sys/bus/pci";
}

void config_report_short(struct machine *m)
{
	char file[64], address[ADDRESS_SIZE];

	for (size_t i = 0; i < m->n_functions; i++) {
		const struct function *f = &m->functions[i];

		if (!f->cut_short || !f->bridge)
			continue;
		snprintf(file, sizeof(file), "sys/bus/pci/devices/%s/config",
			 address_format(&f->address, address));
		machine_problem(m, file,
				"capabilities cannot be read (root can): bridges may have hotplug slots");
		return;
	}
}
