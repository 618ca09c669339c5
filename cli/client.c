// SPDX-License-Identifier: GPL-2.0-or-later
#include "client.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "cleanup.h"

/* The descriptor of the private intxd's end of the socket pair, after exec. */
#define PEER_FD "3"

struct client {
	sd_bus *bus;
	const char *destination; /* NULL on a private peer */
	pid_t child;		 /* the private intxd, or 0 */
};

/* The intxd that was built with this program, if it stands beside it; else the installed one. */
static void find_intxd(char path[static PATH_MAX])
{
	ssize_t n = readlink("/proc/self/exe", path, PATH_MAX - 1);
	char *slash;

	if (n > 0) {
		path[n] = '\0';
		slash = strrchr(path, '/');
		if (slash && slash - path < PATH_MAX - 8) {
			strcpy(slash, "/intxd");
			if (access(path, X_OK) == 0)
				return;
		}
	}
	strcpy(path, INTXD_PATH_INSTALLED);
}

__attribute__((noreturn)) static void become_intxd(const char *path, const char *root, int fd)
{
	if (fd == 3)
		fcntl(fd, F_SETFD, 0);
	else
		dup3(fd, 3, 0);
	execl(path, path, "--peer", PEER_FD, "--root", root, NULL);
	complain("%s: %s", path, strerror(errno));
	_exit(127);
}

static int start_private(struct client *c, const char *root, int *ret_fd)
{
	char path[PATH_MAX];
	int pair[2];

	find_intxd(path);
	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) < 0)
		return -errno;
	c->child = fork();
	if (c->child < 0) {
		c->child = 0;
		close(pair[0]);
		close(pair[1]);
		return -errno;
	}
	if (c->child == 0)
		become_intxd(path, root, pair[1]);
	close(pair[1]);
	*ret_fd = pair[0];
	return 0;
}

static int open_private(struct client *c, const char *root)
{
	int fd = -1, r = start_private(c, root, &fd);

	if (r < 0)
		return r;
	r = sd_bus_new(&c->bus);
	if (r >= 0)
		r = sd_bus_set_fd(c->bus, fd, fd);
	if (r < 0) {
		close(fd);
		return r;
	}
	r = sd_bus_negotiate_fds(c->bus, true);
	if (r >= 0)
		r = sd_bus_start(c->bus);
	return r;
}

int client_new(struct client **ret, const struct options *o)
{
	struct client *c = calloc(1, sizeof(*c));
	struct stat st;
	int r;

	if (!c) {
		complain("out of memory");
		return EXIT_FAILED;
	}
	*ret = c;
	if (o->root && (stat(o->root, &st) < 0 || !S_ISDIR(st.st_mode))) {
		complain("%s: %s", o->root, errno ? strerror(errno) : "not a folder");
		return EXIT_FAILED;
	}
	if (o->root) {
		r = open_private(c, o->root);
	} else {
		c->destination = INTXD_BUS_NAME;
		r = o->host ? sd_bus_open_system_remote(&c->bus, o->host) : sd_bus_open_system(&c->bus);
	}
	if (r < 0) {
		complain("no connection to intxd: %s; --standalone looks without it", strerror(-r));
		return EXIT_UNREACHABLE;
	}
	/* The reader of our output sets the pace, and a large machine takes its time. */
	sd_bus_set_method_call_timeout(c->bus, UINT64_MAX);
	return EXIT_DONE;
}

sd_bus *client_bus(struct client *c)
{
	return c->bus;
}

void client_free(struct client **c)
{
	if (!*c)
		return;
	sd_bus_flush_close_unref((*c)->bus);
	if ((*c)->child > 0)
		waitpid((*c)->child, NULL, 0);
	free(*c);
}

static int failure(const struct client *c, const sd_bus_error *error, int r)
{
	static const struct {
		const char *name;
		int code;
	} codes[] = {
		{INTXD_ERROR_NO_DEVICE, EXIT_NO_DEVICE},
		{INTXD_ERROR_AMBIGUOUS, EXIT_NO_DEVICE},
		{SD_BUS_ERROR_ACCESS_DENIED, EXIT_NOT_AUTHORISED},
		{SD_BUS_ERROR_INTERACTIVE_AUTHORIZATION_REQUIRED, EXIT_NOT_AUTHORISED},
		{SD_BUS_ERROR_SERVICE_UNKNOWN, EXIT_UNREACHABLE},
		{SD_BUS_ERROR_NAME_HAS_NO_OWNER, EXIT_UNREACHABLE},
		{SD_BUS_ERROR_DISCONNECTED, EXIT_UNREACHABLE},
	};
	bool gone = r == -ECONNRESET || r == -EPIPE || r == -ENOTCONN;

	if (c->child > 0 && gone)
		complain("intxd ended before it answered");
	else
		complain("%s", error->message ? error->message : strerror(-r));
	for (size_t i = 0; i < sizeof(codes) / sizeof(*codes); i++)
		if (sd_bus_error_has_name(error, codes[i].name)) {
			if (codes[i].code == EXIT_UNREACHABLE)
				complain("intxd is not running here; --standalone looks without it");
			return codes[i].code;
		}
	return gone ? EXIT_UNREACHABLE : EXIT_FAILED;
}

static int call(struct client *c, sd_bus_message *m, sd_bus_message **ret)
{
	sd_bus_error error = SD_BUS_ERROR_NULL;
	int r = sd_bus_call(c->bus, m, 0, &error, ret), code = EXIT_DONE;

	if (r < 0)
		code = failure(c, &error, r);
	sd_bus_error_free(&error);
	return code;
}

static int unsendable(const char *method, int r)
{
	complain("%s: %s", method, strerror(-r));
	return EXIT_FAILED;
}

