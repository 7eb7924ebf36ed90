#include "text/phrase.h"

#include <assert.h>

// How probable a reading is: the class first, then whether it stands where such a word stands.
enum {
    RANK_STRONG = 6 * 4, // a short form that is nothing else
    RANK_DOTTED = 5 * 4, // a word that is also a short form, with a dot
    RANK_TYPED = 4 * 4,  // the word as it stands
    RANK_WEAK = 3 * 4,   // a word that is also a short form
    RANK_IN_PLACE = 2,
    RANK_ANYWHERE = 1,
};

enum { STEM_SIZE_MIN = 2 }; // of compounds that are taken apart or completed

struct reading {
    struct bytes text;
    int rank;
};

// The readings of one word, best first.
struct readings {
    unsigned count;
    struct reading items[TEXT_QUERY_READINGS_MAX];
};

// A word of a folded text: one token, or two of "v.le" without the dot.
struct word {
    struct text_token token;
    struct bytes text;
};

// Memory that never moves while texts in it are pointed at.
struct scratch {
    uint8_t *data;
    size_t size;
    size_t capacity;
};

static struct bytes scratch_join(struct scratch *scratch, struct bytes left, struct bytes right)
{
    assert(scratch->capacity - scratch->size >= left.size + right.size);
    uint8_t *const at = scratch->data + scratch->size;
    if (left.size != 0) { // memcpy takes no null, not even for nothing
        memcpy(at, left.data, left.size);
    }
    if (right.size != 0) {
        memcpy(at + left.size, right.data, right.size);
    }
    scratch->size += left.size + right.size;
    return (struct bytes){.data = at, .size = left.size + right.size};
}

static void readings_add(struct readings *readings, struct bytes text, int rank)
{
    for (unsigned i = 0; i < readings->count; i++) {
        if (bytes_equal(readings->items[i].text, text)) {
            return;
        }
    }
    assert(readings->count < COUNT_OF(readings->items));
    unsigned at = readings->count++;
    for (; at > 0 && readings->items[at - 1].rank < rank; at--) {
        readings->items[at] = readings->items[at - 1];
    }
    readings->items[at] = (struct reading){.text = text, .rank = rank};
}

static bool is_direction(struct bytes word)
{
    static const char *const directions[] = {"n",  "s",  "e",     "w",     "ne",   "nw",
                                             "se", "sw", "north", "south", "east", "west"};
    for (size_t i = 0; i < COUNT_OF(directions); i++) {
        if (bytes_equal(word, bytes_from_text(directions[i]))) {
            return true;
        }
    }
    return false;
}

// True where a street type stands behind a name: "main st", "main st n", "main st, town".
static bool is_behind(const struct word *words, size_t count, size_t at)
{
    if (at == 0 || words[at].token.before == ',') {
        return false;
    }
    return at + 1 == count || words[at].token.after == ',' || words[at + 1].token.is_number ||
           is_direction(words[at + 1].text);
}

static int stand_rank(enum abbreviation_stand stand, bool behind)
{
    if (stand == STANDS_ANYWHERE) {
        return RANK_ANYWHERE;
    }
    return (stand == STANDS_AFTER) == behind ? RANK_IN_PLACE : 0;
}

// Adds the full form of a shortened compound: "hauptstr" is "hauptstrasse".
static void compound_readings(const struct word *word, unsigned languages, struct scratch *scratch,
                              struct readings *readings)
{
    const struct bytes text = word->text;
    for (size_t i = 0; i < abbreviation_ending_count; i++) {
        const struct abbreviation_ending *const ending = &abbreviation_endings[i];
        const struct bytes end = ending->word;
        if (text.size >= end.size + STEM_SIZE_MIN && (languages & ending->language) != 0 &&
            (word->token.has_dot || !ending->needs_dot) &&
            memcmp(text.data + text.size - end.size, end.data, end.size) == 0) {
            const struct bytes stem = {.data = text.data, .size = text.size - end.size};
            readings_add(readings, scratch_join(scratch, stem, ending->full), RANK_STRONG);
        }
    }
}

