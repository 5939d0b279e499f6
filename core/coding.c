/* SPDX-License-Identifier: MIT */
/* Compressed streams, by the libraries that everybody uses. What each may
 * hold in memory is bounded, and so is what comes out: a stream of a few KiB
 * can mean many GiB. Nothing here starts a thread or opens a file. */

#include <bzlib.h>
#include <lzma.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>
#include <zstd.h>

#include "core/coding.h"

enum {
	MAGIC_LARGEST = 6
};

struct coding {
	enum kind {
		UNKNOWN = 0, /* too few bytes have come */
		PLAIN,
		GZIP,
		BZIP2,
		XZ,
		ZSTD
	} kind;
	enum state {
		FAILED = 0,
		WITHIN,	   /* a member, or before the first */
		AT_MEMBER, /* behind a member, before one that may follow */
		AT_END	   /* nothing may follow */
	} state;
	bool filled; /* the last room was filled: more may wait inside */
	uint64_t left;
	const char *why;
	char magic[MAGIC_LARGEST]; /* the first bytes, while UNKNOWN */
	size_t magic_len;
	union {
		z_stream gzip;
		bz_stream bzip2;
		lzma_stream xz;
		ZSTD_DCtx *zstd;
	} u;
};

/* One call of a library: where it reads and writes, and how far it came. */
struct call {
	const char *in;
	size_t in_len;
	char *out;
	size_t out_len;
};

#define MAGIC(kind, magic)        \
	{                         \
		kind, SPAN(magic) \
	}

static const struct {
	enum kind kind;
	struct span magic;
} magics[] = {
	MAGIC(GZIP, "\x1f\x8b\x08"),
	MAGIC(BZIP2, "BZh"),
	MAGIC(XZ, "\xfd\x37zXZ\0"),
	MAGIC(ZSTD, "\x28\xb5\x2f\xfd"),
};

struct coding *
coding_new(uint64_t limit)
{
	struct coding *coding = calloc(1, sizeof(*coding));

	if (coding != NULL) {
		coding->state = WITHIN;
		coding->left = limit;
	}
	return coding;
}

void
coding_free(struct coding *coding)
{
	if (coding == NULL)
		return;
	switch (coding->kind) {
	case UNKNOWN:
	case PLAIN:
		break;
	case GZIP:
		inflateEnd(&coding->u.gzip);
		break;
	case BZIP2:
		BZ2_bzDecompressEnd(&coding->u.bzip2);
		break;
	case XZ:
		lzma_end(&coding->u.xz);
		break;
	case ZSTD:
		ZSTD_freeDCtx(coding->u.zstd);
		break;
	}
	free(coding);
}

static enum coding_result
fail(struct coding *coding, const char *why)
{
	coding->state = FAILED;
	coding->why = why;
	return CODING_BAD;
}

/* What the stream is, as far as so many first bytes say. */
static enum kind
kind_of(struct span first)
{
	enum kind kind = PLAIN;
	struct span magic;
	size_t i;

	for (i = 0; i < sizeof(magics) / sizeof(*magics); i++) {
		magic = magics[i].magic;
		if (span_starts(first, magic))
			return magics[i].kind;
		if (span_starts(magic, first))
			kind = UNKNOWN;
	}
	return kind;
}

/* False without memory; then the kind stays UNKNOWN, and owns nothing. */
static bool
begin(struct coding *coding, enum kind kind)
{
	/* 15 and 16: the largest window, and a gzip header is a must. */
	const int gzip_only = 15 + 16;
	bool ok = true;

	memset(&coding->u, 0, sizeof(coding->u));
	switch (kind) {
	case UNKNOWN:
	case PLAIN:
		break;
	case GZIP:
		ok = inflateInit2(&coding->u.gzip, gzip_only) == Z_OK;
		break;
	case BZIP2:
		ok = BZ2_bzDecompressInit(&coding->u.bzip2, 0, 0) == BZ_OK;
		break;
	case XZ:
		ok = lzma_stream_decoder(&coding->u.xz, CODING_XZ_MEMORY, 0) ==
		     LZMA_OK;
		break;
	case ZSTD:
		coding->u.zstd = ZSTD_createDCtx();
		ok = coding->u.zstd != NULL &&
		     !ZSTD_isError(ZSTD_DCtx_setParameter(coding->u.zstd,
			 ZSTD_d_windowLogMax, CODING_ZSTD_WINDOW_LOG));
		if (!ok)
			ZSTD_freeDCtx(coding->u.zstd);
		break;
	}
	if (ok)
		coding->kind = kind;
	return ok;
}

