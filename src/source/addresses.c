#include "source/addresses.h"

#include <stdio.h>

#include "base/attributes.h"
#include "codec/json_read.h"
#include "source/country_code.h"
#include "source/pool.h"
#include "source/text_clean.h"

enum column {
    COLUMN_LNG,
    COLUMN_LAT,
    COLUMN_NUMBER,
    COLUMN_STREET,
    COLUMN_UNIT,
    COLUMN_CITY,
    COLUMN_DISTRICT,
    COLUMN_REGION,
    COLUMN_POSTCODE,
    COLUMN_COUNTRY,
    COLUMN_ID,
    COLUMN_HASH,
    COLUMN_FROM,
    COLUMN_TO,
    COLUMN_INTERPOLATION,
    COLUMN_GEOMETRY,
};
#define COLUMN_COUNT 16

// Lower case. Of several that a header has, the first listed is meant.
static const struct {
    const char *name;
    enum column column;
} column_names[] = {
    {"lon", COLUMN_LNG},
    {"lng", COLUMN_LNG},
    {"longitude", COLUMN_LNG},
    {"x", COLUMN_LNG},
    {"lat", COLUMN_LAT},
    {"latitude", COLUMN_LAT},
    {"y", COLUMN_LAT},
    {"number", COLUMN_NUMBER},
    {"housenumber", COLUMN_NUMBER},
    {"house_number", COLUMN_NUMBER},
    {"addr:housenumber", COLUMN_NUMBER},
    {"street", COLUMN_STREET},
    {"addr:street", COLUMN_STREET},
    {"unit", COLUMN_UNIT},
    {"addr:unit", COLUMN_UNIT},
    {"city", COLUMN_CITY},
    {"addr:city", COLUMN_CITY},
    {"locality", COLUMN_CITY},
    {"district", COLUMN_DISTRICT},
    {"addr:district", COLUMN_DISTRICT},
    {"county", COLUMN_DISTRICT},
    {"region", COLUMN_REGION},
    {"state", COLUMN_REGION},
    {"addr:state", COLUMN_REGION},
    {"postcode", COLUMN_POSTCODE},
    {"addr:postcode", COLUMN_POSTCODE},
    {"postal_code", COLUMN_POSTCODE},
    {"zip", COLUMN_POSTCODE},
    {"country", COLUMN_COUNTRY},
    {"addr:country", COLUMN_COUNTRY},
    {"country_code", COLUMN_COUNTRY},
    {"id", COLUMN_ID},
    {"hash", COLUMN_HASH},
    {"from", COLUMN_FROM},
    {"to", COLUMN_TO},
    {"interpolation", COLUMN_INTERPOLATION},
    {"geometry", COLUMN_GEOMETRY},
};

enum { WARNINGS_MAX = 5, LINE_POINTS_MAX = 4096, TICK_ROWS = 4096 };

struct addresses {
    struct input *input;
    const struct feature_sink *sink;
    struct source_summary *summary;
    struct pool pool; // of one row
    struct buffer scratch;
    struct bytes texts[COLUMN_COUNT]; // of one row, cleaned
    struct geo_point points[LINE_POINTS_MAX];
    size_t point_count;
    uint64_t line;
    unsigned warnings;
    char country[3]; // of rows that say none
};

// --- What a file is ---

static void columns_find(const struct csv_row *header, int columns[COLUMN_COUNT])
{
    for (unsigned column = 0; column < COLUMN_COUNT; column++) {
        columns[column] = -1;
    }
    for (size_t i = 0; i < COUNT_OF(column_names); i++) {
        int *const column = &columns[column_names[i].column];
        *column = *column < 0 ? csv_column(header, column_names[i].name) : *column;
    }
}

static struct bytes line_of(struct bytes text)
{
    const uint8_t *const end = text.size == 0 ? NULL : memchr(text.data, '\n', text.size);
    return (struct bytes){.data = text.data,
                          .size = end == NULL ? text.size : (size_t)(end - text.data)};
}

static bool has_text(struct bytes text, const char *wanted)
{
    return text.size != 0 && memmem(text.data, text.size, wanted, strlen(wanted)) != NULL;
}

static bool has_ranges(const int columns[COLUMN_COUNT])
{
    return columns[COLUMN_FROM] >= 0 && columns[COLUMN_TO] >= 0 &&
           columns[COLUMN_INTERPOLATION] >= 0 && columns[COLUMN_STREET] >= 0 &&
           columns[COLUMN_GEOMETRY] >= 0;
}

