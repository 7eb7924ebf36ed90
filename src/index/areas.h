// Areas: which of many areas hold a place, as one section of an archive.
//
// Every area is covered with cells; a cell is inside it or on its edge. The cells of all areas,
// nested and overlapping, are flattened to one row of intervals of leaf cells, each with the list
// of the areas there; equal lists are stored once. A question finds its interval (a directory of
// the curve, then a short binary search) and reads the list: areas whose inside it is are answers,
// for the others the exact test of geo/ring_index.h decides.
//
//   OFFSET  SIZE           MEANING
//   0       64             struct areas_header
//   ...     8 * intervals  first leaf cell of each interval, ascending, the first one 0
//   ...     4 * intervals  where its list begins, in the lists
//   ...     4 * words      lists: count, then count times (area << 1 | is on the edge), ascending
//   ...     4 * buckets+1  directory: the interval that holds the first leaf of each bucket
//   ...     16 * areas     struct areas_entry
//   ...     shapes         ring indexes (geo/ring_index.h), 8-aligned
//
// Each array begins at a multiple of 64. The same areas in the same order give the same bytes.
// Building blocks; reading is for any thread.
#ifndef INDEX_AREAS_H
#define INDEX_AREAS_H

#include "archive/archive_write.h"
#include "geo/cell.h"
#include "geo/ring.h"
#include "index/build.h"

struct areas_header {
    uint32_t interval_count;
    uint32_t word_count;
    uint32_t area_count;
    uint32_t bucket_shift; // a bucket is 2^shift leaf ids
    uint64_t bucket_base;  // leaf id where the first bucket begins
    uint32_t bucket_count;
    uint32_t reserved0;
    uint64_t shapes_size;
    uint64_t reserved[3];
};
_Static_assert(sizeof(struct areas_header) == 64, "areas_header is a format");

struct areas_entry {
    uint64_t shape_offset; // in the shapes
    uint32_t shape_size;
    uint32_t reference;
};
_Static_assert(sizeof(struct areas_entry) == 16, "areas_entry is a format");

struct areas_builder;
struct ring_index; // geo/ring_index.h

MUST_USE enum status areas_builder_new(const struct index_build_options *options,
                                       struct areas_builder **builder, struct fault *fault);
// Rings are copied. Fails: OUT_OF_RANGE when they have 2^28 points or more.
MUST_USE enum status areas_builder_add(struct areas_builder *builder, const struct geo_rings *rings,
                                       uint32_t reference, struct fault *fault);
// Writes the section `kind`, also when there are no areas. Once.
MUST_USE enum status areas_builder_write(struct areas_builder *builder,
                                         struct archive_writer *writer, uint32_t kind,
                                         struct fault *fault);
// NULL is accepted.
void areas_builder_free(struct areas_builder *builder);

// A view of the section; zeroed, it has no areas. The bytes are the archive's.
struct areas_index {
    struct areas_header header;
    const uint64_t *starts;
    const uint32_t *lists_of;
    const uint32_t *lists;
    const uint32_t *buckets;
    const struct areas_entry *entries;
    const uint8_t *shapes;
};

// O(1). Fails: CORRUPT when the section's size is not what its header says.
MUST_USE enum status areas_open(struct bytes section, struct areas_index *index,
                                struct fault *fault);
// Everything queries rely on. Fails: CORRUPT.
MUST_USE enum status areas_verify(const struct areas_index *index, struct fault *fault);

// Writes the references of at most `capacity` areas that hold the place, in the order in which they
// were added, and returns how many hold it (more than `capacity` when some were left out).
// Cost: 0.2 us for four nested areas of 400 points (src/index/index_bench.c).
size_t areas_at(const struct areas_index *index, struct geo_point point, uint32_t *references,
                size_t capacity);

// The areas of one reference, where areas were added by ascending reference: how many, the first at
// `*first`.
size_t areas_of(const struct areas_index *index, uint32_t reference, uint32_t *first);

// The shape of an area below index->header.area_count; false when its bytes are no shape.
bool areas_shape(const struct areas_index *index, uint32_t area, struct ring_index *shape);

#endif
