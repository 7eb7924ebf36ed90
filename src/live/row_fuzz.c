// Any bytes as a row: refused, or written again as the same bytes.
#include "live/row.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct row row;
    if (row_read((struct bytes){.data = data, .size = size}, &row, NULL) != STATUS_OK) {
        return 0;
    }
    struct memory_account account = {.name = "fuzz", .limit_size = (size_t)16 << 20};
    struct buffer fields = {.account = &account};
    struct bytes rest = row.fields;
    struct bytes name;
    struct bytes value;
    while (row_field_next(&rest, &name, &value)) {
        struct bytes found;
        if (!row_field_find(row.fields, name, &found) || found.data != value.data) {
            abort();
        }
    }
    row_field_put(row.fields, BYTES_OF("speed"), BYTES_OF("12"), &fields);
    row.fields = buffer_bytes(&fields);
    struct buffer out = {.account = &account};
    row_write(&row, &out);
    struct row again;
    if (row_read(buffer_bytes(&out), &again, NULL) != STATUS_OK || again.kind != row.kind ||
        !bytes_equal(again.fields, row.fields) || !bytes_equal(again.text, row.text)) {
        abort();
    }
    uint8_t scratch[ROW_SCRATCH_SIZE];
    (void)row_shape(&again, scratch);
    (void)row_box(&again);
    buffer_free(&out);
    buffer_free(&fields);
    return 0;
}
