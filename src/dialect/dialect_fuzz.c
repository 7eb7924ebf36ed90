// Whatever is asked of a dialect: it answers, within its memory, and JSON where it says so. The first
// byte picks the dialect, the second the endpoint; the rest is the query.
#include "dialect/dialect.h"

#include <assert.h>
#include <string.h>

#include "codec/json_slice.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct memory_account account = {.name = "fuzz", .limit_size = (size_t)512 << 20};
static struct commander *commander;

static const struct dialect *pick(uint8_t byte)
{
    const struct dialect *const *const all = dialect_list();
    unsigned count = 0;
    while (all[count] != NULL) {
        count++;
    }
    return all[byte % count];
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size < 2 || size > 1U << 14) {
        return 0;
    }
    if (commander == NULL) {
        const enum status made = commander_new(&account, &commander, NULL);
        assert(made == STATUS_OK);
    }
    const struct dialect *const dialect = pick(data[0]);
    const struct search_world nothing = {.atlas = NULL};
    const struct dialect_request request = {
        .endpoint = data[1] % (dialect_endpoint_count(dialect) + 1),
        .path = BYTES_OF("/"),
        .query = {.data = data + 2, .size = size - 2},
        .accept_language = {.data = data + 2, .size = size - 2},
        .base = BYTES_OF("http://127.0.0.1/x"),
        .is_ready = true,
    };
    struct buffer out = {.account = &account};
    struct dialect_reply reply = {.out = &out, .status = 200, .content_type = "application/json"};
    dialect->answer(commander, &nothing, &request, &reply);
    assert(reply.status >= 200 && reply.status < 600);
    if (strncmp(reply.content_type, "application/json", 16) == 0) {
        const struct bytes body = buffer_bytes(&out);
        // Of a callback, what stands between its brackets.
        assert(body.size == 0 || body.data[0] != '{' || json_slice_check(body, &account));
    }
    buffer_free(&out);
    return 0;
}
