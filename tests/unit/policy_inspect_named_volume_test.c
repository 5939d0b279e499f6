/* SPDX-License-Identifier: MIT */
/* Volumes by their names: what the daemon says of them. */

#include <criterion/criterion.h>
#include <criterion/new/assert.h>

#include "tests/unit/cases.h"
#include "tests/unit/inspections.h"
#include "tests/unit/policies.h"

#define NOTHING "[container]\n"
#define CREATE	"POST /v1.41/containers/create"
#define BIND(text) \
	"{\"Image\":\"web\",\"HostConfig\":{\"Binds\":[\"" text "\"]}}"
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
#define IS_NEW                                     \
	{                                          \
		{                                  \
			"/volumes/data", 404, "{}" \
		}                                  \
	}

Test(volume_is_plain, asks_the_daemon)
{
	static const struct inspections_row rows[] = {
		ROW("asked", NOTHING, CREATE, BIND("data:/a"),
		    "ask /volumes/data", NO_FACTS),
		ROW("plain", NOTHING, CREATE, BIND("data:/a"), BIND("data:/a"),
		    IS_PLAIN),
		ROW("new", NOTHING, CREATE, BIND("data:/a"), BIND("data:/a"),
		    IS_NEW),
		ROW("without a name", NOTHING, CREATE, BIND("/a"), BIND("/a"),
		    NO_FACTS),
		ROW("in disguise", NOTHING, CREATE, BIND("data:/a"),
		    "403 HostConfig.Binds[0] = \"data:/a\" (add [volume] "
		    "driver-option = o=*, or drop the field)",
		    IS("local", "\"o\":\"bind\",\"device\":\"/\"")),
		ROW("in disguise, and allowed",
		    "[volume]\ndriver-option = o=bind device=/srv/app\n",
		    CREATE, BIND("data:/a"), BIND("data:/a"),
		    IS("local", "\"o\":\"bind\",\"device\":\"/srv/app\"")),
		ROW("in another disguise",
		    "[volume]\ndriver-option = o=bind device=/srv/app\n",
		    CREATE, BIND("data:/a"), "403 * driver-option = device=*",
		    IS("local", "\"o\":\"bind\",\"device\":\"/srv\"")),
		ROW("a password is not told", NOTHING, CREATE, BIND("data:/a"),
		    "403 HostConfig.Binds[0] = \"data:/a\" (add [volume] "
		    "driver-option = o=*, or drop the field)",
		    IS("local", "\"o\":\"password=secret\"")),
		ROW("a name that holds a value",
		    "[volume]\ndriver-option = o=*\n", CREATE, BIND("data:/a"),
		    "403 HostConfig.Binds[0] = \"data:/a\" (the volume has an "
		    "option that is not plain)",
		    IS("local", "\"o=x\":\"\"")),
		ROW("below a path", "[volume]\ndriver-option = device=/srv/*\n",
		    CREATE, BIND("data:/a"), BIND("data:/a"),
		    IS("local", "\"device\":\"/srv/..a/b..\"")),
		ROW("out of a path",
		    "[volume]\ndriver-option = device=/srv/*\n", CREATE,
		    BIND("data:/a"), "403 * (*not plain)",
		    IS("local", "\"device\":\"/srv/../etc\"")),
		ROW("out of a path at the end",
		    "[volume]\ndriver-option = device=/srv/*\n", CREATE,
		    BIND("data:/a"), "403 * (*not plain)",
		    IS("local", "\"device\":\"/srv/a/..\"")),
		ROW("of another driver", NOTHING, CREATE, BIND("data:/a"),
		    "403 * (add [container] volume-driver = nfs, *",
		    IS("nfs", "")),
		ROW("of another driver that is allowed",
		    "[container]\nvolume-driver = nfs\n", CREATE,
		    BIND("data:/a"), BIND("data:/a"), IS("nfs", "")),
		ROW("another's name", NOTHING, CREATE, BIND("data:/a"),
		    "403 * (the daemon takes it for another volume's name)",
		    {{ "/volumes/data", 200, "{\"Name\":\"database\"}" }}
			   ),
		ROW("a daemon in trouble", NOTHING, CREATE, BIND("data:/a"),
		    "502 * (what the daemon says of it cannot be read)",
		    { { "/volumes/data", 500, "{}" }		     }
		      ),
		ROW("listed", "[container]\nvolume = web-* data\n", CREATE,
		    BIND("data:/a"), BIND("data:/a"), IS_PLAIN),
		ROW("not listed", "[container]\nvolume = web-* data\n", CREATE,
		    BIND("base:/a"),
		    "403 * (add [container] volume = base, or *", NO_FACTS),
	};

	inspections_check(rows, CASES(rows));
}
