/* SPDX-License-Identifier: MIT */
/* Pulling, pushing, tagging, importing and loading images, and logging in to
 * registries. */

#include <criterion/criterion.h>
#include <criterion/new/assert.h>

#include "tests/unit/cases.h"
#include "tests/unit/inspections.h"
#include "tests/unit/policies.h"

#define HEX16 "0123456789abcdef"
#define HEX64 HEX16 HEX16 HEX16 HEX16

#define PASSES(name, profile, request)                               \
	{                                                            \
		(name), (profile), "POST " request, "", "", NO_FACTS \
	}
#define REFUSED(name, profile, request, why)                            \
	{                                                               \
		(name), (profile), "POST " request, "", (why), NO_FACTS \
	}
#define PULL "/images/create?fromImage="

Test(transfer, pulls)
{
	static const struct inspections_row rows[] = {
		PASSES("from Docker Hub", "", PULL "nginx&tag=1"),
		PASSES("from Docker Hub, in full", "",
		    PULL "docker.io/acme/web&tag=sha256:" HEX64),
		REFUSED("from elsewhere", "", PULL "ghcr.io/a/b&tag=1",
		    "403 query.fromImage = \"ghcr.io/a/b\" (add [image] pull = "
		    "ghcr.io/a/b:1, or drop the field)"),
		REFUSED("from what is called like it", "",
		    PULL "docker.io.evil.org/a&tag=1", "403 *"),
		REFUSED("by digest", "", PULL "ghcr.io/a&tag=sha256:" HEX64,
		    "403 *pull = ghcr.io/a@sha256:" HEX64 ", *"),
		PASSES("from a place that is listed",
		    "[image]\npull = ghcr.io/a/*\n", PULL "ghcr.io/a/b:1"),
		REFUSED("which leaves out Docker Hub",
		    "[image]\npull = ghcr.io/a/*\n", PULL "nginx&tag=1",
		    "403 *"),
		PASSES("a tag", "[image]\npull = nginx:1.*\n",
		    PULL "nginx&tag=1.2"),
		REFUSED("another tag", "[image]\npull = nginx:1.*\n",
		    PULL "nginx&tag=2", "403 *"),
		/* Means all of its tags. */
		REFUSED("no tag", "[image]\npull = nginx:latest\n",
		    PULL "nginx", "403 *pull = nginx, *"),
		REFUSED("an empty tag", "[image]\npull = nginx:latest\n",
		    PULL "nginx&tag=", "403 *"),
		PASSES("all tags", "[image]\npull = nginx:latest nginx\n",
		    PULL "nginx"),
		REFUSED("two tags", "[image]\npull = *\n", PULL "nginx:1&tag=2",
		    "400 query.fromImage = \"nginx:1\" (a tag beside one in "
		    "the name)"),
		REFUSED("a bad tag", "[image]\npull = *\n",
		    PULL "nginx&tag=a/b", "400 *"),
		REFUSED("an ID", "[image]\npull = *\n", PULL "sha256:" HEX64,
		    "400 *"),
		REFUSED(
		    "no name", "[image]\npull = *\n", PULL "Nginx", "400 *"),
		REFUSED("nothing", "[image]\npull = *\n", "/images/create",
		    "400 neither fromImage nor fromSrc"),
		REFUSED("nothing at all", "[image]\npull = *\n", PULL "&tag=1",
		    "400 neither *"),
	};

	inspections_check(rows, CASES(rows));
}

#define IMPORT "[image]\nimport = yes\n"

Test(transfer, imports)
{
	static const struct inspections_row rows[] = {
		PASSES("from the body", IMPORT,
		    "/images/create?fromSrc=-&repo=&changes=CMD+x&message=m"),
		REFUSED("not allowed", "", "/images/create?fromSrc=-",
		    "403 query.fromSrc = \"-\" (add [image] import = yes, *"),
		REFUSED("from elsewhere", IMPORT,
		    "/images/create?fromSrc=http://a/b", "403 query.fromSrc*"),
		REFUSED("from a file of the host", IMPORT,
		    "/images/create?fromSrc=/etc/x", "403 query.fromSrc*"),
		REFUSED("to a name", IMPORT,
		    "/images/create?fromSrc=-&repo=nginx&tag=1",
		    "403 query.repo = \"nginx\" (add [image] tag = nginx:1, *"),
		PASSES("to a name, allowed", IMPORT "tag = nginx:1\n",
		    "/images/create?fromSrc=-&repo=nginx&tag=1"),
		REFUSED("to another tag", IMPORT "tag = nginx:1\n",
		    "/images/create?fromSrc=-&repo=nginx", "403 *"),
		REFUSED("and a pull", IMPORT,
		    "/images/create?fromSrc=-&fromImage=nginx",
		    "400 query.fromImage = \"nginx\" (fromSrc beside it)"),
		REFUSED("a load", "", "/images/load?quiet=1",
		    "403 body (add [image] load = yes, *"),
		PASSES("a load, allowed", "[image]\nload = yes\n",
		    "/images/load?quiet=1"),
		REFUSED("a load where imports are allowed", IMPORT,
		    "/images/load", "403 *"),
	};

	inspections_check(rows, CASES(rows));
}

