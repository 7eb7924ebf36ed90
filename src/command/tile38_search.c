#include <math.h>
#include <stdlib.h>

#include "command/tile38_query.h"
#include "text/glob.h"

// Up to so many objects with a place are answered in Tile38's order: its R-tree is then one leaf,
// sorted by the western edge. Above that its order is its tree's, and ours is that of cells.
#define LEAF_SIZE 64

// The clock is looked at once in so many candidates.
#define STEPS_BETWEEN_LOOKS 64

struct hit {
    const struct object *object;
    double distance_m; // negative: none
};

struct walk {
    struct tile38_request *request;
    const struct tile38_query *query;
    const struct collection *collection;
    struct shape area;
    struct geo_box area_box;
    uint64_t steps; // candidates so far: what cursors count
    uint64_t limit;
    uint64_t count;  // of what was found
    bool is_full;    // `limit` was reached
    bool is_late;    // the time of TIMEOUT was
    bool is_checked; // what arrives lies in the area
    bool has_failed; // a script of WHEREEVAL has; the request's fault says why
    struct buffer *hits;
};

static bool is_late(const struct tile38_request *request)
{
    if (request->deadline_us == INT64_MAX) {
        return false;
    }
    const struct sys *const sys = request->tile38->world->sys;
    return sys->monotonic_us(sys) >= request->deadline_us;
}

static bool is_in_area(const struct walk *walk, const struct object *object)
{
    if (walk->is_checked) {
        return true;
    }
    uint8_t scratch[ROW_SCRATCH_SIZE];
    const struct shape shape = object_shape(object, scratch);
    return walk->query->kind == TILE38_IS_WITHIN ? shape_contains(walk->area, shape)
                                                 : shape_intersects(walk->area, shape);
}

// What is asked of an object besides its place.
static bool is_wanted(struct walk *walk, const struct object *object)
{
    const struct tile38_query *const query = walk->query;
    if (query->glob_count == 0 && query->where_count == 0 && query->eval_count == 0) {
        return true;
    }
    struct row row;
    object_row(object, &row);
    bool holds = tile38_query_wants_name(
                     query, query->kind == TILE38_SEARCHES ? row.text : object_id(object)) &&
                 tile38_query_wants(query, object, &row);
    if (holds && query->eval_count != 0 &&
        tile38_evals_hold(walk->request, query, object, &row, &holds) != STATUS_OK) {
        walk->has_failed = true;
        return false;
    }
    return holds;
}

// One candidate: counted, skipped before the cursor, asked, kept. False: enough.
static bool take(struct walk *walk, const struct object *object, double distance_m, bool *is_kept)
{
    if (++walk->steps % STEPS_BETWEEN_LOOKS == 0 && is_late(walk->request)) {
        walk->is_late = true;
        return false;
    }
    if (walk->steps <= walk->query->cursor || !is_in_area(walk, object) ||
        !is_wanted(walk, object)) {
        return !walk->has_failed;
    }
    *is_kept = true;
    walk->count++;
    if (walk->query->output != TILE38_OUTPUT_COUNT) {
        const struct hit hit = {.object = object, .distance_m = distance_m};
        buffer_append(walk->hits, &hit, sizeof(hit));
        if (walk->hits->failed) {
            return false;
        }
    }
    walk->is_full = walk->count == walk->limit;
    return !walk->is_full;
}

static bool take_plain(void *context, const struct object *object)
{
    bool is_kept = false;
    return take(context, object, -1, &is_kept);
}

static bool take_string(void *context, const struct object *object)
{
    struct row row;
    object_row(object, &row);
    bool is_kept = false;
    return row.kind != ROW_STRING || take(context, object, -1, &is_kept);
}

// Distances as Tile38 says them: on a sphere of 6,371 km, by the haversine formula.
static double haversine_m(double lat1_deg, double lng1_deg, double lat2_deg, double lng2_deg)
{
    static const double pi = 3.14159265358979323846;
    const double lat1 = lat1_deg * pi / 180, lng1 = lng1_deg * pi / 180;
    const double lat2 = lat2_deg * pi / 180, lng2 = lng2_deg * pi / 180;
    const double up = sin((lat2 - lat1) / 2), along = sin((lng2 - lng1) / 2);
    const double half = up * up + cos(lat1) * cos(lat2) * along * along;
    return 6371e3 * 2 * atan2(sqrt(half), sqrt(1 - half));
}

static double distance_of(const struct walk *walk, const struct object *object, double distance_m)
{
    struct row row;
    object_row(object, &row);
    const struct tile38_area *const area = &walk->query->area;
    if (row.kind != ROW_POINT) {
        return distance_m;
    }
    const struct tile38_rect rect = tile38_rect_of(&row);
    return haversine_m(area->lat_deg, area->lng_deg, rect.south, rect.west);
}

