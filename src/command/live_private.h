// What the files of the live API share.
#ifndef COMMAND_LIVE_PRIVATE_H
#define COMMAND_LIVE_PRIVATE_H

#include "codec/json_write.h"
#include "command/call.h"
#include "live/live.h"

// Calls (command/call.h), one a route.
void collection_list_run(struct call *call);
void collection_get_run(struct call *call);
void collection_put_run(struct call *call);
void collection_drop_run(struct call *call);
void object_put_run(struct call *call);
void object_patch_run(struct call *call);
void object_get_run(struct call *call);
void object_delete_run(struct call *call);
void object_list_run(struct call *call);
void object_query_run(struct call *call);
void object_load_run(struct call *call);
void history_run(struct call *call);
void track_run(struct call *call);
void track_owntracks_run(struct call *call);
void track_osmand_run(struct call *call);

// Rows of their parameters stand in this order.
enum { COLLECTIONS_LIMIT, COLLECTIONS_CURSOR };
enum { COLLECTION_NAME };
enum { OBJECT_COLLECTION, OBJECT_ID, OBJECT_DURABILITY, OBJECT_PURGE };
enum {
    OBJECTS_COLLECTION,
    OBJECTS_NEAR,
    OBJECTS_RADIUS,
    OBJECTS_WITHIN,
    OBJECTS_INTERSECTS,
    OBJECTS_BBOX,
    OBJECTS_FILTER,
    OBJECTS_FIELDS,
    OBJECTS_LIMIT,
    OBJECTS_CURSOR,
    OBJECTS_PARAMETER_COUNT,
};
enum { LOAD_COLLECTION, LOAD_DURABILITY };
enum {
    HISTORY_COLLECTION,
    HISTORY_ID,
    HISTORY_FROM,
    HISTORY_UNTIL,
    HISTORY_ORDER,
    HISTORY_LIMIT,
    HISTORY_CURSOR,
};
enum { TRACK_COLLECTION, TRACK_DURABILITY };
enum { OWNTRACKS_COLLECTION, OWNTRACKS_USER, OWNTRACKS_DEVICE };
extern const struct parameter live_osmand_parameters[];
extern const size_t live_osmand_parameter_count;

// What the parameter `durability` says, else the collection; for call_write.
enum durability live_durability(const struct call *call, const struct value *value,
                                struct bytes collection);

// The collection, or NULL after call_fail.
const struct collection *live_find_collection(struct call *call, struct bytes name);

// Sets what holds for collections that HTTP makes: positions are kept.
struct collection_settings live_default_settings(void);
// Inside a decide: the collection, made when there is none.
MUST_USE enum status live_need_collection(struct call *call, struct ledger_turn *turn,
                                          struct bytes name, const struct collection **collection,
                                          struct fault *fault);

// The body was read and is wrong: 400 with its sentence, or 503 without memory.
void live_fail_body(struct call *call, enum status status, const struct fault *fault);

// Cursors: what a page ended with, as text that means something to the same question only. `salt` is
// a hash of the question. -------------------------------------------------------------------------
uint64_t cursor_hash(uint64_t hash, struct bytes text);
// Appends `"next":"…"`.
void cursor_write(struct json_writer *json, uint64_t salt, struct bytes position);
// Fills `position` (whose memory is the call's). Fails: OUT_OF_RANGE with a sentence.
MUST_USE enum status cursor_read(struct call *call, struct bytes text, uint64_t salt,
                                 struct bytes *position, struct fault *fault);

#endif
