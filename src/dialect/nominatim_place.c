// A result as Nominatim sees it: main tag, ranks, address lines, ids.
#include <string.h>

#include "dialect/nominatim_private.h"

// What a kind of place is called, and where Nominatim ranks it when nothing but its tag is known.
struct place_kind {
    const char *word;
    uint8_t rank_search, rank_address;
};

static const struct place_kind place_kinds[] = {
    [PLACE_NONE] = {NULL, 0, 0},
    [PLACE_CONTINENT] = {"continent", 2, 2},
    [PLACE_COUNTRY] = {"country", 4, 4},
    [PLACE_REGION] = {"state", 8, 8},
    [PLACE_COUNTY] = {"county", 12, 12},
    [PLACE_MUNICIPALITY] = {"municipality", 14, 14},
    [PLACE_CITY] = {"city", 16, 16},
    [PLACE_TOWN] = {"town", 18, 16},
    [PLACE_VILLAGE] = {"village", 19, 16},
    [PLACE_HAMLET] = {"hamlet", 20, 20},
    [PLACE_ISOLATED] = {"isolated_dwelling", 22, 20},
    [PLACE_BOROUGH] = {"borough", 18, 18},
    [PLACE_SUBURB] = {"suburb", 19, 20},
    [PLACE_QUARTER] = {"quarter", 20, 22},
    [PLACE_NEIGHBOURHOOD] = {"neighbourhood", 22, 24},
    [PLACE_ISLAND] = {"island", 17, 17},
    [PLACE_SQUARE] = {"square", 25, 25},
};

// What a boundary is called by half its rank; the docs of Nominatim list them.
static const char *const boundary_words[] = {
    "administrative", "continent",     "country",      "region", "state",
    "state_district", "county",        "municipality", "city",   "city_district",
    "suburb",         "neighbourhood", "city_block",
};

// Of boundaries whose level is not given.
static const uint8_t layer_ranks[] = {[LAYER_COUNTRY] = 4,
                                      [LAYER_REGION] = 8,
                                      [LAYER_COUNTY] = 12,
                                      [LAYER_LOCALITY] = 16,
                                      [LAYER_BOROUGH] = 18};

static uint8_t boundary_rank(const struct atlas_doc *doc)
{
    if (doc->admin_level >= 2 && doc->admin_level <= 12) {
        return (uint8_t)(2 * doc->admin_level);
    }
    return doc->layer < COUNT_OF(layer_ranks) ? layer_ranks[doc->layer] : 22;
}

void nominatim_area_ranks(const struct atlas_doc *doc, uint8_t *search, uint8_t *address)
{
    const struct place_kind *const kind =
        &place_kinds[doc->place_type < COUNT_OF(place_kinds) ? doc->place_type : PLACE_NONE];
    if (doc->layer == LAYER_POSTCODE) {
        *search = 21;
        *address = 11;
    } else if (doc->admin_level != 0 || kind->word == NULL) {
        *search = *address = boundary_rank(doc);
    } else {
        *search = kind->rank_search;
        *address = kind->rank_address;
    }
}

static struct bytes area_label(const struct atlas_doc *doc, uint8_t rank)
{
    const struct place_kind *const kind =
        &place_kinds[doc->place_type < COUNT_OF(place_kinds) ? doc->place_type : PLACE_NONE];
    if (doc->layer == LAYER_POSTCODE) {
        return BYTES_OF("postcode");
    }
    if (rank <= 4) {
        return BYTES_OF("country");
    }
    const size_t half = rank / 2U < COUNT_OF(boundary_words) ? rank / 2U : 0;
    return bytes_from_text(kind->word != NULL && kind->rank_address > 8 ? kind->word
                                                                        : boundary_words[half]);
}

// --- Address lines ---

static struct nominatim_line *line_add(struct nominatim_place *place, struct bytes label,
                                       struct bytes name, uint8_t rank)
{
    if (name.size == 0 || place->line_count == NOMINATIM_LINES_MAX) {
        return NULL;
    }
    struct nominatim_line *const line = &place->lines[place->line_count++];
    *line = (struct nominatim_line){.label = label, .name = name, .rank = rank, .doc = UINT32_MAX};
    return line;
}

