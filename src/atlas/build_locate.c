#include "atlas/build_locate.h"

#include <stdio.h>

#include "atlas/atlas.h"
#include "atlas/build_phrase.h"
#include "atlas/build_poi.h"
#include "atlas/build_score.h"
#include "atlas/build_write.h"
#include "atlas/zone.h"
#include "geo/distance.h"
#include "text/house_number.h"

// A name of this country met for the first time: its phrases go beside it.
static enum status street_phrases_make(struct world *world, struct bytes name, uint16_t country,
                                       uint32_t *phrases, struct fault *fault)
{
    TRY(build_phrases_read(world, name, country, PHRASE_STREET, fault));
    struct buffer run SCOPED(buffer_free) = {.account = world->account};
    for (unsigned i = 0; i < world->readings.count; i++) {
        buffer_append_bytes(&run, world->readings.variants[i].text);
        buffer_append_u8(&run, 0);
    }
    if (buffer_status(&run) != STATUS_OK ||
        build_intern_add(&world->street_phrases, buffer_bytes(&run), phrases) != STATUS_OK) {
        return build_no_memory(world, fault);
    }
    return STATUS_OK;
}

static enum status street_name_find(struct world *world, struct bytes name, uint16_t country,
                                    uint32_t *number, struct fault *fault)
{
    const size_t known = world->street_names.count;
    buffer_clear(&world->buffer);
    buffer_append(&world->buffer, &country, sizeof(country));
    buffer_append_bytes(&world->buffer, name);
    if (buffer_status(&world->buffer) != STATUS_OK ||
        build_intern_add(&world->street_names, buffer_bytes(&world->buffer), number) != STATUS_OK ||
        !memory_grow(world->account, &world->street_name_phrases,
                     &world->street_name_phrase_capacity, world->street_names.count,
                     sizeof(*world->street_name_phrases))) {
        return build_no_memory(world, fault);
    }
    return *number == known ? street_phrases_make(world, name, country,
                                                  &world->street_name_phrases[*number], fault)
                            : STATUS_OK;
}

struct bytes build_street_name_at(const struct world *world, uint32_t number)
{
    const struct bytes key = build_intern_at(&world->street_names, number);
    return (struct bytes){.data = key.data + 2, .size = key.size - 2};
}

struct bytes build_street_phrases_at(const struct world *world, uint32_t number)
{
    return build_intern_at(&world->street_phrases, world->street_name_phrases[number]);
}

enum status build_named_new(struct world *world, struct fault *fault)
{
    struct sorter_options options = build_sorter_options(world, "streets");
    options.memory_size = world->options->memory_size / 3;
    return sorter_new(&options, &world->named, fault);
}

// `phrase` ends with a zero byte.
static enum status phrase_add(struct world *world, struct bytes phrase, enum named_kind kind,
                              struct bytes value, struct fault *fault)
{
    buffer_clear(&world->buffer);
    buffer_append_bytes(&world->buffer, phrase);
    buffer_append_u8(&world->buffer, (uint8_t)kind);
    if (buffer_status(&world->buffer) != STATUS_OK) {
        return build_no_memory(world, fault);
    }
    return sorter_add(world->named, buffer_bytes(&world->buffer), value, fault);
}

enum status build_named_add(struct world *world, uint32_t street_name, enum named_kind kind,
                            struct bytes value, bool *is_sent, struct fault *fault)
{
    struct bytes phrase = build_street_phrases_at(world, street_name);
    *is_sent = phrase.size != 0;
    if (!*is_sent) {
        return STATUS_OK;
    }
    phrase.size = strlen((const char *)phrase.data) + 1;
    return phrase_add(world, phrase, kind, value, fault);
}

enum status build_mains_gather(struct world *world, struct build_mains *mains, struct fault *fault)
{
    mains->phrases.account = world->account;
    for (uint32_t i = 0; i < world->street_names.count; i++) {
        const struct bytes phrases = build_street_phrases_at(world, i);
        const size_t size = phrases.size == 0 ? 0 : strlen((const char *)phrases.data) + 1;
        uint32_t number = 0;
        if (size != 0 &&
            build_intern_add(&mains->phrases, (struct bytes){.data = phrases.data, .size = size},
                             &number) != STATUS_OK) {
            return build_no_memory(world, fault);
        }
    }
    mains->count = mains->phrases.count;
    return STATUS_OK;
}

