#include "atlas/build_house.h"

#include <stdlib.h>

#include "geo/distance.h"

static const double same_house_m = 5;

struct sorted_row {
    const struct address_row *row;
    struct bytes text, unit;
};

static int by_house(const void *left, const void *right)
{
    const struct sorted_row *const a = left;
    const struct sorted_row *const b = right;
    if (a->row->number != b->row->number) {
        return a->row->number < b->row->number ? -1 : 1;
    }
    if (a->row->suffix != b->row->suffix) {
        return a->row->suffix < b->row->suffix ? -1 : 1;
    }
    const int by_text = bytes_compare(a->text, b->text);
    const int by_unit = by_text != 0 ? by_text : bytes_compare(a->unit, b->unit);
    if (by_unit != 0) {
        return by_unit;
    }
    if (a->row->point.lng_e7 != b->row->point.lng_e7) {
        return a->row->point.lng_e7 < b->row->point.lng_e7 ? -1 : 1;
    }
    if (a->row->point.lat_e7 != b->row->point.lat_e7) {
        return a->row->point.lat_e7 < b->row->point.lat_e7 ? -1 : 1;
    }
    return (a->row->id > b->row->id) - (a->row->id < b->row->id);
}

// Whether one of two rows of a street says nothing that the other does not.
static bool is_same_house(const struct address_row *left, const struct address_row *right)
{
    return left->number == right->number && left->text == right->text &&
           left->unit == right->unit && distance_m(left->point, right->point) <= same_house_m;
}

// The postcode of all addresses of the street that have one, if it is the same.
static uint32_t common_postcode(const struct sorted_row *sorted, size_t count)
{
    uint32_t common = BUILD_NONE;
    for (size_t i = 0; i < count; i++) {
        const uint32_t postcode = sorted[i].row->context.postcode;
        if (postcode != BUILD_NONE && common != BUILD_NONE && postcode != common) {
            return BUILD_NONE;
        }
        common = postcode != BUILD_NONE ? postcode : common;
    }
    return common;
}

// Whether `other` stands for `row` too: a real house for a number between two others, an address
// alone for the same address of a place of interest, else the first for the second.
static bool is_covered(const struct address_row *row, const struct address_row *other,
                       bool is_other_first)
{
    if (row->is_interpolated != 0) {
        return other->is_interpolated == 0 || is_other_first;
    }
    const bool has_poi = row->poi != BUILD_NONE;
    const bool has_other_poi = other->poi != BUILD_NONE;
    return other->is_interpolated == 0 && is_same_house(row, other) &&
           (has_poi == has_other_poi ? is_other_first : has_poi);
}

// For each row, the one that is kept for it. Rows that may be the same are neighbours: those of
// one number and text.
static void rows_merge(const struct sorted_row *sorted, size_t count, uint32_t *kept)
{
    for (size_t first = 0; first < count;) {
        size_t end = first + 1;
        while (end < count && sorted[end].row->number == sorted[first].row->number &&
               sorted[end].row->text == sorted[first].row->text) {
            end++;
        }
        for (size_t i = first; i < end; i++) {
            kept[i] = (uint32_t)i;
            for (size_t k = first; k < end && kept[i] == i; k++) {
                if (k != i && is_covered(sorted[i].row, sorted[k].row, k < i)) {
                    kept[i] = (uint32_t)k;
                }
            }
        }
        first = end;
    }
    // The keeper may itself have been covered; covering never runs in a circle.
    for (size_t i = 0; i < count; i++) {
        while (kept[i] != kept[kept[i]]) {
            kept[i] = kept[kept[i]];
        }
    }
}

// Links the places of interest among the rows to the houses that are kept for them.
static void pois_link(struct world *world, uint32_t street, const struct sorted_row *sorted,
                      size_t count, const uint32_t *kept, const uint32_t *position)
{
    for (size_t i = 0; i < count; i++) {
        if (sorted[i].row->poi != BUILD_NONE) {
            struct poi_draft *const poi = &world->pois[world->drafts[sorted[i].row->poi].detail];
            poi->street = street;
            poi->row = position[kept[i]];
        }
    }
}

static enum status house_make(struct world *world, const struct address_row *row, uint32_t postcode,
                              struct build_house *house, struct fault *fault)
{
    struct context context = row->context;
    context.postcode = context.postcode == BUILD_NONE ? postcode : context.postcode;
    *house = (struct build_house){
        .house = {.lng_e7 = row->point.lng_e7,
                  .lat_e7 = row->point.lat_e7,
                  .number = row->number,
                  .suffix = row->suffix,
                  .text = row->text,
                  .unit = row->unit},
        .id = row->id,
        .source = row->source,
    };
    world->report->house_count++;
    world->report->interpolated_count += row->is_interpolated;
    return build_context_chain(world, &context, BUILD_NONE, &house->house.chain, fault);
}

enum status build_houses_settle(struct world *world, uint32_t street,
                                const struct address_row *rows, size_t count,
                                struct build_houses *houses, struct fault *fault)
{
    struct sorted_row *const sorted SCOPED(build_give) =
        memory_take(world->account, count + 1, sizeof(*sorted));
    uint32_t *const kept SCOPED(build_give) = memory_take(world->account, count + 1, sizeof(*kept));
    uint32_t *const position SCOPED(build_give) =
        memory_take(world->account, count + 1, sizeof(*position));
    if (sorted == NULL || kept == NULL || position == NULL ||
        !memory_grow(world->account, &houses->items, &houses->capacity, count,
                     sizeof(*houses->items))) {
        return build_no_memory(world, fault);
    }
    for (size_t i = 0; i < count; i++) {
        sorted[i] = (struct sorted_row){.row = &rows[i],
                                        .text = build_intern_text(&world->strings, rows[i].text),
                                        .unit = build_intern_text(&world->strings, rows[i].unit)};
    }
    if (count != 0) {
        qsort(sorted, count, sizeof(*sorted), by_house);
    }
    rows_merge(sorted, count, kept);

    const uint32_t postcode = count == 0 ? BUILD_NONE : common_postcode(sorted, count);
    houses->count = 0;
    for (size_t i = 0; i < count; i++) {
        if (kept[i] == i) {
            position[i] = (uint32_t)houses->count;
            TRY(house_make(world, sorted[i].row, postcode, &houses->items[houses->count++], fault));
        }
    }
    pois_link(world, street, sorted, count, kept, position);
    return STATUS_OK;
}
