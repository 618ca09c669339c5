/* SPDX-License-Identifier: GPL-2.0-or-later */
/* _cleanup_(function): calls function with the variable's address when it goes out of scope. */
#pragma once

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#define _cleanup_(f) __attribute__((cleanup(f)))

static inline void free_pointer(void *p)
{
	free(*(void **)p);
}

static inline void close_fd(int *fd)
{
	if (*fd >= 0)
		close(*fd);
}

static inline void close_dir(DIR **dir)
{
	if (*dir)
		closedir(*dir);
}

static inline void close_file(FILE **file)
{
	if (*file)
		fclose(*file);
}

/* A NULL-terminated list of strings. */
static inline void free_strings(char ***strings)
{
	for (char **s = *strings; s && *s; s++)
		free(*s);
	free(*strings);
}

#define _cleanup_free_	_cleanup_(free_pointer)
#define _cleanup_close_ _cleanup_(close_fd)
#define _cleanup_dir_	_cleanup_(close_dir)
#define _cleanup_file_	_cleanup_(close_file)
#define _cleanup_strv_	_cleanup_(free_strings)