enum status build_named_add_fullest(struct world *world, struct build_mains *mains,
                                    uint32_t street_name, struct bytes value, bool *is_sent,
                                    struct fault *fault)
{
    const struct bytes phrases = build_street_phrases_at(world, street_name);
    struct bytes fullest = {0};
    for (size_t i = 0; i < phrases.size;) {
        const struct bytes phrase = {.data = phrases.data + i,
                                     .size = strlen((const char *)phrases.data + i) + 1};
        uint32_t number = 0;
        if (build_intern_add(&mains->phrases, phrase, &number) != STATUS_OK) {
            return build_no_memory(world, fault);
        }
        fullest = number < mains->count && phrase.size > fullest.size ? phrase : fullest;
        i += phrase.size;
    }
    *is_sent = fullest.size != 0;
    return *is_sent ? phrase_add(world, fullest, NAMED_ADDRESS, value, fault) : STATUS_OK;
}

static enum status piece_send(struct world *world, const struct feature *feature,
                              struct bytes record, struct fault *fault)
{
    struct context context;
    const struct feature_address nothing = {0};
    TRY(build_context_find(world, feature->point, &nothing, &context, fault));
    uint32_t street_name = 0;
    TRY(street_name_find(world, build_main_name(feature), context.country, &street_name, fault));
    const struct piece_head head = {
        .location = context.location, .street_name = street_name, .country = context.country};

    struct buffer value SCOPED(buffer_free) = {.account = world->account};
    buffer_append(&value, &head, sizeof(head));
    buffer_append_bytes(&value, record);
    TRY(buffer_status(&value));
    bool is_sent = false;
    return build_named_add(world, street_name, NAMED_PIECE, buffer_bytes(&value), &is_sent, fault);
}

// Reads one number as tagged into the row. What is no number ("s/n") sorts first.
static enum status number_read(struct world *world, struct bytes text, struct address_row *row)
{
    uint8_t folded[64];
    size_t folded_size = 0;
    struct house_number number = {0};
    if (text_fold_into(world->folder, text, folded, sizeof(folded), &folded_size) == STATUS_OK &&
        house_number_read((struct bytes){.data = folded, .size = folded_size}, &number)) {
        row->number = number.number;
        row->suffix = house_number_suffix_key(&number);
    } else {
        row->number = 0;
        row->suffix = 0;
    }
    return build_intern_string(&world->strings, text, &row->text);
}

// The next part of a list "12;14" or "12, 14"; false at its end.
static bool list_next(struct bytes *list, struct bytes *part)
{
    while (list->size != 0) {
        size_t size = 0;
        while (size < list->size && list->data[size] != ';' && list->data[size] != ',') {
            size++;
        }
        *part = (struct bytes){.data = list->data, .size = size};
        const size_t step = size < list->size ? size + 1 : size;
        list->data += step;
        list->size -= step;
        while (part->size != 0 && part->data[0] == ' ') {
            part->data++;
            part->size--;
        }
        while (part->size != 0 && part->data[part->size - 1] == ' ') {
            part->size--;
        }
        if (part->size != 0) {
            return true;
        }
    }
    return false;
}

static enum status address_send(struct world *world, const struct feature_address *address,
                                struct address_row *row, struct fault *fault)
{
    const struct bytes name = address->street.size != 0 ? address->street : address->place;
    const struct bytes value = {.data = (const uint8_t *)row, .size = sizeof(*row)};
    bool is_sent = false;
    if (name.size != 0) {
        TRY(street_name_find(world, name, row->context.country, &row->street_name, fault));
    }
    struct bytes list = address->number;
    struct bytes part;
    while (list_next(&list, &part)) {
        if (number_read(world, part, row) != STATUS_OK) {
            return build_no_memory(world, fault);
        }
        if (name.size != 0) {
            TRY(build_named_add(world, row->street_name, NAMED_ADDRESS, value, &is_sent, fault));
        }
        if (!is_sent) {
            row->street_name = BUILD_NONE;
            TRY(spool_append(world->late, row, sizeof(*row), fault));
        }
    }
    return STATUS_OK;
}

static enum status address_take(struct world *world, const struct feature *feature,
                                const struct context *context, uint32_t poi, struct fault *fault)
{
    struct address_row row = {
        .id = atlas_id_pack(feature->id),
        .point = feature->point,
        .poi = poi,
        .source = feature->source,
        .context = *context,
    };
    if (build_intern_string(&world->strings, feature->address.unit, &row.unit) != STATUS_OK) {
        return build_no_memory(world, fault);
    }
    return address_send(world, &feature->address, &row, fault);
}

