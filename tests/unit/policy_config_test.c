/* SPDX-License-Identifier: MIT */
#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <stdint.h>
#include <string.h>

#include "core/limits.h"
#include "policy/config.h"
#include "tests/unit/cases.h"
#include "tests/unit/policies.h"

static void
read_config(
    struct config *config, const char *text, struct complaints *complaints)
{
	config_read(config, span_of(text), "postern.ini", complaints);
}

Test(config_read, reads_every_key)
{
	struct complaints complaints = { 0 };
	struct config config;
	size_t i;

	config_init(&config);
	read_config(&config,
	    "[daemon]\n"
	    "upstream = unix:///run/docker.sock\n"
	    "directory = /run/p\n"
	    "profiles = /etc/p\n"
	    "user = alice\n"
	    "drain = 2m\n"
	    "metrics = /run/p.prom\n"
	    "[log]\n"
	    "format = json\n"
	    "level = error\n"
	    "audit = /var/log/p\n"
	    "[limits]\n"
	    "head = 32K\n",
	    &complaints);
	policies_complaints("every key", &complaints, "");
	cr_expect(eq(str, config.upstream, "/run/docker.sock"));
	cr_expect(eq(str, config.directory, "/run/p"));
	cr_expect(eq(str, config.profiles, "/etc/p"));
	cr_expect(eq(str, config.user, "alice"));
	cr_expect(eq(uint, config.drain, 120));
	cr_expect(eq(str, config.metrics, "/run/p.prom"));
	cr_expect(eq(int, config.log_format, LOG_FORMAT_JSON));
	cr_expect(eq(int, config.log_level, LOG_LEVEL_ERROR));
	cr_expect(eq(str, config.audit, "/var/log/p"));
	cr_expect(eq(sz, config.head, 32768));
	for (i = 0; i < SETTINGS; i++)
		cr_expect(config.is_set[i], "setting %zu", i);
	config_clear(&config);
}

Test(config_read, leaves_defaults_where_nothing_is_said)
{
	struct complaints complaints = { 0 };
	struct config config;
	size_t i;

	config_init(&config);
	read_config(&config, "; nothing\n[daemon]\n[log]\n", &complaints);
	policies_complaints("nothing", &complaints, "");
	cr_expect(config.upstream == NULL);
	cr_expect(config.directory == NULL);
	cr_expect(config.profiles == NULL);
	cr_expect(config.user == NULL);
	cr_expect(eq(uint, config.drain, LIMIT_DRAIN_DEFAULT));
	cr_expect(config.metrics == NULL);
	cr_expect(eq(int, config.log_format, LOG_FORMAT_LOGFMT));
	cr_expect(eq(int, config.log_level, LOG_LEVEL_INFO));
	cr_expect(eq(sz, config.head, LIMIT_HEAD_DEFAULT));
	for (i = 0; i < SETTINGS; i++)
		cr_expect(not(config.is_set[i]), "setting %zu", i);
}

Test(config_read, takes_each_word_of_an_enumeration)
{
	static const struct {
		const char *text;
		enum log_format format;
		enum log_level level;
	} rows[] = {
		ROW("[log]\nformat = logfmt\n", LOG_FORMAT_LOGFMT,
		    LOG_LEVEL_INFO),
		ROW("[log]\nformat = json\n", LOG_FORMAT_JSON, LOG_LEVEL_INFO),
		ROW("[log]\nlevel = error\n", LOG_FORMAT_LOGFMT,
		    LOG_LEVEL_ERROR),
		ROW("[log]\nlevel = warning\n", LOG_FORMAT_LOGFMT,
		    LOG_LEVEL_WARNING),
		ROW("[log]\nlevel = notice\n", LOG_FORMAT_LOGFMT,
		    LOG_LEVEL_NOTICE),
		ROW("[log]\nlevel = info\n", LOG_FORMAT_LOGFMT, LOG_LEVEL_INFO),
		ROW("[log]\nlevel = debug\n", LOG_FORMAT_LOGFMT,
		    LOG_LEVEL_DEBUG),
	};
	struct complaints complaints = { 0 };
	struct config config;
	size_t i;

	for (i = 0; i < CASES(rows); i++) {
		config_init(&config);
		read_config(&config, rows[i].text, &complaints);
		policies_complaints(rows[i].text, &complaints, "");
		cr_expect(
		    config.log_format == rows[i].format, "%s", rows[i].text);
		cr_expect(
		    config.log_level == rows[i].level, "%s", rows[i].text);
	}
}

