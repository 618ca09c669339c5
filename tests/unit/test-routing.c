// SPDX-License-Identifier: GPL-2.0-or-later
/* Machines of a few functions below device trees of a few nodes. SPI n of the GIC is INTID 32 + n. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "interrupt_map.h"
#include "routing.h"

#define GIC 1
#define MUX 2

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

/* A machine with a GICv2 that has address cells, as AMD Seattle's. */
static struct machine *new_machine(void)
{
	struct machine *m = machine_new();
	struct dt_node *gic;

	assert_non_null(m);
	m->dt = dt_new();
	assert_non_null(m->dt);
	gic = dt_add_node(m->dt, m->dt->nodes[0], "interrupt-controller@e1101000");
	assert_non_null(gic);
	dt_set_property(m->dt, gic, "compatible", "arm,gic-400", 12);
	dt_set_property(m->dt, gic, "interrupt-controller", "", 0);
	CELLS(m->dt, gic, "#address-cells", 2);
	CELLS(m->dt, gic, "#interrupt-cells", 3);
	CELLS(m->dt, gic, "phandle", GIC);
	return m;
}

/* A node whose map delivers pin A..D to SPI first..first+3, whatever the device. */
static struct dt_node *add_nexus(struct machine *m, const struct dt_node *parent, const char *name,
				 uint32_t first)
{
	struct dt_node *node = dt_add_node(m->dt, parent, name);

	assert_non_null(node);
	CELLS(m->dt, node, "#address-cells", 3);
	CELLS(m->dt, node, "#interrupt-cells", 1);
	CELLS(m->dt, node, "interrupt-map-mask", 0, 0, 0, 7);
	CELLS(m->dt, node, "interrupt-map", 0, 0, 0, 1, GIC, 0, 0, 0, first, 4, 0, 0, 0, 2, GIC, 0, 0, 0,
	      first + 1, 4, 0, 0, 0, 3, GIC, 0, 0, 0, first + 2, 4, 0, 0, 0, 4, GIC, 0, 0, 0, first + 3, 4);
	return node;
}

static struct address address_of(const char *text)
{
	struct address a;

	assert_int_equal(address_parse(text, &a), 0);
	return a;
}

static void add_function(struct machine *m, const char *address, uint8_t pin)
{
	struct function *f = machine_add_function(m, address_of(address));

	assert_non_null(f);
	f->pin = pin;
}

static void add_bridge(struct machine *m, const char *address, uint8_t secondary)
{
	struct function *f = machine_add_function(m, address_of(address));

	assert_non_null(f);
	f->pin = 1;
	f->bridge = true;
	f->port = PORT_ROOT;
	f->secondary = secondary;
}

static struct function *get(struct machine *m, const char *address)
{
	struct function *f = (struct function *)machine_find(m, address_of(address));

	assert_non_null(f);
	return f;
}

static void link_to(struct machine *m, const struct dt_node *host)
{
	assert_int_equal(machine_link(m), 0);
	for (size_t i = 0; i < m->n_roots; i++)
		m->roots[i].node = host;
}

static void route(struct machine *m)
{
	assert_int_equal(route_firmware(m), 0);
}

static void expect(struct machine *m, const char *address, uint32_t spi)
{
	const struct function *f = get(m, address);

	assert_non_null(f->firmware.controller);
	assert_true(f->firmware.gic);
	assert_int_equal(f->firmware.hwirq, 32 + spi);
}

static void pins_swizzle_below_bridges_without_nodes(void **state)
{
	struct machine *m = new_machine();

	(void)state;
	add_bridge(m, "00:02.0", 1);
	add_bridge(m, "01:01.0", 2);
	add_function(m, "02:00.0", 1);
	add_function(m, "02:03.0", 2);
	link_to(m, add_nexus(m, m->dt->nodes[0], "pcie", 100));
	route(m);
	expect(m, "00:02.0", 100);
	expect(m, "02:00.0", 101); /* A, device 0: A at 01:01.0, B at 00:02.0 */
	expect(m, "02:03.0", 101); /* B, device 3: A at 01:01.0 */
	machine_free(m);
}

