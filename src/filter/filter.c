#include "filter/filter.h"

#include "filter/machine.h"
#include "filter/node.h"

struct filter {
    struct program program;
    enum filter_language language;
    struct bytes text;
    struct node_pool kept; // the filter itself lies in it
};

static void working_free(struct compilation *compilation)
{
    node_pool_free(&compilation->working);
}

static enum status compile(enum filter_language language, struct filter *filter,
                           struct memory_account *account, struct fault *fault)
{
    struct compilation compilation SCOPED(working_free) = {
        .language = language,
        .text = filter->text,
        .account = account,
        .working = {.account = account},
        .kept = &filter->kept,
        .fault = fault,
    };
    const struct node *const node =
        language == FILTER_CQL2 ? cql_parse(&compilation) : expression_parse(&compilation);
    if (compilation.status == STATUS_OK) {
        node_emit(&compilation, node, &filter->program);
    }
    return compilation.status;
}

enum status filter_compile(enum filter_language language, struct bytes text,
                           struct memory_account *account, struct filter **filter,
                           struct fault *fault)
{
    if (text.size > FILTER_TEXT_SIZE) {
        return fault_set(fault, STATUS_OUT_OF_RANGE, "a filter of %zu bytes: at most %d", text.size,
                         FILTER_TEXT_SIZE);
    }
    struct node_pool kept = {.account = account};
    struct filter *const made = node_pool_take(&kept, sizeof(*made));
    uint8_t *const copy = made == NULL ? NULL : node_pool_take(&kept, text.size + 1);
    if (copy == NULL) {
        node_pool_free(&kept);
        return fault_set(fault, STATUS_NO_MEMORY, "no memory for a filter of %zu bytes", text.size);
    }
    if (text.size > 0) {
        memcpy(copy, text.data, text.size);
    }
    *made = (struct filter){
        .language = language, .text = {.data = copy, .size = text.size}, .kept = kept};
    const enum status status = compile(language, made, account, fault);
    if (status == STATUS_OK) {
        *filter = made;
    } else {
        filter_free(made);
    }
    return status;
}

void filter_free(struct filter *filter)
{
    if (filter != NULL) {
        struct node_pool kept = filter->kept;
        node_pool_free(&kept);
    }
}

bool filter_matches(const struct filter *filter, const struct filter_subject *subject)
{
    struct filter_scratch scratch UNINITIALIZED;
    scratch.used = 0;
    const struct value value = program_run(&filter->program, subject, &scratch);
    return filter->language == FILTER_CQL2 ? value.kind == VALUE_BOOL && value.truth
                                           : machine_truth(&value);
}

// What others see of a value of the machine.
static struct filter_value shown(const struct value *value)
{
    struct filter_value result = {.kind = FILTER_NULL};
    switch (value->kind) {
    case VALUE_BOOL:
        result = (struct filter_value){.kind = FILTER_BOOL, .truth = value->truth};
        break;
    case VALUE_NUMBER:
        result = (struct filter_value){.kind = FILTER_NUMBER, .number = value->number};
        break;
    case VALUE_TEXT:
        result = (struct filter_value){.kind = FILTER_TEXT, .text = value->text};
        break;
    case VALUE_TIME:
        result = (struct filter_value){.kind = FILTER_TIME, .time_us = value->time_us};
        break;
    case VALUE_SHAPE:
        result = (struct filter_value){.kind = FILTER_SHAPE, .shape = value->shape};
        break;
    case VALUE_JSON:
        result = (struct filter_value){.kind = FILTER_JSON, .text = value->text};
        break;
    case VALUE_NULL:
    case VALUE_UNDEFINED:
    case VALUE_INTERVAL:
    case VALUE_THIS:
    case VALUE_REGEX:
        break;
    }
    return result;
}

struct filter_value filter_value_of(const struct filter *filter,
                                    const struct filter_subject *subject,
                                    struct filter_scratch *scratch)
{
    scratch->used = 0;
    const struct value value = program_run(&filter->program, subject, scratch);
    return shown(&value);
}

struct filter_value filter_value_of_json(struct bytes json, struct filter_scratch *scratch)
{
    const struct value value = value_of_json(json, scratch);
    return shown(&value);
}

struct bytes filter_text(const struct filter *filter)
{
    return filter->text;
}
