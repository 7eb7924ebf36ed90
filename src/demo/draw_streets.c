// The streets of a settlement, their houses, and the lines between numbers.
#include <assert.h>

#include "demo/chance.h"
#include "demo/queries.h"
#include "demo/world.h"

enum {
    MAIN_HOUSES = 48,
    TOWN_SMALL_STREETS = 1398, // of which each town has as many
    TOWN_SMALL_HOUSES = 25104, // so that a town has 30,000 addresses
    DISTRICT_SMALL_STREETS = 128,
    VILLAGE_SMALL_STREETS = 41,
    HOUSE_OFF_LNG_E7 = 1800, // 14 m from the middle of the street
    HOUSE_OFF_LAT_E7 = 1300,
    WAY_NODES_MAX = 32,
    BUILDING_NODES_MAX = 9,
    WHOLE = 1 << 16, // a street from end to end
};

struct street {
    const struct settlement *settlement;
    uint64_t seed;
    unsigned index;
    bool is_main;
    bool is_vertical;
    unsigned column, row; // of the grid's lines, where it begins
    unsigned steps;       // to the end
    unsigned step_per_piece;
    unsigned houses;
    struct name name;
};

static unsigned grid_columns(const struct settlement *settlement)
{
    return settlement->columns * (settlement->block_columns + 1) + 1;
}

static unsigned grid_rows(const struct settlement *settlement)
{
    return settlement->rows * (settlement->block_rows + 1) + 1;
}

static struct geo_point grid_point(const struct settlement *settlement, unsigned column,
                                   unsigned row)
{
    struct chance chance = {.state = chance_seed(settlement->seed, 100000 + row * 100 + column)};
    return (struct geo_point){
        .lng_e7 =
            settlement->origin.lng_e7 + (int32_t)column * STEP_LNG_E7 + chance_about(&chance, 800),
        .lat_e7 =
            settlement->origin.lat_e7 + (int32_t)row * STEP_LAT_E7 + chance_about(&chance, 600),
    };
}

// Every settlement has the common names; every tenth street of a city is one more of the world's
// duplicates by that.
static struct name street_name(const struct settlement *settlement, unsigned index)
{
    const uint32_t common = name_street_common_count(settlement->language);
    if (index < common) {
        return name_street_common(settlement->language, index);
    }
    return name_street(settlement->language, settlement->first_number + index);
}

static unsigned small_houses(const struct settlement *settlement, unsigned small)
{
    const unsigned first = settlement->is_village
                               ? DISTRICT_COUNT * DISTRICT_SMALL_STREETS +
                                     (settlement->index - DISTRICT_COUNT) * VILLAGE_SMALL_STREETS
                               : settlement->index * DISTRICT_SMALL_STREETS;
    const unsigned number = first + small;
    return (number + 1) * TOWN_SMALL_HOUSES / TOWN_SMALL_STREETS -
           number * TOWN_SMALL_HOUSES / TOWN_SMALL_STREETS;
}

static struct street street_of(const struct settlement *settlement, unsigned index)
{
    struct street street = {
        .settlement = settlement,
        .seed = chance_seed(settlement->seed, index),
        .index = index,
        .is_main = index < settlement->rows + settlement->columns,
        .name = street_name(settlement, index),
    };
    const unsigned across = settlement->block_columns + 1;
    const unsigned up = settlement->block_rows + 1;
    if (street.is_main) {
        street.is_vertical = index >= settlement->rows;
        street.column = street.is_vertical ? (index - settlement->rows) * across : 0;
        street.row = street.is_vertical ? 0 : index * up;
        street.step_per_piece = street.is_vertical ? up : across;
        street.steps =
            (street.is_vertical ? settlement->rows : settlement->columns) * street.step_per_piece;
        street.houses = MAIN_HOUSES;
        return street;
    }
    const unsigned small = index - settlement->rows - settlement->columns;
    const unsigned per_block = settlement->block_columns + settlement->block_rows;
    const unsigned block = small / per_block;
    const unsigned inside = small % per_block;
    street.is_vertical = inside >= settlement->block_rows;
    street.column = block % settlement->columns * across +
                    (street.is_vertical ? inside - settlement->block_rows + 1 : 0);
    street.row = block / settlement->columns * up + (street.is_vertical ? 0 : inside + 1);
    street.steps = street.is_vertical ? up : across;
    street.step_per_piece = street.steps;
    street.houses = small_houses(settlement, small);
    return street;
}

static struct geo_point street_step(const struct street *street, unsigned step)
{
    return grid_point(street->settlement, street->column + (street->is_vertical ? 0 : step),
                      street->row + (street->is_vertical ? step : 0));
}

