#include <assert.h>

#include "geo/cover.h"
#include "geo/ring_index.h"
#include "index/areas_private.h"
#include "sys/sorter.h"
#include "sys/spool.h"

enum {
    KEY_SIZE = 8 + 1 + 4,    // first leaf, level, area; big-endian
    COVERING_CELLS_MIN = 32, // more for shapes of many points
    COVERING_CELLS_MAX = 256,
    POINTS_A_CELL = 32,
    INTERVALS_A_BUCKET = 2,
    NESTING_MAX = 1024, // areas over one place
};

struct areas_builder {
    struct index_build_options options;
    struct spool *shapes;
    struct sorter *cells;
    struct buffer entries; // struct areas_entry
    struct buffer shape;
};

// A cell of a covering that is over the place the sweep has come to.
struct open_cell {
    cell_id last; // leaf
    uint32_t word;
};

// The sweep along the curve that turns nested cells to intervals.
struct sweep {
    struct areas_builder *builder;
    struct spool *starts;
    struct spool *lists_of;
    struct buffer lists; // uint32_t words
    uint32_t *slots;     // hash table of lists: offset + 1, 0 empty
    size_t slot_count;   // a power of two
    size_t list_count;
    struct open_cell open[NESTING_MAX]; // outermost first
    size_t open_count;
    uint64_t position; // where the interval that is being made begins
    uint32_t interval_count;
    uint32_t last_list;
    uint64_t first_start, last_start; // of the second and the last interval
};

enum status areas_builder_new(const struct index_build_options *options,
                              struct areas_builder **builder, struct fault *fault)
{
    struct areas_builder *const made = memory_take_zeroed(options->account, 1, sizeof(*made));
    if (made == NULL) {
        return fault_set(fault, STATUS_NO_MEMORY, "no memory for an area index");
    }
    made->options = *options;
    made->entries.account = options->account;
    made->shape.account = options->account;
    const struct sorter_options sorting = {.sys = options->sys,
                                           .account = options->account,
                                           .memory_size = options->memory_size,
                                           .directory = options->directory,
                                           .threads = options->threads,
                                           .name = "area index"};
    enum status status =
        spool_new(options->sys, options->account, options->directory, &made->shapes, fault);
    if (status == STATUS_OK) {
        status = sorter_new(&sorting, &made->cells, fault);
    }
    if (status != STATUS_OK) {
        areas_builder_free(made);
        return status;
    }
    *builder = made;
    return STATUS_OK;
}

void areas_builder_free(struct areas_builder *builder)
{
    if (builder != NULL) {
        spool_free(builder->shapes);
        sorter_free(builder->cells);
        buffer_free(&builder->entries);
        buffer_free(&builder->shape);
        memory_give(builder);
    }
}

static enum status add_cells(struct areas_builder *builder, const struct ring_index *shape,
                             uint32_t area, struct fault *fault)
{
    const uint32_t wanted = COVERING_CELLS_MIN + shape->point_count / POINTS_A_CELL;
    const struct cover_options options = {
        .max_level = CELL_LEVEL_MAX,
        .max_cells = (int)(wanted < COVERING_CELLS_MAX ? wanted : COVERING_CELLS_MAX)};
    struct cover_cell cells[COVERING_CELLS_MAX];
    const size_t count = cover_rings(shape, &options, cells);
    for (size_t i = 0; i < count; i++) {
        const uint64_t first = __builtin_bswap64(cell_range_min(cells[i].cell));
        const uint32_t order = __builtin_bswap32(area);
        uint8_t key[KEY_SIZE];
        memcpy(key, &first, sizeof(first));
        key[8] = (uint8_t)cell_level(cells[i].cell);
        memcpy(key + 9, &order, sizeof(order));
        const uint8_t is_edge = !cells[i].is_inside;
        TRY(sorter_add(builder->cells, (struct bytes){.data = key, .size = sizeof(key)},
                       (struct bytes){.data = &is_edge, .size = 1}, fault));
    }
    return STATUS_OK;
}