// The place on a piece of the line between two of its points, `part` of the way.
static struct geo_point between(struct geo_point from, struct geo_point to, uint32_t step,
                                uint32_t step_count)
{
    return (struct geo_point){
        .lng_e7 = from.lng_e7 +
                  (int32_t)((int64_t)geo_lng_turn_e7(from.lng_e7, to.lng_e7) * step / step_count),
        .lat_e7 = from.lat_e7 + (int32_t)(((int64_t)to.lat_e7 - from.lat_e7) * step / step_count),
    };
}

// Where on the line the step-th of step_count equal steps from one end to the next lies.
static struct geo_point along(const struct feature *line, const struct feature_end *from,
                              const struct feature_end *to, uint32_t step, uint32_t step_count)
{
    const uint32_t first = from->position;
    const uint32_t last = to->position;
    double total_m = 0;
    for (uint32_t i = first; i < last; i++) {
        total_m += distance_m(line->points[i], line->points[i + 1]);
    }
    double rest_m = total_m * step / step_count;
    for (uint32_t i = first; i < last; i++) {
        const double piece_m = distance_m(line->points[i], line->points[i + 1]);
        if (rest_m <= piece_m && piece_m > 0) {
            return between(line->points[i], line->points[i + 1],
                           (uint32_t)(rest_m / piece_m * 65536), 65536);
        }
        rest_m -= piece_m;
    }
    return line->points[last];
}

// A number that lies between two given ones.
struct interpolated {
    struct geo_point point;
    uint32_t number;
    char letter; // 0 none
};

static enum status interpolated_send(struct world *world, const struct feature *line,
                                     const struct feature_end *end,
                                     const struct interpolated *between, struct fault *fault)
{
    const uint32_t number = between->number;
    const char letter = between->letter;
    const struct geo_point point = between->point;
    char text[16];
    const int size = letter == 0 ? snprintf(text, sizeof(text), "%u", number)
                                 : snprintf(text, sizeof(text), "%u%c", number, letter);
    struct feature_address address = line->address;
    address.number = (struct bytes){.data = (const uint8_t *)text, .size = (size_t)size};
    address.street = end->street.size != 0 ? end->street : address.street;
    address.city = end->city.size != 0 ? end->city : address.city;
    address.postcode = end->postcode.size != 0 ? end->postcode : address.postcode;

    uint64_t made_of[2] = {atlas_id_pack(line->id), number | (uint64_t)(uint8_t)letter << 32};
    struct address_row row = {
        .id = build_derived_id("interpolated", (struct bytes){.data = (const uint8_t *)made_of,
                                                              .size = sizeof(made_of)}),
        .point = point,
        .poi = BUILD_NONE,
        .is_interpolated = 1,
        .source = line->source,
    };
    TRY(build_context_find(world, point, &address, &row.context, fault));
    return address_send(world, &address, &row, fault);
}

// What an interpolation counts by: its numbers, or the letters behind one number ("4a" to "4f").
static bool interpolation_span(enum interpolation kind, const struct feature_end *from,
                               const struct feature_end *to, uint32_t *first, uint32_t *last)
{
    const bool is_by_letter = kind == INTERPOLATION_ALPHABETIC;
    *first = is_by_letter ? (uint8_t)from->letter : from->number;
    *last = is_by_letter ? (uint8_t)to->letter : to->number;
    return !is_by_letter || (from->number == to->number && from->letter != 0 && to->letter != 0);
}

// The numbers strictly between each two neighbouring ends.
static enum status interpolation_take(struct world *world, const struct feature *line,
                                      struct fault *fault)
{
    enum { INTERPOLATED_MAX = 1000 }; // between two ends; more is a slip of somebody's pen
    const bool is_by_letter = line->interpolation == INTERPOLATION_ALPHABETIC;
    const uint32_t step = line->interpolation == INTERPOLATION_ALL || is_by_letter ? 1 : 2;
    for (size_t i = 0; i + 1 < line->end_count; i++) {
        const struct feature_end *const from = &line->ends[i];
        const struct feature_end *const to = &line->ends[i + 1];
        uint32_t first;
        uint32_t last;
        const bool has_span = interpolation_span(line->interpolation, from, to, &first, &last);
        const uint32_t span = last > first ? last - first : first - last;
        if (!has_span || span % step != 0 || span / step > INTERPOLATED_MAX ||
            to->position >= line->point_count) {
            continue;
        }
        for (uint32_t k = 1; k < span / step; k++) {
            const uint32_t at = last > first ? first + k * step : first - k * step;
            const struct geo_point point = along(line, from, to, k, span / step);
            const struct interpolated number = {.point = point,
                                                .number = is_by_letter ? from->number : at,
                                                .letter = is_by_letter ? (char)at : 0};
            TRY(interpolated_send(world, line, from, &number, fault));
        }
    }
    return STATUS_OK;
}

