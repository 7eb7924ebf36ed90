#include "atlas/describe.h"

#include <assert.h>
#include <string.h>

#include "atlas/describe_private.h"
#include "atlas/zone.h"
#include "source/country_code.h"

static const char *const layer_names[LAYER_COUNT] = {
    [LAYER_COUNTRY] = "country",
    [LAYER_REGION] = "region",
    [LAYER_COUNTY] = "county",
    [LAYER_LOCALITY] = "locality",
    [LAYER_BOROUGH] = "borough",
    [LAYER_NEIGHBOURHOOD] = "neighbourhood",
    [LAYER_POSTCODE] = "postcode",
    [LAYER_STREET] = "street",
    [LAYER_POI] = "poi",
    [LAYER_ADDRESS] = "address",
    [LAYER_INTERSECTION] = "intersection",
    [LAYER_POINT] = "point",
};

const char *layer_name(enum atlas_layer layer)
{
    return (unsigned)layer < LAYER_COUNT ? layer_names[layer] : "unknown";
}

enum atlas_layer layer_parse(struct bytes name)
{
    unsigned layer = 0;
    while (layer < LAYER_COUNT && !bytes_equal(name, bytes_from_text(layer_names[layer]))) {
        layer++;
    }
    return (enum atlas_layer)layer;
}

// How an address is written where; what is not listed is written as in the first row.
struct address_habit {
    char country[3];
    bool is_number_first;
    bool has_number_comma; // "Rua da Praia, 12" and "12, Rue de Strasbourg"
    bool is_postcode_last; // "Queens Village, NY 11412"; else "9490 Vaduz"
    bool has_region;       // the region, short, stands before the postcode
};

static const struct address_habit habits[] = {
    {.country = ""},
    {.country = "AD", .has_number_comma = true},
    {.country = "AU", .is_number_first = true, .is_postcode_last = true, .has_region = true},
    {.country = "BR", .has_number_comma = true, .is_postcode_last = true, .has_region = true},
    {.country = "CA", .is_number_first = true, .is_postcode_last = true, .has_region = true},
    {.country = "ES", .has_number_comma = true},
    {.country = "FR", .is_number_first = true},
    {.country = "GB", .is_number_first = true, .is_postcode_last = true},
    {.country = "IE", .is_number_first = true, .is_postcode_last = true},
    {.country = "IN", .is_number_first = true, .is_postcode_last = true, .has_region = true},
    {.country = "IT", .has_number_comma = true},
    {.country = "LU", .is_number_first = true, .has_number_comma = true},
    {.country = "MC", .is_number_first = true},
    {.country = "NZ", .is_number_first = true, .is_postcode_last = true},
    {.country = "PT", .has_number_comma = true},
    {.country = "SG", .is_number_first = true, .is_postcode_last = true},
    {.country = "US", .is_number_first = true, .is_postcode_last = true, .has_region = true},
    {.country = "XV", .is_number_first = true, .is_postcode_last = true}, // of the demo town
    {.country = "ZA", .is_number_first = true, .is_postcode_last = true},
};

static const struct address_habit *habit_of(const char country[3])
{
    for (size_t i = 1; i < COUNT_OF(habits); i++) {
        if (memcmp(habits[i].country, country, 2) == 0) {
            return &habits[i];
        }
    }
    return &habits[0];
}

// Whether a name tagged `tag` serves a reader of `wanted`: "zh-Hant" serves "zh-Hant" and "zh".
static bool language_serves(struct bytes tag, const char *wanted)
{
    const size_t size = strlen(wanted);
    return tag.size >= size && memcmp(tag.data, wanted, size) == 0 &&
           (tag.size == size || tag.data[size] == '-');
}

static struct bytes name_in(const struct atlas *atlas, const struct atlas_doc *doc,
                            const struct languages *languages)
{
    const uint32_t *const list = atlas->variants + doc->variants;
    const uint32_t count = languages->count == 0 ? 0 : list[0];
    for (unsigned wanted = 0; wanted < languages->count; wanted++) {
        for (uint32_t i = 0; i < count; i++) {
            const uint32_t *const variant = list + 1 + 3 * (size_t)i;
            if (variant[1] == NAME_LOCALISED &&
                language_serves(atlas_string(atlas, variant[0]), languages->tags[wanted])) {
                return atlas_string(atlas, variant[2]);
            }
        }
    }
    return atlas_string(atlas, doc->name);
}

