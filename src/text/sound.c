#include "text/sound.h"

#include <string.h>

#include "base/attributes.h"

enum { GROUP_MAX = 12, SPELLING_SIZE_MAX = 4 };

// Spellings that sound alike in English, German, French, Spanish, Catalan, Italian, Dutch or
// Portuguese, folded. A spelling may be in several groups; those of one letter are in at least one
// where the letter may be doubled.
static const char *const groups[][GROUP_MAX] = {
    {"f", "ff", "ph", "v", "pf", "gh"},
    {"v", "w", "b", "u"},
    {"k", "c", "ck", "q", "kk", "cc", "ch", "qu", "cqu", "kh", "g"},
    {"qu", "kw", "qw", "ku", "cu"},
    {"sc", "sk", "squ", "sch"},
    {"s", "ss", "z", "c", "sc", "sz", "x", "ts", "tz"},
    {"z", "zz", "tz", "ts", "s", "c"},
    {"sh", "sch", "ch", "s", "sj", "x", "sc"},
    {"ch", "tch", "tsch", "c", "sch", "sh", "tx", "cz", "k", "cs"},
    {"t", "tt", "th", "d", "dt", "pt"},
    {"d", "dd", "t", "dh"},
    {"g", "gg", "gh", "gu", "k", "ck"},
    {"g", "j", "dj", "dg", "dge", "y", "tj"},
    {"j", "y", "i", "h", "ll", "x"},
    {"n", "nn", "kn", "gn", "mn", "m"},
    {"nh", "ny", "gn", "n", "ni"},
    {"lh", "ll", "l", "li", "gl"},
    {"m", "mm", "mb", "n"},
    {"l", "ll"},
    {"r", "rr", "rh", "wr"},
    {"p", "pp", "b", "bb"},
    {"b", "bb", "p", "v"},
    {"x", "ks", "cs", "cks", "chs", "gs", "cc"},
    {"a", "aa", "ah", "ae", "e"},
    {"e", "ee", "ae", "eh", "ea", "oe", "a", "i"},
    {"i", "ie", "y", "ee", "ea", "ih", "ii", "ey", "e"},
    {"ei", "ai", "ay", "ey", "y", "i", "ij", "igh", "ae"},
    {"ea", "ee", "e", "ie", "ei", "i", "a"},
    {"o", "oo", "oh", "au", "eau", "ou", "aux", "ow", "a", "u"},
    {"u", "ou", "oo", "ue", "uh", "w", "o", "ew"},
    {"ou", "ow", "au", "u", "oo", "o"},
    {"eu", "oi", "oy", "au", "ue", "oe"},
    {"oe", "ue", "o", "e", "eu"},
};

// Letters that are written in some languages where nothing is heard.
static bool may_be_silent(struct bytes typed, size_t left)
{
    const uint8_t letter = typed.size == 1 ? typed.data[0] : 0;
    return letter == 'h' || (letter != 0 && left == 0 && strchr("esxt", letter) != NULL);
}

static void spelling_add(struct sound *sound, const char *spelling)
{
    const struct bytes text = bytes_from_text(spelling);
    bool is_known = bytes_equal(text, sound->typed);
    for (unsigned i = 0; i < sound->spelling_count && !is_known; i++) {
        is_known = bytes_equal(text, sound->spellings[i]);
    }
    if (!is_known && sound->spelling_count < SOUND_SPELLINGS_MAX) {
        sound->spellings[sound->spelling_count++] = text;
    }
}

static void spellings_find(struct sound *sound)
{
    sound->spelling_count = 0;
    for (size_t i = 0; i < COUNT_OF(groups); i++) {
        bool is_in = false;
        for (unsigned k = 0; k < GROUP_MAX && groups[i][k] != NULL && !is_in; k++) {
            is_in = bytes_equal(sound->typed, bytes_from_text(groups[i][k]));
        }
        for (unsigned k = 0; is_in && k < GROUP_MAX && groups[i][k] != NULL; k++) {
            spelling_add(sound, groups[i][k]);
        }
    }
}

unsigned sound_read(struct bytes word, struct sound sounds[SOUND_COUNT_MAX])
{
    if (word.size > SOUND_WORD_SIZE_MAX) {
        return 0;
    }
    unsigned count = 0;
    for (size_t at = 0; at < word.size;) {
        const struct bytes rest = {word.data + at, word.size - at};
        const size_t character = bytes_character_size(rest);
        const size_t one = character == 0 ? 1 : character;
        for (size_t size = one; size <= SPELLING_SIZE_MAX && size <= rest.size; size++) {
            struct sound *const sound = &sounds[count];
            sound->typed = (struct bytes){rest.data, size};
            sound->begin = (uint8_t)at;
            sound->may_be_silent = may_be_silent(sound->typed, rest.size - size);
            spellings_find(sound);
            if ((size == one || sound->spelling_count != 0) && count + 1 < SOUND_COUNT_MAX) {
                count++;
            }
        }
        at += one;
    }
    return count;
}
