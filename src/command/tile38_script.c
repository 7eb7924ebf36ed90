// EVAL and its kin: what a script's commands run as.
#include "command/script.h"
#include "command/tile38_query.h"

struct calls {
    struct tile38_request *request;
    bool is_apart; // EVALNA: each write by itself
};

static void run_command(void *context, const struct bytes *words, size_t count,
                        struct buffer *reply)
{
    struct calls *const called = context;
    struct tile38_request inner = *called->request;
    struct tile38_scratch scratch;
    tile38_scratch_begin(&scratch, reply->account);
    inner.arguments = words;
    inner.argument_count = count;
    inner.output = TILE38_OUTPUT_RESP;
    inner.version = RESP_2;
    inner.out = reply;
    inner.scratch = &scratch;
    inner.listener = NULL;
    inner.deadline_us = INT64_MAX; // the script's own: it is asked after each command
    inner.is_in_script = true;
    if (called->is_apart && inner.apart != NULL) {
        inner.apart(inner.apart_context, &inner);
    } else {
        (void)tile38_run(&inner);
    }
    tile38_scratch_end(&scratch);
}

static enum status eval(struct tile38_request *request, bool is_hash, bool is_apart)
{
    uint64_t key_count = 0;
    if (request->argument_count < 3) {
        return tile38_fail_count(request);
    }
    if (!tile38_unsigned(request->arguments[2], &key_count)) {
        return tile38_fail_argument(request, request->arguments[2]);
    }
    if (key_count > request->argument_count - 3) {
        return tile38_fail_count(request);
    }
    if (request->tile38->scripts == NULL || request->is_in_script) {
        return tile38_fail(request, "command not supported in scripts");
    }
    char name[16] = {0};
    for (size_t i = 0; i < request->arguments[0].size && i < sizeof(name) - 1; i++) {
        name[i] = (char)(request->arguments[0].data[i] | 0x20);
    }
    struct calls called = {.request = request, .is_apart = is_apart};
    const struct script script = {.text = request->arguments[1],
                                  .is_hash = is_hash,
                                  .command = name,
                                  .keys = request->arguments + 3,
                                  .key_count = (size_t)key_count,
                                  .arguments = request->arguments + 3 + key_count,
                                  .argument_count = request->argument_count - 3 - (size_t)key_count,
                                  .deadline_us = request->deadline_us,
                                  .call = run_command,
                                  .context = &called};
    struct fault fault = {0};
    if (tile38_is_json(request)) {
        tile38_json_begin(request);
        buffer_append_text(request->out, ",\"result\":");
    }
    const enum status status =
        script_run(request->tile38->scripts, &script,
                   tile38_is_json(request) ? SCRIPT_JSON : SCRIPT_RESP, request->out, &fault);
    if (status != STATUS_OK) {
        return tile38_fail(request, "%s", fault.text);
    }
    if (tile38_is_json(request)) {
        tile38_json_end(request);
    }
    return STATUS_OK;
}

enum status tile38_eval(struct tile38_request *request)
{
    return eval(request, false, false);
}

enum status tile38_evalsha(struct tile38_request *request)
{
    return eval(request, true, false);
}

enum status tile38_evalna(struct tile38_request *request)
{
    return eval(request, false, true);
}

enum status tile38_evalnasha(struct tile38_request *request)
{
    return eval(request, true, true);
}

// SCRIPT LOAD, EXISTS, FLUSH. ------------------------------------------------------------------------

static enum status load(struct tile38_request *request, struct bytes text)
{
    char hash[SCRIPT_HASH_SIZE + 1];
    struct fault fault = {0};
    if (script_load(request->tile38->scripts, text, hash, &fault) != STATUS_OK) {
        return tile38_fail(request, "%s", fault.text);
    }
    tile38_reply_text(request, "result", bytes_from_text(hash));
    return STATUS_OK;
}

static void exists(struct tile38_request *request, struct tile38_words words)
{
    if (tile38_is_json(request)) {
        tile38_json_begin(request);
        buffer_append_text(request->out, ",\"result\":[");
    } else {
        resp_write_array(request->out, words.count);
    }
    for (size_t i = 0; i < words.count; i++) {
        const bool is_there = script_exists(request->tile38->scripts, words.at[i]);
        if (tile38_is_json(request)) {
            buffer_append_format(request->out, "%s%d", i == 0 ? "" : ",", is_there);
        } else {
            resp_write_integer(request->out, is_there);
        }
    }
    if (tile38_is_json(request)) {
        buffer_append(request->out, "]", 1);
        tile38_json_end(request);
    }
}

// "SCRIPT LOAD" may come as one word or as two.
enum status tile38_script(struct tile38_request *request)
{
    struct bytes verb = request->arguments[0];
    struct tile38_words words = tile38_words_after(request, 1);
    if (verb.size > 7) {
        verb = (struct bytes){verb.data + 7, verb.size - 7};
    } else if (!tile38_take(&words, &verb)) {
        return tile38_fail(request, "unknown command 'SCRIPT'");
    }
    if (request->tile38->scripts == NULL) {
        return tile38_fail(request, "this server runs no scripts");
    }
    if (tile38_is_word(verb, "load")) {
        return words.count == 1 ? load(request, *words.at) : tile38_fail_count(request);
    }
    if (tile38_is_word(verb, "exists")) {
        if (words.count == 0) {
            return tile38_fail_count(request);
        }
        exists(request, words);
        return STATUS_OK;
    }
    if (tile38_is_word(verb, "flush")) {
        scripts_flush(request->tile38->scripts);
        tile38_reply_ok(request);
        return STATUS_OK;
    }
    return tile38_fail(request, "unknown command 'SCRIPT %.*s'", (int)verb.size,
                       (const char *)verb.data);
}

// WHEREEVAL. -----------------------------------------------------------------------------------------

enum status tile38_evals_begin(struct tile38_request *request, struct tile38_query *query)
{
    for (size_t i = 0; i < query->eval_count; i++) {
        struct tile38_eval *const asked = &query->lists->evals[i];
        const struct script script = {.text = asked->script,
                                      .is_hash = asked->is_hash,
                                      .arguments = asked->arguments,
                                      .argument_count = asked->argument_count,
                                      .deadline_us = request->deadline_us};
        struct fault fault = {0};
        if (request->tile38->scripts == NULL || request->is_in_script) {
            return tile38_fail(request, "WHEREEVAL is not supported here");
        }
        if (script_condition_begin(request->tile38->scripts, &script, &asked->condition, &fault) !=
            STATUS_OK) {
            return tile38_fail(request, "%s", fault.text);
        }
    }
    return STATUS_OK;
}

enum status tile38_evals_hold(struct tile38_request *request, const struct tile38_query *query,
                              const struct object *object, const struct row *row, bool *holds)
{
    const struct script_object asked = {.id = object_id(object),
                                        .fields = row->fields,
                                        .properties =
                                            tile38_field_of(row, BYTES_OF("properties."))};
    *holds = true;
    for (size_t i = 0; i < query->eval_count && *holds; i++) {
        struct fault fault = {0};
        if (script_condition_holds(query->lists->evals[i].condition, &asked, holds, &fault) !=
            STATUS_OK) {
            return tile38_fail(request, "%s", fault.text);
        }
    }
    return STATUS_OK;
}

void tile38_evals_end(struct tile38_query *query)
{
    for (size_t i = 0; i < query->eval_count; i++) {
        script_condition_end(query->lists->evals[i].condition);
        query->lists->evals[i].condition = NULL;
    }
}
