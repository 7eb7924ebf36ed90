// Rules out of JSON: one function a member, and a sentence that names it when it is wrong.
#include <math.h>

#include "base/date.h"
#include "base/decimal.h"
#include "codec/geojson.h"
#include "codec/json_slice.h"
#include "fence/rule.h"
#include "text/zone.h"

enum {
    AREA_POINTS_MAX = 1000000,
    AREA_DEPTH_MAX = 8,
    NAME_SIZE_MAX = 255,
    FILTER_SIZE_MAX = 65535,
    CONFIRM_FIXES_MAX = 1000,
};
#define DURATION_MAX_S (366.0 * 86400)
#define SPEED_MAX_MPS  100000.0
#define CIRCLE_MAX_M   10000000.0

struct rule_reader {
    struct rule *rule;
    struct memory_account *account;
    struct buffer *space;
    bool *is_initial;
    bool has_area, has_events;
    struct fault *fault;
};

#define WRONG(reader, ...) fault_set((reader)->fault, STATUS_OUT_OF_RANGE, __VA_ARGS__)

static bool is_object(struct bytes value)
{
    return value.size > 0 && value.data[0] == '{';
}

static bool is_text(struct bytes value)
{
    return value.size > 0 && value.data[0] == '"';
}

static bool is_null(struct bytes value)
{
    return bytes_equal(value, BYTES_OF("null"));
}

static enum status read_text(struct rule_reader *reader, const char *name, struct bytes value,
                             size_t size_max, struct bytes *text)
{
    if (!is_text(value)) {
        return WRONG(reader, "\"%s\" must be a text", name);
    }
    const size_t at = reader->space->size;
    json_slice_unescape(value, reader->space);
    TRY(buffer_status(reader->space));
    *text = (struct bytes){.data = reader->space->data + at, .size = reader->space->size - at};
    if (text->size == 0 || text->size > size_max) {
        return WRONG(reader, "\"%s\" must have 1 to %zu bytes", name, size_max);
    }
    return STATUS_OK;
}

static enum status read_number(struct rule_reader *reader, const char *name, struct bytes value,
                               double min, double max, double *number)
{
    const bool is_number = value.size > 0 && value.data[0] != '+' && decimal_parse(value, number);
    if (!is_number || !(*number >= min && *number <= max)) {
        return WRONG(reader, "\"%s\" must be a number from %g to %g", name, min, max);
    }
    return STATUS_OK;
}

static enum status read_seconds(struct rule_reader *reader, const char *name, struct bytes value,
                                int64_t *duration_us)
{
    double seconds;
    TRY(read_number(reader, name, value, 0, DURATION_MAX_S, &seconds));
    *duration_us = (int64_t)(seconds * 1e6 + 0.5);
    return STATUS_OK;
}

static enum status read_bool(struct rule_reader *reader, const char *name, struct bytes value,
                             bool *truth)
{
    *truth = bytes_equal(value, BYTES_OF("true"));
    if (!*truth && !bytes_equal(value, BYTES_OF("false"))) {
        return WRONG(reader, "\"%s\" must be true or false", name);
    }
    return STATUS_OK;
}

static enum status read_time(struct rule_reader *reader, const char *name, struct bytes value,
                             int64_t *time_us)
{
    struct bytes text;
    TRY(read_text(reader, name, value, 64, &text));
    if (!date_parse_rfc3339(text, time_us) || *time_us <= 0) {
        return WRONG(reader, "\"%s\" must be a moment like 2026-11-21T15:04:05Z", name);
    }
    return STATUS_OK;
}