// Where the component of a layer is kept; NULL when a layer is no component.
static struct bytes *component_of(struct description *description, enum atlas_layer layer)
{
    switch (layer) {
    case LAYER_COUNTRY:
        return &description->country;
    case LAYER_REGION:
        return &description->region;
    case LAYER_COUNTY:
        return &description->county;
    case LAYER_LOCALITY:
        return &description->locality;
    case LAYER_BOROUGH:
        return &description->borough;
    case LAYER_NEIGHBOURHOOD:
        return &description->neighbourhood;
    case LAYER_POSTCODE:
        return &description->postcode;
    case LAYER_STREET:
        return &description->street;
    case LAYER_POI:
    case LAYER_ADDRESS:
    case LAYER_INTERSECTION:
    case LAYER_POINT:
        break;
    }
    return NULL;
}

static void country_set(struct description *description, uint16_t country)
{
    if (country != 0 && description->country_code[0] == '\0') {
        description->country_code[0] = (char)(country >> 8);
        description->country_code[1] = (char)(country & 0xff);
    }
}

// Takes the containing documents: the first of a layer is the component, all are the hierarchy.
static void chain_take(const struct atlas *atlas, struct atlas_list list,
                       const struct languages *languages, struct description *description)
{
    for (uint32_t i = 0; i < list.count && description->part_count < DESCRIPTION_PARTS_MAX; i++) {
        const struct atlas_doc *const doc = &atlas->docs[list.items[i]];
        const enum atlas_layer layer = (enum atlas_layer)doc->layer;
        const struct bytes name = name_in(atlas, doc, languages);
        struct bytes *const component = component_of(description, layer);
        if (component != NULL && component->size == 0) {
            *component = name;
        }
        if (layer == LAYER_REGION && description->region_code.size == 0) {
            description->region_code = atlas_string(atlas, doc->region_code);
        }
        country_set(description, doc->country);
        struct description_part *const part = &description->parts[description->part_count++];
        part->layer = layer;
        part->doc = list.items[i];
        part->name = name;
        atlas_id_format(doc->id, part->id);
    }
}

// A line under construction: text in the arena, parts separated as asked.
struct line {
    char *text;
    size_t size;
    size_t capacity;
};

static void line_put(struct line *line, struct bytes text)
{
    const size_t room = line->capacity - line->size;
    size_t size = text.size < room ? text.size : room;
    while (size < text.size && size > 0 && (text.data[size] & 0xc0) == 0x80) {
        size--; // not in the middle of a character
    }
    if (size != 0) {
        memcpy(line->text + line->size, text.data, size);
    }
    line->size += size;
}

// Puts `text`, after `separator` when something stands before it.
static void line_add(struct line *line, struct bytes separator, struct bytes text)
{
    if (text.size != 0) {
        line_put(line, line->size == 0 ? (struct bytes){0} : separator);
        line_put(line, text);
    }
}

static void line_add_house(struct line *line, const struct address_habit *habit,
                           const struct description *description)
{
    const struct bytes between = habit->has_number_comma ? BYTES_OF(", ") : BYTES_OF(" ");
    struct line house = {.text = line->text + line->size, .capacity = line->capacity - line->size};
    if (line->size != 0 && description->street.size != 0) {
        line_put(line, BYTES_OF(", "));
        house =
            (struct line){.text = line->text + line->size, .capacity = line->capacity - line->size};
    }
    line_add(&house, between, habit->is_number_first ? description->number : description->street);
    line_add(&house, between, habit->is_number_first ? description->street : description->number);
    line->size += house.size;
}

// "US-NY" is written "NY"; a region without a code by its name.
static struct bytes region_short(const struct description *description)
{
    struct bytes code = description->region_code;
    for (size_t i = 0; i < code.size; i++) {
        if (code.data[i] == '-') {
            return (struct bytes){code.data + i + 1, code.size - i - 1};
        }
    }
    return code.size != 0 ? code : description->region;
}

static void line_add_place(struct line *line, const struct address_habit *habit,
                           const struct description *description)
{
    const struct bytes locality = description->locality;
    if (!habit->is_postcode_last) {
        line_add(line, BYTES_OF(", "), description->postcode);
        line_add(line, description->postcode.size != 0 ? BYTES_OF(" ") : BYTES_OF(", "), locality);
        return;
    }
    line_add(line, BYTES_OF(", "), locality);
    const struct bytes region = habit->has_region ? region_short(description) : (struct bytes){0};
    line_add(line, BYTES_OF(", "), region);
    line_add(line, locality.size != 0 || region.size != 0 ? BYTES_OF(" ") : BYTES_OF(", "),
             description->postcode);
}

