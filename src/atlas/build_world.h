// World: what the stages of a build share, and the order they run in.
//
//   collect   inputs            -> places (in memory), rings, things (a spool of features)
//   place     places            -> countries, layers, merged twins, the drafts of places
//   locate    things            -> street pieces and addresses by name (a sorter), drafts of places
//                                  of interest, of postcodes, of cities known from tags only
//   street    pieces, addresses -> streets and the addresses in them (a spool)
//   late      addresses without a street -> the nearest that may be meant, or one of their own
//   cross     nodes of street pieces -> where streets meet (build_crossing.c)
//   name      every name        -> dictionaries and postings
//   write     drafts, rows      -> the atlas
//
// A draft is a document before it has its number. Documents are few against addresses: drafts, the
// strings and the lists are held in memory; everything that grows with the addresses goes through
// spools and sorters. One thread calls all of this; sorters and sources have helpers of their own.
#ifndef ATLAS_BUILD_WORLD_H
#define ATLAS_BUILD_WORLD_H

#include "atlas/build.h"
#include "atlas/build_intern.h"
#include "atlas/build_record.h"
#include "atlas/layout.h"
#include "geo/point.h"
#include "sys/sorter.h"
#include "sys/spool.h"
#include "text/phrase.h"

#define BUILD_NONE UINT32_MAX // no draft, place, list …

// doc.chain is the number of a list in world.lists, of drafts; the other references are final.
struct draft {
    struct atlas_doc doc;
    struct geo_box box; // where has_box
    uint32_t rings;     // of the area: number of a run in world.rings; BUILD_NONE: none
    uint32_t region; // settlement: the draft of its region, where no outline tells it; BUILD_NONE
    uint32_t detail; // street: index in world.streets; place of interest: in world.pois
    uint8_t source;  // of world.source when it was made
    bool has_box;
    bool is_cut; // at the rim of the extract: its point is nowhere in particular
};

struct street_draft {
    uint32_t draft;
    uint32_t contexts;    // list
    uint32_t phrases;     // of its main name: number in world.street_phrases
    uint64_t row_offset;  // of its first struct address_row in world.rows
    uint64_t late_offset; // the same of those that found it late, in world.late_rows
    uint32_t row_count;
    uint32_t late_count;
    uint32_t house_first; // once written: its houses
    uint32_t house_count;
    bool has_line;
    bool is_known; // has an article in Wikipedia or an item in Wikidata
};

struct poi_draft {
    uint32_t opening_hours; // string
    uint32_t street;        // of its address: index in world.streets; BUILD_NONE none
    uint32_t row;           // of that street
};

// A settlement, an area, a postcode's or a country's shape: one object of a source.
struct place {
    uint64_t id;
    uint64_t label;                  // packed id of its label node; 0 none
    uint64_t same[FEATURE_SAME_MAX]; // packed ids of it in other sources; 0 none
    struct geo_point point;
    struct geo_box box;
    size_t record_offset; // in world.place_records
    size_t record_size;
    uint32_t rings; // number of a run in world.rings; BUILD_NONE: a point
    unsigned roles;
    uint64_t wikidata; // digits of "Q123"; 0 none
    uint64_t population;
    uint32_t phrase;      // number of its main phrase in world.phrases; BUILD_NONE none
    uint32_t twin;        // the place it became one document with; BUILD_NONE: none
    uint32_t draft;       // BUILD_NONE: not a document of its own
    uint64_t region_code; // ISO 3166-2, as bytes; 0 none
    uint16_t country;
    uint8_t layer; // LAYER_COUNT: none
    uint8_t admin_level;
    uint8_t place_type;
    uint8_t source;
};

// An id that leads to another document: an object that went into it.
struct alias {
    uint64_t id;
    uint32_t draft;
    uint32_t reserved;
};

struct ring_run {
    uint64_t offset; // in the spool
    uint64_t size;
};

// The outline of a time zone.
struct zone_shape {
    uint32_t rings;   // number of a run in world.rings
    uint32_t name;    // string
    uint16_t country; // that it belongs to; 0 none or several
};

