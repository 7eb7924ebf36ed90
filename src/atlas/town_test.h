// A small world made by hand: features of a source that is not there, built in memory and read back.
#ifndef ATLAS_TOWN_TEST_H
#define ATLAS_TOWN_TEST_H

#include <string.h>

#include "atlas/atlas.h"
#include "atlas/build_collect.h"
#include "atlas/build_run.h"
#include "atlas/describe.h"
#include "base/test.h"
#include "sys/file.h"
#include "sys/sys_memory.h"

enum { FEATURES_MAX = 64 };

// A list of features under construction, and what was built of it.
struct town {
    struct memory_account account;
    struct sys_memory *memory;
    const struct sys *sys;
    struct feature features[FEATURES_MAX];
    struct feature_name names[FEATURES_MAX];
    struct geo_point lines[FEATURES_MAX][5];
    int64_t nodes[FEATURES_MAX][5];
    size_t count;
    struct build_report report;
    struct atlas *atlas;
};

static const uint32_t square_end = 5;

static inline int town_open(void **state)
{
    struct town *const town = calloc(1, sizeof(*town));
    town->account.name = "test";
    assert_int_equal(sys_memory_new(&town->account, 1, &town->memory, NULL), STATUS_OK);
    town->sys = sys_memory_table(town->memory);
    *state = town;
    return 0;
}

static inline int town_close(void **state)
{
    struct town *const town = *state;
    if (town->atlas != NULL) {
        atlas_close(town->atlas);
    }
    sys_memory_free(town->memory);
    assert_int_equal(town->account.used_size, 0);
    free(town);
    return 0;
}

static inline struct feature *town_add(struct town *town, char type, int64_t number, unsigned roles,
                                       double lng_deg, double lat_deg, const char *name)
{
    assert_true(town->count < FEATURES_MAX);
    const size_t i = town->count++;
    struct feature *const feature = &town->features[i];
    town->names[i] = (struct feature_name){.role = NAME_MAIN};
    *feature = (struct feature){
        .id = {.kind = SOURCE_DEMO, .type = type, .number = number},
        .roles = roles,
        .point = GEO_POINT(lng_deg, lat_deg),
    };
    feature->box = build_box_of(feature->point);
    if (name != NULL) {
        town->names[i].text = bytes_from_text(name);
        feature->names = &town->names[i];
        feature->name_count = 1;
    }
    return feature;
}

// A square of `half_deg` around its point.
static inline struct feature *town_area(struct town *town, int64_t number, unsigned admin_level,
                                        double lng_deg, double lat_deg, double half_deg,
                                        const char *name)
{
    struct feature *const area = town_add(town, 'r', number, FEATURE_AREA, lng_deg, lat_deg, name);
    struct geo_point *const points = town->lines[town->count - 1];
    for (size_t i = 0; i < 5; i++) {
        points[i] = GEO_POINT(lng_deg + (i == 1 || i == 2 ? half_deg : -half_deg),
                              lat_deg + (i == 2 || i == 3 ? half_deg : -half_deg));
    }
    area->admin_level = (uint8_t)admin_level;
    area->rings = (struct geo_rings){.points = points, .ring_end = &square_end, .ring_count = 1};
    area->box = (struct geo_box){.west_e7 = points[0].lng_e7,
                                 .south_e7 = points[0].lat_e7,
                                 .east_e7 = points[2].lng_e7,
                                 .north_e7 = points[2].lat_e7};
    return area;
}

// A piece of a street eastwards from a point.
static inline struct feature *town_piece(struct town *town, int64_t number, double lng_deg,
                                         double lat_deg, double length_deg, int64_t from,
                                         int64_t to, const char *name)
{
    struct feature *const piece =
        town_add(town, 'w', number, FEATURE_STREET, lng_deg + length_deg / 2, lat_deg, name);
    struct geo_point *const points = town->lines[town->count - 1];
    int64_t *const nodes = town->nodes[town->count - 1];
    points[0] = GEO_POINT(lng_deg, lat_deg);
    points[1] = GEO_POINT(lng_deg + length_deg, lat_deg);
    nodes[0] = from;
    nodes[1] = to;
    piece->points = points;
    piece->nodes = nodes;
    piece->point_count = 2;
    piece->box = (struct geo_box){.west_e7 = points[0].lng_e7,
                                  .south_e7 = points[0].lat_e7,
                                  .east_e7 = points[1].lng_e7,
                                  .north_e7 = points[0].lat_e7};
    return piece;
}

