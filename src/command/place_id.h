// Place id: what people call a place: "osm:w123" as answers give it, and how OpenStreetMap's tools
// write the same: "W123", "way/123", "osm:way/123". Pure; any thread.
#ifndef COMMAND_PLACE_ID_H
#define COMMAND_PLACE_ID_H

#include <stdint.h>

#include "base/bytes.h"

// Reads the id of something in an atlas. False leaves `packed` alone.
bool place_id_read(struct bytes text, uint64_t *packed);
// Does it name a live object, "live:COLLECTION:ID"?
bool place_id_is_live(struct bytes text);

// Takes the id before the next comma, without blanks around it; false at the end. Live ids with a comma
// in them are no part of a list.
bool place_id_next(struct bytes *rest, struct bytes *id);

#endif
