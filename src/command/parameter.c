#include "command/parameter.h"

#include <assert.h>
#include <string.h>

#include "command/place_id.h"
#include "text/utf8.h"

#define E7 INT64_C(10000000)

// A decimal number, in units of 10^-7, rounded; "12", "-1.5", "+.25". No exponent, no spaces.
static bool parse_e7(struct bytes text, int64_t *value_e7)
{
    size_t i = text.size != 0 && (text.data[0] == '-' || text.data[0] == '+') ? 1 : 0;
    const bool is_negative = i == 1 && text.data[0] == '-';
    int64_t sum = 0;
    unsigned digits = 0;
    int decimals = -1;
    for (; i < text.size; i++) {
        const uint8_t c = text.data[i];
        if (c == '.' && decimals < 0) {
            decimals = 0;
        } else if (c < '0' || c > '9' || sum > INT64_MAX / 100) {
            return false;
        } else if (decimals < 7) {
            sum = sum * 10 + (c - '0');
            decimals += decimals >= 0 ? 1 : 0;
            digits++;
        } else if (decimals == 7) {
            sum += c >= '5' ? 1 : 0;
            decimals = 8; // what follows does not count
        }
    }
    for (int place = decimals < 0 ? 0 : decimals; place < 7; place++) {
        if (sum > INT64_MAX / 100) {
            return false;
        }
        sum *= 10;
    }
    *value_e7 = is_negative ? -sum : sum;
    return digits != 0;
}

// Takes the part before the next comma; false when nothing is left.
static bool next_part(struct bytes *rest, struct bytes *part)
{
    if (rest->data == NULL) {
        return false;
    }
    const uint8_t *const comma = rest->size == 0 ? NULL : memchr(rest->data, ',', rest->size);
    const size_t size = comma == NULL ? rest->size : (size_t)(comma - rest->data);
    *part = (struct bytes){.data = rest->data, .size = size};
    *rest = comma == NULL ? (struct bytes){0}
                          : (struct bytes){.data = comma + 1, .size = rest->size - size - 1};
    return true;
}

static enum status set_degrees(struct bytes text, int64_t bound_deg, const char *what,
                               int32_t *value_e7, struct fault *fault)
{
    int64_t value = 0;
    if (!parse_e7(text, &value) || value < -bound_deg * E7 || value > bound_deg * E7) {
        return fault_set(fault, STATUS_OUT_OF_RANGE,
                         "'%.*s' is no %s in decimal degrees between -%lld and %lld",
                         (int)(text.size < 40 ? text.size : 40), (const char *)text.data, what,
                         (long long)bound_deg, (long long)bound_deg);
    }
    *value_e7 = (int32_t)value;
    return STATUS_OK;
}

static enum status set_point(struct bytes text, struct geo_point *point, struct fault *fault)
{
    struct bytes rest = text;
    struct bytes parts[3];
    size_t count = 0;
    while (count < 3 && next_part(&rest, &parts[count])) {
        count++;
    }
    if (count != 2) {
        return fault_set(fault, STATUS_OUT_OF_RANGE, "a point is LAT,LON, for example 47.14,9.52");
    }
    TRY(set_degrees(parts[0], 90, "latitude", &point->lat_e7, fault));
    return set_degrees(parts[1], 180, "longitude", &point->lng_e7, fault);
}

static enum status set_box(struct bytes text, struct geo_box *box, struct fault *fault)
{
    struct bytes rest = text;
    struct bytes parts[5];
    size_t count = 0;
    while (count < 5 && next_part(&rest, &parts[count])) {
        count++;
    }
    if (count != 4) {
        return fault_set(fault, STATUS_OUT_OF_RANGE, "a box is west,south,east,north in degrees");
    }
    TRY(set_degrees(parts[0], 180, "longitude", &box->west_e7, fault));
    TRY(set_degrees(parts[1], 90, "latitude", &box->south_e7, fault));
    TRY(set_degrees(parts[2], 180, "longitude", &box->east_e7, fault));
    TRY(set_degrees(parts[3], 90, "latitude", &box->north_e7, fault));
    if (box->south_e7 > box->north_e7) {
        return fault_set(fault, STATUS_OUT_OF_RANGE,
                         "the south of the box lies north of its north; the order is "
                         "west,south,east,north");
    }
    return STATUS_OK;
}

