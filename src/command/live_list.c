// Objects of a collection: near a point, in an area, that match a filter; page by page.
//
// Pages are in order of id, or of distance when `near` is given; a cursor is where the page ended, so
// an object that does not change is met exactly once whatever is written meanwhile. A request looks
// at a bounded number of objects: a page may be short, or empty, and still have a `next`.
#include <math.h>
#include <string.h>

#include "codec/geojson.h"
#include "codec/json_slice.h"
#include "command/live_feature.h"
#include "command/live_private.h"
#include "command/live_subject.h"
#include "sys/clock.h"

// Objects met through the index of places before the order of ids is tried instead; and met in all.
enum { MET_IN_AREA_MAX = 20000, MET_MAX = 200000 };

struct listing {
    struct call *call;
    const struct value *values;
    const struct collection *collection;
    struct json_writer json;
    struct filter *filter;
    struct filter_subject asked;
    struct subject subject;
    // The area.
    struct buffer shape;
    bool has_area;
    enum live_relation relation;
    // The page.
    uint64_t salt;
    size_t limit, count, met;
    bool has_more;
    struct bytes after_id; // size 0: from the beginning
    double after_m;
    const struct object *last; // met
    double last_m;
    const struct object **found; // a heap, the greatest id on top; limit + 1
};

// --- What is asked ---

static enum status add_geometry(struct listing *listing, struct bytes text, struct fault *fault)
{
    struct memory_account *const account = listing->call->world->account;
    struct row row = {0};
    TRY(feature_check_json(text, account, fault));
    struct bytes geometry = json_slice_trim(text);
    const struct bytes type = json_slice_find(geometry, BYTES_OF("type"));
    if (json_slice_equals(type, BYTES_OF("Feature"))) {
        geometry = json_slice_find(geometry, BYTES_OF("geometry"));
    }
    TRY(feature_read_geometry(geometry, account, &row, &listing->shape, fault));
    if (row.kind == ROW_POINT) {
        shape_add_point(&listing->shape, row.point);
    }
    listing->has_area = true;
    return STATUS_OK;
}

static enum status read_area(struct listing *listing, struct fault *fault)
{
    const struct value *const values = listing->values;
    const unsigned given = (values[OBJECTS_WITHIN].is_given ? 1U : 0U) +
                           (values[OBJECTS_INTERSECTS].is_given ? 1U : 0U) +
                           (values[OBJECTS_BBOX].is_given ? 1U : 0U) +
                           (listing->has_area ? 1U : 0U);
    if (given > 1) {
        return fault_set(fault, STATUS_OUT_OF_RANGE,
                         "within, intersects and bbox are asked one at a time");
    }
    if (values[OBJECTS_BBOX].is_given) {
        listing->has_area = true;
        listing->relation = LIVE_INTERSECTS;
        shape_add_box(&listing->shape, values[OBJECTS_BBOX].box);
        return STATUS_OK;
    }
    if (values[OBJECTS_WITHIN].is_given) {
        listing->relation = LIVE_WITHIN;
        return add_geometry(listing, values[OBJECTS_WITHIN].text, fault);
    }
    if (values[OBJECTS_INTERSECTS].is_given) {
        listing->relation = LIVE_INTERSECTS;
        return add_geometry(listing, values[OBJECTS_INTERSECTS].text, fault);
    }
    return STATUS_OK;
}

// The position behind the last page: distance, id; or id.
static enum status read_cursor(struct listing *listing, struct fault *fault)
{
    const struct value *const values = listing->values;
    static const unsigned asked[] = {OBJECTS_COLLECTION, OBJECTS_NEAR,       OBJECTS_RADIUS,
                                     OBJECTS_WITHIN,     OBJECTS_INTERSECTS, OBJECTS_BBOX,
                                     OBJECTS_FILTER};
    struct bytes position = {0};
    for (size_t i = 0; i < COUNT_OF(asked); i++) {
        listing->salt = cursor_hash(listing->salt, values[asked[i]].text);
    }
    listing->salt = cursor_hash(listing->salt, listing->call->body);
    if (!values[OBJECTS_CURSOR].is_given) {
        listing->after_m = -1;
        return STATUS_OK;
    }
    TRY(cursor_read(listing->call, values[OBJECTS_CURSOR].text, listing->salt, &position, fault));
    if (values[OBJECTS_NEAR].is_given) {
        if (position.size < sizeof(listing->after_m)) {
            return fault_set(fault, STATUS_OUT_OF_RANGE, "cursor: it is cut short");
        }
        memcpy(&listing->after_m, position.data, sizeof(listing->after_m));
        position.data += sizeof(listing->after_m);
        position.size -= sizeof(listing->after_m);
    }
    listing->after_id = position;
    return STATUS_OK;
}

