// SPDX-License-Identifier: GPL-2.0-or-later
#include "failing.h"

#include <dirent.h>
#include <errno.h>
#include <execinfo.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/types.h>
#include <unistd.h>

/* What calls fail with: as each likes best, as if there were nothing, and as the last descriptor. */
static const int errors[] = {0, ENOENT, EMFILE};

static struct {
	bool counting, on;
	unsigned nth, n;
	int error;
	const char *what; /* the first that failed */
	void *frames[16]; /* and from where it was called */
	int n_frames;
} state;

void failing_start(void)
{
	state.counting = true;
	state.n = 0;
}

void failing_stop(void)
{
	state.counting = false;
}

bool failing_as_if_absent(void)
{
	return state.error == ENOENT;
}

bool failing_all(void)
{
	return state.on;
}

bool failing_call(const char *what, int error)
{
	if (!state.counting)
		return false;
	state.n++;
	if (state.nth == 0 || state.n < state.nth || (state.n > state.nth && !state.on))
		return false;
	if (!state.what) {
		state.counting = false; /* what follows is ours */
		state.n_frames = backtrace(state.frames, 16);
		state.counting = true;
		state.what = what;
	}
	errno = error == ENOMEM || state.error == 0 ? error : state.error;
	return true;
}

static const char *attempt_with(attempt_fn attempt, void *userdata, unsigned nth, bool on, int error)
{
	const char *wrong;

	state.nth = nth;
	state.on = on;
	state.error = error;
	state.what = NULL;
	wrong = attempt(userdata);
	state.counting = false;
	return wrong;
}

static unsigned complain(unsigned nth, bool on, int error, const char *wrong)
{
	if (!wrong)
		return 0;
	fprintf(stderr, "call %u%s (%s, errno %d): %s\n", nth, on ? " and all behind it" : "",
		state.what ? state.what : "none", error, wrong);
	backtrace_symbols_fd(state.frames, state.n_frames, STDERR_FILENO); /* for addr2line */
	return 1;
}

unsigned failing_each(const char *title, attempt_fn attempt, void *userdata)
{
	unsigned n_calls, wrong = complain(0, false, 0, attempt_with(attempt, userdata, 0, false, 0));

	n_calls = state.n;
	for (unsigned nth = 1; nth <= n_calls; nth++)
		for (size_t i = 0; i < sizeof(errors) / sizeof(*errors); i++)
			for (int on = 0; on < 2; on++)
				wrong += complain(nth, on, errors[i],
						  attempt_with(attempt, userdata, nth, on, errors[i]));
	printf("%s: %u calls, each failed in 6 ways, %u times with a wrong result\n", title, n_calls, wrong);
	return wrong;
}

/* __real_name() is the name itself, __wrap_name() what is called in its place. */
#define WRAP(type, name, failed, error, parameters, arguments) \
	type __real_##name parameters;                         \
	type __wrap_##name parameters;                         \
	type __wrap_##name parameters                          \
	{                                                      \
		if (failing_call(#name, error))                \
			return failed;                         \
		return __real_##name arguments;                \
	}

WRAP(void *, malloc, NULL, ENOMEM, (size_t size), (size))
WRAP(void *, calloc, NULL, ENOMEM, (size_t n, size_t size), (n, size))
WRAP(void *, realloc, NULL, ENOMEM, (void *p, size_t size), (p, size))
WRAP(void *, reallocarray, NULL, ENOMEM, (void *p, size_t n, size_t size), (p, n, size))
WRAP(char *, strdup, NULL, ENOMEM, (const char *text), (text))
WRAP(char *, strndup, NULL, ENOMEM, (const char *text, size_t n), (text, n))
WRAP(FILE *, open_memstream, NULL, ENOMEM, (char **text, size_t *size), (text, size))
WRAP(FILE *, fdopen, NULL, ENOMEM, (int fd, const char *mode), (fd, mode))
WRAP(DIR *, fdopendir, NULL, ENOMEM, (int fd), (fd))
WRAP(int, vasprintf, -1, ENOMEM, (char **text, const char *format, va_list args), (text, format, args))
WRAP(int, scandirat, -1, ENOMEM,
     (int dir, const char *name, struct dirent ***list, int (*filter)(const struct dirent *),
      int (*compare)(const struct dirent **, const struct dirent **)),
     (dir, name, list, filter, compare))
WRAP(struct dirent *, readdir, NULL, EIO, (DIR * dir), (dir))
WRAP(ssize_t, getdents64, -1, EIO, (int fd, void *buffer, size_t size), (fd, buffer, size))
WRAP(ssize_t, read, -1, EIO, (int fd, void *buffer, size_t size), (fd, buffer, size))
WRAP(ssize_t, pread, -1, EIO, (int fd, void *buffer, size_t size, off_t at), (fd, buffer, size, at))
WRAP(ssize_t, write, -1, ENOSPC, (int fd, const void *buffer, size_t size), (fd, buffer, size))
WRAP(ssize_t, readlinkat, -1, EIO, (int dir, const char *name, char *buffer, size_t size),
     (dir, name, buffer, size))
WRAP(int, fstat, -1, EIO, (int fd, struct stat *st), (fd, st))
WRAP(int, fstatat, -1, EIO, (int fd, const char *name, struct stat *st, int flags), (fd, name, st, flags))
WRAP(int, faccessat, -1, EIO, (int fd, const char *name, int mode, int flags), (fd, name, mode, flags))
WRAP(int, fsync, -1, EIO, (int fd), (fd))
WRAP(int, mkdirat, -1, ENOSPC, (int dir, const char *name, mode_t mode), (dir, name, mode))
WRAP(int, unlinkat, -1, EACCES, (int dir, const char *name, int flags), (dir, name, flags))
WRAP(int, renameat, -1, EIO, (int from, const char *a, int to, const char *b), (from, a, to, b))
WRAP(int, renameat2, -1, EIO, (int from, const char *a, int to, const char *b, unsigned flags),
     (from, a, to, b, flags))

/* ---- those with any number of arguments ---- */

int __wrap_asprintf(char **text, const char *format, ...) __attribute__((format(printf, 2, 3)));
int __wrap_asprintf(char **text, const char *format, ...)
{
	va_list args;
	int n;

	if (failing_call("asprintf", ENOMEM))
		return -1;
	va_start(args, format);
	n = __real_vasprintf(text, format, args);
	va_end(args);
	return n;
}

int __real_openat(int dir, const char *path, int flags, ...);
int __wrap_openat(int dir, const char *path, int flags, ...);
int __wrap_openat(int dir, const char *path, int flags, ...)
{
	va_list args;
	mode_t mode;

	if (failing_call("openat", EMFILE))
		return -1;
	va_start(args, flags);
	mode = flags & O_CREAT ? va_arg(args, mode_t) : 0;
	va_end(args);
	return __real_openat(dir, path, flags, mode);
}

/* Only openat2() is called so (root.c). */
long __real_syscall(long number, ...);
long __wrap_syscall(long number, ...);
long __wrap_syscall(long number, ...)
{
	long a[4];
	va_list args;

	if (failing_call("openat2", EMFILE))
		return -1;
	va_start(args, number);
	for (int i = 0; i < 4; i++)
		a[i] = va_arg(args, long);
	va_end(args);
	return __real_syscall(number, a[0], a[1], a[2], a[3]);
}
