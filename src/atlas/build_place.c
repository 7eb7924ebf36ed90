#include "atlas/build_place.h"

#include "atlas/atlas.h"
#include "atlas/build_area.h"
#include "atlas/build_facts.h"
#include "atlas/build_phrase.h"
#include "atlas/build_score.h"
#include "atlas/build_shape.h"
#include "atlas/build_twin.h"

static uint64_t digits_of(struct bytes wikidata)
{
    uint64_t number = 0;
    for (size_t i = 1; i < wikidata.size && i < 19; i++) {
        const uint8_t byte = wikidata.data[i];
        if (byte < '0' || byte > '9') {
            return 0;
        }
        number = number * 10 + (byte - '0');
    }
    return number;
}

enum status build_rings_keep(struct world *world, const struct geo_rings *rings, uint32_t *run,
                             struct fault *fault)
{
    if (!memory_grow(world->account, &world->rings, &world->ring_capacity, world->ring_count + 1,
                     sizeof(*world->rings))) {
        return build_no_memory(world, fault);
    }
    buffer_clear(&world->buffer);
    build_record_encode_rings(rings, &world->buffer);
    TRY(buffer_status(&world->buffer));
    *run = (uint32_t)world->ring_count++;
    world->rings[*run] =
        (struct ring_run){.offset = spool_size(world->outlines), .size = world->buffer.size};
    return spool_append(world->outlines, world->buffer.data, world->buffer.size, fault);
}

static uint64_t region_code_of(const struct feature *feature)
{
    uint64_t code = 0;
    memcpy(&code, feature->region_code, strnlen(feature->region_code, sizeof(code)));
    return code;
}

enum status build_place_take(struct world *world, const struct feature *feature,
                             struct fault *fault)
{
    if (!memory_grow(world->account, &world->places, &world->place_capacity, world->place_count + 1,
                     sizeof(*world->places))) {
        return build_no_memory(world, fault);
    }
    struct place place = {
        .id = atlas_id_pack(feature->id),
        .label = feature->has_label ? atlas_id_pack(feature->label) : 0,
        .point = feature->point,
        .box = feature->rings.ring_count != 0 ? feature->box : build_box_of(feature->point),
        .record_offset = world->place_records.size,
        .rings = BUILD_NONE,
        .roles = feature->roles,
        .wikidata = digits_of(feature->wikidata),
        .population = feature->population,
        .phrase = BUILD_NONE,
        .twin = BUILD_NONE,
        .draft = BUILD_NONE,
        .region_code = region_code_of(feature),
        .country = build_country_pack(feature->country_code),
        .layer = LAYER_COUNT,
        .admin_level =
            (feature->roles & (FEATURE_AREA | BUILD_SHAPE_ROLES)) != 0 ? feature->admin_level : 0,
        .place_type = (uint8_t)feature->place_type,
        .source = feature->source,
    };
    for (unsigned i = 0; i < feature->same_count; i++) {
        place.same[i] = atlas_id_pack(feature->same[i]);
    }
    if (feature->rings.ring_count != 0) {
        TRY(build_rings_keep(world, &feature->rings, &place.rings, fault));
    }
    build_record_encode(feature, &world->place_records);
    if (buffer_status(&world->place_records) != STATUS_OK) {
        return build_no_memory(world, fault);
    }
    place.record_size = world->place_records.size - place.record_offset;
    world->places[world->place_count++] = place;
    return STATUS_OK;
}

enum status build_place_feature(struct world *world, const struct place *place,
                                struct feature *feature)
{
    const struct bytes record = {.data = world->place_records.data + place->record_offset,
                                 .size = place->record_size};
    return build_record_decode(record, &world->scratch, feature);
}

// Of an area at the rim of an extract often only the name is known; its point says nothing.
static bool is_cut(const struct place *place)
{
    return (place->roles & FEATURE_AREA) != 0 && place->rings == BUILD_NONE;
}

