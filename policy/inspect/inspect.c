/* SPDX-License-Identifier: MIT */
/* The engine: walks a document along a table of fields, so that what nobody
 * listed does not pass, and writes what is left of it. The rules say no; this
 * file says where. */

#include <string.h>

#include "policy/inspect/parts.h"

static const struct inspector *const tables[] = { container_inspectors,
	exec_inspectors, image_inspectors, volume_inspectors,
	network_inspectors, service_inspectors, swarm_inspectors,
	plugin_inspectors };

void
inspect_list(const struct inspector *inspectors[OPERATIONS_MAX])
{
	const struct inspector *inspector;
	const struct operation *operation;
	size_t i;

	for (i = 0; i < sizeof(tables) / sizeof(tables[0]); i++) {
		for (inspector = tables[i]; inspector->operation != NULL;
		     inspector++) {
			operation =
			    operation_named(span_of(inspector->operation));
			inspectors[operation - operations] = inspector;
		}
	}
}

bool
inspect_filters(const struct operation *operation)
{
	return strcmp(operation->name, "PutContainerArchive") == 0;
}

/* Where a value hangs. */
struct place {
	struct json *parent;
	const char *name; /* NULL: by its index */
	size_t index;
};

static void
go(struct inspection *in, const struct place *place)
{
	in->parent = place->parent;
	in->name = place->name;
	in->index = place->index;
}

static bool
judge_value(struct inspection *in, const struct field *row, struct json *value);

/* Most names differ in their first letter, by more than its case. */
static bool
may_fold(const char *name, const char *other)
{
	return ((name[0] ^ other[0]) & ~' ') == 0 ||
	       (unsigned char)name[0] >= 0x80 ||
	       (unsigned char)other[0] >= 0x80;
}

/* The listed field of that name; or what Go would take it for. */
static const struct field *
find_field(const struct field *fields, const char *name, bool *folds)
{
	const struct field *row;

	*folds = false;
	for (row = fields; row->name != NULL; row++)
		if (row->name[0] == name[0] && strcmp(row->name, name) == 0)
			return row;
	for (row = fields; row->name != NULL && !*folds; row++)
		*folds = may_fold(row->name, name) &&
			 json_folds(span_of(row->name), span_of(name));
	return NULL;
}

/* One member of an object with listed fields. */
static bool
judge_member(struct inspection *in, const struct field *fields,
    struct json *object, const struct json_cursor *member)
{
	const struct field *row;
	bool folds;

	row = find_field(fields, member->name, &folds);
	if (row == NULL && folds)
		return inspect_malformed(in, "a field in the wrong case");
	if (json_kind(member->value) == JSON_IS_NULL ||
	    (row == NULL && json_is_empty(member->value))) {
		json_remove(object, member->name);
		return true;
	}
	if (row == NULL)
		return inspect_refuse_ever(in, "a field that is not known");
	return judge_value(in, row, member->value);
}

/* Listed names are ASCII, and so only their case can differ. */
static bool
is_twin(const struct field *row, const struct field *other)
{
	return may_fold(row->name, other->name) &&
	       span_eq_nocase(span_of(row->name), span_of(other->name));
}

/* Two listed names that Go takes for one, which have both been judged, but not
 * what it makes of the two. In a table they are neighbours. */
static bool
refuse_twins(
    struct inspection *in, struct json *object, const struct field *fields)
{
	const struct field *row, *other;

	for (row = fields; row->name != NULL && row[1].name != NULL; row++) {
		other = row + 1;
		if (!is_twin(row, other) ||
		    json_member(object, row->name) == NULL ||
		    json_member(object, other->name) == NULL)
			continue;
		inspect_down(in, other->name);
		go(in, &(struct place){ object, other->name, 0 });
		return inspect_malformed(in, "a field that stands twice");
	}
	return true;
}

bool
inspect_object(
    struct inspection *in, struct json *object, const struct field *fields)
{
	struct json_cursor member = { 0 };
	size_t before;
	bool ok = true;

	if (json_kind(object) != JSON_IS_OBJECT)
		return inspect_malformed(in, "not an object");
	while (ok && json_next(object, &member)) {
		before = inspect_down(in, member.name);
		go(in, &(struct place){ object, member.name, 0 });
		ok = judge_member(in, fields, object, &member);
		inspect_up(in, before);
	}
	return ok && refuse_twins(in, object, fields);
}

/* Judge one value by the row's rule. What was judged inside it has gone
 * elsewhere meanwhile. */
static bool
apply(struct inspection *in, const struct field *row, const struct place *place,
    struct json *value)
{
	go(in, place);
	in->row = row;
	return row->rule(in, value);
}

