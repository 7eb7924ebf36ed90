// Field map: what the fields of somebody's file mean, said by a small JSON file beside it.
//
//     {"name": "Vermont E911", "attribution": "Vermont E911 Board", "licence": "public domain",
//      "id": "ESITEID", "longitude": "GPSX", "latitude": "GPSY", "only": {"SITETYPE": ["DWELLING"]},
//      "tags": {"addr:housenumber": "{HOUSE_NUMBER}{SUFFIX}", "addr:street": "SN", "addr:country": "=US"}}
//
// The tags are OpenStreetMap's; docs/data.md is the manual. Pure but for the account; one thread.
#ifndef SOURCE_FIELD_MAP_H
#define SOURCE_FIELD_MAP_H

#include "source/tagged.h"

enum { FIELD_MAP_FIELDS_MAX = 256, FIELD_MAP_RULES_MAX = 256 };

// One way to make a value out of fields.
struct field_choice {
    struct bytes pattern; // a field's name; "=text" a text; with braces, "{A} {B}", several fields
    struct bytes table;   // JSON object: what the value becomes; size 0: itself
    struct bytes other;   // what a value becomes that is not in the table; data NULL: nothing
    bool is_titled;       // "VT ROUTE 22A" -> "Vt Route 22a"
};

struct field_rule {
    struct bytes key; // of the tag; "*": the value holds tags
    const struct field_choice *choices;
    size_t choice_count; // the first that gives something counts
};

struct field_map {
    struct pool pool;
    struct bytes name, attribution, licence, url, date;
    struct bytes id, longitude, latitude; // names of fields; empty: none
    enum source_kind id_kind;             // SOURCE_MAPPED: ids are of this file alone
    char id_type;
    struct bytes only; // JSON object: fields and the values wanted
    struct field_rule rules[FIELD_MAP_RULES_MAX];
    size_t rule_count;
    // The names of all fields the map speaks of, and, while an object is read, their values.
    struct bytes fields[FIELD_MAP_FIELDS_MAX];
    struct bytes values[FIELD_MAP_FIELDS_MAX];
    bool is_met[FIELD_MAP_FIELDS_MAX]; // by some object
    size_t field_count;
};

// Reads a map; `text` is borrowed until field_map_free, `path` is for faults only.
// Fails: CORRUPT with a sentence that names the file and the member.
MUST_USE enum status field_map_read(struct bytes text, const char *path,
                                    struct memory_account *account, struct field_map *map,
                                    struct fault *fault);
void field_map_free(struct field_map *map);

// The value of a field of the object at hand; empty without one.
struct bytes field_map_value(const struct field_map *map, struct bytes field);

// Is the object one of those wanted?
bool field_map_wants(const struct field_map *map);

// Adds the tags of the object whose values lie in the map.
void field_map_apply(const struct field_map *map, struct tagged *tagged);

#endif
