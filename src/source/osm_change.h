// OSM change: what happened to OpenStreetMap's objects, from osmChange files.
//
//     <osmChange version="0.6"><create><node id="1" version="1" timestamp="…" lat="47" lon="9">
//         <tag k="name" v="Vaduz"/></node></create><modify>…</modify><delete>…</delete></osmChange>
//
// Several files may be read one after another into one set; of each object the last state counts.
// XML is read by expat; a DOCTYPE is refused. https://wiki.openstreetmap.org/wiki/OsmChange
#ifndef SOURCE_OSM_CHANGE_H
#define SOURCE_OSM_CHANGE_H

#include "codec/pbf_write.h"
#include "source/pool.h"

struct osm_change {
    enum pbf_object_kind kind;
    bool is_deleted;
    int64_t id;
    uint64_t version; // 0 unknown
    uint64_t order;   // in which it was read
    int32_t lng_e7, lat_e7;
    const struct pbf_write_tag *tags;
    const int64_t *nodes;                   // WAY
    const struct pbf_write_member *members; // RELATION
    size_t tag_count, node_count, member_count;
};

struct osm_changes {
    struct pool pool;
    struct osm_change *items;
    size_t count, capacity;
    int64_t first_time_s, last_time_s; // of the objects; 0 without any
};

// The account is that of the pool, which the caller sets.
void osm_changes_free(struct osm_changes *changes);

// Reads one file, plain or gzip; `name` is for faults.
// Fails: CORRUPT with the line; UNSUPPORTED for what is no osmChange; NO_MEMORY.
MUST_USE enum status osm_changes_read(struct osm_changes *changes, struct bytes file,
                                      const char *name, struct fault *fault);

// After the last file: by kind and id, each object once.
void osm_changes_settle(struct osm_changes *changes);

// Kinds in their order, then ids in osmium's: negative ones by size, then the others.
int osm_object_compare(enum pbf_object_kind left_kind, int64_t left_id,
                       enum pbf_object_kind right_kind, int64_t right_id);

#endif
