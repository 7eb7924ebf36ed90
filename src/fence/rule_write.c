// Rules as JSON and as Features.
#include <stdio.h>

#include "base/date.h"
#include "codec/geojson.h"
#include "codec/json_write.h"
#include "fence/rule.h"

static void write_text(struct json_writer *json, const char *name, struct bytes text)
{
    if (text.size != 0) {
        json_key(json, bytes_from_text(name));
        json_text(json, text);
    }
}

static void write_number(struct json_writer *json, const char *name, double number)
{
    if (number > 0) {
        json_key(json, bytes_from_text(name));
        json_decimal(json, number, 6);
    }
}

static void write_time(struct json_writer *json, const char *name, int64_t time_us)
{
    if (time_us != 0) {
        char text[DATE_RFC3339_SIZE + 1];
        date_format_rfc3339(time_us, text);
        json_key(json, bytes_from_text(name));
        json_text_of(json, text);
    }
}

static void write_list(struct json_writer *json, const char *name, struct bytes list)
{
    struct bytes item;
    if (list.size == 0) {
        return;
    }
    json_key(json, bytes_from_text(name));
    json_begin_array(json);
    while (rule_list_next(&list, &item)) {
        json_text(json, item);
    }
    json_end_array(json);
}

static void write_angle(struct json_writer *json, const char *name, int32_t angle_e7)
{
    json_key(json, bytes_from_text(name));
    json_e7(json, angle_e7);
}

static void write_area_shape(struct shape shape, struct json_writer *json)
{
    const enum shape_kind kind = shape_kind(shape);
    if (kind == SHAPE_CIRCLE) {
        const struct geo_point centre = shape_centre(shape);
        json_begin_object(json);
        JSON_KEY(json, "circle");
        json_begin_object(json);
        write_angle(json, "lat", centre.lat_e7);
        write_angle(json, "lon", centre.lng_e7);
        JSON_KEY(json, "radius");
        json_decimal(json, shape_circle_radius_m(shape), 6);
        json_end_object(json);
        json_end_object(json);
    } else if (kind == SHAPE_BOX) {
        const struct geo_box box = shape_box(shape);
        json_begin_object(json);
        JSON_KEY(json, "rectangle");
        json_begin_object(json);
        write_angle(json, "south", box.south_e7);
        write_angle(json, "west", box.west_e7);
        write_angle(json, "north", box.north_e7);
        write_angle(json, "east", box.east_e7);
        json_end_object(json);
        json_end_object(json);
    } else {
        geojson_write(shape, json->out);
        json->has_item = true;
    }
}

static void write_area(const struct rule *rule, struct json_writer *json)
{
    JSON_KEY(json, "area");
    if (rule->area == RULE_SHAPE) {
        write_area_shape(rule->shape, json);
        return;
    }
    json_begin_object(json);
    write_text(json, "place", rule->place);
    if (rule->area == RULE_COLLECTION) {
        write_text(json, "collection", rule->area_collection);
    } else if (rule->area == RULE_NEAR) {
        JSON_KEY(json, "near");
        json_begin_object(json);
        write_text(json, "collection", rule->area_collection);
        write_text(json, "match", rule->area_match);
        write_number(json, "radius", rule->radius_m);
        json_end_object(json);
    }
    json_end_object(json);
}

static void write_minute(struct json_writer *json, const char *name, unsigned minute)
{
    char text[8];
    (void)snprintf(text, sizeof text, "%02u:%02u", minute / 60 % 100, minute % 60);
    json_key(json, bytes_from_text(name));
    json_text_of(json, text);
}

static void write_schedule(const struct schedule *schedule, struct json_writer *json)
{
    static const char *const DAYS[] = {"mon", "tue", "wed", "thu", "fri", "sat", "sun"};
    if (schedule_is_always(schedule) && schedule->zone.size == 0) {
        return;
    }
    JSON_KEY(json, "schedule");
    json_begin_object(json);
    write_text(json, "time_zone", schedule->zone);
    if (schedule->period_count != 0) {
        JSON_KEY(json, "hours");
        json_begin_array(json);
        for (unsigned i = 0; i < schedule->period_count; i++) {
            const struct schedule_period *const period = &schedule->periods[i];
            json_begin_object(json);
            JSON_KEY(json, "days");
            json_begin_array(json);
            for (unsigned day = 0; day < 7; day++) {
                if ((period->days >> day & 1) != 0) {
                    json_text_of(json, DAYS[day]);
                }
            }
            json_end_array(json);
            write_minute(json, "from", period->from_minute);
            write_minute(json, "until", period->until_minute);
            json_end_object(json);
        }
        json_end_array(json);
    }
    write_time(json, "valid_from", schedule->valid_from_us);
    write_time(json, "valid_until", schedule->valid_until_us);
    json_end_object(json);
}

