#include "index/areas.h"

#include "geo/ring_index.h"
#include "index/areas_private.h"

struct areas_layout areas_layout_of(const struct areas_header *header)
{
    struct areas_layout layout = {.starts = sizeof(struct areas_header)};
    layout.lists_of = areas_align(layout.starts + header->interval_count * UINT64_C(8));
    layout.lists = areas_align(layout.lists_of + header->interval_count * UINT64_C(4));
    layout.buckets = areas_align(layout.lists + header->word_count * UINT64_C(4));
    layout.entries = areas_align(layout.buckets + (header->bucket_count + UINT64_C(1)) * 4);
    layout.shapes = areas_align(layout.entries + header->area_count * sizeof(struct areas_entry));
    return layout;
}

enum status areas_open(struct bytes section, struct areas_index *index, struct fault *fault)
{
    *index = (struct areas_index){0};
    if (section.size == 0) {
        return STATUS_OK;
    }
    struct areas_header header;
    if (section.size < sizeof(header)) {
        return fault_set(fault, STATUS_CORRUPT, "an area index cannot have %zu bytes",
                         section.size);
    }
    memcpy(&header, section.data, sizeof(header));
    const struct areas_layout layout = areas_layout_of(&header);
    if (header.shapes_size > section.size || header.bucket_shift > 63 ||
        section.size != layout.shapes + header.shapes_size) {
        return fault_set(fault, STATUS_CORRUPT,
                         "an area index of %u areas and %u intervals cannot have %zu bytes",
                         header.area_count, header.interval_count, section.size);
    }
    const void *const starts = section.data + layout.starts;
    const void *const lists_of = section.data + layout.lists_of;
    const void *const lists = section.data + layout.lists;
    const void *const buckets = section.data + layout.buckets;
    const void *const entries = section.data + layout.entries;
    *index = (struct areas_index){.header = header,
                                  .starts = starts,
                                  .lists_of = lists_of,
                                  .lists = lists,
                                  .buckets = buckets,
                                  .entries = entries,
                                  .shapes = section.data + layout.shapes};
    return STATUS_OK;
}

// The list of the words at `offset`, kept within the lists whatever the bytes say.
struct list {
    const uint32_t *words;
    uint32_t count;
};

static struct list list_at(const struct areas_index *index, uint32_t offset)
{
    const uint32_t word_count = index->header.word_count;
    if (offset >= word_count) {
        return (struct list){0};
    }
    const uint32_t count = index->lists[offset];
    const uint32_t room = word_count - offset - 1;
    return (struct list){.words = &index->lists[offset + 1], .count = count < room ? count : room};
}

static struct bytes shape_of(const struct areas_index *index, uint32_t area)
{
    const struct areas_entry entry = index->entries[area];
    const uint64_t size = index->header.shapes_size;
    if (entry.shape_offset > size || entry.shape_size > size - entry.shape_offset ||
        entry.shape_offset % 8 != 0) {
        return (struct bytes){0};
    }
    return (struct bytes){.data = index->shapes + entry.shape_offset, .size = entry.shape_size};
}

static enum status verify_list(const struct areas_index *index, uint32_t interval,
                               struct fault *fault)
{
    const uint32_t offset = index->lists_of[interval];
    const struct list list = list_at(index, offset);
    if (list.words == NULL || list.count != index->lists[offset]) {
        return fault_set(fault, STATUS_CORRUPT, "area index: the list of interval %u is cut short",
                         interval);
    }
    for (uint32_t i = 0; i < list.count; i++) {
        if (list.words[i] >> 1 >= index->header.area_count ||
            (i > 0 && list.words[i] >> 1 <= list.words[i - 1] >> 1)) {
            return fault_set(fault, STATUS_CORRUPT, "area index: the list of interval %u is wrong",
                             interval);
        }
    }
    return STATUS_OK;
}

