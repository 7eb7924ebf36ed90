#include "atlas/build_street.h"

#include <stdlib.h>

#include "atlas/build_crossing.h"
#include "atlas/build_facts.h"
#include "atlas/build_phrase.h"
#include "atlas/build_score.h"
#include "atlas/build_way.h"
#include "geo/distance.h"

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

// The most frequent draft that `offset` of their contexts names; the first of equally frequent
// ones.
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

// Every list of documents that some of the street lies in: the chains of its addresses, the places
// around its pieces.
static enum status lists_gather(struct street_group *group, size_t count,
                                const struct buffer *locations, struct buffer *lists,
                                struct fault *fault)
{
    struct world *const world = group->world;
    for (size_t i = 0; i < count; i++) {
        const struct context *const context = &group->rows[i].context;
        if (i == 0 || memcmp(context, &group->rows[i - 1].context, sizeof(*context)) != 0) {
            uint32_t list = 0;
            TRY(build_context_chain(world, context, BUILD_NONE, &list, fault));
            buffer_append(lists, &list, sizeof(list));
        }
    }
    for (size_t i = 0; i < locations->size; i += sizeof(uint32_t)) {
        uint32_t location;
        memcpy(&location, locations->data + i, sizeof(location));
        const uint32_t list = build_location_at(world, location)->list;
        buffer_append(lists, &list, sizeof(list));
    }
    return buffer_status(lists) == STATUS_OK ? STATUS_OK : build_no_memory(world, fault);
}

