#include "atlas/build_shape.h"

#include <stdlib.h>

#include "atlas/build_place.h"
#include "atlas/probe.h"
#include "atlas/zone.h"

enum { COUNTRY_COUNT = 26 * 26 };

enum country_flag {
    COUNTRY_HAS_SHAPE = 1 << 0,
    COUNTRY_HAS_REGION_SHAPES = 1 << 1,
    COUNTRY_HAS_BOUNDARY = 1 << 2, // a whole one
};

struct build_shapes {
    uint8_t flags[COUNTRY_COUNT];
    bool has_countries; // some shape of a country counts
};

enum status build_shapes_new(struct world *world, struct fault *fault)
{
    world->shapes = memory_take_zeroed(world->account, 1, sizeof(*world->shapes));
    return world->shapes == NULL ? build_no_memory(world, fault) : STATUS_OK;
}

void build_shapes_free(struct world *world)
{
    memory_give(world->shapes);
    world->shapes = NULL;
}

static unsigned country_index(uint16_t country)
{
    const unsigned index =
        ((unsigned)(country >> 8) - 'A') * 26 + ((unsigned)(country & 0xff) - 'A');
    return country == 0 || index >= COUNTRY_COUNT ? 0 : index; // AA is nobody's
}

static bool country_has(const struct world *world, uint16_t country, enum country_flag flag)
{
    return country != 0 && (world->shapes->flags[country_index(country)] & flag) != 0;
}

static bool is_boundary(const struct place *place)
{
    return !build_is_shape(place) && place->rings != BUILD_NONE && place->country != 0 &&
           place->admin_level == 2;
}

void build_shapes_note(struct world *world)
{
    struct build_shapes *const shapes = world->shapes;
    for (size_t i = 0; i < world->place_count; i++) {
        const struct place *const place = &world->places[i];
        uint8_t *const flags = &shapes->flags[country_index(place->country)];
        if ((place->roles & FEATURE_COUNTRY_SHAPE) != 0) {
            *flags |= COUNTRY_HAS_SHAPE;
        } else if ((place->roles & FEATURE_REGION_SHAPE) != 0) {
            *flags |= COUNTRY_HAS_REGION_SHAPES;
        } else if (is_boundary(place)) {
            *flags |= COUNTRY_HAS_BOUNDARY;
        }
    }
    for (size_t i = 1; i < COUNTRY_COUNT; i++) {
        shapes->has_countries =
            shapes->has_countries ||
            (shapes->flags[i] & (COUNTRY_HAS_SHAPE | COUNTRY_HAS_BOUNDARY)) == COUNTRY_HAS_SHAPE;
    }
}

// Whether a shape speaks for its country or region, or a whole boundary does.
static bool shape_counts(const struct world *world, const struct place *shape)
{
    if ((shape->roles & FEATURE_COUNTRY_SHAPE) != 0) {
        return !country_has(world, shape->country, COUNTRY_HAS_BOUNDARY);
    }
    return shape->twin == BUILD_NONE;
}

uint16_t build_country_among(const struct world *world, const uint32_t *places, size_t count,
                             bool *is_certain)
{
    uint16_t from_shape = 0;
    uint16_t from_region_shape = 0;
    uint16_t from_region = 0;
    uint16_t from_boundary = 0;
    for (size_t i = 0; i < count; i++) {
        const struct place *const place = &world->places[places[i]];
        if (build_is_shape(place)) {
            const bool has_boundary = country_has(world, place->country, COUNTRY_HAS_BOUNDARY);
            const bool is_country = (place->roles & FEATURE_COUNTRY_SHAPE) != 0;
            uint16_t *const from = is_country ? &from_shape : &from_region_shape;
            *from = has_boundary ? *from : place->country;
        } else if (is_boundary(place)) {
            from_boundary = place->country;
        } else if (place->admin_level > 2 && place->admin_level <= 6 && place->country != 0) {
            from_region = place->country;
        }
    }
    *is_certain = from_boundary != 0 || from_region != 0;
    return from_boundary != 0 ? from_boundary
           : from_region != 0 ? from_region
           : from_shape != 0  ? from_shape
                              : from_region_shape;
}

// The nearest shape of a country (any when 0) that counts, of the role; BUILD_NONE beyond reach.
static uint32_t shape_near(const struct world *world, struct geo_point point, uint16_t country,
                           unsigned role)
{
    for (unsigned i = 0; i < PROBE_COUNT; i++) {
        uint32_t around[BUILD_AREAS_MAX];
        const size_t count = build_areas_at(world, probe_at(point, i), around);
        for (size_t k = 0; k < count; k++) {
            const struct place *const place = &world->places[around[k]];
            if ((place->roles & role) != 0 && shape_counts(world, place) &&
                (role != FEATURE_REGION_SHAPE || place->admin_level == 4) &&
                (country == 0 || place->country == country)) {
                return around[k];
            }
        }
    }
    return BUILD_NONE;
}

