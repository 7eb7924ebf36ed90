#include "atlas/build_facts.h"

#include "atlas/kind.h"

void build_facts_begin(struct build_facts *facts, struct world *world)
{
    *facts = (struct build_facts){.world = world, .pairs = {.account = world->account}};
}

void build_facts_free(struct build_facts *facts)
{
    buffer_free(&facts->pairs);
}

static bool has_key(const struct build_facts *facts, uint32_t key)
{
    uint32_t known;
    for (size_t i = 0; i < facts->pairs.size; i += 2 * sizeof(known)) {
        memcpy(&known, facts->pairs.data + i, sizeof(known));
        if (known == key) {
            return true;
        }
    }
    return false;
}

static enum status pair_add(struct build_facts *facts, struct bytes key, struct bytes value)
{
    struct build_intern *const strings = &facts->world->strings;
    uint32_t pair[2] = {0, 0};
    TRY(build_intern_string(strings, key, &pair[0]));
    if (facts->pairs.size / sizeof(pair) >= FEATURE_FACTS_MAX || has_key(facts, pair[0])) {
        return STATUS_OK;
    }
    TRY(build_intern_string(strings, value, &pair[1]));
    buffer_append(&facts->pairs, pair, sizeof(pair));
    return buffer_status(&facts->pairs);
}

static enum status kind_add(struct build_facts *facts, const struct feature_fact *kind)
{
    struct build_intern *const strings = &facts->world->strings;
    if (facts->kind[0] == 0) {
        TRY(build_intern_string(strings, kind->key, &facts->kind[0]));
        return build_intern_string(strings, kind->value, &facts->kind[1]);
    }
    return bytes_equal(kind->key, BYTES_OF("place"))
               ? pair_add(facts, BYTES_OF("linked_place"), kind->value)
               : STATUS_OK;
}

static enum status feature_add(struct build_facts *facts, const struct feature *feature,
                               bool has_kind)
{
    if (has_kind && feature->kind.key.size != 0) {
        TRY(kind_add(facts, &feature->kind));
    }
    for (size_t i = 0; i < feature->fact_count; i++) {
        TRY(pair_add(facts, feature->facts[i].key, feature->facts[i].value));
    }
    return STATUS_OK;
}

enum status build_facts_add(struct build_facts *facts, const struct feature *feature, bool has_kind,
                            struct fault *fault)
{
    return feature_add(facts, feature, has_kind) == STATUS_OK
               ? STATUS_OK
               : build_no_memory(facts->world, fault);
}

static bool string_is(const struct world *world, uint32_t string, const char *text)
{
    return bytes_equal(build_intern_text(&world->strings, string), bytes_from_text(text));
}

// Leaves the kind out where nothing follows it and the document says the same.
static enum status list_write(struct build_facts *facts, const struct atlas_doc *doc,
                              struct buffer *run, bool *is_needed)
{
    struct world *const world = facts->world;
    const bool is_poi = doc->layer == LAYER_POI;
    const struct atlas_kind kind = is_poi ? atlas_kind_category(doc->category) : atlas_kind_of(doc);
    const bool is_said = facts->kind[0] != 0;
    *is_needed = facts->pairs.size != 0 || is_poi ||
                 (is_said && (kind.key == NULL || !string_is(world, facts->kind[0], kind.key) ||
                              !string_is(world, facts->kind[1], kind.value)));
    if (!*is_needed) {
        return STATUS_OK;
    }
    if (!is_said && kind.key != NULL) {
        TRY(build_intern_string(&world->strings, bytes_from_text(kind.key), &facts->kind[0]));
        TRY(build_intern_string(&world->strings, bytes_from_text(kind.value), &facts->kind[1]));
    }
    buffer_append_u32(run, (uint32_t)(facts->pairs.size / (2 * sizeof(uint32_t))) + 1);
    buffer_append(run, facts->kind, sizeof(facts->kind));
    buffer_append_bytes(run, buffer_bytes(&facts->pairs));
    return buffer_status(run);
}

enum status build_facts_end(struct build_facts *facts, uint32_t draft, struct fault *fault)
{
    struct world *const world = facts->world;
    struct buffer run SCOPED(buffer_free) = {.account = world->account};
    struct atlas_doc *const doc = &world->drafts[draft].doc;
    bool is_needed = false;
    uint32_t number = 0;
    if (list_write(facts, doc, &run, &is_needed) != STATUS_OK ||
        (world->facts.count == 0 &&
         build_intern_add(&world->facts, BYTES_OF("\0\0\0\0"), &number) != STATUS_OK) ||
        (is_needed && build_intern_add(&world->facts, buffer_bytes(&run), &number) != STATUS_OK)) {
        return build_no_memory(world, fault);
    }
    doc->facts = is_needed ? world->facts.entries[number].offset / (uint32_t)sizeof(uint32_t) : 0;
    return STATUS_OK;
}
