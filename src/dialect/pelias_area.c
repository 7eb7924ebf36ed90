// Points, boundaries and the focus of a request: dotted names that come in groups.
#include <math.h>
#include <stdio.h>

#include "command/parameter.h"
#include "dialect/pelias_private.h"
#include "source/country_code.h"

static const double radius_least_m = 0.01;
static const double radius_reverse_most_m = 5000;

enum { GROUP_MAX = 4, NAME_SIZE = 64 };

// "prefix.suffix" for each suffix: true when all are there; an error when only some are, or when
// one is no number.
static bool read_group(const struct form *form, const char *prefix, const char *const *suffixes,
                       size_t count, bool is_required, double values[GROUP_MAX],
                       struct pelias_notes *errors)
{
    char names[GROUP_MAX][NAME_SIZE];
    struct bytes texts[GROUP_MAX];
    size_t found = 0;
    for (size_t i = 0; i < count; i++) {
        (void)snprintf(names[i], NAME_SIZE, "%s.%s", prefix, suffixes[i]);
        found += form_find(form, names[i], &texts[i]) ? 1 : 0;
    }
    if (found == 0 && !is_required) {
        return false;
    }
    if (found != count) {
        pelias_note(errors, "parameters %s%s%s%s%s and %s must %s be specified", names[0],
                    count > 2 ? ", " : "", count > 2 ? names[1] : "", count > 3 ? ", " : "",
                    count > 3 ? names[2] : "", names[count - 1], count > 2 ? "all" : "both");
        return false;
    }
    for (size_t i = 0; i < count; i++) {
        if (!form_parse_number(form_trim(texts[i]), &values[i])) {
            pelias_note(errors, "missing param '%s'", names[i]);
            return false;
        }
    }
    return true;
}

// Latitudes beyond a pole come back on the other side of it, longitudes go round.
static struct geo_point wrap(double lat, double lon)
{
    lat = fmod(lat, 360);
    lat = lat > 180 ? lat - 360 : lat < -180 ? lat + 360 : lat;
    if (fabs(lat) > 90) {
        lat = copysign(180, lat) - lat;
        lon += 180;
    }
    lon = fmod(lon, 360);
    lon = lon > 180 ? lon - 360 : lon < -180 ? lon + 360 : lon;
    return GEO_POINT(lon, lat);
}

static bool read_point(const struct form *form, const char *prefix, bool is_required,
                       struct geo_point *point, struct pelias_notes *errors)
{
    static const char *const suffixes[] = {"lat", "lon"};
    double values[GROUP_MAX];
    if (!read_group(form, prefix, suffixes, COUNT_OF(suffixes), is_required, values, errors)) {
        return false;
    }
    *point = wrap(values[0], values[1]);
    return true;
}

static bool read_rect(const struct form *form, const char *prefix, struct geo_box *box,
                      struct pelias_notes *errors)
{
    static const char *const suffixes[] = {"min_lat", "max_lat", "min_lon", "max_lon"};
    double values[GROUP_MAX];
    if (!read_group(form, prefix, suffixes, COUNT_OF(suffixes), false, values, errors)) {
        return false;
    }
    for (size_t i = 0; i < COUNT_OF(suffixes); i++) {
        if (fabs(values[i]) > (i < 2 ? 90 : 180)) {
            pelias_note(errors, "%s.%s is out of range", prefix, suffixes[i]);
            return false;
        }
    }
    for (size_t i = 0; i < COUNT_OF(suffixes); i += 2) {
        if (values[i + 1] < values[i]) {
            pelias_note(errors, "min_%s is larger than max_%s in %s", i == 0 ? "lat" : "lon",
                        i == 0 ? "lat" : "lon", prefix);
            return false;
        }
    }
    *box = (struct geo_box){.west_e7 = geo_e7_from_deg(values[2]),
                            .south_e7 = geo_e7_from_deg(values[0]),
                            .east_e7 = geo_e7_from_deg(values[3]),
                            .north_e7 = geo_e7_from_deg(values[1])};
    return true;
}

// In kilometres; false when none is given or it is no number.
static bool read_radius(const struct form *form, double *radius_m, struct pelias_notes *errors)
{
    struct bytes text;
    double radius_km = 0;
    if (!form_find(form, "boundary.circle.radius", &text)) {
        return false;
    }
    if (!form_parse_number(form_trim(text), &radius_km) || radius_km < 0) {
        pelias_note(errors, "missing param 'boundary.circle.radius'");
        return false;
    }
    *radius_m = radius_km * 1000 > radius_least_m ? radius_km * 1000 : radius_least_m;
    return true;
}

