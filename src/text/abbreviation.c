#include "text/abbreviation.h"

#include <assert.h>

enum {
    ENTRIES_MAX = 1024,
    SLOTS = 4096, // a power of two, four times the entries: most words end at an empty slot
};

struct abbreviation_index {
    size_t count;
    uint16_t slots[SLOTS]; // entry plus 1; 0: empty
    struct abbreviation entries[ENTRIES_MAX];
};

// False when the word is too long to be an abbreviation.
static bool word_pack(struct bytes word, uint64_t packed[2])
{
    if (word.size == 0 || word.size > ABBREVIATION_WORD_MAX) {
        return false;
    }
    uint8_t padded[16] = {0};
    memcpy(padded, word.data, word.size);
    memcpy(packed, padded, sizeof(padded));
    return true;
}

static size_t slot_of(const uint64_t packed[2])
{
    const uint64_t mixed =
        (packed[0] ^ packed[1] * UINT64_C(0x9e3779b97f4a7c15)) * UINT64_C(0xd6e8feb86659fd93);
    return (size_t)(mixed >> 52);
}
_Static_assert(SLOTS == 1 << (64 - 52), "the hash fills the slots");

// The slot that holds the word, or the empty one where it belongs.
static size_t slot_find(const struct abbreviation_index *index, const uint64_t packed[2])
{
    size_t slot = slot_of(packed);
    while (index->slots[slot] != 0) {
        const struct abbreviation *const entry = &index->entries[index->slots[slot] - 1];
        if (entry->word[0] == packed[0] && entry->word[1] == packed[1]) {
            break;
        }
        slot = (slot + 1) % SLOTS;
    }
    return slot;
}

static void reading_add(struct abbreviation *entry, const struct abbreviation_row *row,
                        unsigned language)
{
    const struct bytes full = bytes_from_text(row->full);
    for (unsigned i = 0; i < entry->reading_count; i++) {
        struct abbreviation_reading *const reading = &entry->readings[i];
        if (bytes_equal(reading->full, full)) {
            reading->languages |= language;
            reading->weak_languages |= row->is_weak ? language : 0;
            reading->stand = reading->stand == row->stand ? row->stand : STANDS_ANYWHERE;
            return;
        }
    }
    assert(entry->reading_count < ABBREVIATION_READINGS_MAX);
    entry->readings[entry->reading_count++] = (struct abbreviation_reading){
        .full = full,
        .languages = language,
        .weak_languages = row->is_weak ? language : 0,
        .stand = row->stand,
    };
}

static void row_add(struct abbreviation_index *index, const struct abbreviation_row *row,
                    unsigned language)
{
    uint64_t packed[2];
    const bool is_short = word_pack(bytes_from_text(row->word), packed);
    assert(is_short);
    const size_t slot = slot_find(index, packed);
    if (index->slots[slot] == 0) {
        assert(index->count < ENTRIES_MAX);
        index->entries[index->count] = (struct abbreviation){.word = {packed[0], packed[1]}};
        index->slots[slot] = (uint16_t)++index->count;
    }
    reading_add(&index->entries[index->slots[slot] - 1], row, language);
}

enum status abbreviation_index_new(struct memory_account *account,
                                   struct abbreviation_index **index, struct fault *fault)
{
    struct abbreviation_index *const made = memory_take_zeroed(account, 1, sizeof(*made));
    if (made == NULL) {
        return fault_set(fault, STATUS_NO_MEMORY, "no memory for the tables of abbreviations");
    }
    for (size_t i = 0; i < abbreviation_table_count; i++) {
        const struct abbreviation_table *const table = &abbreviation_tables[i];
        for (size_t row = 0; row < table->count; row++) {
            row_add(made, &table->rows[row], table->language);
        }
    }
    *index = made;
    return STATUS_OK;
}

void abbreviation_index_free(struct abbreviation_index *index)
{
    memory_give(index);
}

const struct abbreviation *abbreviation_find(const struct abbreviation_index *index,
                                             struct bytes word)
{
    uint64_t packed[2];
    if (!word_pack(word, packed)) {
        return NULL;
    }
    const uint16_t entry = index->slots[slot_find(index, packed)];
    return entry == 0 ? NULL : &index->entries[entry - 1];
}
