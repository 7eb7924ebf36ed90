// What one core does with a million moving points: restart, SET, GET, nearest, radius, boxes; and
// what they take in memory.
//
// Points lie all over the globe, or (city) within half a degree of one place. Ids are
// "truck:123456". Nothing else runs: no journal, no sockets, no fences.
#include <math.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include "base/bench.h"
#include "live/live_test.h"

enum { OBJECTS = 1000000, SAMPLES = 200000, BATCH = 64 };

static struct live_bed bed;
static struct dice dice = {.state = 1};
static struct geo_point points[OBJECTS];
static uint32_t samples_ns[SAMPLES];

static void check_ok(enum status status)
{
    if (status != STATUS_OK) {
        (void)fprintf(stderr, "failed: %s\n", status_name(status));
        exit(1);
    }
}

static struct bytes id_at(uint32_t i)
{
    static char text[32];
    return (struct bytes){.data = (const uint8_t *)text,
                          .size = (size_t)snprintf(text, sizeof(text), "truck:%06u", i)};
}

static uint64_t now_ns(void)
{
    struct timespec now;
    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000000000 + (uint64_t)now.tv_nsec;
}

static struct geo_point draw(bool is_city)
{
    if (is_city) {
        return (struct geo_point){.lng_e7 = 95000000 + (int32_t)dice_below(&dice, 10000000),
                                  .lat_e7 = 470000000 + (int32_t)dice_below(&dice, 10000000)};
    }
    return (struct geo_point){.lng_e7 = (int32_t)dice_below(&dice, 2 * (uint64_t)GEO_LNG_MAX) -
                                        GEO_LNG_MAX,
                              .lat_e7 = (int32_t)dice_below(&dice, 1700000000) - 850000000};
}

static int by_value(const void *left, const void *right)
{
    const uint32_t a = *(const uint32_t *)left;
    const uint32_t b = *(const uint32_t *)right;
    return (a > b) - (a < b);
}

static void report(const char *what, double seconds, uint64_t count, uint32_t samples)
{
    (void)printf("%-28s %9.0f /s  %7.2f us", what, (double)count / seconds,
                 seconds / (double)count * 1e6);
    if (samples > 0) {
        qsort(samples_ns, samples, sizeof(*samples_ns), by_value);
        (void)printf("  p50 %.2f us  p99 %.2f us", samples_ns[samples / 2] / 1e3,
                     samples_ns[samples - samples / 100] / 1e3);
    }
    (void)printf("\n");
    (void)fflush(stdout);
}

static size_t resident_size(void)
{
    size_t pages = 0;
    FILE *const file = fopen("/proc/self/statm", "r");
    if (file == NULL || fscanf(file, "%*u %zu", &pages) != 1) {
        pages = 0;
    }
    if (file != NULL) {
        (void)fclose(file);
    }
    return pages * (size_t)sysconf(_SC_PAGESIZE);
}

static void load(bool is_city)
{
    const size_t resident = resident_size();
    bed_begin(&bed, NULL);
    const struct collection_settings settings = {0};
    check_ok(live_collection_put(bed.live, &bed.turn, BYTES_OF("fleet"), &settings, NULL));
    bed_publish(&bed);
    for (uint32_t i = 0; i < OBJECTS; i++) {
        points[i] = draw(is_city);
    }
    uint8_t key[64] = {0, 0, 0, 1};
    struct fault fault = {0};
    const uint64_t begun = now_ns();
    for (uint32_t i = 0; i < OBJECTS; i++) {
        const struct bytes id = id_at(i);
        const struct row row = {.kind = ROW_POINT, .point = points[i]};
        memcpy(key + 4, id.data, id.size);
        buffer_clear(&bed.row);
        row_write(&row, &bed.row);
        check_ok(live_load(bed.live, TABLE_OBJECT, (struct bytes){key, 4 + id.size},
                           buffer_bytes(&bed.row), &fault));
    }
    check_ok(live_loaded(bed.live, &fault));
    report("restart, with making rows", (double)(now_ns() - begun) / 1e9, OBJECTS, 0);
    const size_t used = atomic_load(&bed.account.used_size);
    (void)printf("%-28s %9.1f bytes a point, %.1f of blocks, beyond 12 of id; resident %.1f MB\n",
                 "memory", (double)used / OBJECTS - 12,
                 (double)bed.live->slab.used_size / OBJECTS - 12,
                 (double)(resident_size() - resident) / 1e6);
    (void)fflush(stdout);
}

