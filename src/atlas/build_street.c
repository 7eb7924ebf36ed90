#include "atlas/build_street.h"

#include <assert.h>
#include <stdlib.h>

#include "atlas/atlas.h"
#include "atlas/build_phrase.h"
#include "atlas/build_score.h"
#include "geo/distance.h"

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

static enum status street_new(struct world *world, uint64_t id, struct geo_point point,
                              uint32_t *street, struct fault *fault)
{
    uint32_t draft = 0;
    TRY(build_draft_new(world, LAYER_STREET, id, point, &draft, fault));
    if (!memory_grow(world->account, &world->streets, &world->street_capacity,
                     world->street_count + 1, sizeof(*world->streets))) {
        return build_no_memory(world, fault);
    }
    *street = (uint32_t)world->street_count++;
    world->streets[*street] = (struct street_draft){.draft = draft};
    world->drafts[draft].detail = *street;
    return STATUS_OK;
}

// The most frequent draft that `offset` of their contexts names; the first of equally frequent ones.
static uint32_t majority(const struct address_row *rows, size_t count, size_t offset)
{
    uint32_t best = BUILD_NONE;
    uint32_t lead = 0; // Boyer and Moore's vote: right whenever more than half agree
    for (size_t i = 0; i < count; i++) {
        uint32_t draft;
        memcpy(&draft, (const uint8_t *)&rows[i].context + offset, sizeof(draft));
        if (draft == BUILD_NONE) {
            continue;
        }
        if (lead == 0) {
            best = draft;
        }
        lead = draft == best ? lead + 1 : lead - 1;
    }
    return best;
}

static int by_value(const void *left, const void *right)
{
    uint32_t a;
    uint32_t b;
    memcpy(&a, left, sizeof(a));
    memcpy(&b, right, sizeof(b));
    return (a > b) - (a < b);
}

static enum status list_append(struct world *world, struct buffer *items, uint32_t list)
{
    const struct bytes run = build_intern_at(&world->lists, list);
    buffer_append_bytes(items, run);
    return buffer_status(items);
}

// Every document that contains some of the street: the chains of its pieces and houses together.
static enum status contexts_set(struct world *world, struct street_draft *street,
                                struct buffer *lists, struct fault *fault)
{
    struct buffer items SCOPED(buffer_free) = {.account = world->account};
    uint32_t last = BUILD_NONE;
    if (lists->size != 0) {
        qsort(lists->data, lists->size / sizeof(last), sizeof(last), by_value);
    }
    for (size_t i = 0; i < lists->size; i += sizeof(last)) {
        uint32_t list;
        memcpy(&list, lists->data + i, sizeof(list));
        if (list != last && list_append(world, &items, list) != STATUS_OK) {
            return build_no_memory(world, fault);
        }
        last = list;
    }
    uint32_t *const drafts = (void *)items.data;
    size_t count = 0;
    if (items.size != 0) {
        qsort(drafts, items.size / sizeof(*drafts), sizeof(*drafts), by_value);
    }
    for (size_t i = 0; i < items.size / sizeof(*drafts); i++) {
        if (count == 0 || drafts[count - 1] != drafts[i]) {
            drafts[count++] = drafts[i];
        }
    }
    const struct bytes run = {.data = items.data, .size = count * sizeof(*drafts)};
    return build_intern_add(&world->lists, run, &street->contexts) == STATUS_OK
               ? STATUS_OK
               : build_no_memory(world, fault);
}

enum status build_street_contexts_add(struct world *world, struct street_draft *street,
                                      const struct context *context, struct fault *fault)
{
    uint32_t lists[2] = {street->contexts, 0};
    TRY(build_context_chain(world, context, BUILD_NONE, &lists[1], fault));
    struct buffer both SCOPED(buffer_free) = {.account = world->account};
    buffer_append(&both, lists, sizeof(lists));
    TRY(buffer_status(&both));
    return contexts_set(world, street, &both, fault);
}

// Chain, contexts and country of a street from where it lies and what its addresses say.
static enum status street_context(struct world *world, uint32_t street,
                                  const struct address_row *rows, size_t count,
                                  const uint32_t *locations, size_t location_count,
                                  struct fault *fault)
{
    const uint32_t draft = world->streets[street].draft;
    const struct geo_point point = {.lng_e7 = world->drafts[draft].doc.lng_e7,
                                    .lat_e7 = world->drafts[draft].doc.lat_e7};
    const struct feature_address nothing = {0};
    struct context context;
    TRY(build_context_find(world, point, &nothing, &context, fault));
    const uint32_t postcode = majority(rows, count, offsetof(struct context, postcode));
    const uint32_t locality = majority(rows, count, offsetof(struct context, locality));
    context.postcode = postcode != BUILD_NONE ? postcode : context.postcode;
    context.locality = locality != BUILD_NONE ? locality : context.locality;
    uint32_t chain = 0;
    TRY(build_context_chain(world, &context, draft, &chain, fault));
    world->drafts[draft].doc.chain = chain;
    world->drafts[draft].doc.country =
        context.country != 0 || count == 0 ? context.country : rows[0].context.country;

