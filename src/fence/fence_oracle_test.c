// Fences against brute force: random walks at the antimeridian, a pole and a town; random rules, edits,
// deletes, duplicates, late fixes and restarts. The oracle asks every fence about every fix, keeps
// everything in arrays for ever, and knows no rows, cells or windows of memory but by their definition.
#include "fence/fence_test.h"
#include "geo/distance.h"

enum { OBJECTS = 6, FENCES = 7, CHANGES_MAX = 4096, LINES_MAX = 256, LINE_SIZE = 96 };

struct area {
    bool is_box;
    struct geo_point centre;
    double radius_m;
    struct geo_box box;
};

struct pair {
    bool is_inside, is_silent, has_dwelt;
    int64_t changes[CHANGES_MAX]; // seconds, the oldest first
    int count;
    int64_t arrival, announced;
    bool was_announced;
    int pending;
    int64_t pending_at, pending_arrival;
};

static struct {
    struct fence_bed bed;
    struct dice dice;
    int64_t now;
    struct oracle_fence {
        bool is_there;
        char id[8];
        struct area area;
        uint32_t events;
        int64_t dwell, confirm, cooldown, lateness;
        int fixes;
        double exit_distance_m;
    } fences[FENCES];
    struct oracle_object {
        bool is_there;
        char id[8];
        int64_t times[CHANGES_MAX]; // of fixes, sorted
        int count;
        struct geo_point place;
        struct pair pairs[FENCES];
    } objects[OBJECTS];
    // What is expected of one step.
    struct {
        int64_t at;
        int rank;
        char text[LINE_SIZE];
    } lines[LINES_MAX];
    int line_count;
} world;

static int64_t roll(int64_t bound)
{
    return (int64_t)dice_below(&world.dice, (uint64_t)bound);
}

static void say(int rank, const struct oracle_object *object, const struct oracle_fence *fence,
                const char *kind, int64_t at, const char *more)
{
    assert_true(world.line_count < LINES_MAX);
    world.lines[world.line_count].at = at;
    world.lines[world.line_count].rank = rank * FENCES + (int)(fence - world.fences);
    (void)snprintf(world.lines[world.line_count].text, LINE_SIZE, "%s %s %s %lld%s", kind,
                   object->id, fence->id, (long long)at, more);
    world.line_count++;
}

static bool wants(const struct oracle_fence *fence, enum event_kind kind)
{
    return (fence->events >> kind & 1) != 0;
}

static bool holds(const struct oracle_fence *fence, struct geo_point place, bool was_inside)
{
    const struct area *const area = &fence->area;
    if (!area->is_box) {
        return distance_m(area->centre, place) <=
               area->radius_m + (was_inside ? fence->exit_distance_m : 0);
    }
    return geo_box_contains(area->box, place);
}

static void change(struct pair *pair, int64_t at)
{
    assert_true(pair->count < CHANGES_MAX);
    pair->changes[pair->count++] = at;
    pair->is_inside = !pair->is_inside;
}

static int64_t after_last(const struct pair *pair, int64_t at)
{
    return pair->count > 0 && pair->changes[pair->count - 1] > at ? pair->changes[pair->count - 1]
                                                                  : at;
}

static void say_exit(const struct oracle_object *object, const struct oracle_fence *fence,
                     int64_t at, const char *reason, int64_t dwell)
{
    char more[40];
    (void)snprintf(more, sizeof more, " (%s, %lld)", reason, (long long)dwell);
    if (wants(fence, EVENT_EXIT)) {
        say(2, object, fence, "exit", at, more);
    }
}

static bool is_cooling(const struct oracle_fence *fence, const struct pair *pair, int64_t at)
{
    return fence->cooldown > 0 && pair->was_announced && at - pair->announced < fence->cooldown;
}

static void goes_in(const struct oracle_object *object, const struct oracle_fence *fence,
                    struct pair *pair, int64_t at, int64_t arrival, const char *more)
{
    at = after_last(pair, at);
    pair->is_silent = is_cooling(fence, pair, at);
    pair->has_dwelt = false;
    pair->arrival = arrival;
    change(pair, at);
    if (!pair->is_silent) {
        pair->announced = at;
        pair->was_announced = true;
        if (wants(fence, EVENT_ENTER)) {
            say(5, object, fence, "enter", at, more);
        }
    }
}