// A point beside the street: `along` of WHOLE, on the left (odd numbers) or right.
static struct geo_point street_side(const struct street *street, uint32_t along, bool is_right)
{
    const uint64_t scaled = (uint64_t)along * street->steps;
    const unsigned step = (unsigned)(scaled / WHOLE);
    const int64_t part = (int64_t)(scaled % WHOLE);
    const struct geo_point from = street_step(street, step);
    const struct geo_point to = street_step(street, step < street->steps ? step + 1 : step);
    const int32_t side = is_right ? 1 : -1;
    return (struct geo_point){
        .lng_e7 = from.lng_e7 + (int32_t)((to.lng_e7 - from.lng_e7) * part / WHOLE) +
                  (street->is_vertical ? side * HOUSE_OFF_LNG_E7 : 0),
        .lat_e7 = from.lat_e7 + (int32_t)((to.lat_e7 - from.lat_e7) * part / WHOLE) +
                  (street->is_vertical ? 0 : -side * HOUSE_OFF_LAT_E7),
    };
}

static int64_t draw_grid(struct pen *pen, const struct settlement *settlement)
{
    const int64_t first = pen->next_ids[PBF_NODE];
    for (unsigned row = 0; row < grid_rows(settlement); row++) {
        for (unsigned column = 0; column < grid_columns(settlement); column++) {
            struct geo_point point = {0};
            if (pen->pass == PBF_NODE) {
                point = grid_point(settlement, column, row);
            }
            (void)pen_point(pen, point);
        }
    }
    return first;
}

static void tag_street(struct pen *pen, const struct street *street, struct chance *chance)
{
    static const char *const small_kinds[] = {"residential",   "residential",  "residential",
                                              "living_street", "unclassified", "pedestrian"};
    pen_tag_text(pen, "highway",
                 street->is_main ? street->index % 2 == 0 ? "secondary" : "tertiary"
                                 : small_kinds[chance_below(chance, COUNT_OF(small_kinds))]);
    // A few signs are shortened where the houses' tags are not.
    const bool is_shortened = chance_of(chance, 2);
    const struct name shortened = is_shortened ? name_shortened(&street->name) : street->name;
    pen_tag_name(pen, "name", &shortened);
    const bool has_old = chance_of(chance, 4);
    const bool has_other = chance_of(chance, 4);
    const uint32_t other = chance_below(chance, 1000);
    if (pen->is_writing && (has_old || has_other)) {
        const struct name name = name_street(street->settlement->language, other);
        pen_tag_name(pen, has_old ? "old_name" : "alt_name", &name);
    }
    if (street->is_main && street->index == 0) {
        struct name reference = {0};
        name_add(&reference, "L ");
        name_add_number(&reference, street->settlement->town * 20 + street->settlement->index + 1,
                        1);
        pen_tag_name(pen, "ref", &reference);
    }
    if (street->is_main && street->index < 2) {
        world_tag_foreign_names(pen, street->settlement->index * 5 + street->index);
    }
    pen_tag_text(pen, "surface", "asphalt");
}

// In as many ways as it has blocks, each second one drawn the other way round.
static void draw_pieces(struct pen *pen, const struct street *street, int64_t grid)
{
    const unsigned columns = grid_columns(street->settlement);
    for (unsigned first = 0; first < street->steps; first += street->step_per_piece) {
        int64_t nodes[WAY_NODES_MAX];
        const unsigned count = street->step_per_piece + 1;
        assert(count <= WAY_NODES_MAX);
        const bool is_reversed = (first / street->step_per_piece) % 2 == 1;
        for (unsigned i = 0; i < count; i++) {
            const unsigned step = first + (is_reversed ? count - 1 - i : i);
            const unsigned column = street->column + (street->is_vertical ? 0 : step);
            const unsigned row = street->row + (street->is_vertical ? step : 0);
            nodes[i] = grid + row * columns + column;
        }
        pen_begin(pen, PBF_WAY);
        struct chance chance = {.state = chance_seed(street->seed, 1)};
        tag_street(pen, street, &chance);
        (void)pen_way(pen, nodes, count);
    }
}