/* zlib and libbz2 count in unsigned int. */
static unsigned int
clamp(size_t len)
{
	const unsigned int largest = 1U << 30;

	return len < largest ? (unsigned int)len : largest;
}

static enum coding_result
pass_gzip(struct coding *coding, struct call *call)
{
	z_stream *z = &coding->u.gzip;
	const unsigned int in = clamp(call->in_len);
	const unsigned int out = clamp(call->out_len);
	int said;

	/* zlib only reads there; its interface is older than const. */
	z->next_in = (unsigned char *)(uintptr_t)call->in;
	z->avail_in = in;
	z->next_out = (unsigned char *)call->out;
	z->avail_out = out;
	said = inflate(z, Z_NO_FLUSH);
	call->in_len = in - z->avail_in;
	call->out_len = out - z->avail_out;
	if (said == Z_STREAM_END) {
		coding->state = AT_MEMBER;
		return CODING_MORE;
	}
	if (said == Z_OK || said == Z_BUF_ERROR)
		return CODING_MORE;
	return fail(
	    coding, said == Z_MEM_ERROR ? "no memory" : "a bad gzip stream");
}

static enum coding_result
pass_bzip2(struct coding *coding, struct call *call)
{
	bz_stream *bz = &coding->u.bzip2;
	const unsigned int in = clamp(call->in_len);
	const unsigned int out = clamp(call->out_len);
	int said;

	bz->next_in = (char *)(uintptr_t)call->in;
	bz->avail_in = in;
	bz->next_out = call->out;
	bz->avail_out = out;
	said = BZ2_bzDecompress(bz);
	call->in_len = in - bz->avail_in;
	call->out_len = out - bz->avail_out;
	if (said == BZ_STREAM_END) {
		coding->state = AT_MEMBER;
		return CODING_MORE;
	}
	if (said == BZ_OK)
		return CODING_MORE;
	return fail(
	    coding, said == BZ_MEM_ERROR ? "no memory" : "a bad bzip2 stream");
}

static enum coding_result
pass_xz(struct coding *coding, struct call *call)
{
	lzma_stream *xz = &coding->u.xz;
	const size_t in = call->in_len, out = call->out_len;
	lzma_ret said;

	xz->next_in = (const unsigned char *)call->in;
	xz->avail_in = in;
	xz->next_out = (unsigned char *)call->out;
	xz->avail_out = out;
	said = lzma_code(xz, LZMA_RUN);
	call->in_len = in - xz->avail_in;
	call->out_len = out - xz->avail_out;
	if (said == LZMA_STREAM_END) {
		coding->state = AT_END;
		return CODING_MORE;
	}
	if (said == LZMA_OK || said == LZMA_BUF_ERROR)
		return CODING_MORE;
	if (said == LZMA_MEMLIMIT_ERROR)
		return fail(coding, "an xz stream that needs over 10 MiB");
	return fail(
	    coding, said == LZMA_MEM_ERROR ? "no memory" : "a bad xz stream");
}

static enum coding_result
pass_zstd(struct coding *coding, struct call *call)
{
	ZSTD_inBuffer in = { call->in, call->in_len, 0 };
	ZSTD_outBuffer out = { call->out, call->out_len, 0 };
	size_t said = ZSTD_decompressStream(coding->u.zstd, &out, &in);

	call->in_len = in.pos;
	call->out_len = out.pos;
	if (ZSTD_isError(said))
		return fail(
		    coding, "a bad zstd stream, or a window over 8 MiB");
	if (said == 0)
		coding->state = AT_END;
	return CODING_MORE;
}

