/* SPDX-License-Identifier: MIT */
/* Two servers, one in the other's place: who goes over, when, and with what;
 * and the end of a server that nobody replaces. */

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "sockets/handover.h"
#include "tests/unit/cases.h"
#include "tests/unit/talk.h"

#define INFO	 "GET /info HTTP/1.1\r\nHost: x\r\n\r\n"
#define INFO_OUT "GET /info HTTP/1.1\r\nHost: docker\r\n\r\n"
#define BODY	 "Content-Length: 9\r\n\r\n{\"a\":\"b\"}"

static const char profile[] = "[allow]\n"
			      "operation = SystemPing SystemInfo SystemEvents\n"
			      "root-equivalent = CheckpointCreate\n"
			      "operation = ContainerAttach\n"
			      "[container]\nstdin = yes\n";

/* Ends of a channel: what retires has the first. */
static int channel[2];

static void
make_channel(void)
{
	cr_assert(
	    socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_NONBLOCK | SOCK_CLOEXEC,
		0, channel) == 0);
}

/* A server of a later profile, without clients. */
static void
start_new(struct talk *new, const char *text)
{
	talk_start(new, text);
	close(new->client);
	new->client = -1;
	rig_turn(&new->rig);
	new->rig.counters = (struct counters){ 0 };
}

static void
turn_both(struct talk *old, struct talk *new)
{
	int i;

	for (i = 0; i < 6; i++)
		rig_turn(i % 2 == 0 ? &old->rig : &new->rig);
}

/* The new one takes the old one's place. */
static void
replace(struct talk *old, struct talk *new)
{
	make_channel();
	server_adopt(&new->rig.server, channel[1]);
	server_retire(&old->rig.server, channel[0]);
	turn_both(old, new);
}

static size_t
sessions_of(const struct talk *t)
{
	const struct session *s;
	size_t count = 0;

	for (s = t->rig.server.sessions; s != NULL; s = s->next)
		count++;
	return count;
}

/* The old one's client is the new one's. */
static void
expect_gone_over(struct talk *old, struct talk *new)
{
	turn_both(old, new);
	cr_assert(eq(sz, sessions_of(old), 0));
	cr_assert(eq(sz, sessions_of(new), 1));
	new->client = old->client;
	old->client = -1;
}

static void
expect_not_gone_over(struct talk *old, struct talk *new)
{
	turn_both(old, new);
	cr_assert(eq(sz, sessions_of(old), 1));
	cr_assert(eq(sz, sessions_of(new), 0));
}

static void
expect_served(struct talk *new)
{
	talk_say(new, new->client, PING);
	talk_heard(new, talk_daemon(new), PING_OUT);
	talk_say(new, new->daemon, PONG);
	talk_heard(new, new->client, PONG);
}

static void
stop_both(struct talk *old, struct talk *new)
{
	talk_stop(old);
	talk_stop(new);
}

Test(server, hands_over_an_idle_client)
{
	struct talk old, new;

	talk_asked(&old, profile, PING);
	talk_say(&old, old.daemon, PONG);
	talk_heard(&old, old.client, PONG);
	start_new(&new, profile);
	replace(&old, &new);
	expect_gone_over(&old, &new);
	/* Its connection to the daemon does not go along. */
	talk_heard_last(&old, old.daemon, "");
	expect_served(&new);
	cr_expect(server_is_empty(&old.rig.server));
	cr_expect(eq(u64, old.rig.counters.open, 0));
	cr_expect(eq(u64, new.rig.counters.open, 1));
	cr_expect(eq(u64, new.rig.counters.connections, 0));
	stop_both(&old, &new);
}

Test(server, hands_over_half_a_head_or_none)
{
	struct talk old, new;
	size_t cut;

	for (cut = 0; cut < strlen(INFO); cut++) {
		talk_start(&old, profile);
		rig_say(&old.rig, old.client, (struct span){ INFO, cut });
		start_new(&new, profile);
		replace(&old, &new);
		expect_gone_over(&old, &new);
		cr_expect(eq(int, rig_daemon(&old.rig), -1));
		talk_say(&new, new.client, &INFO[cut]);
		talk_heard(&new, talk_daemon(&new), INFO_OUT);
		stop_both(&old, &new);
	}
}

