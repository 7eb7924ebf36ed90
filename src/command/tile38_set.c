#include <math.h>

#include "command/tile38_private.h"

// Fields change one by one: each result is made in the buffer that the last one is not in.
static void put_field(struct tile38_scratch *scratch, struct bytes *fields, struct bytes name,
                      struct bytes value)
{
    struct buffer *const out = fields->data == scratch->fields.data && fields->size != 0
                                   ? &scratch->fields_other
                                   : &scratch->fields;
    buffer_clear(out);
    row_field_put(*fields, name, value, out);
    *fields = buffer_bytes(out);
}

// What SET was asked to do; fields stay words until the old ones are known.
struct setting {
    struct row row;
    bool has_object, is_new_only, is_old_only, has_return;
    struct tile38_form form;
};

static enum status take_degrees(struct tile38_request *request, struct bytes word, double limit,
                                double *degrees)
{
    return tile38_number(word, degrees) && fabs(*degrees) <= limit
               ? STATUS_OK
               : tile38_fail_argument(request, word);
}

void tile38_set_point(struct row *row, double lng, double lat)
{
    row->kind = ROW_POINT;
    row->point = (struct geo_point){.lng_e7 = geo_e7_from_deg(lng), .lat_e7 = geo_e7_from_deg(lat)};
    row->lng_deg = lng;
    row->lat_deg = lat;
    const double back[2] = {geo_deg_from_e7(row->point.lng_e7), geo_deg_from_e7(row->point.lat_e7)};
    row->has_exact = back[0] < lng || back[0] > lng || back[1] < lat || back[1] > lat;
}

static enum status take_point(struct tile38_request *request, struct tile38_words *words,
                              struct setting *setting)
{
    if (words->count < 2) {
        return tile38_fail_count(request);
    }
    double lat = 0;
    double lng = 0;
    double z = 0;
    const size_t size = words->count > 2 && tile38_number(words->at[2], &z) ? 3 : 2;
    TRY(take_degrees(request, words->at[0], 90, &lat));
    TRY(take_degrees(request, words->at[1], 180, &lng));
    if (size == 3) {
        if (!isfinite(z)) {
            return tile38_fail_argument(request, words->at[2]);
        }
        setting->row.has_z = true;
        setting->row.z = z;
    }
    tile38_set_point(&setting->row, lng, lat);
    words->at += size;
    words->count -= size;
    return STATUS_OK;
}

static enum status take_box(struct tile38_request *request, struct tile38_words *words,
                            struct row *row)
{
    if (words->count < 4) {
        return tile38_fail_count(request);
    }
    double south, west, north, east;
    TRY(take_degrees(request, words->at[0], 90, &south));
    TRY(take_degrees(request, words->at[1], 180, &west));
    TRY(take_degrees(request, words->at[2], 90, &north));
    TRY(take_degrees(request, words->at[3], 180, &east));
    if (south > north) {
        return tile38_fail_argument(request, words->at[2]);
    }
    row->kind = ROW_BOX;
    row->box = (struct geo_box){.west_e7 = geo_e7_from_deg(west),
                                .south_e7 = geo_e7_from_deg(south),
                                .east_e7 = geo_e7_from_deg(east),
                                .north_e7 = geo_e7_from_deg(north)};
    const double exact[4] = {west, south, east, north};
    const struct tile38_rect back = tile38_rect_of_box(row->box);
    memcpy(row->box_deg, exact, sizeof(exact));
    row->has_exact = memcmp(&back, exact, sizeof(exact)) != 0;
    words->at += 4;
    words->count -= 4;
    return STATUS_OK;
}

// The place in the hash's cell that needs the fewest decimals, as Tile38 decodes.
static double round_up(double low, double high)
{
    const double step = pow(10, floor(log10(high - low)));
    return ceil(low / step) * step;
}

