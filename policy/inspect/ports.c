/* SPDX-License-Identifier: MIT */
/* Ports of the host's that a container takes: another service's, or one that
 * the network must not reach. Each must be allowed, with its address and its
 * protocol. What a container has inside is its own affair. */

#include "policy/inspect/checks.h"
#include "policy/inspect/shared.h"
#include "policy/inspect/values.h"

enum {
	PORT_MAX = 65535
};

/* A range of ports; from 1 to 0 where there are none. */
struct ports {
	unsigned low;
	unsigned high;
};

static const struct ports no_ports = { 1, 0 };

/* A word of "publish =". */
struct publish {
	bool any_address;
	struct address address;
	struct ports ports;
	bool random; /* a port of the daemon's choice */
	struct span protocol;
};

/* "8080" or "8000-8010". */
static bool
read_ports(struct span text, struct ports *ports)
{
	struct span first, last;
	uint64_t low, high;

	if (!value_cut(text, '-', &first, &last))
		last = first;
	if (!value_number(first, PORT_MAX, &low) ||
	    !value_number(last, PORT_MAX, &high) || low == 0 || low > high)
		return false;
	*ports = (struct ports){ (unsigned)low, (unsigned)high };
	return true;
}

static bool
is_protocol(struct span s)
{
	return span_eq(s, SPAN("tcp")) || span_eq(s, SPAN("udp")) ||
	       span_eq(s, SPAN("sctp"));
}

/* Cut the address off: "127.0.0.1:" or "[::1]:". */
static bool
take_address(struct span *rest, struct publish *publish)
{
	struct span address, ports;
	bool is_v6 = rest->len > 0 && rest->at[0] == '[';

	if (!value_cut(*rest, is_v6 ? ']' : ':', &address, &ports)) {
		publish->any_address = true;
		return !is_v6;
	}
	if (is_v6) {
		address.at++;
		address.len--;
		if (ports.len == 0 || ports.at[0] != ':')
			return false;
		ports.at++;
		ports.len--;
	}
	*rest = ports;
	return value_address(address, &publish->address) &&
	       publish->address.is_v4 == !is_v6;
}

static bool
read_publish(struct span word, struct publish *publish)
{
	struct span ports;

	*publish = (struct publish){ .ports = no_ports };
	if (!take_address(&word, publish))
		return false;
	if (!value_cut(word, '/', &ports, &publish->protocol))
		publish->protocol = SPAN("tcp");
	else if (!is_protocol(publish->protocol) &&
		 !span_eq(publish->protocol, SPAN("*")))
		return false;
	publish->random = true;
	if (span_eq(ports, SPAN("random")))
		return true;
	if (span_eq(ports, SPAN("*"))) {
		publish->ports = (struct ports){ 1, PORT_MAX };
		return true;
	}
	publish->random = false;
	return read_ports(ports, &publish->ports);
}

const char *
check_publish(struct span word)
{
	struct publish publish;

	if (read_publish(word, &publish))
		return NULL;
	return "[ADDRESS:]PORTS[/PROTOCOL] is needed: 8080, 127.0.0.1:8000-"
	       "8010, [::1]:random, */udp";
}

/* What is asked for. */
struct request_ports {
	struct span address_text; /* empty: all */
	struct address address;
	struct span protocol;
	struct ports ports; /* none: a random one */
};

/* Whether a word is about that address and protocol. */
static bool
is_about(const struct publish *publish, const struct request_ports *asked)
{
	const struct subnet here = value_only(&publish->address);
	const struct subnet there = value_only(&asked->address);

	if (!span_eq(publish->protocol, SPAN("*")) &&
	    !span_eq(publish->protocol, asked->protocol))
		return false;
	if (publish->any_address)
		return true;
	return asked->address_text.len > 0 && value_holds(&here, &there);
}

/* How far the ports from one on are allowed by one word: the last of them, or
 * 0. Port 0 is a random one. */
static unsigned
allowed_to(const struct inspection *in, const struct request_ports *asked,
    unsigned from)
{
	const struct section_setting *setting;
	struct publish publish;
	unsigned last = 0;
	size_t i;

	setting = inspect_setting(in, CONTAINER_PUBLISH);
	for (i = 0; i < setting->len; i++)
		if (read_publish(span_of(setting->rules[i].text), &publish) &&
		    is_about(&publish, asked) && publish.ports.low <= from &&
		    publish.ports.high >= from && publish.ports.high > last)
			last = publish.ports.high;
	return last;
}

