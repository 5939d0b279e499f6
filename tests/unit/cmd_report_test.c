/* SPDX-License-Identifier: MIT */
/* Reports: exact text, names that want escaping, and the metrics' file. */

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <dirent.h>
#include <fcntl.h>
#include <regex.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cmd/report.h"
#include "core/json.h"
#include "tests/unit/cases.h"

static const struct report_door doors[] = {
	{"traefik", "/run/postern/doors/traefik.sock", false, true,
	    { 10, 1, 1234567, 2, 3, 4, 5, 6, 7, 8, 9 }	       },
	{ "ci",	"/run/ci.sock",			true,  false,
	    { 20, 0, 7, 9223372036854775807U, 0, 0, 1, 0, 0, 2, 0 }},
};

/* Of the first door: what happened at it. */
static bool
on_details(const struct report *report, size_t door, struct details *details)
{
	const struct operation *list = operation_named(SPAN("ContainerList"));

	cr_assert(report->context == &doors);
	if (door != 0)
		return false;
	details->requests[list - operations][COUNTED_ALLOW] = 5;
	details->requests[list - operations][COUNTED_DENY] = 2;
	details->requests[list - operations][COUNTED_WOULD_DENY] = 6;
	details->rejections[REASON_DENIED] = 2;
	details->rejections[REJECTIONS_VERDICT + REFUSAL_MALFORMED] = 3;
	details->buckets[0] = 3;
	details->buckets[10] = 1;
	details->nanoseconds = 1500000001;
	return true;
}

static const struct report full = {
	.state = "serving",
	.healthy = true,
	.generation = 3,
	.started = 1700000000,
	.uptime = 273600,
	.supervisor = 12,
	.worker = 15,
	.workers = 2,
	.reloads = 2,
	.refusals = 1,
	.restarts = 4,
	.lines_lost = 5,
	.audit_lost = 6,
	.last_error = "a.ini:1: no\nb.ini:2: \"no\"\n",
	.upstream = "/var/run/docker.sock",
	.user = "postern",
	.sandbox = { {
	    { "no-new-privileges", true, "" },
	    { "capabilities", true, "" },
	    { "landlock", false, "not in this kernel" },
	    { "seccomp", true, "62 calls" },
	} },
	.doors = doors,
	.doors_len = 2,
	.details = on_details,
	.context = &doors,
};

/* Nothing but what there always is. */
static const struct report empty = { .state = "starting" };

static void
same(const char *name, bool ok, struct buf *buf, struct span wanted)
{
	cr_expect(ok);
	cases_same(name, buf_span(buf), wanted);
	buf_clear(buf);
}

static bool
holds(const struct buf *buf, const char *wanted)
{
	struct span bytes = buf_span(buf);

	return memmem(bytes.at, bytes.len, wanted, strlen(wanted)) != NULL;
}

