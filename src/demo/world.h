// World: where things are in the made-up countries, and the ids they have.
//
// Each pair of towns has a cell on either side of the border; cells fill a grid. Within a cell: a city
// of nine districts near the border, six villages behind it. The sixth village of a Loxland town lies
// in Ventania, an exclave with a hole in it that is Ventania again.
//
//          Loxland (XL)      border     Ventania (XV)
//     +---------+---------+    |    +---------+---------+
//     | town 2  | town 0  |    |    | town 1  | town 3  |   scale 2: two pairs
//     +---------+---------+    |    +---------+---------+
//
// Coordinates are integers of 1e-7 degrees. Town t is number t / 2 of country t % 2.
#ifndef DEMO_WORLD_H
#define DEMO_WORLD_H

#include "demo/name.h"
#include "demo/pen.h"

enum demo_country {
    DEMO_LOXLAND,
    DEMO_VENTANIA,
};

enum {
    WORLD_WEST_E7 = -305000000, // the border
    WORLD_SOUTH_E7 = 440000000,
    CELL_WIDTH_E7 = 2400000,
    CELL_HEIGHT_E7 = 1600000,
    STEP_LNG_E7 = 12700, // 100 m, where it lies
    STEP_LAT_E7 = 9000,
    DISTRICT_COUNT = 9,
    VILLAGE_COUNT = 6,
    SETTLEMENT_COUNT = DISTRICT_COUNT + VILLAGE_COUNT,
    DISTRICT_PITCH_LNG_E7 = 280000,
    DISTRICT_PITCH_LAT_E7 = 200000,
    ENCLAVE_VILLAGE = 5,
};

struct world {
    unsigned scale;
    unsigned columns; // of cells on each side
    unsigned rows;
};

// How houses are numbered.
enum demo_numbering {
    NUMBER_PLAIN,   // odd and even, some 12a, some 12-14
    NUMBER_SLASHED, // 12/3, 12/B
    NUMBER_METRES,  // by distance from the beginning
    NUMBER_BLOCKS,  // a hundred a block
    NUMBER_CROSS,   // 194-06: the cross street, the house
};

// A district of a city or a village: a grid of streets.
struct settlement {
    uint64_t seed;
    enum demo_country country;
    enum demo_language language;
    enum demo_numbering numbering;
    bool is_village;
    unsigned town, index; // index of the settlement in its town
    struct name name;
    struct name city; // what addresses call it
    struct name postcode;
    struct geo_point origin;            // south-west corner of the grid
    unsigned columns, rows;             // blocks
    unsigned block_columns, block_rows; // streets inside each block
    unsigned street_count;
    uint32_t first_number; // of its street names
};

struct town {
    const struct world *world;
    uint64_t seed;
    unsigned number;
    enum demo_country country;
    struct name name;
    struct geo_point cell;   // south-west corner
    struct geo_point origin; // of the city
    struct settlement settlements[SETTLEMENT_COUNT];
};

struct world world_of(unsigned scale);
struct town town_of(const struct world *world, unsigned number);

// Where the ids of a town begin.
#define TOWN_NODE_FIRST(number)     (((int64_t)(number) + 1) * 1000000)
#define TOWN_WAY_FIRST(number)      (((int64_t)(number) + 1) * 100000)
#define TOWN_RELATION_FIRST(number) (((int64_t)(number) + 1) * 1000)

// The first ways of a town of Loxland are the rings of its exclave and of the hole in that.
#define EXCLAVE_WAY(number) (TOWN_WAY_FIRST(number))
#define HOLE_WAY(number)    (TOWN_WAY_FIRST(number) + 1)

// The cell of a town in the grid, mirrored west of the border.
struct geo_point world_cell(const struct world *world, enum demo_country country, unsigned pair);
struct geo_box world_box(const struct world *world);

const char *country_code(enum demo_country country);

// Lines that draw_areas.c, draw_streets.c and draw_pois.c draw, in this order, for each town; and the
// countries before all towns.
void draw_countries(struct pen *pen, const struct world *world);
void draw_areas(struct pen *pen, const struct town *town);
struct queries;
void draw_streets(struct pen *pen, const struct settlement *settlement, struct queries *queries);
void draw_pois(struct pen *pen, const struct town *town);

// Makes the object a place of interest: of the kind `kind_number` if there is one, else of any.
struct chance;
void draw_poi_tags(struct pen *pen, enum demo_country country, unsigned kind_number,
                   struct chance *chance);

// Names of a place in other scripts, by its number.
void world_tag_foreign_names(struct pen *pen, uint32_t number);

#endif
