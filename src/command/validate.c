// Is this an address, and which of its parts are right? docs/validate.md has the decision table.
#include <string.h>

#include "command/command_private.h"
#include "command/verdict.h"
#include "geo/distance.h"

enum { ALTERNATIVES_MAX = 5, ASKED = 20 };
static const float sure_enough = 0.2F; // less confidence: nothing was found
static const float tie_terms = 0.04F;  // of four: answers that explain the question alike
static const double same_place_m = 100;

static const struct parameter validate_parameters[] = {
    {.name = "q",
     .kind = PARAMETER_TEXT,
     .example = "Landstrasse 1, 9490 Vaduz",
     .help = "The address in one line; or it comes in parts."},
    PARAMETER_ROWS_PARTS,
    {.name = "country",
     .kind = PARAMETER_COUNTRY,
     .example = "LI",
     .help = "The country: its code (ISO 3166-1) or its name. Addresses elsewhere are none."},
    PARAMETER_ROW_LANG,
};

enum verification { VERIFIED, PARTIAL, AMBIGUOUS, UNVERIFIED };

static const char *const verification_names[] = {
    [VERIFIED] = "verified",
    [PARTIAL] = "partial",
    [AMBIGUOUS] = "ambiguous",
    [UNVERIFIED] = "unverified",
};

struct validation {
    struct search_result results[ASKED]; // copies: the commander's are its next search's
    unsigned result_count;
    struct description description; // of the first
    struct verdicts verdicts;
    unsigned alternatives[ALTERNATIVES_MAX];
    unsigned alternative_count;
    enum verification verification;
};

// --- Who fits as well ------------------------------------------------------------------------------

static float terms_of(const struct search_result *result)
{
    return result->terms.text + result->terms.context + result->terms.number;
}

// Other answers of the same kind that explain what was asked as well, somewhere else.
static enum status alternatives_find(struct commander *commander, const struct search_world *world,
                                     const struct arguments *arguments,
                                     struct validation *validation)
{
    const struct search_result *const first = &validation->results[0];
    for (unsigned i = 1;
         i < validation->result_count && validation->alternative_count < ALTERNATIVES_MAX; i++) {
        const struct search_result *const other = &validation->results[i];
        if (terms_of(other) < terms_of(first) - tie_terms ||
            distance_m(first->point, other->point) < same_place_m) {
            continue;
        }
        const struct arena_mark mark SCOPED(arena_rewind) = arena_mark(&commander->arena);
        struct description description;
        struct bytes id;
        TRY(ask_describe(commander, world, other, &arguments->languages, &description, &id));
        if (description.layer == validation->description.layer &&
            !bytes_equal(description.label, validation->description.label)) {
            validation->alternatives[validation->alternative_count++] = i;
        }
    }
    return STATUS_OK;
}

// --- The decision ----------------------------------------------------------------------------------

// Does any place that was named fit? True also when none was named.
static bool a_place_fits(const struct validation *validation)
{
    static const enum search_part places[] = {PART_POSTCODE, PART_LOCALITY, PART_BOROUGH,
                                              PART_NEIGHBOURHOOD};
    bool is_given = false;
    for (size_t i = 0; i < COUNT_OF(places); i++) {
        const struct part_verdict *const part = &validation->verdicts.parts[places[i]];
        if (part->given.size != 0) {
            is_given = true;
            if (part->verdict == VERDICT_CONFIRMED || part->reason == REASON_SPELLING) {
                return true;
            }
        }
    }
    // Of a line, what fits is what was found in it: words left over may be a place of elsewhere.
    return !is_given && validation->verdicts.unmatched_count == 0;
}

static bool is_all_well(const struct validation *validation)
{
    for (unsigned part = 0; part < SEARCH_PART_COUNT; part++) {
        const struct part_verdict *const verdict = &validation->verdicts.parts[part];
        if (verdict->reason == REASON_NONE_KNOWN && part != PART_NUMBER && part != PART_UNIT) {
            continue; // data without regions cannot contradict one
        }
        if (verdict->verdict == VERDICT_CORRECTED || verdict->verdict == VERDICT_MISSING ||
            verdict->verdict == VERDICT_UNEXPECTED || verdict->reason == REASON_INTERPOLATED) {
            return false;
        }
    }
    return validation->verdicts.unmatched_count == 0;
}

