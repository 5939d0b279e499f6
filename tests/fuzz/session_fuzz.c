/* SPDX-License-Identifier: MIT */
/* One session between a client and a daemon that say whatever they like. The
 * input's first byte separates the steps that follow. A step's first letter
 * says what is done:
 *   c  the client sends the rest     d  the daemon does
 *   e  the client's end of stream    f  the daemon's
 *   x  the client hangs up           y  the daemon does
 *   t  the session's timer ends
 *
 * Whatever is done,
 *   - the daemon gets allowed requests in canonical form, questions about one
 *     that waits for the answer, and nothing else, until it has itself agreed
 *     to a hijacked connection;
 *   - what is looked into passes once more, and so does an archive;
 *   - each request has one line in the audit, which is JSON;
 *   - when both ends are closed, no session, held body or descriptor is left.
 */

#undef NDEBUG
#include <assert.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "core/json.h"
#include "core/tar.h"
#include "policy/verdict.h"
#include "sockets/audit.h"
#include "tests/unit/rig.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const char profile[] =
    "[allow]\n"
    "operation = SystemPing SystemPingHead SystemEvents ContainerAttach\n"
    "operation = ContainerAttachWebsocket ContainerStop\n"
    "operation = SystemAuth ImageGetAll ContainerCreate\n"
    "operation = PutContainerArchive\n"
    "root-equivalent = Session ExecStart ImageCommit ImageLoad\n"
    "root-equivalent = CheckpointCreate\n"
    "request = GET /containers/web-*/json\n"
    "[deny]\n"
    "request = GET /containers/web-x/json\n"
    "[container]\n"
    "archive = /data\n"
    "stdin = yes\n"
    "[limits]\n"
    "body = 300\n";

/* A daemon's connection, all that went over it, and how far it was read. */
struct wire {
	int fd;
	struct buf up;	 /* from the session, and not read yet */
	struct buf down; /* to it, since the last request was read */
	enum {
		AT_HEAD = 0,
		AT_BODY,
		RAW
	} state;
	const struct operation *operation; /* of the last request */
	bool upgrade;
	bool inspect;
	struct frame frame;
	struct tar *tar; /* judges the body, if that is an archive */
	enum tar_result archive;
};

static struct rig rig;
static struct wire wire = { .fd = -1 };
static int client = -1;

/* The audit's pipe, and how many lines came out of it. */
static struct audit audit;
static uint64_t audit_lost, audit_lines;
static int audit_end_of_pipe;

static struct http_head head;
static struct request request;
static char written[3 * LIMIT_HEAD_MAX + 2048];
static char heard_head[3 * LIMIT_HEAD_MAX + 2048]; /* request's */

static void
stop(void)
{
	rig_stop(&rig);
}

/* Whether the daemon has answered the last request with a hijacking, as the
 * API describes it. */
static bool
is_hijacked(void)
{
	struct span down = buf_span(&wire.down);
	const struct span *field;
	struct frame frame;
	size_t used, count;

	if (wire.operation == NULL || wire.operation->upgrade == NULL)
		return false;
	do {
		if (http_response(down, &head, &used) != HTTP_OK)
			return false;
		down.at += used;
		down.len -= used;
	} while (head.status < 200 && head.status != 101);
	if (head.status == 101) {
		field = http_find(&head, SPAN("Upgrade"), &count);
		return wire.upgrade && count == 1 &&
		       span_eq_nocase(*field, span_of(wire.operation->upgrade));
	}
	field = http_find(&head, SPAN("Content-Type"), NULL);
	return head.status == 200 && frame_response(&frame, &head, false) &&
	       frame.kind == FRAME_UNTIL_CLOSE && field != NULL &&
	       span_starts_nocase(*field, SPAN("application/vnd.docker.")) &&
	       strcmp(wire.operation->upgrade, "tcp") == 0;
}

/* A question of the session's own, with nothing of the client's in it, while
 * that one's request waits; or did, until it was given up. */
