// Any bytes as CSV: what is read and written again reads the same.
#include "codec/csv.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct memory_account account = {.name = "fuzz", .limit_size = (size_t)64 << 20};
    struct buffer scratch = {.account = &account};
    struct buffer again_scratch = {.account = &account};
    struct buffer text = {.account = &account};
    static struct csv_row row;
    static struct csv_row again;
    struct bytes rest = {.data = data, .size = size};
    size_t used = 0;
    while (csv_read(rest, true, ',', &scratch, &row, &used) == CSV_ROW) {
        buffer_clear(&text);
        for (unsigned i = 0; i < row.count; i++) {
            buffer_append_text(&text, i == 0 ? "" : ",");
            csv_write(&text, ',', row.fields[i]);
        }
        size_t again_used = 0;
        if (text.size != 0) {
            if (csv_read(buffer_bytes(&text), true, ',', &again_scratch, &again, &again_used) !=
                    CSV_ROW ||
                again.count != row.count) {
                abort();
            }
            for (unsigned i = 0; i < row.count; i++) {
                if (!bytes_equal(row.fields[i], again.fields[i])) {
                    abort();
                }
            }
        }
        rest.data += used;
        rest.size -= used;
    }
    (void)csv_delimiter(rest);
    buffer_free(&scratch);
    buffer_free(&again_scratch);
    buffer_free(&text);
    return 0;
}
