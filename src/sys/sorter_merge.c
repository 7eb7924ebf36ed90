#include "sys/sorter_private.h"

enum { PREFETCH_DISTANCE = 12 };

static void front_set(struct sorter_source *source, const uint8_t *at)
{
    source->record = sorter_record_at(at);
    source->prefix = sorter_prefix(source->record.key, 0);
}

static void advance_in_memory(struct sorter_source *source)
{
    if (source->entry_index == source->entry_count) {
        source->is_at_end = true;
        return;
    }
    if (source->entry_index + PREFETCH_DISTANCE < source->entry_count) {
        const uint64_t ahead = source->entries[source->entry_index + PREFETCH_DISTANCE].reference;
        __builtin_prefetch(sorter_store_at(source->store, ahead));
    }
    front_set(source,
              sorter_store_at(source->store, source->entries[source->entry_index++].reference));
}

// Keeps what is unread and reads on until at least `size` bytes are there or the run ends.
static enum status source_fill(struct sorter_source *source, size_t size, struct fault *fault)
{
    if (!memory_grow(source->account, &source->data, &source->capacity, size, 1)) {
        return fault_set(fault, STATUS_NO_MEMORY, "no memory to merge sorted runs");
    }
    const size_t unread = source->end - source->begin;
    memmove(source->data, source->data + source->begin, unread);
    const uint64_t left = source->end_offset - source->offset;
    const size_t room = source->capacity - unread;
    const size_t wanted = left < room ? (size_t)left : room;
    source->begin = 0;
    source->end = unread;
    TRY(file_read_at(source->file, source->data + unread, wanted, source->offset, fault));
    source->offset += wanted;
    source->end += wanted;

    const uint64_t rest = source->end_offset - source->offset;
    const uint64_t ahead = rest < source->capacity ? rest : source->capacity;
    if (ahead != 0) { // meanwhile the disk may fetch the next piece
        const struct sys *const sys = source->file->sys;
        sys->fetch(sys, source->file->descriptor, source->offset, ahead);
    }
    return STATUS_OK;
}

// The size of the record in front once its head is in the buffer, else what a head may need.
static size_t size_wanted(const struct sorter_source *source)
{
    if (source->end - source->begin < SORTER_RECORD_HEAD_MAX &&
        source->offset < source->end_offset) {
        return SORTER_RECORD_HEAD_MAX;
    }
    return sorter_record_at(source->data + source->begin).size;
}

static enum status advance_in_file(struct sorter_source *source, struct fault *fault)
{
    if (source->begin == source->end && source->offset == source->end_offset) {
        source->is_at_end = true;
        return STATUS_OK;
    }
    for (size_t wanted; (wanted = size_wanted(source)) > source->end - source->begin;) {
        TRY(source_fill(source, wanted, fault));
    }
    front_set(source, source->data + source->begin);
    source->begin += source->record.size;
    return STATUS_OK;
}

enum status sorter_source_advance(struct sorter_source *source, struct fault *fault)
{
    if (source->store != NULL) {
        advance_in_memory(source);
        return STATUS_OK;
    }
    return advance_in_file(source, fault);
}

// Does source `left` come out before source `right`?
static bool is_first(const struct sorter_merge *merge, size_t left, size_t right)
{
    const struct sorter_source *const a = &merge->sources[left];
    const struct sorter_source *const b = &merge->sources[right];
    if (a->is_at_end || b->is_at_end) {
        return !a->is_at_end || (b->is_at_end && left < right);
    }
    if (LIKELY(a->prefix != b->prefix)) {
        return a->prefix < b->prefix;
    }
    const int order = bytes_compare(a->record.key, b->record.key);
    return order < 0 || (order == 0 && left < right);
}

// Plays `source` up from its leaf; each node keeps the loser.
static void replay(struct sorter_merge *merge, size_t source)
{
    size_t winner = source;
    for (size_t node = (source + merge->count) / 2; node > 0; node /= 2) {
        if (is_first(merge, merge->losers[node], winner)) {
            const size_t loser = winner;
            winner = merge->losers[node];
            merge->losers[node] = loser;
        }
    }
    merge->losers[0] = winner;
}

// Plays all matches below `node`, leaving losers in the nodes; leaves are count … 2 * count - 1.
static size_t play(struct sorter_merge *merge, size_t node)
{
    if (node >= merge->count) {
        return node - merge->count;
    }
    const size_t left = play(merge, 2 * node);
    const size_t right = play(merge, 2 * node + 1);
    const bool is_left = is_first(merge, left, right);
    merge->losers[node] = is_left ? right : left;
    return is_left ? left : right;
}

enum status sorter_merge_begin(struct sorter_merge *merge, struct memory_account *account,
                               struct sorter_source *sources, size_t count, struct fault *fault)
{
    size_t *const losers = memory_take_zeroed(account, count + 1, sizeof(*losers));
    if (losers == NULL) {
        return fault_set(fault, STATUS_NO_MEMORY, "no memory to merge %zu sorted runs", count);
    }
    *merge = (struct sorter_merge){.sources = sources, .count = count, .losers = losers};
    return STATUS_OK;
}

void sorter_merge_free(struct sorter_merge *merge)
{
    memory_give(merge->losers);
    *merge = (struct sorter_merge){0};
}

static enum status begin(struct sorter_merge *merge, struct fault *fault)
{
    for (size_t i = 0; i < merge->count; i++) {
        TRY(sorter_source_advance(&merge->sources[i], fault));
    }
    merge->losers[0] = merge->count == 0 ? 0 : play(merge, 1);
    merge->is_begun = true;
    return STATUS_OK;
}

enum status sorter_merge_next(struct sorter_merge *merge, struct sorter_record *record,
                              struct fault *fault)
{
    if (UNLIKELY(!merge->is_begun)) {
        TRY(begin(merge, fault));
    } else if (merge->count != 0) {
        const size_t winner = merge->losers[0];
        if (!merge->sources[winner].is_at_end) {
            TRY(sorter_source_advance(&merge->sources[winner], fault));
            replay(merge, winner);
        }
    }
    if (merge->count == 0 || merge->sources[merge->losers[0]].is_at_end) {
        return STATUS_NOT_FOUND;
    }
    *record = merge->sources[merge->losers[0]].record;
    return STATUS_OK;
}

enum status sorter_run_flush(struct sorter_run_writer *writer, struct fault *fault)
{
    TRY(file_write_at(writer->file, writer->data, writer->size, writer->offset, fault));
    writer->offset += writer->size;
    writer->size = 0;
    return STATUS_OK;
}

enum status sorter_run_write(struct sorter_run_writer *writer, const uint8_t *encoded, size_t size,
                             struct fault *fault)
{
    if (UNLIKELY(size > writer->capacity - writer->size)) {
        TRY(sorter_run_flush(writer, fault));
        if (size > writer->capacity) {
            TRY(file_write_at(writer->file, encoded, size, writer->offset, fault));
            writer->offset += size;
            return STATUS_OK;
        }
    }
    memcpy(writer->data + writer->size, encoded, size);
    writer->size += size;
    return STATUS_OK;
}

void sorter_run_close(struct sorter_run_writer *writer)
{
    memory_give(writer->data);
    *writer = (struct sorter_run_writer){0};
}
