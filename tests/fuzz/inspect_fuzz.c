/* SPDX-License-Identifier: MIT */
/* Bodies of requests that are looked into. The input's first byte chooses the
 * operation, the API's version and the profile, and whether the rest is the
 * body or what one is made from. What passes
 *   - is read by a reader that is like the daemons' own, and then asks for
 *     nothing that the profile does not allow;
 *   - reads the same to any other: nothing is in it twice, or behind it;
 *   - passes again, and stays what it is.
 * And whatever is observed of it holds where it is enforced. */

#undef NDEBUG
#include <assert.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "policy/inspect.h"
#include "tests/fuzz/bodies.h"
#include "tests/fuzz/forbidden.h"
#include "tests/fuzz/observing.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum {
	PROFILES = 8,
	OPERATIONS = 8,
	VERSIONS = 2,
	BODY_MAX = 16 * 1024
};

static const struct allowed profiles[PROFILES] = {
	{.profile = ""				  },
	{			  .profile = "[container]\nuser = nonroot\n"
		     "[exec]\nuser = nonroot\ncommand = [\"ls\", \"*\"]\n",			      .user = "nonroot",
	    .exec_user = "nonroot",
	    .command = "ls" },
	{							    .profile = "[container]\nmemory-max = 512M\ncpus-max = 1.5\n"
		     "pids-max = 100\n",																	.memory = 512 * 1024 * 1024,
	    .cpus = 1500000000,
	    .pids = 100 },
	{							 .profile = "[container]\nbind = /srv/app:ro\n",																	       .bind = "/srv/app" },
	{.profile = "[container]\nbind = /srv/app:rw\nuser = nonroot\n",
	    .bind = "/srv/app",
	    .writes = true,
	    .user = "nonroot",
	    .group = true },
	{							     .profile = "[container]\ncapability = NET_BIND_SERVICE\n"
		     "network = appnet\nvolume = data*\n"
		     "publish = 127.0.0.1:8000-8010\nlabel = owner=web\n"
		     "[exec]\nuser = 1000\ncommand = [\"ls\", \"*\"]\n",																	 .capability = "NET_BIND_SERVICE",
	    .network = "appnet",
	    .volume = "data",
	    .first_port = 8000,
	    .last_port = 8010,
	    .label = "owner",
	    .exec_user = "1000",
	    .command = "ls" },
	{ .profile = "[container]\nbind = /srv/*:ro\nimage = app\n",
	    .bind = "/srv/",
	    .image = "app" },
	{							 .profile = "[container]\nuser = 1000:1000\n[exec]\ncommand = *\n",
	    .user = "1000:1000",
	    .command = "*" },
};

/* Each with a version of the API, and with another or none. */
static const struct {
	const char *requests[VERSIONS];
	const struct part *parts;
	forbidden_check *check;
} operations_known[OPERATIONS] = {
	{{ "POST /v1.41/containers/create?name=web",
	      "POST /containers/create" },
	    body_container,								     forbidden_container},
	{ { "POST /v1.41/containers/web/update",
	      "POST /containers/web/update" },
	    body_update,									forbidden_update	  },
	{ { "POST /v1.41/containers/web/exec", "POST /containers/web/exec" },
	    body_exec,									  forbidden_exec     },
	{ { "POST /v1.41/volumes/create", "POST /volumes/create" },		    body_volume,
	    forbidden_volume										       },
	{ { "POST /v1.41/networks/create", "POST /networks/create" },
	    body_network,								       forbidden_network  },
	{ { "POST /v1.41/networks/none/connect",
	      "POST /networks/bridge/connect" },
	    body_connect,								       forbidden_connect  },
	{ { "POST /v1.41/services/create", "POST /v1.44/services/create" },
	    body_service,								       forbidden_service  },
	{ { "POST /v1.44/containers/create", "POST /v1.24/containers/create" },
	    body_container,								     forbidden_container},
};

