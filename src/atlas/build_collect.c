#include "atlas/build_collect.h"

#include "atlas/build_place.h"
#include "atlas/build_poi.h"
#include "atlas/build_seen.h"
#include "atlas/build_shape.h"

static enum status thing_keep(struct world *world, const struct feature *feature,
                              struct fault *fault)
{
    buffer_clear(&world->buffer);
    build_record_encode(feature, &world->buffer);
    if (buffer_status(&world->buffer) != STATUS_OK) {
        return build_no_memory(world, fault);
    }
    const uint32_t size = (uint32_t)world->buffer.size;
    TRY(spool_append(world->things, &size, sizeof(size), fault));
    return spool_append(world->things, world->buffer.data, size, fault);
}

enum status build_collect_feature(void *context, const struct feature *feature, struct fault *fault)
{
    enum {
        PLACES = FEATURE_PLACE | FEATURE_AREA | FEATURE_POSTCODE | FEATURE_COUNTRY_SHAPE |
                 FEATURE_REGION_SHAPE,
        THINGS = FEATURE_ADDRESS | FEATURE_STREET | FEATURE_POI | FEATURE_INTERPOLATION,
    };
    struct world *const world = context;
    struct feature thing = *feature;
    world->report->feature_count++;
    thing.source = world->source;
    // A named square is a street: addresses are in it.
    if ((feature->roles & FEATURE_PLACE) != 0 && feature->place_type == PLACE_SQUARE) {
        thing.roles = (thing.roles & ~(unsigned)FEATURE_PLACE) | FEATURE_STREET;
        thing.rings = (struct geo_rings){0};
    }
    if ((feature->roles & FEATURE_ZONE_SHAPE) != 0) {
        return build_zone_take(world, feature, fault);
    }
    if ((thing.roles & PLACES) != 0) {
        struct feature place = *feature;
        place.source = world->source;
        TRY(build_place_take(world, &place, fault));
    }
    bool is_seen = false;
    if ((thing.roles & THINGS) == 0) {
        return STATUS_OK;
    }
    TRY(build_seen_check(world, &thing, &is_seen, fault));
    world->report->repeated_count += is_seen ? 1 : 0;
    if (!is_seen && (thing.roles & FEATURE_POI) != 0 && thing.name_count != 0) {
        TRY(build_poi_note(world, &thing, fault));
    }
    return is_seen ? STATUS_OK : thing_keep(world, &thing, fault);
}
