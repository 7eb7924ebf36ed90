#include <unicode/uchar.h>
#include <unicode/unorm2.h>
#include <unicode/ustring.h>

#include "filter/machine.h"
#include "text/utf8.h"

static size_t character_size(const uint8_t *at, const uint8_t *end)
{
    const uint8_t *next = at;
    (void)utf8_next(&next, end);
    return (size_t)(next - at);
}

// Where a pattern and a text are compared; what a % took can be made longer from `retry`.
struct likeness {
    const uint8_t *text, *text_end;
    const uint8_t *pattern, *pattern_end;
    const uint8_t *retry_text, *retry_pattern;
};

// One element of the pattern against the text. False: it does not fit.
static bool step(struct likeness *like)
{
    if (like->pattern == like->pattern_end) {
        return false;
    }
    if (*like->pattern == '_') {
        like->pattern++;
        like->text += character_size(like->text, like->text_end);
        return true;
    }
    const bool is_escaped = *like->pattern == '\\' && like->pattern + 1 < like->pattern_end;
    if (like->pattern[is_escaped] != *like->text) {
        return false;
    }
    like->pattern += is_escaped ? 2 : 1;
    like->text++;
    return true;
}

// Only the last % is ever made longer: what an earlier one could win, the later one wins as well.
bool machine_is_like(struct bytes text, struct bytes pattern)
{
    struct likeness like = {.text = text.data,
                            .text_end = text.data + text.size,
                            .pattern = pattern.data,
                            .pattern_end = pattern.data + pattern.size};
    while (like.text < like.text_end) {
        if (like.pattern < like.pattern_end && *like.pattern == '%') {
            like.retry_pattern = ++like.pattern;
            like.retry_text = like.text;
        } else if (!step(&like)) {
            if (like.retry_pattern == NULL) {
                return false;
            }
            like.pattern = like.retry_pattern;
            like.retry_text += character_size(like.retry_text, like.text_end);
            like.text = like.retry_text;
        }
    }
    while (like.pattern < like.pattern_end && *like.pattern == '%') {
        like.pattern++;
    }
    return like.pattern == like.pattern_end;
}

void machine_like(struct machine *machine)
{
    const struct value *const pattern = machine->top;
    const struct value *const text = pattern - 1;
    if (text->kind != VALUE_TEXT || pattern->kind != VALUE_TEXT) {
        machine_give(machine, value_null());
        return;
    }
    const size_t size = text->text.size;
    machine_charge(machine, size * (pattern->text.size + 1) / 4);
    machine_give(machine, machine->budget < 0
                              ? value_null()
                              : value_bool(machine_is_like(text->text, pattern->text)));
}

static uint32_t next_of(const UChar *units, int32_t *at, int32_t size)
{
    const UChar lead = units[(*at)++];
    if (!U16_IS_LEAD(lead) || *at == size || !U16_IS_TRAIL(units[*at])) {
        return lead;
    }
    return (uint32_t)U16_GET_SUPPLEMENTARY(lead, units[(*at)++]);
}

// One character as UTF-16 with its case or its accents taken away; returns the units.
static int32_t fold_case(uint32_t code, UChar out[16])
{
    UChar from[2];
    int32_t size = 0;
    UErrorCode error = U_ZERO_ERROR;
    U16_APPEND_UNSAFE(from, size, code);
    size = u_strFoldCase(out, 16, from, size, U_FOLD_CASE_DEFAULT, &error);
    return U_SUCCESS(error) ? size : 0;
}

static int32_t fold_accents(uint32_t code, UChar out[16])
{
    UErrorCode error = U_ZERO_ERROR;
    const UNormalizer2 *const normalizer = unorm2_getNFDInstance(&error);
    int32_t size =
        U_SUCCESS(error) ? unorm2_getDecomposition(normalizer, (UChar32)code, out, 16, &error) : -1;
    if (size < 0 || U_FAILURE(error)) {
        size = 0;
        U16_APPEND_UNSAFE(out, size, code);
    }
    int32_t kept = 0;
    for (int32_t at = 0; at < size;) {
        const uint32_t part = next_of(out, &at, size);
        if (u_charType((UChar32)part) != U_NON_SPACING_MARK) {
            U16_APPEND_UNSAFE(out, kept, part);
        }
    }
    return kept;
}

// The text without case or accents, in the scratch; null when it does not fit.
static struct value folded(struct machine *machine, struct bytes text, bool is_case)
{
    struct filter_scratch *const scratch = machine->scratch;
    const size_t begin = scratch->used;
    const uint8_t *at = text.data;
    const uint8_t *const end = text.data + text.size;
    machine_charge(machine, text.size * 4);
    while (at < end) {
        UChar units[16];
        const uint32_t code = utf8_next(&at, end);
        if (code < 0x80) {
            uint8_t *const room = value_room(scratch, 1);
            if (room == NULL) {
                return value_null();
            }
            *room = (uint8_t)(is_case && code >= 'A' && code <= 'Z' ? code + 32 : code);
            continue;
        }
        const int32_t count = is_case ? fold_case(code, units) : fold_accents(code, units);
        for (int32_t i = 0; i < count;) {
            const uint32_t part = next_of(units, &i, count);
            uint8_t *const room = value_room(scratch, 4);
            if (room == NULL) {
                return value_null();
            }
            scratch->used -= 4 - utf8_put(room, part);
        }
    }
    return value_text(
        (struct bytes){.data = scratch->bytes + begin, .size = scratch->used - begin});
}

void machine_fold_case(struct machine *machine)
{
    *machine->top =
        machine->top->kind == VALUE_TEXT ? folded(machine, machine->top->text, true) : value_null();
}

void machine_fold_accents(struct machine *machine)
{
    *machine->top = machine->top->kind == VALUE_TEXT ? folded(machine, machine->top->text, false)
                                                     : value_null();
}
