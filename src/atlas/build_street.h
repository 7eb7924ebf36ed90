// Street: the pieces of one name become streets, and addresses find theirs.
//
// All pieces and addresses of one phrase are looked at together. Pieces that share a node, or lie
// within 300 m of each other, are one street, never across the border of two localities. An address
// goes to the nearest street of its name within 2 km, one in its own locality first; addresses
// whose name has no street there make one of their own.
#ifndef ATLAS_BUILD_STREET_H
#define ATLAS_BUILD_STREET_H

#include "atlas/build_locate.h"
#include "atlas/build_world.h"

struct piece {
    uint64_t id;
    struct geo_box box;
    struct geo_point middle;
    size_t point_first;                // in group.points
    size_t record_offset, record_size; // in group.records
    uint32_t point_count;
    uint32_t location;
    uint32_t locality; // the area it lies in, or BUILD_NONE
    uint32_t cluster;  // another piece of its street, itself if it stands for it
    uint32_t street_name;
    uint16_t country;
    uint8_t rank;
    uint8_t source;
};

struct group_address {
    struct address_row row;
    uint32_t piece;   // that stands for its street; BUILD_NONE: none near
    uint32_t cluster; // then: another address of its street, itself if it stands for it
    uint32_t order;   // in which they came
};

// Everything of one phrase. Reused from group to group.
struct street_group {
    struct world *world;
    struct buffer phrase;
    struct buffer records; // of the pieces
    struct piece *pieces;
    struct geo_point *points;
    struct group_address *addresses;
    struct group_node {
        int64_t node;
        uint32_t piece;
    } * nodes;
    struct address_row *rows; // of the street at hand
    size_t piece_count, piece_capacity;
    size_t point_count, point_capacity;
    size_t address_count, address_capacity;
    size_t node_count, node_capacity;
    size_t row_capacity;
    bool is_last; // addresses without a street make their own; before that they wait in world->late
};

// build_group.c: makes the streets of what is in world->named, and empties it.
MUST_USE enum status build_streets(struct world *world, bool is_last, struct fault *fault);

// build_street.c: makes a street of pieces (indices, by id) and the addresses that found it.
MUST_USE enum status build_street_make(struct street_group *group, const uint32_t *pieces,
                                       size_t count, const struct group_address *addresses,
                                       size_t address_count, struct fault *fault);

// Makes a street that only addresses know of. `is_alone`: none before it has its name and locality.
MUST_USE enum status build_street_imply(struct street_group *group,
                                        const struct group_address *addresses, size_t count,
                                        bool is_alone, struct fault *fault);

// A street that got one more address contains what that address is in.
MUST_USE enum status build_street_contexts_add(struct world *world, struct street_draft *street,
                                               const struct context *context, struct fault *fault);

// build_cluster.c: finds the streets of a group. Sets piece.cluster and address.piece, and
// address.cluster of those that found none.
MUST_USE enum status build_cluster_pieces(struct street_group *group, struct fault *fault);
MUST_USE enum status build_cluster_attach(struct street_group *group, struct fault *fault);
MUST_USE enum status build_cluster_leftovers(struct street_group *group, struct fault *fault);

#endif
