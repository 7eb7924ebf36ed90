// Filter: a condition on an object, compiled to checked bytecode.
//
// Two languages, one machine. CQL2 text (OGC 21-065) for queries and fences; the expressions of
// Tile38's WHERE for RESP. docs/filter.md lists what each knows and means.
//
// A program has a bounded size, jumps only forward and has a step budget: it ends, in bounded time. It
// cannot fail at run time: what has no value is null, and a condition that is null is false. Every
// program is verified (depth of the stack, jumps, constants) before it is first run. Compiling refuses
// what is no sentence of the language, and wrong types, naming the column.
//
// Compiling allocates from an account; evaluating allocates nothing. A program is immutable; any
// thread.
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

// Where values of names come from: an object's fields, id, geometry, times. NULL when there is none of
// that name. What it points at stays as it is during the evaluation and while its result is used.
//
// CQL2 names may have dots ("properties.speed", "driver.name"): the whole name is asked first, then the
// part before the first dot, whose members the machine finds in its JSON.
struct filter_subject {
    struct filter_value (*get)(const void *context, struct bytes name);
    const void *context;
    int64_t now_us; // what now() says
};

struct filter;

enum filter_language { FILTER_CQL2, FILTER_TILE38 };

// Sizes beyond which a text is refused (OUT_OF_RANGE).
enum { FILTER_TEXT_SIZE = 64 * 1024, FILTER_DEPTH_MAX = 128 };

// Fails: OUT_OF_RANGE with a sentence that names the column; NO_MEMORY.
MUST_USE enum status filter_compile(enum filter_language language, struct bytes text,
                                    struct memory_account *account, struct filter **filter,
                                    struct fault *fault);
void filter_free(struct filter *filter); // NULL is accepted

bool filter_matches(const struct filter *filter, const struct filter_subject *subject);

// The value of the whole expression (Tile38's may give any). Texts that had to be computed lie in the
// scratch; one that does not fit is null.
struct filter_scratch {
    size_t used;
    uint8_t bytes[4096];
};
struct filter_value filter_value_of(const struct filter *filter,
                                    const struct filter_subject *subject,
                                    struct filter_scratch *scratch);

// A JSON value as a value: numbers, texts, true and false, null; arrays and objects stay JSON. A text with
// escapes is undone in the scratch. NULL for what is no JSON value.
struct filter_value filter_value_of_json(struct bytes json, struct filter_scratch *scratch);

// The text it was compiled from.
struct bytes filter_text(const struct filter *filter);

#endif
