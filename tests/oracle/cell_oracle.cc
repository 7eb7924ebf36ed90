// Are our cells s2geometry's? Ids, parents, ranges, tokens, centres and neighbours of random
// points.
#include <algorithm>
#include <cstring>
#include <s2/s2cell.h>
#include <s2/s2cell_id.h>
#include <s2/s2latlng.h>
#include <s2/s2latlng_rect.h>
#include <vector>

#include "oracle.h"

static void compare_neighbours(Verdict &verdict, geo_point point, S2CellId theirs, int finer)
{
    S2CellId edges[4];
    theirs.GetEdgeNeighbors(edges);
    cell_id ours[4];
    cell_edge_neighbours(theirs.id(), ours);
    for (int i = 0; i < 4; i++) {
        verdict.check(ours[i] == edges[i].id(), "edge neighbour", point);
    }

    const int level = std::min(theirs.level() + finer, 30);
    std::vector<S2CellId> all;
    theirs.AppendAllNeighbors(level, &all);
    std::sort(all.begin(), all.end());
    all.erase(std::unique(all.begin(), all.end()), all.end());
    cell_id around[64];
    const size_t count = cell_all_neighbours(theirs.id(), level, around, 64);
    bool is_same = count == all.size();
    for (size_t i = 0; is_same && i < count; i++) {
        is_same = around[i] == all[i].id();
    }
    verdict.check(is_same, "all neighbours", point);
}

static void compare_forms(Verdict &verdict, geo_point point, cell_id cell, S2CellId theirs)
{
    verdict.check(cell == theirs.id(), "parent", point);
    verdict.check(cell_range_min(cell) == theirs.range_min().id() &&
                      cell_range_max(cell) == theirs.range_max().id(),
                  "range", point);
    char token[CELL_TOKEN_SIZE];
    cell_token_format(cell, token);
    verdict.check(theirs.ToToken() == token, "token", point);
    const S2LatLng centre = theirs.ToLatLng();
    const geo_point ours = cell_centre(cell);
    const double off_deg =
        std::max(std::abs(centre.lat().degrees() - ours.lat_e7 * 1e-7),
                 std::abs(std::remainder(centre.lng().degrees() - ours.lng_e7 * 1e-7, 360)));
    verdict.check(off_deg < 0.6e-7 || std::abs(ours.lat_e7) == GEO_LAT_MAX, "centre", point, ours);
    for (int i = 0; i < 4 && !theirs.is_leaf(); i++) {
        verdict.check(cell_child(cell, i) == theirs.child(i).id(), "child", point);
    }
}

static void compare_box(Verdict &verdict, geo_point point, cell_id cell)
{
    const geo_box box = cell_box(cell);
    const S2Cell theirs{S2CellId(cell)};
    verdict.check(geo_box_contains(box, cell_centre(cell)), "centre in box", point);
    for (int i = 0; i < 4; i++) {
        const S2LatLng corner(theirs.GetVertex(i));
        const geo_point rounded = GEO_POINT(corner.lng().degrees(), corner.lat().degrees());
        verdict.check(geo_box_contains(box, rounded) || std::abs(rounded.lat_e7) == GEO_LAT_MAX,
                      "corner in box", point, rounded);
    }
    const S2LatLngRect bound = theirs.GetRectBound();
    const double height_deg = (box.north_e7 - box.south_e7) * 1e-7;
    verdict.check(height_deg <= bound.lat().GetLength() * 180 / M_PI + 4e-7, "box is tight", point);
}

// On the seams of the faces (odd multiples of 45 degrees) either face is right, and the last bit of
// a cosine decides: glibc's and ours differ for 1 in 500 arguments.
static bool are_neighbours(cell_id ours, S2CellId theirs)
{
    cell_id around[CELL_NEIGHBOURS_MAX];
    const size_t count = cell_all_neighbours(theirs.id(), 30, around, CELL_NEIGHBOURS_MAX);
    return std::find(around, around + count, ours) != around + count;
}

int main()
{
    Chance chance;
    Verdict verdict;
    const long count = oracle_count(1000000);
    for (long i = 0; i < count; i++) {
        const geo_point point = chance.point();
        const S2CellId leaf(S2LatLng::FromE7(point.lat_e7, point.lng_e7));
        const cell_id ours = cell_from_point(point, 30);
        const bool is_on_seam =
            point.lng_e7 % (90 * GEO_DEGREE_E7) != 0 && point.lng_e7 % (45 * GEO_DEGREE_E7) == 0;
        verdict.check(ours == leaf.id() || (is_on_seam && are_neighbours(ours, leaf)), "leaf",
                      point);
        if (i % 16 == 0 && ours == leaf.id()) {
            const int level = static_cast<int>(chance.between(0, 30));
            const cell_id cell = cell_from_point(point, level);
            compare_forms(verdict, point, cell, leaf.parent(level));
            compare_neighbours(verdict, point, leaf.parent(level),
                               static_cast<int>(chance.between(0, 3)));
            compare_box(verdict, point, cell);
        }
    }
    std::printf("%ld points compared with s2geometry\n", count);
    return verdict.exit_status();
}