/* What the daemon answers to a GET; to any other 404. */
static const struct {
	const char *path;
	unsigned status;
	const char *body;
} answers[] = {
	{"/volumes/data",		   200,
	    "{\"Name\":\"data\",\"Driver\":\"local\",\"Options\":null}"		},
	{ "/volumes/trap",	   200,
	    "{\"Name\":\"trap\",\"Driver\":\"local\",\"Options\":"
	    "{\"type\":\"none\",\"o\":\"bind\",\"device\":\"/\"}}"		   },
	{ "/volumes/other",	    200, "{\"Name\":\"other\",\"Driver\":\"nfs\"}"},
	{ "/images/app/json",	      200, "{\"Config\":{\"User\":\"1000\"}}"	      },
	{ "/images/app:latest/json", 200,
	    "{\"Config\":{\"User\":\"1000:1000\"}}"				    },
	{ "/images/rooted/json",	 200, "{\"Config\":{}}"			},
	{ "/images/zero/json",       200, "{\"Config\":{\"User\":\"0:0\"}}"	      },
	{ "/networks/appnet",	      200,
	    "{\"Name\":\"appnet\",\"Driver\":\"bridge\"}"				  },
	{ "/networks/feed",	    200, "{\"Name\":\"host\",\"Driver\":\"host\"}"},
	{ "/containers/web/json",	  200, "{\"Config\":{\"User\":\"1000\"}}"	  },
};

struct prepared {
	struct http_head head;
	struct request request;
};

static struct prepared prepared[OPERATIONS][VERSIONS];
static struct policy *policies[PROFILES];

/* A request that is being judged. */
struct question {
	const struct allowed *allowed;
	const struct profile *profile;
	const struct request *request;
	struct inspect_fact facts[INSPECT_FACTS_MAX];
	size_t facts_len;
};

static void
stop(void)
{
	size_t i;

	for (i = 0; i < PROFILES; i++)
		policy_free(policies[i]);
}

static void
prepare_request(struct prepared *one, const char *line)
{
	static char heads[OPERATIONS * VERSIONS][256];
	static size_t count;
	struct request_fault fault;
	struct span head;
	size_t used;

	head.at = heads[count];
	head.len = (size_t)snprintf(heads[count], sizeof(heads[count]),
	    "%s HTTP/1.1\r\nHost: docker\r\nContent-Length: 2\r\n"
	    "Content-Type: application/json\r\n\r\n",
	    line);
	count++;
	assert(http_request(head, &one->head, &used) == HTTP_OK);
	assert(request_read(&one->request, &one->head, &fault));
	assert(one->request.operation != NULL);
}

static void
start(void)
{
	static const struct name_lookup lookup = { 0 };
	struct complaints complaints = { 0 };
	struct profile_source source;
	size_t i, k;

	for (i = 0; i < PROFILES; i++) {
		source = (struct profile_source){ "web", "web.ini",
			span_of(profiles[i].profile) };
		policies[i] = policy_load(&source, 1, &lookup, &complaints);
		assert(policies[i] != NULL);
	}
	complaints_clear(&complaints);
	for (i = 0; i < OPERATIONS; i++)
		for (k = 0; k < VERSIONS; k++)
			prepare_request(
			    &prepared[i][k], operations_known[i].requests[k]);
	atexit(stop);
}

static void
show(const char *what, struct span text)
{
	fprintf(stderr, "%s: %.*s\n", what, SPAN_ARG(text));
}

/* The path is the daemon's own once it is asked: nothing in it may lead
 * elsewhere. */
static void
check_ask(const struct question *question, struct span path)
{
	static const char good[] = "abcdefghijklmnopqrstuvwxyz"
				   "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
				   "0123456789_.:@/-";
	struct span rest = path, word;
	size_t i;

	assert(path.len > 1 && *path.at == '/');
	for (i = 0; i < path.len; i++) {
		assert(memchr(good, path.at[i], sizeof(good) - 1) != NULL);
		assert(i == 0 || path.at[i] != '/' || path.at[i - 1] != '/');
	}
	while (span_word(&rest, "/", &word))
		assert(!span_eq(word, SPAN(".")) && !span_eq(word, SPAN("..")));
	for (i = 0; i < question->facts_len; i++)
		assert(!span_eq(question->facts[i].path, path));
}

