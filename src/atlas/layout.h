// Layout: the sections of an atlas, byte for byte (formats/atlas.md draws the same).
//
// An atlas is an archive (archive/archive.h) of arrays. Documents (everything that has a name:
// countries, regions … streets, places of interest) are numbered by (layer, leaf cell): a layer is a
// range of numbers, a region of a layer a few ranges, and the important come first. House numbers
// are not documents but rows of their street, sorted by number.
//
//   text  --names FST-->  name ordinal  --postings-->  documents  --street-->  house rows
//   point --point index-> house rows and places;  --line index-> streets;  --area index-> documents
//   document, house  --chain-->  the documents that contain it, most specific first
//
// All integers little-endian, all references are indices or offsets within a section, 0 means none
// where said. atlas_verify checks every reference once; readers then use them unchecked, and a page
// that reads as zeros (file cut short under the map) is harmless: zero is a valid index everywhere.
#ifndef ATLAS_LAYOUT_H
#define ATLAS_LAYOUT_H

#include <stdbool.h>
#include <stdint.h>

#include "archive/archive.h"

#define ATLAS_SECTION_VERSION 1

// Layers in the order of document numbers.
enum atlas_layer {
    LAYER_COUNTRY = 0,
    LAYER_REGION,
    LAYER_COUNTY,
    LAYER_LOCALITY,      // city, town, village, municipality
    LAYER_BOROUGH,       // borough, suburb, admin level 9
    LAYER_NEIGHBOURHOOD, // quarter, neighbourhood, hamlet inside a locality
    LAYER_POSTCODE,
    LAYER_STREET,
    LAYER_POI,
    LAYER_ADDRESS,      // house rows: no documents of their own
    LAYER_INTERSECTION, // rows of CROSSINGS: neither
    LAYER_POINT,        // a point of the query itself, of no atlas
};
#define LAYER_COUNT     ((enum atlas_layer)12) // also: no layer
#define LAYER_DOC_COUNT 9                      // layers that have documents

#define ATLAS_SECTION_HEADER     ARCHIVE_KIND('H', 'E', 'A', 'D') // one struct atlas_header
#define ATLAS_SECTION_SOURCES    ARCHIVE_KIND('S', 'R', 'C', 'E') // struct atlas_source
#define ATLAS_SECTION_CATEGORIES ARCHIVE_KIND('C', 'A', 'T', 'G') // u32 string
#define ATLAS_SECTION_STRINGS    ARCHIVE_KIND('S', 'T', 'R', 'S') // bytes
#define ATLAS_SECTION_DOCS       ARCHIVE_KIND('D', 'O', 'C', 'S') // struct atlas_doc
#define ATLAS_SECTION_CELLS      ARCHIVE_KIND('D', 'C', 'E', 'L') // u64 leaf cell of each document
#define ATLAS_SECTION_BOXES      ARCHIVE_KIND('B', 'O', 'X', 'S') // struct geo_box
#define ATLAS_SECTION_VARIANTS   ARCHIVE_KIND('N', 'V', 'A', 'R') // u32 lists: other names
#define ATLAS_SECTION_CHAINS     ARCHIVE_KIND('C', 'H', 'A', 'N') // u32 lists: containing documents
#define ATLAS_SECTION_STREETS    ARCHIVE_KIND('S', 'T', 'R', 'T') // struct atlas_street
#define ATLAS_SECTION_POIS       ARCHIVE_KIND('P', 'O', 'I', 'S') // struct atlas_poi
#define ATLAS_SECTION_HOUSES     ARCHIVE_KIND('H', 'O', 'U', 'S') // struct atlas_house
#define ATLAS_SECTION_HOUSE_IDS  ARCHIVE_KIND('H', 'S', 'R', 'C') // u64 packed source id of each
#define ATLAS_SECTION_NUMBERS    ARCHIVE_KIND('H', 'N', 'U', 'M') // u32 rows by number
#define ATLAS_SECTION_ID_KEYS    ARCHIVE_KIND('I', 'D', 'K', 'Y') // u64 packed ids, ascending
#define ATLAS_SECTION_ID_REFS    ARCHIVE_KIND('I', 'D', 'R', 'F') // u32 atlas ref of each
#define ATLAS_SECTION_NAME_FST \
    ARCHIVE_KIND('N', 'F', 'S', 'T') // phrase -> name ordinal (0, 1 … in key order)