Test(server, judges_by_the_new_rules_what_came_before_them)
{
	struct talk old, new;

	talk_start(&old, profile);
	talk_say(&old, old.client, "GET /inf");
	start_new(&new, "[allow]\noperation = SystemPing\n");
	replace(&old, &new);
	expect_gone_over(&old, &new);
	talk_say(&new, new.client, "o HTTP/1.1\r\nHost: x\r\n\r\n");
	talk_heard(&new, new.client, "HTTP/1.1 403 *SystemInfo*");
	cr_expect(eq(int, rig_daemon(&new.rig), -1));
	expect_served(&new);
	stop_both(&old, &new);
}

Test(server, hands_over_behind_the_answer_under_way)
{
	struct talk old, new;

	talk_asked(&old, profile, PING);
	start_new(&new, profile);
	replace(&old, &new);
	expect_not_gone_over(&old, &new);
	cr_expect(not(server_judges(&old.rig.server)));
	talk_say(
	    &old, old.daemon, "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nO");
	expect_not_gone_over(&old, &new);
	talk_say(&old, old.daemon, "K");
	talk_heard(&old, old.client, PONG);
	expect_gone_over(&old, &new);
	expect_served(&new);
	stop_both(&old, &new);
}

Test(server, hands_over_requests_that_were_waiting)
{
	struct talk old, new;

	talk_asked(&old, profile, PING INFO "GET /_pi");
	talk_heard(&old, old.daemon, "");
	start_new(&new, profile);
	replace(&old, &new);
	expect_not_gone_over(&old, &new);
	talk_say(&old, old.daemon, PONG);
	talk_heard(&old, old.client, PONG);
	expect_gone_over(&old, &new);
	talk_heard(&new, talk_daemon(&new), INFO_OUT);
	talk_say(&new, new.daemon, PONG);
	talk_heard(&new, new.client, PONG);
	talk_say(&new, new.client, "ng HTTP/1.1\r\nHost: x\r\n\r\n");
	talk_heard(&new, new.daemon, PING_OUT);
	stop_both(&old, &new);
}

/* The kernel still knows the connection when the old server has closed its
 * descriptor of it: the old one must not be told of its end. */
Test(server, does_not_watch_a_client_that_has_gone_over)
{
	const struct span many = cases_repeat(PING, INFO, 600, "");
	struct talk old, new;

	cr_assert(gt(sz, many.len, LIMIT_HEAD_DEFAULT));
	talk_start(&old, profile);
	rig_say(&old.rig, old.client, many);
	talk_heard(&old, talk_daemon(&old), PING_OUT);
	start_new(&new, profile);
	replace(&old, &new);
	expect_not_gone_over(&old, &new);
	talk_say(&old, old.daemon, PONG);
	talk_heard(&old, old.client, PONG);
	rig_turn(&old.rig);
	cr_assert(eq(sz, sessions_of(&old), 0));
	/* Before its new server has taken it. */
	close(old.client);
	old.client = -1;
	turn_both(&old, &new);
	cr_expect(eq(sz, sessions_of(&new), 0));
	stop_both(&old, &new);
}

Test(server, judges_a_body_that_is_on_its_way_and_no_more)
{
	struct talk old, new;

	talk_start(&old, profile);
	talk_say(&old, old.client, SAVE "Content-Length: 9\r\n\r\n{\"a\"");
	start_new(&new, profile);
	cr_expect(server_judges(&old.rig.server));
	replace(&old, &new);
	expect_not_gone_over(&old, &new);
	cr_expect(server_judges(&old.rig.server));
	talk_say(&old, old.client, ":\"b\"}" INFO);
	talk_heard(&old, talk_daemon(&old), SAVE_OUT "9\r\n\r\n{\"a\":\"b\"}");
	cr_expect(not(server_judges(&old.rig.server)));
	talk_say(&old, old.daemon, PONG);
	talk_heard(&old, old.client, PONG);
	expect_gone_over(&old, &new);
	talk_heard(&new, talk_daemon(&new), INFO_OUT);
	stop_both(&old, &new);
}

