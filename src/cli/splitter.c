#include "cli/splitter.h"

static bool is_blank(uint8_t c)
{
    return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

// Is what was taken so far `… "features" :`?
static bool follows_features(const struct buffer *taken)
{
    static const char key[] = "\"features\"";
    size_t end = taken->size;
    while (end > 0 && is_blank(taken->data[end - 1])) {
        end--;
    }
    if (end == 0 || taken->data[--end] != ':') {
        return false;
    }
    while (end > 0 && is_blank(taken->data[end - 1])) {
        end--;
    }
    return end >= sizeof(key) - 1 &&
           memcmp(taken->data + end - (sizeof(key) - 1), key, sizeof(key) - 1) == 0;
}

static void open_bracket(struct splitter *splitter, uint8_t c)
{
    if (c == '[' && splitter->depth == 0) {
        splitter->item_depth = 1;
    } else if (c == '[' && splitter->depth == 1 && splitter->is_taking &&
               splitter->item_depth == 0 && follows_features(&splitter->object)) {
        splitter->is_taking = false;
        splitter->has_features = true;
        splitter->item_depth = 2;
        buffer_clear(&splitter->object);
    } else if (c == '{' && splitter->depth == splitter->item_depth && !splitter->is_taking) {
        splitter->is_taking = true;
    }
    splitter->depth++;
}

// True when an object has become whole.
static bool close_bracket(struct splitter *splitter)
{
    splitter->depth--;
    if (splitter->is_taking && splitter->depth == splitter->item_depth) {
        splitter->is_taking = false;
        return true;
    }
    if (splitter->depth < splitter->item_depth) {
        // Behind the features no object of the collection itself is one.
        splitter->item_depth = splitter->depth == 0 ? 0 : splitter->has_features ? UINT32_MAX : 0;
        splitter->has_features = splitter->depth != 0 && splitter->has_features;
    }
    if (splitter->depth == 0) {
        splitter->item_depth = 0;
        splitter->has_features = false;
    }
    return false;
}

static enum status give(struct splitter *splitter, struct fault *fault)
{
    TRY(splitter->each(splitter->context, buffer_bytes(&splitter->object), fault));
    buffer_clear(&splitter->object);
    return STATUS_OK;
}

static void step_in_text(struct splitter *splitter, uint8_t c)
{
    splitter->is_in_text = splitter->is_escaped || c != '"';
    splitter->is_escaped = !splitter->is_escaped && c == '\\';
}

enum status splitter_feed(struct splitter *splitter, struct bytes piece, struct fault *fault)
{
    for (size_t i = 0; i < piece.size; i++) {
        const uint8_t c = piece.data[i];
        const bool is_open = !splitter->is_in_text && (c == '{' || c == '[');
        const bool is_close = !splitter->is_in_text && (c == '}' || c == ']');
        if (is_open) {
            open_bracket(splitter, c);
        }
        if (splitter->is_taking) {
            buffer_append_u8(&splitter->object, c);
        }
        if (splitter->is_in_text) {
            step_in_text(splitter, c);
        } else if (c == '"') {
            splitter->is_in_text = true;
        } else if (is_close && splitter->depth == 0) {
            return fault_set(fault, STATUS_CORRUPT, "a bracket is closed that was not opened");
        } else if (is_close && close_bracket(splitter)) {
            TRY(give(splitter, fault));
        }
        if (splitter->object.size > SPLITTER_OBJECT_SIZE) {
            return fault_set(fault, STATUS_OUT_OF_RANGE, "an object is longer than 64 MB");
        }
    }
    return buffer_status(&splitter->object);
}

enum status splitter_end(const struct splitter *splitter, struct fault *fault)
{
    return splitter->depth == 0 && !splitter->is_in_text
               ? STATUS_OK
               : fault_set(fault, STATUS_CORRUPT, "the text ends inside of something");
}

void splitter_free(struct splitter *splitter)
{
    buffer_free(&splitter->object);
}