static void goes_out(const struct oracle_object *object, const struct oracle_fence *fence,
                     struct pair *pair, int64_t at, const char *reason)
{
    at = after_last(pair, at);
    if (!pair->is_silent) {
        say_exit(object, fence, at, reason, at - pair->changes[pair->count - 1]);
    }
    pair->is_silent = false;
    change(pair, at);
}

static void settles(const struct oracle_object *object, const struct oracle_fence *fence,
                    struct pair *pair)
{
    pair->pending = 0;
    if (pair->is_inside) {
        goes_out(object, fence, pair, pair->pending_at, "moved");
    } else {
        goes_in(object, fence, pair, pair->pending_at, pair->pending_arrival, "");
    }
}

static bool may_dwell(const struct oracle_fence *fence, const struct pair *pair)
{
    return wants(fence, EVENT_DWELL) && pair->is_inside && !pair->has_dwelt && pair->pending == 0;
}

static void dwells(const struct oracle_object *object, const struct oracle_fence *fence,
                   struct pair *pair)
{
    pair->has_dwelt = true;
    if (!pair->is_silent) {
        say(1, object, fence, "dwell", pair->changes[pair->count - 1] + fence->dwell, "");
    }
}

static void passes(const struct oracle_object *object, const struct oracle_fence *fence,
                   struct pair *pair, int64_t now)
{
    for (int i = 0; i < 3; i++) {
        if (may_dwell(fence, pair) && pair->arrival + fence->dwell <= now) {
            dwells(object, fence, pair);
        }
        if (pair->pending > 0 && fence->confirm > 0 &&
            pair->pending_arrival + fence->confirm <= now) {
            settles(object, fence, pair);
        }
    }
}

static void sees(const struct oracle_object *object, const struct oracle_fence *fence,
                 struct pair *pair, struct geo_point place, int64_t at)
{
    passes(object, fence, pair, world.now);
    const bool is_inside = holds(fence, place, pair->is_inside);
    if (is_inside == pair->is_inside) {
        pair->pending = 0;
    } else {
        if (pair->pending++ == 0) {
            pair->pending_at = at;
            pair->pending_arrival = world.now;
        }
        if ((fence->fixes <= 1 && fence->confirm == 0) ||
            (fence->fixes > 0 && pair->pending >= fence->fixes) ||
            (fence->confirm > 0 && at - pair->pending_at >= fence->confirm)) {
            settles(object, fence, pair);
        }
    }
    if (may_dwell(fence, pair) && is_inside &&
        at - pair->changes[pair->count - 1] >= fence->dwell) {
        dwells(object, fence, pair);
    }
    if (is_inside && pair->is_inside && !pair->is_silent && wants(fence, EVENT_INSIDE)) {
        say(7, object, fence, "inside", at, "");
    }
    if (!is_inside && !pair->is_inside && wants(fence, EVENT_OUTSIDE)) {
        say(3, object, fence, "outside", at, "");
    }
}

// The event time of the fix behind `at` among the sixteen newest; 0: that is forgotten.
static int64_t next_after(const struct oracle_object *object, int64_t at)
{
    const int first = object->count > WINDOW_FIXES ? object->count - WINDOW_FIXES : 0;
    if (object->count >= WINDOW_FIXES && at < object->times[first]) {
        return 0;
    }
    for (int i = first; i < object->count; i++) {
        if (object->times[i] > at) {
            return object->times[i];
        }
    }
    return 0;
}