// A list of texts as (size u8, text) each.
static enum status read_list(struct rule_reader *reader, const char *name, struct bytes value,
                             struct bytes *list)
{
    struct bytes item;
    const size_t at = reader->space->size;
    unsigned count = 0;
    if (value.size == 0 || value.data[0] != '[') {
        return WRONG(reader, "\"%s\" must be a list of texts", name);
    }
    while (json_slice_item(&value, &item)) {
        const size_t begun = reader->space->size;
        buffer_append_u8(reader->space, 0);
        if (is_text(item)) {
            json_slice_unescape(item, reader->space);
        }
        TRY(buffer_status(reader->space));
        const size_t size = reader->space->size - begun - 1;
        if (size == 0 || size > NAME_SIZE_MAX || ++count > RULE_TAGS_MAX) {
            return WRONG(reader, "\"%s\" must be a list of at most %d texts of 1 to %d bytes", name,
                         RULE_TAGS_MAX, NAME_SIZE_MAX);
        }
        reader->space->data[begun] = (uint8_t)size;
    }
    *list = (struct bytes){.data = reader->space->data + at, .size = reader->space->size - at};
    return STATUS_OK;
}

// Areas. --------------------------------------------------------------------------------------------

static struct bytes member(struct bytes object, const char *name)
{
    return json_slice_find(object, bytes_from_text(name));
}

static enum status read_angle(struct rule_reader *reader, const char *of, struct bytes object,
                              const char *name, double max, int32_t *angle_e7)
{
    const struct bytes value = member(object, name);
    double angle_deg;
    if (value.data == NULL) {
        return WRONG(reader, "\"%s\" needs a \"%s\"", of, name);
    }
    TRY(read_number(reader, name, value, -max, max, &angle_deg));
    *angle_e7 = geo_e7_from_deg(angle_deg);
    return STATUS_OK;
}

static void take_shape(struct rule_reader *reader, size_t at)
{
    reader->rule->area = RULE_SHAPE;
    reader->rule->shape.bytes =
        (struct bytes){.data = reader->space->data + at, .size = reader->space->size - at};
}

static enum status read_circle(struct rule_reader *reader, struct bytes circle)
{
    struct geo_point centre;
    double radius_m;
    if (!is_object(circle)) {
        return WRONG(reader, "\"circle\" must be an object with \"lat\", \"lon\" and \"radius\"");
    }
    TRY(read_angle(reader, "circle", circle, "lat", 90, &centre.lat_e7));
    TRY(read_angle(reader, "circle", circle, "lon", 180, &centre.lng_e7));
    const struct bytes radius = member(circle, "radius");
    if (radius.data == NULL) {
        return WRONG(reader, "\"circle\" needs a \"radius\" in metres");
    }
    TRY(read_number(reader, "radius", radius, 0, CIRCLE_MAX_M, &radius_m));
    const size_t at = reader->space->size;
    shape_add_circle(reader->space, centre, radius_m);
    take_shape(reader, at);
    return STATUS_OK;
}

static enum status read_rectangle(struct rule_reader *reader, struct bytes rectangle)
{
    struct geo_box box;
    if (!is_object(rectangle)) {
        return WRONG(reader, "\"rectangle\" must be an object with \"south\", \"west\", \"north\" "
                             "and \"east\"");
    }
    TRY(read_angle(reader, "rectangle", rectangle, "south", 90, &box.south_e7));
    TRY(read_angle(reader, "rectangle", rectangle, "west", 180, &box.west_e7));
    TRY(read_angle(reader, "rectangle", rectangle, "north", 90, &box.north_e7));
    TRY(read_angle(reader, "rectangle", rectangle, "east", 180, &box.east_e7));
    if (box.south_e7 > box.north_e7) {
        return WRONG(reader, "\"rectangle\": \"south\" lies north of \"north\"");
    }
    const size_t at = reader->space->size;
    shape_add_box(reader->space, box);
    take_shape(reader, at);
    return STATUS_OK;
}

static enum status read_near(struct rule_reader *reader, struct bytes near)
{
    struct rule *const rule = reader->rule;
    const struct bytes collection =
        is_object(near) ? member(near, "collection") : (struct bytes){0};
    if (collection.data == NULL || member(near, "radius").data == NULL) {
        return WRONG(reader,
                     "\"near\" must be an object with \"collection\" and \"radius\" in metres");
    }
    TRY(read_text(reader, "collection", collection, NAME_SIZE_MAX, &rule->area_collection));
    TRY(read_number(reader, "radius", member(near, "radius"), 0.1, RULE_DISTANCE_MAX_M,
                    &rule->radius_m));
    const struct bytes match = member(near, "match");
    if (match.data != NULL) {
        TRY(read_text(reader, "match", match, NAME_SIZE_MAX, &rule->area_match));
    }
    rule->area = RULE_NEAR;
    return STATUS_OK;
}

