// What GeoNames' feature codes mean to us. https://www.geonames.org/export/codes.html
#include <string.h>

#include "source/category.h"
#include "source/geonames_private.h"

enum { CITY_PEOPLE = 100000, TOWN_PEOPLE = 10000 };

static const struct code_row {
    const char *code;
    enum place_type place_type;
    enum category category;
} code_rows[] = {
    {"ADM1", PLACE_REGION, CATEGORY_NONE},
    {"ADM2", PLACE_COUNTY, CATEGORY_NONE},
    {"ADM3", PLACE_MUNICIPALITY, CATEGORY_NONE},
    {"ADM4", PLACE_MUNICIPALITY, CATEGORY_NONE},
    {"AIRP", PLACE_NONE, CATEGORY_TRANSIT_AIRPORT},
    {"AMUS", PLACE_NONE, CATEGORY_ATTRACTION_THEME_PARK},
    {"ANS", PLACE_NONE, CATEGORY_HISTORIC_RUINS},
    {"BAY", PLACE_NONE, CATEGORY_NATURE_BAY},
    {"BCH", PLACE_NONE, CATEGORY_NATURE_BEACH},
    {"BDG", PLACE_NONE, CATEGORY_BUILDING_BRIDGE},
    {"BLDG", PLACE_NONE, CATEGORY_BUILDING_OTHER},
    {"BUSTN", PLACE_NONE, CATEGORY_TRANSIT_BUS_STATION},
    {"BUSTP", PLACE_NONE, CATEGORY_TRANSIT_BUS_STOP},
    {"CAPE", PLACE_NONE, CATEGORY_NATURE_CAPE},
    {"CAVE", PLACE_NONE, CATEGORY_NATURE_CAVE},
    {"CH", PLACE_NONE, CATEGORY_RELIGION_PLACE_OF_WORSHIP},
    {"CMTY", PLACE_NONE, CATEGORY_RELIGION_CEMETERY},
    {"CNL", PLACE_NONE, CATEGORY_NATURE_CANAL},
    {"CONT", PLACE_CONTINENT, CATEGORY_NONE},
    {"CSTL", PLACE_NONE, CATEGORY_HISTORIC_CASTLE},
    {"CTRR", PLACE_NONE, CATEGORY_RELIGION_PLACE_OF_WORSHIP},
    {"DIP", PLACE_NONE, CATEGORY_GOVERNMENT_EMBASSY},
    {"FLLS", PLACE_NONE, CATEGORY_NATURE_WATERFALL},
    {"FRM", PLACE_ISOLATED, CATEGORY_NONE},
    {"FRST", PLACE_NONE, CATEGORY_NATURE_WOOD},
    {"FT", PLACE_NONE, CATEGORY_HISTORIC_CASTLE},
    {"FY", PLACE_NONE, CATEGORY_TRANSIT_FERRY_TERMINAL},
    {"GDN", PLACE_NONE, CATEGORY_LEISURE_GARDEN},
    {"GLCR", PLACE_NONE, CATEGORY_NATURE_GLACIER},
    {"HSP", PLACE_NONE, CATEGORY_HEALTH_HOSPITAL},
    {"HTL", PLACE_NONE, CATEGORY_ACCOMMODATION_HOTEL},
    {"HUT", PLACE_NONE, CATEGORY_ACCOMMODATION_HUT},
    {"ISL", PLACE_ISLAND, CATEGORY_NONE},
    {"ISLS", PLACE_ISLAND, CATEGORY_NONE},
    {"ISLT", PLACE_ISLAND, CATEGORY_NONE},
    {"LBRY", PLACE_NONE, CATEGORY_CULTURE_LIBRARY},
    {"LCTY", PLACE_ISOLATED, CATEGORY_NONE},
    {"LK", PLACE_NONE, CATEGORY_NATURE_LAKE},
    {"LKS", PLACE_NONE, CATEGORY_NATURE_LAKE},
    {"LTHSE", PLACE_NONE, CATEGORY_BUILDING_LIGHTHOUSE},
    {"MALL", PLACE_NONE, CATEGORY_SHOP_MALL},
    {"MKT", PLACE_NONE, CATEGORY_SERVICE_MARKETPLACE},
    {"MNMT", PLACE_NONE, CATEGORY_HISTORIC_MONUMENT},
    {"MSQE", PLACE_NONE, CATEGORY_RELIGION_PLACE_OF_WORSHIP},
    {"MSTY", PLACE_NONE, CATEGORY_RELIGION_MONASTERY},
    {"MT", PLACE_NONE, CATEGORY_NATURE_PEAK},
    {"MTRO", PLACE_NONE, CATEGORY_TRANSIT_STATION},
    {"MTS", PLACE_NONE, CATEGORY_NATURE_PEAK},
    {"MUS", PLACE_NONE, CATEGORY_ATTRACTION_MUSEUM},
    {"OPRA", PLACE_NONE, CATEGORY_CULTURE_CONCERT_HALL},
    {"PAL", PLACE_NONE, CATEGORY_HISTORIC_CASTLE},
    {"PASS", PLACE_NONE, CATEGORY_TRANSPORT_MOUNTAIN_PASS},
    {"PCL", PLACE_COUNTRY, CATEGORY_NONE},
    {"PCLD", PLACE_COUNTRY, CATEGORY_NONE},
    {"PCLF", PLACE_COUNTRY, CATEGORY_NONE},
    {"PCLI", PLACE_COUNTRY, CATEGORY_NONE},
    {"PCLIX", PLACE_COUNTRY, CATEGORY_NONE},
    {"PCLS", PLACE_COUNTRY, CATEGORY_NONE},
    {"PK", PLACE_NONE, CATEGORY_NATURE_PEAK},
    {"PO", PLACE_NONE, CATEGORY_SERVICE_POST_OFFICE},
    {"PP", PLACE_NONE, CATEGORY_GOVERNMENT_POLICE},
    {"PRK", PLACE_NONE, CATEGORY_LEISURE_PARK},
    {"PS", PLACE_NONE, CATEGORY_BUILDING_POWER_PLANT},
    {"RDGE", PLACE_NONE, CATEGORY_NATURE_RIDGE},
    {"RES", PLACE_NONE, CATEGORY_PARK_PROTECTED},
    {"RESN", PLACE_NONE, CATEGORY_LEISURE_NATURE_RESERVE},
    {"REST", PLACE_NONE, CATEGORY_FOOD_RESTAURANT},
    {"RLGR", PLACE_NONE, CATEGORY_RELIGION_PLACE_OF_WORSHIP},
    {"RSTN", PLACE_NONE, CATEGORY_TRANSIT_STATION},
    {"RSTP", PLACE_NONE, CATEGORY_TRANSIT_HALT},
    {"RSV", PLACE_NONE, CATEGORY_NATURE_RESERVOIR},
    {"RUIN", PLACE_NONE, CATEGORY_HISTORIC_RUINS},
    {"SCH", PLACE_NONE, CATEGORY_EDUCATION_SCHOOL},
    {"SCHC", PLACE_NONE, CATEGORY_EDUCATION_COLLEGE},
    {"SHRN", PLACE_NONE, CATEGORY_RELIGION_PLACE_OF_WORSHIP},
    {"SPNG", PLACE_NONE, CATEGORY_NATURE_SPRING},
    {"SQR", PLACE_SQUARE, CATEGORY_NONE},
    {"STDM", PLACE_NONE, CATEGORY_SPORT_STADIUM},
    {"STM", PLACE_NONE, CATEGORY_NATURE_STREAM},
    {"SYG", PLACE_NONE, CATEGORY_RELIGION_PLACE_OF_WORSHIP},
    {"THTR", PLACE_NONE, CATEGORY_CULTURE_THEATRE},
    {"TMPL", PLACE_NONE, CATEGORY_RELIGION_PLACE_OF_WORSHIP},
    {"TOWR", PLACE_NONE, CATEGORY_BUILDING_TOWER},
    {"UNIV", PLACE_NONE, CATEGORY_EDUCATION_UNIVERSITY},
    {"VAL", PLACE_NONE, CATEGORY_NATURE_VALLEY},
    {"VLC", PLACE_NONE, CATEGORY_NATURE_VOLCANO},
    {"ZOO", PLACE_NONE, CATEGORY_ATTRACTION_ZOO},
};

