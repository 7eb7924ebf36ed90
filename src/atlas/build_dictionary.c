#include <stdlib.h>

#include "atlas/build_write.h"
#include "fst/fst_build.h"

enum { WEIGHT_TIE_SIZE = 256 }; // how many documents share a name decides between equal importances

static enum status to_archive(void *context, struct bytes bytes, struct fault *fault)
{
    return archive_writer_append(context, bytes.data, bytes.size, fault);
}

// Names or words on their way into three sections: the transducer goes to the archive at once,
// index and postings wait for it to end.
struct dictionary {
    struct build_output *output;
    struct fst_builder *fst;
    struct spool *index;    // u32 each
    struct spool *postings; // u32
    struct spool *counts;   // u8 words in each name; NULL for words
    struct sorter *words;   // word -> name, weight; NULL for words
    struct buffer key;
    struct buffer items; // u32 postings of the key at hand
    uint32_t weight;     // of the key at hand
    uint32_t count;      // of keys
    uint32_t posting_count;
};

static void dictionary_free(struct dictionary *dictionary)
{
    fst_builder_free(dictionary->fst);
    spool_free(dictionary->index);
    spool_free(dictionary->postings);
    spool_free(dictionary->counts);
    buffer_free(&dictionary->key);
    buffer_free(&dictionary->items);
}

static enum status dictionary_open(struct dictionary *dictionary, struct build_output *output,
                                   struct fault *fault)
{
    struct world *const world = output->world;
    const struct sys *const sys = world->options->sys;
    *dictionary = (struct dictionary){
        .output = output, .key = {.account = world->account}, .items = {.account = world->account}};
    TRY(spool_new(sys, world->account, world->directory, &dictionary->index, fault));
    TRY(spool_new(sys, world->account, world->directory, &dictionary->postings, fault));
    TRY(spool_new(sys, world->account, world->directory, &dictionary->counts, fault));
    return fst_builder_new(world->account, FST_REGISTER_SIZE_DEFAULT, to_archive, output->writer,
                           &dictionary->fst, fault);
}

static int by_posting(const void *left, const void *right)
{
    uint32_t a;
    uint32_t b;
    memcpy(&a, left, sizeof(a));
    memcpy(&b, right, sizeof(b));
    const uint32_t a_doc = a & ATLAS_POSTING_DOC;
    const uint32_t b_doc = b & ATLAS_POSTING_DOC;
    if (a_doc != b_doc) {
        return a_doc < b_doc ? -1 : 1;
    }
    return (a > b) - (a < b); // the better class of one document first
}

// Sorts the postings and keeps one a document, the best.
static void postings_settle(struct dictionary *dictionary)
{
    uint32_t *const items = (void *)dictionary->items.data;
    const size_t count = dictionary->items.size / sizeof(*items);
    qsort(items, count, sizeof(*items), by_posting);
    size_t kept = 0;
    for (size_t i = 0; i < count; i++) {
        if (kept == 0 || ((items[kept - 1] ^ items[i]) & ATLAS_POSTING_DOC) != 0) {
            items[kept++] = items[i];
        }
    }
    dictionary->items.size = kept * sizeof(*items);
}

static enum status words_add(struct dictionary *dictionary, struct fault *fault)
{
    const struct bytes phrase = buffer_bytes(&dictionary->key);
    const uint32_t value[2] = {dictionary->count, dictionary->weight};
    const struct bytes posting = {.data = (const uint8_t *)value, .size = sizeof(value)};
    uint8_t word_count = 0;
    for (size_t begin = 0; begin < phrase.size;) {
        size_t end = begin;
        while (end < phrase.size && phrase.data[end] != ' ') {
            end++;
        }
        const struct bytes word = {.data = phrase.data + begin, .size = end - begin};
        TRY(sorter_add(dictionary->words, word, posting, fault));
        word_count = word_count < UINT8_MAX ? (uint8_t)(word_count + 1) : word_count;
        begin = end + 1;
    }
    return spool_append(dictionary->counts, &word_count, sizeof(word_count), fault);
}

// The key at hand is complete.
static enum status key_end(struct dictionary *dictionary, struct fault *fault)
{
    if (dictionary->items.size == 0) {
        return STATUS_OK;
    }
    const size_t item_count = dictionary->items.size / sizeof(uint32_t);
    if (item_count > UINT32_MAX - dictionary->posting_count) {
        return fault_set(fault, STATUS_OUT_OF_RANGE,
                         "more than 2^32 postings: split the input into several atlases");
    }
    TRY(fst_builder_add(dictionary->fst, buffer_bytes(&dictionary->key), dictionary->count,
                        dictionary->weight, fault));
    TRY(spool_append(dictionary->index, &dictionary->posting_count,
                     sizeof(dictionary->posting_count), fault));
    TRY(spool_append(dictionary->postings, dictionary->items.data, dictionary->items.size, fault));
    if (dictionary->words != NULL) {
        TRY(words_add(dictionary, fault));
    }
    dictionary->count++;
    dictionary->posting_count += (uint32_t)item_count;
    return STATUS_OK;
}

static enum status dictionary_close(struct dictionary *dictionary, uint32_t index_kind,
                                    uint32_t posting_kind, struct fault *fault)
{
    TRY(fst_builder_finish(dictionary->fst, fault));
    TRY(spool_append(dictionary->index, &dictionary->posting_count,
                     sizeof(dictionary->posting_count), fault));
    TRY(build_section(dictionary->output, index_kind, sizeof(uint32_t), fault));
    TRY(archive_writer_append_spool(dictionary->output->writer, dictionary->index, fault));
    TRY(build_section(dictionary->output, posting_kind, sizeof(uint32_t), fault));
    return archive_writer_append_spool(dictionary->output->writer, dictionary->postings, fault);
}

