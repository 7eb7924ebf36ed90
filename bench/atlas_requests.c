// Requests for a benchmark: targets about house addresses of an atlas, drawn at random.
//
// usage: atlas_requests ATLAS search|autocomplete|reverse COUNT
//
// The text is "street number, postcode city" in the country's order, as the label has it; of
// autocomplete it is cut anywhere behind its first five characters, with `near` the address rounded to
// a hundredth of a degree. The same atlas gives the same requests.
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "atlas/describe.h"
#include "codec/http.h"

enum { ARENA_SIZE = 1 << 16 };

// splitmix64, as in base/test.h.
struct dice {
    uint64_t state;
};

static uint64_t dice_below(struct dice *dice, uint64_t bound)
{
    uint64_t z = (dice->state += UINT64_C(0x9e3779b97f4a7c15));
    z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
    z ^= z >> 31;
    return (uint64_t)((unsigned __int128)z * bound >> 64);
}

struct draw {
    const struct atlas *atlas;
    struct dice dice;
    struct arena arena;
    struct buffer target;
};

static void append_degrees(struct buffer *out, int32_t value_e7, int32_t unit_e7)
{
    const int32_t rounded = value_e7 / unit_e7 * unit_e7;
    buffer_append_format(out, "%s%d.%07d", rounded < 0 ? "-" : "", abs(rounded) / 10000000,
                         abs(rounded) % 10000000);
}

// The label without the country, which nobody types.
static struct bytes typed_text(const struct description *description)
{
    struct bytes text = description->label;
    const size_t country_size = description->country.size + 2;
    if (description->country.size != 0 && text.size > country_size) {
        text.size -= country_size;
    }
    return text;
}

static bool write_target(struct draw *draw, const char *kind)
{
    const struct languages languages = {0};
    struct description description;
    const struct arena_mark mark SCOPED(arena_rewind) = arena_mark(&draw->arena);
    const uint32_t house = (uint32_t)dice_below(&draw->dice, draw->atlas->header->house_count);
    if (describe(draw->atlas, house | ATLAS_REF_HOUSE, &languages, &draw->arena, &description) !=
        STATUS_OK) {
        return false;
    }
    struct buffer *const out = &draw->target;
    buffer_clear(out);
    if (strcmp(kind, "reverse") == 0) {
        buffer_append_text(out, "/v1/reverse?lat=");
        append_degrees(out, description.point.lat_e7, 1);
        buffer_append_text(out, "&lon=");
        append_degrees(out, description.point.lng_e7, 1);
        return true;
    }
    struct bytes text = typed_text(&description);
    const bool is_cut = strcmp(kind, "autocomplete") == 0 && text.size > 6;
    if (is_cut) {
        text.size = 6 + dice_below(&draw->dice, text.size - 6);
        while ((text.data[text.size] & 0xc0) == 0x80) {
            text.size++; // not in the middle of a character
        }
    }
    buffer_append_format(out, "/v1/%s?q=", kind);
    http_escape(out, text);
    if (is_cut) {
        buffer_append_text(out, "&near=");
        append_degrees(out, description.point.lat_e7, 100000);
        buffer_append_u8(out, ',');
        append_degrees(out, description.point.lng_e7, 100000);
        buffer_append_text(out, "&limit=5");
    }
    return true;
}

int main(int argc, char **argv)
{
    static struct memory_account account = {.name = "requests"};
    static char memory[ARENA_SIZE];
    struct fault fault = {0};
    struct atlas *atlas = NULL;
    if (argc != 4) {
        (void)fprintf(stderr, "usage: atlas_requests ATLAS search|autocomplete|reverse COUNT\n");
        return 2;
    }
    if (atlas_open(sys_os(), &account, argv[1], &atlas, &fault) != STATUS_OK ||
        atlas->header->house_count == 0) {
        (void)fprintf(stderr, "atlas_requests: %s: %s\n", argv[1],
                      atlas == NULL ? fault.text : "there are no house addresses");
        return 1;
    }
    struct draw draw = {.atlas = atlas,
                        .dice = {.state = 1},
                        .arena = arena_over(memory, sizeof(memory)),
                        .target = {.account = &account}};
    for (unsigned long left = strtoul(argv[3], NULL, 10); left > 0; left--) {
        if (write_target(&draw, argv[2])) {
            (void)printf("%.*s\n", (int)draw.target.size, (const char *)draw.target.data);
        }
    }
    buffer_free(&draw.target);
    atlas_close(atlas);
    return 0;
}
