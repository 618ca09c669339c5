// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Small trees, each with what a real machine or a hostile one has in it. Unit addresses are PCI's: bus 23:16,
 * device 15:11, function 10:8 of the first cell.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <errno.h>

#include "interrupt_map.h"

#define GIC 0x8001

static void set_cells(struct dt *dt, struct dt_node *node, const char *name, const uint32_t *cells, size_t n)
{
	uint8_t *bytes = malloc(n * 4 + 1);

	assert_non_null(bytes);
	for (size_t i = 0; i < n; i++)
		for (int b = 0; b < 4; b++)
			bytes[i * 4 + (size_t)b] = (uint8_t)(cells[i] >> (24 - 8 * b));
	assert_int_equal(dt_set_property(dt, node, name, bytes, n * 4), 0);
	free(bytes);
}

#define CELLS(dt, node, name, ...)                                 \
	set_cells(dt, node, name, (const uint32_t[]){__VA_ARGS__}, \
		  sizeof((const uint32_t[]){__VA_ARGS__}) / sizeof(uint32_t))

static struct dt_node *add(struct dt *dt, const struct dt_node *parent, const char *name)
{
	struct dt_node *node = dt_add_node(dt, parent, name);

	assert_non_null(node);
	return node;
}

static void set_text(struct dt *dt, struct dt_node *node, const char *name, const char *text)
{
	assert_int_equal(dt_set_property(dt, node, name, text, strlen(text) + 1), 0);
}

static struct dt_node *add_gic(struct dt *dt, const char *compatible)
{
	struct dt_node *gic = add(dt, dt->nodes[0], "intc@8000000");

	set_text(dt, gic, "compatible", compatible);
	dt_set_property(dt, gic, "interrupt-controller", "", 0);
	CELLS(dt, gic, "#interrupt-cells", 3);
	CELLS(dt, gic, "phandle", GIC);
	return gic;
}

static struct dt_node *add_bus(struct dt *dt, const struct dt_node *parent, const char *name)
{
	struct dt_node *bus = add(dt, parent, name);

	CELLS(dt, bus, "#address-cells", 3);
	CELLS(dt, bus, "#interrupt-cells", 1);
	CELLS(dt, bus, "interrupt-map-mask", 0xf800, 0, 0, 7);
	return bus;
}

static struct dt *new_tree(void)
{
	struct dt *dt = dt_new();

	assert_non_null(dt);
	CELLS(dt, dt->nodes[0], "#address-cells", 2);
	return dt;
}

static int ask_at(struct dt *dt, const struct dt_node *node, unsigned bus, unsigned device, uint8_t pin,
		  struct input *ret, struct dt_fault *fault)
{
	const uint32_t address[3] = {bus << 16 | device << 11};

	*ret = (struct input){};
	return interrupt_map_resolve(dt, node, address, pin, ret, fault);
}

static void expect(struct dt *dt, const struct dt_node *node, unsigned device, uint8_t pin, uint32_t hwirq)
{
	struct dt_fault fault;
	struct input in;

	assert_int_equal(ask_at(dt, node, 0, device, pin, &in, &fault), 0);
	assert_null(fault.text);
	assert_int_equal(in.hwirq, hwirq);
}

static void expect_error(struct dt *dt, const struct dt_node *node, unsigned device, uint8_t pin, int error)
{
	struct dt_fault fault;
	struct input in;

	assert_int_equal(ask_at(dt, node, 0, device, pin, &in, &fault), error);
	assert_null(in.controller);
	if (error == -ENOENT)
		assert_null(fault.text);
	else
		assert_non_null(fault.text);
}

/* 16 entries of 10 cells: 3 + 1, phandle, 2 zeros, 3 for the GIC. */
static void qemu_virt_swizzles_in_the_map(void **state)
{
	struct dt *dt = new_tree();
	struct dt_node *gic = add_gic(dt, "arm,gic-v3"), *bus = add_bus(dt, dt->nodes[0], "pcie@10000000");
	uint32_t map[16 * 10], n = 0;
	struct dt_fault fault;
	struct input in;

	(void)state;
	CELLS(dt, gic, "#address-cells", 2);
	CELLS(dt, bus, "interrupt-map-mask", 0x1800, 0, 0, 7);
	for (uint32_t slot = 0; slot < 4; slot++)
		for (uint32_t pin = 1; pin <= 4; pin++) {
			const uint32_t entry[10] = {
				slot << 11, 0, 0, pin, GIC, 0, 0, 0, 3 + (slot + pin - 1) % 4, 4};

			memcpy(map + 10 * n++, entry, sizeof(entry));
		}
	set_cells(dt, bus, "interrupt-map", map, 160);
	for (unsigned device = 0; device < 32; device++)
		for (uint8_t pin = 1; pin <= 4; pin++)
			expect(dt, bus, device, pin, 35 + (device + pin - 1) % 4);
	assert_int_equal(ask_at(dt, bus, 0, 1, 1, &in, &fault), 0);
	assert_true(in.gic);
	assert_int_equal(in.trigger, TRIGGER_LEVEL);
	assert_string_equal(in.controller, "/intc@8000000");
	expect_error(dt, bus, 0, 5, -ENOENT);
	dt_free(dt);
}