uint16_t build_shapes_country(const struct world *world, struct geo_point point, uint16_t tagged,
                              const uint32_t *places, size_t count, bool *is_certain)
{
    const uint16_t country = build_country_among(world, places, count, is_certain);
    if (*is_certain || (country != 0 && country == tagged) || !world->shapes->has_countries) {
        return country;
    }
    // At a border an address knows better than a coarse outline.
    if (country_has(world, tagged, COUNTRY_HAS_SHAPE) &&
        shape_near(world, point, tagged, FEATURE_COUNTRY_SHAPE) != BUILD_NONE) {
        return tagged;
    }
    if (country != 0) {
        return country;
    }
    const uint32_t near = shape_near(world, point, 0, FEATURE_COUNTRY_SHAPE);
    return near == BUILD_NONE ? 0 : world->places[near].country;
}

uint16_t build_shapes_country_around(const struct world *world, struct geo_point point)
{
    uint16_t country = 0;
    uint16_t whole = 0;
    for (unsigned i = 0; i < PROBE_SIDES; i++) {
        uint32_t around[BUILD_AREAS_MAX];
        bool is_certain = false;
        const struct geo_point side = probe_at(point, PROBE_FAR_FIRST + i);
        const size_t count = build_areas_at(world, side, around);
        const uint16_t there = build_shapes_country(world, side, 0, around, count, &is_certain);
        if (country_has(world, there, COUNTRY_HAS_BOUNDARY)) {
            whole = there; // what is in such a country is seldom cut
            continue;
        }
        if (there == 0 || (country != 0 && there != country)) {
            return 0;
        }
        country = there;
    }
    return country != 0 ? country : whole;
}

static bool is_region(const struct place *place)
{
    return place->layer == LAYER_REGION && place->admin_level != 0 && place->rings != BUILD_NONE;
}

size_t build_shapes_sift(const struct world *world, struct geo_point point, uint16_t tagged,
                         uint32_t places[BUILD_AREAS_MAX], size_t count)
{
    bool is_certain = false;
    const uint16_t country = build_shapes_country(world, point, tagged, places, count, &is_certain);
    size_t kept = 0;
    bool has_country = country_has(world, country, COUNTRY_HAS_BOUNDARY) ||
                       !country_has(world, country, COUNTRY_HAS_SHAPE);
    bool has_region = !country_has(world, country, COUNTRY_HAS_REGION_SHAPES);
    for (size_t i = 0; i < count; i++) {
        const struct place *const place = &world->places[places[i]];
        if (!build_is_shape(place) || (place->country == country && shape_counts(world, place))) {
            has_country = has_country || (place->roles & FEATURE_COUNTRY_SHAPE) != 0;
            has_region = has_region || is_region(place);
            places[kept++] = places[i];
        }
    }
    const unsigned roles[] = {has_country ? 0U : FEATURE_COUNTRY_SHAPE,
                              has_region ? 0U : FEATURE_REGION_SHAPE};
    for (size_t i = 0; i < COUNT_OF(roles) && kept < BUILD_AREAS_MAX; i++) {
        const uint32_t near =
            roles[i] == 0 ? BUILD_NONE : shape_near(world, point, country, roles[i]);
        if (near != BUILD_NONE) {
            places[kept++] = near;
        }
    }
    return kept;
}

enum status build_zone_take(struct world *world, const struct feature *feature, struct fault *fault)
{
    if (!memory_grow(world->account, &world->zones, &world->zone_capacity, world->zone_count + 1,
                     sizeof(*world->zones))) {
        return build_no_memory(world, fault);
    }
    struct zone_shape zone = {.country = zone_country(feature->names[0].text)};
    TRY(build_rings_keep(world, &feature->rings, &zone.rings, fault));
    if (build_intern_string(&world->strings, feature->names[0].text, &zone.name) != STATUS_OK) {
        return build_no_memory(world, fault);
    }
    world->zones[world->zone_count++] = zone;
    return STATUS_OK;
}

// Places that may be the boundary of a shape, by country.
struct candidate {
    uint16_t country;
    uint32_t place;
};

