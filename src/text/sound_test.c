#include "text/sound.h"

#include "base/attributes.h"
#include "base/test.h"

// Whether the word can be spelled so from `at` on: each sound as typed, or otherwise, or silent.
static bool may_be(const struct sound *sounds, unsigned count, size_t at, size_t end,
                   struct bytes text)
{
    if (at == end) {
        return text.size == 0;
    }
    for (unsigned s = 0; s < count; s++) {
        const struct sound *const sound = &sounds[s];
        if (sound->begin != at) {
            continue;
        }
        const size_t next = at + sound->typed.size;
        for (unsigned i = 0; i <= sound->spelling_count; i++) {
            const struct bytes spelling = i == 0 ? sound->typed : sound->spellings[i - 1];
            if (text.size >= spelling.size &&
                memcmp(text.data, spelling.data, spelling.size) == 0 &&
                may_be(sounds, count, next, end,
                       (struct bytes){text.data + spelling.size, text.size - spelling.size})) {
                return true;
            }
        }
        if (sound->may_be_silent && may_be(sounds, count, next, end, text)) {
            return true;
        }
    }
    return false;
}

static bool sounds_like(const char *typed, const char *meant)
{
    struct sound sounds[SOUND_COUNT_MAX];
    const unsigned count = sound_read(bytes_from_text(typed), sounds);
    assert_true(count > 0);
    return may_be(sounds, count, 0, strlen(typed), bytes_from_text(meant));
}

static void test_words_sound_like_themselves_and_other_spellings(void **state)
{
    (void)state;
    static const char *const pairs[][2] = {
        {"fleet", "fleet"},        {"phleet", "fleet"},        {"skare", "square"},
        {"streat", "street"},      {"pheter", "fetter"},       {"kambi", "cambie"},
        {"vancuver", "vancouver"}, {"waduz", "vaduz"},         {"balsers", "balzers"},
        {"filip", "philipp"},      {"maier", "mayer"},         {"shoenberg", "schoenberg"},
        {"xavier", "javier"},      {"conseicao", "conceicao"},
    };
    for (size_t i = 0; i < COUNT_OF(pairs); i++) {
        if (!sounds_like(pairs[i][0], pairs[i][1])) {
            fail_msg("%s does not sound like %s", pairs[i][0], pairs[i][1]);
        }
    }
    assert_false(sounds_like("fleet", "street"));
    assert_false(sounds_like("vaduz", "schaan"));
}

static void test_takes_letters_of_other_scripts_as_they_are(void **state)
{
    (void)state;
    assert_true(sounds_like("東京", "東京"));
    assert_true(sounds_like("улица", "улица"));
    assert_false(sounds_like("улица", "ленина"));
}

static void test_gives_up_on_words_that_are_too_long(void **state)
{
    (void)state;
    struct sound sounds[SOUND_COUNT_MAX];
    uint8_t word[SOUND_WORD_SIZE_MAX + 1];
    for (size_t i = 0; i < sizeof(word); i++) {
        word[i] = (uint8_t) "tsch"[i % 4]; // every run of these letters is in the table
    }
    assert_int_not_equal(sound_read((struct bytes){word, SOUND_WORD_SIZE_MAX}, sounds), 0);
    assert_int_equal(sound_read((struct bytes){word, SOUND_WORD_SIZE_MAX + 1}, sounds), 0);
    assert_int_equal(sound_read((struct bytes){0}, sounds), 0);
}

static void test_no_sound_has_a_spelling_twice_or_as_typed(void **state)
{
    (void)state;
    struct sound sounds[SOUND_COUNT_MAX];
    const char *const words[] = {"schoenquphx", "eauxieyghdge", "bcdfgjklm", "npqrstvwxyz"};
    for (size_t w = 0; w < COUNT_OF(words); w++) {
        const unsigned count = sound_read(bytes_from_text(words[w]), sounds);
        for (unsigned i = 0; i < count; i++) {
            assert_true(sounds[i].spelling_count < SOUND_SPELLINGS_MAX); // none was left out
            for (unsigned a = 0; a < sounds[i].spelling_count; a++) {
                assert_false(bytes_equal(sounds[i].spellings[a], sounds[i].typed));
                for (unsigned b = 0; b < a; b++) {
                    assert_false(bytes_equal(sounds[i].spellings[a], sounds[i].spellings[b]));
                }
            }
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_words_sound_like_themselves_and_other_spellings),
        cmocka_unit_test(test_takes_letters_of_other_scripts_as_they_are),
        cmocka_unit_test(test_gives_up_on_words_that_are_too_long),
        cmocka_unit_test(test_no_sound_has_a_spelling_twice_or_as_typed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
