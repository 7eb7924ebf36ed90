#include <stdlib.h>

#include "atlas/build_street.h"
#include "geo/distance.h"

static const double piece_gap_m = 300;
static const double attach_reach_m = 2000;
// An address goes to a street of another locality only when its own has none this much farther.
static const double border_penalty_m = 1000;

enum { METRE_LAT_E7 = 90 }; // one metre of latitude, rounded up

static bool is_near(struct geo_box left, struct geo_box right, int64_t gap_e7)
{
    // Longitudes shrink towards the poles: at 60 degrees a metre is twice as many units.
    const int64_t lng_gap_e7 = gap_e7 * 4;
    const bool is_near_by_lng = geo_box_crosses_antimeridian(left) ||
                                geo_box_crosses_antimeridian(right) ||
                                ((int64_t)left.west_e7 - lng_gap_e7 <= right.east_e7 &&
                                 (int64_t)right.west_e7 - lng_gap_e7 <= left.east_e7);
    return is_near_by_lng && (int64_t)left.south_e7 - gap_e7 <= right.north_e7 &&
           (int64_t)right.south_e7 - gap_e7 <= left.north_e7;
}

static uint32_t piece_root(struct street_group *group, uint32_t piece)
{
    while (group->pieces[piece].cluster != piece) {
        group->pieces[piece].cluster = group->pieces[group->pieces[piece].cluster].cluster;
        piece = group->pieces[piece].cluster;
    }
    return piece;
}

// The lower index stands for both, so the result does not depend on the order of joining.
static void pieces_join(struct street_group *group, uint32_t left, uint32_t right)
{
    const uint32_t a = piece_root(group, left);
    const uint32_t b = piece_root(group, right);
    group->pieces[a > b ? a : b].cluster = a > b ? b : a;
}

static bool may_join(const struct piece *left, const struct piece *right)
{
    return left->locality == right->locality;
}

static int by_node(const void *left, const void *right)
{
    const struct group_node *const a = left;
    const struct group_node *const b = right;
    if (a->node != b->node) {
        return a->node < b->node ? -1 : 1;
    }
    return (a->piece > b->piece) - (a->piece < b->piece);
}

static void join_by_nodes(struct street_group *group)
{
    if (group->node_count != 0) {
        qsort(group->nodes, group->node_count, sizeof(*group->nodes), by_node);
    }
    for (size_t i = 1; i < group->node_count; i++) {
        const struct group_node *const last = &group->nodes[i - 1];
        const struct group_node *const node = &group->nodes[i];
        if (last->node == node->node &&
            may_join(&group->pieces[last->piece], &group->pieces[node->piece])) {
            pieces_join(group, last->piece, node->piece);
        }
    }
}

// Distance of two pieces: from the points of one to the line of the other. Never more than it is.
static bool is_within_gap(const struct street_group *group, const struct piece *left,
                          const struct piece *right)
{
    for (uint32_t i = 0; i < left->point_count; i++) {
        const double away_m =
            distance_off_line_m(&group->points[right->point_first], right->point_count,
                                group->points[left->point_first + i]);
        if (away_m <= piece_gap_m) {
            return true;
        }
    }
    return false;
}

struct by_south {
    int32_t south_e7;
    uint32_t piece;
};

static int by_south_order(const void *left, const void *right)
{
    const struct by_south *const a = left;
    const struct by_south *const b = right;
    if (a->south_e7 != b->south_e7) {
        return a->south_e7 < b->south_e7 ? -1 : 1;
    }
    return (a->piece > b->piece) - (a->piece < b->piece);
}

// The pieces from south to north.
static struct by_south *pieces_by_south(const struct street_group *group)
{
    struct by_south *const order =
        memory_take(group->world->account, group->piece_count + 1, sizeof(*order));
    for (uint32_t i = 0; order != NULL && i < group->piece_count; i++) {
        order[i] = (struct by_south){.south_e7 = group->pieces[i].box.south_e7, .piece = i};
    }
    if (order != NULL && group->piece_count != 0) {
        qsort(order, group->piece_count, sizeof(*order), by_south_order);
    }
    return order;
}

static void join_by_distance(struct street_group *group, const struct by_south *order)
{
    const int64_t gap_e7 = (int64_t)piece_gap_m * METRE_LAT_E7;
    for (size_t i = 0; i < group->piece_count; i++) {
        const struct piece *const left = &group->pieces[order[i].piece];
        for (size_t k = i + 1;
             k < group->piece_count && order[k].south_e7 <= (int64_t)left->box.north_e7 + gap_e7;
             k++) {
            const struct piece *const right = &group->pieces[order[k].piece];
            if (may_join(left, right) && is_near(left->box, right->box, gap_e7) &&
                piece_root(group, order[i].piece) != piece_root(group, order[k].piece) &&
                (is_within_gap(group, left, right) || is_within_gap(group, right, left))) {
                pieces_join(group, order[i].piece, order[k].piece);
            }
        }
    }
}

enum status build_cluster_pieces(struct street_group *group, struct fault *fault)
{
    for (uint32_t i = 0; i < group->piece_count; i++) {
        group->pieces[i].cluster = i;
    }
    join_by_nodes(group);
    struct by_south *const order SCOPED(build_give) = pieces_by_south(group);
    if (order == NULL) {
        return build_no_memory(group->world, fault);
    }
    join_by_distance(group, order);
    for (uint32_t i = 0; i < group->piece_count; i++) {
        group->pieces[i].cluster = piece_root(group, i);
    }
    return STATUS_OK;
}

