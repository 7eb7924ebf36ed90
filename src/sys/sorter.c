#include "sys/sorter.h"

#include <assert.h>

#include "sys/sorter_private.h"
#include "sys/thread.h"

enum {
    MEMORY_MIN_SIZE = 256 << 10,
    SLOT_MAX_SHIFT = 20,
    SLOT_MIN_SHIFT = 12,
    SLOTS_IN_MEMORY = 64, // at least this many slots make up the memory
    THREADS_MAX = 64,
    RUN_BUFFER_MIN_SIZE = 8 << 10,
    RUN_BUFFER_MAX_SIZE = 1 << 20,
};

struct run {
    uint64_t offset, end_offset;
};

// A part of the records in order of insertion, sorted by one thread.
struct chunk {
    size_t slot_begin, slot_end;
    struct sorter_entry *entries;
    size_t record_count;
    uint64_t size; // encoded
};

struct sorter {
    struct sorter_options options;
    struct sorter_store store;
    uint8_t *cursor; // where the next record goes
    size_t room_size;
    uint64_t total_count;
    size_t block_slot;    // where the current block begins
    uint64_t block_count; // total_count when it began
    size_t record_count;  // in the store, the current block's excepted
    size_t blocks_size;
    struct sorter_entry *entries;
    struct chunk chunks[THREADS_MAX];

    struct file file; // runs; opened by the first spill
    uint64_t file_size;
    struct run *runs;
    size_t run_count, run_capacity;

    struct sorter_source *sources;
    size_t source_count;
    struct sorter_merge merge;
    bool is_sorted;
};

static size_t slot_size(const struct sorter *sorter)
{
    return (size_t)1 << sorter->store.slot_shift;
}

static enum status no_memory(const struct sorter *sorter, struct fault *fault)
{
    return fault_set(fault, STATUS_NO_MEMORY, "no memory to sort %s", sorter->options.name);
}

enum status sorter_new(const struct sorter_options *options, struct sorter **sorter,
                       struct fault *fault)
{
    struct sorter *const made = memory_take_zeroed(options->account, 1, sizeof(*made));
    if (made == NULL) {
        return fault_set(fault, STATUS_NO_MEMORY, "no memory to sort %s", options->name);
    }
    made->options = *options;
    if (made->options.memory_size < MEMORY_MIN_SIZE) {
        made->options.memory_size = MEMORY_MIN_SIZE;
    }
    made->options.threads = options->threads == 0            ? 1
                            : options->threads > THREADS_MAX ? THREADS_MAX
                                                             : options->threads;
    made->store.slot_shift = SLOT_MIN_SHIFT;
    while (made->store.slot_shift < SLOT_MAX_SHIFT &&
           made->options.memory_size >> (made->store.slot_shift + 1) >= SLOTS_IN_MEMORY) {
        made->store.slot_shift++;
    }
    *sorter = made;
    return STATUS_OK;
}

static void store_clear(struct sorter *sorter)
{
    for (size_t i = 0; i < sorter->store.slot_count; i++) {
        if (sorter->store.slots[i].is_owner) {
            memory_give(sorter->store.slots[i].data);
        }
    }
    sorter->store.slot_count = 0;
    sorter->blocks_size = 0;
    sorter->record_count = 0;
    sorter->room_size = 0;
    sorter->cursor = NULL;
    memory_give(sorter->entries);
    sorter->entries = NULL;
}

static void sources_clear(struct sorter *sorter)
{
    for (size_t i = 0; i < sorter->source_count; i++) {
        memory_give(sorter->sources[i].data);
    }
    memory_give(sorter->sources);
    sorter->sources = NULL;
    sorter->source_count = 0;
    sorter_merge_free(&sorter->merge);
}

void sorter_free(struct sorter *sorter)
{
    if (sorter != NULL) {
        store_clear(sorter);
        sources_clear(sorter);
        file_close(&sorter->file);
        memory_give(sorter->store.slots);
        memory_give(sorter->runs);
        memory_give(sorter);
    }
}

// A chunk a thread, cut at slots, equal in records as far as slots allow. Returns how many.
static size_t chunks_cut(struct sorter *sorter)
{
    const struct sorter_store *const store = &sorter->store;
    const size_t wanted = sorter->options.threads;
    size_t count = 0;
    size_t slot = 0;
    size_t done = 0;
    while (slot < store->slot_count) {
        struct chunk *const chunk = &sorter->chunks[count++];
        *chunk = (struct chunk){.slot_begin = slot, .entries = sorter->entries + done};
        const size_t goal = sorter->record_count / wanted * count;
        do {
            chunk->record_count += store->slots[slot].record_count;
            chunk->size += store->slots[slot].used_size;
            slot++;
        } while (slot < store->slot_count &&
                 (count == wanted || done + chunk->record_count < goal));
        chunk->slot_end = slot;
        done += chunk->record_count;
    }
    return count;
}

