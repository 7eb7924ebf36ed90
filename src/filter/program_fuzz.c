// Any bytes as bytecode: refused by the verifier, or run to the end without harm.
#include "filter/program.h"

#include "filter/filter_fuzz.h"
#include "filter/regex.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct instruction code[4096];
    static struct regex_room room;
    struct reader reader = {.rest = {.data = data, .size = size}};
    uint32_t count = 0;
    for (; count < 4096 && reader.rest.size >= 5; count++) {
        code[count].operation = reader_u8(&reader);
        code[count].count = reader_u8(&reader);
        code[count].argument = reader_u8(&reader) | (uint32_t)reader_u8(&reader) << 8;
        code[count].count |= (uint16_t)(reader_u8(&reader) << 8);
    }
    if (regex_compile(BYTES_OF("(a|b)*x+[0-9]"), &room, NULL) != STATUS_OK) {
        return 0;
    }
    struct buffer box = {.account = &fuzz_account};
    shape_add_box(&box, (struct geo_box){.west_e7 = 1, .south_e7 = 1, .east_e7 = 9, .north_e7 = 9});
    const struct shape shape = {.bytes = buffer_bytes(&box)};
    const struct value constants[] = {
        {.kind = VALUE_NULL},
        value_bool(true),
        value_number(3),
        value_text(BYTES_OF("a")),
        value_text(BYTES_OF("b.c%")),
        {.kind = VALUE_TIME, .time_us = 5},
        {.kind = VALUE_SHAPE, .shape = shape},
        {.kind = VALUE_JSON, .text = BYTES_OF("[1,\"a\",{\"b\":2}]")},
        {.kind = VALUE_UNDEFINED},
        {.kind = VALUE_INTERVAL, .from_us = 1, .until_us = 9},
        {.kind = VALUE_REGEX, .regex = &room.regex},
        value_text(BYTES_OF("g")),
        value_text(BYTES_OF("c")),
    };
    const struct program program = {.code = code,
                                    .code_count = count,
                                    .constants = constants,
                                    .constant_count = sizeof(constants) / sizeof(constants[0])};
    if (program_verify(&program, NULL) == STATUS_OK) {
        const struct filter_subject subject = {.get = fuzz_get, .context = &shape, .now_us = 1};
        struct filter_scratch scratch;
        scratch.used = 0;
        (void)program_run(&program, &subject, &scratch);
    }
    buffer_free(&box);
    return 0;
}