// Every reading of words[at] in `languages`. The word as it stands is among them, unless the language
// is known and has the word as a short form and nothing else.
static void readings_find(const struct text_folder *folder, const struct word *words, size_t count,
                          size_t at, unsigned languages, struct scratch *scratch,
                          struct readings *readings)
{
    const struct word *const word = &words[at];
    readings->count = 0;
    if (!word->token.is_number) {
        compound_readings(word, languages, scratch, readings);
    }
    const struct abbreviation *const found =
        abbreviation_find(text_folder_abbreviations(folder), word->text);
    const bool behind = found != NULL && is_behind(words, count, at);
    for (unsigned i = 0; found != NULL && i < found->reading_count; i++) {
        const struct abbreviation_reading *const reading = &found->readings[i];
        const unsigned meant = reading->languages & languages;
        const bool is_weak = (meant & ~reading->weak_languages) == 0;
        const int class = !is_weak ? RANK_STRONG : word->token.has_dot ? RANK_DOTTED : RANK_WEAK;
        if (meant != 0) {
            readings_add(readings, reading->full, class + stand_rank(reading->stand, behind));
        }
    }
    const bool is_only_short =
        readings->count > 0 && languages != LANGUAGE_ALL && readings->items[0].rank >= RANK_STRONG;
    if (!is_only_short) {
        readings_add(readings, word->text, RANK_TYPED);
    }
}

// Tokens to words: "v.le" and "p.za" are one word where the two together are an abbreviation; a
// slash marks an abbreviation too ("c/ mayor").
static size_t words_read(const struct text_folder *folder, struct bytes folded,
                         const struct text_token *tokens, size_t count, struct scratch *scratch,
                         struct word *words, size_t capacity)
{
    size_t used = 0;
    for (size_t i = 0; i < count && used < capacity; i++) {
        struct word *const word = &words[used++];
        *word = (struct word){.token = tokens[i], .text = text_token_bytes(folded, &tokens[i])};
        const size_t end = word->token.offset + word->token.size;
        if (end < folded.size && folded.data[end] == '/' && word->token.size == 1) {
            word->token.has_dot = true;
        }
        if (i + 1 == count || tokens[i].after != '.' || tokens[i].size > 2) {
            continue;
        }
        const size_t before = scratch->size;
        const struct bytes joined =
            scratch_join(scratch, word->text, text_token_bytes(folded, &tokens[i + 1]));
        if (abbreviation_find(text_folder_abbreviations(folder), joined) == NULL) {
            scratch->size = before;
            continue;
        }
        i++;
        word->text = joined;
        word->token.size = tokens[i].offset + tokens[i].size - word->token.offset;
        word->token.after = tokens[i].after;
        word->token.has_dot = true;
    }
    return used;
}

// What one name is made of while its phrases are written.
struct name {
    const struct text_folder *folder;
    unsigned languages;
    size_t word_count;
    struct word words[TEXT_PHRASE_WORDS_MAX];
    struct readings readings[TEXT_PHRASE_WORDS_MAX];
    struct scratch scratch;
    struct text_phrases *phrases;
    unsigned limit; // of phrases for now
};

// Words of one phrase; two more than a name has, for those taken apart.
struct line {
    unsigned count;
    struct bytes words[TEXT_PHRASE_WORDS_MAX + 1];
};

static void line_add(struct line *line, struct bytes word)
{
    assert(line->count < COUNT_OF(line->words));
    line->words[line->count++] = word;
}

static void line_main(const struct name *name, struct line *line)
{
    line->count = 0;
    for (size_t i = 0; i < name->word_count; i++) {
        line_add(line, name->readings[i].items[0].text);
    }
}

