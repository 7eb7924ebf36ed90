// What the files of the fences share.
//
//   watch     a collection that fences look at: its name, their cells, those asked for every fix
//   fence     a rule and its zones
//   zone      one area: the fence's own, one object of its area collection, or one object to be near to
//   subject   an object that has a state at some zone, or a window of recent fixes
//   member    the state of a subject at a zone
//
// Changes are made to the tables through fence_row_put and _delete, which keep the row that was there until the
// turn is published: undo puts those back.
#ifndef FENCE_FENCE_PRIVATE_H
#define FENCE_FENCE_PRIVATE_H

#include "fence/cells.h"
#include "fence/chart.h"
#include "fence/deadline.h"
#include "fence/fence.h"
#include "fence/names.h"
#include "fence/relation.h"
#include "fence/tile38.h"
#include "filter/filter.h"
#include "text/glob.h"

enum { WINDOW_FIXES = 16 };
enum deadline_kind { DEADLINE_MEMBER, DEADLINE_FENCE, DEADLINE_TILE38 };

struct tile38_set;

struct watch {
    struct bytes name;
    uint32_t references;
    struct cells cells;    // zones by area
    struct cells crossing; // zones that want to know of cross
    struct fence **always; // fences asked for every fix: outside, near
    size_t always_count, always_capacity;
    struct fence **areas; // fences whose areas (or neighbours) are this collection's objects
    size_t area_count, area_capacity;
    uint32_t accuracy_count; // fences that look at the accuracy
    struct tile38_set *tile38;
};

struct member;

struct zone {
    struct fence *fence;
    struct bytes id;    // of the object that is the area; empty: the fence's own
    struct shape shape; // empty: near
    struct member *members;
    uint32_t number;          // in fences->zones
    uint32_t asked;           // round in which it was found last
    struct member *member;    // … and the subject's state at it then
    bool is_certain;          // … in a cell wholly inside
    bool is_covered;          // it is in its watch's cells
    bool is_dynamic;          // its own block of memory
    struct zone *next, *last; // of the fence's zones
};

// What few fences need, in a block of its own.
struct fence_extra {
    struct rule rule;
    struct filter *filter;
    int64_t open_from_us, open_until_us; // the schedule was asked: holds within
    bool is_open;
};

struct fence {
    struct bytes row; // encoded rule, owned
    struct bytes id;  // in it
    uint32_t number;
    uint8_t area;  // enum rule_area
    bool is_plain; // nothing but area, events, confirmation, dwell and cool-down
    struct member_rule member;
    int64_t lateness_us;
    struct watch *watch;       // of its subjects
    struct watch *area_watch;  // of its areas; NULL
    struct fence_extra *extra; // NULL when plain
    struct zone own;
    struct zone *zones; // of area collections and neighbours
    struct deadline deadline;
    int64_t expires_us;
};

struct window {
    uint32_t count;
    int64_t times_us[WINDOW_FIXES]; // the newest first
};

struct subject {
    uint64_t hash;
    struct member *members;
    struct window *window; // NULL: fixes came in order of arrival
    uint32_t collection;
    uint32_t id_size;
    uint8_t id[];
};

struct member {
    struct subject *subject;
    struct zone *zone;
    struct member *next;                  // of the subject
    struct member *zone_next, *zone_last; // of the zone
    uint32_t judged;                      // round
    struct deadline deadline;
    struct member_state state;
};

// An event in the making, until those of one change are put in order.
struct raised {
    struct member_event event;
    struct zone *zone;
    struct bytes other; // of a pair: the object that did not move
    unsigned rank, confidence;
    double distance_m;
    uint8_t flags;
};

// The change that is decided on.
struct judged {
    struct ledger_turn *turn; // NULL: a trial
    struct bytes collection, id;
    uint32_t number; // of the collection
    const struct row *row;
    struct geo_point point;
    bool has_place;
    bool has_before;
    struct geo_point before;
    double accuracy_m;
    int64_t event_us, arrival_us;
    uint8_t flags;
    uint8_t scratch[ROW_SCRATCH_SIZE];
    struct shape shape; // of what is no point
};

