/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A small VMM for edu functions and PL061s under VFIO, driven by commands on its standard input: one line in,
 * one line out ("ok ..." or "error ...").
 *
 *   main.c      arguments, the command loop
 *   commands.c  a line's words, and whose command they are: guest_commands.c, device_commands.c
 *   machine.c   VM, memory, vGIC, ITS, routes
 *   cpu.c       vCPU threads: run, park, submit a guest command, wait for it; exits
 *   device.c    VFIO: group, regions, config space, registers, SET_IRQS
 *   wiring.c    eventfds between VFIO and KVM: irqfd, resample, MSI routes; changing them while in use
 *
 * All state is in one struct vmm. Only the command thread changes it; vCPU threads touch their own struct cpu
 * under its lock, and config space.
 */
#ifndef VMM_H
#define VMM_H

#include <linux/kvm.h>
#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "../guest/control.h"

/* Registers, as struct guest_device has them */
struct model {
	uint32_t status, raise, ack, ack_mask;
};

enum wiring {
	WIRING_NONE,
	WIRING_INTX,		/* trigger eventfd → irqfd with resample → unmask eventfd */
	WIRING_INTX_NORESAMPLE, /* trigger eventfd → irqfd; nobody unmasks */
	WIRING_INTX_USER,	/* trigger eventfd, no irqfd */
	WIRING_MSI,
};

struct device {
	const char *address;
	int fd;
	unsigned int number;
	const struct model *model;
	uint64_t config; /* offset of config space in fd; 0: a platform device */
	volatile uint32_t *bar;
	uint64_t size;
	enum wiring wiring;
	uint32_t gsi;
	int trigger, resample, second, mask; /* eventfds, -1: none */
};

struct cpu {
	struct vmm *vmm;
	unsigned int number;
	int fd, stats;
	size_t exits_offset;
	struct kvm_run *run;
	pthread_t thread;
	pthread_mutex_t lock;
	pthread_cond_t changed;
	bool parked, go; /* the guest waits for a command; there is one */
	uint64_t panic[2];
	unsigned int panics;
};

struct vmm {
	int kvm, vm, gic, its;
	int container;
	void *ram;
	volatile struct control *control;
	unsigned int n_cpus, n_devices;
	struct cpu cpu[MAX_CPUS];
	struct device device[MAX_DEVICES];
	uint32_t route[MAX_DEVICES]; /* pin each device's GSI arrives at */
};

/* Ends the program: for what no test provokes. */
_Noreturn void die(const char *what);

void machine_create(struct vmm *vmm, const char *image, bool use_its, bool gic_v2);
int machine_set_routes(struct vmm *vmm);
void machine_map_bar(struct vmm *vmm, struct device *device);
int machine_level_info(struct vmm *vmm, uint32_t intid, bool level);
int machine_irq_line(struct vmm *vmm, uint32_t intid, bool level);

void cpu_create(struct vmm *vmm, unsigned int number);
void cpu_start(struct cpu *cpu);
/* -EBUSY while the last command runs. */
int cpu_submit(struct cpu *cpu, enum guest_command command, uint64_t a, uint64_t b);
/* Waits until the guest parks. After @seconds it is told to stop: -ETIMEDOUT, and -EDEADLK when it does not.
 */
int cpu_wait(struct cpu *cpu, unsigned int seconds);
uint64_t cpu_exits(const struct vmm *vmm);

void device_open(struct vmm *vmm, struct device *device);
void device_raise(struct device *device);
void device_quench(struct device *device);
int device_command_register(struct device *device, uint16_t value);
int device_read_config(struct device *device, unsigned int offset, void *data, size_t size);
/* SET_IRQS for one interrupt; @fd: with DATA_EVENTFD. */
int device_set_irqs(struct device *device, unsigned int index, uint32_t flags, int fd);
int device_disable_irqs(struct device *device);
int device_reset(struct device *device);

int wiring_set(struct vmm *vmm, struct device *device, enum wiring wiring);
int wiring_swap(struct vmm *vmm, struct device *device);
int wiring_second(struct vmm *vmm, struct device *device, bool add);
int wiring_irqfd(struct vmm *vmm, struct device *device, bool add);
int wiring_join(struct vmm *vmm, struct device *device, uint32_t gsi);
int wiring_mask(struct device *device);
int wiring_route(struct vmm *vmm, struct device *device, uint32_t pin);

/* Prints exactly one line. False: end. */
bool command_run(struct vmm *vmm, char *line);

#endif