static bool take_near(void *context, const struct object *object, double distance_m)
{
    struct walk *const walk = context;
    bool is_kept = false;
    return take(walk, object,
                walk->query->wants_distance ? distance_of(walk, object, distance_m) : -1, &is_kept);
}

// Areas. ---------------------------------------------------------------------------------------------

static struct geo_box box_of(const struct object *object)
{
    struct row row;
    object_row(object, &row);
    return row_box(&row);
}

static bool take_in_box(void *context, const struct object *object)
{
    struct walk *const walk = context;
    bool is_kept = false;
    return !geo_box_intersects(box_of(object), walk->area_box) || take(walk, object, -1, &is_kept);
}

// Of a small collection: what lies in the box, then from west to east, the last id first.
struct leaf {
    const struct walk *walk;
    struct {
        const struct object *object;
        double west;
    } entries[LEAF_SIZE];
    size_t count;
};

static bool add_to_leaf(void *context, const struct object *object)
{
    struct leaf *const leaf = context;
    struct row row;
    object_row(object, &row);
    if (leaf->count < LEAF_SIZE && row.kind != ROW_STRING &&
        geo_box_intersects(row_box(&row), leaf->walk->area_box)) {
        leaf->entries[leaf->count].object = object;
        leaf->entries[leaf->count++].west = tile38_rect_of(&row).west;
    }
    return true;
}

static void walk_leaf(struct walk *walk)
{
    struct leaf leaf = {.walk = walk};
    const struct live_scan all = {.is_descending = true};
    collection_scan(walk->collection, &all, add_to_leaf, &leaf);
    // An insertion sort keeps the order of ids among equals, and there are few.
    for (size_t i = 1; i < leaf.count; i++) {
        for (size_t j = i; j > 0 && leaf.entries[j].west < leaf.entries[j - 1].west; j--) {
            const struct object *const object = leaf.entries[j].object;
            const double west = leaf.entries[j].west;
            leaf.entries[j] = leaf.entries[j - 1];
            leaf.entries[j - 1].object = object;
            leaf.entries[j - 1].west = west;
        }
    }
    bool is_kept = false;
    for (size_t i = 0; i < leaf.count && take(walk, leaf.entries[i].object, -1, &is_kept); i++) {
    }
}

static bool is_small(const struct collection *collection)
{
    const struct collection_counts counts = collection_counts(collection);
    return counts.points + counts.shapes <= LEAF_SIZE && counts.strings <= LEAF_SIZE;
}

static void walk_area(struct walk *walk)
{
    const struct tile38_query *const query = walk->query;
    walk->area_box = shape_box(walk->area);
    if (query->output == TILE38_OUTPUT_COUNT && query->cursor == 0) {
        walk->is_checked = true;
        collection_in(walk->collection, walk->area,
                      query->kind == TILE38_IS_WITHIN ? LIVE_WITHIN : LIVE_INTERSECTS, take_plain,
                      walk);
    } else if (is_small(walk->collection)) {
        walk_leaf(walk);
    } else {
        collection_in(walk->collection, walk->area, LIVE_MAY_MEET, take_in_box, walk);
    }
}

// SPARSE n: of each of 4^n parts of the area's box the first object that is wanted.
struct sparse {
    struct walk *walk;
    struct geo_box box;
    bool goes_on;
};

static bool is_hit_already(const struct walk *walk, const struct object *object)
{
    for (size_t at = 0; at < walk->hits->size; at += sizeof(struct hit)) {
        struct hit hit;
        memcpy(&hit, walk->hits->data + at, sizeof(hit));
        if (hit.object == object) {
            return true;
        }
    }
    return false;
}

static bool take_sparse(void *context, const struct object *object)
{
    struct sparse *const sparse = context;
    struct walk *const walk = sparse->walk;
    if (!geo_box_intersects(box_of(object), sparse->box) || is_hit_already(walk, object)) {
        return true;
    }
    double distance_m = -1;
    if (walk->query->kind == TILE38_IS_NEARBY && walk->query->wants_distance) {
        uint8_t scratch[ROW_SCRATCH_SIZE];
        const struct shape centre = walk->area;
        distance_m = distance_of(
            walk, object,
            shape_distance_to_point_m(object_shape(object, scratch), shape_centre(centre)));
    }
    bool is_kept = false;
    sparse->goes_on = take(walk, object, distance_m, &is_kept);
    return sparse->goes_on && !is_kept;
}

