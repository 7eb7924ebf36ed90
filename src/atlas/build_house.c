#include "atlas/build_house.h"

#include <math.h>
#include <stdlib.h>

#include "geo/distance.h"

static const double same_house_m = 5;
// What two inputs say of one number of a street is one house up to this distance, in one locality even
// farther: one of them has the gate, the other the barn.
static const double twin_house_m = 150;
static const double twin_house_in_locality_m = 1000;

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

static bool is_letter_or_digit(uint8_t byte)
{
    return (byte >= '0' && byte <= '9') || (byte | 0x20) >= 'a' || byte >= 0x80;
}

// "12 A" and "12a", "Apt 4" and "APT 4".
static bool is_same_text(struct bytes left, struct bytes right)
{
    size_t i = 0;
    size_t k = 0;
    for (;;) {
        while (i < left.size && !is_letter_or_digit(left.data[i])) {
            i++;
        }
        while (k < right.size && !is_letter_or_digit(right.data[k])) {
            k++;
        }
        if (i == left.size || k == right.size) {
            return i == left.size && k == right.size;
        }
        const uint8_t a = left.data[i++];
        const uint8_t b = right.data[k++];
        const bool is_letter = (a | 0x20) >= 'a' && (a | 0x20) <= 'z';
        if (a != b && !(is_letter && (a ^ b) == 0x20)) {
            return false;
        }
    }
}

static bool is_same_locality(const struct address_row *left, const struct address_row *right)
{
    const struct context *const a = &left->context;
    const struct context *const b = &right->context;
    return a->locality != BUILD_NONE && a->locality == b->locality &&
           (a->postcode == b->postcode || a->postcode == BUILD_NONE || b->postcode == BUILD_NONE);
}

// How near two rows of a street must be to be one house.
static double reach_of(const struct sorted_row *left, const struct sorted_row *right)
{
    const struct address_row *const a = left->row;
    const struct address_row *const b = right->row;
    if (a->number != b->number || a->suffix != b->suffix) {
        return -1;
    }
    if (a->source == b->source || a->number == 0) {
        return a->text == b->text && a->unit == b->unit ? same_house_m : -1;
    }
    if (!is_same_text(left->text, right->text) || !is_same_text(left->unit, right->unit)) {
        return -1;
    }
    return is_same_locality(a, b) ? twin_house_in_locality_m : twin_house_m;
}

// How far two rows that say the same lie apart; beyond all measure when they do not.
static double apart_m(const struct sorted_row *left, const struct sorted_row *right)
{
    const double reach_m = reach_of(left, right);
    const double away_m = reach_m < 0 ? HUGE_VAL : distance_m(left->row->point, right->row->point);
    return away_m <= reach_m ? away_m : HUGE_VAL;
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

// Whether `other` may stand for `row` too: a real house for a number between two others, an address
// alone for the same address of a place of interest, what an earlier input says for what a later one
// does, else the first for the second.
static bool may_cover(const struct address_row *row, const struct address_row *other,
                      bool is_other_first)
{
    if (row->is_interpolated != 0) {
        return other->is_interpolated == 0 || is_other_first;
    }
    const bool has_poi = row->poi != BUILD_NONE;
    const bool has_other_poi = other->poi != BUILD_NONE;
    if (other->is_interpolated != 0 || has_poi != has_other_poi) {
        return other->is_interpolated == 0 && has_poi;
    }
    return row->source != other->source ? other->source < row->source : is_other_first;
}

// The row among [first, end) that is kept for row i: the nearest that covers it, or itself.
static uint32_t keeper_of(const struct sorted_row *sorted, size_t first, size_t end, size_t i)
{
    uint32_t best = (uint32_t)i;
    double best_m = HUGE_VAL;
    for (size_t k = first; k < end; k++) {
        if (k == i || !may_cover(sorted[i].row, sorted[k].row, k < i)) {
            continue;
        }
        const bool is_same_number = sorted[i].row->text == sorted[k].row->text;
        const double away_m = sorted[i].row->is_interpolated != 0 ? (is_same_number ? 0 : HUGE_VAL)
                                                                  : apart_m(&sorted[i], &sorted[k]);
        if (away_m < best_m) {
            best_m = away_m;
            best = (uint32_t)k;
        }
    }
    return best;
}

// For each row, the one that is kept for it. Rows that may be the same are neighbours: those of
// one number and suffix.
static void rows_merge(const struct sorted_row *sorted, size_t count, uint32_t *kept)
{
    for (size_t first = 0; first < count;) {
        size_t end = first + 1;
        while (end < count && sorted[end].row->number == sorted[first].row->number &&
               sorted[end].row->suffix == sorted[first].row->suffix) {
            end++;
        }
        for (size_t i = first; i < end; i++) {
            kept[i] = keeper_of(sorted, first, end, i);
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

// The ids of what went into a row lead to it. A place of interest is a document itself.
static enum status merges_note(struct world *world, const struct sorted_row *sorted, size_t count,
                               const uint32_t *kept, const uint32_t *position,
                               struct build_houses *houses, struct fault *fault)
{
    houses->merge_count = 0;
    if (!memory_grow(world->account, &houses->merges, &houses->merge_capacity, count,
                     sizeof(*houses->merges))) {
        return build_no_memory(world, fault);
    }
    for (size_t i = 0; i < count; i++) {
        const struct address_row *const row = sorted[i].row;
        if (kept[i] != i && row->is_interpolated == 0) {
            world->report->merged_count++;
            if (row->poi == BUILD_NONE && row->id != sorted[kept[i]].row->id) {
                houses->merges[houses->merge_count++] =
                    (struct build_merge){.id = row->id, .position = position[kept[i]]};
            }
        }
    }
    return STATUS_OK;
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
    return merges_note(world, sorted, count, kept, position, houses, fault);
}