static void sees_late(const struct oracle_object *object, const struct oracle_fence *fence,
                      struct pair *pair, struct geo_point place, int64_t at)
{
    int newer = 0;
    while (newer < pair->count && pair->changes[pair->count - 1 - newer] > at) {
        newer++;
    }
    const int64_t next = next_after(object, at);
    const bool was_inside = pair->is_inside != (newer % 2 != 0);
    const bool is_within = newer < MEMBER_CHANGES && next != 0 &&
                           at >= object->times[object->count - 1] - fence->lateness;
    const bool is_inside = holds(fence, place, is_within && was_inside);
    if (!is_within) {
        if (is_inside && wants(fence, EVENT_INSIDE)) {
            say(7, object, fence, "inside", at, " late");
        }
        return;
    }
    if (is_inside == was_inside) {
        if (wants(fence, was_inside ? EVENT_INSIDE : EVENT_OUTSIDE) &&
            (!was_inside || !pair->is_silent)) {
            say(was_inside ? 7 : 3, object, fence, was_inside ? "inside" : "outside", at, "");
        }
        return;
    }
    if (fence->fixes > 1 || fence->confirm > 0 ||
        (newer > 0 && pair->changes[pair->count - newer] <= next)) {
        return;
    }
    if (!is_cooling(fence, pair, at) && !(newer == 0 && pair->is_silent)) {
        const int64_t entered = is_inside ? at : next;
        if (is_inside) {
            if (wants(fence, EVENT_ENTER)) {
                say(5, object, fence, "enter", at, "");
            }
            say_exit(object, fence, next, "moved", next - at);
        } else {
            say_exit(object, fence, at, "moved",
                     newer < pair->count ? at - pair->changes[pair->count - 1 - newer] : 0);
            if (wants(fence, EVENT_ENTER)) {
                say(5, object, fence, "enter", next, "");
            }
        }
        if (!pair->was_announced || entered > pair->announced) {
            pair->announced = entered;
            pair->was_announced = true;
        }
    }
    memmove(&pair->changes[pair->count - newer + 2], &pair->changes[pair->count - newer],
            (size_t)newer * sizeof(int64_t));
    pair->changes[pair->count - newer] = at;
    pair->changes[pair->count - newer + 1] = next;
    pair->count += 2;
    if (newer == 0 && pair->is_inside) {
        pair->arrival = world.now;
    }
}

static void remember(struct oracle_object *object, int64_t at)
{
    int i = object->count++;
    assert_true(object->count < CHANGES_MAX);
    for (; i > 0 && object->times[i - 1] > at; i--) {
        object->times[i] = object->times[i - 1];
    }
    object->times[i] = at;
}

// Steps. --------------------------------------------------------------------------------------------

static struct geo_point somewhere(void)
{
    static const double PLACES[][2] = {{180, -16.8}, {0, 90}, {9.5, 47.1}};
    const double *const place = PLACES[roll(3)];
    double lng = place[0] + dice_between(&world.dice, -0.02, 0.02);
    double lat = place[1] + dice_between(&world.dice, -0.02, 0.02);
    if (place[1] > 89) {
        lng = dice_between(&world.dice, -180, 180);
        lat = lat > 90 ? 180 - lat : lat;
    }
    return GEO_POINT(lng > 180 ? lng - 360 : lng, lat);
}

static void step_track(bool is_late)
{
    struct oracle_object *const object = &world.objects[roll(OBJECTS)];
    const struct geo_point place = roll(2) == 0 && object->is_there ? object->place : somewhere();
    const int64_t newest = object->is_there ? object->times[object->count - 1] : 0;
    if (is_late && !object->is_there) {
        return;
    }
    const int64_t at = is_late ? newest - roll(90) : world.now - roll(5);
    if (at < 1) {
        return;
    }
    struct row row = bed_fix(0, 0, at);
    row.point = place;
    const enum fence_order order = bed_track(&world.bed, object->id, &row);
    bool is_known = false;
    const int first = object->count > WINDOW_FIXES ? object->count - WINDOW_FIXES : 0;
    for (int i = first; object->is_there && i < object->count; i++) {
        is_known |= object->times[i] == at;
    }
    if (is_known) {
        assert_int_equal(order, FENCE_DUPLICATE);
        return;
    }
    const bool is_in_order = !object->is_there || at > newest;
    assert_int_equal(order, is_in_order ? FENCE_IN_ORDER : FENCE_LATE);
    for (int i = 0; i < FENCES; i++) {
        struct oracle_fence *const fence = &world.fences[i];
        if (fence->is_there && is_in_order) {
            sees(object, fence, &object->pairs[i], place, at);
        } else if (fence->is_there) {
            sees_late(object, fence, &object->pairs[i], place, at);
        }
    }
    if (is_in_order || next_after(object, at) != 0) {
        remember(object, at);
    }
    if (is_in_order) {
        object->place = place;
        object->is_there = true;
    }
}

