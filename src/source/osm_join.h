// OSM join: the places of the nodes that ways ask for, by sorting instead of a table of all nodes.
//
// Every wish gets the next ordinal. The wishes are sorted by node; the nodes of the file pass by in
// their order and are merged with them; the answers go to partitions of ordinals, each small enough
// to be laid out in memory, and are read back in the order of the wishes:
//
//     want want want …   resolve   node node node …   resolved   next next next …
//
// Nodes out of order, negative ids and ids that come twice (the first counts) are understood: from
// the first disorder on, nodes are sorted too. One thread; blocks on temporary files.
#ifndef SOURCE_OSM_JOIN_H
#define SOURCE_OSM_JOIN_H

#include "geo/point.h"
#include "source/source.h"

struct osm_join;

MUST_USE enum status osm_join_new(const struct source_options *options, struct osm_join **join,
                                  struct fault *fault);
void osm_join_free(struct osm_join *join);

// Wishes for a node. A marked wish also gets what the node says (the payload of osm_join_node).
MUST_USE enum status osm_join_want(struct osm_join *join, int64_t node, bool is_marked,
                                   struct fault *fault);

// Ends the wishing.
MUST_USE enum status osm_join_resolve(struct osm_join *join, struct fault *fault);

// A node of the file.
MUST_USE enum status osm_join_node(struct osm_join *join, int64_t id, struct geo_point point,
                                   struct bytes payload, struct fault *fault);

// Ends the nodes.
MUST_USE enum status osm_join_resolved(struct osm_join *join, struct fault *fault);

// The answer to the next wish: false in `is_found` when the file has no such node. The payload is
// empty unless the wish was marked and the node had one; valid until the next call.
MUST_USE enum status osm_join_next(struct osm_join *join, struct geo_point *point, bool *is_found,
                                   struct bytes *payload, struct fault *fault);

#endif