Test(transfer, pushes_and_tags)
{
	static const struct inspections_row rows[] = {
		REFUSED("a push", "", "/images/ghcr.io/a/b/push?tag=1",
		    "403 name = \"ghcr.io/a/b\" (add [image] push = "
		    "ghcr.io/a/b:1, *"),
		PASSES("a push, allowed", "[image]\npush = ghcr.io/a/*\n",
		    "/images/ghcr.io/a/b/push?tag=1"),
		PASSES("with the tag in its name",
		    "[image]\npush = ghcr.io/a/b:1\n",
		    "/images/ghcr.io/a/b:1/push"),
		REFUSED("a push elsewhere", "[image]\npush = ghcr.io/a/*\n",
		    "/images/a/b/push?tag=1", "403 *"),
		REFUSED("a push of all tags", "[image]\npush = a/b:1\n",
		    "/images/a/b/push", "403 *"),
		REFUSED("a push with two tags", "[image]\npush = *\n",
		    "/images/a/b:1/push?tag=2", "400 name = \"a/b:1\"*"),
		REFUSED("a push of an ID", "[image]\npush = *\n",
		    "/images/sha256:" HEX64 "/push", "400 *"),
		REFUSED("a tag", "", "/images/x/tag?repo=bb&tag=1",
		    "403 query.repo = \"bb\" (add [image] tag = bb:1, *"),
		PASSES("a tag, allowed", "[image]\ntag = bb\n",
		    "/images/sha256:" HEX64 "/tag?repo=bb&tag=1"),
		REFUSED("another name", "[image]\ntag = bb\n",
		    "/images/bb/tag?repo=x/bb&tag=1", "403 *"),
		REFUSED("another tag", "[image]\ntag = bb:2\n",
		    "/images/bb/tag?repo=bb", "403 *"),
		REFUSED("no name", "[image]\ntag = *\n", "/images/bb/tag?tag=1",
		    "400 repo is missing"),
		REFUSED("two tags", "[image]\ntag = *\n",
		    "/images/bb/tag?repo=bb:1&tag=2", "400 query.repo*"),
	};

	inspections_check(rows, CASES(rows));
}

#define LOGIN(name, profile, address, wanted)                                 \
	{                                                                     \
		(name), (profile), "POST /auth",                              \
		    "{\"username\":\"u\",\"serveraddress\":\"" address "\"}", \
		    (wanted), NO_FACTS                                        \
	}
#define WRITTEN(address) \
	"{\"username\":\"u\",\"serveraddress\":\"" address "\"}"
#define MINE "[image]\nlogin = r.example:5000 *.example.org\n"

Test(transfer, logs_in)
{
	static const struct inspections_row rows[] = {
		LOGIN("to Docker Hub", "", "https://index.docker.io/v1/",
		    WRITTEN("https://index.docker.io/v1/")),
		LOGIN("to Docker Hub, in short", "", "docker.io",
		    WRITTEN("docker.io")),
		LOGIN("to Docker Hub, unsaid", "", "", WRITTEN("")),
		ROW("to Docker Hub, missing", "", "POST /auth",
		    "{\"username\":\"u\",\"password\":\"p\",\"email\":\"e\"}",
		    "{\"username\":\"u\",\"password\":\"p\",\"email\":\"e\"}",
		    NO_FACTS),
		LOGIN("elsewhere", "", "r.example",
		    "403 serveraddress = \"r.example\" (add [image] login = "
		    "r.example, *"),
		LOGIN("by a name before it", "", "docker.io@r.example",
		    "400 serveraddress*"),
		LOGIN("by a URL's name before it", "",
		    "https://docker.io:x@r.example/", "400 *"),
		LOGIN("by a backslash", "", "docker.io\\\\@r.example", "400 *"),
		LOGIN("a URL of nowhere", "", "https://", "400 *"),
		LOGIN("a path of nowhere", "", "https:///v1/", "400 *"),
		LOGIN("a scheme in a scheme", "", "https://http://docker.io",
		    "403 *"),
		LOGIN("listed", MINE, "https://r.example:5000/v2/",
		    WRITTEN("https://r.example:5000/v2/")),
		LOGIN("listed by a glob", MINE, "a.example.org",
		    WRITTEN("a.example.org")),
		LOGIN("not by its path", MINE, "evil.org/a.example.org",
		    "403 serveraddress*login = evil.org, *"),
		LOGIN(
		    "which leaves out Docker Hub", MINE, "docker.io", "403 *"),
		ROW("missing, too", MINE, "POST /auth", "{\"username\":\"u\"}",
		    "403 serveraddress (add [image] login = docker.io, *",
		    NO_FACTS),
		ROW("an unknown field", "", "POST /auth", "{\"helper\":\"x\"}",
		    "403 helper*", NO_FACTS),
	};

	inspections_check(rows, CASES(rows));
}