// Writes a phrase, unless it is there already or there are enough.
static void phrase_add(struct name *name, const struct line *line)
{
    struct text_phrases *const phrases = name->phrases;
    if (phrases->count == name->limit || line->count == 0) {
        return;
    }
    struct scratch *const scratch = &name->scratch;
    const size_t begin = scratch->size;
    struct bytes text = {.data = scratch->data + begin};
    for (unsigned i = 0; i < line->count; i++) {
        (void)scratch_join(scratch, i == 0 ? BYTES_OF("") : BYTES_OF(" "), line->words[i]);
    }
    text.size = scratch->size - begin;
    for (unsigned i = 0; i < phrases->count; i++) {
        if (bytes_equal(phrases->variants[i].text, text)) {
            scratch->size = begin;
            return;
        }
    }
    phrases->variants[phrases->count++] =
        (struct text_phrase){.text = text, .word_count = line->count};
}

static bool is_joined_type(struct bytes word, unsigned languages)
{
    for (size_t i = 0; i < abbreviation_joined_type_count; i++) {
        if ((abbreviation_joined_types[i].language & languages) != 0 &&
            bytes_equal(word, abbreviation_joined_types[i].word)) {
            return true;
        }
    }
    return false;
}

// Bytes of the street type that `word` ends with, if there is enough before it; else 0.
static size_t joined_type_size(struct bytes word, unsigned languages)
{
    for (size_t i = 0; i < abbreviation_joined_type_count; i++) {
        const struct bytes type = abbreviation_joined_types[i].word;
        if ((abbreviation_joined_types[i].language & languages) != 0 &&
            word.size >= type.size + STEM_SIZE_MIN &&
            memcmp(word.data + word.size - type.size, type.data, type.size) == 0) {
            return type.size;
        }
    }
    return 0;
}

// "feldkircher strasse" as "feldkircherstrasse" and the other way.
static void phrase_add_rejoined(struct name *name)
{
    struct line from;
    struct line line;
    line_main(name, &from);
    line.count = 0;
    bool is_changed = false;
    for (unsigned i = 0; i < from.count; i++) {
        const struct bytes word = from.words[i];
        const size_t type_size = joined_type_size(word, name->languages);
        if (!is_changed && type_size > 0) {
            line_add(&line, (struct bytes){.data = word.data, .size = word.size - type_size});
            line_add(&line,
                     (struct bytes){.data = word.data + word.size - type_size, .size = type_size});
            is_changed = true;
        } else if (!is_changed && i > 0 && from.words[i - 1].size >= STEM_SIZE_MIN &&
                   !name->words[i - 1].token.is_number && is_joined_type(word, name->languages)) {
            line.words[line.count - 1] = scratch_join(&name->scratch, from.words[i - 1], word);
            is_changed = true;
        } else {
            line_add(&line, word);
        }
    }
    if (is_changed) {
        phrase_add(name, &line);
    }
}

// "5th" for "fifth" and the other way; empty when the word is no ordinal.
static struct bytes ordinal_other(struct bytes word, unsigned languages)
{
    for (size_t i = 0; i < abbreviation_ordinal_count; i++) {
        const struct abbreviation_ordinal *const ordinal = &abbreviation_ordinals[i];
        if ((ordinal->language & languages) != 0) {
            if (bytes_equal(word, ordinal->digits)) {
                return ordinal->word;
            }
            if (bytes_equal(word, ordinal->word)) {
                return ordinal->digits;
            }
        }
    }
    return (struct bytes){0};
}

static void phrase_add_ordinals(struct name *name)
{
    struct line line;
    line_main(name, &line);
    bool is_changed = false;
    for (unsigned i = 0; i < line.count; i++) {
        const struct bytes other = ordinal_other(line.words[i], name->languages);
        if (other.size > 0) {
            line.words[i] = other;
            is_changed = true;
        }
    }
    if (is_changed) {
        phrase_add(name, &line);
    }
}

// The main phrase with one word read another way.
static void phrase_add_alternatives(struct name *name)
{
    for (unsigned rank = 1; rank < TEXT_QUERY_READINGS_MAX; rank++) {
        for (unsigned i = 0; i < name->word_count; i++) {
            if (rank < name->readings[i].count) {
                struct line line;
                line_main(name, &line);
                line.words[i] = name->readings[i].items[rank].text;
                phrase_add(name, &line);
            }
        }
    }
}

