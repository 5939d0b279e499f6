/* SPDX-License-Identifier: MIT */
/* Commands in containers that run: when one is made, and again when it is
 * started, since it may have been made elsewhere. */

#include <string.h>

#include "core/limits.h"
#include "policy/inspect/shared.h"
#include "policy/inspect/values.h"

enum {
	USER_MAX = 256,	   /* of a container's user */
	COMMAND_MAX = 150, /* of a command that is shown in full */
	COMMAND_WHOLE = LIMIT_INI_LINE - sizeof("command = ") + 1
};

/* [exec] env =: "NAME=VALUE" or, with any value, "NAME". */
static bool
variable_is_allowed(const struct inspection *in, struct span variable)
{
	const struct section_setting *setting =
	    inspect_setting(in, in->row->key);
	struct span glob, name = variable;
	const char *equals = memchr(variable.at, '=', variable.len);
	size_t i;

	if (equals != NULL)
		name.len = (size_t)(equals - variable.at);
	for (i = 0; i < setting->len; i++) {
		glob = span_of(setting->rules[i].text);
		if (glob_matches(glob, memchr(glob.at, '=', glob.len) != NULL
					   ? variable
					   : name))
			return true;
	}
	return false;
}

static bool
allows_any_command(const struct inspection *in)
{
	const struct section_setting *setting =
	    inspect_setting(in, EXEC_COMMAND);
	size_t i;

	for (i = 0; i < setting->len; i++)
		if (strcmp(setting->rules[i].text, "*") == 0)
			return true;
	return false;
}

/* A variable can make another command of one: BASH_ENV, PYTHONPATH. So where
 * commands are told apart, variables must be named. */
static bool
rule_variable(struct inspection *in, struct json *value)
{
	struct span variable = json_text(value);

	if (memchr(variable.at, '=', variable.len) == NULL)
		return rule_env(in, value);
	if (!inspect_is_set(in, in->row->key) && allows_any_command(in))
		return true;
	return variable_is_allowed(in, variable) ||
	       inspect_refuse(in, in->row->key, variable);
}

static bool
rule_working_dir(struct inspection *in, struct json *value)
{
	struct span path = json_text(value);

	if (path.len == 0)
		return true;
	if (path.at[0] != '/')
		return inspect_refuse_ever(in, "not an absolute path");
	if (!rule_directory(in, value))
		return false;
	if (!inspect_is_set(in, in->row->key))
		return true;
	return inspect_is_path(path)
		   ? rule_listed(in, value)
		   : inspect_refuse_ever(in, "a path that is not plain");
}

/* clang-format off */
static const struct field exec_fields[] = {
	{ "AttachStderr", SHAPE_BOOL, rule_pass, KEY_NONE, NULL },
	{ "AttachStdin", SHAPE_BOOL, rule_pass, KEY_NONE, NULL },
	{ "AttachStdout", SHAPE_BOOL, rule_pass, KEY_NONE, NULL },
	/* Judged at the end, and so is the user. */
	{ "Cmd", SHAPE_COMMAND, rule_pass, EXEC_COMMAND, NULL },
	{ "ConsoleSize", SHAPE_INTEGERS, rule_pass, KEY_NONE, NULL },
	/* The second is docker-py's. */
	{ "DetachKeys", SHAPE_STRING, rule_pass, KEY_NONE, NULL },
	{ "detachKeys", SHAPE_STRING, rule_pass, KEY_NONE, NULL },
	{ "Env", SHAPE_STRINGS, rule_variable, EXEC_ENV, NULL },
	{ "Privileged", SHAPE_BOOL, rule_flag, EXEC_PRIVILEGED, NULL },
	{ "Tty", SHAPE_BOOL, rule_pass, KEY_NONE, NULL },
	{ "User", SHAPE_STRING, rule_pass, EXEC_USER, NULL },
	{ "WorkingDir", SHAPE_STRING, rule_working_dir, EXEC_WORKING_DIR,
	    NULL },
	/* The CLI's; docker-py's. */
	{ "Detach", SHAPE_RAW, rule_ignore, KEY_NONE, NULL },
	{ "Container", SHAPE_RAW, rule_ignore, KEY_NONE, NULL },
	{ 0 }
};
/* clang-format on */

/* With the line that would allow it. One that is too long for a line is
 * shown by its program. */
