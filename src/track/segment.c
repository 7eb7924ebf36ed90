#include "track/segment.h"

#include <string.h>

#include "geo/distance.h"

enum { FORMAT = 1 };

const struct segment_settings segment_defaults = {
    .radius_m = 70, .duration_us = INT64_C(140000000), .gap_us = INT64_C(1800000000)};

static void candidate_begin(struct segmenter *segmenter, int64_t event_us, struct geo_point point)
{
    segmenter->anchor = segmenter->inside = point;
    segmenter->since_us = segmenter->inside_us = event_us;
    segmenter->lng_sum_e7 = segmenter->lat_sum_e7 = 0;
    segmenter->inside_count = 1;
    segmenter->moved_to_anchor_m = segmenter->moved_m;
    segmenter->moved_to_anchor_count = segmenter->moved_count;
}

static void move_begin(struct segmenter *segmenter, int64_t event_us, struct geo_point point)
{
    segmenter->phase = SEGMENT_MOVING;
    segmenter->moved_us = event_us;
    segmenter->moved_from = point;
    segmenter->moved_m = segmenter->moved_to_anchor_m = 0;
    segmenter->moved_count = segmenter->moved_to_anchor_count = 1;
    segmenter->has_outlier = false;
}

static int64_t mean(int64_t sum, int64_t count)
{
    const int64_t half = count / 2;
    return (sum < 0 ? sum - half : sum + half) / count;
}

static struct geo_point middle_of(const struct segmenter *segmenter)
{
    int64_t lng_e7 =
        segmenter->anchor.lng_e7 + mean(segmenter->lng_sum_e7, segmenter->inside_count);
    if (lng_e7 > GEO_LNG_MAX) {
        lng_e7 -= 2 * (int64_t)GEO_LNG_MAX;
    } else if (lng_e7 < -GEO_LNG_MAX) {
        lng_e7 += 2 * (int64_t)GEO_LNG_MAX;
    }
    return (struct geo_point){.lng_e7 = (int32_t)lng_e7,
                              .lat_e7 =
                                  (int32_t)(segmenter->anchor.lat_e7 +
                                            mean(segmenter->lat_sum_e7, segmenter->inside_count))};
}

static void inside_add(struct segmenter *segmenter, int64_t event_us, struct geo_point point)
{
    segmenter->lng_sum_e7 += geo_lng_turn_e7(segmenter->anchor.lng_e7, point.lng_e7);
    segmenter->lat_sum_e7 += (int64_t)point.lat_e7 - segmenter->anchor.lat_e7;
    segmenter->inside_count++;
    segmenter->inside_us = event_us;
    segmenter->inside = point;
}

static struct segment stop_of(const struct segmenter *segmenter)
{
    const struct geo_point middle = middle_of(segmenter);
    return (struct segment){
        .kind = SEGMENT_STOP,
        .begin_us = segmenter->since_us,
        .end_us = segmenter->inside_us,
        .from = middle,
        .to = middle,
        .fix_count = segmenter->inside_count,
    };
}

// The move as far as its last fix.
static struct segment move_of(const struct segmenter *segmenter)
{
    return (struct segment){
        .kind = SEGMENT_MOVE,
        .begin_us = segmenter->moved_us,
        .end_us = segmenter->last_us,
        .from = segmenter->moved_from,
        .to = segmenter->last,
        .distance_m = segmenter->moved_m,
        .fix_count = segmenter->moved_count,
    };
}

static void move_on(struct segmenter *segmenter, struct geo_point from, struct geo_point to)
{
    segmenter->moved_m += distance_m(from, to);
    segmenter->moved_count++;
}

// What was under way ends at its last fix.
static void gap_take(struct segmenter *segmenter, struct segment_changes *changes)
{
    if (segmenter_open(segmenter, &changes->ended[0])) {
        changes->ended[0].ends_in_gap = true;
        changes->ended_count = 1;
    }
}

static void moving_take(struct segmenter *segmenter, const struct segment_settings *settings,
                        int64_t event_us, struct geo_point point, struct segment_changes *changes)
{
    move_on(segmenter, segmenter->last, point);
    if (distance_m(segmenter->anchor, point) > settings->radius_m) {
        candidate_begin(segmenter, event_us, point);
        return;
    }
    inside_add(segmenter, event_us, point);
    if (event_us - segmenter->since_us < settings->duration_us) {
        return;
    }
    // It has stood since the anchor: the move ended there.
    if (segmenter->moved_to_anchor_count > 1) {
        struct segment *const move = &changes->ended[changes->ended_count++];
        *move = move_of(segmenter);
        move->end_us = segmenter->since_us;
        move->to = segmenter->anchor;
        move->distance_m = segmenter->moved_to_anchor_m;
        move->fix_count = segmenter->moved_to_anchor_count;
    }
    segmenter->phase = SEGMENT_STANDING;
    segmenter->has_outlier = false;
    changes->has_begun = true;
    changes->begun = stop_of(segmenter);
}

// Two fixes running are outside: the stop ended at the last one inside.
static void stop_leave(struct segmenter *segmenter, const struct segment_settings *settings,
                       int64_t event_us, struct geo_point point, struct segment_changes *changes)
{
    changes->ended[changes->ended_count++] = stop_of(segmenter);
    const int64_t outlier_us = segmenter->outlier_us;
    const struct geo_point outlier = segmenter->outlier;
    move_begin(segmenter, segmenter->inside_us, segmenter->inside);
    move_on(segmenter, segmenter->inside, outlier);
    candidate_begin(segmenter, outlier_us, outlier);
    segmenter->last = outlier;
    moving_take(segmenter, settings, event_us, point, changes);
}

