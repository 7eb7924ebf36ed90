// Records of ways and relations, read back with their geometry, into features.
#include <inttypes.h>
#include <stdio.h>

#include "source/osm_private.h"

#define WARNINGS_MAX 20

enum { PIECE_KEY_SIZE = 8 };

void osm_skip(struct osm_reader *reader, char type, int64_t id, const char *what)
{
    if (reader->skipped_count++ < WARNINGS_MAX && reader->options->warn != NULL) {
        char sentence[256];
        (void)snprintf(sentence, sizeof(sentence), "%s: %s %" PRId64 " %s", reader->input->name,
                       type == 'n'   ? "node"
                       : type == 'w' ? "way"
                                     : "relation",
                       id, what);
        reader->options->warn(reader->options->warn_context, sentence);
    }
}

enum status osm_emit(struct osm_reader *reader, const struct feature *feature, struct fault *fault)
{
    reader->feature_count++;
    return reader->sink->take(reader->sink->context, feature, fault);
}

static enum status no_memory(struct fault *fault)
{
    return fault_set(fault, STATUS_NO_MEMORY, "no memory for an object of the extract");
}

// The next record of a spool, or an empty one at its end.
static enum status record_next(struct spool_reader *spool, struct reader *record,
                               struct fault *fault)
{
    const uint8_t *data;
    const enum status status = spool_reader_take(spool, 4, &data, fault);
    if (status == STATUS_NOT_FOUND) {
        *record = (struct reader){0};
        return STATUS_OK;
    }
    TRY(status);
    uint32_t size;
    memcpy(&size, data, sizeof(size));
    TRY(spool_reader_take(spool, size, &data, fault));
    *record = (struct reader){.rest = {.data = data, .size = size}};
    return STATUS_OK;
}

struct way {
    int64_t id;
    unsigned flags;
    int64_t *nodes; // those with a place
    struct geo_point *points;
    size_t count;
    struct feature_end *ends;
    size_t end_count;
    struct osm_tag *tags;
    size_t tag_count;
};

static bool way_has(const struct way *way, enum osm_record_flag flag)
{
    return (way->flags & flag) != 0;
}

static struct bytes copied(struct bytes bytes, struct pool *pool)
{
    uint8_t *const copy = pool_take(pool, bytes.size, 1);
    if (copy == NULL || bytes.size == 0) {
        return (struct bytes){0};
    }
    memcpy(copy, bytes.data, bytes.size);
    return (struct bytes){.data = copy, .size = bytes.size};
}

// Takes the answer for one node; nodes that the file does not have are left out of the way.
static enum status way_node_add(struct osm_reader *reader, struct way *way, int64_t node,
                                struct pool *pool, struct fault *fault)
{
    struct geo_point point;
    bool is_found;
    struct bytes payload;
    TRY(osm_join_next(reader->join, &point, &is_found, &payload, fault));
    if (!is_found) {
        return STATUS_OK;
    }
    if (payload.size != 0) {
        struct feature_end *const end = &way->ends[way->end_count++];
        end->position = (uint32_t)way->count;
        osm_end_decode(copied(payload, pool), end);
    }
    way->nodes[way->count] = node;
    way->points[way->count++] = point;
    return STATUS_OK;
}

static enum status way_read(struct osm_reader *reader, struct reader *record, struct way *way,
                            struct pool *pool, struct fault *fault)
{
    *way = (struct way){.id = (int64_t)reader_u64(record)};
    way->flags = reader_u8(record);
    const size_t count = (size_t)reader_varint(record);
    way->nodes = pool_take(pool, count, sizeof(*way->nodes));
    way->points = pool_take(pool, count, sizeof(*way->points));
    way->ends = way_has(way, OSM_RECORD_MARKED) ? pool_take(pool, count, sizeof(*way->ends)) : NULL;
    if (way->nodes == NULL || way->points == NULL ||
        (way_has(way, OSM_RECORD_MARKED) && way->ends == NULL)) {
        return no_memory(fault);
    }
    const size_t asked = count - way_has(way, OSM_RECORD_CLOSED);
    int64_t node = 0;
    for (size_t i = 0; i < count; i++) {
        node = (int64_t)((uint64_t)node + (uint64_t)protobuf_zigzag(reader_varint(record)));
        if (i < asked) {
            TRY(way_node_add(reader, way, node, pool, fault));
        }
    }
    if (way_has(way, OSM_RECORD_CLOSED) && way->count != 0) {
        way->nodes[way->count] = way->nodes[0];
        way->points[way->count++] = way->points[0];
    }
    return osm_tags_decode(record, pool, &way->tags, &way->tag_count);
}

