/*
 * The session protocol of docs/PROTOCOL.md, small enough to be searched completely.
 *
 * One client with a store, two servers, one log that both share, and a world that cuts lines, kills either end
 * and loses the log. Every step below is one turn of an event loop or one call to the log or the store; between
 * any two of them everything else may happen. spec/README.md says what is left out and how to read a trail.
 *
 * A run is bounded by a budget of faults (MAX_*), and every run ends: the Judge looks at what is left when nobody
 * can move any more. Each mutant breaks one rule, and the search must find out (spec/searches.mjs).
 */

#ifndef UPS
#define UPS 2
#endif
#ifndef DOWNS
#define DOWNS 2
#endif
#ifndef MAX_FAULTS
#define MAX_FAULTS 2
#endif
#ifndef MAX_CLIENT_CRASHES
#define MAX_CLIENT_CRASHES 1
#endif
#ifndef MAX_SERVER_CRASHES
#define MAX_SERVER_CRASHES 1
#endif
#ifndef MAX_LOSSES
#define MAX_LOSSES 0
#endif
#ifndef MAX_TRIMS
#define MAX_TRIMS 0
#endif
#ifndef MAX_HANDOFFS
#define MAX_HANDOFFS 0
#endif
#ifndef MAX_REWINDS
#define MAX_REWINDS 0
#endif
#ifndef ANSWERS_GET_LOST
#define ANSWERS_GET_LOST 0
#endif
#ifndef SERVERS
#define SERVERS 2
#endif

#define MOST_DIALS 12          /* more than the faults of any search can cause */

#define NONE 2                 /* no connection */
#define NOBODY 2               /* no server: 0 and 1 are A and B */

/* What a frame, or an end, says. */
mtype = { HELLO, WELCOME, MESSAGE, GAP, ACK };
#define CREATED 1
#define RESUMED 2
#define RESET 3
#define WORDLESS 0
#define SUPERSEDED 1
#define FORKED 2
#define RESTART 3

/* What stands in the place of a message whose text is not there. */
#define CANCELLED 14           /* an up number that the client gave up */
#define SKIPPED 15             /* a number that a reset moved past */

/* ------------------------------------------------------------------ the wire: two connections at once */

chan up[2] = [2] of { mtype, byte, byte, byte, byte, byte };
chan down[2] = [2] of { mtype, byte, byte, byte, byte };
byte at[2] = NOBODY;           /* the server at the other end; NOBODY once that end is closed */
bit open[2];                   /* whether that server has welcomed it */
byte last_word[2];             /* why the server closed it */

/* ------------------------------------------------------------------ the client: memory, then store */

mtype = { WAITING, CONNECTING, ONLINE, DRAINING };
mtype phase = WAITING;
byte line = NONE;              /* the connection in use, or on its way to a welcome */
byte successor = NONE;         /* the second one of a hand-off */
bit greeted;                   /* whether the hello is out, on the one that has no welcome yet */
byte greeted_seen;             /* what that hello said had been seen */
bit quiet;                     /* new messages wait for the successor */
bit fenced_by_us;              /* a generation was raised since `line` was welcomed */

byte generation;
byte epoch;
byte seen;                     /* highest down number off a wire */
byte handled;                  /* the application is done with everything to here */
byte told_acked;               /* acknowledged over this line */
byte acked;                    /* of our messages, the server's */
byte sent;
byte wired;
byte to_be_wired;              /* what the store is to say of it */
byte last;
byte up_text[UPS + 1];         /* told apart by number and life: two lives' messages are two messages */
bit given_up[UPS + 1];
byte life = 1;
bit is_restored;               /* no server has said yet how far it is: neither offered_before nor our numbers are proved */
byte offered_before;

byte st_generation;
byte st_epoch;
byte st_cursor;
byte st_acked;
byte st_wired;
byte st_last;
byte st_text[UPS + 1];
bit st_given_up[UPS + 1];

/* ------------------------------------------------------------------ the log that both servers share */

byte log_epoch;                /* 0: it knows no such session */
byte log_generation;
byte log_up;
byte log_head;
byte log_acked;
bit log_is_reset;              /* how the epoch began: reset, or created */
byte log_before;               /* the epoch that the client believed in then */
byte log_base;                 /* and the head that its numbers went on from */
byte log_up_text[UPS + 1];
byte log_down[DOWNS + 1];      /* the epoch in which it was appended: its content; 0 if it is not there */

/* ------------------------------------------------------------------ the servers: what one process remembers */

bit live[2];
byte s_generation[2];
byte s_epoch[2];
byte s_line[2] = NONE;         /* its current connection */
byte s_up[2];                  /* highest up number that it knows to be in the log */
byte s_head[2];
byte s_accepted[2];            /* highest up number that came over the line */
byte s_taken[2];               /* of those, handed to the log */
byte s_text[2 * (UPS + 1)];    /* what waits to be handed over */
byte s_told[2];                /* acknowledged to the client over this line */
byte s_sent[2];                /* down numbers sent over this line */
mtype = { IDLE, UP, DOWN };
mtype s_writing[2] = IDLE;     /* one append at a time is on its way to the log */
byte s_write_generation[2];    /* the generation it was made under */
byte s_write_number[2];
byte s_write_text[2];

/* ------------------------------------------------------------------ the world's budget, and what it knows */

byte faults;
byte client_crashes;
byte server_crashes;
byte losses;
byte trims;
byte handoffs;
byte rewinds;                  /* how often the client's store lost its newest message */
bit is_over;

byte epochs;                   /* how many there have been */
byte g_greatest;               /* generation in any hello */
byte g_granted;                /* generation that was granted last */
bit g_sent[UPS + 1];           /* was ever on a wire */
bit g_appended[UPS + 1];       /* was in a log, ever */
bit g_taken[UPS + 1];          /* the application was told that an earlier message has this number */
byte g_received[DOWNS + 1];    /* content under this number that this life, or the store, has */
byte g_offered[DOWNS + 1];     /* content that the application was offered in any life */
byte g_told;                   /* the application has heard of everything to here, in this life */