static const struct collection *fleet(void)
{
    return live_collection(live_view_now(bed.live), BYTES_OF("fleet"));
}

static void moves(bool is_near)
{
    const uint32_t count = 20 * SAMPLES;
    uint32_t sample = 0;
    const uint64_t begun = now_ns();
    uint64_t last = begun;
    for (uint32_t i = 0; i < count; i++) {
        const uint32_t at = (uint32_t)dice_below(&dice, OBJECTS);
        if (is_near) {
            points[at].lng_e7 += (int32_t)dice_below(&dice, 2000) - 1000;
            points[at].lng_e7 = points[at].lng_e7 > GEO_LNG_MAX    ? GEO_LNG_MAX
                                : points[at].lng_e7 < -GEO_LNG_MAX ? -GEO_LNG_MAX
                                                                   : points[at].lng_e7;
        } else {
            points[at] = draw(false);
        }
        const struct row row = {.kind = ROW_POINT, .point = points[at]};
        buffer_clear(&bed.row);
        row_write(&row, &bed.row);
        check_ok(live_put(bed.live, &bed.turn, BYTES_OF("fleet"), id_at(at), buffer_bytes(&bed.row),
                          "set", NULL));
        if (i % BATCH == BATCH - 1) {
            live_publish(bed.live, &bed.turn);
            buffer_clear(&bed.turn.effects);
            bed.turn.at++;
            const uint64_t now = now_ns();
            samples_ns[sample++] = (uint32_t)(now - last);
            last = now;
        }
    }
    report(is_near ? "SET, moved by meters" : "SET, moved anywhere",
           (double)(now_ns() - begun) / 1e9, count, 0);
    qsort(samples_ns, sample, sizeof(*samples_ns), by_value);
    (void)printf("%-28s p50 %.1f us  p99 %.1f us  max %.1f us  retired %.1f MB\n", "  a turn of 64",
                 samples_ns[sample / 2] / 1e3, samples_ns[sample - sample / 100] / 1e3,
                 samples_ns[sample - 1] / 1e3, (double)bed.live->slab.retired_size / 1e6);
    (void)fflush(stdout);
}

struct first {
    size_t count, limit;
    uint64_t sum;
};

static bool take(void *context, const struct object *object, double distance_m)
{
    struct first *const first = context;
    first->sum += object_bytes(object).data[3] + (uint64_t)distance_m;
    return ++first->count != first->limit;
}

static void nearest(const char *what, bool is_city, double radius_m)
{
    const struct collection *const collection = fleet();
    uint64_t sum = 0;
    uint64_t begun = 0;
    for (uint32_t i = 0; i < 2 * SAMPLES; i++) {
        struct first first = {.limit = 10};
        const struct geo_point point = draw(is_city);
        const uint64_t start = now_ns();
        begun = i == SAMPLES ? start : begun; // the first half warms
        collection_nearest(collection, point, radius_m, take, &first);
        if (i >= SAMPLES) {
            samples_ns[i - SAMPLES] = (uint32_t)(now_ns() - start);
        }
        sum += first.sum;
    }
    BENCH_KEEP(sum);
    report(what, (double)(now_ns() - begun) / 1e9, SAMPLES, SAMPLES);
}

static void boxes(const char *what, bool is_city, int32_t size_e7)
{
    const struct collection *const collection = fleet();
    struct buffer shape = {.account = &bed.account};
    uint64_t sum = 0;
    const uint64_t begun = now_ns();
    for (uint32_t i = 0; i < SAMPLES; i++) {
        const struct geo_point point = draw(is_city);
        buffer_clear(&shape);
        shape_add_box(&shape, (struct geo_box){.west_e7 = point.lng_e7,
                                               .south_e7 = point.lat_e7,
                                               .east_e7 = point.lng_e7 + size_e7,
                                               .north_e7 = point.lat_e7 + size_e7});
        const uint64_t start = now_ns();
        sum += collection_count_in(collection, (struct shape){.bytes = buffer_bytes(&shape)},
                                   LIVE_WITHIN);
        samples_ns[i] = (uint32_t)(now_ns() - start);
    }
    report(what, (double)(now_ns() - begun) / 1e9, SAMPLES, SAMPLES);
    (void)printf("%-28s %.1f objects in each\n", "", (double)sum / SAMPLES);
    buffer_free(&shape);
}

