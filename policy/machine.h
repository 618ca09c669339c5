/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * One machine's facts, and what was decided from them.
 *
 * A reader (daemon/, or a test) adds functions, slots, root buses and irqs, then calls machine_link() once;
 * decide.h fills the fields under "decided". After machine_link() functions stand in address order, the empty
 * hotplug slots behind them, and every parent index is smaller than none and free of loops: walking up always
 * ends at a root bus.
 *
 * Nothing here reads the world. Strings are owned by the machine and interned: equal strings are equal
 * pointers.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "words.h"

#define NO_INDEX (-1)

/* PCI Express Capabilities register, bits 7:4 (PCIe 6.0, 7.5.3.2); no capability, or config space cut short:
 * PORT_NONE. */
enum port_type {
	PORT_NONE = -1,
	PORT_ENDPOINT = 0,
	PORT_LEGACY_ENDPOINT = 1,
	PORT_ROOT = 4,
	PORT_UPSTREAM = 5,
	PORT_DOWNSTREAM = 6,
	PORT_PCIE_TO_PCI = 7,
	PORT_PCI_TO_PCIE = 8,
	PORT_RC_ENDPOINT = 9,
	PORT_RC_EVENT_COLLECTOR = 10,
};

enum msi_state {
	MSI_UNKNOWN, /* neither msi_irqs nor the capabilities could be read */
	MSI_OFF,
	MSI_MSI,
	MSI_MSIX,
};

enum trigger {
	TRIGGER_UNKNOWN,
	TRIGGER_EDGE,
	TRIGGER_LEVEL,
};

/* An input of an interrupt controller as firmware or the kernel names it. */
struct input {
	const char *controller; /* device tree path, or "gsi"; NULL: not known */
	uint32_t hwirq;		/* on a GIC the INTID (32 + n for SPI n) */
	enum trigger trigger;
	bool gic;
};

/* A Linux interrupt: a row of /proc/interrupts or a folder of /sys/kernel/irq. */
struct irq {
	uint32_t virq;
	const char *chip; /* "GICv3", "IO-APIC", …; NULL: not known */
	int64_t hwirq;	  /* -1: not known */
	enum trigger trigger;
	bool actions_known; /* false: no file told, which is not the same as none */
	const char **actions;
	size_t n_actions;
};

struct address {
	uint32_t domain; /* up to 32 bits: VMD and Hyper-V count above 0xffff */
	uint8_t bus;
	uint8_t device; /* 0..31 */
	uint8_t function;
};

/* What is known of the place above a function before machine_link(). */
enum above {
	ABOVE_UNKNOWN, /* the bus numbers decide */
	ABOVE_ROOT,
	ABOVE_BRIDGE,
};

struct dt;
struct dt_node;

/* Functions that may assert INTx on a line that is not known. */
struct unplaced {
	uint32_t n;
	int32_t named[2]; /* the first two, NO_INDEX beyond n */
};

struct root_bus {
	uint32_t domain;
	uint8_t bus;
	const struct dt_node *node; /* its device tree node, or NULL */
	/* Every input that the interrupt-maps below this bus can deliver to; complete only with map_complete.
	 */
	struct input *map_inputs;
	size_t n_map_inputs;
	bool map_complete;
	bool map_overruled;	  /* the kernel would not name a line that the maps do */
	struct unplaced unplaced; /* decided: those below this bus */
};

/* What the kernel says of a function's direct EOI: vfio-dev/DEVICE/intx_deoi/. */
struct deoi {
	const char *device;	    /* "vfio0"; NULL: the kernel has no such folder for this function */
	const char *state, *reason; /* NULL: could not be read */
	const char *policy;	    /* the knob as it is: "off", "auto"; NULL: could not be read */
	int64_t interrupts, engaged, yielded, refused; /* counts since bind; -1: could not be read */
};

/* A PCI function, or an empty hotplug slot seen as the card it would hold: device 0, function 0, pin A. */
struct function {
	struct address address; /* of a slot: where its card would appear */
	bool slot;
	enum above above;
	struct address
		above_address; /* ABOVE_BRIDGE: the bridge; ABOVE_ROOT: domain and bus of the root bus */

