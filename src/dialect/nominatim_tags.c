// What is known of a place beside its address: tags and names.
#include <string.h>

#include "dialect/nominatim_private.h"

void nominatim_each_tag(const struct nominatim *nominatim, const struct nominatim_place *place,
                        nominatim_take *take, void *context)
{
    const struct description *const description = &place->description;
    bool has_hours = false;
    bool has_population = false;
    // The first pair is the main tag.
    for (uint32_t i = 1; place->result->object == NULL && i < description->facts.count; i++) {
        const struct atlas *const atlas = nominatim->world->atlas;
        const uint32_t *const pair = description->facts.items + 2 * (size_t)i;
        const struct bytes key = atlas_string(atlas, pair[0]);
        has_hours = has_hours || bytes_equal(key, BYTES_OF("opening_hours"));
        has_population = has_population || bytes_equal(key, BYTES_OF("population"));
        take(context, key, atlas_string(atlas, pair[1]));
    }
    if (description->opening_hours.size != 0 && !has_hours) {
        take(context, BYTES_OF("opening_hours"), description->opening_hours);
    }
    if (description->population != 0 && !has_population) {
        char text[12];
        size_t first = sizeof(text);
        for (uint32_t rest = description->population; rest != 0; rest /= 10) {
            text[--first] = (char)('0' + rest % 10);
        }
        take(context, BYTES_OF("population"),
             (struct bytes){(const uint8_t *)text + first, sizeof(text) - first});
    }
}

enum { NAMES_MAX = 512, NAME_SIZE_MAX = 1024 };

static bool is_same_kind(const struct described_name *one, const struct described_name *other)
{
    return one->role == other->role && bytes_equal(one->language, other->language);
}

// "alt_name:de"; several of a kind are one, with semicolons between.
static void take_name(const struct described_name *names, unsigned count, unsigned index,
                      nominatim_take *take, void *context)
{
    static const char *const words[] = {
        [NAME_MAIN] = "name",
        [NAME_LOCALISED] = "name",
        [NAME_OFFICIAL] = "official_name",
        [NAME_ALTERNATIVE] = "alt_name",
        [NAME_SHORT] = "short_name",
        [NAME_OLD] = "old_name",
        [NAME_LOCAL] = "loc_name",
        [NAME_INTERNATIONAL] = "int_name",
        [NAME_REFERENCE] = "ref",
    };
    const struct described_name *const name = &names[index];
    uint8_t key[40];
    uint8_t text[NAME_SIZE_MAX];
    const char *const word = words[name->role];
    size_t key_size = strlen(word);
    memcpy(key, word, key_size);
    if (name->language.size != 0 && name->language.size < sizeof(key) - key_size - 1) {
        key[key_size++] = ':';
        memcpy(key + key_size, name->language.data, name->language.size);
        key_size += name->language.size;
    }
    size_t size = 0;
    for (unsigned i = index; i < count; i++) {
        if (is_same_kind(name, &names[i]) && names[i].text.size < sizeof(text) - size) {
            if (size != 0) {
                text[size++] = ';';
            }
            const size_t room = sizeof(text) - size;
            const size_t taken = names[i].text.size < room ? names[i].text.size : room;
            memcpy(text + size, names[i].text.data, taken);
            size += taken;
        }
    }
    take(context, (struct bytes){key, key_size}, (struct bytes){text, size});
}

void nominatim_each_name(const struct nominatim *nominatim, const struct nominatim_place *place,
                         nominatim_take *take, void *context)
{
    struct described_name names[NAMES_MAX];
    if (place->result->object != NULL || atlas_is_crossing(place->result->reference)) {
        if (place->name.size != 0) {
            take(context, BYTES_OF("name"), place->name);
        }
        return;
    }
    const unsigned known =
        describe_names(nominatim->world->atlas, place->result->reference, names, NAMES_MAX);
    const unsigned count = known < NAMES_MAX ? known : NAMES_MAX;
    struct bytes brand;
    if (description_fact(nominatim->world->atlas, &place->description, "brand", &brand)) {
        take(context, BYTES_OF("brand"), brand);
    }
    for (unsigned i = 0; i < count; i++) {
        bool is_first = true;
        for (unsigned before = 0; before < i && is_first; before++) {
            is_first = !is_same_kind(&names[before], &names[i]);
        }
        if (is_first) {
            take_name(names, count, i, take, context);
        }
    }
}
