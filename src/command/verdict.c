#include "command/verdict.h"

#include <string.h>

#include "command/command_private.h"
#include "search/unit.h"
#include "text/agree.h"
#include "text/distance.h"
#include "text/house_number.h"

enum { NAMES_MAX = 48, ROWS_MAX = 4096, NUMBER_WORDS_MAX = 3 };

const char *verdict_name(enum verdict verdict)
{
    static const char *const names[VERDICT_COUNT] = {
        [VERDICT_NONE] = "none",
        [VERDICT_CONFIRMED] = "confirmed",
        [VERDICT_CORRECTED] = "corrected",
        [VERDICT_MISSING] = "missing",
        [VERDICT_UNEXPECTED] = "unexpected",
        [VERDICT_INFERRED] = "inferred",
    };
    return names[verdict];
}

const char *verdict_reason_name(enum verdict_reason reason)
{
    static const char *const names[REASON_COUNT] = {
        [REASON_NONE] = "",
        [REASON_SPELLING] = "spelling",
        [REASON_DIFFERS] = "differs",
        [REASON_UNKNOWN] = "unknown",
        [REASON_NONE_KNOWN] = "none_known",
        [REASON_INTERPOLATED] = "interpolated",
    };
    return names[reason];
}

struct judging {
    struct commander *commander;
    const struct atlas *atlas; // NULL: none
    const struct search_result *result;
    const struct description *description;
    struct verdicts *verdicts;
    struct text_query *given; // of a part, or the line
    struct text_query *name;
    uint64_t used; // words of the line that say something
    bool is_line;
};

// What the description has as a part.
static struct bytes described(const struct description *description, enum search_part part)
{
    switch (part) {
    case PART_NAME:
        return description->layer == LAYER_POI ? description->name : (struct bytes){0};
    case PART_NUMBER:
        return description->number;
    case PART_STREET:
        return description->layer == LAYER_INTERSECTION ? description->name : description->street;
    case PART_UNIT:
        return description->unit;
    case PART_NEIGHBOURHOOD:
        return description->neighbourhood;
    case PART_BOROUGH:
        return description->borough;
    case PART_LOCALITY:
        return description->locality;
    case PART_COUNTY:
        return description->county;
    case PART_REGION:
        return description->region;
    case PART_POSTCODE:
        return description->postcode;
    case PART_COUNTRY:
        return description->country;
    }
    return (struct bytes){0};
}

// --- Names -----------------------------------------------------------------------------------------

// How well something that is known says what was given, so far.
struct finding {
    enum text_agreement agreement;
    unsigned first, count; // words of the line
    struct bytes value;    // of what agrees best
};

// Compares one spelling. `value` is the standard form of what it is a name of.
static void try_name(struct judging *judging, struct bytes spelling, struct bytes value,
                     struct finding *best)
{
    struct text_query *const given = judging->given;
    unsigned first = 0;
    unsigned count = given->word_count;
    if (spelling.size == 0 || search_text_read(judging->commander->searcher, spelling,
                                               judging->name, NULL) != STATUS_OK) {
        return; // longer than any text that is searched
    }
    const enum text_agreement agreement =
        judging->is_line ? text_agree_find(given, judging->used, judging->name, &first, &count)
                         : text_agree(given, 0, count, judging->name);
    if (agreement > best->agreement || (judging->is_line && agreement == best->agreement &&
                                        agreement != TEXT_DIFFERS && count > best->count)) {
        *best = (struct finding){agreement, first, count, value};
    }
}

static void try_document(struct judging *judging, uint32_t doc, struct bytes value,
                         struct finding *best)
{
    struct described_name names[NAMES_MAX];
    const unsigned count = describe_names(judging->atlas, doc, names, NAMES_MAX);
    for (unsigned i = 0; i < count && i < NAMES_MAX && best->agreement != TEXT_AGREES; i++) {
        try_name(judging, names[i].text, value, best);
    }
}

static void try_codes(struct judging *judging, enum search_part part, struct finding *best)
{
    const struct description *const description = judging->description;
    const struct bytes value = described(description, part);
    if (part == PART_COUNTRY) {
        try_name(judging, bytes_from_text(description->country_code),
                 value.size != 0 ? value : bytes_from_text(description->country_code), best);
        try_name(judging, bytes_from_text(description->country_code3), value, best);
    } else if (part == PART_REGION && description->region_code.size > 3) {
        // "US-NY" is written NY.
        try_name(
            judging,
            (struct bytes){description->region_code.data + 3, description->region_code.size - 3},
            value, best);
    }
}

