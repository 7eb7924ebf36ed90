#include "source/input_lines.h"

enum status input_lines_open(const struct input *input, struct input_lines *lines,
                             struct fault *fault)
{
    uint8_t *const data = memory_take(input->options->account, 2, INPUT_LINES_SIZE_MAX);
    if (data == NULL) {
        return fault_set(fault, STATUS_NO_MEMORY, "no memory to read %s", input->path);
    }
    *lines = (struct input_lines){.input = input, .data = data};
    return STATUS_OK;
}

void input_lines_close(struct input_lines *lines)
{
    memory_give(lines->data);
    *lines = (struct input_lines){0};
}

// Moves what is unread to the front and reads more behind it.
static enum status input_lines_fill(struct input_lines *lines, struct fault *fault)
{
    const struct source_options *const options = lines->input->options;
    const size_t unread = lines->end - lines->begin;
    if (unread >= INPUT_LINES_SIZE_MAX) {
        return fault_set(fault, STATUS_CORRUPT, "%s: line %llu is longer than %d bytes",
                         lines->input->path, (unsigned long long)lines->number + 1,
                         INPUT_LINES_SIZE_MAX);
    }
    if (options->progress != NULL &&
        !options->progress(options->progress_context, "lines", lines->offset, lines->input->size)) {
        return fault_set(fault, STATUS_CANCELLED, "%s: cancelled", lines->input->path);
    }
    memmove(lines->data, lines->data + lines->begin, unread);
    lines->begin = 0;
    lines->end = unread;
    const uint64_t rest = lines->input->size - lines->offset;
    const size_t size = rest < INPUT_LINES_SIZE_MAX ? (size_t)rest : INPUT_LINES_SIZE_MAX;
    TRY(input_read_at(lines->input, lines->data + unread, size, lines->offset, fault));
    lines->offset += size;
    lines->end += size;
    return STATUS_OK;
}

enum status input_lines_next(struct input_lines *lines, struct bytes *line, struct fault *fault)
{
    for (;;) {
        const uint8_t *const begin = lines->data + lines->begin;
        const size_t unread = lines->end - lines->begin;
        const uint8_t *const end = unread == 0 ? NULL : memchr(begin, '\n', unread);
        const bool is_last = lines->offset == lines->input->size;
        if (end == NULL && !is_last) {
            TRY(input_lines_fill(lines, fault));
            continue;
        }
        if (end == NULL && unread == 0) {
            return STATUS_NOT_FOUND;
        }
        size_t size = end == NULL ? unread : (size_t)(end - begin);
        lines->begin += size + (end != NULL);
        lines->number++;
        size -= size != 0 && begin[size - 1] == '\r';
        *line = (struct bytes){.data = begin, .size = size};
        return STATUS_OK;
    }
}

size_t input_lines_columns(struct bytes line, struct bytes *columns, size_t capacity)
{
    size_t count = 0;
    for (bool is_more = true; is_more;) {
        const uint8_t *const tab = line.size == 0 ? NULL : memchr(line.data, '\t', line.size);
        const size_t size = tab == NULL ? line.size : (size_t)(tab - line.data);
        if (count < capacity) {
            columns[count] = (struct bytes){.data = line.data, .size = size};
        }
        count++;
        is_more = tab != NULL;
        line.data += size + is_more;
        line.size -= size + is_more;
    }
    return count;
}
