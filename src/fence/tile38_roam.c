// ROAM: other objects that are near, and those that no longer are.
#include <math.h>
#include <stdlib.h>

#include "base/decimal.h"
#include "codec/json_write.h"
#include "fence/tile38_private.h"

// Tile38's earth; its messages show metres with three decimals.
#define TILE38_RADIUS_M 6371000.0
#define RAD_PER_DEG     0.017453292519943295

struct place {
    double lng_deg, lat_deg;
};

static struct place place_of(const struct object *object)
{
    struct row row;
    object_row(object, &row);
    if (row.has_exact) {
        return (struct place){.lng_deg = row.lng_deg, .lat_deg = row.lat_deg};
    }
    return (struct place){.lng_deg = geo_deg_from_e7(row.point.lng_e7),
                          .lat_deg = geo_deg_from_e7(row.point.lat_e7)};
}

static double haversine_m(struct place from, struct place to)
{
    const double lat_from = from.lat_deg * RAD_PER_DEG;
    const double lat_to = to.lat_deg * RAD_PER_DEG;
    const double sin_lat = sin((lat_to - lat_from) / 2);
    const double sin_lng = sin((to.lng_deg - from.lng_deg) * RAD_PER_DEG / 2);
    const double square = sin_lat * sin_lat + cos(lat_from) * cos(lat_to) * sin_lng * sin_lng;
    return TILE38_RADIUS_M * 2 * atan2(sqrt(square), sqrt(1 - square));
}

double tile38_distance_to(const struct object *object, struct geo_point point)
{
    return haversine_m(place_of(object), (struct place){.lng_deg = geo_deg_from_e7(point.lng_e7),
                                                        .lat_deg = geo_deg_from_e7(point.lat_e7)});
}

struct roaming {
    struct tile38_told *told;
    const struct tile38_entry *entry;
    struct place centre;
    unsigned side;
};

static bool note_near(void *context, const struct object *object, double distance_m)
{
    (void)distance_m;
    const struct roaming *const roaming = context;
    struct tile38_state *const state = roaming->told->fences->tile38_state;
    const struct tile38_roam *const roam = &roaming->entry->fence.roam;
    const unsigned side = roaming->side;
    const struct bytes id = object_id(object);
    const double meters = haversine_m(roaming->centre, place_of(object));
    if (bytes_equal(id, roaming->told->change->id) || !glob_matches(roam->pattern, id)) {
        return true;
    }
    // Of what is no point, the nearest place counts, as distance_m has it.
    struct row row;
    object_row(object, &row);
    if (row.kind == ROW_POINT && meters > roam->meters) {
        return true;
    }
    if (memory_grow(roaming->told->fences->account, &state->near[side], &state->near_capacity[side],
                    state->near_count[side] + 1, sizeof(struct tile38_match))) {
        state->near[side][state->near_count[side]++] =
            (struct tile38_match){.object = object, .meters = meters};
    }
    return true;
}

static void find_near(struct tile38_told *told, const struct tile38_entry *entry,
                      const struct object *object, struct shape shape, unsigned side)
{
    const struct tile38_roam *const roam = &entry->fence.roam;
    const struct collection *const collection =
        live_collection(live_view_working(told->fences->live), roam->collection);
    told->fences->tile38_state->near_count[side] = 0;
    if (collection == NULL || object == NULL || shape.bytes.size == 0) {
        return;
    }
    struct roaming roaming = {
        .told = told, .entry = entry, .centre = place_of(object), .side = side};
    // Our earth is a little larger than Tile38's: the exact test is note_near's.
    collection_nearest(collection, shape_centre(shape), roam->meters * 1.00001 + 0.1, note_near,
                       &roaming);
}

static int match_order(const void *left, const void *right)
{
    const struct tile38_match *const one = left;
    const struct tile38_match *const other = right;
    if (one->meters < other->meters || one->meters > other->meters) {
        return one->meters < other->meters ? -1 : 1;
    }
    return bytes_compare(object_id(one->object), object_id(other->object));
}