static enum status chunk_sort(void *context, size_t index, struct fault *fault)
{
    (void)fault;
    struct sorter *const sorter = context;
    struct chunk *const chunk = &sorter->chunks[index];
    struct sorter_entry *entry = chunk->entries;
    for (size_t slot = chunk->slot_begin; slot < chunk->slot_end; slot++) {
        const uint8_t *const data = sorter->store.slots[slot].data;
        for (size_t offset = 0; offset < sorter->store.slots[slot].used_size;) {
            const struct sorter_record record = sorter_record_at(data + offset);
            *entry++ = (struct sorter_entry){
                .prefix = sorter_prefix(record.key, 0),
                .reference = ((uint64_t)slot << sorter->store.slot_shift) + offset};
            offset += record.size;
        }
    }
    assert(entry == chunk->entries + chunk->record_count);
    sorter_entries_sort(&sorter->store, chunk->entries, chunk->record_count);
    return STATUS_OK;
}

static enum status entries_take(struct sorter *sorter, struct fault *fault)
{
    sorter->entries =
        memory_take(sorter->options.account, sorter->record_count, sizeof(*sorter->entries));
    if (sorter->entries == NULL) {
        return no_memory(sorter, fault);
    }
    const struct sys *const sys = sorter->options.sys;
    (void)sys->advise(sys, sorter->entries, sorter->record_count * sizeof(*sorter->entries),
                      SYS_ADVICE_HUGE);
    return STATUS_OK;
}

static size_t run_buffer_size(const struct sorter *sorter, size_t count)
{
    const size_t share = sorter->options.memory_size / (count + 1);
    return share < RUN_BUFFER_MIN_SIZE   ? RUN_BUFFER_MIN_SIZE
           : share > RUN_BUFFER_MAX_SIZE ? RUN_BUFFER_MAX_SIZE
                                         : share;
}

static struct sorter_source source_of_chunk(const struct sorter *sorter, const struct chunk *chunk)
{
    return (struct sorter_source){
        .store = &sorter->store, .entries = chunk->entries, .entry_count = chunk->record_count};
}

// Sorts a chunk and writes it where its run is to be.
static enum status chunk_spill(void *context, size_t index, struct fault *fault)
{
    struct sorter *const sorter = context;
    TRY(chunk_sort(context, index, fault));

    const struct chunk *const chunk = &sorter->chunks[index];
    struct sorter_source source = source_of_chunk(sorter, chunk);
    const size_t capacity = run_buffer_size(sorter, SLOTS_IN_MEMORY);
    SCOPED(sorter_run_close)
    struct sorter_run_writer writer = {.file = &sorter->file,
                                       .offset = sorter->runs[sorter->run_count + index].offset,
                                       .data = memory_take(sorter->options.account, capacity, 1),
                                       .capacity = capacity};
    if (writer.data == NULL) {
        return no_memory(sorter, fault);
    }
    for (;;) {
        TRY(sorter_source_advance(&source, fault));
        if (source.is_at_end) {
            return sorter_run_flush(&writer, fault);
        }
        TRY(sorter_run_write(&writer, source.record.encoded, source.record.size, fault));
    }
}

static enum status spill(struct sorter *sorter, struct fault *fault)
{
    if (sorter->file.sys == NULL) {
        TRY(file_open(sorter->options.sys, sorter->options.directory, SYS_OPEN_TEMPORARY,
                      &sorter->file, fault));
    }
    TRY(entries_take(sorter, fault));
    const size_t count = chunks_cut(sorter);
    if (!memory_grow(sorter->options.account, &sorter->runs, &sorter->run_capacity,
                     sorter->run_count + count, sizeof(*sorter->runs))) {
        return no_memory(sorter, fault);
    }
    uint64_t offset = sorter->file_size;
    for (size_t i = 0; i < count; i++) {
        sorter->runs[sorter->run_count + i] =
            (struct run){.offset = offset, .end_offset = offset + sorter->chunks[i].size};
        offset += sorter->chunks[i].size;
    }
    TRY(thread_share(sorter->options.threads, count, chunk_spill, sorter, fault));
    sorter->run_count += count;
    sorter->file_size = offset;
    store_clear(sorter);
    return STATUS_OK;
}

