// GeoNames, inside: what places, postcodes and the tables beside them share.
#ifndef SOURCE_GEONAMES_PRIVATE_H
#define SOURCE_GEONAMES_PRIVATE_H

#include "source/geonames.h"
#include "source/input_lines.h"
#include "source/pool.h"
#include "sys/sorter.h"

// In geonames_codes.c.

// What a feature class and code mean.
struct geonames_meaning {
    unsigned roles; // FEATURE_PLACE, FEATURE_POI or 0
    enum place_type place_type;
    uint16_t category;
};

struct geonames_meaning geonames_meaning_of(struct bytes class, struct bytes code,
                                            uint64_t population);

// In geonames_tables.c.

// Codes of regions ("AD.06", "AF.01.1125426") and their names.
struct geonames_regions {
    struct memory_account *account;
    struct buffer text; // rows: key size, key, name size, name
    uint32_t *rows;     // offsets into text, by key
    size_t count, capacity;
};

// Name of a region; empty when it is not in the table.
struct bytes geonames_region_find(const struct geonames_regions *regions, struct bytes key);

#define GEONAMES_COUNTRY_COUNT (26 * 26) // by country_code_number

// A country of countryInfo, which says everything but where it is.
struct geonames_country {
    int64_t id; // 0: not in the table
    uint64_t population;
    struct bytes name; // lives in the tables' pool
    bool has_row;      // among the places: then nothing is missing
    bool has_capital;
    struct geo_point capital;
};

// What the companions of a table of places say.
struct geonames_tables {
    struct geonames_regions regions;
    struct geonames_country countries[GEONAMES_COUNTRY_COUNT];
    struct sorter *names; // of alternateNames, by geonameid (8 bytes big-endian); NULL: none
    struct pool pool;
};

// Loads the tables among the companions. The tables are zeroed but for their accounts before, and
// freed on every path.
MUST_USE enum status geonames_companions_load(const struct source_options *options,
                                              struct geonames_tables *tables, struct fault *fault);
void geonames_tables_free(struct geonames_tables *tables);

// A row of alternateNames as it lies in the sorter.
struct geonames_name {
    struct bytes language, text;
    bool is_preferred, is_short, is_colloquial, is_historic;
};
bool geonames_name_decode(struct bytes value, struct geonames_name *name);

// Digits alone, at most `limit`.
bool geonames_number_parse(struct bytes text, uint64_t limit, uint64_t *number);

#endif
