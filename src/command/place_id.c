#include "command/place_id.h"

#include <stdio.h>
#include <string.h>

#include "atlas/atlas.h"

static bool take_prefix(struct bytes *text, const char *prefix)
{
    const size_t size = strlen(prefix);
    if (text->size <= size || memcmp(text->data, prefix, size) != 0) {
        return false;
    }
    *text = (struct bytes){.data = text->data + size, .size = text->size - size};
    return true;
}

static bool is_number(struct bytes text)
{
    for (size_t i = 0; i < text.size; i++) {
        if (text.data[i] < '0' || text.data[i] > '9') {
            return false;
        }
    }
    return text.size != 0 && text.size <= 18;
}

bool place_id_read(struct bytes text, uint64_t *packed)
{
    static const struct {
        const char *prefix;
        char type;
    } forms[] = {{"node/", 'n'}, {"way/", 'w'}, {"relation/", 'r'}, {"N", 'n'}, {"n", 'n'},
                 {"W", 'w'},     {"w", 'w'},    {"R", 'r'},         {"r", 'r'}};
    if (atlas_id_parse(text, packed) == STATUS_OK) {
        return true;
    }
    struct bytes rest = text;
    (void)take_prefix(&rest, "osm:");
    for (size_t i = 0; i < COUNT_OF(forms); i++) {
        struct bytes number = rest;
        char plain[32];
        if (take_prefix(&number, forms[i].prefix) && is_number(number)) {
            (void)snprintf(plain, sizeof(plain), "osm:%c%.*s", forms[i].type, (int)number.size,
                           (const char *)number.data);
            return atlas_id_parse(bytes_from_text(plain), packed) == STATUS_OK;
        }
    }
    return false;
}

bool place_id_is_live(struct bytes text)
{
    return take_prefix(&text, "live:");
}

static bool is_blank(uint8_t byte)
{
    return byte == ' ' || byte == '\t';
}

bool place_id_next(struct bytes *rest, struct bytes *id)
{
    if (rest->data == NULL) {
        return false;
    }
    const uint8_t *const comma = rest->size == 0 ? NULL : memchr(rest->data, ',', rest->size);
    const size_t size = comma == NULL ? rest->size : (size_t)(comma - rest->data);
    *id = (struct bytes){.data = rest->data, .size = size};
    *rest = comma == NULL ? (struct bytes){0}
                          : (struct bytes){.data = comma + 1, .size = rest->size - size - 1};
    while (id->size != 0 && is_blank(id->data[0])) {
        id->data++;
        id->size--;
    }
    while (id->size != 0 && is_blank(id->data[id->size - 1])) {
        id->size--;
    }
    return true;
}
