/* SPDX-License-Identifier: MIT */
/* What all inspectors have in common: how strings are read, what is asked of
 * the daemon, and that the tables are such as the engine can walk. */

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <stdio.h>
#include <string.h>

#include "policy/inspect/parts.h"
#include "tests/unit/cases.h"
#include "tests/unit/inspections.h"
#include "tests/unit/policies.h"

static const struct inspector *const tables[] = { container_inspectors,
	exec_inspectors, image_inspectors, volume_inspectors,
	network_inspectors, service_inspectors, swarm_inspectors,
	plugin_inspectors };

Test(inspect_truth, reads_as_the_daemon_does)
{
	static const struct {
		const char *value;
		bool truth;
	} rows[] = {
		{"",	      false},
		{ "0",	       false},
		{ "no",	false},
		{ "false",	   false},
		{ "none",	  false},
		{ "FALSE",	   false},
		{ "nO",	false},
		{ " false\t",  false},
		{ "\v\f\r\n ", false},
		{ "1",	       true },
		{ "true",	  true },
		{ "True",	  true },
		{ "off",	 true },
		{ "f",	       true },
		{ "n",	       true },
		{ "00",	true },
		{ "-0",	true },
		{ "null",	  true },
		{ "fa lse",    true },
		{ "\x01",	  true },
	};
	size_t i;

	for (i = 0; i < CASES(rows); i++)
		cr_expect(
		    inspect_truth(span_of(rows[i].value)) == rows[i].truth,
		    "row %zu: \"%s\"", i, rows[i].value);
}

Test(inspect_is_name, takes_what_daemons_call_things)
{
	static const char *const good[] = { "a", "0", "web", "Web-1_x.y", "a-",
		"a.." };
	static const char *const bad[] = { "", "-a", "_a", ".a", "..", "a/b",
		"/a", "a:b", "a b", "a\n", "a%2f", "\xc3\xa9", "a@b", "a," };
	const struct span nul = { "a\0b", 3 };
	size_t i;

	for (i = 0; i < CASES(good); i++)
		cr_expect(inspect_is_name(span_of(good[i])), "%s", good[i]);
	for (i = 0; i < CASES(bad); i++)
		cr_expect(
		    not(inspect_is_name(span_of(bad[i]))), "\"%s\"", bad[i]);
	cr_expect(not(inspect_is_name(nul)));
}

Test(inspect_is_path, takes_one_spelling_only)
{
	static const char *const good[] = { "/", "/a", "/srv/app",
		"/var/run/docker.sock", "/a/...", "/a/..b", "/a b/\xc3\xa9" };
	static const char *const bad[] = { "", "a", "./a", "../a", "//", "//a",
		"/a/", "/a//b", "/.", "/..", "/a/.", "/a/..", "/a/../b",
		"/a/./b", "/a,b", "/a:b", "/:", "/a\nb", "/a\x7f", "C:\\a",
		"~/a" };
	const struct span nul = { "/a\0b", 4 };
	size_t i;

	for (i = 0; i < CASES(good); i++)
		cr_expect(inspect_is_path(span_of(good[i])), "%s", good[i]);
	for (i = 0; i < CASES(bad); i++)
		cr_expect(
		    not(inspect_is_path(span_of(bad[i]))), "\"%s\"", bad[i]);
	cr_expect(not(inspect_is_path(nul)));
}

static struct inspection in;

static void
begin(const struct inspect_fact *facts, size_t len)
{
	in = (struct inspection){ .facts = facts, .facts_len = len };
	in.why = TEXT(in.why_memory);
	in.field = TEXT(in.field_memory);
	in.ask = TEXT(in.ask_memory);
	in.path = TEXT(in.path_memory);
}

Test(inspect_ask, gives_the_answer_or_asks_one_question)
{
	static const struct inspect_fact facts[] = {
		{SPAN("/volumes/a"),  200, SPAN("{\"Name\":\"a\"}")},
		{ SPAN("/volumes/b"), 404, SPAN("")		    },
	};

	begin(facts, CASES(facts));
	cr_expect(inspect_ask(&in, "/volumes/%s", "b") == &facts[1]);
	cr_expect(in.ask.len == 0);
	cr_expect(inspect_ask(&in, "/volumes/%s", "ab") == NULL);
	cr_expect(inspect_ask(&in, "/volumes/%s", "c") == NULL);
	cases_same("the first one", text_span(&in.ask), SPAN("/volumes/ab"));
	cr_expect(in.why.len == 0);
}