	/* identity */
	uint16_t vendor, device, subvendor, subdevice;
	uint32_t class; /* 0xBBSSPP */

	/* config space */
	uint8_t pin; /* 0 none, 1..4 = A..D */
	enum port_type port;
	enum msi_state msi;
	bool bridge;	     /* header type 1 or 2: has a bus below */
	uint8_t secondary;   /* of a bridge; 0 where not assigned */
	bool no_msi;	     /* it has neither MSI nor MSI-X */
	bool intx_disabled;  /* the INTx Disable bit is set, so it can be */
	bool cut_short;	     /* its capabilities could not be read */
	bool unreadable;     /* config space absent, cut short below 64 bytes, or all ones */
	bool ari_forwarding; /* of a port: what is below may be numbered so */
	bool virtual_function;
	bool hotplug; /* of a port: slot implemented and hotplug capable */

	/* sysfs */
	const char *driver;  /* NULL: unbound */
	bool vfio;	     /* has vfio-dev/, or its driver is a VFIO one */
	int64_t irq;	     /* sysfs `irq`; -1: not readable */
	int64_t enable;	     /* sysfs `enable`; -1: not readable */
	int64_t iommu_group; /* -1: none */
	struct deoi deoi;
	const struct dt_node *node; /* its own device tree node, or NULL */
	const char *label;	    /* of a slot: the name on the chassis, or NULL */

	struct input kernel;	   /* what the kernel says of its line */
	bool kernel_unsure;	   /* it was asked, and would not name one */
	struct input kernel_below; /* of a bridge: what it says of pin A of device 0 below */

	/* Worked out from the facts above, which end here, by machine_link() and route_firmware(). */
	int32_t parent; /* index of the bridge above, NO_INDEX on a root bus */
	int32_t root;	/* index of the root bus */
	bool ari;	/* numbered by ARI: device is part of the function number (PCIe 6.0, 6.13) */
	struct input firmware;

	/* decided */
	int32_t line; /* index into lines, NO_INDEX: unknown */
	int32_t next_on_line;
	enum evidence evidence;
	enum kind kind; /* what it is to others on its line */
	enum verdict verdict;
	uint32_t sharers[_KIND_MAX];
	bool has_action;   /* under VFIO or a driver: its action is on the line */
	bool disagreement; /* what is known of its line contradicts itself, or another's on its interrupt */
	bool unplaced;	   /* may assert INTx, and not known where */
};

/* A line that at least one function is known to reach. */
struct line {
	char id[40]; /* gic:INTID, irq:VIRQ or wire:BRIDGE:PIN; canonical, see DESIGN's line ids */
	enum { LINE_GIC, LINE_IRQ, LINE_WIRE } type;
	uint32_t number;       /* INTID or virq */
	const struct irq *irq; /* the Linux interrupt behind it, NULL: none or not known */
	enum trigger trigger;
	int32_t first; /* first member, linked by next_on_line, in address order; slots last */
	uint32_t n_members;
	uint32_t n_unplaced; /* members that may in truth be elsewhere: a wire's, or with disagreeing evidence
			      */
	uint32_t count[_KIND_MAX];   /* members by kind; possible: functions elsewhere that may turn out to be
					on it */
	int32_t named[_KIND_MAX][2]; /* the first two of them: one is not the asker */
	const char **foreign;	     /* actions of holders that are no PCI function; counted as active */
	size_t n_foreign;
};

/* What was being read when a problem was met: what is not read again keeps its problems. */
enum problem_source {
	PROBLEM_OTHER,	 /* read or worked out anew every time */
	PROBLEM_TREE,	 /* the device tree */
	PROBLEM_LISTING, /* the folder of all functions */
	PROBLEM_FUNCTION,
};

/* A file that could not be used; the rest of the machine is still shown. */
struct problem {
	char *file;
	char *text;
	enum problem_source source;
	struct address function; /* of PROBLEM_FUNCTION */
};

