// House numbers: the rows of a street that a query names, and rows whose number was typed first.
#include "geo/distance.h"
#include "search/house_guess.h"
#include "search/scoring.h"

enum { ROWS_MAX = 12 }; // house rows of one number that are scored

static const float range_credit = 0.97F; // for 12 where "12-14" is asked for, and the other way

// First row of [first, end) whose (number, suffix) is not below the given one.
static uint32_t row_lower(const struct atlas_house *houses, uint32_t first, uint32_t end,
                          uint32_t number, uint32_t suffix)
{
    while (first < end) {
        const uint32_t middle = first + (end - first) / 2;
        const struct atlas_house *const row = &houses[middle];
        if (row->number < number || (row->number == number && row->suffix < suffix)) {
            first = middle + 1;
        } else {
            end = middle;
        }
    }
    return first;
}

// "12-14" was typed: its last number; 0 when it is none. "194-06" is one number.
static uint32_t typed_range_end(const struct query_number *number)
{
    uint32_t end = 0;
    const uint32_t mark = number->suffix >> 24;
    for (unsigned shift = 16; (mark == '-' || mark == '/') && shift < 32; shift -= 8) {
        const uint32_t digit = (number->suffix >> shift & 0xff) - '0';
        if (digit > 9) {
            break;
        }
        end = end * 10 + digit;
    }
    return end > number->number ? end : 0;
}

// "194-06" says nothing of a house 194.
static bool is_dashed(const struct query_number *number)
{
    return number->suffix >> 24 == '-' && typed_range_end(number) == 0;
}

// A row's answer to the number asked for: 1 the very number, less for "12" where there is "12a".
static float number_credit(const struct atlas_house *row, const struct query_number *number)
{
    if (row->number == number->number && row->suffix == number->suffix) {
        return 1;
    }
    if (number->is_prefix) {
        return row->number == number->number ? 0.97F : 0.98F;
    }
    if (row->suffix == 0 && typed_range_end(number) != 0) {
        return range_credit;
    }
    if (is_dashed(number) && row->suffix == 0) {
        return 0;
    }
    return row->suffix == 0 || number->suffix == 0 ? 0.6F : 0.25F;
}

// Of a number that is not there, by how it is guessed.
static const float guess_credits[] = {
    [GUESS_NONE] = 1, [GUESS_RANGE] = 0.97F, [GUESS_BETWEEN] = 0.6F, [GUESS_BESIDE] = 0.3F};

static void house_score(const struct scoring *scoring, uint32_t index, uint32_t street,
                        const struct query_number *number)
{
    const struct atlas *const atlas = scoring->atlas;
    const struct atlas_house *const house = &atlas->houses[index];
    const struct atlas_doc *const doc = &atlas->docs[street];
    const struct geo_point point = {.lng_e7 = house->lng_e7, .lat_e7 = house->lat_e7};
    if (!candidate_passes(scoring->query, LAYER_ADDRESS, doc->country, point)) {
        return;
    }
    const float credit = number_credit(house, number);
    if (credit <= 0) {
        return;
    }
    struct explained explained = candidate_begin(scoring);
    explained.mask |= number->mask;
    explained.number =
        credit * mask_weight(&scoring->searcher->query, number->mask) +
        part_unit_credit(&scoring->searcher->query, atlas_string(scoring->atlas, house->unit));
    explained.is_prefix = credit < 1 && number->is_prefix;
    explained.guess = credit < range_credit && !number->is_prefix ? GUESS_BESIDE : GUESS_NONE;
    const struct surroundings around = {
        .chain = atlas_chain(atlas, house->chain),
        .doc = street,
        .street = UINT32_MAX,
        .point = point,
    };
    contexts_explain(scoring, &around, true, &explained);
    candidate_finish(scoring, index | ATLAS_REF_HOUSE, doc, point, explained);
}

// A house that is not among the rows of the street.
static void guess_score(const struct scoring *scoring, uint32_t street,
                        const struct query_number *number)
{
    const struct atlas *const atlas = scoring->atlas;
    const struct atlas_street *const rows = atlas_street_of(atlas, street);
    const struct atlas_doc *const doc = &atlas->docs[street];
    const struct house_guess guess = house_guess(
        atlas, rows->house_first, rows->house_first + rows->house_count, number->number);
    if (guess.guess == GUESS_NONE ||
        !candidate_passes(scoring->query, LAYER_ADDRESS, doc->country, guess.point)) {
        return;
    }
    struct explained explained = candidate_begin(scoring);
    explained.mask |= number->mask;
    explained.number =
        guess_credits[guess.guess] * mask_weight(&scoring->searcher->query, number->mask);
    explained.guess = guess.guess;
    const bool is_between = guess.guess == GUESS_BETWEEN;
    explained.guessed = is_between ? number->number : 0;
    explained.beside = is_between ? guess.row : 0;
    const struct surroundings around = {
        .chain = atlas_chain(atlas, atlas->houses[guess.row].chain),
        .doc = street,
        .street = UINT32_MAX,
        .point = guess.point,
    };
    contexts_explain(scoring, &around, true, &explained);
    candidate_finish(scoring, is_between ? street : guess.row | ATLAS_REF_HOUSE, doc, guess.point,
                     explained);
}