Test(report_json, says_everything)
{
	struct buf buf = { 0 };

	cr_expect(report_json(&full, &buf));
	cr_expect(json_check(buf_span(&buf)) == NULL);
	same("JSON", true, &buf,
	    SPAN("{\"state\":\"serving\",\"healthy\":true,"
		 "\"version\":\"" POSTERN_VERSION "\",\"generation\":3,"
		 "\"started\":1700000000,\"uptime\":273600,"
		 "\"supervisor\":12,\"worker\":15,\"workers\":2,"
		 "\"reloads\":2,\"refusals\":1,\"restarts\":4,"
		 "\"lines_lost\":5,\"audit_lost\":6,"
		 "\"last_error\":\"a.ini:1: no\\nb.ini:2: \\\"no\\\"\\n\","
		 "\"upstream\":\"/var/run/docker.sock\","
		 "\"user\":\"postern\",\"sandbox\":{"
		 "\"no-new-privileges\":{\"on\":true,\"detail\":\"\"},"
		 "\"capabilities\":{\"on\":true,\"detail\":\"\"},"
		 "\"landlock\":{\"on\":false,"
		 "\"detail\":\"not in this kernel\"},"
		 "\"seccomp\":{\"on\":true,\"detail\":\"62 calls\"}},"
		 "\"doors\":[{\"profile\":\"traefik\","
		 "\"path\":\"/run/postern/doors/traefik.sock\","
		 "\"systemd\":false,\"observes\":true,"
		 "\"connections\":10,\"turned_away\":1,"
		 "\"allowed\":1234567,\"denied\":2,\"refused\":3,"
		 "\"failed\":4,\"streams\":5,\"sent\":6,\"received\":7,"
		 "\"open\":8,\"flowing\":9,"
		 "\"operations\":{\"ContainerList\":"
		 "{\"allow\":5,\"deny\":2,\"would-deny\":6}},"
		 "\"rejections\":{\"denied\":2,\"malformed\":3},"
		 "\"answers\":{\"count\":4,\"seconds\":1.500000001,"
		 "\"p50\":0.000666667,\"p90\":1.900000000,"
		 "\"p99\":2.440000000,\"within\":{\"0.001\":3,"
		 "\"0.0025\":3,\"0.005\":3,\"0.01\":3,\"0.025\":3,"
		 "\"0.05\":3,\"0.1\":3,\"0.25\":3,\"0.5\":3,\"1\":3,"
		 "\"2.5\":4,\"5\":4,\"10\":4,\"+Inf\":4}}},"
		 "{\"profile\":\"ci\",\"path\":\"/run/ci.sock\","
		 "\"systemd\":true,\"observes\":false,"
		 "\"connections\":20,\"turned_away\":0,"
		 "\"allowed\":7,\"denied\":9223372036854775807,"
		 "\"refused\":0,\"failed\":0,\"streams\":1,\"sent\":0,"
		 "\"received\":0,\"open\":2,\"flowing\":0,"
		 "\"operations\":{},\"rejections\":{},"
		 "\"answers\":{\"count\":0,\"seconds\":0.000000000,"
		 "\"p50\":null,\"p90\":null,\"p99\":null,"
		 "\"within\":{}}}],"
		 "\"clients\":10}\n"));
}

Test(report_json, has_null_and_nothing_for_what_is_not_there)
{
	struct buf buf = { 0 };

	cr_expect(report_json(&empty, &buf));
	cr_expect(json_check(buf_span(&buf)) == NULL);
	same("JSON", true, &buf,
	    SPAN("{\"state\":\"starting\",\"healthy\":false,"
		 "\"version\":\"" POSTERN_VERSION "\",\"generation\":0,"
		 "\"started\":0,\"uptime\":0,\"supervisor\":0,\"worker\":0,"
		 "\"workers\":0,\"reloads\":0,\"refusals\":0,"
		 "\"restarts\":0,\"lines_lost\":0,\"audit_lost\":0,"
		 "\"last_error\":null,"
		 "\"upstream\":null,\"user\":null,\"sandbox\":{},"
		 "\"doors\":[],\"clients\":0}\n"));
}

/* Whatever stands in paths and reasons. */
Test(report_json, is_json_whatever_is_in_it)
{
	struct report report = full;
	struct buf buf = { 0 };
	char bytes[256];
	size_t i;

	for (i = 0; i < 255; i++)
		bytes[i] = (char)(i + 1);
	bytes[255] = '\0';
	report.last_error = report.upstream = report.user = bytes;
	cr_expect(report_json(&report, &buf));
	cr_expect(json_check(buf_span(&buf)) == NULL);
	buf_clear(&buf);
}

Test(report_json, takes_reasons_of_any_length)
{
	struct report report = full;
	struct buf buf = { 0 };
	char *reason = malloc(100001);

	cr_assert(reason != NULL);
	memset(reason, '\x01', 100000);
	reason[100000] = '\0';
	report.last_error = reason;
	cr_expect(report_json(&report, &buf));
	cr_expect(gt(sz, buf.len, 600000));
	cr_expect(json_check(buf_span(&buf)) == NULL);
	buf_clear(&buf);
	free(reason);
}

Test(report_table, says_everything)
{
	struct buf buf = { 0 };
	bool ok = report_table(&full, &buf);

	same("table", ok, &buf,
	    SPAN("state        serving, healthy\n"
		 "since        2023-11-14 22:13:20 UTC, 3d 4h ago\n"
		 "version      " POSTERN_VERSION "\n"
		 "config       generation 3; reloads: 2 done, 1 refused\n"
		 "last error   a.ini:1: no\n"
		 "             b.ini:2: \"no\"\n"
		 "processes    supervisor 12, worker 15, workers in all: 2; "
		 "restarts: 4\n"
		 "upstream     /var/run/docker.sock\n"
		 "user         postern\n"
		 "sandbox      no-new-privileges capabilities "
		 "seccomp (62 calls)\n"
		 "             landlock off: not in this kernel\n"
		 "log          5 lines lost\n"
		 "audit        6 lines lost\n"
		 "\n"
		 "DOOR     ALLOWED               DENIED  REFUSED  FAILED  "
		 "OPEN  STREAMS  PATH\n"
		 "traefik  1234567                    2        3       4  "
		 "   8        9  /run/postern/doors/traefik.sock (observes)\n"
		 "ci             7  9223372036854775807        0       0  "
		 "   2        0  /run/ci.sock (systemd)\n"));
}

