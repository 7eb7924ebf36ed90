// The parameters of a request: everything that is wrong is collected, unknown ones are passed over.
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "command/parameter.h"
#include "dialect/pelias_private.h"

enum { SIZE_LEAST = 1, SIZE_MOST = 40, SIZE_FALLBACK = 10 };

const char *const pelias_part_names[PELIAS_PART_COUNT] = {
    [PELIAS_PART_VENUE] = "venue",
    [PELIAS_PART_ADDRESS] = "address",
    [PELIAS_PART_UNIT] = "unit",
    [PELIAS_PART_NEIGHBOURHOOD] = "neighbourhood",
    [PELIAS_PART_BOROUGH] = "borough",
    [PELIAS_PART_LOCALITY] = "locality",
    [PELIAS_PART_COUNTY] = "county",
    [PELIAS_PART_REGION] = "region",
    [PELIAS_PART_POSTALCODE] = "postalcode",
    [PELIAS_PART_COUNTRY] = "country",
};

void pelias_note(struct pelias_notes *notes, const char *format, ...)
{
    if (notes->count < PELIAS_NOTES_MAX) {
        va_list arguments;
        va_start(arguments, format);
        (void)vsnprintf(notes->texts[notes->count++], PELIAS_NOTE_SIZE, format, arguments);
        va_end(arguments);
    }
}

static int shown(struct bytes text)
{
    return text.size < 40 ? (int)text.size : 40;
}

// A parameter is given once; of one given twice no reading is right.
static void check_once(const struct form *form, struct pelias_notes *errors)
{
    for (unsigned i = 0; i < form->count; i++) {
        for (unsigned j = 0; j < i; j++) {
            if (bytes_equal(form->fields[i].name, form->fields[j].name)) {
                const struct bytes name = form->fields[i].name;
                pelias_note(errors, "'%.*s' parameter can only have one value", shown(name),
                            (const char *)name.data);
                return;
            }
        }
    }
}

static void read_size(const struct form *form, struct pelias_request *request)
{
    struct bytes text;
    int64_t size = SIZE_FALLBACK;
    if (form_find(form, "size", &text) && form_parse_whole(text, &size)) {
        if (size > SIZE_MOST) {
            pelias_note(&request->warnings, "out-of-range integer 'size', using MAX_SIZE");
        } else if (size < SIZE_LEAST) {
            pelias_note(&request->warnings, "out-of-range integer 'size', using MIN_SIZE");
        }
    }
    request->size = (unsigned)(size < SIZE_LEAST  ? SIZE_LEAST
                               : size > SIZE_MOST ? SIZE_MOST
                                                  : size);
}

static const char layer_options[] = "coarse,venue,address,street,intersection,country,region,"
                                    "county,locality,localadmin,borough,neighbourhood,postalcode";
static const char source_options[] =
    "osm,oa,wof,gn,openstreetmap,openaddresses,whosonfirst,geonames,naturalearth";

static void note_option(struct pelias_notes *errors, const char *name, struct bytes word,
                        const char *options)
{
    if (word.size == 0) {
        pelias_note(errors, "%s parameter cannot be an empty string. Valid options: %s", name,
                    options);
    } else {
        pelias_note(errors, "'%.*s' is an invalid %s parameter. Valid options: %s", shown(word),
                    (const char *)word.data, name, options);
    }
}

static void read_targets(const struct form *form, struct pelias_request *request)
{
    struct bytes list, word;
    if (form_find(form, "layers", &list)) {
        while (form_next(&list, ',', &word)) {
            const unsigned layers = pelias_layer_parse(word);
            request->layers |= layers;
            if (layers == 0) {
                note_option(&request->errors, "layers", word, layer_options);
            }
        }
    }
    if (form_find(form, "sources", &list)) {
        while (form_next(&list, ',', &word)) {
            const enum pelias_source source = pelias_source_parse(word);
            if (source == PELIAS_SOURCE_COUNT) {
                note_option(&request->errors, "sources", word, source_options);
            } else {
                request->sources |= 1U << source;
            }
        }
    }
}