// A postcode is digits and letters; blanks and dashes are written or not.
static void phrase_add_postcode(struct name *name)
{
    struct line apart = {0};
    struct line joined = {.count = name->word_count > 0 ? 1 : 0, .words = {BYTES_OF("")}};
    for (unsigned i = 0; i < name->word_count; i++) {
        line_add(&apart, name->words[i].text);
        joined.words[0] = scratch_join(&name->scratch, joined.words[0], name->words[i].text);
    }
    phrase_add(name, &apart);
    phrase_add(name, &joined);
}

static void name_tokenise(struct name *name, struct bytes folded)
{
    struct text_token tokens[2 * TEXT_PHRASE_WORDS_MAX]; // two may be one word
    const size_t found = text_tokenise(folded, tokens, COUNT_OF(tokens));
    const size_t count = found < COUNT_OF(tokens) ? found : COUNT_OF(tokens);
    name->word_count = words_read(name->folder, folded, tokens, count, &name->scratch, name->words,
                                  TEXT_PHRASE_WORDS_MAX);
    for (size_t i = 0; i < name->word_count; i++) {
        readings_find(name->folder, name->words, name->word_count, i, name->languages,
                      &name->scratch, &name->readings[i]);
    }
}

// "ä" as Germans write it where they have no umlauts: NULL when `at` begins no such letter.
static const char *umlaut_spelled(const uint8_t *at, const uint8_t *end)
{
    if (end - at < 2 || at[0] != 0xc3) {
        return NULL;
    }
    switch (at[1] | 0x20) { // capitals too
    case 0xa4:
        return "ae";
    case 0xb6:
    case 0xb8: // ø
        return "oe";
    case 0xbc:
        return "ue";
    case 0xa5:
        return "aa"; // å
    default:
        return NULL;
    }
}

// The name with its umlauts spelled out, in `spelled` (as large as the name); 0 when it has none.
static size_t umlauts_spell(struct bytes name, uint8_t *spelled)
{
    const uint8_t *const end = name.data + name.size;
    size_t size = 0;
    bool is_changed = false;
    for (const uint8_t *at = name.data; at < end;) {
        const char *const letters = umlaut_spelled(at, end);
        if (letters == NULL) {
            spelled[size++] = *at++;
        } else {
            memcpy(spelled + size, letters, 2);
            size += 2;
            at += 2;
            is_changed = true;
        }
    }
    return is_changed ? size : 0;
}

// Folds `text` into the scratch memory.
static enum status scratch_fold(struct text_folder *folder, struct scratch *scratch,
                                struct bytes text, struct bytes *folded)
{
    uint8_t *const at = scratch->data + scratch->size;
    size_t size = 0;
    TRY(text_fold_into(folder, text, at, scratch->capacity - scratch->size, &size));
    scratch->size += size;
    *folded = (struct bytes){.data = at, .size = size};
    return STATUS_OK;
}

static enum status phrase_add_spelled(struct text_folder *folder, struct name *name,
                                      struct bytes text)
{
    struct scratch *const scratch = &name->scratch;
    uint8_t *const spelled = scratch->data + scratch->size;
    const size_t size = umlauts_spell(text, spelled);
    if (size == 0) {
        return STATUS_OK;
    }
    scratch->size += size;
    struct bytes folded;
    TRY(scratch_fold(folder, scratch, (struct bytes){.data = spelled, .size = size}, &folded));
    name_tokenise(name, folded);
    struct line line;
    line_main(name, &line);
    phrase_add(name, &line);
    return STATUS_OK;
}

// Room for everything that is written for one name: two folded texts, their words completed, the
// variants.
static size_t room_needed(size_t text_size, size_t folded_size)
{
    const size_t longest = text_size > folded_size ? text_size : folded_size;
    const size_t words = TEXT_PHRASE_WORDS_MAX * (size_t)24;
    return 24 * (longest + words);
}

enum status text_phrases_read(struct text_folder *folder, struct bytes name, uint16_t country,
                              enum text_phrase_kind kind, struct text_phrases *phrases)
{
    struct buffer *const memory = &phrases->memory;
    phrases->count = 0;
    buffer_clear(memory);
    TRY(text_fold(folder, name, memory));
    const size_t folded_size = memory->size;
    if (buffer_reserve(memory, room_needed(name.size, folded_size)) == NULL) {
        return STATUS_NO_MEMORY;
    }

