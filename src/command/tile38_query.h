// What a search was asked: the words of SCAN, SEARCH, NEARBY, WITHIN and INTERSECTS, taken apart.
//
// Borrows the words; holds what had to be made of them. One thread.
#ifndef COMMAND_TILE38_QUERY_H
#define COMMAND_TILE38_QUERY_H

#include "command/tile38_private.h"
#include "fence/tile38.h"
#include "filter/filter.h"

enum tile38_kind_of_search {
    TILE38_SCANS,
    TILE38_SEARCHES,
    TILE38_IS_NEARBY,
    TILE38_IS_WITHIN,
    TILE38_IS_INTERSECTS,
};

enum tile38_word_of_output {
    TILE38_OUTPUT_OBJECTS,
    TILE38_OUTPUT_POINTS,
    TILE38_OUTPUT_BOUNDS,
    TILE38_OUTPUT_HASHES,
    TILE38_OUTPUT_IDS,
    TILE38_OUTPUT_COUNT,
};

// An area: its shape lies in the query's buffer.
struct tile38_area {
    size_t offset, size; // in `shapes`
    bool is_circle, is_rect;
    double lng_deg, lat_deg, radius_m; // of a circle; negative: no radius was said
    struct tile38_rect rect;           // of a rectangle, exact
};

enum tile38_operator {
    TILE38_BETWEEN,
    TILE38_LESS,
    TILE38_LESS_OR_EQUAL,
    TILE38_GREATER,
    TILE38_GREATER_OR_EQUAL,
    TILE38_EQUAL,
    TILE38_NOT_EQUAL,
    TILE38_ONE_OF,
    TILE38_EXPRESSION,
};

struct tile38_where {
    struct bytes name;
    enum tile38_operator how;
    bool is_above, is_below;      // of BETWEEN: the limit itself does not count
    size_t value_at, value_count; // in `values`
    struct filter *filter;        // of an expression
};

enum { TILE38_LIST_MAX = 32, TILE38_EVALS_MAX = 4 };

struct tile38_eval {
    struct bytes script;
    bool is_hash;
    const struct bytes *arguments;
    size_t argument_count;
    struct script_condition *condition;
};

// What few searches have: in a block of its own, so that a fence that is kept is small.
struct tile38_query_lists {
    struct bytes globs[TILE38_LIST_MAX];
    struct tile38_where wheres[TILE38_LIST_MAX];
    struct tile38_eval evals[TILE38_EVALS_MAX];
};

struct tile38_query {
    enum tile38_kind_of_search kind;
    struct bytes key;
    uint64_t cursor, limit; // limit 0: not said
    unsigned sparse;        // 0: not said
    bool is_descending, has_no_fields, wants_distance, clips;
    enum tile38_word_of_output output;
    unsigned precision;
    double buffer_m;                  // 0: none
    struct tile38_query_lists *lists; // NULL: nothing in any
    size_t glob_count, where_count, eval_count;
    bool has_area, is_tile;
    struct tile38_area area;
    // FENCE.
    bool is_fence, is_nodwell, has_detect, has_roam;
    unsigned detect, commands;
    struct tile38_roam roam;

    struct buffer shapes;
    struct buffer values; // of wheres: size, JSON text, size, …
};

// Takes all words behind the command's name. `is_hook`: SETHOOK and SETCHAN, where FENCE is meant.
// Fails in Tile38's words. Whatever it says, tile38_query_end follows.
MUST_USE enum status tile38_query_take(struct tile38_request *request, struct tile38_words words,
                                       enum tile38_kind_of_search kind, bool is_hook,
                                       struct tile38_query *query);
void tile38_query_end(struct tile38_query *query);

// For tile38_query_take.
// Room for lists. Fails: NO_MEMORY, in words.
MUST_USE enum status tile38_query_lists_take(struct tile38_request *request,
                                             struct tile38_query *query);
MUST_USE enum status tile38_query_take_where(struct tile38_request *request,
                                             struct tile38_words *words,
                                             struct tile38_query *query);
MUST_USE enum status tile38_query_take_wherein(struct tile38_request *request,
                                               struct tile38_words *words,
                                               struct tile38_query *query);

struct shape tile38_area_shape(const struct tile38_query *query);

// An area whose kind is `kind` (lower or upper case). Fails: NOT_FOUND when it is none: nothing was
// taken, no fault filled; else in Tile38's words.
MUST_USE enum status tile38_area_take(struct tile38_request *request, struct bytes kind,
                                      struct tile38_words *words, struct buffer *shapes,
                                      struct tile38_area *area);
// The area becomes its part inside the rectangle; grows by metres on all sides.
MUST_USE enum status tile38_area_clip(struct tile38_request *request, struct buffer *shapes,
                                      struct tile38_area *area, const struct tile38_area *rect);
MUST_USE enum status tile38_area_grow(struct tile38_request *request, struct buffer *shapes,
                                      struct tile38_area *area, double distance_m);
// The kinds that are rectangles (CLIPBY, CLIP).
bool tile38_area_is_rect(struct bytes kind);

// NEARBY, WITHIN, INTERSECTS … FENCE of a connection.
MUST_USE enum status tile38_open_fence(struct tile38_request *request, struct tile38_query *query);

// WHEREEVAL: its scripts, begun before the first object is asked about. Fail in Tile38's words.
MUST_USE enum status tile38_evals_begin(struct tile38_request *request, struct tile38_query *query);
MUST_USE enum status tile38_evals_hold(struct tile38_request *request,
                                       const struct tile38_query *query,
                                       const struct object *object, const struct row *row,
                                       bool *holds);
void tile38_evals_end(struct tile38_query *query);

// MATCH: the id, or the value of SEARCH.
bool tile38_query_wants_name(const struct tile38_query *query, struct bytes name);
// WHERE, WHEREIN, WHEREEVAL.
bool tile38_query_wants(const struct tile38_query *query, const struct object *object,
                        const struct row *row);
// The value of a field, of "z", or of a member of a field or of a Feature's properties. NULL: none.
struct bytes tile38_field_of(const struct row *row, struct bytes name);

#endif
