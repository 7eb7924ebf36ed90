#include "source/text_clean.h"

#include <string.h>

static bool is_control(struct bytes character, size_t size)
{
    return (size == 1 && (character.data[0] < 0x20 || character.data[0] == 0x7f)) ||
           (size == 2 && character.data[0] == 0xc2 && character.data[1] < 0xa0);
}

static struct bytes trimmed(struct bytes text)
{
    while (text.size != 0 && text.data[0] <= ' ') {
        text.data++;
        text.size--;
    }
    while (text.size != 0 && text.data[text.size - 1] <= ' ') {
        text.size--;
    }
    return text;
}

static bool is_clean(struct bytes text)
{
    while (text.size != 0) {
        const size_t size = bytes_character_size(text);
        if (size == 0 || is_control(text, size)) {
            return false;
        }
        text.data += size;
        text.size -= size;
    }
    return true;
}

struct bytes text_clean(struct bytes text, struct pool *pool)
{
    text = trimmed(text);
    if (is_clean(text)) {
        return text;
    }
    uint8_t *const copy = pool_take(pool, text.size, 1);
    if (copy == NULL) {
        return (struct bytes){0};
    }
    size_t used = 0;
    while (text.size != 0) {
        size_t size = bytes_character_size(text);
        if (size != 0 && is_control(text, size)) {
            copy[used++] = ' ';
        } else if (size != 0) {
            memcpy(copy + used, text.data, size);
            used += size;
        }
        size += size == 0; // a byte that belongs to no character
        text.data += size;
        text.size -= size;
    }
    return trimmed((struct bytes){.data = copy, .size = used});
}

bool text_part_next(struct bytes *list, uint8_t separator, struct bytes *part)
{
    if (list->size == 0) {
        return false;
    }
    const uint8_t *const end = memchr(list->data, separator, list->size);
    const size_t size = end == NULL ? list->size : (size_t)(end - list->data);
    *part = trimmed((struct bytes){.data = list->data, .size = size});
    const size_t taken = size + (end != NULL);
    list->data += taken;
    list->size -= taken;
    return true;
}

bool text_line_next(struct bytes *text, struct bytes *line)
{
    if (text->size == 0) {
        return false;
    }
    const uint8_t *const end = memchr(text->data, '\n', text->size);
    size_t size = end == NULL ? text->size : (size_t)(end - text->data);
    const size_t taken = size + (end != NULL);
    size -= size != 0 && text->data[size - 1] == '\r';
    *line = (struct bytes){.data = text->data, .size = size};
    text->data += taken;
    text->size -= taken;
    return true;
}

struct bytes text_without_mark(struct bytes text)
{
    const bool has_mark = text.size >= 3 && memcmp(text.data, "\xef\xbb\xbf", 3) == 0;
    return has_mark ? (struct bytes){.data = text.data + 3, .size = text.size - 3} : text;
}
