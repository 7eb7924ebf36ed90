// Places of interest, hamlets and the things nobody searches for.
#include "demo/chance.h"
#include "demo/world.h"

enum { POIS_PER_TOWN = 460, HAMLETS = 6, TREES = 300 };

// Names of a kind in the two countries; * is a word.
struct poi_kind {
    const char *key;
    const char *value;
    const char *patterns[2];
    const char *hours; // NULL: always open, or not said
};

// clang-format off
static const struct poi_kind kinds[] = {
    {"amenity", "restaurant", {"Gasthaus zum *hof", "The * Table"}, "Tu-Su 11:30-14:00,17:30-22:00"},
    {"amenity", "restaurant", {"Trattoria *", "Chez *"}, "Mo-Sa 18:00-23:00"},
    {"amenity", "cafe", {"Café *", "* Coffee House"}, "Mo-Fr 07:00-18:00; Sa,Su 08:00-17:00"},
    {"amenity", "bar", {"*bar", "The * Bar"}, "Th-Sa 20:00-03:00"},
    {"amenity", "pub", {"* Bräu", "The * Arms"}, "Mo-Su 16:00-24:00"},
    {"amenity", "fast_food", {"* Imbiss", "* Burgers"}, "24/7"},
    {"amenity", "bank", {"*bank", "* Savings Bank"}, "Mo-Fr 08:30-16:30"},
    {"amenity", "atm", {"", ""}, "24/7"},
    {"amenity", "pharmacy", {"*-Apotheke", "* Pharmacy"}, "Mo-Fr 08:00-18:30; Sa 08:00-13:00"},
    {"amenity", "hospital", {"Landesspital *", "* General Hospital"}, "24/7"},
    {"amenity", "doctors", {"Praxis *", "* Surgery"}, "Mo-Fr 08:00-12:00"},
    {"amenity", "dentist", {"Zahnarzt *", "* Dental Care"}, "Mo-Th 08:00-17:00"},
    {"amenity", "school", {"Schule *", "* Primary School"}, NULL},
    {"amenity", "kindergarten", {"Kindergarten *", "* Nursery"}, NULL},
    {"amenity", "university", {"Hochschule *", "University of *"}, NULL},
    {"amenity", "library", {"Bibliothek *", "* Library"}, "Tu-Fr 10:00-19:00; Sa 10:00-16:00"},
    {"amenity", "theatre", {"Theater *", "* Playhouse"}, NULL},
    {"amenity", "cinema", {"Kino *", "* Cinema"}, "Mo-Su 14:00-23:30"},
    {"amenity", "townhall", {"Gemeindehaus *", "* Town Hall"}, "Mo-Fr 08:00-11:30,13:30-17:00"},
    {"amenity", "police", {"Polizei *", "* Police Station"}, "24/7"},
    {"amenity", "fire_station", {"Feuerwehr *", "* Fire Station"}, NULL},
    {"amenity", "post_office", {"Post *", "* Post Office"}, "Mo-Fr 08:00-18:00"},
    {"amenity", "fuel", {"Tankstelle *", "* Service Station"}, "24/7"},
    {"amenity", "parking", {"Parkhaus *", "* Car Park"}, NULL},
    {"amenity", "place_of_worship", {"*kirche", "St * Church"}, NULL},
    {"amenity", "bench", {"", ""}, NULL},
    {"shop", "supermarket", {"*markt", "* Market"}, "Mo-Sa 07:00-21:00"},
    {"shop", "bakery", {"Bäckerei *", "* Bakery"}, "Mo-Sa 06:00-18:00; PH off"},
    {"shop", "butcher", {"Metzgerei *", "* & Sons Butchers"}, "Tu-Sa 07:00-18:00"},
    {"shop", "books", {"Buchhandlung *", "* Books"}, "Mo-Sa 09:00-18:30"},
    {"shop", "hairdresser", {"Haarstudio *", "* Hair"}, "Tu-Sa 09:00-18:00"},
    {"shop", "bicycle", {"Velo *", "* Cycles"}, "Tu-Fr 09:00-18:00; Sa 09:00-16:00"},
    {"shop", "florist", {"Blumen *", "* Flowers"}, "Mo-Sa 08:00-18:00"},
    {"tourism", "hotel", {"Hotel *", "The * Hotel"}, "24/7"},
    {"tourism", "hostel", {"Jugendherberge *", "* Hostel"}, NULL},
    {"tourism", "museum", {"Museum *", "* Museum"}, "We-Su 10:00-17:00"},
    {"tourism", "viewpoint", {"*blick", "* View"}, NULL},
    {"leisure", "park", {"*park", "* Park"}, "Mo-Su 06:00-22:00"},
    {"leisure", "playground", {"", ""}, NULL},
    {"leisure", "sports_centre", {"Sportanlage *", "* Leisure Centre"}, "Mo-Su 06:00-22:00"},
    {"leisure", "swimming_pool", {"Hallenbad *", "* Baths"}, "Mo-Su 09:00-20:00"},
    {"railway", "station", {"Bahnhof *", "* Station"}, NULL},
    {"highway", "bus_stop", {"*, Post", "* Road Stop"}, NULL},
    {"historic", "castle", {"Burg *stein", "* Castle"}, "Apr-Oct: We-Su 10:00-17:00"},
    {"historic", "memorial", {"*denkmal", "* Memorial"}, NULL},
    {"natural", "peak", {"*spitze", "* Pike"}, NULL},
};
// clang-format on

