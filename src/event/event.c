#include "event/event.h"

enum { EVENT_VERSION = 1 };

// Which optional parts follow, in this order.
enum {
    HAS_CONFIDENCE = 1,
    HAS_DWELL = 2,
    HAS_DISTANCE = 4,
    HAS_OTHER = 8,
    HAS_REASON = 16,
    HAS_PAYLOAD = 32,
    HAS_ALL = 63,
};

static const char *const KIND_NAMES[EVENT_KIND_COUNT] = {
    "enter", "exit", "inside",       "outside",          "cross",        "dwell",      "approach",
    "roam",  "stop", "trip_started", "trip_approaching", "trip_arrived", "trip_ended", "tile38",
    "test",
};

bool fix_bound(struct fix *fix)
{
    if (fix->event_us <= fix->arrival_us + FIX_AHEAD_MAX_US) {
        return false;
    }
    fix->event_us = fix->arrival_us;
    return true;
}

const char *event_kind_name(enum event_kind kind)
{
    return KIND_NAMES[kind];
}

bool event_kind_find(struct bytes name, enum event_kind *kind)
{
    for (unsigned i = 0; i < EVENT_KIND_COUNT; i++) {
        if (bytes_equal(name, bytes_from_text(KIND_NAMES[i]))) {
            *kind = (enum event_kind)i;
            return true;
        }
    }
    return false;
}

static void append_sized(struct buffer *out, struct bytes bytes)
{
    buffer_append_varint(out, bytes.size);
    buffer_append_bytes(out, bytes);
}

static uint8_t parts_of(const struct event *event)
{
    return (uint8_t)((event->confidence != 0 ? HAS_CONFIDENCE : 0) |
                     (event->dwell_us != 0 ? HAS_DWELL : 0) |
                     (event->distance_m >= 0 ? HAS_DISTANCE : 0) |
                     (event->other.size != 0 ? HAS_OTHER : 0) |
                     (event->reason.size != 0 ? HAS_REASON : 0) |
                     (event->payload.size != 0 ? HAS_PAYLOAD : 0));
}

void event_encode(const struct event *event, struct buffer *out)
{
    const uint8_t parts = parts_of(event);
    const uint8_t head[4] = {EVENT_VERSION, (uint8_t)event->kind, event->flags, parts};
    buffer_append(out, head, sizeof head);
    buffer_append_u64(out, event->sequence);
    buffer_append_u64(out, (uint64_t)event->event_us);
    buffer_append_u64(out, (uint64_t)event->arrival_us);
    buffer_append_u32(out, (uint32_t)event->point.lng_e7);
    buffer_append_u32(out, (uint32_t)event->point.lat_e7);
    append_sized(out, event->collection);
    append_sized(out, event->object);
    append_sized(out, event->fence);
    if ((parts & HAS_CONFIDENCE) != 0) {
        buffer_append_u8(out, (uint8_t)event->confidence);
    }
    if ((parts & HAS_DWELL) != 0) {
        buffer_append_u64(out, (uint64_t)event->dwell_us);
    }
    if ((parts & HAS_DISTANCE) != 0) {
        uint64_t bits;
        memcpy(&bits, &event->distance_m, sizeof bits);
        buffer_append_u64(out, bits);
    }
    if ((parts & HAS_OTHER) != 0) {
        append_sized(out, event->other);
    }
    if ((parts & HAS_REASON) != 0) {
        append_sized(out, event->reason);
    }
    if ((parts & HAS_PAYLOAD) != 0) {
        append_sized(out, event->payload);
    }
}

static struct bytes take_sized(struct reader *reader)
{
    const uint64_t size = reader_varint(reader);
    if (size > reader->rest.size) {
        reader->overrun = true;
        return (struct bytes){0};
    }
    return reader_take(reader, (size_t)size);
}

static void take_parts(struct reader *reader, uint8_t parts, struct event *event)
{
    if ((parts & HAS_CONFIDENCE) != 0) {
        event->confidence = reader_u8(reader);
    }
    if ((parts & HAS_DWELL) != 0) {
        event->dwell_us = (int64_t)reader_u64(reader);
    }
    if ((parts & HAS_DISTANCE) != 0) {
        const uint64_t bits = reader_u64(reader);
        memcpy(&event->distance_m, &bits, sizeof bits);
    }
    if ((parts & HAS_OTHER) != 0) {
        event->other = take_sized(reader);
    }
    if ((parts & HAS_REASON) != 0) {
        event->reason = take_sized(reader);
    }
    if ((parts & HAS_PAYLOAD) != 0) {
        event->payload = take_sized(reader);
    }
}

enum status event_decode(struct bytes bytes, struct event *event, struct fault *fault)
{
    struct reader reader = {.rest = bytes};
    const uint8_t version = reader_u8(&reader);
    const uint8_t kind = reader_u8(&reader);
    const uint8_t flags = reader_u8(&reader);
    const uint8_t parts = reader_u8(&reader);
    if (!reader.overrun && version != EVENT_VERSION) {
        return fault_set(fault, STATUS_UNSUPPORTED, "event of version %u; this program knows %d",
                         version, EVENT_VERSION);
    }
    struct event found = {.kind = (enum event_kind)kind, .flags = flags, .distance_m = -1};
    found.sequence = reader_u64(&reader);
    found.event_us = (int64_t)reader_u64(&reader);
    found.arrival_us = (int64_t)reader_u64(&reader);
    found.point.lng_e7 = (int32_t)reader_u32(&reader);
    found.point.lat_e7 = (int32_t)reader_u32(&reader);
    found.collection = take_sized(&reader);
    found.object = take_sized(&reader);
    found.fence = take_sized(&reader);
    take_parts(&reader, parts, &found);
    if (reader.overrun || reader.rest.size != 0 || kind >= EVENT_KIND_COUNT || parts > HAS_ALL ||
        found.confidence > 3 || !geo_point_is_valid(found.point)) {
        return fault_set(fault, STATUS_CORRUPT, "event of %zu bytes contradicts itself",
                         bytes.size);
    }
    *event = found;
    return STATUS_OK;
}