Test(report_table, leaves_out_what_is_not_there)
{
	struct buf buf = { 0 };
	bool ok = report_table(&empty, &buf);

	same("table", ok, &buf,
	    SPAN("state        starting, not healthy\n"
		 "since        1970-01-01 00:00:00 UTC, 0s ago\n"
		 "version      " POSTERN_VERSION "\n"
		 "config       generation 0; reloads: 0 done, 0 refused\n"
		 "processes    supervisor 0, workers in all: 0; restarts: 0\n"
		 "upstream     -\n"
		 "user         -\n"
		 "sandbox      none\n"
		 "\n"
		 "DOOR  ALLOWED  DENIED  REFUSED  FAILED  OPEN  STREAMS  "
		 "PATH\n"));
}

/* A terminal's own sequences begin with a control byte. */
Test(report_table, shows_no_control_byte)
{
	struct report report = full;
	struct buf buf = { 0 };
	size_t i;

	report.last_error = "\033[2J\x7f\a\r\nb\t";
	cr_expect(report_table(&report, &buf));
	for (i = 0; i < buf.len; i++)
		cr_expect(buf_span(&buf).at[i] == '\n' ||
			  (buf_span(&buf).at[i] >= ' ' &&
			      buf_span(&buf).at[i] < 0x7f));
	cr_expect(holds(&buf, "?[2J???\n             b?\n"));
	buf_clear(&buf);
}

Test(report_table, says_the_time_in_two_units)
{
	static const struct {
		uint64_t seconds;
		const char *text;
	} rows[] = {
		{59,	      ", 59s ago\n"	    },
		{ 60,	      ", 1min 0s ago\n"	},
		{ 3599,	", 59min 59s ago\n"},
		{ 3600,	", 1h 0min ago\n"  },
		{ 86399,	 ", 23h 59min ago\n"},
		{ 86400,	 ", 1d 0h ago\n"	 },
		{ 40000000, ", 462d 23h ago\n" },
	};
	struct report report = empty;
	struct buf buf = { 0 };
	size_t i;

	for (i = 0; i < CASES(rows); i++) {
		report.uptime = rows[i].seconds;
		cr_expect(report_table(&report, &buf));
		cr_expect(holds(&buf, rows[i].text), "%s", rows[i].text);
		buf_clear(&buf);
	}
}

/* Cut the next line off; NULL at the end. */
static char *
next_line(char **rest)
{
	char *line = *rest, *end = strchr(line, '\n');

	if (*line == '\0')
		return NULL;
	cr_assert(end != NULL, "no line feed behind: %s", line);
	*end = '\0';
	*rest = end + 1;
	return line;
}

static bool
matches(const char *pattern, const char *line)
{
	regex_t regex;
	bool is;

	cr_assert(regcomp(&regex, pattern, REG_EXTENDED | REG_NOSUB) == 0);
	is = regexec(&regex, line, 0, NULL, 0) == 0;
	regfree(&regex);
	return is;
}

/* The metric that a sample belongs to: a histogram has three kinds. */
static size_t
metric_of(const char *line, const char *type)
{
	static const char *const ends[] = { "_bucket", "_sum", "_count" };
	size_t len = strcspn(line, "{ "), end, i;

	for (i = 0; i < CASES(ends) && strcmp(type, "histogram") == 0; i++) {
		end = strlen(ends[i]);
		if (len > end && memcmp(line + len - end, ends[i], end) == 0)
			return len - end;
	}
	return len;
}

/* Each metric: HELP, TYPE, then its samples and no other's; none twice. What a
 * counter is called is what promtool wants. Returns how many samples. */