// The counts as of the last publish, for whoever asks.
struct fence_figures {
    _Atomic uint64_t fences, zones, members, tile38, waiting, fixes, tests, events;
};

struct fences {
    struct ledger *ledger;
    struct live *live;
    struct memory_account *account;
    struct fence_sink sink;
    fence_place *place;
    void *place_context;

    struct names names;    // fences by id
    struct chart numbers;  // fences by number
    struct chart zones_by; // dynamic zones by fence and object
    struct zone **zones;   // by number
    size_t zone_count, zone_capacity;
    uint32_t *free_zones;
    size_t free_zone_count, free_zone_capacity;
    struct chart watches, subjects;
    struct deadlines deadlines;
    uint32_t number; // the last one given
    uint32_t round;  // of judging
    uint64_t member_count, fix_count, test_count, event_count;

    struct zone **found; // of this round
    size_t found_count, found_capacity;
    struct raised *raised;
    size_t raised_count, raised_capacity;
    struct buffer key, value, payload; // scratch
    struct buffer undo;                // rows as they were before this turn
    bool is_undoing;

    // Of a backfill, which has no live: where the object was last.
    const struct row *past_row;
    struct bytes past_collection;

    struct names tile38; // hooks and channels
    struct fence_figures figures;
    struct tile38_state *tile38_state;
};

// fences.c
extern const struct ledger_stage fence_stage; // but for its context
void fences_begin(struct fences *fences, struct memory_account *account,
                  const struct fence_sink *sink);
void fences_end(struct fences *fences);
void fences_forget(struct fences *fences); // everything native in memory: what a restart does

// fence_row.c: rows, and how they come back.
void fence_row_put(struct fences *fences, struct ledger_turn *turn, enum ledger_table table,
                   struct bytes key, struct bytes value, struct bytes before);
void fence_row_delete(struct fences *fences, struct ledger_turn *turn, enum ledger_table table,
                      struct bytes key, struct bytes before);
void fence_rows_undo(struct fences *fences);
enum status fence_row_take(struct fences *fences, enum ledger_table table, struct bytes key,
                           struct bytes value, struct fault *fault);
void fence_row_drop(struct fences *fences, enum ledger_table table, struct bytes key);
void member_key(struct buffer *key, const struct member *member);
void member_write(struct fences *fences, struct ledger_turn *turn, struct member *member,
                  struct bytes before);
void window_write(struct fences *fences, struct ledger_turn *turn, struct subject *subject);

// fence_set.c: fences, zones and watches in memory.
struct watch *watch_find(const struct fences *fences, struct bytes name);
struct watch *watch_take(struct fences *fences, struct bytes name); // NULL: no memory
void watch_give(struct fences *fences, struct watch *watch);
struct fence *fence_numbered(const struct fences *fences, uint32_t number);
enum status fence_install(struct fences *fences, struct bytes row, uint32_t number,
                          struct fence **installed, struct fault *fault);
void fence_remove(struct fences *fences, struct fence *fence); // and its members, silently
enum status zone_make(struct fences *fences, struct fence *fence, struct bytes id,
                      struct shape shape, struct zone **made);
struct zone *zone_find(const struct fences *fences, const struct fence *fence, struct bytes id);
void zone_free(struct fences *fences, struct zone *zone);
enum status zone_cover(struct fences *fences, struct zone *zone, bool is_put);
void fence_deadline(struct fences *fences, struct fence *fence, int64_t now_us);
void fence_rule(const struct fence *fence, struct rule *rule);

// fence_member.c: subjects and members in memory.
struct subject *subject_find(const struct fences *fences, uint32_t collection, struct bytes id);
struct subject *subject_take(struct fences *fences, uint32_t collection, struct bytes id);
void subject_give(struct fences *fences, struct subject *subject); // frees it when it holds nothing
struct member *member_find(const struct subject *subject, const struct zone *zone);
struct member *member_take(struct fences *fences, struct subject *subject, struct zone *zone);
void member_free(struct fences *fences, struct member *member);
static inline struct bytes subject_id(const struct subject *subject)
{
    return (struct bytes){.data = subject->id, .size = subject->id_size};
}

