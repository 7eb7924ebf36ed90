#include "atlas/build_place.h"

// What an administrative level is called where. From the tables of admin_level values by country in
// the OpenStreetMap wiki; a country not listed is as the first row.
struct level_row {
    char country[3];
    uint8_t layers[10]; // of the levels 2 to 11
};

enum {
    C = LAYER_COUNTRY,
    R = LAYER_REGION,
    K = LAYER_COUNTY,
    L = LAYER_LOCALITY,
    B = LAYER_BOROUGH,
    N = LAYER_NEIGHBOURHOOD,
};

// clang-format off
static const struct level_row rows[] = {
    //      2  3  4  5  6  7  8  9 10 11
    {"",   {C, R, R, K, K, L, L, B, N, N}},
    {"AD", {C, R, R, K, K, R, L, B, N, N}}, // 7 parròquia, the first level; towns are nodes
    {"AU", {C, R, R, K, K, K, K, L, L, N}}, // 6 local government, 9 and 10 suburbs and localities
    {"BE", {C, R, R, K, K, K, L, B, N, N}}, // 7 arrondissement
    {"BR", {C, R, R, K, K, K, L, B, N, N}}, // 7 immediate region, 8 município, 10 bairro
    {"CZ", {C, R, R, R, R, K, L, B, N, N}}, // 6 kraj, 7 okres, 8 obec
    {"DE", {C, R, R, K, K, K, L, B, N, N}}, // 7 Amt, Verbandsgemeinde
    {"DK", {C, R, R, K, K, K, L, B, N, N}}, // 7 kommune, wider than any town
    {"ES", {C, R, R, K, K, K, L, B, N, N}}, // 7 comarca
    {"FR", {C, R, R, K, K, K, L, B, N, N}}, // 7 arrondissement
    {"GB", {C, R, R, R, K, K, B, N, L, N}}, // 4 nation, 8 district, 10 civil parish
    {"IE", {C, R, R, R, K, K, K, L, N, N}},
    {"IT", {C, R, R, K, K, K, L, B, N, N}}, // 7 unione di comuni
    {"JP", {C, R, R, K, K, L, B, N, N, N}}, // 7 city, 8 ward
    {"NL", {C, R, R, K, K, K, K, B, L, N}}, // 8 gemeente, 10 woonplaats
    {"PL", {C, R, R, K, K, K, L, B, N, N}}, // 6 powiat, 7 gmina
    {"PT", {C, R, R, R, R, L, B, N, N, N}}, // 6 distrito, 7 município, 8 freguesia
    {"SE", {C, R, R, K, K, K, L, B, N, N}}, // 7 kommun, wider than any town
};
// clang-format on

enum atlas_layer build_level_layer(uint16_t country, unsigned admin_level)
{
    if (admin_level < 2 || admin_level > 11) {
        return LAYER_COUNT;
    }
    const struct level_row *row = &rows[0];
    for (size_t i = 1; i < COUNT_OF(rows); i++) {
        row = build_country_pack(rows[i].country) == country ? &rows[i] : row;
    }
    return (enum atlas_layer)row->layers[admin_level - 2];
}
