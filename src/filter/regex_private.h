// What the two halves of the compiler of patterns share.
#ifndef FILTER_REGEX_PRIVATE_H
#define FILTER_REGEX_PRIVATE_H

#include "filter/regex.h"

// Fragments are wired as they are parsed: an end that leads nowhere yet is on its fragment's list, which is
// kept in the fields themselves (instruction * 2, + 1 for `other`). Instruction 0 is never used, so 0
// ends a list.
struct fragment {
    uint16_t start, ends;
};

struct flags {
    bool is_fold, is_dot_all, is_lines;
};

struct compiler {
    struct bytes text;
    size_t at;
    struct regex_room *room;
    struct flags flags;
    unsigned depth;
    const char *wrong; // what is, at `wrong_at`
    size_t wrong_at;
};

void regex_fail(struct compiler *compiler, size_t at, const char *wrong);
bool regex_is_at(const struct compiler *compiler, char byte);
bool regex_take(struct compiler *compiler, char byte);
uint32_t regex_take_character(struct compiler *compiler);
uint32_t regex_take_number(struct compiler *compiler, unsigned base, size_t digits);

struct fragment regex_add(struct compiler *compiler, struct regex_instruction instruction);
struct fragment regex_add_kind(struct compiler *compiler, enum regex_kind kind);
struct fragment regex_add_character(struct compiler *compiler, uint32_t character);
struct fragment regex_then(struct compiler *compiler, struct fragment one, struct fragment other);

// regex_class.c: behind [ and behind a backslash.
struct fragment regex_take_class(struct compiler *compiler);
struct fragment regex_take_escaped(struct compiler *compiler);

#endif
