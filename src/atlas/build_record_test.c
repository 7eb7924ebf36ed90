#include "atlas/build_record.h"

#include "base/test.h"

static const char *const texts[] = {"", "12a", "Rue de l'Église", "9490", "東京都"};

static struct bytes random_text(struct dice *dice)
{
    return bytes_from_text(texts[dice_below(dice, COUNT_OF(texts))]);
}

static struct geo_point random_point(struct dice *dice)
{
    return GEO_POINT(dice_between(dice, -180, 180), dice_between(dice, -90, 90));
}

enum { PARTS_MAX = 6 };

struct parts {
    struct feature_name names[PARTS_MAX];
    struct geo_point points[PARTS_MAX];
    int64_t nodes[PARTS_MAX];
    struct feature_end ends[PARTS_MAX];
    struct feature_fact facts[PARTS_MAX];
};

static struct feature random_feature(struct dice *dice, struct parts *parts)
{
    for (size_t i = 0; i < PARTS_MAX; i++) {
        parts->names[i] = (struct feature_name){
            .text = random_text(dice), .language = "de", .role = NAME_LOCALISED};
        parts->points[i] = random_point(dice);
        parts->nodes[i] = (int64_t)dice_u64(dice) >> dice_below(dice, 63);
        parts->ends[i] = (struct feature_end){.position = (uint32_t)i,
                                              .number = (uint32_t)dice_below(dice, 5000),
                                              .street = random_text(dice)};
        parts->facts[i] =
            (struct feature_fact){.key = random_text(dice), .value = random_text(dice)};
    }
    struct feature feature = {
        .id = {SOURCE_OSM, 'w', (int64_t)dice_u64(dice) >> dice_below(dice, 63)},
        .roles = (unsigned)dice_below(dice, 256),
        .point = random_point(dice),
        .points = parts->points,
        .point_count = dice_below(dice, PARTS_MAX + 1),
        .nodes = dice_below(dice, 2) == 0 ? NULL : parts->nodes,
        .names = parts->names,
        .name_count = dice_below(dice, PARTS_MAX + 1),
        .kind = {.key = random_text(dice), .value = random_text(dice)},
        .facts = parts->facts,
        .fact_count = dice_below(dice, PARTS_MAX + 1),
        .source = (uint8_t)dice_below(dice, 256),
        .category = (uint16_t)dice_below(dice, 200),
        .wikidata = random_text(dice),
        .has_wikipedia = dice_below(dice, 2) == 0,
        .population = dice_u64(dice) >> dice_below(dice, 63),
        .place_type = (enum place_type)dice_below(dice, PLACE_SQUARE + 1),
        .admin_level = (uint8_t)dice_below(dice, 12),
        .label = {SOURCE_OSM, 'n', 42},
        .has_label = dice_below(dice, 2) == 0,
        .interpolation = INTERPOLATION_ODD,
        .ends = parts->ends,
        .end_count = dice_below(dice, PARTS_MAX + 1),
        .street_rank = (uint8_t)dice_below(dice, 8),
    };
    feature.address.number = random_text(dice);
    feature.address.street = random_text(dice);
    feature.address.postcode = random_text(dice);
    memcpy(feature.address.country, dice_below(dice, 2) == 0 ? "LI" : "\0\0", 3);
    return feature;
}

static void assert_same_text(struct bytes left, struct bytes right)
{
    assert_true(bytes_equal(left, right));
}

static void assert_same(const struct feature *left, const struct feature *right)
{
    assert_int_equal(left->id.number, right->id.number);
    assert_int_equal(left->id.type, right->id.type);
    assert_int_equal(left->roles, right->roles);
    assert_true(geo_point_equal(left->point, right->point));
    assert_int_equal(left->name_count, right->name_count);
    for (size_t i = 0; i < left->name_count; i++) {
        assert_same_text(left->names[i].text, right->names[i].text);
        assert_string_equal(left->names[i].language, right->names[i].language);
    }
    assert_int_equal(left->point_count, right->point_count);
    for (size_t i = 0; i < left->point_count; i++) {
        assert_true(geo_point_equal(left->points[i], right->points[i]));
        assert_true(left->nodes == NULL || left->nodes[i] == right->nodes[i]);
    }
    assert_int_equal(left->end_count, right->end_count);
    for (size_t i = 0; i < left->end_count; i++) {
        assert_int_equal(left->ends[i].number, right->ends[i].number);
        assert_same_text(left->ends[i].street, right->ends[i].street);
    }
    assert_same_text(left->address.number, right->address.number);
    assert_same_text(left->address.street, right->address.street);
    assert_same_text(left->address.postcode, right->address.postcode);
    assert_string_equal(left->address.country, right->address.country);
    assert_same_text(left->wikidata, right->wikidata);
    assert_same_text(left->kind.key, right->kind.key);
    assert_same_text(left->kind.value, right->kind.value);
    assert_int_equal(left->fact_count, right->fact_count);
    for (size_t i = 0; i < left->fact_count; i++) {
        assert_same_text(left->facts[i].key, right->facts[i].key);
        assert_same_text(left->facts[i].value, right->facts[i].value);
    }
    assert_int_equal(left->source, right->source);
    assert_int_equal(left->category, right->category);
    assert_int_equal(left->population, right->population);
    assert_int_equal(left->place_type, right->place_type);
    assert_int_equal(left->admin_level, right->admin_level);
    assert_int_equal(left->street_rank, right->street_rank);
    assert_int_equal(left->has_wikipedia, right->has_wikipedia);
    assert_int_equal(left->has_label, right->has_label);
}

static void what_goes_in_comes_out(void **state)
{
    (void)state;
    struct memory_account account = {.name = "test"};
    struct buffer bytes SCOPED(buffer_free) = {.account = &account};
    struct build_scratch scratch SCOPED(build_scratch_free) = {.account = &account};
    struct dice dice = test_dice();
    for (unsigned round = 0; round < 5000; round++) {
        struct parts parts;
        const struct feature in = random_feature(&dice, &parts);
        struct feature out;
        buffer_clear(&bytes);
        build_record_encode(&in, &bytes);
        assert_int_equal(build_record_decode(buffer_bytes(&bytes), &scratch, &out), STATUS_OK);
        assert_same(&in, &out);
    }
}

static void rings_come_back_in_place(void **state)
{
    (void)state;
    struct memory_account account = {.name = "test"};
    struct buffer bytes SCOPED(buffer_free) = {.account = &account};
    const struct geo_point points[] = {{1, 2}, {3, 4}, {5, 6}, {7, 8}, {9, 10}, {11, 12}};
    const uint32_t ends[] = {3, 6};
    const struct geo_rings in = {.points = points, .ring_end = ends, .ring_count = 2};
    build_record_encode_rings(&in, &bytes);
    const struct geo_rings out = build_record_decode_rings(buffer_bytes(&bytes));
    assert_int_equal(out.ring_count, 2);
    assert_memory_equal(out.ring_end, ends, sizeof(ends));
    assert_memory_equal(out.points, points, sizeof(points));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_goes_in_comes_out),
        cmocka_unit_test(rings_come_back_in_place),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
