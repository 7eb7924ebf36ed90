// Made-up maps for the tests of this folder: sorted keys with values and weights, and the map built
// from them.
#ifndef FST_FST_SAMPLE_H
#define FST_FST_SAMPLE_H

#include <string.h>

#include "base/buffer.h"
#include "base/test.h"
#include "fst/fst.h"
#include "fst/fst_build.h"

enum { SAMPLE_MAX = 4096, SAMPLE_KEY_MAX = 64 };

enum sample_kind {
    SAMPLE_TANGLE,  // two letters, up to eight of them: ends are shared everywhere
    SAMPLE_STREETS, // syllables and common endings
    SAMPLE_BINARY,  // any bytes, the empty key too: nodes of 256 arcs
    SAMPLE_SCRIPTS, // code points of one to four bytes
};
#define SAMPLE_KINDS 4

struct sample_entry {
    uint8_t key[SAMPLE_KEY_MAX];
    uint32_t key_size;
    uint32_t weight;
    uint64_t value;
};

struct sample {
    struct sample_entry entries[SAMPLE_MAX]; // in key order
    size_t count;
    struct buffer bytes; // the map
    struct fst fst;
};

static struct memory_account sample_account = {.name = "test"};

static inline struct bytes sample_key(const struct sample_entry *entry)
{
    return (struct bytes){.data = entry->key, .size = entry->key_size};
}

static inline void sample_append(struct sample_entry *entry, const char *text)
{
    const size_t size = strlen(text);
    if (entry->key_size + size <= SAMPLE_KEY_MAX) {
        memcpy(entry->key + entry->key_size, text, size);
        entry->key_size += (uint32_t)size;
    }
}

static inline void sample_roll_key(struct dice *dice, enum sample_kind kind,
                                   struct sample_entry *entry)
{
    static const char *const parts[] = {"bahn", "hof",  "kirch", "feld", "berg", "neu",
                                        "alt",  "ober", "see",   "st ",  "muhl", "a"};
    static const char *const ends[] = {"strasse", "weg", "gasse", "platz", "allee", ""};
    static const char *const letters[] = {
        "a", "b", "\xc3\xa9", "\xd0\xb9", "\xe5\xb1\xb1", "\xe6\x9d\xb1", "\xf0\x9f\x8d\x92"};
    const uint64_t size = dice_below(dice, 9);
    entry->key_size = 0;
    switch (kind) {
    case SAMPLE_TANGLE:
        for (uint64_t i = 0; i < size; i++) {
            sample_append(entry, dice_below(dice, 2) == 0 ? "a" : "b");
        }
        break;
    case SAMPLE_STREETS:
        for (uint64_t i = 0; i < size / 3 + 1; i++) {
            sample_append(entry, parts[dice_below(dice, COUNT_OF(parts))]);
        }
        sample_append(entry, ends[dice_below(dice, COUNT_OF(ends))]);
        break;
    case SAMPLE_BINARY:
        for (uint64_t i = 0; i < size % 4; i++) {
            entry->key[entry->key_size++] = (uint8_t)dice_below(dice, 256);
        }
        break;
    case SAMPLE_SCRIPTS:
        for (uint64_t i = 0; i < size; i++) {
            sample_append(entry, letters[dice_below(dice, COUNT_OF(letters))]);
        }
        break;
    }
}

static inline int sample_order(const void *left, const void *right)
{
    return bytes_compare(sample_key(left), sample_key(right));
}

// The map of the entries that are there, into sample->bytes; checked and opened.
static inline void sample_build(struct sample *sample, size_t register_size)
{
    struct fault fault = {.text = "no fault"};
    struct fst_builder *builder;
    sample->bytes = (struct buffer){.account = &sample_account};
    enum status status = fst_builder_new(&sample_account, register_size, fst_sink_buffer,
                                         &sample->bytes, &builder, &fault);
    for (size_t i = 0; status == STATUS_OK && i < sample->count; i++) {
        const struct sample_entry *const entry = &sample->entries[i];
        status = fst_builder_add(builder, sample_key(entry), entry->value, entry->weight, &fault);
    }
    if (status == STATUS_OK) {
        status = fst_builder_finish(builder, &fault);
    }
    fst_builder_free(builder);
    if (status == STATUS_OK) {
        status = fst_verify(&sample_account, buffer_bytes(&sample->bytes), &fault);
    }
    if (status != STATUS_OK ||
        fst_open(buffer_bytes(&sample->bytes), &sample->fst, &fault) != STATUS_OK) {
        fail_msg("%s", fault.text);
    }
}

// Up to `count` keys of a kind; values are ordinals or anything, weights few (many ties) or any.
static inline void sample_roll(struct dice *dice, enum sample_kind kind, size_t count,
                               struct sample *sample)
{
    const bool has_ordinals = dice_below(dice, 2) == 0;
    const uint64_t weights = dice_below(dice, 2) == 0 ? 4 : (uint64_t)UINT32_MAX + 1;
    for (size_t i = 0; i < count; i++) {
        sample_roll_key(dice, kind, &sample->entries[i]);
    }
    qsort(sample->entries, count, sizeof(sample->entries[0]), sample_order);
    sample->count = 0;
    for (size_t i = 0; i < count; i++) {
        struct sample_entry *const last = &sample->entries[sample->count];
        if (sample->count == 0 || sample_order(last - 1, &sample->entries[i]) != 0) {
            *last = sample->entries[i];
            last->value = has_ordinals ? sample->count : dice_u64(dice);
            last->weight = (uint32_t)dice_below(dice, weights);
            sample->count++;
        }
    }
}

static inline void sample_free(struct sample *sample)
{
    buffer_free(&sample->bytes);
}

#endif