static bool is_found(const struct part_verdict *part)
{
    return part->given.size != 0 &&
           (part->verdict == VERDICT_CONFIRMED || part->verdict == VERDICT_CORRECTED);
}

// Was the most particular thing that was asked for found, the street or the place of interest?
static bool is_subject_found(const struct validation *validation)
{
    const struct part_verdict *const parts = validation->verdicts.parts;
    if (parts[PART_NAME].verdict == VERDICT_UNEXPECTED ||
        parts[PART_STREET].verdict == VERDICT_UNEXPECTED) {
        return false;
    }
    // An area, when the line says more than its names, is not what was meant.
    return validation->description.layer >= LAYER_STREET
               ? is_found(&parts[PART_STREET]) || is_found(&parts[PART_NAME])
               : validation->verdicts.unmatched_count == 0 && parts[PART_NUMBER].given.size == 0;
}

static enum verification decide(const struct validation *validation)
{
    if (validation->results[0].confidence < sure_enough || !is_subject_found(validation) ||
        !a_place_fits(validation)) {
        return UNVERIFIED;
    }
    if (validation->alternative_count != 0) {
        return AMBIGUOUS;
    }
    return is_all_well(validation) ? VERIFIED : PARTIAL;
}

// --- The answer ------------------------------------------------------------------------------------

static void write_member(struct json_writer *json, const char *name, struct bytes text)
{
    if (text.size != 0) {
        json_key(json, bytes_from_text(name));
        json_text(json, text);
    }
}

static void write_verdicts(struct json_writer *json, const struct verdicts *verdicts)
{
    JSON_KEY(json, "components");
    json_begin_object(json);
    for (unsigned part = 0; part < SEARCH_PART_COUNT; part++) {
        const struct part_verdict *const verdict = &verdicts->parts[part];
        if (verdict->verdict == VERDICT_NONE) {
            continue;
        }
        json_key(json, bytes_from_text(search_part_name((enum search_part)part)));
        json_begin_object(json);
        JSON_KEY(json, "verdict");
        json_text_of(json, verdict_name(verdict->verdict));
        write_member(json, "reason", bytes_from_text(verdict_reason_name(verdict->reason)));
        write_member(json, "given", verdict->given);
        write_member(json, "value", verdict->value);
        json_end_object(json);
    }
    json_end_object(json);
    JSON_KEY(json, "unmatched");
    json_begin_array(json);
    for (unsigned i = 0; i < verdicts->unmatched_count; i++) {
        json_text(json, verdicts->unmatched[i]);
    }
    json_end_array(json);
}

static enum status write_validation(struct commander *commander, const struct search_world *world,
                                    const struct arguments *arguments,
                                    const struct validation *validation, struct buffer *out)
{
    struct json_writer json = {.out = out};
    json_begin_object(&json);
    JSON_KEY(&json, "status");
    json_text_of(&json, verification_names[validation->verification]);
    const unsigned told = validation->verification == AMBIGUOUS || validation->result_count == 0
                              ? validation->result_count
                              : 1;
    features_write_attribution(world->atlas, validation->results, told, &json);
    write_verdicts(&json, &validation->verdicts);
    JSON_KEY(&json, "place");
    if (validation->verification == UNVERIFIED) {
        json_null(&json);
    } else {
        TRY(features_write_one(commander, world, &validation->results[0], arguments, &json));
    }
    JSON_KEY(&json, "alternatives");
    json_begin_array(&json);
    for (unsigned i = 0; validation->verification == AMBIGUOUS && i < validation->alternative_count;
         i++) {
        TRY(features_write_one(commander, world, &validation->results[validation->alternatives[i]],
                               arguments, &json));
    }
    json_end_array(&json);
    json_end_object(&json);
    return STATUS_OK;
}

// --- The command -----------------------------------------------------------------------------------

// The parts as given, the country among them.
static void take_parts(const struct arguments *arguments, struct bytes parts[SEARCH_PART_COUNT])
{
    memcpy(parts, arguments->parts, sizeof(arguments->parts));
    if (arguments->given_country.size != 0) {
        parts[PART_COUNTRY] = arguments->given_country;
    }
}

