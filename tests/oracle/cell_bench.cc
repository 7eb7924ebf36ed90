// Latitude and longitude to cell, ours and s2geometry's, in turn, over random places of the globe
// and of a city.
#include <s2/s2cell_id.h>
#include <s2/s2latlng.h>
#include <vector>

#include "oracle.h"

extern "C" {
#include "base/bench.h"
}

enum { PLACES = 8192 };

struct Places {
    std::vector<geo_point> points;
    uint64_t sum;
};

static void run_s2(void *context)
{
    Places *const places = static_cast<Places *>(context);
    uint64_t sum = 0;
    for (const geo_point point : places->points) {
        sum += S2CellId(S2LatLng::FromE7(point.lat_e7, point.lng_e7)).id();
    }
    places->sum = sum;
}

static void run_ours(void *context)
{
    Places *const places = static_cast<Places *>(context);
    uint64_t sum = 0;
    for (const geo_point point : places->points) {
        sum += cell_from_point(point, 30);
    }
    places->sum = sum;
}

static bool measure(const char *title, Places *places)
{
    const bench_side sides[] = {{"S2CellId", run_s2, places, PLACES},
                                {"cell_from_point", run_ours, places, PLACES}};
    const double times = bench_run(title, sides, 2, 51);
    run_s2(places);
    const uint64_t expected = places->sum;
    run_ours(places);
    std::printf("  %.2f times s2geometry (needs 2), %s ids\n", times,
                expected == places->sum ? "equal" : "OTHER");
    return times >= 2 && expected == places->sum;
}

int main()
{
    Chance chance;
    Places globe = {{}, 0};
    Places city = {{}, 0};
    for (int i = 0; i < PLACES; i++) {
        globe.points.push_back({static_cast<int32_t>(chance.between(-1800000000, 1800000000)),
                                static_cast<int32_t>(chance.between(-900000000, 900000000))});
        city.points.push_back(chance.near({95215000, 471410000}, 500000));
    }
    const bool is_enough = measure("cells of the globe", &globe);
    return measure("cells of a city", &city) && is_enough ? 0 : 1;
}
