// Overlay: live objects among the answers of the search, from the request after the write.
//
// Objects of collections marked `searchable` that have a name or an address are indexed by word. What counts as a
// name or an address stands in overlay_text.c (name, alt_name, name:xx, housenumber, street, city,
// postcode …, also as addr:*). "hides": "osm:w123" keeps that place of the atlas from being found: with
// a name beside it the object takes its place, without one the place is gone.
//
// The index is a few sorted runs of (word, place), never changed once published: a turn's changes
// make a small run, runs of like size are merged, what has gone is marked and dropped in the next
// merge (the logarithmic method: Bentley and Saxe, Decomposable searching problems I, J. Algorithms 1,
// 1980). Positions are
// those of the live view at the time of the question; an object that moves costs nothing here.
//
//     writer    the ledger's thread, as an observer of live and as a stage
//     readers   shards, within a turn: one acquire load
#ifndef SEARCH_OVERLAY_H
#define SEARCH_OVERLAY_H

#include "atlas/layout.h"
#include "live/live.h"

struct overlay;

// Registers with the ledger and with live; after live_new, before ledger_open.
MUST_USE enum status overlay_new(struct ledger *ledger, struct live *live,
                                 struct memory_account *account, struct overlay **overlay,
                                 struct fault *fault);
void overlay_free(struct overlay *overlay); // after ledger_close; NULL is accepted

// What an object says of itself; each text of size 0 when it does not.
enum overlay_part {
    OVERLAY_NAME,
    OVERLAY_OTHER_NAMES, // separated by ';'
    OVERLAY_NUMBER,
    OVERLAY_UNIT,
    OVERLAY_STREET,
    OVERLAY_LOCALITY,
    OVERLAY_POSTCODE,
    OVERLAY_REGION,
    OVERLAY_COUNTRY, // as written
    OVERLAY_ADDRESS, // a whole address in one text
    OVERLAY_CATEGORY,
};
#define OVERLAY_PART_COUNT 11

// One indexed object; lives until the end of the reader's turn.
struct overlay_place {
    uint32_t collection;
    struct bytes id;
    enum atlas_layer
        layer; // LAYER_ADDRESS with a number and no name, LAYER_STREET …, else LAYER_POI
    struct bytes parts[OVERLAY_PART_COUNT];
    struct bytes label; // one line
};

// Public id: "live:COLLECTION:ID". Appends it.
void overlay_id_write(const struct overlay *overlay, const struct overlay_place *place,
                      struct buffer *out);
// The object such an id names; NULL: none, or the text is no such id.
const struct object *overlay_id_find(const struct overlay *overlay, struct bytes text);

// The place of an object, read from its row now, whether indexed or not. Memory for it comes from
// `memory`. Fails: NOT_FOUND when it has neither name nor address; NO_MEMORY.
MUST_USE enum status overlay_place_read(const struct object *object, struct buffer *memory,
                                        struct overlay_place *place);

#endif