    struct name read; // 8 KB, which is not to be zeroed for every name
    read.folder = folder;
    read.languages = abbreviation_languages_of(country);
    read.scratch =
        (struct scratch){.data = memory->data, .size = folded_size, .capacity = memory->capacity};
    read.phrases = phrases;
    read.limit = TEXT_PHRASE_VARIANTS_MAX;
    name_tokenise(&read, (struct bytes){.data = memory->data, .size = folded_size});
    if (kind == PHRASE_POSTCODE) {
        phrase_add_postcode(&read);
        return STATUS_OK;
    }
    const size_t spelled_size = umlauts_spell(name, read.scratch.data + read.scratch.size);
    read.limit -= spelled_size > 0 ? 1 : 0; // kept for the name spelled out
    struct line line;
    line_main(&read, &line);
    phrase_add(&read, &line);
    if (kind == PHRASE_STREET && (read.languages & (LANGUAGE_GERMAN | LANGUAGE_DUTCH)) != 0) {
        phrase_add_rejoined(&read);
    }
    phrase_add_ordinals(&read);
    phrase_add_alternatives(&read);
    read.limit = TEXT_PHRASE_VARIANTS_MAX;
    return phrase_add_spelled(folder, &read, name);
}

static bool is_number_word(const struct word *word, struct bytes folded)
{
    static const char *const words[] = {"nr", "no", "nro", "num", "numero", "nummer", "number"};
    for (size_t i = 0; i < COUNT_OF(words); i++) {
        if (bytes_equal(word->text, bytes_from_text(words[i]))) {
            return true;
        }
    }
    // "n. 5" and "n° 5", but not "n 5th st".
    const size_t end = word->token.offset + word->token.size;
    return bytes_equal(word->text, BYTES_OF("n")) && end < folded.size &&
           (folded.data[end] == '.' || folded.data[end] >= 0x80);
}

enum status text_query_read(struct text_folder *folder, struct bytes text, struct text_query *query,
                            struct fault *fault)
{
    query->word_count = 0;
    const enum status status =
        text_fold_into(folder, text, query->folded, sizeof(query->folded), &query->folded_size);
    if (status == STATUS_NO_SPACE || status == STATUS_OUT_OF_RANGE) {
        return fault_set(fault, STATUS_OUT_OF_RANGE, "the text is longer than %d bytes: shorten it",
                         TEXT_QUERY_FOLDED_MAX);
    }
    TRY(status);
    const struct bytes folded = {.data = query->folded, .size = query->folded_size};
    struct text_token tokens[TEXT_QUERY_TOKENS_MAX];
    const size_t token_count = text_tokenise(folded, tokens, TEXT_QUERY_TOKENS_MAX);
    if (token_count > TEXT_QUERY_TOKENS_MAX) {
        return fault_set(fault, STATUS_OUT_OF_RANGE, "the text has more than %d words: shorten it",
                         TEXT_QUERY_TOKENS_MAX);
    }

    struct scratch scratch = {.data = query->scratch, .capacity = sizeof(query->scratch)};
    struct word words[TEXT_QUERY_TOKENS_MAX];
    const size_t count =
        words_read(folder, folded, tokens, token_count, &scratch, words, COUNT_OF(words));
    for (size_t i = 0; i < count; i++) {
        struct readings readings;
        readings_find(folder, words, count, i, LANGUAGE_ALL, &scratch, &readings);
        struct text_query_word *const word = &query->words[i];
        word->token = words[i].token;
        word->reading_count = readings.count;
        for (unsigned j = 0; j < readings.count; j++) {
            word->readings[j] = readings.items[j].text;
        }
        word->is_number_sign =
            i + 1 < count && words[i + 1].token.is_number && is_number_word(&words[i], folded);
    }
    query->word_count = (unsigned)count;
    return STATUS_OK;
}
