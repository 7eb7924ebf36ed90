// Do coverings cover? Boxes, caps and rings of all sizes, at the poles and the antimeridian too:
// every place of a region lies in a cell (by s2geometry's cell of the place), and every place of a
// cell said to be inside lies in the region. The caps' covered area is compared with
// S2RegionCoverer's.
#include <algorithm>
#include <s2/s2cap.h>
#include <s2/s2cell.h>
#include <s2/s2cell_union.h>
#include <s2/s2latlng.h>
#include <s2/s2region_coverer.h>

#include "shapes.h"

extern "C" {
#include "geo/cover.h"
}

static const int kProbes = 100;

struct Covering {
    cover_cell cells[COVER_CELLS_MAX];
    size_t count = 0;

    const cover_cell *find(geo_point point) const
    {
        const uint64_t leaf = S2CellId(S2LatLng::FromE7(point.lat_e7, point.lng_e7)).id();
        for (size_t i = 0; i < count; i++) {
            if (leaf >= cell_range_min(cells[i].cell) && leaf <= cell_range_max(cells[i].cell)) {
                return &cells[i];
            }
        }
        return nullptr;
    }

    bool is_sound(int max_cells) const
    {
        bool is_sound = count <= static_cast<size_t>(max_cells);
        for (size_t i = 0; i < count; i++) {
            is_sound &=
                cell_is_valid(cells[i].cell) &&
                (i == 0 || cell_range_max(cells[i - 1].cell) < cell_range_min(cells[i].cell));
        }
        return is_sound;
    }

    double area() const
    {
        double area = 0;
        for (size_t i = 0; i < count; i++) {
            area += S2Cell(S2CellId(cells[i].cell)).ExactArea();
        }
        return area;
    }
};

static geo_point random_centre(Chance &chance)
{
    const geo_point centre = chance.point();
    return chance.near(centre, 1000);
}

template <typename Contains>
static void probe(Chance &chance, Verdict &verdict, const Covering &covering, geo_point centre,
                  int64_t reach_e7, const char *what, Contains contains)
{
    for (int i = 0; i < kProbes; i++) {
        const geo_point point = chance.near(centre, reach_e7);
        const cover_cell *const cell = covering.find(point);
        const bool is_in_region = contains(point);
        verdict.check(!is_in_region || cell != nullptr, what, centre, point);
        verdict.check(cell == nullptr || !cell->is_inside || is_in_region, "inside", centre, point);
    }
}

struct Totals {
    double ours = 0, theirs = 0;
    long count = 0;
};

static void cover_one_cap(Chance &chance, Verdict &verdict, const cover_options &options,
                          Totals &totals)
{
    const geo_point centre = random_centre(chance);
    const double radius_m = std::pow(10, static_cast<double>(chance.between(-20, 73)) / 10);
    Covering covering;
    covering.count = cover_cap(centre, radius_m, &options, covering.cells);
    verdict.check(covering.is_sound(options.max_cells), "sound cap", centre);
    const int64_t reach_e7 = static_cast<int64_t>(radius_m * 130);
    probe(chance, verdict, covering, centre, std::min<int64_t>(reach_e7 + 1, GEO_LNG_MAX), "cap",
          [&](geo_point point) { return distance_m(centre, point) <= radius_m; });

    if (radius_m > 100 && options.max_level == 30 && options.max_cells <= 64) {
        S2RegionCoverer::Options peer;
        peer.set_max_cells(options.max_cells);
        peer.set_max_level(options.max_level);
        S2RegionCoverer coverer(peer);
        const S2Cap cap(S2LatLng::FromE7(centre.lat_e7, centre.lng_e7).ToPoint(),
                        S1Angle::Radians(radius_m / DISTANCE_EARTH_RADIUS_M));
        totals.ours += covering.area() / cap.GetArea();
        totals.theirs += coverer.GetCovering(cap).ExactArea() / cap.GetArea();
        totals.count++;
    }
}

static void cover_one_box(Chance &chance, Verdict &verdict, const cover_options &options)
{
    const geo_point centre = random_centre(chance);
    const int64_t reach_e7 =
        static_cast<int64_t>(std::pow(10, static_cast<double>(chance.between(0, 90)) / 10));
    const geo_point a = chance.near(centre, reach_e7);
    const geo_point b = chance.near(centre, reach_e7);
    const bool is_turned = geo_lng_turn_e7(a.lng_e7, b.lng_e7) < 0;
    const geo_box box = {is_turned ? b.lng_e7 : a.lng_e7, std::min(a.lat_e7, b.lat_e7),
                         is_turned ? a.lng_e7 : b.lng_e7, std::max(a.lat_e7, b.lat_e7)};
    Covering covering;
    covering.count = cover_box(box, &options, covering.cells);
    verdict.check(covering.is_sound(options.max_cells), "sound box", a, b);
    probe(chance, verdict, covering, centre, reach_e7, "box",
          [&](geo_point point) { return geo_box_contains(box, point); });
}

static void cover_some_rings(Chance &chance, Verdict &verdict, const cover_options &options)
{
    geo_point centre = random_centre(chance);
    const int64_t reach_e7 =
        static_cast<int64_t>(std::pow(10, static_cast<double>(chance.between(5, 88)) / 10));
    Shape shape;
    const int count = static_cast<int>(chance.between(3, 60));
    for (int i = 0; i < count; i++) { // a tangle: rings need not be simple
        shape.points.push_back(chance.near(centre, reach_e7));
    }
    shape.ends.push_back(static_cast<uint32_t>(shape.points.size()));
    const Indexed index(shape);
    const geo_rings rings = shape.rings();
    Covering covering;
    covering.count = cover_rings(index.get(), &options, covering.cells);
    verdict.check(covering.is_sound(options.max_cells), "sound rings", centre);
    probe(chance, verdict, covering, centre, reach_e7, "rings",
          [&](geo_point point) { return rings_contain(&rings, point); });
}

int main()
{
    Chance chance;
    Verdict verdict;
    Totals totals;
    const long count = oracle_count(10000);
    for (long i = 0; i < count; i++) {
        const int sizes[] = {8, 8, 20, 64, 300};
        const cover_options options = {static_cast<int>(i % 7 == 0 ? chance.between(0, 30) : 30),
                                       sizes[i % 5]};
        switch (i % 3) {
        case 0:
            cover_one_cap(chance, verdict, options, totals);
            break;
        case 1:
            cover_one_box(chance, verdict, options);
            break;
        default:
            cover_some_rings(chance, verdict, options);
        }
    }
    std::printf("%ld coverings; caps cover %.3f times their area, s2geometry's %.3f (%ld caps)\n",
                count, totals.ours / totals.count, totals.theirs / totals.count, totals.count);
    verdict.check(totals.ours <= totals.theirs * 1.02, "covered area", {0, 0});
    return verdict.exit_status();
}
