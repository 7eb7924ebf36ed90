#include "text/token.h"

#include <unicode/uchar.h>

#include "text/utf8.h"

enum character {
    CHARACTER_OTHER, // parts tokens
    CHARACTER_WORD,
    CHARACTER_SINGLE, // a token by itself
};

static bool is_ideograph(uint32_t code)
{
    return (code >= 0x3041 && code <= 0x30ff) || (code >= 0x3400 && code <= 0x4dbf) ||
           (code >= 0x4e00 && code <= 0x9fff) || (code >= 0xf900 && code <= 0xfaff) ||
           (code >= 0x20000 && code <= 0x3ffff);
}

static enum character character_of(uint32_t code)
{
    if (code < 0x80) {
        const bool is_word = (code >= 'a' && code <= 'z') || (code >= '0' && code <= '9') ||
                             (code >= 'A' && code <= 'Z');
        return is_word ? CHARACTER_WORD : code == '&' ? CHARACTER_SINGLE : CHARACTER_OTHER;
    }
    const uint32_t mask = U_GC_L_MASK | U_GC_M_MASK | U_GC_ND_MASK;
    if (code == UTF8_REPLACEMENT || (U_GET_GC_MASK((UChar32)code) & mask) == 0) {
        return CHARACTER_OTHER;
    }
    return is_ideograph(code) ? CHARACTER_SINGLE : CHARACTER_WORD;
}

// The character that stands for the gap [begin, end) between two tokens.
static char gap_of(struct bytes folded, size_t begin, size_t end)
{
    for (size_t i = begin; i < end; i++) {
        if (folded.data[i] == ',' || folded.data[i] == ';' || folded.data[i] == '|') {
            return ',';
        }
    }
    return end - begin == 1 && folded.data[begin] < 0x80 ? (char)folded.data[begin] : ' ';
}

struct token_sink {
    struct bytes folded;
    struct text_token *tokens;
    size_t capacity;
    size_t count;
    size_t end; // of the last token
};

static void token_add(struct token_sink *sink, size_t begin, size_t end)
{
    const char gap = sink->count == 0 ? '\0' : gap_of(sink->folded, sink->end, begin);
    if (sink->count > 0 && sink->count <= sink->capacity) {
        sink->tokens[sink->count - 1].after = gap;
    }
    if (sink->count < sink->capacity) {
        const uint8_t first = sink->folded.data[begin];
        sink->tokens[sink->count] = (struct text_token){
            .offset = (uint32_t)begin,
            .size = (uint32_t)(end - begin),
            .is_number = first >= '0' && first <= '9',
            .before = gap,
            .has_dot = end < sink->folded.size && sink->folded.data[end] == '.',
        };
    }
    sink->count++;
    sink->end = end;
}

size_t text_tokenise(struct bytes folded, struct text_token *tokens, size_t capacity)
{
    struct token_sink sink = {.folded = folded, .tokens = tokens, .capacity = capacity};
    const uint8_t *next = folded.data;
    const uint8_t *const end = folded.data + folded.size;
    const uint8_t *begin = NULL; // of the word being read
    while (next < end) {
        const uint8_t *const at = next;
        const enum character character = character_of(utf8_next(&next, end));
        if (character == CHARACTER_WORD) {
            begin = begin == NULL ? at : begin;
            continue;
        }
        if (begin != NULL) {
            token_add(&sink, (size_t)(begin - folded.data), (size_t)(at - folded.data));
            begin = NULL;
        }
        if (character == CHARACTER_SINGLE) {
            token_add(&sink, (size_t)(at - folded.data), (size_t)(next - folded.data));
        }
    }
    if (begin != NULL) {
        token_add(&sink, (size_t)(begin - folded.data), folded.size);
    }
    return sink.count;
}