/* Behind a member more bytes have come. */
static enum coding_result
begin_member(struct coding *coding)
{
	if (coding->kind == GZIP) {
		if (inflateReset(&coding->u.gzip) != Z_OK)
			return fail(coding, "a bad gzip stream");
	} else {
		BZ2_bzDecompressEnd(&coding->u.bzip2);
		coding->kind = UNKNOWN;
		if (!begin(coding, BZIP2))
			return fail(coding, "no memory");
	}
	coding->state = WITHIN;
	return CODING_MORE;
}

/* Give bytes to the library; *out are those that came. */
static enum coding_result
decode(struct coding *coding, struct span *in, char *room, size_t size,
    struct span *out)
{
	struct call call = { in->at, in->len, room, size };
	enum coding_result result = CODING_BAD;

	if (coding->state == AT_END)
		return fail(coding, "bytes behind the end");
	if (coding->state == AT_MEMBER && begin_member(coding) == CODING_BAD)
		return CODING_BAD;
	switch (coding->kind) {
	case UNKNOWN:
	case PLAIN:
		*out = *in;
		result = CODING_MORE;
		break;
	case GZIP:
		result = pass_gzip(coding, &call);
		break;
	case BZIP2:
		result = pass_bzip2(coding, &call);
		break;
	case XZ:
		result = pass_xz(coding, &call);
		break;
	case ZSTD:
		result = pass_zstd(coding, &call);
		break;
	}
	if (coding->kind != PLAIN)
		*out = (struct span){ room, call.out_len };
	in->at += call.in_len;
	in->len -= call.in_len;
	coding->filled = coding->kind != PLAIN && call.out_len == size &&
			 coding->state == WITHIN;
	return result;
}

/* Find out what comes. The first bytes are taken only where they have come
 * too few at a time to tell. */
static enum coding_result
detect(struct coding *coding, struct span *in)
{
	struct span first = *in;
	enum kind kind;

	while (coding->magic_len > 0 && in->len > 0 &&
	       kind_of((struct span){ coding->magic, coding->magic_len }) ==
		   UNKNOWN) {
		coding->magic[coding->magic_len++] = *in->at++;
		in->len--;
	}
	if (coding->magic_len > 0)
		first = (struct span){ coding->magic, coding->magic_len };
	kind = kind_of(first);
	if (kind == UNKNOWN && coding->magic_len == 0) {
		memcpy(coding->magic, in->at, in->len);
		coding->magic_len = in->len;
		in->at += in->len;
		in->len = 0;
	}
	return begin(coding, kind) ? CODING_MORE : fail(coding, "no memory");
}

static enum coding_result
pass_some(struct coding *coding, struct span *in, char *room, size_t size,
    struct span *out)
{
	struct span first;

	if (coding->kind == UNKNOWN && detect(coding, in) == CODING_BAD)
		return CODING_BAD;
	if (coding->kind == UNKNOWN)
		return CODING_MORE;
	if (coding->magic_len == 0)
		return decode(coding, in, room, size, out);
	/* None of these decoders leaves a byte of its magic behind, and
	 * plain bytes are passed where they lie. */
	first = (struct span){ coding->magic, coding->magic_len };
	coding->magic_len = 0;
	return decode(coding, &first, room, size, out);
}

enum coding_result
coding_pass(struct coding *coding, struct span *in, char *room, size_t size,
    struct span *out)
{
	*out = (struct span){ "", 0 };
	if (coding->state == FAILED)
		return CODING_BAD;
	while (out->len == 0 && (in->len > 0 || coding->filled)) {
		coding->filled = false;
		if (pass_some(coding, in, room, size, out) == CODING_BAD)
			return CODING_BAD;
	}
	if (out->len > coding->left)
		return fail(coding, "larger than it may be");
	coding->left -= out->len;
	return CODING_MORE;
}

bool
coding_end(const struct coding *coding)
{
	switch (coding->state) {
	case FAILED:
		return false;
	case WITHIN:
		return (coding->kind == UNKNOWN && coding->magic_len == 0) ||
		       coding->kind == PLAIN;
	case AT_MEMBER:
	case AT_END:
		return true;
	}
	return false;
}

const char *
coding_why(const struct coding *coding)
{
	return coding->why;
}