static int
check_metrics(const struct report *report)
{
	char name[64] = "", wanted[96], seen[4096] = "", *rest, *line;
	struct buf buf = { 0 };
	const char *type = "";
	int samples = 0;
	bool total;
	size_t len;

	cr_assert(report_metrics(report, &buf));
	cr_assert(buf_add(&buf, "", 1));
	rest = buf_bytes(&buf);
	while ((line = next_line(&rest)) != NULL) {
		if (strncmp(line, "# HELP ", 7) == 0) {
			cr_assert(matches("^# HELP postern_[a-z_]+ [A-Z].*\\.$",
				      line),
			    "%s", line);
			len = strcspn(line + 7, " ");
			snprintf(
			    name, sizeof(name), "%.*s", (int)len, line + 7);
			snprintf(wanted, sizeof(wanted), "<%s>", name);
			cr_expect(
			    strstr(seen, wanted) == NULL, "%s twice", name);
			cr_assert(strlen(seen) + strlen(wanted) < sizeof(seen));
			strcat(seen, wanted);
			line = next_line(&rest);
			cr_assert(line != NULL);
			type = strstr(line, " counter") != NULL ? "counter"
			       : strstr(line, " gauge") != NULL ? "gauge"
								: "histogram";
			snprintf(
			    wanted, sizeof(wanted), "# TYPE %s %s", name, type);
			cr_expect(eq(str, line, wanted));
			len = strlen(name);
			total =
			    len > 6 && strcmp(name + len - 6, "_total") == 0;
			cr_expect(eq(int, total, strcmp(type, "counter") == 0),
			    "%s", name);
			continue;
		}
		cr_expect(matches("^postern_[a-z_]+"
				  "(\\{[a-z]+=\"([^\"\\\\]|\\\\[\\\\\"n])*\""
				  "(,[a-z]+=\"[A-Za-z0-9.+-]+\")*\\})? "
				  "[0-9]+(\\.[0-9]{9})?$",
			      line),
		    "%s", line);
		len = metric_of(line, type);
		cr_expect(len == strlen(name) && strncmp(line, name, len) == 0,
		    "%s under %s", line, name);
		samples++;
	}
	buf_clear(&buf);
	return samples;
}

Test(report_metrics, have_the_right_grammar)
{
	cr_expect(eq(int, check_metrics(&full), 10 + 2 * 11 + 3 + 2 + 16 + 4));
	cr_expect(eq(int, check_metrics(&empty), 10));
}

Test(report_metrics, say_everything)
{
	static const char *const lines[] = {
		"postern_info{version=\"" POSTERN_VERSION "\"} 1",
		"postern_up 1",
		"postern_generation 3",
		"postern_start_time_seconds 1700000000",
		"postern_workers 2",
		"postern_reloads_total{result=\"done\"} 2",
		"postern_reloads_total{result=\"refused\"} 1",
		"postern_worker_restarts_total 4",
		"postern_log_lines_lost_total 5",
		"postern_audit_lines_lost_total 6",
		"postern_door_connections_total{profile=\"traefik\"} 10",
		"postern_door_turned_away_total{profile=\"traefik\"} 1",
		"postern_requests_total{profile=\"traefik\",verdict=\"allow\"} "
		"1234567",
		"postern_requests_total{profile=\"traefik\",verdict=\"deny\"} "
		"2",
		"postern_requests_total{profile=\"traefik\","
		"verdict=\"refuse\"} 3",
		"postern_requests_total{profile=\"traefik\",verdict=\"fail\"} "
		"4",
		"postern_requests_total{profile=\"ci\",verdict=\"deny\"} "
		"9223372036854775807",
		"postern_streams_total{profile=\"traefik\"} 5",
		"postern_bytes_total{profile=\"traefik\",direction=\"sent\"} 6",
		"postern_bytes_total{profile=\"traefik\","
		"direction=\"received\"} 7",
		"postern_open_connections{profile=\"traefik\"} 8",
		"postern_open_streams{profile=\"traefik\"} 9",
		"postern_operation_requests_total{profile=\"traefik\","
		"operation=\"ContainerList\",verdict=\"allow\"} 5",
		"postern_operation_requests_total{profile=\"traefik\","
		"operation=\"ContainerList\",verdict=\"deny\"} 2",
		"postern_operation_requests_total{profile=\"traefik\","
		"operation=\"ContainerList\",verdict=\"would-deny\"} 6",
		"postern_rejections_total{profile=\"traefik\","
		"reason=\"denied\"} 2",
		"postern_rejections_total{profile=\"traefik\","
		"reason=\"malformed\"} 3",
		"postern_daemon_answer_seconds_bucket{profile=\"traefik\","
		"le=\"0.001\"} 3",
		"postern_daemon_answer_seconds_bucket{profile=\"traefik\","
		"le=\"1\"} 3",
		"postern_daemon_answer_seconds_bucket{profile=\"traefik\","
		"le=\"2.5\"} 4",
		"postern_daemon_answer_seconds_bucket{profile=\"traefik\","
		"le=\"+Inf\"} 4",
		"postern_daemon_answer_seconds_sum{profile=\"traefik\"} "
		"1.500000001",
		"postern_daemon_answer_seconds_count{profile=\"traefik\"} 4",
		"postern_sandbox_layer{layer=\"landlock\"} 0",
		"postern_sandbox_layer{layer=\"seccomp\"} 1",
	};
	struct buf buf = { 0 };
	char line[160];
	size_t i;

	cr_expect(report_metrics(&full, &buf));
	for (i = 0; i < CASES(lines); i++) {
		snprintf(line, sizeof(line), "\n%s\n", lines[i]);
		cr_expect(holds(&buf, line), "%s", lines[i]);
	}
	buf_clear(&buf);
}

