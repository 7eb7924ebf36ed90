#include "source/category.h"

#include "base/test.h"
#include "source/category_words.h"

static void test_tags_name_their_category(void **state)
{
    (void)state;
    assert_int_equal(category_from_tag(BYTES_OF("amenity"), BYTES_OF("restaurant")),
                     CATEGORY_FOOD_RESTAURANT);
    assert_int_equal(category_from_tag(BYTES_OF("shop"), BYTES_OF("bonsai")), CATEGORY_SHOP_OTHER);
    assert_int_equal(category_from_tag(BYTES_OF("shop"), BYTES_OF("no")), CATEGORY_NONE);
    assert_int_equal(category_from_tag(BYTES_OF("natural"), BYTES_OF("scrub")), CATEGORY_NONE);
    assert_int_equal(category_from_tag(BYTES_OF("oneway"), BYTES_OF("yes")), CATEGORY_NONE);
    assert_string_equal(category_name(CATEGORY_TRANSIT_STATION), "transit.station");
    assert_int_equal(category_from_name(BYTES_OF("transit.station")), CATEGORY_TRANSIT_STATION);
}

static void test_every_row_is_found_and_in_order(void **state)
{
    (void)state;
    const char *last_key = "";
    const char *last_value = "";
    const char *key;
    const char *value;
    enum category category;
    for (size_t i = 0; category_tag_at(i, &key, &value, &category); i++) {
        const int order = strcmp(last_key, key);
        assert_true(order < 0 || (order == 0 && strcmp(last_value, value) < 0));
        assert_int_equal(category_from_tag(bytes_from_text(key), bytes_from_text(value)), category);
        last_key = key;
        last_value = value;
    }
    for (uint16_t i = 1; i < CATEGORY_COUNT; i++) {
        assert_int_equal(category_from_name(bytes_from_text(category_name(i))), i);
        assert_true(category_importance(i) <= 100);
    }
}

// docs/categories.md has one row a category, made here from the table.
static void test_the_manual_shows_the_table(void **state)
{
    (void)state;
    FILE *const page = fopen("docs/categories.md", "rb");
    assert_non_null(page);
    static char text[1 << 18];
    const size_t size = fread(text, 1, sizeof(text) - 1, page);
    (void)fclose(page);
    assert_true(size < sizeof(text) - 1);
    for (uint16_t i = 1; i < CATEGORY_COUNT; i++) {
        char row[2048];
        int used = snprintf(row, sizeof(row), "\n| %s | %u |", category_name(i),
                            (unsigned)category_importance(i));
        const char *key;
        const char *value;
        enum category category;
        for (size_t j = 0; category_tag_at(j, &key, &value, &category); j++) {
            if (category == i) {
                used += snprintf(row + used, sizeof(row) - (size_t)used, " `%s=%s`", key, value);
            }
        }
        (void)snprintf(row + used, sizeof(row) - (size_t)used, " |\n");
        if (strstr(text, row) == NULL) {
            print_message("# missing in docs/categories.md:%s", row);
            fail();
        }
    }
    const struct category_words *words;
    for (size_t i = 0; (words = category_words_at(i)) != NULL; i++) {
        char row[2048];
        (void)snprintf(row, sizeof(row), "\n| %s | %s | %s |\n",
                       category_name((uint16_t)words->category), words->language, words->words);
        if (strstr(text, row) == NULL) {
            print_message("# missing in docs/categories.md:%s", row);
            fail();
        }
    }
}

static void test_a_group_is_all_of_its_categories(void **state)
{
    (void)state;
    struct category_set set = {{0}};
    assert_true(category_set_add_name(&set, BYTES_OF("food")));
    assert_true(category_set_has(&set, CATEGORY_FOOD_RESTAURANT));
    assert_true(category_set_has(&set, CATEGORY_FOOD_PUB));
    assert_false(category_set_has(&set, CATEGORY_SHOP_BAKERY));
    assert_true(category_set_add_name(&set, BYTES_OF("shop.bakery")));
    assert_true(category_set_has(&set, CATEGORY_SHOP_BAKERY));
    assert_false(category_set_has(&set, CATEGORY_SHOP_BUTCHER));
    assert_false(category_set_add_name(&set, BYTES_OF("shop.bak")));
    assert_false(category_set_add_name(&set, BYTES_OF("")));
    assert_false(category_set_add_name(&set, BYTES_OF("bakery")));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_tags_name_their_category),
        cmocka_unit_test(test_every_row_is_found_and_in_order),
        cmocka_unit_test(test_the_manual_shows_the_table),
        cmocka_unit_test(test_a_group_is_all_of_its_categories),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
