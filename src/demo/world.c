#include "demo/world.h"

#include "demo/chance.h"

enum { WORLD_SEED = 1569 }; // the year of Mercator's map, on which rhumb lines are straight

enum {
    CITY_OFFSET_LNG_E7 = 150000, // from the border
    CITY_OFFSET_LAT_E7 = 500000,
    CITY_WIDTH_E7 = 3 * DISTRICT_PITCH_LNG_E7,
    VILLAGE_WIDTH_E7 = 190500,
};

struct world world_of(unsigned scale)
{
    unsigned columns = 1;
    while (columns * columns < scale) {
        columns++;
    }
    return (struct world){
        .scale = scale, .columns = columns, .rows = (scale + columns - 1) / columns};
}

struct geo_point world_cell(const struct world *world, enum demo_country country, unsigned pair)
{
    const int32_t column = (int32_t)(pair % world->columns);
    const int32_t row = (int32_t)(pair / world->columns);
    return (struct geo_point){
        .lng_e7 = WORLD_WEST_E7 + (country == DEMO_VENTANIA ? column : -1 - column) * CELL_WIDTH_E7,
        .lat_e7 = WORLD_SOUTH_E7 + row * CELL_HEIGHT_E7,
    };
}

struct geo_box world_box(const struct world *world)
{
    const int32_t width = (int32_t)world->columns * CELL_WIDTH_E7;
    return (struct geo_box){
        .west_e7 = WORLD_WEST_E7 - width,
        .south_e7 = WORLD_SOUTH_E7,
        .east_e7 = WORLD_WEST_E7 + width,
        .north_e7 = WORLD_SOUTH_E7 + (int32_t)world->rows * CELL_HEIGHT_E7,
    };
}

const char *country_code(enum demo_country country)
{
    return country == DEMO_LOXLAND ? "XL" : "XV";
}

// Whether XL-side things are mirrored: `offset` from the cell's western edge.
static int32_t mirrored(enum demo_country country, int32_t offset, int32_t width)
{
    return country == DEMO_VENTANIA ? offset : CELL_WIDTH_E7 - offset - width;
}

static struct geo_point village_origin(const struct town *town, unsigned village)
{
    static const int32_t places[VILLAGE_COUNT][2] = {{1250000, 200000},  {1250000, 750000},
                                                     {1250000, 1250000}, {1850000, 200000},
                                                     {1850000, 750000},  {1850000, 1250000}};
    if (village == ENCLAVE_VILLAGE && town->country == DEMO_LOXLAND) {
        const struct geo_point other = world_cell(town->world, DEMO_VENTANIA, town->number / 2);
        return (struct geo_point){.lng_e7 = other.lng_e7 + 250000,
                                  .lat_e7 = other.lat_e7 + 1300000};
    }
    return (struct geo_point){
        .lng_e7 = town->cell.lng_e7 + mirrored(town->country, places[village][0], VILLAGE_WIDTH_E7),
        .lat_e7 = town->cell.lat_e7 + places[village][1],
    };
}

// Loxland: four digits; Ventania: V12 3AB. One for each settlement.
static struct name postcode_of(const struct town *town, unsigned settlement)
{
    struct name code = {0};
    const uint32_t pair = town->number / 2;
    if (town->country == DEMO_LOXLAND) {
        name_add_number(&code, 1000 + 20 * pair + settlement, 4);
        return code;
    }
    name_add(&code, "V");
    name_add_number(&code, 10 + pair, 2);
    name_add(&code, " ");
    name_add_number(&code, settlement % 9 + 1, 1);
    const char letters[] = {(char)('A' + settlement), (char)('B' + pair % 24), '\0'};
    name_add(&code, letters);
    return code;
}

static enum demo_language language_of(enum demo_country country, unsigned settlement)
{
    static const enum demo_language villages[2][VILLAGE_COUNT] = {
        {DEMO_GERMAN, DEMO_DUTCH, DEMO_ITALIAN, DEMO_SPANISH, DEMO_PORTUGUESE, DEMO_GERMAN},
        {DEMO_FRENCH, DEMO_ENGLISH, DEMO_FRENCH, DEMO_ENGLISH, DEMO_GREEK, DEMO_ENGLISH},
    };
    if (settlement >= DISTRICT_COUNT) {
        return villages[country][settlement - DISTRICT_COUNT];
    }
    const bool is_french_quarter = country == DEMO_VENTANIA && settlement >= 7;
    return is_french_quarter ? DEMO_FRENCH : country == DEMO_LOXLAND ? DEMO_GERMAN : DEMO_ENGLISH;
}

