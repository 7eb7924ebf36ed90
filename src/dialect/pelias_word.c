// Layers, sources and ids: their words for ours.
#include <stdio.h>
#include <string.h>

#include "dialect/pelias_private.h"

static const char *const layer_names[PELIAS_LAYER_COUNT] = {
    [PELIAS_VENUE] = "venue",
    [PELIAS_ADDRESS] = "address",
    [PELIAS_STREET] = "street",
    [PELIAS_INTERSECTION] = "intersection",
    [PELIAS_COUNTRY] = "country",
    [PELIAS_DEPENDENCY] = "dependency",
    [PELIAS_REGION] = "region",
    [PELIAS_COUNTY] = "county",
    [PELIAS_LOCALITY] = "locality",
    [PELIAS_LOCALADMIN] = "localadmin",
    [PELIAS_BOROUGH] = "borough",
    [PELIAS_NEIGHBOURHOOD] = "neighbourhood",
    [PELIAS_POSTALCODE] = "postalcode",
    "macroregion",
    "macrocounty",
    "continent",
    "macrohood",
    "microhood",
    "disputed",
    "empire",
    "ocean",
    "marinearea",
    "macrocountry",
};

static const unsigned atlas_layers[PELIAS_LAYERS_OURS] = {
    [PELIAS_VENUE] = 1U << LAYER_POI,           [PELIAS_ADDRESS] = 1U << LAYER_ADDRESS,
    [PELIAS_STREET] = 1U << LAYER_STREET,       [PELIAS_INTERSECTION] = 1U << LAYER_INTERSECTION,
    [PELIAS_COUNTRY] = 1U << LAYER_COUNTRY,     [PELIAS_DEPENDENCY] = 1U << LAYER_COUNTRY,
    [PELIAS_REGION] = 1U << LAYER_REGION,       [PELIAS_COUNTY] = 1U << LAYER_COUNTY,
    [PELIAS_LOCALITY] = 1U << LAYER_LOCALITY,   [PELIAS_LOCALADMIN] = 1U << LAYER_LOCALITY,
    [PELIAS_BOROUGH] = 1U << LAYER_BOROUGH,     [PELIAS_NEIGHBOURHOOD] = 1U << LAYER_NEIGHBOURHOOD,
    [PELIAS_POSTALCODE] = 1U << LAYER_POSTCODE,
};

const char *pelias_layer_name(enum pelias_layer layer)
{
    return layer_names[layer];
}

unsigned pelias_layer_parse(struct bytes name)
{
    if (form_is(name, "coarse")) {
        return PELIAS_COARSE;
    }
    for (unsigned i = 0; i < PELIAS_LAYER_COUNT; i++) {
        if (form_is(name, layer_names[i])) {
            return 1U << i;
        }
    }
    return 0;
}

// Those codes of ISO 3166-1 that Who's On First has as dependencies of another country.
static bool is_dependency(const char code[3])
{
    static const char codes[] = "AI AS AW AX BL BM BQ BV CC CK CW CX EH FK FO GF GG GI GL GP GS GU "
                                "HK HM IM IO JE KY MF MO MP MQ MS NC NF NU PF PM PN PR RE SH SJ SX "
                                "TC TF TK UM VG VI WF YT ";
    for (size_t i = 0; i + 3 < sizeof(codes); i += 3) {
        if (memcmp(codes + i, code, 2) == 0) {
            return true;
        }
    }
    return false;
}

// Continents as Who's On First has them.
static const struct {
    const char *name, *codes;
} continents[] = {
    {"Africa", "AO BF BI BJ BW CD CF CG CI CM CV DJ DZ EG EH ER ET GA GH GM GN "
               "GQ GW IO KE KM LR LS LY MA MG ML MR MU MW MZ NA NE NG RE RW SC "
               "SD SH SL SN SO SS ST SZ TD TG TN TZ UG YT ZA ZM ZW "},
    {"Antarctica", "AQ BV GS HM TF "},
    {"Asia", "AE AF AM AZ BD BH BN BT CC CN CX GE HK ID IL IN IQ IR JO JP KG "
             "KH KP KR KW KZ LA LB LK MM MN MO MV MY NP OM PH PK PS QA SA SG "
             "SY TH TJ TL TM TR TW UZ VN YE "},
    {"Europe", "AD AL AT AX BA BE BG BY CH CY CZ DE DK EE ES FI FO FR GB GG GI "
               "GR HR HU IE IM IS IT JE LI LT LU LV MC MD ME MK MT NL NO PL PT "
               "RO RS RU SE SI SJ SK SM UA VA XK "},
    {"North America", "AG AI AW BB BL BM BQ BS BZ CA CR CU CW DM DO GD GL GP GT HN HT "
                      "JM KN KY LC MF MQ MS MX NI PA PM PR SV SX TC TT US VC VG VI "},
    {"Oceania", "AS AU CK FJ FM GU KI MH MP NC NF NR NU NZ PF PG PN PW SB TK TO "
                "TV UM VU WF WS "},
    {"South America", "AR BO BR CL CO EC FK GF GY PE PY SR UY VE "},
};

const char *pelias_continent(const char country_code[3])
{
    for (size_t i = 0; i < COUNT_OF(continents) && country_code[0] != '\0'; i++) {
        for (const char *code = continents[i].codes; *code != '\0'; code += 3) {
            if (memcmp(code, country_code, 2) == 0) {
                return continents[i].name;
            }
        }
    }
    return NULL;
}