// One phrase of one draft.
static enum status name_take(struct dictionary *dictionary, struct bytes value, struct fault *fault)
{
    struct world *const world = dictionary->output->world;
    uint32_t index;
    memcpy(&index, value.data, sizeof(index));
    const uint32_t name_class = value.data[sizeof(index)];
    struct atlas_doc *const doc = &world->drafts[index].doc;
    const uint32_t posting = dictionary->output->numbers[index] | name_class << ATLAS_POSTING_SHIFT;
    buffer_append(&dictionary->items, &posting, sizeof(posting));
    if (name_class == NAME_CLASS_MAIN) {
        doc->phrase = dictionary->count;
    }
    if (doc->importance > dictionary->weight) {
        dictionary->weight = doc->importance; // scaled once all are known
    }
    return buffer_status(&dictionary->items) == STATUS_OK ? STATUS_OK
                                                          : build_no_memory(world, fault);
}

static enum status name_end(struct dictionary *dictionary, struct fault *fault)
{
    if (dictionary->items.size != 0) {
        postings_settle(dictionary);
        const size_t count = dictionary->items.size / sizeof(uint32_t);
        dictionary->weight = dictionary->weight * WEIGHT_TIE_SIZE +
                             (uint32_t)(count < WEIGHT_TIE_SIZE ? count : WEIGHT_TIE_SIZE - 1);
    }
    return key_end(dictionary, fault);
}

static enum status key_begin(struct dictionary *dictionary, struct bytes key, struct fault *fault)
{
    buffer_clear(&dictionary->items);
    buffer_clear(&dictionary->key);
    dictionary->weight = 0;
    buffer_append_bytes(&dictionary->key, key);
    return buffer_status(&dictionary->key) == STATUS_OK
               ? STATUS_OK
               : build_no_memory(dictionary->output->world, fault);
}

static enum status names_write(struct build_output *output, struct sorter *words,
                               struct fault *fault)
{
    struct world *const world = output->world;
    struct dictionary dictionary SCOPED(dictionary_free) = {0};
    TRY(build_section(output, ATLAS_SECTION_NAME_FST, 1, fault));
    TRY(dictionary_open(&dictionary, output, fault));
    dictionary.words = words;
    TRY(sorter_sort(world->names, fault));
    const uint64_t total = sorter_count(world->names);
    for (uint64_t done = 0; done < total; done++) {
        struct bytes key = {0};
        struct bytes value = {0};
        TRY(sorter_next(world->names, &key, &value, fault));
        if (!bytes_equal(key, buffer_bytes(&dictionary.key))) {
            TRY(name_end(&dictionary, fault));
            TRY(key_begin(&dictionary, key, fault));
        }
        TRY(name_take(&dictionary, value, fault));
        if (done % 4096 == 0) {
            TRY(build_progress(world, "names", done, total, fault));
        }
    }
    TRY(name_end(&dictionary, fault));
    sorter_free(world->names);
    world->names = NULL;
    output->name_count = dictionary.count;
    TRY(dictionary_close(&dictionary, ATLAS_SECTION_NAME_INDEX, ATLAS_SECTION_NAME_DOCS, fault));
    TRY(build_section(output, ATLAS_SECTION_NAME_WORDS, 1, fault));
    return archive_writer_append_spool(output->writer, dictionary.counts, fault);
}

// A name that has the word; a name with the word twice is one.
static enum status word_take(struct dictionary *dictionary, struct bytes value, struct fault *fault)
{
    uint32_t posting[2];
    memcpy(posting, value.data, sizeof(posting));
    uint32_t last = BUILD_NONE;
    if (dictionary->items.size != 0) {
        memcpy(&last, dictionary->items.data + dictionary->items.size - sizeof(last), sizeof(last));
    }
    if (last != posting[0]) {
        buffer_append(&dictionary->items, &posting[0], sizeof(posting[0]));
    }
    dictionary->weight = posting[1] > dictionary->weight ? posting[1] : dictionary->weight;
    return buffer_status(&dictionary->items) == STATUS_OK
               ? STATUS_OK
               : build_no_memory(dictionary->output->world, fault);
}

static enum status words_write(struct build_output *output, struct sorter *words,
                               struct fault *fault)
{
    struct dictionary dictionary SCOPED(dictionary_free) = {0};
    TRY(build_section(output, ATLAS_SECTION_WORD_FST, 1, fault));
    TRY(dictionary_open(&dictionary, output, fault));
    TRY(sorter_sort(words, fault));
    const uint64_t total = sorter_count(words);
    for (uint64_t done = 0; done < total; done++) {
        struct bytes key = {0};
        struct bytes value = {0};
        TRY(sorter_next(words, &key, &value, fault));
        if (!bytes_equal(key, buffer_bytes(&dictionary.key))) {
            TRY(key_end(&dictionary, fault));
            TRY(key_begin(&dictionary, key, fault));
        }
        TRY(word_take(&dictionary, value, fault));
        if (done % 4096 == 0) {
            TRY(build_progress(output->world, "words", done, total, fault));
        }
    }
    TRY(key_end(&dictionary, fault));
    output->word_count = dictionary.count;
    return dictionary_close(&dictionary, ATLAS_SECTION_WORD_INDEX, ATLAS_SECTION_WORD_NAMES, fault);
}

static void words_free(struct sorter **words)
{
    sorter_free(*words);
}

enum status build_dictionary_write(struct build_output *output, struct fault *fault)
{
    const struct sorter_options options = build_sorter_options(output->world, "words");
    struct sorter *words SCOPED(words_free) = NULL;
    TRY(sorter_new(&options, &words, fault));
    TRY(names_write(output, words, fault));
    return words_write(output, words, fault);
}