static void line_add_area(const struct nominatim *nominatim, struct nominatim_place *place,
                          uint32_t index, struct bytes name)
{
    const struct atlas *const atlas = nominatim->world->atlas;
    const struct atlas_doc *const doc = &atlas->docs[index];
    uint8_t search = 0;
    uint8_t rank = 0;
    nominatim_area_ranks(doc, &search, &rank);
    for (unsigned i = 0; i < place->line_count; i++) {
        // Of one level the first is the address: the town an address says, not the one it lies in. A
        // village lies in its municipality.
        if (doc->admin_level != 0 && place->lines[i].admin_level == doc->admin_level) {
            return;
        }
    }
    struct nominatim_line *const line = line_add(place, area_label(doc, rank), name, rank);
    if (line != NULL) {
        line->doc = index;
        line->admin_level = doc->admin_level;
        line->region_code = atlas_string(atlas, doc->region_code);
    }
}

// Falling by rank; what is equal stays as it was.
static void lines_sort(struct nominatim_line *lines, unsigned count)
{
    for (unsigned i = 1; i < count; i++) {
        const struct nominatim_line line = lines[i];
        unsigned at = i;
        for (; at > 0 && lines[at - 1].rank < line.rank; at--) {
            lines[at] = lines[at - 1];
        }
        lines[at] = line;
    }
}

// A place of interest without an address is at the nearest street.
static enum status street_make(const struct nominatim *nominatim, struct nominatim_place *place)
{
    static const double reach_m = 300;
    const struct atlas *const atlas = nominatim->world->atlas;
    struct description *const description = &place->description;
    struct lines_hit hit;
    if (atlas == NULL || description->layer != LAYER_POI || description->street.size != 0 ||
        lines_nearest(&atlas->lines, place->result->point, reach_m, NULL, NULL, &hit, 1) == 0) {
        return STATUS_OK;
    }
    struct description street;
    TRY(describe(atlas, hit.reference + atlas_layer_first(atlas, LAYER_STREET),
                 &nominatim->languages, nominatim->arena, &street));
    description->street = street.name;
    if (description->postcode.size == 0) {
        description->postcode = street.postcode;
    }
    return STATUS_OK;
}

static void lines_make(const struct nominatim *nominatim, struct nominatim_place *place)
{
    const struct description *const description = &place->description;
    const enum atlas_layer layer = description->layer;
    const bool is_area = layer <= LAYER_POSTCODE;
    if (is_area && place->result->object == NULL) {
        line_add_area(nominatim, place, place->result->reference, description->name);
    } else if (layer != LAYER_ADDRESS) {
        line_add(place, place->type, description->name, place->rank_address);
    }
    place->has_own_line = place->line_count != 0;
    if (place->has_own_line) {
        place->lines[0].label = place->type;
    }
    line_add(place, BYTES_OF("house_number"), description->number, 30);
    if (layer != LAYER_STREET && layer != LAYER_INTERSECTION) {
        line_add(place, BYTES_OF("road"), description->street, 26);
    }
    bool has_country = layer == LAYER_COUNTRY;
    const unsigned own_count = place->line_count;
    for (unsigned i = 0; i < description->part_count; i++) {
        const struct description_part *const part = &description->parts[i];
        if (part->layer < LAYER_POSTCODE && part->doc != place->result->reference) {
            line_add_area(nominatim, place, part->doc, part->name);
            has_country = has_country || part->layer == LAYER_COUNTRY;
        }
    }
    if (layer != LAYER_POSTCODE) {
        line_add(place, BYTES_OF("postcode"), description->postcode, 5);
    }
    if (!has_country) {
        line_add(place, BYTES_OF("country"), description->country, 4);
    }
    lines_sort(place->lines + own_count, place->line_count - own_count);
}

// The lines in one, each once where neighbours repeat each other.
static enum status display_name_make(const struct nominatim *nominatim,
                                     struct nominatim_place *place)
{
    size_t size = 0;
    for (unsigned i = 0; i < place->line_count; i++) {
        size += place->lines[i].name.size + 2;
    }
    uint8_t *const text = ARENA_NEW(nominatim->arena, uint8_t, size + 1);
    if (text == NULL) {
        return STATUS_NO_MEMORY;
    }
    size_t used = 0;
    for (unsigned i = 0; i < place->line_count; i++) {
        const struct bytes name = place->lines[i].name;
        if (i > 0 && bytes_equal(place->lines[i - 1].name, name)) {
            continue;
        }
        if (used != 0) {
            memcpy(text + used, ", ", 2);
            used += 2;
        }
        memcpy(text + used, name.data, name.size);
        used += name.size;
    }
    place->display_name = (struct bytes){text, used};
    return STATUS_OK;
}

// --- What it is ---

// "kiosk" of "food.kiosk": what is no object of OpenStreetMap has a category alone.
static struct bytes last_word(struct bytes category)
{
    const uint8_t *const dot =
        category.size == 0 ? NULL : memrchr(category.data, '.', category.size);
    if (dot != NULL) {
        category.size -= (size_t)(dot + 1 - category.data);
        category.data = dot + 1;
    }
    return category.size == 0 ? BYTES_OF("yes") : category;
}

