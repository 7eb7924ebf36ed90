#include "base/arena.h"

#include <string.h>

#include "base/test.h"

static void test_memory_is_zeroed_and_aligned(void **state)
{
    (void)state;
    _Alignas(16) char memory[256];
    memset(memory, 0xff, sizeof(memory));
    struct arena arena = arena_over(memory, sizeof(memory));
    assert_non_null(ARENA_NEW(&arena, char, 3));
    const uint64_t *const words = ARENA_NEW(&arena, uint64_t, 4);
    assert_non_null(words);
    assert_int_equal((uintptr_t)words % _Alignof(uint64_t), 0);
    for (int i = 0; i < 4; i++) {
        assert_int_equal(words[i], 0);
    }
}

static void test_a_full_arena_says_null_and_a_count_cannot_overflow(void **state)
{
    (void)state;
    char memory[64];
    struct arena arena = arena_over(memory, sizeof(memory));
    assert_null(ARENA_NEW(&arena, char, 65));
    assert_null(ARENA_NEW(&arena, uint64_t, SIZE_MAX / 4));
    assert_non_null(ARENA_NEW(&arena, char, 64));
    assert_null(ARENA_NEW(&arena, char, 1));
}

static void test_rewinding_gives_scratch_back(void **state)
{
    (void)state;
    char memory[64];
    struct arena arena = arena_over(memory, sizeof(memory));
    {
        SCOPED(arena_rewind) const struct arena_mark scratch = arena_mark(&arena);
        assert_non_null(ARENA_NEW(&arena, char, 64));
    }
    assert_non_null(ARENA_NEW(&arena, char, 64));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_memory_is_zeroed_and_aligned),
        cmocka_unit_test(test_a_full_arena_says_null_and_a_count_cannot_overflow),
        cmocka_unit_test(test_rewinding_gives_scratch_back),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