// The last of the suffixes that begin with what was typed: "-2" -> "-2\xff\xff".
static uint32_t suffix_end(uint32_t suffix)
{
    uint32_t rest = UINT32_MAX;
    while ((suffix & rest) != 0) {
        rest >>= 8;
    }
    return suffix | rest;
}

// Takes the rows of numbers [low, high], each number once; `suffix` to `end_suffix` of one number.
static unsigned rows_take(const struct atlas_house *houses, uint32_t row, uint32_t end,
                          uint32_t high, uint32_t end_suffix, uint32_t rows[ROWS_MAX],
                          unsigned count)
{
    for (; row < end && houses[row].number <= high && houses[row].suffix <= end_suffix &&
           count < ROWS_MAX;
         row++) {
        if (count == 0 || houses[rows[count - 1]].number != houses[row].number ||
            houses[rows[count - 1]].suffix != houses[row].suffix) {
            rows[count++] = row;
        }
    }
    return count;
}

// Rows whose number begins with what was typed so far: 1, 10-19, 100-199 …; 205-2, 205-20 …
static unsigned rows_with_prefix(const struct atlas_house *houses, uint32_t first, uint32_t end,
                                 const struct query_number *number, uint32_t rows[ROWS_MAX])
{
    if (number->suffix != 0 || number->number == 0) {
        const uint32_t row = row_lower(houses, first, end, number->number, number->suffix);
        return rows_take(houses, row, end, number->number, suffix_end(number->suffix), rows, 0);
    }
    unsigned count = 0;
    uint64_t low = number->number;
    uint64_t high = number->number;
    for (; low <= 99999 && count < ROWS_MAX; low *= 10, high = high * 10 + 9) {
        const uint32_t row = row_lower(houses, first, end, (uint32_t)low, 0);
        count = rows_take(houses, row, end, (uint32_t)high, UINT32_MAX, rows, count);
    }
    return count;
}

// Of more rows with one number than are scored, the one with the unit asked for comes first.
static void unit_row_find(const struct scoring *scoring, uint32_t first, uint32_t end,
                          const struct query_number *number, uint32_t rows[ROWS_MAX],
                          unsigned count)
{
    enum { UNITS_MAX = 4096 };
    const struct atlas_house *const houses = scoring->atlas->houses;
    const struct unit *const unit = &scoring->searcher->query.unit;
    if (unit->size == 0 || count < ROWS_MAX) {
        return;
    }
    end = end - first > UNITS_MAX ? first + UNITS_MAX : end;
    for (uint32_t row = first;
         row < end && houses[row].number == number->number && houses[row].suffix == number->suffix;
         row++) {
        if (unit_agrees(unit, atlas_string(scoring->atlas, houses[row].unit))) {
            rows[0] = row;
            return;
        }
    }
}

// Scores the street's houses of a number.
static void number_score(const struct scoring *scoring, uint32_t street,
                         const struct query_number *number)
{
    const struct atlas_house *const houses = scoring->atlas->houses;
    const struct atlas_street *const rows = atlas_street_of(scoring->atlas, street);
    const uint32_t first = rows->house_first;
    const uint32_t end = first + rows->house_count;

    uint32_t found[ROWS_MAX];
    unsigned count = 0;
    uint32_t row = row_lower(houses, first, end, number->number, number->suffix);
    const uint32_t first_row = row;
    while (row < end && count < ROWS_MAX && houses[row].number == number->number &&
           houses[row].suffix == number->suffix) {
        found[count++] = row++;
    }
    unit_row_find(scoring, first_row, end, number, found, count);
    if (count == 0 && !number->is_prefix &&
        number->number != 0) { // the same number with another suffix is near
        row = row_lower(houses, first, end, number->number, 0);
        while (row < end && count < ROWS_MAX && houses[row].number == number->number) {
            found[count++] = row++;
        }
    }
    for (unsigned i = 0; i < count; i++) {
        house_score(scoring, found[i], street, number);
    }
    if (count == 0 && !number->is_prefix && number->number != 0 && !is_dashed(number) &&
        rows->house_count != 0) {
        guess_score(scoring, street, number);
    }
    if (number->is_prefix) {
        const unsigned more = rows_with_prefix(houses, first, end, number, found);
        for (unsigned i = 0; i < more; i++) {
            house_score(scoring, found[i], street, number);
        }
    }
}

