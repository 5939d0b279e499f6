/* SPDX-License-Identifier: MIT */
/* What a profile comes to. */

#include <string.h>

#include "policy/inspect.h"
#include "policy/inspect/shared.h"
#include "policy/reach.h"
#include "policy/verdict.h"

const char *
reach_name(enum reach reach)
{
	switch (reach) {
	case REACH_NOTHING:
		return "nothing risky";
	case REACH_SECRETS:
		return "reads secrets";
	case REACH_OTHERS:
		return "changes what others own";
	case REACH_ROOT:
		return "root on the host";
	}
	return "root on the host";
}

/* One word of a key, and what it comes to. */
struct word {
	const char *word;
	enum reach reach;
};

/* A container has the first ones anyway. */
static const struct word capabilities[] = {
	{"AUDIT_WRITE",	 REACH_NOTHING},
	{ "CHOWN",		   REACH_NOTHING},
	{ "DAC_OVERRIDE",	  REACH_NOTHING},
	{ "FOWNER",	    REACH_NOTHING},
	{ "FSETID",	    REACH_NOTHING},
	{ "KILL",		  REACH_NOTHING},
	{ "MKNOD",		   REACH_NOTHING},
	{ "NET_BIND_SERVICE", REACH_NOTHING},
	{ "NET_RAW",	     REACH_NOTHING},
	{ "SETFCAP",	     REACH_NOTHING},
	{ "SETGID",	    REACH_NOTHING},
	{ "SETPCAP",	     REACH_NOTHING},
	{ "SETUID",	    REACH_NOTHING},
	{ "SYS_CHROOT",	REACH_NOTHING},
	{ "IPC_LOCK",	      REACH_OTHERS },
	{ "NET_ADMIN",	       REACH_OTHERS },
	{ "SYS_NICE",	      REACH_OTHERS },
	{ "SYS_TIME",	      REACH_OTHERS },
	{ NULL,		REACH_ROOT   },
};

static const struct word namespaces[] = {
	{"network:host",	  REACH_OTHERS},
	{ "network:container", REACH_OTHERS},
	{ "ipc:host",	      REACH_OTHERS},
	{ "ipc:container",	   REACH_OTHERS},
	{ "pid:container",	   REACH_OTHERS},
	{ "uts:host",	      REACH_OTHERS},
	{ "cgroup:host",	 REACH_OTHERS},
	{ NULL,		REACH_ROOT  },
};

/* Those that a daemon has by itself; they may be weaker than its default. */
static const struct word runtimes[] = {
	{"runc",		   REACH_OTHERS},
	{ "crun",		  REACH_OTHERS},
	{ "io.containerd.runc.v2", REACH_OTHERS},
	{ NULL,		    REACH_ROOT  },
};

/* What is not in the list comes to what its end says. */
static enum reach
look_up(const struct word *words, struct span word)
{
	while (
	    words->word != NULL && !span_eq_nocase(span_of(words->word), word))
		words++;
	return words->reach;
}

static struct span
without_prefix(struct span capability)
{
	if (span_starts_nocase(capability, SPAN("CAP_"))) {
		capability.at += 4;
		capability.len -= 4;
	}
	return capability;
}

enum reach
reach_of_rule(const struct profile *profile, enum section_key key,
    const struct section_rule *rule)
{
	switch (rule == NULL ? KEY_NONE : key) {
	case CONTAINER_BIND:
		return bind_reach(profile->sections, rule);
	case CONTAINER_CAPABILITY:
		return look_up(
		    capabilities, without_prefix(span_of(rule->text)));
	case CONTAINER_NAMESPACE:
		return look_up(namespaces, span_of(rule->text));
	case CONTAINER_RUNTIME:
		return look_up(runtimes, span_of(rule->text));
	default:
		return section_rows[key].reach;
	}
}

/* While the causes of one operation are told. */
struct teller {
	const struct profile *profile;
	const struct operation *operation;
	void (*each)(void *arg, const struct reach_cause *cause);
	void *arg;
	bool told[SECTION_KEYS];
};

static void
tell(const struct teller *teller, enum reach reach, enum section_key key,
    const struct section_rule *rule)
{
	const struct reach_cause cause = { reach, teller->operation, key,
		rule };

	if (reach != REACH_NOTHING)
		teller->each(teller->arg, &cause);
}

/* Whether it acts on what is there already, and not on what it makes. */
static bool
acts_on_others(const struct operation *operation)
{
	return operation->writes &&
	       (strchr(operation->path, '{') != NULL ||
		   strstr(operation->path, "/prune") != NULL);
}

/* Whether nothing is left out: nothing is said, or "*". */
static bool
is_any(const struct section_setting *setting)
{
	size_t i;

	for (i = 0; i < setting->len; i++)
		if (strcmp(setting->rules[i].text, "*") == 0)
			return true;
	return setting->len == 0;
}

