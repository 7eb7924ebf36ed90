// Bytes of a shape from a journal or a store: believed after this.
#include "geo/shape_private.h"

static bool box_is_valid(struct geo_box box)
{
    const struct geo_point corners[2] = {{.lng_e7 = box.west_e7, .lat_e7 = box.south_e7},
                                         {.lng_e7 = box.east_e7, .lat_e7 = box.north_e7}};
    return geo_point_is_valid(corners[0]) && geo_point_is_valid(corners[1]);
}

static bool window_holds(struct geo_box window, struct geo_point point)
{
    return point.lng_e7 >= window.west_e7 && point.lng_e7 <= window.east_e7 &&
           point.lat_e7 >= window.south_e7 && point.lat_e7 <= window.north_e7;
}

static enum status verify_chunks(const struct edges *edges, struct fault *fault)
{
    for (uint32_t chunk = 0; chunk < edges->chunk_count; chunk++) {
        const struct geo_box box = part_box_at(edges->chunks + chunk * sizeof(struct geo_box));
        for (uint32_t i = 0; i <= SHAPE_CHUNK; i++) {
            const uint64_t at = (uint64_t)chunk * SHAPE_CHUNK + i;
            if (at < edges->point_count && !window_holds(box, edges_point(edges, (uint32_t)at))) {
                return fault_set(fault, STATUS_CORRUPT, "a shape's edges lie outside their box");
            }
        }
    }
    return STATUS_OK;
}

static enum status verify_chains(const struct edges *edges, struct fault *fault)
{
    uint32_t before = 0;
    for (uint32_t chain = 0; chain < edges->chain_count; chain++) {
        const uint32_t entry = edges_chain(edges, chain);
        const uint32_t end = entry & ~CHAIN_GOES_ON;
        if (end <= before || end > edges->point_count) {
            return fault_set(fault, STATUS_CORRUPT, "the rings of a shape are out of order");
        }
        before = end;
    }
    return before == edges->point_count && edges->point_count > 0 &&
                   (edges_chain(edges, edges->chain_count - 1) & CHAIN_GOES_ON) == 0
               ? STATUS_OK
               : fault_set(fault, STATUS_CORRUPT, "the rings of a shape leave out points");
}

static enum status verify_chained(struct shape part, struct fault *fault)
{
    const uint8_t *const data = part.bytes.data;
    if (part.bytes.size < PART_CHAINS) {
        return fault_set(fault, STATUS_CORRUPT, "a shape is cut short");
    }
    const uint32_t point_count = ring_index_u32(data + PART_POINT_COUNT);
    const uint32_t chain_count = ring_index_u32(data + PART_CHAIN_COUNT);
    const uint64_t before = PART_CHAINS + (uint64_t)chain_count * sizeof(uint32_t) +
                            (uint64_t)chunk_count_of(point_count) * sizeof(struct geo_box);
    const bool is_polygon = shape_kind(part) == SHAPE_POLYGON;
    const uint64_t points_size = (uint64_t)point_count * sizeof(struct geo_point);
    if (chain_count == 0 || before + points_size > part.bytes.size ||
        (!is_polygon && before + points_size != part.bytes.size)) {
        return fault_set(fault, STATUS_CORRUPT, "a shape cannot have %zu bytes", part.bytes.size);
    }
    if (is_polygon) {
        const struct bytes index = {.data = data + before, .size = part.bytes.size - before};
        TRY(ring_index_verify(index, fault));
        struct ring_index opened;
        if (!ring_index_open(index, &opened) || opened.point_count != point_count) {
            return fault_set(fault, STATUS_CORRUPT, "a shape and its index differ");
        }
    }
    const struct edges edges = edges_of_part(part);
    TRY(verify_chains(&edges, fault));
    for (uint32_t i = 0; i < point_count; i++) {
        if (!geo_point_is_valid(edges_point(&edges, i))) {
            return fault_set(fault, STATUS_CORRUPT, "a point of a shape is off the globe");
        }
    }
    return verify_chunks(&edges, fault);
}

static enum status verify_part(struct shape part, unsigned depth, struct fault *fault);

static enum status verify_group(struct shape group, unsigned depth, struct fault *fault)
{
    struct bytes rest = shape_parts(group).bytes;
    while (rest.size > 0) {
        const size_t size = rest.size < PART_POINT ? 0 : ring_index_u32(rest.data + PART_SIZE);
        if (size == 0 || size > rest.size || depth == SHAPE_DEPTH_MAX) {
            return fault_set(fault, STATUS_CORRUPT, "a part of a shape is cut short or too deep");
        }
        TRY(verify_part((struct shape){{.data = rest.data, .size = size}}, depth + 1, fault));
        rest.data += size;
        rest.size -= size;
    }
    return STATUS_OK;
}

static enum status verify_part(struct shape part, unsigned depth, struct fault *fault)
{
    const uint8_t *const data = part.bytes.data;
    const size_t size = part.bytes.size;
    if (size < SIZE_OF_POINT || ring_index_u32(data + PART_SIZE) != size ||
        data[PART_KIND] > SHAPE_GROUP || data[1] != 0 || data[2] != 0 || data[3] != 0) {
        return fault_set(fault, STATUS_CORRUPT, "a shape's bytes are damaged");
    }
    const enum shape_kind kind = shape_kind(part);
    if (kind != SHAPE_POINT && (size < SIZE_OF_BOX || !box_is_valid(shape_box(part)))) {
        return fault_set(fault, STATUS_CORRUPT, "the box of a shape is off the globe");
    }
    if (kind == SHAPE_GROUP) {
        return verify_group(part, depth, fault);
    }
    if (kind == SHAPE_LINE || kind == SHAPE_POLYGON) {
        return verify_chained(part, fault);
    }
    const size_t needed = kind == SHAPE_POINT ? SIZE_OF_POINT
                          : kind == SHAPE_BOX ? SIZE_OF_BOX
                                              : SIZE_OF_CIRCLE;
    if (size != needed || !geo_point_is_valid(shape_centre(part)) ||
        (kind == SHAPE_CIRCLE && !(shape_circle_radius_m(part) >= 0))) {
        return fault_set(fault, STATUS_CORRUPT, "a shape's bytes are damaged");
    }
    return STATUS_OK;
}

enum status shape_verify(struct bytes bytes, struct fault *fault)
{
    return verify_part((struct shape){bytes}, 0, fault);
}