struct build_areas;     // build_area.c
struct build_cities;    // build_city.c
struct build_locations; // build_location.c
struct build_postcodes; // build_postcode.c
struct build_seen;      // build_seen.c
struct build_pois;      // build_poi_twin.c
struct build_shapes;    // build_shape.c

struct world {
    const struct build_options *options;
    struct build_report *report;
    struct memory_account *account;
    const char *directory;
    struct text_folder *folder;
    uint16_t country; // --country; 0 none
    uint8_t source;   // input at hand: the one being read, then that of the object looked at

    struct build_intern strings;
    struct build_intern variants;
    struct build_intern facts;
    struct build_intern lists;   // runs of drafts; number 0 is the empty list
    struct build_intern phrases; // main phrases of places

    struct build_intern street_names;   // country and text as tagged
    struct build_intern street_phrases; // their phrases, each with a zero byte behind it
    uint32_t *street_name_phrases;      // of each name: number in street_phrases
    size_t street_name_phrase_capacity;

    struct draft *drafts;
    struct street_draft *streets;
    struct poi_draft *pois;
    struct alias *aliases;
    struct place *places;
    struct ring_run *rings;
    struct zone_shape *zones;
    size_t zone_count, zone_capacity;
    size_t draft_count, street_count, poi_count, alias_count, place_count, ring_count;
    size_t draft_capacity, street_capacity, poi_capacity, alias_capacity, place_capacity,
        ring_capacity;
    struct buffer place_records;

    struct spool *things;    // encoded features, each after its size (u32)
    struct spool *outlines;  // rings, as build_record_encode_rings
    struct spool *lines;     // street lines: draft, point count, points
    struct spool *ways;      // of streets made of several (build_way.c)
    struct spool *rows;      // struct address_row, a run a street
    struct spool *late;      // the same of addresses without street in reach, or without its name
    struct spool *late_rows; // a run a street of those that found one after all
    struct sorter *named;    // phrase, kind -> street pieces and addresses
    struct sorter *names;    // phrase -> draft, class
    struct sorter *crossing_nodes; // node -> street, point (build_crossing.c)
    struct spool *crossings;       // struct crossing_draft
    struct build_areas *areas;
    struct build_locations *locations;
    struct build_cities *cities;
    struct build_postcodes *postcodes;
    struct build_seen *seen;
    struct build_pois *twins; // places of interest drawn twice
    struct build_shapes *shapes;

    struct text_phrases readings; // of the name read last
    struct buffer buffer;         // for whoever needs one within a function
    struct build_scratch scratch;
};

// "out of memory" with what to do about it.
enum status build_no_memory(const struct world *world, struct fault *fault);

// Counts a warning and passes it on.
PRINTF_LIKE(2, 3) void build_warn(struct world *world, const char *format, ...);

// Tells progress; fails with CANCELLED when asked to stop.
MUST_USE enum status build_progress(struct world *world, const char *stage, uint64_t done,
                                    uint64_t total, struct fault *fault);

MUST_USE enum status build_draft_new(struct world *world, enum atlas_layer layer, uint64_t id,
                                     struct geo_point point, uint32_t *draft, struct fault *fault);
MUST_USE enum status build_alias_add(struct world *world, uint64_t id, uint32_t draft,
                                     struct fault *fault);

// The id of something made of others: a hash of `what` and the bytes it is made of.
uint64_t build_derived_id(const char *what, struct bytes made_of);

// "LI" <-> two letters in 16 bits; 0 for anything that is not two letters.
uint16_t build_country_pack(const char country[3]);
void build_country_text(uint16_t packed, char country[3]);

struct geo_box build_box_of(struct geo_point point);

// A free name for a temporary file, of at most FILE_PATH_MAX bytes.
MUST_USE enum status build_temporary_name(const struct world *world, const char *what, char *path,
                                          struct fault *fault);

// memory_give, spool_free of what the pointer points to, for SCOPED.
void build_give(const void *block);
void build_spool_free(struct spool **spool);

#endif
