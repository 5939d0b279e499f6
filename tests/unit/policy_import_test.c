/* SPDX-License-Identifier: MIT */
/* Whole imports: from settings to what the profile allows, and to warnings. */

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <string.h>

#include "policy/import/import.h"
#include "tests/unit/cases.h"
#include "tests/unit/policies.h"

struct row {
	const char *name;
	enum import_kind kind;
	const char *file, *text;
	const char *flags[5];
	const char *allowed;  /* as policies_allowed() has it */
	const char *warnings; /* lines, in which '*' stands for anything */
	const char *part;     /* of the profile; or NULL */
};

static void
check(const struct row *row)
{
	const struct import_input input = { .kind = row->kind,
		.file = row->file,
		.text = span_of(row->text),
		.flags = row->flags[0] != NULL
			     ? (char *const *)(uintptr_t)row->flags
			     : NULL };
	struct complaints warnings = { 0 };
	struct buf profile = { 0 };
	struct policy *policy;
	struct err err;

	cr_assert(eq(int, import_profile(&input, &profile, &warnings, &err), 0),
	    "%s: %s", row->name, err.text);
	policies_complaints(row->name, &warnings, row->warnings);
	cr_assert(buf_add(&profile, "", 1));
	policy = policies_web(buf_span(&profile).at);
	cases_same(row->name, span_of(policies_allowed(&policy->profiles[0])),
	    span_of(row->allowed));
	if (row->part != NULL)
		cr_expect(strstr(buf_span(&profile).at, row->part) != NULL,
		    "%s: %s is not in:\n%s", row->name, row->part,
		    buf_span(&profile).at);
	policy_free(policy);
	complaints_clear(&warnings);
	buf_clear(&profile);
}

#define PINGS "SystemVersion SystemPing SystemPingHead "
#define CETUS                                                     \
	"SystemInfo SystemVersion SystemPing SystemPingHead "     \
	"SystemPingLibpod SystemPingHeadLibpod SystemInfoLibpod " \
	"SystemVersionLibpod "