static void
tell_key(void *arg, enum section_key key)
{
	struct teller *teller = arg;
	const struct section_setting *setting;
	size_t i;

	if (teller->told[key])
		return;
	teller->told[key] = true;
	setting = &teller->profile->sections[key];
	/* Others have volumes too. */
	if (key == CONTAINER_VOLUME && is_any(setting) &&
	    !acts_on_others(teller->operation))
		tell(teller, REACH_OTHERS, KEY_NONE, NULL);
	for (i = 0; i < setting->len; i++)
		tell(teller,
		    reach_of_rule(teller->profile, key, &setting->rules[i]),
		    key, &setting->rules[i]);
	if (setting->yes)
		tell(teller, section_rows[key].reach, key, NULL);
}

static enum reach
reach_of_operation(const struct profile *profile, size_t i)
{
	const struct operation *operation = &operations[i];

	if (profile->unjudged[i] ||
	    (operation->root && profile->inspectors[i] == NULL))
		return REACH_ROOT;
	if (acts_on_others(operation))
		return REACH_OTHERS;
	return operation->data || operation->secrets ? REACH_SECRETS
						     : REACH_NOTHING;
}

void
reach_each(const struct profile *profile,
    void (*each)(void *arg, const struct reach_cause *cause), void *arg)
{
	struct teller teller;
	enum reach reach;
	size_t i;

	for (i = 0; i < operations_len; i++) {
		if (verdict_coverage(profile, &operations[i]) == COVERAGE_NONE)
			continue;
		teller = (struct teller){ profile, &operations[i], each, arg,
			{ false } };
		reach = reach_of_operation(profile, i);
		tell(&teller, reach, KEY_NONE, NULL);
		/* An attachment that may type reads as well. */
		if (reach == REACH_OTHERS && operations[i].data)
			tell(&teller, REACH_SECRETS, KEY_NONE, NULL);
		if (profile->inspectors[i] != NULL && !profile->unjudged[i])
			inspect_keys(profile->inspectors[i], tell_key, &teller);
	}
}

static void
keep_worst(void *arg, const struct reach_cause *cause)
{
	enum reach *worst = arg;

	if (cause->reach > *worst)
		*worst = cause->reach;
}

enum reach
reach_of(const struct profile *profile)
{
	enum reach worst = REACH_NOTHING;

	if (profile->observes)
		worst = profile->observes_root ? REACH_ROOT : REACH_OTHERS;
	reach_each(profile, keep_worst, &worst);
	return worst;
}

/* What makes a name stand for another image. */
static const struct {
	const char *operation;
	enum section_key key; /* without which it cannot */
	const char *note;
} repointers[] = {
	{"ImageTag",     IMAGE_TAG,
	    "ImageTag can give the name of an allowed image to another one"   },
	{ "ImageCommit", IMAGE_TAG,
	    "ImageCommit can give the name of an allowed image to another one"},
	{ "ImageBuild",	IMAGE_TAG,
	    "ImageBuild can give the name of an allowed image to another one" },
	{ "ImageCreate", IMAGE_IMPORT,
	    "ImageCreate can import an image by the name of an allowed one"   },
	{ "ImageLoad",   IMAGE_LOAD,
	    "ImageLoad can bring an image by the name of an allowed one"	 },
};

/* Whether the operation may do so: as the key says, or unjudged. */
static bool
can_do(const struct profile *profile, const struct operation *operation,
    enum section_key key)
{
	const struct section_setting *setting = &profile->sections[key];

	if (verdict_coverage(profile, operation) == COVERAGE_NONE)
		return false;
	return profile->unjudged[operation - operations] || setting->yes ||
	       setting->len > 0;
}

static const char in_privileged[] =
    "what runs in a container that is privileged, or has the host's files, is "
    "as good as root on the host";

static const char observes[] =
    "it observes: what it would deny passes and is logged, but for what [deny] "
    "names and for what can give root on the host";
static const char observes_root[] =
    "it observes, root included: whatever it would deny passes and is logged, "
    "but for what [deny] names";

/* Whether it lets a client run something in containers that are there. */
static bool
runs_in_others(const struct profile *profile)
{
	static const struct {
		const char *operation;
		enum section_key key;
	} ways[] = {
		{"ContainerExec",		   EXEC_COMMAND	},
		{ "ExecStart",		       EXEC_COMMAND	    },
		{ "ContainerAttach",	     CONTAINER_STDIN  },
		{ "ContainerAttachWebsocket", CONTAINER_STDIN  },
		{ "PutContainerArchive",	 CONTAINER_ARCHIVE},
	};
	size_t i;

	for (i = 0; i < sizeof(ways) / sizeof(ways[0]); i++)
		if (can_do(profile, operation_named(span_of(ways[i].operation)),
			ways[i].key))
			return true;
	return false;
}

void
reach_notes(const struct profile *profile,
    void (*each)(void *arg, const char *note), void *arg)
{
	const struct operation *operation;
	size_t i;

	if (profile->observes)
		each(arg, profile->observes_root ? observes_root : observes);
	if (runs_in_others(profile))
		each(arg, in_privileged);
	if (profile->sections[CONTAINER_IMAGE].len == 0)
		return;
	for (i = 0; i < sizeof(repointers) / sizeof(repointers[0]); i++) {
		operation = operation_named(span_of(repointers[i].operation));
		if (can_do(profile, operation, repointers[i].key))
			each(arg, repointers[i].note);
	}
}
