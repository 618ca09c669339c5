// SPDX-License-Identifier: GPL-2.0-or-later
#include "agent.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#define PATIENCE_MSEC 5000

__attribute__((noreturn)) static void become_agent(pid_t client, int notify)
{
	char process[16], fd[16];

	prctl(PR_SET_PDEATHSIG, SIGTERM);
	snprintf(process, sizeof(process), "%d", (int)client);
	snprintf(fd, sizeof(fd), "%d", notify);
	fcntl(notify, F_SETFD, 0);
	execlp("pkttyagent", "pkttyagent", "--process", process, "--notify-fd", fd, "--fallback", NULL);
	_exit(127);
}

void agent_start(struct agent *ret)
{
	struct pollfd ready = {.events = POLLHUP};
	pid_t client = getpid();
	int ends[2];

	if (geteuid() == 0 || !isatty(STDIN_FILENO) || !isatty(STDERR_FILENO) || pipe2(ends, O_CLOEXEC) < 0)
		return;
	ret->pid = fork();
	if (ret->pid == 0)
		become_agent(client, ends[1]);
	if (ret->pid < 0)
		ret->pid = 0;
	close(ends[1]);
	ready.fd = ends[0];
	/* It closes its end once it is registered, or by ending. */
	while (ret->pid > 0 && poll(&ready, 1, PATIENCE_MSEC) < 0 && errno == EINTR)
		;
	close(ends[0]);
}

void agent_stop(struct agent *agent)
{
	if (agent->pid <= 0)
		return;
	kill(agent->pid, SIGTERM);
	kill(agent->pid, SIGCONT);
	while (waitpid(agent->pid, NULL, 0) < 0 && errno == EINTR)
		;
	agent->pid = 0;
}