static bool walk_sparse(struct walk *walk, struct geo_box box, unsigned depth)
{
    if (depth == 0) {
        struct sparse sparse = {.walk = walk, .box = box, .goes_on = true};
        uint8_t bytes[64];
        struct buffer shape = {.data = bytes, .capacity = sizeof(bytes)};
        shape_add_box(&shape, box);
        collection_in(walk->collection, (struct shape){.bytes = buffer_bytes(&shape)},
                      LIVE_MAY_MEET, take_sparse, &sparse);
        return sparse.goes_on;
    }
    const struct geo_point middle = geo_box_centre(box);
    const struct geo_box quarters[4] = {
        {box.west_e7, middle.lat_e7, middle.lng_e7, box.north_e7},
        {middle.lng_e7, middle.lat_e7, box.east_e7, box.north_e7},
        {box.west_e7, box.south_e7, middle.lng_e7, middle.lat_e7},
        {middle.lng_e7, box.south_e7, box.east_e7, middle.lat_e7},
    };
    for (size_t i = 0; i < 4; i++) {
        if (!walk_sparse(walk, quarters[i], depth - 1)) {
            return false;
        }
    }
    return true;
}

static enum status walk_nearby(struct walk *walk)
{
    const struct tile38_area *const area = &walk->query->area;
    if (walk->query->sparse != 0) {
        if (area->radius_m < 0) {
            return tile38_fail(walk->request, "cannot use SPARSE without a point distance");
        }
        (void)walk_sparse(walk, shape_box(walk->area), walk->query->sparse);
        return STATUS_OK;
    }
    walk->is_checked = true;
    collection_nearest(walk->collection, shape_centre(walk->area),
                       area->radius_m > 0 ? area->radius_m : (double)INFINITY, take_near, walk);
    return STATUS_OK;
}

static void walk_scan(struct walk *walk)
{
    const struct tile38_query *const query = walk->query;
    walk->is_checked = true;
    if (query->kind == TILE38_SEARCHES) {
        collection_scan_values(walk->collection, query->is_descending, take_string, walk);
        return;
    }
    struct live_scan scan = {.is_descending = query->is_descending};
    if (query->glob_count == 1) {
        scan.prefix = glob_prefix(query->lists->globs[0]);
    }
    collection_scan(walk->collection, &scan, take_plain, walk);
}

// SCAN and SEARCH … COUNT of everything.
static bool count_all(struct walk *walk)
{
    const struct tile38_query *const query = walk->query;
    if (query->output != TILE38_OUTPUT_COUNT || query->where_count != 0 || query->eval_count != 0 ||
        query->limit != 0 || query->kind > TILE38_SEARCHES ||
        (query->glob_count != 0 && !bytes_equal(query->lists->globs[0], BYTES_OF("*")))) {
        return false;
    }
    const struct collection_counts counts = collection_counts(walk->collection);
    const uint64_t all = query->kind == TILE38_SCANS ? counts.objects : counts.strings;
    walk->count = all > query->cursor ? all - query->cursor : 0;
    return true;
}

static enum status walk_all(struct walk *walk)
{
    const struct tile38_query *const query = walk->query;
    if (walk->collection == NULL || count_all(walk)) {
        return STATUS_OK;
    }
    switch (query->kind) {
    case TILE38_SCANS:
    case TILE38_SEARCHES:
        walk_scan(walk);
        return STATUS_OK;
    case TILE38_IS_NEARBY:
        walk->area = tile38_area_shape(query);
        return walk_nearby(walk);
    case TILE38_IS_WITHIN:
    case TILE38_IS_INTERSECTS:
    default:
        walk->area = tile38_area_shape(query);
        if (query->sparse != 0) {
            (void)walk_sparse(walk, shape_box(walk->area), query->sparse);
        } else {
            walk_area(walk);
        }
        return STATUS_OK;
    }
}

// Replies. -------------------------------------------------------------------------------------------

static struct hit hit_at(const struct walk *walk, size_t index)
{
    struct hit hit;
    memcpy(&hit, walk->hits->data + index * sizeof(hit), sizeof(hit));
    return hit;
}

static void write_hit_body(struct tile38_request *request, const struct walk *walk,
                           struct tile38_row_text *clipped, const struct row *row)
{
    static const enum tile38_shape shapes[] = {
        [TILE38_OUTPUT_OBJECTS] = TILE38_OBJECT, [TILE38_OUTPUT_POINTS] = TILE38_POINT,
        [TILE38_OUTPUT_BOUNDS] = TILE38_BOUNDS,  [TILE38_OUTPUT_HASHES] = TILE38_HASH,
        [TILE38_OUTPUT_IDS] = TILE38_OBJECT,     [TILE38_OUTPUT_COUNT] = TILE38_OBJECT};
    const struct tile38_query *const query = walk->query;
    struct row shown = *row;
    if (query->clips && query->kind == TILE38_IS_INTERSECTS) {
        tile38_row_clip(&shown, walk->area, clipped);
    }
    tile38_write_shape(request, &shown, shapes[query->output], query->precision);
}

