// Name: invented names of streets, places and people, in eight languages and a few scripts.
//
// A name follows from its language and a number. Numbers that differ by less than name_street_pool give
// different street names, so a settlement that takes a run of numbers has no street twice.
#ifndef DEMO_NAME_H
#define DEMO_NAME_H

#include <stdint.h>

#include "base/bytes.h"

enum demo_language {
    DEMO_GERMAN,
    DEMO_DUTCH,
    DEMO_ITALIAN,
    DEMO_SPANISH,
    DEMO_PORTUGUESE,
    DEMO_ENGLISH,
    DEMO_FRENCH,
    DEMO_GREEK,
};
#define DEMO_LANGUAGE_COUNT 8

enum demo_script {
    DEMO_JAPANESE,
    DEMO_ARABIC,
    DEMO_CYRILLIC,
    DEMO_HELLENIC,
};
#define DEMO_SCRIPT_COUNT 4

// A text of its own, cut (at a letter) when it would not fit.
struct name {
    char text[88];
    unsigned size;
};

static inline struct bytes name_bytes(const struct name *name)
{
    return (struct bytes){.data = (const uint8_t *)name->text, .size = name->size};
}

void name_add(struct name *name, const char *text);
void name_add_number(struct name *name, uint32_t number, unsigned digits); // at least `digits`
void name_add_decimal(struct name *name, uint64_t number);

uint32_t name_street_pool(enum demo_language language);
struct name name_street(enum demo_language language, uint32_t number);
// The names every village has: main street, church street, station street …
struct name name_street_common(enum demo_language language, uint32_t number);
uint32_t name_street_common_count(enum demo_language language);

// The same street as signs shorten it, or the same text when there is nothing to shorten.
struct name name_shortened(const struct name *name);

struct name name_place(enum demo_language language, uint32_t number);
struct name name_district(enum demo_language language, uint32_t number);
// A word to call a shop or a quarter after: "Linden", "Maple".
const char *name_word(enum demo_language language, uint32_t number);

struct name name_foreign(enum demo_script script, uint32_t number);
const char *name_script_key(enum demo_script script); // "name:ja"

#endif
