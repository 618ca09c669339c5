// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Whole trees, as --root is given them, and what a snapshot keeps of them.
 *
 * The archive holds plain paths only, and of a sound tree says word for word what that said; a snapshot of it
 * is the same file.
 */
#include "snapshot.h"

#include <archive.h>
#include <archive_entry.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>

#include "fuzz.h"
#include "judge.h"
#include "policy.h"
#include "read_machine.h"
#include "scratch.h"

static int capture(const struct scratch *s, const struct machine *m)
{
	int fd = memfd_create("snapshot", MFD_CLOEXEC);

	MUST(fd >= 0 && snapshot(&s->root, m, fd, false) == 0);
	MUST(lseek(fd, 0, SEEK_SET) == 0);
	return fd;
}

static void unpack_one(struct archive *a, struct archive_entry *entry, const struct scratch *to)
{
	const char *path = archive_entry_pathname(entry);
	char copy[4096], *content;
	la_int64_t size = archive_entry_size(entry);

	MUST(path && path[0] != '/' && !strstr(path, "/../") && strncmp(path, "../", 3) != 0);
	MUST(strlen(path) < sizeof(copy));
	switch (archive_entry_filetype(entry)) {
	case AE_IFREG:
		content = malloc((size_t)size + 1);
		MUST(content && archive_read_data(a, content, (size_t)size) == size);
		scratch_put_one(to, path, NULL, content, (size_t)size);
		free(content);
		return;
	case AE_IFLNK: scratch_put_one(to, path, archive_entry_symlink(entry), NULL, 0); return;
	default:
		MUST(archive_entry_filetype(entry) == AE_IFDIR);
		snprintf(copy, sizeof(copy), "%s%s.keep", path, path[strlen(path) - 1] == '/' ? "" : "/");
		scratch_put_one(to, copy, NULL, "", 0);
	}
}

static void unpack(int fd, const struct scratch *to)
{
	struct archive *a = archive_read_new();
	struct archive_entry *entry;
	int r;

	MUST(a && archive_read_support_filter_xz(a) == ARCHIVE_OK &&
	     archive_read_support_format_tar(a) == ARCHIVE_OK);
	MUST(archive_read_open_fd(a, fd, 4096) == ARCHIVE_OK);
	while ((r = archive_read_next_header(a, &entry)) == ARCHIVE_OK)
		unpack_one(a, entry, to);
	MUST(r == ARCHIVE_EOF);
	archive_read_free(a);
}

static bool same_bytes(int a, int b)
{
	struct stat x, y;
	char *p, *q;
	bool same;

	MUST(fstat(a, &x) == 0 && fstat(b, &y) == 0);
	if (x.st_size != y.st_size)
		return false;
	p = mmap(NULL, (size_t)x.st_size, PROT_READ, MAP_PRIVATE, a, 0);
	q = mmap(NULL, (size_t)x.st_size, PROT_READ, MAP_PRIVATE, b, 0);
	MUST(p != MAP_FAILED && q != MAP_FAILED);
	same = memcmp(p, q, (size_t)x.st_size) == 0;
	munmap(p, (size_t)x.st_size);
	munmap(q, (size_t)x.st_size);
	return same;
}

static void leave_out_problems(char *said)
{
	char *problems = strstr(said, "\n],\n\"problems\":");

	MUST(problems);
	*problems = '\0';
}

/* Of a tree like no machine's, with links across links, less may be found in the snapshot; then it proves
 * less. */
static void is_no_better(const struct machine *m, const struct machine *again)
{
	MUST(again->n_functions == m->n_functions);
	for (size_t i = 0; i < m->n_functions; i++) {
		const struct function *f = &m->functions[i], *copy = &again->functions[i];

		MUST(address_compare(&f->address, &copy->address) == 0);
		for (enum require r = 0; r < _REQUIRE_MAX; r++)
			MUST(!function_meets(again, copy, r) || copy->unreadable || function_meets(m, f, r));
	}
}

static void survives_a_snapshot(const struct scratch *s, const struct machine *m, const char *said)
{
	struct scratch copy;
	struct machine *again;
	int first = capture(s, m), second;
	char *said_again;

	scratch_open(&copy);
	unpack(first, &copy);
	MUST(read_machine(&again, &copy.root) == 0);
	said_again = document_of(again, NULL);
	leave_out_problems(said_again);
	is_no_better(m, again);
	if (m->n_problems == 0)
		MUST(strcmp(said, said_again) == 0);
	second = capture(&copy, again);
	MUST(same_bytes(first, second));
	free(said_again);
	machine_free(again);
	scratch_close(&copy);
	close(first);
	close(second);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct machine *m;
	struct names *names;
	struct scratch s;
	char *said;

	scratch_open(&s);
	scratch_put(&s, data, size);
	if (read_machine(&m, &s.root) == 0) {
		names = names_new(&s.root);
		MUST(names);
		judge(m, names);
		/* Without names: libpci takes all of a pci.ids or nothing, a snapshot its good lines. */
		said = document_of(m, NULL);
		leave_out_problems(said);
		survives_a_snapshot(&s, m, said);
		free(said);
		names_free(names);
		machine_free(m);
	}
	scratch_close(&s);
	return 0;
}