// Where outlines of zones are given they are taken to have all of the world.
static void unknown_count(struct world *world, const struct context *context)
{
    const bool has_region =
        build_location_at(world, context->location)->region != BUILD_NONE ||
        (context->locality != BUILD_NONE && world->drafts[context->locality].region != BUILD_NONE);
    const bool has_zone = world->zone_count != 0 || zone_of_country(context->country).size != 0;
    world->report->without_country_count += context->country == 0;
    world->report->without_region_count += !has_region;
    world->report->without_zone_count += !has_zone;
}

// A place of interest becomes a draft, or waits for the one it goes into, its address with it.
static enum status poi_send(struct world *world, const struct feature *feature, struct bytes record,
                            const struct context *context, struct fault *fault)
{
    const uint64_t id = atlas_id_pack(feature->id);
    const bool has_address = (feature->roles & FEATURE_ADDRESS) != 0;
    struct poi_twin *const twin = build_poi_twin_into(world, id);
    if (twin != NULL && twin->draft == BUILD_NONE) {
        return build_poi_twin_wait(world, twin, record, fault);
    }
    if (twin != NULL) {
        return has_address ? address_take(world, feature, context, BUILD_NONE, fault) : STATUS_OK;
    }
    struct feature other;
    bool has_other = false;
    uint32_t poi = BUILD_NONE;
    TRY(build_poi_twin_waiting(world, id, &other, &has_other, fault));
    TRY(build_poi_take(world, feature, has_other ? &other : NULL, context, &poi, fault));
    TRY(build_poi_twins_made(world, id, poi, fault));
    if (has_address) {
        return address_take(world, feature, context, poi, fault);
    }
    return has_other && (other.roles & FEATURE_ADDRESS) != 0
               ? address_take(world, &other, context, poi, fault)
               : STATUS_OK;
}

static enum status thing_take(struct world *world, struct bytes record, struct fault *fault)
{
    struct feature feature;
    TRY(build_record_decode(record, &world->scratch, &feature));
    world->source = feature.source;
    if ((feature.roles & FEATURE_STREET) != 0) {
        TRY(piece_send(world, &feature, record, fault));
    }
    if ((feature.roles & FEATURE_INTERPOLATION) != 0) {
        TRY(interpolation_take(world, &feature, fault));
    }
    const bool is_poi = (feature.roles & FEATURE_POI) != 0 && feature.name_count != 0;
    const bool is_address = (feature.roles & FEATURE_ADDRESS) != 0;
    if (!is_poi && !is_address) {
        return STATUS_OK;
    }
    struct context context;
    TRY(build_context_find(world, feature.point, &feature.address, &context, fault));
    unknown_count(world, &context);
    return is_poi ? poi_send(world, &feature, record, &context, fault)
                  : address_take(world, &feature, &context, BUILD_NONE, fault);
}

enum status build_locate(struct world *world, struct fault *fault)
{
    TRY(build_poi_twins_find(world, fault));
    struct spool_reader reader SCOPED(spool_reader_close) = {0};
    TRY(spool_reader_open(world->things, &reader, fault));
    const uint64_t total = spool_size(world->things);
    uint64_t done = 0;
    for (uint64_t count = 0; done < total; count++) {
        const uint8_t *data = NULL;
        uint32_t size = 0;
        TRY(spool_reader_take(&reader, sizeof(size), &data, fault));
        memcpy(&size, data, sizeof(size));
        TRY(spool_reader_take(&reader, size, &data, fault));
        TRY(thing_take(world, (struct bytes){.data = data, .size = size}, fault));
        done += sizeof(size) + size;
        if (count % 4096 == 0) {
            TRY(build_progress(world, "locate", done, total, fault));
        }
    }
    return build_progress(world, "locate", total, total, fault);
}
