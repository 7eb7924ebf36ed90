// What the files of Tile38's fences share.
#ifndef FENCE_TILE38_PRIVATE_H
#define FENCE_TILE38_PRIVATE_H

#include "fence/fence_private.h"

// One hook, channel or connection.
struct tile38_entry {
    struct tile38_fence fence; // what it points to is in `copy`
    struct buffer copy;
    struct watch *watch;
    uint64_t born; // differs from any other's: of groups
    int64_t born_us;
    uint32_t number; // in the set's entries, while it is placed
    uint32_t asked;
    bool is_listened, is_placed, is_told_always;
    struct deadline deadline;
    struct tile38_entry *next_dead;
};

// Those of one collection that somebody hears.
struct tile38_set {
    struct cells cells, crossing;
    struct tile38_entry **entries; // by number; free ones hold NULL
    size_t count, capacity;
    struct tile38_entry **always; // told of every change
    size_t always_count, always_capacity;
};

struct tile38_connection {
    struct tile38_entry entry;
};

// When a pair's present group began.
struct tile38_group {
    uint64_t pair; // 0: free
    int64_t began_us;
};

struct tile38_pattern {
    struct bytes name; // owned
    bool is_pattern;
    uint32_t count;
};

// A message of this change, until they are put in order.
struct tile38_made {
    struct tile38_entry *entry;
    size_t at, size; // in state->text
    unsigned rank, sequence;
};

// A message that goes out when the turn is published.
struct tile38_outgoing {
    struct tile38_entry *entry;
    size_t at, size; // in state->sent
};

struct tile38_match {
    const struct object *object;
    double meters;
};

struct tile38_state {
    tile38_parser *parser;
    void *parser_context;
    struct tile38_pattern *patterns;
    size_t pattern_count, pattern_capacity;
    struct tile38_group *groups;
    size_t group_count, group_capacity;
    uint64_t born, seed;
    uint32_t round;

    struct tile38_entry **found;
    size_t found_count, found_capacity;
    struct tile38_made *made;
    size_t made_count, made_capacity;
    struct buffer text, tail, sent;
    struct tile38_outgoing *outgoing;
    size_t outgoing_count, outgoing_capacity;
    struct tile38_match *near[2]; // of the old and of the new version
    size_t near_count[2], near_capacity[2];
    struct tile38_entry *dead; // released when the turn is published
};

// tile38_message.c: what one fence says to one change.
struct tile38_told {
    struct fences *fences;
    struct ledger_turn *turn;
    const struct change *change;
    const char *command;
    bool is_set, is_fset, is_del;
    struct shape before, after; // empty: no place
    uint8_t before_scratch[ROW_SCRATCH_SIZE], after_scratch[ROW_SCRATCH_SIZE];
};
void tile38_tell(struct tile38_told *told, struct tile38_entry *entry);
void tile38_tell_drop(struct fences *fences, struct ledger_turn *turn, struct tile38_entry *entry,
                      struct bytes collection);
// Ends the message begun at `at` of state->text.
void tile38_made_add(struct fences *fences, struct tile38_entry *entry, size_t at, unsigned rank);

// tile38_roam.c
double tile38_distance_to(const struct object *object, struct geo_point point);
// Nearby and faraway objects, into state->near[1] and state->near[0].
void tile38_roam_find(struct tile38_told *told, const struct tile38_entry *entry);
void tile38_roam_write(struct fences *fences, const struct tile38_entry *entry, const char *kind,
                       const struct tile38_match *match, struct buffer *out);

// tile38_row.c
void tile38_row_encode(const struct tile38_fence *fence, struct buffer *out);

// tile38.c
struct tile38_entry *tile38_entry_new(struct fences *fences, const struct tile38_fence *fence);
// In place of the one of its name. NO_MEMORY: it is not heard.
enum status tile38_entry_install(struct fences *fences, struct tile38_entry *entry);
void tile38_entry_remove(struct fences *fences, struct tile38_entry *entry);
void tile38_entry_free(struct tile38_entry *entry); // and releases its context

#endif
