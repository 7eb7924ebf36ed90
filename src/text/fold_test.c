#include "text/fold.h"

#include "base/test.h"
#include "text/utf8.h"

struct fixture {
    struct memory_account account;
    struct text_folder *folder;
    struct buffer out;
};

static int set_up(void **state)
{
    struct fixture *const fixture = calloc(1, sizeof(*fixture));
    assert_non_null(fixture);
    fixture->account.name = "test";
    fixture->out.account = &fixture->account;
    *state = fixture;
    return text_folder_new(&fixture->account, &fixture->folder, NULL) != STATUS_OK;
}

static int tear_down(void **state)
{
    struct fixture *const fixture = *state;
    text_folder_free(fixture->folder);
    buffer_free(&fixture->out);
    const int leaked = atomic_load(&fixture->account.used_size) != 0;
    free(fixture);
    return leaked;
}

static struct bytes folded(struct fixture *fixture, struct bytes text)
{
    buffer_clear(&fixture->out);
    assert_int_equal(text_fold(fixture->folder, text, &fixture->out), STATUS_OK);
    return buffer_bytes(&fixture->out);
}

static void folds_to(struct fixture *fixture, const char *text, const char *expected)
{
    const struct bytes found = folded(fixture, bytes_from_text(text));
    char shown[256];
    (void)snprintf(shown, sizeof(shown), "%.*s", (int)found.size, (const char *)found.data);
    assert_string_equal(shown, expected);
}

static void test_case_accents_width_and_punctuation_go(void **state)
{
    struct fixture *const fixture = *state;
    static const char *const cases[][2] = {
        {"Feldkircher Straße", "feldkircher strasse"},
        {"FELDKIRCHER STRASSE", "feldkircher strasse"},
        {"Łódź, Ærøskøbing, Đà Nẵng", "lodz, aeroskobing, da nang"},
        {"İstanbul ISPARTA ığdır", "istanbul isparta igdir"},
        {"Cafe\xcc\x81", "cafe"},
        {"L’Hôpital – 12½", "l'hopital - 12 1/2"},
        {"King’s O'Connell's", "kings oconnells"},
        {"l's o'brien", "ls obrien"},
        {"Avinguda del Paral·lel", "avinguda del parallel"},
        {"1º 2ª №3", "1o 2a no3"},
        {"ＡＢＣ１２３　ｶﾞ", "abc123 ガ"},
        {"Αθήνα Πειραιάς", "αθηνα πειραιασ"},
        {"Ёлкино Йошкар-Ола", "елкино иошкар-ола"},
        {"пров. Кам’янець", "пров. камянець"},
        {"नई दिल्ली", "नई दिल्ली"},
        {"กรุงเทพ", "กรุงเทพ"},
        {"서울특별시", "서울특별시"},
        {"がぎぐ ガ", "がぎぐ ガ"},
        {"أحمد إبراهيم آل مكة", "احمد ابراهيم ال مكه"},
        {"مُحَمَّد", "محمد"},
        {"١٢٣ ४५", "123 45"},
        {"tab\tnul\x01", "tab nul "},
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        folds_to(fixture, cases[i][0], cases[i][1]);
    }
}

static void test_broken_utf8_becomes_blanks(void **state)
{
    struct fixture *const fixture = *state;
    folds_to(fixture, "a\xff\x62\xc3", "a b ");
    folds_to(fixture, "a\xed\xa0\x80z", "a   z");
    folds_to(fixture, "\xf8\x88\x80\x80\x80", "     ");
}

// Both ways of folding, compared.
static void same_by_both(struct fixture *fixture, struct bytes text)
{
    uint8_t by_table[1024];
    uint8_t by_icu[1024];
    size_t table_size = 0;
    size_t icu_size = 0;
    assert_int_equal(text_fold_into(fixture->folder, text, by_table, sizeof(by_table), &table_size),
                     STATUS_OK);
    assert_int_equal(text_fold_by_icu(fixture->folder, text, by_icu, sizeof(by_icu), &icu_size),
                     STATUS_OK);
    if (table_size != icu_size || memcmp(by_table, by_icu, icu_size) != 0) {
        fail_msg("\"%.*s\" folds to \"%.*s\" by table, \"%.*s\" by ICU", (int)text.size,
                 (const char *)text.data, (int)table_size, (const char *)by_table, (int)icu_size,
                 (const char *)by_icu);
    }
}