static enum status countries_set(struct world *world, struct fault *fault)
{
    for (size_t i = 0; i < world->place_count; i++) {
        struct place *const place = &world->places[i];
        struct feature feature;
        TRY(build_place_feature(world, place, &feature));
        if (place->country == 0 && feature.region_code[0] != '\0') {
            const char code[3] = {feature.region_code[0], feature.region_code[1], '\0'};
            place->country = build_country_pack(code);
        }
        if (place->country == 0) {
            place->country = build_country_pack(feature.address.country);
        }
    }
    build_shapes_note(world);
    for (size_t i = 0; i < world->place_count; i++) {
        struct place *const place = &world->places[i];
        if (place->country == 0 && is_cut(place) && place->admin_level > 2) {
            place->country = build_shapes_country_around(world, place->point);
        } else if (place->country == 0 && !is_cut(place)) {
            uint32_t around[BUILD_AREAS_MAX];
            const size_t count = build_areas_at(world, place->point, around);
            bool is_certain = false;
            place->country =
                build_shapes_country(world, place->point, 0, around, count, &is_certain);
        }
        if (place->country == 0) {
            place->country = world->country;
        }
    }
    return build_progress(world, "places", 1, 4, fault);
}

static enum atlas_layer type_layer(unsigned place_type)
{
    static const uint8_t layers[] = {
        [PLACE_NONE] = LAYER_COUNT,
        [PLACE_CONTINENT] = LAYER_COUNT,
        [PLACE_COUNTRY] = LAYER_COUNTRY,
        [PLACE_REGION] = LAYER_REGION,
        [PLACE_COUNTY] = LAYER_COUNTY,
        [PLACE_MUNICIPALITY] = LAYER_LOCALITY,
        [PLACE_CITY] = LAYER_LOCALITY,
        [PLACE_TOWN] = LAYER_LOCALITY,
        [PLACE_VILLAGE] = LAYER_LOCALITY,
        [PLACE_HAMLET] = LAYER_LOCALITY,
        [PLACE_ISOLATED] = LAYER_NEIGHBOURHOOD,
        [PLACE_BOROUGH] = LAYER_BOROUGH,
        [PLACE_SUBURB] = LAYER_BOROUGH,
        [PLACE_QUARTER] = LAYER_NEIGHBOURHOOD,
        [PLACE_NEIGHBOURHOOD] = LAYER_NEIGHBOURHOOD,
        [PLACE_ISLAND] = LAYER_NEIGHBOURHOOD,
        [PLACE_SQUARE] = LAYER_COUNT, // a street, see build_collect.c
    };
    return place_type < COUNT_OF(layers) ? (enum atlas_layer)layers[place_type] : LAYER_COUNT;
}

// What a place is by its roles and tags; LAYER_COUNT when it is nothing to be found.
static enum atlas_layer place_layer(const struct place *place, const struct feature *feature)
{
    if (build_is_shape(place)) {
        return place->admin_level == 2   ? LAYER_COUNTRY
               : place->admin_level == 4 ? LAYER_REGION
                                         : LAYER_COUNTY;
    }
    // A border between two countries is tagged like a country, but has no code.
    if (place->admin_level == 2 && feature->country_code[0] == '\0') {
        return LAYER_COUNT;
    }
    // A cave is a named spot and a place of interest: the latter says more.
    if (place->place_type == PLACE_ISOLATED && (place->roles & FEATURE_POI) != 0) {
        return LAYER_COUNT;
    }
    // A postcode of no known country whose outline is not whole leads nowhere.
    if ((place->roles & FEATURE_POSTCODE) != 0 && place->rings == BUILD_NONE &&
        place->country == 0) {
        return LAYER_COUNT;
    }
    // A gazetteer says what a place is; its levels are made up to go with that.
    if ((place->roles & FEATURE_PLACE) != 0 && atlas_id_unpack(place->id).kind == SOURCE_WOF) {
        return type_layer(place->place_type);
    }
    if ((place->roles & FEATURE_AREA) != 0 && place->admin_level != 0) {
        const enum atlas_layer level = build_level_layer(place->country, place->admin_level);
        const enum atlas_layer type = type_layer(place->place_type);
        // A county that is tagged as a town is a town with the rights of a county.
        return level == LAYER_COUNTY && type == LAYER_LOCALITY ? type : level;
    }
    if ((place->roles & FEATURE_PLACE) != 0) {
        return type_layer(place->place_type);
    }
    return (place->roles & FEATURE_POSTCODE) != 0 ? LAYER_POSTCODE : LAYER_COUNT;
}

