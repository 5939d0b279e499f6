/* SPDX-License-Identifier: MIT */
/* Operations: that every path leads where the daemon takes it, and nowhere
 * else; and the globs. */

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <string.h>

#include "policy/operation.h"

#define LEN(array) (sizeof(array) / sizeof(*(array)))

static const struct operation *
named(const char *name)
{
	const struct operation *operation = operation_named(span_of(name));

	cr_assert(operation != NULL, "%s", name);
	return operation;
}

static const struct operation *
route(enum method method, const char *path)
{
	return operation_route(method, span_of(path), NULL);
}

/* The name of what a request means, or "-". */
static const char *
meaning(enum method method, const char *path)
{
	const struct operation *operation = route(method, path);

	return operation != NULL ? operation->name : "-";
}

static void
expect_meaning(enum method method, const char *path, const char *name)
{
	cr_expect(strcmp(meaning(method, path), name) == 0,
	    "%s %s is %s, not %s", method_name(method), path,
	    meaning(method, path), name);
}

/* A row's path with values for its parameters. */
static void
instantiate(char *out, size_t size, const char *pattern, const char *id,
    const char *name)
{
	size_t used = 0;
	const char *value;

	while (*pattern != '\0') {
		cr_assert(lt(sz, used + 1, size));
		if (*pattern != '{') {
			out[used++] = *pattern++;
			continue;
		}
		value = pattern[1] == 'i' ? id : name;
		cr_assert(lt(sz, used + strlen(value), size));
		memcpy(out + used, value, strlen(value));
		used += strlen(value);
		pattern = strchr(pattern, '}') + 1;
	}
	out[used] = '\0';
}

static bool
has_parameter(const char *path)
{
	return strchr(path, '{') != NULL;
}

Test(operation_route, takes_every_row_to_itself)
{
	static const char *const names[] = { "alpine", "alpine:3.20",
		"registry.example.com:5000/team/app@sha256:abc", "a/json",
		"json/get", "json", "get" };
	static const char *const ids[] = { "web", "0123abcd", "a.b_c-d" };
	char path[256];
	size_t i, k;

	for (i = 0; i < operations_len; i++)
		for (k = 0; k < LEN(ids) * LEN(names); k++) {
			instantiate(path, sizeof(path), operations[i].path,
			    ids[k % LEN(ids)], names[k / LEN(ids)]);
			cr_expect(
			    route(operations[i].method, path) == &operations[i],
			    "%s is %s, not %s", path,
			    meaning(operations[i].method, path),
			    operations[i].name);
		}
}

/* Where names may be as long as they like, the row that wins can give root. */
static bool
is_shared(const struct operation *operation)
{
	return strcmp(operation->name, "ImageScpLibpod") == 0 ||
	       strcmp(operation->section, "libpod-manifest") == 0;
}

/* The last words of all paths as names of objects: what is spelled out in
 * the table wins, and else the row keeps its path. */
Test(operation_route, is_not_confused_by_names_that_are_words_of_the_api)
{
	const struct operation *found;
	const char *word;
	char path[256];
	size_t i, k;

	for (k = 0; k < operations_len; k++) {
		word = strrchr(operations[k].path, '/') + 1;
		if (*word == '\0' || *word == '{')
			continue;
		for (i = 0; i < operations_len; i++) {
			instantiate(
			    path, sizeof(path), operations[i].path, word, word);
			found = route(operations[i].method, path);
			cr_assert(found != NULL, "%s", path);
			cr_expect(found == &operations[i] ||
				      strcmp(found->path, path) == 0 ||
				      (is_shared(found) && found->root),
			    "%s is %s, not %s", path, found->name,
			    operations[i].name);
		}
	}
}