/* Scratch, of no meaning between two steps. */
hidden mtype kind;
hidden byte f1, f2, f3, f4, f5, n, outcome, previous;
hidden byte ok;
hidden mtype e0;
hidden byte e1, e2, e3, e4, e5;

/* Says what a violation violates: the number in guarantees, and the rule in docs/SPEC.md. */
c_decl {
  \#include "sometimes.h"
}
#define PROPERTY(name, condition) \
  if \
  :: (condition) \
  :: else -> c_code { violated(name); }; assert(false) \
  fi

/* Counts how often a situation was met: one that never was is a hole in the model (scripts/model.mjs). */
#define SOMETIMES(name) c_code { static unsigned long *hits; if (!hits) hits = situation(name); ++*hits; }
#define SOMETIMES_IF(condition, name) if :: (condition) -> SOMETIMES(name) :: else fi

#define MIN(a, b) ((a) < (b) -> (a) : (b))
#define MAX(a, b) ((a) > (b) -> (a) : (b))
#define TEXT(s, number) s_text[(s) * (UPS + 1) + (number)]

/* ------------------------------------------------------------------ the ends of a connection */

#define IS_HELD(c) (line == (c) || successor == (c))
#define IS_FREE(c) (!IS_HELD(c) && at[c] == NOBODY)
#define HAS_ROOM_UP(c) (at[c] == NOBODY || len(up[c]) < 2)
#define HAS_ROOM_DOWN(c) (!IS_HELD(c) || len(down[c]) < 2)

inline empty_up(c) {
  do :: len(up[c]) > 0 -> up[c]?e0, e1, e2, e3, e4, e5 :: else -> break od;
  skip /* a loop must not be the last of a step: its end would lie outside */
}

inline empty_down(c) {
  do :: len(down[c]) > 0 -> down[c]?e0, e1, e2, e3, e4 :: else -> break od;
  skip
}

/* The client lets go of its end: what was on its way to it is lost, what is on its way from it may yet arrive. */
inline let_go(c) {
  empty_down(c);
  last_word[c] = WORDLESS;
  if :: at[c] == NOBODY -> empty_up(c) :: else fi
}

/* The server lets go of its end. */
inline shut(c, word) {
  empty_up(c);
  at[c] = NOBODY;
  open[c] = 0;
  if :: IS_HELD(c) -> last_word[c] = word :: else fi
}

inline say_up(c, what, a1, a2, a3, a4, a5) {
  if :: at[c] != NOBODY -> up[c]!what, a1, a2, a3, a4, a5 :: else fi
}

inline say_down(c, what, a1, a2, a3, a4) {
  if :: IS_HELD(c) -> down[c]!what, a1, a2, a3, a4 :: else fi
}

/* ------------------------------------------------------------------ the client's steps */

inline commit() {
  SOMETIMES("a client commits");
  st_generation = generation;
  st_epoch = epoch;
#ifdef MUTANT_CURSOR_BEFORE_HANDLED
  st_cursor = seen;
#else
  st_cursor = handled;
#endif
  st_acked = acked;
  st_wired = to_be_wired;
  st_last = last;
  for (n : 1 .. UPS) { st_text[n] = up_text[n]; st_given_up[n] = given_up[n] }
  skip
}

#define IS_COMMITTED (st_generation == generation && st_epoch == epoch && st_cursor == CURSOR && \
  st_acked == acked && st_wired == to_be_wired && st_last == last)
#ifdef MUTANT_CURSOR_BEFORE_HANDLED
#define CURSOR seen
#else
#define CURSOR handled
#endif

/* [UP-4] Before its first welcome a process does not know whether its numbers are its own. */
#ifdef MUTANT_WIRED_BEFORE_WELCOME
#define IS_PROVED true
#else
#define IS_PROVED (!is_restored)
#endif
#define MAY_TRAVEL (phase != WAITING && IS_PROVED)

/* [UP-2] A message of the application's. [UP-4] If a connection may carry it, it is stored as one that was on a wire. */
inline submit() {
  SOMETIMES("a client sends");
  last++;
  g_taken[last] = 0;
  up_text[last] = (life - 1) * UPS + last;
#ifndef MUTANT_WIRED_NOT_STORED
  if :: MAY_TRAVEL -> to_be_wired = last :: else fi;
#endif
  printf("client: sends %d, in life %d\n", last, life)
}

/* [CL-6] */
inline raise() {
  generation++;
  PROPERTY("I15 no-dialing-in-circles [CL-13]", generation <= MOST_DIALS);
#ifndef MUTANT_WIRED_NOT_STORED
  if :: IS_PROVED -> to_be_wired = last :: else fi;
#endif
  greeted = 0;
  greeted_seen = 0
}

inline dial(c, s) {
  SOMETIMES("a client dials");
  raise();
  at[c] = s;
  line = c;
  phase = CONNECTING;
  printf("client: dials server %d on connection %d, generation %d\n", s, c, generation)
}

inline dial_successor(c, s) {
  SOMETIMES("a successor is dialed");
  raise();
  fenced_by_us = 1;
  at[c] = s;
  successor = c;
  printf("client: dials server %d on connection %d beside the old one, generation %d\n", s, c, generation)
}

#ifdef MUTANT_GENERATION_NOT_STORED
#define MAY_GREET (!greeted)
#else
#define MAY_GREET (!greeted && st_generation >= generation && IS_QUIET)
#endif
/* What takes the end of a store, a power cut, takes longer than what is on its way to a log. */
#define IS_QUIET (rewinds == 0 || ((at[0] == NOBODY || at[1] == NOBODY) && IS_IDLE(0) && IS_IDLE(1)))
#define IS_IDLE(s) (s_writing[s] != UP && s_taken[s] >= s_accepted[s])
#ifdef MUTANT_HELLO_BEFORE_COMMIT
#define CLAIMED handled
#else
#define CLAIMED st_cursor
#endif