Test(server, does_not_wait_long_for_the_rest_of_a_body)
{
	struct talk old, new;

	talk_start(&old, profile);
	talk_say(&old, old.client, SAVE "Content-Length: 9\r\n\r\n{\"a\"");
	start_new(&new, profile);
	replace(&old, &new);
	cr_expect(server_judges(&old.rig.server));
	cr_expect(le(dbl,
	    ev_timer_remaining(old.rig.loop, &old.rig.server.sessions->timer),
	    LIMIT_RETIRED_BODY_SECONDS));
	rig_fire(&old.rig);
	talk_heard_last(&old, old.client, "HTTP/1.1 408 *");
	cr_expect(not(server_judges(&old.rig.server)));
	stop_both(&old, &new);
}

Test(server, keeps_streams_and_tunnels)
{
	struct talk old, new;

	talk_asked(&old, profile, ATTACH);
	talk_say(&old, old.daemon, SWITCH);
	talk_heard(&old, old.client, "HTTP/1.1 101 *");
	start_new(&new, profile);
	replace(&old, &new);
	expect_not_gone_over(&old, &new);
	cr_expect(not(server_is_empty(&old.rig.server)));
	talk_say(&old, old.client, "in");
	talk_heard(&old, old.daemon, "in");
	talk_say(&old, old.daemon, "out");
	talk_heard(&old, old.client, "out");
	close(old.daemon);
	old.daemon = -1;
	talk_heard_last(&old, old.client, "");
	close(old.client);
	old.client = -1;
	turn_both(&old, &new);
	cr_expect(server_is_empty(&old.rig.server));
	stop_both(&old, &new);
}

Test(server, does_not_hand_over_those_that_were_turned_away)
{
	struct talk old, new;
	int client;

	talk_start(&old, profile);
	client = rig_client(&old.rig, 429);
	start_new(&new, profile);
	replace(&old, &new);
	cr_expect(eq(sz, sessions_of(&old), 1));
	cr_expect(eq(sz, sessions_of(&new), 1));
	talk_say(&old, client, PING);
	talk_heard_last(&old, client, "HTTP/1.1 429 *");
	close(client);
	stop_both(&old, &new);
}

Test(server, waits_for_room_in_the_channel)
{
	enum {
		CLIENTS = 300
	};
	static int clients[CLIENTS];
	struct talk old, new;
	int i, least = 1;

	talk_start(&old, profile);
	start_new(&new, profile);
	for (i = 0; i < CLIENTS; i++)
		clients[i] = rig_client(&old.rig, 0);
	make_channel();
	cr_assert(setsockopt(channel[0], SOL_SOCKET, SO_SNDBUF, &least,
		      sizeof(least)) == 0);
	server_adopt(&new.rig.server, channel[1]);
	server_retire(&old.rig.server, channel[0]);
	rig_turn(&old.rig);
	cr_expect(gt(sz, sessions_of(&old), CLIENTS / 2));
	for (i = 0; i < CLIENTS; i++)
		turn_both(&old, &new);
	cr_expect(eq(sz, sessions_of(&old), 0));
	cr_expect(eq(sz, sessions_of(&new), CLIENTS + 1));
	for (i = 0; i < CLIENTS; i++) {
		talk_heard(&new, clients[i], "");
		close(clients[i]);
	}
	stop_both(&old, &new);
}

Test(server, waits_for_another_channel_when_its_reader_died)
{
	struct talk old, new;

	talk_start(&old, profile);
	talk_say(&old, old.client, "GET /_pi");
	start_new(&new, profile);
	make_channel();
	close(channel[1]);
	server_retire(&old.rig.server, channel[0]);
	expect_not_gone_over(&old, &new);
	/* It is not read from meanwhile. */
	talk_say(&old, old.client, "ng HT");
	talk_heard(&old, old.client, "");
	cr_expect(eq(sz, old.rig.server.sessions->client.held.len, 8));
	replace(&old, &new);
	expect_gone_over(&old, &new);
	talk_say(&new, new.client, "TP/1.1\r\nHost: x\r\n\r\n");
	talk_heard(&new, talk_daemon(&new), PING_OUT);
	stop_both(&old, &new);
}