static void test_the_table_agrees_with_icu_on_every_code_point(void **state)
{
    struct fixture *const fixture = *state;
    static const char *const contexts[][2] = {{"", ""}, {"x", "y"}, {"o", "s"}, {"\xcc\x81", "s "}};
    for (uint32_t code = 0; code < 0x3000; code++) {
        for (size_t i = 0; i < COUNT_OF(contexts); i++) {
            uint8_t text[16];
            size_t size = strlen(contexts[i][0]);
            memcpy(text, contexts[i][0], size);
            size += utf8_put(text + size, code);
            memcpy(text + size, contexts[i][1], strlen(contexts[i][1]));
            size += strlen(contexts[i][1]);
            same_by_both(fixture, (struct bytes){.data = text, .size = size});
        }
    }
}

static size_t text_throw(struct dice *dice, uint8_t *text, size_t count, uint32_t bound)
{
    size_t size = 0;
    for (size_t i = 0; i < count; i++) {
        uint32_t code = (uint32_t)dice_below(dice, bound);
        if (code >= 0xd800 && code < 0xe000) {
            code = '\'';
        }
        size += utf8_put(text + size, code);
    }
    return size;
}

static void test_the_table_agrees_with_icu_on_sequences(void **state)
{
    struct fixture *const fixture = *state;
    struct dice dice = test_dice();
    static const uint32_t bounds[] = {0x80, 0x180, 0x370, 0x530, 0x2070, 0x3100};
    for (unsigned i = 0; i < 60000; i++) {
        uint8_t text[4 * 12];
        const size_t size = text_throw(&dice, text, 12, bounds[i % COUNT_OF(bounds)]);
        same_by_both(fixture, (struct bytes){.data = text, .size = size});
    }
}

static void test_folding_twice_is_folding_once(void **state)
{
    struct fixture *const fixture = *state;
    struct dice dice = test_dice();
    static const uint32_t bounds[] = {0x80, 0x250, 0x700, 0x3100, 0x10ffff};
    for (unsigned i = 0; i < 60000; i++) {
        uint8_t text[4 * 8];
        const size_t size = text_throw(&dice, text, 8, bounds[i % COUNT_OF(bounds)]);
        uint8_t once[1024];
        const struct bytes first = folded(fixture, (struct bytes){.data = text, .size = size});
        assert_true(first.size <= sizeof(once));
        memcpy(once, first.data, first.size);
        const struct bytes kept = {.data = once, .size = first.size};
        if (!bytes_equal(folded(fixture, kept), kept)) {
            fail_msg("\"%.*s\" folds to \"%.*s\", and that folds further", (int)size,
                     (const char *)text, (int)kept.size, (const char *)kept.data);
        }
    }
}

static void test_latin_text_needs_no_memory(void **state)
{
    struct fixture *const fixture = *state;
    const size_t before = atomic_load(&fixture->account.used_size);
    uint8_t out[64];
    size_t size = 0;
    for (size_t i = 0; i < 3; i++) {
        assert_int_equal(text_fold_into(fixture->folder, BYTES_OF("Zürcherstraße 12½, Łódź"), out,
                                        sizeof(out), &size),
                         STATUS_OK);
    }
    assert_true(atomic_load(&fixture->account.used_size) == before);
    assert_int_equal(text_fold_into(fixture->folder, BYTES_OF("abc"), out, 2, &size),
                     STATUS_NO_SPACE);
}

static void test_no_memory_is_said(void **state)
{
    (void)state;
    struct memory_account small = {.name = "small", .limit_size = 1000};
    struct text_folder *folder = NULL;
    assert_int_equal(text_folder_new(&small, &folder, NULL), STATUS_NO_MEMORY);
    assert_null(folder);
    assert_true(atomic_load(&small.used_size) == 0);
}

static void test_the_version_names_icu_and_our_tables(void **state)
{
    (void)state;
    assert_non_null(strstr(text_tables_version(), "icu "));
    assert_non_null(strstr(text_tables_version(), "rhumb "));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_case_accents_width_and_punctuation_go),
        cmocka_unit_test(test_broken_utf8_becomes_blanks),
        cmocka_unit_test(test_the_table_agrees_with_icu_on_every_code_point),
        cmocka_unit_test(test_the_table_agrees_with_icu_on_sequences),
        cmocka_unit_test(test_folding_twice_is_folding_once),
        cmocka_unit_test(test_latin_text_needs_no_memory),
        cmocka_unit_test(test_no_memory_is_said),
        cmocka_unit_test(test_the_version_names_icu_and_our_tables),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
