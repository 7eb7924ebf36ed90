// Locate: everything that is not a place gets its context, and goes to where its name brings it.
//
// Street pieces and addresses go into world->named by the main phrase of the street's name; places
// of interest become drafts at once; interpolations become the addresses they stand for.
#ifndef ATLAS_BUILD_LOCATE_H
#define ATLAS_BUILD_LOCATE_H

#include "atlas/build_context.h"
#include "atlas/build_world.h"

// A key of world->named is a phrase, a zero byte and one of these.
enum named_kind { NAMED_PIECE = 0, NAMED_ADDRESS = 1 };

// The value of an address.
struct address_row {
    uint64_t id;
    struct geo_point point;
    uint32_t poi;         // draft or BUILD_NONE
    uint32_t street_name; // number in world->street_names; BUILD_NONE: no name, or not one letter
    uint32_t text, unit;  // strings
    uint32_t number, suffix;
    struct context context;
    uint8_t is_interpolated;
    uint8_t source;
    uint16_t reserved; // bytes beside: rows are written as they lie
};

// The value of a street piece: this and its record.
struct piece_head {
    uint32_t location;
    uint32_t street_name;
    uint32_t country;
};

MUST_USE enum status build_locate(struct world *world, struct fault *fault);

// A new, empty world->named.
MUST_USE enum status build_named_new(struct world *world, struct fault *fault);

// Sends a value to the group of a street name in world->named; OK and not sent when the name has no
// letters.
MUST_USE enum status build_named_add(struct world *world, uint32_t street_name,
                                     enum named_kind kind, struct bytes value, bool *is_sent,
                                     struct fault *fault);

// The same by the fullest of the name's phrases that some name is first read as: where no street of
// the name is drawn, "N AVE" of one source and "North Avenue" of another are one.
struct build_mains { // the first phrases of all street names
    struct build_intern phrases;
    size_t count; // numbers below it are such
};
MUST_USE enum status build_mains_gather(struct world *world, struct build_mains *mains,
                                        struct fault *fault);
MUST_USE enum status build_named_add_fullest(struct world *world, struct build_mains *mains,
                                             uint32_t street_name, struct bytes value,
                                             bool *is_sent, struct fault *fault);

// The text of a street name as tagged, by its number; valid until the next name is met.
struct bytes build_street_name_at(const struct world *world, uint32_t number);

// All phrases of that name, each followed by a zero byte.
struct bytes build_street_phrases_at(const struct world *world, uint32_t number);

#endif
