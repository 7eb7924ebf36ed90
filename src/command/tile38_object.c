#include <math.h>

#include "command/tile38_private.h"

enum status tile38_take_form(struct tile38_request *request, struct tile38_words *words,
                             struct tile38_form *form)
{
    *form = (struct tile38_form){.shape = TILE38_OBJECT};
    for (; words->count != 0; words->at++, words->count--) {
        const struct bytes word = *words->at;
        if (tile38_is_word(word, "withfields")) {
            form->has_fields = true;
        } else if (tile38_is_word(word, "object")) {
            form->shape = TILE38_OBJECT;
        } else if (tile38_is_word(word, "point")) {
            form->shape = TILE38_POINT;
        } else if (tile38_is_word(word, "bounds")) {
            form->shape = TILE38_BOUNDS;
        } else if (tile38_is_word(word, "hash")) {
            form->shape = TILE38_HASH;
            uint64_t precision = 0;
            if (words->count == 1) {
                return tile38_fail_count(request);
            }
            words->at++;
            words->count--;
            if (!tile38_unsigned(*words->at, &precision) || precision < 1 || precision > 12) {
                return tile38_fail_argument(request, *words->at);
            }
            form->precision = (unsigned)precision;
        } else {
            return tile38_fail_count(request);
        }
    }
    return STATUS_OK;
}

void tile38_reply_form(struct tile38_request *request, const struct row *row,
                       const struct tile38_form *form)
{
    static const char *const members[] = {[TILE38_OBJECT] = "object",
                                          [TILE38_POINT] = "point",
                                          [TILE38_BOUNDS] = "bounds",
                                          [TILE38_HASH] = "hash"};
    const bool has_fields = form->has_fields && row->fields.size != 0;
    if (tile38_is_json(request)) {
        tile38_json_begin(request);
        buffer_append_format(request->out, ",\"%s\":", members[form->shape]);
    } else if (form->has_fields) {
        resp_write_array(request->out, has_fields ? 2 : 1);
    }
    tile38_write_shape(request, row, form->shape, form->precision);
    if (has_fields) {
        buffer_append_text(request->out, tile38_is_json(request) ? ",\"fields\":" : "");
        tile38_write_fields(request, row->fields);
    }
    if (tile38_is_json(request)) {
        tile38_json_end(request);
    }
}

// The object of words 1 and 2; NULL with the fault filled.
const struct object *tile38_find(struct tile38_request *request)
{
    const struct collection *const collection =
        live_collection(request->view, request->arguments[1]);
    const struct object *const object =
        collection == NULL ? NULL : collection_find(collection, request->arguments[2]);
    if (object == NULL) {
        (void)tile38_fail(request, collection == NULL ? "key not found" : "id not found");
    }
    return object;
}

// In RESP what is not there is no error.
static enum status reply_missing(struct tile38_request *request, int64_t count)
{
    if (tile38_is_json(request)) {
        return STATUS_NOT_FOUND;
    }
    resp_write_integer(request->out, count);
    return STATUS_OK;
}

enum status tile38_get(struct tile38_request *request)
{
    if (request->argument_count < 3) {
        return tile38_fail_count(request);
    }
    struct tile38_words words = tile38_words_after(request, 3);
    struct tile38_form form;
    TRY(tile38_take_form(request, &words, &form));
    const struct object *const object = tile38_find(request);
    if (object == NULL) {
        if (tile38_is_json(request)) {
            return STATUS_NOT_FOUND;
        }
        tile38_reply_null(request);
        return STATUS_OK;
    }
    struct row row;
    object_row(object, &row);
    tile38_reply_form(request, &row, &form);
    return STATUS_OK;
}

// Writes. --------------------------------------------------------------------------------------------

enum status tile38_put(struct tile38_request *request, const struct row *row, const char *command)
{
    struct buffer *const bytes = &request->scratch->row;
    buffer_clear(bytes);
    row_write(row, bytes);
    struct fault fault = {0};
    enum status status = buffer_status(bytes);
    if (status == STATUS_OK) {
        status = live_put(request->tile38->world->live, request->turn, request->arguments[1],
                          request->arguments[2], buffer_bytes(bytes), command, &fault);
    }
    if (status == STATUS_NO_MEMORY) {
        return tile38_fail(request, "OOM command not allowed: the memory for objects is full");
    }
    return status == STATUS_OK ? status : tile38_fail(request, "%s", fault.text);
}

enum status tile38_take_expiry(struct tile38_request *request, struct tile38_words *words,
                               struct row *row)
{
    if (words->count == 0) {
        return tile38_fail_count(request);
    }
    const struct bytes word = *words->at;
    words->at++;
    words->count--;
    double seconds;
    if (!tile38_number(word, &seconds) || !(fabs(seconds) < 1e11)) {
        return tile38_fail_argument(request, word);
    }
    row->expires_us = request->now_us + (int64_t)(seconds * 1e6);
    return STATUS_OK;
}

