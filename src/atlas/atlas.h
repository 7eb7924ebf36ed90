// Atlas: an archive opened for reading; the published world as of one build.
//
// Opening a stamped file is O(1). A file not stamped on this machine is checked whole (checksums,
// then every reference of every section) and stamped, so that after atlas_open returns OK all reads
// below are unchecked array accesses. An atlas is immutable: any number of threads, no locks.
// Everything returned points into the mapping and lives until atlas_close.
#ifndef ATLAS_ATLAS_H
#define ATLAS_ATLAS_H

#include <stdbool.h>

#include "atlas/layout.h"
#include "base/bytes.h"
#include "base/memory.h"
#include "base/status.h"
#include "fst/fst.h"
#include "geo/point.h"
#include "index/areas.h"
#include "index/lines.h"
#include "index/points.h"
#include "source/feature.h"
#include "sys/sys.h"

struct atlas {
    struct archive *archive; // owned
    // A copy, with what is read to index other sections: it must not turn to zeros with a file that
    // is cut short under the map.
    struct atlas_header header_copy;
    const struct atlas_header *header; // the copy
    struct bytes strings;
    const struct atlas_source *sources;
    const uint32_t *categories; // strings
    const struct atlas_doc *docs;
    const uint64_t *cells;
    const struct geo_box *boxes;
    const uint32_t *variants;
    const uint32_t *facts; // at least the empty list
    const uint32_t *chains;
    const struct atlas_street *streets;
    const struct atlas_poi *pois;
    const struct atlas_house *houses;
    const uint64_t *house_ids;
    const uint32_t *numbers;      // house rows by (number, suffix, phrase of the street)
    const uint8_t *doc_sources;   // NULL: not said
    const uint8_t *house_sources; // the same
    const uint64_t *id_keys;
    const uint32_t *id_refs;
    const uint32_t *name_index;
    const uint32_t *name_docs;
    const uint8_t *name_words;
    const uint32_t *word_index;
    const uint32_t *word_names;
    const struct atlas_crossing *crossings;
    const uint32_t *crossings_reversed; // rows of `crossings` by (street_b, street_a)
    const struct atlas_way *ways;
    uint32_t crossing_count, way_count;
    const uint32_t *category_index; // categories + 1 offsets into the next; NULL: not there
    const uint32_t *category_pois;  // documents, ascending within a category
    uint32_t category_poi_count;
    uint32_t source_count, category_count, doc_count, box_count, id_count;
    uint32_t variant_size, chain_size, fact_size; // in u32
    uint32_t name_doc_count, word_name_count;
    struct fst names;
    struct fst words;
    struct points_index points;          // houses and places of interest: atlas references
    struct points_index settlements;     // documents of the layers locality, borough, neighbourhood
    struct lines_index lines;            // document - layer_first[LAYER_STREET]
    struct areas_index areas;            // documents
    struct points_index crossing_points; // crossings: atlas references
    struct areas_index zones;            // rows of zone_names
    const struct atlas_zone *zone_names;
    uint32_t zone_name_count;
};

// Fails: IO; CORRUPT, UNSUPPORTED with the sentence of archive_open, or naming the section, the row
// and the command that mends it. Blocks: run it on a worker.
MUST_USE enum status atlas_open(const struct sys *sys, struct memory_account *account,
                                const char *path, struct atlas **atlas, struct fault *fault);
void atlas_close(struct atlas *atlas);

// Reads what every search touches (dictionaries, postings, documents, trees) and keeps it in memory, as far
// as the system lets it (RLIMIT_MEMLOCK); best effort. Returns the bytes that stay. Blocks.
uint64_t atlas_lock(const struct atlas *atlas);

// Checks every reference of every section, stamped or not; linear in the size of the file. Scratch
// memory (about three times the dictionaries) is taken from `account`.
MUST_USE enum status atlas_verify(const struct atlas *atlas, struct memory_account *account,
                                  struct fault *fault);

struct bytes atlas_string(const struct atlas *atlas, uint32_t reference);

// A list of CHAINS: documents.
struct atlas_list {
    const uint32_t *items;
    uint32_t count;
};
struct atlas_list atlas_chain(const struct atlas *atlas, uint32_t offset);

// What is known of a document besides its fields: pairs of strings (key, value), the first what kind
// of thing its source says it is ("amenity", "restaurant"). `count` is of pairs.
struct atlas_list atlas_facts(const struct atlas *atlas, uint32_t doc);

// Index in atlas->sources of where a document or a house row comes from; ATLAS_SOURCE_NONE when made
// by the builder or not said.
uint8_t atlas_source_of(const struct atlas *atlas, uint32_t reference);

// The areas that hold a place: documents, in no order that matters. A coarse outline of the world layer
// is left out where a boundary says otherwise. Returns how many were written, at most `capacity`.
size_t atlas_areas_at(const struct atlas *atlas, struct geo_point point, uint32_t *docs,
                      size_t capacity);

// The object of its source that lies nearest to `point`, of a street that is made of several: that whose
// box holds the point, of several the smallest. Of another document its own id.
uint64_t atlas_way_at(const struct atlas *atlas, uint32_t doc, struct geo_point point);

// The places of interest of a category, by its number in the atlas.
struct atlas_list atlas_category_pois(const struct atlas *atlas, uint32_t category);

static inline uint32_t atlas_layer_first(const struct atlas *atlas, enum atlas_layer layer)
{
    return atlas->header->layer_first[layer];
}

static inline const struct atlas_street *atlas_street_of(const struct atlas *atlas, uint32_t doc)
{
    return &atlas->streets[doc - atlas->header->layer_first[LAYER_STREET]];
}

static inline const struct atlas_crossing *atlas_crossing_of(const struct atlas *atlas,
                                                             uint32_t reference)
{
    return &atlas->crossings[reference & ~ATLAS_REF_CROSSING];
}

// The packed id of a document, a house row, a crossing.
uint64_t atlas_id_of(const struct atlas *atlas, uint32_t reference);

// Where a document, a house row, a crossing is.
static inline struct geo_point atlas_point(const struct atlas *atlas, uint32_t reference)
{
    if ((reference & ATLAS_REF_HOUSE) != 0) {
        const struct atlas_house *const house = &atlas->houses[reference & ~ATLAS_REF_HOUSE];
        return (struct geo_point){.lng_e7 = house->lng_e7, .lat_e7 = house->lat_e7};
    }
    if (atlas_is_crossing(reference)) {
        const struct atlas_crossing *const crossing = atlas_crossing_of(atlas, reference);
        return (struct geo_point){.lng_e7 = crossing->lng_e7, .lat_e7 = crossing->lat_e7};
    }
    const struct atlas_doc *const doc = &atlas->docs[reference];
    return (struct geo_point){.lng_e7 = doc->lng_e7, .lat_e7 = doc->lat_e7};
}

// Finds what a public id names (source objects that went into another are found as that).
// Fails: NOT_FOUND.
MUST_USE enum status atlas_find(const struct atlas *atlas, uint64_t packed_id, uint32_t *reference);

// Public ids: 64 bits inside, "osm:w123" outside.
// Bits: kind (4) | type: none, n, w, r (2) | number, zigzag (58).
uint64_t atlas_id_pack(struct source_id id);
struct source_id atlas_id_unpack(uint64_t packed);

#define ATLAS_ID_TEXT_SIZE 40
void atlas_id_format(uint64_t packed, char text[ATLAS_ID_TEXT_SIZE]);
// Fails: OUT_OF_RANGE when the text is not an id.
MUST_USE enum status atlas_id_parse(struct bytes text, uint64_t *packed);

#endif
