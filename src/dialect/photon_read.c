// The parameters of a request, checked as Photon checks them: what it does not know it refuses.
#include <stdio.h>
#include <string.h>

#include "command/parameter.h"
#include "dialect/photon_private.h"

enum { LIMIT_SEARCH = 15, LIMIT_REVERSE = 1, LIMIT_MAX = 50, ZOOM_FALLBACK = 12, ZOOM_MAX = 18 };

static const char *const names_common[] = {"lang",     "limit",   "debug", "dedupe",
                                           "geometry", "osm_tag", "layer", "include",
                                           "exclude",  "lat",     "lon",   NULL};
static const char *const names_search[] = {"zoom", "location_bias_scale", "bbox", "countrycode",
                                           NULL};
static const char *const names_api[] = {"q", NULL};
static const char *const names_reverse[] = {"radius", "distance_sort", NULL};
static const char *const names_parts[] = {[PHOTON_PART_HOUSENUMBER] = "housenumber",
                                          [PHOTON_PART_STREET] = "street",
                                          [PHOTON_PART_DISTRICT] = "district",
                                          [PHOTON_PART_POSTCODE] = "postcode",
                                          [PHOTON_PART_CITY] = "city",
                                          [PHOTON_PART_COUNTY] = "county",
                                          [PHOTON_PART_STATE] = "state",
                                          [PHOTON_PART_COUNT] = NULL};

// The tables of names that a path knows.
static const char *const *const names_known[][4] = {
    [PHOTON_API] = {names_common, names_search, names_api, NULL},
    [PHOTON_STRUCTURED] = {names_common, names_search, names_parts, NULL},
    [PHOTON_REVERSE] = {names_common, names_reverse, NULL, NULL},
};

static int shown(struct bytes text)
{
    return text.size < 40 ? (int)text.size : 40;
}

static bool name_is_known(enum photon_path path, struct bytes name)
{
    for (const char *const *const *table = names_known[path]; *table != NULL; table++) {
        for (const char *const *known = *table; *known != NULL; known++) {
            if (bytes_equal(name, bytes_from_text(*known))) {
                return true;
            }
        }
    }
    return bytes_equal(name, BYTES_OF("key")); // the server's: what it asks for to be asked
}

static enum status fail_unknown(enum photon_path path, struct bytes name, struct fault *fault)
{
    char list[320];
    size_t size = 0;
    for (const char *const *const *table = names_known[path]; *table != NULL; table++) {
        for (const char *const *known = *table; *known != NULL; known++) {
            const int put =
                snprintf(list + size, sizeof(list) - size, "%s%s", size == 0 ? "" : ", ", *known);
            size += put > 0 && (size_t)put < sizeof(list) - size ? (size_t)put : 0;
        }
    }
    return fault_set(fault, STATUS_OUT_OF_RANGE,
                     "Unknown query parameter '%.*s'.  Allowed parameters are: [%s]", shown(name),
                     (const char *)name.data, list);
}

static enum status fail_value(const char *name, struct fault *fault)
{
    return fault_set(fault, STATUS_OUT_OF_RANGE, "Invalid value for '%s' parameter.", name);
}

static enum status read_number(const struct form *form, const char *name, double least, double most,
                               double *number, bool *is_given, struct fault *fault)
{
    struct bytes value;
    if (!form_find(form, name, &value) || form_trim(value).size == 0) {
        return STATUS_OK;
    }
    double read = 0;
    if (!form_parse_number(form_trim(value), &read) || !(read >= least && read <= most)) {
        return fail_value(name, fault);
    }
    *number = read;
    *is_given = true;
    return STATUS_OK;
}

