// SPDX-License-Identifier: GPL-2.0-or-later
#include "device.h"

#include <stdio.h>
#include <string.h>

KEY_CELL(address_cell, "address")
KEY_CELL(id_cell, "id")
KEY_CELL(subsystem_cell, "subsystem")
KEY_CELL(class_cell, "class")
KEY_CELL(driver_cell, "driver")
KEY_CELL(pin_cell, "pin")
KEY_CELL(line_cell, "line")
KEY_CELL(evidence_cell, "evidence")
KEY_CELL(verdict_cell, "verdict")
KEY_CELL(msi_cell, "msi")
KEY_CELL(parent_cell, "parent")

static const char *name_cell(const json_t *row, char buffer[static CELL_SIZE])
{
	const char *name = text_of(row, "name");

	(void)buffer;
	return name ? name : text_of(row, "id");
}

static const char *irq_cell(const json_t *row, char buffer[static CELL_SIZE])
{
	return number_of(row, "irq", buffer);
}

static const char *group_cell(const json_t *row, char buffer[static CELL_SIZE])
{
	return number_of(row, "iommu_group", buffer);
}

static const char *policy_cell(const json_t *row, char buffer[static CELL_SIZE])
{
	const json_t *policy = json_object_get(row, "policy");
	const char *mode = text_of(policy, "mode"), *require = text_of(policy, "require");

	if (!mode || strcmp(mode, "allow") != 0 || !require || strcmp(require, "exclusive") == 0)
		return mode;
	snprintf(buffer, CELL_SIZE, "%s:%s", mode, require);
	return buffer;
}

static const char *state_cell(const json_t *row, char buffer[static CELL_SIZE])
{
	const char *state = text_of(row, "state"), *reason = text_of(row, "state_reason");

	if (!state || !reason || strcmp(reason, "none") == 0)
		return state;
	snprintf(buffer, CELL_SIZE, "%s: %s", state, reason);
	return buffer;
}

static const char *sharers_cell(const json_t *row, char buffer[static CELL_SIZE])
{
	const json_t *sharers = json_object_get(row, "sharers");

	snprintf(buffer, CELL_SIZE, "%lld+%lld+%lld",
		 (long long)json_integer_value(json_object_get(sharers, "active")),
		 (long long)json_integer_value(json_object_get(sharers, "latent")),
		 (long long)json_integer_value(json_object_get(sharers, "possible")));
	return buffer;
}

static const char *direct_cell(const json_t *row, char buffer[static CELL_SIZE])
{
	const json_t *possible = json_object_get(json_object_get(row, "direct"), "possible");

	(void)buffer;
	return json_is_true(possible) ? "possible" : json_is_false(possible) ? "no" : "unknown";
}

static const char *why_cell(const json_t *row, char buffer[static CELL_SIZE])
{
	(void)buffer;
	return text_of(json_array_get(json_object_get(row, "reasons"), 0), "text");
}

const struct column device_columns[] = {
	{"ADDRESS", "PCI address", true, FIT_WHOLE, address_cell, 0},
	{"NAME", "what it is", true, FIT_CUT, name_cell, 0},
	{"DRIVER", "the driver bound to it", true, FIT_WHOLE, driver_cell, 0},
	{"PIN", "its interrupt pin", true, FIT_WHOLE, pin_cell, 0},
	{"LINE", "the interrupt line its pin arrives at", true, FIT_WHOLE, line_cell, 0},
	{"VERDICT", "exclusive, latent, shared or unproven", true, FIT_WHOLE, verdict_cell, COLUMN_VERDICT},
	{"POLICY", "what the administrator said of direct EOI", true, FIT_WHOLE, policy_cell, 0},
	{"STATE", "what the kernel does with its INTx", true, FIT_WHOLE, state_cell, COLUMN_VERDICT},
	{"ID", "vendor:device", false, FIT_WHOLE, id_cell, 0},
	{"SUBSYSTEM", "subsystem vendor:device", false, FIT_WHOLE, subsystem_cell, 0},
	{"CLASS", "class code", false, FIT_WHOLE, class_cell, 0},
	{"IRQ", "Linux interrupt number of the line", false, FIT_WHOLE, irq_cell, COLUMN_NUMBER},
	{"EVIDENCE", "where the line is known from", false, FIT_WHOLE, evidence_cell, 0},
	{"SHARERS", "active+latent+possible sharers", false, FIT_WHOLE, sharers_cell, 0},
	{"DIRECT", "whether the line could do direct EOI", false, FIT_WHOLE, direct_cell, 0},
	{"MSI", "off, msi or msix", false, FIT_WHOLE, msi_cell, 0},
	{"GROUP", "IOMMU group", false, FIT_WHOLE, group_cell, COLUMN_NUMBER},
	{"PARENT", "the bridge above", false, FIT_WHOLE, parent_cell, 0},
	{"WHY", "the reason for the verdict", false, FIT_CUT, why_cell, 0},
};

const size_t n_device_columns = sizeof(device_columns) / sizeof(*device_columns);

bool device_without_intx(const json_t *device)
{
	const char *verdict = text_of(device, "verdict");

	return verdict && strcmp(verdict, "no-intx") == 0;
}

void print_hidden(size_t n)
{
	if (n > 0)
		printf("\n%zu function%s without INTx not shown (--all shows %s).\n", n, n == 1 ? "" : "s",
		       n == 1 ? "it" : "them");
}
