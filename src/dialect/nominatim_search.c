// /search
#include "dialect/nominatim_private.h"

enum { LIMIT_FALLBACK = 10, LIMIT_MAX = 50 };

enum status nominatim_search(struct nominatim *nominatim)
{
    int64_t limit = 0;
    if (!nominatim_read_format(nominatim, 0x1f, NOMINATIM_JSONV2) ||
        !nominatim_read_whole(nominatim, "limit", LIMIT_FALLBACK, &limit)) {
        return STATUS_OK;
    }
    nominatim_read_details(nominatim, false);
    nominatim->query = form_trim(form_text(&nominatim->form, "q"));
    if (nominatim->query.size == 0) {
        nominatim_fail(nominatim, 400, "Nothing to search for.");
        return STATUS_OK;
    }
    const struct search_query query = {
        .text = nominatim->query,
        .limit = (unsigned)(limit < 1           ? 1
                            : limit > LIMIT_MAX ? LIMIT_MAX
                                                : limit),
    };
    struct ask_results results;
    struct fault fault = {0};
    const enum status status =
        ask_forward(nominatim->commander, nominatim->world, &query, &results, &fault);
    if (status == STATUS_OUT_OF_RANGE) {
        nominatim_fail(nominatim, 400, "%s", fault.text);
        return STATUS_OK;
    }
    TRY(status);
    struct json_writer json;
    nominatim_json_begin(nominatim, &json);
    for (unsigned i = 0; i < results.count; i++) {
        const struct arena_mark mark SCOPED(arena_rewind) = arena_mark(nominatim->arena);
        struct nominatim_place place;
        TRY(nominatim_place_make(nominatim, &results.items[i], &place));
        nominatim_json_place(nominatim, &json, &place);
    }
    nominatim_json_end(nominatim, &json);
    return STATUS_OK;
}
