// The best results so far, best first, one a reference.
#include "search/search_private.h"

static bool result_precedes(const struct search_result *left, const struct search_result *right)
{
    if (left->score > right->score || left->score < right->score) {
        return left->score > right->score;
    }
    return left->reference < right->reference;
}

// Does a live object hide this place of the atlas?
static bool is_hidden(const struct searcher *searcher, uint32_t reference)
{
    return overlay_hides(searcher->hiding, atlas_id_of(searcher->atlas, reference));
}

void result_add(struct searcher *searcher, const struct search_result *result)
{
    unsigned count = searcher->result_count;
    if (count == searcher->result_limit &&
        !result_precedes(result, &searcher->results[count - 1])) {
        return;
    }
    if (UNLIKELY(searcher->hiding != NULL) && result->object == NULL &&
        is_hidden(searcher, result->reference)) {
        return;
    }
    for (unsigned i = 0; i < count; i++) {
        if (searcher->results[i].reference == result->reference &&
            searcher->results[i].object == result->object) {
            if (!result_precedes(result, &searcher->results[i])) {
                return;
            }
            for (unsigned j = i; j + 1 < count; j++) {
                searcher->results[j] = searcher->results[j + 1];
            }
            count--;
            break;
        }
    }
    unsigned at = count < searcher->result_limit ? count++ : count - 1;
    for (; at > 0 && result_precedes(result, &searcher->results[at - 1]); at--) {
        searcher->results[at] = searcher->results[at - 1];
    }
    searcher->results[at] = *result;
    searcher->result_count = count;
}