Test(import, makes_a_profile_of_settings)
{
	static const struct row rows[] = {
		{"tecnativa by default",		  IMPORT_TECNATIVA,   "x.env",  "",						 { 0 },
		    PINGS "SystemEvents ",																				   "",       "; - The case of letters did"		     },
		{ "tecnativa: what is off",	    IMPORT_TECNATIVA,   "x.env",
		    "EVENTS=0\nPING=0\nNETWORKS=yes\n",									       { 0 },			       "SystemVersion ",
		    "x.env:3: NETWORKS=yes is no number*",																			     "; - line 3: NETWORKS=yes is no number"	    },
		{ "tecnativa: root",		     IMPORT_TECNATIVA,   "x.env",
		    "SESSION=1\nPOST=1\nEVENTS=0\n",										  { 0 },			    "Session " PINGS,
		    "",																								"\nroot-equivalent = Session\n"		},
		{ "tecnativa: inside",		       IMPORT_TECNATIVA,	 "x.env",
		    "COMMIT=1\nPOST=1\nEVENTS=0\n",										   { 0 },			   "ImageCommit " PINGS,
		    "",																								"\n; root-equivalent = ImageCommit\n"	      },
		{ "linuxserver by default",	    IMPORT_LINUXSERVER, "x.env",	 "",
		    { 0 },
		    PINGS "SystemEvents SystemPingLibpod SystemPingHeadLibpod "
			  "SystemVersionLibpod ",																			 "",	NULL					},
		{ "wollomatic: flags",		       IMPORT_WOLLOMATIC,  NULL,	"",
		    { "-allowGET=/v1\\..{2}/(version|info)",
			"-allowHEAD=/_ping" },
		    "SystemInfo SystemVersion SystemPingHead ",																	      "",	    NULL					 },
		{ "wollomatic: half anchored",	       IMPORT_WOLLOMATIC,  NULL,	"",
		    { "-allowGET", "/v1.41/info|/_ping", "-loglevel", "DEBUG" },
		    "SystemInfo SystemPing SystemPingLibpod ",																	       "",
		    "its '|' is outside of parentheses"																									    },
		{ "wollomatic: variables",		   IMPORT_WOLLOMATIC,  "x.env",
		    "SP_ALLOW_GET_1=/info\nSP_ALLOW_GET_2=/version\n"
		    "SP_ALLOW_POST=(\nSP_ALLOW_FLY=/\nSP_X=1\n",								   { 0 },			   "SystemInfo SystemVersion ",
		    "x.env:3: SP_ALLOW_POST = (: left out: *\n"
		    "x.env:4: SP_ALLOW_FLY: *\nx.env:5: x: *\n",																		    NULL					},
		{ "wollomatic: flags beat variables",  IMPORT_WOLLOMATIC,
		    "x.env",							    "SP_ALLOW_GET=/info\nSP_ALLOW_HEAD=/_ping\n",
		    { "-allowGET=/version" },														       "SystemVersion SystemPingHead ",
		    "",																								NULL					},
		{ "wollomatic: a command line",	IMPORT_WOLLOMATIC,  "x",
		    "socket-proxy '-allowGET=/(info|version)' \\\n"
		    "  -allowbindmountfrom=/srv/,etc\n",									   { 0 },			   "SystemInfo SystemVersion ",
		    "x: allowbindmountfrom: etc is left out*",																			 "\nbind = /srv /srv/*\n"		     },
		{ "cetusguard by default",		   IMPORT_CETUSGUARD,  "x",	   "! none\n",
		    { 0 },																	  CETUS,				   "",	      NULL					   },
		{ "cetusguard without its own",	IMPORT_CETUSGUARD,  "x",
		    "GET %API_PREFIX_INFO%\n",											{ "-no-builtin-rules" },
		    "SystemInfo ",																					   "",       NULL					    },
		{ "cetusguard: names",		       IMPORT_CETUSGUARD,  "x",
		    "\t GET  %API_PREFIX_CONTAINERS%/%CONTAINER_ID_OR_NAME%"
		    "/json \n"
		    "GET %API_PREFIX_IMAGES%/%IMAGE_ID_OR_REFERENCE%/json\r\n"
		    "DELETE %API_PREFIX_VOLUMES%/%VOLUME_NAME%\n"
		    "GET %NOTHING%/info\nGET\n",										   { "-no-builtin-rules=true" },
		    "ContainerInspect ImageInspect VolumeDelete ",																	   "x:5: *",
		    NULL																													   },
		{ "cetusguard: variables",		   IMPORT_CETUSGUARD,  "x.yaml",
		    "services:\n  a:\n    environment:\n"
		    "      CETUSGUARD_NO_BUILTIN_RULES: 'true'\n"
		    "      CETUSGUARD_RULES: |\n"
		    "        ! a comment\n"
		    "        GET %API_PREFIX_EVENTS%\n",									   { 0 },			   "SystemEvents ",			    "",	NULL					     },
		{ "knrdl",			     IMPORT_KNRDL,	 "x",
		    "# a comment\n\n GET /(v\\d+\\.\\d+/)?info \n"
		    "^(GET|HEAD)$  /_ping$\nGET info\n( /a\nGET /(\n",							     { 0 },			   "SystemInfo SystemPing SystemPingHead ",
		    "x:5: *\nx:6: *\nx:7: *\n",																					NULL					     },
		{ "knrdl: IDs and queries",	    IMPORT_KNRDL,	  "x",
		    "GET /v\\d+\\.\\d+/containers/[0-9a-fA-F]+/json\n"
		    "GET /v\\d+\\.\\d+/networks(\\?filters=.+)?\n"
		    "POST /v\\d+\\.\\d+/containers/[a-z0-9]+/kill\\?signal=USR1"
		    "\n",													  { 0 },			   "ContainerInspect NetworkList ",
		    "x: ContainerKill: left out: POST "
		    "/v1.41/containers/*/kill?signal=USR1 passed*",																		 "now by their names, too: ContainerInspect."},
		{ "sockguard",			       IMPORT_SOCKGUARD,	 "x.yaml",
		    "rules:\n"
		    "- match: {method: '*', path: /_ping}\n"
		    "  action: allow\n"
		    "- match: {method: 'GET,HEAD', path: '/volumes/**'}\n"
		    "  action: allow\n"
		    "- match: {method: GET, path: '/containers/db*/json'}\n"
		    "  action: deny\n"
		    "- match: {method: GET, path: '/containers/*/json'}\n"
		    "  action: allow\n"
		    "- match: {method: '*', path: '/**'}\n"
		    "  action: deny\n"
		    "- match: {method: GET, path: /info}\n"
		    "  action: allow\n",											   { 0 },
		    "~ContainerInspect VolumeList VolumeInspect SystemPing "
		    "SystemPingHead ",																				    "",	"\nrequest = GET /containers/db*/json\n"	 },
		{ "sockguard: what is not understood", IMPORT_SOCKGUARD,
		    "x.yaml",							   "clients: {}\n"
		    "rules:\n"
		    "- {match: {method: GET, path: /info}, action: allow}\n"
		    "- {match: {method: GET, path: info}, action: allow}\n"
		    "- {match: {method: GET, query: a}, action: deny}\n"
		    "- {match: {method: GET, path: /_ping}, action: allow}\n",			   { 0 },			   "SystemInfo ",
		    "x.yaml:1: clients is not taken over*\n"
		    "x.yaml:4: a rule that is not understood is left out\n"
		    "x.yaml:5: a rule that is not understood: it, and all *\n",																     NULL					},
	};
	size_t i;

	for (i = 0; i < CASES(rows); i++)
		check(&rows[i]);
}

