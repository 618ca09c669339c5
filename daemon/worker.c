// SPDX-License-Identifier: GPL-2.0-or-later
#include "worker.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include "caller.h"
#include "service.h"

#define MAX_WORKERS    32
#define MAX_OF_ONE_UID 16
#define PATIENCE_SEC   600
#define MAX_CONTENT    (16 * 1024 * 1024) /* the bus takes 32 MiB, and drops whoever sends more */

/* What the work has come to, when it is not with the client already. */
struct content {
	int fd; /* -1: it is */
	bool bytes;
};

struct worker {
	struct worker *next;
	struct context *c;
	sd_bus_message *message;
	sd_event_source *source; /* the child's end; freeing it kills and reaps */
	uid_t uid;
	struct content content;
};

static void worker_free(struct worker *w)
{
	struct worker **p = &w->c->service->workers;

	while (*p != w)
		p = &(*p)->next;
	*p = w->next;
	sd_event_source_unref(w->source);
	sd_bus_message_unref(w->message);
	close_fd(&w->content.fd);
	free(w);
}

void workers_free(struct context *c)
{
	while (c->service->workers)
		worker_free(c->service->workers);
}

static int append_content(sd_bus_message *reply, const struct content *c)
{
	_cleanup_free_ char *content = NULL;
	struct stat st;
	ssize_t n;

	if (fstat(c->fd, &st) < 0)
		return -errno;
	if (st.st_size > MAX_CONTENT)
		return -EMSGSIZE;
	content = calloc(1, (size_t)st.st_size + 1);
	if (!content)
		return -ENOMEM;
	n = pread(c->fd, content, (size_t)st.st_size, 0);
	if (n < 0)
		return -errno;
	return c->bytes ? sd_bus_message_append_array(reply, 'y', content, (size_t)n)
			: sd_bus_message_append(reply, "s", content);
}

/* Replies that the work is done. */
static int reply_done(sd_bus_message *message, const struct content *c)
{
	sd_bus_message *reply = NULL;
	int r = sd_bus_message_new_method_return(message, &reply);

	if (r >= 0 && c->fd >= 0)
		r = append_content(reply, c);
	if (r >= 0)
		r = sd_bus_send(NULL, reply, NULL);
	sd_bus_message_unref(reply);
	return r;
}

static int on_end(sd_event_source *source, const siginfo_t *end, void *userdata)
{
	struct worker *w = userdata;
	int e = end->si_code == CLD_EXITED ? -end->si_status : 0;

	(void)source;
	if (end->si_code == CLD_EXITED && e == 0)
		e = reply_done(w->message, &w->content);
	if (e < 0)
		sd_bus_reply_method_errno(w->message, e, NULL);
	if (end->si_code != CLD_EXITED && end->si_status == SIGALRM)
		sd_bus_reply_method_errorf(w->message, SD_BUS_ERROR_TIMEOUT,
					   "the answer was not read within %d s", PATIENCE_SEC);
	else if (end->si_code != CLD_EXITED)
		sd_bus_reply_method_errorf(w->message, SD_BUS_ERROR_FAILED,
					   "what makes the answer was ended by signal %d", end->si_status);
	worker_free(w);
	return 0;
}

__attribute__((noreturn)) static void work_in_child(struct context *c, int fd, work_fn work,
						    const void *userdata)
{
	sigset_t none;
	int e;

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	signal(SIGALRM, SIG_DFL);
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	alarm(PATIENCE_SEC);
	c->service = NULL; /* it reads, and sets no knob */
	e = work(c, fd, userdata);
	_exit(e < 0 ? (-e < 255 ? -e : EIO) : 0);
}

static int check_limits(const struct context *c, uid_t uid, sd_bus_error *error)
{
	size_t all = 0, own = 0;

	for (const struct worker *w = c->service->workers; w; w = w->next) {
		all++;
		own += w->uid == uid;
	}
	if (uid == 0 || (all < MAX_WORKERS && own < MAX_OF_ONE_UID))
		return 0;
	return sd_bus_error_set(error, SD_BUS_ERROR_LIMITS_EXCEEDED, "too many answers are being written");
}

static int start(struct worker *w, int fd, work_fn work, const void *userdata)
{
	pid_t pid = fork();
	int r;

	if (pid < 0)
		return -errno;
	if (pid == 0)
		work_in_child(w->c, fd, work, userdata);
	r = sd_event_add_child(w->c->service->event, &w->source, pid, WEXITED, on_end, w);
	if (r >= 0)
		r = sd_event_source_set_child_process_own(w->source, true);
	if (r < 0) {
		kill(pid, SIGKILL);
		waitpid(pid, NULL, 0);
	}
	return r;
}

/* Takes the content over. */
static int work_there(struct context *c, sd_bus_message *message, int fd, struct content *content,
		      work_fn work, const void *userdata, sd_bus_error *error)
{
	struct worker *w;
	uid_t uid;
	int r = caller_uid(message, &uid);

	if (r >= 0)
		r = check_limits(c, uid, error);
	if (r < 0)
		return r;
	w = calloc(1, sizeof(*w));
	if (!w)
		return -ENOMEM;
	*w = (struct worker){.next = c->service->workers,
			     .c = c,
			     .message = sd_bus_message_ref(message),
			     .uid = uid,
			     .content = *content};
	content->fd = -1;
	c->service->workers = w;
	r = start(w, fd, work, userdata);
	if (r >= 0)
		return 1;
	worker_free(w);
	return r;
}

int worker_start(struct context *c, sd_bus_message *message, int fd, work_fn work, const void *userdata,
		 sd_bus_error *error)
{
	struct content content = {.fd = -1, .bytes = fd == WORKER_BYTES};
	int r;

	if (fd < 0) {
		fd = content.fd = memfd_create("answer", MFD_CLOEXEC);
		if (fd < 0)
			return -errno;
	}
	if (c->service) {
		r = work_there(c, message, fd, &content, work, userdata, error);
	} else { /* there is nobody to keep waiting */
		r = work(c, fd, userdata);
		r = r < 0 ? r : reply_done(message, &content);
	}
	close_fd(&content.fd);
	return r;
}