inline greet(c) {
  SOMETIMES("a hello goes out");
  greeted = 1;
  greeted_seen = seen;
  if :: c == successor -> quiet = 1 :: else fi;
  PROPERTY("I13 generation-rises [CL-6]", generation > g_greatest);
  g_greatest = MAX(g_greatest, generation);
  say_up(c, HELLO, generation, epoch, CLAIMED, seen, acked);
  printf("client: hello on %d: generation %d, epoch %d, received %d, seen %d, acked %d\n",
    c, generation, epoch, CLAIMED, seen, acked)
}

/* A connection that had no welcome yet, or the only line, is over: a wait, and another dial. */
inline lose_line() {
  let_go(line);
  line = NONE;
  quiet = 0;
  fenced_by_us = 0;
  told_acked = 0;
  sent = 0;
  greeted = 0;
  greeted_seen = 0;
  phase = WAITING
}

/* [DR-5] */
inline lose_successor() {
  let_go(successor);
  successor = NONE;
  quiet = 0;
  greeted = 0;
  greeted_seen = 0
}

/* [DR-9] The old line of a hand-off ended first: the successor is all there is. */
inline lose_old() {
  if
  :: successor == NONE -> lose_line()
  :: else ->
    let_go(line);
    line = successor;
    successor = NONE;
    quiet = 0;
    fenced_by_us = 0;
    told_acked = 0;
    sent = 0;
    phase = CONNECTING
  fi
}

/* What the last word of a server that closed means, once all before it was read. */
inline hear_end(c) {
  SOMETIMES("a closed connection is read to its end");
  printf("client: connection %d ends (word %d)\n", c, last_word[c]);
  if
  :: c == successor ->
    PROPERTY("I13 no-self-fencing [SV-7]", last_word[c] != FORKED);
    lose_successor()
  :: c != successor && phase == DRAINING ->
    SOMETIMES_IF(last_word[c] == SUPERSEDED, "the old line of a hand-off is fenced by its successor");
    PROPERTY("I13 no-self-fencing [DR-7]", last_word[c] != SUPERSEDED || fenced_by_us);
    lose_old()
  :: else ->
    PROPERTY("I13 no-self-fencing [SV-9]", last_word[c] != SUPERSEDED);
    PROPERTY("I13 no-self-fencing [SV-7]", last_word[c] != FORKED);
    lose_line()
  fi
}

/* [UP-1] [DR-4] */
#ifdef MUTANT_TRANSMITS_UNSTORED
#define SENDABLE last
#else
#define SENDABLE st_last
#endif
#ifdef MUTANT_GAP_BEFORE_STORED
#define IS_GAP_STORED true
#else
#define IS_GAP_STORED (given_up[sent + 1] == st_given_up[sent + 1])
#endif
/* [UP-4] */
#if defined(MUTANT_WIRED_NOT_STORED) || defined(MUTANT_TRANSMITS_UNSTORED)
#define IS_STORED_AS_WIRED true
#else
#define IS_STORED_AS_WIRED (sent < st_wired)
#endif
#define MAY_SEND (sent < SENDABLE && IS_STORED_AS_WIRED && IS_GAP_STORED)
#define MAY_FLUSH ((phase == ONLINE || phase == DRAINING) && !quiet && MAY_SEND)

inline flush(c) {
  SOMETIMES("a message goes out");
  sent++;
  wired = MAX(wired, sent);
  if
  :: given_up[sent] -> SOMETIMES("a number goes up as a gap"); say_up(c, GAP, sent, CANCELLED, 0, 0, 0)
  :: else -> g_sent[sent] = 1; say_up(c, MESSAGE, sent, up_text[sent], 0, 0, 0)
  fi;
  printf("client: transmits %d on %d\n", sent, c)
}

#ifdef MUTANT_UNKNOWN_IS_THIS_LINES
#define UNKNOWN_TO sent
#else
#define UNKNOWN_TO wired
#endif
#ifdef MUTANT_LATE_DOWN_ACROSS_RESET
#define IS_OVERTAKEN(word) false
#else
#define IS_OVERTAKEN(word) (word == RESET && seen > greeted_seen)
#endif
#define IS_IMPOSSIBLE(word, number, received, to) (received < acked || to < greeted_seen || IS_OVERTAKEN(word) || \
  (word == CREATED && epoch != 0) || (word == RESUMED && epoch != 0 && number != epoch))

/*
 * A welcome: outcome, epoch, received, to. `fails` is the caller's policy for messages of unknown fate.
 */