static bool count_one(void *context, const struct object *object)
{
    struct first *const first = context;
    first->sum += object_bytes(object).size;
    first->count++;
    return true;
}

static void circles(const char *what, bool is_city, double radius_m)
{
    const struct collection *const collection = fleet();
    struct buffer shape = {.account = &bed.account};
    const uint32_t count = SAMPLES / 100;
    struct first first = {0};
    const uint64_t begun = now_ns();
    for (uint32_t i = 0; i < count; i++) {
        buffer_clear(&shape);
        shape_add_circle(&shape, draw(is_city), radius_m);
        const uint64_t start = now_ns();
        collection_in(collection, (struct shape){.bytes = buffer_bytes(&shape)}, LIVE_INTERSECTS,
                      count_one, &first);
        samples_ns[i] = (uint32_t)(now_ns() - start);
    }
    report(what, (double)(now_ns() - begun) / 1e9, count, count);
    (void)printf("%-28s %.1f objects in each\n", "", (double)first.count / count);
    buffer_free(&shape);
}

static void gets(void)
{
    const struct collection *const collection = fleet();
    uint64_t sum = 0;
    const uint64_t begun = now_ns();
    for (uint32_t i = 0; i < 10 * SAMPLES; i++) {
        const struct object *const object =
            collection_find(collection, id_at((uint32_t)dice_below(&dice, OBJECTS)));
        sum += object_bytes(object).size;
    }
    BENCH_KEEP(sum);
    report("GET, with making the id", (double)(now_ns() - begun) / 1e9, 10 * SAMPLES, 0);
}

static bool count_scan(void *context, const struct object *object)
{
    struct first *const first = context;
    first->sum += object_bytes(object).size;
    first->count++;
    return true;
}

static void scans(void)
{
    struct first first = {0};
    const struct live_scan scan = {0};
    const uint64_t begun = now_ns();
    collection_scan(fleet(), &scan, count_scan, &first);
    report("scan, an object", (double)(now_ns() - begun) / 1e9, first.count, 0);
}

static void puts_new(void)
{
    bed_begin(&bed, NULL);
    const uint64_t begun = now_ns();
    for (uint32_t i = 0; i < OBJECTS; i++) {
        const struct row row = {.kind = ROW_POINT, .point = draw(false)};
        buffer_clear(&bed.row);
        row_write(&row, &bed.row);
        check_ok(live_put(bed.live, &bed.turn, BYTES_OF("fleet"),
                          id_at((uint32_t)((uint64_t)i * 7919 % OBJECTS)), buffer_bytes(&bed.row),
                          "set", NULL));
        if (i % BATCH == BATCH - 1) {
            live_publish(bed.live, &bed.turn);
            buffer_clear(&bed.turn.effects);
            bed.turn.at++;
        }
    }
    report("SET, new, ids in no order", (double)(now_ns() - begun) / 1e9, OBJECTS, 0);
    const size_t used = atomic_load(&bed.account.used_size);
    (void)printf("%-28s %9.1f bytes a point beyond 12 of id\n", "memory",
                 (double)used / OBJECTS - 12);
    bed_end(&bed);
}

int main(void)
{
    memory_set_up();
    for (int is_city = 0; is_city < 2; is_city++) {
        (void)printf("%s\n", is_city ? "-- a city of a million" : "-- a million over the globe");
        load(is_city);
        gets();
        scans();
        nearest("nearest 10", is_city, (double)INFINITY);
        nearest("radius 10 km, nearest 10", is_city, 10000);
        boxes("count in a box of 1 degree", is_city, 10000000);
        boxes("count in a box of 0.1 degree", is_city, 1000000);
        circles("all within 10 km", is_city, 10000);
        circles("all within 100 km", is_city, 100000);
        moves(true);
        if (!is_city) {
            moves(false);
            nearest("nearest 10, after moves", false, (double)INFINITY);
        }
        (void)printf("%-28s %9.1f bytes a point beyond 12 of id; resident %.1f MB\n",
                     "memory after moves",
                     (double)atomic_load(&bed.account.used_size) / OBJECTS - 12,
                     (double)resident_size() / 1e6);
        bed_end(&bed);
    }
    puts_new();
    return 0;
}