static enum status set_layers(struct bytes text, unsigned *layers, struct fault *fault)
{
    struct bytes rest = text;
    struct bytes part;
    unsigned bits = 0;
    while (next_part(&rest, &part)) {
        const enum atlas_layer layer = layer_parse(part);
        if ((unsigned)layer >= LAYER_COUNT) {
            return fault_set(fault, STATUS_OUT_OF_RANGE,
                             "there is no layer '%.*s'; there are country, region, county, "
                             "locality, borough, neighbourhood, postcode, street, poi and address",
                             (int)(part.size < 40 ? part.size : 40), (const char *)part.data);
        }
        bits |= 1U << (unsigned)layer;
    }
    *layers = bits;
    return STATUS_OK;
}

static bool is_letter(uint8_t c)
{
    return (uint8_t)((c | 0x20) - 'a') < 26;
}

static enum status set_countries(struct bytes text, struct arguments *arguments,
                                 struct fault *fault)
{
    struct bytes rest = text;
    struct bytes part;
    unsigned count = 0;
    while (next_part(&rest, &part)) {
        if (part.size != 2 || !is_letter(part.data[0]) || !is_letter(part.data[1])) {
            return fault_set(fault, STATUS_OUT_OF_RANGE,
                             "a country is a code of two letters (ISO 3166-1), for example LI");
        }
        if (count == SEARCH_COUNTRIES_MAX) {
            return fault_set(fault, STATUS_OUT_OF_RANGE, "there are more than %d countries",
                             SEARCH_COUNTRIES_MAX);
        }
        const unsigned first = part.data[0] & 0xdfU;
        const unsigned second = part.data[1] & 0xdfU;
        arguments->countries[count++] = (uint16_t)(first << 8 | second);
    }
    arguments->country_count = count;
    return STATUS_OK;
}

// --- Languages ---

static bool has_tag(const struct languages *languages, const char *tag)
{
    for (unsigned i = 0; i < languages->count; i++) {
        if (strcmp(languages->tags[i], tag) == 0) {
            return true;
        }
    }
    return false;
}

static void add_tag(struct languages *languages, const char *tag)
{
    if (languages->count < COUNT_OF(languages->tags) && !has_tag(languages, tag)) {
        memcpy(languages->tags[languages->count++], tag, strlen(tag) + 1);
    }
}

// Writes subtag `index` in its customary case: "de", "Hant", "AT".
static void write_subtag(char *out, struct bytes subtag, size_t index)
{
    for (size_t i = 0; i < subtag.size; i++) {
        const bool is_upper = index != 0 && (subtag.size == 2 || (subtag.size == 4 && i == 0));
        const uint8_t c = subtag.data[i];
        const uint8_t cased = is_letter(c) ? (uint8_t)(is_upper ? c & 0xdf : c | 0x20) : c;
        out[i] = (char)cased;
    }
}

// Adds a tag, then what it begins with ("zh-Hant-TW", "zh-Hant", "zh"). Subtags beyond the room of a
// tag are left out. False when it is no tag (RFC 5646, the shape only).
static bool add_language(struct languages *languages, struct bytes tag)
{
    char text[sizeof(languages->tags[0])] = "";
    size_t ends[8] = {0};
    size_t size = 0;
    size_t count = 0;
    bool has_room = true;
    for (size_t i = 0, index = 0; i <= tag.size; index++) {
        struct bytes subtag = {.data = tag.data + i};
        bool has_digit = false;
        while (i < tag.size && tag.data[i] != '-') {
            const uint8_t c = tag.data[i++];
            has_digit = has_digit || !is_letter(c);
            if (!is_letter(c) && (c < '0' || c > '9')) {
                return false;
            }
            subtag.size++;
        }
        if (subtag.size == 0 || subtag.size > 8 || (index == 0 && (has_digit || subtag.size < 2))) {
            return false;
        }
        has_room = has_room && size + subtag.size + 2 <= sizeof(text) && count < COUNT_OF(ends);
        if (has_room) {
            text[size] = '-';
            size += index == 0 ? 0 : 1;
            write_subtag(text + size, subtag, index);
            size += subtag.size;
            ends[count++] = size;
        }
        i++;
    }
    while (count-- > 0) {
        text[ends[count]] = '\0';
        add_tag(languages, text);
    }
    return true;
}