static void parent_without_address_cells_does_not_inherit_them(void **state)
{
	struct dt *dt = new_tree(); /* its root has two */
	struct dt_node *bus;

	(void)state;
	add_gic(dt, "arm,gic-400");
	bus = add_bus(dt, dt->nodes[0], "pcie");
	CELLS(dt, bus, "interrupt-map", 0, 0, 0, 1, GIC, 0, 100, 4, 0, 0, 0, 2, GIC, 0, 101, 4);
	expect(dt, bus, 0, 1, 132);
	expect(dt, bus, 0, 2, 133);
	dt_free(dt);
}

static void parent_with_own_address_cells(void **state)
{
	struct dt *dt = new_tree();
	struct dt_node *gic = add_gic(dt, "arm,gic-400"), *bus = add_bus(dt, dt->nodes[0], "pcie");

	(void)state;
	CELLS(dt, gic, "#address-cells", 1);
	CELLS(dt, bus, "interrupt-map", 0, 0, 0, 1, GIC, 9, 0, 100, 4, 0, 0, 0, 2, GIC, 9, 0, 101, 4);
	expect(dt, bus, 0, 1, 132);
	expect(dt, bus, 0, 2, 133);
	dt_free(dt);
}

static void mask_ignores_bus_number(void **state)
{
	struct dt *dt = new_tree();
	struct dt_node *bus = add_bus(dt, dt->nodes[0], "pcie");
	struct dt_fault fault;
	struct input in;

	(void)state;
	add_gic(dt, "arm,gic-v3");
	CELLS(dt, bus, "interrupt-map", 0x0800, 0, 0, 1, GIC, 0, 7, 4);
	assert_int_equal(ask_at(dt, bus, 5, 1, 1, &in, &fault), 0);
	assert_int_equal(in.hwirq, 39);
	dt_free(dt);
}

static void no_mask_compares_every_bit(void **state)
{
	struct dt *dt = new_tree();
	struct dt_node *bus = add(dt, dt->nodes[0], "pcie");
	struct dt_fault fault;
	struct input in;

	(void)state;
	add_gic(dt, "arm,gic-v3");
	CELLS(dt, bus, "#address-cells", 3);
	CELLS(dt, bus, "#interrupt-cells", 1);
	CELLS(dt, bus, "interrupt-map", 0x0800, 0, 0, 1, GIC, 0, 7, 4);
	expect(dt, bus, 1, 1, 39);
	assert_int_equal(ask_at(dt, bus, 5, 1, 1, &in, &fault), -ENOENT);
	dt_free(dt);
}

static void mask_shorter_than_a_key_is_an_error(void **state)
{
	struct dt *dt = new_tree();
	struct dt_node *bus = add_bus(dt, dt->nodes[0], "pcie");

	(void)state;
	add_gic(dt, "arm,gic-v3");
	CELLS(dt, bus, "interrupt-map-mask", 0, 0, 0);
	CELLS(dt, bus, "interrupt-map", 0, 0, 0, 1, GIC, 0, 7, 4);
	expect_error(dt, bus, 0, 1, -EINVAL);
	dt_free(dt);
}

static void first_of_equal_entries_wins(void **state)
{
	struct dt *dt = new_tree();
	struct dt_node *bus = add_bus(dt, dt->nodes[0], "pcie");

	(void)state;
	add_gic(dt, "arm,gic-v3");
	CELLS(dt, bus, "interrupt-map-mask", 0, 0, 0, 7);
	CELLS(dt, bus, "interrupt-map", 0x1800, 0, 0, 1, GIC, 0, 9, 4, 0x0800, 0, 0, 1, GIC, 0, 7, 4);
	expect(dt, bus, 1, 1, 41);
	dt_free(dt);
}

