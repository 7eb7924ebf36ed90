// Is a point in a polygon when GEOS says so? Shells, holes and islands of 3 to 20,000 points;
// points anywhere, near the edges and on them (where GEOS says "boundary" we only ask that the
// index agrees with the plain count).
#include "shapes.h"

static geo_point random_probe(Chance &chance, const Shape &shape, geo_point centre,
                              int64_t radius_e7)
{
    if (chance.u64() % 2 == 0) {
        return chance.near(centre, radius_e7 + radius_e7 / 8);
    }
    const size_t at =
        static_cast<size_t>(chance.between(0, static_cast<int64_t>(shape.points.size()) - 1));
    return chance.near(shape.points[at], chance.u64() % 4 == 0 ? 1 : 1 + radius_e7 / 100);
}

static long compare(Chance &chance, Verdict &verdict, const Geos &geos, int points,
                    int64_t radius_e7, long probes)
{
    const geo_point centre = {static_cast<int32_t>(chance.between(-1500000000, 1500000000)),
                              static_cast<int32_t>(chance.between(-600000000, 600000000))};
    Shape shape;
    shape.add_star(chance, centre, static_cast<double>(radius_e7), points, 0.4);
    const bool has_hole = points >= 9 && radius_e7 > 1000;
    if (has_hole) {
        shape.add_star(chance, centre, static_cast<double>(radius_e7) * 0.5, points / 3, 0.3);
        shape.add_star(chance, centre, static_cast<double>(radius_e7) * 0.3, points / 3, 0.5);
    }
    GEOSGeometry *const theirs = geos.polygon(shape, has_hole ? 1 : 0);
    const GEOSPreparedGeometry *const prepared = GEOSPrepare_r(geos.get(), theirs);
    const Indexed ours(shape);
    const geo_rings rings = shape.rings();
    long edges = 0;
    for (long i = 0; i < probes; i++) {
        const geo_point probe = random_probe(chance, shape, centre, radius_e7);
        const bool is_inside = ring_index_contains(ours.get(), probe);
        if (i < 200) {
            verdict.check(is_inside == rings_contain(&rings, probe), "index and rings", probe,
                          centre);
        }
        GEOSGeometry *const point = geos.point(probe);
        const bool contains = GEOSPreparedContains_r(geos.get(), prepared, point) == 1;
        const bool covers = GEOSPreparedCovers_r(geos.get(), prepared, point) == 1;
        edges += contains != covers;
        verdict.check(contains != covers || contains == is_inside, "GEOS", probe, centre);
        GEOSGeom_destroy_r(geos.get(), point);
    }
    GEOSPreparedGeom_destroy_r(geos.get(), prepared);
    GEOSGeom_destroy_r(geos.get(), theirs);
    return edges;
}

int main()
{
    Chance chance;
    Verdict verdict;
    const Geos geos;
    const long shapes = oracle_count(600);
    const int64_t radii_e7[] = {20, 3000, 200000, 20000000, 250000000};
    long edges = 0;
    for (long i = 0; i < shapes; i++) {
        const int64_t most = i % 50 == 0 ? 20000 : i % 5 == 0 ? 2000 : 60;
        edges += compare(chance, verdict, geos, static_cast<int>(chance.between(3, most)),
                         radii_e7[i % 5], 1000);
    }
    std::printf("%ld shapes, 1000 points each, %ld on an edge\n", shapes, edges);
    return verdict.exit_status();
}
