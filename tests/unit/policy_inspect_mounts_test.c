/* SPDX-License-Identifier: MIT */
/* What is mounted: directories of the host, volumes and memory, in all the
 * ways in which that can be said. */

#include <criterion/criterion.h>
#include <criterion/new/assert.h>

#include "tests/unit/cases.h"
#include "tests/unit/inspections.h"
#include "tests/unit/policies.h"

#define NOTHING	     "[container]\n"
#define APP	     "[container]\nbind = /srv/app /srv/data/*\nbind-as-root = yes\n"
#define WRITES	     "[container]\nbind = /srv/app:rw\nbind-as-root = yes\n"
#define CREATE	     "POST /v1.41/containers/create"
#define HOST(fields) "{\"Image\":\"web\",\"HostConfig\":{" fields "}}"
#define BIND(text)   HOST("\"Binds\":[\"" text "\"]")
#define MOUNT(text)  HOST("\"Mounts\":[{" text "}]")
#define BINDING(options)                                   \
	MOUNT("\"Type\":\"bind\",\"Source\":\"/srv/app\"," \
	      "\"Target\":\"/t\",\"ReadOnly\":true,"       \
	      "\"BindOptions\":{" options "}")
#define VOLUME(options)                                \
	MOUNT("\"Type\":\"volume\",\"Target\":\"/t\"," \
	      "\"VolumeOptions\":{" options "}")
#define MEMORY(options)                               \
	MOUNT("\"Type\":\"tmpfs\",\"Target\":\"/t\"," \
	      "\"TmpfsOptions\":{" options "}")
#define TMPFS(path, options) HOST("\"Tmpfs\":{\"" path "\":\"" options "\"}")
#define IS_PLAIN                                                       \
	{                                                              \
		{                                                      \
			"/volumes/data", 200,                          \
			    "{\"Name\":\"data\",\"Driver\":\"local\"," \
			    "\"Options\":null}"                        \
		}                                                      \
	}
#define IS(driver, options)                                           \
	{                                                             \
		{                                                     \
			"/volumes/data", 200,                         \
			    "{\"Name\":\"data\",\"Driver\":\"" driver \
			    "\",\"Options\":{" options "}}"           \
		}                                                     \
	}

Test(rule_bind, takes_the_paths_of_the_host_that_are_allowed)
{
	static const struct inspections_row rows[] = {
		ROW("none, where nothing is said", NOTHING, CREATE,
		    BIND("/srv/app:/app:ro"),
		    "403 HostConfig.Binds[0] = \"/srv/app:/app:ro\" (add "
		    "[container] bind = /srv/app:ro, or drop the field)",
		    NO_FACTS),
		ROW("to be written to", NOTHING, CREATE, BIND("/:/h"),
		    "403 HostConfig.Binds[0] = \"/:/h\" (add [container] bind "
		    "= /:rw, or drop the field)",
		    NO_FACTS),
		ROW("one to read", APP, CREATE, BIND("/srv/app:/app:ro"),
		    BIND("/srv/app:/app:ro"), NO_FACTS),
		ROW("its parent", APP, CREATE, BIND("/srv:/app:ro"),
		    "403 HostConfig.Binds[0] = \"/srv:/app:ro\" (add *",
		    NO_FACTS),
		ROW("what is below it", APP, CREATE, BIND("/srv/app/x:/a:ro"),
		    "403 HostConfig.Binds[0] = \"/srv/app/x:/a:ro\" (add *",
		    NO_FACTS),
		ROW("its neighbour", APP, CREATE, BIND("/srv/apps:/a:ro"),
		    "403 HostConfig.Binds[0] = \"/srv/apps:/a:ro\" (add *",
		    NO_FACTS),
		ROW("below a star", APP, CREATE, BIND("/srv/data/a/b:/a:ro"),
		    BIND("/srv/data/a/b:/a:ro"), NO_FACTS),
		ROW("the star's own", APP, CREATE, BIND("/srv/data:/a:ro"),
		    "403 HostConfig.Binds[0] = \"/srv/data:/a:ro\" (add *",
		    NO_FACTS),
		ROW("a star's neighbour", APP, CREATE,
		    BIND("/srv/database:/a:ro"),
		    "403 HostConfig.Binds[0] = \"/srv/database:/a:ro\" (*",
		    NO_FACTS),
		ROW("a slash at the end", APP, CREATE,
		    BIND("/srv/app/:/app/:ro"), BIND("/srv/app/:/app/:ro"),
		    NO_FACTS),
		ROW("two of them", APP, CREATE, BIND("/srv/app//:/app:ro"),
		    "403 HostConfig.Binds[0] = \"/srv/app//:/app:ro\" (a "
		    "path *",
		    NO_FACTS),
		ROW("the way up", APP, CREATE, BIND("/srv/data/../x:/a:ro"),
		    "403 *(a path with '.', '..', ',' or ':' in it)", NO_FACTS),
		ROW("a dot", APP, CREATE, BIND("/srv/./app:/a:ro"),
		    "403 *(a path with '.', *", NO_FACTS),
		ROW("the second", APP, CREATE,
		    HOST("\"Binds\":[\"/srv/app:/a:ro\",\"/etc:/e:ro\"]"),
		    "403 HostConfig.Binds[1] = \"/etc:/e:ro\" (*", NO_FACTS),
	};

	inspections_check(rows, CASES(rows));
}