// fence_judge.c: one fix at one zone.
bool fence_is_open(struct fence *fence, int64_t at_us, int64_t *until_us);
struct member_fix fence_judge(struct fences *fences, struct zone *zone, const struct judged *judged,
                              const struct member_state *state, struct raised *like);
void fence_raise(struct fences *fences, const struct member_events *events,
                 const struct raised *like);
void fence_emit(struct fences *fences, const struct judged *judged, const struct fence_sink *sink);
bool fence_conditions_hold(struct fence *fence, const struct judged *judged,
                           enum member_reason *reason);
// Fills what comes from a row. True when the fix brought its own time.
bool judged_begin(struct judged *judged, const struct row *row, int64_t now_us);
// Of what no fix says: the object where it is, at the turn's time.
struct judged judged_now(struct fences *fences, struct ledger_turn *turn,
                         const struct subject *subject, struct row *row);

// fence_change.c: changes of objects.
void fence_observe(struct fences *fences);
void fence_object_put(struct fences *fences, struct ledger_turn *turn, struct watch *watch,
                      const struct collection *collection, struct bytes id,
                      const struct object *before, const struct row *row);
// A fix in the order of its time, of an object whose fix before it was `before` (NULL: none).
void fence_subject_fix(struct fences *fences, struct watch *watch, struct judged *judged,
                       bool has_own_time, const struct row *before);
// True when the fix was put in order.
bool fence_subject_late(struct fences *fences, const struct watch *watch, struct judged *judged);
// Nothing is kept (judged->turn is NULL).
void fence_subject_try(struct fences *fences, const struct watch *watch, struct judged *judged);
// A window that knows of the object's present fix, where there is none yet.
void fence_window_seed(struct fences *fences, const struct judged *judged,
                       const struct object *object);
enum member_reason fence_reason_of(enum change_kind kind);
// Keeps what a zone's state has become: its row, its deadline; or that there is none any more.
void member_settle(struct fences *fences, const struct judged *judged, struct subject **subject,
                   struct zone *zone, struct member *member, const struct member_state *state);

// fence_area.c: areas that come, change and go, with who is in them.
void fence_area_changed(struct fences *fences, struct ledger_turn *turn, struct watch *watch,
                        const struct change *change);
void fence_areas_dropped(struct fences *fences, struct ledger_turn *turn, struct watch *watch);
// Everybody in the zone leaves; nobody is kept.
void fence_zone_end(struct fences *fences, struct ledger_turn *turn, struct zone *zone,
                    enum member_reason reason, bool is_announced);
// The zone is new, or another: who is inside now comes in, who is not goes out.
void fence_zone_begin(struct fences *fences, struct ledger_turn *turn, struct zone *zone,
                      bool is_announced);
// Zones of all objects of the fence's area collection.
enum status fence_zones_make(struct fences *fences, struct fence *fence);

// fence_edit.c: ends a fence, with its row.
void fence_end(struct fences *fences, struct ledger_turn *turn, struct fence *fence,
               enum member_reason reason, bool is_announced);

// fence_near.c: pairs of objects.
// The object that others were near to is gone.
void fence_near_gone(struct fences *fences, struct ledger_turn *turn, struct zone *zone,
                     const struct change *change);
void fence_near_moved(struct fences *fences, struct ledger_turn *turn, struct watch *watch,
                      const struct change *change, const struct row *row);

// fence_time.c
void fence_due(struct fences *fences, struct ledger_turn *turn);

// tile38.c
enum status tile38_begin(struct fences *fences);
void tile38_end(struct fences *fences);
void tile38_changed(struct fences *fences, struct ledger_turn *turn, struct watch *watch,
                    const struct change *change);
void tile38_dropped(struct fences *fences, struct ledger_turn *turn, struct watch *watch,
                    const struct collection *collection);
void tile38_publish(struct fences *fences);
void tile38_undo(struct fences *fences);
enum status tile38_row_take(struct fences *fences, struct bytes key, struct bytes value,
                            struct fault *fault);
void tile38_row_drop(struct fences *fences, struct bytes key);
void tile38_due(struct fences *fences, struct ledger_turn *turn, struct deadline *deadline);

#endif
