// SPDX-License-Identifier: GPL-2.0-or-later
/* uevents: prints the kernel's uevents that carry INTX_DEOI, one a line, its variables in the order they
 * came. Says "listening" first. */
#include <linux/netlink.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

int main(void)
{
	struct sockaddr_nl address = {.nl_family = AF_NETLINK, .nl_groups = 1};
	int fd = socket(AF_NETLINK, SOCK_DGRAM | SOCK_CLOEXEC, NETLINK_KOBJECT_UEVENT);
	char message[8192];
	ssize_t length;

	if (fd < 0 || bind(fd, (struct sockaddr *)&address, sizeof(address)) < 0) {
		perror("uevents");
		return 1;
	}
	setvbuf(stdout, NULL, _IOLBF, 0);
	printf("listening\n");
	while ((length = recv(fd, message, sizeof(message) - 1, 0)) > 0) {
		message[length] = 0;
		if (memmem(message, length, "INTX_DEOI=", 10) == NULL)
			continue;
		for (char *word = message; word < message + length; word += strlen(word) + 1)
			printf("%s ", word);
		printf("\n");
	}
	return 0;
}
