#include "geo/plus_code.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/attributes.h"
#include "base/test.h"

// Calls `row` with the fields of every line of a file of the conformance data; false: it is not here.
static bool rows_read(const char *file, unsigned *count, void (*row)(char *fields[6]))
{
    static const char archive[] = "../shared/data/fixtures/open-location-code-test-data.tar.zst";
    FILE *const present = fopen(archive, "rb");
    if (present == NULL) {
        print_message("# skipped: %s is not here\n", archive);
        return false;
    }
    (void)fclose(present);
    char command[256];
    (void)snprintf(command, sizeof(command), "zstd -dc %s | tar xO open-location-code/test_data/%s",
                   archive, file);
    FILE *const rows = popen(command, "r");
    assert_non_null(rows);
    char line[256];
    while (fgets(line, sizeof(line), rows) != NULL) {
        char *rest = line;
        char *fields[6] = {NULL};
        if (line[0] == '#' || line[0] == '\n') {
            continue;
        }
        for (size_t i = 0; i < COUNT_OF(fields) && rest != NULL; i++) {
            fields[i] = strsep(&rest, ",\n");
        }
        row(fields);
        (*count)++;
    }
    (void)pclose(rows);
    return true;
}

static void validity_row(char *fields[6])
{
    const enum plus_code_kind kind = plus_code_kind(bytes_from_text(fields[0]));
    const bool is_short = strcmp(fields[2], "true") == 0;
    const bool is_full = strcmp(fields[3], "true") == 0;
    const enum plus_code_kind right = is_full    ? PLUS_CODE_FULL
                                      : is_short ? PLUS_CODE_SHORT
                                                 : PLUS_CODE_NONE;
    if (kind != right) {
        fail_msg("%s is taken as %d", fields[0], (int)kind);
    }
}

static int32_t e7_of(const char *degrees)
{
    return geo_e7_from_deg(strtod(degrees, NULL));
}

static void assert_near(int32_t angle_e7, const char *degrees)
{
    const int32_t off_e7 = angle_e7 - e7_of(degrees);
    assert_true(off_e7 >= -1 && off_e7 <= 1);
}

static void decoding_row(char *fields[6])
{
    struct geo_box box;
    assert_true(plus_code_decode(bytes_from_text(fields[0]), &box));
    assert_near(box.south_e7, fields[2]);
    assert_near(box.west_e7, fields[3]);
    assert_near(box.north_e7, fields[4]);
    assert_near(box.east_e7, fields[5]);
}

static unsigned finer_than_ours;

// Their coordinates have more digits than ours: the rows whose last digit hangs on those are left out.
static void encoding_row(char *fields[6])
{
    char code[PLUS_CODE_SIZE];
    const double lat = strtod(fields[0], NULL);
    const double lng = strtod(fields[1], NULL);
    const unsigned digits = (unsigned)strtoul(fields[4], NULL, 10);
    if (digits > 10 || lng < -180 || lng >= 180 || lat < -90 || lat > 90) {
        finer_than_ours++;
        return;
    }
    const struct geo_point point = GEO_POINT(lng, lat);
    const double east = geo_deg_from_e7(point.lng_e7) - lng;
    const double north = geo_deg_from_e7(point.lat_e7) - lat;
    if (east > 1e-12 || east < -1e-12 || north > 1e-12 || north < -1e-12) {
        finer_than_ours++;
        return;
    }
    plus_code_format(point, digits, code);
    assert_string_equal(code, fields[5]);
}

static void short_row(char *fields[6])
{
    struct geo_point point;
    struct geo_box box;
    if (strcmp(fields[4], "S") == 0) {
        return; // only says how far it can be shortened
    }
    const struct geo_point near = GEO_POINT(strtod(fields[2], NULL), strtod(fields[1], NULL));
    assert_true(plus_code_find(bytes_from_text(fields[3]), near, &point));
    assert_true(plus_code_decode(bytes_from_text(fields[0]), &box));
    if (!geo_box_contains(box, point)) {
        fail_msg("%s near %s,%s is not in %s", fields[3], fields[1], fields[2], fields[0]);
    }
}

static void test_agrees_with_the_conformance_data(void **state)
{
    (void)state;
    unsigned counts[4] = {0};
    if (!rows_read("validityTests.csv", &counts[0], validity_row) ||
        !rows_read("decoding.csv", &counts[1], decoding_row) ||
        !rows_read("encoding.csv", &counts[2], encoding_row) ||
        !rows_read("shortCodeTests.csv", &counts[3], short_row)) {
        skip();
    }
    print_message("# %u validity, %u decoding, %u encoding (%u finer than ours), %u short\n",
                  counts[0], counts[1], counts[2], finer_than_ours, counts[3]);
    assert_true(counts[0] > 20 && counts[1] > 400 && counts[2] - finer_than_ours > 50 &&
                counts[3] > 15);
}

static void test_codes_and_places_go_both_ways(void **state)
{
    (void)state;
    char code[PLUS_CODE_SIZE];
    struct geo_point point;
    plus_code_format(GEO_POINT(8.524997, 47.365590), 10, code);
    assert_string_equal(code, "8FVC9G8F+6X");
    assert_true(plus_code_find(BYTES_OF("9g8f+6x"), GEO_POINT(8.54, 47.37), &point));
    assert_true(point.lng_e7 > 85249000 && point.lng_e7 < 85251000);
    assert_true(plus_code_find(BYTES_OF("8FVC9G8F+6X"), GEO_POINT(0, 0), &point));
    assert_true(point.lat_e7 > 473655000 && point.lat_e7 < 473657000);
    struct dice dice = test_dice();
    for (unsigned i = 0; i < 10000; i++) {
        const struct geo_point given = {
            .lng_e7 = (int32_t)((int64_t)dice_below(&dice, 3600000000U) - GEO_LNG_MAX),
            .lat_e7 = (int32_t)((int64_t)dice_below(&dice, 1800000001U) - GEO_LAT_MAX)};
        struct geo_box box;
        plus_code_format(given, 10, code);
        assert_true(plus_code_decode(bytes_from_text(code), &box));
        assert_true(geo_box_contains(box, given));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_agrees_with_the_conformance_data),
        cmocka_unit_test(test_codes_and_places_go_both_ways),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
