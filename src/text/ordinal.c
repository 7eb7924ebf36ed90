#include "text/ordinal.h"

#include <string.h>

#include "base/attributes.h"

enum { DIGITS_MAX = 4 };

// Endings that are taken off; those that are put on are the English ones.
static const char *const endings[] = {"st", "nd", "rd", "th", "e", "er", "eme", "ere", "re"};

static const char *ending_of(struct bytes digits)
{
    const uint8_t last = digits.data[digits.size - 1];
    const bool is_teen = digits.size > 1 && digits.data[digits.size - 2] == '1';
    return is_teen || last == '0' || last > '3' ? "th"
           : last == '1'                        ? "st"
           : last == '2'                        ? "nd"
                                                : "rd";
}

size_t ordinal_other(struct bytes word, uint8_t other[ORDINAL_SIZE_MAX])
{
    size_t digits = 0;
    while (digits < word.size && word.data[digits] >= '0' && word.data[digits] <= '9') {
        digits++;
    }
    if (digits == 0 || digits > DIGITS_MAX) {
        return 0;
    }
    memcpy(other, word.data, digits);
    if (digits == word.size) {
        memcpy(other + digits, ending_of(word), 2);
        return digits + 2;
    }
    const struct bytes ending = {word.data + digits, word.size - digits};
    for (size_t i = 0; i < COUNT_OF(endings); i++) {
        if (bytes_equal(ending, bytes_from_text(endings[i]))) {
            return digits;
        }
    }
    return 0;
}