static enum status read_switch(const struct form *form, const char *name, bool *is_on,
                               struct fault *fault)
{
    struct bytes value;
    if (!form_find(form, name, &value)) {
        return STATUS_OK;
    }
    if (form_is(value, "1") || form_is(value, "true") || form_is(value, "yes") || value.size == 0) {
        *is_on = true;
    } else if (form_is(value, "0") || form_is(value, "false") || form_is(value, "no")) {
        *is_on = false;
    } else {
        return fail_value(name, fault);
    }
    return STATUS_OK;
}

// Degrees as a whole number of 10^-7 of them; false when it is no number or beyond ±`most`.
static bool read_degrees(struct bytes text, double most, int32_t *value_e7)
{
    double degrees = 0;
    if (!form_parse_number(text, &degrees) || !(degrees >= -most && degrees <= most)) {
        return false;
    }
    *value_e7 = geo_e7_from_deg(degrees);
    return true;
}

static enum status read_point(const struct form *form, bool is_required,
                              struct photon_request *request, struct fault *fault)
{
    struct bytes lat, lon;
    const bool has_lat = form_find(form, "lat", &lat);
    const bool has_lon = form_find(form, "lon", &lon);
    if (!has_lat && !has_lon && !is_required) {
        return STATUS_OK;
    }
    if (!has_lat || !has_lon) {
        return fault_set(fault, STATUS_OUT_OF_RANGE, "Missing parameter '%s'.",
                         has_lat ? "lon" : "lat");
    }
    if (!read_degrees(lat, 90, &request->point.lat_e7)) {
        return fail_value("lat", fault);
    }
    if (!read_degrees(lon, 180, &request->point.lng_e7)) {
        return fail_value("lon", fault);
    }
    request->has_point = true;
    return STATUS_OK;
}

static enum status read_box(const struct form *form, struct photon_request *request,
                            struct fault *fault)
{
    struct bytes rest;
    if (!form_find(form, "bbox", &rest)) {
        return STATUS_OK;
    }
    int32_t *const edges[] = {&request->box.west_e7, &request->box.south_e7, &request->box.east_e7,
                              &request->box.north_e7};
    struct bytes piece;
    size_t count = 0;
    bool is_valid = true;
    for (; is_valid && form_next(&rest, ',', &piece); count++) {
        is_valid =
            count < COUNT_OF(edges) && read_degrees(piece, count % 2 == 0 ? 180 : 90, edges[count]);
    }
    if (!is_valid || count != COUNT_OF(edges)) {
        return fault_set(fault, STATUS_OUT_OF_RANGE,
                         "Invalid value for 'bbox' parameter. Expected format is: "
                         "minLon,minLat,maxLon,maxLat");
    }
    if (request->box.south_e7 > request->box.north_e7) {
        return fault_set(fault, STATUS_OUT_OF_RANGE,
                         "Invalid value for 'bbox' parameter: minLat is above maxLat");
    }
    request->has_box = true;
    return STATUS_OK;
}

// Countries, one or several a parameter.
static enum status read_countries(const struct form *form, struct photon_request *request,
                                  struct fault *fault)
{
    struct bytes list, code;
    for (unsigned at = 0; form_each(form, "countrycode", &at, &list);) {
        while (form_next(&list, ',', &code)) {
            if (code.size != 2 || (code.data[0] | 0x20) < 'a' || (code.data[0] | 0x20) > 'z' ||
                (code.data[1] | 0x20) < 'a' || (code.data[1] | 0x20) > 'z' ||
                request->country_count == SEARCH_COUNTRIES_MAX) {
                return fail_value("countrycode", fault);
            }
            request->countries[request->country_count++] =
                (uint16_t)((code.data[0] & 0xdf) << 8 | (code.data[1] & 0xdf));
        }
    }
    return STATUS_OK;
}

