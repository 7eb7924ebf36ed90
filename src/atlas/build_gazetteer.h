// Gazetteer: settlements by name and by nearness, for what an address says of its city.
#ifndef ATLAS_BUILD_GAZETTEER_H
#define ATLAS_BUILD_GAZETTEER_H

#include "atlas/build_world.h"

struct gazetteer_name {
    uint32_t phrase; // number in gazetteer.phrases
    uint32_t draft;
};

struct gazetteer_reach {
    uint64_t tile; // of a grid in degrees
    uint32_t draft;
    uint32_t radius_m;
};

// What a tag says, and where.
struct gazetteer_question {
    struct bytes text;
    struct geo_point point;
    uint16_t country; // 0 unknown
};

struct gazetteer_answer {
    uint32_t draft; // BUILD_NONE: nothing of that name is near
    uint32_t
        phrase; // the main one of the text, in gazetteer.phrases; BUILD_NONE: it has no letters
};

struct build_gazetteer {
    bool is_ready; // nothing is added any more
    struct build_intern phrases;
    struct gazetteer_name *names; // sorted once ready
    struct gazetteer_reach *reaches;
    size_t name_count, name_capacity;
    size_t reach_count, reach_capacity;
    struct build_intern asked; // texts of tags with their country
    struct gazetteer_span {
        uint32_t first, count; // in `candidates`
        uint32_t phrase;       // the main one, in `phrases`; BUILD_NONE: no letters
    } * spans;                 // one for each text asked
    size_t span_capacity;
    uint32_t *candidates;
    size_t candidate_count, candidate_capacity;
};

// Once the gazetteer is ready, names are left out: what is made later is known to who makes it.
MUST_USE enum status gazetteer_add(struct build_gazetteer *gazetteer, struct bytes phrase,
                                   uint32_t draft);

// After the last add: sorts, and lays the settlements without outline on a grid.
MUST_USE enum status gazetteer_ready(struct build_gazetteer *gazetteer, struct world *world,
                                     struct fault *fault);

// The settlement a tag means, seen from a point: the nearest of that name within 50 km, a locality
// rather than a part of one.
MUST_USE enum status gazetteer_find(struct build_gazetteer *gazetteer, struct world *world,
                                    const struct gazetteer_question *question,
                                    struct gazetteer_answer *answer, struct fault *fault);

// The settlement (or, `is_part`, the part of one) whose surroundings the point lies in, of the country
// (0: of any); BUILD_NONE.
uint32_t gazetteer_near(const struct build_gazetteer *gazetteer, const struct world *world,
                        struct geo_point point, uint16_t country, bool is_part);

void gazetteer_free(struct build_gazetteer *gazetteer);

#endif