struct strings;

struct machine {
	/* the machine as a whole; NULL or unknown where no file tells */
	const char *arch;
	const char *kernel;
	const char *controller;
	const char *platform; /* root `compatible` of the device tree, first string */
	int split_eoi;	      /* -1 unknown, 0, 1 */
	enum feature feature;
	int nointxmask;	 /* parameter of vfio_pci: -1 unknown, 0, 1 */
	bool irqs_known; /* /proc/interrupts was there */

	struct function *functions; /* n_functions real ones, then n_slots slots */
	size_t n_functions, n_slots, allocated;
	struct root_bus *roots;
	size_t n_roots;
	struct irq *irqs; /* ascending by virq after machine_sort_irqs() */
	size_t n_irqs, irqs_allocated;
	struct problem *problems;
	size_t n_problems, problems_unlisted;
	enum problem_source source; /* of the problems to come, and of which function */
	struct address source_function;
	int missed; /* machine_missed() */

	struct line *lines; /* in the order of their first member */
	size_t n_lines;
	struct unplaced unplaced; /* all of them */

	struct dt *dt; /* the device tree as far as it was read, or NULL; freed with the machine */
	struct strings *strings;
};

/* Returns NULL when out of memory. */
struct machine *machine_new(void);
void machine_free(struct machine *m);

/* The pool's copy of text; NULL when out of memory (and missed) or text is NULL. */
const char *machine_string(struct machine *m, const char *text);

/* Room for n functions and slots in all, of a machine that has none yet: so many need no growing. 0 or
 * -ENOMEM. */
int machine_reserve(struct machine *m, size_t n);

/* New zeroed elements with their "not known" values set. Pointers stay valid until the next add of the same
 * kind. NULL when out of memory. */
struct function *machine_add_function(struct machine *m, struct address address);
/* A hotplug slot with its name on the chassis; label may be NULL. */
struct function *machine_add_slot(struct machine *m, struct address address, const char *label);
struct irq *machine_add_irq(struct machine *m, uint32_t virq);
int machine_add_action(struct machine *m, struct irq *irq, const char *action);

/* The root bus, added when new; its index or -ENOMEM. */
int machine_root(struct machine *m, uint32_t domain, uint8_t bus);

/* Remembers that file could not be used. Kept to a bounded number; the others are counted. */
void machine_problem(struct machine *m, const char *file, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

/* Something that may be there was not read: error is -errno, or not negative. One that is about the file is a
 * fact like others. Any other (no memory, no descriptors, I/O) tells nothing about the machine, which is then
 * not to be used: a sharer less would be a wrong verdict. The first of these stays in m->missed. */
void machine_missed(struct machine *m, int error);

/* For a machine that is made from an earlier one: adds a function with the facts and problems that were read
 * of it then, or all problems of another source. What was worked out or decided is not taken. 0 or -ENOMEM.
 */
int machine_carry_function(struct machine *m, const struct machine *from, const struct function *f);
void machine_carry_problems(struct machine *m, const struct machine *from, enum problem_source source);

/* Puts functions into address order, finds every parent, breaks loops (with a problem), drops slots that hold
 * a card and adds one for each hotplug port with nothing below. 0 or -ENOMEM. */
int machine_link(struct machine *m);

/* Brings irqs into order, which machine_irq() needs. */
void machine_sort_irqs(struct machine *m);

const struct function *machine_find(const struct machine *m, struct address address);
const struct irq *machine_irq(const struct machine *m, int64_t virq);

/* Without /proc/interrupts nobody can say that a driver has not asked for the line; with it, a line without a
 * row has no action. */
bool machine_knows_actions(const struct machine *m, const struct line *line);

#define ADDRESS_SIZE 24
int address_compare(const struct address *a, const struct address *b);
/* "0000:01:00.0"; accepts "01:00.0" too. 0 or -EINVAL. */
int address_parse(const char *text, struct address *ret);
char *address_format(const struct address *a, char buffer[static ADDRESS_SIZE]);
