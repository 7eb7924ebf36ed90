// The tables beside the places: names of regions, and names in other languages.
#include <stdlib.h>

#include "source/country_code.h"
#include "source/geonames_private.h"
#include "source/text_clean.h"

enum { NAME_SHARE = 4, KEY_SIZE = 8 };

bool geonames_number_parse(struct bytes text, uint64_t limit, uint64_t *number)
{
    uint64_t value = 0;
    for (size_t i = 0; i < text.size; i++) {
        if (text.data[i] < '0' || text.data[i] > '9') {
            return false;
        }
        value = value * 10 + (uint64_t)(text.data[i] - '0');
        if (value > limit) {
            return false;
        }
    }
    *number = value;
    return text.size != 0;
}

void geonames_tables_free(struct geonames_tables *tables)
{
    buffer_free(&tables->regions.text);
    memory_give(tables->regions.rows);
    sorter_free(tables->names);
    pool_free(&tables->pool);
}

static struct bytes row_text(const struct geonames_regions *regions, uint32_t row, unsigned which)
{
    struct reader reader = {
        .rest = {.data = regions->text.data + row, .size = regions->text.size - row}};
    const struct bytes key = reader_take(&reader, (size_t)reader_varint(&reader));
    return which == 0 ? key : reader_take(&reader, (size_t)reader_varint(&reader));
}

// Sorting needs the table that the rows are offsets into.
static int by_key(const void *left, const void *right, void *context)
{
    const struct geonames_regions *const regions = context;
    const uint32_t a = *(const uint32_t *)left;
    const uint32_t b = *(const uint32_t *)right;
    const int order = bytes_compare(row_text(regions, a, 0), row_text(regions, b, 0));
    return order != 0 ? order : (a > b) - (a < b);
}

struct bytes geonames_region_find(const struct geonames_regions *regions, struct bytes key)
{
    size_t low = 0;
    size_t high = regions->count;
    while (low < high) {
        const size_t middle = low + (high - low) / 2;
        const int order = bytes_compare(key, row_text(regions, regions->rows[middle], 0));
        if (order == 0) {
            return row_text(regions, regions->rows[middle], 1);
        }
        if (order < 0) {
            high = middle;
        } else {
            low = middle + 1;
        }
    }
    return (struct bytes){0};
}

static enum status regions_load(const struct input *input, struct geonames_regions *regions,
                                struct fault *fault)
{
    SCOPED(input_lines_close) struct input_lines lines = {0};
    SCOPED(pool_free) struct pool pool = {.account = input->options->account};
    TRY(input_lines_open(input, &lines, fault));
    struct bytes line;
    enum status status;
    while ((status = input_lines_next(&lines, &line, fault)) == STATUS_OK) {
        struct bytes columns[4];
        if (input_lines_columns(line, columns, 4) != 4) {
            continue;
        }
        pool_clear(&pool);
        const struct bytes name = text_clean(columns[1], &pool);
        if (regions->text.size > UINT32_MAX / 2 ||
            !memory_grow(regions->account, &regions->rows, &regions->capacity, regions->count + 1,
                         sizeof(*regions->rows))) {
            return fault_set(fault, STATUS_NO_MEMORY, "no memory for the names of regions");
        }
        regions->rows[regions->count++] = (uint32_t)regions->text.size;
        buffer_append_varint(&regions->text, columns[0].size);
        buffer_append_bytes(&regions->text, columns[0]);
        buffer_append_varint(&regions->text, name.size);
        buffer_append_bytes(&regions->text, name);
    }
    if (status == STATUS_NOT_FOUND && buffer_status(&regions->text) != STATUS_OK) {
        return fault_set(fault, STATUS_NO_MEMORY, "no memory for the names of regions");
    }
    return status == STATUS_NOT_FOUND ? STATUS_OK : status;
}

// Rows that are no names: links, postcodes, codes of other lists.
static bool is_name_language(struct bytes language)
{
    static const char *const others[] = {"link", "post", "icao", "faac",
                                         "tcid", "unlc", "phon", "piny"};
    for (size_t i = 0; i < COUNT_OF(others); i++) {
        if (bytes_equal(language, bytes_from_text(others[i]))) {
            return false;
        }
    }
    return language.size <= 11;
}

