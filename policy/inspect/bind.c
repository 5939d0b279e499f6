/* SPDX-License-Identifier: MIT */
/* Lists of directories: those of the host that may be mounted, "bind =", and
 * those inside containers. Paths are compared as they are spelled, piece
 * by piece: the host's links are the daemon's to follow. So whoever may write
 * above what another line allows, or below what ends in a '*', can put a link
 * there that leads anywhere: such lines give the host away, and must say so. */

#include "policy/inspect/checks.h"
#include "policy/inspect/shared.h"

/* One word. */
struct tree {
	struct span path;
	bool below; /* a slash and a star stood behind it: all below is meant */
	bool write; /* ":rw" stood behind that */
};

static bool
cut_end(struct span *s, struct span end)
{
	struct span tail;

	if (s->len < end.len)
		return false;
	tail = (struct span){ s->at + s->len - end.len, end.len };
	if (!span_eq(tail, end))
		return false;
	s->len -= end.len;
	return true;
}

static struct tree
read_tree(struct span word)
{
	struct tree tree = { .path = word };

	if (!cut_end(&tree.path, SPAN(":ro")))
		tree.write = cut_end(&tree.path, SPAN(":rw"));
	tree.below = cut_end(&tree.path, SPAN("/*"));
	if (tree.below && tree.path.len == 0)
		tree.path = SPAN("/");
	return tree;
}

static const char *
check_tree(struct span path)
{
	size_t i;

	if (!inspect_is_path(path))
		return "an absolute path is needed, without '.', '..', ',', "
		       "':' and a '/' at its end";
	for (i = 0; i < path.len; i++)
		if (path.at[i] == '*')
			return "a '*' stands for all that is below, and only "
			       "at the end: /srv/*";
	return NULL;
}

const char *
check_bind(struct span word)
{
	return check_tree(read_tree(word).path);
}

const char *
check_path(struct span word)
{
	if (cut_end(&word, SPAN("/*")) && word.len == 0)
		return NULL;
	return check_tree(word);
}

/* Whether a path is below another, at any depth, and not the same. */
static bool
is_below(struct span path, struct span top)
{
	if (top.len == 1)
		return path.len > 1;
	return span_starts(path, top) && path.len > top.len &&
	       path.at[top.len] == '/';
}

static bool
tree_has(const struct tree *tree, struct span path)
{
	return tree->below ? is_below(path, tree->path)
			   : span_eq(path, tree->path);
}

bool
path_is_allowed(
    const struct inspection *in, enum section_key key, struct span path)
{
	const struct section_setting *setting = inspect_setting(in, key);
	struct tree tree;
	size_t i;

	for (i = 0; i < setting->len; i++) {
		tree = read_tree(span_of(setting->rules[i].text));
		if (tree_has(&tree, path))
			return true;
	}
	return false;
}

/* Of the words that have a path, the closest one counts: where all below /srv
 * may be written to, but /srv/app is said to be ":ro", that stays so. */
bool
bind_is_allowed(const struct inspection *in, struct span path, bool *write)
{
	const struct section_setting *setting =
	    inspect_setting(in, CONTAINER_BIND);
	struct tree tree, best = {
		.path = {NULL, 0}
	};
	size_t i;

	for (i = 0; i < setting->len; i++) {
		tree = read_tree(span_of(setting->rules[i].text));
		if (!tree_has(&tree, path))
			continue;
		if (tree.path.len > best.path.len)
			best = tree;
		else if (tree.path.len == best.path.len)
			best.write = best.write || tree.write;
	}
	*write = best.write;
	return best.path.len > 0;
}

bool
bind_writes(const struct section_setting sections[])
{
	const struct section_setting *setting = &sections[CONTAINER_BIND];
	size_t i;

	for (i = 0; i < setting->len; i++)
		if (read_tree(span_of(setting->rules[i].text)).write)
			return true;
	return false;
}

/* Whether a container that writes to a directory can make another line's path
 * lead elsewhere. */
static bool
bends(const struct tree *writes, const struct tree *tree)
{
	if (!writes->write)
		return false;
	if (is_below(tree->path, writes->path))
		return true;
	return tree->below && (span_eq(writes->path, tree->path) ||
				  is_below(writes->path, tree->path));
}

/* Whether containers can put a link where the line's path leads through. */
static bool
is_bent(const struct section_setting sections[], const struct tree *tree)
{
	const struct section_setting *setting = &sections[CONTAINER_BIND];
	struct tree other;
	size_t i;

	for (i = 0; i < setting->len; i++) {
		other = read_tree(span_of(setting->rules[i].text));
		if (bends(&other, tree))
			return true;
	}
	return false;
}

/* A daemon's control socket answers on a mount that is read-only, too; and
 * its own directory holds what it trusts. */
static bool
holds_the_daemon(const struct tree *tree)
{
	static const char *const places[] = { "/run", "/var/run",
		"/var/lib/docker", "/var/lib/containerd",
		"/var/lib/containers" };
	struct span place;
	size_t i;

	for (i = 0; i < sizeof(places) / sizeof(places[0]); i++) {
		place = span_of(places[i]);
		if (span_eq(tree->path, place) || is_below(tree->path, place) ||
		    is_below(place, tree->path))
			return true;
	}
	return span_eq(tree->path, SPAN("/"));
}

/* Below a process of the host's are links to its own root and its open files,
 * which the daemon follows: /proc/1/root is the whole host. */
static bool
holds_processes(const struct tree *tree)
{
	return is_below(tree->path, SPAN("/proc")) ||
	       (tree->below && span_eq(tree->path, SPAN("/proc")));
}

/* All users that are allowed are others than root, in groups other than
 * root's; of "nonroot" that is asked where a user is judged. */
static bool
is_never_root(const struct section_setting *setting)
{
	struct span user;
	bool group;
	size_t i;

	for (i = 0; i < setting->len; i++) {
		user = span_of(setting->rules[i].text);
		if (!span_eq(user, SPAN("nonroot")) &&
		    (!user_is_nonroot(user, &group) || !group))
			return false;
	}
	return setting->len > 0;
}

enum reach
bind_reach(
    const struct section_setting sections[], const struct section_rule *rule)
{
	struct tree tree = read_tree(span_of(rule->text));

	if (holds_the_daemon(&tree) || holds_processes(&tree) ||
	    is_bent(sections, &tree))
		return REACH_ROOT;
	if (!tree.write)
		return REACH_SECRETS;
	return is_never_root(&sections[CONTAINER_USER]) ? REACH_OTHERS
							: REACH_ROOT;
}

const char *
mounts_check(const struct section_setting sections[], struct origin *origin)
{
	const struct section_setting *setting = &sections[CONTAINER_BIND];
	struct tree tree;
	size_t i;

	if (sections[CONTAINER_BIND_AS_ROOT].yes)
		return NULL;
	for (i = 0; i < setting->len; i++) {
		tree = read_tree(span_of(setting->rules[i].text));
		*origin = setting->rules[i].origin;
		if (is_bent(sections, &tree))
			return "containers can put links where this path "
			       "leads through, and so bind the whole host: "
			       "name the directories themselves, or say "
			       "bind-as-root = yes";
		if (tree.write && !is_never_root(&sections[CONTAINER_USER]))
			return "with :rw a container leaves root's files on "
			       "the host: say user = nonroot, or "
			       "bind-as-root = yes";
		if (tree.write && sections[EXEC_COMMAND].len > 0 &&
		    !is_never_root(&sections[EXEC_USER]))
			return "with :rw a command that is run leaves root's "
			       "files on the host: say [exec] user = nonroot, "
			       "or bind-as-root = yes";
	}
	return NULL;
}