static void step_clock(void)
{
    world.now += roll(15);
    bed_clock(&world.bed, world.now);
    for (int i = 0; i < OBJECTS * FENCES; i++) {
        struct oracle_object *const object = &world.objects[i / FENCES];
        if (world.fences[i % FENCES].is_there && object->is_there) {
            passes(object, &world.fences[i % FENCES], &object->pairs[i % FENCES], world.now);
        }
    }
}

static void object_forget(struct oracle_object *object)
{
    object->is_there = false;
    object->count = 0;
    memset(object->pairs, 0, sizeof object->pairs);
}

static void step_delete(void)
{
    struct oracle_object *const object = &world.objects[roll(OBJECTS)];
    if (!object->is_there) {
        return;
    }
    bed_delete(&world.bed, "vans", object->id);
    for (int i = 0; i < FENCES; i++) {
        if (world.fences[i].is_there && object->pairs[i].is_inside) {
            goes_out(object, &world.fences[i], &object->pairs[i], world.now, "deleted");
        }
    }
    object_forget(object);
}

static void draw_rule(struct oracle_fence *fence)
{
    fence->events = 1U << EVENT_ENTER | 1U << EVENT_EXIT;
    fence->events |= roll(4) == 0 ? 1U << EVENT_INSIDE : 0;
    fence->events |= roll(4) == 0 ? 1U << EVENT_OUTSIDE : 0;
    fence->events &= roll(6) == 0 ? ~(1U << EVENT_ENTER) : ~0U;
    fence->dwell = roll(3) == 0 ? 5 + roll(40) : 0;
    fence->events |= fence->dwell > 0 ? 1U << EVENT_DWELL : 0;
    fence->fixes = (int)(roll(3) == 0 ? roll(4) : 0);
    fence->confirm = roll(4) == 0 ? 3 + roll(20) : 0;
    fence->cooldown = roll(4) == 0 ? roll(80) : 0;
    fence->lateness = roll(2) == 0 ? 60 : roll(60);
    fence->exit_distance_m = roll(3) == 0 ? 300 : 0;
}

static void draw_area(struct oracle_fence *fence)
{
    struct area *const area = &fence->area;
    area->is_box = fence->exit_distance_m <= 0 && roll(2) == 0;
    area->centre = somewhere();
    area->radius_m = dice_between(&world.dice, 100, 2500);
    area->box = geo_box_around(area->centre, area->radius_m);
}

static void fence_send(struct oracle_fence *fence)
{
    struct buffer shape SCOPED(buffer_free) = {.account = &world.bed.account};
    struct rule rule = bed_circle(&shape, fence->id, 0, 0, 1, fence->events);
    buffer_clear(&shape);
    if (fence->area.is_box) {
        shape_add_box(&shape, fence->area.box);
    } else {
        shape_add_circle(&shape, fence->area.centre, fence->area.radius_m);
    }
    rule.shape.bytes = buffer_bytes(&shape);
    rule.member.dwell_us = fence->dwell * TEST_S;
    rule.member.confirm_count = (uint32_t)fence->fixes;
    rule.member.confirm_us = fence->confirm * TEST_S;
    rule.member.cooldown_us = fence->cooldown * TEST_S;
    rule.lateness_us = fence->lateness * TEST_S;
    rule.exit_distance_m = fence->exit_distance_m;
    (void)bed_fence(&world.bed, &rule, true);
}

// A new fence, or another area under the same rule.
static void step_fence(int i)
{
    struct oracle_fence *const fence = &world.fences[i];
    if (!fence->is_there) {
        draw_rule(fence);
        for (int o = 0; o < OBJECTS; o++) {
            memset(&world.objects[o].pairs[i], 0, sizeof(struct pair));
        }
    }
    draw_area(fence);
    fence->is_there = true;
    fence_send(fence);
    for (int o = 0; o < OBJECTS; o++) {
        struct oracle_object *const object = &world.objects[o];
        struct pair *const pair = &object->pairs[i];
        if (!object->is_there) {
            continue;
        }
        pair->pending = 0;
        const bool is_inside = holds(fence, object->place, pair->is_inside);
        if (pair->is_inside && !is_inside) {
            goes_out(object, fence, pair, world.now, "fence_changed");
        } else if (!pair->is_inside && is_inside) {
            goes_in(object, fence, pair, world.now, world.now, " initial");
        }
    }
}

