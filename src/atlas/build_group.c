#include <assert.h>
#include <stdlib.h>

#include "atlas/atlas.h"
#include "atlas/build_street.h"

static enum status piece_take(struct street_group *group, struct bytes value, struct fault *fault)
{
    struct world *const world = group->world;
    struct piece_head head;
    memcpy(&head, value.data, sizeof(head));
    const struct bytes record = {.data = value.data + sizeof(head),
                                 .size = value.size - sizeof(head)};
    struct feature feature;
    TRY(build_record_decode(record, &world->scratch, &feature));
    const struct geo_point *const points =
        feature.point_count != 0 ? feature.points : &feature.point;
    const size_t point_count = feature.point_count != 0 ? feature.point_count : 1;
    const size_t node_count = feature.nodes != NULL ? feature.point_count : 0;
    if (!memory_grow(world->account, &group->pieces, &group->piece_capacity, group->piece_count + 1,
                     sizeof(*group->pieces)) ||
        !memory_grow(world->account, &group->points, &group->point_capacity,
                     group->point_count + point_count, sizeof(*group->points)) ||
        !memory_grow(world->account, &group->nodes, &group->node_capacity,
                     group->node_count + node_count, sizeof(*group->nodes))) {
        return build_no_memory(world, fault);
    }
    for (size_t i = 0; i < node_count; i++) {
        group->nodes[group->node_count++] =
            (struct group_node){.node = feature.nodes[i], .piece = (uint32_t)group->piece_count};
    }
    group->pieces[group->piece_count++] = (struct piece){
        .id = atlas_id_pack(feature.id),
        .box = feature.box,
        .middle = feature.point,
        .point_first = group->point_count,
        .point_count = (uint32_t)point_count,
        .record_offset = group->records.size,
        .record_size = record.size,
        .location = head.location,
        .locality = build_location_at(world, head.location)->locality,
        .street_name = head.street_name,
        .country = (uint16_t)head.country,
        .rank = feature.street_rank,
        .source = feature.source,
    };
    memcpy(group->points + group->point_count, points, point_count * sizeof(*points));
    group->point_count += point_count;
    buffer_append_bytes(&group->records, record);
    return buffer_status(&group->records);
}

static enum status address_take(struct street_group *group, struct bytes value, struct fault *fault)
{
    if (!memory_grow(group->world->account, &group->addresses, &group->address_capacity,
                     group->address_count + 1, sizeof(*group->addresses))) {
        return build_no_memory(group->world, fault);
    }
    struct group_address *const address = &group->addresses[group->address_count];
    *address = (struct group_address){.piece = BUILD_NONE, .order = (uint32_t)group->address_count};
    assert(value.size == sizeof(address->row));
    memcpy(&address->row, value.data, sizeof(address->row));
    group->address_count++;
    return STATUS_OK;
}

static void group_clear(struct street_group *group)
{
    buffer_clear(&group->phrase);
    buffer_clear(&group->records);
    group->piece_count = 0;
    group->point_count = 0;
    group->address_count = 0;
    group->node_count = 0;
}

static void group_free(struct street_group *group)
{
    buffer_free(&group->phrase);
    buffer_free(&group->records);
    memory_give(group->pieces);
    memory_give(group->points);
    memory_give(group->addresses);
    memory_give(group->nodes);
    memory_give(group->rows);
}

struct piece_order {
    uint32_t cluster;
    uint32_t piece;
    uint64_t id;
};

static int by_cluster(const void *left, const void *right)
{
    const struct piece_order *const a = left;
    const struct piece_order *const b = right;
    if (a->cluster != b->cluster) {
        return a->cluster < b->cluster ? -1 : 1;
    }
    if (a->id != b->id) {
        return a->id < b->id ? -1 : 1;
    }
    return (a->piece > b->piece) - (a->piece < b->piece);
}

static int by_id(const void *left, const void *right)
{
    const struct group_address *const a = left;
    const struct group_address *const b = right;
    if (a->row.id != b->row.id) {
        return a->row.id < b->row.id ? -1 : 1;
    }
    return (a->order > b->order) - (a->order < b->order);
}

static int by_street(const void *left, const void *right)
{
    const struct group_address *const a = left;
    const struct group_address *const b = right;
    if (a->piece != b->piece) {
        return a->piece < b->piece ? -1 : 1;
    }
    if (a->cluster != b->cluster && a->piece == BUILD_NONE) {
        return a->cluster < b->cluster ? -1 : 1;
    }
    return by_id(left, right);
}