enum pelias_layer pelias_part_layer(enum atlas_layer layer, const char country_code[3])
{
    switch (layer) {
    case LAYER_COUNTRY:
        return is_dependency(country_code) ? PELIAS_DEPENDENCY : PELIAS_COUNTRY;
    case LAYER_REGION:
        return PELIAS_REGION;
    case LAYER_COUNTY:
        return PELIAS_COUNTY;
    case LAYER_LOCALITY:
        return PELIAS_LOCALITY;
    case LAYER_BOROUGH:
        return PELIAS_BOROUGH;
    case LAYER_NEIGHBOURHOOD:
        return PELIAS_NEIGHBOURHOOD;
    case LAYER_POSTCODE:
        return PELIAS_POSTALCODE;
    case LAYER_STREET:
        return PELIAS_STREET;
    case LAYER_POI:
        return PELIAS_VENUE;
    case LAYER_INTERSECTION:
        return PELIAS_INTERSECTION;
    case LAYER_ADDRESS:
    case LAYER_POINT:
        break;
    }
    return PELIAS_ADDRESS;
}

enum pelias_layer pelias_layer_of(const struct description *description)
{
    return description->layer == LAYER_LOCALITY && description->place_type == PLACE_MUNICIPALITY
               ? PELIAS_LOCALADMIN
               : pelias_part_layer(description->layer, description->country_code);
}

unsigned pelias_atlas_layers(unsigned layers)
{
    unsigned ours = 0;
    for (unsigned i = 0; i < PELIAS_LAYERS_OURS; i++) {
        ours |= (layers & 1U << i) != 0 ? atlas_layers[i] : 0;
    }
    return ours;
}

// What stands before the colon of an id of ours, and of theirs.
static const struct source_row {
    enum pelias_source source;
    const char *ours, *name, *alias;
} source_rows[] = {
    {PELIAS_OPENSTREETMAP, "osm", "openstreetmap", "osm"},
    {PELIAS_OPENADDRESSES, "openaddresses", "openaddresses", "oa"},
    {PELIAS_WHOSONFIRST, "wof", "whosonfirst", "wof"},
    {PELIAS_GEONAMES, "geonames", "geonames", "gn"},
    {PELIAS_OTHER, "country", "naturalearth", "ne"}, // countries and dependencies
    {PELIAS_OTHER, "region", "naturalearth", "ne"},  // other layers
};

const char *pelias_source_name(enum pelias_source source)
{
    return source == PELIAS_OTHER ? "other" : source_rows[source].name;
}

enum pelias_source pelias_source_parse(struct bytes name)
{
    for (size_t i = 0; i < COUNT_OF(source_rows); i++) {
        if (form_is(name, source_rows[i].name) || form_is(name, source_rows[i].alias)) {
            return source_rows[i].source;
        }
    }
    return PELIAS_SOURCE_COUNT;
}

static const struct {
    char letter;
    const char *word;
} osm_types[] = {{'n', "node"}, {'w', "way"}, {'r', "relation"}};

void pelias_id_of(struct bytes id, struct pelias_id *out)
{
    struct bytes rest = id;
    struct bytes kind = {0};
    (void)form_next(&rest, ':', &kind);
    out->source = PELIAS_OTHER;
    out->source_name = kind;
    for (size_t i = 0; i < COUNT_OF(source_rows); i++) {
        if (bytes_equal(kind, bytes_from_text(source_rows[i].ours))) {
            out->source = source_rows[i].source;
            out->source_name = bytes_from_text(source_rows[i].name);
        }
    }
    const char *word = "";
    for (size_t i = 0; i < COUNT_OF(osm_types) && out->source == PELIAS_OPENSTREETMAP; i++) {
        if (rest.size != 0 && rest.data[0] == (uint8_t)osm_types[i].letter) {
            word = osm_types[i].word;
            rest.data++;
            rest.size--;
        }
    }
    (void)snprintf(out->id, sizeof(out->id), "%s%s%.*s", word, *word == '\0' ? "" : "/",
                   (int)(rest.size < 50 ? rest.size : 50), (const char *)rest.data);
}

// "way/123" and the older "way:123" are w123.
static struct bytes osm_id_read(struct bytes id, char *letter)
{
    for (size_t i = 0; i < COUNT_OF(osm_types); i++) {
        const struct bytes word = bytes_from_text(osm_types[i].word);
        if (id.size > word.size + 1 && memcmp(id.data, word.data, word.size) == 0 &&
            (id.data[word.size] == '/' || id.data[word.size] == ':')) {
            *letter = osm_types[i].letter;
            return (struct bytes){id.data + word.size + 1, id.size - word.size - 1};
        }
    }
    return (struct bytes){0};
}

enum status pelias_gid_read(struct bytes gid, char id[PELIAS_ID_SIZE])
{
    struct bytes rest = gid;
    struct bytes source, layer;
    if (!form_next(&rest, ':', &source) || !form_next(&rest, ':', &layer) || rest.data == NULL ||
        source.size == 0 || layer.size == 0 || rest.size == 0) {
        return STATUS_OUT_OF_RANGE;
    }
    char letter[2] = "";
    for (size_t i = 0; i < COUNT_OF(source_rows); i++) {
        if (form_is(source, source_rows[i].name) || form_is(source, source_rows[i].alias)) {
            const bool is_region = source_rows[i].source == PELIAS_OTHER &&
                                   !form_is(layer, "country") && !form_is(layer, "dependency");
            source = bytes_from_text(is_region ? "region" : source_rows[i].ours);
            if (source_rows[i].source == PELIAS_OPENSTREETMAP) {
                rest = osm_id_read(rest, &letter[0]);
            }
        }
    }
    const int size =
        snprintf(id, PELIAS_ID_SIZE, "%.*s:%s%.*s", (int)source.size, (const char *)source.data,
                 letter, (int)rest.size, (const char *)rest.data);
    return rest.size == 0 || size < 0 || size >= PELIAS_ID_SIZE ? STATUS_NOT_FOUND : STATUS_OK;
}