Test(operation_route, prefers_what_is_spelled_out)
{
	static const struct {
		const char *path;
		enum method method;
		const char *name;
	} cases[] = {
		{"/images/json",	  METHOD_GET,    "ImageList"	  },
		{ "/images/get",	 METHOD_GET,    "ImageGetAll"	   },
		{ "/images/search",	    METHOD_GET,	"ImageSearch"	      },
		{ "/images/json/json",   METHOD_GET,	   "ImageInspect"	  },
		{ "/images/get",	 METHOD_DELETE, "ImageDelete"	      },
		{ "/containers/json",    METHOD_GET,	  "ContainerList"	  },
		{ "/containers/json",    METHOD_DELETE, "ContainerDelete"    },
		{ "/containers/prune",   METHOD_POST,   "ContainerPrune"     },
		{ "/containers/prune",   METHOD_DELETE, "ContainerDelete"	},
		{ "/networks/create",    METHOD_POST,   "NetworkCreate"	   },
		{ "/networks/create",    METHOD_GET,	  "NetworkInspect"	   },
		{ "/volumes/prune",	    METHOD_POST,	 "VolumePrune"	       },
		{ "/volumes/prune",	    METHOD_GET,	"VolumeInspect"	},
		{ "/plugins/privileges", METHOD_GET,    "GetPluginPrivileges"},
		{ "/plugins/privileges", METHOD_DELETE, "PluginDelete"       },
		{ "/services/create",    METHOD_POST,   "ServiceCreate"	   },
		{ "/services/create",    METHOD_GET,	  "ServiceInspect"	   },
		{ "/swarm/unlockkey",    METHOD_GET,	  "SwarmUnlockkey"	   },
		{ "/debug/pprof/",	   METHOD_GET,    "DebugPprof"	    },
		{ "/debug/pprof/trace",	METHOD_GET,    "DebugPprofTrace"    },
		{ "/debug/pprof/heap",   METHOD_GET,	   "DebugPprofLookup"   },
	};
	size_t i;

	for (i = 0; i < LEN(cases); i++)
		expect_meaning(cases[i].method, cases[i].path, cases[i].name);
}

Test(operation_route, lets_the_last_segment_decide_where_names_hold_slashes)
{
	struct span arguments[OPERATION_ARGUMENTS];
	const struct operation *operation;

	operation = operation_route(
	    METHOD_GET, SPAN("/images/foo/json/get"), arguments);
	cr_assert(operation == named("ImageGet"));
	cr_expect(span_eq(arguments[0], SPAN("foo/json")));

	operation = operation_route(
	    METHOD_GET, SPAN("/images/foo/get/json"), arguments);
	cr_assert(operation == named("ImageInspect"));
	cr_expect(span_eq(arguments[0], SPAN("foo/get")));

	operation = operation_route(METHOD_DELETE,
	    SPAN("/images/reg.example.com:5000/a/b:1"), arguments);
	cr_assert(operation == named("ImageDelete"));
	cr_expect(span_eq(arguments[0], SPAN("reg.example.com:5000/a/b:1")));

	operation = operation_route(
	    METHOD_POST, SPAN("/plugins/vieux/sshfs:latest/enable"), arguments);
	cr_assert(operation == named("PluginEnable"));
	cr_expect(span_eq(arguments[0], SPAN("vieux/sshfs:latest")));
}

Test(operation_route, takes_one_segment_for_all_other_objects)
{
	expect_meaning(METHOD_GET, "/containers/a/json", "ContainerInspect");
	cr_expect(route(METHOD_GET, "/containers/a/b/json") == NULL);
	cr_expect(route(METHOD_DELETE, "/containers/a/b") == NULL);
	cr_expect(route(METHOD_POST, "/containers/a/b/exec") == NULL);
	cr_expect(route(METHOD_GET, "/volumes/a/b") == NULL);
	cr_expect(route(METHOD_GET, "/networks/a/b") == NULL);
	cr_expect(route(METHOD_POST, "/exec/a/b/start") == NULL);
}