static void disabled_parent_is_passed_over(void **state)
{
	struct dt *dt = new_tree();
	struct dt_node *bus = add_bus(dt, dt->nodes[0], "pcie"), *off = add(dt, dt->nodes[0], "off");

	(void)state;
	add_gic(dt, "arm,gic-v3");
	CELLS(dt, off, "phandle", 2);
	CELLS(dt, off, "#interrupt-cells", 1);
	set_text(dt, off, "status", "disabled");
	dt_set_property(dt, off, "interrupt-controller", "", 0);
	CELLS(dt, bus, "interrupt-map", 0, 0, 0, 1, 2, 5, 0, 0, 0, 1, GIC, 0, 9, 4);
	expect(dt, bus, 0, 1, 41);
	dt_free(dt);
}

static void chained_maps_translate_twice(void **state)
{
	struct dt *dt = new_tree();
	struct dt_node *bus = add_bus(dt, dt->nodes[0], "pcie"), *nexus = add(dt, dt->nodes[0], "nexus");

	(void)state;
	add_gic(dt, "arm,gic-v3");
	CELLS(dt, nexus, "phandle", 2);
	CELLS(dt, nexus, "#address-cells", 0);
	CELLS(dt, nexus, "#interrupt-cells", 1);
	CELLS(dt, nexus, "interrupt-map", 0, GIC, 0, 50, 4, 1, GIC, 0, 51, 1);
	CELLS(dt, bus, "interrupt-map", 0, 0, 0, 1, 2, 1, 0, 0, 0, 2, 2, 0);
	expect(dt, bus, 0, 1, 83);
	expect(dt, bus, 0, 2, 82);
	dt_free(dt);
}

static void bus_without_map_asks_its_interrupt_parent(void **state)
{
	struct dt *dt = new_tree();
	struct dt_node *bus = add_bus(dt, dt->nodes[0], "pcie"), *nexus = add_bus(dt, dt->nodes[0], "nexus");

	(void)state;
	add_gic(dt, "arm,gic-v3");
	CELLS(dt, bus, "interrupt-parent", 2);
	CELLS(dt, nexus, "phandle", 2);
	CELLS(dt, nexus, "interrupt-map", 0, 0, 0, 1, GIC, 0, 50, 4);
	expect(dt, bus, 0, 1, 82);
	dt_free(dt);
}

static void muxed_child_controller_is_no_gic(void **state)
{
	struct dt *dt = new_tree();
	struct dt_node *bus = add_bus(dt, dt->nodes[0], "pcie"), *mux = add(dt, bus, "interrupt-controller");
	struct dt_fault fault;
	struct input in;

	(void)state;
	add_gic(dt, "arm,gic-v3");
	CELLS(dt, mux, "phandle", 2);
	CELLS(dt, mux, "#address-cells", 0);
	CELLS(dt, mux, "#interrupt-cells", 1);
	dt_set_property(dt, mux, "interrupt-controller", "", 0);
	CELLS(dt, bus, "interrupt-map", 0, 0, 0, 1, 2, 0, 0, 0, 0, 2, 2, 1);
	assert_int_equal(ask_at(dt, bus, 0, 0, 2, &in, &fault), 0);
	assert_string_equal(in.controller, "/pcie/interrupt-controller");
	assert_int_equal(in.hwirq, 1);
	assert_false(in.gic);
	dt_free(dt);
}

static void map_into_own_node_ends_there(void **state)
{
	struct dt *dt = new_tree();
	struct dt_node *bus = add_bus(dt, dt->nodes[0], "pcie");
	struct dt_fault fault;
	struct input in;

	(void)state;
	CELLS(dt, bus, "phandle", 2);
	dt_set_property(dt, bus, "interrupt-controller", "", 0);
	CELLS(dt, bus, "interrupt-map", 0, 0, 0, 1, 2, 0, 0, 0, 1, 0, 0, 0, 2, 2, 0, 0, 0, 2);
	assert_int_equal(ask_at(dt, bus, 0, 0, 2, &in, &fault), 0);
	assert_string_equal(in.controller, "/pcie");
	assert_int_equal(in.hwirq, 2);
	dt_free(dt);
}

static void controllers_with_the_gics_format_are_told_apart_by_number(void **state)
{
	struct dt *dt = new_tree();
	struct dt_node *bus = add_bus(dt, dt->nodes[0], "pcie");

	(void)state;
	add_gic(dt, "fsl,imx6q-gpc");
	CELLS(dt, bus, "interrupt-map", 0, 0, 0, 1, GIC, 0, 123, 4, 0, 0, 0, 2, GIC, 0, 122, 4);
	expect(dt, bus, 0, 1, 123);
	expect(dt, bus, 0, 2, 122);
	dt_free(dt);
}

