// What the oracles share: our headers for C++, seeded chance, and a count of what was wrong.
//
// An oracle compares one part of Rhumb with the library everybody trusts for it, on random and on
// awkward input. TEST_SEED repeats a run; ORACLE_COUNT sets how much is compared.
#ifndef ORACLE_H
#define ORACLE_H

#include <cstdint>
#include <cstdio>
#include <cstdlib>

extern "C" {
#include "geo/cell.h"
#include "geo/distance.h"
#include "geo/point.h"
#include "geo/ring.h"
}

class Chance
{
  public:
    Chance()
    {
        const char *const seed = std::getenv("TEST_SEED");
        state_ = seed == nullptr ? 1 : std::strtoull(seed, nullptr, 10);
        std::fprintf(stderr, "TEST_SEED=%llu\n", static_cast<unsigned long long>(state_));
    }

    uint64_t u64()
    {
        uint64_t z = (state_ += UINT64_C(0x9e3779b97f4a7c15));
        z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
        z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
        return z ^ z >> 31;
    }

    // Uniform in [low, high].
    int64_t between(int64_t low, int64_t high)
    {
        return low + static_cast<int64_t>(static_cast<unsigned __int128>(u64()) *
                                              static_cast<uint64_t>(high - low + 1) >>
                                          64);
    }

    // One in four on an axis, a pole, a face's edge or a whole degree: where formulas break.
    geo_point point()
    {
        geo_point point = {static_cast<int32_t>(between(-GEO_LNG_MAX, GEO_LNG_MAX)),
                           static_cast<int32_t>(between(-GEO_LAT_MAX, GEO_LAT_MAX))};
        if (u64() % 8 == 0) {
            point.lng_e7 = static_cast<int32_t>(between(-4, 4) * 45 * GEO_DEGREE_E7);
        }
        if (u64() % 8 == 0) {
            point.lat_e7 = static_cast<int32_t>(between(-2, 2) * 45 * GEO_DEGREE_E7);
        }
        if (u64() % 16 == 0) {
            point.lng_e7 = static_cast<int32_t>(between(-180, 180) * GEO_DEGREE_E7);
            point.lat_e7 = static_cast<int32_t>(between(-90, 90) * GEO_DEGREE_E7);
        }
        return point;
    }

    geo_point near(geo_point centre, int64_t reach_e7)
    {
        geo_point point = centre;
        const int64_t lng = centre.lng_e7 + between(-reach_e7, reach_e7);
        const int64_t lat = centre.lat_e7 + between(-reach_e7, reach_e7);
        point.lng_e7 = static_cast<int32_t>(lng > GEO_LNG_MAX    ? lng - 2LL * GEO_LNG_MAX
                                            : lng < -GEO_LNG_MAX ? lng + 2LL * GEO_LNG_MAX
                                                                 : lng);
        point.lat_e7 = static_cast<int32_t>(lat > GEO_LAT_MAX    ? GEO_LAT_MAX
                                            : lat < -GEO_LAT_MAX ? -GEO_LAT_MAX
                                                                 : lat);
        return point;
    }

  private:
    uint64_t state_;
};

inline long oracle_count(long usual)
{
    const char *const count = std::getenv("ORACLE_COUNT");
    return count == nullptr ? usual : std::strtol(count, nullptr, 10);
}

struct Verdict {
    long wrong = 0;

    void check(bool is_right, const char *what, geo_point a, geo_point b = {0, 0})
    {
        if (is_right) {
            return;
        }
        if (++wrong <= 10) {
            std::printf("WRONG %s: lng %d lat %d, lng %d lat %d\n", what, a.lng_e7, a.lat_e7,
                        b.lng_e7, b.lat_e7);
        }
    }

    int exit_status() const
    {
        std::printf("%ld wrong\n", wrong);
        return wrong == 0 ? 0 : 1;
    }
};

#endif
