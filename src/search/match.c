// Finds the runs of words that are names, by walking the name dictionary from every word.
//
// The walk follows all readings of a word at once and stops where the dictionary has nothing more,
// so its cost is the length of what matches, not the number of readings. Where words may be broken,
// a space too many or too few in the query is followed too.
#include "search/search_private.h"

static const float break_penalty = 0.06F;

struct walk {
    struct searcher *searcher;
    const struct fst *names;
    uint32_t name_count;
    bool may_break_words;
};

struct walk_step {
    struct fst_cursor cursor;
    unsigned word; // to be read next
    word_mask mask;
    float penalty;
    bool is_corrected;
};

static void walk_on(const struct walk *walk, const struct walk_step *step);
static void full_forms_read(const struct walk *walk, struct walk_step step, struct bytes text);

void match_add(struct searcher *searcher, struct name_match match)
{
    match.layers = part_layers_of_words(&searcher->query, match.mask);
    if (match.layers == 0) {
        return;
    }
    for (unsigned i = 0; i < searcher->match_count; i++) {
        struct name_match *const known = &searcher->matches[i];
        if (known->mask == match.mask && known->first == match.first &&
            known->is_prefix == match.is_prefix) {
            if (match.quality > known->quality) {
                known->quality = match.quality;
                known->is_corrected = match.is_corrected;
            }
            return;
        }
    }
    if (searcher->match_count < MATCHES_MAX) {
        searcher->matches[searcher->match_count++] = match;
    }
}

// A word has been read up to `step->cursor`: takes what ends here and goes on to the next.
static void word_ended(const struct walk *walk, const struct walk_step *step)
{
    const struct query_words *const query = &walk->searcher->query;
    struct name_match match = {
        .mask = step->mask, .quality = 1 - step->penalty, .is_corrected = step->is_corrected};
    uint64_t value;
    if (fst_is_final(walk->names, &step->cursor, &value, NULL) && value < walk->name_count) {
        match.first = (uint32_t)value;
        match.last = match.first;
        match_add(walk->searcher, match);
    }
    if (step->word == query->count) {
        if (query->has_open_end) {
            uint64_t last;
            fst_span(walk->names, &step->cursor, &value, &last);
            match.first = (uint32_t)value;
            match.last = (uint32_t)last;
            match.is_prefix = true;
            match.cursor = step->cursor;
            match.quality -= 0.02F;
            if (value <= last && last < walk->name_count) {
                match_add(walk->searcher, match);
            }
        }
        return;
    }
    if (query->words[step->word].part != query->words[step->word - 1].part) {
        return; // a name does not go on in another part
    }
    struct walk_step next = *step;
    if (fst_step(walk->names, &next.cursor, ' ')) {
        walk_on(walk, &next);
    }
    if (walk->may_break_words) {
        next = *step;
        next.penalty += break_penalty;
        next.is_corrected = true;
        walk_on(walk, &next);
    }
}

// Reads the rest of one reading; with broken words also with a space put in at any one place, what
// stands behind it written in full ("riverst" is "river street").
static void text_read(const struct walk *walk, struct walk_step step, struct bytes text,
                      bool may_break)
{
    for (size_t i = 0; i < text.size; i++) {
        if (may_break && i != 0) {
            struct walk_step broken = step;
            broken.penalty += break_penalty;
            broken.is_corrected = true;
            if (fst_step(walk->names, &broken.cursor, ' ')) {
                const struct bytes rest = {text.data + i, text.size - i};
                text_read(walk, broken, rest, false);
                full_forms_read(walk, broken, rest);
            }
        }
        if (!fst_step(walk->names, &step.cursor, text.data[i])) {
            return;
        }
    }
    word_ended(walk, &step);
}

static void full_forms_read(const struct walk *walk, struct walk_step step, struct bytes text)
{
    const struct abbreviation *const found =
        abbreviation_find(text_folder_abbreviations(walk->searcher->folder), text);
    for (unsigned i = 0; found != NULL && i < found->reading_count; i++) {
        text_read(walk, step, found->readings[i].full, false);
    }
}

// "stjohn" is "saint john".
static void head_read(const struct walk *walk, const struct walk_step *step, struct bytes text)
{
    for (size_t size = 1; size < text.size && size <= ABBREVIATION_WORD_MAX; size++) {
        const struct abbreviation *const found = abbreviation_find(
            text_folder_abbreviations(walk->searcher->folder), (struct bytes){text.data, size});
        for (unsigned i = 0; found != NULL && i < found->reading_count; i++) {
            struct walk_step broken = *step;
            broken.penalty += break_penalty;
            broken.is_corrected = true;
            if (fst_seek(walk->names, &broken.cursor, found->readings[i].full) &&
                fst_step(walk->names, &broken.cursor, ' ')) {
                text_read(walk, broken, (struct bytes){text.data + size, text.size - size}, false);
            }
        }
    }
}

static void walk_on(const struct walk *walk, const struct walk_step *step)
{
    const struct query_word *const word = &walk->searcher->query.words[step->word];
    struct walk_step next = *step;
    next.word++;
    next.mask |= (word_mask)1 << step->word;
    for (unsigned i = 0; i < word_reading_count(word); i++) {
        const struct reading *const reading = word_reading(word, i);
        next.penalty = step->penalty + reading->penalty;
        next.is_corrected = step->is_corrected || i >= word->reading_count;
        text_read(walk, next, reading->text, walk->may_break_words && i < word->reading_count);
    }
    if (walk->may_break_words) {
        next.penalty = step->penalty;
        next.is_corrected = step->is_corrected;
        head_read(walk, &next, word->readings[0].text);
    }
}

void matches_find(struct searcher *searcher, const struct atlas *atlas, bool may_break_words)
{
    const struct walk walk = {
        .searcher = searcher,
        .names = &atlas->names,
        .name_count = atlas->header->name_count,
        .may_break_words = may_break_words,
    };
    for (unsigned word = 0; word < searcher->query.count; word++) {
        const struct walk_step start = {.cursor = fst_root(&atlas->names), .word = word};
        if (part_layers_of(searcher->query.words[word].part) != 0) {
            walk_on(&walk, &start);
        }
    }
    part_region_find(searcher, atlas);
}