// Everything that contains some of a street: it may go through several postcodes.
static void try_street_contexts(struct judging *judging, unsigned layers, struct finding *best)
{
    const struct atlas *const atlas = judging->atlas;
    if (atlas == NULL || judging->result->object != NULL) {
        return;
    }
    const struct atlas_list contexts =
        atlas_chain(atlas, atlas_street_of(atlas, judging->result->reference)->contexts);
    for (uint32_t i = 0; i < contexts.count && best->agreement != TEXT_AGREES; i++) {
        const struct atlas_doc *const doc = &atlas->docs[contexts.items[i]];
        if ((layers & 1U << doc->layer) != 0) {
            try_document(judging, contexts.items[i], atlas_string(atlas, doc->name), best);
        }
    }
}

// Whatever the data has around the answer that a part may be.
static struct finding find_part(struct judging *judging, enum search_part part)
{
    const struct description *const description = judging->description;
    struct finding best = {.agreement = TEXT_DIFFERS};
    const struct bytes value = described(description, part);
    const unsigned layers = search_part_layers(part);
    try_name(judging, value, value, &best);
    try_codes(judging, part, &best);
    const bool is_document =
        judging->result->object == NULL && (judging->result->reference & ATLAS_REF_HOUSE) == 0 &&
        description->layer < LAYER_ADDRESS && (layers & 1U << description->layer) != 0;
    if (is_document && best.agreement != TEXT_AGREES) {
        try_document(judging, judging->result->reference, description->name, &best);
    }
    for (unsigned i = 0; i < description->part_count && best.agreement != TEXT_AGREES; i++) {
        const struct description_part *const own = &description->parts[i];
        if ((layers & 1U << own->layer) != 0 && judging->atlas != NULL) {
            try_document(judging, own->doc, own->name, &best);
        }
    }
    if (best.agreement != TEXT_AGREES && description->layer == LAYER_STREET) {
        try_street_contexts(judging, layers, &best);
    }
    return best;
}

// The words of the line that were found to say something.
static struct bytes words_take(struct judging *judging, unsigned first, unsigned count)
{
    for (unsigned i = first; i < first + count; i++) {
        judging->used |= UINT64_C(1) << i;
    }
    return text_query_span(judging->given, first, first + count - 1);
}

// A number as long as the postcode there, and not it, is meant for one.
static bool postcode_in_line(struct judging *judging, struct part_verdict *verdict)
{
    const struct text_query *const line = judging->given;
    const struct bytes value = verdict->value;
    enum { POSTCODE_SIZE_MIN = 4 };
    for (unsigned at = 0; at < line->word_count; at++) {
        const struct bytes word = text_query_span(line, at, at);
        if ((judging->used >> at & 1) != 0 || !line->words[at].token.is_number ||
            word.size != value.size || word.size < POSTCODE_SIZE_MIN) {
            continue;
        }
        verdict->verdict = VERDICT_CORRECTED;
        verdict->reason = text_distance(word, value, 1) <= 1 ? REASON_SPELLING : REASON_DIFFERS;
        verdict->given = words_take(judging, at, 1);
        return true;
    }
    return false;
}

static void judge_name(struct judging *judging, enum search_part part)
{
    struct part_verdict *const verdict = &judging->verdicts->parts[part];
    const struct bytes value = described(judging->description, part);
    const struct finding found = find_part(judging, part);
    if (found.agreement != TEXT_DIFFERS) {
        const bool agrees = found.agreement == TEXT_AGREES;
        verdict->verdict = agrees ? VERDICT_CONFIRMED : VERDICT_CORRECTED;
        verdict->reason = agrees ? REASON_NONE : REASON_SPELLING;
        verdict->value = found.value;
        if (judging->is_line) {
            verdict->given = words_take(judging, found.first, found.count);
        }
        return;
    }
    verdict->value = value;
    if (judging->is_line && part == PART_POSTCODE && postcode_in_line(judging, verdict)) {
        return;
    }
    if (judging->is_line) {
        verdict->verdict = value.size != 0 ? VERDICT_INFERRED : VERDICT_NONE;
    } else if (value.size == 0 && judging->result->match == MATCH_EXACT) {
        // A postcode of a town, say: the search found that they belong together.
        verdict->verdict = VERDICT_CONFIRMED;
    } else if (value.size != 0 && part != PART_STREET && part != PART_NAME) {
        verdict->verdict = VERDICT_CORRECTED;
        verdict->reason = part == PART_POSTCODE && text_distance(verdict->given, value, 1) <= 1
                              ? REASON_SPELLING
                              : REASON_DIFFERS;
    } else {
        verdict->verdict = VERDICT_UNEXPECTED;
        verdict->reason = value.size != 0 ? REASON_UNKNOWN : REASON_NONE_KNOWN;
        verdict->value = (struct bytes){0};
    }
}

