// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * vCPU threads. A guest that has no command left exits with a write to PARK_ADDRESS and its thread waits here
 * for the next one, outside of KVM_RUN: a parked vCPU costs nothing and takes no interrupt.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

#include "vmm.h"

/* Where in the statistics the number of exits is. */
static void find_exits(struct cpu *cpu)
{
	struct kvm_stats_header header;
	char descriptor[sizeof(struct kvm_stats_desc) + 256];

	cpu->stats = ioctl(cpu->fd, KVM_GET_STATS_FD, NULL);
	if (cpu->stats < 0 || pread(cpu->stats, &header, sizeof(header), 0) != sizeof(header))
		die("KVM_GET_STATS_FD");
	size_t size = sizeof(struct kvm_stats_desc) + header.name_size;

	for (uint32_t n = 0; n < header.num_desc && size <= sizeof(descriptor); n++) {
		struct kvm_stats_desc *desc = (void *)descriptor;

		if (pread(cpu->stats, descriptor, size, header.desc_offset + n * size) != (ssize_t)size)
			break;
		if (strcmp(desc->name, "exits") == 0) {
			cpu->exits_offset = header.data_offset + desc->offset;
			return;
		}
	}
	die("no statistic 'exits'");
}

uint64_t cpu_exits(const struct vmm *vmm)
{
	uint64_t sum = 0, one = 0;

	for (unsigned int n = 0; n < vmm->n_cpus; n++) {
		if (pread(vmm->cpu[n].stats, &one, sizeof(one), vmm->cpu[n].exits_offset) != sizeof(one))
			die("statistics");
		sum += one;
	}
	return sum;
}

static void set_register(struct cpu *cpu, uint64_t offset, uint64_t value)
{
	struct kvm_one_reg reg = {
		.id = KVM_REG_ARM64 | KVM_REG_SIZE_U64 | KVM_REG_ARM_CORE | offset / 4,
		.addr = (uintptr_t)&value,
	};

	if (ioctl(cpu->fd, KVM_SET_ONE_REG, &reg) < 0)
		die("KVM_SET_ONE_REG");
}

void cpu_create(struct vmm *vmm, unsigned int number)
{
	struct cpu *cpu = &vmm->cpu[number];
	struct kvm_vcpu_init init;
	int size = ioctl(vmm->kvm, KVM_GET_VCPU_MMAP_SIZE, 0);

	*cpu = (struct cpu){.vmm = vmm, .number = number};
	pthread_mutex_init(&cpu->lock, NULL);
	pthread_cond_init(&cpu->changed, NULL);
	cpu->fd = ioctl(vmm->vm, KVM_CREATE_VCPU, number);
	if (cpu->fd < 0 || size < 0)
		die("KVM_CREATE_VCPU");
	cpu->run = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, cpu->fd, 0);
	if (cpu->run == MAP_FAILED)
		die("vCPU state");
	if (ioctl(vmm->vm, KVM_ARM_PREFERRED_TARGET, &init) < 0 ||
	    ioctl(cpu->fd, KVM_ARM_VCPU_INIT, &init) < 0)
		die("KVM_ARM_VCPU_INIT");
	set_register(cpu, offsetof(struct kvm_regs, regs.pc), RAM_ADDRESS);
	set_register(cpu, offsetof(struct kvm_regs, regs.regs[0]), number);
	find_exits(cpu);
}

static void park(struct cpu *cpu)
{
	pthread_mutex_lock(&cpu->lock);
	cpu->parked = true;
	pthread_cond_broadcast(&cpu->changed);
	while (!cpu->go)
		pthread_cond_wait(&cpu->changed, &cpu->lock);
	cpu->go = cpu->parked = false;
	pthread_mutex_unlock(&cpu->lock);
}

static void mmio(struct cpu *cpu)
{
	struct vmm *vmm = cpu->vmm;
	uint64_t value = 0;

	if (!cpu->run->mmio.is_write)
		return;
	memcpy(&value, cpu->run->mmio.data, cpu->run->mmio.len);
	switch (cpu->run->mmio.phys_addr) {
	case PARK_ADDRESS: park(cpu); break;
	case CONFIG_ADDRESS:
		if (value >> 16 < vmm->n_devices)
			device_command_register(&vmm->device[value >> 16], value & 0xffff);
		break;
	case PANIC_ADDRESS:
		if (cpu->panics < 2)
			cpu->panic[cpu->panics++] = value;
		break;
	}
}

static void *run(void *opaque)
{
	struct cpu *cpu = opaque;

	for (;;) {
		if (ioctl(cpu->fd, KVM_RUN, NULL) < 0) {
			if (errno == EINTR || errno == EAGAIN)
				continue;
			die("KVM_RUN");
		}
		if (cpu->run->exit_reason == KVM_EXIT_MMIO)
			mmio(cpu);
		else
			fprintf(stderr, "vmm: vCPU %u: exit %u\n", cpu->number, cpu->run->exit_reason);
	}
	return NULL;
}

void cpu_start(struct cpu *cpu)
{
	if (pthread_create(&cpu->thread, NULL, run, cpu) != 0)
		die("pthread_create");
}

int cpu_submit(struct cpu *cpu, enum guest_command command, uint64_t a, uint64_t b)
{
	volatile struct control *control = cpu->vmm->control;
	int r = 0;

	pthread_mutex_lock(&cpu->lock);
	if (!cpu->parked || cpu->go) {
		r = -EBUSY;
	} else {
		control->command[cpu->number] = command;
		control->arg[cpu->number][0] = a;
		control->arg[cpu->number][1] = b;
		control->stop = 0;
		cpu->go = true;
		pthread_cond_broadcast(&cpu->changed);
	}
	pthread_mutex_unlock(&cpu->lock);
	return r;
}

static bool parked_within(struct cpu *cpu, unsigned int seconds)
{
	struct timespec until;
	bool parked;

	clock_gettime(CLOCK_REALTIME, &until);
	until.tv_sec += seconds;
	pthread_mutex_lock(&cpu->lock);
	while (!cpu->parked || cpu->go)
		if (pthread_cond_timedwait(&cpu->changed, &cpu->lock, &until) != 0)
			break;
	parked = cpu->parked && !cpu->go;
	pthread_mutex_unlock(&cpu->lock);
	return parked;
}

int cpu_wait(struct cpu *cpu, unsigned int seconds)
{
	if (parked_within(cpu, seconds))
		return 0;
	cpu->vmm->control->stop = 1;
	return parked_within(cpu, 2) ? -ETIMEDOUT : -EDEADLK;
}
