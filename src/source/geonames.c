#include "source/geonames.h"

#include <inttypes.h>
#include <stdio.h>

#include "codec/json_read.h"
#include "source/country_code.h"
#include "source/geonames_private.h"
#include "source/text_clean.h"

enum {
    PLACE_COLUMNS = 19,
    POSTCODE_COLUMNS = 12,
    WARNINGS_MAX = 20,
    KEY_SIZE = 8,
    CODE_SIZE_MAX = 16
};

struct geonames {
    struct input *input;
    const struct feature_sink *sink;
    struct pool pool;                  // of one feature
    struct geonames_tables tables;     // of the companions
    struct sorter *places;             // rows, by geonameid; only when there are names to join
    struct buffer row;                 // on its way into the sorter
    struct bytes name_key, name_value; // the next name, read ahead; key empty at the end
    uint64_t feature_count, skipped_count;
};

static void row_skip(struct geonames *reader, uint64_t line, const char *why)
{
    const struct source_options *const options = reader->input->options;
    if (reader->skipped_count++ < WARNINGS_MAX && options->warn != NULL) {
        char sentence[256];
        (void)snprintf(sentence, sizeof(sentence), "%s: left out line %" PRIu64 ": %s",
                       reader->input->name, line, why);
        options->warn(options->warn_context, sentence);
    }
}

static enum status emit(struct geonames *reader, const struct feature *feature, struct fault *fault)
{
    reader->feature_count++;
    return reader->sink->take(reader->sink->context, feature, fault);
}

static bool point_parse(struct bytes lat, struct bytes lng, struct geo_point *point)
{
    int64_t lat_e7;
    int64_t lng_e7;
    if (!json_number_scaled(lat, 7, &lat_e7) || !json_number_scaled(lng, 7, &lng_e7) ||
        lat_e7 < -GEO_LAT_MAX || lat_e7 > GEO_LAT_MAX || lng_e7 < -GEO_LNG_MAX ||
        lng_e7 > GEO_LNG_MAX) {
        return false;
    }
    *point = (struct geo_point){.lng_e7 = (int32_t)lng_e7, .lat_e7 = (int32_t)lat_e7};
    return true;
}

static struct geo_box box_of(struct geo_point point)
{
    return (struct geo_box){.west_e7 = point.lng_e7,
                            .south_e7 = point.lat_e7,
                            .east_e7 = point.lng_e7,
                            .north_e7 = point.lat_e7};
}

struct name_list {
    struct feature_name *names;
    size_t count, capacity;
    struct bytes wikidata;
};

static bool list_add(struct geonames *reader, struct name_list *list, struct bytes text,
                     enum name_role role, struct bytes language)
{
    if (text.size == 0 || language.size > 11) {
        return true;
    }
    for (size_t i = 0; i < list->count; i++) {
        if (bytes_equal(list->names[i].text, text) &&
            bytes_equal(bytes_from_text(list->names[i].language), language)) {
            return true;
        }
    }
    if (list->count == list->capacity) {
        const size_t capacity = list->capacity == 0 ? 32 : 2 * list->capacity;
        struct feature_name *const moved = pool_take(&reader->pool, capacity, sizeof(*list->names));
        if (moved == NULL) {
            return false;
        }
        if (list->count != 0) {
            memcpy(moved, list->names, list->count * sizeof(*moved));
        }
        list->names = moved;
        list->capacity = capacity;
    }
    struct feature_name *const name = &list->names[list->count++];
    *name = (struct feature_name){.text = text, .role = role};
    if (language.size != 0) {
        memcpy(name->language, language.data, language.size);
    }
    return true;
}

static struct bytes copied(struct geonames *reader, struct bytes text)
{
    uint8_t *const copy = pool_take(&reader->pool, text.size, 1);
    if (copy == NULL || text.size == 0) {
        return (struct bytes){0};
    }
    memcpy(copy, text.data, text.size);
    return (struct bytes){.data = copy, .size = text.size};
}