// --- Numbers and units -----------------------------------------------------------------------------

// Houses of the answer's street with its number: is there one with a unit?
struct rows {
    const struct atlas_house *first;
    uint32_t count;
};

static struct rows rows_of_street(const struct judging *judging)
{
    const uint32_t reference = judging->result->reference;
    const struct atlas *const atlas = judging->atlas;
    uint32_t street = UINT32_MAX;
    if (atlas == NULL || judging->result->object != NULL) {
        return (struct rows){0};
    }
    if ((reference & ATLAS_REF_HOUSE) != 0) {
        street = atlas->houses[reference & ~ATLAS_REF_HOUSE].street;
    } else if (judging->description->layer == LAYER_STREET) {
        street = reference;
    }
    if (street == UINT32_MAX) {
        return (struct rows){0};
    }
    const struct atlas_street *const rows = atlas_street_of(atlas, street);
    return (struct rows){.first = atlas->houses + rows->house_first, .count = rows->house_count};
}

static bool has_units(const struct judging *judging)
{
    const uint32_t reference = judging->result->reference;
    const struct rows rows = rows_of_street(judging);
    if (rows.count == 0 || (reference & ATLAS_REF_HOUSE) == 0) {
        return false;
    }
    const struct atlas_house *const own = &judging->atlas->houses[reference & ~ATLAS_REF_HOUSE];
    // Rows of one number stand together.
    const struct atlas_house *row = own;
    while (row > rows.first && own - row < ROWS_MAX && row[-1].number == own->number &&
           row[-1].suffix == own->suffix) {
        row--;
    }
    const struct atlas_house *const end = rows.first + rows.count;
    for (; row < end && row - own < ROWS_MAX && row->number == own->number &&
           row->suffix == own->suffix;
         row++) {
        if (atlas_string(judging->atlas, row->unit).size != 0) {
            return true;
        }
    }
    return false;
}

// The words of the line that are the number, or else the first that could be one.
static bool number_find(struct judging *judging, const struct house_number *own, unsigned *first,
                        unsigned *count)
{
    const struct text_query *const line = judging->given;
    bool has_any = false;
    for (unsigned at = 0; at < line->word_count; at++) {
        for (unsigned size = 1; size <= NUMBER_WORDS_MAX && at + size <= line->word_count; size++) {
            struct house_number number;
            const bool is_free = (judging->used >> (at + size - 1) & 1) == 0;
            if (!is_free ||
                !house_number_parse(text_query_span(line, at, at + size - 1), &number)) {
                break;
            }
            const bool is_own = own != NULL && number.number == own->number &&
                                number.suffix_size == own->suffix_size &&
                                memcmp(number.suffix, own->suffix, own->suffix_size) == 0;
            if (is_own || !has_any || at == *first) {
                *first = at;
                *count = size;
                has_any = true;
            }
            if (is_own) {
                return true;
            }
        }
    }
    return false;
}

static bool number_read(struct judging *judging, struct bytes text, struct house_number *number)
{
    struct text_query *const read = judging->name;
    return text.size != 0 &&
           search_text_read(judging->commander->searcher, text, read, NULL) == STATUS_OK &&
           house_number_read((struct bytes){read->folded, read->folded_size}, number);
}

static bool numbers_are_equal(const struct house_number *left, const struct house_number *right)
{
    return left->number == right->number && left->suffix_size == right->suffix_size &&
           memcmp(left->suffix, right->suffix, left->suffix_size) == 0;
}

// "12" for "12a" and the other way: the same house, more or less. "115-27" is not "115-01".
static bool is_base_of(struct judging *judging, struct bytes text, const struct house_number *own)
{
    struct house_number given;
    return own != NULL && number_read(judging, text, &given) && given.number == own->number &&
           (given.suffix_size == 0 || own->suffix_size == 0);
}

