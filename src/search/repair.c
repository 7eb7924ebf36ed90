// What to try when the best result leaves words of the query unexplained.
//
// First the words themselves: the nearest words of the dictionary are added as further readings, at
// first few, for the words that nothing explains; when that is not enough, more of them, and for the
// other words too. Then the names: those that have the most of the query's words, in any order and with
// gaps, by merging the word lists, the rarest first.
#include <string.h>

#include "search/correction.h"
#include "search/search_private.h"
#include "text/ordinal.h"

static const size_t two_edits_size = 8;  // shorter words may have one at first
static const size_t two_edits_least = 5; // shorter ones never two
static const size_t one_edit_size = 4;   // shorter ones none
static const size_t sound_size = 4;
static const float ordinal_penalty = 0.02F;

// The words of the dictionary that a word may have been meant as, as further readings of it.
static void word_correct(struct searcher *searcher, const struct atlas *atlas, unsigned at,
                         unsigned edits, unsigned limit)
{
    struct query_words *const query = &searcher->query;
    struct query_word *const word = &query->words[at];
    const struct bytes text = word->readings[0].text;
    const bool is_open = query->has_open_end && at + 1 == query->count;
    if (word->corrected_edits >= edits) {
        return; // an earlier attempt has done so
    }
    word->corrected_edits = edits;
    struct corrections best;
    best.count = 0;
    best.limit = limit;
    corrections_find(&atlas->words, text, edits, is_open, &searcher->arena, &best);
    if (text.size >= sound_size && !is_open) {
        corrections_sound(&atlas->words, text, &best);
    }
    struct reading *const readings = ARENA_NEW(&searcher->arena, struct reading, best.count);
    if (readings == NULL) {
        return;
    }
    word->corrections = readings;
    word->correction_count = 0;
    for (unsigned i = 0; i < best.count; i++) {
        const struct correction *const item = &best.items[i];
        uint8_t *const copy = ARENA_NEW(&searcher->arena, uint8_t, item->size);
        if (copy != NULL) {
            memcpy(copy, item->key, item->size);
            readings[word->correction_count++] =
                (struct reading){.text = {copy, item->size}, .penalty = item->penalty};
        }
    }
}

// "217 st" is "217th street", or the other way.
static void ordinal_read(struct searcher *searcher, unsigned at)
{
    struct query_word *const word = &searcher->query.words[at];
    uint8_t other[ORDINAL_SIZE_MAX];
    const size_t size = ordinal_other(word->readings[0].text, other);
    struct reading *const reading = size == 0 || word->correction_count != 0
                                        ? NULL
                                        : ARENA_NEW(&searcher->arena, struct reading, 1);
    uint8_t *const copy = reading == NULL ? NULL : ARENA_NEW(&searcher->arena, uint8_t, size);
    if (copy != NULL) {
        memcpy(copy, other, size);
        *reading = (struct reading){.text = {copy, size}, .penalty = ordinal_penalty};
        word->corrections = reading;
        word->correction_count = 1;
    }
}

// Where numbers have a dash it is left out too: "10422" is 104-22.
static void numbers_dash(struct query_words *query)
{
    enum { LEAST = 1000, MOST = 99999 };
    const unsigned count = query->number_count;
    for (unsigned i = 0; i < count && query->number_count < NUMBERS_MAX; i++) {
        const struct query_number *const whole = &query->numbers[i];
        if (whole->suffix == 0 && whole->number >= LEAST && whole->number <= MOST) {
            const uint32_t tail = whole->number % 100;
            query->numbers[query->number_count++] = (struct query_number){
                .mask = whole->mask,
                .number = whole->number / 100,
                .suffix = (uint32_t)'-' << 24 | ('0' + tail / 10) << 16 | ('0' + tail % 10) << 8,
            };
        }
    }
}

void repair_words(struct searcher *searcher, const struct atlas *atlas, bool is_last)
{
    enum { LIMIT_FIRST = 10, LIMIT_EXPLAINED = 6 };
    struct query_words *const query = &searcher->query;
    const word_mask left = query->all & ~searcher->best_mask;
    if (!is_last) {
        numbers_dash(query);
    }
    for (word_mask words = query->all; !is_last && words != 0; words &= words - 1) {
        const unsigned at = (unsigned)__builtin_ctz(words);
        if (query->words[at].is_numeric) {
            ordinal_read(searcher, at);
        }
    }
    for (word_mask words = is_last ? query->all : left; words != 0; words &= words - 1) {
        const unsigned at = (unsigned)__builtin_ctz(words);
        const size_t size = query->words[at].readings[0].text.size;
        if (size < one_edit_size || query->words[at].is_numeric) {
            continue;
        }
        if ((left & (word_mask)1 << at) == 0) {
            word_correct(searcher, atlas, at, 1, LIMIT_EXPLAINED);
        } else if (is_last && size >= two_edits_least) {
            word_correct(searcher, atlas, at, 2, CORRECTIONS_MAX);
        } else {
            word_correct(searcher, atlas, at, size >= two_edits_size ? 2 : 1,
                         size >= two_edits_size ? CORRECTIONS_MAX : LIMIT_FIRST);
        }
    }
}

// --- names by some of their words ---------------------------------------------------------------

enum { TALLY_SIZE = 1024, TALLY_MAX = 640, LIST_MAX = 4096, TAKEN_MAX = 24 };

struct tally_entry {
    uint32_t name; // UINT32_MAX: free
    word_mask mask;
    float weight;
    unsigned words;
    uint8_t part; // of all its words
};

struct tally {
    struct tally_entry entries[TALLY_SIZE];
    unsigned count;
};

struct word_list {
    const uint32_t *names;
    uint32_t count;
    unsigned word;
    float penalty;
};

