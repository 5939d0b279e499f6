/* SPDX-License-Identifier: MIT */
/* Chunked bodies. The first two bytes of the input say where the rest is cut
 * in two.
 *   - However a body is cut, the output, the bytes taken and the verdict are
 *     the same;
 *   - no more comes out than goes in, and bytes not taken are not touched;
 *   - what was written anew reads as the same body. */

#undef NDEBUG
#include <assert.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "core/frame.h"
#include "core/text.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Longer inputs are not fed byte by byte as well. */
enum {
	BYTEWISE_LARGEST = 1024
};

struct fed {
	enum frame_result result;
	size_t used;
	struct text out; /* the memory is freed by the caller */
};

/* Feed the body as a session does: first so many bytes, then so many more
 * each time, in front of them what was not taken. */
static struct fed
feed(struct span in, enum frame_output output, size_t first, size_t step)
{
	struct frame frame = { .kind = FRAME_CHUNKED };
	struct fed fed = {
		FRAME_MORE, 0, {NULL, 0, in.len, false}
	};
	size_t given = first, len, out, used;
	char *bytes;

	fed.out.at = malloc(in.len + 1);
	assert(fed.out.at != NULL);
	for (;;) {
		/* Memory of its own, so that a sanitizer sees its end. */
		len = given - fed.used;
		bytes = malloc(len);
		assert(len == 0 || bytes != NULL);
		if (len > 0)
			memcpy(bytes, in.at + fed.used, len);
		fed.result =
		    frame_pass(&frame, output, bytes, len, &out, &used);
		assert(out <= used && used <= len);
		if (used < len)
			assert(memcmp(bytes + used, in.at + fed.used + used,
				   len - used) == 0);
		assert(fed.result != FRAME_BAD || frame.why != NULL);
		text_add(&fed.out, (struct span){ bytes, out });
		assert(!fed.out.full);
		free(bytes);
		fed.used += used;
		if (fed.result != FRAME_MORE || given == in.len)
			return fed;
		given += step < in.len - given ? step : in.len - given;
	}
}

static void
check_same(const struct fed *a, struct fed b)
{
	assert(a->result == b.result);
	assert(a->used == b.used);
	assert(span_eq(text_span(&a->out), text_span(&b.out)));
	free(b.out.at);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct fed bare, anew, again;
	enum frame_output output;
	const struct fed *whole;
	struct span in;
	size_t cut;

	if (size < 2)
		return 0;
	in = (struct span){ (const char *)data + 2, size - 2 };
	cut = ((size_t)data[0] << 8 | data[1]) % (in.len + 1);

	bare = feed(in, FRAME_BARE, in.len, 1);
	anew = feed(in, FRAME_ANEW, in.len, 1);
	assert(bare.result == anew.result);
	assert(bare.used == anew.used);
	for (output = FRAME_BARE; output <= FRAME_ANEW; output++) {
		whole = output == FRAME_BARE ? &bare : &anew;
		check_same(whole, feed(in, output, cut, in.len));
		if (in.len <= BYTEWISE_LARGEST)
			check_same(whole, feed(in, output, 0, 1));
	}

	if (bare.result != FRAME_BAD) {
		in = text_span(&anew.out);
		again = feed(in, FRAME_BARE, in.len, 1);
		assert(again.result == bare.result);
		assert(again.used == in.len);
		assert(span_eq(text_span(&again.out), text_span(&bare.out)));
		free(again.out.at);
		again = feed(in, FRAME_ANEW, in.len, 1);
		assert(span_eq(text_span(&again.out), in));
		free(again.out.at);
	}
	free(bare.out.at);
	free(anew.out.at);
	return 0;
}
