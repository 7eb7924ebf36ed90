// Boundaries and the nodes that label them: countries, regions, counties, cities, districts, villages,
// postal areas, and a few that are broken on purpose.
#include <assert.h>

#include "demo/chance.h"
#include "demo/world.h"

enum {
    MEMBERS_MAX = 64,
    EXCLAVE_MARGIN_E7 = 60000,
    VILLAGE_MARGIN_LNG_E7 = 120000,
    VILLAGE_MARGIN_LAT_E7 = 100000,
    VILLAGE_WIDTH_E7 = 190500,
    VILLAGE_HEIGHT_E7 = 72000,
    CITY_SIDE = 3,   // districts
    CITY_CORNERS = 4 // a side
};

// The members of the relation that is drawn next.
struct members {
    struct pbf_write_member items[MEMBERS_MAX];
    size_t count;
};

static void member_add(struct members *members, enum pbf_object_kind kind, int64_t id,
                       struct bytes role)
{
    assert(members->count < MEMBERS_MAX);
    members->items[members->count++] =
        (struct pbf_write_member){.kind = kind, .id = id, .role = role};
}

static void outer_add(struct members *members, int64_t way)
{
    member_add(members, PBF_WAY, way, BYTES_OF("outer"));
}

static void inner_add(struct members *members, int64_t way)
{
    member_add(members, PBF_WAY, way, BYTES_OF("inner"));
}

static struct geo_box box_of(struct geo_point corner, int32_t width, int32_t height)
{
    return (struct geo_box){.west_e7 = corner.lng_e7,
                            .south_e7 = corner.lat_e7,
                            .east_e7 = corner.lng_e7 + width,
                            .north_e7 = corner.lat_e7 + height};
}

static struct geo_box box_widened(struct geo_box box, int32_t lng, int32_t lat)
{
    return (struct geo_box){.west_e7 = box.west_e7 - lng,
                            .south_e7 = box.south_e7 - lat,
                            .east_e7 = box.east_e7 + lng,
                            .north_e7 = box.north_e7 + lat};
}

// The corner `index`, counted anticlockwise from the south-west.
static struct geo_point box_corner(struct geo_box box, unsigned index)
{
    return (struct geo_point){.lng_e7 = index == 0 || index == 3 ? box.west_e7 : box.east_e7,
                              .lat_e7 = index < 2 ? box.south_e7 : box.north_e7};
}

// A closed way around a box.
static int64_t draw_ring(struct pen *pen, struct geo_box box)
{
    int64_t nodes[5];
    for (unsigned i = 0; i < 4; i++) {
        nodes[i] = pen_point(pen, box_corner(box, i));
    }
    nodes[4] = nodes[0];
    pen_begin(pen, PBF_WAY);
    pen_tag_text(pen, "boundary", "administrative");
    return pen_way(pen, nodes, 5);
}

// The same in two ways, the second drawn against the first.
static void draw_ring_in_two(struct pen *pen, struct geo_box box, int64_t ways[2])
{
    int64_t nodes[4];
    for (unsigned i = 0; i < 4; i++) {
        nodes[i] = pen_point(pen, box_corner(box, i));
    }
    const int64_t first[] = {nodes[0], nodes[1], nodes[2]};
    const int64_t second[] = {nodes[0], nodes[3], nodes[2]};
    pen_begin(pen, PBF_WAY);
    ways[0] = pen_way(pen, first, 3);
    pen_begin(pen, PBF_WAY);
    ways[1] = pen_way(pen, second, 3);
}

// A node that labels a place; more tags may follow before pen_node.
static void place_begin(struct pen *pen, const char *kind, const struct name *name,
                        uint64_t population)
{
    pen_count(pen, &pen->report->places);
    pen_begin(pen, PBF_NODE);
    pen_tag_text(pen, "place", kind);
    pen_tag_name(pen, "name", name);
    if (population > 0) {
        pen_tag_number(pen, "population", population);
    }
}

