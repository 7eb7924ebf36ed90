#include "fence/rule.h"

enum { RULE_VERSION = 1 };

struct rule rule_new(void)
{
    return (struct rule){
        .member = {.events = RULE_EVENTS_DEFAULT},
        .confidence_min = 2,
        .speed_min_mps = -1,
        .speed_max_mps = -1,
        .lateness_us = RULE_LATENESS_US,
    };
}

bool rule_list_next(struct bytes *list, struct bytes *item)
{
    if (list->size == 0 || list->data[0] >= list->size) {
        return false;
    }
    *item = (struct bytes){.data = list->data + 1, .size = list->data[0]};
    list->data += 1 + item->size;
    list->size -= 1 + item->size;
    return true;
}

bool rule_list_holds(struct bytes list, struct bytes item)
{
    struct bytes next;
    while (rule_list_next(&list, &next)) {
        if (bytes_equal(next, item)) {
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

static void append_double(struct buffer *out, double value)
{
    uint64_t bits;
    memcpy(&bits, &value, sizeof bits);
    buffer_append_u64(out, bits);
}

static void append_schedule(struct buffer *out, const struct schedule *schedule)
{
    append_sized(out, schedule->zone);
    buffer_append_u64(out, (uint64_t)schedule->valid_from_us);
    buffer_append_u64(out, (uint64_t)schedule->valid_until_us);
    buffer_append_u8(out, (uint8_t)schedule->period_count);
    for (unsigned i = 0; i < schedule->period_count; i++) {
        const struct schedule_period *const period = &schedule->periods[i];
        buffer_append_u8(out, period->days);
        buffer_append_u32(out, (uint32_t)period->from_minute << 16 | period->until_minute);
    }
}

void rule_encode(const struct rule *rule, struct buffer *out)
{
    const uint8_t head[4] = {RULE_VERSION, (uint8_t)rule->area, (uint8_t)rule->accuracy,
                             (uint8_t)rule->confidence_min};
    buffer_append(out, head, sizeof head);
    append_sized(out, rule->id);
    append_sized(out, rule->shape.bytes);
    append_sized(out, rule->place);
    append_sized(out, rule->area_collection);
    append_sized(out, rule->area_match);
    append_sized(out, rule->collection);
    append_sized(out, rule->match);
    append_sized(out, rule->filter);
    append_double(out, rule->radius_m);
    append_double(out, rule->exit_distance_m);
    append_double(out, rule->approach_m);
    append_double(out, rule->speed_min_mps);
    append_double(out, rule->speed_max_mps);
    buffer_append_u32(out, rule->member.events);
    buffer_append_u32(out, rule->member.confirm_count);
    buffer_append_u64(out, (uint64_t)rule->member.dwell_us);
    buffer_append_u64(out, (uint64_t)rule->member.confirm_us);
    buffer_append_u64(out, (uint64_t)rule->member.cooldown_us);
    buffer_append_u64(out, (uint64_t)rule->lateness_us);
    buffer_append_u64(out, (uint64_t)rule->expires_us);
    append_schedule(out, &rule->schedule);
    append_sized(out, rule->tags);
    append_sized(out, rule->properties);
    append_sized(out, rule->metadata);
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

static double take_double(struct reader *reader)
{
    const uint64_t bits = reader_u64(reader);
    double value;
    memcpy(&value, &bits, sizeof value);
    return value;
}

static void take_schedule(struct reader *reader, struct schedule *schedule)
{
    schedule->zone = take_sized(reader);
    schedule->valid_from_us = (int64_t)reader_u64(reader);
    schedule->valid_until_us = (int64_t)reader_u64(reader);
    schedule->period_count = reader_u8(reader);
    if (schedule->period_count > SCHEDULE_PERIODS_MAX) {
        reader->overrun = true;
        schedule->period_count = 0;
    }
    for (unsigned i = 0; i < schedule->period_count; i++) {
        schedule->periods[i].days = reader_u8(reader);
        const uint32_t minutes = reader_u32(reader);
        schedule->periods[i].from_minute = (uint16_t)(minutes >> 16);
        schedule->periods[i].until_minute = (uint16_t)minutes;
        reader->overrun |=
            minutes >> 16 > SCHEDULE_DAY_MINUTES || (minutes & 0xffff) > SCHEDULE_DAY_MINUTES;
    }
}

static void take_rule(struct reader *reader, struct rule *rule)
{
    rule->id = take_sized(reader);
    rule->shape.bytes = take_sized(reader);
    rule->place = take_sized(reader);
    rule->area_collection = take_sized(reader);
    rule->area_match = take_sized(reader);
    rule->collection = take_sized(reader);
    rule->match = take_sized(reader);
    rule->filter = take_sized(reader);
    rule->radius_m = take_double(reader);
    rule->exit_distance_m = take_double(reader);
    rule->approach_m = take_double(reader);
    rule->speed_min_mps = take_double(reader);
    rule->speed_max_mps = take_double(reader);
    rule->member.events = reader_u32(reader);
    rule->member.confirm_count = reader_u32(reader);
    rule->member.dwell_us = (int64_t)reader_u64(reader);
    rule->member.confirm_us = (int64_t)reader_u64(reader);
    rule->member.cooldown_us = (int64_t)reader_u64(reader);
    rule->lateness_us = (int64_t)reader_u64(reader);
    rule->expires_us = (int64_t)reader_u64(reader);
    take_schedule(reader, &rule->schedule);
    rule->tags = take_sized(reader);
    rule->properties = take_sized(reader);
    rule->metadata = take_sized(reader);
}

enum status rule_decode(struct bytes row, struct rule *rule, struct fault *fault)
{
    struct reader reader = {.rest = row};
    const uint8_t version = reader_u8(&reader);
    if (!reader.overrun && version != RULE_VERSION) {
        return fault_set(fault, STATUS_UNSUPPORTED, "fence of version %u; this program knows %d",
                         version, RULE_VERSION);
    }
    struct rule found = {0};
    const uint8_t area = reader_u8(&reader);
    const uint8_t accuracy = reader_u8(&reader);
    found.confidence_min = reader_u8(&reader);
    found.area = (enum rule_area)area;
    found.accuracy = (enum rule_accuracy)accuracy;
    take_rule(&reader, &found);
    const bool has_shape = area == RULE_SHAPE || area == RULE_PLACE;
    if (reader.overrun || reader.rest.size != 0 || area > RULE_NEAR ||
        accuracy > RULE_ACCURACY_CONFIDENCE || has_shape != (found.shape.bytes.size != 0)) {
        return fault_set(fault, STATUS_CORRUPT, "fence of %zu bytes contradicts itself", row.size);
    }
    if (has_shape) {
        TRY(shape_verify(found.shape.bytes, fault));
    }
    *rule = found;
    return STATUS_OK;
}
