#include "command/event_routes.h"

#include <stdio.h>
#include <string.h>

#include "codec/json_write.h"
#include "command/call.h"
#include "deliver/deliver.h"

enum { ANSWER_SIZE = 4 << 20 };

bool event_filter_read(struct call *call, struct stream_filter *filter)
{
    const struct value *const values = call->values;
    *filter = (struct stream_filter){.fence = values[EVENTS_FENCE].text,
                                     .object = values[EVENTS_OBJECT].text,
                                     .collection = values[EVENTS_COLLECTION].text};
    struct bytes rest = values[EVENTS_KIND].text;
    while (rest.size != 0) {
        const uint8_t *const comma = memchr(rest.data, ',', rest.size);
        const size_t size = comma == NULL ? rest.size : (size_t)(comma - rest.data);
        enum event_kind kind;
        if (!event_kind_find((struct bytes){.data = rest.data, .size = size}, &kind)) {
            call_fail(call, 400, "invalid_parameter", "kind",
                      "kind: '%.*s' is no kind of event; there are enter, exit, inside, outside, "
                      "cross, dwell, approach, roam and more (docs/events.md)",
                      (int)(size < 40 ? size : 40), (const char *)rest.data);
            return false;
        }
        filter->kinds |= UINT32_C(1) << (unsigned)kind;
        rest.data += comma == NULL ? size : size + 1;
        rest.size -= comma == NULL ? size : size + 1;
    }
    return true;
}

// --- A page ---

struct page {
    struct stream_filter filter;
    struct buffer records;
    uint64_t after, reached;
};

static void release_page(struct call *call)
{
    buffer_free(&((struct page *)call->state)->records);
}

static void write_events(struct call *call, const struct page *page, struct json_writer *json)
{
    struct deliver *const deliver = call->world->deliver;
    struct reader reader = {.rest = buffer_bytes(&page->records)};
    bool has_item = false;
    JSON_KEY(json, "events");
    json_begin_array(json);
    while (reader.rest.size != 0) {
        const uint64_t sequence = reader_u64(&reader);
        const uint32_t size = reader_u32(&reader);
        struct event event;
        if (event_decode(reader_take(&reader, size), &event, NULL) == STATUS_OK) {
            event.sequence = sequence;
            if (has_item) {
                buffer_append_u8(json->out, ',');
            }
            event_write_json(&event, deliver_server(deliver), json->out);
            has_item = true;
        }
    }
    json_end_array(json);
}

static void answer_page(struct call *call)
{
    const struct page *const page = call->state;
    struct json_writer json = {.out = &call->out};
    json_begin_object(&json);
    write_events(call, page, &json);
    // The point to go on from, whether or not there is more already.
    JSON_KEY(&json, "last");
    json_unsigned(&json, page->reached);
    if (page->reached < stream_last(call->world->deliver)) {
        char next[24];
        (void)snprintf(next, sizeof(next), "%llu", (unsigned long long)page->reached);
        JSON_KEY(&json, "next");
        json_text_of(&json, next);
    }
    json_end_object(&json);
    call_answer(call, 200);
}

static enum status toil_page(struct call *call, struct fault *fault)
{
    struct page *const page = call->state;
    struct deliver *const deliver = call->world->deliver;
    struct stream_late late = {.deliver = deliver,
                               .after = page->after,
                               .filter = page->filter,
                               .limit = (size_t)call->values[EVENTS_LIMIT].whole,
                               .size = ANSWER_SIZE,
                               .out = &page->records};
    stream_read_waiting(&late);
    if (late.status == STATUS_UNSUPPORTED) { // in memory only: from the first there is
        const uint64_t first = stream_first(deliver);
        late.status = stream_read(deliver, first - 1, &page->filter, late.limit, ANSWER_SIZE,
                                  &page->records, &late.reached);
    }
    page->reached = late.reached;
    *fault = late.fault;
    return late.status;
}

static bool wants_websocket(const struct call *call)
{
    return call->fields[HTTP_FIELD_UPGRADE].size != 0;
}

static bool wants_stream(const struct call *call)
{
    const struct bytes accept = call->fields[HTTP_FIELD_ACCEPT];
    return call->values[EVENTS_FOLLOW].whole == 1 ||
           (accept.size != 0 && memmem(accept.data, accept.size, "text/event-stream", 17) != NULL);
}

// Where a stream begins: Last-Event-ID (a sequence or an event's id), `after`, or now.
static uint64_t begin_of(struct call *call)
{
    struct deliver *const deliver = call->world->deliver;
    const struct bytes field = call->fields[HTTP_FIELD_LAST_EVENT_ID];
    uint64_t sequence = 0;
    if (field.size != 0 && event_id_parse(field, deliver_server(deliver), &sequence)) {
        return sequence;
    }
    for (size_t i = 0; i < field.size && i < 19; i++) {
        if (field.data[i] < '0' || field.data[i] > '9') {
            break;
        }
        sequence = sequence * 10 + (uint64_t)(field.data[i] - '0');
        if (i + 1 == field.size) {
            return sequence;
        }
    }
    return call->values[EVENTS_AFTER].is_given ? (uint64_t)call->values[EVENTS_AFTER].whole
                                               : stream_last(deliver);
}