    struct buffer lists SCOPED(buffer_free) = {.account = world->account};
    buffer_append(&lists, &chain, sizeof(chain));
    struct context last = {0};
    for (size_t i = 0; i < count; i++) {
        if (i == 0 || memcmp(&last, &rows[i].context, sizeof(last)) != 0) {
            uint32_t list = 0;
            TRY(build_context_chain(world, &rows[i].context, BUILD_NONE, &list, fault));
            buffer_append(&lists, &list, sizeof(list));
            last = rows[i].context;
        }
    }
    for (size_t i = 0; i < location_count; i++) {
        const uint32_t list = build_location_at(world, locations[i])->list;
        buffer_append(&lists, &list, sizeof(list));
    }
    TRY(buffer_status(&lists));
    return contexts_set(world, &world->streets[street], &lists, fault);
}

static enum status line_write(struct world *world, uint32_t draft, const struct geo_point *points,
                              uint32_t count, struct fault *fault)
{
    const uint32_t head[2] = {draft, count};
    TRY(spool_append(world->lines, head, sizeof(head), fault));
    return spool_append(world->lines, points, count * sizeof(*points), fault);
}

// Keeps rows, context, importance: what is the same for a street with and without a line.
static enum status street_finish(struct street_group *group, uint32_t street,
                                 const struct group_address *addresses, size_t count,
                                 const struct buffer *locations, struct fault *fault)
{
    struct world *const world = group->world;
    if (!memory_grow(world->account, &group->rows, &group->row_capacity, count,
                     sizeof(*group->rows))) {
        return build_no_memory(world, fault);
    }
    for (size_t i = 0; i < count; i++) {
        group->rows[i] = addresses[i].row;
    }
    TRY(street_context(world, street, group->rows, count, (const void *)locations->data,
                       locations->size / sizeof(uint32_t), fault));
    struct atlas_doc *const doc = &world->drafts[world->streets[street].draft].doc;
    doc->importance = build_street_importance(doc->category, (uint32_t)count, false);
    struct street_draft *const draft = &world->streets[street];
    draft->row_offset = spool_size(world->rows);
    draft->row_count = (uint32_t)count;
    return spool_append(world->rows, group->rows, count * sizeof(*group->rows), fault);
}

// The piece whose middle is nearest to the middle of them all: its middle is the street's pin.
static struct geo_point pin_of(const struct street_group *group, const uint32_t *pieces,
                               size_t count, struct geo_box box)
{
    const struct geo_point centre = geo_box_centre(box);
    struct geo_point pin = group->pieces[pieces[0]].middle;
    double best_m = distance_m(pin, centre);
    for (size_t i = 1; i < count; i++) {
        const struct geo_point middle = group->pieces[pieces[i]].middle;
        const double away_m = distance_m(middle, centre);
        if (away_m < best_m) {
            best_m = away_m;
            pin = middle;
        }
    }
    return pin;
}

// One way keeps its id; several make one of their own, and theirs lead to it.
static enum status pieces_id(struct street_group *group, const uint32_t *pieces, size_t count,
                             uint64_t *id, struct fault *fault)
{
    *id = group->pieces[pieces[0]].id;
    if (count == 1) {
        return STATUS_OK;
    }
    struct buffer made_of SCOPED(buffer_free) = {.account = group->world->account};
    for (size_t i = 0; i < count; i++) {
        buffer_append_u64(&made_of, group->pieces[pieces[i]].id);
    }
    if (buffer_status(&made_of) != STATUS_OK) {
        return build_no_memory(group->world, fault);
    }
    *id = build_derived_id("street", buffer_bytes(&made_of));
    return STATUS_OK;
}

static enum status pieces_describe(struct street_group *group, uint32_t draft,
                                   const uint32_t *pieces, size_t count, struct fault *fault)
{
    struct world *const world = group->world;
    const uint16_t country = group->pieces[pieces[0]].country;
    struct build_names names SCOPED(build_names_free);
    build_names_begin(&names, world, draft, country);
    unsigned rank = 0;
    for (size_t i = 0; i < count; i++) {
        const struct piece *const piece = &group->pieces[pieces[i]];
        const struct bytes record = {.data = group->records.data + piece->record_offset,
                                     .size = piece->record_size};
        struct feature feature;
        TRY(build_record_decode(record, &world->scratch, &feature));
        TRY(build_names_add(&names, feature.names, feature.name_count, fault));
        TRY(line_write(world, draft, &group->points[piece->point_first], piece->point_count,
                       fault));
        if (count != 1) {
            TRY(build_alias_add(world, piece->id, draft, fault));
        }
        rank = piece->rank > rank ? piece->rank : rank;
    }
    TRY(build_names_end(&names, fault));
    world->drafts[draft].doc.category = (uint16_t)rank;
    return STATUS_OK;
}

