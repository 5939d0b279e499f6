/* SPDX-License-Identifier: MIT */
#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <stdio.h>
#include <string.h>

#include "core/target.h"
#include "tests/unit/cases.h"

/* What the header promises of every path that is let through. */
static bool
is_canonical(struct span path)
{
	static const char good[] = "abcdefghijklmnopqrstuvwxyz"
				   "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
				   "0123456789_.:@/+-";
	struct span rest = path, segment;
	size_t i;

	if (path.len == 0 || *path.at != '/')
		return false;
	for (i = 0; i < path.len; i++) {
		if (memchr(good, path.at[i], sizeof(good) - 1) == NULL)
			return false;
		if (i > 0 && path.at[i] == '/' && path.at[i - 1] == '/')
			return false;
	}
	while (span_word(&rest, "/", &segment))
		if (span_eq(segment, SPAN(".")) || span_eq(segment, SPAN("..")))
			return false;
	return true;
}

/* Read every beginning of the target, the whole last, against a guard page;
 * *target and the store are those of the whole. */
static const char *
read_cut(const char *name, struct target *target, struct span in,
    char store[LIMIT_TARGET])
{
	const char *why = NULL;
	struct span part;
	size_t cut;

	for (cut = 0; cut <= in.len; cut++) {
		part = (struct span){ in.at, cut };
		part.at = cases_guard(part);
		why = target_read(target, part, store);
		if (why == NULL && !is_canonical(target->path))
			cr_fail("%s: cut at %zu: not canonical", name, cut);
	}
	return why;
}

