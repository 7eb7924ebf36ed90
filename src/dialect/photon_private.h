// What the files of the Photon dialect share: a request taken apart, and what passes its filters.
//
//   photon.c         paths, searches, replies
//   photon_read.c    parameters --> struct photon_request
//   photon_filter.c  layers, tags and categories: what passes, and the same thing once
//   photon_write.c   a description --> a GeoJSON feature
#ifndef DIALECT_PHOTON_PRIVATE_H
#define DIALECT_PHOTON_PRIVATE_H

#include "codec/json_write.h"
#include "command/ask.h"
#include "dialect/form.h"
#include "source/category.h"

// Photon's layers, which are also the `type` of a result.
enum photon_type {
    PHOTON_HOUSE,
    PHOTON_STREET,
    PHOTON_LOCALITY,
    PHOTON_DISTRICT,
    PHOTON_CITY,
    PHOTON_COUNTY,
    PHOTON_STATE,
    PHOTON_COUNTRY,
    PHOTON_OTHER,
};
#define PHOTON_TYPE_COUNT 9
extern const char *const photon_type_names[PHOTON_TYPE_COUNT];

enum photon_tag_kind {
    PHOTON_TAG_INCLUDE,
    PHOTON_TAG_EXCLUDE,
    PHOTON_TAG_OTHER_VALUE, // key:!value: with this key, but not with this value
};

struct photon_tag {
    enum photon_tag_kind kind;
    struct bytes key, value; // size 0: any
};

enum { PHOTON_TAGS_MAX = 32, PHOTON_CATEGORIES_MAX = 16 };

struct photon_filter {
    unsigned types; // bits of enum photon_type; 0: all
    struct photon_tag tags[PHOTON_TAGS_MAX];
    unsigned tag_count;
    struct bytes includes[PHOTON_CATEGORIES_MAX]; // comma-separated: one of each must be there
    unsigned include_count;
    struct bytes excludes[PHOTON_CATEGORIES_MAX]; // comma-separated: not all of any
    unsigned exclude_count;
};

enum photon_part {
    PHOTON_PART_HOUSENUMBER,
    PHOTON_PART_STREET,
    PHOTON_PART_DISTRICT,
    PHOTON_PART_POSTCODE,
    PHOTON_PART_CITY,
    PHOTON_PART_COUNTY,
    PHOTON_PART_STATE,
};
#define PHOTON_PART_COUNT 7

struct photon_request {
    struct bytes text;                     // q; size 0: none
    struct bytes parts[PHOTON_PART_COUNT]; // of a structured search
    bool has_point;
    struct geo_point point;
    unsigned zoom;     // 0: not told
    bool has_bias;     // location_bias_scale was given:
    double prominence; // 0..1
    bool has_box;
    struct geo_box box;
    uint16_t countries[SEARCH_COUNTRIES_MAX];
    unsigned country_count;
    struct photon_filter filter;
    struct languages languages;
    unsigned limit;
    double radius_m;
    bool is_sorted_by_distance, should_dedupe, wants_geometry, wants_debug;
};

enum photon_path { PHOTON_API, PHOTON_STRUCTURED, PHOTON_REVERSE, PHOTON_STATUS };

// Fails: OUT_OF_RANGE with the sentence of the answer.
MUST_USE enum status photon_read(enum photon_path path, const struct form *form,
                                 struct bytes accept_language, struct photon_request *request,
                                 struct fault *fault);

// The atlas layers that can hold what the filter lets through; 0: all.
unsigned photon_layers(const struct photon_filter *filter);
// Adds the categories of places of interest that it asks for. False: it lets other things through too.
MUST_USE bool photon_categories(const struct photon_filter *filter,
                                struct category_set *categories);
// True when some of what is found may not pass.
bool photon_filter_is_fine(const struct photon_filter *filter);
bool photon_passes(const struct photon_filter *filter, const struct description *description);
// Reads a tag filter; false when it is none.
MUST_USE bool photon_tag_read(struct bytes text, struct photon_tag *tag);
// Is it categories of two labels at least, comma-separated?
bool photon_category_is_valid(struct bytes list);

enum photon_type photon_type_of(const struct description *description);

// What a feature is written for.
struct photon_question {
    const struct photon_request *request;
    const struct atlas *atlas; // NULL: none
    struct arena *arena;
};

void photon_feature_write(struct json_writer *json, const struct photon_question *question,
                          const struct search_result *result, struct bytes id,
                          const struct description *description);

#endif
