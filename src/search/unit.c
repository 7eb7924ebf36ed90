#include "search/unit.h"

#include <string.h>

#include "base/attributes.h"

// Words that stand before a unit and say no more than that.
static const char *const designators[] = {
    "apartment", "apt",         "appartement", "app",   "wohnung", "whg",   "top", "flat",
    "unit",      "suite",       "ste",         "room",  "rm",      "floor", "fl",  "piso",
    "apto",      "apartamento", "sala",        "depto", "office",  "lot",   "no",  "nr",
};

static uint8_t lower(uint8_t byte)
{
    return byte >= 'A' && byte <= 'Z' ? (uint8_t)(byte + ('a' - 'A')) : byte;
}

// Letters of other scripts are bytes of their own.
static bool is_of_key(uint8_t byte)
{
    return (byte >= 'a' && byte <= 'z') || (byte >= '0' && byte <= '9') || byte >= 0x80;
}

static bool is_designator(const uint8_t *word, size_t size)
{
    for (size_t i = 0; size != 0 && i < COUNT_OF(designators); i++) {
        if (designators[i][0] == (char)word[0] && strlen(designators[i]) == size &&
            memcmp(designators[i], word, size) == 0) {
            return true;
        }
    }
    return false;
}

bool unit_is_designator(struct bytes word)
{
    return is_designator(word.data, word.size);
}

bool unit_read(struct bytes text, struct unit *unit)
{
    enum { WORD_SIZE_MAX = 16 };
    uint8_t word[WORD_SIZE_MAX];
    size_t word_size = 0;
    *unit = (struct unit){0};
    for (size_t i = 0; i <= text.size; i++) {
        const uint8_t byte = i < text.size ? lower(text.data[i]) : ' ';
        if (is_of_key(byte) && word_size < WORD_SIZE_MAX) {
            word[word_size++] = byte;
            continue;
        }
        if (word_size != 0 && !is_designator(word, word_size)) {
            const size_t room = UNIT_KEY_SIZE - unit->size;
            const size_t size = word_size < room ? word_size : room;
            memcpy(unit->key + unit->size, word, size);
            unit->size = (uint8_t)(unit->size + size);
        }
        word_size = 0;
    }
    return unit->size != 0;
}

bool unit_agrees(const struct unit *unit, struct bytes text)
{
    struct unit other;
    return unit_read(text, &other) && other.size == unit->size &&
           memcmp(other.key, unit->key, unit->size) == 0;
}
