// SPDX-License-Identifier: GPL-2.0-or-later
/* Gives a target every file that is named, and every file of a folder that is named, without a fuzzer. */
#include <dirent.h>
#include <fcntl.h>
#include <limits.h>
#include <string.h>
#include <sys/stat.h>

#include "cleanup.h"
#include "fuzz.h"

static unsigned replayed;

static void replay_file(const char *path)
{
	_cleanup_close_ int fd = open(path, O_RDONLY | O_CLOEXEC);
	_cleanup_free_ uint8_t *data =
		NULL; /* just as large as it is, so that reading beyond it is noticed */
	struct stat st;

	MUST(fd >= 0 && fstat(fd, &st) == 0 && S_ISREG(st.st_mode));
	data = malloc((size_t)st.st_size);
	MUST(data || st.st_size == 0);
	MUST(read(fd, data, (size_t)st.st_size) == st.st_size);
	fprintf(stderr, "%s\n", path); /* known when it is the last */
	(void)LLVMFuzzerTestOneInput(data, (size_t)st.st_size);
	replayed++;
}

static void replay_folder(const char *path)
{
	struct dirent **names = NULL;
	int n = scandir(path, &names, NULL, alphasort);

	MUST(n >= 0);
	for (int i = 0; i < n; i++) {
		char file[PATH_MAX];

		snprintf(file, sizeof(file), "%s/%s", path, names[i]->d_name);
		if (names[i]->d_name[0] != '.')
			replay_file(file);
		free(names[i]);
	}
	free(names);
}

int main(int argc, char **argv)
{
	struct stat st;

	for (int i = 1; i < argc; i++) {
		MUST(stat(argv[i], &st) == 0);
		if (S_ISDIR(st.st_mode))
			replay_folder(argv[i]);
		else
			replay_file(argv[i]);
	}
	printf("%u inputs replayed\n", replayed);
	return replayed > 0 ? 0 : 1;
}
