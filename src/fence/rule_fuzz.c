// Any bytes as the JSON of a rule, and as a row: refused, or written so that it reads the same.
#include "fence/rule.h"

#include <assert.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void row_read_again(const struct rule *rule, struct memory_account *account)
{
    struct buffer row SCOPED(buffer_free) = {.account = account};
    struct buffer again SCOPED(buffer_free) = {.account = account};
    struct rule back;
    rule_encode(rule, &row);
    if (buffer_status(&row) == STATUS_OK && rule->shape.bytes.size != 0) {
        assert(rule_decode(buffer_bytes(&row), &back, NULL) == STATUS_OK);
        rule_encode(&back, &again);
        assert(bytes_equal(buffer_bytes(&row), buffer_bytes(&again)));
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct memory_account account = {.name = "fuzz", .limit_size = (size_t)64 << 20};
    struct buffer space SCOPED(buffer_free) = {.account = &account};
    struct buffer out SCOPED(buffer_free) = {.account = &account};
    const struct bytes text = {.data = data, .size = size};
    struct rule rule = {0};
    struct fault fault;
    bool is_initial;
    if (rule_read(text, &account, &rule, &is_initial, &space, &fault) == STATUS_OK) {
        row_read_again(&rule, &account);
        rule_write_json(&rule, &out);
        struct buffer other SCOPED(buffer_free) = {.account = &account};
        struct rule again = {0};
        assert(buffer_status(&out) != STATUS_OK ||
               rule_read(buffer_bytes(&out), &account, &again, &is_initial, &other, &fault) ==
                   STATUS_OK);
        buffer_clear(&out);
        rule_write_feature(&rule, &out);
    }
    struct rule stored;
    if (rule_decode(text, &stored, NULL) == STATUS_OK) {
        buffer_clear(&out);
        rule_write_json(&stored, &out);
    }
    struct member_state state;
    struct reader reader = {.rest = text};
    if (member_decode(&reader, &state, NULL) == STATUS_OK) {
        buffer_clear(&out);
        member_encode(&state, &out);
        assert(out.size != 0);
    }
    return 0;
}