static struct name poi_name(const struct poi_kind *kind, enum demo_country country,
                            const char *word)
{
    struct name name = {0};
    for (const char *at = kind->patterns[country]; *at != '\0'; at++) {
        const char letter[] = {*at, '\0'};
        name_add(&name, *at == '*' ? word : letter);
    }
    return name;
}

// A point inside the grid of a settlement, off its streets.
static struct geo_point point_within(const struct settlement *settlement, struct chance *chance)
{
    const uint32_t columns = settlement->columns * (settlement->block_columns + 1);
    const uint32_t rows = settlement->rows * (settlement->block_rows + 1);
    return (struct geo_point){
        .lng_e7 = settlement->origin.lng_e7 + (int32_t)chance_below(chance, columns) * STEP_LNG_E7 +
                  STEP_LNG_E7 / 2 + chance_about(chance, 3000),
        .lat_e7 = settlement->origin.lat_e7 + (int32_t)chance_below(chance, rows) * STEP_LAT_E7 +
                  STEP_LAT_E7 / 2 + chance_about(chance, 2200),
    };
}

void draw_poi_tags(struct pen *pen, enum demo_country country, unsigned kind_number,
                   struct chance *chance)
{
    const struct poi_kind *const kind =
        &kinds[kind_number < COUNT_OF(kinds) ? kind_number : chance_below(chance, COUNT_OF(kinds))];
    const enum demo_language language = country == DEMO_LOXLAND ? DEMO_GERMAN : DEMO_ENGLISH;
    const uint32_t word = chance_below(chance, 1000);
    const bool has_hours = kind->hours != NULL && chance_of(chance, 70);
    const bool has_foreign = chance_of(chance, 8);
    pen_count(pen, &pen->report->pois);
    if (!pen->is_writing) {
        return;
    }
    pen_tag_text(pen, kind->key, kind->value);
    const struct name name = poi_name(kind, country, name_word(language, word));
    if (name.size > 0) {
        pen_tag_name(pen, "name", &name);
        if (has_foreign) {
            world_tag_foreign_names(pen, word);
        }
    }
    if (has_hours) {
        pen_tag_text(pen, "opening_hours", kind->hours);
    }
}

static void draw_poi(struct pen *pen, const struct town *town, unsigned index)
{
    struct chance chance = {.state = chance_seed(town->seed, 5000 + index)};
    const struct settlement *const settlement =
        &town->settlements[chance_below(&chance, SETTLEMENT_COUNT)];
    const struct geo_point point = point_within(settlement, &chance);
    pen_begin(pen, PBF_NODE);
    draw_poi_tags(pen, town->country, index, &chance);
    (void)pen_node(pen, point);
}

// Small places outside the settlements.
static void draw_hamlets(struct pen *pen, const struct town *town)
{
    static const char *const places[HAMLETS] = {"hamlet", "hamlet",  "hamlet", "isolated_dwelling",
                                                "farm",   "locality"};
    const enum demo_language language = town->country == DEMO_LOXLAND ? DEMO_GERMAN : DEMO_ENGLISH;
    for (unsigned i = 0; i < HAMLETS; i++) {
        const struct name name = name_place(language, 90 + town->number * HAMLETS + i);
        pen_count(pen, &pen->report->places);
        pen_begin(pen, PBF_NODE);
        pen_tag_text(pen, "place", places[i]);
        pen_tag_name(pen, "name", &name);
        (void)pen_node(pen, (struct geo_point){
                                .lng_e7 = town->cell.lng_e7 + 200000 + (int32_t)i * 330000,
                                .lat_e7 = town->cell.lat_e7 + 60000,
                            });
    }
}

static void draw_trees(struct pen *pen, const struct town *town)
{
    for (unsigned i = 0; i < TREES; i++) {
        struct chance chance = {.state = chance_seed(town->seed, 9000 + i)};
        const struct settlement *const settlement =
            &town->settlements[chance_below(&chance, SETTLEMENT_COUNT)];
        pen_begin(pen, PBF_NODE);
        pen_tag_text(pen, "natural", "tree");
        (void)pen_node(pen, point_within(settlement, &chance));
    }
}

// The river along the border has a name, but no houses.
static void draw_river(struct pen *pen, const struct town *town)
{
    int64_t nodes[9];
    for (unsigned i = 0; i < COUNT_OF(nodes); i++) {
        struct chance chance = {.state = chance_seed(town->seed, 9900 + i)};
        nodes[i] =
            pen_point(pen, (struct geo_point){
                               .lng_e7 = town->origin.lng_e7 - 60000 + chance_about(&chance, 20000),
                               .lat_e7 = town->cell.lat_e7 + (int32_t)i * (CELL_HEIGHT_E7 / 8),
                           });
    }
    pen_begin(pen, PBF_WAY);
    pen_tag_text(pen, "waterway", "river");
    pen_tag_text(pen, "name", town->country == DEMO_LOXLAND ? "Loxach" : "River Vent");
    (void)pen_way(pen, nodes, COUNT_OF(nodes));
}

void draw_pois(struct pen *pen, const struct town *town)
{
    draw_hamlets(pen, town);
    for (unsigned i = 0; i < POIS_PER_TOWN; i++) {
        draw_poi(pen, town, i);
    }
    draw_trees(pen, town);
    draw_river(pen, town);
}
