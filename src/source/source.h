// Source: one input of a build, opened by what its bytes say, read into features.
//
// An input is a path, "-" for standard input, or "kind:PATH" when the content should not be asked
// (kinds: osm, geonames, geojson, countries, regions, counties, zones, addresses …). Compression (gzip,
// zstd, bzip2, zip) is recognised too. Reading happens
// once, on the caller's thread, with `threads` - 1 helpers for decoding; the sink is always called
// on the caller's thread, in an order that does not depend on `threads`.
#ifndef SOURCE_SOURCE_H
#define SOURCE_SOURCE_H

#include "base/memory.h"
#include "source/feature.h"
#include "sys/sys.h"

struct source_options {
    const struct sys *sys;
    struct memory_account *account;
    size_t memory_size;    // what the source's own sorters may hold
    const char *directory; // for temporary files
    unsigned threads;      // >= 1
    // All inputs of the build, as given: a GeoNames table finds the tables it refers to among them.
    const char *const *companions;
    size_t companion_count;
    // Called now and then with bytes read so far and in all (0 when unknown); may be NULL. A false
    // answer cancels the reading (STATUS_CANCELLED).
    bool (*progress)(void *context, const char *stage, uint64_t done_size, uint64_t total_size);
    void *progress_context;
    // Called for each of the first objects left out, with a sentence; may be NULL.
    void (*warn)(void *context, const char *sentence);
    void *warn_context;
};

// Reads a whole input into the sink. `summary` is written on OK.
// Fails: NOT_FOUND no such file; CORRUPT with file, block and byte; UNSUPPORTED with what it is and
// which kinds are known; IO; NO_MEMORY; whatever the sink answered.
MUST_USE enum status source_read(const char *input, const struct source_options *options,
                                 const struct feature_sink *sink, struct source_summary *summary,
                                 struct fault *fault);

// What is to be said of a source: attribution, licence and address; longer texts are cut.
void source_summary_say(struct source_summary *summary, const char *attribution,
                        const char *licence, const char *url);

#endif