// Invented: items beyond those there are.
static void tag_wikidata(struct pen *pen, uint32_t number)
{
    struct name item = {0};
    name_add(&item, "Q");
    name_add_number(&item, 990000000 + number, 9);
    pen_tag_name(pen, "wikidata", &item);
}

static void boundary_begin(struct pen *pen, unsigned level, const struct name *name)
{
    pen_count(pen, &pen->report->areas);
    pen_begin(pen, PBF_RELATION);
    pen_tag_text(pen, "type", "boundary");
    pen_tag_text(pen, "boundary", "administrative");
    pen_tag_number(pen, "admin_level", level);
    pen_tag_name(pen, "name", name);
}

static void draw_postal(struct pen *pen, const struct settlement *settlement,
                        const struct members *members)
{
    pen_count(pen, &pen->report->postcodes);
    pen_begin(pen, PBF_RELATION);
    pen_tag_text(pen, "type", "boundary");
    pen_tag_text(pen, "boundary", "postal_code");
    pen_tag_name(pen, "postal_code", &settlement->postcode);
    (void)pen_relation(pen, members->items, members->count);
}

static struct geo_box exclave_box(const struct settlement *village)
{
    return box_widened(box_of(village->origin, VILLAGE_WIDTH_E7, VILLAGE_HEIGHT_E7),
                       VILLAGE_MARGIN_LNG_E7 + EXCLAVE_MARGIN_E7,
                       VILLAGE_MARGIN_LAT_E7 + EXCLAVE_MARGIN_E7);
}

// Ventania inside the exclave: a box between the village's boundary and the exclave's.
static struct geo_box hole_box(const struct settlement *village)
{
    const struct geo_box box = exclave_box(village);
    return (struct geo_box){.west_e7 = box.west_e7 + 10000,
                            .south_e7 = box.south_e7 + 10000,
                            .east_e7 = box.west_e7 + 50000,
                            .north_e7 = box.south_e7 + 50000};
}

// The exclaves of the pairs [first, end): outside of Loxland, and holes in Ventania.
static void exclaves_add(struct members *members, enum demo_country country, unsigned first,
                         unsigned end)
{
    for (unsigned pair = first; pair < end; pair++) {
        const unsigned town = 2 * pair;
        if (country == DEMO_LOXLAND) {
            outer_add(members, EXCLAVE_WAY(town));
            inner_add(members, HOLE_WAY(town));
        } else {
            inner_add(members, EXCLAVE_WAY(town));
            outer_add(members, HOLE_WAY(town));
        }
    }
}

static struct geo_box country_box(const struct world *world, enum demo_country country)
{
    struct geo_box box = world_box(world);
    if (country == DEMO_LOXLAND) {
        box.east_e7 = WORLD_WEST_E7;
    } else {
        box.west_e7 = WORLD_WEST_E7;
    }
    return box;
}

static struct name country_name(enum demo_country country)
{
    struct name name = {0};
    name_add(&name, country == DEMO_LOXLAND ? "Loxland" : "Ventania");
    return name;
}

// Both countries share the way along the border; the rest of each is a way of its own.
struct borders {
    int64_t shared;
    int64_t own[2];
    int64_t labels[2];
};