Test(target_read, takes_canonical_targets_apart)
{
	static const struct {
		const char *name;
		struct span in;
		enum target_api api;
		struct span version, path, query;
	} rows[] = {
		CASE("no version", "/info", TARGET_UNVERSIONED, SPAN(""),
		    SPAN("/info"), SPAN("")),
		CASE("the root", "/", TARGET_UNVERSIONED, SPAN(""), SPAN("/"),
		    SPAN("")),
		CASE("a version", "/v1.41/info", TARGET_DOCKER, SPAN("1.41"),
		    SPAN("/info"), SPAN("")),
		CASE("the oldest version", "/v1.24/info", TARGET_DOCKER,
		    SPAN("1.24"), SPAN("/info"), SPAN("")),
		CASE("a version of three digits", "/v1.100/info", TARGET_DOCKER,
		    SPAN("1.100"), SPAN("/info"), SPAN("")),
		CASE("a version and no more", "/v1.41/", TARGET_DOCKER,
		    SPAN("1.41"), SPAN("/"), SPAN("")),
		CASE("libpod", "/v4.3.1/libpod/info", TARGET_LIBPOD,
		    SPAN("4.3.1"), SPAN("/libpod/info"), SPAN("")),
		CASE("libpod's zeros", "/v5.0.0/libpod/info", TARGET_LIBPOD,
		    SPAN("5.0.0"), SPAN("/libpod/info"), SPAN("")),
		CASE("libpod without a version", "/libpod/info",
		    TARGET_UNVERSIONED, SPAN(""), SPAN("/libpod/info"),
		    SPAN("")),
		CASE("an escaped slash in a name of libpod's",
		    "/v4.3.1/libpod/images/r.example%2Fa%2fb:1/json",
		    TARGET_LIBPOD, SPAN("4.3.1"),
		    SPAN("/libpod/images/r.example/a/b:1/json"), SPAN("")),
		CASE("a query", "/v1.41/containers/json?all=1&x", TARGET_DOCKER,
		    SPAN("1.41"), SPAN("/containers/json"), SPAN("all=1&x")),
		CASE("an empty query", "/info?", TARGET_UNVERSIONED, SPAN(""),
		    SPAN("/info"), SPAN("")),
		CASE("a '?' in the query", "/info?a=b?c", TARGET_UNVERSIONED,
		    SPAN(""), SPAN("/info"), SPAN("a=b?c")),
		CASE("slashes and dots in the query", "/info?a=/../b//c",
		    TARGET_UNVERSIONED, SPAN(""), SPAN("/info"),
		    SPAN("a=/../b//c")),
		CASE("raw JSON in the query",
		    "/events?filters={\"type\":[\"container\"]}",
		    TARGET_UNVERSIONED, SPAN(""), SPAN("/events"),
		    SPAN("filters={\"type\":[\"container\"]}")),
		CASE("escapes in the query", "/events?a=%7B%2f%25%3B%26+",
		    TARGET_UNVERSIONED, SPAN(""), SPAN("/events"),
		    SPAN("a=%7B%2f%25%3B%26+")),
		CASE("every byte of a name",
		    "/images/r.example:5000/a_b-c+d/e@sha256:0f/json",
		    TARGET_UNVERSIONED, SPAN(""),
		    SPAN("/images/r.example:5000/a_b-c+d/e@sha256:0f/json"),
		    SPAN("")),
		CASE("a plus is a plus", "/images/a+b/json", TARGET_UNVERSIONED,
		    SPAN(""), SPAN("/images/a+b/json"), SPAN("")),
		CASE("an escaped plus is a plus", "/images/a%2Bb/json",
		    TARGET_UNVERSIONED, SPAN(""), SPAN("/images/a+b/json"),
		    SPAN("")),
		CASE("an escape that is not needed", "/%63ontainers/create",
		    TARGET_UNVERSIONED, SPAN(""), SPAN("/containers/create"),
		    SPAN("")),
		CASE("an escaped colon", "/images/a%3Ab/json?c=%3A",
		    TARGET_UNVERSIONED, SPAN(""), SPAN("/images/a:b/json"),
		    SPAN("c=%3A")),
		CASE("lower-case hexadecimal", "/images/a%3ab%40c/json",
		    TARGET_UNVERSIONED, SPAN(""), SPAN("/images/a:b@c/json"),
		    SPAN("")),
		CASE("an escaped version", "/%761%2E41/info", TARGET_DOCKER,
		    SPAN("1.41"), SPAN("/info"), SPAN("")),
		CASE("a trailing slash", "/networks/", TARGET_UNVERSIONED,
		    SPAN(""), SPAN("/networks/"), SPAN("")),
		CASE("dots in a name", "/containers/.../a..b/.x",
		    TARGET_UNVERSIONED, SPAN(""),
		    SPAN("/containers/.../a..b/.x"), SPAN("")),
		CASE("capital V is no version", "/V1.41/info",
		    TARGET_UNVERSIONED, SPAN(""), SPAN("/V1.41/info"),
		    SPAN("")),
		CASE("a path that begins with v", "/version",
		    TARGET_UNVERSIONED, SPAN(""), SPAN("/version"), SPAN("")),
		CASE("a version that is a name", "/images/v1.41/json",
		    TARGET_UNVERSIONED, SPAN(""), SPAN("/images/v1.41/json"),
		    SPAN("")),
	};
	char store[LIMIT_TARGET];
	struct target target;
	const char *why;
	size_t i;

	for (i = 0; i < CASES(rows); i++) {
		why = read_cut(rows[i].name, &target, rows[i].in, store);
		if (why != NULL) {
			cr_fail("%s: refused: %s", rows[i].name, why);
			continue;
		}
		cr_expect(eq(int, target.api, rows[i].api), "%s", rows[i].name);
		cases_same(rows[i].name, target.version, rows[i].version);
		cases_same(rows[i].name, target.path, rows[i].path);
		cases_same(rows[i].name, target.query, rows[i].query);
	}
}

