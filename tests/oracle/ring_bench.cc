// Point in polygon, ours and GEOS prepared, in turn, over 10, 1,000 and 10,000 points.
//
// GEOS in its faster form: the point objects are made once, outside the measured loop (3.11 has no
// PreparedContainsXY). Half of the points lie in the polygon's box, half near its edge.
#include "shapes.h"

extern "C" {
#include "base/bench.h"
}

enum { PROBES = 4096 };

struct Side {
    GEOSContextHandle_t geos;
    const GEOSPreparedGeometry *prepared;
    std::vector<GEOSGeometry *> geos_points;
    const ring_index *index;
    std::vector<geo_point> points;
    long inside;
};

static void run_geos(void *context)
{
    Side *const side = static_cast<Side *>(context);
    side->inside = 0;
    for (const GEOSGeometry *point : side->geos_points) {
        side->inside += GEOSPreparedContains_r(side->geos, side->prepared, point);
    }
}

static void run_ours(void *context)
{
    Side *const side = static_cast<Side *>(context);
    side->inside = 0;
    for (const geo_point point : side->points) {
        side->inside += ring_index_contains(side->index, point);
    }
}

static bool measure(Chance &chance, int count, double needed)
{
    const Geos geos;
    const geo_point centre = {95000000, 471000000};
    Shape shape;
    shape.add_star(chance, centre, 2e6, count, 0.3);
    GEOSGeometry *const theirs = geos.polygon(shape);
    const Indexed ours(shape);
    Side side = {geos.get(), GEOSPrepare_r(geos.get(), theirs), {}, ours.get(), {}, 0};
    for (int i = 0; i < PROBES; i++) {
        geo_point probe = chance.near(centre, 2000000);
        if (i % 2 == 0) {
            probe =
                chance.near(shape.points[static_cast<size_t>(chance.between(0, count - 1))], 60000);
        }
        side.points.push_back(probe);
        side.geos_points.push_back(geos.point(probe));
    }
    const bench_side sides[] = {{"GEOS prepared", run_geos, &side, PROBES},
                                {"ring_index", run_ours, &side, PROBES}};
    char title[64];
    std::snprintf(title, sizeof(title), "point in polygon of %d", count);
    const double times = bench_run(title, sides, 2, 31);
    run_geos(&side);
    const long expected = side.inside;
    run_ours(&side);
    std::printf("  %.2f times GEOS (needs %.0f), %ld and %ld of %d inside, %.1f bytes a point\n",
                times, needed, expected, side.inside, static_cast<int>(PROBES),
                static_cast<double>(ours.size()) / count);
    for (GEOSGeometry *point : side.geos_points) {
        GEOSGeom_destroy_r(geos.get(), point);
    }
    GEOSPreparedGeom_destroy_r(geos.get(), side.prepared);
    GEOSGeom_destroy_r(geos.get(), theirs);
    return times >= needed && expected == side.inside;
}

int main()
{
    Chance chance;
    bool is_enough = measure(chance, 10, 2);
    is_enough &= measure(chance, 1000, 3);
    is_enough &= measure(chance, 10000, 3);
    return is_enough ? 0 : 1;
}
