// Tile38's fences: SETHOOK, SETCHAN and FENCE of a connection, message for message.
//
// They keep no membership. For every change of an object the old and the new version are compared with
// the area, and Tile38's messages are made, in its order:
//
//   {"command":"set","group":"…24 hex…","detect":"enter","hook":"name","meta":{…},"key":"fleet",
//    "time":"2026-11-21T15:04:05.123456Z",<what write_object wrote>,"nearby":{…}}
//
//   before in, after in    inside             exit, cross are followed by outside, enter by inside;
//   before in, after out   exit               a kind that DETECT leaves out degrades: enter to inside,
//   before out, after in   enter              exit and cross to outside, or there is no message
//   before out, after out  cross when the way between touches the area, else outside
//
// Of one write the messages to channels, and those to hooks, are sorted: others, exit, outside, enter,
// inside; then by name. A connection gets its own in the order made. `del` goes to the fences whose
// box the object's box touches (and to those that would say outside), `drop` to those that would say
// outside and to connections.
//
// Where we differ, on purpose: circles and distances of ROAM are true ones (Tile38 tests a box), the
// antimeridian is no border, and "group" of a pair that never entered is computed, not stored.
//
// What nobody hears is not made: a channel without a subscriber costs nothing per write, whatever it
// detects. Everything here runs on the ledger's thread.
#ifndef FENCE_TILE38_H
#define FENCE_TILE38_H

#include "fence/fence.h"

enum tile38_kind { TILE38_CHANNEL, TILE38_HOOK, TILE38_CONNECTION };
enum tile38_search { TILE38_NEARBY, TILE38_WITHIN, TILE38_INTERSECTS, TILE38_ROAM };
enum {
    TILE38_INSIDE = 1,
    TILE38_OUTSIDE = 2,
    TILE38_ENTER = 4,
    TILE38_EXIT = 8,
    TILE38_CROSS = 16,
};
enum { TILE38_SET = 1, TILE38_DEL = 2, TILE38_DROP = 4, TILE38_FSET = 8 };

// What the command layer knows and this layer does not. Any but write_object may be NULL.
struct tile38_calls {
    // MATCH … and WHERE … of the search; NULL: every object. `wants_id` is asked of the changed object,
    // `wants` of the old and of the new version.
    bool (*wants_id)(void *context, struct bytes id);
    bool (*wants)(void *context, const struct object *object);
    // Appends the members of the output word, without braces: "id":"a","object":{…},"fields":{…}.
    // `distance_m` is negative unless the fence writes_distance. Nothing appended: no message.
    void (*write_object)(void *context, const struct object *object, double distance_m,
                         struct buffer *out);
    // Appends the object as GeoJSON (of nearby, faraway and scan).
    void (*write_geometry)(void *context, const struct object *object, struct buffer *out);
    // A message of a channel or connection, after the turn that made it was published, in order.
    void (*send)(void *context, struct bytes channel, struct bytes message);
    // The fence is gone: the context may be released.
    void (*release)(void *context);
};

struct tile38_meta {
    struct bytes name, value;
};

struct tile38_roam {
    struct bytes collection; // whose objects are the others
    struct bytes pattern;    // glob of their ids
    double meters;
    struct bytes scan; // glob appended to the other's id; size 0: none
    bool is_nodwell;
};

// Borrowed on the way in (everything is copied but `calls` and `context`), the fence's on the way out.
struct tile38_fence {
    enum tile38_kind kind;
    struct bytes name; // of hook or channel
    enum tile38_search search;
    struct bytes collection;
    struct shape area;    // of NEARBY a circle; not of ROAM
    bool has_detect;      // DETECT was said; else all kinds, and roam
    unsigned detect;      // TILE38_INSIDE …
    unsigned commands;    // TILE38_SET …; 0: all
    bool has_no_fields;   // NOFIELDS: fset is not told
    bool writes_distance; // DISTANCE
    struct tile38_roam roam;
    const struct tile38_calls *calls;
    void *context;
    // Kept in TABLE_CHANNEL, for HOOKS and CHANS and for the parser after a restart.
    const struct bytes *words; // the command from NEARBY, WITHIN or INTERSECTS on
    uint32_t word_count;
    const struct bytes *endpoints;
    uint32_t endpoint_count;
    const struct tile38_meta *metas; // sorted by name
    uint32_t meta_count;
    int64_t expires_us; // wall clock; 0: never
};

// Fills everything of `fence` that comes from its words: search to context. Called for every stored
// fence at start, on the opener's thread; what it points to need live until the next call only. `area` is
// filled already, with what was stored: an area that came from GET does not follow its object.
typedef enum status tile38_parser(void *context, struct tile38_fence *fence, struct fault *fault);
void tile38_parser_set(struct fences *fences, tile38_parser *parser, void *context);

// Hooks and channels, inside jobs. Sets or replaces; `is_changed` is false when an equal one was there
// (Tile38's reply 0; its expiry is renewed, the new context is released).
// Fails: BUSY when the name belongs to the other kind ("hooks and channels cannot share the same
// name"); NO_MEMORY. On failure the context stays the caller's.
MUST_USE enum status tile38_fence_register(struct fences *fences, struct ledger_turn *turn,
                                           const struct tile38_fence *fence, bool *is_changed,
                                           struct fault *fault);
// NOT_FOUND when there is none of that kind.
MUST_USE enum status tile38_fence_unregister(struct fences *fences, struct ledger_turn *turn,
                                             enum tile38_kind kind, struct bytes name);
// All hooks and channels: FLUSHDB.
void tile38_fence_clear(struct fences *fences, struct ledger_turn *turn);
// NULL when there is none. Valid until the next change.
const struct tile38_fence *tile38_fence_find(const struct fences *fences, struct bytes name);
// In order of name, those whose name matches the glob. The callback changes nothing; false stops.
typedef bool tile38_each(void *context, const struct tile38_fence *fence);
void tile38_fence_list(const struct fences *fences, enum tile38_kind kind, struct bytes pattern,
                       tile38_each *each, void *context);

// Connections.
struct tile38_connection;
MUST_USE enum status tile38_connection_open(struct fences *fences, const struct tile38_fence *fence,
                                            struct tile38_connection **connection,
                                            struct fault *fault);
void tile38_connection_close(struct fences *fences, struct tile38_connection *connection);

// Subscriptions of channels: +1 with each SUBSCRIBE, -1 with its end (`is_pattern`: PSUBSCRIBE). A
// channel is watched while its name is subscribed to; also before it exists.
MUST_USE enum status tile38_listen(struct fences *fences, struct bytes channel, bool is_pattern,
                                   int change, struct fault *fault);

#endif
