// SPDX-License-Identifier: GPL-2.0-or-later
/* No method of the manager changes anything without a polkit action: the vtable is walked, and each is one or
 * the other. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "changes.h"
#include "cleanup.h"
#include "manager.h"

/* Methods that only read. Who adds one here has made sure of that. */
static const char *const readers[] = {"Describe",   "DescribeText", "Explain",		 "Foresee",
				      "Check",	    "Decode",	    "TestPolicy",	 "TestPolicyAs",
				      "ListPolicy", "Snapshot",	    "SnapshotWithFlags", "SnapshotBytes"};

static bool is_reader(const char *member)
{
	for (size_t i = 0; i < sizeof(readers) / sizeof(*readers); i++)
		if (strcmp(member, readers[i]) == 0)
			return true;
	return false;
}

static const struct change *change_of(const char *member)
{
	for (size_t i = 0; i < n_changes; i++)
		if (strcmp(member, changes[i].member) == 0)
			return &changes[i];
	return NULL;
}

static void every_changing_method_has_an_action(void **state)
{
	size_t n_changing = 0, n_reading = 0;

	(void)state;
	for (const sd_bus_vtable *v = manager_vtable; v->type != _SD_BUS_VTABLE_END; v++) {
		const struct change *change;

		if (v->type == _SD_BUS_VTABLE_WRITABLE_PROPERTY)
			fail_msg("%s: a property that can be written has no action", v->x.property.member);
		if (v->type != _SD_BUS_VTABLE_METHOD)
			continue;
		change = change_of(v->x.method.member);
		if (!change && !is_reader(v->x.method.member))
			fail_msg("%s is neither a reader nor has it an action", v->x.method.member);
		if (change && is_reader(v->x.method.member))
			fail_msg("%s is said to read and to change", v->x.method.member);
		if (change && v->x.method.handler != on_change)
			fail_msg("%s does not go through on_change()", v->x.method.member);
		if (!change && v->x.method.handler == on_change)
			fail_msg("%s goes through on_change() and has no action", v->x.method.member);
		n_changing += change != NULL;
		n_reading += !change;
	}
	assert_int_equal(n_changing, n_changes);
	assert_int_equal(n_reading, sizeof(readers) / sizeof(*readers));
}

static void every_action_is_in_the_polkit_file(void **state)
{
	_cleanup_file_ FILE *file = fopen(POLKIT_FILE, "r");
	char text[16384], id[128];

	(void)state;
	assert_non_null(file);
	text[fread(text, 1, sizeof(text) - 1, file)] = '\0';
	for (size_t i = 0; i < n_changes; i++) {
		snprintf(id, sizeof(id), "<action id=\"%s\">", changes[i].action);
		if (!strstr(text, id))
			fail_msg("%s needs %s, which polkit does not know", changes[i].member,
				 changes[i].action);
	}
}

static void polkit_never_says_yes_by_itself(void **state)
{
	_cleanup_file_ FILE *file = fopen(POLKIT_FILE, "r");
	char line[512];
	size_t n = 0;

	(void)state;
	assert_non_null(file);
	while (fgets(line, sizeof(line), file)) {
		if (!strstr(line, "<allow_"))
			continue;
		n++;
		if (!strstr(line, ">auth_admin_keep<"))
			fail_msg("%s", line);
	}
	assert_int_equal(n, 6);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_changing_method_has_an_action),
		cmocka_unit_test(every_action_is_in_the_polkit_file),
		cmocka_unit_test(polkit_never_says_yes_by_itself),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