// The number of the house `place` from the beginning of its side.
static struct name house_number(const struct street *street, unsigned place, bool is_even,
                                struct chance *chance)
{
    static const char *const letters[] = {"a", "b", " A", "c"};
    struct name number = {0};
    const unsigned gap = place / 6 * (unsigned)(street->seed % 3);
    const unsigned plain = 2 * (place + gap) + 1 + (is_even ? 1 : 0);
    const uint32_t luck = chance_below(chance, 100);
    switch (street->settlement->numbering) {
    case NUMBER_METRES:
        name_add_number(&number, 26 * place + 11 + (is_even ? 1 : 0), 1);
        break;
    case NUMBER_BLOCKS:
        name_add_number(&number, 100 * (1 + place / 5) + place % 5 * 8 + 1 + (is_even ? 1 : 0), 1);
        break;
    case NUMBER_CROSS:
        name_add_number(&number, 180 + street->index % 60 + place / 5, 1);
        name_add(&number, "-");
        name_add_number(&number, place % 5 * 8 + 1 + (is_even ? 1 : 0), 2);
        break;
    case NUMBER_SLASHED:
        name_add_number(&number, plain, 1);
        name_add(&number, luck < 15 ? "/B" : luck < 25 ? "/3" : "");
        break;
    case NUMBER_PLAIN:
        name_add_number(&number, plain, 1);
        if (luck < 8) {
            name_add(&number, letters[luck % COUNT_OF(letters)]);
        } else if (luck < 11) {
            name_add(&number, "-");
            name_add_number(&number, plain + 2, 1);
        }
        break;
    }
    return number;
}

static void tag_address(struct pen *pen, const struct address *address, struct chance *chance)
{
    const bool has_country = chance_of(chance, 2);
    const bool has_suburb = chance_of(chance, 5) && !address->settlement->is_village;
    if (!pen->is_writing) {
        return;
    }
    if (address->has_city) {
        pen_tag(pen, "addr:city", name_bytes(&address->settlement->city));
    }
    if (has_country) {
        pen_tag_text(pen, "addr:country", country_code(address->settlement->country));
    }
    pen_tag(pen, "addr:housenumber", name_bytes(&address->number));
    if (address->has_postcode) {
        pen_tag(pen, "addr:postcode", name_bytes(&address->settlement->postcode));
    }
    pen_tag(pen, "addr:street", name_bytes(address->street));
    if (has_suburb) {
        pen_tag(pen, "addr:suburb", name_bytes(&address->settlement->name));
    }
}

// The nodes of a building: a square, an L or a T, none of it at right angles; the first node is the
// last again. Returns how many there are.
static size_t draw_walls(struct pen *pen, struct geo_point middle, struct chance *chance,
                         int64_t nodes[BUILDING_NODES_MAX])
{
    static const int8_t square[][2] = {{-2, -2}, {2, -2}, {2, 2}, {-2, 2}};
    static const int8_t angle[][2] = {{-2, -2}, {2, -2}, {2, 0}, {0, 0}, {0, 2}, {-2, 2}};
    static const int8_t tee[][2] = {{-2, -2}, {2, -2}, {2, 0},  {1, 0},
                                    {1, 2},   {-1, 2}, {-1, 0}, {-2, 0}};
    const uint32_t shape = chance_below(chance, 10);
    const int8_t(*const corners)[2] = shape < 5 ? square : shape < 8 ? angle : tee;
    const size_t count = shape < 5 ? COUNT_OF(square) : shape < 8 ? COUNT_OF(angle) : COUNT_OF(tee);
    const int32_t width = 300 + chance_about(chance, 75);
    const int32_t depth = 200 + chance_about(chance, 50);
    for (size_t i = 0; i < count; i++) {
        const struct geo_point corner = {
            .lng_e7 = middle.lng_e7 + corners[i][0] * width + chance_about(chance, 60),
            .lat_e7 = middle.lat_e7 + corners[i][1] * depth + chance_about(chance, 40),
        };
        nodes[i] = pen_point(pen, corner);
    }
    nodes[count] = nodes[0];
    return count + 1;
}

static void tag_building(struct pen *pen, struct chance *chance)
{
    static const char *const kinds[] = {"yes", "house", "apartments", "residential"};
    static const char *const levels[] = {"1", "2", "2", "3", "4", "5"};
    const char *const kind = kinds[chance_below(chance, COUNT_OF(kinds))];
    const char *const level = levels[chance_below(chance, COUNT_OF(levels))];
    pen_tag_text(pen, "building", kind);
    pen_tag_text(pen, "building:levels", level);
}

// A building without an address behind most houses, which nobody searches for.
static void draw_shed(struct pen *pen, const struct address *address, struct chance *chance)
{
    static const char *const kinds[] = {"garage", "shed", "yes", "yes"};
    int64_t nodes[BUILDING_NODES_MAX];
    struct geo_point middle = address->point;
    middle.lng_e7 += chance_about(chance, 2500);
    middle.lat_e7 += chance_about(chance, 1800);
    const size_t count = draw_walls(pen, middle, chance, nodes);
    pen_begin(pen, PBF_WAY);
    pen_tag_text(pen, "building", kinds[chance_below(chance, COUNT_OF(kinds))]);
    (void)pen_way(pen, nodes, count);
}

