// /lookup
#include "dialect/nominatim_private.h"

enum { IDS_MAX = 50 };

struct osm_id {
    char type;
    int64_t number;
};

// Ids that are none are passed over; each is looked up once. False: there are too many.
static bool read_ids(struct nominatim *nominatim, struct osm_id ids[IDS_MAX], unsigned *count)
{
    struct bytes rest = form_text(&nominatim->form, "osm_ids");
    struct bytes item;
    unsigned given = 0;
    nominatim->query = rest;
    *count = 0;
    while (form_next(&rest, ',', &item)) {
        struct osm_id id;
        if (!nominatim_parse_osm_id(item, &id.type, &id.number)) {
            continue;
        }
        if (++given > IDS_MAX) {
            nominatim_fail(nominatim, 400, "Too many object IDs.");
            return false;
        }
        bool is_known = false;
        for (unsigned i = 0; i < *count; i++) {
            is_known = is_known || (ids[i].type == id.type && ids[i].number == id.number);
        }
        if (!is_known) {
            ids[(*count)++] = id;
        }
    }
    return true;
}

// False: the atlas has none of it.
static bool find(const struct nominatim *nominatim, struct osm_id id, struct search_result *result)
{
    const struct atlas *const atlas = nominatim->world->atlas;
    const uint64_t packed = atlas_id_pack((struct source_id){
        .kind = SOURCE_OSM, .type = (char)(id.type | 0x20), .number = id.number});
    *result = (struct search_result){.match = MATCH_EXACT, .confidence = 1, .distance_m = -1};
    if (atlas == NULL || atlas_find(atlas, packed, &result->reference) != STATUS_OK) {
        return false;
    }
    result->point = atlas_point(atlas, result->reference);
    return true;
}

static enum status add(struct nominatim *nominatim, struct osm_id id,
                       const struct search_result *result)
{
    const struct arena_mark mark SCOPED(arena_rewind) = arena_mark(nominatim->arena);
    struct nominatim_place place;
    TRY(nominatim_place_make(nominatim, result, &place));
    // Several objects may be one place: the answer is to the one that was asked for.
    place.osm_type = id.type;
    place.osm_id = id.number;
    nominatim_add(nominatim, &place);
    return STATUS_OK;
}

enum status nominatim_lookup(struct nominatim *nominatim)
{
    struct osm_id ids[IDS_MAX];
    struct search_result results[IDS_MAX];
    unsigned count = 0;
    unsigned found = 0;
    if (!nominatim_read_format(nominatim, NOMINATIM_FORMATS_OF_PLACES, NOMINATIM_XML) ||
        !nominatim_read_details(nominatim, true) || !read_ids(nominatim, ids, &count)) {
        return STATUS_OK;
    }
    for (unsigned i = 0; i < count; i++) {
        if (find(nominatim, ids[i], &results[found])) {
            nominatim_credit(nominatim, &results[found]);
            ids[found++] = ids[i];
        }
    }
    nominatim_begin(nominatim, NOMINATIM_LOOKUP);
    for (unsigned i = 0; i < found; i++) {
        TRY(add(nominatim, ids[i], &results[i]));
    }
    nominatim_end(nominatim);
    return STATUS_OK;
}