static enum status name_read(struct geonames *reader, struct fault *fault)
{
    const enum status status =
        sorter_next(reader->tables.names, &reader->name_key, &reader->name_value, fault);
    if (status == STATUS_NOT_FOUND) {
        reader->name_key.size = 0;
        return STATUS_OK;
    }
    return status;
}

static bool joined_name_add(struct geonames *reader, struct name_list *list)
{
    struct geonames_name name;
    if (!geonames_name_decode(reader->name_value, &name)) {
        return true;
    }
    const struct bytes text = copied(reader, name.text);
    const struct bytes language = copied(reader, name.language);
    const struct bytes none = {0};
    if (bytes_equal(language, BYTES_OF("wkdt"))) {
        list->wikidata = text;
        return true;
    }
    if (bytes_equal(language, BYTES_OF("iata"))) {
        return list_add(reader, list, text, NAME_REFERENCE, none);
    }
    if (bytes_equal(language, BYTES_OF("abbr"))) {
        return list_add(reader, list, text, NAME_SHORT, none);
    }
    const enum name_role role = name.is_historic     ? NAME_OLD
                                : name.is_short      ? NAME_SHORT
                                : name.is_colloquial ? NAME_LOCAL
                                : language.size == 0 ? NAME_ALTERNATIVE
                                                     : NAME_LOCALISED;
    return list_add(reader, list, text, role, language);
}

// Names of the companions for one place; places come in the order of their ids then.
static enum status names_join(struct geonames *reader, struct bytes key, struct name_list *list,
                              struct fault *fault)
{
    while (reader->name_key.size != 0) {
        const int order = bytes_compare(reader->name_key, key);
        if (order > 0) {
            break;
        }
        if (order == 0 && !joined_name_add(reader, list)) {
            return fault_set(fault, STATUS_NO_MEMORY, "no memory for the names of a place");
        }
        TRY(name_read(reader, fault));
    }
    return STATUS_OK;
}

static struct bytes region_name(const struct geonames *reader, const struct bytes *columns,
                                bool is_second)
{
    uint8_t key[64];
    const size_t size =
        columns[8].size + 1 + columns[10].size + (is_second ? 1 + columns[11].size : 0);
    if (columns[10].size == 0 || (is_second && columns[11].size == 0) || size > sizeof(key)) {
        return (struct bytes){0};
    }
    size_t used = 0;
    const struct bytes parts[] = {columns[8], columns[10], columns[11]};
    for (size_t i = 0; i < (is_second ? 3 : 2); i++) {
        if (i != 0) {
            key[used++] = '.';
        }
        memcpy(key + used, parts[i].data, parts[i].size);
        used += parts[i].size;
    }
    return geonames_region_find(&reader->tables.regions, (struct bytes){.data = key, .size = used});
}

static enum status place_names(struct geonames *reader, const struct bytes *columns,
                               struct bytes key, struct name_list *list, struct fault *fault)
{
    const struct bytes none = {0};
    bool is_added =
        list_add(reader, list, text_clean(columns[1], &reader->pool), NAME_MAIN, none) &&
        list_add(reader, list, text_clean(columns[2], &reader->pool), NAME_ALTERNATIVE, none);
    if (reader->tables.names != NULL) {
        TRY(names_join(reader, key, list, fault));
    }
    struct bytes rest = text_clean(columns[3], &reader->pool);
    for (struct bytes part; is_added && text_part_next(&rest, ',', &part);) {
        is_added = list_add(reader, list, part, NAME_ALTERNATIVE, none);
    }
    return is_added ? STATUS_OK
                    : fault_set(fault, STATUS_NO_MEMORY, "no memory for the names of a place");
}