static enum status read_geometry(struct rule_reader *reader, const char *name, struct bytes value)
{
    const struct geojson_limits limits = {
        .text_size = value.size, .points = AREA_POINTS_MAX, .depth = AREA_DEPTH_MAX};
    struct geojson geojson;
    const size_t at = reader->space->size;
    const enum status status =
        geojson_read(value, &limits, reader->account, &geojson, reader->space, reader->fault);
    if (status != STATUS_OK) {
        (void)fault_prefix(reader->fault, status, "\"%s\"", name);
        return status == STATUS_NO_MEMORY ? status : STATUS_OUT_OF_RANGE;
    }
    take_shape(reader, at);
    if (reader->space->size == at || shape_is_empty(reader->rule->shape)) {
        return WRONG(reader, "\"%s\" is empty", name);
    }
    return STATUS_OK;
}

static enum status read_area(struct rule_reader *reader, struct bytes value)
{
    struct rule *const rule = reader->rule;
    reader->has_area = true;
    if (!is_object(value)) {
        return WRONG(reader, "\"area\" must be a GeoJSON geometry, or an object with \"circle\", "
                             "\"rectangle\", \"place\", \"collection\" or \"near\"");
    }
    struct bytes kind = member(value, "circle");
    if (kind.data != NULL) {
        return read_circle(reader, kind);
    }
    kind = member(value, "rectangle");
    if (kind.data != NULL) {
        return read_rectangle(reader, kind);
    }
    kind = member(value, "near");
    if (kind.data != NULL) {
        return read_near(reader, kind);
    }
    kind = member(value, "place");
    if (kind.data != NULL) {
        rule->area = RULE_PLACE;
        return read_text(reader, "place", kind, NAME_SIZE_MAX, &rule->place);
    }
    kind = member(value, "collection");
    if (kind.data != NULL) {
        rule->area = RULE_COLLECTION;
        return read_text(reader, "collection", kind, NAME_SIZE_MAX, &rule->area_collection);
    }
    return read_geometry(reader, "area", value);
}

// Schedules. ----------------------------------------------------------------------------------------

static const char *const DAYS[] = {"mon", "tue", "wed", "thu", "fri", "sat", "sun"};

static enum status read_days(struct rule_reader *reader, struct bytes value, uint8_t *days)
{
    const bool is_list = value.size > 0 && value.data[0] == '[';
    struct bytes item;
    *days = 0;
    while (is_list && json_slice_item(&value, &item)) {
        unsigned day = 0;
        while (day < 7 && !json_slice_equals(item, bytes_from_text(DAYS[day]))) {
            day++;
        }
        if (day == 7) {
            *days = 0;
            break;
        }
        *days |= (uint8_t)(1U << day);
    }
    return *days != 0 ? STATUS_OK
                      : WRONG(reader, "\"days\" must be a list of \"mon\", \"tue\", \"wed\", "
                                      "\"thu\", \"fri\", \"sat\" and \"sun\"");
}

static enum status read_minute(struct rule_reader *reader, const char *name, struct bytes value,
                               uint16_t *minute)
{
    struct bytes text = {0};
    if (is_text(value)) {
        TRY(read_text(reader, name, value, 16, &text));
    }
    const uint8_t *const c = text.data;
    bool is_time = text.size == 5 && c[2] == ':';
    for (size_t i = 0; is_time && i < 5; i++) {
        is_time = i == 2 || (c[i] >= '0' && c[i] <= '9');
    }
    const int hour = is_time ? (c[0] - '0') * 10 + (c[1] - '0') : 0;
    const int of_hour = is_time ? (c[3] - '0') * 10 + (c[4] - '0') : 0;
    if (!is_time || of_hour > 59 || hour * 60 + of_hour > SCHEDULE_DAY_MINUTES) {
        return WRONG(reader, "\"%s\" must be a time of day from \"00:00\" to \"24:00\"", name);
    }
    *minute = (uint16_t)(hour * 60 + of_hour);
    return STATUS_OK;
}

