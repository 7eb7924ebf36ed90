// Any bytes as commands: whole, and arriving byte by byte in memory that moves; both must agree.
#include "codec/resp.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const struct resp_limits limits = {
    .line_size = 512, .bulk_size = 4096, .command_size = 8192, .argument_count = 64};

struct summary {
    size_t commands, bytes;
    enum resp_step end;
};

// Decodes a copy of the input that grows by `piece` bytes a call.
static struct summary decode(const uint8_t *data, size_t size, size_t piece)
{
    struct memory_account account = {.name = "fuzz", .limit_size = (size_t)16 << 20};
    struct buffer input = {.account = &account};
    struct resp_decoder decoder;
    resp_decoder_begin(&decoder, &limits, &account);
    struct summary summary = {.end = RESP_STEP_MORE};
    size_t begin = 0;
    for (size_t given = 0; given < size;) {
        const size_t step = size - given < piece ? size - given : piece;
        buffer_append(&input, data + given, step);
        given += step;
        for (;;) {
            struct resp_command command;
            size_t used = 0;
            summary.end =
                resp_decode(&decoder, input.data + begin, input.size - begin, &command, &used);
            if (summary.end == RESP_STEP_COMMAND) {
                summary.commands++;
                for (size_t i = 0; i < command.argument_count; i++) {
                    summary.bytes += command.arguments[i].size;
                }
            } else if (summary.end != RESP_STEP_EMPTY) {
                break;
            }
            if (used == 0 || used > input.size - begin) {
                __builtin_trap();
            }
            begin += used;
        }
        if (summary.end != RESP_STEP_MORE) {
            break;
        }
    }
    resp_decoder_end(&decoder);
    buffer_free(&input);
    return summary;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const struct summary whole = decode(data, size, size + 1);
    const struct summary pieces = decode(data, size, 1);
    if (whole.commands != pieces.commands || whole.bytes != pieces.bytes ||
        whole.end != pieces.end) {
        __builtin_trap();
    }
    return 0;
}
