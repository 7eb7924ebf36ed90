// Input: the bytes of one input, whatever they are wrapped in, with random access.
//
// A plain file is read where it lies. Standard input ("-") and compressed files (gzip, zstd, bzip2, a member
// of a zip archive) go to a temporary file without a name first. What the bytes are is asked of them
// (input_recognise), unless the caller said "kind:PATH".
//
// Reading by offset may be done by several threads at once; opening blocks.
#ifndef SOURCE_INPUT_H
#define SOURCE_INPUT_H

#include "source/source.h"
#include "sys/file.h"
#include "sys/mapping.h"
#include "sys/spool.h"

enum input_kind {
    INPUT_UNKNOWN = 0,
    INPUT_OSM,
    INPUT_GEONAMES_PLACES,    // allCountries, cities…, XX.txt: 19 columns
    INPUT_GEONAMES_COUNTRIES, // countryInfo
    INPUT_GEONAMES_ADMIN1,    // admin1CodesASCII
    INPUT_GEONAMES_ADMIN2,    // admin2Codes
    INPUT_GEONAMES_NAMES,     // alternateNames
    INPUT_GEONAMES_POSTCODES, // postal codes: 12 columns
    INPUT_COUNTRIES,          // GeoJSON of the world layer: each polygon says what it is of
    INPUT_REGIONS,            // the same, of regions only
    INPUT_COUNTIES,           // of US counties
    INPUT_ZONES,              // of time zones
    INPUT_ADDRESSES,          // CSV with a header: OpenAddresses and the like
    INPUT_ADDRESS_LINES,      // GeoJSON, an address a line
    INPUT_ADDRESS_RANGES,     // CSV of TIGER's ranges
    INPUT_PHOTON,             // the dump of Photon
    INPUT_MAPPED,             // anything, with a mapping; only when prefixed so
    INPUT_WOF,                // Who's On First: folder, tar, SQLite or a record
};

struct input {
    const struct source_options *options;
    const char *path;     // as given, without "kind:"; for faults
    const char *name;     // its last part
    char *owned_name;     // of a zip member, "cities.zip:cities.txt"
    enum input_kind kind; // as prefixed, else INPUT_UNKNOWN until recognised
    const char *map_path; // MAPPED: of the mapping, as given
    size_t map_path_size;
    bool is_folder;   // nothing below is set
    bool is_geonames; // prefixed so: one of its tables, the shape says which
    struct file file;
    struct spool *spool; // instead of the file
    struct mapping mapping;
    uint64_t size;
    uint64_t read_size; // of the file on disk: what progress counts
};

// `text` is PATH, "-" or "kind:PATH", borrowed until input_close. A zip archive is opened by its
// member number `member` (of those that are files), everything else as its only member 0.
// Fails: NOT_FOUND no such file or no such member; CORRUPT; IO; NO_MEMORY.
MUST_USE enum status input_open(const char *text, size_t member,
                                const struct source_options *options, struct input *input,
                                struct fault *fault);
void input_close(struct input *input);

// Exactly `size` bytes. Fails: CORRUPT beyond the end; IO.
MUST_USE enum status input_read_at(const struct input *input, void *data, size_t size,
                                   uint64_t offset, struct fault *fault);

// At most `size` bytes from the front: *got says how many.
MUST_USE enum status input_peek(const struct input *input, void *data, size_t size, size_t *got,
                                struct fault *fault);

// The whole as memory, until input_close.
MUST_USE enum status input_map(struct input *input, struct bytes *bytes, struct fault *fault);

// What the first bytes of an input are; INPUT_UNKNOWN when nothing known. Pure.
enum input_kind input_recognise(struct bytes front);

// Fills in `kind` unless a prefix did; the kind of a member that the prefix does not mean is UNKNOWN.
MUST_USE enum status input_kind_find(struct input *input, struct fault *fault);

#endif