// Notes what a row says of its country, which the table of countries does not.
static void country_note(struct geonames *reader, const struct feature *feature, struct bytes code)
{
    if (feature->address.country[0] == 0) {
        return;
    }
    struct geonames_country *const country =
        &reader->tables.countries[country_code_number(feature->address.country)];
    if (feature->place_type == PLACE_COUNTRY) {
        country->has_row = true;
    } else if (bytes_equal(code, BYTES_OF("PPLC")) && !country->has_capital) {
        country->has_capital = true;
        country->capital = feature->point;
    }
}

// Its code, "PPLA", and its item in Wikidata.
static size_t place_facts(struct bytes code, struct bytes wikidata, struct feature_fact facts[2])
{
    size_t count = 0;
    if (code.size != 0 && code.size <= CODE_SIZE_MAX) {
        facts[count++] = (struct feature_fact){.key = BYTES_OF("geonames"), .value = code};
    }
    if (wikidata.size != 0) {
        facts[count++] = (struct feature_fact){.key = BYTES_OF("wikidata"), .value = wikidata};
    }
    return count;
}

// GeoNames' codes of regions are those of ISO 3166-2 in a few countries only.
static void region_code_set(struct bytes country, struct bytes code, struct feature *feature)
{
    static const char countries[][3] = {"BE", "CH", "US"};
    bool is_iso = code.size >= 2 && code.size <= 3;
    for (size_t i = 0; i < code.size && is_iso; i++) {
        is_iso = code.data[i] >= 'A' && code.data[i] <= 'Z';
    }
    for (size_t i = 0; i < COUNT_OF(countries) && is_iso; i++) {
        if (bytes_equal(country, bytes_from_text(countries[i]))) {
            (void)snprintf(feature->region_code, sizeof(feature->region_code), "%.2s-%.*s",
                           countries[i], (int)code.size, (const char *)code.data);
        }
    }
}

static enum status place_emit(struct geonames *reader, struct bytes row, struct bytes key,
                              uint64_t line, struct fault *fault)
{
    struct bytes columns[PLACE_COLUMNS] = {{0}};
    uint64_t id = 0;
    uint64_t population = 0;
    struct feature feature = {0};
    pool_clear(&reader->pool);
    if (input_lines_columns(row, columns, PLACE_COLUMNS) != PLACE_COLUMNS ||
        !geonames_number_parse(columns[0], INT64_MAX / 16, &id) ||
        !point_parse(columns[4], columns[5], &feature.point)) {
        row_skip(reader, line, "it is not 19 columns with an id and a place on the globe");
        return STATUS_OK;
    }
    (void)geonames_number_parse(columns[14], UINT64_C(100000000000), &population);
    const struct geonames_meaning meaning = geonames_meaning_of(columns[6], columns[7], population);
    if (meaning.roles == 0) {
        return STATUS_OK;
    }
    struct name_list list = {0};
    TRY(place_names(reader, columns, key, &list, fault));
    feature.id = (struct source_id){.kind = SOURCE_GEONAMES, .number = (int64_t)id};
    feature.roles = meaning.roles;
    feature.place_type = meaning.place_type;
    feature.category = meaning.category;
    feature.box = box_of(feature.point);
    feature.names = list.names;
    feature.name_count = list.count;
    feature.wikidata = list.wikidata;
    feature.population = population;
    struct feature_fact facts[2];
    feature.facts = facts;
    feature.fact_count = place_facts(columns[7], list.wikidata, facts);
    if (country_code_parse(columns[8], feature.address.country)) {
        region_code_set(columns[8], columns[10], &feature);
    }
    if (feature.address.country[0] != '\0' && meaning.place_type == PLACE_COUNTRY) {
        memcpy(feature.country_code, feature.address.country, sizeof(feature.country_code));
    }
    if (meaning.place_type != PLACE_COUNTRY && meaning.place_type != PLACE_REGION) {
        feature.address.state = region_name(reader, columns, false);
    }
    if (meaning.place_type != PLACE_COUNTY && feature.address.state.size != 0) {
        feature.address.district = region_name(reader, columns, true);
    }
    country_note(reader, &feature, columns[7]);
    return emit(reader, &feature, fault);
}