static enum status read_query(struct listing *listing, struct fault *fault)
{
    struct call *const call = listing->call;
    const struct value *const values = listing->values;
    TRY(read_area(listing, fault));
    if (values[OBJECTS_RADIUS].is_given && !values[OBJECTS_NEAR].is_given) {
        return fault_set(fault, STATUS_OUT_OF_RANGE, "radius: it goes with near=LAT,LON");
    }
    if (values[OBJECTS_FILTER].is_given) {
        TRY(filter_compile(FILTER_CQL2, values[OBJECTS_FILTER].text, call->world->account,
                           &listing->filter, fault));
    }
    listing->limit = (size_t)values[OBJECTS_LIMIT].whole;
    listing->found = call_take(call, (listing->limit + 1) * sizeof(const struct object *));
    if (listing->found == NULL || buffer_status(&listing->shape) != STATUS_OK) {
        return fault_set(fault, STATUS_NO_MEMORY, "no memory for a page");
    }
    return read_cursor(listing, fault);
}

// --- What matches ---

static bool passes_filter(struct listing *listing, const struct object *object)
{
    subject_set(&listing->subject, object);
    return listing->filter == NULL || filter_matches(listing->filter, &listing->asked);
}

static bool passes_area(const struct listing *listing, const struct object *object)
{
    uint8_t scratch[64];
    if (!listing->has_area) {
        return true;
    }
    const struct shape area = {.bytes = buffer_bytes(&listing->shape)};
    const struct shape shape = object_shape(object, scratch);
    if (shape.bytes.size == 0) {
        return false; // a string
    }
    return listing->relation == LIVE_WITHIN ? shape_contains(area, shape)
                                            : shape_intersects(area, shape);
}

static void write_found(struct listing *listing, const struct object *object, double distance_m)
{
    struct row row;
    object_row(object, &row);
    feature_write(&listing->json, object_id(object), &row, listing->values[OBJECTS_FIELDS].text,
                  distance_m);
    listing->last = object;
    listing->last_m = distance_m;
    listing->count++;
}

// The page is full, or enough was looked at: stop here.
static bool is_done(struct listing *listing)
{
    listing->has_more = listing->count == listing->limit || listing->met >= MET_MAX;
    return listing->has_more;
}

// In order of id.
static bool on_scanned(void *context, const struct object *object)
{
    struct listing *const listing = context;
    if (listing->after_id.size != 0 && bytes_equal(object_id(object), listing->after_id)) {
        return true;
    }
    if (is_done(listing)) {
        return false;
    }
    listing->met++;
    if (passes_area(listing, object) && passes_filter(listing, object)) {
        write_found(listing, object, -1);
    }
    listing->last = object;
    return true;
}

static void list_by_id(struct listing *listing)
{
    const struct live_scan scan = {.from = listing->after_id};
    collection_scan(listing->collection, &scan, on_scanned, listing);
}

// In order of distance, then id.
static bool on_near(void *context, const struct object *object, double distance_m)
{
    struct listing *const listing = context;
    const int order = bytes_compare(object_id(object), listing->after_id);
    if (distance_m < listing->after_m || (distance_m <= listing->after_m && order <= 0)) {
        return true;
    }
    if (is_done(listing)) {
        return false;
    }
    listing->met++;
    if (passes_area(listing, object) && passes_filter(listing, object)) {
        write_found(listing, object, distance_m);
    }
    listing->last = object;
    listing->last_m = distance_m;
    return true;
}

// --- In an area: the least ids of all that are there ---

static bool is_before(const struct object *left, const struct object *right)
{
    return bytes_compare(object_id(left), object_id(right)) < 0;
}

static void sift_down(const struct object **heap, size_t count, size_t at)
{
    for (;;) {
        size_t greatest = at;
        for (size_t child = 2 * at + 1; child <= 2 * at + 2 && child < count; child++) {
            greatest = is_before(heap[greatest], heap[child]) ? child : greatest;
        }
        if (greatest == at) {
            return;
        }
        const struct object *const moved = heap[at];
        heap[at] = heap[greatest];
        heap[greatest] = moved;
        at = greatest;
    }
}

static void sift_up(const struct object **heap, size_t at)
{
    while (at > 0 && is_before(heap[(at - 1) / 2], heap[at])) {
        const struct object *const moved = heap[at];
        heap[at] = heap[(at - 1) / 2];
        heap[(at - 1) / 2] = moved;
        at = (at - 1) / 2;
    }
}

static bool on_in_area(void *context, const struct object *object)
{
    struct listing *const listing = context;
    if (listing->met++ == MET_IN_AREA_MAX) {
        return false;
    }
    const bool is_behind =
        listing->after_id.size != 0 && bytes_compare(object_id(object), listing->after_id) <= 0;
    const bool is_full = listing->count == listing->limit + 1;
    if (is_behind || (is_full && !is_before(object, listing->found[0])) ||
        !passes_filter(listing, object)) {
        return true;
    }
    if (is_full) {
        listing->found[0] = object;
        sift_down(listing->found, listing->count, 0);
    } else {
        listing->found[listing->count++] = object;
        sift_up(listing->found, listing->count - 1);
    }
    return true;
}