static enum status set_languages(struct bytes text, struct languages *languages,
                                 struct fault *fault)
{
    struct bytes rest = text;
    struct bytes part;
    *languages = (struct languages){0};
    while (next_part(&rest, &part)) {
        if (!add_language(languages, part)) {
            return fault_set(fault, STATUS_OUT_OF_RANGE,
                             "'%.*s' is no language tag like de, pt-BR or zh-Hant",
                             (int)(part.size < 40 ? part.size : 40), (const char *)part.data);
        }
    }
    return STATUS_OK;
}

static struct bytes trim(struct bytes text)
{
    while (text.size != 0 && (text.data[0] == ' ' || text.data[0] == '\t')) {
        text.data++;
        text.size--;
    }
    while (text.size != 0 &&
           (text.data[text.size - 1] == ' ' || text.data[text.size - 1] == '\t')) {
        text.size--;
    }
    return text;
}

// The weight of "de;q=0.8" in thousandths, and the tag before it. An ill-formed weight is 0.
static unsigned take_weight(struct bytes *range)
{
    const uint8_t *const mark = range->size == 0 ? NULL : memchr(range->data, ';', range->size);
    if (mark == NULL) {
        return 1000;
    }
    const size_t size = (size_t)(mark - range->data);
    struct bytes weight = trim((struct bytes){.data = mark + 1, .size = range->size - size - 1});
    *range = trim((struct bytes){.data = range->data, .size = size});
    int64_t value_e7 = 0;
    if (weight.size < 3 || (weight.data[0] | 0x20) != 'q' || weight.data[1] != '=' ||
        !parse_e7((struct bytes){weight.data + 2, weight.size - 2}, &value_e7) || value_e7 < 0 ||
        value_e7 > E7) {
        return 0;
    }
    return (unsigned)(value_e7 / 10000);
}

void parameter_accept_languages(struct bytes field, struct languages *languages)
{
    enum { RANGES_MAX = 16 };
    struct {
        struct bytes tag;
        unsigned weight;
    } ranges[RANGES_MAX];
    size_t count = 0;
    struct bytes rest = field;
    struct bytes part;
    *languages = (struct languages){0};
    while (count < RANGES_MAX && next_part(&rest, &part)) {
        struct bytes tag = trim(part);
        const unsigned weight = take_weight(&tag);
        size_t place = count++;
        for (; place > 0 && ranges[place - 1].weight < weight; place--) {
            ranges[place] = ranges[place - 1];
        }
        ranges[place].tag = tag;
        ranges[place].weight = weight;
    }
    for (size_t i = 0; i < count && ranges[i].weight > 0; i++) {
        if (!add_language(languages, ranges[i].tag) && bytes_equal(ranges[i].tag, BYTES_OF("*"))) {
            break; // as the place itself writes it, before what is liked less
        }
    }
}

// --- All kinds ---

static bool is_utf8(struct bytes text)
{
    const uint8_t *next = text.data;
    const uint8_t *const end = text.data + text.size;
    while (next < end) {
        const uint8_t *const at = next;
        if (utf8_next(&next, end) == UTF8_REPLACEMENT && next - at == 1) {
            return false;
        }
    }
    return true;
}

static enum status set_text(struct bytes value, struct bytes *text, struct fault *fault)
{
    if (trim(value).size == 0) {
        return fault_set(fault, STATUS_OUT_OF_RANGE, "the text is empty");
    }
    if (value.size > SEARCH_TEXT_SIZE_MAX) {
        return fault_set(fault, STATUS_OUT_OF_RANGE, "the text is longer than %d bytes",
                         SEARCH_TEXT_SIZE_MAX);
    }
    if (!is_utf8(value)) {
        return fault_set(fault, STATUS_OUT_OF_RANGE, "the text is not UTF-8");
    }
    *text = value;
    return STATUS_OK;
}

static enum status set_number(const struct parameter *parameter, struct bytes value,
                              int64_t *value_e7, struct fault *fault)
{
    if (!parse_e7(value, value_e7) || *value_e7 < parameter->minimum * E7 ||
        *value_e7 > parameter->maximum * E7 ||
        (parameter->kind != PARAMETER_METRES && *value_e7 % E7 != 0)) {
        return fault_set(fault, STATUS_OUT_OF_RANGE, "it is a %s between %u and %u",
                         parameter->kind == PARAMETER_METRES ? "number of metres" : "whole number",
                         parameter->minimum, parameter->maximum);
    }
    return STATUS_OK;
}

