#include "search/house_guess.h"

#include "geo/distance.h"

enum {
    LOOKED_AT = 64, // rows on either side
    GAP_MAX = 40,   // between two numbers of a side
    BESIDE_MAX = 10,
    SPAN_MAX = 200, // of a range: more is no range
};
static const double gap_max_m = 500;

// The last number of "12-14", "12–14", "12/14"; 0 when the row has but one.
static uint32_t range_end(const struct atlas *atlas, const struct atlas_house *row)
{
    const struct bytes text = atlas_string(atlas, row->text);
    size_t i = 0;
    while (i < text.size && text.data[i] >= '0' && text.data[i] <= '9') {
        i++;
    }
    const size_t digits_end = i;
    while (i < text.size && (text.data[i] < '0' || text.data[i] > '9') && i - digits_end < 5) {
        i++;
    }
    uint32_t end = 0;
    size_t digits = 0;
    for (; i < text.size && text.data[i] >= '0' && text.data[i] <= '9' && digits < 7; i++) {
        end = end * 10 + (uint32_t)(text.data[i] - '0');
        digits++;
    }
    const bool is_range = digits != 0 && i == text.size && end > row->number &&
                          end - row->number <= SPAN_MAX && (end - row->number) % 2 == 0;
    return is_range ? end : 0;
}

static bool is_in_range(const struct atlas *atlas, const struct atlas_house *row, uint32_t number)
{
    return row->number < number && (number - row->number) % 2 == 0 &&
           range_end(atlas, row) >= number;
}

// The nearest rows of the number's side, by number; UINT32_MAX: none.
struct neighbours {
    uint32_t below, above;
};

static struct neighbours neighbours_find(const struct atlas *atlas, uint32_t first, uint32_t end,
                                         uint32_t at, uint32_t number)
{
    struct neighbours found = {UINT32_MAX, UINT32_MAX};
    for (uint32_t row = at; row-- > first && at - row <= LOOKED_AT;) {
        if (atlas->houses[row].number % 2 == number % 2 && atlas->houses[row].number != 0) {
            found.below = row;
            break;
        }
    }
    for (uint32_t row = at; row < end && row - at < LOOKED_AT; row++) {
        if (atlas->houses[row].number % 2 == number % 2) {
            found.above = row;
            break;
        }
    }
    return found;
}

static struct geo_point point_of(const struct atlas_house *house)
{
    return (struct geo_point){.lng_e7 = house->lng_e7, .lat_e7 = house->lat_e7};
}

static struct house_guess between(const struct atlas *atlas, struct neighbours rows,
                                  uint32_t number)
{
    const struct atlas_house *const below = &atlas->houses[rows.below];
    const struct atlas_house *const above = &atlas->houses[rows.above];
    const struct geo_point from = point_of(below);
    const struct geo_point to = point_of(above);
    const int64_t part = number - below->number;
    const int64_t whole = above->number - below->number;
    int64_t lng_e7 = from.lng_e7 + geo_lng_turn_e7(from.lng_e7, to.lng_e7) * part / whole;
    lng_e7 += lng_e7 > GEO_LNG_MAX ? -2 * (int64_t)GEO_LNG_MAX : 0;
    lng_e7 += lng_e7 < -GEO_LNG_MAX ? 2 * (int64_t)GEO_LNG_MAX : 0;
    return (struct house_guess){
        .guess = GUESS_BETWEEN,
        .row = part * 2 <= whole ? rows.below : rows.above,
        .point = {.lng_e7 = (int32_t)lng_e7,
                  .lat_e7 =
                      (int32_t)(from.lat_e7 + ((int64_t)to.lat_e7 - from.lat_e7) * part / whole)},
    };
}

struct house_guess house_guess(const struct atlas *atlas, uint32_t first, uint32_t end,
                               uint32_t number)
{
    const struct atlas_house *const houses = atlas->houses;
    uint32_t at = first;
    for (uint32_t high = end; at < high;) {
        const uint32_t middle = at + (high - at) / 2;
        if (houses[middle].number < number) {
            at = middle + 1;
        } else {
            high = middle;
        }
    }
    for (uint32_t row = at; row-- > first && at - row <= LOOKED_AT;) {
        if (is_in_range(atlas, &houses[row], number)) {
            return (struct house_guess){GUESS_RANGE, row, point_of(&houses[row])};
        }
    }
    const struct neighbours rows = neighbours_find(atlas, first, end, at, number);
    const bool has_below = rows.below != UINT32_MAX;
    const bool has_above = rows.above != UINT32_MAX;
    if (has_below && has_above && houses[rows.above].number > houses[rows.below].number &&
        houses[rows.above].number - houses[rows.below].number <= GAP_MAX &&
        distance_m(point_of(&houses[rows.below]), point_of(&houses[rows.above])) <= gap_max_m) {
        return between(atlas, rows, number);
    }
    const uint32_t down = has_below ? number - houses[rows.below].number : UINT32_MAX;
    const uint32_t up = has_above ? houses[rows.above].number - number : UINT32_MAX;
    const uint32_t row = down <= up ? rows.below : rows.above;
    if ((down < up ? down : up) > BESIDE_MAX) {
        return (struct house_guess){.guess = GUESS_NONE};
    }
    return (struct house_guess){GUESS_BESIDE, row, point_of(&houses[row])};
}
