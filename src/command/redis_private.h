// What the files of the Redis dialect share.
#ifndef COMMAND_REDIS_PRIVATE_H
#define COMMAND_REDIS_PRIVATE_H

#include "command/redis.h"
#include "live/live.h"

struct redis_place {
    double lng_deg, lat_deg;
};

// --- Places as scores (redis_place.c) ---

#define REDIS_LNG_MAX 180.0
#define REDIS_LAT_MAX 85.05112878
// Scores of places are below; those of 180 degrees and of REDIS_LAT_MAX itself have one bit more.
#define REDIS_SCORES  (UINT64_C(1) << 54)

uint64_t redis_encode(struct redis_place place);
struct redis_place redis_decode(uint64_t score);
// Redis's eleven letters, of which ten carry something.
void redis_geohash(struct redis_place place, char text[11]);
double redis_distance_m(struct redis_place from, struct redis_place to);

enum redis_area_kind { REDIS_RADIUS, REDIS_BOX, REDIS_POLYGON };
struct redis_area {
    enum redis_area_kind kind;
    struct redis_place centre;
    double unit_m;                // metres in a unit
    double radius, width, height; // in units
    struct shape polygon;
};
bool redis_area_holds(const struct redis_area *area, struct redis_place place, double *distance_m);
// The runs of scores that Redis looks at, in its order; at most 9.
struct redis_range {
    uint64_t from, until; // below `until`
};
size_t redis_area_ranges(const struct redis_area *area, struct redis_range ranges[9]);

// --- Sorted sets (redis_set.c) ---

enum redis_type { REDIS_NONE, REDIS_STRING, REDIS_SET };

struct redis_member {
    double score;
    struct bytes name;
};

enum redis_type redis_type_of(const struct redis_call *call, struct bytes key);
// NULL: there is none. Replies WRONGTYPE and says false when the key is something else.
MUST_USE bool redis_set_find(const struct redis_call *call, struct bytes key,
                             const struct collection **set);
MUST_USE bool redis_set_score(const struct collection *set, struct bytes name, double *score);
double redis_score_of(const struct object *object);
// All members in order of score and name, appended as struct redis_member.
void redis_set_members(const struct collection *set, struct buffer *members);
void redis_members_sort(struct buffer *members, size_t from);
// Replies an error and says false when memory is full.
MUST_USE bool redis_set_put(const struct redis_call *call, struct bytes key, struct bytes name,
                            double score);
void redis_set_remove(const struct redis_call *call, struct bytes key, struct bytes name);
// Whatever it is. False: there was nothing.
bool redis_key_drop(const struct redis_call *call, struct bytes key);
// Drops the sets whose time has come.
void redis_sweep(const struct redis_call *call);
// 0: none.
int64_t redis_deadline_us(const struct redis_call *call, struct bytes key);
// 0 takes it away. False as redis_set_put.
MUST_USE bool redis_deadline_set(const struct redis_call *call, struct bytes key,
                                 int64_t deadline_us);
// A string; NULL: there is none.
const struct object *redis_string_find(const struct redis_call *call, struct bytes key);
MUST_USE bool redis_string_put(const struct redis_call *call, struct bytes key, struct bytes value,
                               int64_t deadline_us);
// Calls with every key that is there, strings first. False stops.
typedef bool redis_each_key(void *context, struct bytes key);
void redis_keys(const struct redis_call *call, redis_each_key *each, void *context);
bool redis_key_counted(void *context, struct bytes key); // into an int64_t
bool redis_clear(const struct redis_call *call);

// --- Places in arguments (redis_geo.c); false: an error was replied ---

MUST_USE bool redis_take_place(const struct redis_call *call, size_t at, struct redis_place *place);
MUST_USE bool redis_take_unit(const struct redis_call *call, size_t at, double *unit_m);
void redis_write_distance(const struct redis_call *call, double distance);
// The place that a member's score means. False: there is no such member.
MUST_USE bool redis_member_place(const struct collection *set, struct bytes name,
                                 struct redis_place *place);

