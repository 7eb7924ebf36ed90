#include "source/input.h"

#include <stdio.h>

static const struct prefix_row {
    const char *text;
    enum input_kind kind;
} prefixes[] = {
    {"osm:", INPUT_OSM},
    {"geonames:", INPUT_UNKNOWN}, // one of its tables: the shape says which
    {"countries:", INPUT_COUNTRIES},
    {"geojson:", INPUT_COUNTRIES},
};

// Takes "kind:" off the front.
static const char *prefix_take(const char *text, struct input *input)
{
    for (size_t i = 0; i < COUNT_OF(prefixes); i++) {
        const size_t size = strlen(prefixes[i].text);
        if (strncmp(text, prefixes[i].text, size) == 0) {
            input->kind = prefixes[i].kind;
            input->is_prefixed = true;
            input->is_geonames = prefixes[i].kind == INPUT_UNKNOWN;
            return text + size;
        }
    }
    return text;
}

enum status input_read_at(const struct input *input, void *data, size_t size, uint64_t offset,
                          struct fault *fault)
{
    if (input->spool != NULL) {
        return spool_read_at(input->spool, data, size, offset, fault);
    }
    return file_read_at(&input->file, data, size, offset, fault);
}

enum status input_peek(const struct input *input, void *data, size_t size, size_t *got,
                       struct fault *fault)
{
    const size_t wanted = input->size < size ? (size_t)input->size : size;
    TRY(input_read_at(input, data, wanted, 0, fault));
    *got = wanted;
    return STATUS_OK;
}

enum status input_map(struct input *input, struct bytes *bytes, struct fault *fault)
{
    if (input->spool != NULL) {
        return spool_map(input->spool, bytes, fault);
    }
    if (input->mapping.sys == NULL) {
        TRY(mapping_open_file(&input->file, &input->mapping, fault));
    }
    *bytes = mapping_bytes(&input->mapping);
    return STATUS_OK;
}

void input_close(struct input *input)
{
    mapping_close(&input->mapping);
    file_close(&input->file);
    spool_free(input->spool);
    memory_give(input->owned_name);
    *input = (struct input){0};
}