static enum status read_hours(struct rule_reader *reader, struct bytes value)
{
    struct schedule *const schedule = &reader->rule->schedule;
    struct bytes item;
    if (value.size == 0 || value.data[0] != '[') {
        return WRONG(reader, "\"hours\" must be a list of {\"days\",\"from\",\"until\"}");
    }
    while (json_slice_item(&value, &item)) {
        if (schedule->period_count == SCHEDULE_PERIODS_MAX || !is_object(item)) {
            return WRONG(reader,
                         "\"hours\" must be a list of at most %d {\"days\",\"from\",\"until\"}",
                         SCHEDULE_PERIODS_MAX);
        }
        struct schedule_period *const period = &schedule->periods[schedule->period_count++];
        const struct bytes days = member(item, "days");
        period->days = 0x7f;
        if (days.data != NULL) {
            TRY(read_days(reader, days, &period->days));
        }
        TRY(read_minute(reader, "from", member(item, "from"), &period->from_minute));
        TRY(read_minute(reader, "until", member(item, "until"), &period->until_minute));
    }
    return STATUS_OK;
}

static enum status read_schedule(struct rule_reader *reader, struct bytes value)
{
    struct schedule *const schedule = &reader->rule->schedule;
    struct bytes name;
    struct bytes part;
    if (!is_object(value)) {
        return WRONG(reader, "\"schedule\" must be an object");
    }
    while (json_slice_member(&value, &name, &part)) {
        if (json_slice_equals(name, BYTES_OF("time_zone"))) {
            TRY(read_text(reader, "time_zone", part, SCHEDULE_ZONE_SIZE_MAX, &schedule->zone));
            if (!zone_is_known(schedule->zone)) {
                return WRONG(reader,
                             "\"time_zone\" %.*s is not known: use a name like "
                             "Europe/Vienna",
                             (int)schedule->zone.size, (const char *)schedule->zone.data);
            }
        } else if (json_slice_equals(name, BYTES_OF("hours"))) {
            TRY(read_hours(reader, part));
        } else if (json_slice_equals(name, BYTES_OF("valid_from"))) {
            TRY(read_time(reader, "valid_from", part, &schedule->valid_from_us));
        } else if (json_slice_equals(name, BYTES_OF("valid_until"))) {
            TRY(read_time(reader, "valid_until", part, &schedule->valid_until_us));
        } else {
            return WRONG(reader, "\"schedule\" has no member %.*s", (int)name.size,
                         (const char *)name.data);
        }
    }
    return STATUS_OK;
}

// Members. ------------------------------------------------------------------------------------------

static enum status read_collection(struct rule_reader *reader, struct bytes value)
{
    return read_text(reader, "collection", value, NAME_SIZE_MAX, &reader->rule->collection);
}

static enum status read_id(struct rule_reader *reader, struct bytes value)
{
    return read_text(reader, "id", value, RULE_ID_SIZE_MAX, &reader->rule->id);
}

static enum status read_match(struct rule_reader *reader, struct bytes value)
{
    return read_text(reader, "match", value, NAME_SIZE_MAX, &reader->rule->match);
}

static enum status read_filter(struct rule_reader *reader, struct bytes value)
{
    return read_text(reader, "filter", value, FILTER_SIZE_MAX, &reader->rule->filter);
}