static bool has_addresses(const int columns[COLUMN_COUNT])
{
    return columns[COLUMN_LNG] >= 0 && columns[COLUMN_LAT] >= 0 && columns[COLUMN_NUMBER] >= 0 &&
           columns[COLUMN_STREET] >= 0;
}

static struct bytes without_mark(struct bytes text)
{
    if (text.size >= 3 && memcmp(text.data, "\xef\xbb\xbf", 3) == 0) {
        text.data += 3;
        text.size -= 3;
    }
    return text;
}

enum input_kind addresses_recognise(struct bytes front)
{
    enum { HEADER_SIZE_MAX = 4096 };
    const struct bytes line = line_of(without_mark(front));
    if (line.size != 0 && line.data[0] == '{') {
        return has_text(line, "\"Point\"") &&
                       (has_text(line, "\"street\"") || has_text(line, "\"addr:street\"")) &&
                       (has_text(line, "\"number\"") || has_text(line, "\"addr:housenumber\""))
                   ? INPUT_ADDRESS_LINES
                   : INPUT_UNKNOWN;
    }
    if (line.size == 0 || line.size > HEADER_SIZE_MAX) {
        return INPUT_UNKNOWN;
    }
    // A header never has quotes that need undoing, so a scratch of no size is enough.
    struct memory_account none = {.name = "header", .limit_size = 1};
    struct buffer scratch SCOPED(buffer_free) = {.account = &none};
    struct csv_row row;
    size_t used;
    int columns[COLUMN_COUNT];
    if (csv_read(line, true, csv_delimiter(line), &scratch, &row, &used) != CSV_ROW) {
        return INPUT_UNKNOWN;
    }
    columns_find(&row, columns);
    return has_ranges(columns)      ? INPUT_ADDRESS_RANGES
           : has_addresses(columns) ? INPUT_ADDRESSES
                                    : INPUT_UNKNOWN;
}

// --- One row ---

static void row_warn(struct addresses *reader, const char *what)
{
    const struct source_options *const options = reader->input->options;
    reader->summary->skipped_count++;
    if (options->warn != NULL && reader->warnings++ < WARNINGS_MAX) {
        char sentence[512];
        (void)snprintf(sentence, sizeof(sentence), "%s: line %llu: %s", reader->input->path,
                       (unsigned long long)reader->line, what);
        options->warn(options->warn_context, sentence);
    }
}

// FNV-1a over what the row says, so that it keeps its id as long as it says it.
static int64_t row_number(const struct addresses *reader)
{
    static const enum column said[] = {COLUMN_NUMBER,   COLUMN_STREET, COLUMN_UNIT,     COLUMN_CITY,
                                       COLUMN_DISTRICT, COLUMN_REGION, COLUMN_POSTCODE, COLUMN_ID,
                                       COLUMN_FROM,     COLUMN_TO,     COLUMN_LNG,      COLUMN_LAT,
                                       COLUMN_GEOMETRY};
    const bool has_hash = reader->texts[COLUMN_HASH].size >= 8;
    uint64_t hash = UINT64_C(0xcbf29ce484222325);
    for (size_t i = 0; i < (has_hash ? 1 : COUNT_OF(said)); i++) {
        const struct bytes text = reader->texts[has_hash ? COLUMN_HASH : said[i]];
        for (size_t at = 0; at < text.size; at++) {
            hash = (hash ^ text.data[at]) * UINT64_C(0x100000001b3);
        }
        hash = (hash ^ 0xff) * UINT64_C(0x100000001b3);
    }
    return (int64_t)(hash >> 8); // 56 bits: what a public id has room for
}

static bool angle_read(struct bytes text, int64_t limit_e7, int32_t *angle_e7)
{
    int64_t scaled = 0;
    if (!json_number_scaled(text, 7, &scaled) || scaled < -limit_e7 || scaled > limit_e7) {
        return false;
    }
    *angle_e7 = (int32_t)scaled;
    return true;
}

static bool point_read(struct bytes lng, struct bytes lat, struct geo_point *point)
{
    return angle_read(lng, GEO_LNG_MAX, &point->lng_e7) &&
           angle_read(lat, GEO_LAT_MAX, &point->lat_e7);
}