inline hear_welcome(c, fails) {
  SOMETIMES("a welcome comes");
  down[c]?e0, outcome, f1, f2, f3;
  printf("client: welcome on %d: outcome %d, epoch %d, received %d, to %d\n", c, outcome, f1, f2, f3);
  if
  :: IS_IMPOSSIBLE(outcome, f1, f2, f3) ->
    printf("client: that contradicts what we know\n");
    SOMETIMES("a welcome contradicts what the client knows");
    if :: c == successor -> lose_successor() :: else -> lose_line() fi
  :: else ->
    if
    :: f2 > MAX(acked, wired) ->
      PROPERTY("I9 nothing-unsent-is-acked [RS-9]", rewinds > 0);
      SOMETIMES("a number is taken: the store had lost its end");
      for (n : 1 .. UPS) { if :: n > MAX(acked, wired) && n <= f2 -> g_taken[n] = 1 :: else fi }
      last = MAX(last, f2)
    :: else
    fi;
    if
    :: outcome == RESET ->
      PROPERTY("I15 no-reset-without-loss [RS-1]", f1 > epoch && losses > 0);
      for (n : 1 .. UPS) {
        PROPERTY("I11 unknown-is-told [RS-2]", n <= MAX(acked, f2) || n > last || !g_sent[n] || n <= UNKNOWN_TO);
        if
        :: n > MAX(acked, f2) && n <= UNKNOWN_TO && !given_up[n] ->
          SOMETIMES("a message of unknown fate is told");
          if :: fails -> given_up[n] = 1; SOMETIMES("a message of unknown fate fails") :: else fi
        :: else
        fi
      }
    :: else
    fi;
    acked = MAX(acked, f2);
    wired = MAX(wired, acked);
    sent = acked;
#ifdef MUTANT_RENUMBERS_AFTER_RESET
    if
    :: outcome == RESET && acked + 1 == last && last < UPS ->
      last++; up_text[last] = up_text[last - 1]; given_up[last - 1] = 1; to_be_wired = last
    :: else
    fi;
#endif
#ifdef MUTANT_RESENDS_NOTHING
    sent = wired;
#endif
    epoch = f1;
    if
    :: is_restored ->
      is_restored = 0;
      offered_before = f3;
#ifndef MUTANT_WIRED_NOT_STORED
      to_be_wired = last
#endif
    :: else
    fi;
    if
    :: c == successor ->
      SOMETIMES("a hand-off succeeds");
      let_go(line);
      line = successor;
      successor = NONE
    :: else
    fi;
    quiet = 0;
    fenced_by_us = 0;
    greeted = 0;
    greeted_seen = 0;
    /* What was committed since the hello is said by the next heartbeat: here, by an ack. */
    told_acked = MIN(st_cursor, log_acked);
    phase = ONLINE;
    /* [UP-5] In the same breath: what the server has not got goes out before an ack can come. */
    do :: MAY_SEND -> flush(line) :: else -> break od
  fi
}

inline hear_message() {
  if
  :: f1 <= seen ->
    SOMETIMES("a message is dropped as known");
    PROPERTY("I7 known-means-same [DN-1]", g_received[f1] == f2 || g_received[f1] == SKIPPED);
    told_acked = MIN(told_acked, (st_cursor > 0 -> st_cursor - 1 : 0));
#ifdef MUTANT_NO_DEDUPE_AT_CLIENT
    handled = MIN(handled, f1 - 1)
#endif
  :: else ->
    PROPERTY("I1 order [DN-2]", f1 == seen + 1);
    seen = f1;
    g_received[f1] = f2
  fi
}

inline hear_gap() {
  if
  :: f2 <= seen -> SOMETIMES("a gap is known already")
  :: else ->
    PROPERTY("I2 gap-leaves-no-hole [DN-6]", f1 <= seen + 1);
    for (n : seen + 1 .. f2) {
      PROPERTY("I6 gap-has-exact-bounds [SV-11]", log_down[n] != epoch);
      g_received[n] = SKIPPED
    }
    seen = f2;
    SOMETIMES("a gap is told")
  fi
}

inline hear_ack() {
  PROPERTY("I9 nothing-unsent-is-acked [UP-6]", f1 <= wired);
  PROPERTY("I8 acked-is-in-the-log [SV-2]", f1 <= log_up || log_epoch != epoch);
  acked = MAX(acked, f1);
  sent = MAX(sent, acked)
}

/* Any frame of a line that was welcomed. */
inline hear_line(c) {
  SOMETIMES("a frame comes down");
  down[c]?kind, f1, f2, f3, f4;
  if
  :: kind == MESSAGE -> printf("client: hears message %d of epoch %d on %d\n", f1, f2, c); hear_message()
  :: kind == GAP -> printf("client: hears gap %d to %d on %d\n", f1, f2, c); hear_gap()
  :: kind == ACK -> printf("client: hears ack %d on %d\n", f1, c); hear_ack()
  fi
}

/* The application is offered the next number, and done with it. */
inline handle() {
  SOMETIMES("a message is processed");
  handled++;
  if
  :: g_received[handled] != SKIPPED ->
    PROPERTY("I3 no-duplicate [DN-1]", handled > g_told);
    PROPERTY("I1 order [DN-1]", handled == g_told + 1);
    PROPERTY("I7 reset-comes-first [RS-1]", g_received[handled] <= epoch);
    PROPERTY("I7 epochs-do-not-mix [RS-1]", g_received[handled] >= g_received[handled - 1] ||
      g_received[handled - 1] == SKIPPED);
    PROPERTY("I4 redelivery-is-flagged [DN-7]", g_offered[handled] != g_received[handled] ||
      handled <= offered_before);
    SOMETIMES_IF(g_offered[handled] == g_received[handled], "a message is delivered again, in another life");
    g_offered[handled] = g_received[handled]
  :: else
  fi;
  g_told = handled;
  printf("client: is done with %d, of epoch %d\n", handled, g_received[handled])
}

#ifdef MUTANT_ACK_BEFORE_COMMIT
#define ACKABLE handled
#else
#define ACKABLE st_cursor
#endif

inline acknowledge(c) {
  SOMETIMES("a client acknowledges");
  say_up(c, ACK, ACKABLE, 0, 0, 0, 0);
#ifndef MUTANT_ACKS_FOR_EVER
  told_acked = ACKABLE;
#endif
  printf("client: acknowledges %d on %d\n", ACKABLE, c)
}

/* [RS-9] A power cut takes the newest message from the store. Of what else it may take, nothing is modelled. */
inline lose_newest() {
  SOMETIMES("the store loses its newest message");
  printf("client: its store loses message %d\n", st_last);
  st_text[st_last] = 0;
  st_given_up[st_last] = 0;
  st_last--;
  st_wired = MIN(st_wired, st_last);
  rewinds++
}