Test(rule_bind, writes_only_where_that_is_said)
{
	static const struct inspections_row rows[] = {
		ROW("nothing asked", APP, CREATE, BIND("/srv/app:/app"),
		    BIND("/srv/app:/app:ro"), NO_FACTS),
		ROW("asked", APP, CREATE, BIND("/srv/app:/app:rw"),
		    BIND("/srv/app:/app:ro"), NO_FACTS),
		ROW("asked among others", APP, CREATE,
		    BIND("/srv/app:/app:cached,rw,rprivate"),
		    BIND("/srv/app:/app:ro,cached,rprivate"), NO_FACTS),
		ROW("said", WRITES, CREATE, BIND("/srv/app:/app"),
		    BIND("/srv/app:/app"), NO_FACTS),
		ROW("said and asked", WRITES, CREATE, BIND("/srv/app:/app:rw"),
		    BIND("/srv/app:/app:rw"), NO_FACTS),
		ROW("said, not asked", WRITES, CREATE, BIND("/srv/app:/a:ro"),
		    BIND("/srv/app:/a:ro"), NO_FACTS),
		ROW("the closest line counts",
		    "[container]\nbind = /srv/*:rw /srv/app:ro\n"
		    "bind-as-root = yes\n",
		    CREATE, BIND("/srv/app:/app"), BIND("/srv/app:/app:ro"),
		    NO_FACTS),
		ROW("also below a star",
		    "[container]\nbind = /srv/app/*:rw /srv/*\n"
		    "bind-as-root = yes\n",
		    CREATE, HOST("\"Binds\":[\"/srv/app/x:/x\",\"/srv/b:/b\"]"),
		    HOST("\"Binds\":[\"/srv/app/x:/x\",\"/srv/b:/b:ro\"]"),
		    NO_FACTS),
		ROW("as much as one of two lines says",
		    "[container]\nbind = /srv/app:ro /srv/app:rw\n"
		    "bind-as-root = yes\n",
		    CREATE, BIND("/srv/app:/app"), BIND("/srv/app:/app"),
		    NO_FACTS),
		ROW("whichever comes first",
		    "[container]\nbind = /srv/app:rw /srv/app:ro\n"
		    "bind-as-root = yes\n",
		    CREATE, BIND("/srv/app:/app"), BIND("/srv/app:/app"),
		    NO_FACTS),
		ROW("both at once", WRITES, CREATE, BIND("/srv/app:/a:ro,rw"),
		    "400 HostConfig.Binds[0] = * (both ro and rw)", NO_FACTS),
	};

	inspections_check(rows, CASES(rows));
}

