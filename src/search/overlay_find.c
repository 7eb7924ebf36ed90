// Live places a query means, scored on the same scale as those of the atlas.
//
// The words that fewest places have say where to look; each place found there is asked which words it
// explains. A word nothing has is read as the nearest words there are. Words left over may name an
// area of the atlas that holds the object.
#include <stddef.h>

#include "search/overlay_private.h"
#include "search/scoring.h"
#include "text/distance.h"

enum {
    CORRECTIONS_MAX = 4,
    POSTINGS_MAX = 4096, // of one word that are looked at
    SCANNED_MAX = 20000, // words compared with one that nothing has
    SEEDS_MAX = 3,       // words whose places are looked at
    ONE_EDIT_SIZE = 4,   // shorter words are not corrected
    TWO_EDITS_SIZE = 8,
    AREAS_MAX = 32,
};
static const float correction_penalty = 0.10F; // for each edit
static const float completion_quality = 0.97F; // of a word that was only begun
static const float live_importance = 0.5F;     // the owner of the object thought it worth a name

// How one word of the query may be read here.
struct plan {
    struct reading readings[READINGS_MAX + CORRECTIONS_MAX];
    unsigned reading_count;
    unsigned part;   // that the word came from
    bool is_open;    // the word may go on
    size_t postings; // of all readings in all runs
};

struct finding {
    struct searcher *searcher;
    const struct search_world *world;
    const struct search_query *query;
    const struct overlay_snapshot *snapshot;
    struct live_view view;
    struct plan plans[WORDS_MAX];
    bool has_contexts;
    struct scoring scoring; // of the atlas's contexts, once asked for
};

static bool begins_with(struct bytes text, struct bytes prefix)
{
    return text.size >= prefix.size && memcmp(text.data, prefix.data, prefix.size) == 0;
}