int client_message(struct client *c, sd_bus_message **ret, const char *method)
{
	int r = sd_bus_message_new_method_call(c->bus, ret, c->destination, INTXD_PATH,
					       INTXD_MANAGER_INTERFACE, method);

	return r < 0 ? unsendable(method, r) : EXIT_DONE;
}

static int load_json(json_t **ret, const char *text, size_t length)
{
	json_error_t error;

	*ret = json_loadb(text, length, 0, &error);
	if (*ret)
		return EXIT_DONE;
	complain("intxd's answer cannot be read: %s (line %d)", error.text, error.line);
	return EXIT_FAILED;
}

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
	int code = call(c, m, &reply), r = 0;

	if (code == EXIT_DONE && sd_bus_message_has_signature(reply, "s") > 0) {
		r = sd_bus_message_read(reply, "s", &bytes);
		n = r < 0 ? 0 : strlen(bytes);
	} else if (code == EXIT_DONE) {
		r = sd_bus_message_read_array(reply, 'y', &bytes, &n);
	}
	if (r < 0)
		code = unsendable("the answer", r);
	if (code == EXIT_DONE)
		code = write_all(fd, bytes, n);
	sd_bus_message_unref(reply);
	return code;
}

int client_describe_to(struct client *c, int fd)
{
	sd_bus_message *m = NULL;
	int code;

	if (sd_bus_can_send(c->bus, 'h') > 0)
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

	if (sd_bus_can_send(c->bus, 'h') > 0)
		return client_call(c, NULL, "SnapshotWithFlags", "ht", fd, flags);
	code = client_message(c, &m, "SnapshotBytes");
	if (code == EXIT_DONE && sd_bus_message_append(m, "t", flags) < 0)
		code = unsendable("SnapshotBytes", -ENOMEM);
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
		p->code =
			failure(p->client, sd_bus_message_get_error(reply), -sd_bus_message_get_errno(reply));
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
		r = sd_bus_call_async(p->client->bus, NULL, m, on_answer, p, UINT64_MAX);
	if (r >= 0)
		r = sd_bus_flush(p->client->bus);
	sd_bus_message_unref(m);
	if (r >= 0 && *ret)
		return EXIT_DONE;
	return unsendable("Describe", r < 0 ? r : -ENOMEM);
}

/* The same where no descriptor can be sent: all of it first. */
static int fetch_rows(struct pending *p, FILE **ret)
{
	int code;

	*ret = tmpfile();
	if (!*ret)
		return unsendable("DescribeText", -errno);
	code = client_describe_to(p->client, fileno(*ret));
	rewind(*ret);
	p->answered = true;
	p->code = code;
	return code;
}

static int start_rows(struct pending *p, FILE **ret)
{
	return sd_bus_can_send(p->client->bus, 'h') > 0 ? start_describe(p, ret) : fetch_rows(p, ret);
}

static int wait_for_answer(struct pending *p)
{
	int r = 0;

	while (!p->answered && r >= 0) {
		r = sd_bus_process(p->client->bus, NULL);
		if (r == 0)
			r = sd_bus_wait(p->client->bus, UINT64_MAX);
	}
	return r < 0 ? failure(p->client, &SD_BUS_ERROR_NULL, r) : p->code;
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

int client_send(struct client *c, sd_bus_message *m, json_t **ret)
{
	sd_bus_message *reply = NULL;
	int code = call(c, m, &reply), r;
	const char *text;

	if (code == EXIT_DONE && ret) {
		r = sd_bus_message_read(reply, "s", &text);
		if (r < 0) {
			complain("intxd's answer cannot be read: %s", strerror(-r));
			code = EXIT_FAILED;
		} else {
			code = load_json(ret, text, strlen(text));
		}
	}
	sd_bus_message_unref(reply);
	return code;
}

int client_call(struct client *c, json_t **ret, const char *method, const char *types, ...)
{
	sd_bus_message *m = NULL;
	int code = client_message(c, &m, method), r;
	va_list args;

	if (code == EXIT_DONE) {
		va_start(args, types);
		r = sd_bus_message_appendv(m, types, args);
		va_end(args);
		code = r < 0 ? unsendable(method, r) : client_send(c, m, ret);
	}
	sd_bus_message_unref(m);
	return code;
}

int client_ping(struct client *c)
{
	sd_bus_message *m = NULL;
	int r = sd_bus_message_new_method_call(c->bus, &m, c->destination, INTXD_PATH,
					       "org.freedesktop.DBus.Peer", "Ping");
	int code = r < 0 ? unsendable("Ping", r) : client_send(c, m, NULL);

	sd_bus_message_unref(m);
	return code;
}

int client_call_list(struct client *c, json_t **ret, const char *method, char **strings)
{
	sd_bus_message *m = NULL;
	int code = client_message(c, &m, method), r;

	if (code == EXIT_DONE) {
		r = sd_bus_message_append_strv(m, strings);
		code = r < 0 ? unsendable(method, r) : client_send(c, m, ret);
	}
	sd_bus_message_unref(m);
	return code;
}

void show_problems(const struct options *o, const json_t *document)
{
	size_t i;
	const json_t *problem;

	if (o->quiet)
		return;
	json_array_foreach(json_object_get(document, "problems"), i, problem)
	{
		const char *file = json_string_value(json_object_get(problem, "file"));
		const char *text = json_string_value(json_object_get(problem, "text"));

		complain("%s%s%s", file ? file : "", file ? ": " : "", text ? text : "");
	}
}

int print_json(const json_t *document)
{
	if (json_dumpf(document, stdout, JSON_INDENT(1)) == 0 && putchar('\n') != EOF && fflush(stdout) == 0)
		return EXIT_DONE;
	complain("standard output: %s", strerror(errno));
	return EXIT_FAILED;
}