/* Whatever a rule forgot to check. */
Test(inspect_ask, writes_no_more_than_a_path)
{
	static const char bytes[] = "?#% \r\n\"\\{};,&\x7f\x80";
	size_t i;

	for (i = 0; i < sizeof(bytes); i++) {
		begin(NULL, 0);
		cr_expect(inspect_ask(&in, "/a%cb", bytes[i]) == NULL);
		cr_expect(in.ask.len == 0, "%02x", bytes[i]);
		cases_same("why", text_span(&in.why),
		    SPAN(" (a name that no path can hold)"));
	}
	begin(NULL, 0);
	cr_expect(
	    inspect_ask(&in, "/images/a.b:1/c_d-e@sha256:f+/json") == NULL);
	cr_expect(in.ask.len > 0);
}

Test(inspect_ask, ends_at_its_limits)
{
	struct inspect_fact facts[INSPECT_FACTS_MAX];
	char name[INSPECT_ASK_MAX];
	size_t i;

	for (i = 0; i < INSPECT_FACTS_MAX; i++)
		facts[i] = (struct inspect_fact){ SPAN("/x"), 200, SPAN("{}") };
	begin(facts, INSPECT_FACTS_MAX - 1);
	cr_expect(inspect_ask(&in, "/y") == NULL);
	cr_expect(in.ask.len == 2 && in.why.len == 0);
	begin(facts, INSPECT_FACTS_MAX);
	cr_expect(inspect_ask(&in, "/x") == &facts[0]);
	cr_expect(inspect_ask(&in, "/y") == NULL);
	cr_expect(in.ask.len == 0 && in.status == 403);
	cases_same("too much", text_span(&in.why),
	    SPAN(" (too much to ask the daemon about)"));

	memset(name, 'n', sizeof(name));
	begin(NULL, 0);
	cr_expect(inspect_ask(&in, "/%.*s", INSPECT_ASK_MAX - 2, name) == NULL);
	cr_expect(in.ask.len == INSPECT_ASK_MAX - 1 && in.why.len == 0);
	begin(NULL, 0);
	cr_expect(inspect_ask(&in, "/%.*s", INSPECT_ASK_MAX - 1, name) == NULL);
	cr_expect(in.ask.len == 0);
	cases_same(
	    "too long", text_span(&in.why), SPAN(" (a name that is too long)"));
}

Test(inspect_read_fact, takes_good_answers_only)
{
	static const struct inspect_fact good = { SPAN("/x"), 200,
		SPAN("{\"a\":1}") };
	static const struct inspect_fact bad[] = {
		{SPAN("/x"),  200, SPAN("")		    },
		{ SPAN("/x"), 200, SPAN("{\"a\":1,\"a\":2}")},
		{ SPAN("/x"), 204, SPAN("{}")		      },
		{ SPAN("/x"), 500, SPAN("{}")		      },
		{ SPAN("/x"), 301, SPAN("{}")		      },
	};
	struct json *document;
	size_t i;

	begin(NULL, 0);
	document = inspect_read_fact(&in, &good);
	cr_assert(document != NULL);
	cr_expect(json_int(json_member(document, "a")) == 1);
	json_free(document);
	for (i = 0; i < CASES(bad); i++) {
		begin(NULL, 0);
		cr_expect(inspect_read_fact(&in, &bad[i]) == NULL, "%zu", i);
		cr_expect(in.status == 502 && in.why.len > 0, "%zu", i);
	}
}

Test(inspect_parameter, decodes_what_the_daemon_will_get)
{
	static const char head[] =
	    "POST /images/create?fromImage=a%2fb+c&empty=&ta%67=1&repo HTTP/1.1"
	    "\r\nHost: x\r\n\r\n";
	static struct policies_reading reading;
	char memory[64], tiny[3];
	struct text text = TEXT(memory);

	cr_assert(policies_read(&reading, "query", span_of(head)));
	begin(NULL, 0);
	in.request = &reading.request;
	cr_expect(inspect_parameter(&in, "fromImage", &text));
	cases_same("decoded", text_span(&text), SPAN("a/b c"));
	text = TEXT(memory);
	cr_expect(inspect_parameter(&in, "tag", &text));
	cases_same("an escaped name", text_span(&text), SPAN("1"));
	text = TEXT(memory);
	cr_expect(inspect_parameter(&in, "empty", &text));
	cr_expect(inspect_parameter(&in, "repo", &text));
	cr_expect(text.len == 0);
	cr_expect(not(inspect_parameter(&in, "from", &text)));
	cr_expect(not(inspect_parameter(&in, "", &text)));
	text = TEXT(tiny);
	cr_expect(inspect_parameter(&in, "fromImage", &text));
	cr_expect(text.full);
}