static void read_categories(const struct form *form, struct pelias_request *request)
{
    struct bytes list, word;
    if (!form_find(form, "categories", &list)) {
        return;
    }
    request->shows_categories = true;
    while (form_next(&list, ',', &word)) {
        if (word.size != 0 && request->category_count < PELIAS_CATEGORIES_MAX) {
            request->categories[request->category_count++] = word;
        } else if (word.size != 0) {
            pelias_note(&request->errors, "categories parameter has more than %d values",
                        PELIAS_CATEGORIES_MAX);
            return;
        }
    }
}

// English, as Pelias has it, when nothing else is asked for.
static void read_language(const struct form *form, struct bytes accept_language,
                          struct pelias_request *request)
{
    static const struct parameter row = {.name = "lang", .kind = PARAMETER_LANGUAGES};
    struct bytes text;
    struct arguments arguments = {0};
    request->language_via = "default";
    if (form_find(form, "lang", &text) && text.size != 0) {
        request->language_via = "querystring";
        if (parameter_set(&row, text, &arguments, NULL) == STATUS_OK) {
            request->languages = arguments.languages;
        } else {
            pelias_note(&request->warnings, "invalid language provided via querystring");
        }
    } else if (accept_language.size != 0) {
        request->language_via = "header";
        parameter_accept_languages(accept_language, &request->languages);
    }
    if (request->languages.count == 0) {
        request->is_language_defaulted = true;
        request->languages = (struct languages){.tags = {"en"}, .count = 1};
    }
}

static bool is_on(const struct form *form, const char *name)
{
    struct bytes text;
    return form_find(form, name, &text) && (form_is(text, "true") || form_is(text, "1"));
}

static void read_parts(const struct form *form, struct pelias_request *request)
{
    bool has_part = false;
    for (unsigned i = 0; i < PELIAS_PART_COUNT; i++) {
        (void)form_find(form, pelias_part_names[i], &request->parts[i]);
        request->parts[i] = form_trim(request->parts[i]);
        has_part |= request->parts[i].size != 0;
    }
    if (!has_part) {
        pelias_note(&request->errors,
                    "at least one of the following fields is required: venue, address, unit, "
                    "neighbourhood, borough, locality, county, region, postalcode, country");
    }
}

static void read_ids(const struct form *form, struct pelias_request *request)
{
    struct bytes list, gid;
    char id[PELIAS_ID_SIZE];
    if (!form_find(form, "ids", &request->ids) || form_trim(request->ids).size == 0) {
        pelias_note(&request->errors, "invalid param 'ids': length must be >0");
        return;
    }
    list = request->ids;
    while (form_next(&list, ',', &gid)) {
        if (gid.size == 0) {
            pelias_note(&request->errors, "invalid param 'ids': length must be >0");
        } else if (pelias_gid_read(gid, id) == STATUS_OUT_OF_RANGE) {
            pelias_note(&request->errors,
                        "id `%.*s is invalid: must be of the format source:layer:id for ex: "
                        "'geonames:venue:4163334'",
                        shown(gid), (const char *)gid.data);
        }
    }
}

static void read_text(const struct form *form, struct pelias_request *request)
{
    (void)form_find(form, "text", &request->text);
    request->text = form_trim(request->text);
    if (request->text.size == 0) {
        pelias_note(&request->errors, "invalid param 'text': text length, must be >0");
    } else if (request->text.size > SEARCH_TEXT_SIZE_MAX) {
        pelias_note(&request->errors, "invalid param 'text': it has %zu bytes, at most %d are read",
                    request->text.size, SEARCH_TEXT_SIZE_MAX);
    }
}

void pelias_read(enum pelias_path path, const struct form *form, struct bytes accept_language,
                 struct pelias_request *request)
{
    request->path = path;
    check_once(form, &request->errors);
    read_size(form, request);
    read_language(form, accept_language, request);
    request->is_private = is_on(form, "private");
    request->wants_debug = is_on(form, "debug");
    if (path == PELIAS_PLACE) {
        read_ids(form, request);
        return;
    }
    if (path == PELIAS_STRUCTURED) {
        read_parts(form, request);
    } else if (path == PELIAS_SEARCH || path == PELIAS_AUTOCOMPLETE) {
        read_text(form, request);
    }
    read_targets(form, request);
    read_categories(form, request);
    pelias_read_areas(form, request);
}