static bool
refuse_command(struct inspection *in, const struct json *argv)
{
	char memory[COMMAND_MAX], whole_memory[COMMAND_WHOLE];
	struct text line = TEXT(memory), whole = TEXT(whole_memory);
	struct buf buf = { 0 };
	bool ok = json_write(argv, &buf);

	if (ok && buf_span(&buf).len <= COMMAND_MAX) {
		text_add(&line, buf_span(&buf));
	} else if (ok) {
		text_add(&line, SPAN("[\""));
		text_json(&line, json_text(json_item(argv, 0)));
		text_add(&line, SPAN("\",\"...\"]"));
	}
	buf_clear(&buf);
	if (!ok)
		return inspect_no_memory(in);
	inspect_refuse(
	    in, EXEC_COMMAND, line.full ? SPAN("*") : text_span(&line));
	if (command_write(argv, &whole))
		inspect_want(in, text_span(&whole));
	return false;
}

/* Judge a command, which is the parent's member of that name. */
static bool
judge_command(struct inspection *in, struct json *parent, const char *name,
    const struct json *argv)
{
	size_t before;
	bool ok;

	if (command_is_allowed(in, argv))
		return true;
	before = inspect_down(in, name);
	in->parent = parent;
	in->name = name;
	ok = refuse_command(in, argv);
	inspect_up(in, before);
	return ok;
}

/* The user of the container, which commands run as that name none. An empty
 * one is root. */
static bool
ask_user(struct inspection *in, struct span container, struct text *user)
{
	const struct inspect_fact *fact;
	struct json *document;
	const struct json *said;
	bool ok;

	if (!inspect_is_name(container))
		return inspect_not_found(in, "container", container);
	fact = inspect_ask(in, "/containers/%.*s/json", SPAN_ARG(container));
	if (fact == NULL)
		return false;
	if (fact->status == 404)
		return inspect_not_found(in, "container", container);
	if ((document = inspect_read_fact(in, fact)) == NULL)
		return false;
	said = json_member(json_member(document, "Config"), "User");
	ok = said != NULL && json_kind(said) == JSON_IS_STRING;
	text_add(user, json_text(said));
	json_free(document);
	if (!ok || user->full)
		return inspect_refuse_ever(
		    in, "the container's user is not known");
	if (user->len == 0)
		text_char(user, '0');
	return true;
}

/* Judge a user, which is the parent's member of that name. One that is not
 * said is asked for; true with an empty text: it was said. */
static bool
judge_user(struct inspection *in, struct json *parent, const char *name,
    struct span container, struct text *asked)
{
	struct span user = json_text(json_member(parent, name));
	size_t before;
	bool ok;

	if (!inspect_is_set(in, EXEC_USER))
		return true;
	before = inspect_down(in, name);
	in->parent = parent;
	in->name = name;
	ok = user.len > 0 || ask_user(in, container, asked);
	if (user.len == 0)
		user = text_span(asked);
	ok = ok && (user_is_allowed(in, EXEC_USER, user) ||
		       (span_eq(user, SPAN("0")) &&
			   user_is_allowed(in, EXEC_USER, SPAN("root"))) ||
		       inspect_refuse(in, EXEC_USER, user));
	inspect_up(in, before);
	return ok;
}

static bool
finish_exec(struct inspection *in, struct json *body)
{
	char memory[USER_MAX];
	struct text asked = TEXT(memory);
	struct json *argv;

	in->parent = NULL;
	if (body == NULL || (argv = json_member(body, "Cmd")) == NULL ||
	    json_count(argv) == 0)
		return inspect_malformed(in, "Cmd is missing");
	if (!judge_command(in, body, "Cmd", argv) ||
	    !judge_user(in, body, "User", in->request->arguments[0], &asked))
		return false;
	return asked.len == 0 ||
	       json_set(body, "User", json_new_text(text_span(&asked))) ||
	       inspect_no_memory(in);
}

/* clang-format off */
static const struct field start_fields[] = {
	{ "ConsoleSize", SHAPE_INTEGERS, rule_pass, KEY_NONE, NULL },
	{ "Detach", SHAPE_BOOL, rule_pass, KEY_NONE, NULL },
	{ "Tty", SHAPE_BOOL, rule_pass, KEY_NONE, NULL },
	/* Podman's, for the same as ConsoleSize. */
	{ "h", SHAPE_INTEGER, rule_pass, KEY_NONE, NULL },
	{ "w", SHAPE_INTEGER, rule_pass, KEY_NONE, NULL },
	/* Old clients'; dockerode's. */
	{ "Container", SHAPE_RAW, rule_ignore, KEY_NONE, NULL },
	{ "hijack", SHAPE_RAW, rule_ignore, KEY_NONE, NULL },
	{ "stdin", SHAPE_RAW, rule_ignore, KEY_NONE, NULL },
	{ 0 }
};
/* clang-format on */