/* What was not in the store is gone; the next process reads what was. */
inline crash_client() {
  SOMETIMES("a client crashes");
  printf("client: crashes; its store has generation %d, cursor %d, last %d\n", st_generation, st_cursor, st_last);
  n = line; line = NONE; if :: n != NONE -> let_go(n) :: else fi;
  n = successor; successor = NONE; if :: n != NONE -> let_go(n) :: else fi;
  phase = WAITING;
  greeted = 0; greeted_seen = 0; quiet = 0; fenced_by_us = 0; told_acked = 0;
  generation = st_generation;
  epoch = st_epoch;
  seen = st_cursor; handled = st_cursor;
  acked = st_acked; sent = st_acked; last = st_last;
  wired = MAX(MIN(st_wired, st_last), st_acked);
  to_be_wired = st_wired;
  for (n : 1 .. UPS) { up_text[n] = st_text[n]; given_up[n] = st_given_up[n] }
  for (n : 1 .. DOWNS) { if :: n > st_cursor -> g_received[n] = 0 :: else fi }
  g_told = st_cursor;
  offered_before = 0;
  is_restored = (st_generation > 0 -> 1 : 0);
  life++;
  client_crashes++;
  faults++
}

/* A step that something of the budget is spent on. Once it is spent, the world is well. */
#define IS_FAULTY (faults < MAX_FAULTS)
/* A line dies by itself, or because the other end is gone. */
#define MAY_DIE(c) (at[c] == NOBODY || IS_FAULTY)
#define ALL_IS_READ(c) (at[c] == NOBODY && len(down[c]) == 0)

/* The first dial goes to A: the servers are equal, and to search both would be to search everything twice. */
#define MAY_DIAL_B (SERVERS > 1 && generation > 0)

proctype Client() {
  do
  :: is_over -> break
  :: d_step { last < UPS -> submit() }
  :: d_step { !IS_COMMITTED -> commit() }
  :: d_step { handled < seen -> handle() }

  /* dialing, to whichever server the balancer picks */
  :: d_step { phase == WAITING && IS_FREE(0) -> dial(0, 0) }
  :: d_step { phase == WAITING && IS_FREE(0) && MAY_DIAL_B -> dial(0, 1) }
  :: d_step { phase == WAITING && !IS_FREE(0) && IS_FREE(1) -> dial(1, 0) }
  :: d_step { phase == WAITING && !IS_FREE(0) && IS_FREE(1) && MAY_DIAL_B -> dial(1, 1) }
  :: d_step { phase == CONNECTING && MAY_GREET && HAS_ROOM_UP(line) -> greet(line) }
  :: d_step { phase == CONNECTING && len(down[line]) > 0 -> hear_welcome(line, 0) }
  :: d_step { phase == CONNECTING && down[line]?[WELCOME, RESET] -> hear_welcome(line, 1) }

  /* a line that was welcomed */
  :: d_step { (phase == ONLINE || phase == DRAINING) && len(down[line]) > 0 -> hear_line(line) }
  :: d_step { MAY_FLUSH && HAS_ROOM_UP(line) -> flush(line) }
  :: d_step { (phase == ONLINE || phase == DRAINING) && told_acked < ACKABLE && HAS_ROOM_UP(line) ->
      acknowledge(line) }

  /* a hand-off, by a server's notice or by the caller's `reconnect()` */
  :: d_step { phase == ONLINE && handoffs < MAX_HANDOFFS -> handoffs++; phase = DRAINING; SOMETIMES("a client prepares to leave");
      printf("client: prepares to leave connection %d\n", line) }
  :: d_step { phase == DRAINING && successor == NONE && IS_FREE(0) -> dial_successor(0, 0) }
  :: d_step { phase == DRAINING && successor == NONE && IS_FREE(0) && MAY_DIAL_B -> dial_successor(0, 1) }
  :: d_step { phase == DRAINING && successor == NONE && IS_FREE(1) -> dial_successor(1, 0) }
  :: d_step { phase == DRAINING && successor == NONE && IS_FREE(1) && MAY_DIAL_B -> dial_successor(1, 1) }
  :: d_step { successor != NONE && MAY_GREET && HAS_ROOM_UP(successor) -> greet(successor) }
  :: d_step { successor != NONE && len(down[successor]) > 0 -> hear_welcome(successor, 0) }
  :: d_step { successor != NONE && down[successor]?[WELCOME, RESET] -> hear_welcome(successor, 1) }

  /* ends, with all that was on its way read, or with a part of it lost */
  :: d_step { line != NONE && ALL_IS_READ(line) -> hear_end(line) }
  :: d_step { successor != NONE && ALL_IS_READ(successor) -> hear_end(successor) }
  :: d_step { line != NONE && MAY_DIE(line) && !ALL_IS_READ(line) ->
      if :: at[line] != NOBODY -> faults++ :: else fi; SOMETIMES("a client loses its line");
      printf("client: connection %d is cut\n", line);
      if :: phase == DRAINING -> lose_old() :: else -> lose_line() fi }
  :: d_step { successor != NONE && MAY_DIE(successor) && !ALL_IS_READ(successor) ->
      if :: at[successor] != NOBODY -> faults++ :: else fi; SOMETIMES("a client loses a successor");
      printf("client: connection %d is cut\n", successor);
      lose_successor() }
  :: d_step { client_crashes < MAX_CLIENT_CRASHES && IS_FAULTY -> crash_client() }
  :: d_step { client_crashes < MAX_CLIENT_CRASHES && IS_FAULTY && rewinds < MAX_REWINDS && st_last > st_acked ->
      lose_newest(); crash_client() }
  od
}

/* ------------------------------------------------------------------ the log's steps */

inline trim(upto) {
  for (n : 1 .. DOWNS) {
    if
    :: n <= upto && log_down[n] != 0 ->
      PROPERTY("I6 trim-safety [SV-11]", n <= st_cursor &&
        (g_received[n] == log_down[n] || g_received[n] == SKIPPED));
      log_down[n] = 0
    :: else
    fi
  }
  skip
}

/* Whoever was offered more by the epoch before has met numbers that this one uses for other messages. */
#ifdef MUTANT_RESET_REPEATED_BLINDLY
#define IS_WITHIN_BASE true
#else
#define IS_WITHIN_BASE (f4 <= log_base)
#endif