Test(rule_bind, refuses_what_cannot_be_told_apart)
{
	static const struct inspections_row rows[] = {
		ROW("a relative path", NOTHING, CREATE, BIND("../../:/h"),
		    "403 * (neither an absolute path nor a volume's name)",
		    NO_FACTS),
		ROW("a dot", NOTHING, CREATE, BIND(".:/h"), "403 * (neither *",
		    NO_FACTS),
		ROW("a hidden directory", NOTHING, CREATE, BIND(".ssh:/h"),
		    "403 * (neither *", NO_FACTS),
		ROW("a directory below", NOTHING, CREATE, BIND("a/b:/h"),
		    "403 * (neither *", NO_FACTS),
		ROW("a comma", NOTHING, CREATE, BIND("a,b:/h"),
		    "403 * (neither *", NO_FACTS),
		ROW("a comma in a path", APP, CREATE,
		    BIND("/srv/data/x,source=/:/h:ro"), "403 * (a path *",
		    NO_FACTS),
		ROW("a comma in a target", APP, CREATE,
		    BIND("/srv/app:/h,source=/:ro"), "403 * (mounted at *",
		    NO_FACTS),
		ROW("four parts", APP, CREATE, BIND("/srv/app:/a:ro:x"),
		    "403 * (more than a source, a target and a mode)",
		    NO_FACTS),
		ROW("no source", NOTHING, CREATE, BIND(":/h"),
		    "403 * (neither *", NO_FACTS),
		ROW("no target", APP, CREATE, BIND("/srv/app:"),
		    "403 * (mounted at *", NO_FACTS),
		ROW("nothing", NOTHING, CREATE, BIND(""), "403 * (mounted at *",
		    NO_FACTS),
		ROW("the whole container", APP, CREATE, BIND("/srv/app:/:ro"),
		    "403 * (mounted at / or in /proc)", NO_FACTS),
		ROW("what the runtime looks at", APP, CREATE,
		    BIND("/srv/app:/proc/self/attr:ro"),
		    "403 * (mounted at / or in /proc)", NO_FACTS),
		ROW("all of it", APP, CREATE, BIND("/srv/app:/proc/:ro"),
		    "403 * (mounted at / or in /proc)", NO_FACTS),
		ROW("its neighbour", APP, CREATE, BIND("/srv/app:/process:ro"),
		    BIND("/srv/app:/process:ro"), NO_FACTS),
		ROW("a number", NOTHING, CREATE, HOST("\"Binds\":[1]"),
		    "400 HostConfig.Binds[0] = 1 (a value of the wrong kind)",
		    NO_FACTS),
	};

	inspections_check(rows, CASES(rows));
}

Test(rule_bind, takes_modes_that_leave_the_host_as_it_is)
{
	static const struct inspections_row rows[] = {
		ROW("of a path", APP, CREATE,
		    BIND("/srv/app:/a:ro,rprivate,noexec"),
		    BIND("/srv/app:/a:ro,rprivate,noexec"), NO_FACTS),
		ROW("of a volume", NOTHING, CREATE, BIND("data:/a:z,nocopy,rw"),
		    BIND("data:/a:z,nocopy,rw"), IS_PLAIN),
		ROW("labels for the host", APP, CREATE,
		    BIND("/srv/app:/a:ro,Z"),
		    "403 * (a mode that nothing allows)", NO_FACTS),
		ROW("mounts for the host", APP, CREATE,
		    BIND("/srv/app:/a:ro,shared"), "403 * (a mode *", NO_FACTS),
		ROW("mounts from the host", APP, CREATE,
		    BIND("/srv/app:/a:ro,rslave"), "403 * (a mode *", NO_FACTS),
		ROW("owners for the host", APP, CREATE,
		    BIND("/srv/app:/a:ro,U"), "403 * (a mode *", NO_FACTS),
		ROW("an overlay", APP, CREATE,
		    BIND("/srv/app:/a:O,upperdir=/x"), "403 * (a mode *",
		    NO_FACTS),
		ROW("an owner for a volume", NOTHING, CREATE, BIND("data:/a:U"),
		    "403 * (a mode *", IS_PLAIN),
		ROW("an empty one", APP, CREATE, BIND("/srv/app:/a:"),
		    "403 * (a mode *", NO_FACTS),
		ROW("an empty one behind another", APP, CREATE,
		    BIND("/srv/app:/a:ro,"), "403 * (a mode *", NO_FACTS),
		ROW("in capitals", APP, CREATE, BIND("/srv/app:/a:RO"),
		    "403 * (a mode *", NO_FACTS),
	};

	inspections_check(rows, CASES(rows));
}