// Tables of cities leave the countries out: those of countryInfo go to the place of their capital.
static enum status countries_emit(struct geonames *reader, struct fault *fault)
{
    for (int i = 0; i < GEONAMES_COUNTRY_COUNT; i++) {
        const struct geonames_country *const country = &reader->tables.countries[i];
        if (country->id == 0 || country->has_row || !country->has_capital ||
            country->name.size == 0) {
            continue;
        }
        const struct feature_name name = {.text = country->name, .role = NAME_MAIN};
        struct feature feature = {
            .id = {.kind = SOURCE_GEONAMES, .number = country->id},
            .roles = FEATURE_PLACE,
            .place_type = PLACE_COUNTRY,
            .point = country->capital,
            .box = box_of(country->capital),
            .names = &name,
            .name_count = 1,
            .population = country->population,
            .country_code = {(char)('A' + i / 26), (char)('A' + i % 26), 0},
        };
        memcpy(feature.address.country, feature.country_code, sizeof(feature.country_code));
        TRY(emit(reader, &feature, fault));
    }
    return STATUS_OK;
}

// Puts a row aside, by its id and with the number of its line, to be joined with names.
static enum status place_keep(struct geonames *reader, uint64_t id, uint64_t line, struct bytes row,
                              struct fault *fault)
{
    uint8_t key[KEY_SIZE];
    for (unsigned i = 0; i < KEY_SIZE; i++) {
        key[i] = (uint8_t)(id >> (56 - 8 * i));
    }
    buffer_clear(&reader->row);
    buffer_append_u64(&reader->row, line);
    buffer_append_bytes(&reader->row, row);
    if (buffer_status(&reader->row) != STATUS_OK) {
        return fault_set(fault, STATUS_NO_MEMORY, "no memory for a row");
    }
    return sorter_add(reader->places, (struct bytes){key, sizeof(key)}, buffer_bytes(&reader->row),
                      fault);
}

// Rows in the order of the file, or, to be joined with names, in that of their ids.
static enum status place_rows(struct geonames *reader, struct input_lines *lines,
                              struct fault *fault)
{
    struct bytes line;
    enum status status;
    while ((status = input_lines_next(lines, &line, fault)) == STATUS_OK) {
        struct bytes first;
        uint64_t id;
        if (line.size == 0 || line.data[0] == '#') {
            continue;
        }
        if (reader->places == NULL) {
            TRY(place_emit(reader, line, (struct bytes){0}, lines->number, fault));
            continue;
        }
        (void)input_lines_columns(line, &first, 1);
        if (!geonames_number_parse(first, INT64_MAX / 16, &id)) {
            row_skip(reader, lines->number, "it does not begin with an id");
            continue;
        }
        TRY(place_keep(reader, id, lines->number, line, fault));
    }
    return status == STATUS_NOT_FOUND ? STATUS_OK : status;
}

static enum status places_join(struct geonames *reader, struct fault *fault)
{
    struct bytes key;
    struct bytes row;
    enum status status;
    TRY(sorter_sort(reader->places, fault));
    TRY(name_read(reader, fault));
    while ((status = sorter_next(reader->places, &key, &row, fault)) == STATUS_OK) {
        struct reader kept = {.rest = row};
        const uint64_t line = reader_u64(&kept);
        TRY(place_emit(reader, kept.rest, key, line, fault));
    }
    return status == STATUS_NOT_FOUND ? STATUS_OK : status;
}