static void map_on_root_port_is_used_before_host_bridge(void **state)
{
	struct machine *m = new_machine();
	struct dt_node *host = add_nexus(m, m->dt->nodes[0], "pcie", 100),
		       *port = add_nexus(m, host, "pci@2,0", 200);

	(void)state;
	add_bridge(m, "00:02.0", 1);
	add_bridge(m, "00:03.0", 2);
	add_function(m, "01:00.0", 2);
	add_function(m, "02:00.0", 2);
	link_to(m, host);
	get(m, "00:02.0")->node = port;
	route(m);
	expect(m, "01:00.0", 201);
	expect(m, "02:00.0", 101);
	machine_free(m);
}

static void own_map_takes_the_functions_pin_swizzled(void **state)
{
	struct machine *m = new_machine();
	struct dt_node *host = add_nexus(m, m->dt->nodes[0], "pcie", 100),
		       *port = add_nexus(m, host, "pci@2,0", 200);

	(void)state;
	add_bridge(m, "00:02.0", 1);
	link_to(m, host);
	get(m, "00:02.0")->node = port;
	route(m);
	expect(m, "00:02.0", 202); /* A of device 2 */
	machine_free(m);
}

static void own_interrupts_are_used_first(void **state)
{
	struct machine *m = new_machine();
	struct dt_node *host = add_nexus(m, m->dt->nodes[0], "pcie", 100),
		       *card = dt_add_node(m->dt, host, "eth@1,0");

	(void)state;
	CELLS(m->dt, card, "interrupts-extended", GIC, 0, 77, 4);
	add_function(m, "00:01.0", 1);
	add_function(m, "00:03.0", 3);
	link_to(m, host);
	get(m, "00:01.0")->node = card;
	get(m, "00:03.0")->node = dt_add_node(m->dt, host, "eth@3,0"); /* a node that says nothing */
	route(m);
	expect(m, "00:01.0", 77);
	expect(m, "00:03.0", 102);
	machine_free(m);
}

/* of_irq_parse_pci() stops at the first node, not at the first map. */
static void bridge_node_without_map_does_not_swizzle(void **state)
{
	struct machine *m = new_machine();
	struct dt_node *host = add_nexus(m, m->dt->nodes[0], "pcie", 100);

	(void)state;
	add_bridge(m, "00:02.0", 1);
	add_function(m, "01:01.0", 1);
	link_to(m, host);
	get(m, "00:02.0")->node = dt_add_node(m->dt, host, "pci@2,0");
	route(m);
	expect(m, "01:01.0", 100);
	machine_free(m);
}

static void under_ari_the_device_number_does_not_swizzle(void **state)
{
	struct machine *m = new_machine();
	struct dt_node *host = add_nexus(m, m->dt->nodes[0], "pcie", 100);

	(void)state;
	add_bridge(m, "00:01.0", 1);
	m->functions[0].ari_forwarding = true;
	add_function(m, "01:03.1", 1);
	link_to(m, host);
	route(m);
	expect(m, "01:03.1", 100); /* device 3 would have made it D */
	machine_free(m);
}

static void empty_slot_is_device_0_pin_a_below_its_port(void **state)
{
	struct machine *m = new_machine();
	struct dt_node *host = add_nexus(m, m->dt->nodes[0], "pcie", 100);

	(void)state;
	add_bridge(m, "00:03.0", 1);
	m->functions[0].hotplug = true;
	link_to(m, host);
	route(m);
	assert_int_equal(m->n_slots, 1);
	assert_int_equal(m->functions[m->n_functions].firmware.hwirq, 32 + 100);
	machine_free(m);
}

static void no_pin_and_virtual_functions_have_no_line(void **state)
{
	struct machine *m = new_machine();

	(void)state;
	add_function(m, "00:01.0", 0);
	add_function(m, "00:02.0", 1);
	add_function(m, "00:03.0", 9);
	link_to(m, add_nexus(m, m->dt->nodes[0], "pcie", 100));
	get(m, "00:02.0")->virtual_function = true;
	route(m);
	for (size_t i = 0; i < m->n_functions; i++)
		assert_null(m->functions[i].firmware.controller);
	assert_int_equal(m->n_problems, 0);
	machine_free(m);
}