static void write_resp_hit(struct tile38_request *request, const struct walk *walk,
                           const struct hit *hit, struct tile38_row_text *clipped)
{
    const struct tile38_query *const query = walk->query;
    struct buffer *const out = request->out;
    const bool has_distance = hit->distance_m >= 0;
    if (query->output == TILE38_OUTPUT_IDS) {
        if (has_distance) {
            resp_write_array(out, 2);
        }
        resp_write_bulk(out, object_id(hit->object));
    } else {
        struct row row;
        object_row(hit->object, &row);
        const bool has_fields = !query->has_no_fields && row.fields.size != 0;
        resp_write_array(out, 2 + (size_t)has_fields + (size_t)has_distance);
        resp_write_bulk(out, object_id(hit->object));
        write_hit_body(request, walk, clipped, &row);
        if (has_fields) {
            tile38_write_fields(request, row.fields);
        }
    }
    if (has_distance) {
        tile38_write_bulk_number(out, hit->distance_m);
    }
}

// Names of fields of all hits, in order of name.
struct names {
    struct buffer list; // struct bytes
    size_t count;
};

static void add_name(struct names *names, struct bytes name)
{
    struct bytes *list = (struct bytes *)(void *)names->list.data;
    size_t low = 0, high = names->count;
    while (low < high) {
        const size_t middle = (low + high) / 2;
        const int order = bytes_compare(list[middle], name);
        if (order == 0) {
            return;
        }
        *(order < 0 ? &low : &high) = order < 0 ? middle + 1 : middle;
    }
    buffer_append(&names->list, &name, sizeof(name));
    if (names->list.failed) {
        return;
    }
    list = (struct bytes *)(void *)names->list.data;
    memmove(list + low + 1, list + low, (names->count - low) * sizeof(name));
    list[low] = name;
    names->count++;
}

static void gather_names(const struct walk *walk, size_t count, struct names *names)
{
    for (size_t i = 0; i < count; i++) {
        struct row row;
        struct bytes name, value;
        object_row(hit_at(walk, i).object, &row);
        while (row_field_next(&row.fields, &name, &value)) {
            add_name(names, name);
        }
    }
}

static struct bytes name_at(const struct names *names, size_t index)
{
    struct bytes name;
    memcpy(&name, names->list.data + index * sizeof(name), sizeof(name));
    return name;
}

static void write_json_hit(struct tile38_request *request, const struct walk *walk,
                           const struct hit *hit, const struct names *names,
                           struct tile38_row_text *clipped)
{
    static const char *const members[] = {
        [TILE38_OUTPUT_OBJECTS] = "object", [TILE38_OUTPUT_POINTS] = "point",
        [TILE38_OUTPUT_BOUNDS] = "bounds",  [TILE38_OUTPUT_HASHES] = "hash",
        [TILE38_OUTPUT_IDS] = "",           [TILE38_OUTPUT_COUNT] = ""};
    const struct tile38_query *const query = walk->query;
    struct buffer *const out = request->out;
    if (query->output == TILE38_OUTPUT_IDS && hit->distance_m < 0) {
        tile38_write_json_text(out, object_id(hit->object));
        return;
    }
    buffer_append_text(out, "{\"id\":");
    tile38_write_json_text(out, object_id(hit->object));
    struct row row;
    object_row(hit->object, &row);
    if (query->output != TILE38_OUTPUT_IDS) {
        buffer_append_format(out, ",\"%s\":", members[query->output]);
        write_hit_body(request, walk, clipped, &row);
    }
    for (size_t i = 0; i < names->count; i++) {
        struct bytes value = BYTES_OF("0");
        (void)row_field_find(row.fields, name_at(names, i), &value);
        buffer_append_text(out, i == 0 ? ",\"fields\":[" : ",");
        buffer_append_bytes(out, value);
    }
    buffer_append(out, "]", names->count != 0 ? 1 : 0);
    if (hit->distance_m >= 0) {
        buffer_append_text(out, ",\"distance\":");
        tile38_write_number(out, hit->distance_m);
    }
    buffer_append(out, "}", 1);
}