Test(server, sends_to_the_latest_channel_only)
{
	struct talk old, first, new;

	talk_asked(&old, profile, PING);
	start_new(&first, profile);
	start_new(&new, profile);
	replace(&old, &first);
	cr_expect(not(server_is_empty(&first.rig.server)));
	replace(&old, &new);
	rig_turn(&first.rig);
	/* The first one's is closed. */
	cr_expect(server_is_empty(&first.rig.server));
	talk_say(&old, old.daemon, PONG);
	talk_heard(&old, old.client, PONG);
	expect_gone_over(&old, &new);
	cr_expect(eq(sz, sessions_of(&first), 0));
	talk_stop(&first);
	stop_both(&old, &new);
}

/* Like workers that are replaced faster than their clients speak. */
Test(server, hands_on_what_was_handed_over)
{
	struct talk old, middle, new;

	talk_start(&old, profile);
	talk_say(&old, old.client, "GET /_pi");
	start_new(&middle, profile);
	replace(&old, &middle);
	expect_gone_over(&old, &middle);
	start_new(&new, profile);
	replace(&middle, &new);
	expect_gone_over(&middle, &new);
	talk_say(&new, new.client, "ng HTTP/1.1\r\nHost: x\r\n\r\n");
	talk_heard(&new, talk_daemon(&new), PING_OUT);
	talk_stop(&middle);
	stop_both(&old, &new);
}

/* It retires before the letter is read. */
Test(server, hands_on_what_comes_late)
{
	struct talk old, middle, new;

	talk_start(&old, profile);
	start_new(&middle, profile);
	start_new(&new, profile);
	make_channel();
	server_adopt(&middle.rig.server, channel[1]);
	server_retire(&old.rig.server, channel[0]);
	rig_turn(&old.rig);
	cr_assert(eq(sz, sessions_of(&old), 0));
	replace(&middle, &new);
	expect_gone_over(&old, &new);
	cr_expect(eq(sz, sessions_of(&middle), 0));
	expect_served(&new);
	talk_stop(&middle);
	stop_both(&old, &new);
}

Test(server, turns_away_a_client_that_the_new_rules_do_not_let_in)
{
	struct talk old, new;
	char text[256];

	snprintf(text, sizeof(text), "%s[socket]\npeers = uid:%u\n", profile,
	    (unsigned)geteuid() + 1);
	talk_start(&old, profile);
	start_new(&new, text);
	replace(&old, &new);
	expect_gone_over(&old, &new);
	talk_say(&new, new.client, PING);
	talk_heard_last(&new, new.client, "HTTP/1.1 403 *");
	cr_expect(eq(int, rig_daemon(&new.rig), -1));
	stop_both(&old, &new);

	snprintf(text, sizeof(text), "%s[socket]\npeers = uid:%u\n", profile,
	    (unsigned)geteuid());
	talk_start(&old, profile);
	start_new(&new, text);
	replace(&old, &new);
	expect_gone_over(&old, &new);
	expect_served(&new);
	stop_both(&old, &new);
}

Test(server, may_get_clients_until_their_channel_ends)
{
	struct talk t;

	start_new(&t, profile);
	cr_expect(server_is_empty(&t.rig.server));
	make_channel();
	server_adopt(&t.rig.server, channel[1]);
	server_drain(&t.rig.server);
	cr_expect(not(server_is_empty(&t.rig.server)));
	close(channel[0]);
	rig_turn(&t.rig);
	cr_expect(server_is_empty(&t.rig.server));
	talk_stop(&t);
}

Test(server, lets_idle_clients_go_when_it_drains)
{
	struct talk t;

	talk_asked(&t, profile, PING);
	talk_say(&t, t.daemon, PONG);
	talk_heard(&t, t.client, PONG);
	server_drain(&t.rig.server);
	talk_heard_last(&t, t.client, "");
	cr_expect(server_is_empty(&t.rig.server));
	cr_expect(not(server_judges(&t.rig.server)));
	talk_stop(&t);
}