static void classify(const struct nominatim *nominatim, struct nominatim_place *place)
{
    const struct description *const description = &place->description;
    const enum atlas_layer layer = description->layer;
    const bool is_of_atlas = place->result->object == NULL;
    place->key = description->osm_key;
    place->value = description->osm_value;
    if (place->key.size == 0) {
        place->key = layer == LAYER_ADDRESS ? BYTES_OF("place") : BYTES_OF("amenity");
        place->value =
            layer == LAYER_ADDRESS ? BYTES_OF("house") : last_word(description->category);
    }
    place->importance = (double)description->importance;
    place->admin_level = description->admin_level;
    place->rank_search = place->rank_address = 30;
    place->type = place->key;
    if (layer <= LAYER_POSTCODE && is_of_atlas) {
        const struct atlas_doc *const doc =
            &nominatim->world->atlas->docs[place->result->reference];
        nominatim_area_ranks(doc, &place->rank_search, &place->rank_address);
        const bool is_place = doc->admin_level == 0 && bytes_equal(place->key, BYTES_OF("place"));
        place->type = is_place && place->rank_address > 8 ? place->value
                                                          : area_label(doc, place->rank_address);
    } else if (layer == LAYER_STREET) {
        static const char *const minor[] = {"service", "track",    "path",     "footway",
                                            "steps",   "cycleway", "bridleway"};
        uint8_t rank = 26;
        for (size_t i = 0; i < COUNT_OF(minor); i++) {
            rank = bytes_equal(place->value, bytes_from_text(minor[i])) ? 27 : rank;
        }
        place->rank_search = place->rank_address = rank;
        place->type = BYTES_OF("road");
    } else if (layer == LAYER_INTERSECTION) {
        place->key = BYTES_OF("highway");
        place->value = BYTES_OF("crossing");
        place->rank_search = place->rank_address = 26;
        place->type = BYTES_OF("road");
    }
}

unsigned nominatim_place_themes(const struct nominatim_place *place)
{
    static const struct {
        const char *key;
        unsigned theme;
    } rows[] = {{"railway", NOMINATIM_RAILWAY},  {"natural", NOMINATIM_NATURAL},
                {"waterway", NOMINATIM_NATURAL}, {"water", NOMINATIM_NATURAL},
                {"man_made", NOMINATIM_MANMADE}, {"bridge", NOMINATIM_MANMADE},
                {"tunnel", NOMINATIM_MANMADE},   {"power", NOMINATIM_MANMADE},
                {"landuse", NOMINATIM_MANMADE}};
    if (place->description.layer != LAYER_POI) {
        return NOMINATIM_ADDRESS;
    }
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        if (bytes_equal(place->key, bytes_from_text(rows[i].key))) {
            return rows[i].theme;
        }
    }
    return place->description.number.size != 0 ? NOMINATIM_POI | NOMINATIM_ADDRESS : NOMINATIM_POI;
}

// --- Ids ---

// Documents from 1 on, then houses, then intersections.
uint64_t nominatim_place_id(const struct atlas *atlas, uint32_t reference)
{
    if ((reference & ATLAS_REF_HOUSE) != 0) {
        return (uint64_t)atlas->doc_count + (reference & ~ATLAS_REF_HOUSE) + 1;
    }
    if (atlas_is_crossing(reference)) {
        return (uint64_t)atlas->doc_count + atlas->header->house_count +
               (reference & ~ATLAS_REF_CROSSING) + 1;
    }
    return (uint64_t)reference + 1;
}

bool nominatim_place_find(const struct atlas *atlas, uint64_t place_id, uint32_t *reference)
{
    const uint64_t house_count = atlas->header->house_count;
    if (place_id == 0) {
        return false;
    }
    uint64_t row = place_id - 1;
    if (row < atlas->doc_count) {
        *reference = (uint32_t)row;
        return true;
    }
    row -= atlas->doc_count;
    if (row < house_count) {
        *reference = (uint32_t)row | ATLAS_REF_HOUSE;
        return true;
    }
    row -= house_count;
    *reference = (uint32_t)row | ATLAS_REF_CROSSING;
    return row < atlas->crossing_count;
}

bool nominatim_osm_id(uint64_t packed, char *osm_type, int64_t *osm_id)
{
    const struct source_id id = atlas_id_unpack(packed);
    if (id.kind != SOURCE_OSM || id.type == 0) {
        return false;
    }
    *osm_type = (char)(id.type - 'a' + 'A');
    *osm_id = id.number;
    return true;
}