static enum status read_events(struct rule_reader *reader, struct bytes value)
{
    const bool is_list = value.size > 0 && value.data[0] == '[';
    struct bytes item;
    reader->rule->member.events = 0;
    reader->has_events = true;
    while (is_list && json_slice_item(&value, &item)) {
        enum event_kind kind = EVENT_TEST;
        const struct bytes name = {.data = item.data + 1, .size = item.size - 2};
        if (!is_text(item) || !event_kind_find(name, &kind) || (RULE_EVENTS_ALL >> kind & 1) == 0) {
            reader->rule->member.events = 0;
            break;
        }
        reader->rule->member.events |= 1U << kind;
    }
    return reader->rule->member.events != 0
               ? STATUS_OK
               : WRONG(reader, "\"events\" must be a list of \"enter\", \"exit\", \"inside\", "
                               "\"outside\", \"cross\", \"dwell\", \"approach\" and \"roam\"");
}

static enum status read_dwell(struct rule_reader *reader, struct bytes value)
{
    return read_seconds(reader, "dwell_s", value, &reader->rule->member.dwell_us);
}

static enum status read_cooldown(struct rule_reader *reader, struct bytes value)
{
    return read_seconds(reader, "cooldown_s", value, &reader->rule->member.cooldown_us);
}

static enum status read_lateness(struct rule_reader *reader, struct bytes value)
{
    return read_seconds(reader, "lateness_s", value, &reader->rule->lateness_us);
}

static enum status read_exit_distance(struct rule_reader *reader, struct bytes value)
{
    return read_number(reader, "exit_distance_m", value, 0, RULE_DISTANCE_MAX_M,
                       &reader->rule->exit_distance_m);
}

static enum status read_approach(struct rule_reader *reader, struct bytes value)
{
    return read_number(reader, "approach_m", value, 0, RULE_DISTANCE_MAX_M,
                       &reader->rule->approach_m);
}

static enum status read_confirm(struct rule_reader *reader, struct bytes value)
{
    struct member_rule *const rule = &reader->rule->member;
    const struct bytes fixes = is_object(value) ? member(value, "fixes") : (struct bytes){0};
    const struct bytes seconds = is_object(value) ? member(value, "seconds") : (struct bytes){0};
    if (fixes.data == NULL && seconds.data == NULL) {
        return WRONG(reader, "\"confirm\" must be an object with \"fixes\" or \"seconds\"");
    }
    if (fixes.data != NULL) {
        double count;
        TRY(read_number(reader, "fixes", fixes, 1, CONFIRM_FIXES_MAX, &count));
        rule->confirm_count = (uint32_t)count;
    }
    return seconds.data == NULL ? STATUS_OK
                                : read_seconds(reader, "seconds", seconds, &rule->confirm_us);
}

static enum status read_accuracy(struct rule_reader *reader, struct bytes value)
{
    static const char *const NAMES[] = {"ignore", "expand", "confidence"};
    for (unsigned i = 0; i < 3; i++) {
        if (json_slice_equals(value, bytes_from_text(NAMES[i]))) {
            reader->rule->accuracy = (enum rule_accuracy)i;
            return STATUS_OK;
        }
    }
    return WRONG(reader, "\"accuracy\" must be \"ignore\", \"expand\" or \"confidence\"");
}

static enum status read_confidence(struct rule_reader *reader, struct bytes value)
{
    double confidence;
    TRY(read_number(reader, "confidence", value, 1, 3, &confidence));
    reader->rule->confidence_min = (unsigned)confidence;
    return STATUS_OK;
}

static enum status read_speed(struct rule_reader *reader, struct bytes value)
{
    const struct bytes min = is_object(value) ? member(value, "min_mps") : (struct bytes){0};
    const struct bytes max = is_object(value) ? member(value, "max_mps") : (struct bytes){0};
    if (min.data == NULL && max.data == NULL) {
        return WRONG(reader, "\"speed\" must be an object with \"min_mps\" or \"max_mps\"");
    }
    if (min.data != NULL) {
        TRY(read_number(reader, "min_mps", min, 0, SPEED_MAX_MPS, &reader->rule->speed_min_mps));
    }
    return max.data == NULL ? STATUS_OK
                            : read_number(reader, "max_mps", max, 0, SPEED_MAX_MPS,
                                          &reader->rule->speed_max_mps);
}