static bool
random_is_allowed(
    const struct inspection *in, const struct request_ports *asked)
{
	const struct section_setting *setting;
	struct publish publish;
	size_t i;

	setting = inspect_setting(in, CONTAINER_PUBLISH);
	for (i = 0; i < setting->len; i++)
		if (read_publish(span_of(setting->rules[i].text), &publish) &&
		    publish.random && is_about(&publish, asked))
			return true;
	return false;
}

/* All of a range must be allowed: the daemon takes any of it. */
static bool
are_allowed(const struct inspection *in, const struct request_ports *asked)
{
	unsigned from = asked->ports.low, last;

	if (asked->ports.high == 0)
		return random_is_allowed(in, asked);
	while (from <= asked->ports.high) {
		last = allowed_to(in, asked, from);
		if (last == 0)
			return false;
		from = last + 1;
	}
	return true;
}

bool
port_is_allowed(const struct inspection *in, struct span address, unsigned port,
    struct span protocol)
{
	struct request_ports asked = {
		.address_text = address, .protocol = protocol, .ports = no_ports
	};

	if (port > PORT_MAX || !is_protocol(protocol) ||
	    (address.len > 0 && !value_address(address, &asked.address)))
		return false;
	if (port > 0)
		asked.ports = (struct ports){ port, port };
	return are_allowed(in, &asked);
}

/* A container's port: "80" or "80/udp". */
static bool
read_own_port(struct span text, struct span *protocol)
{
	struct span port;
	uint64_t number;

	if (!value_cut(text, '/', &port, protocol))
		*protocol = SPAN("tcp");
	return is_protocol(*protocol) &&
	       value_number(port, PORT_MAX, &number) && number > 0;
}

/* clang-format off */
const struct field port_binding_fields[] = {
	{ "HostIp", SHAPE_STRING, rule_pass, KEY_NONE, NULL },
	{ "HostPort", SHAPE_STRING, rule_pass, KEY_NONE, NULL },
	{ 0 }
};
/* clang-format on */

/* The word that would allow it. */
static bool
refuse_ports(struct inspection *in, const struct request_ports *asked)
{
	char memory[128];
	struct text word = TEXT(memory);

	if (asked->address_text.len > 0 && asked->address.is_v4)
		text_format(&word, "%u.%u.%u.%u:", asked->address.bytes[12],
		    asked->address.bytes[13], asked->address.bytes[14],
		    asked->address.bytes[15]);
	else if (asked->address_text.len > 0)
		text_format(&word, "[%.*s]:", SPAN_ARG(asked->address_text));
	if (asked->ports.high == 0)
		text_add(&word, SPAN("random"));
	else
		text_number(&word, asked->ports.low);
	if (asked->ports.high > asked->ports.low) {
		text_char(&word, '-');
		text_number(&word, asked->ports.high);
	}
	if (!span_eq(asked->protocol, SPAN("tcp"))) {
		text_char(&word, '/');
		text_add(&word, asked->protocol);
	}
	return inspect_refuse(in, CONTAINER_PUBLISH, text_span(&word));
}

/* One of {"80/tcp": [{"HostIp": "", "HostPort": "8080"}]}. An address that a
 * daemon cannot read is all of them to it. */
bool
rule_port_binding(struct inspection *in, struct json *value)
{
	struct request_ports asked = { .ports = no_ports };
	struct span port;

	if (!read_own_port(span_of(in->outer), &asked.protocol))
		return inspect_malformed(in, "not a port of a container's");
	asked.address_text = json_text(json_member(value, "HostIp"));
	if (asked.address_text.len > 0 &&
	    !value_address(asked.address_text, &asked.address)) {
		value_go(in, value, "HostIp");
		return inspect_malformed(in, "not an address");
	}
	port = json_text(json_member(value, "HostPort"));
	value_go(in, value, "HostPort");
	if (port.len > 0 && !span_eq(port, SPAN("0")) &&
	    !read_ports(port, &asked.ports))
		return inspect_malformed(in, "not a port");
	if (!are_allowed(in, &asked))
		return refuse_ports(in, &asked);
	return true;
}

/* Which ports that are, and of which protocols, the image says. */
bool
rule_publish_all(struct inspection *in, struct json *value)
{
	const struct span all = { "", 0 };

	if (!json_truth(value) ||
	    (port_is_allowed(in, all, 0, SPAN("tcp")) &&
		port_is_allowed(in, all, 0, SPAN("udp")) &&
		port_is_allowed(in, all, 0, SPAN("sctp"))))
		return true;
	return inspect_refuse(in, CONTAINER_PUBLISH, SPAN("random/*"));
}

bool
rule_exposed_port(struct inspection *in, struct json *value)
{
	struct span protocol;

	(void)value;
	return read_own_port(span_of(in->name), &protocol) ||
	       inspect_malformed(in, "not a port of a container's");
}
