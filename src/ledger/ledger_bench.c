// What the ledger costs: jobs a second by how they are submitted and how they are kept, and rows a
// second when a data directory comes back. Wall time: several threads work together.
//
//     RHUMB_BENCH_FOLDER=/path  puts the data there instead of under /tmp
//     ledger_bench FOLDER       opens what is there and does nothing else
#include <stdio.h>
#include <sys/resource.h>

#include "base/bench.h"
#include "ledger/ledger_test.h"
#include "sys/process.h"
#include "sys/thread.h"

enum { OBJECT_COUNT = 1000000, SUBMITTERS_MAX = 50, BATCH = 64, KEY_SIZE = 14, VALUE_SIZE = 48 };

static struct memory_account account = {.name = "bench"};

struct submitter {
    struct home home;
    struct ledger *ledger;
    struct write *writes;
    unsigned batch; // jobs under way at once
    unsigned rounds;
    bool is_empty;
    bool is_sync;
    struct dice dice;
    struct thread thread;
};

struct write {
    struct ledger_job job; // first
    struct submitter *submitter;
    uint32_t object;
};

static void object_write(struct ledger_turn *turn, uint32_t object, uint64_t content)
{
    char key[KEY_SIZE + 1];
    (void)snprintf(key, sizeof(key), "%c%c%c%ctruck%05u", 0, 0, 0, 1, object % 100000);
    key[4] = (char)('a' + object / 100000);
    uint8_t *const room = turn_put_in_place(
        turn, TABLE_OBJECT, (struct bytes){.data = (const uint8_t *)key, .size = KEY_SIZE},
        VALUE_SIZE);
    memset(room, (int)object, VALUE_SIZE);
    memcpy(room, &content, sizeof(content));
}

static enum status write_run(struct ledger_job *job, struct ledger_turn *turn, struct fault *fault)
{
    const struct write *const write = (struct write *)job;
    (void)fault;
    if (!write->submitter->is_empty) {
        object_write(turn, write->object, turn->at);
    }
    return STATUS_OK;
}

static void write_answered(struct ledger_job *job)
{
    ((struct write *)job)->submitter->home.answered++;
}

static void submit_rounds(void *context)
{
    struct submitter *const submitter = context;
    for (unsigned round = 0; round < submitter->rounds; round++) {
        for (unsigned i = 0; i < submitter->batch; i++) {
            struct write *const write = &submitter->writes[i];
            write->job.run = write_run;
            write->job.answered = write_answered;
            write->job.home = &submitter->home.mailbox;
            write->job.durability = submitter->is_sync ? DURABILITY_SYNC : DURABILITY_COMMIT;
            write->submitter = submitter;
            write->object = (uint32_t)dice_below(&submitter->dice, OBJECT_COUNT);
            ledger_submit(submitter->ledger, &write->job);
        }
        home_wait(&submitter->home, (round + 1) * submitter->batch);
    }
}

struct way {
    const char *name;
    unsigned submitters, batch, rounds;
    bool is_empty, is_sync;
};

static void measure(struct ledger *ledger, const struct way *way)
{
    static struct submitter submitters[SUBMITTERS_MAX];
    static struct write writes[SUBMITTERS_MAX][BATCH];
    const int64_t begin_us = sys_monotonic_us(sys_os());
    const double cpu_ns = bench_process_cpu_ns();
    for (unsigned s = 0; s < way->submitters; s++) {
        submitters[s] = (struct submitter){.ledger = ledger,
                                           .writes = writes[s],
                                           .batch = way->batch,
                                           .rounds = way->rounds,
                                           .is_empty = way->is_empty,
                                           .is_sync = way->is_sync,
                                           .dice = {.state = s + 1}};
        home_begin(&submitters[s].home);
        assert_int_equal(
            thread_start(&submitters[s].thread, "submit", submit_rounds, &submitters[s], NULL),
            STATUS_OK);
    }
    for (unsigned s = 0; s < way->submitters; s++) {
        thread_join(&submitters[s].thread);
    }
    const double jobs = (double)way->submitters * way->batch * way->rounds;
    const double took_us = (double)(sys_monotonic_us(sys_os()) - begin_us);
    const struct ledger_figures figures = ledger_figures(ledger);
    (void)printf(
        "ledger/%-42s %8.0f jobs/s  %6.0f ns CPU a job  tail %3.0f MiB  peak RSS %4.0f MB\n",
        way->name, jobs / took_us * 1e6, (bench_process_cpu_ns() - cpu_ns) / jobs,
        (double)figures.tail_size / 0x1p20, (double)process_peak_size() / 1e6);
}

struct counts {
    uint64_t loads, replays;
};

static enum status count_load(void *context, enum ledger_table table, struct bytes key,
                              struct bytes value, struct fault *fault)
{
    (void)table;
    (void)key;
    (void)value;
    (void)fault;
    ((struct counts *)context)->loads++;
    return STATUS_OK;
}