Test(rule_mount, judges_the_same_of_a_mount)
{
	static const struct inspections_row rows[] = {
		ROW("a path", APP, CREATE,
		    MOUNT("\"Type\":\"bind\",\"Source\":\"/srv/app\","
			  "\"Target\":\"/a\",\"ReadOnly\":true"),
		    MOUNT("\"Type\":\"bind\",\"Source\":\"/srv/app\","
			  "\"Target\":\"/a\",\"ReadOnly\":true"),
		    NO_FACTS),
		ROW("to be read only", APP, CREATE,
		    MOUNT("\"Type\":\"bind\",\"Source\":\"/srv/app\","
			  "\"Target\":\"/a\""),
		    MOUNT("\"Type\":\"bind\",\"Source\":\"/srv/app\","
			  "\"Target\":\"/a\",\"ReadOnly\":true"),
		    NO_FACTS),
		ROW("to be written to", WRITES, CREATE,
		    MOUNT("\"Type\":\"bind\",\"Source\":\"/srv/app\","
			  "\"Target\":\"/a\",\"ReadOnly\":false"),
		    MOUNT("\"Type\":\"bind\",\"Source\":\"/srv/app\","
			  "\"Target\":\"/a\",\"ReadOnly\":false"),
		    NO_FACTS),
		ROW("another path", APP, CREATE,
		    MOUNT("\"Type\":\"bind\",\"Source\":\"/\","
			  "\"Target\":\"/a\""),
		    "403 HostConfig.Mounts[0].Source = \"/\" (add [container] "
		    "bind = /:rw, or drop the field)",
		    NO_FACTS),
		ROW("no path", APP, CREATE,
		    MOUNT("\"Type\":\"bind\",\"Target\":\"/a\""),
		    "403 HostConfig.Mounts[0].Source (a path with *", NO_FACTS),
		ROW("a comma", APP, CREATE,
		    MOUNT("\"Type\":\"bind\",\"Target\":\"/a\","
			  "\"Source\":\"/srv/data/x,source=/\""),
		    "403 HostConfig.Mounts[0].Source = * (a path with *",
		    NO_FACTS),
		ROW("a comma in the target", APP, CREATE,
		    MOUNT("\"Type\":\"volume\",\"Target\":\"/a,source=/\""),
		    "403 HostConfig.Mounts[0].Target = * (mounted at no *",
		    NO_FACTS),
		ROW("a volume", NOTHING, CREATE,
		    MOUNT("\"Type\":\"volume\",\"Source\":\"data\","
			  "\"Target\":\"/a\""),
		    MOUNT("\"Type\":\"volume\",\"Source\":\"data\","
			  "\"Target\":\"/a\""),
		    IS_PLAIN),
		ROW("a volume in disguise", NOTHING, CREATE,
		    MOUNT("\"Type\":\"volume\",\"Source\":\"data\","
			  "\"Target\":\"/a\""),
		    "403 HostConfig.Mounts[0].Source = \"data\" (add [volume]*",
		    IS("local", "\"device\":\"/\"")),
		ROW("a volume that is a path", NOTHING, CREATE,
		    MOUNT("\"Type\":\"volume\",\"Source\":\"/etc\","
			  "\"Target\":\"/a\""),
		    "403 HostConfig.Mounts[0].Source = \"/etc\" (neither *",
		    NO_FACTS),
		ROW("without a name", NOTHING, CREATE,
		    MOUNT("\"Type\":\"volume\",\"Target\":\"/a\""),
		    MOUNT("\"Type\":\"volume\",\"Target\":\"/a\""), NO_FACTS),
		ROW("without a type", NOTHING, CREATE,
		    MOUNT("\"Target\":\"/a\""),
		    "400 HostConfig.Mounts[0] (no *", NO_FACTS),
		ROW("without a target", NOTHING, CREATE,
		    MOUNT("\"Type\":\"volume\""),
		    "400 HostConfig.Mounts[0] (no *", NO_FACTS),
		ROW("an image", NOTHING, CREATE,
		    MOUNT("\"Type\":\"image\",\"Source\":\"web\","
			  "\"Target\":\"/a\""),
		    "403 HostConfig.Mounts[0].Type = \"image\" (nothing *",
		    NO_FACTS),
		ROW("a cluster's volume", NOTHING, CREATE,
		    MOUNT("\"Type\":\"cluster\",\"Target\":\"/a\""),
		    "403 HostConfig.Mounts[0].Type = \"cluster\" (nothing *",
		    NO_FACTS),
		ROW("Podman's own", NOTHING, CREATE,
		    MOUNT("\"Type\":\"glob\",\"Target\":\"/a\""),
		    "403 HostConfig.Mounts[0].Type = \"glob\" (nothing *",
		    NO_FACTS),
		ROW("consistency", NOTHING, CREATE,
		    MOUNT("\"Type\":\"volume\",\"Target\":\"/a\","
			  "\"Consistency\":\"cached\""),
		    MOUNT("\"Type\":\"volume\",\"Target\":\"/a\","
			  "\"Consistency\":\"cached\""),
		    NO_FACTS),
		ROW("more than that", NOTHING, CREATE,
		    MOUNT("\"Type\":\"volume\",\"Target\":\"/a\","
			  "\"Consistency\":\"cached,source=/\""),
		    "403 HostConfig.Mounts[0].Consistency = * (nothing *",
		    NO_FACTS),
	};

	inspections_check(rows, CASES(rows));
}