// A street made of several ways has the id of the nearest; so has a number interpolated along it.
static void identify_by_street(const struct nominatim *nominatim, struct nominatim_place *place)
{
    const struct atlas *const atlas = nominatim->world->atlas;
    const uint32_t reference = place->result->reference;
    uint32_t street = reference;
    if ((reference & ATLAS_REF_HOUSE) != 0) {
        street = atlas->houses[reference & ~ATLAS_REF_HOUSE].street;
    } else if (atlas_is_crossing(reference)) {
        street = atlas_crossing_of(atlas, reference)->street_a;
    }
    if (street >= atlas_layer_first(atlas, LAYER_STREET) &&
        street < atlas_layer_first(atlas, LAYER_POI)) {
        (void)nominatim_osm_id(atlas_way_at(atlas, street, place->result->point), &place->osm_type,
                               &place->osm_id);
    }
}

static void identify(const struct nominatim *nominatim, struct nominatim_place *place)
{
    const struct search_result *const result = place->result;
    if (result->object != NULL) {
        return;
    }
    const struct atlas *const atlas = nominatim->world->atlas;
    const uint32_t reference = result->reference;
    place->place_id = nominatim_place_id(atlas, reference);
    if ((reference & ATLAS_REF_HOUSE) != 0) {
        (void)nominatim_osm_id(atlas->house_ids[reference & ~ATLAS_REF_HOUSE], &place->osm_type,
                               &place->osm_id);
    } else if (!atlas_is_crossing(reference)) {
        (void)nominatim_osm_id(atlas->docs[reference].id, &place->osm_type, &place->osm_id);
    }
    if (place->osm_type == 0) {
        identify_by_street(nominatim, place);
    }
}

// Around a point, as far as Nominatim puts it for its rank.
static struct geo_box box_of(const struct nominatim_place *place)
{
    static const struct {
        uint8_t rank;
        int32_t reach_e7;
    } reaches[] = {{4, 50000000}, {8, 18000000}, {12, 6000000}, {17, 1600000},
                   {18, 800000},  {19, 400000},  {25, 200000},  {30, 500}};
    size_t i = 0;
    while (i + 1 < COUNT_OF(reaches) && place->rank_search > reaches[i].rank) {
        i++;
    }
    const struct geo_point point = place->result->point;
    const int32_t reach_e7 = reaches[i].reach_e7;
    const int64_t west = (int64_t)point.lng_e7 - reach_e7;
    const int64_t east = (int64_t)point.lng_e7 + reach_e7;
    const int64_t south = (int64_t)point.lat_e7 - reach_e7;
    const int64_t north = (int64_t)point.lat_e7 + reach_e7;
    return (struct geo_box){
        .west_e7 = (int32_t)(west < -1800000000 ? -1800000000 : west),
        .east_e7 = (int32_t)(east > 1800000000 ? 1800000000 : east),
        .south_e7 = (int32_t)(south < -900000000 ? -900000000 : south),
        .north_e7 = (int32_t)(north > 900000000 ? 900000000 : north),
    };
}

enum status nominatim_place_make(const struct nominatim *nominatim,
                                 const struct search_result *result, struct nominatim_place *place)
{
    // The lines, the largest member, are written before they are counted.
    memset(place, 0, offsetof(struct nominatim_place, lines));
    place->line_count = 0;
    place->result = result;
    struct bytes id;
    struct description *const description = &place->description;
    TRY(ask_describe(nominatim->commander, nominatim->world, result, &nominatim->languages,
                     description, &id));
    identify(nominatim, place);
    classify(nominatim, place);
    for (unsigned i = 0; i < 2 && description->country_code[0] != '\0'; i++) {
        place->country_code[i] = (char)(description->country_code[i] | 0x20);
    }
    if (description->layer != LAYER_ADDRESS) {
        place->name = description->name;
    }
    place->box = description->has_box ? description->box : box_of(place);
    if (place->box.west_e7 > place->box.east_e7) {
        place->box.west_e7 =
            -1800000000; // across the antimeridian: all around, as Nominatim says it
        place->box.east_e7 = 1800000000;
    }
    TRY(street_make(nominatim, place));
    lines_make(nominatim, place);
    return display_name_make(nominatim, place);
}

bool nominatim_line_is_first(const struct nominatim_place *place, unsigned index)
{
    for (unsigned i = 0; i < index; i++) {
        if (bytes_equal(place->lines[i].label, place->lines[index].label)) {
            return false;
        }
    }
    return true;
}
