// Build: sources in, one atlas file out.
//
// The features of all inputs are sorted and joined through sys/sorter.h, so memory stays inside the
// budget whatever the input size. The same inputs give the same bytes, with any number of threads.
// The file appears under its name whole or not at all.
#ifndef ATLAS_BUILD_H
#define ATLAS_BUILD_H

#include "base/memory.h"
#include "base/status.h"
#include "sys/sys.h"

struct build_options {
    const struct sys *sys;
    struct memory_account *account;
    const char *output;
    const char *const *inputs; // as of source_read
    size_t input_count;
    size_t memory_size;    // what sorters and tables may hold together
    const char *directory; // for temporary files; NULL: the folder of `output`
    unsigned threads;
    char country[3]; // --country: for what no source says; "" if not given
    bool (*progress)(void *context, const char *stage, uint64_t done, uint64_t total);
    void *progress_context;
    void (*warn)(void *context, const char *sentence);
    void *warn_context;
};

struct build_report {
    uint64_t input_size;
    uint64_t feature_count;
    uint64_t output_size;
    uint64_t doc_counts[16]; // by layer
    uint64_t house_count;
    uint64_t interpolated_count; // of the houses
    uint64_t repeated_count;     // objects that an earlier input had too
    uint64_t poi_twin_count;     // places of interest drawn twice
    uint64_t merged_count;       // addresses that another input, or another object, says as well
    uint64_t crossing_count;
    uint64_t unattached_count; // addresses left out: neither street nor place named
    // Addresses and places of interest of which nothing given tells the country, the region or the zone.
    uint64_t without_country_count, without_region_count, without_zone_count;
    uint64_t warning_count;
};

MUST_USE enum status build_atlas(const struct build_options *options, struct build_report *report,
                                 struct fault *fault);

#endif