static void list_run(struct call *call)
{
    struct stream_filter filter;
    if (!event_filter_read(call, &filter)) {
        return;
    }
    if (wants_websocket(call) || wants_stream(call)) {
        event_stream_run(call, begin_of(call), &filter, wants_websocket(call));
        return;
    }
    struct page *const page = call_take(call, sizeof(*page));
    if (page == NULL) {
        call_fail_memory(call);
        return;
    }
    page->filter = filter;
    page->records.account = call->world->account;
    page->after =
        call->values[EVENTS_AFTER].is_given ? (uint64_t)call->values[EVENTS_AFTER].whole : 0;
    call->state = page;
    call->release = release_page;
    const enum status status = stream_read(call->world->deliver, page->after, &filter,
                                           (size_t)call->values[EVENTS_LIMIT].whole, ANSWER_SIZE,
                                           &page->records, &page->reached);
    if (status == STATUS_OK) {
        answer_page(call);
    } else if (status == STATUS_NOT_FOUND) {
        call_work(call, toil_page, answer_page);
    } else {
        call_fail_memory(call);
    }
}

static void websocket_run(struct call *call)
{
    struct stream_filter filter;
    if (event_filter_read(call, &filter)) {
        event_stream_run(call, begin_of(call), &filter, true);
    }
}

static const struct parameter parameters[] = {
    [EVENTS_AFTER] = {.name = "after",
                      .kind = PARAMETER_WHOLE,
                      .example = "0",
                      .help =
                          "Events behind this sequence number; a page without it begins with the "
                          "oldest event there is, a stream with the next."},
    [EVENTS_LIMIT] = {.name = "limit",
                      .kind = PARAMETER_COUNT,
                      .minimum = 1,
                      .maximum = 1000,
                      .fallback = "100",
                      .example = "100",
                      .help = "At most so many; of pages."},
    [EVENTS_FENCE] = {.name = "fence",
                      .kind = PARAMETER_NAME,
                      .example = "depot",
                      .help = "Only of this fence; * and ? stand for others."},
    [EVENTS_OBJECT] = {.name = "object",
                       .kind = PARAMETER_NAME,
                       .example = "truck-7",
                       .help = "Only of this object; * and ? stand for others."},
    [EVENTS_COLLECTION] = {.name = "collection",
                           .kind = PARAMETER_NAME,
                           .example = "fleet",
                           .help = "Only of this collection; * and ? stand for others."},
    [EVENTS_KIND] = {.name = "kind",
                     .kind = PARAMETER_STRING,
                     .example = "enter,exit",
                     .help = "Only these kinds, comma-separated."},
    [EVENTS_FOLLOW] = {.name = "follow",
                       .kind = PARAMETER_SWITCH,
                       .fallback = "0",
                       .example = "1",
                       .help = "With 1, the answer is a stream of Server-Sent Events that goes on; "
                               "the same as Accept: text/event-stream."},
};

static const struct route rows[] = {
    {.method = HTTP_METHOD_GET,
     .path = "/v1/events",
     .name = "list_events",
     .summary = "Gives the events behind a point, oldest first; as a stream of Server-Sent Events "
                "or over a WebSocket when that is asked for, without a gap between old and new.",
     ROUTE_PARAMETERS(parameters),
     .answer_schema = "Events",
     .needs_live = true,
     .run = list_run},
    {.method = HTTP_METHOD_GET,
     .path = "/v1/events/ws",
     .name = "events_websocket",
     .summary = "Follows the events over a WebSocket, one text message an event.",
     ROUTE_PARAMETERS(parameters),
     .needs_live = true,
     .run = websocket_run},
};

static const char schemas[] =
    "\"Event\":{\"type\":\"object\",\"properties\":{\"id\":{\"type\":\"string\"},\"sequence\":{"
    "\"type\":\"integer\"},\"type\":{\"type\":\"string\"},\"collection\":{\"type\":\"string\"},"
    "\"object\":{\"type\":\"string\"},\"fence\":{\"type\":\"string\"},"
    "\"time\":{\"type\":\"string\"},\"received\":{\"type\":\"string\"},"
    "\"lat\":{\"type\":\"number\"},\"lon\":{\"type\":\"number\"}}},"
    "\"Events\":{\"type\":\"object\",\"properties\":{\"events\":{\"type\":\"array\",\"items\":{"
    "\"$ref\":\"#/components/schemas/Event\"}},\"last\":{\"type\":\"integer\",\"description\":"
    "\"The `after` to go on from.\"},\"next\":{\"type\":\"string\",\"description\":\"The same, "
    "when "
    "there is more already.\"}}}";

const struct route_table event_routes = {rows, COUNT_OF(rows), schemas};
