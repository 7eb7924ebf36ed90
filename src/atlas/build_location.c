#include "atlas/build_location.h"

#include "atlas/atlas.h"
#include "atlas/build_area.h"
#include "atlas/build_place.h"
#include "atlas/build_shape.h"
#include "atlas/probe.h"

struct build_locations {
    struct build_intern sets; // of places around some point
    struct location *items;   // one for each set
    size_t capacity;
};

enum status build_locations_new(struct world *world, struct fault *fault)
{
    world->locations = memory_take_zeroed(world->account, 1, sizeof(*world->locations));
    if (world->locations == NULL) {
        return build_no_memory(world, fault);
    }
    world->locations->sets.account = world->account;
    return STATUS_OK;
}

void build_locations_free(struct world *world)
{
    if (world->locations != NULL) {
        build_intern_free(&world->locations->sets);
        memory_give(world->locations->items);
        memory_give(world->locations);
        world->locations = NULL;
    }
}

// Smaller areas before larger ones: by layer, by administrative level, by extent.
static bool is_before(const struct world *world, uint32_t left, uint32_t right)
{
    const struct draft *const a = &world->drafts[left];
    const struct draft *const b = &world->drafts[right];
    if (a->doc.layer != b->doc.layer) {
        return a->doc.layer > b->doc.layer;
    }
    if (a->doc.admin_level != b->doc.admin_level) {
        return a->doc.admin_level > b->doc.admin_level;
    }
    const int64_t a_height = (int64_t)a->box.north_e7 - a->box.south_e7;
    const int64_t b_height = (int64_t)b->box.north_e7 - b->box.south_e7;
    return a_height != b_height ? a_height < b_height : left < right;
}

static size_t sorted_in(const struct world *world, uint32_t *list, size_t count, uint32_t draft)
{
    size_t at = count;
    for (size_t i = 0; i < count; i++) {
        if (list[i] == draft) {
            return count;
        }
    }
    if (count == BUILD_CHAIN_MAX) {
        return count;
    }
    for (; at > 0 && is_before(world, draft, list[at - 1]); at--) {
        list[at] = list[at - 1];
    }
    list[at] = draft;
    return count + 1;
}

// A set of places met for the first time.
static enum status location_make(struct world *world, const uint32_t *places, size_t place_count,
                                 struct location *location)
{
    uint32_t list[BUILD_CHAIN_MAX];
    size_t count = 0;
    *location =
        (struct location){.locality = BUILD_NONE, .region = BUILD_NONE, .postcode = BUILD_NONE};
    location->country = build_country_among(world, places, place_count, &location->has_boundary);
    for (size_t i = 0; i < place_count; i++) {
        const uint32_t draft = world->places[places[i]].draft;
        if (draft == BUILD_NONE) {
            continue;
        }
        const struct atlas_doc *const doc = &world->drafts[draft].doc;
        const bool is_landscape = doc->layer < LAYER_LOCALITY && doc->admin_level == 0 &&
                                  !build_is_shape(&world->places[places[i]]);
        if (doc->layer == LAYER_POSTCODE) {
            location->postcode = draft;
        } else if (!is_landscape) {
            count = sorted_in(world, list, count, draft);
        }
    }
    for (size_t i = count; i > 0; i--) {
        const unsigned layer = world->drafts[list[i - 1]].doc.layer;
        location->locality = layer == LAYER_LOCALITY ? list[i - 1] : location->locality;
        location->region = layer == LAYER_REGION ? list[i - 1] : location->region;
        location->has_part = location->has_part || layer > LAYER_LOCALITY;
        location->has_parent = location->has_parent || layer < LAYER_LOCALITY;
    }
    if (location->country == 0) {
        location->country = world->country;
    }
    const struct bytes run = {.data = (const uint8_t *)list, .size = count * sizeof(*list)};
    return build_intern_add(&world->lists, run, &location->list);
}

enum status build_location_find(struct world *world, struct geo_point point, uint16_t tagged,
                                uint32_t *number, struct fault *fault)
{
    struct build_locations *const locations = world->locations;
    uint32_t places[BUILD_AREAS_MAX];
    size_t count = build_areas_at(world, point, places);
    count = build_shapes_sift(world, point, tagged, places, count);
    const struct bytes set = {.data = (const uint8_t *)places, .size = count * sizeof(*places)};
    const size_t known = locations->sets.count;
    if (build_intern_add(&locations->sets, set, number) != STATUS_OK ||
        !memory_grow(world->account, &locations->items, &locations->capacity, locations->sets.count,
                     sizeof(*locations->items)) ||
        (*number == known &&
         location_make(world, places, count, &locations->items[*number]) != STATUS_OK)) {
        return build_no_memory(world, fault);
    }
    return STATUS_OK;
}

const struct location *build_location_at(const struct world *world, uint32_t location)
{
    return &world->locations->items[location];
}

bool build_is_of_world_layer(const struct world *world, uint32_t draft)
{
    return atlas_id_unpack(world->drafts[draft].doc.id).kind == SOURCE_REGIONS;
}

