// Read harness: a file on a disk in memory read into text, for tests.
#ifndef SOURCE_READ_HARNESS_H
#define SOURCE_READ_HARNESS_H

#include "base/test.h"
#include "source/feature_print.h"
#include "source/source.h"
#include "sys/sys_memory.h"

// What one reading gave. Zeroed it is ready; a limit may be put into the account first.
struct reading {
    struct memory_account account;
    struct buffer text; // feature_print of each, NUL-terminated
    unsigned warnings;
    uint64_t digest; // of the features of files too large to print
    uint64_t counts[10];
    struct source_summary summary;
    struct fault fault;
    enum status status;
};

static inline enum status reading_take(void *context, const struct feature *feature,
                                       struct fault *fault)
{
    struct reading *const reading = context;
    (void)fault;
    for (unsigned i = 0; i < COUNT_OF(reading->counts); i++) {
        reading->counts[i] += feature->roles >> i & 1;
    }
    feature_print(&reading->text, feature);
    if (reading->text.size > (size_t)1 << 20) {
        for (size_t i = 0; i < reading->text.size; i++) {
            reading->digest = (reading->digest ^ reading->text.data[i]) * UINT64_C(1099511628211);
        }
        buffer_clear(&reading->text);
    }
    return STATUS_OK;
}

static inline void reading_warn(void *context, const char *sentence)
{
    struct reading *const reading = context;
    (void)sentence;
    reading->warnings++;
}

static inline void reading_of_path(const struct sys *sys, const char *const *inputs,
                                   size_t input_count, unsigned threads, size_t memory_size,
                                   struct reading *reading)
{
    reading->account.name = "reading";
    reading->text.account = &reading->account;
    const struct source_options options = {.sys = sys,
                                           .account = &reading->account,
                                           .memory_size = memory_size,
                                           .directory = sys == sys_os() ? "/tmp" : ".",
                                           .threads = threads,
                                           .companions = inputs,
                                           .companion_count = input_count,
                                           .warn = reading_warn,
                                           .warn_context = reading};
    const struct feature_sink sink = {.take = reading_take, .context = reading};
    reading->status = source_read(inputs[0], &options, &sink, &reading->summary, &reading->fault);
    buffer_append_u8(&reading->text, 0);
}

static inline void reading_free(struct reading *reading)
{
    buffer_free(&reading->text);
    assert_int_equal(reading->account.used_size, 0);
    *reading = (struct reading){0};
}

static inline void reading_put(const struct sys *sys, const char *path, struct bytes content)
{
    int descriptor;
    assert_int_equal(sys->open(sys, path, SYS_OPEN_CREATE, &descriptor, NULL), STATUS_OK);
    assert_int_equal(sys->write_at(sys, descriptor, content.data, content.size, 0, NULL),
                     STATUS_OK);
    sys->close(sys, descriptor);
}

static inline bool reading_is_here(const char *path)
{
    FILE *const file = fopen(path, "rb");
    if (file == NULL) {
        print_message("# skipped: %s is not here\n", path);
        return false;
    }
    (void)fclose(file);
    return true;
}

#endif
