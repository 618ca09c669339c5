// SPDX-License-Identifier: GPL-2.0-or-later
#include "description.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cleanup.h"

static int write_all(int fd, const void *bytes, size_t n)
{
	for (const char *p = bytes; n > 0;) {
		ssize_t written = write(fd, p, n);

		if (written < 0 && errno == EINTR)
			continue;
		if (written < 0) {
			complain("the answer cannot be written: %s", strerror(errno));
			return EXIT_FAILED;
		}
		p += written;
		n -= (size_t)written;
	}
	return EXIT_DONE;
}

/* Calls a method whose reply is to be written to fd: a string, or an array of bytes. */
static int copy_reply(struct client *c, sd_bus_message *m, int fd)
{
	sd_bus_message *reply = NULL;
	const void *bytes = NULL;
	size_t n = 0;
	int code = client_request(c, m, &reply), r = 0;

	if (code == EXIT_DONE && sd_bus_message_has_signature(reply, "s") > 0) {
		r = sd_bus_message_read(reply, "s", &bytes);
		n = r < 0 ? 0 : strlen(bytes);
	} else if (code == EXIT_DONE) {
		r = sd_bus_message_read_array(reply, 'y', &bytes, &n);
	}
	if (r < 0)
		code = client_unsendable("the answer", r);
	if (code == EXIT_DONE)
		code = write_all(fd, bytes, n);
	sd_bus_message_unref(reply);
	return code;
}

int client_describe_to(struct client *c, int fd)
{
	sd_bus_message *m = NULL;
	int code;

	if (sd_bus_can_send(client_bus(c), 'h') > 0)
		return client_call(c, NULL, "Describe", "h", fd);
	code = client_message(c, &m, "DescribeText");
	if (code == EXIT_DONE)
		code = copy_reply(c, m, fd);
	sd_bus_message_unref(m);
	return code;
}

int client_snapshot_to(struct client *c, int fd, uint64_t flags)
{
	sd_bus_message *m = NULL;
	int code;

	if (sd_bus_can_send(client_bus(c), 'h') > 0)
		return client_call(c, NULL, "SnapshotWithFlags", "ht", fd, flags);
	code = client_message(c, &m, "SnapshotBytes");
	if (code == EXIT_DONE && sd_bus_message_append(m, "t", flags) < 0)
		code = client_unsendable("SnapshotBytes", -ENOMEM);
	if (code == EXIT_DONE)
		code = copy_reply(c, m, fd);
	sd_bus_message_unref(m);
	return code;
}

int client_describe(struct client *c, json_t **ret)
{
	int fd = memfd_create("intxd", MFD_CLOEXEC), code;
	struct stat st;
	void *text;

	if (fd < 0) {
		complain("memfd: %s", strerror(errno));
		return EXIT_FAILED;
	}
	code = client_describe_to(c, fd);
	if (code == EXIT_DONE) {
		text = fstat(fd, &st) < 0 || st.st_size == 0
			       ? MAP_FAILED
			       : mmap(NULL, (size_t)st.st_size, PROT_READ, MAP_PRIVATE, fd, 0);
		if (text != MAP_FAILED) {
			code = load_json(ret, text, (size_t)st.st_size);
			munmap(text, (size_t)st.st_size);
		} else {
			complain("intxd answered with nothing");
			code = EXIT_FAILED;
		}
	}
	close(fd);
	return code;
}

/* What a Describe() in the background has come to. */
struct pending {
	struct client *client;
	bool answered;
	int code;
};

static int on_answer(sd_bus_message *reply, void *userdata, sd_bus_error *ignored)
{
	struct pending *p = userdata;

	(void)ignored;
	p->answered = true;
	p->code = EXIT_DONE;
	if (sd_bus_message_is_method_error(reply, NULL))
		p->code = client_failure(p->client, sd_bus_message_get_error(reply),
					 -sd_bus_message_get_errno(reply));
	return 0;
}

/* Returns the end to read from. */
static int start_describe(struct pending *p, FILE **ret)
{
	sd_bus_message *m = NULL;
	int ends[2], r, code = client_message(p->client, &m, "Describe");

	if (code != EXIT_DONE)
		return code;
	r = pipe2(ends, O_CLOEXEC) < 0 ? -errno : 0;
	if (r == 0) {
		*ret = fdopen(ends[0], "r");
		r = sd_bus_message_append(m, "h", ends[1]);
		close(ends[1]);
	}
	if (r >= 0)
		r = sd_bus_call_async(client_bus(p->client), NULL, m, on_answer, p, UINT64_MAX);
	if (r >= 0)
		r = sd_bus_flush(client_bus(p->client));
	sd_bus_message_unref(m);
	if (r >= 0 && *ret)
		return EXIT_DONE;
	return client_unsendable("Describe", r < 0 ? r : -ENOMEM);
}

/* The same where no descriptor can be sent: all of it first. */
static int fetch_rows(struct pending *p, FILE **ret)
{
	int code;

	*ret = tmpfile();
	if (!*ret)
		return client_unsendable("DescribeText", -errno);
	code = client_describe_to(p->client, fileno(*ret));
	rewind(*ret);
	p->answered = true;
	p->code = code;
	return code;
}

static int start_rows(struct pending *p, FILE **ret)
{
	return sd_bus_can_send(client_bus(p->client), 'h') > 0 ? start_describe(p, ret) : fetch_rows(p, ret);
}

static int wait_for_answer(struct pending *p)
{
	int r = 0;

	while (!p->answered && r >= 0) {
		r = sd_bus_process(client_bus(p->client), NULL);
		if (r == 0)
			r = sd_bus_wait(client_bus(p->client), UINT64_MAX);
	}
	return r < 0 ? client_failure(p->client, &SD_BUS_ERROR_NULL, r) : p->code;
}

/* Elements of the two arrays stand on lines of their own (daemon/describe.h); all other lines make up the
 * rest. */
static int read_rows(FILE *in, FILE *rest, int (*row)(void *userdata, const json_t *device), void *userdata)
{
	bool in_lines = false, in_devices = false;
	_cleanup_free_ char *line = NULL;
	size_t size = 0;
	int code = EXIT_DONE;
	ssize_t n;

	while ((n = getline(&line, &size, in)) > 0) {
		_cleanup_json_ json_t *device = NULL;

		if (line[0] == ']')
			in_lines = in_devices = false;
		if (!in_lines && !in_devices)
			fputs(line, rest);
		if (in_devices && code == EXIT_DONE) {
			line[n - (n > 1 && line[n - 2] == ',' ? 2 : 1)] = '\0';
			code = load_json(&device, line, strlen(line));
			if (code == EXIT_DONE)
				code = row(userdata, device);
		}
		in_lines |= strcmp(line, "\"lines\":[\n") == 0;
		in_devices |= strcmp(line, "\"devices\":[\n") == 0;
	}
	return code;
}

int client_describe_each(struct client *c, json_t **ret, int (*row)(void *userdata, const json_t *device),
			 void *userdata)
{
	struct pending pending = {.client = c};
	_cleanup_free_ char *text = NULL;
	size_t length = 0;
	FILE *in = NULL, *rest = open_memstream(&text, &length);
	int code = rest ? start_rows(&pending, &in) : EXIT_FAILED, answered;

	if (code == EXIT_DONE) {
		code = read_rows(in, rest, row, userdata);
		answered = wait_for_answer(&pending);
		code = answered != EXIT_DONE ? answered : code;
	}
	if (in)
		fclose(in);
	if (rest)
		fclose(rest);
	return code == EXIT_DONE ? load_json(ret, text, length) : code;
}