// The zoom at which a map of 512 pixels shows so much.
static unsigned zoom_of(const struct geo_box *box)
{
    double width_e7 = (double)box->east_e7 - (double)box->west_e7;
    unsigned zoom = 1;
    for (; zoom < SEARCH_ZOOM_MAX && width_e7 < 1.8e9; width_e7 *= 2) {
        zoom++;
    }
    return zoom;
}

static void read_circle(const struct form *form, struct pelias_request *request)
{
    request->has_circle =
        read_point(form, "boundary.circle", false, &request->circle, &request->errors);
    const bool has_radius = read_radius(form, &request->radius_m, &request->errors);
    if (has_radius && !request->has_circle && request->errors.count == 0) {
        pelias_note(
            &request->errors,
            "parameters boundary.circle.lat and boundary.circle.lon must both be specified");
    }
    if (request->has_circle && !has_radius) {
        request->radius_m = 50000; // as Pelias has it
    }
}

static void read_around(const struct form *form, struct pelias_request *request)
{
    request->has_point = read_point(form, "point", true, &request->point, &request->errors);
    struct bytes ignored;
    if (form_find(form, "boundary.circle.lat", &ignored) ||
        form_find(form, "boundary.circle.lon", &ignored)) {
        pelias_note(&request->warnings,
                    "boundary.circle.lat/boundary.circle.lon are currently unsupported");
    }
    request->radius_m = REVERSE_RADIUS_DEFAULT_M;
    (void)read_radius(form, &request->radius_m, &request->errors);
    request->radius_m =
        request->radius_m < radius_reverse_most_m ? request->radius_m : radius_reverse_most_m;
}

static void read_countries(const struct form *form, struct pelias_request *request)
{
    struct bytes list, piece;
    if (!form_find(form, "boundary.country", &list)) {
        return;
    }
    if (list.size == 0) {
        pelias_note(&request->errors, "boundary.country is not a string");
        return;
    }
    while (form_next(&list, ',', &piece)) {
        char code[3];
        if ((!country_code_parse(piece, code) && !country_code_from_three(piece, code)) ||
            request->country_count == SEARCH_COUNTRIES_MAX) {
            pelias_note(&request->errors, "%.*s is not a valid ISO2/ISO3 country code",
                        (int)(piece.size < 40 ? piece.size : 40), (const char *)piece.data);
            return;
        }
        request->countries[request->country_count++] =
            (uint16_t)((uint8_t)code[0] << 8 | (uint8_t)code[1]);
    }
}

static void read_gid(const struct form *form, struct pelias_request *request)
{
    char id[PELIAS_ID_SIZE];
    struct bytes gid;
    if (!form_find(form, "boundary.gid", &gid)) {
        return;
    }
    if (gid.size == 0) {
        pelias_note(&request->errors, "boundary.gid is not a string");
    } else if (pelias_gid_read(gid, id) == STATUS_OUT_OF_RANGE) {
        pelias_note(&request->errors, "%.*s does not follow source:layer:id format",
                    (int)(gid.size < 80 ? gid.size : 80), (const char *)gid.data);
    }
    request->boundary_gid = gid;
}

void pelias_read_areas(const struct form *form, struct pelias_request *request)
{
    read_countries(form, request);
    read_gid(form, request);
    if (request->path == PELIAS_REVERSE || request->path == PELIAS_NEARBY) {
        read_around(form, request);
        return;
    }
    request->has_focus = read_point(form, "focus.point", false, &request->focus, &request->errors);
    request->has_viewport = read_rect(form, "focus.viewport", &request->viewport, &request->errors);
    if (request->has_viewport && !request->has_focus) {
        const struct geo_box *const box = &request->viewport;
        request->zoom = zoom_of(box);
        request->focus = (struct geo_point){.lng_e7 = (box->west_e7 / 2 + box->east_e7 / 2),
                                            .lat_e7 = (box->south_e7 / 2 + box->north_e7 / 2)};
    }
    request->has_rect = read_rect(form, "boundary.rect", &request->rect, &request->errors);
    read_circle(form, request);
    if (request->has_rect && request->has_circle) {
        pelias_note(&request->warnings,
                    "boundary.rect and boundary.circle were both given: results lie in both");
    }
}
