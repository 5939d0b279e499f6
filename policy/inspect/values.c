/* SPDX-License-Identifier: MIT */
/* What stands inside strings: numbers, addresses and subnets, read strictly,
 * since daemons take what they cannot read for "all". */

#include <arpa/inet.h>
#include <string.h>

#include "policy/inspect/values.h"

bool
value_number(struct span text, uint64_t max, uint64_t *number)
{
	uint64_t digit;
	size_t i;

	if (text.len == 0 || (text.len > 1 && text.at[0] == '0'))
		return false;
	*number = 0;
	for (i = 0; i < text.len; i++) {
		if (text.at[i] < '0' || text.at[i] > '9')
			return false;
		digit = (uint64_t)(text.at[i] - '0');
		if (digit > max || *number > (max - digit) / 10)
			return false;
		*number = *number * 10 + digit;
	}
	return true;
}

bool
value_cut(struct span s, char at, struct span *before, struct span *behind)
{
	const char *found = s.len == 0 ? NULL : memchr(s.at, at, s.len);

	*before = s;
	*behind = (struct span){ "", 0 };
	if (found == NULL)
		return false;
	before->len = (size_t)(found - s.at);
	*behind = (struct span){ found + 1, s.len - before->len - 1 };
	return true;
}

bool
value_pair_is_allowed(struct inspection *in, enum section_key key,
    struct span name, struct span value)
{
	struct buf pair = { 0 };
	bool ok;

	ok = buf_add(&pair, name.at, name.len) && buf_add(&pair, "=", 1) &&
	     buf_add(&pair, value.at, value.len);
	if (!ok)
		inspect_no_memory(in);
	else
		ok = inspect_matches(in, key, buf_span(&pair)) ||
		     inspect_refuse(in, key, buf_span(&pair));
	buf_clear(&pair);
	return ok;
}

bool
value_address(struct span text, struct address *address)
{
	static const unsigned char mapped[12] = { [10] = 0xff, [11] = 0xff };
	char string[INET6_ADDRSTRLEN];

	if (text.len == 0 || text.len >= sizeof(string))
		return false;
	memcpy(string, text.at, text.len);
	string[text.len] = '\0';
	memcpy(address->bytes, mapped, sizeof(mapped));
	address->is_v4 = inet_pton(AF_INET, string, address->bytes + 12) == 1;
	if (address->is_v4)
		return true;
	if (inet_pton(AF_INET6, string, address->bytes) != 1)
		return false;
	address->is_v4 = memcmp(address->bytes, mapped, sizeof(mapped)) == 0;
	return true;
}

bool
value_subnet(struct span text, struct subnet *subnet)
{
	struct span address, bits;
	uint64_t number;
	bool is_v4;

	if (!value_cut(text, '/', &address, &bits) ||
	    !value_address(address, &subnet->address))
		return false;
	/* "::ffff:10.0.0.0/104" is read in two ways. */
	is_v4 = memchr(address.at, ':', address.len) == NULL;
	if (is_v4 != subnet->address.is_v4 ||
	    !value_number(bits, is_v4 ? 32 : 128, &number))
		return false;
	subnet->bits = (unsigned)number + (is_v4 ? 96 : 0);
	return true;
}

struct subnet
value_only(const struct address *address)
{
	return (struct subnet){ *address, 128 };
}

bool
value_holds(const struct subnet *outer, const struct subnet *inner)
{
	unsigned i, bits;
	int differ;

	if (outer->address.is_v4 != inner->address.is_v4 ||
	    outer->bits > inner->bits)
		return false;
	for (i = 0; i * 8 < outer->bits; i++) {
		differ = outer->address.bytes[i] ^ inner->address.bytes[i];
		bits = outer->bits - i * 8;
		if (bits < 8)
			differ >>= 8 - bits;
		if (differ != 0)
			return false;
	}
	return true;
}

void
value_go(struct inspection *in, struct json *object, const char *name)
{
	inspect_down(in, name);
	in->parent = object;
	in->name = name;
}

bool
value_is_hex(struct span text)
{
	size_t i;

	for (i = 0; i < text.len; i++)
		if ((text.at[i] < '0' || text.at[i] > '9') &&
		    (text.at[i] < 'a' || text.at[i] > 'f'))
			return false;
	return text.len > 0;
}

bool
value_is_id(struct span text)
{
	return text.len == INSPECT_ID && value_is_hex(text);
}

bool
value_goes_up(struct span path)
{
	struct span part;

	while (span_word(&path, "/:,", &part))
		if (span_eq(part, SPAN("..")))
			return true;
	return false;
}

bool
value_is_in_proc(struct span path)
{
	struct span part;
	bool first = true;

	while (span_word(&path, "/", &part)) {
		if (span_eq(part, SPAN(".")))
			continue;
		if (span_eq(part, SPAN("proc")) && first)
			return true;
		first = span_eq(part, SPAN(".."));
	}
	return false;
}