enum status areas_builder_add(struct areas_builder *builder, const struct geo_rings *rings,
                              uint32_t reference, struct fault *fault)
{
    buffer_clear(&builder->shape);
    TRY(ring_index_build(rings, &builder->shape, fault));
    struct ring_index shape;
    const bool is_open = ring_index_open(buffer_bytes(&builder->shape), &shape);
    assert(is_open);
    const size_t area = builder->entries.size / sizeof(struct areas_entry);
    const struct areas_entry entry = {.shape_offset = spool_size(builder->shapes),
                                      .shape_size = (uint32_t)builder->shape.size,
                                      .reference = reference};
    if (area >= UINT32_MAX / 2 || builder->shape.size > UINT32_MAX) {
        return fault_set(fault, STATUS_OUT_OF_RANGE, "too many or too large areas in one index");
    }
    buffer_append(&builder->entries, &entry, sizeof(entry));
    if (buffer_status(&builder->entries) != STATUS_OK) {
        return fault_set(fault, STATUS_NO_MEMORY, "no memory for %zu areas", area);
    }
    TRY(spool_append(builder->shapes, builder->shape.data, builder->shape.size, fault));
    return add_cells(builder, &shape, (uint32_t)area, fault);
}

static const uint32_t *words_of(const struct buffer *lists)
{
    const void *const words = lists->data;
    return words;
}

static uint64_t hash_of(const uint32_t *words, size_t count)
{
    uint64_t hash = UINT64_C(0xcbf29ce484222325); // FNV-1a, by words
    for (size_t i = 0; i < count; i++) {
        hash = (hash ^ words[i]) * UINT64_C(0x100000001b3);
        hash ^= hash >> 29;
    }
    return hash;
}

static size_t slot_of(const struct sweep *sweep, const uint32_t *list, size_t size)
{
    size_t slot = hash_of(list, size) & (sweep->slot_count - 1);
    for (;; slot = (slot + 1) & (sweep->slot_count - 1)) {
        if (sweep->slots[slot] == 0) {
            return slot;
        }
        const uint32_t *const known = words_of(&sweep->lists) + sweep->slots[slot] - 1;
        if (known[0] + 1 == size && memcmp(known, list, size * sizeof(*list)) == 0) {
            return slot;
        }
    }
}

static enum status grow_slots(struct sweep *sweep)
{
    if (sweep->list_count * 2 < sweep->slot_count) {
        return STATUS_OK;
    }
    const size_t old_count = sweep->slot_count;
    uint32_t *const old = sweep->slots;
    sweep->slot_count = old_count == 0 ? 256 : old_count * 2;
    sweep->slots = memory_take_zeroed(sweep->lists.account, sweep->slot_count, sizeof(uint32_t));
    if (sweep->slots == NULL) {
        sweep->slots = old;
        sweep->slot_count = old_count;
        return STATUS_NO_MEMORY;
    }
    for (size_t i = 0; i < old_count; i++) {
        if (old[i] != 0) {
            const uint32_t *const list = words_of(&sweep->lists) + old[i] - 1;
            sweep->slots[slot_of(sweep, list, list[0] + 1)] = old[i];
        }
    }
    memory_give(old);
    return STATUS_OK;
}

// Where the list of the open cells is; equal lists are the same.
static enum status list_of_open(struct sweep *sweep, uint32_t *offset, struct fault *fault)
{
    uint32_t list[NESTING_MAX + 1] = {(uint32_t)sweep->open_count};
    for (size_t i = 0; i < sweep->open_count; i++) {
        size_t at = i + 1;
        for (; at > 1 && list[at - 1] > sweep->open[i].word; at--) {
            list[at] = list[at - 1];
        }
        list[at] = sweep->open[i].word;
    }
    const size_t size = sweep->open_count + 1;
    if (grow_slots(sweep) != STATUS_OK) {
        return fault_set(fault, STATUS_NO_MEMORY, "no memory for the lists of an area index");
    }
    const size_t slot = slot_of(sweep, list, size);
    if (sweep->slots[slot] == 0) {
        const uint64_t end = sweep->lists.size / sizeof(uint32_t);
        if (end + size >= UINT32_MAX) {
            return fault_set(fault, STATUS_OUT_OF_RANGE, "too many areas overlap in one index");
        }
        buffer_append(&sweep->lists, list, size * sizeof(*list));
        if (buffer_status(&sweep->lists) != STATUS_OK) {
            return fault_set(fault, STATUS_NO_MEMORY, "no memory for the lists of an area index");
        }
        sweep->slots[slot] = (uint32_t)end + 1;
        sweep->list_count++;
    }
    *offset = sweep->slots[slot] - 1;
    return STATUS_OK;
}