static struct borders draw_borders(struct pen *pen, const struct world *world)
{
    const struct geo_box box = world_box(world);
    const int64_t south =
        pen_point(pen, (struct geo_point){.lng_e7 = WORLD_WEST_E7, .lat_e7 = box.south_e7});
    const int64_t north =
        pen_point(pen, (struct geo_point){.lng_e7 = WORLD_WEST_E7, .lat_e7 = box.north_e7});
    struct borders borders = {0};
    const int64_t along[] = {south, north};
    pen_begin(pen, PBF_WAY);
    pen_tag_text(pen, "boundary", "administrative");
    borders.shared = pen_way(pen, along, 2);
    for (unsigned country = 0; country < 2; country++) {
        const bool is_west = country == DEMO_LOXLAND;
        const int32_t side = is_west ? box.west_e7 : box.east_e7;
        const int64_t lower =
            pen_point(pen, (struct geo_point){.lng_e7 = side, .lat_e7 = box.south_e7});
        const int64_t upper =
            pen_point(pen, (struct geo_point){.lng_e7 = side, .lat_e7 = box.north_e7});
        const int64_t around[] = {south, lower, upper, north};
        pen_begin(pen, PBF_WAY);
        pen_tag_text(pen, "boundary", "administrative");
        borders.own[country] = pen_way(pen, around, 4);
        const struct name name = country_name((enum demo_country)country);
        place_begin(pen, "country", &name, 0);
        tag_wikidata(pen, country + 1);
        world_tag_foreign_names(pen, country + 11);
        borders.labels[country] = pen_node(
            pen, (struct geo_point){.lng_e7 = WORLD_WEST_E7 + (is_west ? -1200000 : 1200000),
                                    .lat_e7 = WORLD_SOUTH_E7 + 100000});
    }
    return borders;
}

static void draw_country(struct pen *pen, const struct world *world, enum demo_country country,
                         const struct borders *borders)
{
    const struct name name = country_name(country);
    // More exclaves than members fit: a country has those of its first towns.
    struct members members = {0};
    outer_add(&members, borders->shared);
    outer_add(&members, borders->own[country]);
    member_add(&members, PBF_NODE, borders->labels[country], BYTES_OF("label"));
    const unsigned exclaves = (MEMBERS_MAX - 4) / 2;
    exclaves_add(&members, country, 0, world->scale < exclaves ? world->scale : exclaves);
    boundary_begin(pen, 2, &name);
    pen_tag_text(pen, "ISO3166-1", country_code(country));
    pen_tag_text(pen, "ISO3166-1:alpha2", country_code(country));
    pen_tag_number(pen, "population", (uint64_t)world->scale * 70000);
    tag_wikidata(pen, (uint32_t)country + 1);
    world_tag_foreign_names(pen, (uint32_t)country + 11);
    (void)pen_relation(pen, members.items, members.count);
}

// A region is a row of cells.
static void draw_region(struct pen *pen, const struct world *world, enum demo_country country,
                        unsigned row)
{
    struct geo_box box = country_box(world, country);
    box.south_e7 = WORLD_SOUTH_E7 + (int32_t)row * CELL_HEIGHT_E7;
    box.north_e7 = box.south_e7 + CELL_HEIGHT_E7;
    struct members members = {0};
    outer_add(&members, draw_ring(pen, box));
    const unsigned first = row * world->columns;
    const unsigned end = first + world->columns;
    const unsigned last = end < world->scale ? end : world->scale;
    const unsigned most = first + (MEMBERS_MAX - 2) / 2;
    exclaves_add(&members, country, first, last < most ? last : most);

    struct name name = {0};
    name_add(&name, country == DEMO_LOXLAND ? "Kanton " : "Shire of ");
    name_add(&name, name_word(country == DEMO_LOXLAND ? DEMO_GERMAN : DEMO_ENGLISH, 17 + row));
    struct name code = {0};
    name_add(&code, country_code(country));
    name_add(&code, "-");
    name_add_number(&code, row + 1, 2);
    boundary_begin(pen, 4, &name);
    pen_tag_name(pen, "ISO3166-2", &code);
    (void)pen_relation(pen, members.items, members.count);
}

void draw_countries(struct pen *pen, const struct world *world)
{
    pen_move(pen, 1, 1, 1);
    const struct borders borders = draw_borders(pen, world);
    for (unsigned country = 0; country < 2; country++) {
        draw_country(pen, world, (enum demo_country)country, &borders);
        for (unsigned row = 0; row < world->rows; row++) {
            draw_region(pen, world, (enum demo_country)country, row);
        }
    }
}