static enum status places_read(struct geonames *reader, struct fault *fault)
{
    const struct source_options *const options = reader->input->options;
    TRY(geonames_companions_load(options, &reader->tables, fault));
    if (reader->tables.names != NULL) {
        const struct sorter_options sorting = {.sys = options->sys,
                                               .account = options->account,
                                               .memory_size = options->memory_size / 4,
                                               .directory = options->directory,
                                               .threads = options->threads,
                                               .name = "GeoNames places"};
        TRY(sorter_new(&sorting, &reader->places, fault));
    }
    SCOPED(input_lines_close) struct input_lines lines = {0};
    TRY(input_lines_open(reader->input, &lines, fault));
    TRY(place_rows(reader, &lines, fault));
    if (reader->places != NULL) {
        TRY(places_join(reader, fault));
    }
    return countries_emit(reader, fault);
}

// Postcodes have no ids: country, code and place name them (FNV-1a, 64 bits; below zero, so that
// they never meet the id of a place).
static int64_t postcode_number(const struct bytes *columns)
{
    uint64_t hash = UINT64_C(14695981039346656037);
    for (size_t column = 0; column < 3; column++) {
        for (size_t i = 0; i < columns[column].size; i++) {
            hash = (hash ^ columns[column].data[i]) * UINT64_C(1099511628211);
        }
        hash = (hash ^ '\t') * UINT64_C(1099511628211);
    }
    return -(int64_t)(hash >> 8) - 1;
}

static enum status postcodes_read(struct geonames *reader, struct fault *fault)
{
    SCOPED(input_lines_close) struct input_lines lines = {0};
    TRY(input_lines_open(reader->input, &lines, fault));
    struct bytes line;
    enum status status;
    while ((status = input_lines_next(&lines, &line, fault)) == STATUS_OK) {
        struct bytes columns[POSTCODE_COLUMNS] = {{0}};
        struct feature feature = {.roles = FEATURE_POSTCODE};
        pool_clear(&reader->pool);
        if (line.size == 0 || line.data[0] == '#') {
            continue;
        }
        if (input_lines_columns(line, columns, POSTCODE_COLUMNS) != POSTCODE_COLUMNS ||
            columns[1].size == 0 || !country_code_parse(columns[0], feature.address.country) ||
            !point_parse(columns[9], columns[10], &feature.point)) {
            row_skip(reader, lines.number,
                     "it is not 12 columns with a country, a code and a place on the globe");
            continue;
        }
        feature.id =
            (struct source_id){.kind = SOURCE_GEONAMES, .number = postcode_number(columns)};
        feature.box = box_of(feature.point);
        feature.address.postcode = text_clean(columns[1], &reader->pool);
        feature.address.city = text_clean(columns[2], &reader->pool);
        feature.address.state = text_clean(columns[3], &reader->pool);
        feature.address.district = text_clean(columns[5], &reader->pool);
        TRY(emit(reader, &feature, fault));
    }
    return status == STATUS_NOT_FOUND ? STATUS_OK : status;
}

enum status geonames_read(struct input *input, const struct feature_sink *sink,
                          struct source_summary *summary, struct fault *fault)
{
    struct memory_account *const account = input->options->account;
    struct geonames *const reader = memory_take_zeroed(account, 1, sizeof(*reader));
    if (reader == NULL) {
        return fault_set(fault, STATUS_NO_MEMORY, "no memory to read %s", input->path);
    }
    reader->input = input;
    reader->sink = sink;
    reader->row.account = account;
    reader->pool.account = reader->tables.pool.account = account;
    reader->tables.regions.account = reader->tables.regions.text.account = account;
    enum status status = STATUS_OK;
    if (input->kind == INPUT_GEONAMES_PLACES) {
        status = places_read(reader, fault);
    } else if (input->kind == INPUT_GEONAMES_POSTCODES) {
        status = postcodes_read(reader, fault);
    }
    summary->feature_count += reader->feature_count;
    summary->skipped_count += reader->skipped_count;
    geonames_tables_free(&reader->tables);
    sorter_free(reader->places);
    buffer_free(&reader->row);
    pool_free(&reader->pool);
    memory_give(reader);
    return status;
}