static enum status read_layers(const struct form *form, struct photon_filter *filter,
                               struct fault *fault)
{
    struct bytes name;
    for (unsigned at = 0; form_each(form, "layer", &at, &name);) {
        unsigned type = 0;
        while (type < PHOTON_TYPE_COUNT && !form_is(name, photon_type_names[type])) {
            type++;
        }
        if (type == PHOTON_TYPE_COUNT) {
            return fault_set(fault, STATUS_OUT_OF_RANGE,
                             "Unknown layer type. Available layers: [house, street, locality, "
                             "district, city, county, state, country, other]");
        }
        filter->types |= 1U << type;
    }
    return STATUS_OK;
}

static enum status read_tags(const struct form *form, struct photon_filter *filter,
                             struct fault *fault)
{
    struct bytes text;
    for (unsigned at = 0; form_each(form, "osm_tag", &at, &text);) {
        if (filter->tag_count == PHOTON_TAGS_MAX ||
            !photon_tag_read(text, &filter->tags[filter->tag_count])) {
            return fault_set(fault, STATUS_OUT_OF_RANGE,
                             "Invalid parameter 'osm_tag=%.*s': bad syntax for tag filter.",
                             shown(text), (const char *)text.data);
        }
        filter->tag_count++;
    }
    return STATUS_OK;
}

static enum status read_categories(const struct form *form, const char *name,
                                   struct bytes lists[PHOTON_CATEGORIES_MAX], unsigned *count,
                                   struct fault *fault)
{
    struct bytes list;
    for (unsigned at = 0; form_each(form, name, &at, &list);) {
        if (*count == PHOTON_CATEGORIES_MAX || !photon_category_is_valid(list)) {
            return fault_set(fault, STATUS_OUT_OF_RANGE, "Invalid category pattern in '%s'.", name);
        }
        lists[(*count)++] = list;
    }
    return STATUS_OK;
}

static enum status read_filter(const struct form *form, struct photon_filter *filter,
                               struct fault *fault)
{
    TRY(read_layers(form, filter, fault));
    TRY(read_tags(form, filter, fault));
    TRY(read_categories(form, "include", filter->includes, &filter->include_count, fault));
    return read_categories(form, "exclude", filter->excludes, &filter->exclude_count, fault);
}

static enum status read_language(const struct form *form, struct bytes accept_language,
                                 struct languages *languages, struct fault *fault)
{
    struct bytes value;
    if (!form_find(form, "lang", &value) || value.size == 0) {
        parameter_accept_languages(accept_language, languages);
        return STATUS_OK;
    }
    if (form_is(value, "default")) {
        return STATUS_OK;
    }
    static const struct parameter row = {.name = "lang", .kind = PARAMETER_LANGUAGES};
    struct arguments arguments = {0};
    if (parameter_set(&row, value, &arguments, NULL) != STATUS_OK ||
        arguments.languages.count != 1) {
        return fault_set(fault, STATUS_OUT_OF_RANGE,
                         "Language is not supported. Give one language, for example lang=de");
    }
    *languages = arguments.languages;
    return STATUS_OK;
}

static enum status read_limit(const struct form *form, int64_t fallback, unsigned *limit,
                              struct fault *fault)
{
    struct bytes value;
    int64_t number = fallback;
    if (form_find(form, "limit", &value) && value.size != 0 && !form_parse_whole(value, &number)) {
        return fail_value("limit", fault);
    }
    *limit = (unsigned)(number < 1 ? 1 : number > LIMIT_MAX ? LIMIT_MAX : number);
    return STATUS_OK;
}

static enum status read_bias(const struct form *form, struct photon_request *request,
                             struct fault *fault)
{
    double zoom = 0;
    bool has_zoom = false;
    TRY(read_number(form, "zoom", -1e9, 1e9, &zoom, &has_zoom, fault));
    TRY(read_number(form, "location_bias_scale", -1e9, 1e9, &request->prominence,
                    &request->has_bias, fault));
    zoom = zoom < 1 ? 1 : zoom > ZOOM_MAX ? ZOOM_MAX : zoom;
    request->zoom = has_zoom ? (unsigned)zoom : ZOOM_FALLBACK;
    request->prominence = request->prominence < 0   ? 0
                          : request->prominence > 1 ? 1
                                                    : request->prominence;
    return STATUS_OK;
}