static struct tally_entry *tally_at(struct tally *tally, uint32_t name)
{
    uint32_t at = name * UINT32_C(2654435769) >> 22;
    while (tally->entries[at].name != UINT32_MAX && tally->entries[at].name != name) {
        at = (at + 1) % TALLY_SIZE;
    }
    return &tally->entries[at];
}

static void tally_count(struct tally_entry *entry, const struct query_words *query,
                        const struct word_list *list)
{
    const word_mask bit = (word_mask)1 << list->word;
    if ((entry->mask & bit) == 0 && entry->part == query->words[list->word].part) {
        entry->mask |= bit;
        entry->weight += query->words[list->word].weight * (1 - list->penalty);
        entry->words++;
    }
}

static bool list_contains(const struct word_list *list, uint32_t name)
{
    uint32_t low = 0;
    uint32_t high = list->count;
    while (low < high) {
        const uint32_t middle = low + (high - low) / 2;
        if (list->names[middle] < name) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low < list->count && list->names[low] == name;
}

// A rare word brings names in; a common one only confirms those already there.
static void tally_list(struct tally *tally, const struct query_words *query,
                       const struct word_list *list)
{
    if (list->count > LIST_MAX || tally->count + list->count > TALLY_MAX) {
        for (unsigned i = 0; i < TALLY_SIZE; i++) {
            struct tally_entry *const entry = &tally->entries[i];
            if (entry->name != UINT32_MAX && list_contains(list, entry->name)) {
                tally_count(entry, query, list);
            }
        }
        return;
    }
    for (uint32_t i = 0; i < list->count; i++) {
        struct tally_entry *const entry = tally_at(tally, list->names[i]);
        if (entry->name == UINT32_MAX) {
            *entry =
                (struct tally_entry){.name = list->names[i], .part = query->words[list->word].part};
            tally->count++;
        }
        tally_count(entry, query, list);
    }
}

// The names of one reading, put in its place: as typed before corrected, rarer before common.
static unsigned list_add(const struct atlas *atlas, unsigned word, const struct reading *reading,
                         struct word_list *lists, unsigned count)
{
    uint64_t ordinal;
    if (!fst_get(&atlas->words, reading->text, &ordinal, NULL) ||
        ordinal >= atlas->header->word_count) {
        return count;
    }
    const uint32_t first = atlas->word_index[ordinal];
    const uint32_t end = atlas->word_index[ordinal + 1];
    const struct word_list list = {
        .names = atlas->word_names + first,
        .count = end > first ? end - first : 0,
        .word = word,
        .penalty = reading->penalty,
    };
    unsigned position = count;
    for (; position > 0; position--) {
        const struct word_list *const before = &lists[position - 1];
        const bool is_typed = list.penalty <= 0;
        if ((before->penalty <= 0) != is_typed ? !is_typed : before->count <= list.count) {
            break;
        }
        lists[position] = *before;
    }
    lists[position] = list;
    return count + 1;
}

static unsigned lists_gather(const struct searcher *searcher, const struct atlas *atlas,
                             struct word_list *lists, unsigned capacity)
{
    const struct query_words *const query = &searcher->query;
    unsigned count = 0;
    // The first readings of all words, then the second … so that all have some when there is no room.
    for (unsigned i = 0; i < READINGS_MAX + CORRECTIONS_MAX; i++) {
        for (unsigned at = 0; at < query->count && count < capacity; at++) {
            const struct query_word *const word = &query->words[at];
            if (i < word_reading_count(word) && part_layers_of(word->part) != 0) {
                count = list_add(atlas, at, word_reading(word, i), lists, count);
            }
        }
    }
    return count;
}

// A name with all of its words there in another order is nearly as good as in order; each of its
// words that was not given takes away.
static float tally_quality(const struct atlas *atlas, const struct query_words *query,
                           const struct tally_entry *entry)
{
    const float given = mask_weight(query, entry->mask);
    const float correctness = given > 0 ? entry->weight / given : 0;
    const unsigned words = atlas->name_words[entry->name];
    const float completeness = words <= entry->words ? 1 : (float)entry->words / (float)words;
    return correctness * (0.55F + 0.40F * completeness);
}

void repair_names(struct searcher *searcher, const struct atlas *atlas)
{
    enum { LISTS_MAX = 128 };
    struct word_list lists[LISTS_MAX];
    const unsigned list_count = lists_gather(searcher, atlas, lists, LISTS_MAX);

    struct arena *const arena = &searcher->arena;
    SCOPED(arena_rewind) const struct arena_mark scratch = arena_mark(arena);
    struct tally *const tally = ARENA_NEW(arena, struct tally, 1);
    if (tally == NULL) {
        return;
    }
    for (unsigned i = 0; i < TALLY_SIZE; i++) {
        tally->entries[i].name = UINT32_MAX;
    }
    for (unsigned i = 0; i < list_count; i++) {
        tally_list(tally, &searcher->query, &lists[i]);
    }

    for (unsigned taken = 0; taken < TAKEN_MAX; taken++) {
        struct tally_entry *best = NULL;
        float best_value = 0;
        for (unsigned i = 0; i < TALLY_SIZE; i++) {
            struct tally_entry *const entry = &tally->entries[i];
            const float value = entry->name == UINT32_MAX
                                    ? 0
                                    : entry->weight * tally_quality(atlas, &searcher->query, entry);
            if (value > best_value) {
                best = entry;
                best_value = value;
            }
        }
        if (best == NULL) {
            return;
        }
        match_add(searcher, (struct name_match){
                                .mask = best->mask,
                                .first = best->name,
                                .last = best->name,
                                .quality = tally_quality(atlas, &searcher->query, best),
                                .is_corrected = best->weight <
                                                mask_weight(&searcher->query, best->mask) - 0.01F,
                            });
        best->weight = 0;
    }
}