static void draw_county(struct pen *pen, const struct town *town)
{
    struct members members = {0};
    outer_add(&members, draw_ring(pen, box_of(town->cell, CELL_WIDTH_E7, CELL_HEIGHT_E7)));
    const unsigned pair = town->number / 2;
    exclaves_add(&members, town->country, pair, pair + 1);
    struct name name = {0};
    name_add(&name, town->country == DEMO_LOXLAND ? "Bezirk " : "");
    name_add(&name, town->name.text);
    name_add(&name, town->country == DEMO_LOXLAND ? "" : " County");
    boundary_begin(pen, 6, &name);
    (void)pen_relation(pen, members.items, members.count);
}

// The districts of a city share the ways between them: corners[row][column] are the crossings.
struct city {
    int64_t across[CITY_CORNERS][CITY_SIDE]; // from column to column + 1
    int64_t up[CITY_SIDE][CITY_CORNERS];     // from row to row + 1
};

static struct geo_point city_corner(const struct town *town, unsigned column, unsigned row)
{
    return (struct geo_point){.lng_e7 =
                                  town->origin.lng_e7 + (int32_t)column * DISTRICT_PITCH_LNG_E7,
                              .lat_e7 = town->origin.lat_e7 + (int32_t)row * DISTRICT_PITCH_LAT_E7};
}

// A way between two crossings with a bend in the middle.
static int64_t draw_edge(struct pen *pen, const struct town *town, const int64_t ends[2],
                         struct geo_point from, struct geo_point to)
{
    struct chance chance = {.state = chance_seed(town->seed, (uint64_t)(ends[0] * 31 + ends[1]))};
    const struct geo_point middle = {
        .lng_e7 = from.lng_e7 + (to.lng_e7 - from.lng_e7) / 2 + chance_about(&chance, 5000),
        .lat_e7 = from.lat_e7 + (to.lat_e7 - from.lat_e7) / 2 + chance_about(&chance, 3500)};
    const int64_t nodes[] = {ends[0], pen_point(pen, middle), ends[1]};
    pen_begin(pen, PBF_WAY);
    return pen_way(pen, nodes, 3);
}

static struct city draw_city_edges(struct pen *pen, const struct town *town)
{
    int64_t corners[CITY_CORNERS][CITY_CORNERS];
    for (unsigned row = 0; row < CITY_CORNERS; row++) {
        for (unsigned column = 0; column < CITY_CORNERS; column++) {
            corners[row][column] = pen_point(pen, city_corner(town, column, row));
        }
    }
    struct city city = {0};
    for (unsigned line = 0; line < CITY_CORNERS; line++) {
        for (unsigned i = 0; i < CITY_SIDE; i++) {
            const int64_t across[] = {corners[line][i], corners[line][i + 1]};
            const int64_t up[] = {corners[i][line], corners[i + 1][line]};
            city.across[line][i] = draw_edge(pen, town, across, city_corner(town, i, line),
                                             city_corner(town, i + 1, line));
            city.up[i][line] = draw_edge(pen, town, up, city_corner(town, line, i),
                                         city_corner(town, line, i + 1));
        }
    }
    return city;
}

static struct geo_point settlement_middle(const struct settlement *settlement)
{
    const int32_t columns = (int32_t)(settlement->columns * (settlement->block_columns + 1));
    const int32_t rows = (int32_t)(settlement->rows * (settlement->block_rows + 1));
    return (struct geo_point){.lng_e7 =
                                  settlement->origin.lng_e7 + columns * STEP_LNG_E7 / 2 + 3000,
                              .lat_e7 = settlement->origin.lat_e7 + rows * STEP_LAT_E7 / 2 + 3000};
}

