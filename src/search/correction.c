#include "search/correction.h"

#include <string.h>

#include "fst/fst_fuzzy.h"
#include "text/sound.h"

static const float edit_penalty = 0.10F;
static const float sound_penalty = 0.07F; // for each sound spelled another way

enum {
    FUZZY_BUDGET = 40000, // nodes and arcs of the dictionary that are looked at
    SOUND_BUDGET = 6000,
    SOUND_CHANGES_MAX = 3,
};

static void correction_add(struct corrections *best, struct bytes key, uint32_t weight,
                           float penalty)
{
    if (key.size > CORRECTION_SIZE_MAX) {
        return;
    }
    unsigned at = best->count;
    for (unsigned i = 0; i < best->count; i++) {
        struct correction *const known = &best->items[i];
        if (known->size == key.size && memcmp(known->key, key.data, key.size) == 0) {
            if (known->penalty <= penalty) {
                return;
            }
            at = i; // found again, cheaper: moves up
            break;
        }
    }
    if (at == best->count) {
        at = best->count < best->limit ? best->count++ : best->limit;
    }
    for (; at > 0; at--) {
        const struct correction *const before = &best->items[at - 1];
        const bool is_better =
            penalty < before->penalty || (penalty <= before->penalty && weight > before->weight);
        if (!is_better) {
            break;
        }
        if (at < best->limit) {
            best->items[at] = *before;
        }
    }
    if (at < best->limit) {
        struct correction *const item = &best->items[at];
        memcpy(item->key, key.data, key.size);
        item->size = (uint32_t)key.size;
        item->weight = weight;
        item->penalty = penalty;
    }
}

static bool fuzzy_take(void *context, const struct fst_match *match)
{
    if (match->distance != 0) {
        correction_add(context, match->key, match->weight, edit_penalty * (float)match->distance);
    }
    return true;
}

void corrections_find(const struct fst *words, struct bytes text, unsigned edits, bool is_open,
                      struct arena *arena, struct corrections *best)
{
    const struct fst_cursor root = fst_root(words);
    struct fst_fuzzy_options options = {.distance_max = edits, .step_budget = FUZZY_BUDGET};
    const char *const why = "what was found within the budget is right";
    if (!is_open) {
        if (edits > 1) { // first where most of them are, should the budget not do for all
            options.exact_prefix = 1;
            status_ignore(fst_fuzzy(words, &root, text, &options, fuzzy_take, best), why);
            options.exact_prefix = 0;
        }
        status_ignore(fst_fuzzy(words, &root, text, &options, fuzzy_take, best), why);
        return;
    }
    enum { COMPLETIONS_MAX = 8 };
    SCOPED(arena_rewind) const struct arena_mark scratch = arena_mark(arena);
    struct fst_matches matches = {0};
    status_ignore(fst_fuzzy_top(words, &root, text, &options, COMPLETIONS_MAX, arena, &matches),
                  why);
    for (size_t i = 0; i < matches.count; i++) {
        (void)fuzzy_take(best, &matches.items[i]);
    }
}

// --- by ear ---------------------------------------------------------------------------------------

struct listening {
    const struct fst *words;
    struct bytes text;
    const struct sound *sounds;
    unsigned sound_count;
    struct corrections *best;
    unsigned budget;
    uint8_t key[CORRECTION_SIZE_MAX]; // read so far
};

// What has been read: the text up to `at`, the sounds before `sound`; the key is `size` bytes.
struct heard {
    struct fst_cursor cursor;
    size_t at;
    unsigned changes;
    size_t size;
};

static void sound_follow(struct listening *listening, const struct heard *heard);

// Goes on with a spelling, the text read to `next`.
static void spelling_follow(struct listening *listening, const struct heard *heard,
                            struct bytes spelling, size_t next, unsigned changes)
{
    struct heard longer = {.cursor = heard->cursor,
                           .at = next,
                           .changes = changes,
                           .size = heard->size + spelling.size};
    if (longer.size <= CORRECTION_SIZE_MAX &&
        fst_seek(listening->words, &longer.cursor, spelling)) {
        if (spelling.size != 0) { // memcpy takes no null, not even for nothing
            memcpy(listening->key + heard->size, spelling.data, spelling.size);
        }
        sound_follow(listening, &longer);
    }
}

static void word_heard(struct listening *listening, const struct heard *heard)
{
    uint32_t weight;
    if (heard->changes != 0 && fst_is_final(listening->words, &heard->cursor, NULL, &weight)) {
        correction_add(listening->best, (struct bytes){listening->key, heard->size}, weight,
                       sound_penalty * (float)heard->changes);
    }
}

// The sound as typed, in its other spellings, and not at all.
static void sound_read_on(struct listening *listening, const struct heard *heard,
                          const struct sound *sound, bool is_single)
{
    const size_t next = heard->at + sound->typed.size;
    if (is_single) {
        spelling_follow(listening, heard, sound->typed, next, heard->changes);
    }
    if (heard->changes == SOUND_CHANGES_MAX) {
        return;
    }
    for (unsigned i = 0; i < sound->spelling_count; i++) {
        spelling_follow(listening, heard, sound->spellings[i], next, heard->changes + 1);
    }
    if (sound->may_be_silent) {
        spelling_follow(listening, heard, (struct bytes){0}, next, heard->changes + 1);
    }
}

static void sound_follow(struct listening *listening, const struct heard *heard)
{
    if (listening->budget == 0) {
        return;
    }
    listening->budget--;
    const uint8_t last = heard->size == 0 ? 0 : listening->key[heard->size - 1];
    if (heard->at == listening->text.size) {
        word_heard(listening, heard);
        if (heard->changes < SOUND_CHANGES_MAX && last != 'e') {
            spelling_follow(listening, heard, BYTES_OF("e"), heard->at, heard->changes + 1);
        }
        return;
    }
    bool is_single = true; // the first at each place is one character
    for (unsigned i = 0; i < listening->sound_count; i++) {
        const struct sound *const sound = &listening->sounds[i];
        if (sound->begin == heard->at) {
            sound_read_on(listening, heard, sound, is_single);
            is_single = false;
        }
    }
    if (heard->changes < SOUND_CHANGES_MAX && last != 'h') {
        spelling_follow(listening, heard, BYTES_OF("h"), heard->at, heard->changes + 1);
    }
}

void corrections_sound(const struct fst *words, struct bytes text, struct corrections *best)
{
    struct sound sounds[SOUND_COUNT_MAX];
    struct listening listening = {
        .words = words,
        .text = text,
        .sounds = sounds,
        .sound_count = sound_read(text, sounds),
        .best = best,
        .budget = SOUND_BUDGET,
    };
    if (listening.sound_count != 0) {
        sound_follow(&listening, &(struct heard){.cursor = fst_root(words)});
    }
}
