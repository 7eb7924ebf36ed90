#include "cli/help.h"

#include <string.h>

#include "cli/version.h"

enum { LEFT_WIDTH = 28, LINE_WIDTH = 92 };

// Prints words, breaking lines so that they stay within LINE_WIDTH; `column` is where we are.
static void print_wrapped(FILE *out, const char *text, int indent, int column)
{
    while (*text != '\0') {
        const size_t size = strcspn(text, " \n");
        if (column > indent && column + 1 + (int)size > LINE_WIDTH) {
            (void)fprintf(out, "\n%*s", indent, "");
            column = indent;
        } else if (column > indent) {
            (void)fputc(' ', out);
            column++;
        }
        (void)fwrite(text, 1, size, out);
        column += (int)size;
        text += size;
        if (strncmp(text, "\n\n", 2) == 0) {
            (void)fprintf(out, "\n\n%*s", indent, "");
            column = indent;
        }
        text += strspn(text, " \n");
    }
    (void)fputc('\n', out);
}

// The left and the right column of a list.
static void print_item(FILE *out, const char *left, const char *right)
{
    const int width = fprintf(out, "  %s", left);
    if (width >= LEFT_WIDTH) {
        (void)fprintf(out, "\n%*s", LEFT_WIDTH, "");
    } else {
        (void)fprintf(out, "%*s", LEFT_WIDTH - width, "");
    }
    print_wrapped(out, right, LEFT_WIDTH, LEFT_WIDTH);
}

static void flag_text(const struct option *option, char *text, size_t size)
{
    char letter[8] = "    ";
    if (option->letter != 0) {
        (void)snprintf(letter, sizeof(letter), "-%c, ", option->letter);
    }
    (void)snprintf(text, size, "%s--%s%s%s", letter, option->name, option->value == NULL ? "" : " ",
                   option->value == NULL ? "" : option->value);
}

static void print_options(const struct option_table table, FILE *out)
{
    for (size_t i = 0; i < table.count; i++) {
        const struct option *const option = &table.rows[i];
        char flag[96];
        char help[512];
        flag_text(option, flag, sizeof(flag));
        (void)snprintf(
            help, sizeof(help), "%s%s%s%s", option->help, option->fallback == NULL ? "" : " (",
            option->fallback == NULL ? "" : option->fallback, option->fallback == NULL ? "" : ")");
        print_item(out, flag, help);
    }
    print_item(out, "-h, --help", "this text");
}

static bool has_config(const struct cli_command *command)
{
    return option_find(command->options, BYTES_OF("config")) != NULL;
}

void help_print(const struct cli_command *command, FILE *out)
{
    (void)fprintf(out, "rhumb %s: %s\n\nusage: rhumb %s%s%s%s\n\n", command->name, command->summary,
                  command->name, command->options.count == 0 ? "" : " [OPTIONS]",
                  command->operands[0] == '\0' ? "" : " ", command->operands);
    if (command->alias != NULL) {
        (void)fprintf(out, "`rhumb %s` is the same.\n\n", command->alias);
    }
    print_wrapped(out, command->description, 0, 0);
    (void)fprintf(out, "\noptions:\n");
    print_options(command->options, out);
    if (command->options.count > 0) {
        (void)fprintf(out, "\nEvery option may also be said by a variable: --%s is ",
                      command->options.rows[0].name);
        char variable[OPTION_VARIABLE_SIZE];
        option_variable(&command->options.rows[0], variable);
        (void)fprintf(out, "%s%s.\n", variable,
                      has_config(command) ? ", or by a key of the --config file" : "");
    }
    (void)fprintf(out, "\nexamples:\n");
    for (const char *line = command->examples; *line != '\0';) {
        const size_t size = strcspn(line, "\n");
        (void)fprintf(out, "  %.*s\n", (int)size, line);
        line += size + (line[size] == '\n' ? 1 : 0);
    }
}

void help_print_overview(FILE *out)
{
    (void)fputs(
        "Rhumb: places, streets and addresses from open data, searched on your own machine\n\n"
        "usage: rhumb COMMAND [OPTIONS] …\n\ncommands:\n",
        out);
    for (const struct cli_command *const *each = cli_commands(); *each != NULL; each++) {
        char names[64];
        (void)snprintf(names, sizeof(names), "%s%s%s", (*each)->name,
                       (*each)->alias == NULL ? "" : ", ",
                       (*each)->alias == NULL ? "" : (*each)->alias);
        print_item(out, names, (*each)->summary);
    }
    (void)fputs(
        "\n`rhumb help COMMAND` tells all of a command. Exit codes: 0 done, 1 failed, 2 wrong "
        "usage.\n",
        out);
}

