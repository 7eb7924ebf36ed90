// Points: which of many places are nearest, as one section of an archive.
//
// Places lie in the order of their cells on the Hilbert curve in blocks of 16, coordinates beside
// references: three cache lines. Above them stands a tree of boxes, packed without pointers
// (index/tree.h). Looking for the nearest walks down towards the nearer boxes first and leaves out
// all that is farther than what it has. The section is that of index/pack.h; an item is (lng, lat,
// reference).
//
// 12 bytes a place and 1.1 for the tree. The same places give the same bytes in whatever order they
// were added. Building blocks; reading is for any thread.
#ifndef INDEX_POINTS_H
#define INDEX_POINTS_H

#include "archive/archive_write.h"
#include "geo/point.h"
#include "index/build.h"
#include "index/tree.h"

struct points_block {
    int32_t lng_e7[TREE_FANOUT];
    int32_t lat_e7[TREE_FANOUT];
    uint32_t reference[TREE_FANOUT];
};
_Static_assert(sizeof(struct points_block) == 192, "points_block is a format");

struct points_builder;

MUST_USE enum status points_builder_new(const struct index_build_options *options,
                                        struct points_builder **builder, struct fault *fault);
MUST_USE enum status points_builder_add(struct points_builder *builder, struct geo_point point,
                                        uint32_t reference, struct fault *fault);
// Writes the section `kind`, also when there are no places. Once.
MUST_USE enum status points_builder_write(struct points_builder *builder,
                                          struct archive_writer *writer, uint32_t kind,
                                          struct fault *fault);
// NULL is accepted.
void points_builder_free(struct points_builder *builder);

// A view of the section; zeroed, it has no places. The bytes are the archive's.
struct points_index {
    const struct points_block *blocks;
    struct tree tree;
};

// O(1). Fails: CORRUPT when the section's size is not what its count says.
MUST_USE enum status points_open(struct bytes section, struct points_index *index,
                                 struct fault *fault);
// Everything queries rely on: places on the globe and in order, each box exactly that of what is
// below it. Fails: CORRUPT.
MUST_USE enum status points_verify(const struct points_index *index, struct fault *fault);

struct points_hit {
    uint32_t reference;
    struct geo_point point;
    double distance_m; // great circle, as distance_m within 1e-6 m
};

// May a place be in the answer? Asked only of places near enough to be.
typedef bool points_filter(void *context, uint32_t reference);

// Place `item` in the order of the curve, below index->tree.item_count.
struct points_item {
    struct geo_point point;
    uint32_t reference;
};
static inline struct points_item points_at(const struct points_index *index, uint32_t item)
{
    const struct points_block *const block = &index->blocks[item / TREE_FANOUT];
    const uint32_t lane = item % TREE_FANOUT;
    return (struct points_item){
        .point = {.lng_e7 = block->lng_e7[lane], .lat_e7 = block->lat_e7[lane]},
        .reference = block->reference[lane]};
}

// The at most `capacity` places nearest to `centre` within `radius_m`, nearest first, equally near
// ones by reference. Writes them to `hits` and returns how many there are. `filter` NULL: all.
// Cost: 0.8 us for one of 240,000 addresses of a city, 1.6 us for ten (src/index/index_bench.c).
size_t points_nearest(const struct points_index *index, struct geo_point centre, double radius_m,
                      points_filter *filter, void *context, struct points_hit *hits,
                      size_t capacity);

#endif