Test(target_read, refuses_every_other_spelling)
{
	static const struct {
		const char *name;
		struct span in;
	} rows[] = {
		/* Not origin-form. */
		CASE("nothing", ""),
		CASE("asterisk", "*"),
		CASE("no slash", "containers/json"),
		CASE("absolute-form", "http://docker/containers/json"),
		CASE("another scheme", "file:///etc/passwd"),
		CASE("authority-form", "docker:2375"),
		CASE("a query alone", "?all=1"),
		CASE("a backslash", "\\containers\\json"),
		CASE("a fragment", "/info#x"),
		CASE("a fragment in the query", "/info?a=b#c"),
		/* Segments. */
		CASE("two slashes", "//info"),
		CASE("an authority", "//docker/info"),
		CASE("an empty segment", "/containers//json"),
		CASE("two slashes at the end", "/networks//"),
		CASE("a dot", "/./info"),
		CASE("a dot at the end", "/containers/."),
		CASE("two dots", "/containers/../info"),
		CASE("two dots at the start", "/../info"),
		CASE("two dots at the end", "/containers/.."),
		CASE("two dots before a query", "/containers/..?x"),
		CASE("escaped dots", "/containers/%2e%2e/info"),
		CASE("escaped dots in capitals", "/containers/%2E%2E/info"),
		CASE("a dot of two escaped", "/containers/.%2e/info"),
		CASE("an escaped dot", "/%2e/info"),
		CASE("dots behind a version", "/v1.41/../info"),
		CASE("two slashes behind a version", "/v1.41//info"),
		/* Escapes. */
		CASE("an escaped slash", "/containers%2Fcreate"),
		CASE("an escaped slash in lower case", "/containers%2fcreate"),
		CASE("an escaped slash before a name",
		    "/containers/%2Fname/json"),
		CASE("an escaped slash in a version", "/v1.41%2Finfo"),
		CASE("an escaped slash in an image's name",
		    "/v1.41/images/a%2Fb/json"),
		CASE("an escaped slash in libpod without a version",
		    "/libpod/images/a%2Fb/json"),
		CASE("an escaped slash before libpod",
		    "/v4.3.1%2Flibpod/images/b/json"),
		CASE("an escaped slash behind libpod",
		    "/v4.3.1/libpod%2Fimages/b/json"),
		CASE("an escaped slash before the name in libpod",
		    "/v4.3.1/libpod/images%2Fb/json"),
		CASE("two escaped slashes in libpod",
		    "/v4.3.1/libpod/images/a%2F%2Fb/json"),
		CASE("escaped dots in libpod",
		    "/v4.3.1/libpod/images/a%2F..%2Fb/json"),
		CASE("an escape escaped in libpod",
		    "/v4.3.1/libpod/images/a%252Fb/json"),
		CASE("an escaped percent", "/containers/%25/json"),
		CASE("an escape escaped", "/containers/%252e%252e/json"),
		CASE("NUL", "/containers/a%00/json"),
		CASE("DEL", "/containers/a%7f/json"),
		CASE("a line feed", "/containers/a%0A/json"),
		CASE("a space", "/containers/a%20b/json"),
		CASE("UTF-8", "/containers/%C3%A9/json"),
		CASE("a byte over 127", "/containers/%ff/json"),
		CASE("an escaped '?'", "/info%3Fall=1"),
		CASE("an escaped '#'", "/info%23"),
		CASE("no hexadecimal digits", "/containers/%zz/json"),
		CASE("one hexadecimal digit", "/containers/%4g/json"),
		CASE("one digit and the end", "/containers/%4"),
		CASE("a percent and the end", "/containers/%"),
		CASE("an escape cut by a slash", "/containers/%4/1"),
		CASE("an escape cut by the query", "/containers/%4?1"),
		CASE("a signed escape", "/containers/%+4/json"),
		/* Bytes that no name has. */
		CASE("a semicolon", "/info;x"),
		CASE("a comma", "/containers/a,b/json"),
		CASE("a star", "/containers/*/json"),
		CASE("a tilde", "/~user"),
		CASE("a raw space", "/containers/a b/json"),
		CASE("a brace", "/containers/{a}/json"),
		CASE("a raw NUL", "/info\0"),
		CASE("a raw DEL", "/info\x7f"),
		CASE("raw UTF-8", "/caf\xc3\xa9"),
		CASE("an equals sign", "/containers/a=b"),
		/* Versions. */
		CASE("too old", "/v1.23/info"),
		CASE("much too old", "/v1.0/info"),
		CASE("of one digit", "/v1.9/info"),
		CASE("a zero before the major number", "/v01.41/info"),
		CASE("a zero before the minor number", "/v1.041/info"),
		CASE("zeros before both", "/v0001.0041/info"),
		CASE("three numbers", "/v1.41.0/info"),
		CASE("three numbers and libpod's name", "/v4.3.1/libpodx/info"),
		CASE("libpod and no more", "/v4.3.1/libpod"),
		CASE("libpod in capitals", "/v4.3.1/LIBPOD/info"),
		CASE("libpod behind something", "/v4.3.1/x/libpod/info"),
		CASE("four numbers", "/v4.3.1.0/libpod/info"),
		CASE("a zero before libpod's major", "/v04.3.1/libpod/info"),
		CASE("a zero before libpod's minor", "/v4.03.1/libpod/info"),
		CASE("a zero before libpod's patch", "/v4.3.01/libpod/info"),
		CASE("no patch", "/v4.3./libpod/info"),
		CASE("two numbers before libpod", "/v4.3/libpod/info"),
		CASE("a dot at the end", "/v1.41./info"),
		CASE("two dots", "/v1..41/info"),
		CASE("no minor number", "/v1./info"),
		CASE("no dot", "/v1/info"),
		CASE("a version alone", "/v1.41"),
		CASE("half a version alone", "/v1"),
		CASE("a version before a query", "/v1.41?x=/info"),
		CASE("a large number", "/v999/info"),
		CASE("another major number", "/v2.41/info"),
		CASE("no major number", "/v0.41/info"),
		CASE("a letter behind", "/v1.41x/info"),
		CASE("a word behind", "/v1.41-rc1/info"),
		CASE("a plus sign behind", "/v1.41+/info"),
		CASE("a sign", "/v1.+41/info"),
		CASE("hexadecimal", "/v1.0x29/info"),
		CASE("a number of ten digits", "/v1.4294967337/info"),
		CASE("twice", "/v1.41/v1.41/info"),
		CASE("twice, escaped", "/v1.41/%761.41/info"),
		CASE("twice, the second libpod's", "/v1.41/v4.3.1/libpod/info"),
		/* The query. */
		CASE("a semicolon in the query", "/info?a=1;b=2"),
		CASE("a bad escape in the query", "/info?a=%zz"),
		CASE("half an escape in the query", "/info?a=%4"),
		CASE("a percent at the query's end", "/info?a=%"),
		CASE("an escape cut by '&'", "/info?a=%4&1"),
		CASE("a bad escape in a name", "/info?%g1=a"),
		CASE("NUL in the query", "/info?a=%00"),
	};
	char store[LIMIT_TARGET];
	struct target target;
	size_t i;

	for (i = 0; i < CASES(rows); i++)
		if (read_cut(rows[i].name, &target, rows[i].in, store) == NULL)
			cr_fail("%s: read as path %.*s", rows[i].name,
			    SPAN_ARG(target.path));
}