// Text in mdoc: what would be read as a request or an escape is made harmless.
static void print_roff(FILE *out, const char *text)
{
    bool is_line_start = true;
    for (; *text != '\0'; text++) {
        if (strncmp(text, "\n\n", 2) == 0) {
            (void)fputs("\n.Pp\n", out);
            is_line_start = true;
            text++;
            continue;
        }
        if (text[0] == '.' && text[1] == ' ') { // a sentence begins on a line of its own
            (void)fputs(".\n", out);
            is_line_start = true;
            text++;
            continue;
        }
        if (is_line_start && (*text == '.' || *text == '\'')) {
            (void)fputs("\\&", out);
        }
        if (*text == '\\') {
            (void)fputs("\\e", out);
        } else if (*text == '-') {
            (void)fputs("\\-", out);
        } else {
            (void)fputc(*text, out);
        }
        is_line_start = *text == '\n';
    }
    (void)fputc('\n', out);
}

static void print_manual_options(const struct option_table table, FILE *out)
{
    (void)fputs(".Sh OPTIONS\n.Bl -tag -width Ds\n", out);
    for (size_t i = 0; i < table.count; i++) {
        const struct option *const option = &table.rows[i];
        (void)fputs(".It ", out);
        if (option->letter != 0) {
            (void)fprintf(out, "Fl %c , ", option->letter);
        }
        (void)fprintf(out, "Fl Fl %s", option->name);
        (void)fprintf(out, option->value == NULL ? "\n" : " Ar %s\n", option->value);
        print_roff(out, option->help);
        if (option->fallback != NULL) {
            (void)fputs("(unless given: ", out);
            (void)fprintf(out, "%s)\n", option->fallback);
        }
    }
    (void)fputs(".El\n", out);
}

static void print_manual_head(const char *page, const char *summary, FILE *out)
{
    char title[64];
    (void)snprintf(title, sizeof(title), "%s", page);
    for (char *c = title; *c != '\0'; c++) {
        *c = *c >= 'a' && *c <= 'z' ? (char)(*c - 'a' + 'A') : *c;
    }
    (void)fprintf(out, ".Dd %s\n.Dt %s 1\n.Os\n.Sh NAME\n.Nm %s\n.Nd %s\n", version_date(), title,
                  page, summary);
}

static void print_manual_overview(FILE *out)
{
    print_manual_head("rhumb", "places, streets and addresses from open data", out);
    (void)fputs(
        ".Sh SYNOPSIS\n.Nm\n.Ar COMMAND\n.Op Ar OPTIONS\n.Ar …\n.Sh DESCRIPTION\n"
        ".Nm\nbuilds an atlas from open data, and searches it from the shell or over HTTP.\n"
        ".Sh COMMANDS\n.Bl -tag -width Ds\n",
        out);
    for (const struct cli_command *const *each = cli_commands(); *each != NULL; each++) {
        (void)fprintf(out, ".It Xr rhumb-%s 1\n", (*each)->name);
        print_roff(out, (*each)->summary);
    }
    (void)fputs(
        ".El\n.Sh EXIT STATUS\n0 when the work was done, 1 when it failed, 2 when the command "
        "line was wrong.\n",
        out);
}

void help_print_manual(const struct cli_command *command, FILE *out)
{
    if (command == NULL) {
        print_manual_overview(out);
        return;
    }
    char page[64];
    (void)snprintf(page, sizeof(page), "rhumb-%s", command->name);
    print_manual_head(page, command->summary, out);
    (void)fprintf(out, ".Sh SYNOPSIS\n.Nm rhumb %s\n", command->name);
    if (command->options.count > 0) {
        (void)fputs(".Op Ar OPTIONS\n", out);
    }
    if (command->operands[0] != '\0') {
        (void)fprintf(out, ".Ar %s\n", command->operands);
    }
    (void)fputs(".Sh DESCRIPTION\n", out);
    print_roff(out, command->description);
    if (command->options.count > 0) {
        print_manual_options(command->options, out);
        (void)fputs(
            ".Sh ENVIRONMENT\nEvery option may also be said by a variable: RHUMB_ and the name "
            "of the option in\ncapitals, with underscores for hyphens.\n",
            out);
    }
    (void)fputs(
        ".Sh EXIT STATUS\n0 when the work was done, 1 when it failed, 2 when the command line "
        "was wrong.\n.Sh EXAMPLES\n.Bd -literal\n",
        out);
    print_roff(out, command->examples);
    (void)fputs(".Ed\n.Sh SEE ALSO\n.Xr rhumb 1\n", out);
}