Test(rule_mount, judges_options)
{
	static const struct inspections_row rows[] = {
		ROW("harmless ones of a path", APP, CREATE,
		    BINDING("\"Propagation\":\"rprivate\","
			    "\"NonRecursive\":true,"
			    "\"ReadOnlyForceRecursive\":true"),
		    BINDING("\"Propagation\":\"rprivate\","
			    "\"NonRecursive\":true,"
			    "\"ReadOnlyForceRecursive\":true"),
		    NO_FACTS),
		ROW("mounts for the host", APP, CREATE,
		    BINDING("\"Propagation\":\"rshared\""),
		    "403 HostConfig.Mounts[0].BindOptions.Propagation = *",
		    NO_FACTS),
		ROW("mounts from the host", APP, CREATE,
		    BINDING("\"Propagation\":\"slave\""),
		    "403 HostConfig.Mounts[0].BindOptions.Propagation = *",
		    NO_FACTS),
		ROW("a new directory", APP, CREATE,
		    BINDING("\"CreateMountpoint\":true"),
		    "403 HostConfig.Mounts[0].BindOptions.CreateMountpoint *",
		    NO_FACTS),
		ROW("none", APP, CREATE, BINDING("\"CreateMountpoint\":false"),
		    BINDING(""), NO_FACTS),
		ROW("what is below can be written to", APP, CREATE,
		    BINDING("\"ReadOnlyNonRecursive\":true"),
		    "403 *.BindOptions.ReadOnlyNonRecursive = true *",
		    NO_FACTS),
		ROW("harmless ones of a volume", NOTHING, CREATE,
		    VOLUME("\"NoCopy\":true,\"Labels\":{\"a\":\"b\"},"
			   "\"Subpath\":\"a/b\","
			   "\"DriverConfig\":{\"Name\":\"local\"}"),
		    VOLUME("\"NoCopy\":true,\"Labels\":{\"a\":\"b\"},"
			   "\"Subpath\":\"a/b\","
			   "\"DriverConfig\":{\"Name\":\"local\"}"),
		    NO_FACTS),
		ROW("the way up", NOTHING, CREATE,
		    VOLUME("\"Subpath\":\"../b\""),
		    "403 HostConfig.Mounts[0].VolumeOptions.Subpath = *",
		    NO_FACTS),
		ROW("an absolute path", NOTHING, CREATE,
		    VOLUME("\"Subpath\":\"/b\""),
		    "403 HostConfig.Mounts[0].VolumeOptions.Subpath = *",
		    NO_FACTS),
		ROW("another driver", NOTHING, CREATE,
		    VOLUME("\"DriverConfig\":{\"Name\":\"nfs\"}"),
		    "403 HostConfig.Mounts[0].VolumeOptions.DriverConfig.Name "
		    "= \"nfs\" (add [container] volume-driver = nfs, *",
		    NO_FACTS),
		ROW("another driver that is allowed",
		    "[container]\nvolume-driver = nfs\n", CREATE,
		    VOLUME("\"DriverConfig\":{\"Name\":\"nfs\"}"),
		    VOLUME("\"DriverConfig\":{\"Name\":\"nfs\"}"), NO_FACTS),
		ROW("a path in disguise", NOTHING, CREATE,
		    VOLUME("\"DriverConfig\":{\"Name\":\"local\",\"Options\":"
			   "{\"o\":\"bind\",\"device\":\"/\"}}"),
		    "403 HostConfig.Mounts[0].VolumeOptions.DriverConfig."
		    "Options.o = \"bind\" (add [volume] driver-option = "
		    "o=bind, *",
		    NO_FACTS),
		ROW("options that are allowed",
		    "[volume]\ndriver-option = type=tmpfs o=size=*\n", CREATE,
		    VOLUME("\"DriverConfig\":{\"Options\":{\"type\":\"tmpfs\","
			   "\"o\":\"size=1m\"}}"),
		    VOLUME("\"DriverConfig\":{\"Options\":{\"type\":\"tmpfs\","
			   "\"o\":\"size=1m\"}}"),
		    NO_FACTS),
		ROW("a name that holds a value",
		    "[volume]\ndriver-option = o=size=*\n", CREATE,
		    VOLUME("\"DriverConfig\":{\"Options\":"
			   "{\"o=size\":\"1m\"}}"),
		    "403 *.Options.o=size = \"1m\" (not a plain option)",
		    NO_FACTS),
		ROW("below a path", "[volume]\ndriver-option = device=/srv/*\n",
		    CREATE,
		    VOLUME("\"DriverConfig\":{\"Options\":"
			   "{\"device\":\"/srv/..a/b..\"}}"),
		    VOLUME("\"DriverConfig\":{\"Options\":"
			   "{\"device\":\"/srv/..a/b..\"}}"),
		    NO_FACTS),
		ROW("out of a path",
		    "[volume]\ndriver-option = device=/srv/*\n", CREATE,
		    VOLUME("\"DriverConfig\":{\"Options\":"
			   "{\"device\":\"/srv/../etc\"}}"),
		    "403 *.Options.device = \"/srv/../etc\" (not a plain *",
		    NO_FACTS),
		ROW("memory", NOTHING, CREATE,
		    MEMORY("\"SizeBytes\":1048576,\"Mode\":1016,"
			   "\"Options\":[[\"noexec\"],[\"size\",\"1m\"]]"),
		    MEMORY("\"SizeBytes\":1048576,\"Mode\":1016,"
			   "\"Options\":[[\"noexec\"],[\"size\",\"1m\"]]"),
		    NO_FACTS),
		ROW("an unknown option", NOTHING, CREATE,
		    MEMORY("\"Options\":[[\"shared\"]]"),
		    "403 HostConfig.Mounts[0].TmpfsOptions.Options (an *",
		    NO_FACTS),
		ROW("two in one", NOTHING, CREATE,
		    MEMORY("\"Options\":[[\"size\",\"1m,shared\"]]"),
		    "403 HostConfig.Mounts[0].TmpfsOptions.Options (an *",
		    NO_FACTS),
		ROW("three in one", NOTHING, CREATE,
		    MEMORY("\"Options\":[[\"size\",\"1m\",\"x\"]]"),
		    "403 HostConfig.Mounts[0].TmpfsOptions.Options (an *",
		    NO_FACTS),
		ROW("no arrays", NOTHING, CREATE,
		    MEMORY("\"Options\":[\"noexec\"]"),
		    "403 HostConfig.Mounts[0].TmpfsOptions.Options (an *",
		    NO_FACTS),
		ROW("no strings", NOTHING, CREATE,
		    MEMORY("\"Options\":[[\"size\",1]]"),
		    "403 HostConfig.Mounts[0].TmpfsOptions.Options (an *",
		    NO_FACTS),
		ROW("no array", NOTHING, CREATE, MEMORY("\"Options\":\"x\""),
		    "400 HostConfig.Mounts[0].TmpfsOptions.Options = *",
		    NO_FACTS),
		ROW("memory from somewhere", NOTHING, CREATE,
		    MOUNT("\"Type\":\"tmpfs\",\"Source\":\"/etc\","
			  "\"Target\":\"/a\""),
		    "403 HostConfig.Mounts[0].Source = \"/etc\" (a tmpfs *",
		    NO_FACTS),
	};

	inspections_check(rows, CASES(rows));
}

