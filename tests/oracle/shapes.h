// Random shapes as GEOS and we both take them.
#ifndef ORACLE_SHAPES_H
#define ORACLE_SHAPES_H

#include <cmath>
#include <geos_c.h>
#include <vector>

#include "oracle.h"

// What C spells otherwise; the layout is the same.
#include <stdatomic.h>
#define _Atomic
#define _Static_assert static_assert
extern "C" {
#include "geo/ring_index.h"
}
#undef _Atomic
#undef _Static_assert

// Rings in the order shell, holes, islands in holes; even-odd makes roles of them.
struct Shape {
    std::vector<geo_point> points;
    std::vector<uint32_t> ends;

    geo_rings rings() const
    {
        return {points.data(), ends.data(), static_cast<uint32_t>(ends.size())};
    }

    // A star: `count` points around the centre at ragged distances, which never crosses itself.
    void add_star(Chance &chance, geo_point centre, double radius_e7, int count, double ragged)
    {
        const double turn = static_cast<double>(chance.between(0, 1000));
        for (int i = 0; i < count; i++) {
            const double angle = 2 * M_PI * i / count + turn;
            const double r =
                radius_e7 * (1 - ragged * static_cast<double>(chance.between(0, 1000)) / 1000);
            points.push_back({centre.lng_e7 + static_cast<int32_t>(r * std::cos(angle)),
                              centre.lat_e7 + static_cast<int32_t>(r * std::sin(angle))});
        }
        ends.push_back(static_cast<uint32_t>(points.size()));
    }
};

class Geos
{
  public:
    Geos() : context_(GEOS_init_r())
    {
    }
    ~Geos()
    {
        GEOS_finish_r(context_);
    }
    GEOSContextHandle_t get() const
    {
        return context_;
    }

    GEOSGeometry *ring(const geo_point *points, uint32_t count) const
    {
        GEOSCoordSequence *const sequence = GEOSCoordSeq_create_r(context_, count + 1, 2);
        for (uint32_t i = 0; i <= count; i++) {
            const geo_point point = points[i % count];
            GEOSCoordSeq_setXY_r(context_, sequence, i, point.lng_e7, point.lat_e7);
        }
        return GEOSGeom_createLinearRing_r(context_, sequence);
    }

    // Shell 0, holes after it, every `islands`-th from the end a polygon of its own.
    GEOSGeometry *polygon(const Shape &shape, size_t islands = 0) const
    {
        std::vector<GEOSGeometry *> holes;
        std::vector<GEOSGeometry *> parts;
        GEOSGeometry *shell = nullptr;
        for (size_t i = 0; i < shape.ends.size(); i++) {
            const uint32_t begin = i == 0 ? 0 : shape.ends[i - 1];
            GEOSGeometry *const one = ring(&shape.points[begin], shape.ends[i] - begin);
            if (i == 0) {
                shell = one;
            } else if (i >= shape.ends.size() - islands) {
                parts.push_back(GEOSGeom_createPolygon_r(context_, one, nullptr, 0));
            } else {
                holes.push_back(one);
            }
        }
        parts.push_back(GEOSGeom_createPolygon_r(context_, shell, holes.data(),
                                                 static_cast<unsigned>(holes.size())));
        return GEOSGeom_createCollection_r(context_, GEOS_MULTIPOLYGON, parts.data(),
                                           static_cast<unsigned>(parts.size()));
    }

    GEOSGeometry *point(geo_point point) const
    {
        return GEOSGeom_createPointFromXY_r(context_, point.lng_e7, point.lat_e7);
    }

  private:
    GEOSContextHandle_t context_;
};

class Indexed
{
  public:
    explicit Indexed(const Shape &shape)
    {
        const geo_rings rings = shape.rings();
        if (ring_index_build(&rings, &buffer_, nullptr) != STATUS_OK ||
            ring_index_verify(buffer_bytes(&buffer_), nullptr) != STATUS_OK ||
            !ring_index_open(buffer_bytes(&buffer_), &index_)) {
            std::abort();
        }
    }
    ~Indexed()
    {
        buffer_free(&buffer_);
    }
    const ring_index *get() const
    {
        return &index_;
    }
    size_t size() const
    {
        return buffer_.size;
    }

  private:
    inline static memory_account account_ = {"oracle", 0, 0, 0};
    buffer buffer_ = {&account_, nullptr, 0, 0, false};
    ring_index index_ = {};
};

#endif
