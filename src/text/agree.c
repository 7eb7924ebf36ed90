#include "text/agree.h"

#include <string.h>

#include "text/distance.h"

_Static_assert(TEXT_QUERY_TOKENS_MAX <= 64, "a set of words is 64 bits");

enum { ONE_EDIT_SIZE = 4, TWO_EDITS_SIZE = 8, JOINED_SIZE_MAX = 128 };

static bool readings_meet(const struct text_query_word *left, const struct text_query_word *right)
{
    for (unsigned i = 0; i < left->reading_count; i++) {
        for (unsigned k = 0; k < right->reading_count; k++) {
            if (bytes_equal(left->readings[i], right->readings[k])) {
                return true;
            }
        }
    }
    return false;
}

static struct bytes typed(const struct text_query *text, unsigned word)
{
    return text_query_span(text, word, word);
}

static bool are_near(struct bytes left, struct bytes right)
{
    const size_t size = left.size < right.size ? left.size : right.size;
    const unsigned bound = size >= TWO_EDITS_SIZE ? 2 : size >= ONE_EDIT_SIZE ? 1 : 0;
    return bound != 0 && text_distance(left, right, bound) <= bound;
}

static bool words_are_near(const struct text_query *text, unsigned word,
                           const struct text_query *name, unsigned other)
{
    return !text->words[word].token.is_number && !name->words[other].token.is_number &&
           are_near(typed(text, word), typed(name, other));
}

// The words in one, each in its first reading of all forms ("haupt" "str" -> "hauptstrasse").
static size_t join(const struct text_query *text, unsigned first, unsigned count, bool in_full,
                   uint8_t joined[JOINED_SIZE_MAX])
{
    size_t size = 0;
    for (unsigned i = first; i < first + count; i++) {
        const struct text_query_word *const word = &text->words[i];
        const struct bytes part =
            in_full && word->reading_count != 0 ? word->readings[0] : typed(text, i);
        if (part.size > JOINED_SIZE_MAX - size) {
            return 0;
        }
        memcpy(joined + size, part.data, part.size);
        size += part.size;
    }
    return size;
}

// The same letters with spaces elsewhere.
static bool joined_are_equal(const struct text_query *text, unsigned first, unsigned count,
                             const struct text_query *name)
{
    for (unsigned way = 0; way < 4; way++) {
        uint8_t left[JOINED_SIZE_MAX];
        uint8_t right[JOINED_SIZE_MAX];
        const size_t left_size = join(text, first, count, (way & 1) != 0, left);
        const size_t right_size = join(name, 0, name->word_count, (way & 2) != 0, right);
        if (left_size != 0 && left_size == right_size && memcmp(left, right, left_size) == 0) {
            return true;
        }
    }
    return false;
}

// A number, "of" or "la" alone is no part of a name to go by.
static bool has_solid_word(const struct text_query *text, unsigned first, unsigned count)
{
    enum { SOLID_SIZE = 3 };
    for (unsigned i = first; i < first + count; i++) {
        if (!text->words[i].token.is_number && text->words[i].token.size >= SOLID_SIZE) {
            return true;
        }
    }
    return false;
}

enum text_agreement text_agree(const struct text_query *text, unsigned first, unsigned count,
                               const struct text_query *name)
{
    if (count == 0 || name->word_count == 0) {
        return TEXT_DIFFERS;
    }
    uint64_t taken = 0; // words of the name
    unsigned exact = 0;
    unsigned near = 0;
    uint64_t said = 0; // words of the text
    for (unsigned pass = 0; pass < 2; pass++) {
        for (unsigned i = 0; i < count; i++) {
            for (unsigned k = 0; k < name->word_count && (said >> i & 1) == 0; k++) {
                const bool agrees =
                    (taken >> k & 1) == 0 &&
                    (pass == 0 ? readings_meet(&text->words[first + i], &name->words[k])
                               : words_are_near(text, first + i, name, k));
                if (agrees) {
                    taken |= UINT64_C(1) << k;
                    said |= UINT64_C(1) << i;
                    exact += pass == 0 ? 1 : 0;
                    near += pass == 0 ? 0 : 1;
                }
            }
        }
    }
    if ((exact == count && exact == name->word_count) ||
        joined_are_equal(text, first, count, name)) {
        return TEXT_AGREES;
    }
    const bool is_near = exact + near == count && 2 * count >= name->word_count;
    return is_near && has_solid_word(text, first, count) ? TEXT_NEARLY : TEXT_DIFFERS;
}

enum text_agreement text_agree_find(const struct text_query *text, uint64_t used,
                                    const struct text_query *name, unsigned *first, unsigned *count)
{
    enum text_agreement best = TEXT_DIFFERS;
    unsigned best_count = 0;
    for (unsigned at = 0; at < text->word_count; at++) {
        for (unsigned size = 1; size <= name->word_count + 2 && at + size <= text->word_count;
             size++) {
            if ((used >> (at + size - 1) & 1) != 0) {
                break;
            }
            const enum text_agreement agreement = text_agree(text, at, size, name);
            if (agreement > best ||
                (agreement == best && best != TEXT_DIFFERS && size > best_count)) {
                best = agreement;
                best_count = size;
                *first = at;
                *count = size;
            }
        }
    }
    return best;
}