static void write_events(uint32_t events, struct json_writer *json)
{
    JSON_KEY(json, "events");
    json_begin_array(json);
    for (unsigned kind = 0; kind < EVENT_KIND_COUNT; kind++) {
        if ((events >> kind & 1) != 0) {
            json_text_of(json, event_kind_name((enum event_kind)kind));
        }
    }
    json_end_array(json);
}

static void write_conditions(const struct rule *rule, struct json_writer *json)
{
    static const char *const ACCURACIES[] = {"ignore", "expand", "confidence"};
    if (rule->member.confirm_count > 0 || rule->member.confirm_us > 0) {
        JSON_KEY(json, "confirm");
        json_begin_object(json);
        write_number(json, "fixes", rule->member.confirm_count);
        write_number(json, "seconds", (double)rule->member.confirm_us / 1e6);
        json_end_object(json);
    }
    if (rule->accuracy != RULE_ACCURACY_IGNORE) {
        JSON_KEY(json, "accuracy");
        json_text_of(json, ACCURACIES[rule->accuracy]);
    }
    if (rule->accuracy == RULE_ACCURACY_CONFIDENCE) {
        JSON_KEY(json, "confidence");
        json_unsigned(json, rule->confidence_min);
    }
    if (rule->speed_min_mps >= 0 || rule->speed_max_mps >= 0) {
        JSON_KEY(json, "speed");
        json_begin_object(json);
        if (rule->speed_min_mps >= 0) {
            JSON_KEY(json, "min_mps");
            json_decimal(json, rule->speed_min_mps, 6);
        }
        if (rule->speed_max_mps >= 0) {
            JSON_KEY(json, "max_mps");
            json_decimal(json, rule->speed_max_mps, 6);
        }
        json_end_object(json);
    }
}

static void write_members(const struct rule *rule, struct json_writer *json)
{
    write_text(json, "collection", rule->collection);
    write_text(json, "match", rule->match);
    write_text(json, "filter", rule->filter);
    write_events(rule->member.events, json);
    write_number(json, "dwell_s", (double)rule->member.dwell_us / 1e6);
    write_number(json, "exit_distance_m", rule->exit_distance_m);
    write_number(json, "approach_m", rule->approach_m);
    write_conditions(rule, json);
    write_schedule(&rule->schedule, json);
    write_number(json, "cooldown_s", (double)rule->member.cooldown_us / 1e6);
    if (rule->lateness_us != RULE_LATENESS_US) {
        JSON_KEY(json, "lateness_s");
        json_decimal(json, (double)rule->lateness_us / 1e6, 6);
    }
    write_time(json, "expires", rule->expires_us);
    write_list(json, "tags", rule->tags);
    write_list(json, "properties", rule->properties);
    if (rule->metadata.size != 0) {
        JSON_KEY(json, "metadata");
        json_raw(json, rule->metadata);
    }
}

void rule_write_json(const struct rule *rule, struct buffer *out)
{
    struct json_writer json = {.out = out};
    json_begin_object(&json);
    write_text(&json, "id", rule->id);
    write_area(rule, &json);
    write_members(rule, &json);
    json_end_object(&json);
}

void rule_write_feature(const struct rule *rule, struct buffer *out)
{
    struct json_writer json = {.out = out};
    const bool has_shape = rule->area == RULE_SHAPE;
    const bool is_circle = has_shape && shape_kind(rule->shape) == SHAPE_CIRCLE;
    json_begin_object(&json);
    JSON_KEY(&json, "type");
    json_text_of(&json, "Feature");
    write_text(&json, "id", rule->id);
    JSON_KEY(&json, "geometry");
    if (is_circle) {
        const struct geo_point centre = shape_centre(rule->shape);
        json_begin_object(&json);
        JSON_KEY(&json, "type");
        json_text_of(&json, "Point");
        JSON_KEY(&json, "coordinates");
        json_begin_array(&json);
        json_e7(&json, centre.lng_e7);
        json_e7(&json, centre.lat_e7);
        json_end_array(&json);
        json_end_object(&json);
    } else if (rule->shape.bytes.size != 0) {
        geojson_write(rule->shape, out);
        json.has_item = true;
    } else {
        json_null(&json);
    }
    JSON_KEY(&json, "properties");
    json_begin_object(&json);
    if (is_circle) {
        JSON_KEY(&json, "radius");
        json_decimal(&json, shape_circle_radius_m(rule->shape), 6);
    }
    if (!has_shape) {
        write_area(rule, &json);
    }
    write_members(rule, &json);
    json_end_object(&json);
    json_end_object(&json);
}
