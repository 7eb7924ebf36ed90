// Any bytes as JSON, as one value and as a sequence, whole and skipped.
#include "codec/json_read.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void text_read(struct bytes text, bool is_sequence, bool skips)
{
    struct memory_account account = {.name = "fuzz", .limit_size = (size_t)16 << 20};
    struct json_reader reader = json_over(text, &account);
    reader.is_sequence = is_sequence;
    struct bytes value;
    for (enum json_token token; (token = json_next(&reader, &value)) != JSON_END;) {
        if (token == JSON_BROKEN) {
            break;
        }
        int64_t scaled;
        if (token == JSON_NUMBER) {
            (void)json_number_scaled(value, 7, &scaled);
        }
        if (skips) {
            json_skip(&reader, token);
        }
    }
    struct fault fault;
    status_ignore(json_status(&reader, &fault), "only that it returns");
    json_reader_free(&reader);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const struct bytes text = {.data = data, .size = size};
    text_read(text, false, false);
    text_read(text, true, false);
    text_read(text, false, true);
    int64_t scaled;
    (void)json_number_scaled(text, 9, &scaled);
    return 0;
}
