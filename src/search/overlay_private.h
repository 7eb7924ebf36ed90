// What the files of the overlay share.
//
//   overlay_text.c   the texts of a row
//   overlay.c        places and runs: what the writer keeps and publishes
//   overlay_find.c   candidates of a query and their score
#ifndef SEARCH_OVERLAY_PRIVATE_H
#define SEARCH_OVERLAY_PRIVATE_H

#include <stdatomic.h>

#include "search/overlay.h"
#include "shard/retire.h"

struct search_query;
struct searcher;

// The texts of one row; they point into `memory`, which the reader made and frees.
struct overlay_texts {
    struct bytes parts[OVERLAY_PART_COUNT];
    uint64_t hidden; // packed id of a place of the atlas; 0: none
};
// Zero texts when there is nothing to find. Fails: NO_MEMORY.
MUST_USE enum status overlay_texts_read(const struct row *row, struct buffer *memory,
                                        struct overlay_texts *texts);
bool overlay_texts_are_findable(const struct overlay_texts *texts);
enum atlas_layer overlay_layer(const struct overlay_texts *texts);
void overlay_label_write(const struct overlay_texts *texts, struct buffer *out);

// A word of a place.
struct overlay_word {
    uint16_t offset; // in words_text
    uint8_t size;
    uint8_t part; // enum overlay_part it came from
};
#define OVERLAY_WORDS_MAX 48

struct overlay_entry_place {
    struct overlay_place place;
    uint64_t hidden;
    atomic_bool is_gone; // set once, when a turn that changes or removes it is published
    uint8_t word_count;
    const uint8_t *words_text;
    struct overlay_word words[OVERLAY_WORDS_MAX];
    struct overlay_entry_place *next; // of the writer's hash table
    struct retired retired;
};

struct overlay_entry {
    const struct overlay_entry_place *place;
    uint32_t word;
};

static inline struct bytes overlay_word_text(const struct overlay_entry_place *place, size_t word)
{
    return (struct bytes){.data = place->words_text + place->words[word].offset,
                          .size = place->words[word].size};
}

struct overlay_run {
    struct retired retired; // first: it is given back by its address
    size_t place_count, entry_count;
    struct overlay_entry_place **places;
    struct overlay_entry *entries; // sorted by word
};

#define OVERLAY_RUNS_MAX 24

// What readers see.
struct overlay_snapshot {
    unsigned run_count;
    const struct overlay_run *runs[OVERLAY_RUNS_MAX];
    size_t hidden_count;
    const uint64_t *hidden; // packed ids of the atlas, sorted
    struct retired retired;
};

// NULL: nothing is indexed.
const struct overlay_snapshot *overlay_snapshot(const struct overlay *overlay);
struct live *overlay_live(const struct overlay *overlay);

// overlay_find.c: adds the live places that the query means to the searcher's results.
struct search_world;
void overlay_score(struct searcher *searcher, const struct search_world *world,
                   const struct search_query *query);
// Is this place of the atlas hidden by a live object?
bool overlay_hides(const struct overlay_snapshot *snapshot, uint64_t packed_id);

#endif