// A vehicle that stands: GPS says up to 2 km/h of it.
static enum status read_stopped(struct rule_reader *reader, struct bytes value)
{
    bool is_stopped;
    TRY(read_bool(reader, "stopped", value, &is_stopped));
    if (is_stopped) {
        reader->rule->speed_max_mps = 0.6;
    }
    return STATUS_OK;
}

static enum status read_expires(struct rule_reader *reader, struct bytes value)
{
    return read_time(reader, "expires", value, &reader->rule->expires_us);
}

static enum status read_tags(struct rule_reader *reader, struct bytes value)
{
    return read_list(reader, "tags", value, &reader->rule->tags);
}

static enum status read_properties(struct rule_reader *reader, struct bytes value)
{
    return read_list(reader, "properties", value, &reader->rule->properties);
}

static enum status read_metadata(struct rule_reader *reader, struct bytes value)
{
    if (!is_object(value) || value.size > RULE_METADATA_SIZE_MAX) {
        return WRONG(reader, "\"metadata\" must be an object of at most %d bytes",
                     RULE_METADATA_SIZE_MAX);
    }
    const size_t at = reader->space->size;
    json_slice_compact(value, reader->space);
    reader->rule->metadata =
        (struct bytes){.data = reader->space->data + at, .size = reader->space->size - at};
    return STATUS_OK;
}

static enum status read_initial(struct rule_reader *reader, struct bytes value)
{
    return read_bool(reader, "initial", value, reader->is_initial);
}

static const struct {
    const char *name;
    enum status (*read)(struct rule_reader *reader, struct bytes value);
} MEMBERS[] = {
    {"area", read_area},
    {"collection", read_collection},
    {"match", read_match},
    {"filter", read_filter},
    {"events", read_events},
    {"dwell_s", read_dwell},
    {"exit_distance_m", read_exit_distance},
    {"confirm", read_confirm},
    {"accuracy", read_accuracy},
    {"confidence", read_confidence},
    {"approach_m", read_approach},
    {"speed", read_speed},
    {"stopped", read_stopped},
    {"schedule", read_schedule},
    {"cooldown_s", read_cooldown},
    {"expires", read_expires},
    {"lateness_s", read_lateness},
    {"tags", read_tags},
    {"properties", read_properties},
    {"metadata", read_metadata},
    {"initial", read_initial},
    {"id", read_id},
};

static enum status read_members(struct rule_reader *reader, struct bytes object)
{
    struct bytes name;
    struct bytes value;
    while (json_slice_member(&object, &name, &value)) {
        size_t i = 0;
        while (i < COUNT_OF(MEMBERS) &&
               !json_slice_equals(name, bytes_from_text(MEMBERS[i].name))) {
            i++;
        }
        if (i == COUNT_OF(MEMBERS)) {
            return WRONG(reader, "a fence has no member %.*s", (int)name.size,
                         (const char *)name.data);
        }
        if (!is_null(value)) {
            TRY(MEMBERS[i].read(reader, value));
        }
    }
    return STATUS_OK;
}

// Members that contradict each other, or say nothing alone.
static enum status check(struct rule_reader *reader)
{
    const struct rule *const rule = reader->rule;
    const uint32_t events = rule->member.events;
    if (!reader->has_area) {
        return WRONG(reader, "\"area\" is missing: a GeoJSON geometry, or an object with "
                             "\"circle\", \"rectangle\", \"place\", \"collection\" or \"near\"");
    }
    if (rule->collection.size == 0) {
        return WRONG(reader, "\"collection\" is missing: whose objects come in and go out");
    }
    if ((events >> EVENT_DWELL & 1) != (rule->member.dwell_us > 0)) {
        return WRONG(reader, "\"events\" with \"dwell\" and \"dwell_s\" go together");
    }
    if ((events >> EVENT_APPROACH & 1) != (rule->approach_m > 0)) {
        return WRONG(reader, "\"events\" with \"approach\" and \"approach_m\" go together");
    }
    const uint32_t of_areas = 1U << EVENT_OUTSIDE | 1U << EVENT_CROSS | 1U << EVENT_APPROACH;
    if (rule->area == RULE_NEAR && (events & of_areas) != 0) {
        return WRONG(reader, "\"events\": objects near to others have no \"outside\", \"cross\" "
                             "or \"approach\"");
    }
    if (rule->area != RULE_NEAR && (events >> EVENT_ROAM & 1) != 0) {
        return WRONG(reader, "\"events\": \"roam\" is of an \"area\" with \"near\"");
    }
    if (rule->schedule.valid_until_us != 0 &&
        rule->schedule.valid_until_us <= rule->schedule.valid_from_us) {
        return WRONG(reader, "\"valid_until\" is not after \"valid_from\"");
    }
    return STATUS_OK;
}