// Streets of pieces, in the order of the pieces that stand for them; `*used` addresses are theirs.
static enum status streets_of_pieces(struct street_group *group, size_t *used, struct fault *fault)
{
    struct memory_account *const account = group->world->account;
    const size_t count = group->piece_count;
    struct piece_order *const order SCOPED(build_give) =
        memory_take(account, count + 1, sizeof(*order));
    uint32_t *const members SCOPED(build_give) = memory_take(account, count + 1, sizeof(*members));
    if (order == NULL || members == NULL) {
        return build_no_memory(group->world, fault);
    }
    for (uint32_t i = 0; i < count; i++) {
        order[i] = (struct piece_order){
            .cluster = group->pieces[i].cluster, .piece = i, .id = group->pieces[i].id};
    }
    if (count != 0) {
        qsort(order, count, sizeof(*order), by_cluster);
    }
    *used = 0;
    for (size_t first = 0; first < count;) {
        const uint32_t cluster = order[first].cluster;
        size_t end = first;
        for (; end < count && order[end].cluster == cluster; end++) {
            members[end] = order[end].piece;
        }
        size_t last = *used;
        while (last < group->address_count && group->addresses[last].piece == cluster) {
            last++;
        }
        TRY(build_street_make(group, &members[first], end - first,
                              last == *used ? NULL : &group->addresses[*used], last - *used,
                              fault));
        *used = last;
        first = end;
    }
    return STATUS_OK;
}

// Streets that only addresses know of: from `first` on the addresses lie cluster by cluster, those
// of the least house id first.
static enum status streets_implied(struct street_group *group, size_t first, struct fault *fault)
{
    struct build_intern localities SCOPED(build_intern_free) = {.account = group->world->account};
    while (first < group->address_count) {
        size_t end = first;
        while (end < group->address_count &&
               group->addresses[end].cluster == group->addresses[first].cluster) {
            end++;
        }
        const struct bytes locality = {
            .data = (const uint8_t *)&group->addresses[first].row.context.locality,
            .size = sizeof(group->addresses[first].row.context.locality)};
        const size_t known = localities.count;
        uint32_t number = 0;
        if (build_intern_add(&localities, locality, &number) != STATUS_OK) {
            return build_no_memory(group->world, fault);
        }
        TRY(build_street_imply(group, &group->addresses[first], end - first, number == known,
                               fault));
        first = end;
    }
    return STATUS_OK;
}

static enum status leftovers_keep(struct street_group *group, size_t first, struct fault *fault)
{
    for (size_t i = first; i < group->address_count; i++) {
        const struct address_row *const row = &group->addresses[i].row;
        TRY(spool_append(group->world->late, row, sizeof(*row), fault));
    }
    return STATUS_OK;
}

static enum status group_finish(struct street_group *group, struct fault *fault)
{
    // By id: what stands for a cluster then has its least id, whatever the order of the input.
    if (group->address_count != 0) {
        qsort(group->addresses, group->address_count, sizeof(*group->addresses), by_id);
    }
    TRY(build_cluster_pieces(group, fault));
    TRY(build_cluster_attach(group, fault));
    if (group->is_last) {
        TRY(build_cluster_leftovers(group, fault));
    }
    if (group->address_count != 0) {
        qsort(group->addresses, group->address_count, sizeof(*group->addresses), by_street);
    }
    size_t first = 0;
    TRY(streets_of_pieces(group, &first, fault));
    return group->is_last ? streets_implied(group, first, fault)
                          : leftovers_keep(group, first, fault);
}

static enum status groups_read(struct street_group *group, struct fault *fault)
{
    struct world *const world = group->world;
    const uint64_t total = sorter_count(world->named);
    for (uint64_t done = 0; done < total; done++) {
        struct bytes key = {0};
        struct bytes value = {0};
        TRY(sorter_next(world->named, &key, &value, fault));
        const uint8_t kind = key.data[key.size - 1];
        const struct bytes phrase = {.data = key.data, .size = key.size - 2};
        if (!bytes_equal(phrase, buffer_bytes(&group->phrase))) {
            TRY(group_finish(group, fault));
            group_clear(group);
            buffer_append_bytes(&group->phrase, phrase);
            TRY(buffer_status(&group->phrase));
        }
        TRY(kind == NAMED_PIECE ? piece_take(group, value, fault)
                                : address_take(group, value, fault));
        if (done % 4096 == 0) {
            TRY(build_progress(world, "streets", done, total, fault));
        }
    }
    TRY(group_finish(group, fault));
    return build_progress(world, "streets", total, total, fault);
}

enum status build_streets(struct world *world, bool is_last, struct fault *fault)
{
    TRY(sorter_sort(world->named, fault));
    struct street_group group SCOPED(group_free) = {
        .world = world,
        .phrase = {.account = world->account},
        .records = {.account = world->account},
        .is_last = is_last,
    };
    TRY(groups_read(&group, fault));
    sorter_free(world->named);
    world->named = NULL;
    return STATUS_OK;
}