// OpenAddresses keeps its sources in folders by country: "us/ca/santa_clara.csv" in an archive.
static bool folder_country(const struct input *input, char country[3])
{
    const char *const member = input->owned_name == NULL ? NULL : strrchr(input->owned_name, ':');
    const char *at = member == NULL ? "" : member + 1;
    for (size_t size; *at != '\0'; at += size + (at[size] == '/')) {
        size = strcspn(at, "/");
        if (size == 2 && at[size] == '/') {
            return country_code_parse((struct bytes){(const uint8_t *)at, size}, country);
        }
    }
    return false;
}

static struct feature feature_of(const struct addresses *reader)
{
    const struct bytes *const texts = reader->texts;
    struct feature feature = {
        .id = {.kind = SOURCE_OPENADDRESSES, .number = row_number(reader)},
        .address = {.number = texts[COLUMN_NUMBER],
                    .unit = texts[COLUMN_UNIT],
                    .street = texts[COLUMN_STREET],
                    .city = texts[COLUMN_CITY],
                    .district = texts[COLUMN_DISTRICT],
                    .state = texts[COLUMN_REGION],
                    .postcode = texts[COLUMN_POSTCODE]},
    };
    if (texts[COLUMN_COUNTRY].size == 2) {
        feature.address.country[0] = (char)(texts[COLUMN_COUNTRY].data[0] & 0xdf);
        feature.address.country[1] = (char)(texts[COLUMN_COUNTRY].data[1] & 0xdf);
    } else {
        memcpy(feature.address.country, reader->country, sizeof(reader->country));
    }
    return feature;
}

static enum status feature_take(struct addresses *reader, const struct feature *feature,
                                struct fault *fault)
{
    reader->summary->feature_count++;
    return reader->sink->take(reader->sink->context, feature, fault);
}

static enum status address_take(struct addresses *reader, struct fault *fault)
{
    struct feature feature = feature_of(reader);
    feature.roles = FEATURE_ADDRESS;
    if (!point_read(reader->texts[COLUMN_LNG], reader->texts[COLUMN_LAT], &feature.point)) {
        row_warn(reader, "longitude and latitude are not degrees");
        return STATUS_OK;
    }
    if (feature.address.number.size == 0 || feature.address.street.size == 0) {
        reader->summary->skipped_count++; // many tables have such rows; they are no fault
        return STATUS_OK;
    }
    feature.box = (struct geo_box){feature.point.lng_e7, feature.point.lat_e7, feature.point.lng_e7,
                                   feature.point.lat_e7};
    return feature_take(reader, &feature, fault);
}

// --- Ranges ---

// LINESTRING(lng lat,lng lat …)
static bool line_read(struct addresses *reader, struct bytes text)
{
    static const char head[] = "LINESTRING(";
    static const size_t head_size = sizeof(head) - 1;
    reader->point_count = 0;
    if (text.size <= head_size || memcmp(text.data, head, head_size) != 0 ||
        text.data[text.size - 1] != ')') {
        return false;
    }
    struct bytes rest = {.data = text.data + head_size, .size = text.size - head_size - 1};
    for (struct bytes pair; text_part_next(&rest, ',', &pair);) {
        const uint8_t *const blank = memchr(pair.data, ' ', pair.size);
        if (blank == NULL || reader->point_count == LINE_POINTS_MAX) {
            return false;
        }
        const size_t size = (size_t)(blank - pair.data);
        if (!point_read((struct bytes){.data = pair.data, .size = size},
                        (struct bytes){.data = blank + 1, .size = pair.size - size - 1},
                        &reader->points[reader->point_count])) {
            return false;
        }
        reader->point_count++;
    }
    return reader->point_count >= 2;
}

static bool number_read(struct bytes text, uint32_t *number)
{
    int64_t value = 0;
    if (!json_number_scaled(text, 0, &value) || value < 0 || value > UINT32_MAX) {
        return false;
    }
    *number = (uint32_t)value;
    return true;
}

static enum interpolation interpolation_read(struct bytes text)
{
    return bytes_equal(text, BYTES_OF("odd"))    ? INTERPOLATION_ODD
           : bytes_equal(text, BYTES_OF("even")) ? INTERPOLATION_EVEN
           : bytes_equal(text, BYTES_OF("all"))  ? INTERPOLATION_ALL
                                                 : INTERPOLATION_NONE;
}

