#include "search/search_private.h"
#include "text/house_number.h"

// What a word weighs in the whole: one or two letters ("la", "de") say little.
static float word_weight(struct bytes text, bool is_numeric)
{
    return is_numeric || text.size > 2 ? 1.0F : 0.5F;
}

// Two streets are written "A/B" and "A @ B" where they meet.
static bool is_joined(const struct text_query *text, unsigned at)
{
    const struct text_token *const token = &text->words[at].token;
    for (uint32_t i = token->offset; at != 0 && i-- > 0;) {
        const uint8_t byte = text->folded[i];
        if (byte == '/' || byte == '@' || byte == '+') {
            return true;
        }
        if (byte != ' ' && byte != '.') {
            return false;
        }
    }
    return false;
}

// Every reading the text layer gives; the word as typed comes first, for corrections start from it.
static void word_read(const struct text_query *text, unsigned at, struct query_word *word)
{
    const struct text_query_word *const from = &text->words[at];
    const struct bytes typed = text_query_span(text, at, at);
    word->is_numeric = from->token.is_number;
    word->is_joined = is_joined(text, at);
    word->weight = word_weight(typed, word->is_numeric);
    word->readings[0] = (struct reading){.text = typed};
    word->reading_count = 1;
    word->correction_count = 0;
    word->corrected_edits = 0;
    for (unsigned i = 0; i < from->reading_count && word->reading_count < READINGS_MAX; i++) {
        if (!bytes_equal(from->readings[i], typed)) {
            word->readings[word->reading_count++] = (struct reading){.text = from->readings[i]};
        }
    }
}

// "ch-8001", "d-69117": the letters say the country; where postcodes have them they are found with them,
// elsewhere they may be left over.
static bool is_country_mark(const struct text_query *text, unsigned at)
{
    const struct text_token *const token = &text->words[at].token;
    return token->size <= 2 && !token->is_number && token->after == '-' &&
           at + 1 < text->word_count && text->words[at + 1].token.is_number &&
           text->words[at + 1].token.size >= 4;
}

static void number_add(const struct text_query *text, const unsigned *places,
                       struct query_words *query, unsigned first, unsigned last)
{
    struct house_number number;
    if (query->number_count < NUMBERS_MAX &&
        house_number_read(text_query_span(text, places[first], places[last]), &number)) {
        query->numbers[query->number_count++] = (struct query_number){
            .mask = (((word_mask)2 << last) - 1) & ~(((word_mask)1 << first) - 1),
            .number = number.number,
            .suffix = house_number_suffix_key(&number),
            .is_prefix = query->has_open_end && last + 1 == query->count,
        };
    }
}

// "12", "12 a", "194-06" and "12/3" are one, two or three words.
static void number_find(const struct text_query *text, const unsigned *places,
                        struct query_words *query, unsigned first)
{
    enum { NUMBER_WORDS_MAX = 3 };
    for (unsigned last = first; last < query->count && last < first + NUMBER_WORDS_MAX; last++) {
        struct house_number number;
        if (last > first && (text->words[places[last]].token.before == ',' ||
                             query->words[last].part == QUERY_PART_SETTLED)) {
            break;
        }
        if (house_number_parse(text_query_span(text, places[first], places[last]), &number)) {
            number_add(text, places, query, first, last);
        }
    }
}

static bool has_digit(struct bytes word)
{
    for (size_t i = 0; i < word.size; i++) {
        if (word.data[i] >= '0' && word.data[i] <= '9') {
            return true;
        }
    }
    return false;
}

// What stands for a number without beginning like one: "A1", "s/n", "km. 22".
static void odd_number_find(const struct text_query *text, const unsigned *places,
                            struct query_words *query, unsigned first)
{
    const struct bytes word = query->words[first].readings[0].text;
    if (has_digit(word)) {
        number_add(text, places, query, first, first);
    } else if (word.size <= 2 && first + 1 < query->count &&
               (query->words[first + 1].is_numeric ||
                query->words[first + 1].readings[0].text.size == 1)) {
        number_add(text, places, query, first, first + 1);
    }
}

