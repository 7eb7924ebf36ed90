// Forward geocoding and autocomplete: the same search, whole or still being typed.
#include <string.h>

#include "search/search_private.h"

static const float share_partial = 0.90F;
static const float share_loose = 0.80F;

static const char *const match_names[MATCH_COUNT] = {
    [MATCH_EXACT] = "exact",         [MATCH_INTERPOLATED] = "interpolated",
    [MATCH_CORRECTED] = "corrected", [MATCH_PARTIAL] = "partial",
    [MATCH_PREFIX] = "prefix",       [MATCH_STREET] = "street",
    [MATCH_NEAREST] = "nearest",
};

const char *search_match_name(enum search_match match)
{
    return (unsigned)match < MATCH_COUNT ? match_names[match] : "unknown";
}

// Whether nothing better is to be had: the best result explains so much, or every word, if loosely.
static bool is_explained(const struct searcher *searcher, float share)
{
    return searcher->best_share >= share ||
           (searcher->best_mask == searcher->query.all && searcher->best_share >= share_loose);
}

static void search_stages(struct searcher *searcher, const struct search_world *world,
                          struct search_query *query, bool has_open_end)
{
    const struct atlas *const atlas = world->atlas;
    if (atlas != NULL) {
        matches_find(searcher, atlas, false);
    }
    part_country_settle(searcher, atlas, query);
    if (world->overlay != NULL) {
        overlay_score(searcher, world, query);
    }
    if (atlas == NULL) {
        return;
    }
    candidates_score(searcher, atlas, query);
    if (is_explained(searcher, share_enough)) {
        return;
    }
    if (query_unglue(searcher, query, has_open_end)) {
        matches_find(searcher, atlas, false);
        candidates_score(searcher, atlas, query);
        if (is_explained(searcher, share_enough)) {
            return;
        }
    }
    for (int attempt = 0; attempt < 2; attempt++) {
        repair_words(searcher, atlas, attempt != 0);
        matches_find(searcher, atlas, true);
        candidates_score(searcher, atlas, query);
        if (is_explained(searcher, share_partial)) {
            return;
        }
    }
    repair_names(searcher, atlas);
    candidates_score(searcher, atlas, query);
}

// Texts that are longer than is searched are refused.
static enum status texts_check(const struct search_query *query, struct fault *fault)
{
    size_t size = query->text.size;
    for (unsigned i = 0; query->has_parts && i < SEARCH_PART_COUNT; i++) {
        size = query->parts[i].size > size ? query->parts[i].size : size;
    }
    return size <= SEARCH_TEXT_SIZE_MAX
               ? STATUS_OK
               : fault_set(fault, STATUS_OUT_OF_RANGE,
                           "the text has %zu bytes, more than the %d that are searched", size,
                           SEARCH_TEXT_SIZE_MAX);
}

enum status search_names(struct searcher *searcher, const struct search_world *world,
                         const struct search_query *given, bool has_open_end,
                         struct search_result *results, unsigned *count, struct fault *fault)
{
    struct search_query query = *given;
    if (query.within != NULL && !query.has_box) {
        query.has_box = true;
        query.box = shape_box(*query.within);
    }
    // Some more than asked for, of which some are the same thing twice.
    searcher_begin(searcher, world, query.limit + RESULTS_MORE);
    searcher->match_count = 0;
    searcher->best_share = 0;
    searcher->best_mask = 0;
    TRY(query_read(searcher, &query, has_open_end, fault));
    search_stages(searcher, world, &query, has_open_end);

    const unsigned kept = results_order(searcher);
    *count = kept < query.limit ? kept : query.limit;
    memcpy(results, searcher->results, *count * sizeof(*results));
    return STATUS_OK;
}

static enum status search_run(struct searcher *searcher, const struct search_world *world,
                              const struct search_query *query, bool has_open_end,
                              struct search_result *results, unsigned *count, struct fault *fault)
{
    bool is_literal = false;
    TRY(texts_check(query, fault));
    TRY(literal_search(searcher, world, query, &is_literal, results, count, fault));
    return is_literal ? STATUS_OK
                      : search_names(searcher, world, query, has_open_end, results, count, fault);
}

enum status search_forward(struct searcher *searcher, const struct search_world *world,
                           const struct search_query *query, struct search_result *results,
                           unsigned *count, struct fault *fault)
{
    return search_run(searcher, world, query, false, results, count, fault);
}

enum status search_autocomplete(struct searcher *searcher, const struct search_world *world,
                                const struct search_query *query, struct search_result *results,
                                unsigned *count, struct fault *fault)
{
    return search_run(searcher, world, query, true, results, count, fault);
}