// False: there are too many; the order of ids finds a page sooner.
static bool list_in_area(struct listing *listing)
{
    const struct shape area = {.bytes = buffer_bytes(&listing->shape)};
    collection_in(listing->collection, area, listing->relation, on_in_area, listing);
    const bool is_whole = listing->met <= MET_IN_AREA_MAX;
    size_t count = listing->count;
    listing->count = 0;
    if (!is_whole) {
        listing->met = 0;
        return false;
    }
    const size_t all = count;
    for (; count > 1; count--) { // heap sort: the greatest goes to the end
        const struct object *const top = listing->found[0];
        listing->found[0] = listing->found[count - 1];
        listing->found[count - 1] = top;
        sift_down(listing->found, count - 1, 0);
    }
    for (size_t i = 0; i < all && i < listing->limit; i++) {
        write_found(listing, listing->found[i], -1);
    }
    listing->has_more = all > listing->limit;
    return true;
}

// --- Together ---

static void write_next(struct listing *listing)
{
    if (!listing->has_more || listing->last == NULL) {
        return;
    }
    struct buffer position SCOPED(buffer_free) = {.account = listing->call->world->account};
    if (listing->values[OBJECTS_NEAR].is_given) {
        buffer_append(&position, &listing->last_m, sizeof(listing->last_m));
    }
    buffer_append_bytes(&position, object_id(listing->last));
    cursor_write(&listing->json, listing->salt, buffer_bytes(&position));
}

static void list(struct listing *listing)
{
    const struct value *const values = listing->values;
    json_begin_object(&listing->json);
    JSON_KEY(&listing->json, "type");
    json_text_of(&listing->json, "FeatureCollection");
    JSON_KEY(&listing->json, "features");
    json_begin_array(&listing->json);
    if (values[OBJECTS_NEAR].is_given) {
        const double radius_m =
            values[OBJECTS_RADIUS].is_given ? values[OBJECTS_RADIUS].number : (double)INFINITY;
        collection_nearest(listing->collection, values[OBJECTS_NEAR].point, radius_m, on_near,
                           listing);
    } else if (!listing->has_area || !list_in_area(listing)) {
        list_by_id(listing);
    }
    json_end_array(&listing->json);
    write_next(listing);
    json_end_object(&listing->json);
}

// `body`: the area, with its relation; size 0: what the parameters say.
static void run(struct call *call, struct bytes body, enum live_relation relation)
{
    struct fault fault = {0};
    const struct collection *const collection =
        live_find_collection(call, call->values[OBJECTS_COLLECTION].text);
    struct listing *const listing = collection == NULL ? NULL : call_take(call, sizeof(*listing));
    if (listing == NULL) {
        if (collection != NULL) {
            call_fail_memory(call);
        }
        return;
    }
    listing->call = call;
    listing->values = call->values;
    listing->collection = collection;
    listing->json.out = &call->out;
    listing->shape.account = call->world->account;
    listing->subject.collection = collection_name(collection);
    listing->asked = subject_of(&listing->subject, sys_wall_us(call->world->sys));
    enum status status = STATUS_OK;
    if (body.size != 0) {
        listing->relation = relation;
        status = add_geometry(listing, body, &fault);
    }
    if (status == STATUS_OK) {
        status = read_query(listing, &fault);
    }
    if (status == STATUS_OK) {
        list(listing);
        call_answer(call, 200);
    } else if (status == STATUS_NO_MEMORY) {
        call_fail_memory(call);
    } else {
        call_fail(call, 400, "invalid_query", "", "%s", fault.text);
    }
    filter_free(listing->filter);
    buffer_free(&listing->shape);
}

void object_list_run(struct call *call)
{
    run(call, (struct bytes){0}, LIVE_INTERSECTS);
}

// {"within": GEOMETRY} or {"intersects": GEOMETRY}
void object_query_run(struct call *call)
{
    struct fault fault = {0};
    if (feature_check_json(call->body, call->world->account, &fault) != STATUS_OK) {
        live_fail_body(call, STATUS_CORRUPT, &fault);
        return;
    }
    const struct bytes within = json_slice_find(call->body, BYTES_OF("within"));
    const struct bytes intersects = json_slice_find(call->body, BYTES_OF("intersects"));
    if ((within.data == NULL) == (intersects.data == NULL)) {
        call_fail(call, 400, "invalid_body", "",
                  "the body is {\"within\": GEOMETRY} or {\"intersects\": GEOMETRY}");
        return;
    }
    run(call, within.data != NULL ? within : intersects,
        within.data != NULL ? LIVE_WITHIN : LIVE_INTERSECTS);
}