Test(config_read, complains_with_file_and_line)
{
	static const struct {
		const char *name;
		const char *text;
		const char *wanted;
	} rows[] = {
		ROW("an unknown section, once", "[deamon]\na = b\nc = d\n",
		    "postern.ini:1: no such section: deamon; did you mean "
		    "daemon?\n"),
		ROW("an unknown key", "[daemon]\nupstreem = /a\n",
		    "postern.ini:2: no such key: upstreem; did you mean "
		    "upstream?\n"),
		ROW("a key of another section", "[log]\nupstream = /a\n",
		    "postern.ini:2: no such key: upstream\n"),
		ROW("a key twice", "[daemon]\nupstream = /a\nupstream = /a\n",
		    "postern.ini:3: upstream stands in line 2 already\n"),
		ROW("no value", "[daemon]\nupstream =\n", "postern.ini:2: *\n"),
		ROW("TCP", "[daemon]\nupstream = tcp://127.0.0.1:2375\n",
		    "postern.ini:2: upstream = tcp://127.0.0.1:2375: "
		    "unix:///PATH is needed*\n"),
		ROW("HTTP", "[daemon]\nupstream = http:///run/docker.sock\n",
		    "postern.ini:2: *unix:///PATH is needed*\n"),
		ROW("a relative upstream", "[daemon]\nupstream = docker.sock\n",
		    "postern.ini:2: *unix:///PATH is needed*\n"),
		ROW("a relative upstream behind unix://",
		    "[daemon]\nupstream = unix://docker.sock\n",
		    "postern.ini:2: *absolute path*\n"),
		ROW("an abstract upstream", "[daemon]\nupstream = @docker\n",
		    "postern.ini:2: *unix:///PATH is needed*\n"),
		ROW("an empty upstream", "[daemon]\nupstream = unix://\n",
		    "postern.ini:2: *absolute path*\n"),
		ROW("a relative directory", "[daemon]\ndirectory = run\n",
		    "postern.ini:2: directory = run: *absolute path*\n"),
		ROW("relative profiles", "[daemon]\nprofiles = ./p\n",
		    "postern.ini:2: *absolute path*\n"),
		ROW("root", "[daemon]\nuser = root\n",
		    "postern.ini:2: user = root: Postern never serves as "
		    "root\n"),
		ROW("a long drain", "[daemon]\ndrain = 61m\n",
		    "postern.ini:2: drain = 61m: a time from 0s to 60m is "
		    "needed*\n"),
		ROW("a relative file of metrics", "[daemon]\nmetrics = a\n",
		    "postern.ini:2: metrics = a: *absolute path*\n"),
		ROW("a format", "[log]\nformat = JSON\n",
		    "postern.ini:2: format = JSON: logfmt or json*\n"),
		ROW("a level", "[log]\nlevel = warn\n",
		    "postern.ini:2: *one of error, warning*\n"),
		ROW("a level as a number", "[log]\nlevel = 6\n",
		    "postern.ini:2: *one of error, warning*\n"),
		ROW("a small head", "[limits]\nhead = 1023\n",
		    "postern.ini:2: *from 1K to 64K*\n"),
		ROW("a large head", "[limits]\nhead = 65537\n",
		    "postern.ini:2: *from 1K to 64K*\n"),
		ROW("all at once", "[daemon]\nx = 1\n[log]\nlevel = x\nk: v\n",
		    "postern.ini:2: *\npostern.ini:4: *\npostern.ini:5: *\n"),
	};
	struct complaints complaints = { 0 };
	struct config config;
	size_t i;

	for (i = 0; i < CASES(rows); i++) {
		config_init(&config);
		read_config(&config, rows[i].text, &complaints);
		policies_complaints(rows[i].name, &complaints, rows[i].wanted);
		complaints_clear(&complaints);
		config_clear(&config);
	}
}

