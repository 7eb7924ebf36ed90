#include "text/glob.h"

static size_t character_size(struct bytes text)
{
    const size_t size = bytes_character_size(text);
    return size == 0 ? 1 : size;
}

static struct bytes bytes_after(struct bytes text, size_t size)
{
    return (struct bytes){.data = text.data + size, .size = text.size - size};
}

// The size of the set at the front of the pattern, with its brackets; 0 when it is not closed.
static size_t set_size(struct bytes pattern)
{
    size_t at = 1;
    if (at < pattern.size && pattern.data[at] == '^') {
        at++;
    }
    for (bool is_first = true; at < pattern.size; is_first = false) {
        if (pattern.data[at] == ']' && !is_first) {
            return at + 1;
        }
        at += pattern.data[at] == '\\' && at + 1 < pattern.size ? 2 : 1;
    }
    return 0;
}

// One character of a set, escaped or not.
static struct bytes set_character(struct bytes *set)
{
    if (set->size > 1 && set->data[0] == '\\') {
        *set = bytes_after(*set, 1);
    }
    const struct bytes character = {.data = set->data, .size = character_size(*set)};
    *set = bytes_after(*set, character.size);
    return character;
}

// `set` without its brackets. UTF-8 sorts by character as bytes do.
static bool set_holds(struct bytes set, struct bytes character)
{
    const bool is_negated = set.size > 0 && set.data[0] == '^';
    if (is_negated) {
        set = bytes_after(set, 1);
    }
    bool is_held = false;
    while (set.size > 0) {
        const struct bytes low = set_character(&set);
        struct bytes high = low;
        if (set.size > 1 && set.data[0] == '-') {
            set = bytes_after(set, 1);
            high = set_character(&set);
        }
        is_held |= bytes_compare(low, character) <= 0 && bytes_compare(character, high) <= 0;
    }
    return is_held != is_negated;
}

// Does the first piece of the pattern (not a star) match the first character of the text? Sizes of both.
static bool piece_matches(struct bytes pattern, struct bytes text, size_t *piece, size_t *taken)
{
    *taken = character_size(text);
    const struct bytes character = {.data = text.data, .size = *taken};
    *piece = 1;
    if (pattern.data[0] == '?') {
        return true;
    }
    if (pattern.data[0] == '[') {
        const size_t size = set_size(pattern);
        if (size != 0) {
            *piece = size;
            return set_holds((struct bytes){.data = pattern.data + 1, .size = size - 2}, character);
        }
    }
    if (pattern.data[0] == '\\' && pattern.size > 1) {
        *piece = 2;
        *taken = 1;
        return pattern.data[1] == text.data[0];
    }
    *taken = 1;
    return pattern.data[0] == text.data[0];
}

bool glob_matches(struct bytes pattern, struct bytes text)
{
    struct bytes star = {0}; // the pattern behind the last star
    struct bytes retry = {0};
    bool has_star = false;
    while (text.size > 0) {
        size_t piece;
        size_t taken;
        if (pattern.size > 0 && pattern.data[0] == '*') {
            pattern = bytes_after(pattern, 1);
            star = pattern;
            retry = text;
            has_star = true;
        } else if (pattern.size > 0 && piece_matches(pattern, text, &piece, &taken)) {
            pattern = bytes_after(pattern, piece);
            text = bytes_after(text, taken);
        } else if (has_star) {
            retry = bytes_after(retry, character_size(retry));
            pattern = star;
            text = retry;
        } else {
            return false;
        }
    }
    while (pattern.size > 0 && pattern.data[0] == '*') {
        pattern = bytes_after(pattern, 1);
    }
    return pattern.size == 0;
}

struct bytes glob_prefix(struct bytes pattern)
{
    size_t size = 0;
    while (size < pattern.size && memchr("*?[\\", pattern.data[size], 4) == NULL) {
        size++;
    }
    return (struct bytes){.data = pattern.data, .size = size};
}

bool glob_is_plain(struct bytes pattern)
{
    return glob_prefix(pattern).size == pattern.size;
}