// But the first: where nothing is fenced, no times of fixes are kept.
static void step_unfence(void)
{
    const int i = 1 + (int)roll(FENCES - 1);
    struct oracle_fence *const fence = &world.fences[i];
    if (!fence->is_there) {
        return;
    }
    assert_int_equal(fence_delete(world.bed.fences, &world.bed.turn, bytes_from_text(fence->id)),
                     STATUS_OK);
    for (int o = 0; o < OBJECTS; o++) {
        if (world.objects[o].is_there && world.objects[o].pairs[i].is_inside) {
            goes_out(&world.objects[o], fence, &world.objects[o].pairs[i], world.now,
                     "fence_removed");
        }
    }
    fence->is_there = false;
}

static int line_order(const void *left, const void *right)
{
    return strcmp(*(const char *const *)left, *(const char *const *)right);
}

// Of one fix the order counts; deadlines and edits concern many objects, in no order.
static void compare(bool is_ordered)
{
    const char *expected[LINES_MAX];
    const char *found[LINES_MAX];
    int found_count = 0;
    struct buffer *const lines = &world.bed.lines;
    buffer_append_u8(lines, 0);
    for (char *at = (char *)lines->data; *at != '\0'; found_count++) {
        assert_true(found_count < LINES_MAX);
        found[found_count] = at;
        at = strchr(at, '\n');
        *at++ = '\0';
    }
    for (int i = 0; i < world.line_count; i++) { // a stable sort of few
        int at = i;
        for (; at > 0 && (world.lines[at - 1].at > world.lines[at].at ||
                          (world.lines[at - 1].at == world.lines[at].at &&
                           world.lines[at - 1].rank > world.lines[at].rank));
             at--) {
            const typeof(world.lines[0]) swap = world.lines[at];
            world.lines[at] = world.lines[at - 1];
            world.lines[at - 1] = swap;
        }
    }
    for (int i = 0; i < world.line_count; i++) {
        expected[i] = world.lines[i].text;
    }
    if (!is_ordered) {
        qsort(expected, (size_t)world.line_count, sizeof *expected, line_order);
        qsort(found, (size_t)found_count, sizeof *found, line_order);
    }
    for (int i = 0; i < found_count || i < world.line_count; i++) {
        assert_string_equal(i < found_count ? found[i] : "(nothing)",
                            i < world.line_count ? expected[i] : "(nothing)");
    }
    buffer_clear(lines);
    world.line_count = 0;
}

static void begin(uint64_t seed)
{
    memset(&world, 0, sizeof world);
    world.dice.state = seed;
    world.now = 1000;
    bed_begin(&world.bed);
    bed_clock(&world.bed, world.now);
    for (int i = 0; i < FENCES; i++) {
        (void)snprintf(world.fences[i].id, sizeof world.fences[i].id, "f%d", i);
    }
    for (int i = 0; i < OBJECTS; i++) {
        (void)snprintf(world.objects[i].id, sizeof world.objects[i].id, "o%d", i);
    }
}

static void walk(uint64_t seed, unsigned steps)
{
    begin(seed);
    step_fence(0);
    for (unsigned i = 0; i < steps; i++) {
        const int64_t what = roll(100);
        bool is_ordered = false;
        if (what < 55) {
            step_track(false);
            is_ordered = true;
        } else if (what < 70) {
            step_track(true);
            is_ordered = true;
        } else if (what < 85) {
            step_clock();
        } else if (what < 88) {
            step_delete();
        } else if (what < 93) {
            step_fence((int)roll(FENCES));
        } else if (what < 95) {
            step_unfence();
        } else {
            bed_restart(&world.bed);
        }
        compare(is_ordered);
        if (i % 8 == 0) {
            bed_publish(&world.bed);
        }
    }
    bed_end(&world.bed);
}

static void test_events_are_those_of_brute_force(void **state)
{
    (void)state;
    struct dice dice = test_dice();
    for (unsigned round = 0; round < 60; round++) {
        const uint64_t seed = dice_u64(&dice);
        (void)fprintf(stderr, "# round %u: %llx\n", round, (unsigned long long)seed);
        walk(seed, 700);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_events_are_those_of_brute_force),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