// Hands the way to every relation that has it.
static enum status pieces_add(struct osm_reader *reader, const struct way *way, size_t *cursor,
                              struct fault *fault)
{
    // Ways ascend in sorted files; in others the search starts anew.
    if (*cursor != 0 &&
        (*cursor >= reader->member_count || reader->members[*cursor - 1].way >= way->id)) {
        *cursor = 0;
    }
    size_t low = *cursor;
    size_t high = reader->member_count;
    while (low < high) {
        const size_t middle = low + (high - low) / 2;
        if (reader->members[middle].way < way->id) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    for (; low < reader->member_count && reader->members[low].way == way->id; low++) {
        const struct osm_member *const member = &reader->members[low];
        const uint32_t numbers[2] = {member->relation,
                                     (uint32_t)member->position << 1 | (uint32_t)member->is_inner};
        uint8_t key[PIECE_KEY_SIZE];
        for (unsigned i = 0; i < PIECE_KEY_SIZE; i++) {
            key[i] = (uint8_t)(numbers[i / 4] >> (24 - 8 * (i % 4)));
        }
        TRY(sorter_add(
            reader->pieces, (struct bytes){key, sizeof(key)},
            (struct bytes){(const uint8_t *)way->points, way->count * sizeof(*way->points)},
            fault));
    }
    *cursor = low;
    return STATUS_OK;
}

static enum status way_emit(struct osm_reader *reader, const struct way *way, struct pool *pool,
                            struct fault *fault)
{
    if (way->count == 0) {
        osm_skip(reader, 'w', way->id, "is left out: none of its nodes are in the file");
        return STATUS_OK;
    }
    const struct osm_shape shape = {.type = 'w', .is_closed = way_has(way, OSM_RECORD_CLOSED)};
    struct feature feature = {
        .id = osm_id(reader, 'w', way->id),
        .box = shape_points_box(way->points, way->count),
    };
    TRY(osm_feature_fill(way->tags, way->tag_count, shape, pool, &feature, fault));
    const uint32_t ring_end = (uint32_t)way->count;
    const struct geo_rings ring = {.points = way->points, .ring_end = &ring_end, .ring_count = 1};
    const bool is_line = (feature.roles & (FEATURE_STREET | FEATURE_INTERPOLATION)) != 0;
    feature.point = shape.is_closed && !is_line ? shape_inner_point(&ring, pool)
                                                : shape_line_middle(way->points, way->count);
    if (is_line) {
        feature.points = way->points;
        feature.point_count = way->count;
        feature.nodes = way->nodes;
        feature.ends = way->ends;
        feature.end_count = way->end_count;
    }
    if (shape.is_closed && (feature.roles & (FEATURE_AREA | FEATURE_POSTCODE)) != 0) {
        feature.rings = ring;
    }
    return osm_emit(reader, &feature, fault);
}

static enum status ways_emit(struct osm_reader *reader, struct spool_reader *spool,
                             struct pool *pool, struct fault *fault)
{
    size_t member_cursor = 0;
    for (uint64_t i = 0; i < reader->way_count; i++) {
        struct reader record;
        struct way way;
        pool_clear(pool);
        TRY(record_next(spool, &record, fault));
        TRY(way_read(reader, &record, &way, pool, fault));
        if (way_has(&way, OSM_RECORD_MEMBER) && way.count != 0) {
            TRY(pieces_add(reader, &way, &member_cursor, fault));
        }
        if (way_has(&way, OSM_RECORD_TELLS)) {
            TRY(way_emit(reader, &way, pool, fault));
        }
    }
    return STATUS_OK;
}

enum status osm_emit_ways(struct osm_reader *reader, struct fault *fault)
{
    const struct sorter_options options = {.sys = reader->options->sys,
                                           .account = reader->options->account,
                                           .memory_size = reader->options->memory_size / 4,
                                           .directory = reader->options->directory,
                                           .threads = reader->options->threads,
                                           .name = "ways of relations"};
    TRY(sorter_new(&options, &reader->pieces, fault));
    SCOPED(spool_reader_close) struct spool_reader spool = {0};
    TRY(spool_reader_open(reader->ways, &spool, fault));
    SCOPED(pool_free) struct pool pool = {.account = reader->options->account};
    TRY(ways_emit(reader, &spool, &pool, fault));
    return sorter_sort(reader->pieces, fault);
}

struct piece_queue {
    struct bytes key, value; // the next piece, read ahead; key empty at the end
};

static enum status piece_read(struct osm_reader *reader, struct piece_queue *queue,
                              struct fault *fault)
{
    const enum status status = sorter_next(reader->pieces, &queue->key, &queue->value, fault);
    if (status == STATUS_NOT_FOUND) {
        queue->key.size = 0;
        return STATUS_OK;
    }
    return status;
}

static uint32_t key_number(struct bytes key, unsigned at)
{
    uint32_t value = 0;
    for (unsigned i = 0; i < 4; i++) {
        value = value << 8 | key.data[4 * at + i];
    }
    return value;
}

struct way_list {
    struct shape_way *ways;
    size_t count, capacity;
};

// Gathers the ways of one relation.
static enum status ways_gather(struct osm_reader *reader, uint32_t relation,
                               struct piece_queue *queue, struct way_list *list, struct pool *pool,
                               struct fault *fault)
{
    list->count = 0;
    while (queue->key.size != 0 && key_number(queue->key, 0) == relation) {
        const struct bytes points = copied(queue->value, pool);
        if (points.size != queue->value.size ||
            !memory_grow(reader->options->account, &list->ways, &list->capacity, list->count + 1,
                         sizeof(*list->ways))) {
            return no_memory(fault);
        }
        list->ways[list->count++] = (struct shape_way){
            .points = (const void *)points.data,
            .point_count = points.size / sizeof(struct geo_point),
            .role = (key_number(queue->key, 1) & 1) != 0 ? SHAPE_INNER : SHAPE_OUTER};
        TRY(piece_read(reader, queue, fault));
    }
    return STATUS_OK;
}

static struct geo_box ways_box(const struct way_list *list)
{
    struct geo_box box = GEO_BOX_EMPTY;
    for (size_t i = 0; i < list->count; i++) {
        const struct geo_box piece =
            shape_points_box(list->ways[i].points, list->ways[i].point_count);
        box.west_e7 = i == 0 || piece.west_e7 < box.west_e7 ? piece.west_e7 : box.west_e7;
        box.east_e7 = i == 0 || piece.east_e7 > box.east_e7 ? piece.east_e7 : box.east_e7;
        box.south_e7 = piece.south_e7 < box.south_e7 ? piece.south_e7 : box.south_e7;
        box.north_e7 = piece.north_e7 > box.north_e7 ? piece.north_e7 : box.north_e7;
    }
    return box;
}

// Point, box and rings out of the ways; the middle of the box when no ring closes.
static enum status relation_shape(struct osm_reader *reader, const struct way_list *list,
                                  bool is_area, struct pool *pool, struct feature *feature,
                                  struct fault *fault)
{
    bool is_whole = true;
    struct geo_rings rings = {0};
    if (is_area && !shape_assemble(list->ways, list->count, pool, &rings, &is_whole)) {
        return no_memory(fault);
    }
    if (rings.ring_count != 0) {
        feature->box = rings_box(&rings);
        feature->point = shape_inner_point(&rings, pool);
        if ((feature->roles & (FEATURE_AREA | FEATURE_POSTCODE)) != 0) {
            feature->rings = rings;
        }
    } else {
        feature->box = ways_box(list);
        feature->point = shape_line_middle(list->ways[0].points, list->ways[0].point_count);
    }
    if (!is_whole) {
        osm_skip(reader, 'r', feature->id.number,
                 rings.ring_count != 0 ? "keeps a part of its outline: the rest does not close"
                                       : "keeps its name only: its outline does not close");
    }
    return STATUS_OK;
}

static enum status relation_emit(struct osm_reader *reader, struct reader *record,
                                 const struct way_list *list, struct pool *pool,
                                 struct fault *fault)
{
    const int64_t id = (int64_t)reader_u64(record);
    const unsigned flags = reader_u8(record);
    const int64_t label = (int64_t)reader_u64(record);
    struct osm_tag *tags;
    size_t count;
    TRY(osm_tags_decode(record, pool, &tags, &count));
    if (list->count == 0) {
        osm_skip(reader, 'r', id, "is left out: none of its ways are in the file");
        return STATUS_OK;
    }
    const struct osm_shape shape = {.type = 'r', .is_closed = (flags & OSM_RECORD_AREA) != 0};
    struct feature feature = {.id = osm_id(reader, 'r', id)};
    TRY(osm_feature_fill(tags, count, shape, pool, &feature, fault));
    TRY(relation_shape(reader, list, shape.is_closed, pool, &feature, fault));
    if ((flags & OSM_RECORD_LABEL) != 0) {
        feature.has_label = true;
        feature.label = osm_id(reader, 'n', label);
    }
    return osm_emit(reader, &feature, fault);
}

static enum status relations_emit(struct osm_reader *reader, struct spool_reader *spool,
                                  struct way_list *list, struct pool *pool, struct fault *fault)
{
    struct piece_queue queue = {{0}, {0}};
    TRY(piece_read(reader, &queue, fault));
    for (uint32_t i = 0; i < reader->relation_count; i++) {
        struct reader record;
        pool_clear(pool);
        TRY(record_next(spool, &record, fault));
        TRY(ways_gather(reader, i, &queue, list, pool, fault));
        TRY(relation_emit(reader, &record, list, pool, fault));
    }
    return STATUS_OK;
}

enum status osm_emit_relations(struct osm_reader *reader, struct fault *fault)
{
    SCOPED(spool_reader_close) struct spool_reader spool = {0};
    TRY(spool_reader_open(reader->relations, &spool, fault));
    SCOPED(pool_free) struct pool pool = {.account = reader->options->account};
    struct way_list list = {0};
    const enum status status = relations_emit(reader, &spool, &list, &pool, fault);
    memory_give(list.ways);
    return status;
}
