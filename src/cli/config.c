#include "cli/config.h"

#include <stdio.h>
#include <yaml.h>

#include "base/attributes.h"
#include "base/buffer.h"
#include "sys/file.h"

enum { CONFIG_SIZE_MAX = 1 << 20, WHERE_SIZE = 512, OPTIONS_MAX = 64 };

struct reading {
    yaml_parser_t parser;
    struct config *config;
    const char *path;
    struct option_table table;
    void *settings;
    bool is_seen[OPTIONS_MAX];
};

static void reading_end(struct reading *reading)
{
    yaml_parser_delete(&reading->parser);
}

static void where(const struct reading *reading, yaml_mark_t mark, char text[WHERE_SIZE])
{
    (void)snprintf(text, WHERE_SIZE, "%s:%zu:%zu", reading->path, mark.line + 1, mark.column + 1);
}

static enum status wrong(const struct reading *reading, yaml_mark_t mark, struct fault *fault,
                         const char *sentence)
{
    char place[WHERE_SIZE];
    where(reading, mark, place);
    return fault_set(fault, STATUS_OUT_OF_RANGE, "%s: %s", place, sentence);
}

// The next event; the caller deletes it.
static enum status next_event(struct reading *reading, yaml_event_t *event, struct fault *fault)
{
    if (yaml_parser_parse(&reading->parser, event) != 1) {
        *event = (yaml_event_t){0};
        return wrong(reading, reading->parser.problem_mark, fault,
                     reading->parser.problem == NULL ? "not YAML" : reading->parser.problem);
    }
    return STATUS_OK;
}

static const char *keep_text(struct config *config, const yaml_event_t *scalar)
{
    const size_t size = scalar->data.scalar.length;
    if (size >= config->capacity - config->used_size) {
        return NULL;
    }
    char *const text = config->texts + config->used_size;
    memcpy(text, scalar->data.scalar.value, size);
    text[size] = '\0';
    config->used_size += size + 1;
    return text;
}

static enum status set_option(struct reading *reading, const yaml_event_t *key,
                              const yaml_event_t *value, struct fault *fault)
{
    const struct bytes name = {.data = key->data.scalar.value, .size = key->data.scalar.length};
    const struct option *const option = option_find(reading->table, name);
    char place[WHERE_SIZE];
    where(reading, key->start_mark, place);
    if (option == NULL) {
        return fault_set(fault, STATUS_OUT_OF_RANGE, "%s: there is no option '%.*s'", place,
                         (int)name.size, (const char *)name.data);
    }
    const size_t row = (size_t)(option - reading->table.rows);
    if (row < OPTIONS_MAX && reading->is_seen[row]) {
        return fault_set(fault, STATUS_OUT_OF_RANGE, "%s: '%s' is set twice", place, option->name);
    }
    if (value->type != YAML_SCALAR_EVENT) {
        return wrong(reading, value->start_mark, fault, "one value is wanted here, not a list");
    }
    const char *const text = keep_text(reading->config, value);
    if (text == NULL) {
        return fault_set(fault, STATUS_NO_MEMORY, "%s: too much text", place);
    }
    reading->is_seen[row < OPTIONS_MAX ? row : 0] = true;
    return option_set(option, text, reading->settings, place, fault);
}

static void event_free(yaml_event_t *event)
{
    yaml_event_delete(event);
}

static enum status read_pairs(struct reading *reading, struct fault *fault)
{
    for (;;) {
        SCOPED(event_free) yaml_event_t key = {0};
        SCOPED(event_free) yaml_event_t value = {0};
        TRY(next_event(reading, &key, fault));
        if (key.type == YAML_MAPPING_END_EVENT) {
            return STATUS_OK;
        }
        if (key.type != YAML_SCALAR_EVENT) {
            return wrong(reading, key.start_mark, fault, "the name of an option is wanted here");
        }
        TRY(next_event(reading, &value, fault));
        TRY(set_option(reading, &key, &value, fault));
    }
}

// An empty file, or one document that is one mapping.
static enum status read_document(struct reading *reading, struct fault *fault)
{
    for (;;) {
        SCOPED(event_free) yaml_event_t event = {0};
        TRY(next_event(reading, &event, fault));
        if (event.type == YAML_STREAM_END_EVENT) {
            return STATUS_OK;
        }
        if (event.type == YAML_MAPPING_START_EVENT) {
            TRY(read_pairs(reading, fault));
        } else if (event.type != YAML_STREAM_START_EVENT &&
                   event.type != YAML_DOCUMENT_START_EVENT &&
                   event.type != YAML_DOCUMENT_END_EVENT) {
            return wrong(reading, event.start_mark, fault, "lines of 'option: value' are wanted");
        }
    }
}

enum status config_apply(struct config *config, const char *path, struct option_table table,
                         void *settings, struct fault *fault)
{
    SCOPED(buffer_free) struct buffer file = {.account = config->account};
    TRY(file_read_whole(config->sys, path, CONFIG_SIZE_MAX, &file, fault));
    // An escape of two bytes ("\L") stands for at most three.
    config->capacity = 2 * file.size + 1;
    config->texts = memory_take(config->account, config->capacity, 1);
    SCOPED(reading_end)
    struct reading reading = {.config = config, .path = path, .table = table, .settings = settings};
    if (config->texts == NULL || yaml_parser_initialize(&reading.parser) != 1) {
        return fault_set(fault, STATUS_NO_MEMORY, "%s: no memory to read it", path);
    }
    yaml_parser_set_input_string(&reading.parser, file.data, file.size);
    return read_document(&reading, fault);
}

void config_free(struct config *config)
{
    memory_give(config->texts);
    config->texts = NULL;
}