static enum status judge_first(struct commander *commander, const struct search_world *world,
                               const struct arguments *arguments,
                               const struct bytes parts[SEARCH_PART_COUNT],
                               struct validation *validation, struct fault *fault)
{
    struct bytes id;
    TRY(ask_describe(commander, world, &validation->results[0], &arguments->languages,
                     &validation->description, &id));
    return verdicts_find(commander, world, arguments->text, parts, &validation->results[0],
                         &validation->description, &validation->verdicts, fault);
}

static enum status judge(struct commander *commander, const struct search_world *world,
                         const struct arguments *arguments,
                         const struct bytes parts[SEARCH_PART_COUNT], struct validation *validation,
                         struct fault *fault)
{
    struct search_result *const first = &validation->results[0];
    TRY(judge_first(commander, world, arguments, parts, validation, fault));
    if (validation->verdicts.parts[PART_NUMBER].verdict == VERDICT_UNEXPECTED &&
        first->object == NULL && (first->reference & ATLAS_REF_HOUSE) != 0) {
        // Another house of the street is not what was asked for; the street is.
        first->reference = world->atlas->houses[first->reference & ~ATLAS_REF_HOUSE].street;
        first->point = atlas_point(world->atlas, first->reference);
        first->match = MATCH_STREET;
        TRY(judge_first(commander, world, arguments, parts, validation, fault));
    }
    TRY(alternatives_find(commander, world, arguments, validation));
    validation->verification = decide(validation);
    for (unsigned part = 0; part < SEARCH_PART_COUNT && validation->verification == UNVERIFIED;
         part++) {
        // What is known of somewhere else is of no use.
        struct part_verdict *const verdict = &validation->verdicts.parts[part];
        *verdict = verdict->given.size == 0 ? (struct part_verdict){0} : *verdict;
        verdict->value = (struct bytes){0};
    }
    return STATUS_OK;
}

// Nothing was found: every part that was given is unknown.
static void judge_nothing(const struct bytes parts[SEARCH_PART_COUNT],
                          struct validation *validation)
{
    validation->verification = UNVERIFIED;
    for (unsigned part = 0; part < SEARCH_PART_COUNT; part++) {
        if (parts[part].size != 0) {
            validation->verdicts.parts[part] = (struct part_verdict){
                .verdict = VERDICT_UNEXPECTED, .reason = REASON_UNKNOWN, .given = parts[part]};
        }
    }
}

static enum status run_validate(struct commander *commander, const struct search_world *world,
                                const struct arguments *arguments, struct buffer *out,
                                struct command_failure *failure)
{
    struct validation *const validation = ARENA_NEW(&commander->arena, struct validation, 1);
    struct search_query query = {.text = arguments->text, .has_parts = true, .limit = ASKED};
    struct ask_results results;
    struct fault fault = {0};
    take_parts(arguments, query.parts);
    if (arguments->country_count > 1) {
        return command_fail(failure, STATUS_OUT_OF_RANGE, 400, "invalid_parameter", "country",
                            "country: an address is in one country");
    }
    if (arguments->text.size == 0 && !arguments->has_parts && arguments->country_count == 0) {
        return command_fail(failure, STATUS_OUT_OF_RANGE, 400, "missing_parameter", "q",
                            "validate needs the parameter 'q', for example q=Landstrasse 1, Vaduz, "
                            "or parts of an address: street, number, locality …");
    }
    if (validation == NULL) {
        return command_fail_search(failure, STATUS_NO_MEMORY, &fault);
    }
    enum status status = ask_forward(commander, world, &query, &results, &fault);
    if (status == STATUS_OK) {
        memcpy(validation->results, results.items, results.count * sizeof(*results.items));
        validation->result_count = results.count;
        if (results.count != 0) {
            status = judge(commander, world, arguments, query.parts, validation, &fault);
        } else {
            judge_nothing(query.parts, validation);
        }
    }
    if (status == STATUS_OK) {
        status = write_validation(commander, world, arguments, validation, out);
    }
    return status == STATUS_OK ? STATUS_OK : command_fail_texts(failure, status, arguments, &fault);
}

const struct command command_validate = {
    .name = "validate",
    .summary = "Says whether an address is one, and which of its parts are right.",
    .parameters = validate_parameters,
    .parameter_count = COUNT_OF(validate_parameters),
    .run = run_validate,
};
