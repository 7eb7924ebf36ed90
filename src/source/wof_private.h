// Who's On First, inside: what the containers and the records share.
#ifndef SOURCE_WOF_PRIVATE_H
#define SOURCE_WOF_PRIVATE_H

#include "source/tagged.h"
#include "source/wof.h"

struct wof_reader {
    const struct input *input;
    const struct feature_sink *sink;
    struct pool pool; // of one record
    struct tagged tagged;
    uint64_t record_count; // met, of whatever kind
    uint64_t feature_count, skipped_count;
    unsigned warnings;
};

// In wof_record.c: one record, `name` is what a warning calls it. A broken one is counted and left
// out; so is, without a warning, what wof.h says is left out.
MUST_USE enum status wof_record_take(struct wof_reader *reader, const char *name, struct bytes text,
                                     struct fault *fault);

// In wof_codes.c.

enum wof_layer {
    WOF_NONE = 0, // no layer of ours
    WOF_AREA,     // with its administrative level, and a place tag
    WOF_POSTCODE,
    WOF_VENUE,
    WOF_CAMPUS,
};

struct wof_type {
    const char *name; // the place type
    enum wof_layer layer;
    const char *place; // what OpenStreetMap's place tag would say
    const char *level; // and admin_level
};

// NULL: not a type we know.
const struct wof_type *wof_type_find(struct bytes name);

// "fra" -> "fr", "zho_tw" -> "zh-Hant", "und" -> "", what has no shorter code as it is. False for what is no
// code of a language.
bool wof_language(struct bytes code, char language[12]);

// The OpenStreetMap tag of a SimpleGeo class: category and, where that says more, subcategory. False:
// none fits.
bool wof_venue_tag(struct bytes category, struct bytes subcategory, const char **key,
                   const char **value);

// In wof_sqlite.c.

MUST_USE enum status wof_sqlite_read(struct wof_reader *reader, struct bytes database,
                                     struct fault *fault);
bool wof_sqlite_recognise(struct bytes front);

#endif
