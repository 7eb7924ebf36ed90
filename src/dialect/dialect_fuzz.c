// Whatever is asked of a dialect: it answers, within its memory, and JSON where it says so. The first
// byte picks the dialect, its top bit whether there is an atlas; the second the endpoint; the rest is
// the query.
#include "dialect/dialect.h"

#include <assert.h>
#include <string.h>

#include "codec/json_slice.h"
#include "search/drawn.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct memory_account account = {.name = "fuzz", .limit_size = (size_t)512 << 20};
static struct commander *commander;

// An area, its town, a street of two ways with houses, another that crosses it, places of interest.
static const char town[] =
    "n1 9.50 47.10\nn2 9.51 47.10\nn3 9.52 47.10\nn4 9.51 47.11\nn5 9.51 47.09\n"
    "n12 9.4 47.0\nn13 9.6 47.0\nn14 9.6 47.2\nn15 9.4 47.2\n"
    "n6 9.505 47.101|place=town|name=Northtown|name:fr=Nordville|name:ja=北町|wikidata=Q1\n"
    "n8 9.502 47.1001|addr:housenumber=5|addr:street=Main Street|addr:city=Northtown|"
    "addr:postcode=9490\n"
    "n9 9.512 47.1001|addr:housenumber=12a|addr:street=Main Street|addr:city=Northtown\n"
    "n11 9.5041 47.1002|shop=bakery|name=Brot & \"Co\" <1>|opening_hours=24/7\n"
    "n16 9.5042 47.1003|railway=halt|name=Halt\n"
    "---\n"
    "w1 1 2|highway=residential|name=Main Street\n"
    "w2 2 3|highway=residential|name=Main Street\n"
    "w3 4 2 5|highway=service|name=Rue de la Gare|ref=A 1\n"
    "w4 12 13 14 15 12\n"
    "---\n"
    "r1 w4@outer n6@label|type=boundary|boundary=administrative|admin_level=8|name=Northtown\n";

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
    // Kept between inputs: building takes longer than asking.
    static struct drawn drawn;
    if (drawn.atlas == NULL) {
        drawn_open(&drawn, town, "CH");
    }
    const struct dialect *const dialect = pick(data[0] & 0x7f);
    const struct search_world world = {.atlas = (data[0] & 0x80) != 0 ? NULL : drawn.atlas};
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
    dialect->answer(commander, &world, &request, &reply);
    assert(reply.status >= 200 && reply.status < 600);
    if (strncmp(reply.content_type, "application/json", 16) == 0) {
        const struct bytes body = buffer_bytes(&out);
        // Of a callback, what stands between its brackets.
        const bool is_json = body.size != 0 && (body.data[0] == '{' || body.data[0] == '[');
        assert(!is_json || json_slice_check(body, &account));
    }
    buffer_free(&out);
    return 0;
}