static void gic_types(void **state)
{
	static const struct {
		const char *compatible;
		uint32_t type, number, flags, hwirq;
		enum trigger trigger;
	} all[] = {
		{"arm,gic-v3", 0, 0, 4, 32, TRIGGER_LEVEL},
		{"arm,gic-v3", 1, 9, 8, 25, TRIGGER_LEVEL},
		{"arm,gic-v3", 2, 5, 1, 4101, TRIGGER_EDGE},
		{"arm,gic-v3", 3, 2, 2, 1058, TRIGGER_EDGE},
		{"arm,gic-400", 0, 987, 0, 1019, TRIGGER_UNKNOWN},
		{"arm,gic-400", 2, 5, 4, 0, TRIGGER_UNKNOWN},
		{"arm,gic-v3", 0, 988, 4, 0, TRIGGER_UNKNOWN},
		{"arm,gic-v3", 0, 0xffffffff, 4, 0, TRIGGER_UNKNOWN},
		{"arm,gic-v3", 9, 0, 4, 0, TRIGGER_UNKNOWN},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(all) / sizeof(*all); i++) {
		struct dt *dt = new_tree();
		struct dt_node *bus = add_bus(dt, dt->nodes[0], "pcie");
		struct dt_fault fault;
		struct input in;

		add_gic(dt, all[i].compatible);
		CELLS(dt, bus, "interrupt-map", 0, 0, 0, 1, GIC, all[i].type, all[i].number, all[i].flags);
		assert_int_equal(ask_at(dt, bus, 0, 0, 1, &in, &fault), all[i].hwirq ? 0 : -EINVAL);
		assert_int_equal(in.hwirq, all[i].hwirq);
		assert_int_equal(in.trigger, all[i].trigger);
		dt_free(dt);
	}
}

static void own_interrupts_go_through_the_map(void **state)
{
	struct dt *dt = new_tree();
	struct dt_node *bus = add_bus(dt, dt->nodes[0], "pcie"), *card = add(dt, bus, "eth@3,0");
	struct dt_fault fault;
	struct input in;

	(void)state;
	add_gic(dt, "arm,gic-v3");
	CELLS(dt, bus, "interrupt-map", 0x1800, 0, 0, 2, GIC, 0, 60, 4);
	assert_int_equal(interrupt_of_node(dt, card, &in, &fault), -ENOENT);
	CELLS(dt, card, "reg", 0x1800, 0, 0, 0, 0);
	CELLS(dt, card, "interrupts", 2);
	assert_int_equal(interrupt_of_node(dt, card, &in, &fault), 0);
	assert_int_equal(in.hwirq, 92);
	CELLS(dt, card, "interrupts-extended", GIC, 0, 61, 4);
	assert_int_equal(interrupt_of_node(dt, card, &in, &fault), 0);
	assert_int_equal(in.hwirq, 93);
	CELLS(dt, card, "interrupts-extended", GIC, 0, 61);
	assert_int_equal(interrupt_of_node(dt, card, &in, &fault), -EINVAL);
	dt_free(dt);
}

static void truncated_last_entry(void **state)
{
	struct dt *dt = new_tree();
	struct dt_node *bus = add_bus(dt, dt->nodes[0], "pcie");
	struct input *list = NULL;
	struct dt_fault fault;
	size_t n = 0;
	bool complete;

	(void)state;
	add_gic(dt, "arm,gic-v3");
	CELLS(dt, bus, "interrupt-map", 0, 0, 0, 1, GIC, 0, 7, 4, 0, 0, 0, 2, GIC, 0);
	expect(dt, bus, 0, 1, 39);
	expect_error(dt, bus, 0, 2, -EINVAL);
	assert_int_equal(interrupt_map_targets(dt, bus, &list, &n, &complete, &fault), 0);
	assert_int_equal(n, 1);
	assert_false(complete);
	assert_string_equal(fault.text, "the last entry is cut short");
	free(list);
	dt_free(dt);
}

static void length_that_is_no_multiple_of_four(void **state)
{
	struct dt *dt = new_tree();
	struct dt_node *bus = add_bus(dt, dt->nodes[0], "pcie");

	(void)state;
	for (size_t length = 0; length < 40; length++) {
		assert_int_equal(dt_set_property(dt, bus, "interrupt-map",
						 "\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0"
						 "\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0",
						 length),
				 0);
		expect_error(dt, bus, 0, 1, -EINVAL);
	}
	dt_free(dt);
}