static void every_host_bridge_has_its_own_inputs(void **state)
{
	struct machine *m = new_machine();
	struct dt_node *a = add_nexus(m, m->dt->nodes[0], "pcie@a", 100),
		       *b = add_nexus(m, m->dt->nodes[0], "pcie@b", 200);

	(void)state;
	add_nexus(m, a, "pci@1,0", 102);
	add_function(m, "0000:00:01.0", 1);
	add_function(m, "0001:00:01.0", 1);
	assert_int_equal(machine_link(m), 0);
	m->roots[get(m, "0000:00:01.0")->root].node = a;
	m->roots[get(m, "0001:00:01.0")->root].node = b;
	route(m);
	expect(m, "0000:00:01.0", 100);
	expect(m, "0001:00:01.0", 200);
	for (size_t i = 0; i < m->n_roots; i++) {
		const struct root_bus *root = &m->roots[i];

		assert_true(root->map_complete);
		assert_int_equal(root->n_map_inputs, root->node == a ? 6 : 4); /* 100..103 and 102..105 */
		assert_int_equal(root->map_inputs[0].hwirq, root->node == a ? 132 : 232);
	}
	machine_free(m);
}

static void muxed_controller_is_complete_but_no_gic(void **state)
{
	struct machine *m = new_machine();
	struct dt_node *host = add_nexus(m, m->dt->nodes[0], "pcie", 100);
	struct dt_node *mux = dt_add_node(m->dt, host, "legacy-interrupt-controller");

	(void)state;
	dt_set_property(m->dt, mux, "interrupt-controller", "", 0);
	CELLS(m->dt, mux, "#address-cells", 0);
	CELLS(m->dt, mux, "#interrupt-cells", 1);
	CELLS(m->dt, mux, "phandle", MUX);
	CELLS(m->dt, mux, "interrupts-extended", GIC, 0, 40, 4);
	CELLS(m->dt, host, "interrupt-map", 0, 0, 0, 1, MUX, 0, 0, 0, 0, 2, MUX, 1);
	add_function(m, "00:01.0", 2);
	link_to(m, host);
	route(m);
	assert_string_equal(m->functions[0].firmware.controller, "/pcie/legacy-interrupt-controller");
	assert_false(m->functions[0].firmware.gic);
	assert_int_equal(m->functions[0].firmware.hwirq, 1);
	assert_true(m->roots[0].map_complete);
	machine_free(m);
}

static void kernels_controller_is_recognised_as_gic(void **state)
{
	struct machine *m = new_machine();

	(void)state;
	add_function(m, "00:01.0", 1);
	add_function(m, "00:02.0", 1);
	add_function(m, "00:03.0", 1);
	link_to(m, NULL);
	get(m, "00:01.0")->kernel.controller = machine_string(m, "/interrupt-controller@e1101000");
	get(m, "00:02.0")->kernel.controller = machine_string(m, "/");
	get(m, "00:03.0")->kernel.controller = machine_string(m, "gsi");
	route(m);
	assert_true(get(m, "00:01.0")->kernel.gic);
	assert_false(get(m, "00:02.0")->kernel.gic);
	assert_false(get(m, "00:03.0")->kernel.gic);
	machine_free(m);
}

static void kernel_tells_of_device_0_below_a_bridge_only(void **state)
{
	struct machine *m = new_machine();
	const struct function *slots;

	(void)state;
	add_bridge(m, "00:02.0", 1);
	m->functions[0].kernel_below = (struct input){
		.controller = machine_string(m, "/interrupt-controller@e1101000"), .hwirq = 37};
	assert_non_null(machine_add_slot(m, address_of("01:00.0"), NULL));
	assert_non_null(machine_add_slot(m, address_of("01:01.0"), NULL));
	assert_non_null(machine_add_slot(m, address_of("00:03.0"), NULL));
	link_to(m, NULL);
	route(m);
	slots = m->functions + m->n_functions;
	assert_null(slots[0].kernel.controller); /* 00:03.0 */
	assert_int_equal(slots[1].kernel.hwirq, 37);
	assert_true(slots[1].kernel.gic);
	assert_null(slots[2].kernel.controller);
	machine_free(m);
}

