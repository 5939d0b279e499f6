/* SPDX-License-Identifier: MIT */
#ifndef CORE_LIMITS_H
#define CORE_LIMITS_H

/* Every bound of the program, in one place, with its reason. Those that a
 * configuration can change are called defaults here. Sizes are in bytes,
 * times in seconds. */

/* A request line holds a target; dockerode repeats a whole ContainerCreate
 * body in the query, which takes a few KiB. Longer: 414. */
#define LIMIT_TARGET 8192

/* A request head, default of "[limits] head". X-Registry-Config is the
 * largest field seen: one entry per registry, 200 bytes each. */
#define LIMIT_HEAD_DEFAULT (16 * 1024)
#define LIMIT_HEAD_MIN	   1024
#define LIMIT_HEAD_MAX	   (64 * 1024)

/* Fields in one head. Real clients send at most 15. */
#define LIMIT_FIELDS 64

/* A chunk's extension, and a whole trailer section: nobody uses them, so
 * they are only given room enough to be skipped. */
#define LIMIT_CHUNK_EXTENSION 256
#define LIMIT_TRAILERS	      4096

/* Digits of a chunk's size: 4 GiB in one chunk is more than any client
 * sends, and 32 bits leave no room for overflow tricks. */
#define LIMIT_CHUNK_DIGITS 8

/* A body that is held to be looked at, default of "[limits] body". Inline
 * seccomp profiles take 30 KiB, compose's largest bodies 100. */
#define LIMIT_BODY_DEFAULT (1024 * 1024)
#define LIMIT_BODY_MAX	   (64 * 1024 * 1024)

/* Of a JSON body: how deep it is nested (the API's own bodies: 8), and how many
 * values it has. Each takes up to 200 bytes while it is judged. */
#define LIMIT_JSON_DEPTH  64
#define LIMIT_JSON_VALUES 65536

/* Bodies held at once for one door: with the default limit that is some 64
 * MiB, which no container may exceed by opening more connections. */
#define LIMIT_BODIES_HELD 32

/* An archive that is unpacked in a container, once it is decompressed; what of
 * one goes up in one piece; and archives at once through one door, each of
 * which may need 10 MiB to be decompressed. */
#define LIMIT_ARCHIVE	    (16ULL * 1024 * 1024 * 1024)
#define LIMIT_ARCHIVE_PIECE (64 * 1024)
#define LIMIT_ARCHIVES	    32

/* One receive. Larger ones gain nothing: a Unix socket's default buffer
 * holds about 200 KiB, and 64 KiB stays in the cache. */
#define LIMIT_RECEIVE (64 * 1024)

/* From a head's first byte to its last, and for a body that is held: more is
 * a client that trickles, and gets 408. */
#define LIMIT_HEAD_SECONDS 10.
#define LIMIT_BODY_SECONDS 30.

/* After a refusal the client's unread bytes are thrown away for so long, so
 * that it can read why; a plain close would reset its connection. */
#define LIMIT_LINGER_SECONDS 2.

/* What is left of that for a body when its worker retires. */
#define LIMIT_RETIRED_BODY_SECONDS 2.

/* When nobody serves any more: a client that has connected and is about to
 * send its first request has so long for that. */
#define LIMIT_LAST_SECONDS .1

/* A daemon whose backlog is full is asked again after the first figure, and
 * given up (504) after the second. */
#define LIMIT_CONNECT_PAUSE   .02
#define LIMIT_CONNECT_SECONDS 10.

/* A client waits for so long until it is known which container it is in, and
 * so many at once: their questions must leave room for other messages. */
#define LIMIT_NEWCOMER_SECONDS .1
#define LIMIT_NEWCOMERS	       64

/* Those who watch decisions, at once; and how often one that did not read all
 * is tried to be told so. */
#define LIMIT_WATCHERS		 8
#define LIMIT_WATCH_LOST_SECONDS .5

/* What the daemon says of all that a request names, and how long that may take,
 * together. An image with a thousand layers takes 100 KiB. */
#define LIMIT_LOOKUP	     (1024 * 1024)
#define LIMIT_LOOKUP_SECONDS 10.

/* When the process is out of descriptors, accepting pauses for so long. */
#define LIMIT_ACCEPT_PAUSE .1

/* Connections taken from one door before the other doors have their turn. */
#define LIMIT_ACCEPT_BURST 64

/* Connections through one door, default of "[limits] connections": an
 * event stream each for a large swarm of clients, and far from the limit of
 * descriptors of a default systemd service (524,288). */
#define LIMIT_CONNECTIONS_DEFAULT 1024
#define LIMIT_CONNECTIONS_MAX	  1000000

/* The most that "[limits] requests-per-second" can say: far above what one
 * process can serve. */
#define LIMIT_REQUESTS_MAX 1000000

/* What a worker that is to end gives the streams that still flow through it,
 * default of "[daemon] drain". More than an hour would keep an old policy in
 * force for longer than anybody remembers. */
#define LIMIT_DRAIN_DEFAULT 30
#define LIMIT_DRAIN_MAX	    3600

/* A worker that is not ready after the first, that does not retire within the
 * second, or that has not answered for the third, is killed: another one takes
 * its place. It is asked in intervals of the fourth. */
#define LIMIT_START_SECONDS  10.
#define LIMIT_RETIRE_SECONDS 5.
#define LIMIT_ANSWER_SECONDS 15.
#define LIMIT_ASK_SECONDS    5.

/* A worker takes a dead one's place at once; if that one lived for less than
 * the first, only after a pause, which doubles from the second to the third. */
#define LIMIT_STABLE_SECONDS 1.
#define LIMIT_PAUSE_MIN	     .05
#define LIMIT_PAUSE_MAX	     5.

/* What a worker has to end by itself, once its time to drain is over. */
#define LIMIT_END_SECONDS 2.

/* Workers at once: one that serves, and those that still have streams of
 * earlier configurations. One more, and the oldest has to end. */
#define LIMIT_WORKERS 16

/* Denials logged per door and second; the rest is counted. */
#define LIMIT_DENIAL_LINES 20

/* One log line, which is what a pipe takes in one piece (PIPE_BUF); longer
 * ones lose fields. A target is shortened first. */
#define LIMIT_LOG_LINE	 4096
#define LIMIT_LOG_TARGET 512

/* The lines that a request would have needed, so that all else has room; they
 * may become twice as long by being escaped. */
#define LIMIT_LOG_HINT 1024

/* sockaddr_un's sun_path less its NUL: no client could name more. */
#define LIMIT_SOCKET_PATH 107

/* One line of an INI file: inih reads into 200 bytes, and two of them go
 * to the line feed and the NUL. */
#define LIMIT_INI_LINE 198

/* Lines of one policy file, and files: a rule's origin is 4 bytes. */
#define LIMIT_INI_LINES 65535
#define LIMIT_INI_FILES 65535

/* profiles.d and postern.ini are small; anything else was pointed at by
 * mistake. */
#define LIMIT_INI_BYTES (1024 * 1024)

/* A profile extends a profile extends a preset: more is a mistake. */
#define LIMIT_EXTENDS 8

/* "import" asks another proxy's rules: states of their expressions, places
 * that one question may lead to, and states that are looked at in all, which is
 * a few seconds' work. Rules that people write need a hundredth of that. */
#define LIMIT_IMPORT_STATES 32768
#define LIMIT_IMPORT_PLACES 8192
#define LIMIT_IMPORT_WORK   100000000

#endif