static enum status names_load(const struct input *input, struct sorter *names, struct fault *fault)
{
    SCOPED(input_lines_close) struct input_lines lines = {0};
    SCOPED(pool_free) struct pool pool = {.account = input->options->account};
    SCOPED(buffer_free) struct buffer value = {.account = input->options->account};
    TRY(input_lines_open(input, &lines, fault));
    struct bytes line;
    enum status status;
    while ((status = input_lines_next(&lines, &line, fault)) == STATUS_OK) {
        struct bytes columns[8] = {{0}};
        uint64_t id;
        if (input_lines_columns(line, columns, COUNT_OF(columns)) < 4 ||
            !geonames_number_parse(columns[1], INT64_MAX / 16, &id) ||
            !is_name_language(columns[2])) {
            continue;
        }
        pool_clear(&pool);
        uint8_t flags = 0;
        for (unsigned i = 0; i < 4; i++) {
            flags =
                (uint8_t)(flags | (columns[4 + i].size == 1 && columns[4 + i].data[0] == '1') << i);
        }
        buffer_clear(&value);
        buffer_append_u8(&value, flags);
        buffer_append_varint(&value, columns[2].size);
        buffer_append_bytes(&value, columns[2]);
        buffer_append_bytes(&value, text_clean(columns[3], &pool));
        TRY(buffer_status(&value));
        uint8_t key[KEY_SIZE];
        for (unsigned i = 0; i < KEY_SIZE; i++) {
            key[i] = (uint8_t)(id >> (56 - 8 * i));
        }
        TRY(sorter_add(names, (struct bytes){key, sizeof(key)}, buffer_bytes(&value), fault));
    }
    return status == STATUS_NOT_FOUND ? STATUS_OK : status;
}

bool geonames_name_decode(struct bytes value, struct geonames_name *name)
{
    struct reader reader = {.rest = value};
    const unsigned flags = reader_u8(&reader);
    name->language = reader_take(&reader, (size_t)reader_varint(&reader));
    name->text = reader.rest;
    name->is_preferred = (flags & 1) != 0;
    name->is_short = (flags & 2) != 0;
    name->is_colloquial = (flags & 4) != 0;
    name->is_historic = (flags & 8) != 0;
    return !reader.overrun && name->text.size != 0;
}

// countryInfo: two letters, …, name (4), capital, area, population (7), …, geonameid (16).
static enum status countries_load(const struct input *input, struct geonames_tables *tables,
                                  struct fault *fault)
{
    SCOPED(input_lines_close) struct input_lines lines = {0};
    TRY(input_lines_open(input, &lines, fault));
    struct bytes line;
    enum status status;
    while ((status = input_lines_next(&lines, &line, fault)) == STATUS_OK) {
        struct bytes columns[17];
        char code[3];
        uint64_t id;
        if (input_lines_columns(line, columns, COUNT_OF(columns)) < COUNT_OF(columns) ||
            !country_code_parse(columns[0], code) ||
            !geonames_number_parse(columns[16], INT64_MAX / 16, &id)) {
            continue;
        }
        struct geonames_country *const country = &tables->countries[country_code_number(code)];
        const struct bytes name = text_clean(columns[4], &tables->pool);
        uint8_t *const kept = pool_take(&tables->pool, name.size, 1);
        if (kept == NULL) {
            return fault_set(fault, STATUS_NO_MEMORY, "no memory for the names of countries");
        }
        if (name.size != 0) {
            memcpy(kept, name.data, name.size);
        }
        *country = (struct geonames_country){.id = (int64_t)id, .name = {kept, name.size}};
        (void)geonames_number_parse(columns[7], UINT64_C(100000000000), &country->population);
    }
    return status == STATUS_NOT_FOUND ? STATUS_OK : status;
}

static enum status names_open(const struct source_options *options, struct sorter **names,
                              struct fault *fault)
{
    const struct sorter_options sorting = {.sys = options->sys,
                                           .account = options->account,
                                           .memory_size = options->memory_size / NAME_SHARE,
                                           .directory = options->directory,
                                           .threads = options->threads,
                                           .name = "alternate names"};
    return *names != NULL ? STATUS_OK : sorter_new(&sorting, names, fault);
}

static enum status member_load(const char *text, size_t member,
                               const struct source_options *options, struct geonames_tables *tables,
                               struct fault *fault)
{
    SCOPED(input_close) struct input input = {0};
    TRY(input_open(text, member, options, &input, fault));
    TRY(input_kind_find(&input, fault));
    if (input.kind == INPUT_GEONAMES_ADMIN1 || input.kind == INPUT_GEONAMES_ADMIN2) {
        return regions_load(&input, &tables->regions, fault);
    }
    if (input.kind == INPUT_GEONAMES_COUNTRIES) {
        return countries_load(&input, tables, fault);
    }
    if (input.kind == INPUT_GEONAMES_NAMES) {
        TRY(names_open(options, &tables->names, fault));
        return names_load(&input, tables->names, fault);
    }
    return STATUS_OK;
}

enum status geonames_companions_load(const struct source_options *options,
                                     struct geonames_tables *tables, struct fault *fault)
{
    struct geonames_regions *const regions = &tables->regions;
    for (size_t i = 0; i < options->companion_count; i++) {
        const char *const text = options->companions[i];
        enum status status = strcmp(text, "-") == 0 ? STATUS_NOT_FOUND : STATUS_OK;
        for (size_t member = 0; status == STATUS_OK; member++) {
            status = member_load(text, member, options, tables, fault);
        }
        if (status != STATUS_NOT_FOUND) {
            return status;
        }
    }
    if (regions->count != 0) {
        qsort_r(regions->rows, regions->count, sizeof(*regions->rows), by_key, regions);
    }
    return tables->names == NULL ? STATUS_OK : sorter_sort(tables->names, fault);
}