/* A row that the engine cannot walk safely. NULL: it can. */
static const char *
fault_of(const struct field *row)
{
	bool whole = row->shape < SHAPE_STRINGS || row->shape == SHAPE_RAW ||
		     row->shape == SHAPE_OBJECT;
	bool objects =
	    row->shape >= SHAPE_OBJECT && row->shape <= SHAPE_OBJECTS_MAP;
	const struct section_row *key = &section_rows[row->key];

	if (row->shape == 0 || row->shape > SHAPE_RAW || row->rule == NULL)
		return "a shape or rule is missing";
	if (!whole && (row->rule == rule_ignore || row->rule == rule_empty))
		return "only whole values can be dropped";
	if (objects && row->fields == NULL && row->rule != rule_ignore &&
	    row->rule != rule_empty)
		return "objects that nobody looks into";
	if (!objects && row->fields != NULL)
		return "fields that nobody reads";
	if (row->shape == SHAPE_RAW && row->rule == rule_pass)
		return "anything passes";
	if (row->rule == rule_flag &&
	    (row->shape != SHAPE_BOOL || key->kind != SECTION_FLAG ||
		row->key == KEY_NONE))
		return "no flag";
	if ((row->rule == rule_listed || row->rule == rule_listed_or_any) &&
	    (key->kind != SECTION_WORDS || row->key == KEY_NONE))
		return "no words to compare with";
	return NULL;
}

static bool
judges_alike(const struct field *row, const struct field *other)
{
	return row->shape == other->shape && row->rule == other->rule &&
	       row->key == other->key && row->fields == other->fields;
}

/* Two rows that Go takes for one are two spellings: of a body with both the
 * engine takes none. */
static void
check_fields(const char *operation, const struct field *fields)
{
	const struct field *row, *other;
	const char *fault;

	for (row = fields; row->name != NULL; row++) {
		fault = fault_of(row);
		cr_expect(
		    fault == NULL, "%s: %s: %s", operation, row->name, fault);
		for (other = fields; other < row; other++)
			if (json_folds(
				span_of(row->name), span_of(other->name)))
				cr_expect(judges_alike(row, other) &&
					      row == other + 1,
				    "%s: %s and %s", operation, row->name,
				    other->name);
		if (row->fields != NULL)
			check_fields(operation, row->fields);
	}
}

/* Whether an operation of that section has such a parameter, spelled so: some
 * share a table. */
static bool
has_parameter(const char *section, const char *name)
{
	const struct operation *o;
	struct span rest, word;

	for (o = operations; o < operations + operations_len; o++) {
		rest = span_of(o->parameters);
		while (strcmp(o->section, section) == 0 &&
		       span_word(&rest, " ", &word)) {
			word.len -= word.at[word.len - 1] == '*';
			if (span_eq(word, span_of(name)))
				return true;
		}
	}
	return false;
}

static void
check_inspector(const struct inspector *inspector)
{
	const struct operation *operation =
	    operation_named(span_of(inspector->operation));
	const struct parameter_rule *rule;
	bool json;

	cr_assert(operation != NULL, "%s", inspector->operation);
	json = operation->body == BODY_JSON ||
	       operation->body == BODY_JSON_OR_NONE;
	cr_expect(
	    json == (inspector->fields != NULL || inspector->each != NULL),
	    "%s: the body", operation->name);
	cr_expect(inspector->fields == NULL || inspector->each == NULL, "%s",
	    operation->name);
	if (inspector->fields != NULL)
		check_fields(operation->name, inspector->fields);
	if (inspector->each != NULL) {
		cr_expect(
		    fault_of(inspector->each) == NULL, "%s", operation->name);
		if (inspector->each->fields != NULL)
			check_fields(operation->name, inspector->each->fields);
	}
	for (rule = inspector->parameters; rule != NULL && rule->name != NULL;
	     rule++) {
		cr_expect(
		    rule->rule != NULL, "%s: %s", operation->name, rule->name);
		cr_expect(has_parameter(operation->section, rule->name),
		    "%s has no parameter %s", operation->name, rule->name);
	}
}

Test(inspectors, are_such_as_can_be_walked)
{
	const struct inspector *inspector;
	unsigned char seen[OPERATIONS_MAX] = { 0 };
	size_t i, number;

	for (i = 0; i < CASES(tables); i++) {
		for (inspector = tables[i]; inspector->operation != NULL;
		     inspector++) {
			check_inspector(inspector);
			number = (size_t)(operation_named(
					      span_of(inspector->operation)) -
					  operations);
			cr_expect(seen[number] == 0, "%s stands twice",
			    inspector->operation);
			seen[number] = 1;
		}
	}
	for (i = 0; i < operations_len; i++)
		cr_expect(policies_inspects(&operations[i]) == (seen[i] == 1),
		    "%s", operations[i].name);
}

