// Demo: a made-up town, and as many more of it as one likes, written as an OpenStreetMap extract.
//
// Two invented countries share a border in the middle of the Atlantic: Loxland (XL), which writes the
// number behind the street, in German with Dutch, Italian, Spanish and Portuguese villages, and
// Ventania (XV), which writes it first, in English and French with a Greek village. Scale 1 is a town
// of each with its villages: 3,000 streets, 60,000 addresses, some 1,400 places of interest. Scale N is
// N such pairs in a grid. The data has the mess of the real world: see docs/demo.md.
//
// Everything follows from the scale: the same bytes on every machine with the same libdeflate, and a
// town's objects keep their ids at any scale ("demo:n1": the file names PBF_PROGRAM_DEMO as its writer,
// by which our reader knows it). No chance from outside, no floating point.
//
// demo_write uses every core, at most eight; it needs some 6 MB for each at any scale, and blocks.
#ifndef DEMO_DEMO_H
#define DEMO_DEMO_H

#include "base/memory.h"
#include "base/status.h"
#include "sys/sys.h"

#define DEMO_SCALE_MAX    2000
#define DEMO_PBF_NAME     "town.osm.pbf"
#define DEMO_QUERIES_NAME "queries.ndjson"

struct demo_report {
    uint64_t nodes, ways, relations;
    uint64_t streets;       // by name and settlement; pieces are more
    uint64_t addresses;     // with a house number, on nodes and buildings
    uint64_t interpolation; // lines between two of them
    uint64_t places;        // settlements and their parts
    uint64_t areas;         // administrative boundaries, broken ones included
    uint64_t postcodes;     // postal boundaries
    uint64_t pois;
    uint64_t queries; // lines of the queries' file
    uint64_t pbf_size;
};

// Writes DIRECTORY/town.osm.pbf and DIRECTORY/queries.ndjson; makes the folder if its parent is there.
// A line of the latter is {"text":…,"id":"demo:…","lat":…,"lon":…}: an address as people write it in
// its country, from the tags present, and the object that answers it. Files are whole or absent.
// Fails: OUT_OF_RANGE (scale not 1..DEMO_SCALE_MAX), IO, NO_MEMORY.
MUST_USE enum status demo_write(const struct sys *sys, struct memory_account *account,
                                const char *directory, unsigned scale, struct demo_report *report,
                                struct fault *fault);

#endif
