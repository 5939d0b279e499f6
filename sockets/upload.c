/* SPDX-License-Identifier: MIT */
/* A request's body on its way up: framed anew, and an archive judged and
 * written anew as well. */

#include "core/limits.h"
#include "sockets/archive.h"
#include "sockets/door.h"
#include "sockets/session_parts.h"

/* Of an archive, in one turn: however much it decompresses to, and however
 * little of that goes up, others have theirs. */
enum {
	PIECES_MAX = 4
};

static enum step
refuse(struct session *s, enum refusal refusal, const char *why)
{
	/* The daemon sees a body that breaks off. */
	if (s->exchange.download == DOWNLOAD_HEAD)
		return answer_refuse(
		    s, refusal, why, SPAN(""), s->exchange.to_head);
	return STEP_CLOSE;
}

/* To the daemon, while it wants any of it. */
static enum step
send_up(struct session *s, struct span piece)
{
	session_count_up(s, piece.len);
	if (s->exchange.upload == UPLOAD_BROKEN)
		return STEP_WAIT;
	switch (side_send(&s->daemon, &piece, 1)) {
	case SENT_OK:
		break;
	case SENT_NO_MEMORY:
		return STEP_CLOSE;
	case SENT_GONE:
		s->exchange.upload = UPLOAD_BROKEN;
		break;
	}
	return STEP_WAIT;
}

static enum step
pass_plain(struct session *s, char *bytes, size_t len)
{
	struct exchange *x = &s->exchange;
	enum frame_result result;
	size_t decoded, used;

	result = frame_pass(&x->up, FRAME_ANEW, bytes, len, &decoded, &used);
	if (result == FRAME_BAD)
		return refuse(s, REFUSAL_MALFORMED, x->up.why);
	if (send_up(s, (struct span){ bytes, decoded }) == STEP_CLOSE)
		return STEP_CLOSE;
	if (x->upload == UPLOAD_BROKEN)
		return STEP_WAIT;
	if (result == FRAME_DONE)
		x->upload = UPLOAD_DONE;
	return session_hold(&s->client, bytes + used, len - used);
}

/* So much of the archive is passed on. */
static void
set_upload(struct session *s, enum archive_result result)
{
	switch (result) {
	case ARCHIVE_BAD:
		break;
	case ARCHIVE_HUNGRY:
		s->exchange.upload = UPLOAD_OPEN;
		break;
	case ARCHIVE_MORE:
		s->exchange.upload = UPLOAD_FULL;
		break;
	case ARCHIVE_DONE:
		s->exchange.upload = UPLOAD_DONE;
		upload_end(s);
		break;
	}
}

/* The next piece of the archive. */
static enum step
pass_piece(struct session *s)
{
	enum archive_result result;
	struct buf out = { 0 };
	enum step step;

	result = archive_pass(s->archive, &out);
	if (result == ARCHIVE_BAD) {
		step = refuse(s, REFUSAL_ARCHIVE, archive_why(s->archive));
	} else {
		set_upload(s, result);
		step = send_up(s, buf_span(&out));
	}
	buf_clear(&out);
	return step;
}

static bool
can_go_on(const struct session *s)
{
	return s->archive != NULL && s->daemon.out.len == 0 &&
	       s->exchange.upload != UPLOAD_BROKEN;
}

enum step
upload_go_on(struct session *s)
{
	int pieces = 0;

	while (can_go_on(s) && pieces++ < PIECES_MAX) {
		if (pass_piece(s) == STEP_CLOSE)
			return STEP_CLOSE;
		if (s->exchange.upload != UPLOAD_FULL)
			break;
	}
	return STEP_WAIT;
}

static enum step
pass_archive(struct session *s, char *bytes, size_t len)
{
	struct exchange *x = &s->exchange;
	enum frame_result result;
	size_t decoded, used;

	result = frame_pass(&x->up, FRAME_BARE, bytes, len, &decoded, &used);
	if (result == FRAME_BAD)
		return refuse(s, REFUSAL_MALFORMED, x->up.why);
	if (!archive_feed(s->archive, (struct span){ bytes, decoded },
		result == FRAME_DONE) ||
	    session_hold(&s->client, bytes + used, len - used) == STEP_CLOSE)
		return STEP_CLOSE;
	return upload_go_on(s);
}

enum step
upload_pass(struct session *s, char *bytes, size_t len)
{
	if (s->archive != NULL)
		return pass_archive(s, bytes, len);
	return pass_plain(s, bytes, len);
}

/* What can go up of the archive at once. */
static enum archive_result
pass_first(struct session *s, struct buf *out)
{
	enum archive_result result;
	int pieces = 0;

	do {
		result = archive_pass(s->archive, out);
	} while (result == ARCHIVE_MORE && out->len < LIMIT_ARCHIVE_PIECE &&
		 ++pieces < PIECES_MAX);
	return result;
}

static enum step
refuse_first(struct session *s, enum refusal refusal, const char *why)
{
	return answer_refuse(
	    s, refusal, why, session_scratch(s)->http.target, false);
}

static enum step
begin(struct session *s, const struct frame *frame, struct span first,
    enum archive_result result)
{
	/* Its length is not known before. */
	const struct request_body framing = { FRAME_CHUNKED, 0 };
	enum step step = exchange_begin(s, &framing, first);

	if (step == STEP_CLOSE || s->state == SESSION_LINGER)
		return step;
	s->exchange.up = *frame;
	set_upload(s, result);
	return STEP_WAIT;
}

enum step
upload_begin(struct session *s, char *bytes, size_t len)
{
	struct frame frame = session_scratch(s)->request.frame;
	enum archive_result result;
	enum frame_result framed;
	struct buf out = { 0 };
	size_t decoded, used;
	enum step step;

	framed = frame_pass(&frame, FRAME_BARE, bytes, len, &decoded, &used);
	if (framed == FRAME_BAD)
		return refuse_first(s, REFUSAL_MALFORMED, frame.why);
	if (s->door->archives == LIMIT_ARCHIVES)
		return refuse_first(s, REFUSAL_TOO_MANY_BODIES,
		    "too many archives at once through this door");
	if ((s->archive = archive_new()) == NULL)
		return STEP_CLOSE;
	s->door->archives++;
	if (!archive_feed(s->archive, (struct span){ bytes, decoded },
		framed == FRAME_DONE))
		return STEP_CLOSE;
	result = pass_first(s, &out);
	if (result == ARCHIVE_BAD)
		step =
		    refuse_first(s, REFUSAL_ARCHIVE, archive_why(s->archive));
	else if (session_hold(&s->client, bytes + used, len - used) ==
		 STEP_CLOSE)
		step = STEP_CLOSE;
	else
		step = begin(s, &frame, buf_span(&out), result);
	buf_clear(&out);
	return step;
}

void
upload_end(struct session *s)
{
	if (s->archive == NULL)
		return;
	archive_free(s->archive);
	s->archive = NULL;
	s->door->archives--;
}
