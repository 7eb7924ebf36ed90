#include "command/command.h"

#include <assert.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "codec/geojson.h"
#include "command/command_private.h"

// Of one request: descriptions and labels.
enum { ARENA_SIZE = 1 << 18 };

static const struct command *const commands[] = {
    &command_search,
    &command_autocomplete,
    &command_reverse,
    &command_place,
    &command_places,
    &command_validate,
    NULL,
};

const struct command *const *command_list(void)
{
    return commands;
}

const struct command *command_find(struct bytes name)
{
    for (size_t i = 0; commands[i] != NULL; i++) {
        if (bytes_equal(bytes_from_text(commands[i]->name), name)) {
            return commands[i];
        }
    }
    return NULL;
}

enum status commander_new(struct memory_account *account, struct commander **commander,
                          struct fault *fault)
{
    struct commander *const made = memory_take_zeroed(account, 1, sizeof(*made));
    void *const memory = memory_take(account, ARENA_SIZE, 1);
    if (made == NULL || memory == NULL) {
        memory_give(made);
        memory_give(memory);
        return fault_set(fault, STATUS_NO_MEMORY, "no memory to answer requests");
    }
    made->texts.account = made->id.account = made->shape.account = account;
    made->arena = arena_over(memory, ARENA_SIZE);
    const enum status status = searcher_new(account, &made->searcher, fault);
    if (status != STATUS_OK) {
        commander_free(made);
        return status;
    }
    *commander = made;
    return STATUS_OK;
}

void commander_free(struct commander *commander)
{
    if (commander != NULL) {
        buffer_free(&commander->texts);
        buffer_free(&commander->id);
        buffer_free(&commander->shape);
        searcher_free(commander->searcher);
        memory_give(commander->arena.base);
        memory_give(commander);
    }
}

enum status command_fail(struct command_failure *failure, enum status status, unsigned http_status,
                         const char *code, const char *parameter, const char *format, ...)
{
    failure->status = http_status;
    failure->code = code;
    failure->line = 0;
    (void)snprintf(failure->parameter, sizeof(failure->parameter), "%s", parameter);
    va_list arguments;
    va_start(arguments, format);
    (void)vsnprintf(failure->message, sizeof(failure->message), format, arguments);
    va_end(arguments);
    return status;
}

enum status command_fail_search(struct command_failure *failure, enum status status,
                                const struct fault *fault)
{
    if (status == STATUS_OUT_OF_RANGE) {
        return command_fail(failure, status, 400, "invalid_parameter", "q", "%s", fault->text);
    }
    const bool is_busy = status == STATUS_BUSY || status == STATUS_NO_MEMORY;
    return command_fail(failure, status, is_busy ? 503 : 500, is_busy ? "overloaded" : "internal",
                        "", "%s", fault->text);
}

enum status command_fail_texts(struct command_failure *failure, enum status status,
                               const struct arguments *arguments, const struct fault *fault)
{
    const char *name = "q";
    size_t size = arguments->text.size;
    for (unsigned part = 0; part < SEARCH_PART_COUNT; part++) {
        if (arguments->parts[part].size > size) {
            size = arguments->parts[part].size;
            name = search_part_name((enum search_part)part);
        }
    }
    status_ignore(command_fail_search(failure, status, fault), "it is returned below");
    if (status == STATUS_OUT_OF_RANGE) {
        (void)snprintf(failure->parameter, sizeof(failure->parameter), "%s", name);
    }
    return status;
}

void command_failure_write(const struct command_failure *failure, struct buffer *out)
{
    struct json_writer json = {.out = out};
    json_begin_object(&json);
    JSON_KEY(&json, "error");
    json_begin_object(&json);
    JSON_KEY(&json, "code");
    json_text_of(&json, failure->code);
    JSON_KEY(&json, "message");
    json_text_of(&json, failure->message);
    if (failure->parameter[0] != '\0') {
        JSON_KEY(&json, "parameter");
        json_text_of(&json, failure->parameter);
    }
    if (failure->line != 0) {
        JSON_KEY(&json, "line");
        json_unsigned(&json, failure->line);
    }
    json_end_object(&json);
    json_end_object(&json);
}

static size_t parameter_index(const struct command *command, struct bytes name)
{
    size_t index = 0;
    while (index < command->parameter_count &&
           !bytes_equal(bytes_from_text(command->parameters[index].name), name)) {
        index++;
    }
    return index;
}

static enum status set_argument(const struct parameter *parameter, struct bytes value,
                                struct arguments *arguments, struct command_failure *failure)
{
    struct fault fault = {0};
    const enum status status = parameter_set(parameter, value, arguments, &fault);
    return status == STATUS_OK
               ? STATUS_OK
               : command_fail(failure, status, 400, "invalid_parameter", parameter->name, "%s: %s",
                              parameter->name, fault.text);
}

