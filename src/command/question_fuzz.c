// Whatever arrives as a question: it is refused with a sentence, or its arguments lie in the JSON or in
// the question's own memory, each name once.
#include "command/question.h"

#include <assert.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct memory_account account = {.name = "fuzz"};

static bool lies_in(struct bytes part, struct bytes whole)
{
    return part.size == 0 ||
           (part.data >= whole.data && part.data + part.size <= whole.data + whole.size);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const struct bytes json = {.data = data, .size = size};
    struct question question = {.texts = {.account = &account}};
    struct command_failure failure = {0};
    struct bytes given = {0};
    if (question_read(&question, json, BYTES_OF("op"), &given, &failure) != STATUS_OK) {
        assert(failure.status == 400 && failure.message[0] != '\0');
    } else {
        for (size_t i = 0; i < question.count; i++) {
            const struct argument *const argument = &question.arguments[i];
            const struct bytes texts = buffer_bytes(&question.texts);
            assert(lies_in(argument->name, texts) || bytes_equal(argument->name, BYTES_OF("q")));
            assert(lies_in(argument->value, texts) || lies_in(argument->value, json));
            for (size_t k = 0; k < i; k++) {
                assert(!bytes_equal(question.arguments[k].name, argument->name));
            }
        }
    }
    question_free(&question);
    assert(account.used_size == 0);
    return 0;
}