Test(rule_tmpfs, takes_memory_anywhere_or_where_it_is_said)
{
	static const struct inspections_row rows[] = {
		ROW("anywhere", NOTHING, CREATE,
		    TMPFS("/run", "rw,noexec,nosuid,size=65536k,mode=1777"),
		    TMPFS("/run", "rw,noexec,nosuid,size=65536k,mode=1777"),
		    NO_FACTS),
		ROW("without options", NOTHING, CREATE, TMPFS("/run/", ""),
		    TMPFS("/run/", ""), NO_FACTS),
		ROW("at nothing", NOTHING, CREATE, TMPFS("", ""),
		    "403 HostConfig.Tmpfs. = \"\" (mounted at *", NO_FACTS),
		ROW("at /", NOTHING, CREATE, TMPFS("/", ""),
		    "403 HostConfig.Tmpfs./ = \"\" (mounted at / or *",
		    NO_FACTS),
		ROW("at a relative path", NOTHING, CREATE, TMPFS("run", ""),
		    "403 HostConfig.Tmpfs.run = \"\" (mounted at no *",
		    NO_FACTS),
		ROW("an unknown option", NOTHING, CREATE,
		    TMPFS("/run", "rw,rshared"),
		    "403 HostConfig.Tmpfs./run = * (an option *", NO_FACTS),
		ROW("a size that is none", NOTHING, CREATE,
		    TMPFS("/run", "size=1:/etc"),
		    "403 HostConfig.Tmpfs./run = * (an option *", NO_FACTS),
		ROW("no size", NOTHING, CREATE, TMPFS("/run", "size="),
		    "403 HostConfig.Tmpfs./run = * (an option *", NO_FACTS),
		ROW("where it is said", "[container]\ntmpfs = /run /tmp/*\n",
		    CREATE, TMPFS("/tmp/a", ""), TMPFS("/tmp/a", ""), NO_FACTS),
		ROW("where it is not", "[container]\ntmpfs = /run /tmp/*\n",
		    CREATE, TMPFS("/tmp", ""),
		    "403 HostConfig.Tmpfs./tmp = \"\" (add [container] tmpfs = "
		    "/tmp, *",
		    NO_FACTS),
		ROW("as a mount", "[container]\ntmpfs = /run\n", CREATE,
		    MOUNT("\"Type\":\"tmpfs\",\"Target\":\"/run\""),
		    MOUNT("\"Type\":\"tmpfs\",\"Target\":\"/run\""), NO_FACTS),
		ROW("as a mount elsewhere", "[container]\ntmpfs = /run\n",
		    CREATE, MOUNT("\"Type\":\"tmpfs\",\"Target\":\"/a\""),
		    "403 HostConfig.Mounts[0].Target = \"/a\" (add "
		    "[container] tmpfs = /a, *",
		    NO_FACTS),
	};

	inspections_check(rows, CASES(rows));
}

