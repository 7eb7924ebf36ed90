// How many megabytes of an extract does one core read into features? Items are bytes of the file.
//
// Run: build/…/source_osm_bench [FILE.osm.pbf]; without a file, Liechtenstein of the shared data.
// Budget: 15 MB/s a core, so that two read 30.
#include <stdio.h>

#include "base/bench.h"
#include "source/source.h"
#include "sys/file.h"

struct bench {
    const char *path;
    uint64_t feature_count;
};

static enum status feature_count(void *context, const struct feature *feature, struct fault *fault)
{
    struct bench *const bench = context;
    (void)fault;
    bench->feature_count += feature->roles != 0;
    return STATUS_OK;
}

static void extract_read(void *context)
{
    struct bench *const bench = context;
    struct memory_account account = {.name = "bench"};
    const struct source_options options = {.sys = sys_os(),
                                           .account = &account,
                                           .memory_size = (size_t)256 << 20,
                                           .directory = "/tmp",
                                           .threads = 1};
    const struct feature_sink sink = {.take = feature_count, .context = bench};
    struct source_summary summary;
    struct fault fault;
    if (source_read(bench->path, &options, &sink, &summary, &fault) != STATUS_OK) {
        (void)fprintf(stderr, "%s\n", fault.text);
        return;
    }
}

int main(int count, char **arguments)
{
    struct bench bench = {.path = count > 1 ? arguments[1]
                                            : "../shared/data/osm/liechtenstein-20211028.osm.pbf"};
    struct sys_stat stat;
    if (sys_os()->stat_path(sys_os(), bench.path, &stat, NULL) != STATUS_OK) {
        (void)printf("skipped: %s is not here\n", bench.path);
        return 0;
    }
    const struct bench_side side = {"read", extract_read, &bench, stat.size};
    (void)bench_run("osm", &side, 1, 5);
    BENCH_KEEP(bench.feature_count);
    return 0;
}