void tile38_roam_find(struct tile38_told *told, const struct tile38_entry *entry)
{
    struct tile38_state *const state = told->fences->tile38_state;
    find_near(told, entry, told->change->before, told->before, 0);
    find_near(told, entry, told->change->after, told->after, 1);
    struct tile38_match *const old = state->near[0];
    struct tile38_match *const now = state->near[1];
    size_t far_count = 0;
    for (size_t i = 0; i < state->near_count[0]; i++) {
        size_t at = 0;
        while (at < state->near_count[1] && now[at].object != old[i].object) {
            at++;
        }
        if (at == state->near_count[1]) {
            old[far_count] = old[i];
            old[far_count].meters =
                haversine_m(place_of(told->change->after), place_of(old[i].object));
            far_count++;
        } else if (entry->fence.roam.is_nodwell) {
            now[at] = now[--state->near_count[1]];
        }
    }
    state->near_count[0] = far_count;
    for (unsigned side = 0; side < 2; side++) {
        if (state->near_count[side] > 1) {
            qsort(state->near[side], state->near_count[side], sizeof(struct tile38_match),
                  match_order);
        }
    }
}

struct scanning {
    struct fences *fences;
    const struct tile38_entry *entry;
    struct bytes self, pattern;
    struct buffer *out;
};

static bool write_scanned(void *context, const struct object *object)
{
    const struct scanning *const scanning = context;
    const struct bytes id = object_id(object);
    if (bytes_equal(id, scanning->self) || !glob_matches(scanning->pattern, id)) {
        return true;
    }
    struct json_writer json = {.out = scanning->out};
    buffer_append_text(scanning->out, ",{\"id\":");
    json_text(&json, id);
    buffer_append_text(scanning->out, ",\"object\":");
    scanning->entry->fence.calls->write_geometry(scanning->entry->fence.context, object,
                                                 scanning->out);
    buffer_append_u8(scanning->out, '}');
    return true;
}

static void write_scan(struct fences *fences, const struct tile38_entry *entry,
                       const struct tile38_match *match, struct buffer *out)
{
    const struct tile38_roam *const roam = &entry->fence.roam;
    const struct bytes id = object_id(match->object);
    struct buffer pattern SCOPED(buffer_free) = {.account = fences->account};
    buffer_append_bytes(&pattern, id);
    buffer_append_bytes(&pattern, roam->scan);
    struct json_writer json = {.out = out};
    buffer_append_text(out, ",\"scan\":[{\"id\":");
    json_text(&json, id);
    buffer_append_text(out, ",\"self\":true,\"object\":");
    entry->fence.calls->write_geometry(entry->fence.context, match->object, out);
    buffer_append_u8(out, '}');
    const struct collection *const collection =
        live_collection(live_view_working(fences->live), roam->collection);
    struct scanning scanning = {.fences = fences,
                                .entry = entry,
                                .self = id,
                                .pattern = buffer_bytes(&pattern),
                                .out = out};
    collection_scan(collection, &(struct live_scan){.prefix = glob_prefix(buffer_bytes(&pattern))},
                    write_scanned, &scanning);
    buffer_append_u8(out, ']');
}

void tile38_roam_write(struct fences *fences, const struct tile38_entry *entry, const char *kind,
                       const struct tile38_match *match, struct buffer *out)
{
    const struct tile38_fence *const fence = &entry->fence;
    struct json_writer json = {.out = out};
    char meters[DECIMAL_SIZE];
    const size_t size = decimal_format(floor(match->meters * 1000) / 1000, meters);
    buffer_append_text(out, ",\"");
    buffer_append_text(out, kind);
    buffer_append_text(out, "\":{\"key\":");
    json_text(&json, fence->roam.collection);
    buffer_append_text(out, ",\"id\":");
    json.has_item = false;
    json_text(&json, object_id(match->object));
    buffer_append_text(out, ",\"object\":");
    fence->calls->write_geometry(fence->context, match->object, out);
    buffer_append_text(out, ",\"meters\":");
    buffer_append(out, meters, size);
    if (fence->roam.scan.size != 0) {
        write_scan(fences, entry, match, out);
    }
    buffer_append_u8(out, '}');
}
