#include "command/provenance.h"

static void source_add(struct provenance *provenance, const struct atlas *atlas, uint32_t reference)
{
    const uint8_t source = atlas_source_of(atlas, reference);
    if (source != ATLAS_SOURCE_NONE) {
        provenance->sources[source / 64] |= UINT64_C(1) << source % 64;
    }
}

static void list_add(struct provenance *provenance, const struct atlas *atlas,
                     struct atlas_list list)
{
    for (uint32_t i = 0; i < list.count; i++) {
        source_add(provenance, atlas, list.items[i]);
    }
}

static void house_add(struct provenance *provenance, const struct atlas *atlas, uint32_t row)
{
    source_add(provenance, atlas, row | ATLAS_REF_HOUSE);
    source_add(provenance, atlas, atlas->houses[row].street);
    list_add(provenance, atlas, atlas_chain(atlas, atlas->houses[row].chain));
}

// A live object, and a point that was asked for, are described by the areas around them.
static void areas_add(struct provenance *provenance, const struct atlas *atlas,
                      struct geo_point point)
{
    enum { AREAS_MAX = 32 };
    uint32_t docs[AREAS_MAX];
    const size_t count = areas_at(&atlas->areas, point, docs, AREAS_MAX);
    for (size_t i = 0; i < count && i < AREAS_MAX; i++) {
        source_add(provenance, atlas, docs[i]);
    }
}

void provenance_add(struct provenance *provenance, const struct atlas *atlas,
                    const struct search_result *result)
{
    const uint32_t reference = result->reference;
    if (result->object != NULL || result->is_point) {
        areas_add(provenance, atlas, result->point);
        return;
    }
    if ((reference & ATLAS_REF_HOUSE) != 0) {
        house_add(provenance, atlas, reference & ~ATLAS_REF_HOUSE);
        return;
    }
    if (atlas_is_crossing(reference)) {
        const struct atlas_crossing *const crossing = atlas_crossing_of(atlas, reference);
        source_add(provenance, atlas, crossing->street_a);
        source_add(provenance, atlas, crossing->street_b);
        list_add(provenance, atlas, atlas_chain(atlas, crossing->chain));
        return;
    }
    source_add(provenance, atlas, reference);
    list_add(provenance, atlas, atlas_chain(atlas, atlas->docs[reference].chain));
    if (atlas->docs[reference].layer == LAYER_POI) {
        const uint32_t house = atlas->pois[reference - atlas->header->layer_first[LAYER_POI]].house;
        if (house != 0) {
            house_add(provenance, atlas, house - 1);
        }
    }
}

static void write_text(struct json_writer *json, struct bytes key, struct bytes text)
{
    if (text.size != 0) {
        json_key(json, key);
        json_text(json, text);
    }
}

void provenance_write(struct json_writer *json, const struct atlas *atlas,
                      const struct provenance *provenance)
{
    JSON_KEY(json, "attribution");
    json_begin_array(json);
    for (uint32_t i = 0; atlas != NULL && i < atlas->source_count && i < ATLAS_SOURCE_NONE; i++) {
        if ((provenance->sources[i / 64] >> i % 64 & 1) == 0) {
            continue;
        }
        const struct atlas_source *const source = &atlas->sources[i];
        json_begin_object(json);
        JSON_KEY(json, "source");
        json_text(json, atlas_string(atlas, source->name));
        JSON_KEY(json, "text");
        json_text(json, atlas_string(atlas, source->attribution));
        write_text(json, BYTES_OF("licence"), atlas_string(atlas, source->licence));
        write_text(json, BYTES_OF("url"), atlas_string(atlas, source->url));
        json_end_object(json);
    }
    json_end_array(json);
}