static enum status count_replay(void *context, const struct effect *effect, struct fault *fault)
{
    (void)effect;
    (void)fault;
    ((struct counts *)context)->replays++;
    return STATUS_OK;
}

static struct ledger *bench_open(const struct ledger_settings *settings, struct counts *counts)
{
    struct ledger *ledger = NULL;
    struct fault fault = {0};
    const struct ledger_stage stage = {.name = "bench",
                                       .tables = 1U << TABLE_OBJECT,
                                       .load = count_load,
                                       .replay = count_replay,
                                       .context = counts};
    assert_int_equal(ledger_new(sys_os(), &account, settings, &ledger, NULL), STATUS_OK);
    ledger_stage_add(ledger, &stage);
    const int64_t begin_us = sys_monotonic_us(sys_os());
    if (ledger_open(ledger, &fault) != STATUS_OK) {
        fail_msg("%s", fault.text);
    }
    const double took_us = (double)(sys_monotonic_us(sys_os()) - begin_us);
    if (counts->loads != 0) {
        (void)printf(
            "ledger/%-42s %8.2f M rows/s  (%llu rows, %llu effects of the tail, %.0f ms)\n",
            "restart", (double)counts->loads / took_us, (unsigned long long)counts->loads,
            (unsigned long long)counts->replays, took_us / 1000);
    }
    return ledger;
}

static enum status fill_run(struct ledger_job *job, struct ledger_turn *turn, struct fault *fault)
{
    const struct write *const write = (struct write *)job;
    (void)fault;
    for (uint32_t i = 0; i < 1000; i++) {
        object_write(turn, write->object + i, 0);
    }
    return STATUS_OK;
}

// Every object once, so that what follows moves them.
static void fill(struct ledger *ledger)
{
    static struct submitter submitter;
    static struct write writes[OBJECT_COUNT / 1000];
    home_begin(&submitter.home);
    const int64_t begin_us = sys_monotonic_us(sys_os());
    for (unsigned i = 0; i < COUNT_OF(writes); i++) {
        writes[i] = (struct write){
            .job = {.run = fill_run, .answered = write_answered, .home = &submitter.home.mailbox},
            .submitter = &submitter,
            .object = i * 1000};
        ledger_submit(ledger, &writes[i].job);
    }
    home_wait(&submitter.home, COUNT_OF(writes));
    (void)printf("ledger/%-42s %8.2f M rows/s\n", "bulk: 1000 rows a job",
                 (double)OBJECT_COUNT / (double)(sys_monotonic_us(sys_os()) - begin_us));
}

int main(int argc, char **argv)
{
    static const struct way empty[] = {
        {"empty jobs, 1 submitter, 64 at once", 1, 64, 20000, true, false},
        {"empty jobs, 3 submitters, 64 at once", 3, 64, 20000, true, false},
    };
    static const struct way kept[] = {
        {"commit, 1 submitter, 1 at once", 1, 1, 20000, false, false},
        {"commit, 1 submitter, 64 at once", 1, 64, 20000, false, false},
        {"commit, 50 submitters, 1 at once", 50, 1, 4000, false, false},
        {"commit, 3 submitters, 64 at once, 10 M", 3, 64, 52000, false, false},
        {"sync, 1 submitter, 1 at once", 1, 1, 200, false, true},
        {"sync, 1 submitter, 64 at once", 1, 64, 200, false, true},
        {"sync, 50 submitters, 1 at once", 50, 1, 100, false, true},
    };
    char folder[64];
    struct counts counts = {0};
    (void)setvbuf(stdout, NULL, _IOLBF, 0);
    if (argc == 2) { // a folder that is there: how long it takes to come back
        ledger_close(bench_open(&(struct ledger_settings){.folder = argv[1]}, &counts));
        return 0;
    }
    struct ledger *ledger = bench_open(&(struct ledger_settings){0}, &counts);
    assert_int_equal(ledger_start(ledger, NULL), STATUS_OK);
    for (size_t i = 0; i < COUNT_OF(empty); i++) {
        measure(ledger, &empty[i]);
    }
    ledger_close(ledger);
    test_folder_make(folder);
    const char *const wanted = getenv("RHUMB_BENCH_FOLDER"); // NOLINT(concurrency-mt-unsafe)
    const struct ledger_settings settings = {.folder = wanted != NULL ? wanted : folder};
    ledger = bench_open(&settings, &counts);
    assert_int_equal(ledger_start(ledger, NULL), STATUS_OK);
    fill(ledger);
    for (size_t i = 0; i < COUNT_OF(kept); i++) {
        measure(ledger, &kept[i]);
    }
    ledger_close(ledger);
    ledger_close(bench_open(&settings, &counts));
    test_folder_remove(folder);
    return 0;
}