#define ATLAS_SECTION_NAME_INDEX ARCHIVE_KIND('N', 'I', 'D', 'X') // u32[names + 1] into postings
#define ATLAS_SECTION_NAME_DOCS  ARCHIVE_KIND('N', 'P', 'S', 'T') // u32 posting
#define ATLAS_SECTION_NAME_WORDS ARCHIVE_KIND('N', 'W', 'R', 'D') // u8 words in each name
#define ATLAS_SECTION_WORD_FST \
    ARCHIVE_KIND('W', 'F', 'S', 'T') // word -> word ordinal (in key order)
#define ATLAS_SECTION_WORD_INDEX    ARCHIVE_KIND('W', 'I', 'D', 'X') // u32[words + 1] into the next
#define ATLAS_SECTION_WORD_NAMES    ARCHIVE_KIND('W', 'P', 'S', 'T') // u32 name ordinals, ascending
// Optional: an atlas without them is whole, and says nothing of what they hold.
#define ATLAS_SECTION_FACTS         ARCHIVE_KIND('F', 'A', 'C', 'T') // u32 lists: what else is known
#define ATLAS_SECTION_DOC_SOURCES   ARCHIVE_KIND('D', 'S', 'R', 'C') // u8 source of each document
#define ATLAS_SECTION_HOUSE_SOURCES ARCHIVE_KIND('H', 'S', 'R', 'X') // u8 source of each house row
// The spatial sections are those of index/, item size 1. References: of points, what an answer can
// be (below); of settlements and areas, documents; of lines, streets (document - layer_first).
#define ATLAS_SECTION_POINTS        ARCHIVE_KIND('P', 'N', 'T', 'S') // houses, places of interest
#define ATLAS_SECTION_SETTLEMENTS   ARCHIVE_KIND('S', 'T', 'L', 'P') // locality to neighbourhood
#define ATLAS_SECTION_LINES         ARCHIVE_KIND('L', 'I', 'N', 'S') // street pieces
#define ATLAS_SECTION_AREAS         ARCHIVE_KIND('A', 'R', 'E', 'A') // areas and postcodes with extent
// Time zones, both optional: their outlines (references: rows of the names), and their names.
#define ATLAS_SECTION_ZONES         ARCHIVE_KIND('Z', 'O', 'N', 'E')
#define ATLAS_SECTION_ZONE_NAMES    ARCHIVE_KIND('Z', 'N', 'A', 'M') // struct atlas_zone

#define ATLAS_SECTION_WAYS ARCHIVE_KIND('W', 'A', 'Y', 'S') // struct atlas_way; optional

// Where streets of different names meet: optional, an atlas without them has none.
#define ATLAS_SECTION_CROSSINGS          ARCHIVE_KIND('X', 'I', 'N', 'G') // struct atlas_crossing
#define ATLAS_SECTION_CROSSINGS_REVERSED ARCHIVE_KIND('X', 'R', 'E', 'V') // u32 rows
#define ATLAS_SECTION_CROSSING_POINTS    ARCHIVE_KIND('X', 'P', 'N', 'T') // points, with references

// The places of interest of each category, ascending: optional, as long as CATEGORIES and one more.
#define ATLAS_SECTION_CATEGORY_INDEX ARCHIVE_KIND('C', 'A', 'T', 'I') // u32 into the next
#define ATLAS_SECTION_CATEGORY_POIS  ARCHIVE_KIND('C', 'A', 'T', 'P') // u32 documents

// A reference to anything an answer can be: a document, a house row when the top bit is set, a row of
// CROSSINGS when the next one is set and the top bit is not.
#define ATLAS_REF_HOUSE    UINT32_C(0x80000000)
#define ATLAS_REF_CROSSING UINT32_C(0x40000000)

static inline bool atlas_is_crossing(uint32_t reference)
{
    return (reference & (ATLAS_REF_HOUSE | ATLAS_REF_CROSSING)) == ATLAS_REF_CROSSING;
}

// OFFSET 0, SIZE 128
struct atlas_header {
    uint32_t layer_first[LAYER_DOC_COUNT + 1]; // documents of layer l: [first[l], first[l + 1])
    uint32_t house_count;
    uint32_t name_count;
    uint32_t word_count;
    uint32_t text_tables; // string: text_tables_version() of the builder; another one is refused
    uint32_t builder;     // string: "rhumb 0.1.0"
    int32_t box[4];       // west, south, east, north of everything, e7
    uint32_t warning_count;
    uint32_t flags; // ATLAS_AREAS_ASCEND
    uint32_t reserved[11];
};
#define ATLAS_AREAS_ASCEND 1U // areas lie by document: the outline of one can be found
_Static_assert(sizeof(struct atlas_header) == 128, "header");

// No source is known: in DOC_SOURCES, HOUSE_SOURCES and where those sections are not there.
#define ATLAS_SOURCE_NONE 255