/* It has come for its first request, or is in the middle of it. */
Test(server, serves_a_last_request_when_it_drains)
{
	struct talk t;
	size_t cut;

	for (cut = 0; cut < strlen(PING); cut++) {
		talk_start(&t, profile);
		rig_say(&t.rig, t.client, (struct span){ PING, cut });
		server_drain(&t.rig.server);
		talk_heard(&t, t.client, "");
		talk_say(&t, t.client, &PING[cut]);
		talk_heard(&t, talk_daemon(&t), PING_OUT);
		talk_say(&t, t.daemon, PONG);
		talk_heard_last(&t, t.client, "*Connection: close\r\n\r\nOK");
		talk_stop(&t);
	}
}

Test(server, ends_an_exchange_when_it_drains)
{
	struct talk t;

	talk_asked(&t, profile, PING INFO);
	server_drain(&t.rig.server);
	talk_quiet(&t);
	cr_expect(not(server_is_empty(&t.rig.server)));
	talk_say(&t, t.daemon, PONG);
	talk_heard_last(
	    &t, t.client, "HTTP/1.1 200 OK\r\n*Connection: close\r\n\r\nOK");
	talk_heard_last(&t, t.daemon, "");
	talk_stop(&t);
}

Test(server, judges_a_body_when_it_drains)
{
	struct talk t;

	talk_start(&t, profile);
	talk_say(&t, t.client, SAVE "Content-Length: 9\r\n\r\n{\"a\"");
	server_drain(&t.rig.server);
	cr_expect(server_judges(&t.rig.server));
	talk_say(&t, t.client, ":\"b\"}");
	talk_heard(&t, talk_daemon(&t), SAVE_OUT "9\r\n\r\n{\"a\":\"b\"}");
	cr_expect(not(server_judges(&t.rig.server)));
	talk_say(&t, t.daemon, PONG);
	talk_heard_last(&t, t.client, "HTTP/1.1 200 OK\r\n*\r\n\r\nOK");
	talk_stop(&t);
}

Test(server, cuts_an_endless_stream_when_it_drains)
{
	struct talk t;

	talk_asked(&t, profile, EVENTS);
	talk_say(&t, t.daemon,
	    "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n");
	talk_heard(&t, t.client, "HTTP/1.1 200 OK\r\n*");
	server_drain(&t.rig.server);
	talk_heard_last(&t, t.client, "");
	talk_heard_last(&t, t.daemon, "");
	cr_expect(server_is_empty(&t.rig.server));
	cr_expect(eq(u64, t.rig.counters.flowing, 0));
	talk_stop(&t);
}

Test(server, lets_a_tunnel_go_on_when_it_drains)
{
	struct talk t;

	talk_asked(&t, profile, ATTACH);
	talk_say(&t, t.daemon, SWITCH);
	talk_heard(&t, t.client, "HTTP/1.1 101 *");
	server_drain(&t.rig.server);
	talk_say(&t, t.client, "in");
	talk_heard(&t, t.daemon, "in");
	cr_expect(not(server_is_empty(&t.rig.server)));
	cr_expect(eq(u64, t.rig.counters.flowing, 1));
	talk_stop(&t);
}

/* It waits for a channel, and there will be none. */
Test(server, lets_those_go_that_could_not_be_handed_over)
{
	struct talk t;

	talk_asked(&t, profile, PING);
	talk_say(&t, t.daemon, PONG);
	make_channel();
	close(channel[1]);
	server_retire(&t.rig.server, channel[0]);
	talk_heard(&t, t.client, PONG);
	server_drain(&t.rig.server);
	talk_heard_last(&t, t.client, "");
	cr_expect(server_is_empty(&t.rig.server));
	talk_stop(&t);
}

Test(server, hangs_up_on_one_profiles_clients_whatever_they_do)
{
	static const char *const requests[] = { EVENTS, ATTACH, PING INFO,
		SAVE BODY };
	struct talk t;
	size_t i;

	for (i = 0; i < CASES(requests); i++) {
		talk_asked(&t, profile, requests[i]);
		server_cut(&t.rig.server, "another");
		talk_quiet(&t);
		cr_expect(eq(sz, sessions_of(&t), 1));
		server_cut(&t.rig.server, "web");
		talk_heard_last(&t, t.client, "");
		talk_heard_last(&t, t.daemon, "");
		cr_expect(eq(sz, sessions_of(&t), 0));
		cr_expect(eq(u64, t.rig.counters.open, 0));
		talk_stop(&t);
	}
}