static void
answer(struct question *question, struct span path)
{
	struct inspect_fact *fact = &question->facts[question->facts_len++];
	char *copy = malloc(path.len);
	size_t i;

	assert(copy != NULL);
	memcpy(copy, path.at, path.len);
	*fact = (struct inspect_fact){
		{copy, path.len},
		    404, SPAN("{\"message\":\"not here\"}")
	};
	for (i = 0; i < sizeof(answers) / sizeof(answers[0]); i++) {
		if (!span_eq(span_of(answers[i].path), path))
			continue;
		fact->status = answers[i].status;
		fact->body = span_of(answers[i].body);
	}
}

/* Judge a body as often as there are questions. True: it passes, as *out. */
static bool
judge(struct question *question, struct span body, struct buf *out)
{
	static struct inspection in;
	enum inspect_result result;

	do {
		in = (struct inspection){ .profile = question->profile,
			.request = question->request,
			.facts = question->facts,
			.facts_len = question->facts_len };
		result = inspect(&in, body, out);
		if (result == INSPECT_PASS)
			return true;
		assert(out->len == 0);
		if (result == INSPECT_REFUSE) {
			assert(in.status == 403 || in.status == 400 ||
			       in.status == 404);
			assert(in.why.len > 0);
			return false;
		}
		check_ask(question, text_span(&in.ask));
		if (question->facts_len == INSPECT_FACTS_MAX)
			return false;
		answer(question, text_span(&in.ask));
	} while (true);
}

static const char *
read_as_daemon(
    const struct allowed *allowed, forbidden_check *check, struct span sent)
{
	struct go_reading reading;
	const char *wrong;

	go_read(sent.at, sent.len, &reading);
	wrong = reading.error;
	if (wrong == NULL)
		wrong = check(allowed, reading.value);
	if (wrong == NULL)
		wrong = reading.twice	   ? "something twice"
			: reading.trailing ? "something behind the end"
			: reading.replaced ? "bytes that are no UTF-8"
			: reading.nul	   ? "a NUL"
			: reading.odd	   ? "a name that is not ASCII"
					   : NULL;
	go_clear(&reading);
	return wrong;
}

static void
check_passed(struct question *question, forbidden_check *check,
    struct span body, struct span sent)
{
	const char *wrong = read_as_daemon(question->allowed, check, sent);
	struct buf again = { 0 };

	if (wrong == NULL && !judge(question, sent, &again))
		wrong = "what is refused the second time";
	else if (wrong == NULL && !span_eq(buf_span(&again), sent))
		wrong = "what changes the second time";
	if (wrong != NULL) {
		show("profile", span_of(question->allowed->profile));
		show("operation", span_of(question->request->operation->name));
		show("asked", body);
		show("sent", sent);
		show("again", buf_span(&again));
		show("passes", span_of(wrong));
		abort();
	}
	buf_clear(&again);
}

static void
on_ask(void *arg, struct span path)
{
	answer(arg, path);
}

static void
check_observed(struct question *question, struct span body)
{
	const struct observing observing = { question->profile,
		question->request, question->facts, &question->facts_len,
		on_ask, question };

	observing_check(&observing, body);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static char memory[BODY_MAX];
	struct text text = TEXT(memory);
	struct question question = { .facts_len = 0 };
	struct buf out = { 0 };
	struct span body;
	size_t operation, i;
	char *copy;

	if (policies[0] == NULL)
		start();
	if (size == 0)
		return 0;
	operation = *data % OPERATIONS;
	question.allowed = &profiles[*data / OPERATIONS % PROFILES];
	question.profile = &policies[question.allowed - profiles]->profiles[0];
	question.request = &prepared[operation][*data >> 6 & 1].request;
	if (*data < 0x80)
		text_add(
		    &text, (struct span){ (const char *)data + 1, size - 1 });
	else
		body_make(operations_known[operation].parts, data + 1, size - 1,
		    &text);
	/* Memory of its own, so that a sanitizer sees its end. */
	body.len = text.len;
	body.at = copy = malloc(text.len);
	assert(text.len == 0 || copy != NULL);
	if (text.len > 0)
		memcpy(copy, memory, text.len);
	if (request_check_body(question.request, body) == NULL) {
		if (judge(&question, body, &out))
			check_passed(&question,
			    operations_known[operation].check, body,
			    buf_span(&out));
		check_observed(&question, body);
	}
	for (i = 0; i < question.facts_len; i++)
		free((void *)(uintptr_t)question.facts[i].path.at);
	buf_clear(&out);
	free(copy);
	return 0;
}