void numbers_score(const struct scoring *scoring, uint32_t street)
{
    const struct query_words *const query = &scoring->searcher->query;
    for (unsigned i = 0; i < query->number_count; i++) {
        if ((query->numbers[i].mask & scoring->subject->mask) == 0) {
            number_score(scoring, street, &query->numbers[i]);
        }
    }
}

// Where a (number, suffix, phrase) stands, or would stand, among all rows by number.
static uint32_t number_lower(const struct atlas *atlas, uint32_t number, uint32_t suffix,
                             uint32_t phrase)
{
    uint32_t low = 0;
    uint32_t high = atlas->header->house_count;
    while (low < high) {
        const uint32_t middle = low + (high - low) / 2;
        const struct atlas_house *const row = &atlas->houses[atlas->numbers[middle]];
        bool is_before = row->number < number || (row->number == number && row->suffix < suffix);
        if (row->number == number && row->suffix == suffix) {
            is_before = atlas->docs[row->street].phrase < phrase;
        }
        if (is_before) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low;
}

// The rows among [first, end) of NUMBERS that are nearest to where the caller is.
static unsigned rows_nearest(const struct scoring *scoring, uint32_t first, uint32_t end,
                             uint32_t rows[ROWS_MAX])
{
    enum { ROWS_LOOKED_AT = 4096 };
    const struct atlas *const atlas = scoring->atlas;
    end = end - first > ROWS_LOOKED_AT ? first + ROWS_LOOKED_AT : end;
    double away_m[ROWS_MAX];
    unsigned count = 0;
    for (uint32_t i = first; i < end; i++) {
        const uint32_t row = atlas->numbers[i];
        const double away =
            scoring->query->has_near
                ? distance_m(scoring->query->near, atlas_point(atlas, row | ATLAS_REF_HOUSE))
                : (double)(i - first);
        unsigned at = count < ROWS_MAX ? count++ : ROWS_MAX;
        for (; at > 0 && away_m[at - 1] > away; at--) {
            if (at < ROWS_MAX) {
                away_m[at] = away_m[at - 1];
                rows[at] = rows[at - 1];
            }
        }
        if (at < ROWS_MAX) {
            away_m[at] = away;
            rows[at] = row;
        }
    }
    return count;
}

static void rows_score(const struct scoring *scoring, const struct query_number *number,
                       uint32_t first, uint32_t end)
{
    uint32_t rows[ROWS_MAX];
    const unsigned count = first < end ? rows_nearest(scoring, first, end, rows) : 0;
    for (unsigned i = 0; i < count; i++) {
        house_score(scoring, rows[i], scoring->atlas->houses[rows[i]].street, number);
    }
}

void numbers_in_range_score(const struct scoring *scoring)
{
    const struct query_words *const query = &scoring->searcher->query;
    const struct name_match *const subject = scoring->subject;
    for (unsigned i = 0; i < query->number_count; i++) {
        const struct query_number *const number = &query->numbers[i];
        if ((number->mask & subject->mask) == 0) {
            rows_score(
                scoring, number,
                number_lower(scoring->atlas, number->number, number->suffix, subject->first),
                number_lower(scoring->atlas, number->number, number->suffix, subject->last + 1));
        }
    }
}

void numbers_alone_score(struct scoring *scoring)
{
    static const struct name_match nothing = {.quality = 1, .layers = UINT32_MAX};
    const struct query_words *const query = &scoring->searcher->query;
    const struct atlas *const atlas = scoring->atlas;
    scoring->subject = &nothing;
    scoring->class_penalty = 0;
    for (unsigned i = 0; i < query->number_count; i++) {
        const struct query_number *const number = &query->numbers[i];
        if (number->mask != query->all) {
            continue;
        }
        rows_score(scoring, number, number_lower(atlas, number->number, number->suffix, 0),
                   number_lower(atlas, number->number, suffix_end(number->suffix), UINT32_MAX));
        uint64_t low = number->number;
        uint64_t high = number->number;
        while (number->is_prefix && number->suffix == 0 && low != 0 && low <= 99999) {
            low *= 10;
            high = high * 10 + 9;
            rows_score(scoring, number, number_lower(atlas, (uint32_t)low, 0, 0),
                       number_lower(atlas, (uint32_t)high, UINT32_MAX, UINT32_MAX));
        }
    }
}
