/* SPDX-License-Identifier: MIT */
/* ImageCommit: a container's file system becomes an image. The body and the
 * "changes" are the image's settings, and harmless as such: what a container
 * of it may do is judged when somebody creates one. What counts is which names
 * it may take. */

#include "policy/inspect/images.h"

/* clang-format off */
static const struct field health_fields[] = {
	{ "Interval", SHAPE_INTEGER, rule_pass, KEY_NONE, NULL },
	{ "Retries", SHAPE_INTEGER, rule_pass, KEY_NONE, NULL },
	{ "StartInterval", SHAPE_INTEGER, rule_pass, KEY_NONE, NULL },
	{ "StartPeriod", SHAPE_INTEGER, rule_pass, KEY_NONE, NULL },
	{ "Test", SHAPE_STRINGS, rule_pass, KEY_NONE, NULL },
	{ "Timeout", SHAPE_INTEGER, rule_pass, KEY_NONE, NULL },
	{ 0 }
};

const struct field commit_fields[] = {
	{ "ArgsEscaped", SHAPE_BOOL, rule_pass, KEY_NONE, NULL },
	{ "AttachStderr", SHAPE_BOOL, rule_pass, KEY_NONE, NULL },
	{ "AttachStdin", SHAPE_BOOL, rule_pass, KEY_NONE, NULL },
	{ "AttachStdout", SHAPE_BOOL, rule_pass, KEY_NONE, NULL },
	{ "Cmd", SHAPE_COMMAND, rule_pass, KEY_NONE, NULL },
	{ "Domainname", SHAPE_STRING, rule_pass, KEY_NONE, NULL },
	{ "Entrypoint", SHAPE_COMMAND, rule_pass, KEY_NONE, NULL },
	{ "Env", SHAPE_STRINGS, rule_env, KEY_NONE, NULL },
	{ "ExposedPorts", SHAPE_SET, rule_pass, KEY_NONE, NULL },
	{ "Healthcheck", SHAPE_OBJECT, rule_pass, KEY_NONE, health_fields },
	{ "Hostname", SHAPE_STRING, rule_pass, KEY_NONE, NULL },
	{ "Image", SHAPE_STRING, rule_pass, KEY_NONE, NULL },
	{ "Labels", SHAPE_MAP, rule_pass, KEY_NONE, NULL },
	{ "MacAddress", SHAPE_STRING, rule_pass, KEY_NONE, NULL },
	{ "NetworkDisabled", SHAPE_BOOL, rule_pass, KEY_NONE, NULL },
	{ "OnBuild", SHAPE_STRINGS, rule_pass, KEY_NONE, NULL },
	{ "OpenStdin", SHAPE_BOOL, rule_pass, KEY_NONE, NULL },
	{ "Shell", SHAPE_STRINGS, rule_pass, KEY_NONE, NULL },
	{ "StdinOnce", SHAPE_BOOL, rule_pass, KEY_NONE, NULL },
	{ "StopSignal", SHAPE_STRING, rule_pass, KEY_NONE, NULL },
	{ "StopTimeout", SHAPE_INTEGER, rule_pass, KEY_NONE, NULL },
	{ "Tty", SHAPE_BOOL, rule_pass, KEY_NONE, NULL },
	{ "User", SHAPE_STRING, rule_pass, KEY_NONE, NULL },
	{ "Volumes", SHAPE_SET, rule_pass, KEY_NONE, NULL },
	{ "WorkingDir", SHAPE_STRING, rule_pass, KEY_NONE, NULL },
	/* dockerode repeats its query here. */
	{ "author", SHAPE_RAW, rule_ignore, KEY_NONE, NULL },
	{ "changes", SHAPE_RAW, rule_ignore, KEY_NONE, NULL },
	{ "comment", SHAPE_RAW, rule_ignore, KEY_NONE, NULL },
	{ "container", SHAPE_RAW, rule_ignore, KEY_NONE, NULL },
	{ "pause", SHAPE_RAW, rule_ignore, KEY_NONE, NULL },
	{ "repo", SHAPE_RAW, rule_ignore, KEY_NONE, NULL },
	{ "tag", SHAPE_RAW, rule_ignore, KEY_NONE, NULL },
	{ 0 }
};

const struct parameter_rule commit_parameters[] = {
	{ "repo", image_judge_repo, IMAGE_TAG },
	{ 0 }
};
/* clang-format on */