static void draw_quarters(struct pen *pen, const struct settlement *settlement)
{
    const bool is_german = settlement->language == DEMO_GERMAN;
    for (unsigned i = 0; i < 4; i++) {
        struct name name = {0};
        name_add(&name,
                 name_word(settlement->language, settlement->index * 5 + i * 3 + settlement->town));
        name_add(&name, is_german                              ? "quartier"
                        : settlement->language == DEMO_ENGLISH ? " Park"
                                                               : "");
        struct geo_point point = settlement_middle(settlement);
        point.lng_e7 += i % 2 == 0 ? -60000 : 60000;
        point.lat_e7 += i < 2 ? -43000 : 43000;
        place_begin(pen, i % 2 == 0 ? "neighbourhood" : "quarter", &name, 0);
        (void)pen_node(pen, point);
    }
}

static void draw_district(struct pen *pen, const struct settlement *district,
                          const struct city *city)
{
    place_begin(pen, "suburb", &district->name, 2000 + district->seed % 3000);
    const int64_t label = pen_node(pen, settlement_middle(district));
    draw_quarters(pen, district);
    const unsigned row = district->index / CITY_SIDE;
    const unsigned column = district->index % CITY_SIDE;
    struct members members = {0};
    outer_add(&members, city->across[row][column]);
    outer_add(&members, city->up[row][column + 1]);
    outer_add(&members, city->across[row + 1][column]);
    outer_add(&members, city->up[row][column]);
    draw_postal(pen, district, &members);
    member_add(&members, PBF_NODE, label, BYTES_OF("label"));
    boundary_begin(pen, 9, &district->name);
    (void)pen_relation(pen, members.items, members.count);
}

static void draw_city(struct pen *pen, const struct town *town)
{
    place_begin(pen, town->number < 2 ? "city" : "town", &town->name, 40000 + town->seed % 20000);
    tag_wikidata(pen, 1000 + town->number * 10);
    pen_tag_text(pen, "short_name", town->number == 0 ? "Rhum" : "");
    world_tag_foreign_names(pen, town->number);
    const int64_t label = pen_node(pen, settlement_middle(&town->settlements[4]));
    const struct city city = draw_city_edges(pen, town);
    struct members members = {0};
    for (unsigned i = 0; i < CITY_SIDE; i++) {
        outer_add(&members, city.across[0][i]);
        outer_add(&members, city.up[i][CITY_SIDE]);
        outer_add(&members, city.across[CITY_SIDE][i]);
        outer_add(&members, city.up[i][0]);
    }
    member_add(&members, PBF_NODE, label, BYTES_OF("label"));
    boundary_begin(pen, 8, &town->name);
    pen_tag_number(pen, "population", 40000 + town->seed % 20000);
    tag_wikidata(pen, 1000 + town->number * 10);
    world_tag_foreign_names(pen, town->number);
    (void)pen_relation(pen, members.items, members.count);
    for (unsigned i = 0; i < DISTRICT_COUNT; i++) {
        draw_district(pen, &town->settlements[i], &city);
    }
}

// The wood of a village: a hole in its postal area, with a clearing that belongs to it again.
static void holes_add(struct pen *pen, struct geo_box box, struct members *members)
{
    const struct geo_box wood = {.west_e7 = box.west_e7 + 8000,
                                 .south_e7 = box.south_e7 + 8000,
                                 .east_e7 = box.west_e7 + 80000,
                                 .north_e7 = box.south_e7 + 60000};
    inner_add(members, draw_ring(pen, wood));
    outer_add(members, draw_ring(pen, box_widened(wood, -20000, -15000)));
}

