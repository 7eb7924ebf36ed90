#include <string.h>

#include "search/kind.h"
#include "source/category_words.h"
#include "text/token.h"

// Open addressing; a word of two categories has two entries.
enum { SLOTS = 8192, TEXT_SIZE = 64 * 1024, PHRASE_SIZE_MAX = 64 };

struct kind_entry {
    uint32_t offset; // of the phrase in `text`
    uint16_t size;   // 0: free
    uint16_t category;
};

struct kind_index {
    struct kind_entry slots[SLOTS];
    size_t text_size;
    unsigned count;
    uint8_t text[TEXT_SIZE];
};

static uint32_t slot_of(struct bytes phrase)
{
    uint32_t hash = UINT32_C(2166136261);
    for (size_t i = 0; i < phrase.size; i++) {
        hash = (hash ^ phrase.data[i]) * UINT32_C(16777619);
    }
    return (hash ^ hash >> 15) % SLOTS;
}

static bool entry_is(const struct kind_index *index, const struct kind_entry *entry,
                     struct bytes phrase)
{
    return entry->size == phrase.size &&
           memcmp(index->text + entry->offset, phrase.data, phrase.size) == 0;
}

static enum status phrase_add(struct kind_index *index, struct bytes phrase, enum category category)
{
    uint32_t at = slot_of(phrase);
    for (; index->slots[at].size != 0; at = (at + 1) % SLOTS) {
        if (entry_is(index, &index->slots[at], phrase) && index->slots[at].category == category) {
            return STATUS_OK;
        }
    }
    if (index->text_size + phrase.size > TEXT_SIZE || index->count > SLOTS / 2) {
        return STATUS_NO_SPACE;
    }
    memcpy(index->text + index->text_size, phrase.data, phrase.size);
    index->slots[at] = (struct kind_entry){.offset = (uint32_t)index->text_size,
                                           .size = (uint16_t)phrase.size,
                                           .category = (uint16_t)category};
    index->text_size += phrase.size;
    index->count++;
    return STATUS_OK;
}

// Folds a word or several and joins them by one blank.
static enum status word_add(struct kind_index *index, struct text_folder *folder, struct bytes word,
                            enum category category)
{
    uint8_t folded[PHRASE_SIZE_MAX];
    size_t size = 0;
    TRY(text_fold_into(folder, word, folded, sizeof(folded), &size));
    struct text_token tokens[KIND_WORDS_MAX];
    const struct bytes text = {folded, size};
    const size_t count = text_tokenise(text, tokens, COUNT_OF(tokens));
    uint8_t phrase[PHRASE_SIZE_MAX];
    size_t used = 0;
    for (size_t i = 0; i < count && i < COUNT_OF(tokens); i++) {
        phrase[used] = ' ';
        used += i == 0 ? 0 : 1;
        memcpy(phrase + used, folded + tokens[i].offset, tokens[i].size);
        used += tokens[i].size;
    }
    return used == 0 ? STATUS_OK : phrase_add(index, (struct bytes){phrase, used}, category);
}

// "ä" as it is typed where the key is missing: "ae"; size 0 when there is none in it.
static struct bytes umlauts_spell(struct bytes word, uint8_t spelled[PHRASE_SIZE_MAX])
{
    static const struct {
        uint8_t second; // after 0xc3
        char letter;
    } umlauts[] = {{0xa4, 'a'}, {0xb6, 'o'}, {0xbc, 'u'}, {0x84, 'a'}, {0x96, 'o'}, {0x9c, 'u'}};
    size_t size = 0;
    bool has_any = false;
    for (size_t i = 0; i < word.size && size + 2 < PHRASE_SIZE_MAX; i++) {
        bool is_umlaut = false;
        for (size_t k = 0; k < COUNT_OF(umlauts) && i + 1 < word.size; k++) {
            if (word.data[i] == 0xc3 && word.data[i + 1] == umlauts[k].second) {
                spelled[size++] = (uint8_t)umlauts[k].letter;
                spelled[size++] = 'e';
                is_umlaut = true;
                break;
            }
        }
        if (is_umlaut) {
            has_any = true;
            i++;
        } else {
            spelled[size++] = word.data[i];
        }
    }
    return (struct bytes){.data = spelled, .size = has_any ? size : 0};
}

static enum status row_add(struct kind_index *index, struct text_folder *folder,
                           const struct category_words *row)
{
    struct bytes rest = bytes_from_text(row->words);
    while (rest.size != 0) {
        size_t size = 0;
        while (size < rest.size && rest.data[size] != ',') {
            size++;
        }
        const struct bytes word = {rest.data, size};
        uint8_t spelled[PHRASE_SIZE_MAX];
        TRY(word_add(index, folder, word, row->category));
        TRY(word_add(index, folder, umlauts_spell(word, spelled), row->category));
        size += size < rest.size ? 1 : 0;
        rest = (struct bytes){rest.data + size, rest.size - size};
    }
    return STATUS_OK;
}

enum status kind_index_new(struct memory_account *account, struct text_folder *folder,
                           struct kind_index **index, struct fault *fault)
{
    struct kind_index *const made = memory_take_zeroed(account, 1, sizeof(*made));
    enum status status = made == NULL ? STATUS_NO_MEMORY : STATUS_OK;
    const struct category_words *row;
    for (size_t i = 0; status == STATUS_OK && (row = category_words_at(i)) != NULL; i++) {
        status = row_add(made, folder, row);
    }
    if (status != STATUS_OK) {
        kind_index_free(made);
        return fault_set(fault, status, "no memory for the words of categories");
    }
    *index = made;
    return STATUS_OK;
}

void kind_index_free(struct kind_index *index)
{
    memory_give(index);
}

bool kind_find(const struct kind_index *index, const struct bytes *words, size_t count,
               struct category_set *categories)
{
    uint8_t phrase[PHRASE_SIZE_MAX];
    size_t size = 0;
    for (size_t i = 0; i < count; i++) {
        if (size + 1 + words[i].size > sizeof(phrase)) {
            return false;
        }
        phrase[size] = ' ';
        size += i == 0 ? 0 : 1;
        memcpy(phrase + size, words[i].data, words[i].size);
        size += words[i].size;
    }
    bool is_kind = false;
    const struct bytes wanted = {phrase, size};
    for (uint32_t at = slot_of(wanted); index->slots[at].size != 0; at = (at + 1) % SLOTS) {
        if (entry_is(index, &index->slots[at], wanted)) {
            category_set_add(categories, (enum category)index->slots[at].category);
            is_kind = true;
        }
    }
    return is_kind;
}
