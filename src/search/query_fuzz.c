// Any text asked of a small atlas: nothing crashes, and what comes back is in order and can be told.
#include <assert.h>

#include "search/drawn.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const char towns[] =
    "n1 9.50 47.10\nn2 9.51 47.10\nn3 9.52 47.10\nn4 9.51 47.11\nn5 9.51 47.09\n"
    "n6 9.505 47.101|place=town|name=Northtown|name:fr=Nordville|name:ja=北町\n"
    "n7 9.506 47.081|place=village|name=Sankt Florin\n"
    "n8 9.502 47.1001|addr:housenumber=5|addr:street=Main "
    "Street|addr:city=Northtown|addr:postcode=9490\n"
    "n9 9.503 47.1001|addr:housenumber=12a|addr:street=Main "
    "Street|addr:city=Northtown|addr:postcode=9490\n"
    "n10 9.504 47.1001|addr:housenumber=104-22|addr:street=Main Street|addr:city=Northtown\n"
    "n11 9.5041 47.1002|shop=bakery|name=Brot & Co\n"
    "---\n"
    "w1 1 2 3|highway=residential|name=Main Street\n"
    "w2 4 2 5|highway=residential|name=Rue de la Gare\n"
    "---\n";

// Bits of the first byte.
enum { IS_OPEN = 1, HAS_NEAR = 2, HAS_ZOOM = 4, HAS_PARTS = 8, HAS_LAYERS = 16, WANTS_POINT = 32 };

// The rest of the input, cut at line ends, as the parts of an address.
static void parts_read(struct bytes text, struct search_query *query)
{
    query->has_parts = true;
    for (unsigned part = 0; part < SEARCH_PART_COUNT && text.size != 0; part++) {
        const uint8_t *const end = memchr(text.data, '\n', text.size);
        const size_t taken = end == NULL ? text.size : (size_t)(end - text.data);
        query->parts[part] = (struct bytes){text.data, taken};
        const size_t passed = end == NULL ? taken : taken + 1;
        text = (struct bytes){text.data + passed, text.size - passed};
    }
}

static void check(struct drawn *drawn)
{
    assert(drawn->count <= 10);
    for (unsigned i = 0; i < drawn->count; i++) {
        const struct search_result *const result = &drawn->results[i];
        assert(result->confidence >= 0 && result->confidence <= 1);
        if (!result->is_point) {
            assert(drawn_label(drawn, i)[0] != '\0');
        }
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    // Kept between inputs: building takes longer than asking.
    static struct drawn drawn;
    if (drawn.atlas == NULL) {
        drawn_open(&drawn, towns, "CH");
    }
    if (size == 0) {
        return 0;
    }
    const struct bytes text = {data + 1, size - 1};
    struct search_query query = {
        .limit = 10,
        .has_near = (data[0] & HAS_NEAR) != 0,
        .near = GEO_POINT(9.5, 47.1),
        .near_zoom = (data[0] & HAS_ZOOM) != 0 ? 1U + data[0] / 16 : 0,
        .layers = (data[0] & HAS_LAYERS) != 0 ? 1U << LAYER_ADDRESS | 1U << LAYER_STREET : 0,
        .wants_point = (data[0] & WANTS_POINT) != 0,
    };
    const bool has_parts = (data[0] & HAS_PARTS) != 0;
    if (has_parts) {
        parts_read(text, &query);
    }
    if (drawn_ask(&drawn, has_parts ? (struct bytes){0} : text, (data[0] & IS_OPEN) != 0, query) ==
        STATUS_OK) {
        check(&drawn);
    }
    return 0;
}
