#include "atlas/build_phrase.h"

#include "atlas/build_city.h"

enum status build_phrases_read(struct world *world, struct bytes name, uint16_t country,
                               enum text_phrase_kind kind, struct fault *fault)
{
    world->readings.count = 0;
    const enum status read =
        text_phrases_read(world->folder, name, country, kind, &world->readings);
    if (read == STATUS_OUT_OF_RANGE) {
        world->readings.count = 0; // a name of a megabyte is found by nothing
        return STATUS_OK;
    }
    return read == STATUS_OK ? read : build_no_memory(world, fault);
}

// name=*, else the first there is.
static size_t main_index(const struct feature_name *items, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (items[i].role == NAME_MAIN) {
            return i;
        }
    }
    return 0;
}

struct bytes build_main_name(const struct feature *feature)
{
    return feature->name_count == 0
               ? (struct bytes){0}
               : feature->names[main_index(feature->names, feature->name_count)].text;
}

static enum atlas_name_class class_of(enum name_role role)
{
    static const uint8_t classes[] = {
        [NAME_MAIN] = NAME_CLASS_MAIN,
        [NAME_LOCALISED] = NAME_CLASS_LOCALISED,
        [NAME_OFFICIAL] = NAME_CLASS_ALTERNATIVE,
        [NAME_ALTERNATIVE] = NAME_CLASS_ALTERNATIVE,
        [NAME_SHORT] = NAME_CLASS_OLD,
        [NAME_OLD] = NAME_CLASS_OLD,
        [NAME_LOCAL] = NAME_CLASS_ALTERNATIVE,
        [NAME_INTERNATIONAL] = NAME_CLASS_ALTERNATIVE,
        [NAME_REFERENCE] = NAME_CLASS_OLD,
    };
    return (enum atlas_name_class)classes[role];
}

void build_names_begin(struct build_names *names, struct world *world, uint32_t draft,
                       uint16_t country)
{
    const unsigned layer = world->drafts[draft].doc.layer;
    *names = (struct build_names){
        .world = world,
        .draft = draft,
        .country = country,
        .kind = layer == LAYER_STREET     ? PHRASE_STREET
                : layer == LAYER_POSTCODE ? PHRASE_POSTCODE
                                          : PHRASE_NAME,
        .triples = {.account = world->account},
        .indexed = {.account = world->account},
    };
}

void build_names_free(struct build_names *names)
{
    buffer_free(&names->triples);
    buffer_free(&names->indexed);
}

static uint64_t index_hash(struct bytes phrase)
{
    uint64_t hash = phrase.size;
    for (size_t i = 0; i < phrase.size; i++) {
        hash = (hash ^ phrase.data[i]) * UINT64_C(0x9e3779b97f4a7c15);
        hash ^= hash >> 29;
    }
    return hash;
}

// True the first time this document meets the phrase; the first class is the best, as main names
// come first.
static bool is_new(struct build_names *names, struct bytes phrase)
{
    const uint64_t hash = index_hash(phrase);
    for (size_t i = 0; i < names->indexed.size; i += sizeof(hash)) {
        uint64_t seen;
        memcpy(&seen, names->indexed.data + i, sizeof(seen));
        if (seen == hash) {
            return false;
        }
    }
    buffer_append(&names->indexed, &hash, sizeof(hash));
    return true;
}

enum status build_names_index(struct build_names *names, struct bytes text,
                              enum atlas_name_class name_class, struct fault *fault)
{
    struct world *const world = names->world;
    TRY(build_phrases_read(world, text, names->country, names->kind, fault));
    const unsigned layer = world->drafts[names->draft].doc.layer;
    for (unsigned i = 0; i < world->readings.count; i++) {
        const struct bytes phrase = world->readings.variants[i].text;
        if (!is_new(names, phrase)) {
            continue;
        }
        uint8_t value[5];
        memcpy(value, &names->draft, 4);
        value[4] = (uint8_t)(i == 0 ? name_class : NAME_CLASS_VARIANT);
        const struct bytes posting = {.data = value, .size = sizeof(value)};
        TRY(sorter_add(world->names, phrase, posting, fault));
        if (layer >= LAYER_LOCALITY && layer <= LAYER_NEIGHBOURHOOD) {
            TRY(build_city_name(world, phrase, names->draft, fault));
        }
    }
    return STATUS_OK;
}

static enum status triple_add(struct build_names *names, const char *language, enum name_role role,
                              uint32_t text)
{
    uint32_t triple[3] = {0, (uint32_t)role, text};
    TRY(build_intern_string(&names->world->strings, bytes_from_text(language), &triple[0]));
    for (size_t i = 0; i < names->triples.size; i += sizeof(triple)) {
        if (memcmp(names->triples.data + i, triple, sizeof(triple)) == 0) {
            return STATUS_OK;
        }
    }
    buffer_append(&names->triples, triple, sizeof(triple));
    return buffer_status(&names->triples);
}

// Keeps a name to be shown. The document's main name is the first object's; the main names of the
// others are alternatives to it.
static enum status name_keep(struct build_names *names, const struct feature_name *name,
                             bool is_first)
{
    uint32_t text = 0;
    TRY(build_intern_string(&names->world->strings, name->text, &text));
    if (is_first) {
        names->main = text;
        return name->role == NAME_MAIN ? STATUS_OK
                                       : triple_add(names, name->language, name->role, text);
    }
    if (name->role != NAME_MAIN) {
        return triple_add(names, name->language, name->role, text);
    }
    return text == names->main ? STATUS_OK
                               : triple_add(names, name->language, NAME_ALTERNATIVE, text);
}

static enum status name_add(struct build_names *names, const struct feature_name *name,
                            struct fault *fault)
{
    const bool is_first = names->main == 0;
    const enum atlas_name_class name_class = is_first                  ? NAME_CLASS_MAIN
                                             : name->role == NAME_MAIN ? NAME_CLASS_ALTERNATIVE
                                                                       : class_of(name->role);
    if (name_keep(names, name, is_first) != STATUS_OK) {
        return build_no_memory(names->world, fault);
    }
    return build_names_index(names, name->text, name_class, fault);
}

enum status build_names_add(struct build_names *names, const struct feature_name *items,
                            size_t count, struct fault *fault)
{
    if (count == 0) {
        return STATUS_OK;
    }
    // The main name first: it decides the class of a phrase that comes twice.
    const size_t main = main_index(items, count);
    TRY(name_add(names, &items[main], fault));
    for (size_t i = 0; i < count; i++) {
        if (i != main) {
            TRY(name_add(names, &items[i], fault));
        }
    }
    return STATUS_OK;
}

enum status build_names_end(struct build_names *names, struct fault *fault)
{
    struct world *const world = names->world;
    struct atlas_doc *const doc = &world->drafts[names->draft].doc;
    const size_t item_count = names->triples.size / sizeof(uint32_t);
    doc->name = names->main;
    if (item_count != 0) {
        uint32_t number = 0;
        struct buffer run SCOPED(buffer_free) = {.account = world->account};
        buffer_append_u32(&run, (uint32_t)(item_count / 3));
        buffer_append_bytes(&run, buffer_bytes(&names->triples));
        if (buffer_status(&run) != STATUS_OK ||
            (world->variants.count == 0 &&
             build_intern_add(&world->variants, BYTES_OF("\0\0\0\0"), &number) != STATUS_OK) ||
            build_intern_add(&world->variants, buffer_bytes(&run), &number) != STATUS_OK) {
            return build_no_memory(world, fault);
        }
        doc->variants = world->variants.entries[number].offset / (uint32_t)sizeof(uint32_t);
    }
    return STATUS_OK;
}
