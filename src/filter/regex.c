#include "filter/regex.h"

#include <unicode/uchar.h>
#include <unicode/uscript.h>

#include "text/utf8.h"

// Threads: the instructions that wait for the next character, each once.
struct threads {
    uint64_t marks[(REGEX_COUNT_MAX + 63) / 64];
    uint16_t waiting[REGEX_COUNT_MAX];
    unsigned count;
};

// Where in the text the threads are: between two characters, NONE at its ends.
enum { NONE = 0xffffffffU };
struct place {
    uint32_t before, after;
};

static bool is_word(uint32_t character)
{
    return (character >= 'a' && character <= 'z') || (character >= 'A' && character <= 'Z') ||
           (character >= '0' && character <= '9') || character == '_';
}

static bool holds(unsigned kind, struct place place)
{
    switch (kind) {
    case REGEX_BEGIN:
        return place.before == NONE;
    case REGEX_END:
        return place.after == NONE;
    case REGEX_BEGIN_LINE:
        return place.before == NONE || place.before == '\n';
    case REGEX_END_LINE:
        return place.after == NONE || place.after == '\n';
    case REGEX_WORD_EDGE:
        return is_word(place.before) != is_word(place.after);
    default:
        return is_word(place.before) == is_word(place.after);
    }
}

static bool mark(struct threads *threads, uint16_t at)
{
    uint64_t *const word = &threads->marks[at / 64];
    const uint64_t bit = UINT64_C(1) << (at % 64);
    const bool is_new = (*word & bit) == 0;
    *word |= bit;
    return is_new;
}

// Follows jumps and assertions from an instruction to those that wait. True: a match was reached.
static bool follow(const struct regex *regex, struct threads *threads, uint16_t start,
                   struct place place)
{
    // Each instruction at most once: it is marked when it is put here.
    uint16_t open[REGEX_COUNT_MAX] UNINITIALIZED;
    unsigned count = 0;
    if (mark(threads, start)) {
        open[count++] = start;
    }
    while (count > 0) {
        const uint16_t at = open[--count];
        const struct regex_instruction *const instruction = &regex->code[at];
        switch (instruction->kind) {
        case REGEX_MATCH:
            return true;
        case REGEX_SPLIT:
            if (mark(threads, instruction->other)) {
                open[count++] = instruction->other;
            }
            break;
        case REGEX_JUMP:
            break;
        case REGEX_CHARACTER:
        case REGEX_ANY:
        case REGEX_ANY_BUT_NEWLINE:
        case REGEX_CLASS:
            threads->waiting[threads->count++] = at;
            continue;
        default:
            if (!holds(instruction->kind, place)) {
                continue;
            }
            break;
        }
        if (mark(threads, instruction->next)) {
            open[count++] = instruction->next;
        }
    }
    return false;
}

static bool is_of_property(const struct regex_range *range, uint32_t character)
{
    const UChar32 code = (UChar32)character;
    const bool is_of = (range->low & REGEX_SCRIPT) != 0
                           ? (uint32_t)u_getIntPropertyValue(code, UCHAR_SCRIPT) == range->high
                           : (U_GET_GC_MASK(code) & range->high) != 0;
    return is_of != ((range->low & REGEX_NOT) != 0);
}

static bool is_in_ranges(const struct regex *regex, const struct regex_instruction *class,
                         uint32_t character)
{
    for (unsigned i = 0; i < class->count; i++) {
        const struct regex_range *const range = &regex->ranges[class->first + i];
        if (range->low >= REGEX_CATEGORY ? is_of_property(range, character)
                                         : range->low <= character && character <= range->high) {
            return true;
        }
    }
    return false;
}

static bool is_in_class(const struct regex *regex, const struct regex_instruction *class,
                        uint32_t character)
{
    bool is_in = is_in_ranges(regex, class, character);
    if (!is_in && class->is_fold) {
        is_in = is_in_ranges(regex, class, (uint32_t)u_tolower((UChar32)character)) ||
                is_in_ranges(regex, class, (uint32_t)u_toupper((UChar32)character));
    }
    return is_in != class->is_inverted;
}

static bool takes(const struct regex *regex, const struct regex_instruction *instruction,
                  uint32_t character)
{
    switch (instruction->kind) {
    case REGEX_CHARACTER:
        return character == instruction->character ||
               (instruction->is_fold &&
                (uint32_t)u_foldCase((UChar32)character, U_FOLD_CASE_DEFAULT) ==
                    instruction->character);
    case REGEX_ANY:
        return true;
    case REGEX_ANY_BUT_NEWLINE:
        return character != '\n';
    default:
        return is_in_class(regex, instruction, character);
    }
}

bool regex_matches(const struct regex *regex, struct bytes text)
{
    struct threads lists[2] UNINITIALIZED;
    struct threads *now = &lists[0];
    struct threads *next = &lists[1];
    const uint8_t *at = text.data;
    const uint8_t *const end = text.data + text.size;
    const size_t mark_size = ((size_t)regex->count + 63) / 64 * sizeof(uint64_t);
    memset(now->marks, 0, mark_size);
    now->count = 0;
    struct place place = {.before = NONE, .after = at < end ? utf8_next(&at, end) : NONE};
    for (;;) {
        // A match may begin anywhere.
        if (follow(regex, now, regex->start, place)) {
            return true;
        }
        if (place.after == NONE) {
            return false;
        }
        const uint32_t character = place.after;
        place.before = character;
        place.after = at < end ? utf8_next(&at, end) : NONE;
        memset(next->marks, 0, mark_size);
        next->count = 0;
        for (unsigned i = 0; i < now->count; i++) {
            const struct regex_instruction *const instruction = &regex->code[now->waiting[i]];
            if (takes(regex, instruction, character) &&
                follow(regex, next, instruction->next, place)) {
                return true;
            }
        }
        struct threads *const swapped = now;
        now = next;
        next = swapped;
    }
}
