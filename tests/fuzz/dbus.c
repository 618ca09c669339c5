// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Arguments of D-Bus calls, through a real connection to a private peer.
 *
 * The first byte chooses the method of the manager; what follows are its arguments, strings with a NUL behind
 * each. A call has the signature that the method wants, anything else is refused by sd-bus.
 */
#include <errno.h>
#include <string.h>
#include <sys/mman.h>

#include "context.h"
#include "fuzz.h"
#include "manager.h"
#include "peers.h"
#include "scratch.h"

struct reader {
	const uint8_t *data;
	size_t size;
};

struct connection {
	struct context c;
	struct peers peers;
	const sd_bus_vtable *methods[64];
	size_t n_methods;
};

/* ---- arguments ---- */

static unsigned read_byte(struct reader *r)
{
	if (r->size == 0)
		return 0;
	r->size--;
	return *r->data++;
}

/* To be freed. */
static char *read_string(struct reader *r)
{
	size_t length = strnlen((const char *)r->data, r->size);
	char *text = strndup((const char *)r->data, length);

	MUST(text);
	length += length < r->size;
	r->data += length;
	r->size -= length;
	return text;
}

static int append_string(struct reader *r, sd_bus_message *m)
{
	char *text = read_string(r);
	int e = sd_bus_message_append(m, "s", text);

	free(text);
	return e;
}

static int append_strings(struct reader *r, sd_bus_message *m)
{
	int e = sd_bus_message_open_container(m, 'a', "s");

	while (e >= 0 && r->size > 0)
		e = append_string(r, m);
	return e < 0 ? e : sd_bus_message_close_container(m);
}

static int append_option(struct reader *r, sd_bus_message *m)
{
	int e = sd_bus_message_open_container(m, 'e', "sv");
	char *text;

	if (e >= 0)
		e = append_string(r, m);
	if (e < 0)
		return e;
	switch (read_byte(r)) {
	case 'b': e = sd_bus_message_append(m, "v", "b", (int)(read_byte(r) & 1)); break;
	case 'u': e = sd_bus_message_append(m, "v", "u", read_byte(r)); break;
	case 'a': e = sd_bus_message_append(m, "v", "as", 2, "a", "b"); break;
	default:
		text = read_string(r);
		e = sd_bus_message_append(m, "v", "s", text);
		free(text);
	}
	return e < 0 ? e : sd_bus_message_close_container(m);
}

static int append_options(struct reader *r, sd_bus_message *m)
{
	int e = sd_bus_message_open_container(m, 'a', "{sv}");

	while (e >= 0 && r->size > 0)
		e = append_option(r, m);
	return e < 0 ? e : sd_bus_message_close_container(m);
}

static int append_descriptor(sd_bus_message *m)
{
	int fd = memfd_create("answer", MFD_CLOEXEC), e;

	MUST(fd >= 0);
	e = sd_bus_message_append(m, "h", fd);
	close(fd);
	return e;
}

static int append_arguments(struct reader *r, sd_bus_message *m, const char *signature)
{
	int e = 0;

	while (signature && *signature && e >= 0) {
		if (strncmp(signature, "a{sv}", 5) == 0) {
			e = append_options(r, m);
			signature += 5;
		} else if (strncmp(signature, "as", 2) == 0) {
			e = append_strings(r, m);
			signature += 2;
		} else {
			e = *signature == 's'	? append_string(r, m)
			    : *signature == 'h' ? append_descriptor(m)
						: sd_bus_message_append(m, "t", (uint64_t)read_byte(r));
			signature++;
		}
	}
	return e;
}

/* ---- a connection ---- */

static void put_machine(const struct scratch *s)
{
	static const uint8_t config[256] = {0x86, 0x80, 0xd3, 0x10, 7, [0x0b] = 2, [0x3d] = 1};
	static const char *const names[] = {"0000:00:01.0", "0000:00:02.0", "0000:00:03.0"};
	static const char rows[] = "   CPU0\n 16:  1  IO-APIC 16-fasteoi  e1000\n";

	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++) {
		char name[128];

		snprintf(name, sizeof(name), "sys/bus/pci/devices/%s/config", names[i]);
		scratch_put_one(s, name, NULL, config, sizeof(config));
		snprintf(name, sizeof(name), "sys/bus/pci/devices/%s/irq", names[i]);
		scratch_put_one(s, name, NULL, "16\n", 3);
		snprintf(name, sizeof(name), "sys/bus/pci/devices/%s/driver", names[i]);
		scratch_put_one(s, name, i == 1 ? "../drivers/vfio-pci" : "../drivers/e1000", NULL, 0);
	}
	scratch_put_one(s, "proc/interrupts", NULL, rows, strlen(rows));
}

static struct scratch scratch;

static void remove_scratch(void)
{
	scratch_close(&scratch);
}

static struct connection *connection(void)
{
	static struct connection p;

	if (p.n_methods > 0)
		return &p;
	scratch_open(&scratch);
	atexit(remove_scratch);
	put_machine(&scratch);
	MUST(context_open(&p.c, scratch.path, true) == 0);
	MUST(peers_connect(&p.peers, &p.c) == 0);
	for (const sd_bus_vtable *v = manager_vtable; v->type != _SD_BUS_VTABLE_END; v++)
		if (v->type == _SD_BUS_VTABLE_METHOD)
			p.methods[p.n_methods++] = v;
	return &p;
}

/* A call has one answer, and an error says something. */
static int on_reply(sd_bus_message *m, void *userdata, sd_bus_error *error)
{
	const sd_bus_error *e = sd_bus_message_get_error(m);

	(void)error;
	MUST(!e || (e->name && e->message && e->message[0]));
	++*(int *)userdata;
	return 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct connection *p = connection();
	struct reader r = {.data = data, .size = size};
	const sd_bus_vtable *v = p->methods[read_byte(&r) % p->n_methods];
	sd_bus_message *m = NULL;
	int answers = 0;

	MUST(sd_bus_message_new_method_call(p->peers.client, &m, NULL, INTXD_PATH, INTXD_MANAGER_INTERFACE,
					    v->x.method.member) >= 0);
	if (append_arguments(&r, m, v->x.method.signature) >= 0 &&
	    sd_bus_call_async(p->peers.client, NULL, m, on_reply, &answers, 0) >= 0) {
		MUST(peers_process(&p->peers) == 0);
		MUST(answers == 1);
	}
	sd_bus_message_unref(m);
	return 0;
}