Test(target_read, allows_every_byte_in_a_path_or_refuses_it)
{
	static const char good[] = "abcdefghijklmnopqrstuvwxyz"
				   "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
				   "0123456789_.:@+-";
	char escaped[8], raw[] = "/ax", store[LIMIT_TARGET];
	struct target target;
	bool allowed;
	int byte;

	for (byte = 0; byte < 256; byte++) {
		allowed = memchr(good, byte, sizeof(good) - 1) != NULL;
		snprintf(escaped, sizeof(escaped), "/a%%%02x", byte);
		cr_expect(allowed == (target_read(&target, span_of(escaped),
					  store) == NULL),
		    "byte %d, escaped", byte);
		raw[2] = (char)byte;
		/* These two end or part a path. */
		if (byte == '/' || byte == '?')
			continue;
		cr_expect(
		    allowed == (target_read(&target, (struct span){ raw, 3 },
				    store) == NULL),
		    "byte %d, raw", byte);
	}
}

Test(target_read, knows_how_long_a_target_may_be)
{
	char store[LIMIT_TARGET];
	struct target target;
	struct span in;

	in = cases_repeat("/", "a", LIMIT_TARGET - 1, "");
	cr_expect(target_read(&target, in, store) == NULL);
	cases_same("raw", target.path, in);
	in = cases_repeat("/", "%61", (LIMIT_TARGET - 1) / 3, "");
	cr_expect(target_read(&target, in, store) == NULL);
	cr_expect(eq(sz, target.path.len, 1 + (LIMIT_TARGET - 1) / 3));
	in = cases_repeat("/", "a", LIMIT_TARGET, "");
	cr_expect(
	    ne(ptr, (void *)(uintptr_t)target_read(&target, in, store), NULL));
}

