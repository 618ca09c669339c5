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
	r = o->root && stat(o->root, &st) < 0 ? errno : 0;
	if (r > 0 || (o->root && !S_ISDIR(st.st_mode))) {
		complain("%s: %s", o->root, r > 0 ? strerror(r) : "not a folder");
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

int client_failure(const struct client *c, const sd_bus_error *error, int r)
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
		{SD_BUS_ERROR_NO_REPLY, EXIT_UNREACHABLE},
		{"org.freedesktop.systemd1.NoSuchUnit", EXIT_UNREACHABLE}, /* installed, not enabled */
		{"org.freedesktop.systemd1.UnitMasked", EXIT_UNREACHABLE},
		{"org.freedesktop.DBus.Error.Spawn.ChildExited", EXIT_UNREACHABLE},
		{"org.freedesktop.DBus.Error.Spawn.ExecFailed", EXIT_UNREACHABLE},
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

int client_request(struct client *c, sd_bus_message *m, sd_bus_message **ret)
{
	sd_bus_error error = SD_BUS_ERROR_NULL;
	int r = sd_bus_call(c->bus, m, 0, &error, ret), code = EXIT_DONE;

	if (r < 0)
		code = client_failure(c, &error, r);
	sd_bus_error_free(&error);
	return code;
}

int client_unsendable(const char *method, int r)
{
	complain("%s: %s", method, strerror(-r));
	return EXIT_FAILED;
}

int client_message(struct client *c, sd_bus_message **ret, const char *method)
{
	int r = sd_bus_message_new_method_call(c->bus, ret, c->destination, INTXD_PATH,
					       INTXD_MANAGER_INTERFACE, method);

	return r < 0 ? client_unsendable(method, r) : EXIT_DONE;
}

int load_json(json_t **ret, const char *text, size_t length)
{
	json_error_t error;

	*ret = json_loadb(text, length, 0, &error);
	if (*ret)
		return EXIT_DONE;
	complain("intxd's answer cannot be read: %s (line %d)", error.text, error.line);
	return EXIT_FAILED;
}

int client_send(struct client *c, sd_bus_message *m, json_t **ret)
{
	sd_bus_message *reply = NULL;
	int code = client_request(c, m, &reply), r;
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
		code = r < 0 ? client_unsendable(method, r) : client_send(c, m, ret);
	}
	sd_bus_message_unref(m);
	return code;
}

int client_ping(struct client *c)
{
	sd_bus_message *m = NULL;
	int r = sd_bus_message_new_method_call(c->bus, &m, c->destination, INTXD_PATH,
					       "org.freedesktop.DBus.Peer", "Ping");
	int code = r < 0 ? client_unsendable("Ping", r) : client_send(c, m, NULL);

	sd_bus_message_unref(m);
	return code;
}

int client_call_list(struct client *c, json_t **ret, const char *method, char **strings)
{
	sd_bus_message *m = NULL;
	int code = client_message(c, &m, method), r;

	if (code == EXIT_DONE) {
		r = sd_bus_message_append_strv(m, strings);
		code = r < 0 ? client_unsendable(method, r) : client_send(c, m, ret);
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
