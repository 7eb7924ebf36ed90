#include <stdbool.h>
#include <string.h>

#include "base/test.h"
#include "cli/command.h"

// A phrase: no full stop.
static bool is_phrase(const char *text)
{
    return text != NULL && text[0] != '\0' && text[strlen(text) - 1] != '.';
}

static void test_every_command_says_all_that_help_shows(void **state)
{
    (void)state;
    for (const struct cli_command *const *each = cli_commands(); *each != NULL; each++) {
        const struct cli_command *const command = *each;
        assert_true(is_phrase(command->summary));
        assert_non_null(command->operands);
        assert_non_null(command->description);
        assert_non_null(strstr(command->examples, command->name));
        assert_true(command->settings_size <= CLI_SETTINGS_SIZE);
        assert_true(command->operand_minimum <= command->operand_maximum);
        assert_non_null(command->run);
        assert_ptr_equal(cli_command_find(command->name), command);
    }
}

static void test_every_option_is_well_formed(void **state)
{
    (void)state;
    for (const struct cli_command *const *each = cli_commands(); *each != NULL; each++) {
        const struct option_table table = (*each)->options;
        char settings[CLI_SETTINGS_SIZE] = {0};
        option_defaults(table, settings); // asserts that every fallback parses
        for (size_t i = 0; i < table.count; i++) {
            const struct option *const option = &table.rows[i];
            assert_true(is_phrase(option->help));
            assert_int_equal(option->value == NULL, option->kind == OPTION_SWITCH);
            assert_true(option->offset < (*each)->settings_size);
            assert_ptr_equal(option_find(table, bytes_from_text(option->name)), option);
        }
    }
}

static void test_finds_no_command_that_is_not_there(void **state)
{
    (void)state;
    assert_null(cli_command_find(""));
    assert_null(cli_command_find("serv"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_command_says_all_that_help_shows),
        cmocka_unit_test(test_every_option_is_well_formed),
        cmocka_unit_test(test_finds_no_command_that_is_not_there),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