static void numbers_find(const struct text_query *text, const unsigned *places,
                         struct query_words *query, unsigned begin)
{
    for (unsigned first = begin; first < query->count; first++) {
        if (query->words[first].part == QUERY_PART_SETTLED) {
            continue;
        }
        if (query->words[first].is_numeric) {
            number_find(text, places, query, first);
        } else {
            odd_number_find(text, places, query, first);
        }
    }
}

// "#12": behind a blank, a comma or at the beginning.
static bool has_hash(const struct text_query *text, unsigned at)
{
    const uint32_t offset = text->words[at].token.offset;
    return offset != 0 && text->folded[offset - 1] == '#';
}

// Whether a number other than those of the words [first, last] is there: the house's.
static bool has_house_number(const struct query_words *query, unsigned begin, unsigned first,
                             unsigned last)
{
    bool has_number = false;
    for (unsigned i = begin; i < query->count; i++) {
        has_number = has_number || ((i < first || i > last) && query->words[i].is_numeric);
    }
    return has_number;
}

// "Apt 3", "unit 5b", "#12", "Top 7" beside a house number: the words are the unit's, not names.
static void unit_take(const struct text_query *text, const unsigned *places,
                      struct query_words *query, unsigned begin)
{
    for (unsigned first = begin; first < query->count && query->unit.size == 0; first++) {
        const bool is_hashed = has_hash(text, places[first]);
        const unsigned last = is_hashed ? first : first + 1;
        if ((!is_hashed && !unit_is_designator(query->words[first].readings[0].text)) ||
            last >= query->count ||
            (!query->words[last].is_numeric && query->words[last].readings[0].text.size > 1) ||
            !has_house_number(query, begin, first, last) ||
            !unit_read(text_query_span(text, places[first], places[last]), &query->unit)) {
            continue;
        }
        for (unsigned i = first; i <= last; i++) {
            query->weight -= query->words[i].weight;
            query->all &= ~((word_mask)1 << i);
            query->words[i].weight = 0;
            query->words[i].part = QUERY_PART_SETTLED;
        }
        query->weight += part_weight(PART_UNIT);
    }
}

// The readings of a part must outlive the reading of the next.
static void readings_keep(struct arena *arena, struct query_word *word)
{
    unsigned kept = 0;
    for (unsigned i = 0; i < word->reading_count; i++) {
        const struct bytes text = word->readings[i].text;
        uint8_t *const copy = ARENA_NEW(arena, uint8_t, text.size);
        if (copy != NULL) {
            memcpy(copy, text.data, text.size);
            word->readings[kept++] = (struct reading){.text = {copy, text.size}};
        }
    }
    word->reading_count = kept;
}

// Takes the words of a part, or of the free text, behind those that are there.
static enum status words_take(struct searcher *searcher, struct bytes text, unsigned part,
                              bool has_numbers, bool has_open_end, struct fault *fault)
{
    struct text_query *const read = &searcher->text;
    struct query_words *const query = &searcher->query;
    TRY(text_query_read(searcher->folder, text, read, fault));
    const unsigned begin = query->count;
    unsigned places[WORDS_MAX]; // of the kept words in `read`
    for (unsigned i = 0; i < read->word_count && query->count < WORDS_MAX; i++) {
        if (!read->words[i].is_number_sign) {
            struct query_word *const word = &query->words[query->count];
            places[query->count] = i;
            word_read(read, i, word);
            word->part = (uint8_t)part;
            word->weight *= is_country_mark(read, i) ? WEIGHT_OF_MARK : part_weight(part);
            query->weight += word->weight;
            query->all |= (word_mask)1 << query->count;
            query->count++;
        }
    }
    query->is_begun = has_open_end;
    // A blank or a comma after the last word says that it is finished.
    query->has_open_end =
        has_open_end && query->count != begin && read->words[read->word_count - 1].token.after == 0;
    if (part == PART_NUMBER && query->count > begin + 1) {
        number_add(read, places, query, begin, query->count - 1);
    }
    if (part == QUERY_PART_FREE) {
        unit_take(read, places, query, begin);
    }
    if (has_numbers) {
        numbers_find(read, places, query, begin);
    }
    if (part != QUERY_PART_FREE) {
        for (unsigned i = begin; i < query->count; i++) {
            readings_keep(&searcher->arena, &query->words[i]);
        }
    }
    return STATUS_OK;
}