static int by_country(const void *left, const void *right)
{
    const struct candidate *const a = left;
    const struct candidate *const b = right;
    if (a->country != b->country) {
        return a->country < b->country ? -1 : 1;
    }
    return (a->place > b->place) - (a->place < b->place);
}

static bool may_be_boundary(const struct place *place)
{
    return !build_is_shape(place) && place->country != 0 && place->layer <= LAYER_LOCALITY &&
           ((place->roles & FEATURE_AREA) != 0 || place->rings != BUILD_NONE);
}

static int64_t box_area(const struct geo_box *box)
{
    const int64_t width = geo_lng_turn_e7(box->west_e7, box->east_e7);
    return (width / 10000) * (((int64_t)box->north_e7 - box->south_e7) / 10000);
}

// Whether two outlines may be of one thing: most of the extent of each is the other's too.
static bool boxes_agree(const struct geo_box *left, const struct geo_box *right)
{
    const struct geo_box common = {
        .west_e7 = left->west_e7 > right->west_e7 ? left->west_e7 : right->west_e7,
        .south_e7 = left->south_e7 > right->south_e7 ? left->south_e7 : right->south_e7,
        .east_e7 = left->east_e7 < right->east_e7 ? left->east_e7 : right->east_e7,
        .north_e7 = left->north_e7 < right->north_e7 ? left->north_e7 : right->north_e7,
    };
    if (geo_box_crosses_antimeridian(*left) || geo_box_crosses_antimeridian(*right)) {
        return left->south_e7 <= right->north_e7 && right->south_e7 <= left->north_e7;
    }
    return common.west_e7 <= common.east_e7 && common.south_e7 <= common.north_e7 &&
           box_area(&common) >= box_area(left) / 2 && box_area(&common) >= box_area(right) / 2;
}

// Whether a place is what the shape shows. A cut one has no extent to compare; its point is on it.
static bool is_boundary_of(const struct place *place, const struct place *shape)
{
    if ((shape->roles & FEATURE_COUNTRY_SHAPE) != 0) {
        return place->layer == LAYER_COUNTRY && (place->roles & FEATURE_AREA) != 0;
    }
    if (place->region_code != 0 && shape->region_code != 0) {
        return place->region_code == shape->region_code;
    }
    const bool is_same = (place->layer == shape->layer && place->phrase == shape->phrase) ||
                         (place->layer == shape->layer && place->wikidata != 0 &&
                          place->wikidata == shape->wikidata);
    return is_same && (place->rings == BUILD_NONE ? geo_box_contains(shape->box, place->point)
                                                  : boxes_agree(&place->box, &shape->box));
}

static void shape_join(struct world *world, uint32_t shape_index, uint32_t other_index)
{
    struct place *const shape = &world->places[shape_index];
    uint32_t root = other_index;
    while (world->places[root].twin != BUILD_NONE) {
        root = world->places[root].twin;
    }
    struct place *const boundary = &world->places[root];
    if (root == shape_index) {
        return;
    }
    if (boundary->rings != BUILD_NONE) {
        shape->twin = root;
    } else {
        boundary->twin = shape_index;
        shape->population = boundary->population != 0 ? boundary->population : shape->population;
        shape->wikidata = shape->wikidata != 0 ? shape->wikidata : boundary->wikidata;
    }
}

static size_t country_first(const struct candidate *candidates, size_t count, uint16_t country)
{
    size_t low = 0;
    for (size_t high = count; low < high;) {
        const size_t middle = low + (high - low) / 2;
        if (candidates[middle].country < country) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low;
}

enum status build_shapes_join(struct world *world, struct fault *fault)
{
    struct candidate *const candidates SCOPED(build_give) =
        memory_take(world->account, world->place_count + 1, sizeof(*candidates));
    if (candidates == NULL) {
        return build_no_memory(world, fault);
    }
    size_t count = 0;
    for (uint32_t i = 0; i < world->place_count; i++) {
        if (may_be_boundary(&world->places[i])) {
            candidates[count++] =
                (struct candidate){.country = world->places[i].country, .place = i};
        }
    }
    if (count != 0) {
        qsort(candidates, count, sizeof(*candidates), by_country);
    }
    for (uint32_t i = 0; i < world->place_count; i++) {
        const struct place *const shape = &world->places[i];
        if (!build_is_shape(shape) || shape->country == 0) {
            continue;
        }
        for (size_t k = country_first(candidates, count, shape->country);
             k < count && candidates[k].country == shape->country && shape->twin == BUILD_NONE;
             k++) {
            if (is_boundary_of(&world->places[candidates[k].place], shape)) {
                shape_join(world, i, candidates[k].place);
            }
        }
    }
    return STATUS_OK;
}