// Codes; or, when it cannot be codes, a name.
static enum status set_country(struct bytes value, struct arguments *arguments, struct fault *fault)
{
    if (set_countries(value, arguments, NULL) == STATUS_OK) {
        arguments->given_country = value;
        return STATUS_OK;
    }
    bool has_digit = false;
    for (size_t i = 0; i < value.size; i++) {
        has_digit = has_digit || (value.data[i] >= '0' && value.data[i] <= '9');
    }
    if (has_digit || trim(value).size < 3) {
        return fault_set(fault, STATUS_OUT_OF_RANGE,
                         "a country is a code (ISO 3166-1), or several of two letters, or a name: "
                         "LI, LIE, Liechtenstein");
    }
    arguments->has_parts = true;
    return set_text(value, &arguments->parts[PART_COUNTRY], fault);
}

static enum status set_shape(struct bytes value, struct arguments *arguments, struct fault *fault)
{
    if (value.size == 0) {
        return fault_set(fault, STATUS_OUT_OF_RANGE, "it is a geometry of GeoJSON");
    }
    arguments->given_shape = value; // is read when all are known
    return STATUS_OK;
}

static enum status set_switch(struct bytes value, bool *field, struct fault *fault)
{
    const bool is_on = bytes_equal(value, BYTES_OF("1")) || bytes_equal(value, BYTES_OF("true"));
    if (!is_on && !bytes_equal(value, BYTES_OF("0")) && !bytes_equal(value, BYTES_OF("false"))) {
        return fault_set(fault, STATUS_OUT_OF_RANGE, "it is 1 or 0");
    }
    *field = is_on;
    return STATUS_OK;
}

static enum status set_geometry(struct bytes value, bool *has_outlines, struct fault *fault)
{
    const bool is_outline = bytes_equal(value, BYTES_OF("outline"));
    if (!is_outline && !bytes_equal(value, BYTES_OF("point"))) {
        return fault_set(fault, STATUS_OUT_OF_RANGE, "it is point or outline");
    }
    *has_outlines = is_outline;
    return STATUS_OK;
}

static enum status set_id(struct bytes value, struct arguments *arguments, struct fault *fault)
{
    arguments->given_id = value;
    arguments->id = 0;
    return place_id_is_live(value) || place_id_read(value, &arguments->id)
               ? STATUS_OK
               : fault_set(fault, STATUS_OUT_OF_RANGE,
                           "an id looks like osm:w123, W123, way/123, geonames:123 or "
                           "live:COLLECTION:ID");
}

static enum status set_ids(struct bytes value, struct arguments *arguments, struct fault *fault)
{
    struct bytes rest = value;
    struct bytes id;
    unsigned count = 0;
    while (place_id_next(&rest, &id)) {
        struct arguments one;
        TRY(set_id(id, &one, fault));
        if (++count > PARAMETER_IDS_MAX) {
            return fault_set(fault, STATUS_OUT_OF_RANGE, "there are more than %d ids",
                             PARAMETER_IDS_MAX);
        }
    }
    arguments->given_ids = value;
    return STATUS_OK;
}

static enum status set_categories(struct bytes text, struct arguments *arguments,
                                  struct fault *fault)
{
    struct bytes rest = text;
    struct bytes part;
    arguments->has_categories = true;
    while (next_part(&rest, &part)) {
        if (!category_set_add_name(&arguments->categories, trim(part))) {
            return fault_set(fault, STATUS_OUT_OF_RANGE,
                             "'%.*s' is no category like food.restaurant, and no group like food",
                             (int)(part.size < 40 ? part.size : 40), (const char *)part.data);
        }
    }
    return STATUS_OK;
}

static enum status set_brands(struct bytes text, struct arguments *arguments, struct fault *fault)
{
    struct bytes rest = text;
    struct bytes part;
    while (next_part(&rest, &part)) {
        if (arguments->brand_count == SEARCH_BRANDS_MAX) {
            return fault_set(fault, STATUS_OUT_OF_RANGE, "there are more than %d brands",
                             SEARCH_BRANDS_MAX);
        }
        TRY(set_text(part, &arguments->brands[arguments->brand_count], fault));
        arguments->brand_count++;
    }
    return STATUS_OK;
}