// Memory the sorter would hold with `more` bytes of blocks, when it comes to sort them.
static size_t size_with(const struct sorter *sorter, size_t more)
{
    const size_t density =
        sorter->blocks_size == 0 ? 0 : sorter->record_count * 16 / (sorter->blocks_size / 1024 + 1);
    return sorter->blocks_size + more + sorter->record_count * sizeof(struct sorter_entry) +
           density * (more / 1024) +
           sorter->options.threads * run_buffer_size(sorter, SLOTS_IN_MEMORY);
}

// Settles the accounts of the current block.
static void block_end(struct sorter *sorter)
{
    if (sorter->cursor != NULL) {
        struct sorter_slot *const slot = &sorter->store.slots[sorter->block_slot];
        slot->used_size = (size_t)(sorter->cursor - slot->data);
        slot->record_count = (size_t)(sorter->total_count - sorter->block_count);
        sorter->record_count += slot->record_count;
        sorter->cursor = NULL;
        sorter->room_size = 0;
    }
}

// A fresh block that holds at least `size` bytes.
static enum status room_make(struct sorter *sorter, size_t size, struct fault *fault)
{
    struct sorter_store *const store = &sorter->store;
    block_end(sorter);
    const size_t slots = (size + slot_size(sorter) - 1) >> store->slot_shift;
    const size_t block_size = slots << store->slot_shift;
    if (block_size > sorter->options.memory_size / 4) {
        return fault_set(fault, STATUS_OUT_OF_RANGE,
                         "a record of %zu bytes is too long to sort %s in %zu bytes of memory",
                         size, sorter->options.name, sorter->options.memory_size);
    }
    if (sorter->record_count != 0 && size_with(sorter, block_size) > sorter->options.memory_size) {
        TRY(spill(sorter, fault));
    }
    uint8_t *const data = memory_take(sorter->options.account, block_size, 1);
    if (data == NULL || !memory_grow(sorter->options.account, &store->slots, &store->slot_capacity,
                                     store->slot_count + slots, sizeof(*store->slots))) {
        memory_give(data);
        return no_memory(sorter, fault);
    }
    for (size_t i = 0; i < slots; i++) {
        store->slots[store->slot_count + i] =
            (struct sorter_slot){.data = data + (i << store->slot_shift), .is_owner = i == 0};
    }
    sorter->blocks_size += block_size;
    sorter->block_slot = store->slot_count;
    sorter->block_count = sorter->total_count;
    sorter->cursor = data;
    sorter->room_size = block_size;
    store->slot_count += slots;
    return STATUS_OK;
}

enum status sorter_add(struct sorter *sorter, struct bytes key, struct bytes value,
                       struct fault *fault)
{
    assert(!sorter->is_sorted);
    const size_t payload_size = key.size + value.size;
    if (UNLIKELY(payload_size + SORTER_RECORD_HEAD_MAX > sorter->room_size)) {
        TRY(room_make(sorter, payload_size + SORTER_RECORD_HEAD_MAX, fault));
    }
    uint8_t *at = sorter_varint_encode(sorter->cursor, key.size);
    at = sorter_varint_encode(at, value.size);
    if (key.size != 0) {
        memcpy(at, key.data, key.size);
    }
    at += key.size;
    if (value.size != 0) {
        memcpy(at, value.data, value.size);
    }
    at += value.size;
    sorter->room_size -= (size_t)(at - sorter->cursor);
    sorter->cursor = at;
    sorter->total_count++;
    return STATUS_OK;
}

static enum status sources_take(struct sorter *sorter, size_t count, struct fault *fault)
{
    sorter->sources = memory_take_zeroed(sorter->options.account, count, sizeof(*sorter->sources));
    if (sorter->sources == NULL) {
        return no_memory(sorter, fault);
    }
    sorter->source_count = count;
    return STATUS_OK;
}

// Sources over `count` runs of `file` from `first` on, and the merge over them.
static enum status runs_begin(struct sorter *sorter, const struct file *file, size_t first,
                              size_t count, struct fault *fault)
{
    TRY(sources_take(sorter, count, fault));
    const size_t capacity = run_buffer_size(sorter, count);
    for (size_t i = 0; i < count; i++) {
        sorter->sources[i] =
            (struct sorter_source){.file = file,
                                   .offset = sorter->runs[first + i].offset,
                                   .end_offset = sorter->runs[first + i].end_offset,
                                   .account = sorter->options.account,
                                   .data = memory_take(sorter->options.account, capacity, 1),
                                   .capacity = capacity};
        if (sorter->sources[i].data == NULL) {
            return no_memory(sorter, fault);
        }
    }
    return sorter_merge_begin(&sorter->merge, sorter->options.account, sorter->sources, count,
                              fault);
}