Test(operation_route, gives_the_pieces_that_stand_for_parameters)
{
	struct span arguments[OPERATION_ARGUMENTS];

	cr_assert(
	    operation_route(METHOD_DELETE,
		SPAN("/containers/web/checkpoints/one"), arguments) != NULL);
	cr_expect(span_eq(arguments[0], SPAN("web")));
	cr_expect(span_eq(arguments[1], SPAN("one")));

	cr_assert(operation_route(METHOD_POST, SPAN("/containers/web/stop"),
		      arguments) != NULL);
	cr_expect(span_eq(arguments[0], SPAN("web")));
	cr_expect(eq(sz, arguments[1].len, 0));

	cr_assert(
	    operation_route(METHOD_OPTIONS, SPAN("/a/b/"), arguments) != NULL);
	cr_expect(span_eq(arguments[0], SPAN("a/b/")));
}

Test(operation_route, leaves_no_piece_of_rows_that_it_passed_by)
{
	struct span arguments[OPERATION_ARGUMENTS];

	memset(arguments, 0xff, sizeof(arguments));
	cr_assert(operation_route(
		      METHOD_GET, SPAN("/images/json"), arguments) != NULL);
	cr_expect(arguments[0].at == NULL && arguments[0].len == 0);
	cr_expect(arguments[1].at == NULL && arguments[1].len == 0);

	memset(arguments, 0xff, sizeof(arguments));
	cr_assert(
	    operation_route(METHOD_GET, SPAN("/nothing"), arguments) == NULL);
	cr_expect(arguments[0].at == NULL && arguments[0].len == 0);
	cr_expect(arguments[1].at == NULL && arguments[1].len == 0);
}

Test(operation_route, knows_nothing_of_other_methods_and_paths)
{
	static const struct {
		const char *path;
		enum method method;
	} cases[] = {
		{"/containers/json",	      METHOD_UNKNOWN},
		{ "/containers/json",	      METHOD_HEAD	  },
		{ "/containers/json",	      METHOD_POST	  },
		{ "/containers/json",	      METHOD_PUT	 },
		{ "/info",			   METHOD_HEAD   },
		{ "/Info",			   METHOD_GET    },
		{ "/_PING",			    METHOD_GET    },
		{ "/",			   METHOD_GET	  },
		{ "",			    METHOD_GET	 },
		{ "info",			  METHOD_GET    },
		{ "/infos",			    METHOD_GET    },
		{ "/inf",			  METHOD_GET    },
		{ "/images",		     METHOD_GET	},
		{ "/containers",		 METHOD_GET    },
		{ "/v1.41/info",		 METHOD_GET    },
		{ "/libpod/nothing",	     METHOD_GET	},
		{ "/v4.3.1/libpod/info",	 METHOD_GET    },
		{ "/libpod/info",		  METHOD_OPTIONS},
		{ "/containers/web/copy",	  METHOD_POST   },
		{ "/containers/web/healthcheck", METHOD_GET    },
		{ "/containers/web/attach/ws",   METHOD_POST   },
		{ "/containers/web/attach",	    METHOD_GET    },
		{ "/distribution/json",		METHOD_GET	   },
		{ "/images/json",		  METHOD_POST   },
		{ "/debug/vars",		 METHOD_POST   },
		{ "/debug/pprof",		  METHOD_GET    },
		{ "/swarm",			    METHOD_POST	},
		{ "/unlockkey",			METHOD_GET	   },
	};
	size_t i;

	for (i = 0; i < LEN(cases); i++)
		expect_meaning(cases[i].method, cases[i].path, "-");
}

Test(operation_route, matches_no_empty_segment)
{
	static const char *const paths[] = { "/images//json", "/images//get",
		"/images/a//json", "/images//a/json", "/containers//json",
		"/containers//archive", "/distribution//json", "/plugins//json",
		"/volumes/", "//containers/json" };
	size_t i;

	for (i = 0; i < LEN(paths); i++)
		cr_expect(route(METHOD_GET, paths[i]) == NULL, "%s", paths[i]);
	cr_expect(route(METHOD_DELETE, "/images/") == NULL);
	cr_expect(route(METHOD_DELETE, "/images/a/") == NULL);
	cr_expect(route(METHOD_DELETE, "/containers/") == NULL);
}