static void map_that_the_kernel_overrules_is_not_believed(void **state)
{
	struct machine *m = new_machine();
	struct dt_node *host = add_nexus(m, m->dt->nodes[0], "pcie@10000000", 100);

	(void)state;
	add_function(m, "0000:00:01.0", 1);
	add_function(m, "0000:00:02.0", 2);
	assert_non_null(machine_add_slot(m, address_of("0000:00:03.0"), NULL));
	add_function(m, "0001:00:01.0", 1);
	link_to(m, host);
	m->roots[1].node = add_nexus(m, m->dt->nodes[0], "pcie@20000000", 200);
	get(m, "0000:00:02.0")->kernel_unsure = true;
	get(m, "0000:00:01.0")->kernel.controller = machine_string(m, "/interrupt-controller@e1101000");
	route(m);
	assert_null(get(m, "0000:00:02.0")->firmware.controller);
	assert_null(m->functions[m->n_functions].firmware.controller); /* the slot */
	assert_false(m->roots[0].map_complete);
	expect(m, "0001:00:01.0", 200);
	assert_true(m->roots[1].map_complete);
	machine_free(m);
}

static void malformed_map_is_one_problem_for_all_functions(void **state)
{
	struct machine *m = new_machine();
	struct dt_node *host = add_nexus(m, m->dt->nodes[0], "pcie@10000000", 100);

	(void)state;
	CELLS(m->dt, host, "interrupt-map", 0, 0, 0, 1, GIC, 0, 0, 0, 9, 4, 0, 0, 0, 2, 99, 0, 0, 0, 9, 4);
	add_function(m, "00:01.0", 2);
	add_function(m, "00:02.0", 3);
	add_function(m, "00:03.0", 1);
	link_to(m, host);
	route(m);
	assert_null(m->functions[0].firmware.controller);
	assert_null(m->functions[1].firmware.controller);
	expect(m, "00:03.0", 9);
	assert_false(m->roots[0].map_complete);
	assert_int_equal(m->n_problems, 1);
	assert_string_equal(m->problems[0].file, "sys/firmware/devicetree/base/pcie@10000000/interrupt-map");
	machine_free(m);
}

static void root_bus_without_node_or_map_proves_nothing(void **state)
{
	struct machine *m = new_machine();

	(void)state;
	add_function(m, "0000:00:01.0", 1);
	add_function(m, "0001:00:01.0", 1);
	assert_int_equal(machine_link(m), 0);
	m->roots[0].node = dt_add_node(m->dt, m->dt->nodes[0], "pcie");
	route(m);
	for (size_t i = 0; i < m->n_roots; i++) {
		assert_false(m->roots[i].map_complete);
		assert_int_equal(m->roots[i].n_map_inputs, 0);
	}
	assert_int_equal(m->n_problems, 0);
	machine_free(m);
}

static void without_a_tree_nothing_happens(void **state)
{
	struct machine *m = machine_new();

	(void)state;
	add_function(m, "00:01.0", 1);
	assert_int_equal(machine_link(m), 0);
	route(m);
	assert_null(m->functions[0].firmware.controller);
	machine_free(m);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(pins_swizzle_below_bridges_without_nodes),
		cmocka_unit_test(map_on_root_port_is_used_before_host_bridge),
		cmocka_unit_test(own_map_takes_the_functions_pin_swizzled),
		cmocka_unit_test(own_interrupts_are_used_first),
		cmocka_unit_test(bridge_node_without_map_does_not_swizzle),
		cmocka_unit_test(under_ari_the_device_number_does_not_swizzle),
		cmocka_unit_test(empty_slot_is_device_0_pin_a_below_its_port),
		cmocka_unit_test(no_pin_and_virtual_functions_have_no_line),
		cmocka_unit_test(every_host_bridge_has_its_own_inputs),
		cmocka_unit_test(muxed_controller_is_complete_but_no_gic),
		cmocka_unit_test(kernels_controller_is_recognised_as_gic),
		cmocka_unit_test(kernel_tells_of_device_0_below_a_bridge_only),
		cmocka_unit_test(map_that_the_kernel_overrules_is_not_believed),
		cmocka_unit_test(malformed_map_is_one_problem_for_all_functions),
		cmocka_unit_test(root_bus_without_node_or_map_proves_nothing),
		cmocka_unit_test(without_a_tree_nothing_happens),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