static inline struct feature *town_house(struct town *town, int64_t number, double lng_deg,
                                         double lat_deg, const char *house, const char *street,
                                         const char *city)
{
    struct feature *const address =
        town_add(town, 'n', number, FEATURE_ADDRESS, lng_deg, lat_deg, NULL);
    address->address.number = bytes_from_text(house);
    address->address.street = street == NULL ? (struct bytes){0} : bytes_from_text(street);
    address->address.city = city == NULL ? (struct bytes){0} : bytes_from_text(city);
    return address;
}

static inline enum status town_feed(void *context, struct world *world,
                                    struct build_source *sources, struct fault *fault)
{
    struct town *const town = context;
    sources[0].summary = (struct source_summary){.kind = SOURCE_DEMO, .name = "town"};
    sources[1].summary = (struct source_summary){.kind = SOURCE_DEMO, .name = "town too"};
    for (size_t i = 0; i < town->count; i++) {
        world->source = town->features[i].source;
        TRY(build_collect_feature(world, &town->features[i], fault));
    }
    return STATUS_OK;
}

static inline enum status town_build(struct town *town, const char *path, unsigned threads,
                                     size_t memory_size, struct fault *fault)
{
    static const char *const inputs[] = {"town", "town too"};
    const struct build_options options = {
        .sys = town->sys,
        .account = &town->account,
        .output = path,
        .inputs = inputs,
        .input_count = COUNT_OF(inputs),
        .memory_size = memory_size,
        .threads = threads,
        .country = "LI",
    };
    return build_run(&options, town_feed, town, &town->report, fault);
}

static inline void town_make(struct town *town)
{
    struct fault fault = {0};
    if (town_build(town, "town.atlas", 1, 64 << 20, &fault) != STATUS_OK ||
        atlas_open(town->sys, &town->account, "town.atlas", &town->atlas, &fault) != STATUS_OK) {
        fail_msg("%s", fault.text);
    }
}

static inline uint32_t layer_count(const struct town *town, enum atlas_layer layer)
{
    const uint32_t *const first = town->atlas->header->layer_first;
    return first[layer + 1] - first[layer];
}

// The document of a source object, or of what it went into.
static inline uint32_t doc_of(const struct town *town, char type, int64_t number)
{
    uint32_t reference = 0;
    const struct source_id id = {.kind = SOURCE_DEMO, .type = type, .number = number};
    assert_int_equal(atlas_find(town->atlas, atlas_id_pack(id), &reference), STATUS_OK);
    return reference;
}

static inline const struct atlas_house *house_of(const struct town *town, int64_t number)
{
    const uint32_t reference = doc_of(town, 'n', number);
    assert_true((reference & ATLAS_REF_HOUSE) != 0);
    return &town->atlas->houses[reference & ~ATLAS_REF_HOUSE];
}

static inline void assert_text(const struct town *town, uint32_t string, const char *expected)
{
    const struct bytes text = atlas_string(town->atlas, string);
    assert_int_equal(text.size, strlen(expected));
    assert_memory_equal(text.data, expected, text.size);
}

static inline void assert_chain(const struct town *town, uint32_t chain, const char *const *names,
                                size_t count)
{
    const struct atlas_list list = atlas_chain(town->atlas, chain);
    assert_int_equal(list.count, count);
    for (size_t i = 0; i < count; i++) {
        assert_text(town, town->atlas->docs[list.items[i]].name, names[i]);
    }
}

// A country with two municipalities side by side, west and east of 9.5 degrees.
static inline void town_two(struct town *town)
{
    struct feature *const country = town_area(town, 1, 2, 9.5, 47.1, 0.2, "Liechtenstein");
    memcpy(country->country_code, "LI", 3);
    town_area(town, 2, 8, 9.45, 47.1, 0.05, "Westdorf");
    town_area(town, 3, 8, 9.55, 47.1, 0.05, "Ostdorf");
}

#define TOWN_TEST(name) cmocka_unit_test_setup_teardown(name, town_open, town_close)

#endif
