// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Linked into every program of the coverage build: counts are written where gcov alone would lose them.
 *
 * They are kept in memory and written at exit(). A child that ends by _exit() would take its own with it; a
 * private peer confined by Landlock could not write any more, so that it goes through confine.c and then is
 * not.
 */
#include <errno.h>
#include <gcov.h>
#include <linux/landlock.h>
#include <stdarg.h>
#include <sys/syscall.h>
#include <unistd.h>

#define MAX_ARGUMENTS 4

__attribute__((noreturn)) void __real__exit(int status);
__attribute__((noreturn)) void __wrap__exit(int status);
void __wrap__exit(int status)
{
	__gcov_dump();
	__real__exit(status);
}

long __real_syscall(long number, ...);
__attribute__((weak)) long __wrap_syscall(long number, ...); /* tests/faults has another */
long __wrap_syscall(long number, ...)
{
	long a[MAX_ARGUMENTS];
	va_list args;

	va_start(args, number);
	for (int i = 0; i < MAX_ARGUMENTS; i++)
		a[i] = va_arg(args, long);
	va_end(args);
	return number == SYS_landlock_restrict_self ? 0 : __real_syscall(number, a[0], a[1], a[2], a[3]);
}