static bool text_is(struct bytes bytes, const char *text)
{
    return bytes_equal(bytes, bytes_from_text(text));
}

// Populated places: how large they are says what they are called, where the code does not.
static enum place_type settlement_of(struct bytes code, uint64_t population)
{
    if (text_is(code, "PPLH") || text_is(code, "PPLQ") || text_is(code, "PPLW") ||
        text_is(code, "PPLCH")) {
        return PLACE_NONE; // no longer there
    }
    if (text_is(code, "PPLX")) {
        return PLACE_SUBURB;
    }
    if (text_is(code, "PPLF")) {
        return PLACE_ISOLATED;
    }
    if (text_is(code, "PPLL")) {
        return PLACE_HAMLET;
    }
    if (population >= CITY_PEOPLE || text_is(code, "PPLC")) {
        return PLACE_CITY;
    }
    return population >= TOWN_PEOPLE || text_is(code, "PPLA") ? PLACE_TOWN : PLACE_VILLAGE;
}

struct geonames_meaning geonames_meaning_of(struct bytes class, struct bytes code,
                                            uint64_t population)
{
    struct geonames_meaning meaning = {0};
    if (text_is(class, "P")) {
        meaning.place_type = settlement_of(code, population);
        meaning.roles = meaning.place_type == PLACE_NONE ? 0 : FEATURE_PLACE;
        return meaning;
    }
    for (size_t i = 0; i < COUNT_OF(code_rows); i++) {
        if (text_is(code, code_rows[i].code)) {
            meaning.place_type = code_rows[i].place_type;
            meaning.category = (uint16_t)code_rows[i].category;
            meaning.roles = meaning.place_type != PLACE_NONE ? FEATURE_PLACE : FEATURE_POI;
            break;
        }
    }
    return meaning;
}
