#include "demo/pen.h"

#include <assert.h>

#include "demo/chance.h"

enum { STAMPED_TOGETHER = 24 }; // objects of one upload

// Who made an object and when: objects that follow each other come from one upload, mostly.
static void object_stamp(struct pen *pen, int64_t id)
{
    static const char *const users[] = {
        "cartographer", "mercator1569", "loxodromist", "windrose",  "nonius",   "StreetWalker",
        "la_boussole",  "Kompassnadel", "naviGatörin", "port_side", "水先案内", "import-bot"};
    struct chance chance = {.state =
                                chance_seed((uint64_t)pen->pass, (uint64_t)id / STAMPED_TOGETHER)};
    const uint32_t user = chance_below(&chance, COUNT_OF(users));
    const uint32_t upload = chance_below(&chance, 90000000);
    struct chance own = {.state = chance_seed(chance.state, (uint64_t)id)};
    const struct pbf_write_stamp stamp = {
        .version = 1 + chance_below(&own, 8) / 6 + chance_below(&own, 9) / 7,
        .time_s = INT64_C(1262304000) + upload * INT64_C(5) + chance_below(&own, 3),
        .changeset = 4000000 + upload,
        .user_id = 100 + user * 7919,
        .user = bytes_from_text(users[user]),
    };
    pbf_writer_stamp(pen->writer, &stamp);
}

void pen_move(struct pen *pen, int64_t node, int64_t way, int64_t relation)
{
    assert(node >= pen->next_ids[PBF_NODE] && way >= pen->next_ids[PBF_WAY] &&
           relation >= pen->next_ids[PBF_RELATION]);
    pen->next_ids[PBF_NODE] = node;
    pen->next_ids[PBF_WAY] = way;
    pen->next_ids[PBF_RELATION] = relation;
}

void pen_begin(struct pen *pen, enum pbf_object_kind kind)
{
    pen->is_writing = kind == pen->pass;
    pen->tag_count = 0;
    pen->text_size = 0;
}

void pen_tag(struct pen *pen, const char *key, struct bytes value)
{
    if (pen->is_writing) {
        assert(pen->tag_count < PEN_TAGS_MAX);
        pen->tags[pen->tag_count++] =
            (struct pbf_write_tag){.key = bytes_from_text(key), .value = value};
    }
}

void pen_tag_text(struct pen *pen, const char *key, const char *value)
{
    if (pen->is_writing) {
        pen_tag(pen, key, bytes_from_text(value));
    }
}

void pen_tag_name(struct pen *pen, const char *key, const struct name *value)
{
    if (pen->is_writing) {
        assert(PEN_TEXT_SIZE - pen->text_size >= value->size);
        char *const at = pen->text + pen->text_size;
        memcpy(at, value->text, value->size);
        pen->text_size += value->size;
        pen_tag(pen, key, (struct bytes){.data = (const uint8_t *)at, .size = value->size});
    }
}

void pen_tag_number(struct pen *pen, const char *key, uint64_t value)
{
    assert(value <= UINT32_MAX);
    struct name text = {0};
    name_add_number(&text, (uint32_t)value, 1);
    pen_tag_name(pen, key, &text);
}

int64_t pen_node(struct pen *pen, struct geo_point point)
{
    const int64_t id = pen->next_ids[PBF_NODE]++;
    if (pen->is_writing) {
        assert(pen->pass == PBF_NODE);
        pen->report->nodes++;
        object_stamp(pen, id);
        pbf_writer_node(pen->writer, id, point.lng_e7, point.lat_e7, pen->tags, pen->tag_count);
    }
    return id;
}

int64_t pen_way(struct pen *pen, const int64_t *nodes, size_t count)
{
    const int64_t id = pen->next_ids[PBF_WAY]++;
    if (pen->is_writing) {
        assert(pen->pass == PBF_WAY);
        pen->report->ways++;
        object_stamp(pen, id);
        pbf_writer_way(pen->writer, id, nodes, count, pen->tags, pen->tag_count);
    }
    return id;
}

int64_t pen_relation(struct pen *pen, const struct pbf_write_member *members, size_t count)
{
    const int64_t id = pen->next_ids[PBF_RELATION]++;
    if (pen->is_writing) {
        assert(pen->pass == PBF_RELATION);
        pen->report->relations++;
        object_stamp(pen, id);
        pbf_writer_relation(pen->writer, id, members, count, pen->tags, pen->tag_count);
    }
    return id;
}

int64_t pen_point(struct pen *pen, struct geo_point point)
{
    pen_begin(pen, PBF_NODE);
    return pen_node(pen, point);
}

void pen_count(const struct pen *pen, uint64_t *counter)
{
    *counter += pen->pass == PBF_NODE ? 1 : 0;
}