static void entry_of_unknown_phandle_ends_the_map(void **state)
{
	struct dt *dt = new_tree();
	struct dt_node *bus = add_bus(dt, dt->nodes[0], "pcie");

	(void)state;
	add_gic(dt, "arm,gic-v3");
	CELLS(dt, bus, "interrupt-map", 0, 0, 0, 1, 77, 0, 7, 4, 0, 0, 0, 2, GIC, 0, 7, 4);
	expect_error(dt, bus, 0, 2, -EINVAL);
	CELLS(dt, bus, "interrupt-map", 0, 0, 0, 1, 0, 0, 7, 4);
	expect_error(dt, bus, 0, 1, -EINVAL);
	dt_free(dt);
}

static void phandle_of_two_nodes_names_neither(void **state)
{
	struct dt *dt = new_tree();
	struct dt_node *bus = add_bus(dt, dt->nodes[0], "pcie");

	(void)state;
	add_gic(dt, "arm,gic-v3");
	CELLS(dt, add(dt, dt->nodes[0], "impostor"), "linux,phandle", GIC);
	CELLS(dt, bus, "interrupt-map", 0, 0, 0, 1, GIC, 0, 7, 4);
	expect_error(dt, bus, 0, 1, -EINVAL);
	dt_free(dt);
}

static void absurd_cell_counts(void **state)
{
	static const uint32_t counts[] = {14, 17, 0x7fffffff, 0x80000000, 0xffffffff};

	(void)state;
	for (size_t i = 0; i < sizeof(counts) / sizeof(*counts); i++) {
		struct dt *dt = new_tree();
		struct dt_node *gic = add_gic(dt, "arm,gic-v3"), *bus = add_bus(dt, dt->nodes[0], "pcie");

		CELLS(dt, bus, "interrupt-map", 0, 0, 0, 1, GIC, 0, 7, 4);
		CELLS(dt, gic, "#address-cells", counts[i]);
		expect_error(dt, bus, 0, 1, -EINVAL);
		CELLS(dt, bus, "#address-cells", counts[i]);
		expect_error(dt, bus, 0, 1, -EINVAL);
		CELLS(dt, bus, "#interrupt-cells", counts[i]);
		expect_error(dt, bus, 0, 1, -EINVAL);
		dt_free(dt);
	}
}

static void zero_cells_everywhere(void **state)
{
	struct dt *dt = new_tree();
	struct dt_node *bus = add(dt, dt->nodes[0], "pcie"), *nexus = add(dt, dt->nodes[0], "nexus");

	(void)state;
	CELLS(dt, bus, "#address-cells", 0);
	CELLS(dt, bus, "#interrupt-cells", 1);
	CELLS(dt, nexus, "phandle", 2);
	CELLS(dt, nexus, "#interrupt-cells", 0);
	CELLS(dt, nexus, "#address-cells", 0);
	dt_set_property(dt, nexus, "interrupt-controller", "", 0);
	CELLS(dt, bus, "interrupt-map", 1, 2, 2, 2, 3, 2);
	expect_error(dt, bus, 0, 1, -ENOENT);
	dt_free(dt);
}

static void circle_of_maps_ends_with_error(void **state)
{
	struct dt *dt = new_tree();
	struct dt_node *a = add_bus(dt, dt->nodes[0], "a"), *b = add_bus(dt, dt->nodes[0], "b");
	struct input *list = NULL;
	struct dt_fault fault;
	size_t n = 0;
	bool complete;

	(void)state;
	CELLS(dt, a, "phandle", 1);
	CELLS(dt, b, "phandle", 2);
	CELLS(dt, a, "interrupt-map", 0, 0, 0, 1, 2, 0, 0, 0, 1);
	CELLS(dt, b, "interrupt-map", 0, 0, 0, 1, 1, 0, 0, 0, 1);
	expect_error(dt, a, 0, 1, -ELOOP);
	assert_int_equal(interrupt_map_targets(dt, a, &list, &n, &complete, &fault), 0);
	assert_false(complete);
	assert_int_equal(n, 0);
	assert_non_null(fault.text);
	free(list);
	dt_free(dt);
}