static enum status range_take(struct addresses *reader, struct fault *fault)
{
    const struct bytes *const texts = reader->texts;
    struct feature feature = feature_of(reader);
    struct feature_end ends[2] = {{.position = 0}};
    feature.roles = FEATURE_INTERPOLATION;
    // The column `city` of these tables holds the county; the town is the one that the line lies in.
    feature.address.city = (struct bytes){0};
    feature.interpolation = interpolation_read(texts[COLUMN_INTERPOLATION]);
    if (!number_read(texts[COLUMN_FROM], &ends[0].number) ||
        !number_read(texts[COLUMN_TO], &ends[1].number) ||
        feature.interpolation == INTERPOLATION_NONE) {
        row_warn(reader, "a range has numbers from and to, and is odd, even or all");
        return STATUS_OK;
    }
    if (!line_read(reader, texts[COLUMN_GEOMETRY])) {
        row_warn(reader, "the geometry is no LINESTRING of longitude and latitude");
        return STATUS_OK;
    }
    ends[1].position = (uint32_t)reader->point_count - 1;
    for (size_t i = 0; i < COUNT_OF(ends); i++) {
        ends[i].street = texts[COLUMN_STREET];
        ends[i].postcode = texts[COLUMN_POSTCODE];
    }
    feature.points = reader->points;
    feature.point_count = reader->point_count;
    feature.point = reader->points[reader->point_count / 2];
    feature.box = GEO_BOX_EMPTY;
    for (size_t i = 0; i < reader->point_count; i++) {
        feature.box = geo_box_extend(feature.box, reader->points[i]);
    }
    feature.ends = ends;
    feature.end_count = COUNT_OF(ends);
    return feature_take(reader, &feature, fault);
}

static enum status row_take(struct addresses *reader, struct fault *fault)
{
    const enum status status = reader->input->kind == INPUT_ADDRESS_RANGES
                                   ? range_take(reader, fault)
                                   : address_take(reader, fault);
    pool_clear(&reader->pool);
    return status;
}

// --- The file ---

static bool may_go_on(const struct addresses *reader, size_t done_size, size_t size)
{
    const struct source_options *const options = reader->input->options;
    return options->progress == NULL ||
           options->progress(options->progress_context, "addresses", done_size, size);
}

static void texts_take(struct addresses *reader, const struct csv_row *row,
                       const int columns[COLUMN_COUNT])
{
    for (unsigned column = 0; column < COLUMN_COUNT; column++) {
        const bool is_there = columns[column] >= 0 && (unsigned)columns[column] < row->count;
        reader->texts[column] =
            is_there ? text_clean(row->fields[columns[column]], &reader->pool) : (struct bytes){0};
    }
}

static enum status header_fault(const struct addresses *reader, struct fault *fault)
{
    return fault_set(fault, STATUS_CORRUPT,
                     "%s: the first line must name the columns: lon, lat, number and street, or "
                     "from, to, interpolation, street and geometry",
                     reader->input->path);
}

static enum status table_read(struct addresses *reader, struct bytes text, struct fault *fault)
{
    struct csv_row *const row = pool_take(&reader->pool, 1, sizeof(*row));
    const char delimiter = csv_delimiter(text);
    const size_t size = text.size;
    int columns[COLUMN_COUNT];
    size_t used;
    if (row == NULL) {
        return fault_set(fault, STATUS_NO_MEMORY, "no memory to read %s", reader->input->path);
    }
    if (csv_read(text, true, delimiter, &reader->scratch, row, &used) != CSV_ROW) {
        return header_fault(reader, fault);
    }
    columns_find(row, columns);
    reader->input->kind = has_ranges(columns) ? INPUT_ADDRESS_RANGES : INPUT_ADDRESSES;
    if (!has_ranges(columns) && !has_addresses(columns)) {
        return header_fault(reader, fault);
    }
    for (;;) {
        text.data += used;
        text.size -= used;
        reader->line++;
        if (reader->line % TICK_ROWS == 0 && !may_go_on(reader, size - text.size, size)) {
            return fault_set(fault, STATUS_CANCELLED, "%s: stopped", reader->input->path);
        }
        struct csv_row fields;
        const enum csv_step step =
            csv_read(text, true, delimiter, &reader->scratch, &fields, &used);
        if (step == CSV_END) {
            return STATUS_OK;
        }
        if (step != CSV_ROW) {
            return fault_set(
                fault, STATUS_CORRUPT,
                "%s: line %llu: a quote is never closed, or there are too many columns",
                reader->input->path, (unsigned long long)reader->line + 1);
        }
        texts_take(reader, &fields, columns);
        TRY(row_take(reader, fault));
    }
}