Test(config_read, takes_an_upstream_of_107_bytes_and_refuses_108)
{
	struct complaints complaints = { 0 };
	struct config config;
	char text[256], *path;
	size_t len;

	for (len = 107; len <= 108; len++) {
		strcpy(text, "[daemon]\nupstream = unix://");
		path = text + strlen(text);
		memset(path, 'a', len);
		*path = '/';
		path[len] = '\0';
		config_init(&config);
		read_config(&config, text, &complaints);
		cr_expect(eq(sz, complaints.len, len > 107), "%zu bytes", len);
		if (len == 107)
			cr_expect(eq(str, config.upstream, path));
		complaints_clear(&complaints);
		config_clear(&config);
	}
}

/* What one setting's value leads to: complaints, or none. */
static void
set_one(struct config *config, enum setting setting, const char *value,
    const char *wanted)
{
	struct complaints complaints = { 0 };

	config_init(config);
	config_set(config, setting, value, "it", &complaints);
	policies_complaints(value, &complaints, wanted);
	complaints_clear(&complaints);
}

Test(config_set, takes_users_by_name_and_number_but_not_root)
{
	static const struct {
		const char *value;
		const char *wanted; /* "": it is taken */
	} rows[] = {
		ROW("postern", ""),
		ROW("_postern", ""),
		ROW("a-b.c_D9", ""),
		ROW("0root", ""),
		ROW("rooted", ""),
		ROW("1", ""),
		ROW("01", ""),
		ROW("65534", ""),
		ROW("4294967294", ""),
		ROW("4294967295", "it: *a number from 1 to 4294967294*\n"),
		ROW("4294967296", "it: *a number from 1 to 4294967294*\n"),
		ROW("18446744073709551616",
		    "it: *a number from 1 to 4294967294*\n"),
		ROW("root", "it: \"root\": Postern never serves as root\n"),
		ROW("0", "it: \"0\": Postern never serves as root\n"),
		ROW("00", "it: *never serves as root\n"),
		ROW("000000000000000000000000", "it: *never serves as root\n"),
		ROW("", "it: *name or the number of a user*\n"),
		ROW("+0", "it: *name or the number of a user*\n"),
		ROW("-1", "it: *name or the number of a user*\n"),
		ROW(" 0", "it: *name or the number of a user*\n"),
		ROW("0 ", "it: *name or the number of a user*\n"),
		ROW(".x", "it: *name or the number of a user*\n"),
		ROW("a b", "it: *name or the number of a user*\n"),
		ROW("a:b", "it: *name or the number of a user*\n"),
		ROW("a/b", "it: *name or the number of a user*\n"),
		ROW("\xc3\xa4", "it: *name or the number of a user*\n"),
	};
	struct config config;
	size_t i;

	for (i = 0; i < CASES(rows); i++) {
		set_one(&config, SETTING_USER, rows[i].value, rows[i].wanted);
		if (*rows[i].wanted == '\0')
			cr_expect(eq(str, config.user, (char *)rows[i].value));
		else
			cr_expect(config.user == NULL, "%s", rows[i].value);
		config_clear(&config);
	}
}