// A Feature: its geometry is the area (a Point with a radius: a circle), its properties are the members.
static enum status read_feature(struct rule_reader *reader, struct bytes feature)
{
    const struct bytes properties = member(feature, "properties");
    const struct bytes geometry = member(feature, "geometry");
    const struct bytes id = member(feature, "id");
    struct bytes rest = properties;
    struct bytes name;
    struct bytes value;
    double radius_m = -1;
    if (properties.data == NULL || !is_object(properties)) {
        return WRONG(reader, "\"properties\" must be an object with the members of a fence");
    }
    if (id.data != NULL && !is_null(id)) {
        TRY(read_id(reader, id));
    }
    while (json_slice_member(&rest, &name, &value)) {
        size_t i = 0;
        if (json_slice_equals(name, BYTES_OF("radius"))) {
            TRY(read_number(reader, "radius", value, 0, CIRCLE_MAX_M, &radius_m));
            continue;
        }
        while (i < COUNT_OF(MEMBERS) &&
               !json_slice_equals(name, bytes_from_text(MEMBERS[i].name))) {
            i++;
        }
        if (i < COUNT_OF(MEMBERS) && !is_null(value)) { // others are somebody else's
            TRY(MEMBERS[i].read(reader, value));
        }
    }
    if (reader->has_area || geometry.data == NULL || is_null(geometry)) {
        return STATUS_OK;
    }
    reader->has_area = true;
    TRY(read_geometry(reader, "geometry", geometry));
    if (radius_m >= 0 && shape_kind(reader->rule->shape) == SHAPE_POINT) {
        const struct geo_point centre = shape_centre(reader->rule->shape);
        const size_t at = reader->space->size;
        shape_add_circle(reader->space, centre, radius_m);
        take_shape(reader, at);
    }
    return STATUS_OK;
}

enum status rule_read(struct bytes text, struct memory_account *account, struct rule *rule,
                      bool *is_initial, struct buffer *space, struct fault *fault)
{
    text = json_slice_trim(text);
    if (!json_slice_check(text, account)) {
        return fault_set(fault, STATUS_OUT_OF_RANGE, "the body is no JSON");
    }
    if (!is_object(text)) {
        return fault_set(fault, STATUS_OUT_OF_RANGE, "a fence must be an object");
    }
    // What is borrowed must not move: a shape takes less than eight times its text.
    if (buffer_reserve(space, text.size * 8 + 4096) == NULL) {
        return fault_set(fault, STATUS_NO_MEMORY, "no memory for the fence");
    }
    const uint8_t *const begun = space->data;
    struct rule made = rule_new();
    bool initial = true;
    struct rule_reader reader = {
        .rule = &made, .account = account, .space = space, .is_initial = &initial, .fault = fault};
    made.id = rule->id;
    if (json_slice_equals(member(text, "type"), BYTES_OF("Feature"))) {
        TRY(read_feature(&reader, text));
    } else {
        TRY(read_members(&reader, text));
    }
    TRY(check(&reader));
    if (buffer_status(space) != STATUS_OK || space->data != begun) {
        return fault_set(fault, STATUS_NO_MEMORY, "no memory for the fence");
    }
    *rule = made;
    *is_initial = initial;
    return STATUS_OK;
}
