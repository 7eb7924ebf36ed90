// Category: what kind of place of interest a thing is, in our own taxonomy.
//
// The table (category_table.h) names some 230 categories "group.kind" with an importance, and the
// OpenStreetMap tags that mean each. Numbers are positions in the table and differ between versions:
// what is stored is the name. Pure; any thread.
#ifndef SOURCE_CATEGORY_H
#define SOURCE_CATEGORY_H

#include <stdbool.h>
#include <stdint.h>

#include "base/bytes.h"
#include "source/category_table.h"

#define CATEGORY_ENUM(symbol, name, importance) CATEGORY_##symbol,
enum category {
    CATEGORY_NONE = 0,
    CATEGORY_TABLE(CATEGORY_ENUM) CATEGORY_COUNT // one more than the last
};

// "food.restaurant"; "" for CATEGORY_NONE. `category` < CATEGORY_COUNT.
const char *category_name(uint16_t category);

// 0 to 100.
uint8_t category_importance(uint16_t category);

// CATEGORY_NONE when there is no such name.
enum category category_from_name(struct bytes name);

// What an OpenStreetMap tag says; CATEGORY_NONE when it says nothing. A key with a "*" row knows
// every value but "no".
enum category category_from_tag(struct bytes key, struct bytes value);

// The first OpenStreetMap tag that means a category; false when none does.
bool category_to_tag(uint16_t category, const char **key, const char **value);

// Some of the categories.
struct category_set {
    uint64_t bits[(CATEGORY_COUNT + 63) / 64];
};

static inline void category_set_add(struct category_set *set, enum category category)
{
    set->bits[category / 64] |= UINT64_C(1) << category % 64;
}

static inline bool category_set_has(const struct category_set *set, enum category category)
{
    return (set->bits[category / 64] >> category % 64 & 1) != 0;
}

// Adds the category of this name, or all of a group ("food"). False: there is none of this name.
bool category_set_add_name(struct category_set *set, struct bytes name);

// The rows of the tag table, for documentation and tests; false past the end.
bool category_tag_at(size_t index, const char **key, const char **value, enum category *category);

#endif