Test(report_metrics, escape_names)
{
	const struct report_door door = { .profile = "a\\b\"c\nd",
		.path = "/x" };
	struct report report = full;
	struct buf buf = { 0 };

	report.doors = &door;
	report.doors_len = 1;
	report.context = &doors;
	cr_expect(eq(int, check_metrics(&report), 10 + 11 + 21 + 4));
	cr_expect(report_metrics(&report, &buf));
	cr_expect(holds(&buf, "{profile=\"a\\\\b\\\"c\\nd\"} 0\n"));
	buf_clear(&buf);
}

static char directory[32];

static int
files_in(void)
{
	DIR *dir = opendir(directory);
	int found = -2; /* "." and ".." */

	cr_assert(dir != NULL);
	while (readdir(dir) != NULL)
		found++;
	closedir(dir);
	return found;
}

static void
begin(char path[64])
{
	strcpy(directory, "/tmp/report-XXXXXX");
	cr_assert(mkdtemp(directory) != NULL);
	snprintf(path, 64, "%s/postern.prom", directory);
}

Test(report_write_metrics, replaces_the_file_in_one_piece)
{
	char path[64], memory[16384];
	struct buf buf = { 0 };
	struct stat status;
	struct err err;
	ssize_t n;
	int fd;

	begin(path);
	umask(077);
	cr_assert(report_write_metrics(&empty, path, &err) == 0);
	fd = open(path, O_RDONLY);
	cr_assert(fstat(fd, &status) == 0);
	cr_expect(eq(int, status.st_mode & 07777, 0644));
	cr_assert(report_write_metrics(&full, path, &err) == 0);
	cr_expect(eq(int, files_in(), 1));
	/* Who has the old one open reads the old one to its end. */
	cr_expect(report_metrics(&empty, &buf));
	n = read(fd, memory, sizeof(memory));
	same("old", n > 0, &buf, (struct span){ memory, (size_t)n });
	close(fd);
	fd = open(path, O_RDONLY);
	cr_expect(report_metrics(&full, &buf));
	n = read(fd, memory, sizeof(memory));
	same("new", n > 0, &buf, (struct span){ memory, (size_t)n });
	close(fd);
	unlink(path);
	rmdir(directory);
}

Test(report_write_metrics, leaves_nothing_behind_when_it_fails)
{
	char path[64];
	struct err err;

	begin(path);
	cr_assert(mkdir(path, 0700) == 0);
	cr_expect(report_write_metrics(&full, path, &err) == -1);
	cr_expect(strstr(err.text, path) != NULL, "%s", err.text);
	cr_expect(eq(int, files_in(), 1));
	cr_expect(rmdir(path) == 0);
	rmdir(directory);
	cr_expect(report_write_metrics(&full, path, &err) == -1);
	cr_expect(strstr(err.text, "No such file or directory") != NULL);
	cr_expect(access(directory, F_OK) == -1);
}

Test(report_write_metrics, takes_a_path_without_a_directory)
{
	char path[64];
	struct err err;

	begin(path);
	cr_assert(chdir(directory) == 0);
	cr_expect(report_write_metrics(&full, "postern.prom", &err) == 0);
	cr_expect(eq(int, files_in(), 1));
	cr_expect(access(path, R_OK) == 0);
	unlink(path);
	rmdir(directory);
}