// Chain, contexts and country of a street from where it lies and what its addresses (the first
// `count` of group.rows) say.
static enum status street_context(struct street_group *group, uint32_t street, size_t count,
                                  const struct buffer *locations, struct fault *fault)
{
    struct world *const world = group->world;
    const uint32_t draft = world->streets[street].draft;
    const struct geo_point point = {.lng_e7 = world->drafts[draft].doc.lng_e7,
                                    .lat_e7 = world->drafts[draft].doc.lat_e7};
    const struct feature_address nothing = {0};
    struct context context;
    TRY(build_context_find(world, point, &nothing, &context, fault));
    const uint32_t postcode = majority(group->rows, count, offsetof(struct context, postcode));
    const uint32_t locality = majority(group->rows, count, offsetof(struct context, locality));
    context.postcode = postcode != BUILD_NONE ? postcode : context.postcode;
    context.locality = locality != BUILD_NONE ? locality : context.locality;
    uint32_t chain = 0;
    TRY(build_context_chain(world, &context, draft, &chain, fault));
    world->drafts[draft].doc.chain = chain;
    world->drafts[draft].doc.country =
        context.country != 0 || count == 0 ? context.country : group->rows[0].context.country;

    struct buffer lists SCOPED(buffer_free) = {.account = world->account};
    buffer_append(&lists, &chain, sizeof(chain));
    TRY(lists_gather(group, count, locations, &lists, fault));
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
    TRY(street_context(group, street, count, locations, fault));
    struct atlas_doc *const doc = &world->drafts[world->streets[street].draft].doc;
    doc->importance =
        build_street_importance(doc->category, (uint32_t)count, world->streets[street].is_known);
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

// The piece whose name is written out most fully: "Bahnhofstraße" before "Bahnhofstr."; of equals the
// first.
static size_t piece_fullest(const struct street_group *group, const uint32_t *pieces, size_t count)
{
    size_t fullest = 0;
    size_t fullest_size = 0;
    for (size_t i = 0; i < count; i++) {
        const uint32_t name = group->pieces[pieces[i]].street_name;
        const size_t size = build_street_name_at(group->world, name).size;
        if (size > fullest_size) {
            fullest = i;
            fullest_size = size;
        }
    }
    return fullest;
}

static enum status pieces_describe(struct street_group *group, uint32_t draft,
                                   const uint32_t *pieces, size_t count, struct fault *fault)
{
    struct world *const world = group->world;
    const uint16_t country = group->pieces[pieces[0]].country;
    struct build_names names SCOPED(build_names_free);
    build_names_begin(&names, world, draft, country);
    const size_t fullest = piece_fullest(group, pieces, count);
    unsigned rank = 0;
    bool is_known = false;
    for (size_t i = 0; i < count; i++) {
        // The first name taken is the street's.
        const size_t at = i == 0 ? fullest : i <= fullest ? i - 1 : i;
        const struct piece *const piece = &group->pieces[pieces[at]];
        const struct bytes record = {.data = group->records.data + piece->record_offset,
                                     .size = piece->record_size};
        struct feature feature;
        TRY(build_record_decode(record, &world->scratch, &feature));
        TRY(build_names_add(&names, feature.names, feature.name_count, fault));
        TRY(line_write(world, draft, &group->points[piece->point_first], piece->point_count,
                       fault));
        TRY(build_crossing_piece(world, draft, &feature, fault));
        if (count != 1) {
            TRY(build_alias_add(world, piece->id, draft, fault));
            TRY(build_way_add(world, draft, piece->id, piece->box, fault));
        }
        rank = piece->rank > rank ? piece->rank : rank;
        is_known = is_known || feature.wikidata.size != 0 || feature.has_wikipedia;
    }
    TRY(build_names_end(&names, fault));
    world->streets[world->drafts[draft].detail].is_known = is_known;
    world->drafts[draft].doc.category = (uint16_t)rank;
    return STATUS_OK;
}

// What the way of the highest rank says, of equals the first.
static enum status pieces_facts(struct street_group *group, uint32_t draft, const uint32_t *pieces,
                                size_t count, struct fault *fault)
{
    struct world *const world = group->world;
    const struct piece *best = &group->pieces[pieces[0]];
    for (size_t i = 1; i < count; i++) {
        const struct piece *const piece = &group->pieces[pieces[i]];
        best = piece->rank > best->rank ? piece : best;
    }
    const struct bytes record = {.data = group->records.data + best->record_offset,
                                 .size = best->record_size};
    struct feature feature;
    TRY(build_record_decode(record, &world->scratch, &feature));
    struct build_facts facts SCOPED(build_facts_free);
    build_facts_begin(&facts, world);
    TRY(build_facts_add(&facts, &feature, true, fault));
    return build_facts_end(&facts, draft, fault);
}

enum status build_street_make(struct street_group *group, const uint32_t *pieces, size_t count,
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
    world->source = group->pieces[pieces[0]].source;
    TRY(pieces_id(group, pieces, count, &id, fault));
    TRY(street_new(world, id, pin_of(group, pieces, count, box), &street, fault));
    const uint32_t draft = world->streets[street].draft;
    world->drafts[draft].box = box;
    world->drafts[draft].has_box = true;
    world->streets[street].phrases =
        world->street_name_phrases[group->pieces[pieces[0]].street_name];
    world->streets[street].has_line = true;
    TRY(pieces_describe(group, draft, pieces, count, fault));
    TRY(pieces_facts(group, draft, pieces, count, fault));
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

// The name that is written out most fully, of equals the earliest input's.
static struct bytes implied_name(const struct world *world, const struct group_address *addresses,
                                 size_t count)
{
    const struct address_row *best = &addresses[0].row;
    size_t best_size = build_street_name_at(world, best->street_name).size;
    for (size_t i = 1; i < count; i++) {
        const struct address_row *const row = &addresses[i].row;
        const size_t size = build_street_name_at(world, row->street_name).size;
        if (size > best_size || (size == best_size && row->source < best->source)) {
            best = row;
            best_size = size;
        }
    }
    return build_street_name_at(world, best->street_name);
}

enum status build_street_imply(struct street_group *group, const struct group_address *addresses,
                               size_t count, bool is_alone, struct fault *fault)
{
    struct world *const world = group->world;
    const struct address_row *const first = &addresses[0].row;
    struct geo_box box = build_box_of(first->point);
    for (size_t i = 0; i < count; i++) {
        box = geo_box_extend(box, addresses[i].row.point);
    }
    uint64_t id = 0;
    world->source = first->source;
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

    const struct feature_name name = {.text = implied_name(world, addresses, count),
                                      .role = NAME_MAIN};
    struct build_names names SCOPED(build_names_free);
    build_names_begin(&names, world, draft, first->context.country);
    TRY(build_names_add(&names, &name, 1, fault));
    TRY(build_names_end(&names, fault));
    const struct buffer nowhere = {.account = world->account};
    return street_finish(group, street, addresses, count, &nowhere, fault);
}
