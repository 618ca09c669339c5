// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * No function with an active sharer is ever armed, whatever is on the machine and in whatever order it
 * happens.
 *
 * Here, unlike on a real one, the truth is known: each function has a wire to one of a few inputs of the GIC,
 * and each holder an action there. What files say of it is the truth or nothing. INTXD_SEED=N repeats a run.
 */
#include "topology.h"

#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "policy.h"

#define MAX_CARDS 6
#define LINES	  4
#define FIRST	  36 /* INTID of the first; its virq is 20 less */
#define MACHINES  20000
#define EVENTS	  12

static unsigned seed;

/* What is there, whether or not a file says so. */
struct truth {
	struct card_truth {
		bool present, vfio, bound, msi, holds; /* holds: its action is on the line */
		bool says_kernel, says_firmware;       /* evidence that is there */
		unsigned line;
	} cards[MAX_CARDS];
	bool stranger[LINES]; /* an action of no PCI function */
	bool map;	      /* the root bus' map is known */
};

static unsigned below(unsigned n)
{
	seed = seed * 1103515245u + 12345u;
	return (seed >> 16) % n;
}

static bool chance(unsigned percent)
{
	return below(100) < percent;
}

/* ---- events ---- */

static void bind_or_not(struct card_truth *c)
{
	c->bound = chance(80);
	c->vfio = c->bound && chance(60);
	c->msi = c->bound && !c->vfio && chance(40);
	c->holds = c->bound && !c->msi && chance(70);
}

static void something_happens(struct truth *t)
{
	struct card_truth *c = &t->cards[below(MAX_CARDS)];

	switch (below(5)) {
	case 0: c->present = !c->present; break;
	case 1: t->stranger[c->line] = chance(15); break;
	case 2: /* MSI comes or goes, which no uevent tells */
		c->msi = c->bound && !c->vfio && !c->msi;
		c->holds = c->bound && !c->msi && chance(70);
		break;
	default: bind_or_not(c);
	}
}

static struct truth new_truth(void)
{
	struct truth t = {.map = chance(70)};

	for (size_t i = 0; i < MAX_CARDS; i++) {
		t.cards[i] = (struct card_truth){.present = chance(50),
						 .says_kernel = chance(70),
						 .says_firmware = chance(80),
						 .line = below(LINES)};
		bind_or_not(&t.cards[i]);
	}
	return t;
}

/* ---- what the files say ---- */

static const char *address_of(size_t i)
{
	static char text[MAX_CARDS][16];

	snprintf(text[i], sizeof(text[i]), "0000:00:%02zx.0", i + 1);
	return text[i];
}

static void say_card(struct machine *m, const struct card_truth *c, size_t i)
{
	CARD(m, address_of(i), 'A',
	     .driver = !c->bound ? NULL
		       : c->vfio ? "vfio-pci"
				 : "e1000",
	     .msi = c->msi ? MSI_MSI : MSI_OFF, .kernel = c->says_kernel ? FIRST + c->line : 0,
	     .firmware = c->says_firmware ? FIRST + c->line : 0,
	     .irq = c->bound && !c->msi ? FIRST + c->line - 20 : 0, .disabled = !c->bound);
}

/* The row of a line, if it has an action. */
static void say_line(struct machine *m, const struct truth *t, unsigned line)
{
	char actions[512] = "";

	for (size_t i = 0; i < MAX_CARDS; i++) {
		const struct card_truth *c = &t->cards[i];
		char one[128] = "eth0";

		if (!c->present || !c->holds || c->line != line)
			continue;
		if (c->vfio)
			snprintf(one, sizeof(one), "vfio-intx(%s)", address_of(i));
		snprintf(actions + strlen(actions), sizeof(actions) - strlen(actions), "%s%s",
			 *actions ? ", " : "", one);
	}
	if (t->stranger[line])
		snprintf(actions + strlen(actions), sizeof(actions) - strlen(actions), "%sserial",
			 *actions ? ", " : "");
	if (*actions)
		irq(m, FIRST + line - 20, "GICv3", FIRST + line, actions);
}

static struct machine *machine_for(const struct truth *t)
{
	struct machine *m = machine_of("aarch64");

	m->feature = FEATURE_PRESENT;
	m->split_eoi = 1;
	for (size_t i = 0; i < MAX_CARDS; i++)
		if (t->cards[i].present)
			say_card(m, &t->cards[i], i);
	for (unsigned line = 0; line < LINES; line++)
		say_line(m, t, line);
	if (t->map)
		map_leads_to(m, FIRST, FIRST + LINES - 1);
	settle(m);
	return m;
}

/* ---- the property ---- */

static unsigned others_holding(const struct truth *t, size_t card)
{
	unsigned line = t->cards[card].line, n = t->stranger[line];

	for (size_t i = 0; i < MAX_CARDS; i++)
		n += i != card && t->cards[i].present && t->cards[i].holds && t->cards[i].line == line;
	return n;
}

/* The number of those that are armed, all being allowed. */
static unsigned judge(const struct truth *t, unsigned run)
{
	const struct ruling allowed = {.mode = POLICY_ALLOW, .require = REQUIRE_EXCLUSIVE};
	struct machine *m = machine_for(t);
	unsigned armed = 0;

	for (size_t i = 0; i < MAX_CARDS; i++) {
		if (!t->cards[i].present || !t->cards[i].vfio ||
		    knob_for(m, at(m, address_of(i)), &allowed) == KNOB_OFF)
			continue;
		armed++;
		if (others_holding(t, i) > 0)
			fail_msg("INTXD_SEED=%u: %s is armed beside an active sharer", run, address_of(i));
	}
	machine_free(m);
	return armed;
}

static void no_function_with_an_active_sharer_is_ever_armed(void **state)
{
	unsigned first = seed, armed = 0, looks = 0;

	(void)state;
	for (unsigned run = first; run < first + MACHINES; run++) {
		struct truth t;

		seed = run;
		t = new_truth();
		for (int i = 0; i < EVENTS; i++) {
			something_happens(&t);
			armed += judge(&t, run);
			looks++;
		}
	}
	print_message("INTXD_SEED=%u: %u looks at %d machines, %u knobs armed\n", first, looks, MACHINES,
		      armed);
	assert_true(armed > looks / 50);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(no_function_with_an_active_sharer_is_ever_armed),
	};
	const char *text = getenv("INTXD_SEED");

	seed = text ? (unsigned)strtoul(text, NULL, 10) : (unsigned)time(NULL);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