static bool
is_question(struct span up)
{
	static const char *const names[] = { "ContainerInspect",
		"VolumeInspect" };
	const struct session *s = rig.server.sessions;
	size_t i;

	if (head.fields_len != 1 || request.method != METHOD_GET ||
	    request.target.query.len > 0 || up.len > INSPECT_ASK_MAX + 128)
		return false;
	for (i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (strcmp(request.operation->name, names[i]) == 0)
			return s == NULL || s->state == SESSION_LOOKUP ||
			       s->state == SESSION_LINGER;
	return false;
}

/* The head of a request: one that the profile allows, or a question, spelled
 * as request_write() does, with a body such as the operation has. */
static bool
read_head(void)
{
	struct request_body body;
	struct request_fault fault;
	struct text text = TEXT(written);
	struct span up = buf_span(&wire.up);
	struct verdict verdict;
	size_t used;

	switch (http_request(up, &head, &used)) {
	case HTTP_MORE:
		return false;
	case HTTP_OK:
		break;
	case HTTP_BAD:
	case HTTP_TOO_LARGE:
	case HTTP_LONG_TARGET:
		abort();
	}
	assert(used <= sizeof(heard_head));
	memcpy(heard_head, up.at, used);
	up = (struct span){ heard_head, used };
	assert(http_request(up, &head, &used) == HTTP_OK);
	assert(request_read(&request, &head, &fault));
	assert(request.operation != NULL);
	verdict = verdict_of(&rig.policy->profiles[0], &request);
	assert(verdict.decision == DECIDE_ALLOW || is_question(up));
	body.kind = request.frame.kind;
	body.length = request.frame.left;
	request_write(&request, &body, &text);
	assert(span_eq(text_span(&text), up));
	switch (request.operation->body) {
	case BODY_NONE:
		assert(body.kind == FRAME_NONE);
		break;
	case BODY_JSON:
		assert(body.kind == FRAME_LENGTH);
		break;
	case BODY_JSON_OR_NONE:
		assert(body.kind != FRAME_CHUNKED);
		break;
	case BODY_STREAM:
		break;
	}
	wire.inspect = verdict.inspect;
	if (verdict.inspect && inspect_filters(request.operation)) {
		assert(body.kind == FRAME_CHUNKED);
		wire.tar = tar_new(UINT64_MAX);
		assert(wire.tar != NULL);
	}
	wire.operation = request.operation;
	wire.upgrade = request.upgrade;
	wire.frame = request.frame;
	wire.state = AT_BODY;
	buf_take(&wire.up, used);
	buf_clear(&wire.down);
	return true;
}

/* What is left of a body that was looked into: asking comes before saying no
 * where the daemon's answers are not known here. */
static void
look_inside(struct span body)
{
	static struct inspection inspection;
	struct buf out = { 0 };

	inspection.profile = &rig.policy->profiles[0];
	inspection.request = &request;
	switch (inspect(&inspection, body, &out)) {
	case INSPECT_REFUSE:
		abort();
	case INSPECT_PASS:
		assert(span_eq(buf_span(&out), body));
		break;
	case INSPECT_ASK:
		break;
	}
	buf_clear(&out);
}

/* More of an archive. */
static void
read_archive(struct span bytes, bool last)
{
	char out[4096];
	size_t n;

	do {
		wire.archive = tar_pass(wire.tar, &bytes, out, sizeof(out), &n);
		assert(wire.archive != TAR_BAD);
	} while (n == sizeof(out));
	assert(bytes.len == 0);
	if (!last)
		return;
	assert(wire.archive == TAR_DONE);
	tar_free(wire.tar);
	wire.tar = NULL;
}

/* Its body: in one piece and good, where it was held; else as far as it has
 * come, in chunks of our own spelling. */
static bool
read_body(void)
{
	struct span up = buf_span(&wire.up);
	enum frame_result result = FRAME_DONE;
	size_t out = 0, used = 0;
	char *copy;

	if (wire.operation->body != BODY_STREAM) {
		used = (size_t)wire.frame.left;
		if (wire.frame.kind == FRAME_NONE)
			used = 0;
		assert(up.len >= used);
		up.len = used;
		request.operation = wire.operation;
		assert(request_check_body(&request, up) == NULL);
		assert(up.len == 0 || json_check(up) == NULL);
		if (wire.inspect)
			look_inside(up);
	} else {
		copy = malloc(up.len + 1);
		assert(copy != NULL);
		memcpy(copy, up.at, up.len);
		result = frame_pass(&wire.frame,
		    wire.tar != NULL ? FRAME_BARE : FRAME_ANEW, copy, up.len,
		    &out, &used);
		assert(result != FRAME_BAD);
		if (wire.tar != NULL)
			read_archive(
			    (struct span){ copy, out }, result == FRAME_DONE);
		else
			assert(out == used && memcmp(copy, up.at, used) == 0);
		free(copy);
	}
	buf_take(&wire.up, used);
	if (result == FRAME_MORE)
		return false;
	wire.state = AT_HEAD;
	return true;
}

/* Read what the daemon got. */
static void
listen_up(void)
{
	struct span heard;
	bool ended, more = true;

	if (wire.fd == -1)
		return;
	if (is_hijacked())
		wire.state = RAW;
	heard = rig_hear(wire.fd, &ended);
	assert(buf_add(&wire.up, heard.at, heard.len));
	while (more && wire.up.len > 0) {
		switch (wire.state) {
		case AT_HEAD:
			more = read_head();
			break;
		case AT_BODY:
			more = read_body();
			break;
		case RAW:
			buf_clear(&wire.up);
			break;
		}
	}
	if (wire.state == AT_BODY && wire.frame.kind == FRAME_NONE)
		wire.state = AT_HEAD;
}

static void
hang_up(void)
{
	listen_up();
	if (wire.fd != -1)
		close(wire.fd);
	buf_clear(&wire.up);
	buf_clear(&wire.down);
	tar_free(wire.tar);
	wire = (struct wire){ .fd = -1 };
}

static void
start_audit(void)
{
	int ends[2];

	assert(pipe2(ends, O_NONBLOCK | O_CLOEXEC) == 0);
	audit_end_of_pipe = ends[0];
	audit = (struct audit){ ends[1], &audit_lost };
	rig.server.audit = &audit;
}

/* What is in the pipe is whole lines. */
static void
read_audit(void)
{
	static char bytes[1 << 17];
	struct span rest, line;
	ssize_t n;

	while ((n = read(audit_end_of_pipe, bytes, sizeof(bytes))) > 0) {
		assert(bytes[n - 1] == '\n');
		rest = (struct span){ bytes, (size_t)n };
		while (span_word(&rest, "\n", &line)) {
			assert(line.len < LIMIT_LOG_LINE);
			assert(*line.at == '{' && json_check(line) == NULL);
			audit_lines++;
		}
	}
	assert(audit_lost == 0);
}

/* What was allowed may have been refused afterwards. */
static void
check_audit(const struct counters *before)
{
	const struct counters *now = &rig.counters;
	uint64_t judged, refused;

	read_audit();
	judged = now->allowed - before->allowed + now->denied - before->denied;
	refused = now->refused - before->refused + now->failed - before->failed;
	assert(audit_lines >= judged && audit_lines <= judged + refused);
	audit_lines = 0;
}

/* Let the session act, and look at what it did. */
static void
turn(void)
{
	int fd;

	rig_turn(&rig);
	read_audit();
	listen_up();
	while ((fd = rig_daemon(&rig)) != -1) {
		hang_up();
		wire.fd = fd;
		listen_up();
	}
}

static void
say(int fd, struct span bytes, struct buf *said)
{
	ssize_t n;

	if (fd == -1 || bytes.len == 0)
		return;
	n = send(fd, bytes.at, bytes.len, MSG_NOSIGNAL);
	if (n > 0 && said != NULL)
		assert(buf_add(said, bytes.at, (size_t)n));
}

static void
act(struct span step)
{
	char letter = *step.at;

	step.at++;
	step.len--;
	switch (letter) {
	case 'c':
		say(client, step, NULL);
		break;
	case 'd':
		say(wire.fd, step, &wire.down);
		break;
	case 'e':
		if (client != -1)
			shutdown(client, SHUT_WR);
		break;
	case 'f':
		if (wire.fd != -1)
			shutdown(wire.fd, SHUT_WR);
		break;
	case 'x':
		if (client != -1)
			close(client);
		client = -1;
		break;
	case 'y':
		hang_up();
		break;
	case 't':
		if (rig.server.sessions != NULL &&
		    ev_is_active(&rig.server.sessions->timer))
			rig_fire(&rig);
		break;
	}
	turn();
}

/* The lowest that is free. */
static int
lowest_descriptor(void)
{
	int fd = dup(STDERR_FILENO);

	assert(fd != -1);
	close(fd);
	return fd;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct span rest = { (const char *)data, size }, step;
	static bool started;
	struct counters before;
	int lowest;
	bool ended;

	if (size < 2)
		return 0;
	if (!started) {
		rig_start(&rig, profile);
		start_audit();
		atexit(stop);
		started = true;
	}
	before = rig.counters;
	lowest = lowest_descriptor();
	client = rig_client(&rig, 0);
	rest.at++;
	rest.len--;
	while (rest.len > 0) {
		step.at = rest.at;
		for (step.len = 0; step.len < rest.len; step.len++)
			if (step.at[step.len] == (char)*data)
				break;
		rest.at += step.len;
		rest.len -= step.len;
		if (rest.len > 0) {
			rest.at++;
			rest.len--;
		}
		if (step.len > 0)
			act(step);
		if (client != -1)
			rig_hear(client, &ended);
	}
	if (client != -1)
		close(client);
	client = -1;
	turn();
	hang_up();
	turn();
	assert(rig.server.sessions == NULL);
	assert(rig.server.doors[0].connections == 0);
	assert(rig.server.doors[0].bodies == 0);
	assert(rig.server.doors[0].archives == 0);
	assert(lowest_descriptor() == lowest);
	check_audit(&before);
	return 0;
}
