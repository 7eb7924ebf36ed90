// OSM, inside: what the steps of reading an extract share. See osm.h for the whole.
#ifndef SOURCE_OSM_PRIVATE_H
#define SOURCE_OSM_PRIVATE_H

#include "codec/pbf.h"
#include "source/input.h"
#include "source/osm.h"
#include "source/osm_join.h"
#include "source/osm_tags.h"
#include "source/pool.h"
#include "source/shape.h"
#include "sys/sorter.h"
#include "sys/spool.h"

enum { OSM_SLOTS_MAX = 64 };

// Where a data blob lies in the input.
struct osm_place {
    uint64_t offset; // of its length prefix
    uint32_t header_size;
    uint32_t size; // of the blob behind the header
};

// One way of a relation, in the order of the ways' ids.
struct osm_member {
    int64_t way;
    uint32_t relation;      // number of the record
    uint32_t position : 31; // among the relation's members
    uint32_t is_inner : 1;
};

// A house that a relation of type associatedStreet names the street of.
struct osm_house {
    int64_t id;
    enum pbf_object_kind kind;
    uint32_t street; // offset into osm_reader.street_names: size (4 bytes), text
};

// A node of the block that has something to say.
struct osm_node {
    size_t index; // among the nodes of the block
    struct feature feature;
    struct bytes payload; // what an interpolation that ends here wants to know
};

// What one thread works on: a block and what came out of it.
struct osm_slot {
    struct pbf_decoder decoder;
    struct buffer blob;
    struct pbf_block block;
    struct pool pool; // of the results
    struct pool scratch;

    uint8_t *key_is_known; // by string: key_infos is filled in
    struct osm_key_info *key_infos;
    size_t key_capacity;
    struct osm_tag *tags; // of the object being looked at
    size_t tag_count, tag_capacity;

    // Nodes of the block, all of them.
    int64_t *ids;
    struct geo_point *points; // lng_e7 INT32_MIN: without a place
    size_t node_count, id_capacity, point_capacity;
    struct osm_node *nodes; // the ones with something to say, by index
    size_t told_count, told_capacity;

    // Ways and relations, encoded for the spool, and what they ask for.
    struct buffer records;
    size_t record_count;
    int64_t *wishes; // ways: nodes
    bool *wish_is_marked;
    size_t wish_count, wish_capacity, mark_capacity;
    struct osm_member *members; // relations: .relation counts from the block's first record
    size_t member_count, member_capacity;
    struct osm_house *houses; // .street is an offset into street_names below
    size_t house_count, house_capacity;
    struct buffer street_names;
};

struct osm_reader {
    const struct source_options *options;
    const struct feature_sink *sink;
    struct input *input;
    struct pbf_header header;
    struct buffer header_text; // what the header's texts borrow
    struct osm_place *places;
    size_t place_count, place_capacity;

    // Nodes lie in [0, node_end), ways in [way_begin, way_end), relations in [relation_begin, …): in
    // a sorted file next to each other, where two kinds may share a block; in others all everywhere.
    size_t node_end, way_begin, way_end, relation_begin;

    struct osm_slot slots[OSM_SLOTS_MAX];
    size_t slot_count;
    uint64_t done_size;

    struct spool *relations;
    uint32_t relation_count;
    struct osm_member *members;
    size_t member_count, member_capacity;
    struct osm_house *houses;
    size_t house_count, house_capacity;
    struct buffer street_names;

    struct spool *ways;
    uint64_t way_count;
    struct osm_join *join;
    struct sorter *pieces; // ways of relations, by relation and position

    uint64_t feature_count, skipped_count;
};

// The identity of an object of this file.
static inline struct source_id osm_id(const struct osm_reader *reader, char type, int64_t number)
{
    const enum source_kind kind = reader->header.is_demo ? SOURCE_DEMO : SOURCE_OSM;
    return (struct source_id){.kind = kind, .type = type, .number = number};
}

// In osm_file.c: blobs.

// Finds every blob and reads the header.
MUST_USE enum status osm_file_open(struct osm_reader *reader, struct fault *fault);

// Loads and opens the block at a place into a slot.
MUST_USE enum status osm_block_load(const struct osm_reader *reader, size_t place,
                                    struct osm_slot *slot, struct fault *fault);

// The fault of a step on a block, with file, block and byte put before it.
enum status osm_block_fault(const struct osm_reader *reader, size_t place, enum status status,
                            struct fault *fault);

// Finds where each kind of object lies.
MUST_USE enum status osm_file_parts(struct osm_reader *reader, struct fault *fault);

void osm_slot_free(struct osm_slot *slot);

// In osm_decode.c: a block into a slot's results; any thread.

MUST_USE enum status osm_decode_nodes(const struct osm_reader *reader, struct osm_slot *slot,
                                      struct fault *fault);
MUST_USE enum status osm_decode_ways(const struct osm_reader *reader, struct osm_slot *slot,
                                     struct fault *fault);
MUST_USE enum status osm_decode_relations(const struct osm_reader *reader, struct osm_slot *slot,
                                          struct fault *fault);

// What an interpolation reads of the node at its end.
void osm_end_decode(struct bytes payload, struct feature_end *end);

// In osm_emit.c: records with their geometry into features.

enum osm_record_flag {
    OSM_RECORD_CLOSED = 1, // way: the last node is the first, and is not asked for again
    OSM_RECORD_MEMBER = 2, // way: of a relation we assemble
    OSM_RECORD_TELLS = 4,  // way: has roles of its own
    OSM_RECORD_MARKED = 8, // way: its nodes' house numbers are wanted
    OSM_RECORD_AREA = 16,  // relation: multipolygon or boundary
    OSM_RECORD_LABEL = 32, // relation: names a node for its label
};

MUST_USE enum status osm_emit_ways(struct osm_reader *reader, struct fault *fault);
MUST_USE enum status osm_emit_relations(struct osm_reader *reader, struct fault *fault);

// Hands a feature to the sink and counts it.
MUST_USE enum status osm_emit(struct osm_reader *reader, const struct feature *feature,
                              struct fault *fault);

// Counts an object that is left out in whole or in part, and says so while there are few: "way 7 "
// goes before `what`.
void osm_skip(struct osm_reader *reader, char type, int64_t id, const char *what);

#endif
