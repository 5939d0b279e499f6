/* SPDX-License-Identifier: MIT */
/* References to images: how they are completed, and which ones a profile's
 * words mean. */

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <stdio.h>
#include <string.h>

#include "policy/inspect/checks.h"
#include "policy/inspect/shared.h"
#include "tests/unit/cases.h"
#include "tests/unit/inspections.h"
#include "tests/unit/policies.h"

#define HEX16	"0123456789abcdef"
#define HEX64	HEX16 HEX16 HEX16 HEX16
#define A16	"aaaaaaaaaaaaaaaa"
#define A64	A16 A16 A16 A16
#define LABEL50 "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"

Test(image, is_completed_as_docker_does)
{
	static const struct {
		const char *reference;
		const char *full; /* NULL: it is none */
	} rows[] = {
		ROW("nginx", "docker.io/library/nginx:latest"),
		ROW("nginx:1.25", "docker.io/library/nginx:1.25"),
		ROW("library/nginx", "docker.io/library/nginx:latest"),
		ROW("docker.io/nginx", "docker.io/library/nginx:latest"),
		ROW("index.docker.io/nginx", "docker.io/library/nginx:latest"),
		ROW("index.docker.io/a/b", "docker.io/a/b:latest"),
		ROW("acme/web", "docker.io/acme/web:latest"),
		ROW("acme/web/x", "docker.io/acme/web/x:latest"),
		ROW("localhost/x", "localhost/x:latest"),
		ROW("localhost:5000", "docker.io/library/localhost:5000"),
		ROW("localhost:5000/x:V_1", "localhost:5000/x:V_1"),
		ROW("ghcr.io/a/b/c", "ghcr.io/a/b/c:latest"),
		ROW("host:1/x", "host:1/x:latest"),
		ROW("127.0.0.1:5000/x", "127.0.0.1:5000/x:latest"),
		ROW("x@sha256:" HEX64, "docker.io/library/x@sha256:" HEX64),
		ROW("x:1@sha256:" HEX64, "docker.io/library/x:1@sha256:" HEX64),
		ROW("a.b_c__d---e", "docker.io/library/a.b_c__d---e:latest"),
		ROW("cafe", "docker.io/library/cafe:latest"),
		ROW("sha256:" HEX64, "sha256:" HEX64),
		ROW(HEX64, "sha256:" HEX64),
		ROW("", NULL),
		ROW("Nginx", NULL),
		ROW("Acme/web", NULL),
		ROW("GHCR.io/a", NULL),
		ROW("/x", NULL),
		ROW("x/", NULL),
		ROW("a//b", NULL),
		ROW("a/./b", NULL),
		ROW("../b", NULL),
		ROW("ghcr.io/", NULL),
		ROW("ghcr.io//x", NULL),
		ROW("-x", NULL),
		ROW("x-", NULL),
		ROW("a..b", NULL),
		ROW("a___b", NULL),
		ROW("a-_b", NULL),
		ROW("a._b", NULL),
		ROW("nginx:", NULL),
		ROW("nginx:-1", NULL),
		ROW("nginx:.1", NULL),
		ROW("nginx:1 2", NULL),
		ROW("nginx:*", NULL),
		ROW("*", NULL),
		ROW("a*", NULL),
		ROW("x@", NULL),
		ROW("x@sha256:" HEX16, NULL),
		ROW("x@sha512:" HEX64, NULL),
		ROW("x@sha256:" HEX64 "0", NULL),
		ROW("@sha256:" HEX64, NULL),
		ROW("x@sha256:" HEX64 "@sha256:" HEX64, NULL),
		ROW("sha256:" HEX16, NULL),
		ROW("sha256:0", NULL),
		ROW("host:x/y", NULL),
		ROW("host:/y", NULL),
		ROW("-a.b/y", NULL),
		ROW("a-.b/y", NULL),
		ROW("a..b/y", NULL),
		ROW(".a/y", NULL),
		ROW("a./y", NULL),
		ROW("a.b:1:2/y", NULL),
		ROW("[::1]/y", NULL),
		ROW("user@a.b/y", NULL),
		ROW("https://a.b/y", NULL),
		ROW("a b", NULL),
		ROW("a\xc3\xa4", NULL),
		ROW("x:" A64 A64, "docker.io/library/x:" A64 A64),
		ROW("x:" A64 A64 "a", NULL),
		ROW(LABEL50 "/" LABEL50 "/" LABEL50 "/" LABEL50 "/" LABEL50,
		    NULL),
	};
	char memory[1024];
	struct text text;
	struct span in;
	bool ok;
	size_t i;

	for (i = 0; i < CASES(rows); i++) {
		text = TEXT(memory);
		in = span_of(rows[i].reference);
		in.at = cases_guard(in);
		ok = image_complete(in, &text);
		cr_expect(
		    ok == (rows[i].full != NULL), "%s", rows[i].reference);
		if (ok && rows[i].full != NULL)
			cases_same(rows[i].reference, text_span(&text),
			    span_of(rows[i].full));
	}
}

