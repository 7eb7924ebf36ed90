#include "atlas/zone.h"

#include <string.h>

#include "atlas/probe.h"

static const struct zone_row {
    char country[3];
    bool is_all; // it stands for all of the country
    char name[32];
} rows[] = {
#include "atlas/zone_table.h"
};

static uint16_t row_country(const struct zone_row *row)
{
    return (uint16_t)((unsigned)row->country[0] << 8 | (unsigned)row->country[1]);
}

uint16_t zone_country(struct bytes name)
{
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        if (bytes_equal(name, bytes_from_text(rows[i].name))) {
            return row_country(&rows[i]);
        }
    }
    return 0;
}

struct bytes zone_of_country(uint16_t country)
{
    size_t low = 0;
    for (size_t high = COUNT_OF(rows); low < high;) {
        const size_t middle = low + (high - low) / 2;
        if (row_country(&rows[middle]) < country) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    for (; low < COUNT_OF(rows) && row_country(&rows[low]) == country; low++) {
        if (rows[low].is_all) {
            return bytes_from_text(rows[low].name);
        }
    }
    return (struct bytes){0};
}

// The zone drawn at a place; NULL none.
static const struct atlas_zone *drawn_at(const struct atlas *atlas, struct geo_point point)
{
    uint32_t zone;
    return areas_at(&atlas->zones, point, &zone, 1) == 0 ? NULL : &atlas->zone_names[zone];
}

// The nearest zone of a country; of any where none of the country is near.
static const struct atlas_zone *drawn_near(const struct atlas *atlas, struct geo_point point,
                                           uint16_t country)
{
    const struct atlas_zone *any = NULL;
    for (unsigned i = 0; i < PROBE_COUNT; i++) {
        const struct atlas_zone *const zone = drawn_at(atlas, probe_at(point, i));
        if (zone != NULL && (country == 0 || zone->country == country)) {
            return zone;
        }
        any = any == NULL ? zone : any;
    }
    return any;
}

struct bytes atlas_zone_in(const struct atlas *atlas, struct geo_point point, uint16_t country)
{
    const struct atlas_zone *drawn = NULL;
    if (atlas->zones.header.area_count != 0) {
        drawn = drawn_at(atlas, point);
        const bool is_foreign =
            drawn != NULL && country != 0 && drawn->country != 0 && drawn->country != country;
        if (drawn == NULL || is_foreign) {
            // Off a coast, or beyond a border that is drawn coarsely.
            const struct atlas_zone *const near = drawn_near(atlas, point, country);
            const bool is_own = near != NULL && near->country == country;
            drawn = drawn == NULL || is_own ? near : drawn;
        }
    }
    const struct bytes fallback = zone_of_country(country);
    const bool is_own = drawn != NULL && (country == 0 || drawn->country == country);
    if (drawn == NULL || (!is_own && fallback.size != 0 && drawn_at(atlas, point) == NULL)) {
        return fallback;
    }
    return atlas_string(atlas, drawn->name);
}

struct bytes atlas_zone(const struct atlas *atlas, struct geo_point point)
{
    return atlas_zone_in(atlas, point, 0);
}