enum status tile38_take_geojson(struct tile38_request *request, struct bytes text, struct row *row)
{
    struct tile38_scratch *const scratch = request->scratch;
    buffer_clear(&scratch->text);
    buffer_clear(&scratch->shape);
    struct fault fault = {0};
    if (tile38_row_of_geojson(text, request->out->account, &scratch->text, &scratch->shape, row,
                              &fault) != STATUS_OK) {
        return tile38_fail(request, "%s", fault.text);
    }
    if (row->kind == ROW_POINT) {
        tile38_set_point(row, row->lng_deg, row->lat_deg);
    }
    return STATUS_OK;
}

static struct bytes next(struct tile38_words *words)
{
    words->count--;
    return *words->at++;
}

static enum status take_object(struct tile38_request *request, struct tile38_words *words,
                               struct bytes word, struct setting *setting)
{
    setting->has_object = true;
    struct row *const row = &setting->row;
    row->has_z = false;
    if (tile38_is_word(word, "point")) {
        return take_point(request, words, setting);
    }
    if (tile38_is_word(word, "bounds")) {
        return take_box(request, words, row);
    }
    const bool is_string = tile38_is_word(word, "string"), is_hash = tile38_is_word(word, "hash");
    if (!is_string && !is_hash && !tile38_is_word(word, "object")) {
        return tile38_fail_argument(request, word);
    }
    if (words->count == 0) {
        return tile38_fail_count(request);
    }
    const struct bytes value = next(words);
    if (is_string) {
        row->kind = ROW_STRING;
        row->text = value;
        return STATUS_OK;
    }
    if (is_hash) {
        const struct tile38_rect cell = tile38_rect_of_hash(value);
        tile38_set_point(row, round_up(cell.west, cell.east), round_up(cell.south, cell.north));
        return STATUS_OK;
    }
    return tile38_take_geojson(request, value, row);
}

static enum status take_field(struct tile38_request *request, struct tile38_words *words)
{
    if (words->count < 2) {
        return tile38_fail_count(request);
    }
    const size_t index = (size_t)(words->at - request->arguments);
    const struct bytes name = next(words);
    (void)next(words);
    buffer_append(&request->scratch->list, &index, sizeof(index));
    return tile38_field_is_reserved(name) ? tile38_fail_argument(request, name) : STATUS_OK;
}

static enum status take_setting(struct tile38_request *request, struct setting *setting)
{
    struct tile38_words words = tile38_words_after(request, 3);
    *setting = (struct setting){.row = {.accuracy_m = -1, .speed_mps = -1, .course_deg = -1}};
    buffer_clear(&request->scratch->list);
    while (words.count != 0) {
        const struct bytes word = next(&words);
        if (tile38_is_word(word, "field")) {
            TRY(take_field(request, &words));
        } else if (tile38_is_word(word, "ex")) {
            TRY(tile38_take_expiry(request, &words, &setting->row));
        } else if (tile38_is_word(word, "nx") || tile38_is_word(word, "xx")) {
            const bool is_new_only = (word.data[0] | 0x20) == 'n';
            if (is_new_only ? setting->is_old_only : setting->is_new_only) {
                return tile38_fail_argument(request, word);
            }
            *(is_new_only ? &setting->is_new_only : &setting->is_old_only) = true;
        } else if (tile38_is_word(word, "return")) {
            setting->has_return = true;
            TRY(tile38_take_form(request, &words, &setting->form));
        } else {
            TRY(take_object(request, &words, word, setting));
        }
    }
    return setting->has_object ? STATUS_OK : tile38_fail_count(request);
}

// The old fields with those of SET's words, whose places are in scratch->list.
static enum status merge_fields(struct tile38_request *request, struct bytes *fields)
{
    struct buffer *const places = &request->scratch->list;
    TRY(buffer_status(places));
    struct buffer value = {.account = request->out->account};
    for (size_t at = 0; at < places->size; at += sizeof(size_t)) {
        size_t index;
        memcpy(&index, places->data + at, sizeof(index));
        buffer_clear(&value);
        tile38_value_of(request->arguments[index + 1], value.account, &value);
        put_field(request->scratch, fields, request->arguments[index], buffer_bytes(&value));
    }
    const enum status status = buffer_status(&value);
    buffer_free(&value);
    return status;
}