Test(operation_route, takes_a_slash_at_the_end_only_where_the_daemon_does)
{
	char path[256];
	size_t i, len;

	for (i = 0; i < operations_len; i++) {
		if (operations[i].method == METHOD_OPTIONS)
			continue;
		instantiate(path, sizeof(path) - 1, operations[i].path, "web",
		    "alpine");
		len = strlen(path);
		if (path[len - 1] == '/')
			continue;
		path[len] = '/';
		path[len + 1] = '\0';
		expect_meaning(operations[i].method, path,
		    strcmp(path, "/networks/") == 0 ? "NetworkList" : "-");
	}
	cr_expect(route(METHOD_POST, "/networks/") == NULL);
	cr_expect(route(METHOD_DELETE, "/networks/") == NULL);
}

/* One byte more, one less or another method never ends at the same row. */
Test(operation_route, keeps_the_neighbours_of_root_operations_apart)
{
	const struct operation *operation;
	enum method method;
	char path[256];
	size_t i, len;

	for (i = 0; i < operations_len; i++) {
		operation = &operations[i];
		if (!operation->root)
			continue;
		instantiate(
		    path, sizeof(path) - 1, operation->path, "web", "alpine");
		for (method = METHOD_UNKNOWN; method <= METHOD_OPTIONS;
		     method++)
			cr_expect(method == operation->method ||
				      route(method, path) != operation,
			    "%s", path);
		if (operation->path[strlen(operation->path) - 1] == '}')
			continue;
		len = strlen(path);
		path[len] = 'x';
		path[len + 1] = '\0';
		cr_expect(
		    route(operation->method, path) != operation, "%s", path);
		path[len - 1] = '\0';
		cr_expect(
		    route(operation->method, path) != operation, "%s", path);
	}
}

/* The rest of it stands right behind, where a careless reader would go on. */
Test(operation_route, reads_no_byte_behind_the_path)
{
	struct span path;
	size_t i;

	for (i = 0; i < operations_len; i++) {
		if (has_parameter(operations[i].path))
			continue;
		path = span_of(operations[i].path);
		while (path.len-- > 0)
			cr_expect(operation_route(operations[i].method, path,
				      NULL) != &operations[i],
			    "%.*s", SPAN_ARG(path));
	}
	path = (struct span){ "/containers/web/json", 15 };
	cr_expect(operation_route(METHOD_GET, path, NULL) == NULL);
	path = (struct span){ "/images/a/b/json", 11 };
	cr_expect(operation_route(METHOD_GET, path, NULL) == NULL);
}

Test(operation_named, wants_the_exact_name)
{
	cr_expect(operation_named(SPAN("ContainerList")) != NULL);
	cr_expect(operation_named(SPAN("containerlist")) == NULL);
	cr_expect(operation_named(SPAN("ContainerLis")) == NULL);
	cr_expect(operation_named(SPAN("ContainerListX")) == NULL);
	cr_expect(operation_named(SPAN("")) == NULL);
}

Test(operation_access, parts_each_section_in_three)
{
	static const char *const cases[][2] = {
		{"ContainerStop",		   "write"},
		{ "ContainerAttach",	     "write"},
		{ "ContainerAttachWebsocket", "write"},
		{ "ContainerLogs",		   "data" },
		{ "ConfigInspect",		   "data" },
		{ "ContainerList",		   "read" },
		{ "ContainerWait",		   "read" },
	};
	size_t i;

	for (i = 0; i < LEN(cases); i++)
		cr_expect(strcmp(operation_access(named(cases[i][0])),
			      cases[i][1]) == 0,
		    "%s is not in %s", cases[i][0], cases[i][1]);
}