struct atlas_source {
    uint32_t name, attribution, licence, url; // strings
    uint64_t feature_count, skipped_count;
    int64_t data_time_s;
    uint32_t kind; // enum source_kind
    uint32_t reserved;
};
_Static_assert(sizeof(struct atlas_source) == 48, "source");

// A string is its length as LEB128 and its bytes (UTF-8); a string reference is the offset of the
// length. Offset 0 is the empty string.

struct atlas_doc {
    uint64_t id;    // packed source id (atlas_id_pack)
    int32_t lng_e7; // where to put the pin
    int32_t lat_e7;
    uint32_t name;     // string: the main name
    uint32_t variants; // list in VARIANTS: count, then count times (language string, role, string)
    uint32_t chain;    // list in CHAINS: count, then documents, most specific first
    uint32_t box;      // index in BOXES plus 1; 0: a point
    uint32_t population;  // 0 unknown; saturates
    uint16_t category;    // POI: index in CATEGORIES; street: street_rank; else 0
    uint16_t country;     // two letters, first in the high byte; 0 unknown
    uint8_t layer;        // enum atlas_layer
    uint8_t importance;   // 0..255, comparable within and across layers
    uint8_t place_type;   // enum place_type
    uint8_t admin_level;  // 0 none
    uint32_t region_code; // string: ISO 3166-2 of a region; 0 none
    uint32_t phrase;      // name ordinal of its main name's first variant
    uint32_t facts;       // list in FACTS: count, then count times (key string, value string)
};
_Static_assert(sizeof(struct atlas_doc) == 56, "doc");

// Of document layer_first[LAYER_STREET] + i. Its house rows are [house_first, house_first +
// house_count), sorted by (number, suffix, text bytes, unit bytes, lng, lat).
struct atlas_street {
    uint32_t house_first;
    uint32_t house_count;
    uint32_t contexts; // list in CHAINS, ascending: every document that contains some of it
    uint32_t reserved;
};
_Static_assert(sizeof(struct atlas_street) == 16, "street");

// Of document layer_first[LAYER_POI] + i.
struct atlas_poi {
    uint32_t house;         // its address: index in HOUSES plus 1; 0 none
    uint32_t opening_hours; // string
};
_Static_assert(sizeof(struct atlas_poi) == 8, "poi");

struct atlas_house {
    int32_t lng_e7;
    int32_t lat_e7;
    uint32_t number; // leading digits of the number
    uint32_t suffix; // first four bytes of the folded rest, big-endian, zero-padded: "a" 0x61000000
    uint32_t text;   // string: the number as tagged
    uint32_t unit;   // string
    uint32_t chain;  // list in CHAINS: the postcode, the city as tagged, then as of a document
    uint32_t street; // document
};
_Static_assert(sizeof(struct atlas_house) == 32, "house");
// NUMBERS holds every row once, ascending by (number, suffix, phrase of its street, row): where the
// number is typed before the street, these are the streets that have it.
// A house whose packed id has kind SOURCE_DERIVED was interpolated between two given ones.

// An object of the source that went into a street made of several. Ascending by (street, id).
struct atlas_way {
    uint64_t id;
    int32_t west_e7, south_e7;
    uint16_t width_e6, height_e6; // of its box, 1e-6 degrees, rounded up; saturate
    uint32_t street;              // document
};
_Static_assert(sizeof(struct atlas_way) == 24, "way");

// Ascending by (street_a, street_b); street_a < street_b. CROSSINGS_REVERSED holds every row once,
// ascending by (street_b, street_a, row).
struct atlas_crossing {
    uint64_t id;                 // packed: SOURCE_DERIVED
    uint32_t street_a, street_b; // documents
    int32_t lng_e7;
    int32_t lat_e7;
    uint32_t chain; // list in CHAINS
    uint32_t reserved;
};
_Static_assert(sizeof(struct atlas_crossing) == 32, "crossing");

struct atlas_zone {
    uint32_t name;    // string: "Europe/Vaduz"
    uint16_t country; // that it belongs to, as in struct atlas_doc; 0 none or several
    uint16_t reserved;
};
_Static_assert(sizeof(struct atlas_zone) == 8, "zone");

// A posting: the document, and how good the name is for it.
#define ATLAS_POSTING_DOC   UINT32_C(0x1fffffff)
#define ATLAS_POSTING_SHIFT 29
enum atlas_name_class {
    NAME_CLASS_MAIN = 0,    // the main name
    NAME_CLASS_LOCALISED,   // in another language
    NAME_CLASS_ALTERNATIVE, // alt, official, local, international
    NAME_CLASS_OLD,         // old, short, reference
    NAME_CLASS_VARIANT,     // not a name of the source: an abbreviation read the other way
};

#endif
