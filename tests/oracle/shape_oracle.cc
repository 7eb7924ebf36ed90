// Do shapes cover and intersect each other when GEOS says so? Stars with holes, lines, boxes and
// points on grids so coarse that they touch, share edges and run through each other's corners.
//
// GEOS computes crossings in doubles; all coordinates are small whole numbers, where what it decides
// (relate with robust orientation) is exact but for crossings that fall on edges of a third.
#include "shapes.h"

#define _Atomic
#define _Static_assert static_assert
extern "C" {
#include "geo/shape.h"
}
#undef _Atomic
#undef _Static_assert

struct Pair {
    buffer bytes;
    GEOSGeometry *geos;
};

static memory_account account = {"oracle", 0, 0, 0};

static shape shape_of(const Pair &pair)
{
    return {{pair.bytes.data, pair.bytes.size}};
}

static geo_point place(Chance &chance, int64_t reach)
{
    return {static_cast<int32_t>(chance.between(0, reach)),
            static_cast<int32_t>(chance.between(0, reach))};
}

static Pair make(Chance &chance, const Geos &geos, int64_t reach)
{
    Pair pair = {{&account, nullptr, 0, 0, false}, nullptr};
    const uint64_t kind = chance.u64() % 8;
    if (kind == 0) {
        const geo_point point = place(chance, reach);
        shape_add_point(&pair.bytes, point);
        pair.geos = geos.point(point);
    } else if (kind <= 2) {
        const geo_point a = place(chance, reach);
        const geo_point b = {a.lng_e7 + 1 + static_cast<int32_t>(chance.between(0, reach / 2)),
                             a.lat_e7 + 1 + static_cast<int32_t>(chance.between(0, reach / 2))};
        shape_add_box(&pair.bytes, {a.lng_e7, a.lat_e7, b.lng_e7, b.lat_e7});
        const geo_point corners[4] = {a, {b.lng_e7, a.lat_e7}, b, {a.lng_e7, b.lat_e7}};
        pair.geos = GEOSGeom_createPolygon_r(geos.get(), geos.ring(corners, 4), nullptr, 0);
    } else if (kind <= 4) {
        std::vector<geo_point> line;
        const int64_t count = chance.between(2, 6);
        while (static_cast<int64_t>(line.size()) < count) {
            line.push_back(place(chance, reach));
        }
        if (line[0].lng_e7 == line[1].lng_e7 && line[0].lat_e7 == line[1].lat_e7) {
            line[1].lng_e7++;
        }
        shape_add_line(&pair.bytes, line.data(), static_cast<uint32_t>(line.size()));
        GEOSCoordSequence *const sequence =
            GEOSCoordSeq_create_r(geos.get(), static_cast<unsigned>(line.size()), 2);
        for (unsigned i = 0; i < line.size(); i++) {
            GEOSCoordSeq_setXY_r(geos.get(), sequence, i, line[i].lng_e7, line[i].lat_e7);
        }
        pair.geos = GEOSGeom_createLineString_r(geos.get(), sequence);
    } else {
        Shape star;
        const geo_point centre = place(chance, reach);
        const int count = static_cast<int>(chance.between(3, kind == 7 ? 80 : 9));
        star.add_star(chance, centre, static_cast<double>(reach) / 2 + 1, count, 0.5);
        if (kind == 6) {
            star.add_star(chance, centre, static_cast<double>(reach) / 5 + 1, 4, 0.2);
        }
        shape_add_polygon(&pair.bytes, star.points.data(), star.ends.data(),
                          static_cast<uint32_t>(star.ends.size()));
        pair.geos = geos.polygon(star);
    }
    return pair;
}

static void free_pair(const Geos &geos, Pair &pair)
{
    buffer_free(&pair.bytes);
    GEOSGeom_destroy_r(geos.get(), pair.geos);
}

int main()
{
    Chance chance;
    Verdict verdict;
    const Geos geos;
    const long rounds = oracle_count(200000);
    const int64_t reaches[] = {4, 8, 16, 100, 100000, 500000000};
    long covered = 0;
    long met = 0;
    long invalid = 0;
    for (long i = 0; i < rounds; i++) {
        const int64_t reach = reaches[i % 6];
        Pair left = make(chance, geos, reach);
        Pair right = make(chance, geos, reach);
        // Stars rounded to few units may touch themselves: GEOS has no answer for those.
        if (GEOSisValid_r(geos.get(), left.geos) != 1 ||
            GEOSisValid_r(geos.get(), right.geos) != 1) {
            invalid++;
        } else {
            const geo_point a = shape_centre(shape_of(left));
            const geo_point b = shape_centre(shape_of(right));
            const bool covers = GEOSCovers_r(geos.get(), left.geos, right.geos) == 1;
            const bool intersects = GEOSIntersects_r(geos.get(), left.geos, right.geos) == 1;
            verdict.check(shape_contains(shape_of(left), shape_of(right)) == covers, "covers", a,
                          b);
            verdict.check(shape_intersects(shape_of(left), shape_of(right)) == intersects,
                          "intersects", a, b);
            covered += covers;
            met += intersects;
        }
        free_pair(geos, left);
        free_pair(geos, right);
    }
    std::printf("%ld pairs, %ld cover, %ld intersect, %ld left out as invalid\n", rounds, covered,
                met, invalid);
    return verdict.exit_status();
}