static void standing_take(struct segmenter *segmenter, const struct segment_settings *settings,
                          int64_t event_us, struct geo_point point, struct segment_changes *changes)
{
    if (distance_m(middle_of(segmenter), point) <= settings->radius_m) {
        segmenter->has_outlier = false;
        inside_add(segmenter, event_us, point);
    } else if (segmenter->has_outlier) {
        stop_leave(segmenter, settings, event_us, point, changes);
    } else {
        segmenter->has_outlier = true;
        segmenter->outlier_us = event_us;
        segmenter->outlier = point;
    }
}

bool segmenter_take(struct segmenter *segmenter, const struct segment_settings *settings,
                    int64_t event_us, struct geo_point point, struct segment_changes *changes)
{
    *changes = (struct segment_changes){0};
    if (segmenter->phase != SEGMENT_EMPTY && event_us <= segmenter->last_us) {
        return false;
    }
    const bool is_gap =
        segmenter->phase != SEGMENT_EMPTY && event_us - segmenter->last_us > settings->gap_us;
    if (is_gap) {
        gap_take(segmenter, changes);
    }
    if (is_gap || segmenter->phase == SEGMENT_EMPTY) {
        move_begin(segmenter, event_us, point);
        candidate_begin(segmenter, event_us, point);
    } else if (segmenter->phase == SEGMENT_MOVING) {
        moving_take(segmenter, settings, event_us, point, changes);
    } else {
        standing_take(segmenter, settings, event_us, point, changes);
    }
    segmenter->last_us = event_us;
    segmenter->last = point;
    return true;
}

bool segmenter_open(const struct segmenter *segmenter, struct segment *segment)
{
    if (segmenter->phase == SEGMENT_STANDING) {
        *segment = stop_of(segmenter);
        return true;
    }
    if (segmenter->phase == SEGMENT_MOVING && segmenter->moved_count > 1) {
        *segment = move_of(segmenter);
        return true;
    }
    return false;
}

static void put_double(struct buffer *out, double value)
{
    uint64_t bits;
    memcpy(&bits, &value, sizeof(bits));
    buffer_append_u64(out, bits);
}

static double take_double(struct reader *reader)
{
    const uint64_t bits = reader_u64(reader);
    double value;
    memcpy(&value, &bits, sizeof(value));
    return value;
}

static void put_point(struct buffer *out, struct geo_point point)
{
    buffer_append_u32(out, (uint32_t)point.lng_e7);
    buffer_append_u32(out, (uint32_t)point.lat_e7);
}

static struct geo_point take_point(struct reader *reader)
{
    const int32_t lng_e7 = (int32_t)reader_u32(reader);
    return (struct geo_point){.lng_e7 = lng_e7, .lat_e7 = (int32_t)reader_u32(reader)};
}

void segmenter_encode(const struct segmenter *segmenter, struct buffer *out)
{
    buffer_append_u8(out, FORMAT);
    buffer_append_u8(out, (uint8_t)segmenter->phase);
    buffer_append_u8(out, segmenter->has_outlier);
    buffer_append_u64(out, (uint64_t)segmenter->last_us);
    put_point(out, segmenter->last);
    buffer_append_u64(out, (uint64_t)segmenter->since_us);
    buffer_append_u64(out, (uint64_t)segmenter->inside_us);
    put_point(out, segmenter->anchor);
    put_point(out, segmenter->inside);
    buffer_append_u64(out, (uint64_t)segmenter->lng_sum_e7);
    buffer_append_u64(out, (uint64_t)segmenter->lat_sum_e7);
    buffer_append_u32(out, segmenter->inside_count);
    buffer_append_u64(out, (uint64_t)segmenter->outlier_us);
    put_point(out, segmenter->outlier);
    buffer_append_u64(out, (uint64_t)segmenter->moved_us);
    put_point(out, segmenter->moved_from);
    put_double(out, segmenter->moved_m);
    put_double(out, segmenter->moved_to_anchor_m);
    buffer_append_u32(out, segmenter->moved_count);
    buffer_append_u32(out, segmenter->moved_to_anchor_count);
}

enum status segmenter_decode(struct bytes bytes, struct segmenter *segmenter, struct fault *fault)
{
    struct reader reader = {.rest = bytes};
    struct segmenter read = {0};
    if (reader_u8(&reader) != FORMAT) {
        return fault_set(fault, STATUS_UNSUPPORTED, "the state of a track has another version");
    }
    const uint8_t phase = reader_u8(&reader);
    read.has_outlier = reader_u8(&reader) == 1;
    read.last_us = (int64_t)reader_u64(&reader);
    read.last = take_point(&reader);
    read.since_us = (int64_t)reader_u64(&reader);
    read.inside_us = (int64_t)reader_u64(&reader);
    read.anchor = take_point(&reader);
    read.inside = take_point(&reader);
    read.lng_sum_e7 = (int64_t)reader_u64(&reader);
    read.lat_sum_e7 = (int64_t)reader_u64(&reader);
    read.inside_count = reader_u32(&reader);
    read.outlier_us = (int64_t)reader_u64(&reader);
    read.outlier = take_point(&reader);
    read.moved_us = (int64_t)reader_u64(&reader);
    read.moved_from = take_point(&reader);
    read.moved_m = take_double(&reader);
    read.moved_to_anchor_m = take_double(&reader);
    read.moved_count = reader_u32(&reader);
    read.moved_to_anchor_count = reader_u32(&reader);
    if (reader.overrun || reader.rest.size != 0 || phase > SEGMENT_STANDING ||
        (phase != SEGMENT_EMPTY && read.inside_count == 0)) {
        return fault_set(fault, STATUS_CORRUPT, "the state of a track is damaged");
    }
    read.phase = (enum segment_phase)phase;
    *segmenter = read;
    return STATUS_OK;
}
