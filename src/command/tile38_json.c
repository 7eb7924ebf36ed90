#include "codec/json_slice.h"
#include "command/tile38_path.h"
#include "command/tile38_private.h"

// The text of an object, whatever it is.
static void write_text(const struct object *object, struct buffer *out)
{
    struct row row;
    object_row(object, &row);
    tile38_write_object(&row, out);
}

static enum status reply_nothing(struct tile38_request *request)
{
    if (!tile38_is_json(request)) {
        tile38_reply_null(request);
        return STATUS_OK;
    }
    return STATUS_NOT_FOUND;
}

enum status tile38_jget(struct tile38_request *request)
{
    if (request->argument_count < 3 || request->argument_count > 5) {
        return tile38_fail_count(request);
    }
    const bool is_raw = request->argument_count == 5;
    if (is_raw && !tile38_is_word(request->arguments[4], "raw")) {
        return tile38_fail_argument(request, request->arguments[4]);
    }
    const struct object *const object = tile38_find(request);
    if (object == NULL) {
        return reply_nothing(request);
    }
    struct buffer *const text = &request->scratch->text;
    struct buffer *const value = &request->scratch->row;
    buffer_clear(text);
    buffer_clear(value);
    write_text(object, text);
    const struct bytes json = buffer_bytes(text);
    bool is_found = json_slice_check(json, text->account);
    if (is_found && request->argument_count > 3) {
        is_found = tile38_path_get(json, request->arguments[3], value);
    } else {
        buffer_append_bytes(value, json);
    }
    if (!is_found) {
        if (tile38_is_json(request)) {
            tile38_reply_ok(request);
        } else {
            tile38_reply_null(request);
        }
        return STATUS_OK;
    }
    const struct bytes found = buffer_bytes(value);
    if (is_raw) {
        tile38_reply_text(request, "value", found);
        return STATUS_OK;
    }
    buffer_clear(&request->scratch->fields);
    if (!bytes_equal(found, BYTES_OF("null"))) {
        tile38_value_data(found, &request->scratch->fields);
    }
    tile38_reply_text(request, "value", buffer_bytes(&request->scratch->fields));
    return STATUS_OK;
}

// Writes the changed text as what the object was: GeoJSON when it had a place, else a string.
static enum status put_json(struct tile38_request *request, const struct object *old,
                            struct bytes json)
{
    struct row row = {.kind = ROW_STRING, .accuracy_m = -1, .speed_mps = -1, .course_deg = -1};
    if (old != NULL) {
        struct row before;
        object_row(old, &before);
        if (before.kind != ROW_STRING) {
            TRY(tile38_take_geojson(request, json, &row));
        }
        row.fields = before.fields;
    }
    if (row.kind == ROW_STRING) {
        row.text = json;
    }
    return tile38_put(request, &row, row.kind == ROW_STRING ? "jset" : "set");
}

// Is the word a JSON value by itself, so that it needs no quotes?
static bool is_value(struct bytes word, struct memory_account *account)
{
    return bytes_equal(word, BYTES_OF("true")) || bytes_equal(word, BYTES_OF("false")) ||
           bytes_equal(word, BYTES_OF("null")) ||
           (word.size != 0 &&
            (word.data[0] == '-' || (word.data[0] >= '0' && word.data[0] <= '9')) &&
            json_slice_check(word, account));
}

enum status tile38_jset(struct tile38_request *request)
{
    if (request->argument_count < 5 || request->argument_count > 6) {
        return tile38_fail_count(request);
    }
    struct memory_account *const account = request->out->account;
    const struct bytes word = request->arguments[4];
    bool is_raw = is_value(word, account);
    if (request->argument_count == 6) {
        is_raw = tile38_is_word(request->arguments[5], "raw");
        if (!is_raw && !tile38_is_word(request->arguments[5], "str")) {
            return tile38_fail_argument(request, request->arguments[5]);
        }
    }
    if (is_raw && !json_slice_check(word, account)) {
        return tile38_fail(request, "invalid json");
    }
    const struct object *const old = tile38_find(request);
    // scratch->text and shape are put_json's.
    struct buffer *const text = &request->scratch->list;
    struct buffer *const value = &request->scratch->fields_other;
    struct buffer changed = {.account = account};
    buffer_clear(text);
    buffer_clear(value);
    if (old != NULL) {
        write_text(old, text);
    }
    if (is_raw) {
        buffer_append_bytes(value, word);
    } else {
        tile38_write_json_text(value, word);
    }
    struct fault fault = {0};
    enum status status = STATUS_OK;
    if (text->size != 0 && !json_slice_check(buffer_bytes(text), account)) {
        status = tile38_fail(request, "json must be an object or array");
    } else if (tile38_path_set(buffer_bytes(text), request->arguments[3], buffer_bytes(value),
                               &changed, &fault) != STATUS_OK) {
        status = tile38_fail(request, "%s", fault.text);
    } else {
        status = put_json(request, old, buffer_bytes(&changed));
    }
    buffer_free(&changed);
    TRY(status);
    tile38_reply_ok(request);
    return STATUS_OK;
}

enum status tile38_jdel(struct tile38_request *request)
{
    if (request->argument_count != 4) {
        return tile38_fail_count(request);
    }
    const struct object *const old = tile38_find(request);
    if (old == NULL) {
        if (tile38_is_json(request)) {
            return STATUS_NOT_FOUND;
        }
        resp_write_integer(request->out, 0);
        return STATUS_OK;
    }
    struct buffer *const text = &request->scratch->list;
    struct buffer changed = {.account = request->out->account};
    buffer_clear(text);
    write_text(old, text);
    enum status status = STATUS_OK;
    bool is_done = json_slice_check(buffer_bytes(text), text->account) &&
                   tile38_path_delete(buffer_bytes(text), request->arguments[3], &changed);
    if (is_done) {
        status = put_json(request, old, buffer_bytes(&changed));
    }
    buffer_free(&changed);
    TRY(status);
    if (!is_done && tile38_is_json(request)) {
        return tile38_fail(request, "path not found");
    }
    tile38_reply_count(request, is_done);
    return STATUS_OK;
}