Test(method, names_lead_back_to_methods)
{
	enum method method;

	for (method = METHOD_GET; method <= METHOD_OPTIONS; method++)
		cr_expect(method_of(span_of(method_name(method))) == method,
		    "%s", method_name(method));
}

Test(method, names_are_exact)
{
	static const char *const unknown[] = { "", "get", "Get", "GE", "GETS",
		"PATCH", "TRACE", "CONNECT", "PRI" };
	size_t i;

	for (i = 0; i < LEN(unknown); i++)
		cr_expect(method_of(span_of(unknown[i])) == METHOD_UNKNOWN,
		    "%s", unknown[i]);
}

Test(glob, matches_as_a_whole)
{
	static const struct {
		const char *glob, *s;
		bool matches;
	} cases[] = {
		{"",			"",			  true },
		{ "",		       "a",			   false},
		{ "a",		       "",			   false},
		{ "web",			 "web",			true },
		{ "web",			 "webs",			 false},
		{ "web",			 "aweb",			 false},
		{ "web",			 "Web",			false},
		{ "*",		       "",			   true },
		{ "*",		       "a/b:c",			true },
		{ "**",			"",			    true },
		{ "**",			"ab",			      true },
		{ "web-*",		   "web-1",		    true },
		{ "web-*",		   "web-",			   true },
		{ "web-*",		   "web",			  false},
		{ "*-db",			  "blog-db",		     true },
		{ "*-db",			  "blog-db2",		      false},
		{ "a*c",			 "abc",			true },
		{ "a*c",			 "ac",		       true },
		{ "a*c",			 "abcd",			 false},
		{ "a*a",			 "a",			      false},
		{ "a*a",			 "aa",		       true },
		{ "ab*ba",		   "aba",			  false},
		{ "ab*ba",		   "abba",			   true },
		{ "*ab*ab*",		     "ab",			   false},
		{ "*ab*ab*",		     "xabab",		      true },
		{ "*ab*ab",		    "abxab",		     true },
		{ "*ab*ab",		    "abab-ab",		       true },
		{ "*aab",			  "aaab",			  true },
		{ "a*b*c",		   "axbxbxc",		      true },
		{ "a*b*c",		   "axcxb",		    false},
		{ "registry.example.com/*", "registry.example.com/a/b", true },
		{ "registry.example.com/*", "registryXexample.com/a",   false},
		{ "w?b",			 "web",			false},
		{ "w?b",			 "w?b",			true },
		{ "[a]",			 "a",			      false},
	};
	size_t i;

	for (i = 0; i < LEN(cases); i++)
		cr_expect(glob_matches(span_of(cases[i].glob),
			      span_of(cases[i].s)) == cases[i].matches,
		    "%s on %s", cases[i].glob, cases[i].s);
}

Test(glob, takes_a_span_of_nothing)
{
	const struct span nothing = { NULL, 0 };

	cr_expect(glob_matches(SPAN("*"), nothing));
	cr_expect(glob_matches(SPAN(""), nothing));
	cr_expect(not(glob_matches(SPAN("a*"), nothing)));
	cr_expect(not(glob_matches(SPAN("*a*"), nothing)));
	cr_expect(not(glob_matches(SPAN("*a"), nothing)));
}

/* Tried in all ways, this would outlast the sun. */
Test(glob, is_not_slowed_down_by_many_stars, .timeout = 5)
{
	enum {
		STARS = 4096,
		BYTES = 1 << 16
	};
	static char glob[2 * STARS + 1], s[BYTES];
	size_t i;

	for (i = 0; i < STARS; i++)
		memcpy(glob + 2 * i, "a*", 2);
	glob[2 * STARS] = 'b';
	memset(s, 'a', sizeof(s));
	cr_expect(not(glob_matches((struct span){ glob, sizeof(glob) },
	    (struct span){ s, sizeof(s) })));
	s[BYTES - 1] = 'b';
	cr_expect(glob_matches((struct span){ glob, sizeof(glob) },
	    (struct span){ s, sizeof(s) }));
}
