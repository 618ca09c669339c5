// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * vmm [-c CPUS] [-e 0|1] [-m] [-2] [-v] GUEST-IMAGE ADDRESS...
 *
 *   -c  vCPUs, 1 or 2       -e  EOImode of the guest        -m  with an ITS, for MSI
 *   -2  a GICv2 instead of a GICv3
 *   -v  open the functions before the VM, so that a killed VMM closes them first
 *
 * Then commands on standard input (commands.c). ADDRESS: edu functions bound to vfio-pci, or
 * PL061s bound to vfio-platform by their names.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "vmm.h"

void die(const char *what)
{
	printf("error %s: %s\n", what, strerror(errno));
	exit(EXIT_FAILURE);
}

static void open_devices(struct vmm *vmm)
{
	for (unsigned int n = 0; n < vmm->n_devices; n++)
		device_open(vmm, &vmm->device[n]);
}

int main(int argc, char **argv)
{
	static struct vmm vmm = {.container = -1, .its = -1, .n_cpus = 1};
	bool use_its = false, gic_v2 = false, devices_first = false;
	unsigned int eoi_mode = 0;
	int option;

	while ((option = getopt(argc, argv, "c:e:mv2")) != -1) {
		switch (option) {
		case 'c': vmm.n_cpus = atoi(optarg); break;
		case 'e': eoi_mode = atoi(optarg); break;
		case 'm': use_its = true; break;
		case '2': gic_v2 = true; break;
		case 'v': devices_first = true; break;
		default: return EXIT_FAILURE;
		}
	}
	vmm.n_devices = argc - optind - 1;
	if (argc - optind < 2 || vmm.n_devices > MAX_DEVICES || vmm.n_cpus < 1 || vmm.n_cpus > MAX_CPUS) {
		fprintf(stderr, "vmm [-c CPUS] [-e 0|1] [-m] [-2] [-v] GUEST-IMAGE ADDRESS...\n");
		return EXIT_FAILURE;
	}
	for (unsigned int n = 0; n < vmm.n_devices; n++) {
		vmm.device[n] =
			(struct device){.address = argv[optind + 1 + n], .number = n, .gsi = FIRST_GSI + n};
		vmm.route[n] = FIRST_GSI + n;
	}
	if (devices_first)
		open_devices(&vmm);
	machine_create(&vmm, argv[optind], use_its, gic_v2);
	if (!devices_first)
		open_devices(&vmm);
	for (unsigned int n = 0; n < vmm.n_devices; n++)
		machine_map_bar(&vmm, &vmm.device[n]);
	if (machine_set_routes(&vmm) < 0)
		die("KVM_SET_GSI_ROUTING");
	vmm.control->eoi_mode = eoi_mode;
	for (unsigned int n = 0; n < vmm.n_cpus; n++) {
		cpu_start(&vmm.cpu[n]);
		/* One after the other: vCPU 0 sets the distributor up. */
		if (cpu_wait(&vmm.cpu[n], 10) < 0) {
			printf("error vCPU %u does not start: panic %#llx at %#llx\n", n,
			       (unsigned long long)vmm.cpu[n].panic[0],
			       (unsigned long long)vmm.cpu[n].panic[1]);
			return EXIT_FAILURE;
		}
	}
	printf("ok started\n");
	fflush(stdout);

	char *line = NULL;
	size_t size = 0;

	while (getline(&line, &size, stdin) > 0)
		if (!command_run(&vmm, line))
			break;
	/* No orderly end: what the kernel does when a VMM goes is tested, too. */
	_exit(EXIT_SUCCESS);
}