enum status tile38_set(struct tile38_request *request)
{
    if (request->argument_count < 3) {
        return tile38_fail_count(request);
    }
    struct setting setting;
    TRY(take_setting(request, &setting));
    const struct object *const old = tile38_find(request);
    if (setting.is_old_only ? old == NULL : setting.is_new_only && old != NULL) {
        if (tile38_is_json(request)) {
            return tile38_fail(request, old == NULL ? "id not found" : "id already exists");
        }
        tile38_reply_null(request);
        return STATUS_OK;
    }
    if (old != NULL) {
        struct row row;
        object_row(old, &row);
        setting.row.fields = row.fields;
    }
    TRY(merge_fields(request, &setting.row.fields));
    TRY(tile38_put(request, &setting.row, "set"));
    if (setting.has_return) {
        tile38_reply_form(request, &setting.row, &setting.form);
    } else {
        tile38_reply_ok(request);
    }
    return STATUS_OK;
}

// Sets the fields of words 3 on; counts those that differ from before.
static enum status change_fields(struct tile38_request *request, struct bytes *fields,
                                 int64_t *changed)
{
    struct buffer value = {.account = request->out->account};
    for (size_t i = 3; i < request->argument_count; i++) {
        const struct bytes name = request->arguments[i];
        if (tile38_is_word(name, "xx")) {
            continue;
        }
        if (tile38_is_word(name, "return")) {
            break;
        }
        i++;
        buffer_clear(&value);
        tile38_value_of(request->arguments[i], value.account, &value);
        struct bytes before = BYTES_OF("0");
        (void)row_field_find(*fields, name, &before);
        const struct bytes after = buffer_bytes(&value);
        const bool is_text = after.size != 0 && after.data[0] == '"';
        if (is_text ? !bytes_equal(before, after) : tile38_value_compare(before, after) != 0) {
            put_field(request->scratch, fields, name, after);
            *changed += 1;
        }
    }
    const enum status status = buffer_status(&value);
    buffer_free(&value);
    return status;
}

// FSET key id [XX] name value … [RETURN …]
static enum status check_fset(struct tile38_request *request, bool *is_old_only, bool *has_return,
                              struct tile38_form *form)
{
    if (request->argument_count < 5) {
        return tile38_fail_count(request);
    }
    struct tile38_words words = tile38_words_after(request, 3);
    while (words.count != 0) {
        const struct bytes name = next(&words);
        if (tile38_is_word(name, "xx")) {
            *is_old_only = true;
        } else if (tile38_is_word(name, "return")) {
            *has_return = true;
            TRY(tile38_take_form(request, &words, form));
        } else if (words.count == 0) {
            return tile38_fail_count(request);
        } else if (tile38_field_is_reserved(name)) {
            return tile38_fail_argument(request, name);
        } else {
            (void)next(&words);
        }
    }
    return STATUS_OK;
}

enum status tile38_fset(struct tile38_request *request)
{
    bool is_old_only = false, has_return = false;
    struct tile38_form form;
    TRY(check_fset(request, &is_old_only, &has_return, &form));
    const struct object *const object = tile38_find(request);
    int64_t changed = 0;
    if (object == NULL) {
        if (!is_old_only || live_collection(request->view, request->arguments[1]) == NULL) {
            return STATUS_NOT_FOUND;
        }
        if (has_return) {
            tile38_reply_null(request);
        } else {
            tile38_reply_count(request, 0);
        }
        return STATUS_OK;
    }
    struct row row;
    object_row(object, &row);
    TRY(change_fields(request, &row.fields, &changed));
    if (changed != 0) {
        TRY(tile38_put(request, &row, "fset"));
    }
    if (has_return) {
        tile38_reply_form(request, &row, &form);
    } else {
        tile38_reply_count(request, changed);
    }
    return STATUS_OK;
}