Test(target_parameter, cuts_a_query_into_names_and_values)
{
	static const struct {
		const char *name;
		struct span in;
		struct span pairs; /* "name|value " each */
	} rows[] = {
		CASE("nothing", "", SPAN("")),
		CASE("one", "a=b", SPAN("a|b ")),
		CASE("two", "a=b&c=d", SPAN("a|b c|d ")),
		CASE("no value", "a=&b", SPAN("a| b| ")),
		CASE("no name", "=a", SPAN("|a ")),
		CASE("empty ones", "&&a=b&&c&", SPAN("a|b c| ")),
		CASE("nothing but empty ones", "&&&", SPAN("")),
		CASE("more than one '='", "a=b=c==", SPAN("a|b=c== ")),
		CASE("still encoded", "%61=%26+%3d&b", SPAN("%61|%26+%3d b| ")),
		CASE("the same twice", "a=1&a=2", SPAN("a|1 a|2 ")),
	};
	struct span rest, name, value;
	char memory[256];
	struct text text;
	size_t i;

	for (i = 0; i < CASES(rows); i++) {
		text = TEXT(memory);
		rest = (struct span){ cases_guard(rows[i].in), rows[i].in.len };
		while (target_parameter(&rest, &name, &value))
			text_format(&text, "%.*s|%.*s ", SPAN_ARG(name),
			    SPAN_ARG(value));
		cases_same(rows[i].name, text_span(&text), rows[i].pairs);
	}
}

Test(target_decode, decodes_once)
{
	static const struct {
		const char *name;
		struct span in;
		struct span decoded;
	} rows[] = {
		CASE("nothing", "", SPAN("")),
		CASE("plain", "a-b_c.d~e", SPAN("a-b_c.d~e")),
		CASE("a space", "a+b%20c", SPAN("a b c")),
		CASE("a plus", "a%2Bb%2bc", SPAN("a+b+c")),
		CASE("an escape escaped", "%252F", SPAN("%2F")),
		CASE("control bytes", "%01%0a%7F", SPAN("\x01\n\x7f")),
		CASE("bytes over 127", "%C3%a9%ff", SPAN("\xc3\xa9\xff")),
		CASE("raw JSON", "{\"a\":[\"b\"]}", SPAN("{\"a\":[\"b\"]}")),
		CASE("an escape at the end", "a%41", SPAN("aA")),
	};
	char memory[64];
	struct text text;
	struct span in;
	size_t i;

	for (i = 0; i < CASES(rows); i++) {
		text = TEXT(memory);
		in = (struct span){ cases_guard(rows[i].in), rows[i].in.len };
		cr_expect(target_decode(in, &text), "%s", rows[i].name);
		cr_expect(not(text.full), "%s", rows[i].name);
		cases_same(rows[i].name, text_span(&text), rows[i].decoded);
	}
}

Test(target_decode, refuses_an_escaped_nul)
{
	char memory[64];
	struct text text = TEXT(memory);

	cr_expect(not(target_decode(SPAN("a%00b"), &text)));
	cr_expect(not(target_decode(SPAN("%00"), &text)));
}

Test(target_decode, says_when_the_text_is_full)
{
	char memory[3];
	struct text text = TEXT(memory);

	cr_expect(target_decode(SPAN("%41+b"), &text));
	cr_expect(not(text.full));
	cases_same("fits", text_span(&text), SPAN("A b"));
	text = TEXT(memory);
	cr_expect(target_decode(SPAN("%41%42%43%44"), &text));
	cr_expect(text.full);
}

Test(target_encode, encodes_as_the_daemons_own_client_does)
{
	char memory[256];
	struct text text = TEXT(memory);

	target_encode(SPAN("azAZ09-_.~ +%&=;/?#:@,{\"}\x01\xff\0"), &text);
	cases_same("encoded", text_span(&text),
	    SPAN("azAZ09-_.~+%2B%25%26%3D%3B%2F%3F%23%3A%40%2C%7B%22%7D"
		 "%01%FF%00"));
}

Test(target_encode, makes_what_decodes_to_itself)
{
	char all[255], encoded[3 * sizeof(all)], decoded[sizeof(all)];
	struct text out = TEXT(encoded), back = TEXT(decoded);
	struct span in = { all, sizeof(all) };
	size_t i;

	for (i = 0; i < sizeof(all); i++)
		all[i] = (char)(i + 1);
	target_encode(in, &out);
	cr_assert(not(out.full));
	cr_expect(target_decode(text_span(&out), &back));
	cr_expect(not(back.full));
	cases_same("every byte but NUL", text_span(&back), in);
}

Test(target_encode, says_when_the_text_is_full)
{
	char memory[5];
	struct text text = TEXT(memory);

	target_encode(SPAN("ab/"), &text);
	cr_expect(not(text.full));
	text = TEXT(memory);
	target_encode(SPAN("abc/"), &text);
	cr_expect(text.full);
	cases_same("no half of an escape", text_span(&text), SPAN("abc"));
}