static int64_t draw_building(struct pen *pen, const struct address *address, struct chance *chance)
{
    int64_t nodes[BUILDING_NODES_MAX];
    const size_t count = draw_walls(pen, address->point, chance, nodes);
    pen_begin(pen, PBF_WAY);
    tag_address(pen, address, chance);
    tag_building(pen, chance);
    return pen_way(pen, nodes, count);
}

// Returns the node, or 0 when the house is a building.
static int64_t draw_house(struct pen *pen, const struct address *address, bool must_be_node,
                          struct chance *chance, struct queries *queries)
{
    const uint64_t turn = chance->state;
    const uint32_t luck = chance_below(chance, 100);
    int64_t node = 0;
    pen_count(pen, &pen->report->addresses);
    if (must_be_node || luck < 63) {
        pen_begin(pen, PBF_NODE);
        tag_address(pen, address, chance);
        if (luck < 5) {
            pen_tag_text(pen, "entrance", "main");
        } else if (luck == 5) {
            draw_poi_tags(pen, address->settlement->country, UINT32_MAX, chance);
        }
        node = pen_node(pen, address->point);
        if (pen->pass == PBF_NODE) {
            queries_add(queries, address, 'n', node, turn);
        }
        return node;
    }
    const int64_t way = draw_building(pen, address, chance);
    if (pen->pass == PBF_NODE) {
        queries_add(queries, address, 'w', way, turn);
    }
    return node;
}

// Every thirtieth street ends in a stretch where only the ends of each side are known.
static bool is_interpolated(const struct street *street)
{
    return !street->is_main && street->index % 30 == 7 &&
           street->settlement->numbering == NUMBER_PLAIN;
}

static void draw_interpolation(struct pen *pen, const int64_t ends[2], bool is_even)
{
    pen_count(pen, &pen->report->interpolation);
    pen_begin(pen, PBF_WAY);
    pen_tag_text(pen, "addr:interpolation", is_even ? "even" : "odd");
    (void)pen_way(pen, ends, 2);
}

// One side of a street: `count` houses, the last two of them the ends of a line if it has one.
static void draw_side(struct pen *pen, const struct street *street, bool is_even, unsigned count,
                      struct queries *queries)
{
    const bool has_line = is_interpolated(street) && count > 4;
    const uint32_t width = has_line ? WHOLE * 6 / 10 : WHOLE;
    const unsigned known = has_line ? count - 2 : count;
    int64_t ends[2] = {0};
    for (unsigned place = 0; place < count; place++) {
        struct chance chance = {
            .state = chance_seed(street->seed, 1000 + 2 * (uint64_t)place + (is_even ? 1 : 0))};
        const bool is_end = place >= known;
        uint32_t along = (2 * place + 1) * (width / (2 * known));
        struct address address = {
            .settlement = street->settlement,
            .street = &street->name,
            .is_common = !street->settlement->is_village &&
                         street->index < name_street_common_count(street->settlement->language),
        };
        if (is_end) {
            along = place == known ? WHOLE * 65 / 100 : WHOLE * 95 / 100;
            name_add_number(&address.number,
                            2 * (known + 8 + (place - known) * 6) + 1 + (is_even ? 1 : 0), 1);
        } else {
            address.number = house_number(street, place, is_even, &chance);
        }
        along += chance_below(&chance, width / (8 * known));
        address.has_city = !chance_of(&chance, 12);
        address.has_postcode = !chance_of(&chance, 15);
        address.point = street_side(street, along, is_even);
        const int64_t node = draw_house(pen, &address, is_end, &chance, queries);
        if (chance_of(&chance, 85)) {
            draw_shed(pen, &address, &chance);
        }
        if (is_end) {
            ends[place - known] = node;
        }
    }
    if (has_line) {
        draw_interpolation(pen, ends, is_even);
    }
}

void draw_streets(struct pen *pen, const struct settlement *settlement, struct queries *queries)
{
    const int64_t grid = draw_grid(pen, settlement);
    for (unsigned i = 0; i < settlement->street_count; i++) {
        const struct street street = street_of(settlement, i);
        pen_count(pen, &pen->report->streets);
        draw_pieces(pen, &street, grid);
        draw_side(pen, &street, false, (street.houses + 1) / 2, queries);
        draw_side(pen, &street, true, street.houses / 2, queries);
    }
}
