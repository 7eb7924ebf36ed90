#include "command/batch.h"

#include <stdio.h>

void batch_begin(struct batch *batch, const struct command *command, struct memory_account *account)
{
    *batch = (struct batch){.command = command, .question = {.texts = {.account = account}}};
    // One answer is what a table of addresses wants.
    batch->defaults[batch->default_count++] =
        (struct argument){.name = BYTES_OF("limit"), .value = BYTES_OF("1")};
}

void batch_end(struct batch *batch)
{
    question_free(&batch->question);
}

bool batch_default(struct batch *batch, struct bytes name, struct bytes value)
{
    size_t i = 0;
    while (i < batch->default_count && !bytes_equal(batch->defaults[i].name, name)) {
        i++;
    }
    if (i == QUESTION_ARGUMENTS_MAX) {
        return false;
    }
    batch->defaults[i] = (struct argument){.name = name, .value = value};
    batch->default_count = i == batch->default_count ? i + 1 : batch->default_count;
    return true;
}

static bool command_knows(const struct command *command, struct bytes name)
{
    for (size_t i = 0; i < command->parameter_count; i++) {
        if (bytes_equal(bytes_from_text(command->parameters[i].name), name)) {
            return true;
        }
    }
    return false;
}

bool batch_has(const struct command *command)
{
    return command == &command_search || command == &command_autocomplete ||
           command == &command_reverse || command == &command_place || command == &command_validate;
}

// The arguments of the line and then, where it says nothing, what holds for all.
static enum status read_line(struct batch *batch, struct bytes line, const struct command **command,
                             struct command_failure *failure)
{
    struct question *const question = &batch->question;
    struct bytes operation = {0};
    question_rewind(question, 0);
    TRY(question_read(question, line, BYTES_OF("op"), &operation, failure));
    *command = batch->command;
    if (operation.size != 0) {
        *command = command_find(operation);
        if (*command == NULL || !batch_has(*command)) {
            return command_fail(failure, STATUS_OUT_OF_RANGE, 400, "invalid_parameter", "op",
                                "op: '%.*s' is none of: " BATCH_OPERATIONS,
                                (int)(operation.size < 40 ? operation.size : 40),
                                (const char *)operation.data);
        }
    }
    if (*command == &command_place && question->count == 1 &&
        bytes_equal(question->arguments[0].name, BYTES_OF("q"))) {
        question->arguments[0].name = BYTES_OF("id"); // a text alone
    }
    const size_t given_count = question->count;
    for (size_t i = 0; i < batch->default_count; i++) {
        const struct argument *const argument = &batch->defaults[i];
        size_t at = 0;
        while (at < given_count && !bytes_equal(question->arguments[at].name, argument->name)) {
            at++;
        }
        if (at == given_count && command_knows(*command, argument->name) &&
            !question_set(question, argument->name, argument->value)) {
            return command_fail(failure, STATUS_OUT_OF_RANGE, 400, "too_many_parameters", "",
                                "there are too many parameters");
        }
    }
    return STATUS_OK;
}

static bool is_blank(struct bytes line)
{
    for (size_t i = 0; i < line.size; i++) {
        if (line.data[i] != ' ' && line.data[i] != '\t' && line.data[i] != '\r') {
            return false;
        }
    }
    return true;
}

static void refuse(struct batch *batch, struct command_failure *failure, struct buffer *out)
{
    failure->line = batch->line_count;
    batch->error_count++;
    command_failure_write(failure, out);
    buffer_append_u8(out, '\n');
}

void batch_answer(struct batch *batch, struct commander *commander,
                  const struct search_world *world, struct bytes line, struct buffer *out)
{
    struct command_failure failure = {0};
    const struct command *command = NULL;
    batch->line_count++;
    if (is_blank(line)) {
        return;
    }
    enum status status = read_line(batch, line, &command, &failure);
    if (status == STATUS_OK) {
        status = command_run(commander, command, world, batch->question.arguments,
                             batch->question.count, (struct bytes){0}, out, &failure);
    }
    if (status == STATUS_OK) {
        buffer_append_u8(out, '\n');
    } else {
        refuse(batch, &failure, out);
    }
}

void batch_refuse_long(struct batch *batch, struct buffer *out)
{
    struct command_failure failure = {0};
    batch->line_count++;
    status_ignore(command_fail(&failure, STATUS_OUT_OF_RANGE, 400, "line_too_long", "",
                               "a line has at most %d bytes", BATCH_LINE_SIZE_MAX),
                  "the failure is what is wanted");
    refuse(batch, &failure, out);
}