// Writes all that the merge gives as one run at `offset` of `file`.
static enum status merge_to_run(struct sorter *sorter, const struct file *file, uint64_t offset,
                                struct run *run, struct fault *fault)
{
    SCOPED(sorter_run_close)
    struct sorter_run_writer writer = {
        .file = file,
        .offset = offset,
        .data = memory_take(sorter->options.account, RUN_BUFFER_MIN_SIZE, 1),
        .capacity = RUN_BUFFER_MIN_SIZE};
    if (writer.data == NULL) {
        return no_memory(sorter, fault);
    }
    struct sorter_record record;
    enum status status;
    while ((status = sorter_merge_next(&sorter->merge, &record, fault)) == STATUS_OK) {
        TRY(sorter_run_write(&writer, record.encoded, record.size, fault));
    }
    if (status != STATUS_NOT_FOUND) {
        return status;
    }
    TRY(sorter_run_flush(&writer, fault));
    *run = (struct run){.offset = offset, .end_offset = writer.offset};
    return STATUS_OK;
}

// One pass: neighbouring runs become one, `fan_in` at a time, in a new file that replaces the old.
static enum status merge_pass(struct sorter *sorter, size_t fan_in, struct fault *fault)
{
    SCOPED(file_close) struct file file = {0};
    TRY(file_open(sorter->options.sys, sorter->options.directory, SYS_OPEN_TEMPORARY, &file,
                  fault));
    size_t merged_count = 0;
    uint64_t offset = 0;
    for (size_t first = 0; first < sorter->run_count; first += fan_in) {
        const size_t left = sorter->run_count - first;
        TRY(runs_begin(sorter, &sorter->file, first, left < fan_in ? left : fan_in, fault));
        struct run merged;
        TRY(merge_to_run(sorter, &file, offset, &merged, fault));
        sources_clear(sorter);
        sorter->runs[merged_count++] = merged; // its own sources lie at or after this place
        offset = merged.end_offset;
    }
    sorter->run_count = merged_count;
    file_close(&sorter->file);
    sorter->file = file;
    file = (struct file){0};
    return STATUS_OK;
}

static enum status sort_runs(struct sorter *sorter, struct fault *fault)
{
    if (sorter->record_count != 0) {
        TRY(spill(sorter, fault));
    }
    const size_t fan_in = sorter->options.memory_size / RUN_BUFFER_MIN_SIZE - 1;
    while (sorter->run_count > fan_in) {
        TRY(merge_pass(sorter, fan_in, fault));
    }
    return runs_begin(sorter, &sorter->file, 0, sorter->run_count, fault);
}

static enum status sort_in_memory(struct sorter *sorter, struct fault *fault)
{
    TRY(entries_take(sorter, fault));
    const size_t count = chunks_cut(sorter);
    TRY(thread_share(sorter->options.threads, count, chunk_sort, sorter, fault));
    TRY(sources_take(sorter, count, fault));
    for (size_t i = 0; i < count; i++) {
        sorter->sources[i] = source_of_chunk(sorter, &sorter->chunks[i]);
    }
    return sorter_merge_begin(&sorter->merge, sorter->options.account, sorter->sources, count,
                              fault);
}

enum status sorter_sort(struct sorter *sorter, struct fault *fault)
{
    assert(!sorter->is_sorted);
    sorter->is_sorted = true;
    block_end(sorter);
    return sorter->run_count != 0 ? sort_runs(sorter, fault) : sort_in_memory(sorter, fault);
}

enum status sorter_next(struct sorter *sorter, struct bytes *key, struct bytes *value,
                        struct fault *fault)
{
    assert(sorter->is_sorted);
    struct sorter_record record;
    TRY(sorter_merge_next(&sorter->merge, &record, fault));
    *key = record.key;
    *value = record.value;
    return STATUS_OK;
}

uint64_t sorter_count(const struct sorter *sorter)
{
    return sorter->total_count;
}

uint64_t sorter_spilled_size(const struct sorter *sorter)
{
    return sorter->file_size;
}
