// Search: forward geocoding, autocomplete and reverse over an atlas and live objects.
//
// A query is split under several hypotheses (which words are the street, which the place, which the
// number), each is looked up in the dictionaries, and what is found is scored against the data:
// match of the text, agreement with the containing places, importance, nearness. No rule about the
// order of the parts is built in.
//
// A `struct searcher` holds the scratch memory and the text tables of one thread; no call allocates
// from the heap. Results are written best first and are valid for as long as the atlas, those of live
// objects (search/overlay.h) until the end of the loop turn.
#ifndef SEARCH_SEARCH_H
#define SEARCH_SEARCH_H

#include "atlas/atlas.h"
#include "geo/shape.h"
#include "search/overlay.h"
#include "source/category.h"

// One a thread.
struct searcher;
MUST_USE enum status searcher_new(struct memory_account *account, struct searcher **searcher,
                                  struct fault *fault);
void searcher_free(struct searcher *searcher);

#define SEARCH_LIMIT_MAX     100
#define SEARCH_COUNTRIES_MAX 16
#define SEARCH_ZOOM_MAX      22
#define SEARCH_TEXT_SIZE_MAX 512 // of a text, and of a part; longer ones are refused: OUT_OF_RANGE

// What is searched. Either may be NULL: then there is none.
struct search_world {
    const struct atlas *atlas;
    const struct overlay *overlay;
    int64_t now_us; // wall clock: what the clocks of a result show
};

// An address that comes in parts. The words of a part name only what the part can be: those of LOCALITY
// never a street. Parts that agree with nothing, and parts the data lacks, lower the score; only the
// country excludes.
enum search_part {
    PART_NAME, // of a place of interest
    PART_NUMBER,
    PART_STREET, // may hold the number too, when PART_NUMBER is empty
    PART_UNIT,
    PART_NEIGHBOURHOOD,
    PART_BOROUGH,
    PART_LOCALITY,
    PART_COUNTY,
    PART_REGION,
    PART_POSTCODE,
    PART_COUNTRY, // a code of two or three letters, or a name
};
#define SEARCH_PART_COUNT 11
// "name", "number" … "country".
const char *search_part_name(enum search_part part);
// Bit of each enum atlas_layer whose names a part may say; 0 of NUMBER and UNIT.
unsigned search_part_layers(enum search_part part);

struct search_query {
    struct bytes text; // UTF-8; invalid sequences are read as spaces; with parts it may be empty
    bool has_parts;
    struct bytes parts[SEARCH_PART_COUNT]; // size 0: not given
    bool has_near;
    struct geo_point near; // nearer is better
    unsigned
        near_zoom;   // of the map that `near` is the middle of, up to SEARCH_ZOOM_MAX: the smaller,
                     // the farther still counts as near; 0: not told, as 13
    unsigned layers; // bit of each wanted enum atlas_layer; 0: all
    uint16_t countries[SEARCH_COUNTRIES_MAX]; // packed as in struct atlas_doc
    unsigned country_count;                   // 0: all
    bool has_box;
    struct geo_box box;         // only what lies inside
    const struct shape *within; // only what lies inside; NULL: anywhere
    unsigned limit;             // 1..SEARCH_LIMIT_MAX
    bool wants_point; // of a point, a plus code: also the point itself, as a result of no object
};

enum search_match {
    MATCH_EXACT,        // every word as it stands in the data
    MATCH_INTERPOLATED, // the number was computed between two known ones
    MATCH_CORRECTED,    // one or more words differ by a typing error
    MATCH_PARTIAL,      // some words of the query found nothing
    MATCH_PREFIX,       // autocomplete: the last word is completed
    MATCH_STREET,       // the street is there, the number is not
    MATCH_NEAREST,      // reverse
};
#define MATCH_COUNT 7
const char *search_match_name(enum search_match match);

// A house number that the data has not.
enum search_guess {
    GUESS_NONE,    // it has
    GUESS_RANGE,   // a house with a range of numbers has it among them
    GUESS_BETWEEN, // as far between two of its side of the street: `number`, `point`, `beside`
    GUESS_BESIDE,  // the nearest there is
};