// A street of pieces (by id) and the addresses that found it.
static enum status street_make(struct street_group *group, const uint32_t *pieces, size_t count,
                               const struct group_address *addresses, size_t address_count,
                               struct fault *fault)
{
    struct world *const world = group->world;
    struct buffer locations SCOPED(buffer_free) = {.account = world->account};
    struct geo_box box = group->pieces[pieces[0]].box;
    for (size_t i = 0; i < count; i++) {
        const struct piece *const piece = &group->pieces[pieces[i]];
        box = geo_box_union(box, piece->box);
        buffer_append(&locations, &piece->location, sizeof(piece->location));
    }
    TRY(buffer_status(&locations));

    uint64_t id = 0;
    uint32_t street = 0;
    TRY(pieces_id(group, pieces, count, &id, fault));
    TRY(street_new(world, id, pin_of(group, pieces, count, box), &street, fault));
    const uint32_t draft = world->streets[street].draft;
    world->drafts[draft].box = box;
    world->drafts[draft].has_box = true;
    world->streets[street].phrases =
        world->street_name_phrases[group->pieces[pieces[0]].street_name];
    world->streets[street].has_line = true;
    TRY(pieces_describe(group, draft, pieces, count, fault));
    return street_finish(group, street, addresses, address_count, &locations, fault);
}

// The id of a street that only addresses know of: of its name and locality; of several such in one
// locality the first (with the least house id) has that, the others add their least house id.
static enum status implied_id(struct street_group *group, const struct address_row *first,
                              bool is_alone, uint64_t *id, struct fault *fault)
{
    struct world *const world = group->world;
    struct buffer made_of SCOPED(buffer_free) = {.account = world->account};
    buffer_append(&made_of, group->phrase.data, group->phrase.size);
    if (first->context.locality != BUILD_NONE) {
        buffer_append_u64(&made_of, world->drafts[first->context.locality].doc.id);
    }
    if (!is_alone) {
        buffer_append_u64(&made_of, first->id);
    }
    if (buffer_status(&made_of) != STATUS_OK) {
        return build_no_memory(world, fault);
    }
    *id = build_derived_id("implied", buffer_bytes(&made_of));
    return STATUS_OK;
}

// A street that only addresses know of.
static enum status street_imply(struct street_group *group, const struct group_address *addresses,
                                size_t count, bool is_alone, struct fault *fault)
{
    struct world *const world = group->world;
    const struct address_row *const first = &addresses[0].row;
    struct geo_box box = build_box_of(first->point);
    for (size_t i = 0; i < count; i++) {
        box = geo_box_extend(box, addresses[i].row.point);
    }
    uint64_t id = 0;
    TRY(implied_id(group, first, is_alone, &id, fault));
    uint32_t street = 0;
    TRY(street_new(world, id, first->point, &street, fault));
    const uint32_t draft = world->streets[street].draft;
    const struct geo_point centre = geo_box_centre(box);
    struct geo_point pin = first->point;
    for (size_t i = 1; i < count; i++) {
        pin = distance_m(addresses[i].row.point, centre) < distance_m(pin, centre)
                  ? addresses[i].row.point
                  : pin;
    }
    world->drafts[draft].doc.lng_e7 = pin.lng_e7;
    world->drafts[draft].doc.lat_e7 = pin.lat_e7;
    world->drafts[draft].box = box;
    world->drafts[draft].has_box = true;

    const struct feature_name name = {.text = build_street_name_at(world, first->street_name),
                                      .role = NAME_MAIN};
    struct build_names names SCOPED(build_names_free);
    build_names_begin(&names, world, draft, first->context.country);
    TRY(build_names_add(&names, &name, 1, fault));
    TRY(build_names_end(&names, fault));
    const struct buffer nowhere = {.account = world->account};
    return street_finish(group, street, addresses, count, &nowhere, fault);
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
        TRY(street_make(group, &members[first], end - first, &group->addresses[*used], last - *used,
                        fault));
        *used = last;
        first = end;
    }
    return STATUS_OK;
}

// Streets that only addresses know of: from `first` on the addresses lie cluster by cluster, those of
// the least house id first.
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
        TRY(street_imply(group, &group->addresses[first], end - first, number == known, fault));
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
