// SPDX-License-Identifier: GPL-2.0-or-later
#include "uevent.h"

#include <errno.h>
#include <linux/netlink.h>
#include <netlink/netlink.h>
#include <netlink/socket.h>
#include <string.h>
#include <sys/socket.h>

#include "cleanup.h"

#define KERNEL_GROUP   1	 /* lib/kobject_uevent.c; udev's own messages are in group 2 */
#define RECEIVE_BUFFER (8 << 20) /* thousands of functions that come at once */
#define MESSAGE_SIZE   8192	 /* the kernel's are at most 2 KiB of keys and the path once more */
#define MAX_SKIPPED    1024	 /* messages about something else, in one call */

struct uevents {
	struct nl_sock *socket; /* NULL: fd is one end of a socket pair */
	int fd;
	struct uevent_counts counts;
	char message[MESSAGE_SIZE];
};

/* ---- a message ---- */

static enum uevent_action action_of(const char *word, size_t length)
{
	static const char *const words[] = {
		[UEVENT_ADD] = "add",	    [UEVENT_REMOVE] = "remove", [UEVENT_BIND] = "bind",
		[UEVENT_UNBIND] = "unbind", [UEVENT_CHANGE] = "change", [UEVENT_MOVE] = "move",
	};

	for (enum uevent_action a = UEVENT_ADD; a <= UEVENT_MOVE; a++)
		if (strlen(words[a]) == length && memcmp(words[a], word, length) == 0)
			return a;
	return UEVENT_OTHER;
}

/* Is this component of a path a function's address, as the kernel writes it? */
static bool is_function(const char *component, size_t length, struct address *ret)
{
	char text[ADDRESS_SIZE], canonical[ADDRESS_SIZE];

	if (length >= sizeof(text))
		return false;
	memcpy(text, component, length);
	text[length] = '\0';
	return address_parse(text, ret) == 0 && strcmp(address_format(ret, canonical), text) == 0;
}

/* …/0000:00:01.0/0000:01:00.0/vfio-dev/vfio0: the innermost function. false: none. */
static bool find_function(const char *path, struct uevent *ret)
{
	struct address address;
	bool found = false;

	if (strncmp(path, "/devices/", 9) != 0)
		return false;
	for (const char *p = path; *p == '/';) {
		size_t length = strcspn(++p, "/");

		ret->function = is_function(p, length, &address);
		if (ret->function)
			ret->address = address;
		found |= ret->function;
		p += length;
	}
	return found;
}

static bool has_prefix(const char *text, const char *prefix)
{
	return strncmp(text, prefix, strlen(prefix)) == 0;
}

int uevent_parse(const char *message, size_t length, struct uevent *ret)
{
	struct uevent event = {};
	bool action_said = false, path_said = false;
	const char *path, *at;

	if (length == 0 || message[length - 1] != '\0')
		return -EBADMSG; /* cut short; what follows may look for the end of a string */
	at = strchr(message, '@');
	if (!at || at == message || at[1] != '/')
		return -EBADMSG;
	path = at + 1;
	for (const char *p = message + strlen(message) + 1; p < message + length; p += strlen(p) + 1) {
		const char *is = strchr(p, '=');

		if (!is || is == p)
			return -EBADMSG;
		if (has_prefix(p, "ACTION=") && !action_said) {
			if (strlen(is + 1) != (size_t)(at - message) || !has_prefix(message, is + 1))
				return -EBADMSG;
			action_said = true;
		} else if (has_prefix(p, "DEVPATH=") && !path_said) {
			if (strcmp(is + 1, path) != 0)
				return -EBADMSG;
			path_said = true;
		}
		event.intx_deoi |= has_prefix(p, "INTX_DEOI=");
	}
	if (!action_said || !path_said)
		return -EBADMSG;
	event.action = action_of(message, (size_t)(at - message));
	if (!find_function(path, &event))
		return 0;
	*ret = event;
	return 1;
}

/* ---- the socket ---- */

/* With SO_RCVBUFFORCE beyond net.core.rmem_max where that is allowed (CAP_NET_ADMIN), else as far as that
 * goes. A small buffer only makes -ENOBUFS likelier. */
static void grow_buffer(struct nl_sock *socket)
{
	int size = RECEIVE_BUFFER;

	if (setsockopt(nl_socket_get_fd(socket), SOL_SOCKET, SO_RCVBUFFORCE, &size, sizeof(size)) < 0)
		(void)nl_socket_set_buffer_size(socket, RECEIVE_BUFFER, 0);
}