enum status build_location_chain(struct world *world, uint32_t index, struct fault *fault)
{
    const struct draft *const draft = &world->drafts[index];
    const struct geo_point point = {.lng_e7 = draft->doc.lng_e7, .lat_e7 = draft->doc.lat_e7};
    uint32_t number = 0;
    TRY(build_location_find(world, point, draft->doc.country, &number, fault));
    const struct bytes areas =
        build_intern_at(&world->lists, build_location_at(world, number)->list);
    uint32_t chain[BUILD_CHAIN_MAX + 1];
    size_t count = 0;
    uint32_t region = draft->region;
    for (size_t i = 0; i < areas.size; i += sizeof(uint32_t)) {
        uint32_t area = 0;
        memcpy(&area, areas.data + i, sizeof(area));
        const struct atlas_doc *const above = &world->drafts[area].doc;
        const bool is_wider = above->layer < draft->doc.layer ||
                              (above->layer == draft->doc.layer &&
                               (!draft->has_box || above->admin_level < draft->doc.admin_level));
        if (above->layer == LAYER_COUNTRY && region != BUILD_NONE) {
            chain[count++] = region;
            region = BUILD_NONE;
        }
        // A region that the settlement names stands for the outline it was found in.
        const bool is_replaced = draft->region != BUILD_NONE && above->layer == LAYER_REGION &&
                                 build_is_of_world_layer(world, area);
        if (area != index && is_wider && !is_replaced) {
            chain[count++] = area;
        }
    }
    if (region != BUILD_NONE) {
        chain[count++] = region;
    }
    const struct bytes run = {.data = (const uint8_t *)chain, .size = count * sizeof(*chain)};
    return build_intern_add(&world->lists, run, &world->drafts[index].doc.chain) == STATUS_OK
               ? STATUS_OK
               : build_no_memory(world, fault);
}

enum status build_location_lead(struct world *world, uint32_t draft, uint32_t leader,
                                struct fault *fault)
{
    const struct bytes run = build_intern_at(&world->lists, world->drafts[draft].doc.chain);
    uint32_t chain[BUILD_CHAIN_MAX + 1] = {leader};
    const size_t count = run.size / sizeof(*chain);
    if (count >= BUILD_CHAIN_MAX) {
        return STATUS_OK;
    }
    if (count != 0) {
        memcpy(chain + 1, run.data, run.size);
    }
    for (size_t i = 1; i <= count; i++) {
        if (chain[i] == leader) {
            return STATUS_OK;
        }
    }
    const struct bytes led = {.data = (const uint8_t *)chain, .size = (count + 1) * sizeof(*chain)};
    return build_intern_add(&world->lists, led, &world->drafts[draft].doc.chain) == STATUS_OK
               ? STATUS_OK
               : build_no_memory(world, fault);
}

static bool list_has(struct bytes list, uint32_t draft)
{
    for (size_t i = 0; i < list.size; i += sizeof(draft)) {
        if (memcmp(list.data + i, &draft, sizeof(draft)) == 0) {
            return true;
        }
    }
    return false;
}

static uint32_t country_document(const struct world *world, uint16_t country)
{
    for (size_t i = 0; i < world->place_count && country != 0; i++) {
        const struct place *const place = &world->places[i];
        if (place->layer == LAYER_COUNTRY && place->country == country &&
            place->draft != BUILD_NONE) {
            return place->draft;
        }
    }
    return BUILD_NONE;
}

// Of a thing at the rim of the extract, which lies somewhere near its point: the region and the country that
// are all around it.
static enum status cut_chain(struct world *world, uint32_t index, struct fault *fault)
{
    const struct atlas_doc doc = world->drafts[index].doc;
    const struct geo_point point = {.lng_e7 = doc.lng_e7, .lat_e7 = doc.lat_e7};
    const struct build_intern *const lists = &world->lists;
    uint32_t numbers[PROBE_SIDES];
    for (unsigned i = 0; i < PROBE_SIDES; i++) {
        const struct geo_point side = probe_at(point, PROBE_FAR_FIRST + i);
        TRY(build_location_find(world, side, 0, &numbers[i], fault));
        numbers[i] = build_location_at(world, numbers[i])->list;
    }
    const struct bytes first = build_intern_at(lists, numbers[0]);
    uint32_t chain[BUILD_CHAIN_MAX];
    size_t count = 0;
    for (size_t i = 0; i < first.size; i += sizeof(uint32_t)) {
        uint32_t draft = 0;
        memcpy(&draft, first.data + i, sizeof(draft));
        const unsigned layer = world->drafts[draft].doc.layer;
        bool is_around = draft != index && layer <= LAYER_REGION && layer < doc.layer;
        for (unsigned k = 1; k < PROBE_SIDES && is_around; k++) {
            is_around = list_has(build_intern_at(lists, numbers[k]), draft);
        }
        if (is_around) {
            chain[count++] = draft;
        }
    }
    if (count == 0 || world->drafts[chain[count - 1]].doc.layer != LAYER_COUNTRY) {
        const uint32_t country = country_document(world, doc.country);
        if (country != BUILD_NONE && country != index && count < BUILD_CHAIN_MAX) {
            chain[count++] = country; // as it says itself
        }
    }
    const struct bytes run = {.data = (const uint8_t *)chain, .size = count * sizeof(*chain)};
    return build_intern_add(&world->lists, run, &world->drafts[index].doc.chain) == STATUS_OK
               ? STATUS_OK
               : build_no_memory(world, fault);
}

enum status build_location_chains(struct world *world, struct fault *fault)
{
    for (uint32_t i = 0; i < world->draft_count; i++) {
        if (world->drafts[i].doc.layer <= LAYER_POSTCODE) {
            TRY(world->drafts[i].is_cut ? cut_chain(world, i, fault)
                                        : build_location_chain(world, i, fault));
        }
    }
    return STATUS_OK;
}
