// Deliver: events to whoever asked for them, at least once and in order, whatever dies meanwhile.
//
//     ledger's thread   deliver_emit: event row and delivery rows in the turn that caused them (outbox)
//     courier           one thread: which delivery is due, in what order, how often it failed
//     reader            one thread: late reads of positions and bodies from the store
//     carriers          one thread for all of HTTP, one for each broker connected to
//     shards            followers of the stream (SSE, WebSocket, SUBSCRIBE): deliver/follow.h
//
// A delivery row is gone when its hook has accepted the event or given it up (then it is a dead
// letter), in a turn of the ledger: a server killed before that sends again. Order is kept for each
// pair of object and fence: an event that fails holds back only those after it of its own pair.
//
// In memory a delivery is its position; bodies are read when they are sent, from the recent events or
// the store, and of a long backlog only the beginning of the positions is held. So a backlog
// costs the same memory whatever its length, and writers nothing.
#ifndef DELIVER_DELIVER_H
#define DELIVER_DELIVER_H

#include "deliver/stream.h"
#include "ledger/ledger.h"
#include "sys/sys.h"

struct deliver_settings {
    const char *allowed;  // networks hooks may reach (deliver/reach.h); NULL: public addresses only
    int64_t retention_us; // events, delivery rows and dead letters are kept this long; 0: 30 days
    size_t recent_size;   // recent events held in memory; 0: 16 MiB
    size_t queue_size;    // memory of positions and of what is being sent; 0: 256 MiB
    const char *version;  // of this program, for User-Agent
};

// Registers its stage with the ledger; before ledger_open. `settings` are copied; `version` is borrowed.
// Fails: OUT_OF_RANGE naming --hook-allow; NO_MEMORY.
MUST_USE enum status deliver_new(struct ledger *ledger, const struct sys *sys,
                                 struct memory_account *account,
                                 const struct deliver_settings *settings, struct deliver **deliver,
                                 struct fault *fault);
// After ledger_start: begins to send. After deliver_stop, which waits for what is being sent, at
// most a second, nothing is sent any more; stop before ledger_close, free after it.
MUST_USE enum status deliver_start(struct deliver *deliver, struct fault *fault);
void deliver_stop(struct deliver *deliver);
void deliver_free(struct deliver *deliver); // NULL is accepted

// Hooks. Inside ledger jobs. -------------------------------------------------------------------------

// Makes or replaces a hook from its settings, JSON (deliver/hook.h). Deliveries that wait stay.
// Appends the hook as GET shows it to `shown` (may be NULL), with the secret when it was made here.
// Fails: OUT_OF_RANGE naming the member; NO_SPACE: too many hooks.
MUST_USE enum status deliver_hook_put(struct deliver *deliver, struct ledger_turn *turn,
                                      struct bytes id, struct bytes settings, bool *is_new,
                                      struct buffer *shown, struct fault *fault);
// With all that waits for it. NOT_FOUND.
MUST_USE enum status deliver_hook_delete(struct deliver *deliver, struct ledger_turn *turn,
                                         struct bytes id);
enum deliver_change {
    DELIVER_PAUSE,   // events wait
    DELIVER_RESUME,  // also a hook disabled by 410; what failed is tried now
    DELIVER_REDRIVE, // its dead letters are sent again
    DELIVER_TEST,    // an event of kind test, to this hook alone
};
MUST_USE enum status deliver_hook_change(struct deliver *deliver, struct ledger_turn *turn,
                                         struct bytes id, enum deliver_change change,
                                         struct buffer *shown, struct fault *fault);
MUST_USE enum status deliver_hook_show(struct deliver *deliver, struct bytes id,
                                       struct buffer *shown);
// In order of id, from behind `after`; appends comma-separated objects, at most `limit`.
// *has_more: there are more behind the last.
void deliver_hook_list(struct deliver *deliver, struct bytes after, size_t limit,
                       struct buffer *shown, struct buffer *last, bool *has_more);

// What deliver_dead_letters wants. NOT_FOUND.
MUST_USE enum status deliver_hook_number(struct deliver *deliver, struct bytes id,
                                         uint32_t *number);

// Endpoints of Tile38's SETHOOK: where the messages go that carry this hook's name as their fence
// (EVENT_TILE38). `urls`: comma-separated, tried in order until one accepts.
// Fails: OUT_OF_RANGE, UNSUPPORTED with the scheme.
MUST_USE enum status deliver_tile38_put(struct deliver *deliver, struct ledger_turn *turn,
                                        struct bytes name, struct bytes urls, struct fault *fault);
MUST_USE enum status deliver_tile38_delete(struct deliver *deliver, struct ledger_turn *turn,
                                           struct bytes name);
// Checks URLs alone; any thread.
MUST_USE enum status deliver_urls_check(struct bytes urls, struct fault *fault);

// On a worker (blocks): appends what was given up of a hook, comma-separated objects with sequences
// behind *after, which is the last one's afterwards. UNSUPPORTED with --data :memory:.
MUST_USE enum status deliver_dead_letters(struct deliver *deliver, uint32_t number, uint64_t *after,
                                          size_t limit, struct buffer *shown, bool *has_more,
                                          struct fault *fault);

// Before deliver_start: what modules above know. A fence's tags, asked on the ledger's thread; where
// messages for local:// channels go, called on the courier's.
typedef bool deliver_tag(void *context, struct bytes fence, struct bytes tag);
typedef void deliver_channel(void *context, struct bytes channel, struct bytes message);
void deliver_set_tags(struct deliver *deliver, deliver_tag *has_tag, void *context);
void deliver_set_channels(struct deliver *deliver, deliver_channel *to_channel, void *context);

// Any thread. ----------------------------------------------------------------------------------------

// Appends the metrics of hooks, in Prometheus's text format.
void deliver_metrics(struct deliver *deliver, struct buffer *out);
// The part of event ids that is this server's.
uint64_t deliver_server(const struct deliver *deliver);

#endif