// First entry of the run whose word is not below `text`, or, past its completions, above all that begin
// with it.
static size_t entry_lower(const struct overlay_run *run, struct bytes text, bool is_past)
{
    size_t low = 0;
    size_t high = run->entry_count;
    while (low < high) {
        const size_t middle = low + (high - low) / 2;
        const struct bytes word =
            overlay_word_text(run->entries[middle].place, run->entries[middle].word);
        if (bytes_compare(word, text) < 0 || (is_past && begins_with(word, text))) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low;
}

struct span {
    size_t first, end;
};

static struct span span_of(const struct overlay_run *run, struct bytes text, bool is_open)
{
    struct span span = {.first = entry_lower(run, text, false)};
    if (is_open) {
        span.end = entry_lower(run, text, true);
        return span;
    }
    uint8_t next[256];
    const size_t size = text.size < sizeof(next) ? text.size : sizeof(next) - 1;
    memcpy(next, text.data, size);
    next[size] = 0; // the least text above it
    span.end = entry_lower(run, (struct bytes){.data = next, .size = size + 1}, false);
    return span;
}

static size_t postings_count(const struct finding *finding, struct bytes text, bool is_open)
{
    size_t count = 0;
    for (unsigned i = 0; i < finding->snapshot->run_count; i++) {
        const struct span span = span_of(finding->snapshot->runs[i], text, is_open);
        count += span.end - span.first;
    }
    return count;
}

static void correction_add(struct plan *plan, struct bytes word, unsigned distance)
{
    for (unsigned i = 0; i < plan->reading_count; i++) {
        if (bytes_equal(plan->readings[i].text, word)) {
            return;
        }
    }
    if (plan->reading_count < COUNT_OF(plan->readings)) {
        plan->readings[plan->reading_count++] =
            (struct reading){.text = word, .penalty = correction_penalty * (float)distance};
    }
}

// Reads a word that nothing has as the nearest words with the same first letter.
static void plan_correct(const struct finding *finding, struct plan *plan)
{
    const struct bytes typed = plan->readings[0].text;
    if (typed.size < ONE_EDIT_SIZE) {
        return;
    }
    const unsigned bound = typed.size >= TWO_EDITS_SIZE ? 2 : 1;
    const struct bytes letter = {.data = typed.data, .size = 1};
    for (unsigned i = 0; i < finding->snapshot->run_count; i++) {
        const struct overlay_run *const run = finding->snapshot->runs[i];
        const struct span span = span_of(run, letter, true);
        struct bytes last = {0};
        for (size_t at = span.first; at < span.end && at < span.first + SCANNED_MAX; at++) {
            const struct bytes word =
                overlay_word_text(run->entries[at].place, run->entries[at].word);
            if (bytes_equal(word, last)) {
                continue;
            }
            last = word;
            const unsigned distance = plan->is_open ? text_distance_prefix(typed, word, bound)
                                                    : text_distance(typed, word, bound);
            if (distance <= bound) {
                correction_add(plan, word, distance);
            }
        }
    }
}

static void plans_make(struct finding *finding)
{
    const struct query_words *const query = &finding->searcher->query;
    for (unsigned i = 0; i < query->count; i++) {
        const struct query_word *const word = &query->words[i];
        struct plan *const plan = &finding->plans[i];
        plan->part = word->part;
        plan->is_open = query->has_open_end && i + 1 == query->count;
        plan->reading_count = word->reading_count;
        memcpy(plan->readings, word->readings, word->reading_count * sizeof(word->readings[0]));
        plan->postings = 0;
        for (unsigned k = 0; k < plan->reading_count; k++) {
            plan->postings += postings_count(finding, plan->readings[k].text, plan->is_open);
        }
        if (plan->postings == 0 && !word->is_numeric) {
            plan_correct(finding, plan);
            for (unsigned k = word->reading_count; k < plan->reading_count; k++) {
                plan->postings += postings_count(finding, plan->readings[k].text, false);
            }
        }
    }
}

// May the word of a part of the query stand in a part of the place?
static bool part_fits(unsigned part, uint8_t own)
{
    switch (own) {
    case OVERLAY_NAME:
    case OVERLAY_OTHER_NAMES:
        return part == PART_NAME || part == QUERY_PART_FREE;
    case OVERLAY_NUMBER:
        return part == PART_NUMBER || part == PART_STREET || part == QUERY_PART_FREE;
    case OVERLAY_STREET:
        return part == PART_STREET || part == QUERY_PART_FREE;
    case OVERLAY_LOCALITY:
        return part == PART_LOCALITY || part == PART_BOROUGH || part == PART_NEIGHBOURHOOD ||
               part == QUERY_PART_FREE;
    case OVERLAY_POSTCODE:
        return part == PART_POSTCODE || part == QUERY_PART_FREE;
    case OVERLAY_REGION:
        return part == PART_REGION || part == PART_COUNTY || part == QUERY_PART_FREE;
    case OVERLAY_COUNTRY:
        return part == PART_COUNTRY || part == QUERY_PART_FREE;
    default: // a whole address in one text; a category
        return part != QUERY_PART_SETTLED;
    }
}

// How well the place has the word: 0 not at all. `part` says as what.
static float word_quality(const struct plan *plan, const struct overlay_entry_place *place,
                          enum overlay_part *part, bool *is_completed)
{
    float best = 0;
    for (unsigned k = 0; k < plan->reading_count; k++) {
        const struct reading *const reading = &plan->readings[k];
        for (unsigned word = 0; word < place->word_count; word++) {
            const struct bytes text = overlay_word_text(place, word);
            if (!begins_with(text, reading->text) ||
                !part_fits(plan->part, place->words[word].part)) {
                continue;
            }
            const bool is_whole = text.size == reading->text.size;
            if (!is_whole && !plan->is_open) {
                continue;
            }
            const float quality = (is_whole ? 1.0F : completion_quality) - reading->penalty;
            if (quality > best) {
                best = quality;
                *part = (enum overlay_part)place->words[word].part;
                *is_completed = !is_whole;
            }
        }
    }
    return best;
}

static struct explained place_explain(const struct finding *finding,
                                      const struct overlay_entry_place *place)
{
    const struct query_words *const query = &finding->searcher->query;
    struct explained explained = {0};
    for (unsigned i = 0; i < query->count; i++) {
        enum overlay_part part = OVERLAY_NAME;
        bool is_completed = false;
        const float quality = word_quality(&finding->plans[i], place, &part, &is_completed);
        if (quality <= 0) {
            continue;
        }
        const float weight = quality * query->words[i].weight;
        explained.mask |= (word_mask)1 << i;
        explained.is_prefix = explained.is_prefix || is_completed;
        if (part == OVERLAY_NUMBER) {
            explained.number += weight;
        } else if (part == OVERLAY_LOCALITY || part == OVERLAY_POSTCODE || part == OVERLAY_REGION ||
                   part == OVERLAY_COUNTRY) {
            explained.context += weight;
        } else {
            explained.text += weight;
        }
    }
    if (explained.number > 0) {
        explained.number += part_unit_credit(query, place->place.parts[OVERLAY_UNIT]);
    }
    return explained;
}

// Two letters, the first in the high byte; 0: not known.
static uint16_t country_of(const struct overlay_place *place, const struct atlas *atlas,
                           struct atlas_list areas)
{
    const struct bytes text = place->parts[OVERLAY_COUNTRY];
    if (text.size == 2) {
        return (uint16_t)((text.data[0] & 0xdf) << 8 | (text.data[1] & 0xdf));
    }
    return areas.count == 0 ? 0 : atlas->docs[areas.items[0]].country;
}

// What the areas of the atlas around the object explain of the words left over.
static void areas_explain(struct finding *finding, struct atlas_list areas, struct geo_point point,
                          struct explained *explained)
{
    if (!finding->has_contexts) {
        struct scoring *const scoring = &finding->scoring;
        memset(scoring, 0, offsetof(struct scoring, table));
        scoring->table.count = scoring->table.unlisted = 0;
        scoring->context_words = scoring->number_words = 0;
        scoring->searcher = finding->searcher;
        scoring->atlas = finding->world->atlas;
        scoring->query = finding->query;
        contexts_gather(scoring);
        finding->has_contexts = true;
    }
    const struct surroundings around = {
        .chain = areas, .doc = UINT32_MAX, .street = UINT32_MAX, .point = point};
    contexts_explain(&finding->scoring, &around, true, explained);
}

static void place_score(struct finding *finding, const struct overlay_entry_place *entry,
                        struct explained explained)
{
    const struct overlay_place *const place = &entry->place;
    const struct collection *const collection =
        live_collection_numbered(finding->view, place->collection);
    const struct object *const object =
        collection == NULL ? NULL : collection_find(collection, place->id);
    if (object == NULL) {
        return; // gone, and published so a moment before the index
    }
    struct row row;
    object_row(object, &row);
    const struct atlas *const atlas = finding->world->atlas;
    uint32_t docs[AREAS_MAX];
    struct atlas_list areas = {.items = docs};
    if (atlas != NULL) {
        const size_t count = atlas_areas_at(atlas, row.point, docs, AREAS_MAX);
        areas.count = (uint32_t)(count < AREAS_MAX ? count : AREAS_MAX);
    }
    if (row.kind == ROW_STRING || !candidate_passes(finding->query, place->layer,
                                                    country_of(place, atlas, areas), row.point)) {
        return;
    }
    if (areas.count != 0 && explained.mask != finding->searcher->query.all) {
        areas_explain(finding, areas, row.point, &explained);
    }
    struct search_result result = {.reference = UINT32_MAX,
                                   .place = place,
                                   .object = object,
                                   .point = row.point,
                                   .distance_m = -1};
    const float share =
        candidate_rate(finding->searcher, finding->query, &explained, live_importance, &result);
    result.match = explained.is_prefix                              ? MATCH_PREFIX
                   : explained.mask != finding->searcher->query.all ? MATCH_PARTIAL
                   : share > 0.96F                                  ? MATCH_EXACT
                                                                    : MATCH_CORRECTED;
    result_add(finding->searcher, &result);
}

// Scores the places of one word, but those that an earlier word has found.
static void seed_score(struct finding *finding, unsigned word, word_mask earlier)
{
    const struct plan *const plan = &finding->plans[word];
    for (unsigned k = 0; k < plan->reading_count; k++) {
        size_t left = POSTINGS_MAX;
        for (unsigned i = finding->snapshot->run_count; i-- > 0 && left != 0;) {
            const struct overlay_run *const run = finding->snapshot->runs[i];
            const struct span span = span_of(run, plan->readings[k].text, plan->is_open);
            for (size_t at = span.first; at < span.end && left != 0; at++, left--) {
                const struct overlay_entry_place *const place = run->entries[at].place;
                if (atomic_load_explicit(&place->is_gone, memory_order_relaxed)) {
                    continue;
                }
                const struct explained explained = place_explain(finding, place);
                if ((explained.mask & earlier) == 0 && explained.text > 0) {
                    place_score(finding, place, explained);
                }
            }
        }
    }
}

// The words that fewest places have, but at least one has.
static unsigned seeds_choose(const struct finding *finding, unsigned seeds[SEEDS_MAX])
{
    unsigned count = 0;
    for (unsigned i = 0; i < finding->searcher->query.count; i++) {
        if (finding->plans[i].postings == 0) {
            continue;
        }
        unsigned at = count < SEEDS_MAX ? count++ : SEEDS_MAX;
        for (; at > 0 && finding->plans[seeds[at - 1]].postings > finding->plans[i].postings;
             at--) {
            if (at < SEEDS_MAX) {
                seeds[at] = seeds[at - 1];
            }
        }
        if (at < SEEDS_MAX) {
            seeds[at] = i;
        }
    }
    return count;
}

void overlay_score(struct searcher *searcher, const struct search_world *world,
                   const struct search_query *query)
{
    const struct overlay_snapshot *const snapshot = overlay_snapshot(world->overlay);
    if (snapshot == NULL || searcher->query.count == 0) {
        return;
    }
    struct finding finding;
    memset(&finding, 0, offsetof(struct finding, plans));
    finding.has_contexts = false;
    finding.searcher = searcher;
    finding.world = world;
    finding.query = query;
    finding.snapshot = snapshot;
    finding.view = live_view_now(overlay_live(world->overlay));
    plans_make(&finding);
    unsigned seeds[SEEDS_MAX];
    const unsigned count = seeds_choose(&finding, seeds);
    word_mask earlier = 0;
    for (unsigned i = 0; i < count; i++) {
        seed_score(&finding, seeds[i], earlier);
        earlier |= (word_mask)1 << seeds[i];
    }
}

static const char id_prefix[] = "live:";

void overlay_id_write(const struct overlay *overlay, const struct overlay_place *place,
                      struct buffer *out)
{
    const struct collection *const collection =
        live_collection_numbered(live_view_now(overlay_live(overlay)), place->collection);
    buffer_append_text(out, id_prefix);
    if (collection != NULL) {
        buffer_append_bytes(out, collection_name(collection));
    }
    buffer_append_text(out, ":");
    buffer_append_bytes(out, place->id);
}

const struct object *overlay_id_find(const struct overlay *overlay, struct bytes text)
{
    static const size_t prefix_size = sizeof(id_prefix) - 1;
    if (text.size <= prefix_size || memcmp(text.data, id_prefix, prefix_size) != 0) {
        return NULL;
    }
    const struct live_view view = live_view_now(overlay_live(overlay));
    // A name may hold colons itself.
    for (size_t at = prefix_size + 1; at + 1 < text.size; at++) {
        if (text.data[at] != ':') {
            continue;
        }
        const struct bytes name = {.data = text.data + prefix_size, .size = at - prefix_size};
        const struct bytes id = {.data = text.data + at + 1, .size = text.size - at - 1};
        const struct collection *const collection = live_collection(view, name);
        const struct object *const object =
            collection == NULL ? NULL : collection_find(collection, id);
        if (object != NULL) {
            return object;
        }
    }
    return NULL;
}

bool overlay_hides(const struct overlay_snapshot *snapshot, uint64_t packed_id)
{
    size_t low = 0;
    size_t high = snapshot->hidden_count;
    while (low < high) {
        const size_t middle = low + (high - low) / 2;
        if (snapshot->hidden[middle] < packed_id) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low < snapshot->hidden_count && snapshot->hidden[low] == packed_id;
}