Test(image, is_matched_part_by_part)
{
	static const struct {
		const char *words;
		const char *reference;
		bool matches;
	} rows[] = {
		ROW("*", "ghcr.io/a/b@sha256:" HEX64, true),
		ROW("*", "sha256:" HEX64, true),
		ROW("*", "No", false),
		ROW("nginx", "nginx", true),
		ROW("nginx", "docker.io/library/nginx:1", true),
		ROW("nginx", "nginx@sha256:" HEX64, true),
		ROW("nginx", "nginx2", false),
		ROW("nginx", "acme/nginx", false),
		ROW("nginx", "ghcr.io/library/nginx", false),
		ROW("nginx:latest", "nginx", true),
		ROW("nginx:latest", "nginx:1", false),
		ROW("nginx:1.*", "nginx:1.25", true),
		ROW("nginx:1.*", "nginx:2.1", false),
		ROW("nginx:1.*", "nginx", false),
		/* The daemons do not look at this tag. */
		ROW("nginx:1.*", "nginx:1.25@sha256:" HEX64, false),
		ROW("nginx:*", "nginx@sha256:" HEX64, true),
		ROW("nginx:1", "nginx@sha256:" HEX64, false),
		ROW("nginx@sha256:" HEX64, "nginx@sha256:" HEX64, true),
		ROW("nginx@sha256:" HEX64, "nginx:2@sha256:" HEX64, true),
		ROW("nginx@sha256:" HEX64, "nginx@sha256:" A64, false),
		ROW("nginx@sha256:" HEX64, "nginx", false),
		ROW("nginx:1@sha256:" HEX64, "nginx:1", false),
		ROW("index.docker.io/nginx", "nginx", true),
		ROW("docker.io/*", "nginx", true),
		ROW("docker.io/*", "acme/web", true),
		ROW("docker.io/*", "ghcr.io/acme/web", false),
		ROW("acme/*", "acme/web/x:1", true),
		ROW("acme/*", "acme.org/web", false),
		ROW("acme/*", "ghcr.io/acme/web", false),
		ROW("ng*", "nginx:1", true),
		ROW("ng*", "ng.example/x", false),
		ROW("ghcr.io/acme/*", "ghcr.io/acme/a/b", true),
		ROW("ghcr.io/acme/*", "ghcr.io/acmeer/a", false),
		ROW("ghcr.io/acme/*", "ghcr.io.evil/acme/a", false),
		ROW("*.example.com/*", "r.example.com/a/b", true),
		ROW("*.example.com/*", "evil.org/r.example.com/b", false),
		ROW("*.example.com/*", "evil.org:1/r.example.com/b", false),
		ROW("*/web", "ghcr.io/web", true),
		ROW("*/web", "ghcr.io/evil/web2", false),
		ROW("registry:5000/x", "registry:5000/x", true),
		ROW("registry:5000/x", "registry:5001/x", false),
		ROW("sha256:" HEX64, "sha256:" HEX64, true),
		ROW("sha256:" HEX64, HEX64, true),
		ROW("sha256:" HEX64, "sha256:" A64, false),
		ROW("sha256:" HEX64, "x@sha256:" HEX64, false),
		ROW("nginx", "sha256:" HEX64, false),
		ROW("nginx acme/*", "acme/x", true),
		ROW("nginx acme/*", "other", false),
	};
	struct inspection in = { 0 };
	struct policy *policy;
	char profile[512];
	size_t i;

	for (i = 0; i < CASES(rows); i++) {
		snprintf(profile, sizeof(profile), "[container]\nimage = %s\n",
		    rows[i].words);
		policy = policies_web(profile);
		in.profile = &policy->profiles[0];
		cr_expect(image_matches(&in, CONTAINER_IMAGE,
			      span_of(rows[i].reference)) == rows[i].matches,
		    "%s: %s", rows[i].words, rows[i].reference);
		policy_free(policy);
	}
}

