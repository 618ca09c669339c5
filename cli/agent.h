/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * polkit's agent for terminals (pkttyagent), which asks for the administrator's password where no desktop
 * does. Where there is no terminal or no agent, nobody asks and polkit decides without.
 */
#pragma once

#include <sys/types.h>

struct agent {
	pid_t pid; /* 0: none */
};

/* Returns when the agent is registered or will not be. Not for uid 0, who is not asked. */
void agent_start(struct agent *ret);
void agent_stop(struct agent *agent);

#define _cleanup_agent_ __attribute__((cleanup(agent_stop)))