static enum status label_write(struct arena *arena, struct description *description)
{
    struct line line = {.capacity = 480};
    line.text = ARENA_NEW(arena, char, line.capacity);
    if (line.text == NULL) {
        return STATUS_NO_MEMORY;
    }
    const struct address_habit *const habit = habit_of(description->country_code);
    switch (description->layer) {
    case LAYER_ADDRESS:
        line_add_house(&line, habit, description);
        description->name = (struct bytes){(const uint8_t *)line.text, line.size};
        line_add_place(&line, habit, description);
        break;
    case LAYER_POI:
        line_add(&line, BYTES_OF(", "), description->name);
        line_add_house(&line, habit, description);
        line_add_place(&line, habit, description);
        break;
    case LAYER_INTERSECTION:
        line_add(&line, BYTES_OF(" & "), description->street);
        line_add(&line, BYTES_OF(" & "), description->cross_street);
        description->name = (struct bytes){(const uint8_t *)line.text, line.size};
        line_add_place(&line, habit, description);
        break;
    case LAYER_STREET:
    case LAYER_POSTCODE:
        line_add_house(&line, habit, description);
        line_add_place(&line, habit, description);
        break;
    case LAYER_POINT:
        line_add(&line, BYTES_OF(", "), description->name);
        line_add_place(&line, habit, description);
        break;
    case LAYER_NEIGHBOURHOOD:
    case LAYER_BOROUGH:
        line_add(&line, BYTES_OF(", "), description->name);
        line_add(&line, BYTES_OF(", "), description->locality);
        line_add(&line, BYTES_OF(", "), description->region);
        break;
    case LAYER_LOCALITY:
    case LAYER_COUNTY:
        line_add(&line, BYTES_OF(", "), description->name);
        line_add(&line, BYTES_OF(", "), description->region);
        break;
    case LAYER_REGION:
    case LAYER_COUNTRY:
        line_add(&line, BYTES_OF(", "), description->name);
        break;
    }
    if (description->layer != LAYER_COUNTRY) {
        line_add(&line, BYTES_OF(", "), description->country);
    }
    description->label = (struct bytes){(const uint8_t *)line.text, line.size};
    return STATUS_OK;
}

static void street_take(const struct atlas *atlas, uint32_t street,
                        const struct languages *languages, struct description *description,
                        struct bytes *name)
{
    struct description_part *const part = &description->parts[description->part_count++];
    *name = name_in(atlas, &atlas->docs[street], languages);
    *part = (struct description_part){.layer = LAYER_STREET, .doc = street, .name = *name};
    atlas_id_format(atlas->docs[street].id, part->id);
}

static void house_take(const struct atlas *atlas, uint32_t index, const struct languages *languages,
                       struct description *description)
{
    const struct atlas_house *const house = &atlas->houses[index];
    description->number = atlas_string(atlas, house->text);
    description->unit = atlas_string(atlas, house->unit);
    street_take(atlas, house->street, languages, description, &description->street);
    chain_take(atlas, atlas_chain(atlas, house->chain), languages, description);
    country_set(description, atlas->docs[house->street].country);
}

static void crossing_take(const struct atlas *atlas, const struct atlas_crossing *crossing,
                          const struct languages *languages, struct description *description)
{
    description->layer = LAYER_INTERSECTION;
    street_take(atlas, crossing->street_a, languages, description, &description->street);
    street_take(atlas, crossing->street_b, languages, description, &description->cross_street);
    chain_take(atlas, atlas_chain(atlas, crossing->chain), languages, description);
    country_set(description, atlas->docs[crossing->street_a].country);
}

