// Feature print: a feature as a line of text, for tests to compare.
#ifndef SOURCE_FEATURE_PRINT_H
#define SOURCE_FEATURE_PRINT_H

#include <inttypes.h>

#include "base/buffer.h"
#include "source/category.h"
#include "source/feature.h"

static inline void feature_print_text(struct buffer *out, const char *label, struct bytes text)
{
    if (text.size != 0) {
        buffer_append_format(out, " %s=%.*s", label, (int)text.size, (const char *)text.data);
    }
}

static inline void feature_print_names(struct buffer *out, const struct feature *feature)
{
    static const char *const roles[] = {"name", "name", "official", "alt", "short",
                                        "old",  "loc",  "int",      "ref"};
    for (size_t i = 0; i < feature->name_count; i++) {
        const struct feature_name *const name = &feature->names[i];
        buffer_append_format(out, " %s%s%s=%.*s", roles[name->role],
                             name->language[0] == 0 ? "" : ":", name->language,
                             (int)name->text.size, (const char *)name->text.data);
    }
}

// " [key=value]", as the source has them.
static inline void feature_print_fact(struct buffer *out, const struct feature_fact *fact)
{
    if (fact->key.size != 0) {
        buffer_append_format(out, " [%.*s=%.*s]", (int)fact->key.size, (const char *)fact->key.data,
                             (int)fact->value.size, (const char *)fact->value.data);
    }
}

// "n1 address place 9.5,47.1 number=12 …\n"
static inline void feature_print(struct buffer *out, const struct feature *feature)
{
    static const char *const roles[] = {"address",  "street",        "place",   "area",   "poi",
                                        "postcode", "interpolation", "country", "region", "zone"};
    if (feature->id.type != 0) {
        buffer_append_u8(out, (uint8_t)feature->id.type);
    }
    buffer_append_format(out, "%" PRId64, feature->id.number);
    for (unsigned i = 0; i < COUNT_OF(roles); i++) {
        if ((feature->roles >> i & 1) != 0) {
            buffer_append_format(out, " %s", roles[i]);
        }
    }
    buffer_append_format(out, " %d,%d", feature->point.lng_e7, feature->point.lat_e7);
    for (size_t i = 0; i < feature->point_count; i++) {
        buffer_append_format(out, "%s%" PRId64 ":%d,%d", i == 0 ? " line=" : ";",
                             feature->nodes == NULL ? 0 : feature->nodes[i],
                             feature->points[i].lng_e7, feature->points[i].lat_e7);
    }
    for (uint32_t i = 0; i < feature->rings.ring_count; i++) {
        buffer_append_format(out, "%s%u", i == 0 ? " rings=" : ",", feature->rings.ring_end[i]);
    }
    const struct feature_address *const address = &feature->address;
    feature_print_text(out, "number", address->number);
    feature_print_text(out, "unit", address->unit);
    feature_print_text(out, "street", address->street);
    feature_print_text(out, "at", address->place);
    feature_print_text(out, "suburb", address->suburb);
    feature_print_text(out, "city", address->city);
    feature_print_text(out, "district", address->district);
    feature_print_text(out, "state", address->state);
    feature_print_text(out, "postcode", address->postcode);
    feature_print_text(out, "country", bytes_from_text(address->country));
    feature_print_text(out, "category", bytes_from_text(category_name(feature->category)));
    feature_print_text(out, "hours", feature->opening_hours);
    feature_print_fact(out, &feature->kind);
    for (size_t i = 0; i < feature->fact_count; i++) {
        feature_print_fact(out, &feature->facts[i]);
    }
    feature_print_text(out, "wikidata", feature->wikidata);
    feature_print_text(out, "code", bytes_from_text(feature->country_code));
    feature_print_text(out, "region", bytes_from_text(feature->region_code));
    if (feature->place_type != PLACE_NONE) {
        buffer_append_format(out, " place=%d", (int)feature->place_type);
    }
    if (feature->admin_level != 0) {
        buffer_append_format(out, " level=%u", (unsigned)feature->admin_level);
    }
    if (feature->population != 0) {
        buffer_append_format(out, " population=%" PRIu64, feature->population);
    }
    if (feature->has_label) {
        buffer_append_format(out, " label=%c%" PRId64, feature->label.type, feature->label.number);
    }
    if (feature->interpolation != INTERPOLATION_NONE) {
        buffer_append_format(out, " interpolation=%d", (int)feature->interpolation);
    }
    for (size_t i = 0; i < feature->end_count; i++) {
        buffer_append_format(out, " end=%u:%u", feature->ends[i].position, feature->ends[i].number);
        if (feature->ends[i].letter != 0) {
            buffer_append_u8(out, (uint8_t)feature->ends[i].letter);
        }
        feature_print_text(out, "end_street", feature->ends[i].street);
    }
    if ((feature->roles & FEATURE_STREET) != 0) {
        buffer_append_format(out, " rank=%u", (unsigned)feature->street_rank);
    }
    feature_print_names(out, feature);
    buffer_append_u8(out, '\n');
}

#endif