static bool
unknown(struct inspection *in)
{
	return inspect_refuse_ever(in, "the daemon does not say what it runs");
}

/* The daemon shows the program and its arguments apart. NULL: it does not, or
 * memory is short. */
static struct json *
join_command(const struct json *process)
{
	const struct json *program = json_member(process, "entrypoint");
	const struct json *arguments = json_member(process, "arguments");
	struct json *argv;
	size_t i;
	bool ok;

	if (program == NULL || json_text(program).len == 0 ||
	    (arguments != NULL && json_kind(arguments) != JSON_IS_ARRAY &&
		json_kind(arguments) != JSON_IS_NULL))
		return NULL;
	if ((argv = json_new_array()) == NULL)
		return NULL;
	ok = json_append(argv, json_new_text(json_text(program)));
	for (i = 0; ok && arguments != NULL && i < json_count(arguments); i++)
		ok = json_kind(json_item(arguments, i)) == JSON_IS_STRING &&
		     json_append(argv,
			 json_new_text(json_text(json_item(arguments, i))));
	if (ok)
		return argv;
	json_free(argv);
	return NULL;
}

static bool
judge_privileged(struct inspection *in, struct json *process)
{
	const struct json *value = json_member(process, "privileged");
	size_t before;

	if (value == NULL || json_is_empty(value) ||
	    inspect_setting(in, EXEC_PRIVILEGED)->yes)
		return true;
	before = inspect_down(in, "privileged");
	in->parent = process;
	in->name = "privileged";
	inspect_refuse(in, EXEC_PRIVILEGED, SPAN("yes"));
	inspect_up(in, before);
	return false;
}

static bool
judge_process(
    struct inspection *in, struct json *process, struct span container)
{
	char memory[USER_MAX];
	struct text asked = TEXT(memory);
	struct json *argv = join_command(process);
	bool ok;

	if (argv == NULL)
		return unknown(in);
	ok = judge_command(in, process, "arguments", argv) &&
	     judge_privileged(in, process) &&
	     judge_user(in, process, "user", container, &asked);
	json_free(argv);
	return ok;
}

/* What it was made to run, be it through another door. */
static bool
judge_instance(struct inspection *in, const struct inspect_fact *fact)
{
	struct json *document, *process;
	struct span container;
	size_t before;
	bool ok = false;

	if ((document = inspect_read_fact(in, fact)) == NULL)
		return false;
	process = json_member(document, "ProcessConfig");
	container = json_text(json_member(document, "ContainerID"));
	if (process != NULL && value_is_id(container)) {
		before = inspect_down(in, "ProcessConfig");
		ok = judge_process(in, process, container);
		inspect_up(in, before);
	} else {
		unknown(in);
	}
	in->parent = NULL;
	json_free(document);
	return ok;
}

/* Who may make any command may start it. */
static bool
makes_any(const struct profile *profile)
{
	const struct operation *exec = operation_named(SPAN("ContainerExec"));

	return profile->unjudged[exec - operations];
}

static bool
finish_start(struct inspection *in, struct json *body)
{
	struct span id = in->request->arguments[0];
	const struct inspect_fact *fact;

	(void)body;
	in->parent = NULL;
	if (makes_any(in->profile))
		return true;
	if (!value_is_id(id))
		return inspect_not_found(in, "exec instance", id);
	fact = inspect_ask(in, "/exec/%.*s/json", SPAN_ARG(id));
	if (fact == NULL)
		return false;
	if (fact->status == 404)
		return inspect_not_found(in, "exec instance", id);
	return judge_instance(in, fact);
}

/* clang-format off */
const struct inspector exec_inspectors[] = {
	{ .operation = "ContainerExec",
	    .fields = exec_fields,
	    .finish = finish_exec },
	{ .operation = "ExecStart",
	    .fields = start_fields,
	    .finish = finish_start,
	    .keys = { EXEC_COMMAND, EXEC_USER, EXEC_PRIVILEGED } },
	{ 0 }
};
/* clang-format on */
