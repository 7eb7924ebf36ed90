// What it costs to check an archive (all checksums, all padding) and to open a stamped one.
#include "archive/archive.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "archive/archive_write.h"
#include "sys/clock.h"

enum { SIZE_MIB = 512, OPENS = 1000 };

static struct memory_account account = {.name = "bench"};

static void expect(enum status status, const struct fault *fault)
{
    if (status != STATUS_OK) {
        (void)fprintf(stderr, "%s\n", fault->text);
        exit(1);
    }
}

static void archive_make(const char *path, struct fault *fault)
{
    struct archive_writer *writer = NULL;
    const int64_t begun_us = sys_monotonic_us(sys_os());
    expect(archive_writer_open(sys_os(), &account, path, &writer, fault), fault);
    static uint64_t piece[(64 << 10) / 8];
    uint64_t state = 1;
    for (unsigned section = 0; section < 8; section++) {
        expect(archive_writer_section(writer, ARCHIVE_KIND('B', 'L', 'K', '0' + section), 8, fault),
               fault);
        for (unsigned i = 0; i < SIZE_MIB * 2; i++) {
            for (size_t at = 0; at < COUNT_OF(piece); at += 8) {
                piece[at] = state = state * UINT64_C(6364136223846793005) + 1;
            }
            expect(archive_writer_append(writer, piece, sizeof(piece), fault), fault);
        }
    }
    const int64_t appended_us = sys_monotonic_us(sys_os());
    expect(archive_writer_commit(writer, fault), fault);
    archive_writer_close(writer);
    (void)printf("archive/write             %8.2f GB/s (and %.2f s for the sync)\n",
                 SIZE_MIB * 1.048576e6 / (double)(appended_us - begun_us) / 1e3,
                 (double)(sys_monotonic_us(sys_os()) - appended_us) / 1e6);
}

int main(void)
{
    char path[] = "/var/tmp/archive_bench_XXXXXX";
    struct fault fault = {0};
    const int descriptor = mkstemp(path);
    if (descriptor < 0) {
        perror(path);
        return 1;
    }
    (void)close(descriptor);
    archive_make(path, &fault);
    struct archive *archive = NULL;
    for (unsigned round = 0; round < 3; round++) {
        expect(archive_open(sys_os(), &account, path, &archive, &fault), &fault);
        const int64_t begun_us = sys_monotonic_us(sys_os());
        expect(archive_check(archive, &fault), &fault);
        const int64_t taken_us = sys_monotonic_us(sys_os()) - begun_us;
        (void)printf("archive/check %3d MiB      %8.2f GB/s\n", SIZE_MIB,
                     SIZE_MIB * 1.048576e6 / (double)taken_us / 1e3);
        expect(archive_stamp(archive, 1, &fault), &fault);
        archive_close(archive);
    }
    const int64_t begun_us = sys_monotonic_us(sys_os());
    bool is_stamped = true;
    for (unsigned i = 0; i < OPENS; i++) {
        expect(archive_open(sys_os(), &account, path, &archive, &fault), &fault);
        is_stamped = is_stamped && archive_is_stamped(archive, 1);
        archive_close(archive);
    }
    (void)printf("archive/open %s   %8.1f us\n", is_stamped ? "stamped   " : "unstamped!",
                 (double)(sys_monotonic_us(sys_os()) - begun_us) / OPENS);
    char stamp[64];
    (void)snprintf(stamp, sizeof(stamp), "/var/tmp/.%s.stamp", path + 9);
    (void)unlink(stamp);
    (void)unlink(path);
    return is_stamped ? 0 : 1;
}