Test(image, words_are_checked)
{
	static const char *const good[] = { "*", "nginx", "nginx:*", "acme/*",
		"*/x", "*.example.com/*", "host:5000/x:1", "x@sha256:*",
		"docker.io/*", "sha256:" HEX64, "x@sha256:" HEX64 };
	static const char *const bad[] = { "", "Nginx", "a//b", "/x", "x/",
		"x:", "x@", "sha256:" HEX16, "https://x/y", "a b",
		"x:a/b:", "x@y@z", "!x", "a.b/" };
	size_t i;

	for (i = 0; i < CASES(good); i++)
		cr_expect(check_image(span_of(good[i])) == NULL, "%s", good[i]);
	for (i = 0; i < CASES(bad); i++)
		cr_expect(check_image(span_of(bad[i])) != NULL, "%s", bad[i]);
}

#define ONLY(words) "[container]\nimage = " words "\n"
#define CREATE	    "POST /containers/create"
#define ASKED(name) "{\"Image\":\"" name "\"}"
/* Beside it stands what else the container gets. */
#define SENT(name) "{*\"Image\":\"" name "\"*}"
#define ANSWER(name, status, body)                                \
	{                                                         \
		{                                                 \
			"/images/" name "/json", (status), (body) \
		}                                                 \
	}

Test(image, of_a_container)
{
	static const struct inspections_row rows[] = {
		ROW("any", "", CREATE, ASKED("cafe"), SENT("cafe"), NO_FACTS),
		ROW("any, said", ONLY("*"), CREATE, ASKED("cafe"), SENT("cafe"),
		    NO_FACTS),
		ROW("is sent in full", ONLY("nginx"), CREATE, ASKED("nginx:1"),
		    SENT("docker.io/library/nginx:1"), NO_FACTS),
		ROW("another", ONLY("nginx"), CREATE, ASKED("acme/nginx"),
		    "403 Image = \"acme/nginx\" (add [container] image = "
		    "acme/nginx, or drop the field)",
		    NO_FACTS),
		ROW("none", ONLY("nginx"), CREATE, ASKED("Nginx"),
		    "400 Image = \"Nginx\" (not the name of an image)",
		    NO_FACTS),
		ROW("an empty one", ONLY("*"), CREATE, ASKED(""),
		    "400 Image = \"\" (not the name of an image)", NO_FACTS),
		ROW("the beginning of an ID", ONLY("nginx"), CREATE,
		    ASKED("sha256:0123"), "400 *", NO_FACTS),
		ROW("what looks like one is asked for", ONLY("nginx"), CREATE,
		    ASKED("cafe01"), "ask /images/cafe01/json", NO_FACTS),
		ROW("and goes by its ID", ONLY("nginx:1"), CREATE,
		    ASKED("cafe01"), SENT("sha256:" HEX64),
		    ANSWER("cafe01", 200,
			"{\"Id\":\"sha256:" HEX64 "\",\"RepoTags\":"
			"[\"<none>:<none>\",\"nginx:1\"]}")),
		ROW("with another name", ONLY("nginx:1"), CREATE,
		    ASKED("cafe01"), "403 Image = \"cafe01\"*",
		    ANSWER("cafe01", 200,
			"{\"Id\":\"sha256:" HEX64 "\",\"RepoTags\":"
			"[\"nginx:2\"]}")),
		ROW("without one", ONLY("nginx:1"), CREATE, ASKED("cafe01"),
		    "403 *",
		    ANSWER("cafe01", 200,
			"{\"Id\":\"sha256:" HEX64 "\",\"RepoTags\":null}")),
		ROW("without an ID", ONLY("nginx:1"), CREATE, ASKED("cafe01"),
		    "403 *",
		    ANSWER("cafe01", 200, "{\"RepoTags\":[\"nginx:1\"]}")),
		ROW("no such image", ONLY("nginx"), CREATE, ASKED("cafe01"),
		    "404 No such image: cafe01", ANSWER("cafe01", 404, "{}")),
		ROW("an ID by a digest", ONLY("nginx"), CREATE,
		    ASKED("sha256:" HEX64), SENT("sha256:" HEX64),
		    ANSWER("sha256:" HEX64, 200,
			"{\"Id\":\"sha256:" HEX64 "\",\"RepoDigests\":"
			"[\"nginx@sha256:" A64 "\"]}")),
		ROW("an ID that is listed", ONLY("sha256:" HEX64), CREATE,
		    ASKED("sha256:" HEX64), SENT("sha256:" HEX64),
		    ANSWER(
			"sha256:" HEX64, 200, "{\"Id\":\"sha256:" HEX64 "\"}")),
		ROW("an ID that is not", ONLY("sha256:" HEX64), CREATE,
		    ASKED("sha256:" A64), "403 *",
		    ANSWER("sha256:" A64, 200, "{\"Id\":\"sha256:" A64 "\"}")),
	};

	inspections_check(rows, CASES(rows));
}