static bool
is_kind(enum shape shape, const struct json *value)
{
	enum json_kind kind = json_kind(value);

	switch (shape) {
	case SHAPE_STRING:
	case SHAPE_STRINGS:
	case SHAPE_COMMAND:
	case SHAPE_MAP:
		return kind == JSON_IS_STRING;
	case SHAPE_BOOL:
		return kind == JSON_IS_BOOL;
	case SHAPE_INTEGER:
	case SHAPE_INTEGERS:
		return kind == JSON_IS_INTEGER;
	case SHAPE_NUMBER:
		return kind == JSON_IS_INTEGER || kind == JSON_IS_NUMBER;
	case SHAPE_SET:
		return kind == JSON_IS_OBJECT && json_count(value) == 0;
	case SHAPE_OBJECT:
	case SHAPE_OBJECTS:
	case SHAPE_OBJECT_MAP:
	case SHAPE_OBJECTS_MAP:
		return kind == JSON_IS_OBJECT;
	case SHAPE_RAW:
		return true;
	}
	return false;
}

/* A value that is no array and no map of such. */
static bool
judge_one(struct inspection *in, const struct field *row,
    const struct place *place, struct json *value)
{
	go(in, place);
	if (!is_kind(row->shape, value))
		return inspect_malformed(in, "a value of the wrong kind");
	if (json_kind(value) == JSON_IS_OBJECT && row->fields != NULL &&
	    !inspect_object(in, value, row->fields))
		return false;
	return apply(in, row, place, value);
}

/* Elements may be replaced meanwhile, and the one that is judged removed. The
 * client is told of them as it counts them. */
static bool
judge_array(struct inspection *in, const struct field *row, struct json *array)
{
	size_t number, before, count, len, at = 0;
	bool ok = true;

	if (json_kind(array) != JSON_IS_ARRAY)
		return inspect_malformed(in, "not an array");
	len = json_count(array);
	for (number = 0; ok && number < len; number++) {
		before = inspect_down_index(in, number);
		count = json_count(array);
		ok = judge_one(in, row, &(struct place){ array, NULL, at },
		    json_item(array, at));
		inspect_up(in, before);
		if (json_count(array) == count)
			at++;
	}
	return ok;
}

/* A name without a value, as in {"/data": null}: to Go an empty object. */
static bool
judge_null(
    struct inspection *in, const struct field *row, const struct place *place)
{
	struct json *empty;

	if (row->shape == SHAPE_MAP)
		return inspect_malformed(in, "a value of the wrong kind");
	empty = json_new_object();
	if (empty == NULL || !json_set(place->parent, place->name, empty))
		return inspect_no_memory(in);
	return apply(in, row, place, empty);
}

/* A name without elements: nothing to most daemons, and dropped, since to
 * Docker 29 {"80/tcp": []} is as [{}], which publishes the port. */
static bool
is_bare(const struct field *row, const struct json *value)
{
	enum json_kind kind = json_kind(value);

	return row->shape == SHAPE_OBJECTS_MAP &&
	       (kind == JSON_IS_NULL ||
		   (kind == JSON_IS_ARRAY && json_count(value) == 0));
}

static bool
judge_map(struct inspection *in, const struct field *row, struct json *map)
{
	struct json_cursor member = { 0 };
	struct place place;
	size_t before;
	bool ok = true;

	if (json_kind(map) != JSON_IS_OBJECT)
		return inspect_malformed(in, "not an object");
	while (ok && json_next(map, &member)) {
		before = inspect_down(in, member.name);
		place = (struct place){ map, member.name, 0 };
		go(in, &place);
		in->outer = member.name;
		if (is_bare(row, member.value))
			json_remove(map, member.name);
		else if (json_kind(member.value) == JSON_IS_NULL)
			ok = judge_null(in, row, &place);
		else if (row->shape == SHAPE_OBJECTS_MAP)
			ok = judge_array(in, row, member.value);
		else
			ok = judge_one(in, row, &place, member.value);
		inspect_up(in, before);
	}
	return ok;
}

/* A command of one string is an array of one, to the daemons that take it. */
static bool
judge_command(
    struct inspection *in, const struct field *row, struct json *value)
{
	struct json *array;

	if (json_kind(value) == JSON_IS_STRING) {
		array = json_new_array();
		if (array == NULL ||
		    !json_append(array, json_new_text(json_text(value))) ||
		    !inspect_replace(in, array))
			return inspect_no_memory(in);
		value = array;
	}
	return judge_array(in, row, value);
}

static bool
judge_value(struct inspection *in, const struct field *row, struct json *value)
{
	struct place place;

	in->row = row;
	switch (row->shape) {
	case SHAPE_STRINGS:
	case SHAPE_INTEGERS:
	case SHAPE_OBJECTS:
		return judge_array(in, row, value);
	case SHAPE_COMMAND:
		return judge_command(in, row, value);
	case SHAPE_MAP:
	case SHAPE_SET:
	case SHAPE_OBJECT_MAP:
	case SHAPE_OBJECTS_MAP:
		return judge_map(in, row, value);
	case SHAPE_STRING:
	case SHAPE_BOOL:
	case SHAPE_INTEGER:
	case SHAPE_NUMBER:
	case SHAPE_OBJECT:
	case SHAPE_RAW:
		break;
	}
	place = (struct place){ in->parent, in->name, in->index };
	return judge_one(in, row, &place, value);
}

