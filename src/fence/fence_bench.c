// Moving objects under many fences: nanoseconds a fix, and bytes a fence. Objects move by about 100 m in a
// town of 111 km by 93 km; fences are squares of 200 m with enter and exit, as the peers' figures have it.
//
// FENCES=1000000 in the environment adds the row of a million.
#include <stdio.h>
#include <stdlib.h>

#include "base/bench.h"
#include "base/test.h"
#include "fence/fence_private.h"
#include "sys/clock.h"

enum { OBJECTS = 20000, ROUNDS = 7 };

static struct {
    struct memory_account others, account;
    struct ledger *ledger;
    struct live *live;
    struct fences *fences;
    struct ledger_turn turn;
    struct dice dice;
    struct geo_point places[OBJECTS];
    uint64_t events;
} bench;

static void count_event(void *context, struct ledger_turn *turn, struct event *event)
{
    (void)context;
    (void)turn;
    (void)event;
    bench.events++;
}

static struct geo_point town(void)
{
    return GEO_POINT(dice_between(&bench.dice, 9, 10.2), dice_between(&bench.dice, 47, 48));
}

static void fences_put(unsigned count, uint32_t events)
{
    struct buffer shape = {.account = &bench.others};
    for (unsigned i = 0; i < count; i++) {
        char id[16];
        const struct geo_point centre = town();
        struct rule rule = rule_new();
        (void)snprintf(id, sizeof id, "f%u", i);
        buffer_clear(&shape);
        shape_add_box(&shape, (struct geo_box){.west_e7 = centre.lng_e7 - 13200,
                                               .south_e7 = centre.lat_e7 - 9000,
                                               .east_e7 = centre.lng_e7 + 13200,
                                               .north_e7 = centre.lat_e7 + 9000});
        rule.id = bytes_from_text(id);
        rule.shape.bytes = buffer_bytes(&shape);
        rule.collection = BYTES_OF("vans");
        rule.member.events = events;
        bool is_new;
        if (fence_put(bench.fences, &bench.turn, &rule, false, &is_new, NULL) != STATUS_OK) {
            (void)fprintf(stderr, "no memory\n");
            exit(1); // NOLINT
        }
        buffer_clear(&bench.turn.effects);
        buffer_clear(&bench.fences->undo);
    }
    buffer_free(&shape);
}

static struct change change_of(struct bytes id)
{
    return (struct change){.kind = CHANGE_PUT, .id = id, .command = "set"};
}

// What a change costs the fences: the observer's part, without live's.
static void moves(void *context)
{
    struct watch *const watch = watch_find(bench.fences, BYTES_OF("vans"));
    (void)context;
    for (unsigned i = 0; i < OBJECTS; i++) {
        char id[16];
        const int size = snprintf(id, sizeof id, "van%u", i);
        const struct row before = {.kind = ROW_POINT, .point = bench.places[i]};
        bench.places[i].lng_e7 += (int32_t)dice_below(&bench.dice, 26000) - 13000;
        bench.places[i].lat_e7 += (int32_t)dice_below(&bench.dice, 18000) - 9000;
        const struct row row = {.kind = ROW_POINT, .point = bench.places[i]};
        struct judged judged = {.turn = &bench.turn,
                                .collection = BYTES_OF("vans"),
                                .id =
                                    change_of((struct bytes){(const uint8_t *)id, (size_t)size}).id,
                                .number = 1};
        bench.turn.now_us += 10;
        (void)judged_begin(&judged, &row, bench.turn.now_us);
        if (watch != NULL) {
            fence_subject_fix(bench.fences, watch, &judged, false, &before);
        }
        buffer_clear(&bench.turn.effects);
        buffer_clear(&bench.fences->undo);
    }
}

static void begin(void)
{
    bench.others = (struct memory_account){.name = "others"};
    bench.account = (struct memory_account){.name = "fences"};
    bench.dice.state = 1;
    bench.turn.effects.account = &bench.others;
    bench.turn.now_us = INT64_C(1700000000000000);
    status_ignore(
        ledger_new(NULL, &bench.others, &(struct ledger_settings){0}, &bench.ledger, NULL), "");
    status_ignore(
        live_new(bench.ledger, &bench.others, &(struct live_settings){0}, &bench.live, NULL), "");
    status_ignore(fences_new(bench.ledger, bench.live, &bench.account,
                             &(struct fence_sink){.emit = count_event}, &bench.fences, NULL),
                  "");
    for (unsigned i = 0; i < OBJECTS; i++) {
        bench.places[i] = town();
    }
}

static void end(void)
{
    fences_free(bench.fences);
    live_free(bench.live);
    ledger_close(bench.ledger);
    buffer_free(&bench.turn.effects);
}

static void run(unsigned count, uint32_t events, const char *kind)
{
    char title[64];
    begin();
    const size_t before = bench.account.used_size;
    fences_put(count, events);
    const size_t fences_size = bench.account.used_size - before;
    (void)snprintf(title, sizeof title, "fences/%u %s", count, kind);
    const struct bench_side side = {.name = "fix", .work = moves, .items = OBJECTS};
    (void)bench_run(title, &side, 1, ROUNDS);
    (void)printf("%s: %zu bytes a fence, %.3f events a fix\n", title,
                 count == 0 ? 0 : fences_size / count,
                 (double)bench.events / (ROUNDS * (double)OBJECTS));
    bench.events = 0;
    end();
}

int main(void)
{
    const char *const wanted = getenv("FENCES"); // NOLINT(concurrency-mt-unsafe)
    const uint32_t both = 1U << EVENT_ENTER | 1U << EVENT_EXIT;
    run(0, both, "enter,exit");
    run(1000, both, "enter,exit");
    run(10000, both, "enter,exit");
    run(100000, both, "enter,exit");
    if (wanted != NULL) {
        run((unsigned)strtoul(wanted, NULL, 10), both, "enter,exit");
    }
    run(1000, both | 1U << EVENT_INSIDE | 1U << EVENT_CROSS, "enter,exit,inside,cross");
    return 0;
}