// Of a line, whatever may be a number is taken for one only after the postcode was found.
static void judge_number(struct judging *judging, bool may_be_any)
{
    struct part_verdict *const verdict = &judging->verdicts->parts[PART_NUMBER];
    const struct bytes value = judging->description->number;
    struct house_number own;
    struct house_number given;
    bool is_own = false;
    const bool has_own = number_read(judging, value, &own);
    verdict->value = value;
    if (judging->is_line) {
        unsigned first = 0;
        unsigned count = 0;
        is_own = number_find(judging, has_own ? &own : NULL, &first, &count);
        if (is_own || (may_be_any && count != 0)) {
            verdict->given = words_take(judging, first, count);
        }
        if (verdict->given.size != 0 && judging->description->layer < LAYER_STREET) {
            // Areas have no numbers. It is a postcode there, if the search found it to be one.
            judging->verdicts->parts[PART_POSTCODE] = (struct part_verdict){
                .verdict =
                    judging->result->match == MATCH_EXACT ? VERDICT_CONFIRMED : VERDICT_UNEXPECTED,
                .reason = judging->result->match == MATCH_EXACT ? REASON_NONE : REASON_UNKNOWN,
                .given = verdict->given};
            *verdict = (struct part_verdict){0};
            return;
        }
    } else if (verdict->given.size != 0) {
        is_own = has_own && number_read(judging, verdict->given, &given) &&
                 numbers_are_equal(&given, &own);
    }
    const bool is_given = verdict->given.size != 0;
    if (is_own) {
        const bool is_computed = judging->description->is_interpolated;
        verdict->verdict = is_computed ? VERDICT_INFERRED : VERDICT_CONFIRMED;
        verdict->reason = is_computed ? REASON_INTERPOLATED : REASON_NONE;
    } else if (is_given && is_base_of(judging, verdict->given, has_own ? &own : NULL)) {
        verdict->verdict = VERDICT_CORRECTED;
        verdict->reason = REASON_DIFFERS;
    } else if (is_given) {
        verdict->value = (struct bytes){0};
        verdict->verdict = VERDICT_UNEXPECTED;
        verdict->reason = rows_of_street(judging).count != 0 ? REASON_UNKNOWN : REASON_NONE_KNOWN;
    } else if (value.size != 0) {
        verdict->verdict = VERDICT_INFERRED;
    } else if (rows_of_street(judging).count != 0) {
        verdict->verdict = VERDICT_MISSING;
    }
}

// A unit in what the line has left: "apt 4b", or the words of the unit that is there.
static struct bytes unit_in_line(struct judging *judging)
{
    const struct text_query *const line = judging->given;
    struct unit own;
    const bool has_own = unit_read(judging->description->unit, &own);
    for (unsigned at = 0; at < line->word_count; at++) {
        const struct bytes word = text_query_span(line, at, at);
        if ((judging->used >> at & 1) != 0) {
            continue;
        }
        if (has_own && unit_agrees(&own, word)) {
            return words_take(judging, at, 1);
        }
        if (unit_is_designator(word) && at + 1 < line->word_count &&
            (judging->used >> (at + 1) & 1) == 0) {
            return words_take(judging, at, 2);
        }
    }
    return (struct bytes){0};
}

static void judge_unit(struct judging *judging)
{
    struct part_verdict *const verdict = &judging->verdicts->parts[PART_UNIT];
    const struct bytes value = judging->description->unit;
    const bool are_units_known = has_units(judging);
    if (judging->is_line) {
        verdict->given = unit_in_line(judging);
    }
    struct unit given;
    if (unit_read(verdict->given, &given)) {
        if (unit_agrees(&given, value)) {
            verdict->verdict = VERDICT_CONFIRMED;
            verdict->value = value;
        } else {
            verdict->verdict = VERDICT_UNEXPECTED;
            verdict->reason = are_units_known ? REASON_UNKNOWN : REASON_NONE_KNOWN;
        }
    } else if (are_units_known) {
        verdict->verdict = VERDICT_MISSING;
    }
}

// --- All of it -------------------------------------------------------------------------------------

static void words_left(struct judging *judging)
{
    struct verdicts *const verdicts = judging->verdicts;
    const struct text_query *const line = judging->given;
    for (unsigned i = 0; i < line->word_count; i++) {
        const bool is_said = (judging->used >> i & 1) != 0 || line->words[i].is_number_sign;
        if (!is_said && verdicts->unmatched_count < VERDICT_WORDS_MAX) {
            verdicts->unmatched[verdicts->unmatched_count++] = text_query_span(line, i, i);
        }
    }
}