// The terms of a score; they add up to `score`. explain=1 shows them.
struct search_terms {
    float text;       // share and quality of the words matched
    float context;    // agreement of the containing places named in the query
    float number;     // house number: exact, interpolated, missing
    float importance; // of the document
    float nearness;   // to `near`; in an area that holds it: all
    float correction; // 0, or what keeps a corrected answer behind an exact one of the same words
};

struct search_result {
    uint32_t reference; // document, or house row with ATLAS_REF_HOUSE; UINT32_MAX: a live object
    const struct overlay_place *place; // of a live object that was indexed by its text; else NULL
    const struct object *object;       // the live object, NULL: of the atlas
    bool
        is_point; // a point of the query itself (wants_point): reference is UINT32_MAX, object NULL
    enum search_match match;
    struct geo_point point; // of the answer; of a street in reverse: its nearest point
    float score;
    float confidence;  // 0..1: how sure it is that this is what was meant
    double distance_m; // from `near` or the reversed point; negative: not asked
    struct search_terms terms;
    uint32_t words;    // of the text that it explains, a bit each
    bool is_corrected; // words were read otherwise than typed
    enum search_guess guess;
    uint32_t number; // GUESS_BETWEEN: the house's; `reference` is then its street,
    uint32_t beside; // and this a row of a neighbour
};

// Whole queries. A point, a plus code and an id are answered too (literal.c). Writes at most query->limit
// results to `results`; `count` 0 is an answer.
// Fails: OUT_OF_RANGE (text or a part too long), NO_MEMORY.
MUST_USE enum status search_forward(struct searcher *searcher, const struct search_world *world,
                                    const struct search_query *query, struct search_result *results,
                                    unsigned *count, struct fault *fault);

// The same for a text still being typed: its last word may be the beginning of one.
MUST_USE enum status search_autocomplete(struct searcher *searcher,
                                         const struct search_world *world,
                                         const struct search_query *query,
                                         struct search_result *results, unsigned *count,
                                         struct fault *fault);

// Reads a text as a query is read; it lives until the next search. Fails: OUT_OF_RANGE, NO_MEMORY.
struct text_query;
MUST_USE enum status search_text_read(struct searcher *searcher, struct bytes text,
                                      struct text_query *query, struct fault *fault);

struct reverse_query {
    struct geo_point point;
    unsigned layers; // 0: all
    double radius_m; // how far addresses, places of interest and streets may be; areas need none
    const struct shape *within; // only answers whose point lies inside; NULL: anywhere
    unsigned limit;             // 1..SEARCH_LIMIT_MAX
};

#define REVERSE_RADIUS_DEFAULT_M 1000.0
#define REVERSE_RADIUS_MAX_M     50000.0

MUST_USE enum status search_reverse(struct searcher *searcher, const struct search_world *world,
                                    const struct reverse_query *query,
                                    struct search_result *results, unsigned *count,
                                    struct fault *fault);

#define SEARCH_BRANDS_MAX      16
#define SEARCH_PLACES_RADIUS_M 50000.0 // around a point, unless said otherwise

// Places of interest of the atlas and of live objects.
struct places_query {
    bool has_near;
    struct geo_point near; // nearest to it first; without it, to the middle of the area
    double radius_m;       // from there; 0: as far as the area reaches
    bool has_categories;
    struct category_set categories;
    struct bytes brands[SEARCH_BRANDS_MAX]; // names, or ids of Wikidata ("Q37158")
    unsigned brand_count;                   // 0: all
    uint32_t inside;                        // a document that contains them; UINT32_MAX: none
    bool has_box;
    struct geo_box box;         // only what lies inside
    const struct shape *within; // only what lies inside; NULL: anywhere
    unsigned limit;             // 1..SEARCH_LIMIT_MAX
};

// One of near, inside, box and within must be given. Fails: OUT_OF_RANGE (a brand too long), NO_MEMORY.
MUST_USE enum status search_places(struct searcher *searcher, const struct search_world *world,
                                   const struct places_query *query, struct search_result *results,
                                   unsigned *count, struct fault *fault);

#endif