static void doc_take(const struct atlas *atlas, uint32_t index, const struct languages *languages,
                     struct description *description)
{
    const struct atlas_doc *const doc = &atlas->docs[index];
    description->layer = (enum atlas_layer)doc->layer;
    description->name = name_in(atlas, doc, languages);
    description->population = doc->population;
    country_set(description, doc->country);
    if (doc->box != 0) {
        description->has_box = true;
        description->box = atlas->boxes[doc->box - 1];
    }
    struct bytes *const component = component_of(description, description->layer);
    if (component != NULL) {
        *component = description->name;
    }
    if (doc->layer == LAYER_REGION) {
        description->region_code = atlas_string(atlas, doc->region_code);
    }
    if (doc->layer == LAYER_POI) {
        const struct atlas_poi *const poi =
            &atlas->pois[index - atlas->header->layer_first[LAYER_POI]];
        description->category = atlas_string(atlas, atlas->categories[doc->category]);
        description->opening_hours = atlas_string(atlas, poi->opening_hours);
        if (poi->house != 0) {
            house_take(atlas, poi->house - 1, languages, description);
            return;
        }
    }
    chain_take(atlas, atlas_chain(atlas, doc->chain), languages, description);
}

// Needs the country.
static void codes_set(const struct atlas *atlas, struct description *description)
{
    const char *const code = description->country_code;
    const unsigned country = (unsigned)(uint8_t)code[0] << 8 | (uint8_t)code[1];
    if (atlas != NULL) {
        description->zone = atlas_zone_in(atlas, description->point, (uint16_t)country);
    }
    description->country_code3[0] = '\0';
    (void)country_code_to_three(description->country_code, description->country_code3);
}

enum status describe(const struct atlas *atlas, uint32_t reference,
                     const struct languages *languages, struct arena *arena,
                     struct description *description)
{
    // The parts, the largest member, are written before they are counted: no need to zero them.
    memset(description, 0, offsetof(struct description, parts));
    description->part_count = 0;

    description->point = atlas_point(atlas, reference);
    if ((reference & ATLAS_REF_HOUSE) != 0) {
        const uint32_t index = reference & ~ATLAS_REF_HOUSE;
        const uint64_t id = atlas->house_ids[index];
        atlas_id_format(id, description->id);
        description->layer = LAYER_ADDRESS;
        description->is_interpolated = atlas_id_unpack(id).kind == SOURCE_DERIVED;
        house_take(atlas, index, languages, description);
    } else if (atlas_is_crossing(reference)) {
        const struct atlas_crossing *const crossing = atlas_crossing_of(atlas, reference);
        atlas_id_format(crossing->id, description->id);
        crossing_take(atlas, crossing, languages, description);
    } else {
        atlas_id_format(atlas->docs[reference].id, description->id);
        doc_take(atlas, reference, languages, description);
    }
    describe_kind(atlas, reference, description);
    codes_set(atlas, description);
    return label_write(arena, description);
}

enum status describe_between(const struct atlas *atlas, uint32_t row, uint32_t number,
                             struct geo_point point, const struct languages *languages,
                             struct arena *arena, struct description *description)
{
    enum { DIGITS_MAX = 10 };
    TRY(describe(atlas, row | ATLAS_REF_HOUSE, languages, arena, description));
    uint8_t *const text = ARENA_NEW(arena, uint8_t, DIGITS_MAX);
    if (text == NULL) {
        return STATUS_NO_MEMORY;
    }
    size_t first = DIGITS_MAX;
    for (uint32_t rest = number; rest != 0 || first == DIGITS_MAX; rest /= 10) {
        text[--first] = (uint8_t)('0' + rest % 10);
    }
    description->number = (struct bytes){.data = text + first, .size = DIGITS_MAX - first};
    description->unit = (struct bytes){0};
    description->point = point;
    description->is_interpolated = true;
    atlas_id_format(atlas->docs[atlas->houses[row].street].id, description->id);
    return label_write(arena, description);
}

// Documents are numbered by layer: the last contain least.
static void sort_falling(uint32_t *docs, size_t count)
{
    for (size_t i = 1; i < count; i++) {
        const uint32_t doc = docs[i];
        size_t at = i;
        for (; at > 0 && docs[at - 1] < doc; at--) {
            docs[at] = docs[at - 1];
        }
        docs[at] = doc;
    }
}

enum status describe_own(const struct atlas *atlas, const struct languages *languages,
                         struct arena *arena, struct description *description)
{
    enum { AREAS_MAX = 32 };
    if (atlas != NULL) {
        uint32_t docs[AREAS_MAX];
        const size_t count = atlas_areas_at(atlas, description->point, docs, AREAS_MAX);
        sort_falling(docs, count);
        chain_take(atlas, (struct atlas_list){.items = docs, .count = (uint32_t)count}, languages,
                   description);
    }
    description->source = ATLAS_SOURCE_NONE;
    codes_set(atlas, description);
    return label_write(arena, description);
}