static void member_take(struct addresses *reader, struct bytes name, struct bytes value)
{
    for (size_t i = 0; i < COUNT_OF(column_names); i++) {
        struct bytes *const text = &reader->texts[column_names[i].column];
        if (text->size == 0 && bytes_equal(name, bytes_from_text(column_names[i].name))) {
            const struct bytes clean = text_clean(value, &reader->pool);
            uint8_t *const copy = pool_take(&reader->pool, clean.size, 1);
            if (copy != NULL && clean.size != 0) {
                memcpy(copy, clean.data, clean.size);
                *text = (struct bytes){.data = copy, .size = clean.size};
            }
            return;
        }
    }
}

// The members of an object just begun: of properties all, of a geometry its coordinates.
static void object_take(struct addresses *reader, struct json_reader *json, unsigned depth)
{
    enum { NAME_SIZE_MAX = 32 };
    uint8_t kept[NAME_SIZE_MAX];
    struct bytes value;
    while (json_next(json, &value) == JSON_KEY) {
        struct bytes name = {.data = kept, .size = value.size < NAME_SIZE_MAX ? value.size : 0};
        if (name.size != 0) {
            memcpy(kept, value.data, name.size);
        }
        const enum json_token token = json_next(json, &value);
        if (token == JSON_OBJECT_BEGIN && depth == 0 &&
            (bytes_equal(name, BYTES_OF("properties")) ||
             bytes_equal(name, BYTES_OF("geometry")))) {
            object_take(reader, json, depth + 1);
        } else if (token == JSON_ARRAY_BEGIN && bytes_equal(name, BYTES_OF("coordinates"))) {
            static const char *const axes[] = {"lon", "lat"};
            enum json_token item = json_next(json, &value);
            for (size_t i = 0; i < COUNT_OF(axes) && item == JSON_NUMBER; i++) {
                member_take(reader, bytes_from_text(axes[i]), value);
                item = json_next(json, &value);
            }
            while (item == JSON_NUMBER) {
                item = json_next(json, &value);
            }
        } else if (token == JSON_STRING || token == JSON_NUMBER) {
            if (depth == 1) {
                member_take(reader, name, value);
            }
        } else {
            json_skip(json, token);
        }
    }
}

static enum status lines_read(struct addresses *reader, struct bytes text, struct fault *fault)
{
    const size_t size = text.size;
    while (text.size != 0) {
        const struct bytes line = line_of(text);
        const size_t taken = line.size < text.size ? line.size + 1 : line.size;
        text.data += taken;
        text.size -= taken;
        reader->line++;
        if (reader->line % TICK_ROWS == 0 && !may_go_on(reader, size - text.size, size)) {
            return fault_set(fault, STATUS_CANCELLED, "%s: stopped", reader->input->path);
        }
        struct json_reader json SCOPED(json_reader_free) =
            json_over(line, reader->input->options->account);
        struct bytes value;
        memset(reader->texts, 0, sizeof(reader->texts));
        const enum json_token first = json_next(&json, &value);
        if (first == JSON_END || line.size <= 1) {
            continue;
        }
        if (first == JSON_OBJECT_BEGIN) {
            object_take(reader, &json, 0);
        }
        if (first != JSON_OBJECT_BEGIN || json_status(&json, NULL) != STATUS_OK) {
            row_warn(reader, "this is no GeoJSON feature");
            pool_clear(&reader->pool);
            continue;
        }
        TRY(row_take(reader, fault));
    }
    return STATUS_OK;
}

enum status addresses_read(struct input *input, const struct feature_sink *sink,
                           struct source_summary *summary, struct fault *fault)
{
    struct bytes text;
    TRY(input_map(input, &text, fault));
    text = without_mark(text);
    struct addresses *const reader =
        memory_take_zeroed(input->options->account, 1, sizeof(*reader));
    if (reader == NULL) {
        return fault_set(fault, STATUS_NO_MEMORY, "no memory to read %s", input->path);
    }
    reader->input = input;
    reader->sink = sink;
    reader->summary = summary;
    reader->pool.account = reader->scratch.account = input->options->account;
    reader->line = 0;
    if (!folder_country(input, reader->country) && input->kind == INPUT_ADDRESS_RANGES) {
        memcpy(reader->country, "US", sizeof(reader->country)); // whose bureau makes them
    }
    const bool is_lines = text.size != 0 && text.data[0] == '{';
    const enum status status =
        is_lines ? lines_read(reader, text, fault) : table_read(reader, text, fault);
    pool_free(&reader->pool);
    buffer_free(&reader->scratch);
    memory_give(reader);
    return status;
}