enum status tile38_fget(struct tile38_request *request)
{
    if (request->argument_count < 4) {
        return tile38_fail_count(request);
    }
    const struct object *const object = tile38_find(request);
    if (object == NULL) {
        return STATUS_NOT_FOUND;
    }
    struct row row;
    object_row(object, &row);
    struct bytes value = BYTES_OF("0");
    (void)row_field_find(row.fields, request->arguments[3], &value);
    if (tile38_is_json(request)) {
        tile38_json_begin(request);
        buffer_append_text(request->out, ",\"value\":");
        buffer_append_bytes(request->out, value);
        tile38_json_end(request);
        return STATUS_OK;
    }
    struct buffer *const data = &request->scratch->text;
    buffer_clear(data);
    tile38_value_data(value, data);
    resp_write_bulk(request->out, buffer_bytes(data));
    return STATUS_OK;
}

static void reply_bool(struct tile38_request *request, const char *member, bool value)
{
    if (!tile38_is_json(request)) {
        resp_write_integer(request->out, value);
        return;
    }
    tile38_json_begin(request);
    buffer_append_format(request->out, ",\"%s\":%s", member, value ? "true" : "false");
    tile38_json_end(request);
}

enum status tile38_exists(struct tile38_request *request)
{
    if (request->argument_count != 3) {
        return tile38_fail_count(request);
    }
    if (live_collection(request->view, request->arguments[1]) == NULL) {
        return tile38_fail(request, "key not found");
    }
    reply_bool(request, "exists", tile38_find(request) != NULL);
    return STATUS_OK;
}

enum status tile38_fexists(struct tile38_request *request)
{
    if (request->argument_count != 4) {
        return tile38_fail_count(request);
    }
    const struct object *const object = tile38_find(request);
    if (object == NULL) {
        return STATUS_NOT_FOUND;
    }
    struct row row;
    struct bytes value;
    object_row(object, &row);
    reply_bool(request, "exists", row_field_find(row.fields, request->arguments[3], &value));
    return STATUS_OK;
}

enum status tile38_del(struct tile38_request *request)
{
    if (request->argument_count < 3) {
        return tile38_fail_count(request);
    }
    bool is_strict = false;
    for (size_t i = 3; i < request->argument_count; i++) {
        if (!tile38_is_word(request->arguments[i], "erron404")) {
            return tile38_fail_argument(request, request->arguments[i]);
        }
        is_strict = true;
    }
    const bool is_there = tile38_find(request) != NULL;
    if (is_there) {
        status_ignore(live_delete(request->tile38->world->live, request->turn,
                                  request->arguments[1], request->arguments[2], "del"),
                      "it is there");
    } else if (is_strict) {
        return STATUS_NOT_FOUND;
    }
    tile38_reply_count(request, is_there);
    return STATUS_OK;
}

enum status tile38_expire(struct tile38_request *request)
{
    if (request->argument_count != 4) {
        return tile38_fail_count(request);
    }
    struct tile38_words words = tile38_words_after(request, 3);
    struct row expiry = {0}, row;
    TRY(tile38_take_expiry(request, &words, &expiry));
    const struct object *const object = tile38_find(request);
    if (object == NULL) {
        return reply_missing(request, 0);
    }
    object_row(object, &row);
    row.expires_us = expiry.expires_us;
    TRY(tile38_put(request, &row, "expire"));
    tile38_reply_count(request, 1);
    return STATUS_OK;
}

enum status tile38_persist(struct tile38_request *request)
{
    if (request->argument_count != 3) {
        return tile38_fail_count(request);
    }
    const struct object *const object = tile38_find(request);
    if (object == NULL) {
        return reply_missing(request, 0);
    }
    struct row row;
    object_row(object, &row);
    const bool had_expiry = row.expires_us != 0;
    if (had_expiry) {
        row.expires_us = 0;
        TRY(tile38_put(request, &row, "persist"));
    }
    tile38_reply_count(request, had_expiry);
    return STATUS_OK;
}

enum status tile38_ttl(struct tile38_request *request)
{
    if (request->argument_count != 3) {
        return tile38_fail_count(request);
    }
    const struct object *const object = tile38_find(request);
    if (object == NULL) {
        return reply_missing(request, -2);
    }
    struct row row;
    object_row(object, &row);
    const int64_t left_us = row.expires_us - request->now_us;
    const int64_t seconds = row.expires_us == 0 ? -1 : left_us < 0 ? 0 : left_us / 1000000;
    if (!tile38_is_json(request)) {
        resp_write_integer(request->out, seconds);
        return STATUS_OK;
    }
    tile38_json_begin(request);
    buffer_append_format(request->out, ",\"ttl\":%lld", (long long)seconds);
    tile38_json_end(request);
    return STATUS_OK;
}
