// Any bytes through folding, tokens, names and queries: nothing crashes, everything is UTF-8, and a
// name typed as it stands finds itself.
#include "text/phrase.h"

#include <assert.h>
#include <stdlib.h>

#include "text/utf8.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_is_utf8(struct bytes text)
{
    const uint8_t *next = text.data;
    while (next < text.data + text.size) {
        assert(utf8_next(&next, text.data + text.size) != UTF8_REPLACEMENT);
    }
}

static void check_name(struct text_folder *folder, struct bytes name, uint16_t country,
                       enum text_phrase_kind kind, struct text_phrases *phrases)
{
    assert(text_phrases_read(folder, name, country, kind, phrases) == STATUS_OK);
    for (unsigned i = 0; i < phrases->count; i++) {
        assert(phrases->variants[i].text.size > 0 && phrases->variants[i].word_count > 0);
        check_is_utf8(phrases->variants[i].text);
    }
}

// The main phrase is the query's words, one reading each (as far as names go).
static void check_meets(const struct text_phrases *phrases, const struct text_query *query)
{
    assert((phrases->count == 0) == (query->word_count == 0));
    struct bytes rest = phrases->count == 0 ? (struct bytes){0} : phrases->variants[0].text;
    for (unsigned i = 0; i < query->word_count && rest.size > 0; i++) {
        size_t taken = 0;
        for (unsigned j = 0; j < query->words[i].reading_count; j++) {
            const struct bytes reading = query->words[i].readings[j];
            if (reading.size > taken && reading.size <= rest.size &&
                (reading.size == rest.size || rest.data[reading.size] == ' ') &&
                memcmp(reading.data, rest.data, reading.size) == 0) {
                taken = reading.size;
            }
        }
        assert(taken > 0);
        taken += taken < rest.size ? 1 : 0;
        rest = (struct bytes){.data = rest.data + taken, .size = rest.size - taken};
    }
    assert(rest.size == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size < 3 || size > 4096) {
        return 0;
    }
    // Kept between inputs: filling the tables takes longer than one.
    static struct memory_account account = {.name = "fuzz"};
    static struct text_folder *folder;
    static struct text_phrases phrases;
    static struct text_query query;
    if (folder == NULL && text_folder_new(&account, &folder, NULL) != STATUS_OK) {
        abort();
    }
    phrases.memory.account = &account;

    const uint16_t country = (uint16_t)(data[0] << 8 | data[1]);
    const struct bytes text = {.data = data + 3, .size = size - 3};
    check_name(folder, text, country, PHRASE_POSTCODE, &phrases);
    check_name(folder, text, country, PHRASE_STREET, &phrases);
    const bool is_read = text_query_read(folder, text, &query, NULL) == STATUS_OK;
    if (is_read && query.word_count <= TEXT_PHRASE_WORDS_MAX) {
        check_meets(&phrases, &query);
    }
    return 0;
}