/* The five rules of the handshake. */
inline judge() {
  if
  :: log_epoch == 0 && f2 == 0 && f4 == 0 && f5 == 0 -> outcome = CREATED; ok = 1
  :: log_epoch == 0 && !(f2 == 0 && f4 == 0 && f5 == 0) -> outcome = RESET; ok = 1
  :: else ->
    ok = 0;
    if
    :: f4 <= log_head && f5 <= log_up && f2 == log_epoch -> outcome = RESUMED
#ifdef MUTANT_NO_EPOCH_CHECK
    :: f4 <= log_head && f5 <= log_up && f2 != log_epoch -> outcome = RESUMED; f2 = log_epoch
#endif
#ifndef MUTANT_LOST_WELCOME_FORGOTTEN
    :: f4 <= log_head && f5 <= log_up && f2 != log_epoch && !log_is_reset && f2 == 0 ->
      SOMETIMES("a lost welcome is repeated: created");
      outcome = CREATED
    :: log_is_reset && f2 == log_before && f2 != log_epoch && IS_WITHIN_BASE ->
      SOMETIMES("a lost welcome is repeated: reset");
      outcome = RESET
#endif
    :: else -> outcome = RESET; ok = 1
    fi
  fi
}

/* Lets the greeter in: f1 … f5 are generation, epoch, received, seen, acked. */
inline grant() {
  if
  :: ok ->
    SOMETIMES_IF(log_epoch != 0, "a known session begins another epoch");
    /* The client has met other messages by these numbers: these ones are lost, and the reset says so. */
    for (n : 1 .. DOWNS) { if :: n <= f4 -> log_down[n] = 0 :: else fi }
    epochs++;
    log_epoch = epochs;
    log_is_reset = (outcome == RESET -> 1 : 0);
    log_before = f2
  :: else
  fi;
  if
  :: outcome == RESET ->
#ifndef MUTANT_RESET_REUSES_NUMBERS
    for (n : 1 .. UPS) {
      if
      :: n > log_up && n <= f5 ->
        PROPERTY("I9 skipped-was-stored [UP-10]", g_appended[n]);
        log_up_text[n] = SKIPPED
      :: else
      fi
    }
    log_up = MAX(log_up, f5);
    log_head = MAX(log_head, f4);
    if :: ok -> log_base = log_head :: else fi
#else
    skip
#endif
  :: else
  fi;
  previous = log_generation;
  log_generation = f1;
  g_granted = f1;
  log_acked = MAX(log_acked, f3);
  trim(log_acked)
}

#ifdef MUTANT_NO_GENERATION_CHECK
#define IS_FENCED(s) (log_epoch == 0)
#else
#define IS_FENCED(s) (log_epoch == 0 || log_generation != s_generation[s])
#endif

/* ------------------------------------------------------------------ a server's steps */

inline forget_line(s) {
  s_line[s] = NONE; s_accepted[s] = 0; s_told[s] = 0; s_sent[s] = 0; s_taken[s] = 0;
  for (n : 1 .. UPS) { TEXT(s, n) = 0 }
  skip
}

inline forget_session(s) {
  live[s] = 0; s_generation[s] = 0; s_epoch[s] = 0; s_up[s] = 0; s_head[s] = 0;
  s_writing[s] = IDLE; s_write_generation[s] = 0; s_write_number[s] = 0; s_write_text[s] = 0
}

/* [SV-60] The log says that the session is not ours: its client is told why, and all is forgotten. */
inline release(s) {
  SOMETIMES("a server lets go of a session");
  printf("server %d: lets go of the session\n", s);
  if
  :: s_line[s] != NONE ->
    n = s_line[s];
    if :: log_epoch == 0 -> shut(n, RESTART) :: else -> shut(n, SUPERSEDED) fi;
    forget_line(s)
  :: else
  fi;
  forget_session(s)
}

/* A hello: the log decides, and its answer makes a session or wakes the one that is here. */
inline hear_hello(s, c) {
  SOMETIMES("a hello comes");
  up[c]?kind, f1, f2, f3, f4, f5;
  PROPERTY("I5 ack-implies-committed [DN-4]", f3 <= st_cursor);
  if
  :: log_epoch != 0 && f1 <= log_generation ->
    printf("server %d: generation %d on %d is forked\n", s, f1, c);
    SOMETIMES("a hello that was overtaken is refused");
    shut(c, FORKED)
  :: else ->
    judge();
    grant();
    printf("server %d: grants generation %d: outcome %d, epoch %d, up %d, head %d\n",
      s, f1, outcome, log_epoch, log_up, log_head);
    if
    :: live[s] && s_generation[s] >= f1 ->
      /* Only for a hello from before a loss: see World. */
      shut(c, SUPERSEDED)
    :: else ->
      if
      :: live[s] && s_epoch[s] == log_epoch && s_generation[s] == previous ->
        SOMETIMES("a session is greeted again where it is");
        if :: s_line[s] != NONE -> shut(s_line[s], SUPERSEDED) :: else fi;
        SOMETIMES_IF(s_writing[s] != IDLE, "an append is on its way when the session is greeted again");
        s_up[s] = MAX(s_up[s], log_up);
        s_head[s] = MAX(s_head[s], log_head)
      :: else ->
        if :: live[s] -> SOMETIMES("a session that was elsewhere comes back"); release(s) :: else fi;
        live[s] = 1;
        s_up[s] = log_up;
        s_head[s] = log_head
      fi;
      s_epoch[s] = log_epoch;
      s_generation[s] = log_generation;
      forget_line(s);
      s_line[s] = c;
      s_accepted[s] = s_up[s];
      s_taken[s] = s_up[s];
      s_told[s] = s_up[s];
      s_sent[s] = f4;
      open[c] = 1;
      say_down(c, WELCOME, outcome, log_epoch, s_up[s], s_head[s])
    fi
  fi
}