static void interrupt_parents_in_a_circle(void **state)
{
	struct dt *dt = new_tree();
	struct dt_node *a = add(dt, dt->nodes[0], "a"), *b = add(dt, dt->nodes[0], "b");

	(void)state;
	CELLS(dt, a, "phandle", 1);
	CELLS(dt, b, "phandle", 2);
	CELLS(dt, a, "interrupt-parent", 2);
	CELLS(dt, b, "interrupt-parent", 1);
	expect_error(dt, a, 0, 1, -ELOOP);
	CELLS(dt, b, "interrupt-parent", 2);
	expect_error(dt, a, 0, 1, -ELOOP);
	CELLS(dt, b, "interrupt-parent", 3);
	expect_error(dt, a, 0, 1, -EINVAL);
	CELLS(dt, a, "#interrupt-cells", 1);
	expect_error(dt, a, 0, 1, -EINVAL);
	dt_free(dt);
}

/* As unreadable files leave them. */
static void empty_properties_give_no_answer(void **state)
{
	static const char *const bus_names[] = {"#address-cells", "#interrupt-cells", "interrupt-map",
						"interrupt-map-mask"};
	static const char *const gic_names[] = {"#address-cells", "#interrupt-cells", "compatible", "status"};

	(void)state;
	for (size_t i = 0; i < 8; i++) {
		struct dt *dt = new_tree();
		struct dt_node *gic = add_gic(dt, "arm,gic-v3"), *bus = add_bus(dt, dt->nodes[0], "pcie");

		CELLS(dt, bus, "interrupt-map", 0, 0, 0, 1, GIC, 0, 7, 4);
		dt_set_property(dt, i < 4 ? bus : gic, i < 4 ? bus_names[i] : gic_names[i - 4], "", 0);
		expect_error(dt, bus, 0, 1, -EINVAL);
		dt_free(dt);
	}
}

static void many_entries_stay_fast_up_to_the_limit(void **state)
{
	struct dt *dt = new_tree();
	struct dt_node *bus = add_bus(dt, dt->nodes[0], "pcie");
	uint32_t *map = calloc(65537 * 8, sizeof(*map));

	(void)state;
	assert_non_null(map);
	add_gic(dt, "arm,gic-v3");
	CELLS(dt, bus, "interrupt-map-mask", 0xffffffff, 0, 0, 7);
	for (uint32_t i = 0; i < 65537; i++) {
		const uint32_t entry[8] = {i << 8, 0, 0, 1, GIC, 0, i % 900, 4};

		memcpy(map + 8 * i, entry, sizeof(entry));
	}
	set_cells(dt, bus, "interrupt-map", map, 65537 * 8);
	for (uint32_t i = 0; i < 65537; i++) {
		const uint32_t address[3] = {i << 8};
		struct dt_fault fault;
		struct input in = {};

		assert_int_equal(interrupt_map_resolve(dt, bus, address, 1, &in, &fault),
				 i < 65536 ? 0 : -E2BIG);
		assert_int_equal(in.hwirq, i < 65536 ? 32 + i % 900 : 0);
	}
	free(map);
	dt_free(dt);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(qemu_virt_swizzles_in_the_map),
		cmocka_unit_test(parent_without_address_cells_does_not_inherit_them),
		cmocka_unit_test(parent_with_own_address_cells),
		cmocka_unit_test(mask_ignores_bus_number),
		cmocka_unit_test(no_mask_compares_every_bit),
		cmocka_unit_test(mask_shorter_than_a_key_is_an_error),
		cmocka_unit_test(first_of_equal_entries_wins),
		cmocka_unit_test(disabled_parent_is_passed_over),
		cmocka_unit_test(chained_maps_translate_twice),
		cmocka_unit_test(bus_without_map_asks_its_interrupt_parent),
		cmocka_unit_test(muxed_child_controller_is_no_gic),
		cmocka_unit_test(map_into_own_node_ends_there),
		cmocka_unit_test(controllers_with_the_gics_format_are_told_apart_by_number),
		cmocka_unit_test(gic_types),
		cmocka_unit_test(own_interrupts_go_through_the_map),
		cmocka_unit_test(truncated_last_entry),
		cmocka_unit_test(length_that_is_no_multiple_of_four),
		cmocka_unit_test(entry_of_unknown_phandle_ends_the_map),
		cmocka_unit_test(phandle_of_two_nodes_names_neither),
		cmocka_unit_test(absurd_cell_counts),
		cmocka_unit_test(zero_cells_everywhere),
		cmocka_unit_test(circle_of_maps_ends_with_error),
		cmocka_unit_test(interrupt_parents_in_a_circle),
		cmocka_unit_test(empty_properties_give_no_answer),
		cmocka_unit_test(many_entries_stay_fast_up_to_the_limit),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