// Ends the interval that is being made before leaf `next`, unless it is empty or continues the
// last.
static enum status advance(struct sweep *sweep, uint64_t next, struct fault *fault)
{
    if (next <= sweep->position) {
        return STATUS_OK;
    }
    uint32_t list;
    TRY(list_of_open(sweep, &list, fault));
    if (sweep->interval_count == 0 || list != sweep->last_list) {
        TRY(spool_append(sweep->starts, &sweep->position, sizeof(sweep->position), fault));
        TRY(spool_append(sweep->lists_of, &list, sizeof(list), fault));
        sweep->first_start = sweep->interval_count == 1 ? sweep->position : sweep->first_start;
        sweep->last_start = sweep->position;
        sweep->last_list = list;
        sweep->interval_count++;
    }
    sweep->position = next;
    return STATUS_OK;
}

// Closes the cells that end before leaf `next`, innermost first.
static enum status close_before(struct sweep *sweep, uint64_t next, struct fault *fault)
{
    while (sweep->open_count > 0 && sweep->open[sweep->open_count - 1].last < next) {
        TRY(advance(sweep, sweep->open[sweep->open_count - 1].last + 2, fault)); // leaves are odd
        sweep->open_count--;
    }
    return STATUS_OK;
}

static enum status sweep_cell(struct sweep *sweep, struct bytes key, struct bytes value,
                              struct fault *fault)
{
    uint64_t first;
    uint32_t area;
    memcpy(&first, key.data, sizeof(first));
    memcpy(&area, key.data + 9, sizeof(area));
    first = __builtin_bswap64(first);
    const int level = key.data[8];
    TRY(close_before(sweep, first, fault));
    TRY(advance(sweep, first, fault));
    if (sweep->open_count == NESTING_MAX) {
        return fault_set(fault, STATUS_OUT_OF_RANGE, "more than %d areas over one place",
                         NESTING_MAX);
    }
    const uint64_t leaves = (UINT64_C(1) << (2 * (CELL_LEVEL_MAX - level) + 1)) - 2;
    sweep->open[sweep->open_count++] = (struct open_cell){
        .last = first + leaves, .word = __builtin_bswap32(area) << 1 | value.data[0]};
    return STATUS_OK;
}

static enum status sweep_cells(struct sweep *sweep, struct fault *fault)
{
    TRY(sorter_sort(sweep->builder->cells, fault));
    for (;;) {
        struct bytes key;
        struct bytes value;
        const enum status status = sorter_next(sweep->builder->cells, &key, &value, fault);
        if (status == STATUS_NOT_FOUND) {
            break;
        }
        TRY(status);
        TRY(sweep_cell(sweep, key, value, fault));
    }
    TRY(close_before(sweep, UINT64_MAX, fault));
    return advance(sweep, UINT64_MAX, fault);
}

static struct areas_header header_of(const struct sweep *sweep)
{
    struct areas_header header = {
        .interval_count = sweep->interval_count,
        .word_count = (uint32_t)(sweep->lists.size / sizeof(uint32_t)),
        .area_count = (uint32_t)(sweep->builder->entries.size / sizeof(struct areas_entry)),
        .bucket_base = sweep->first_start,
        .shapes_size = spool_size(sweep->builder->shapes),
    };
    const uint64_t span = sweep->last_start - sweep->first_start;
    const uint64_t limit = sweep->interval_count / INTERVALS_A_BUCKET + 1;
    while ((span >> header.bucket_shift) + 1 > limit) {
        header.bucket_shift++;
    }
    header.bucket_count = (uint32_t)(span >> header.bucket_shift) + 1;
    return header;
}

