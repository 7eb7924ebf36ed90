// Relation: where a position is to an area, with the doubt that it has.
//
// Of a position with an accuracy of r metres the circle of that radius may be meant: the object is
// somewhere in it (docs/fences.md, "Accuracy"). The share of the circle inside is measured at 64 places of
// it, spread evenly (a sunflower's: Vogel, "A better way to construct the sunflower head", 1979).
// Pure; any thread.
#ifndef FENCE_RELATION_H
#define FENCE_RELATION_H

#include "fence/rule.h"

struct relation {
    bool is_inside, is_near;
    unsigned confidence; // of what is_inside says, 1 to 3; 0: the rule does not ask
    double distance_m;   // to the area; negative: was not needed
};

// `was_inside`: the object is in already, so that the exit distance counts; `was_near` likewise.
// `is_certain`: the point lies in a cell wholly inside. `accuracy_m` is negative when not known.
struct relation relation_of(const struct rule *rule, struct shape area, struct geo_point point,
                            double accuracy_m, bool was_inside, bool was_near, bool is_certain);

// The share, 0 to 1, of the circle around the point that lies in the area.
double relation_share(struct shape area, struct geo_point centre, double radius_m);

// How far from the area a position may be at most to matter to the rule, when it is not in already.
double relation_reach_m(const struct rule *rule);

#endif