/* [SV-20] [SV-21] Up numbers follow each other; what is known is acknowledged again. */
inline hear_up(s, c) {
  SOMETIMES("a frame comes up");
  up[c]?kind, f1, f2, f3, f4, f5;
  if
  :: kind == ACK ->
    PROPERTY("I5 ack-implies-committed [DN-4]", f1 <= st_cursor);
    PROPERTY("I5 no-ack-for-the-unsent [SV-35]", f1 <= s_head[s]);
    if :: f1 > s_sent[s] -> SOMETIMES("an ack comes for what another line delivered"); s_sent[s] = f1 :: else fi;
    if
    :: IS_FENCED(s) -> release(s)
    :: else -> log_acked = MAX(log_acked, f1); trim(log_acked)
    fi
  :: kind != ACK && f1 <= s_accepted[s] ->
    s_told[s] = MIN(s_told[s], (s_up[s] > 0 -> s_up[s] - 1 : 0))
  :: kind != ACK && f1 > s_accepted[s] ->
    PROPERTY("I1 up-order [UP-5]", f1 == s_accepted[s] + 1);
    s_accepted[s] = f1;
    TEXT(s, f1) = f2
  fi
}

/* Hands the next message that came to the log. */
inline begin_up(s) {
  SOMETIMES("an up message is on its way to the log");
  s_taken[s]++;
  s_writing[s] = UP;
  s_write_generation[s] = s_generation[s];
  s_write_number[s] = s_taken[s];
  s_write_text[s] = TEXT(s, s_taken[s]);
  TEXT(s, s_taken[s]) = 0
}

/* [SV-31] The application sends, with a client or without. */
inline begin_down(s) {
  SOMETIMES("a down message is on its way to the log");
  s_writing[s] = DOWN;
  s_write_generation[s] = s_generation[s];
  s_write_number[s] = s_head[s]
}

inline end_write(s) {
  s_writing[s] = IDLE; s_write_generation[s] = 0; s_write_number[s] = 0; s_write_text[s] = 0
}

#ifdef MUTANT_NO_GENERATION_CHECK
#define IS_WRITE_FENCED(s) (log_epoch == 0)
#else
#define IS_WRITE_FENCED(s) (log_epoch == 0 || log_generation != s_write_generation[s])
#endif

/* The append arrives at the log, and its answer here. */
inline land(s) {
  SOMETIMES("an append lands");
  if
  :: IS_WRITE_FENCED(s) ->
    if
    :: log_epoch != 0 && s_write_generation[s] != s_generation[s] ->
      SOMETIMES("an append is repeated under the raised generation");
      s_write_generation[s] = s_generation[s]
    :: else -> release(s)
    fi
  :: else ->
    PROPERTY("I13 one-live-generation [SV-60]", s_write_generation[s] == g_granted);
    if
    :: s_writing[s] == UP ->
      if
#ifdef MUTANT_NO_DEDUPE
      :: true ->
#else
      :: s_write_number[s] <= log_up -> SOMETIMES("an up message is in the log already")
      :: else ->
#endif
        PROPERTY("I9 exactly-once-append [SV-20]", s_write_number[s] == log_up + 1);
        PROPERTY("I10 identity [UP-5]", s_write_text[s] == CANCELLED || rewinds > 0 ||
          (s_write_text[s] == st_text[s_write_number[s]] && (s_write_text[s] - 1) % UPS + 1 == s_write_number[s]));
        log_up++;
        log_up_text[log_up] = s_write_text[s];
        g_appended[log_up] = 1;
        printf("server %d: has up %d in the log\n", s, log_up)
      fi;
      s_up[s] = MAX(s_up[s], log_up);
      end_write(s)
    :: else ->
      if
      :: s_write_number[s] != log_head ->
        SOMETIMES("a down message meets a hole");
        s_head[s] = log_head;
        s_write_number[s] = log_head
      :: s_write_number[s] == log_head && log_head < DOWNS ->
        log_head++;
        log_down[log_head] = log_epoch;
        s_head[s] = MAX(s_head[s], log_head);
        printf("server %d: has down %d in the log\n", s, log_head);
        end_write(s)
      :: else -> end_write(s)
      fi
    fi
  fi
}

/* The append arrives, and its answer does not: taken for failed, whatever it was. */
inline land_unheard(s) {
  faults++;
  printf("server %d: hears nothing of its append\n", s);
  if
  :: s_writing[s] == DOWN && s_write_number[s] == log_head && log_head < DOWNS ->
    SOMETIMES("a down message lands that was taken for failed");
    log_head++;
    log_down[log_head] = log_epoch
  :: s_writing[s] == UP && s_write_number[s] == log_up + 1 ->
    SOMETIMES("an up message lands that was taken for failed");
    log_up++;
    log_up_text[log_up] = s_write_text[s];
    g_appended[log_up] = 1
  :: else
  fi;
  if
  :: s_writing[s] == UP && s_line[s] != NONE -> n = s_line[s]; shut(n, RESTART); forget_line(s)
  :: else
  fi;
  end_write(s)
}

#ifdef MUTANT_ACK_BEFORE_APPEND
#define STORED(s) s_accepted[s]
#else
#define STORED(s) s_up[s]
#endif

inline acknowledge_up(s) {
  SOMETIMES("a server acknowledges");
  s_told[s] = STORED(s);
  say_down(s_line[s], ACK, s_told[s], 0, 0, 0)
}

/* The next number from the log; what it has not any more is a gap. */
inline deliver(s) {
  SOMETIMES("a server delivers");
  f1 = s_sent[s] + 1;
  if
#ifndef MUTANT_READS_UNFENCED
  :: IS_FENCED(s) -> release(s)
  :: log_down[f1] != 0 && !IS_FENCED(s) ->
#else
  :: log_down[f1] != 0 ->
#endif
    s_sent[s] = f1;
    say_down(s_line[s], MESSAGE, f1, log_down[f1], 0, 0);
#ifdef MUTANT_TRIM_WHEN_SENT
    log_acked = f1;
    trim(f1)
#endif
  :: else ->
    f2 = f1;
    do
    :: f2 < s_head[s] && log_down[f2 + 1] == 0 -> f2++
    :: else -> break
    od;
    if
    :: f2 == s_head[s] && IS_FENCED(s) -> release(s)
    :: else ->
      s_sent[s] = f2;
#ifndef MUTANT_GAP_NOT_TOLD
      say_down(s_line[s], GAP, f1, f2, 0, 0)
#endif
    fi
  fi
}

