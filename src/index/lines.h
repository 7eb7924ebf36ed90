// Lines: which streets are nearest, as one section of an archive.
//
// Every piece of a line (two points) is an item of its own, in the order of the cells of the
// pieces' middles on the Hilbert curve, in blocks of 16 under a tree of boxes (index/tree.h). A
// line is known by its reference; several lines may share one (a street of many ways). The section
// is that of index/pack.h; an item is (lng, lat) twice and the reference.
//
// The same lines give the same bytes in whatever order they were added. Building blocks; reading is
// for any thread.
#ifndef INDEX_LINES_H
#define INDEX_LINES_H

#include "archive/archive_write.h"
#include "geo/point.h"
#include "index/build.h"
#include "index/tree.h"

struct lines_block {
    int32_t from_lng_e7[TREE_FANOUT];
    int32_t from_lat_e7[TREE_FANOUT];
    int32_t to_lng_e7[TREE_FANOUT];
    int32_t to_lat_e7[TREE_FANOUT];
    uint32_t reference[TREE_FANOUT];
};
_Static_assert(sizeof(struct lines_block) == 320, "lines_block is a format");

struct lines_builder;

MUST_USE enum status lines_builder_new(const struct index_build_options *options,
                                       struct lines_builder **builder, struct fault *fault);
// A line of one point is a place; of none, nothing.
MUST_USE enum status lines_builder_add(struct lines_builder *builder,
                                       const struct geo_point *points, size_t count,
                                       uint32_t reference, struct fault *fault);
// Writes the section `kind`, also when there are no lines. Once.
MUST_USE enum status lines_builder_write(struct lines_builder *builder,
                                         struct archive_writer *writer, uint32_t kind,
                                         struct fault *fault);
// NULL is accepted.
void lines_builder_free(struct lines_builder *builder);

// A view of the section; zeroed, it has no lines. The bytes are the archive's.
struct lines_index {
    const struct lines_block *blocks;
    struct tree tree;
};

// O(1). Fails: CORRUPT when the section's size is not what its count says.
MUST_USE enum status lines_open(struct bytes section, struct lines_index *index,
                                struct fault *fault);
// Everything queries rely on. Fails: CORRUPT.
MUST_USE enum status lines_verify(const struct lines_index *index, struct fault *fault);

struct lines_hit {
    uint32_t reference;
    struct geo_point point; // the nearest place of the lines with this reference
    double distance_m;      // to it, great circle
};

// May a line be in the answer? Asked only of lines near enough to be.
typedef bool lines_filter(void *context, uint32_t reference);

// Piece `item` in the order of the curve, below index->tree.item_count.
struct lines_item {
    struct geo_point from, to;
    uint32_t reference;
};
static inline struct lines_item lines_at(const struct lines_index *index, uint32_t item)
{
    const struct lines_block *const block = &index->blocks[item / TREE_FANOUT];
    const uint32_t lane = item % TREE_FANOUT;
    return (struct lines_item){
        .from = {.lng_e7 = block->from_lng_e7[lane], .lat_e7 = block->from_lat_e7[lane]},
        .to = {.lng_e7 = block->to_lng_e7[lane], .lat_e7 = block->to_lat_e7[lane]},
        .reference = block->reference[lane]};
}

// The at most `capacity` references whose lines come nearest to `centre` within `radius_m`, each
// once, nearest first. A piece is straight in a local map around the centre (geo/distance.h).
// `filter` NULL: all. Cost: 0.65 us for one of 4,000 streets (src/index/index_bench.c).
size_t lines_nearest(const struct lines_index *index, struct geo_point centre, double radius_m,
                     lines_filter *filter, void *context, struct lines_hit *hits, size_t capacity);

// Calls `take` with every piece of one reference that lies in the box, in the order of the curve. Cost:
// looks at all pieces in the box.
typedef void lines_take(void *context, const struct lines_item *item);
void lines_within(const struct lines_index *index, struct geo_box box, uint32_t reference,
                  lines_take *take, void *context);

#endif
