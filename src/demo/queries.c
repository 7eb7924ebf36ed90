#include "demo/queries.h"

#include "codec/json_write.h"

enum { TURN = 30 };

static void part_add(struct buffer *text, const char *before, const struct name *part)
{
    if (text->size > 0) {
        buffer_append_text(text, before);
    }
    buffer_append_bytes(text, name_bytes(part));
}

// In the order of the country: "Lindenweg 3, 1000 Rhumbach", "3 Maple Road, Port Vent V10 1AB".
static void text_write(struct buffer *text, const struct address *address)
{
    const bool is_number_first = address->settlement->country == DEMO_VENTANIA;
    const struct name *const parts[] = {is_number_first ? &address->number : address->street,
                                        is_number_first ? address->street : &address->number};
    part_add(text, "", parts[0]);
    part_add(text, " ", parts[1]);
    const struct name *const city = address->has_city ? &address->settlement->city : NULL;
    const struct name *const code = address->has_postcode ? &address->settlement->postcode : NULL;
    const struct name *const first = is_number_first ? city : code;
    const struct name *const second = is_number_first ? code : city;
    if (first != NULL) {
        part_add(text, ", ", first);
    }
    if (second != NULL) {
        part_add(text, first == NULL ? ", " : " ", second);
    }
}

void queries_add(struct queries *queries, const struct address *address, char type, int64_t id,
                 uint64_t turn)
{
    if (turn % ((uint64_t)TURN * queries->scale) != 0 ||
        !(address->has_city || address->has_postcode) ||
        (address->is_common && !address->has_postcode)) {
        return;
    }
    struct buffer text = {.account = queries->lines.account};
    text_write(&text, address);
    struct json_writer json = {.out = &queries->lines};
    json_begin_object(&json);
    JSON_KEY(&json, "text");
    json_text(&json, buffer_bytes(&text));
    JSON_KEY(&json, "id");
    struct name name = {0};
    name_add(&name, type == 'n' ? "demo:n" : "demo:w");
    name_add_decimal(&name, (uint64_t)id);
    json_text(&json, name_bytes(&name));
    JSON_KEY(&json, "lat");
    json_e7(&json, address->point.lat_e7);
    JSON_KEY(&json, "lon");
    json_e7(&json, address->point.lng_e7);
    json_end_object(&json);
    buffer_append_text(&queries->lines, "\n");
    queries->lines.failed |= text.failed;
    buffer_free(&text);
    queries->report->queries++;
}