// Of categories alone: around what? The point, or the middle of the box.
static enum status read_middle(struct photon_request *request, struct fault *fault)
{
    if (!request->has_point && !request->has_box) {
        return fault_set(fault, STATUS_OUT_OF_RANGE,
                         "Categories without a search term need a place: lat and lon, or bbox.");
    }
    if (!request->has_point) {
        request->point =
            (struct geo_point){.lng_e7 = request->box.west_e7 / 2 + request->box.east_e7 / 2,
                               .lat_e7 = request->box.south_e7 / 2 + request->box.north_e7 / 2};
    }
    request->radius_m = REVERSE_RADIUS_MAX_M;
    request->is_sorted_by_distance = true;
    return STATUS_OK;
}

static enum status read_forward(enum photon_path path, const struct form *form,
                                struct photon_request *request, struct fault *fault)
{
    TRY(read_point(form, false, request, fault));
    TRY(read_bias(form, request, fault));
    TRY(read_box(form, request, fault));
    TRY(read_countries(form, request, fault));
    bool has_part = request->country_count != 0;
    for (unsigned i = 0; i < PHOTON_PART_COUNT && path == PHOTON_STRUCTURED; i++) {
        has_part |= form_find(form, names_parts[i], &request->parts[i]);
        request->parts[i] = form_trim(request->parts[i]);
    }
    if (path == PHOTON_STRUCTURED && !has_part) {
        return fault_set(fault, STATUS_OUT_OF_RANGE,
                         "At least one of the parameters [countrycode, state, county, city, "
                         "postcode, district, housenumber, street] is required.");
    }
    if (path == PHOTON_API) {
        (void)form_find(form, "q", &request->text);
        request->text = form_trim(request->text);
        if (request->text.size == 0 && request->filter.include_count == 0) {
            return fault_set(fault, STATUS_OUT_OF_RANGE, "Missing search term 'q': /?q=berlin");
        }
        if (request->text.size == 0) {
            return read_middle(request, fault);
        }
    }
    return STATUS_OK;
}

static enum status read_reverse(const struct form *form, struct photon_request *request,
                                struct fault *fault)
{
    double radius_km = REVERSE_RADIUS_DEFAULT_M / 1000;
    bool is_given = false;
    TRY(read_point(form, true, request, fault));
    TRY(read_number(form, "radius", 0, 5000, &radius_km, &is_given, fault));
    request->radius_m =
        radius_km * 1000 < REVERSE_RADIUS_MAX_M ? radius_km * 1000 : REVERSE_RADIUS_MAX_M;
    request->is_sorted_by_distance = true;
    return read_switch(form, "distance_sort", &request->is_sorted_by_distance, fault);
}

enum status photon_read(enum photon_path path, const struct form *form,
                        struct bytes accept_language, struct photon_request *request,
                        struct fault *fault)
{
    *request = (struct photon_request){.should_dedupe = true};
    for (unsigned i = 0; i < form->count; i++) {
        if (!name_is_known(path, form->fields[i].name)) {
            return fail_unknown(path, form->fields[i].name, fault);
        }
    }
    TRY(read_language(form, accept_language, &request->languages, fault));
    TRY(read_limit(form, path == PHOTON_REVERSE ? LIMIT_REVERSE : LIMIT_SEARCH, &request->limit,
                   fault));
    TRY(read_switch(form, "debug", &request->wants_debug, fault));
    TRY(read_switch(form, "dedupe", &request->should_dedupe, fault));
    TRY(read_switch(form, "geometry", &request->wants_geometry, fault));
    TRY(read_filter(form, &request->filter, fault));
    return path == PHOTON_REVERSE ? read_reverse(form, request, fault)
                                  : read_forward(path, form, request, fault);
}
