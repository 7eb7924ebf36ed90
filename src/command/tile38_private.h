// What the files of Tile38's commands share.
#ifndef COMMAND_TILE38_PRIVATE_H
#define COMMAND_TILE38_PRIVATE_H

#include "command/tile38.h"
#include "fence/tile38.h"

typedef enum status tile38_verb(struct tile38_request *request);

struct tile38_command {
    const char *name; // lower case
    tile38_verb *run;
    enum tile38_place place;
    bool needs_memory; // refused beyond maxmemory
    bool is_script;    // may have a TIMEOUT though it writes
    bool is_read;      // on the ledger's thread, but changes nothing
};
extern const struct tile38_command tile38_commands[];

// Keys and objects.
tile38_verb tile38_set, tile38_fset, tile38_fget, tile38_get, tile38_del, tile38_pdel,
    tile38_exists, tile38_fexists, tile38_expire, tile38_persist, tile38_ttl;
tile38_verb tile38_drop, tile38_rename, tile38_renamenx, tile38_bounds, tile38_keys, tile38_stats,
    tile38_type, tile38_flushdb;
tile38_verb tile38_jset, tile38_jget, tile38_jdel;
// Searches.
tile38_verb tile38_scan, tile38_search, tile38_nearby, tile38_within, tile38_intersects,
    tile38_test;
// The server.
tile38_verb tile38_server, tile38_info, tile38_healthz, tile38_gc, tile38_readonly, tile38_role,
    tile38_timeout, tile38_elsewhere;
// Scripts.
tile38_verb tile38_eval, tile38_evalsha, tile38_evalna, tile38_evalnasha, tile38_script;
// Hooks and channels.
tile38_verb tile38_sethook, tile38_setchan, tile38_delhook, tile38_delchan, tile38_pdelhook,
    tile38_pdelchan, tile38_hooks, tile38_chans;
// Removes those that match, with what waits for them; adds how many. Fails: NO_MEMORY.
MUST_USE enum status tile38_fences_drop(struct tile38_request *request, enum tile38_kind kind,
                                        struct bytes pattern, int64_t *count);

// Words, taken from the front. -----------------------------------------------------------------------

struct tile38_words {
    const struct bytes *at;
    size_t count;
};
static inline struct tile38_words tile38_words_after(const struct tile38_request *request,
                                                     size_t skipped)
{
    return (struct tile38_words){request->arguments + skipped, request->argument_count - skipped};
}
// False at the end, and when the word is empty.
bool tile38_take(struct tile38_words *words, struct bytes *word);
// Takes a number. Fails in Tile38's words.
MUST_USE enum status tile38_take_number(struct tile38_request *request, struct tile38_words *words,
                                        double *number);
// Go's ParseFloat: also inf and nan.
bool tile38_number(struct bytes text, double *number);
bool tile38_unsigned(struct bytes text, uint64_t *number);
bool tile38_signed(struct bytes text, int64_t *number);

// Replies. -------------------------------------------------------------------------------------------

static inline bool tile38_is_json(const struct tile38_request *request)
{
    return request->output == TILE38_OUTPUT_JSON;
}
// :N or {"ok":true}
void tile38_reply_count(struct tile38_request *request, int64_t count);
void tile38_reply_null(struct tile38_request *request);
void tile38_reply_text(struct tile38_request *request, const char *member, struct bytes text);
void tile38_write_number(struct buffer *out, double number);
void tile38_write_json_text(struct buffer *out, struct bytes text);
void tile38_write_bulk_number(struct buffer *out, double number);

// Objects. -------------------------------------------------------------------------------------------

// Of a row: west, south, east, north; exact where the row is. Strings: zeros.
struct tile38_rect {
    double west, south, east, north;
};
struct tile38_rect tile38_rect_of(const struct row *row);
struct tile38_rect tile38_rect_of_json(struct bytes geojson);
struct tile38_rect tile38_rect_of_box(struct geo_box box);
double tile38_z_of(const struct row *row);

void tile38_write_rect(struct buffer *out, struct tile38_rect rect); // as a Polygon
// GeoJSON, or the string itself.
void tile38_write_object(const struct row *row, struct buffer *out);

// Memory of a row that was made from another.
struct tile38_row_text {
    struct buffer text, shape;
};
// The row becomes its part inside the area, as GeoJSON.
void tile38_row_clip(struct row *row, struct shape area, struct tile38_row_text *memory);

enum tile38_shape {
    TILE38_OBJECT,
    TILE38_POINT,
    TILE38_BOUNDS,
    TILE38_HASH,
};
// As one RESP value, or as a JSON value.
void tile38_write_shape(struct tile38_request *request, const struct row *row,
                        enum tile38_shape shape, unsigned precision);

// Which form an object is asked for in: the words behind GET's id and behind RETURN.
struct tile38_form {
    enum tile38_shape shape;
    unsigned precision;
    bool has_fields;
};
// Takes all words that are left.
MUST_USE enum status tile38_take_form(struct tile38_request *request, struct tile38_words *words,
                                      struct tile38_form *form);
void tile38_reply_form(struct tile38_request *request, const struct row *row,
                       const struct tile38_form *form);
// The object of the request's words 1 and 2; NULL with the fault filled.
const struct object *tile38_find(struct tile38_request *request);
// Writes it under that key and id; `command` is what observers are told.
MUST_USE enum status tile38_put(struct tile38_request *request, const struct row *row,
                                const char *command);
// Takes seconds from now.
MUST_USE enum status tile38_take_expiry(struct tile38_request *request, struct tile38_words *words,
                                        struct row *row);
// Fills place, kind and exactness of a point; reads GeoJSON into scratch->text and shape.
void tile38_set_point(struct row *row, double lng, double lat);
MUST_USE enum status tile38_take_geojson(struct tile38_request *request, struct bytes text,
                                         struct row *row);

// Geohashes of doubles. --------------------------------------------------------------------------------

// 1 to 12 characters.
void tile38_hash_of(double lat_deg, double lng_deg, unsigned precision, char text[13]);
// Other characters than the base's count as 0, as in Tile38.
struct tile38_rect tile38_rect_of_hash(struct bytes hash);

// GeoJSON, as Tile38 writes it: type, coordinates, what else there was; a Feature has properties.
// Fails: OUT_OF_RANGE with Tile38's words.
MUST_USE enum status tile38_geojson(struct bytes text, struct memory_account *account,
                                    struct buffer *out, struct fault *fault);
// Fills kind, place, text and shape of a row from GeoJSON; what it points to is in the two buffers.
MUST_USE enum status tile38_row_of_geojson(struct bytes text, struct memory_account *account,
                                           struct buffer *canonical, struct buffer *shape,
                                           struct row *row, struct fault *fault);

// Field values: JSON texts (live/row.h). ----------------------------------------------------------------

// Appends the JSON of what a client gave as a value.
void tile38_value_of(struct bytes text, struct memory_account *account, struct buffer *out);
// Appends it as RESP shows it: texts without quotes.
void tile38_value_data(struct bytes value, struct buffer *out);
// null < false < numbers < texts (without case) < true < JSON; data NULL is 0.
int tile38_value_compare(struct bytes left, struct bytes right);
bool tile38_field_is_reserved(struct bytes name);
// {"a":1,"b":"x"} of all fields; [name value name value] in RESP.
void tile38_write_fields(struct tile38_request *request, struct bytes fields);

#endif