static enum status verify_intervals(const struct areas_index *index, struct fault *fault)
{
    const uint32_t count = index->header.interval_count;
    if (count == 0 || index->starts[0] != 0) {
        return fault_set(fault, STATUS_CORRUPT, "area index: the intervals do not begin at 0");
    }
    for (uint32_t i = 0; i < count; i++) {
        if (i > 0 && index->starts[i] <= index->starts[i - 1]) {
            return fault_set(fault, STATUS_CORRUPT, "area index: interval %u is out of order", i);
        }
        TRY(verify_list(index, i, fault));
    }
    uint32_t interval = 0;
    for (uint32_t bucket = 0; bucket <= index->header.bucket_count; bucket++) {
        const uint64_t first =
            index->header.bucket_base + ((uint64_t)bucket << index->header.bucket_shift);
        while (interval + 1 < count && index->starts[interval + 1] <= first) {
            interval++;
        }
        if (index->buckets[bucket] != interval) {
            return fault_set(fault, STATUS_CORRUPT, "area index: bucket %u is wrong", bucket);
        }
    }
    return STATUS_OK;
}

enum status areas_verify(const struct areas_index *index, struct fault *fault)
{
    if (index->starts == NULL) {
        return STATUS_OK; // no section, no areas
    }
    TRY(verify_intervals(index, fault));
    uint64_t offset = 0;
    for (uint32_t area = 0; area < index->header.area_count; area++) {
        if (index->entries[area].shape_offset != offset) {
            return fault_set(fault, STATUS_CORRUPT, "area index: the shape of area %u is astray",
                             area);
        }
        const struct bytes shape = shape_of(index, area);
        if (shape.data == NULL || shape.size % 8 != 0) {
            return fault_set(fault, STATUS_CORRUPT, "area index: area %u has no shape", area);
        }
        const enum status status = ring_index_verify(shape, fault);
        if (status != STATUS_OK) {
            return fault_prefix(fault, status, "area index: area %u", area);
        }
        offset += shape.size;
    }
    return offset == index->header.shapes_size
               ? STATUS_OK
               : fault_set(fault, STATUS_CORRUPT, "area index: shapes that belong to no area");
}

// The last interval that begins at the leaf or before.
static uint32_t interval_of(const struct areas_index *index, cell_id leaf)
{
    const struct areas_header *const header = &index->header;
    const uint32_t last = header->interval_count - 1;
    if (leaf < header->bucket_base) {
        return 0;
    }
    const uint64_t bucket = (leaf - header->bucket_base) >> header->bucket_shift;
    const bool is_beyond = bucket >= header->bucket_count;
    uint32_t low = index->buckets[is_beyond ? header->bucket_count : bucket];
    uint32_t high = is_beyond ? last : index->buckets[bucket + 1];
    low = low < last ? low : last;
    high = high < last ? high : last;
    while (low < high) {
        const uint32_t middle = high - (high - low) / 2;
        if (index->starts[middle] <= leaf) {
            low = middle;
        } else {
            high = middle - 1;
        }
    }
    return low;
}

size_t areas_at(const struct areas_index *index, struct geo_point point, uint32_t *references,
                size_t capacity)
{
    if (index->header.interval_count == 0) {
        return 0;
    }
    const cell_id leaf = cell_from_point(point, CELL_LEVEL_MAX);
    const struct list list = list_at(index, index->lists_of[interval_of(index, leaf)]);
    size_t count = 0;
    for (uint32_t i = 0; i < list.count; i++) {
        const uint32_t area = list.words[i] >> 1;
        if (area >= index->header.area_count) {
            continue; // a page of the section has turned to zeros
        }
        if ((list.words[i] & 1) != 0) {
            struct ring_index shape;
            if (!ring_index_open(shape_of(index, area), &shape) ||
                !ring_index_contains(&shape, point)) {
                continue;
            }
        }
        if (count < capacity) {
            references[count] = index->entries[area].reference;
        }
        count++;
    }
    return count;
}

size_t areas_of(const struct areas_index *index, uint32_t reference, uint32_t *first)
{
    uint32_t low = 0;
    for (uint32_t high = index->header.area_count; low < high;) {
        const uint32_t middle = low + (high - low) / 2;
        if (index->entries[middle].reference < reference) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    *first = low;
    size_t count = 0;
    while (low + count < index->header.area_count &&
           index->entries[low + count].reference == reference) {
        count++;
    }
    return count;
}

bool areas_shape(const struct areas_index *index, uint32_t area, struct ring_index *shape)
{
    return ring_index_open(shape_of(index, area), shape);
}
