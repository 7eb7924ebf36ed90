#include "atlas/build_write.h"

enum { KEY_WORDS = 4 };

enum status build_numbers_open(struct build_output *output, struct build_numbers *numbers,
                               struct fault *fault)
{
    const struct sorter_options options = build_sorter_options(output->world, "numbers");
    return sorter_new(&options, &numbers->sorter, fault);
}

enum status build_numbers_add(struct build_output *output, struct build_numbers *numbers,
                              const struct atlas_house *house, uint32_t row, struct fault *fault)
{
    const struct draft *const street = &output->world->drafts[output->order[house->street]];
    const uint32_t key[KEY_WORDS] = {
        __builtin_bswap32(house->number),
        __builtin_bswap32(house->suffix),
        __builtin_bswap32(street->doc.phrase),
        __builtin_bswap32(row),
    };
    return sorter_add(numbers->sorter,
                      (struct bytes){.data = (const uint8_t *)key, .size = sizeof(key)},
                      (struct bytes){0}, fault);
}

enum status build_numbers_write(struct build_output *output, struct build_numbers *numbers,
                                struct fault *fault)
{
    TRY(sorter_sort(numbers->sorter, fault));
    TRY(build_section(output, ATLAS_SECTION_NUMBERS, sizeof(uint32_t), fault));
    for (uint64_t i = sorter_count(numbers->sorter); i > 0; i--) {
        struct bytes key = {0};
        struct bytes value = {0};
        TRY(sorter_next(numbers->sorter, &key, &value, fault));
        uint32_t words[KEY_WORDS];
        memcpy(words, key.data, sizeof(words));
        const uint32_t row = __builtin_bswap32(words[KEY_WORDS - 1]);
        TRY(archive_writer_append(output->writer, &row, sizeof(row), fault));
    }
    return STATUS_OK;
}

void build_numbers_close(struct build_numbers *numbers)
{
    sorter_free(numbers->sorter);
}