/* Every JSON body that changes something is looked into: Podman's own are not,
 * and so are for those only who are trusted with the host. */
Test(inspectors, leave_out_no_body_that_can_give_root)
{
	const struct operation *o;

	for (o = operations; o < operations + operations_len; o++)
		if (o->writes &&
		    (o->body == BODY_JSON || o->body == BODY_JSON_OR_NONE))
			cr_expect(
			    policies_inspects(o) || o->root, "%s", o->name);
}

Test(inspect, judges_bodies_and_queries_of_operations)
{
	static const struct inspections_row rows[] = {
		{"what is left is written anew",  "", "POST /volumes/create",
		    "{ \"Name\" : \"data\", \"X\":null, \"Labels\":{} }",				"{\"Name\":\"data\",\"Labels\":{}}",	 { { 0 } }},
		{ "unknown",			     "", "POST /volumes/create",
		    "{\"Name\":\"data\",\"X\":1}",						       "403 X = 1 (a field that is not known)",   { { 0 } }},
		{ "no JSON",			     "", "POST /volumes/create",
		    "{\"Name\":",									"400 the body is not JSON",		      { { 0 } }},
		{ "a key twice",			 "", "POST /volumes/create",
		    "{\"Name\":\"a\",\"Name\":\"a\"}",						   "400 a key stands twice in a JSON object", { { 0 } }},
		{ "an array",		      "", "POST /volumes/create",			  "[]",
		    "400 not an object",													    { { 0 } }},
		{ "null where a body is needed",	 "", "POST /volumes/create",
		    "null",									      "400 not an object",			 { { 0 } }},
		{ "null where none is needed",    "", "POST /commit?container=a",
		    "null",									      "",					{ { 0 } }},
		{ "no body where none is needed", "",
		    "POST /commit?container=a",						    "",   "",					{ { 0 } }},
		{ "a query",			     "", "POST /containers/web/rename?name=a%2fb", "",
		    "400 query.name = \"a/b\" (*",												  { { 0 } }},
		{ "a good query",		  "",
		    "POST /containers/web/rename?name=data&x=y",					 "",   "",
		    { { 0 } }																},
		{ "a question",			"", "POST /containers/web/attach",		   "",
		    "ask /version",														 { { 0 } }},
		{ "an answer",		       "", "POST /containers/web/attach",		  "",   "",
		    { { "/version", 200, "{}" } }													    },
		{ "no answer",		       "", "POST /containers/web/attach",		  "",   "502 *",
		    { { "/version", 500, "{}" } }													    },
		{ "another operation",	       "", "GET /containers/json?all=1",		 "",   "",
		    { { 0 } }																},
	};

	inspections_check(rows, CASES(rows));
}

static void
count_key(void *arg, enum section_key key)
{
	unsigned *counts = arg;

	cr_assert(key > KEY_NONE && key < SECTION_KEYS);
	counts[key]++;
}

/* Of one operation, or of all. */
static void
count_keys(const char *operation, unsigned counts[SECTION_KEYS])
{
	const struct inspector *inspectors[OPERATIONS_MAX] = { NULL };
	size_t i;

	inspect_list(inspectors);
	for (i = 0; i < operations_len; i++)
		if (inspectors[i] != NULL &&
		    (operation == NULL ||
			strcmp(operations[i].name, operation) == 0))
			inspect_keys(inspectors[i], count_key, counts);
}

/* A key that no operation asks for would allow nothing. */
Test(inspect_keys, tells_every_key_of_some_operation)
{
	unsigned counts[SECTION_KEYS] = { 0 }, few[SECTION_KEYS] = { 0 };
	int key;

	count_keys(NULL, counts);
	for (key = KEY_NONE + 1; key < SECTION_KEYS; key++)
		cr_expect(counts[key] > 0, "[%s] %s", section_rows[key].section,
		    section_rows[key].name);
	count_keys("VolumeCreate", few);
	cr_expect(few[VOLUME_DRIVER_OPTION] == 1 && few[CONTAINER_LABEL] == 1);
	cr_expect(few[EXEC_COMMAND] == 0);
	count_keys("ContainerList", few);
	cr_expect(few[VOLUME_DRIVER_OPTION] == 1);
}