Test(config_set, takes_times_of_at_most_an_hour_to_drain)
{
	static const struct {
		const char *value;
		int seconds; /* -1: refused */
	} rows[] = {
		ROW("0", 0),
		ROW("0s", 0),
		ROW("0m", 0),
		ROW("7", 7),
		ROW("45s", 45),
		ROW("007s", 7),
		ROW("2m", 120),
		ROW("60m", 3600),
		ROW("3600", 3600),
		ROW("3600s", 3600),
		ROW("3601", -1),
		ROW("3601s", -1),
		ROW("61m", -1),
		ROW("1h", -1),
		ROW("1K", -1),
		ROW("1Ks", -1),
		ROW("", -1),
		ROW("s", -1),
		ROW("m", -1),
		ROW("-1", -1),
		ROW("+1", -1),
		ROW(" 1", -1),
		ROW("1 s", -1),
		ROW("1ss", -1),
		ROW("1ms", -1),
		ROW("1.5m", -1),
		ROW("1S", -1),
		ROW("0x10", -1),
		ROW("00000001", -1),
		ROW("18446744073709551617s", -1),
	};
	struct config config;
	size_t i;

	for (i = 0; i < CASES(rows); i++) {
		set_one(&config, SETTING_DRAIN, rows[i].value,
		    rows[i].seconds == -1 ? "it: *from 0s to 60m*\n" : "");
		cr_expect(eq(uint, config.drain,
			      rows[i].seconds == -1 ? LIMIT_DRAIN_DEFAULT
						    : rows[i].seconds),
		    "\"%s\"", rows[i].value);
		config_clear(&config);
	}
}

Test(config_set, beats_what_comes_later)
{
	struct complaints complaints = { 0 };
	struct config config;

	config_init(&config);
	config_set(
	    &config, SETTING_UPSTREAM, "/first", "--upstream", &complaints);
	config_set(&config, SETTING_UPSTREAM, "/second", "POSTERN_UPSTREAM",
	    &complaints);
	config_set(
	    &config, SETTING_LOG_LEVEL, "debug", "--log-level", &complaints);
	read_config(&config,
	    "[daemon]\nupstream = /third\ndirectory = /third\n"
	    "[log]\nlevel = error\n",
	    &complaints);
	config_set(
	    &config, SETTING_DIRECTORY, "/fourth", "the default", &complaints);
	policies_complaints("nothing wrong", &complaints, "");
	cr_expect(eq(str, config.upstream, "/first"));
	cr_expect(eq(str, config.directory, "/third"));
	cr_expect(eq(int, config.log_level, LOG_LEVEL_DEBUG));
	config_clear(&config);
}

Test(config_set, says_where_a_bad_value_came_from)
{
	struct complaints complaints = { 0 };
	struct config config;

	config_init(&config);
	config_set(&config, SETTING_UPSTREAM, "tcp://x", "POSTERN_UPSTREAM",
	    &complaints);
	policies_complaints("a bad upstream", &complaints,
	    "POSTERN_UPSTREAM: \"tcp://x\": unix:///PATH is needed*\n");
	complaints_clear(&complaints);
	/* It stays the one that counts: nothing else is served instead. */
	read_config(&config, "[daemon]\nupstream = /later\n", &complaints);
	cr_expect(config.upstream == NULL);
	config_clear(&config);
}

Test(config_size, is_a_number_with_one_suffix)
{
	static const struct {
		const char *value;
		size_t size; /* 0: none */
	} rows[] = {
		ROW("1", 1),
		ROW("4096", 4096),
		ROW("16K", 16384),
		ROW("2M", 2097152),
		ROW("1G", 1073741824),
		ROW("", 0),
		ROW("K", 0),
		ROW("-1", 0),
		ROW("+1", 0),
		ROW(" 1", 0),
		ROW("1 ", 0),
		ROW("1k", 0),
		ROW("1KB", 0),
		ROW("1KK", 0),
		ROW("1.5M", 0),
		ROW("0x10", 0),
		ROW("1e3", 0),
		ROW("2G", 0),
		ROW("1073741825", 0),
		ROW("18446744073709551617", 0),
		ROW("99999999999999999999", 0),
		ROW("18014398509481985K", 0),
		ROW("17179869185G", 0),
	};
	size_t i, size;
	bool good;

	for (i = 0; i < CASES(rows); i++) {
		size = 0;
		good = config_size(rows[i].value, 1, 1024 * 1024 * 1024, &size);
		cr_expect(good == (rows[i].size != 0), "\"%s\"", rows[i].value);
		cr_expect(
		    size == rows[i].size, "\"%s\" is %zu", rows[i].value, size);
	}
	cr_expect(config_size("18446744073709551615", 0, SIZE_MAX, &size));
	cr_expect(eq(sz, size, SIZE_MAX));
}
