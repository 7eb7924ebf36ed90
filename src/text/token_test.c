#include "text/token.h"

#include "base/attributes.h"
#include "base/test.h"

// The tokens of a text, each with what stands before it, as "before:token before:token".
static void tokens_are(const char *text, const char *expected)
{
    struct text_token tokens[32];
    const struct bytes folded = bytes_from_text(text);
    const size_t count = text_tokenise(folded, tokens, COUNT_OF(tokens));
    assert_true(count <= COUNT_OF(tokens));
    char shown[512] = "";
    size_t used = 0;
    for (size_t i = 0; i < count; i++) {
        const struct bytes token = text_token_bytes(folded, &tokens[i]);
        const char before[2] = {tokens[i].before, '\0'};
        used += (size_t)snprintf(shown + used, sizeof(shown) - used, "%s%s:%.*s", i == 0 ? "" : "|",
                                 before, (int)token.size, (const char *)token.data);
        assert_int_equal(tokens[i].after, i + 1 < count ? tokens[i + 1].before : '\0');
    }
    assert_string_equal(shown, expected);
}

static void test_words_numbers_and_what_parts_them(void **state)
{
    (void)state;
    tokens_are("", "");
    tokens_are(" .,- ", "");
    tokens_are("hauptstr. 12a, 9490 vaduz", ":hauptstr| :12a|,:9490| :vaduz");
    tokens_are("194-06 v.le l'arte", ":194|-:06| :v|.:le| :l|':arte");
    tokens_are("king & queen", ":king| :&| :queen");
    tokens_are("a ; b - c", ":a|,:b| :c");
    tokens_are("東京都1丁目", ":東| :京| :都| :1| :丁| :目");
    tokens_are("一鿿豈㐀䶿𠀀ぁヿ", ":一| :鿿| :豈| :㐀| :䶿| :𠀀| :ぁ| :ヿ");
    tokens_are("a\x80"
               "b c°d",
               ":a| :b| :c| :d");
    tokens_are("улица ленина", ":улица| :ленина");
    tokens_are("नई दिल्ली", ":नई| :दिल्ली");
    tokens_are("a\xff\xfe"
               "b",
               ":a| :b");
}

static void test_dots_and_digits_are_marked(void **state)
{
    (void)state;
    struct text_token tokens[3];
    assert_int_equal(text_tokenise(BYTES_OF("str. 2nd x"), tokens, 3), 3);
    assert_true(tokens[0].has_dot && !tokens[1].has_dot && !tokens[2].has_dot);
    assert_true(!tokens[0].is_number && tokens[1].is_number);
    assert_int_equal(text_tokenise(BYTES_OF("0a 9 :"), tokens, 3), 2);
    assert_true(tokens[0].is_number && tokens[1].is_number);
    const struct bytes cut = {.data = (const uint8_t *)"str.", .size = 3}; // the dot is beyond it
    assert_int_equal(text_tokenise(cut, tokens, 3), 1);
    assert_false(tokens[0].has_dot);
}

static void test_more_tokens_than_room_are_counted(void **state)
{
    (void)state;
    struct text_token tokens[2];
    assert_int_equal(text_tokenise(BYTES_OF("a b c d"), tokens, 2), 4);
    assert_int_equal(tokens[1].offset, 2);
    assert_int_equal(tokens[1].after, ' ');
    assert_int_equal(text_tokenise(BYTES_OF("a b c d"), NULL, 0), 4);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_words_numbers_and_what_parts_them),
        cmocka_unit_test(test_dots_and_digits_are_marked),
        cmocka_unit_test(test_more_tokens_than_room_are_counted),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