Test(rule_volume_path, takes_new_volumes_at_good_places)
{
	static const struct inspections_row rows[] = {
		ROW("a place", NOTHING, CREATE,
		    "{\"Image\":\"web\",\"Volumes\":{\"/data\":{}},"
		    "\"HostConfig\":{}}",
		    "{\"Image\":\"web\",\"Volumes\":{\"/data\":{}},"
		    "\"HostConfig\":{}}",
		    NO_FACTS),
		ROW("a path of the host's", NOTHING, CREATE,
		    "{\"Image\":\"web\",\"Volumes\":{\"/etc:/a\":{}}}",
		    "403 Volumes./etc:/a (mounted at no *", NO_FACTS),
		ROW("everywhere", NOTHING, CREATE,
		    "{\"Image\":\"web\",\"Volumes\":{\"/\":{}}}",
		    "403 Volumes./ (mounted at / or in /proc)", NO_FACTS),
		ROW("a driver", NOTHING, CREATE,
		    HOST("\"VolumeDriver\":\"local\""),
		    HOST("\"VolumeDriver\":\"local\""), NO_FACTS),
		ROW("another driver", NOTHING, CREATE,
		    HOST("\"VolumeDriver\":\"nfs\""),
		    "403 HostConfig.VolumeDriver = \"nfs\" (add [container] "
		    "volume-driver = nfs, *",
		    NO_FACTS),
	};

	inspections_check(rows, CASES(rows));
}