static enum demo_numbering numbering_of(enum demo_country country, enum demo_language language,
                                        unsigned settlement)
{
    if (country == DEMO_VENTANIA && settlement == 4) {
        return NUMBER_CROSS; // Queens Reach
    }
    if (language == DEMO_ENGLISH) {
        return settlement < 4 ? NUMBER_PLAIN : NUMBER_BLOCKS;
    }
    return language == DEMO_ITALIAN      ? NUMBER_SLASHED
           : language == DEMO_PORTUGUESE ? NUMBER_METRES
                                         : NUMBER_PLAIN;
}

static void district_lay(const struct town *town, unsigned index, struct settlement *settlement)
{
    settlement->name = name_district(settlement->language, index);
    settlement->city = town->name;
    settlement->origin = (struct geo_point){
        .lng_e7 = town->origin.lng_e7 + (int32_t)(index % 3) * DISTRICT_PITCH_LNG_E7 + 12000,
        .lat_e7 = town->origin.lat_e7 + (int32_t)(index / 3) * DISTRICT_PITCH_LAT_E7 + 9000,
    };
    settlement->columns = 4;
    settlement->rows = 4;
    settlement->block_columns = 4;
    settlement->block_rows = 4;
    settlement->street_count = 136;
    // Runs of numbers that follow each other: a street name comes back in a city only by the common
    // ones.
    settlement->first_number =
        (town->number / 2 * 97 + index * 136) % name_street_pool(settlement->language);
}

static void village_lay(const struct town *town, unsigned village, struct settlement *settlement)
{
    settlement->is_village = true;
    settlement->name = name_place(settlement->language, town->number / 2 * 7 + village);
    settlement->city = settlement->name;
    settlement->origin = village_origin(town, village);
    settlement->columns = 3;
    settlement->rows = 2;
    settlement->block_columns = 4;
    settlement->block_rows = 3;
    settlement->street_count = 46;
    settlement->first_number =
        (uint32_t)(settlement->seed % name_street_pool(settlement->language));
}

struct town town_of(const struct world *world, unsigned number)
{
    const enum demo_country country = (enum demo_country)(number % 2);
    const unsigned pair = number / 2;
    struct town town = {
        .world = world,
        .seed = chance_seed(WORLD_SEED, number),
        .number = number,
        .country = country,
        .cell = world_cell(world, country, pair),
    };
    const enum demo_language language = language_of(country, 0);
    if (pair == 0) {
        name_add(&town.name, country == DEMO_LOXLAND ? "Rhumbach" : "Port Vent");
    } else {
        town.name = name_place(language, pair * 7 + VILLAGE_COUNT);
    }
    town.origin = (struct geo_point){
        .lng_e7 = town.cell.lng_e7 + mirrored(country, CITY_OFFSET_LNG_E7, CITY_WIDTH_E7),
        .lat_e7 = town.cell.lat_e7 + CITY_OFFSET_LAT_E7,
    };
    for (unsigned i = 0; i < SETTLEMENT_COUNT; i++) {
        struct settlement *const settlement = &town.settlements[i];
        settlement->seed = chance_seed(town.seed, i);
        settlement->country = country;
        settlement->town = number;
        settlement->index = i;
        settlement->language = language_of(country, i);
        settlement->numbering = numbering_of(country, settlement->language, i);
        settlement->postcode = postcode_of(&town, i);
        if (i < DISTRICT_COUNT) {
            district_lay(&town, i, settlement);
        } else {
            village_lay(&town, i - DISTRICT_COUNT, settlement);
        }
    }
    return town;
}

void world_tag_foreign_names(struct pen *pen, uint32_t number)
{
    for (unsigned script = 0; script < DEMO_SCRIPT_COUNT; script++) {
        if (pen->is_writing) {
            const struct name name = name_foreign((enum demo_script)script, number + 3 * script);
            pen_tag_name(pen, name_script_key((enum demo_script)script), &name);
        }
    }
}
