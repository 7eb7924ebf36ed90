// Place of interest: an object becomes a draft; what is drawn twice becomes one.
//
// A shop is often a node inside the area of its building, or in two sources. Of the same name and category
// and within 50 m (a node also anywhere in the box of an area up to 500 m wide), or of one Wikidata item,
// the node goes into its nearest area and what a later input has into what an earlier one had: name,
// facts, hours and address are added where they are missing, the id leads to the other's. Two nodes or
// two areas of one source stay two: stops on both sides of a street.
#ifndef ATLAS_BUILD_POI_H
#define ATLAS_BUILD_POI_H

#include "atlas/build_context.h"
#include "atlas/build_world.h"

// `other`, which may be NULL, is a twin that goes into it.
MUST_USE enum status build_poi_take(struct world *world, const struct feature *feature,
                                    const struct feature *other, const struct context *context,
                                    uint32_t *poi, struct fault *fault);

// `from` goes into `into`.
struct poi_twin {
    uint64_t from, into;
    size_t record_offset, record_size; // of `from` while it waits, in build_pois.records; 0 none
    uint32_t draft;                    // of `into`; BUILD_NONE: not made yet
};

MUST_USE enum status build_pois_new(struct world *world, struct fault *fault);
void build_pois_free(struct world *world);

// While things are collected: notes a place of interest with a name.
MUST_USE enum status build_poi_note(struct world *world, const struct feature *feature,
                                    struct fault *fault);
// Once they are: finds the twins.
MUST_USE enum status build_poi_twins_find(struct world *world, struct fault *fault);

// The twin that this object goes into another as; NULL: it is one of its own.
struct poi_twin *build_poi_twin_into(struct world *world, uint64_t id);
MUST_USE enum status build_poi_twin_wait(struct world *world, struct poi_twin *twin,
                                         struct bytes record, struct fault *fault);
// The last that waits for this object; its arrays live until the next call.
MUST_USE enum status build_poi_twin_waiting(struct world *world, uint64_t id, struct feature *other,
                                            bool *has_other, struct fault *fault);
// The draft of an object is there: the ids of those that waited for it lead to it.
MUST_USE enum status build_poi_twins_made(struct world *world, uint64_t id, uint32_t draft,
                                          struct fault *fault);

#endif