static enum status set_region(struct bytes value, struct arguments *arguments, struct fault *fault)
{
    uint64_t id = 0;
    const struct bytes text = trim(value);
    if (text.size != 0 && text.data[0] == '{') {
        return set_shape(text, arguments, fault);
    }
    if (text.size != 0 && memchr(text.data, ',', text.size) != NULL) {
        TRY(set_box(text, &arguments->box, fault));
        arguments->has_box = true;
        return STATUS_OK;
    }
    arguments->given_area = text;
    return place_id_read(text, &id)
               ? STATUS_OK
               : fault_set(fault, STATUS_OUT_OF_RANGE,
                           "it is the id of a place like osm:r1155955, or west,south,east,north, "
                           "or GeoJSON");
}

enum status parameter_set(const struct parameter *parameter, struct bytes value,
                          struct arguments *arguments, struct fault *fault)
{
    int64_t value_e7 = 0;
    switch (parameter->kind) {
    case PARAMETER_TEXT:
        return set_text(value, &arguments->text, fault);
    case PARAMETER_ID:
        return set_id(value, arguments, fault);
    case PARAMETER_IDS:
        return set_ids(value, arguments, fault);
    case PARAMETER_CATEGORIES:
        return set_categories(value, arguments, fault);
    case PARAMETER_BRANDS:
        return set_brands(value, arguments, fault);
    case PARAMETER_REGION:
        return set_region(value, arguments, fault);
    case PARAMETER_POINT:
        TRY(set_point(value, &arguments->near, fault));
        arguments->has_near = true;
        return STATUS_OK;
    case PARAMETER_LATITUDE:
        return set_degrees(value, 90, "latitude", &arguments->point.lat_e7, fault);
    case PARAMETER_LONGITUDE:
        return set_degrees(value, 180, "longitude", &arguments->point.lng_e7, fault);
    case PARAMETER_BOX:
        TRY(set_box(value, &arguments->box, fault));
        arguments->has_box = true;
        return STATUS_OK;
    case PARAMETER_LAYERS:
        return set_layers(value, &arguments->layers, fault);
    case PARAMETER_COUNTRIES:
        return set_countries(value, arguments, fault);
    case PARAMETER_LANGUAGES:
        TRY(set_languages(value, &arguments->languages, fault));
        arguments->has_languages = true;
        return STATUS_OK;
    case PARAMETER_COUNT:
        TRY(set_number(parameter, value, &value_e7, fault));
        arguments->limit = (unsigned)(value_e7 / E7);
        return STATUS_OK;
    case PARAMETER_ZOOM:
        TRY(set_number(parameter, value, &value_e7, fault));
        arguments->zoom = (unsigned)(value_e7 / E7);
        return STATUS_OK;
    case PARAMETER_METRES:
        TRY(set_number(parameter, value, &value_e7, fault));
        arguments->radius_m = (double)value_e7 / (double)E7;
        return STATUS_OK;
    case PARAMETER_SWITCH:
        return set_switch(value, parameter->is_facts ? &arguments->has_facts : &arguments->explains,
                          fault);
    case PARAMETER_PART:
        arguments->has_parts = true;
        return set_text(value, &arguments->parts[parameter->part], fault);
    case PARAMETER_COUNTRY:
        return set_country(value, arguments, fault);
    case PARAMETER_SHAPE:
        return set_shape(value, arguments, fault);
    case PARAMETER_GEOMETRY:
        return set_geometry(value, &arguments->has_outlines, fault);
    case PARAMETER_TOLERANCE:
        TRY(set_number(parameter, value, &value_e7, fault));
        arguments->tolerance_m = (double)value_e7 / (double)E7;
        return STATUS_OK;
    case PARAMETER_NAME:
    case PARAMETER_STRING:
    case PARAMETER_WHOLE:
    case PARAMETER_NUMBER:
    case PARAMETER_TIME:
    case PARAMETER_DURATION:
    case PARAMETER_WORD:
        break; // of calls alone: value_read
    }
    assert(false); // a kind of parameter without a reader
    return STATUS_UNSUPPORTED;
}