// Whether an address lies in the locality of a piece, as far as is known.
static bool is_in_locality(const struct world *world, const struct address_row *row,
                           const struct piece *piece)
{
    return piece->locality == BUILD_NONE || piece->locality == row->context.locality ||
           piece->locality == build_location_at(world, row->context.location)->locality;
}

static uint32_t nearest_piece(const struct street_group *group, const struct by_south *order,
                              int64_t height_e7, const struct address_row *row)
{
    const int64_t reach_e7 = (int64_t)attach_reach_m * METRE_LAT_E7;
    const struct geo_box here = build_box_of(row->point);
    size_t low = 0;
    for (size_t high = group->piece_count; low < high;) {
        const size_t middle = low + (high - low) / 2;
        if (order[middle].south_e7 < here.south_e7 - reach_e7 - height_e7) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    uint32_t best = BUILD_NONE;
    double best_m = attach_reach_m + border_penalty_m;
    for (; low < group->piece_count && order[low].south_e7 <= here.north_e7 + reach_e7; low++) {
        const struct piece *const piece = &group->pieces[order[low].piece];
        if (!is_near(piece->box, here, reach_e7)) {
            continue;
        }
        const double penalty_m = is_in_locality(group->world, row, piece) ? 0 : border_penalty_m;
        // The latitudes alone often tell that it is farther than what is found.
        const int64_t above_e7 = (int64_t)piece->box.south_e7 - here.north_e7;
        const int64_t below_e7 = (int64_t)here.south_e7 - piece->box.north_e7;
        const int64_t gap_e7 = above_e7 > below_e7 ? above_e7 : below_e7;
        if ((double)gap_e7 / METRE_LAT_E7 + penalty_m >= best_m) {
            continue;
        }
        const double away_m =
            distance_off_line_m(&group->points[piece->point_first], piece->point_count, row->point);
        if (away_m <= attach_reach_m && away_m + penalty_m < best_m) {
            best_m = away_m + penalty_m;
            best = piece->cluster;
        }
    }
    return best;
}

enum status build_cluster_attach(struct street_group *group, struct fault *fault)
{
    struct by_south *const order SCOPED(build_give) = pieces_by_south(group);
    if (order == NULL) {
        return build_no_memory(group->world, fault);
    }
    int64_t height_e7 = 0; // of the highest piece
    for (size_t i = 0; i < group->piece_count; i++) {
        const struct geo_box box = group->pieces[i].box;
        const int64_t height = (int64_t)box.north_e7 - box.south_e7;
        height_e7 = height > height_e7 ? height : height_e7;
    }
    for (size_t i = 0; i < group->address_count; i++) {
        group->addresses[i].piece =
            group->piece_count == 0
                ? BUILD_NONE
                : nearest_piece(group, order, height_e7, &group->addresses[i].row);
    }
    return STATUS_OK;
}

static uint32_t address_root(struct street_group *group, uint32_t address)
{
    while (group->addresses[address].cluster != address) {
        group->addresses[address].cluster =
            group->addresses[group->addresses[address].cluster].cluster;
        address = group->addresses[address].cluster;
    }
    return address;
}

struct leftover {
    uint32_t locality;
    int32_t lat_e7;
    uint32_t address;
};

static int by_locality(const void *left, const void *right)
{
    const struct leftover *const a = left;
    const struct leftover *const b = right;
    if (a->locality != b->locality) {
        return a->locality < b->locality ? -1 : 1;
    }
    if (a->lat_e7 != b->lat_e7) {
        return a->lat_e7 < b->lat_e7 ? -1 : 1;
    }
    return (a->address > b->address) - (a->address < b->address);
}

// Joins addresses of one locality that lie within reach of each other. Looks back at a bounded
// number of neighbours: a chain of houses is dense, and a gap among hundreds on one parallel may
// stay.
static void leftovers_join(struct street_group *group, const struct leftover *left, size_t count)
{
    enum { LOOK_BACK = 64 };
    for (size_t i = 1; i < count; i++) {
        const struct address_row *const row = &group->addresses[left[i].address].row;
        for (size_t k = i; k > 0 && i - k < LOOK_BACK; k--) {
            const struct leftover *const other = &left[k - 1];
            if (other->locality != left[i].locality) {
                break;
            }
            if (distance_off_line_m(&group->addresses[other->address].row.point, 1, row->point) <=
                attach_reach_m) {
                const uint32_t a = address_root(group, left[i].address);
                const uint32_t b = address_root(group, other->address);
                group->addresses[a > b ? a : b].cluster = a > b ? b : a;
            }
        }
    }
}

enum status build_cluster_leftovers(struct street_group *group, struct fault *fault)
{
    struct leftover *const left SCOPED(build_give) =
        memory_take(group->world->account, group->address_count + 1, sizeof(*left));
    if (left == NULL) {
        return build_no_memory(group->world, fault);
    }
    size_t count = 0;
    for (uint32_t i = 0; i < group->address_count; i++) {
        struct group_address *const address = &group->addresses[i];
        address->cluster = i;
        if (address->piece == BUILD_NONE) {
            left[count++] = (struct leftover){.locality = address->row.context.locality,
                                              .lat_e7 = address->row.point.lat_e7,
                                              .address = i};
        }
    }
    if (count != 0) {
        qsort(left, count, sizeof(*left), by_locality);
    }
    leftovers_join(group, left, count);
    for (uint32_t i = 0; i < group->address_count; i++) {
        group->addresses[i].cluster = address_root(group, i);
    }
    return STATUS_OK;
}