// Reads the given arguments, each once, and what holds where none is given.
static enum status read_arguments(const struct command *command, const struct argument *given,
                                  size_t given_count, struct arguments *arguments,
                                  struct command_failure *failure)
{
    unsigned seen = 0; // bits
    assert(command->parameter_count <= 32);
    for (size_t i = 0; i < given_count; i++) {
        const size_t index = parameter_index(command, given[i].name);
        char name[32];
        (void)snprintf(name, sizeof(name), "%.*s", (int)given[i].name.size,
                       (const char *)given[i].name.data);
        if (index == command->parameter_count) {
            return command_fail(failure, STATUS_OUT_OF_RANGE, 400, "unknown_parameter", name,
                                "%s has no parameter '%s'", command->name, name);
        }
        if ((seen & 1U << index) != 0) {
            return command_fail(failure, STATUS_OUT_OF_RANGE, 400, "repeated_parameter", name,
                                "the parameter '%s' is given twice", name);
        }
        seen |= 1U << index;
        TRY(set_argument(&command->parameters[index], given[i].value, arguments, failure));
    }
    for (size_t i = 0; i < command->parameter_count; i++) {
        const struct parameter *const parameter = &command->parameters[i];
        if ((seen & 1U << i) != 0) {
            continue;
        }
        if (parameter->is_required) {
            return command_fail(failure, STATUS_OUT_OF_RANGE, 400, "missing_parameter",
                                parameter->name, "%s needs the parameter '%s', for example %s=%s",
                                command->name, parameter->name, parameter->name,
                                parameter->example);
        }
        if (parameter->fallback != NULL) {
            TRY(set_argument(parameter, bytes_from_text(parameter->fallback), arguments, failure));
        }
    }
    return STATUS_OK;
}

// Reads the area that answers are to lie in, if there is one.
static enum status read_shape(struct commander *commander, struct arguments *arguments,
                              struct command_failure *failure)
{
    enum { NESTING_MAX = 4 };
    if (arguments->given_shape.size == 0) {
        return STATUS_OK;
    }
    const struct geojson_limits limits = {.text_size = arguments->given_shape.size,
                                          .points = WITHIN_POINTS_MAX,
                                          .depth = NESTING_MAX};
    struct buffer *const shape = &commander->shape;
    struct geojson geojson = {0};
    struct fault fault = {0};
    buffer_clear(shape);
    const enum status status =
        geojson_read(arguments->given_shape, &limits, shape->account, &geojson, shape, &fault);
    if (status == STATUS_NO_MEMORY) {
        return command_fail_search(failure, status, &fault);
    }
    if (status == STATUS_NO_SPACE) {
        return command_fail(failure, STATUS_OUT_OF_RANGE, 400, "invalid_parameter", "within",
                            "within: an area has at most %d corners, and collections are at most "
                            "%d deep: simplify it, or ask for its pieces one by one",
                            WITHIN_POINTS_MAX, NESTING_MAX);
    }
    if (status != STATUS_OK) {
        return command_fail(failure, STATUS_OUT_OF_RANGE, 400, "invalid_parameter", "within",
                            "within: %s", fault.text);
    }
    commander->within.bytes = buffer_bytes(shape);
    if (shape_is_empty(commander->within)) {
        return command_fail(failure, STATUS_OUT_OF_RANGE, 400, "invalid_parameter", "within",
                            "within: nothing lies inside an empty geometry");
    }
    arguments->within = &commander->within;
    return STATUS_OK;
}

enum status command_run(struct commander *commander, const struct command *command,
                        const struct search_world *world, const struct argument *given,
                        size_t given_count, struct bytes accept_language, struct buffer *out,
                        struct command_failure *failure)
{
    struct arguments arguments = {0};
    const struct arena_mark mark SCOPED(arena_rewind) = arena_mark(&commander->arena);
    const size_t before_size = out->size;
    TRY(read_arguments(command, given, given_count, &arguments, failure));
    TRY(read_shape(commander, &arguments, failure));
    if (!arguments.has_languages && accept_language.size != 0) {
        parameter_accept_languages(accept_language, &arguments.languages);
    }
    enum status status = command->run(commander, world, &arguments, out, failure);
    if (status == STATUS_OK && buffer_status(out) != STATUS_OK) {
        status = command_fail(failure, STATUS_NO_MEMORY, 503, "overloaded", "",
                              "the server has no memory for the answer");
    }
    if (status != STATUS_OK) {
        out->size = before_size;
        out->failed = false;
    }
    return status;
}
