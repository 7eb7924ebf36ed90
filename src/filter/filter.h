// Filter: a condition on an object, compiled to checked bytecode.
//
// Two languages, one machine. CQL2 text (OGC 21-065: comparison, and or not, arithmetic, in, between,
// like, is null, casei/accenti, spatial s_… and temporal t_… functions) for queries and fences; the
// expressions of Tile38's WHERE ("speed > 30 && type in [...]", ?: ?? =~, this, properties.x) for RESP.
// A program has a bounded size, no loops, and a step budget; it cannot fail at run time: what has no
// value is null, and a condition that is null is false. Compiling refuses wrong types with the column.
//
// Compiling allocates from an account; evaluating allocates nothing. A program is immutable; any thread.
#ifndef FILTER_FILTER_H
#define FILTER_FILTER_H

#include "base/bytes.h"
#include "base/memory.h"
#include "base/status.h"
#include "geo/shape.h"

enum filter_kind {
    FILTER_NULL,
    FILTER_BOOL,
    FILTER_NUMBER,
    FILTER_TEXT,
    FILTER_TIME, // microseconds since 1970
    FILTER_SHAPE,
    FILTER_JSON, // an array or object, as text
};

struct filter_value {
    enum filter_kind kind;
    union {
        bool truth;
        double number;
        int64_t time_us;
        struct bytes text; // also of JSON
        struct shape shape;
    };
};

// Where values of names come from: an object's fields, id, geometry, times.
struct filter_subject {
    struct filter_value (*get)(const void *context, struct bytes name);
    const void *context;
    int64_t now_us; // what now() says
};

struct filter;

enum filter_language { FILTER_CQL2, FILTER_TILE38 };

MUST_USE enum status filter_compile(enum filter_language language, struct bytes text,
                                    struct memory_account *account, struct filter **filter,
                                    struct fault *fault);
void filter_free(struct filter *filter);

bool filter_matches(const struct filter *filter, const struct filter_subject *subject);
// The value of the whole expression (Tile38's scripts of WHERE may give any).
struct filter_value filter_value_of(const struct filter *filter,
                                    const struct filter_subject *subject);
// The text it was compiled from.
struct bytes filter_text(const struct filter *filter);

#endif
