// SPDX-License-Identifier: GPL-2.0-or-later
#include "libpci.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>

static struct libpci *current;

static void report(const char *format, va_list args)
{
	char text[256];

	vsnprintf(text, sizeof(text), format, args);
	current->said = true;
	if (current->say)
		current->say(current->userdata, text);
}

__attribute__((format(printf, 1, 2), noreturn)) static void on_error(char *format, ...)
{
	va_list args;

	va_start(args, format);
	report(format, args);
	va_end(args);
	longjmp(current->error, 1);
}

__attribute__((format(printf, 1, 2))) static void on_warning(char *format, ...)
{
	va_list args;

	va_start(args, format);
	report(format, args);
	va_end(args);
}

__attribute__((format(printf, 1, 2))) static void on_debug(char *format, ...)
{
	(void)format;
}

void libpci_enter(struct libpci *l)
{
	l->said = false;
	current = l;
}

int libpci_init(struct libpci *l, char *sysfs)
{
	l->access = pci_alloc();
	l->access->error = on_error;
	l->access->warning = on_warning;
	l->access->debug = on_debug;
	l->access->method = PCI_ACCESS_SYS_BUS_PCI; /* no probing for others */
	pci_set_param(l->access, "sysfs.path", sysfs);
	pci_set_param(l->access, "hwdb.disable", "1");
	if (!LIBPCI_TRY(l))
		return -EIO;
	pci_init(l->access);
	return 0;
}

void libpci_done(struct libpci *l)
{
	if (l->access)
		pci_cleanup(l->access);
	l->access = NULL;
}
