/* SPDX-License-Identifier: MIT */
/* jansson, at its strictest. The daemons' own reader merges duplicate keys,
 * repairs encodings and stops at the end of the first value. */

#include <jansson.h>

#include "core/json.h"

const char *
json_check(struct span text)
{
	json_error_t error;
	json_t *json;

	json = json_loadb(text.at, text.len,
	    JSON_REJECT_DUPLICATES | JSON_DECODE_ANY, &error);
	if (json == NULL) {
		if (json_error_code(&error) == json_error_duplicate_key)
			return "a key stands twice in a JSON object";
		return "the body is not JSON";
	}
	json_decref(json);
	return NULL;
}