static enum status parts_read(struct searcher *searcher, const struct search_query *given,
                              struct fault *fault)
{
    // Those that say most come first: words beyond the last that fits are left out.
    static const enum search_part order[] = {
        PART_NAME,    PART_NUMBER,        PART_STREET, PART_POSTCODE, PART_LOCALITY,
        PART_BOROUGH, PART_NEIGHBOURHOOD, PART_COUNTY, PART_REGION,   PART_COUNTRY,
    };
    for (size_t i = 0; i < COUNT_OF(order); i++) {
        const enum search_part part = order[i];
        const bool has_numbers =
            part == PART_NUMBER || (part == PART_STREET && given->parts[PART_NUMBER].size == 0);
        if (given->parts[part].size != 0) {
            TRY(words_take(searcher, given->parts[part], part, has_numbers, false, fault));
        }
    }
    struct query_words *const query = &searcher->query;
    if (unit_read(given->parts[PART_UNIT], &query->unit)) {
        query->weight += part_weight(PART_UNIT);
    }
    return STATUS_OK;
}

enum status query_read(struct searcher *searcher, const struct search_query *given,
                       bool has_open_end, struct fault *fault)
{
    struct query_words *const query = &searcher->query;
    query->count = 0;
    query->all = 0;
    query->weight = 0;
    query->number_count = 0;
    query->unit.size = 0;
    if (given->has_parts) {
        TRY(parts_read(searcher, given, fault));
    }
    return words_take(searcher, given->text, QUERY_PART_FREE, true, has_open_end, fault);
}

// --- numbers without a space --------------------------------------------------------------------

static bool is_digit(uint8_t byte)
{
    return byte >= '0' && byte <= '9';
}

static bool is_letter(uint8_t byte)
{
    return byte >= 0x80 || (uint8_t)((byte | 0x20) - 'a') < 26;
}

// Bytes of letters that the text begins with.
static size_t letters_size(struct bytes text)
{
    size_t size = 0;
    while (size < text.size && is_letter(text.data[size])) {
        size++;
    }
    return size;
}

// Whether a space is missing at `at`: between a word and a number, or a number and what is too long for
// the letters of one ("12a", "5th", "12bis").
static bool is_glued(struct bytes text, size_t at)
{
    enum { LETTERS_BEFORE = 3, LETTERS_BEHIND = 4 };
    if (is_digit(text.data[at - 1])) {
        return letters_size((struct bytes){text.data + at, text.size - at}) >= LETTERS_BEHIND;
    }
    size_t letters = 0;
    while (letters < at && is_letter(text.data[at - 1 - letters])) {
        letters++;
    }
    return is_digit(text.data[at]) && letters >= LETTERS_BEFORE;
}

bool query_unglue(struct searcher *searcher, struct search_query *given, bool has_open_end)
{
    const struct bytes text = given->text;
    if (given->has_parts || text.size < 2) {
        return false;
    }
    uint8_t *const apart = ARENA_NEW(&searcher->arena, uint8_t, 2 * text.size);
    if (apart == NULL) {
        return false;
    }
    size_t size = 0;
    for (size_t i = 0; i < text.size; i++) {
        if (i != 0 && is_glued(text, i)) {
            apart[size++] = ' ';
        }
        apart[size++] = text.data[i];
    }
    if (size == text.size) {
        return false;
    }
    given->text = (struct bytes){apart, size};
    searcher->match_count = 0;
    searcher->best_share = 0;
    searcher->best_mask = 0;
    return query_read(searcher, given, has_open_end, NULL) == STATUS_OK;
}