Test(import, refuses_what_it_cannot_read)
{
	static const struct {
		enum import_kind kind;
		const char *file, *text, *service, *why;
	} rows[] = {
		{IMPORT_TECNATIVA,   "x.env", "a b",			    NULL, "x.env:1: *"	       },
		{ IMPORT_TECNATIVA,  "x.env", "A=1",			    "a",	 "x.env: only a *"	   },
		{ IMPORT_TECNATIVA,  "x.yml", "a: 1",		     NULL,
		    "x.yml: there are no services in it"						 },
		{ IMPORT_TECNATIVA,  "x.yml", "services: {a: {}, b: {}}", NULL,
		    "x.yml: no services have an image *"						 },
		{ IMPORT_TECNATIVA,  "x.yml", "services: {a: {}, b: {}}", "c",
		    "x.yml: there is no service c"						       },
		{ IMPORT_WOLLOMATIC, "x",	  "-a 'b",			   NULL, "x: a quote *"	},
		{ IMPORT_KNRDL,	"x",     "GET /a",		       "a",  "x: *"		   },
		{ IMPORT_SOCKGUARD,  "x",	 "a: 1",			 NULL, "x: there is no list*"},
		{ IMPORT_SOCKGUARD,  "x",	 "[",			      NULL, "x:*"		  },
	};
	struct complaints warnings = { 0 };
	struct import_input input;
	struct buf profile = { 0 };
	struct err err;
	size_t i;

	for (i = 0; i < CASES(rows); i++) {
		input = (struct import_input){ .kind = rows[i].kind,
			.file = rows[i].file,
			.text = span_of(rows[i].text),
			.service = rows[i].service };
		cr_expect(
		    eq(int, import_profile(&input, &profile, &warnings, &err),
			-1),
		    "%s", rows[i].text);
		cr_expect(glob_matches(span_of(rows[i].why), span_of(err.text)),
		    "%s", err.text);
		cr_expect(eq(sz, profile.len, 0));
	}
	complaints_clear(&warnings);
}

/* Others' bytes cannot leave their comments. */
Test(import, keeps_others_texts_in_comments)
{
	static const char text[] = "POST=a\x1b[1m\x07\xff\n"
				   "CONTAINERS=1 [allow] operation = *\n";
	const struct import_input input = { .kind = IMPORT_TECNATIVA,
		.file = "x.env\n[allow]\noperation = *\n",
		.text = SPAN(text) };
	struct complaints warnings = { 0 };
	struct buf profile = { 0 };
	struct span rest, line;
	struct policy *policy;
	struct err err;
	size_t i;

	cr_assert(
	    eq(int, import_profile(&input, &profile, &warnings, &err), 0));
	rest = buf_span(&profile);
	while (span_word(&rest, "\n", &line)) {
		cr_expect(le(sz, line.len, 80));
		for (i = 0; i < line.len; i++)
			cr_expect(line.at[i] >= ' ' && line.at[i] <= '~');
	}
	cr_assert(buf_add(&profile, "", 1));
	policy = policies_web(buf_span(&profile).at);
	cr_expect(
	    strstr(policies_allowed(&policy->profiles[0]), "Delete") == NULL);
	policy_free(policy);
	complaints_clear(&warnings);
	buf_clear(&profile);
}

Test(import, knows_its_kinds)
{
	struct span rest = span_of(import_kinds()), word;
	char name[32];
	size_t count = 0;

	while (span_word(&rest, ", ", &word)) {
		cr_assert(lt(sz, word.len, sizeof(name)));
		memcpy(name, word.at, word.len);
		name[word.len] = '\0';
		cr_expect(import_kind_of(name) != IMPORT_NONE, "%s", name);
		count++;
	}
	cr_expect(eq(sz, count, 6));
	cr_expect(import_kind_of("") == IMPORT_NONE);
	cr_expect(import_kind_of("haproxy") == IMPORT_NONE);
}