static enum status append_aligned(struct archive_writer *writer, struct fault *fault)
{
    static const uint8_t zeros[AREAS_ALIGNMENT];
    const size_t ragged = (size_t)(archive_writer_position(writer) % AREAS_ALIGNMENT);
    return archive_writer_append(writer, zeros, ragged == 0 ? 0 : AREAS_ALIGNMENT - ragged, fault);
}

// One pass over the starts, which lie in order, gives all buckets.
static enum status append_buckets(const struct sweep *sweep, const struct areas_header *header,
                                  struct archive_writer *writer, struct fault *fault)
{
    struct spool_reader reader SCOPED(spool_reader_close) = {0};
    TRY(spool_reader_open(sweep->starts, &reader, fault));
    const uint8_t *data;
    TRY(spool_reader_take(&reader, sizeof(uint64_t), &data, fault)); // interval 0 begins at 0
    uint32_t interval = 0;
    uint64_t next = UINT64_MAX;
    bool has_next = true;
    for (uint32_t bucket = 0; bucket <= header->bucket_count; bucket++) {
        const uint64_t first = header->bucket_base + ((uint64_t)bucket << header->bucket_shift);
        while (has_next && (next == UINT64_MAX || next <= first)) {
            interval += next != UINT64_MAX;
            has_next = interval + 1 < header->interval_count;
            if (has_next) {
                TRY(spool_reader_take(&reader, sizeof(uint64_t), &data, fault));
                memcpy(&next, data, sizeof(next));
            }
        }
        TRY(archive_writer_append(writer, &interval, sizeof(interval), fault));
    }
    return append_aligned(writer, fault);
}

static enum status write_section(struct sweep *sweep, struct archive_writer *writer, uint32_t kind,
                                 struct fault *fault)
{
    const struct areas_header header = header_of(sweep);
    TRY(archive_writer_section(writer, kind, 1, fault));
    TRY(archive_writer_append(writer, &header, sizeof(header), fault));
    TRY(archive_writer_append_spool(writer, sweep->starts, fault));
    TRY(append_aligned(writer, fault));
    TRY(archive_writer_append_spool(writer, sweep->lists_of, fault));
    TRY(append_aligned(writer, fault));
    TRY(archive_writer_append(writer, sweep->lists.data, sweep->lists.size, fault));
    TRY(append_aligned(writer, fault));
    TRY(append_buckets(sweep, &header, writer, fault));
    TRY(archive_writer_append(writer, sweep->builder->entries.data, sweep->builder->entries.size,
                              fault));
    TRY(append_aligned(writer, fault));
    return archive_writer_append_spool(writer, sweep->builder->shapes, fault);
}

static enum status sweep_and_write(struct sweep *sweep, struct archive_writer *writer,
                                   uint32_t kind, struct fault *fault)
{
    const struct index_build_options *const options = &sweep->builder->options;
    TRY(spool_new(options->sys, options->account, options->directory, &sweep->starts, fault));
    TRY(spool_new(options->sys, options->account, options->directory, &sweep->lists_of, fault));
    TRY(sweep_cells(sweep, fault));
    return write_section(sweep, writer, kind, fault);
}

enum status areas_builder_write(struct areas_builder *builder, struct archive_writer *writer,
                                uint32_t kind, struct fault *fault)
{
    struct memory_account *const account = builder->options.account;
    struct sweep *const sweep = memory_take_zeroed(account, 1, sizeof(*sweep));
    if (sweep == NULL) {
        return fault_set(fault, STATUS_NO_MEMORY, "no memory for an area index");
    }
    sweep->builder = builder;
    sweep->lists.account = account;
    const enum status status = sweep_and_write(sweep, writer, kind, fault);
    spool_free(sweep->starts);
    spool_free(sweep->lists_of);
    buffer_free(&sweep->lists);
    memory_give(sweep->slots);
    memory_give(sweep);
    return status;
}