/* The query: what is not listed was found to be the operation's own before,
 * and passes. */
static bool
judge_query(struct inspection *in, const struct parameter_rule *rules)
{
	char memory[LIMIT_TARGET];
	struct text value;
	struct span rest, name, raw;
	struct text decoded;
	char name_memory[64];
	const struct parameter_rule *rule;
	size_t before;
	bool ok = true;

	rest = in->request->target.query;
	while (ok && target_parameter(&rest, &name, &raw)) {
		decoded = TEXT(name_memory);
		target_decode(name, &decoded);
		for (rule = rules; rule->name != NULL; rule++)
			if (span_eq_nocase(
				text_span(&decoded), span_of(rule->name)))
				break;
		if (decoded.full || rule->name == NULL)
			continue;
		value = TEXT(memory);
		target_decode(raw, &value);
		before = inspect_down(in, "query");
		inspect_down(in, rule->name);
		in->parameter = rule;
		in->value = text_span(&value);
		ok = rule->rule(in, in->value);
		in->parameter = NULL;
		in->value = (struct span){ NULL, 0 };
		inspect_up(in, before);
	}
	return ok;
}

static bool
judge_body(struct inspection *in, const struct inspector *inspector)
{
	if (inspector->each != NULL)
		return judge_value(in, inspector->each, in->body);
	return inspect_object(in, in->body, inspector->fields);
}

static bool
judge(
    struct inspection *in, const struct inspector *inspector, struct span body)
{
	const char *why;

	if (inspector->parameters != NULL &&
	    !judge_query(in, inspector->parameters))
		return false;
	if ((inspector->fields != NULL || inspector->each != NULL) &&
	    body.len > 0) {
		in->body = json_read(body, &why);
		if (in->body == NULL)
			return inspect_malformed(in, why);
		if (json_kind(in->body) == JSON_IS_NULL &&
		    in->request->operation->body == BODY_JSON_OR_NONE) {
			json_free(in->body);
			in->body = NULL;
		} else if (!judge_body(in, inspector))
			return false;
	}
	/* What was judged last may be gone. */
	go(in, &(struct place){ NULL, NULL, 0 });
	in->outer = NULL;
	return inspector->finish == NULL || inspector->finish(in, in->body);
}

enum inspect_result
inspect(struct inspection *in, struct span body, struct buf *out)
{
	const struct inspector *inspector;
	bool ok;

	in->status = 403;
	in->why = TEXT(in->why_memory);
	in->field = TEXT(in->field_memory);
	in->hint = TEXT(in->hint_memory);
	in->ask = TEXT(in->ask_memory);
	in->path = TEXT(in->path_memory);
	in->id = TEXT(in->id_memory);
	in->origin = (struct origin){ 0, 0 };
	in->wanted_key = KEY_NONE;
	in->wanted = TEXT(in->wanted_memory);
	in->body = in->parent = NULL;
	in->name = in->outer = NULL;
	in->parameter = NULL;
	in->value = (struct span){ NULL, 0 };
	inspector =
	    in->profile->inspectors[in->request->operation - operations];
	/* A question is never left open. */
	ok = inspector == NULL ||
	     (judge(in, inspector, body) && in->ask.len == 0);
	if (ok && in->body != NULL && !json_write(in->body, out))
		ok = inspect_no_memory(in);
	json_free(in->body);
	in->body = NULL;
	if (ok)
		return INSPECT_PASS;
	return in->ask.len > 0 && in->why.len == 0 ? INSPECT_ASK
						   : INSPECT_REFUSE;
}

static void
each_key(const struct field *row, void (*each)(void *arg, enum section_key key),
    void *arg)
{
	const struct field *field = row->fields;

	if (row->key != KEY_NONE)
		each(arg, row->key);
	for (; field != NULL && field->name != NULL; field++)
		each_key(field, each, arg);
}

void
inspect_keys(const struct inspector *inspector,
    void (*each)(void *arg, enum section_key key), void *arg)
{
	const struct parameter_rule *rule;
	size_t i;

	if (inspector->each != NULL)
		each_key(inspector->each, each, arg);
	each_key(&(struct field){ .fields = inspector->fields }, each, arg);
	for (rule = inspector->parameters; rule != NULL && rule->name != NULL;
	     rule++)
		if (rule->key != KEY_NONE)
			each(arg, rule->key);
	for (i = 0; inspector->keys[i] != KEY_NONE; i++)
		each(arg, inspector->keys[i]);
}

struct bearing {
	enum section_key key;
	bool found;
};

static void
bear(void *arg, enum section_key key)
{
	struct bearing *bearing = arg;

	bearing->found = bearing->found || key == bearing->key;
}

bool
inspect_bears(const struct inspector *inspector, enum section_key key)
{
	struct bearing bearing = { key, false };

	inspect_keys(inspector, bear, &bearing);
	return bearing.found;
}