/* Credentials are asked for before the group is joined, so that no message comes without. */
static int connect_socket(struct nl_sock *socket)
{
	int e = nl_connect(socket, NETLINK_KOBJECT_UEVENT);

	if (e == 0)
		e = nl_socket_set_passcred(socket, 1);
	if (e == 0)
		e = nl_socket_set_nonblocking(socket);
	if (e == 0) {
		grow_buffer(socket);
		e = nl_socket_add_membership(socket, KERNEL_GROUP);
	}
	return e;
}

int uevents_open(struct uevents **ret)
{
	struct uevents *u = calloc(1, sizeof(*u));
	int e;

	if (!u)
		return -ENOMEM;
	u->fd = -1;
	u->socket = nl_socket_alloc();
	if (!u->socket) {
		free(u);
		return -ENOMEM;
	}
	errno = 0; /* libnl's own errors are fewer than the system's, which stays behind them */
	e = connect_socket(u->socket);
	if (e < 0) {
		e = errno > 0 ? -errno : -EIO;
		uevents_free(u);
		return e;
	}
	u->fd = nl_socket_get_fd(u->socket);
	*ret = u;
	return 0;
}

int uevents_open_fd(struct uevents **ret, int fd)
{
	struct uevents *u;
	int on = 1;

	if (setsockopt(fd, SOL_SOCKET, SO_PASSCRED, &on, sizeof(on)) < 0)
		return -errno;
	u = calloc(1, sizeof(*u));
	if (!u)
		return -ENOMEM;
	u->fd = fd;
	*ret = u;
	return 0;
}

void uevents_free(struct uevents *u)
{
	if (!u)
		return;
	if (u->socket)
		nl_socket_free(u->socket); /* closes it */
	else
		close_fd(&u->fd);
	free(u);
}

int uevents_fd(const struct uevents *u)
{
	return u->fd;
}

const struct uevent_counts *uevents_counts(const struct uevents *u)
{
	return &u->counts;
}

static bool sent_by_root(struct msghdr *message)
{
	struct ucred credentials;

	for (struct cmsghdr *c = CMSG_FIRSTHDR(message); c; c = CMSG_NXTHDR(message, c))
		if (c->cmsg_level == SOL_SOCKET && c->cmsg_type == SCM_CREDENTIALS &&
		    c->cmsg_len == CMSG_LEN(sizeof(credentials))) {
			memcpy(&credentials, CMSG_DATA(c), sizeof(credentials));
			return credentials.uid == 0;
		}
	return false;
}

/* A process may send to our port, and one with CAP_SYS_ADMIN into the group: neither can do it as port 0. */
static bool sent_by_kernel(const struct uevents *u, struct msghdr *message)
{
	const struct sockaddr_nl *from = message->msg_name;

	if (u->socket && (message->msg_namelen != sizeof(*from) || from->nl_family != AF_NETLINK ||
			  from->nl_pid != 0 || from->nl_groups != KERNEL_GROUP))
		return false;
	return sent_by_root(message);
}

/* recvmsg() and not nl_recv(), which takes no datagram of a socket pair and hides ENOBUFS among other errors.
 * The length of a message that is believed; 0: of one that is not; -errno. */
static ssize_t receive(struct uevents *u)
{
	_Alignas(struct cmsghdr) char control[CMSG_SPACE(sizeof(struct ucred))];
	struct sockaddr_nl from = {};
	struct iovec data = {.iov_base = u->message, .iov_len = sizeof(u->message)};
	struct msghdr message = {
		.msg_name = u->socket ? &from : NULL,
		.msg_namelen = u->socket ? sizeof(from) : 0,
		.msg_iov = &data,
		.msg_iovlen = 1,
		.msg_control = control,
		.msg_controllen = sizeof(control),
	};
	ssize_t n;

	do
		n = recvmsg(u->fd, &message, MSG_DONTWAIT | MSG_CMSG_CLOEXEC);
	while (n < 0 && errno == EINTR);
	if (n < 0)
		return -errno;
	if (n == 0 && message.msg_controllen == 0)
		return -ENOTCONN; /* the other end of a socket pair is gone */
	if (!sent_by_kernel(u, &message)) {
		u->counts.refused++;
		return 0;
	}
	return message.msg_flags & MSG_TRUNC ? -ENOBUFS : n;
}

int uevents_next(struct uevents *u, struct uevent *ret)
{
	for (int i = 0; i < MAX_SKIPPED; i++) {
		ssize_t n = receive(u);
		int r;

		if (n == -EAGAIN)
			return 0;
		if (n == -ENOBUFS)
			u->counts.losses++;
		if (n < 0)
			return (int)n;
		if (n == 0)
			continue;
		r = uevent_parse(u->message, (size_t)n, ret);
		if (r < 0)
			u->counts.refused++;
		else
			u->counts.believed++;
		if (r > 0)
			return 1;
	}
	return 0;
}
