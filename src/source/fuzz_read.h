// Fuzz read: any bytes as a file of a kind, on a disk in memory. For fuzz targets only.
#ifndef SOURCE_FUZZ_READ_H
#define SOURCE_FUZZ_READ_H

#include <stdlib.h>

#include "source/source.h"
#include "sys/sys_memory.h"

static inline enum status fuzz_feature_take(void *context, const struct feature *feature,
                                            struct fault *fault)
{
    // Every point that the feature claims is read, so that a sanitizer sees a wrong count.
    int64_t sum = feature->point.lng_e7;
    for (size_t i = 0; i < feature->point_count; i++) {
        sum += feature->points[i].lat_e7;
    }
    for (uint32_t i = 0; i < rings_point_count(&feature->rings); i++) {
        sum += feature->rings.points[i].lat_e7;
    }
    for (size_t i = 0; i < feature->name_count; i++) {
        sum += feature->names[i].text.size == 0 ? 0 : feature->names[i].text.data[0];
    }
    (void)fault;
    *(int64_t *)context += sum & 1;
    return STATUS_OK;
}

// Reads an input of that world.
static inline void fuzz_read_on(const struct sys *sys, const char *path)
{
    struct memory_account account = {.name = "fuzz", .limit_size = (size_t)256 << 20};
    const struct source_options options = {.sys = sys,
                                           .account = &account,
                                           .memory_size = (size_t)1 << 20,
                                           .directory = ".",
                                           .threads = 1};
    int64_t sum = 0;
    const struct feature_sink sink = {.take = fuzz_feature_take, .context = &sum};
    struct source_summary summary;
    struct fault fault;
    status_ignore(source_read(path, &options, &sink, &summary, &fault),
                  "most inputs are refused, and that is right");
    if (account.used_size != 0) {
        abort(); // something was not given back
    }
}

// `path` is "kind:x"; the file "x" holds the bytes.
static inline void fuzz_read(const char *path, const uint8_t *data, size_t size)
{
    struct memory_account disk = {.name = "disk", .limit_size = (size_t)256 << 20};
    struct sys_memory *memory;
    if (sys_memory_new(&disk, 1, &memory, NULL) != STATUS_OK) {
        abort();
    }
    const struct sys *const sys = sys_memory_table(memory);
    int descriptor;
    if (sys->open(sys, "x", SYS_OPEN_CREATE, &descriptor, NULL) != STATUS_OK ||
        sys->write_at(sys, descriptor, data, size, 0, NULL) != STATUS_OK) {
        abort();
    }
    sys->close(sys, descriptor);
    fuzz_read_on(sys, path);
    sys_memory_free(memory);
}

#endif