static void draw_village(struct pen *pen, const struct town *town, const struct settlement *village)
{
    const bool is_greek = village->language == DEMO_GREEK;
    place_begin(pen, "village", &village->name, 800 + village->seed % 1500);
    tag_wikidata(pen, 1000 + town->number * 10 + village->index - DISTRICT_COUNT + 1);
    struct name english = {0};
    name_add(&english, "Hellas Quay");
    if (is_greek) {
        pen_tag_name(pen, "name:en", &english);
        pen_tag_name(pen, "int_name", &english);
    }
    if (village->index % 2 == 0) {
        world_tag_foreign_names(pen, town->number * 7 + village->index);
    }
    const int64_t label = pen_node(pen, settlement_middle(village));
    const struct geo_box box =
        box_widened(box_of(village->origin, VILLAGE_WIDTH_E7, VILLAGE_HEIGHT_E7),
                    VILLAGE_MARGIN_LNG_E7, VILLAGE_MARGIN_LAT_E7);
    int64_t ways[2];
    draw_ring_in_two(pen, box, ways);
    struct members members = {0};
    outer_add(&members, ways[1]);
    outer_add(&members, ways[0]);
    struct members postal = members;
    if (village->index == DISTRICT_COUNT + 1) {
        holes_add(pen, box, &postal);
    }
    draw_postal(pen, village, &postal);
    member_add(&members, PBF_NODE, label, BYTES_OF("admin_centre"));
    boundary_begin(pen, 8, &village->name);
    if (is_greek) {
        pen_tag_name(pen, "name:en", &english);
    }
    (void)pen_relation(pen, members.items, members.count);
}

// Two squares that touch in a corner are one valid area.
static void draw_touching(struct pen *pen, const struct town *town)
{
    const struct geo_point at = settlement_middle(&town->settlements[4]);
    const struct geo_box first = box_of(at, 30000, 20000);
    const struct geo_box second = box_of(box_corner(first, 2), 30000, 20000);
    struct members members = {0};
    outer_add(&members, draw_ring(pen, first));
    outer_add(&members, draw_ring(pen, second));
    struct name name = {0};
    name_add(&name, town->country == DEMO_LOXLAND ? "Doppelmark" : "Twin Ward");
    boundary_begin(pen, 10, &name);
    (void)pen_relation(pen, members.items, members.count);
}

// What mappers get wrong: a ring that does not close, one that crosses itself, one with a hole and no
// outside.
static void draw_broken(struct pen *pen, const struct town *town)
{
    static const char *const names[] = {"Broken Open", "Broken Bow", "Broken Hole"};
    const struct geo_point at = settlement_middle(&town->settlements[0]);
    const struct geo_box box = box_of(at, 40000, 30000);
    int64_t nodes[4];
    for (unsigned i = 0; i < 4; i++) {
        nodes[i] = pen_point(pen, box_corner(box, i));
    }
    const int64_t open[] = {nodes[0], nodes[1], nodes[2]};
    const int64_t bow[] = {nodes[0], nodes[2], nodes[1], nodes[3], nodes[0]};
    for (unsigned i = 0; i < COUNT_OF(names); i++) {
        struct members members = {0};
        pen_begin(pen, PBF_WAY);
        const int64_t way = i == 1 ? pen_way(pen, bow, 5) : pen_way(pen, open, 3);
        if (i == 2) {
            inner_add(&members, draw_ring(pen, box));
        } else {
            outer_add(&members, way);
        }
        struct name name = {0};
        name_add(&name, names[i]);
        boundary_begin(pen, 10, &name);
        (void)pen_relation(pen, members.items, members.count);
    }
}

void draw_areas(struct pen *pen, const struct town *town)
{
    pen_move(pen, TOWN_NODE_FIRST(town->number), TOWN_WAY_FIRST(town->number),
             TOWN_RELATION_FIRST(town->number));
    if (town->country == DEMO_LOXLAND) {
        const struct settlement *const village =
            &town->settlements[DISTRICT_COUNT + ENCLAVE_VILLAGE];
        const int64_t exclave = draw_ring(pen, exclave_box(village));
        const int64_t hole = draw_ring(pen, hole_box(village));
        assert(exclave == EXCLAVE_WAY(town->number) && hole == HOLE_WAY(town->number));
    }
    draw_county(pen, town);
    draw_city(pen, town);
    for (unsigned i = DISTRICT_COUNT; i < SETTLEMENT_COUNT; i++) {
        draw_village(pen, town, &town->settlements[i]);
    }
    draw_touching(pen, town);
    draw_broken(pen, town);
}