// --- Searches (redis_search.c takes the words apart, redis_find.c finds) ---

enum redis_form {
    REDIS_FORM_SEARCH,
    REDIS_FORM_SEARCH_STORE,
    REDIS_FORM_RADIUS,
    REDIS_FORM_RADIUS_MEMBER
};
enum redis_order { REDIS_ORDER_NONE, REDIS_ORDER_NEAREST, REDIS_ORDER_FARTHEST };

struct redis_search {
    enum redis_form form;
    bool may_store;
    const struct collection *set;
    struct redis_area area;
    struct buffer polygon; // of the area
    bool has_centre, has_member, has_radius, has_box, has_polygon;
    bool with_distance, with_hash, with_place;
    enum redis_order order;
    int64_t count; // 0: all
    bool is_any, has_store, stores_distance;
    struct bytes store;
};

struct redis_hit {
    struct redis_member member;
    struct redis_place place;
    double distance_m;
    size_t range; // of Redis's runs
};

// Appends the members that lie in the area, as struct redis_hit, in no order; of a search for the
// nearest perhaps only as many as are wanted.
void redis_find(const struct redis_call *call, const struct redis_search *search,
                struct buffer *hits);
// The order in which Redis comes upon them; for qsort.
int redis_compare_found(const void *left, const void *right);

// --- Arguments and replies (redis.c) ---

bool redis_is(struct bytes argument, const char *word); // in any case
bool redis_number(struct bytes argument, double *value);
bool redis_integer(struct bytes argument, int64_t *value);
void redis_error(const struct redis_call *call, const char *text); // "ERR …"
void redis_double(const struct redis_call *call, double value);    // as %.17g
void redis_coordinate(const struct redis_call *call, double value);
void redis_fault(const struct redis_call *call, const struct fault *fault);
#define REDIS_SYNTAX     "ERR syntax error"
#define REDIS_NO_FLOAT   "ERR value is not a valid float"
#define REDIS_NO_INTEGER "ERR value is not an integer or out of range"
#define REDIS_WRONG_TYPE "WRONGTYPE Operation against a key holding the wrong kind of value"

// --- Commands ---

typedef void redis_command(const struct redis_call *call);
redis_command redis_geoadd, redis_geopos, redis_geodist, redis_geohash_command;
redis_command redis_geosearch, redis_geosearchstore, redis_georadius, redis_georadiusbymember,
    redis_georadius_ro, redis_georadiusbymember_ro;
redis_command redis_zadd, redis_zrange, redis_zrevrange, redis_zscore, redis_zmscore, redis_zrem,
    redis_zcard, redis_zcount, redis_zrangebyscore, redis_zincrby, redis_zrank;
redis_command redis_set, redis_get, redis_del, redis_exists, redis_type, redis_keys_command,
    redis_expire, redis_pexpire, redis_ttl, redis_pttl, redis_persist, redis_flush, redis_dbsize;
redis_command redis_config, redis_command_command, redis_function, redis_ping, redis_echo,
    redis_select, redis_info, redis_hello, redis_client_command, redis_auth, redis_quit,
    redis_reset;

struct redis_entry {
    const char *name;
    redis_command *run;
    int arity;      // with the name; negative: at least
    bool is_write;  // always, or …
    bool may_store; // … when an argument says STORE or STOREDIST
    bool needs_no_admission;
    int8_t first_key; // 0: none
};
extern const struct redis_entry redis_entries[];
extern const size_t redis_entry_count;
const struct redis_entry *redis_entry_find(struct bytes name);
// One member of ZADD or GEOADD.
enum redis_add {
    REDIS_ADD_NX = 1,
    REDIS_ADD_XX = 2,
    REDIS_ADD_CH = 4,
    REDIS_ADD_GT = 8,
    REDIS_ADD_LT = 16
};
struct redis_adding {
    const struct collection *set; // NULL: there is none yet
    unsigned flags;
    int64_t added, changed;
};
MUST_USE bool redis_add_member(const struct redis_call *call, struct redis_adding *adding,
                               struct bytes key, struct bytes name, double score);

#endif
