// Value: what lies on the machine's stack. The kinds of filter.h, and a few of its own.
#ifndef FILTER_VALUE_H
#define FILTER_VALUE_H

#include "filter/filter.h"

enum value_kind {
    VALUE_NULL = FILTER_NULL,
    VALUE_BOOL = FILTER_BOOL,
    VALUE_NUMBER = FILTER_NUMBER,
    VALUE_TEXT = FILTER_TEXT,
    VALUE_TIME = FILTER_TIME,
    VALUE_SHAPE = FILTER_SHAPE,
    VALUE_JSON = FILTER_JSON, // an array or object; scalars are taken apart when they are loaded
    VALUE_UNDEFINED,          // Tile38: a member that is not there
    VALUE_INTERVAL,
    VALUE_THIS,  // Tile38: the object itself
    VALUE_REGEX, // a pattern compiled beforehand
};

struct regex;

struct value {
    enum value_kind kind;
    union {
        bool truth;
        double number;
        int64_t time_us;
        struct bytes text;
        struct shape shape;
        struct {
            int64_t from_us, until_us; // INT64_MIN and INT64_MAX: open
        };
        const struct regex *regex;
    };
};

static inline struct value value_null(void)
{
    return (struct value){.kind = VALUE_NULL};
}

static inline struct value value_bool(bool truth)
{
    return (struct value){.kind = VALUE_BOOL, .truth = truth};
}

static inline struct value value_number(double number)
{
    return (struct value){.kind = VALUE_NUMBER, .number = number};
}

static inline struct value value_text(struct bytes text)
{
    return (struct value){.kind = VALUE_TEXT, .text = text};
}

// Room for `size` bytes in the scratch, or NULL.
uint8_t *value_room(struct filter_scratch *scratch, size_t size);

// One JSON value. Texts with escapes are undone in the scratch; UNDEFINED for what is no JSON value.
struct value value_of_json(struct bytes json, struct filter_scratch *scratch);

// The member of an object or the element of an array ("0", "1" …) as JSON text; false: there is none.
bool value_find_member(struct bytes json, struct bytes name, struct bytes *member);

// The elements of an array one after another: `rest` begins as the array. False at the end.
bool value_next_element(struct bytes *rest, struct bytes *element);

// A value as JSON, at the scratch's end. False: no room, or a kind that JSON has not.
bool value_put_json(const struct value *value, struct filter_scratch *scratch);

#endif
