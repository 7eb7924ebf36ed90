#include "source/category.h"

#include <assert.h>
#include <string.h>

#include "base/attributes.h"

#define CATEGORY_NAME(symbol, name, importance)       [CATEGORY_##symbol] = (name),
#define CATEGORY_IMPORTANCE(symbol, name, importance) [CATEGORY_##symbol] = (importance),
#define TAG_ROW(key, value, symbol)                   {(key), (value), CATEGORY_##symbol},

static const char *const names[CATEGORY_COUNT] = {[CATEGORY_NONE] = "",
                                                  CATEGORY_TABLE(CATEGORY_NAME)};
static const uint8_t importances[CATEGORY_COUNT] = {CATEGORY_TABLE(CATEGORY_IMPORTANCE)};

static const struct tag_row {
    const char *key;
    const char *value;
    enum category category;
} tag_rows[] = {CATEGORY_TAG_TABLE(TAG_ROW)};

const char *category_name(uint16_t category)
{
    assert(category < CATEGORY_COUNT);
    return names[category];
}

uint8_t category_importance(uint16_t category)
{
    assert(category < CATEGORY_COUNT);
    return importances[category];
}

enum category category_from_name(struct bytes name)
{
    for (unsigned i = 1; i < CATEGORY_COUNT; i++) {
        if (bytes_equal(name, bytes_from_text(names[i]))) {
            return (enum category)i;
        }
    }
    return CATEGORY_NONE;
}

static enum category row_find(struct bytes key, struct bytes value)
{
    size_t low = 0;
    size_t high = COUNT_OF(tag_rows);
    while (low < high) {
        const size_t middle = low + (high - low) / 2;
        int order = bytes_compare(key, bytes_from_text(tag_rows[middle].key));
        if (order == 0) {
            order = bytes_compare(value, bytes_from_text(tag_rows[middle].value));
        }
        if (order == 0) {
            return tag_rows[middle].category;
        }
        if (order < 0) {
            high = middle;
        } else {
            low = middle + 1;
        }
    }
    return CATEGORY_NONE;
}

enum category category_from_tag(struct bytes key, struct bytes value)
{
    const enum category found = row_find(key, value);
    if (found != CATEGORY_NONE || bytes_equal(value, BYTES_OF("no"))) {
        return found;
    }
    return row_find(key, BYTES_OF("*"));
}

bool category_to_tag(uint16_t category, const char **key, const char **value)
{
    for (size_t i = 0; i < COUNT_OF(tag_rows); i++) {
        if (tag_rows[i].category == category && tag_rows[i].value[0] != '*') {
            *key = tag_rows[i].key;
            *value = tag_rows[i].value;
            return true;
        }
    }
    return false;
}

bool category_tag_at(size_t index, const char **key, const char **value, enum category *category)
{
    if (index >= COUNT_OF(tag_rows)) {
        return false;
    }
    *key = tag_rows[index].key;
    *value = tag_rows[index].value;
    *category = tag_rows[index].category;
    return true;
}

bool category_set_add_name(struct category_set *set, struct bytes name)
{
    bool is_known = false;
    for (uint16_t i = 1; i < CATEGORY_COUNT; i++) {
        const struct bytes own = bytes_from_text(category_name(i));
        const bool is_of_group =
            own.size > name.size && name.size != 0 && own.data[name.size] == '.';
        if (own.size >= name.size && memcmp(own.data, name.data, name.size) == 0 &&
            (own.size == name.size || is_of_group)) {
            category_set_add(set, (enum category)i);
            is_known = true;
        }
    }
    return is_known;
}