static enum status judge_line(struct judging *judging, struct bytes line, struct fault *fault)
{
    // What is most particular first: a street called like its town is the street.
    static const enum search_part order[] = {
        PART_NAME,          PART_STREET, PART_POSTCODE, PART_LOCALITY, PART_BOROUGH,
        PART_NEIGHBOURHOOD, PART_COUNTY, PART_REGION,   PART_COUNTRY,
    };
    TRY(search_text_read(judging->commander->searcher, line, judging->given, fault));
    judging->is_line = true;
    for (size_t i = 0; i < COUNT_OF(order); i++) {
        if (judging->verdicts->parts[order[i]].given.size == 0) {
            judge_name(judging, order[i]);
        }
        if (order[i] == PART_STREET && judging->verdicts->parts[PART_NUMBER].given.size == 0) {
            judge_number(judging, false);
        }
        if (order[i] == PART_POSTCODE && judging->verdicts->parts[PART_NUMBER].given.size == 0) {
            judge_number(judging, true);
        }
    }
    if (judging->verdicts->parts[PART_UNIT].given.size == 0) {
        judge_unit(judging);
    }
    words_left(judging);
    return STATUS_OK;
}

// "Landstrasse 1" given as the street: the number is taken out of it.
static void split_street(struct judging *judging, struct verdicts *verdicts)
{
    struct text_query *const street = judging->given;
    unsigned first = 0;
    unsigned count = 0;
    struct house_number own;
    judging->used = 0;
    if (verdicts->parts[PART_NUMBER].given.size != 0 ||
        !number_read(judging, judging->description->number, &own) ||
        search_text_read(judging->commander->searcher, verdicts->parts[PART_STREET].given, street,
                         NULL) != STATUS_OK ||
        !number_find(judging, &own, &first, &count) || count == street->word_count) {
        return;
    }
    if (first == 0) {
        verdicts->parts[PART_NUMBER].given = text_query_span(street, 0, count - 1);
        verdicts->parts[PART_STREET].given = text_query_span(street, count, street->word_count - 1);
    } else if (first + count == street->word_count) {
        verdicts->parts[PART_NUMBER].given = text_query_span(street, first, street->word_count - 1);
        verdicts->parts[PART_STREET].given = text_query_span(street, 0, first - 1);
    }
}

static enum status judge_parts(struct judging *judging, bool has_line, struct fault *fault)
{
    struct verdicts *const verdicts = judging->verdicts;
    for (unsigned part = 0; part < SEARCH_PART_COUNT; part++) {
        struct part_verdict *const verdict = &verdicts->parts[part];
        if (part == PART_NUMBER || part == PART_UNIT) {
            continue;
        }
        if (verdict->given.size != 0) {
            TRY(search_text_read(judging->commander->searcher, verdict->given, judging->given,
                                 fault));
            judge_name(judging, (enum search_part)part);
        } else if (!has_line) {
            verdict->value = described(judging->description, (enum search_part)part);
            verdict->verdict = verdict->value.size != 0 ? VERDICT_INFERRED : VERDICT_NONE;
        }
    }
    if (!has_line || verdicts->parts[PART_NUMBER].given.size != 0) {
        judge_number(judging, true);
    }
    if (!has_line || verdicts->parts[PART_UNIT].given.size != 0) {
        judge_unit(judging);
    }
    return STATUS_OK;
}

enum status verdicts_find(struct commander *commander, const struct search_world *world,
                          struct bytes line, const struct bytes parts[SEARCH_PART_COUNT],
                          const struct search_result *result, const struct description *description,
                          struct verdicts *verdicts, struct fault *fault)
{
    struct text_query *const texts = ARENA_NEW(&commander->arena, struct text_query, 3);
    if (texts == NULL) {
        return fault_set(fault, STATUS_NO_MEMORY, "no memory to compare an address");
    }
    struct judging judging = {
        .commander = commander,
        .atlas = world->atlas,
        .result = result,
        .description = description,
        .verdicts = verdicts,
        .given = &texts[0],
        .name = &texts[1],
    };
    *verdicts = (struct verdicts){0};
    for (unsigned part = 0; part < SEARCH_PART_COUNT; part++) {
        verdicts->parts[part].given = parts[part];
    }
    if (parts[PART_STREET].size != 0) {
        // What is split off must outlive the next reading.
        judging.given = &texts[2];
        split_street(&judging, verdicts);
        judging.given = &texts[0];
    }
    TRY(judge_parts(&judging, line.size != 0, fault));
    return line.size == 0 ? STATUS_OK : judge_line(&judging, line, fault);
}
