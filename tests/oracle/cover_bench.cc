// Coverings of caps by 8 cells, ours and S2RegionCoverer's, in turn, and how much they cover.
#include <s2/s2cap.h>
#include <s2/s2cell.h>
#include <s2/s2cell_union.h>
#include <s2/s2latlng.h>
#include <s2/s2region_coverer.h>
#include <stdatomic.h>
#include <vector>

#include "oracle.h"
#define _Atomic
#define _Static_assert static_assert
extern "C" {
#include "base/bench.h"
#include "geo/cover.h"
}
#undef _Atomic
#undef _Static_assert

enum { CAPS = 512, CELLS = 8 };

struct Caps {
    std::vector<geo_point> centres;
    std::vector<S2Cap> caps;
    double radius_m;
    uint64_t sum;
};

static void run_s2(void *context)
{
    Caps *const caps = static_cast<Caps *>(context);
    S2RegionCoverer::Options options;
    options.set_max_cells(CELLS);
    S2RegionCoverer coverer(options);
    std::vector<S2CellId> cells;
    for (const S2Cap &cap : caps->caps) {
        coverer.GetCovering(cap, &cells);
        caps->sum += cells.size();
    }
}

static void run_ours(void *context)
{
    Caps *const caps = static_cast<Caps *>(context);
    const cover_options options = {30, CELLS};
    cover_cell cells[CELLS];
    for (const geo_point centre : caps->centres) {
        caps->sum += cover_cap(centre, caps->radius_m, &options, cells);
    }
}

static double areas_of_ours(const Caps &caps)
{
    const cover_options options = {30, CELLS};
    double area = 0;
    for (const geo_point centre : caps.centres) {
        cover_cell cells[CELLS];
        const size_t count = cover_cap(centre, caps.radius_m, &options, cells);
        for (size_t i = 0; i < count; i++) {
            area += S2Cell(S2CellId(cells[i].cell)).ExactArea();
        }
    }
    return area;
}

static double areas_of_s2(const Caps &caps)
{
    S2RegionCoverer::Options options;
    options.set_max_cells(CELLS);
    S2RegionCoverer coverer(options);
    double area = 0;
    for (const S2Cap &cap : caps.caps) {
        area += coverer.GetCovering(cap).ExactArea();
    }
    return area;
}

static bool measure(Chance &chance, const char *title, double radius_m)
{
    Caps caps = {{}, {}, radius_m, 0};
    for (int i = 0; i < CAPS; i++) {
        const geo_point centre = chance.near({95215000, 471410000}, 200000000);
        caps.centres.push_back(centre);
        caps.caps.emplace_back(S2LatLng::FromE7(centre.lat_e7, centre.lng_e7).ToPoint(),
                               S1Angle::Radians(radius_m / DISTANCE_EARTH_RADIUS_M));
    }
    const bench_side sides[] = {{"S2RegionCoverer", run_s2, &caps, CAPS},
                                {"cover_cap", run_ours, &caps, CAPS}};
    const double times = bench_run(title, sides, 2, 31);
    const double ours = areas_of_ours(caps);
    const double theirs = areas_of_s2(caps);
    std::printf("  %.2f times s2geometry (needs 3), covering %.3f times its area\n", times,
                ours / theirs);
    return times >= 3 && ours <= 1.02 * theirs;
}

int main()
{
    Chance chance;
    const bool is_enough = measure(chance, "8 cells for 1 km", 1000);
    return measure(chance, "8 cells for 10 km", 10000) && is_enough ? 0 : 1;
}
