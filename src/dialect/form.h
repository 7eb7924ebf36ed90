// Form: the parameters of a request, unescaped, looked up by name.
//
// As other geocoders' servers read them: unknown ones are passed over, of a repeated one the first
// counts, an escape that is none stands for itself. Texts lie in the caller's arena or in the query.
// Any thread.
#ifndef DIALECT_FORM_H
#define DIALECT_FORM_H

#include "base/arena.h"
#include "base/bytes.h"
#include "base/status.h"

struct form_field {
    struct bytes name, value;
};

enum { FORM_FIELDS_MAX = 64 }; // what follows is passed over

struct form {
    struct form_field fields[FORM_FIELDS_MAX];
    unsigned count;
};

// Fails: NO_MEMORY when the arena is full.
MUST_USE enum status form_read(struct bytes query, struct arena *arena, struct form *form);

// The value of a parameter; false when it is not given. One that is given may be empty.
bool form_find(const struct form *form, const char *name, struct bytes *value);
// The same; size 0 when it is not given.
struct bytes form_text(const struct form *form, const char *name);

// The next of this name at or after field `*at`, which moves behind it; false when there is none.
bool form_each(const struct form *form, const char *name, unsigned *at, struct bytes *value);

// Is it this text, given in lower case? Letters of ASCII may be in any.
bool form_is(struct bytes text, const char *expected);
// Whole texts, blanks around them aside. False: it is no number (also for "nan", "inf").
bool form_parse_whole(struct bytes text, int64_t *value);
bool form_parse_number(struct bytes text, double *value);
// Takes what stands before the first `separator` off `rest`, without blanks around it; false at the end.
bool form_next(struct bytes *rest, char separator, struct bytes *item);
// Without blanks around it.
struct bytes form_trim(struct bytes text);

#endif
