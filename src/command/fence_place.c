// Areas of fences that are places of the atlas.
#include "atlas/atlas.h"
#include "command/fence_private.h"

// The ring index of the document's area; size 0: it has none.
static struct bytes rings_of(const struct atlas *atlas, uint32_t reference)
{
    const struct areas_index *const areas = &atlas->areas;
    for (uint32_t i = 0; i < areas->header.area_count; i++) {
        const struct areas_entry *const entry = &areas->entries[i];
        if (entry->reference == reference) {
            return (struct bytes){.data = areas->shapes + entry->shape_offset,
                                  .size = entry->shape_size};
        }
    }
    return (struct bytes){0};
}

// Rings lie one after another, each closed by its first point.
static enum status add_rings(struct bytes bytes, struct memory_account *account,
                             struct buffer *space, struct fault *fault)
{
    struct ring_index rings;
    struct buffer ends SCOPED(buffer_free) = {.account = account};
    struct buffer copy SCOPED(buffer_free) = {.account = account}; // aligned
    uint32_t count = 0;
    if (!ring_index_open(bytes, &rings)) {
        return fault_set(fault, STATUS_CORRUPT, "the atlas's area is damaged");
    }
    buffer_append(&copy, rings.points, rings.point_count * sizeof(struct geo_point));
    if (buffer_status(&copy) != STATUS_OK) {
        return fault_set(fault, STATUS_NO_MEMORY, "no memory for the area of the place");
    }
    const struct geo_point *const points = (const struct geo_point *)(const void *)copy.data;
    for (uint32_t first = 0; first < rings.point_count;) {
        uint32_t end = first + 1;
        while (end < rings.point_count && !geo_point_equal(points[end], points[first])) {
            end++;
        }
        end += end < rings.point_count ? 1 : 0;
        buffer_append(&ends, &end, sizeof(end));
        count++;
        first = end;
    }
    if (buffer_status(&ends) != STATUS_OK) {
        return fault_set(fault, STATUS_NO_MEMORY, "no memory for the area of the place");
    }
    shape_add_polygon(space, points, (const uint32_t *)(const void *)ends.data, count);
    return buffer_status(space) == STATUS_OK
               ? STATUS_OK
               : fault_set(fault, STATUS_NO_MEMORY, "no memory for the area of the place");
}

enum status fence_place_find(struct call *call, struct rule *rule, struct buffer *space,
                             struct fault *fault)
{
    if (rule->area != RULE_PLACE) {
        return STATUS_OK;
    }
    uint64_t id;
    uint32_t reference;
    if (call->atlas == NULL) {
        return fault_set(fault, STATUS_NOT_FOUND,
                         "\"area\" names a place, and no atlas is served: start with --atlas");
    }
    if (atlas_id_parse(rule->place, &id) != STATUS_OK ||
        atlas_find(call->atlas, id, &reference) != STATUS_OK) {
        return fault_set(fault, STATUS_NOT_FOUND, "\"area\": no place has the id %.*s",
                         (int)rule->place.size, (const char *)rule->place.data);
    }
    const struct bytes rings = rings_of(call->atlas, reference);
    if (rings.size == 0) {
        return fault_set(fault, STATUS_OUT_OF_RANGE,
                         "\"area\": the place %.*s has no area: use a circle around it",
                         (int)rule->place.size, (const char *)rule->place.data);
    }
    TRY(add_rings(rings, call->world->account, space, fault));
    rule->shape.bytes = buffer_bytes(space);
    return STATUS_OK;
}
