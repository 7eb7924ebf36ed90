#include "base/date.h"
#include "codec/json_write.h"
#include "event/event.h"

enum { HALF_SIZE = 13 }; // characters of 64 bits by five

// Crockford's: sorts as the numbers do, and nobody reads an I for a 1.
static const char DIGITS[] = "0123456789abcdefghjkmnpqrstvwxyz";

static void format_half(uint64_t number, char *text)
{
    for (int i = HALF_SIZE - 1; i >= 0; i--) {
        text[i] = DIGITS[number & 31];
        number >>= 5;
    }
}

static bool parse_half(const uint8_t *text, uint64_t *number)
{
    uint64_t value = 0;
    for (unsigned i = 0; i < HALF_SIZE; i++) {
        const char *const digit = text[i] == 0 ? NULL : strchr(DIGITS, text[i]);
        if (digit == NULL || (value >> 59) != 0) {
            return false;
        }
        value = value << 5 | (uint64_t)(digit - DIGITS);
    }
    *number = value;
    return true;
}

void event_id_format(uint64_t server, uint64_t sequence, char id[EVENT_ID_SIZE + 1])
{
    memcpy(id, "evt_", 4);
    format_half(server, id + 4);
    id[4 + HALF_SIZE] = '_';
    format_half(sequence, id + 5 + HALF_SIZE);
    id[EVENT_ID_SIZE] = '\0';
}

bool event_id_parse(struct bytes id, uint64_t server, uint64_t *sequence)
{
    uint64_t of;
    return id.size == EVENT_ID_SIZE && memcmp(id.data, "evt_", 4) == 0 &&
           id.data[4 + HALF_SIZE] == '_' && parse_half(id.data + 4, &of) && of == server &&
           parse_half(id.data + 5 + HALF_SIZE, sequence);
}

static void write_time(struct json_writer *json, int64_t time_us)
{
    char text[DATE_RFC3339_SIZE + 1];
    date_format_rfc3339(time_us, text);
    json_text_of(json, text);
}

static void write_place_and_times(const struct event *event, struct json_writer *json)
{
    JSON_KEY(json, "time");
    write_time(json, event->event_us);
    JSON_KEY(json, "received");
    write_time(json, event->arrival_us);
    JSON_KEY(json, "lat");
    json_e7(json, event->point.lat_e7);
    JSON_KEY(json, "lon");
    json_e7(json, event->point.lng_e7);
}

static void write_details(const struct event *event, struct json_writer *json)
{
    if (event->confidence != 0) {
        JSON_KEY(json, "confidence");
        json_unsigned(json, event->confidence);
    }
    if (event->dwell_us != 0) {
        JSON_KEY(json, "dwell_s");
        json_decimal(json, (double)event->dwell_us / 1e6, 3);
    }
    if (event->distance_m >= 0) {
        JSON_KEY(json, "distance_m");
        json_decimal(json, event->distance_m, 1);
    }
    if (event->reason.size != 0) {
        JSON_KEY(json, "reason");
        json_text(json, event->reason);
    }
    if ((event->flags & EVENT_LATE) != 0) {
        JSON_KEY(json, "late");
        json_bool(json, true);
    }
    if ((event->flags & EVENT_FUTURE) != 0) {
        JSON_KEY(json, "future");
        json_bool(json, true);
    }
    if ((event->flags & EVENT_INITIAL) != 0) {
        JSON_KEY(json, "initial");
        json_bool(json, true);
    }
    if (event->payload.size != 0) {
        JSON_KEY(json, "properties");
        json_raw(json, event->payload);
    }
}

void event_write_json(const struct event *event, uint64_t server, struct buffer *out)
{
    if (event->kind == EVENT_TILE38) {
        buffer_append_bytes(out, event->payload);
        return;
    }
    struct json_writer json = {.out = out};
    json_begin_object(&json);
    if (event->sequence != 0) { // else one that would be: of a trial or a backfill
        char id[EVENT_ID_SIZE + 1];
        event_id_format(server, event->sequence, id);
        JSON_KEY(&json, "id");
        json_text_of(&json, id);
        JSON_KEY(&json, "sequence");
        json_unsigned(&json, event->sequence);
    }
    JSON_KEY(&json, "type");
    json_text_of(&json, event_kind_name(event->kind));
    if (event->collection.size != 0) {
        JSON_KEY(&json, "collection");
        json_text(&json, event->collection);
    }
    if (event->object.size != 0) {
        JSON_KEY(&json, "object");
        json_text(&json, event->object);
    }
    if (event->fence.size != 0) {
        JSON_KEY(&json, "fence");
        json_text(&json, event->fence);
    }
    if (event->other.size != 0) {
        JSON_KEY(&json, "other");
        json_text(&json, event->other);
    }
    write_place_and_times(event, &json);
    write_details(event, &json);
    json_end_object(&json);
}