static enum status layers_set(struct world *world, struct fault *fault)
{
    for (size_t i = 0; i < world->place_count; i++) {
        struct place *const place = &world->places[i];
        struct feature feature;
        TRY(build_place_feature(world, place, &feature));
        place->layer = (uint8_t)place_layer(place, &feature);
        if (place->layer < LAYER_POSTCODE) {
            struct text_phrases *const read = &world->readings;
            TRY(build_phrases_read(world, build_main_name(&feature), place->country, PHRASE_NAME,
                                   fault));
            place->layer = read->count == 0 ? LAYER_COUNT : place->layer;
            if (read->count != 0 && build_intern_add(&world->phrases, read->variants[0].text,
                                                     &place->phrase) != STATUS_OK) {
                return build_no_memory(world, fault);
            }
        }
    }
    return build_progress(world, "places", 2, 4, fault);
}

static uint32_t saturated(uint64_t value)
{
    return value < UINT32_MAX ? (uint32_t)value : UINT32_MAX;
}

// What the twins in `joined` are called and say, the place itself first.
static enum status names_make(struct world *world, uint32_t index, const struct build_twin *joined,
                              size_t count, bool *is_known, struct fault *fault)
{
    const struct place *const place = &world->places[joined[0].place];
    struct build_names names SCOPED(build_names_free);
    struct build_facts facts SCOPED(build_facts_free);
    build_names_begin(&names, world, index, place->country);
    build_facts_begin(&facts, world);
    for (size_t i = 0; i < count; i++) {
        struct feature feature;
        TRY(build_place_feature(world, &world->places[joined[i].place], &feature));
        *is_known = *is_known || feature.has_wikipedia || feature.wikidata.size != 0;
        if (feature.region_code[0] != '\0' && place->layer == LAYER_REGION &&
            build_intern_string(&world->strings, bytes_from_text(feature.region_code),
                                &world->drafts[index].doc.region_code) != STATUS_OK) {
            return build_no_memory(world, fault);
        }
        TRY(build_names_add(&names, feature.names, feature.name_count, fault));
        TRY(build_facts_add(&facts, &feature, (feature.roles & FEATURE_POI) == 0, fault));
    }
    TRY(build_facts_end(&facts, index, fault));
    return build_names_end(&names, fault);
}

// The document of a place and of the twins in `joined`, the place itself first.
static enum status draft_make(struct world *world, const struct build_twin *joined, size_t count,
                              struct fault *fault)
{
    struct place *const place = &world->places[joined[0].place];
    uint32_t index = 0;
    world->source = place->source;
    TRY(build_draft_new(world, place->layer, place->id, place->point, &index, fault));
    struct draft *const draft = &world->drafts[index];
    place->draft = index;
    draft->box = place->box;
    draft->has_box = place->rings != BUILD_NONE;
    draft->rings = place->rings;
    draft->doc.country = place->country;
    draft->doc.place_type = place->place_type;
    draft->doc.admin_level = place->admin_level;
    draft->doc.population = saturated(place->population);

    bool is_known = place->wikidata != 0;
    TRY(names_make(world, index, joined, count, &is_known, fault));
    for (size_t i = 1; i < count; i++) {
        TRY(build_alias_add(world, world->places[joined[i].place].id, index, fault));
        world->places[joined[i].place].draft = index;
    }
    struct atlas_doc *const doc = &world->drafts[index].doc;
    world->drafts[index].is_cut = count == 1 && is_cut(place);
    doc->importance = build_place_importance(doc, is_known, world->drafts[index].is_cut);
    return STATUS_OK;
}

enum status build_places(struct world *world, struct fault *fault)
{
    TRY(countries_set(world, fault));
    TRY(layers_set(world, fault));
    struct build_twin *twins SCOPED(build_give) = NULL;
    TRY(build_twins_find(world, &twins, fault));
    TRY(build_progress(world, "places", 3, 4, fault));

    for (size_t i = 0; i < world->place_count;) {
        size_t end = i + 1;
        while (end < world->place_count && twins[end].root == twins[i].root) {
            end++;
        }
        const struct place *const root = &world->places[twins[i].root];
        if (root->layer < LAYER_POSTCODE) {
            TRY(draft_make(world, &twins[i], end - i, fault));
        }
        i = end;
    }
    return build_progress(world, "places", 4, 4, fault);
}
