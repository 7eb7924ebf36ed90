// OSM: an OpenStreetMap extract (PBF) read into features, in bounded memory.
//
// Three scans over the blocks, relations first, because each kind tells what it needs of the next:
//
//     relations  -->  spool of records, list of the ways they need
//     ways       -->  spool of records, wishes for nodes (osm_join.h)
//     nodes      -->  features; the wishes are answered
//     spool of ways      + answers  -->  features; pieces for relations (sorted by relation)
//     spool of relations + pieces   -->  features with rings
//
// In a file that says it is sorted each scan reads its own part, so every block is unpacked once;
// other files are read three times. Blocks are decoded on several threads and taken in the order of
// the file. What grows with the file lies in sorters and spools; in memory there is a table of the
// blocks and one of the relations' ways (24 and 16 bytes each).
#ifndef SOURCE_OSM_H
#define SOURCE_OSM_H

#include "source/input.h"

// Reads the input into the sink; of `summary` the counts and the time of the data are filled in.
// Fails: CORRUPT with file, block and byte; UNSUPPORTED; IO; NO_MEMORY; CANCELLED; the sink's.
MUST_USE enum status osm_read(struct input *input, const struct feature_sink *sink,
                              struct source_summary *summary, struct fault *fault);

#endif
