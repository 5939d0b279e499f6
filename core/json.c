/* SPDX-License-Identifier: MIT */
/* jansson, at its strictest. The daemons' own reader merges duplicate keys,
 * repairs encodings and stops at the end of the first value. */

#include <jansson.h>

#include "core/json.h"

void
json_prepare(void)
{
	json_object_seed(0);
}

const char *
json_check(struct span text)
{
	json_error_t error;
	json_t *json;
	bool plain;

	json = json_loadb(text.at, text.len,
	    JSON_REJECT_DUPLICATES | JSON_DECODE_ANY, &error);
	if (json == NULL) {
		if (json_error_code(&error) == json_error_duplicate_key)
			return "a key stands twice in a JSON object";
		return "the body is not JSON";
	}
	plain = !json_is_object(json) && !json_is_array(json) &&
		!json_is_null(json);
	json_decref(json);
	return plain ? "the body is not a JSON object, array or null" : NULL;
}