/* The server's end of a connection is over. */
inline leave(c) {
  SOMETIMES("a server loses a connection");
  n = at[c];
  if
  :: s_line[n] == c -> forget_line(at[c])
  :: else
  fi;
  shut(c, WORDLESS)
}

inline crash_server(s) {
  SOMETIMES("a server crashes");
  printf("server %d: crashes\n", s);
  if :: at[0] == s -> shut(0, WORDLESS) :: else fi;
  if :: at[1] == s -> shut(1, WORDLESS) :: else fi;
  forget_line(s);
  forget_session(s);
  server_crashes++;
  faults++
}

proctype Server(byte s) {
  do
  :: is_over -> break
  :: d_step { at[0] == s && !open[0] && len(up[0]) > 0 -> hear_hello(s, 0) }
  :: d_step { at[1] == s && !open[1] && len(up[1]) > 0 -> hear_hello(s, 1) }
  :: d_step { s_line[s] != NONE && len(up[s_line[s]]) > 0 -> hear_up(s, s_line[s]) }
  :: d_step { live[s] && s_writing[s] == IDLE && s_taken[s] < s_accepted[s] -> begin_up(s) }
  :: d_step { live[s] && s_writing[s] == IDLE && s_head[s] < DOWNS -> begin_down(s) }
  :: d_step { s_writing[s] != IDLE -> land(s) }
  :: d_step { s_writing[s] != IDLE && ANSWERS_GET_LOST && IS_FAULTY && !IS_WRITE_FENCED(s) -> land_unheard(s) }
  :: d_step { s_line[s] != NONE && s_told[s] < STORED(s) && HAS_ROOM_DOWN(s_line[s]) -> acknowledge_up(s) }
  :: d_step { s_line[s] != NONE && s_sent[s] < s_head[s] && HAS_ROOM_DOWN(s_line[s]) -> deliver(s) }

  /* [SV-61] it looks now and then whether the session is still here */
  :: d_step { live[s] && IS_FENCED(s) -> release(s) }

  /* ends, with all that was on its way read, or with a part of it lost */
  :: d_step { at[0] == s && (!IS_HELD(0) || IS_FAULTY) ->
      if :: IS_HELD(0) -> faults++ :: else fi; printf("server %d: connection 0 is cut\n", s); leave(0) }
  :: d_step { at[1] == s && (!IS_HELD(1) || IS_FAULTY) ->
      if :: IS_HELD(1) -> faults++ :: else fi; printf("server %d: connection 1 is cut\n", s); leave(1) }
  :: d_step { server_crashes < MAX_SERVER_CRASHES && IS_FAULTY -> crash_server(s) }
  od
}

/* ------------------------------------------------------------------ the rest of the world */

/* The log is lost, or what it keeps is bounded. */
proctype World() {
  do
  :: is_over -> break
  :: d_step { losses < MAX_LOSSES && IS_FAULTY && log_epoch != 0 ->
      log_epoch = 0; log_generation = 0; log_up = 0; log_head = 0; log_acked = 0; log_is_reset = 0; log_before = 0; log_base = 0;
      for (n : 1 .. UPS) { log_up_text[n] = 0 }
      for (n : 1 .. DOWNS) { log_down[n] = 0 }
      losses++; faults++; SOMETIMES("the log is lost");
#ifndef MUTANT_OLD_HELLO_AFTER_LOSS
      if :: !IS_HELD(0) && at[0] != NOBODY && !open[0] -> shut(0, WORDLESS) :: else fi;
      if :: !IS_HELD(1) && at[1] != NOBODY && !open[1] -> shut(1, WORDLESS) :: else fi;
#endif
      printf("the log is lost\n") }
  :: d_step { trims < MAX_TRIMS && (log_down[1] != 0 || log_down[DOWNS] != 0) ->
      n = 1;
      do :: log_down[n] == 0 -> n++ :: else -> break od;
      log_down[n] = 0;
      trims++; SOMETIMES("the log has no room");
      printf("the log has no room for down %d\n", n) }
  od
}

/* Nobody can move: then everything must have come to its end. */
proctype Judge() {
  timeout -> d_step {
    PROPERTY("I15 comes-back-online [CL-13]", phase == ONLINE && successor == NONE);
    PROPERTY("I2 no-loss-up [UP-5]", last == UPS && acked == last && log_up == last);
    for (n : 1 .. UPS) {
      PROPERTY("I9 every-up-message-once [SV-2]", log_up_text[n] == st_text[n] || g_taken[n] ||
        (st_given_up[n] && log_up_text[n] == CANCELLED) || (g_appended[n] && log_up_text[n] == SKIPPED))
    }
    PROPERTY("I2 no-loss-down [DN-1]", log_head == DOWNS && handled == log_head);
    for (n : 1 .. DOWNS) {
      PROPERTY("I2 offered-or-told-as-a-gap [DN-6]", g_received[n] == SKIPPED || g_offered[n] == g_received[n])
    }
    PROPERTY("I22 settles [SV-3]", log_acked == log_head && st_cursor == handled);
    PROPERTY("I13 one-live-generation [SV-9]", log_generation == generation && log_epoch == epoch);
    SOMETIMES("a run comes to its end");
    printf("judge: all is well\n");
    is_over = 1
  }
}

init {
  atomic { run Client(); run Server(0); if :: SERVERS > 1 -> run Server(1) :: else fi; run World(); run Judge() }
}