static void reply_json(struct tile38_request *request, const struct walk *walk, size_t count,
                       uint64_t cursor, struct tile38_row_text *clipped)
{
    static const char *const lists[] = {
        [TILE38_OUTPUT_OBJECTS] = "objects", [TILE38_OUTPUT_POINTS] = "points",
        [TILE38_OUTPUT_BOUNDS] = "bounds",   [TILE38_OUTPUT_HASHES] = "hashes",
        [TILE38_OUTPUT_IDS] = "ids",         [TILE38_OUTPUT_COUNT] = ""};
    const struct tile38_query *const query = walk->query;
    struct buffer *const out = request->out;
    struct names names = {.list = {.account = out->account}};
    if (!query->has_no_fields && query->output < TILE38_OUTPUT_IDS) {
        gather_names(walk, count, &names);
    }
    tile38_json_begin(request);
    for (size_t i = 0; i < names.count; i++) {
        buffer_append_text(out, i == 0 ? ",\"fields\":[" : ",");
        tile38_write_json_text(out, name_at(&names, i));
    }
    buffer_append(out, "]", names.count != 0 ? 1 : 0);
    if (query->output != TILE38_OUTPUT_COUNT) {
        buffer_append_format(out, ",\"%s\":[", lists[query->output]);
        for (size_t i = 0; i < count; i++) {
            const struct hit hit = hit_at(walk, i);
            buffer_append(out, ",", i == 0 ? 0 : 1);
            write_json_hit(request, walk, &hit, &names, clipped);
        }
        buffer_append(out, "]", 1);
    }
    buffer_append_format(out, ",\"count\":%llu,\"cursor\":%llu", (unsigned long long)walk->count,
                         (unsigned long long)cursor);
    tile38_json_end(request);
    buffer_free(&names.list);
}

static void reply(struct tile38_request *request, const struct walk *walk)
{
    const size_t count = walk->hits->size / sizeof(struct hit);
    const uint64_t cursor =
        walk->is_full && walk->query->output != TILE38_OUTPUT_COUNT ? walk->steps : 0;
    struct tile38_row_text clipped = {.text = {.account = request->out->account},
                                      .shape = {.account = request->out->account}};
    if (tile38_is_json(request)) {
        reply_json(request, walk, count, cursor, &clipped);
    } else if (walk->query->output == TILE38_OUTPUT_COUNT) {
        resp_write_integer(request->out, (int64_t)walk->count);
    } else {
        resp_write_array(request->out, 2);
        resp_write_integer(request->out, (int64_t)cursor);
        resp_write_array(request->out, count);
        for (size_t i = 0; i < count; i++) {
            const struct hit hit = hit_at(walk, i);
            write_resp_hit(request, walk, &hit, &clipped);
        }
    }
    buffer_free(&clipped.text);
    buffer_free(&clipped.shape);
}

static enum status answer(struct tile38_request *request, const struct tile38_query *query)
{
    struct walk walk = {.request = request,
                        .query = query,
                        .collection = live_collection(request->view, query->key),
                        .limit = query->limit != 0                      ? query->limit
                                 : query->output == TILE38_OUTPUT_COUNT ? UINT64_MAX
                                                                        : 100,
                        .hits = &request->scratch->list};
    buffer_clear(walk.hits);
    TRY(walk_all(&walk));
    if (walk.has_failed) {
        return STATUS_OUT_OF_RANGE;
    }
    if (walk.is_late || is_late(request)) {
        return tile38_fail(request, "timeout");
    }
    TRY(buffer_status(walk.hits));
    reply(request, &walk);
    return STATUS_OK;
}

static enum status run(struct tile38_request *request, enum tile38_kind_of_search kind)
{
    struct tile38_query query;
    enum status status =
        tile38_query_take(request, tile38_words_after(request, 1), kind, false, &query);
    if (status == STATUS_OK && !query.is_fence) {
        status = tile38_evals_begin(request, &query);
    }
    if (status == STATUS_OK) {
        status = query.is_fence ? tile38_open_fence(request, &query) : answer(request, &query);
    }
    tile38_query_end(&query);
    return status;
}

enum status tile38_scan(struct tile38_request *request)
{
    return run(request, TILE38_SCANS);
}

enum status tile38_search(struct tile38_request *request)
{
    return run(request, TILE38_SEARCHES);
}

enum status tile38_nearby(struct tile38_request *request)
{
    return run(request, TILE38_IS_NEARBY);
}

enum status tile38_within(struct tile38_request *request)
{
    return run(request, TILE38_IS_WITHIN);
}

enum status tile38_intersects(struct tile38_request *request)
{
    return run(request, TILE38_IS_INTERSECTS);
}