#define USER	   "{\"Image\":\"web\",\"User\":\"1:1\",\"HostConfig\":{"
#define NEVER_ROOT "[container]\nbind = /srv/app:rw /srv/b\nuser = nonroot\n"
#define NEW_NONE   "\"SecurityOpt\":[\"no-new-privileges\"]}}"

Test(mounts_finish, keeps_those_who_write_to_the_host_from_becoming_root)
{
	static const struct inspections_row rows[] = {
		ROW("a bind", NEVER_ROOT, CREATE,
		    USER "\"Binds\":[\"/srv/app:/a\"]}}",
		    USER "\"Binds\":[\"/srv/app:/a\"]," NEW_NONE, NO_FACTS),
		ROW("a mount", NEVER_ROOT, CREATE,
		    USER "\"Mounts\":[{\"Type\":\"bind\",\"Target\":\"/a\","
			 "\"Source\":\"/srv/app\"}]}}",
		    USER "\"Mounts\":[{\"Type\":\"bind\",\"Target\":\"/a\","
			 "\"Source\":\"/srv/app\"}]," NEW_NONE,
		    NO_FACTS),
		ROW("only reads", NEVER_ROOT, CREATE,
		    USER "\"Binds\":[\"/srv/app:/a:ro\",\"/srv/b:/b\"]}}",
		    USER "\"Binds\":[\"/srv/app:/a:ro\",\"/srv/b:/b:ro\"]}}",
		    NO_FACTS),
		ROW("a mount that only reads", NEVER_ROOT, CREATE,
		    USER "\"Mounts\":[{\"Type\":\"bind\",\"Target\":\"/a\","
			 "\"Source\":\"/srv/app\",\"ReadOnly\":true}]}}",
		    USER "\"Mounts\":[{\"Type\":\"bind\",\"Target\":\"/a\","
			 "\"Source\":\"/srv/app\",\"ReadOnly\":true}]}}",
		    NO_FACTS),
		ROW("writes to a volume", NEVER_ROOT, CREATE,
		    USER "\"Binds\":[\"data:/a\"]}}",
		    USER "\"Binds\":[\"data:/a\"]}}", IS_PLAIN),
		ROW("the last counts",
		    NEVER_ROOT "security-opt = no-new-privileges=false\n",
		    CREATE,
		    USER "\"Binds\":[\"/srv/app:/a\"],"
			 "\"SecurityOpt\":[\"no-new-privileges=false\"]}}",
		    USER "\"Binds\":[\"/srv/app:/a\"],"
			 "\"SecurityOpt\":[\"no-new-privileges=false\","
			 "\"no-new-privileges\"]}}",
		    NO_FACTS),
		ROW("may be root", NEVER_ROOT "bind-as-root = yes\n", CREATE,
		    USER "\"Binds\":[\"/srv/app:/a\"]}}",
		    USER "\"Binds\":[\"/srv/app:/a\"]}}", NO_FACTS),
	};

	inspections_check(rows, CASES(rows));
}
