// Whatever arrives as an object: it is refused with a sentence, or becomes a row that reads back as the
// same Feature, which is JSON.
#include "command/live_feature.h"

#include <assert.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct memory_account account = {.name = "fuzz"};

static void write_and_check(const struct row *row)
{
    struct buffer out = {.account = &account};
    struct json_writer json = {.out = &out};
    feature_write(&json, BYTES_OF("a\"b"), row, (struct bytes){0}, 1.5);
    assert(feature_check_json(buffer_bytes(&out), &account, NULL) == STATUS_OK);
    // What was given can be taken again.
    struct live_feature again;
    assert(feature_read(buffer_bytes(&out), &again, NULL) == STATUS_OK);
    buffer_free(&out);
}

static void try_row(const struct live_feature *feature)
{
    struct buffer shape = {.account = &account};
    struct buffer fields = {.account = &account};
    struct buffer encoded = {.account = &account};
    struct row row = {0};
    struct fault fault;
    const enum status status =
        feature_read_geometry(feature->geometry, &account, &row, &shape, &fault);
    if (status == STATUS_OK && feature_merge_fields((struct bytes){0}, feature->properties,
                                                    &account, &fields, &fault) == STATUS_OK) {
        struct row back;
        feature_set_rest(feature, &row);
        row.fields = buffer_bytes(&fields);
        row_write(&row, &encoded);
        assert(row_read(buffer_bytes(&encoded), &back, &fault) == STATUS_OK);
        write_and_check(&back);
    }
    buffer_free(&shape);
    buffer_free(&fields);
    buffer_free(&encoded);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const struct bytes text = {.data = data, .size = size};
    struct live_feature feature;
    struct fault fault = {0};
    if (feature_check_json(text, &account, &fault) == STATUS_OK &&
        feature_read(text, &feature, &fault) == STATUS_OK && feature.geometry.size != 0) {
        try_row(&feature);
    }
    assert(account.used_size == 0);
    return 0;
}
