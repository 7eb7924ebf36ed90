#include "base/option.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

// Reads digits into `value`; false when there are none or they do not fit.
static bool take_digits(const char **text, uint64_t *value)
{
    const char *at = *text;
    uint64_t sum = 0;
    while (is_digit(*at)) {
        if (__builtin_mul_overflow(sum, 10U, &sum) ||
            __builtin_add_overflow(sum, (uint64_t)(*at - '0'), &sum)) {
            return false;
        }
        at++;
    }
    const bool is_number = at != *text;
    *text = at;
    *value = sum;
    return is_number;
}

struct unit {
    const char *name;
    uint64_t factor;
};

static const struct unit size_units[] = {
    {"", 1},
    {"B", 1},
    {"K", UINT64_C(1) << 10},
    {"M", UINT64_C(1) << 20},
    {"G", UINT64_C(1) << 30},
    {"T", UINT64_C(1) << 40},
};

static const struct unit duration_units[] = {
    {"us", 1}, {"ms", 1000}, {"s", 1000000}, {"m", 60000000}, {"h", UINT64_C(3600000000)},
};

// A number with up to three decimals and a unit: "1.5G", "250ms".
static bool parse_quantity(const char *text, const struct unit *units, size_t count,
                           uint64_t *quantity)
{
    uint64_t whole = 0;
    uint64_t thousandths = 0;
    if (!take_digits(&text, &whole)) {
        return false;
    }
    if (*text == '.') {
        text++;
        for (unsigned place = 100; place > 0 && is_digit(*text); place /= 10) {
            thousandths += (uint64_t)(*text++ - '0') * place;
        }
    }
    for (size_t i = 0; i < count; i++) {
        if (strcmp(text, units[i].name) == 0) {
            if (__builtin_mul_overflow(whole, units[i].factor, quantity)) {
                return false;
            }
            const uint64_t part =
                units[i].factor / 1000 * thousandths + units[i].factor % 1000 * thousandths / 1000;
            return !__builtin_add_overflow(*quantity, part, quantity) && *quantity <= INT64_MAX;
        }
    }
    return false;
}

static enum status set_switch(const char *text, bool *field, const char *where, struct fault *fault)
{
    static const char *const truths[] = {"true", "1", "yes", "on"};
    static const char *const lies[] = {"false", "0", "no", "off"};
    for (size_t i = 0; i < COUNT_OF(truths); i++) {
        if (strcmp(text, truths[i]) == 0 || strcmp(text, lies[i]) == 0) {
            *field = strcmp(text, truths[i]) == 0;
            return STATUS_OK;
        }
    }
    return fault_set(fault, STATUS_OUT_OF_RANGE, "%s: '%s' is neither true nor false", where, text);
}

static enum status set_count(const struct option *option, const char *text, unsigned *field,
                             const char *where, struct fault *fault)
{
    const unsigned maximum = option->maximum == 0 ? UINT32_MAX : option->maximum;
    const char *rest = text;
    uint64_t value = 0;
    if (!take_digits(&rest, &value) || *rest != '\0') {
        return fault_set(fault, STATUS_OUT_OF_RANGE, "%s: '%s' is not a whole number", where, text);
    }
    if (value < option->minimum || value > maximum) {
        return fault_set(fault, STATUS_OUT_OF_RANGE, "%s: %s is not within %u and %u", where, text,
                         option->minimum, maximum);
    }
    *field = (unsigned)value;
    return STATUS_OK;
}

static enum status add_item(const char *text, struct option_list *list, const char *where,
                            struct fault *fault)
{
    const bool is_flag = where[0] == '-';
    if (!is_flag || !list->is_of_flags) {
        list->count = 0;
    }
    list->is_of_flags = is_flag;
    if (list->count == OPTION_LIST_MAX) {
        return fault_set(fault, STATUS_OUT_OF_RANGE, "%s: may be given at most %d times", where,
                         OPTION_LIST_MAX);
    }
    list->items[list->count++] = text;
    return STATUS_OK;
}

enum status option_set(const struct option *option, const char *text, void *settings,
                       const char *where, struct fault *fault)
{
    void *const field = (char *)settings + option->offset;
    uint64_t quantity = 0;
    switch (option->kind) {
    case OPTION_SWITCH:
        return set_switch(text, field, where, fault);
    case OPTION_TEXT:
        *(const char **)field = text;
        return STATUS_OK;
    case OPTION_COUNT:
        return set_count(option, text, field, where, fault);
    case OPTION_SIZE:
        if (!parse_quantity(text, size_units, COUNT_OF(size_units), &quantity)) {
            return fault_set(fault, STATUS_OUT_OF_RANGE, "%s: '%s' is not a size like 512M or 1.5G",
                             where, text);
        }
        *(size_t *)field = quantity;
        return STATUS_OK;
    case OPTION_DURATION:
        if (!parse_quantity(text, duration_units, COUNT_OF(duration_units), &quantity)) {
            return fault_set(fault, STATUS_OUT_OF_RANGE,
                             "%s: '%s' is not a duration like 250ms, 5s or 2m", where, text);
        }
        *(int64_t *)field = (int64_t)quantity;
        return STATUS_OK;
    case OPTION_LIST:
        return add_item(text, field, where, fault);
    }
    assert(false); // a kind of option without a reader
    return STATUS_UNSUPPORTED;
}

void option_defaults(struct option_table table, void *settings)
{
    for (size_t i = 0; i < table.count; i++) {
        const struct option *const option = &table.rows[i];
        if (option->fallback != NULL) {
            const enum status status =
                option_set(option, option->fallback, settings, option->name, NULL);
            assert(status == STATUS_OK);
            status_ignore(status, "asserted");
        }
    }
}

const struct option *option_find(struct option_table table, struct bytes name)
{
    for (size_t i = 0; i < table.count; i++) {
        if (bytes_equal(bytes_from_text(table.rows[i].name), name)) {
            return &table.rows[i];
        }
    }
    return NULL;
}

void option_variable(const struct option *option, char text[OPTION_VARIABLE_SIZE])
{
    (void)snprintf(text, OPTION_VARIABLE_SIZE, "RHUMB_%s", option->name);
    for (char *c = text; *c != '\0'; c++) {
        if (*c >= 'a' && *c <= 'z') {
            *c = (char)(*c - 'a' + 'A');
        } else if (*c == '-') {
            *c = '_';
        }
    }
}

enum status option_environment(struct option_table table, void *settings,
                               char *(*variable)(const char *name), struct fault *fault)
{
    for (size_t i = 0; i < table.count; i++) {
        char name[OPTION_VARIABLE_SIZE];
        option_variable(&table.rows[i], name);
        const char *const text = variable(name);
        if (text != NULL) {
            TRY(option_set(&table.rows[i], text, settings, name, fault));
        }
    }
    return STATUS_OK;
}

static const struct option *option_of_letter(struct option_table table, char letter)
{
    for (size_t i = 0; i < table.count; i++) {
        if (table.rows[i].letter == letter) {
            return &table.rows[i];
        }
    }
    return NULL;
}

static bool is_operand(const char *word)
{
    return word[0] != '-' || word[1] == '\0' || is_digit(word[1]) ||
           (word[1] == '.' && is_digit(word[2]));
}

// The name that shares the longest beginning with `name`; "" when none shares two letters.
static const char *nearest_name(struct option_table table, struct bytes name)
{
    const char *nearest = "";
    size_t longest = 1;
    for (size_t i = 0; i < table.count; i++) {
        const char *const known = table.rows[i].name;
        size_t shared = 0;
        while (shared < name.size && known[shared] != '\0' &&
               (uint8_t)known[shared] == name.data[shared]) {
            shared++;
        }
        if (shared > longest) {
            longest = shared;
            nearest = known;
        }
    }
    return nearest;
}

static enum status unknown_flag(struct option_table table, const char *word, struct bytes name,
                                struct fault *fault)
{
    const char *const nearest = nearest_name(table, name);
    if (nearest[0] == '\0') {
        return fault_set(fault, STATUS_OUT_OF_RANGE, "there is no option %s", word);
    }
    return fault_set(fault, STATUS_OUT_OF_RANGE, "there is no option %s; did you mean --%s?", word,
                     nearest);
}

// Reads the flag at argv[*i] and, when it needs one, its value.
static enum status take_flag(struct option_table table, void *settings, int argc,
                             const char *const *argv, int *i, struct fault *fault)
{
    const char *const word = argv[*i];
    const bool is_long = word[1] == '-';
    const char *value = NULL;
    const struct option *option = NULL;
    struct bytes name = {0};
    if (is_long) {
        value = strchr(word, '=');
        name =
            (struct bytes){.data = (const uint8_t *)word + 2,
                           .size = value == NULL ? strlen(word + 2) : (size_t)(value - word) - 2};
        value = value == NULL ? NULL : value + 1;
        option = option_find(table, name);
        if (option == NULL && name.size > 3 && memcmp(name.data, "no-", 3) == 0 && value == NULL) {
            option = option_find(table, (struct bytes){name.data + 3, name.size - 3});
            if (option != NULL && option->kind == OPTION_SWITCH) {
                return option_set(option, "false", settings, word, fault);
            }
            option = NULL;
        }
    } else {
        option = option_of_letter(table, word[1]);
        value = word[2] == '\0' ? NULL : word + 2;
    }
    if (option == NULL) {
        return unknown_flag(table, word, name, fault);
    }
    if (value == NULL && option->kind == OPTION_SWITCH) {
        value = "true";
    }
    if (value == NULL && ++*i < argc) {
        value = argv[*i];
    }
    if (value == NULL) {
        return fault_set(fault, STATUS_OUT_OF_RANGE, "%s needs a value: %s %s", word, word,
                         option->value);
    }
    char where[OPTION_VARIABLE_SIZE];
    (void)snprintf(where, sizeof(where), "--%s", option->name);
    return option_set(option, value, settings, where, fault);
}

enum status option_arguments(struct option_table table, void *settings, int argc,
                             const char *const *argv, struct option_operands *operands,
                             struct fault *fault)
{
    bool has_ended = false;
    operands->count = 0;
    operands->wants_help = false;
    for (int i = 0; i < argc; i++) {
        if (has_ended || is_operand(argv[i])) {
            operands->words[operands->count++] = argv[i];
        } else if (strcmp(argv[i], "--") == 0) {
            has_ended = true;
        } else if (strcmp(argv[i], "--help") == 0 || strcmp(argv[i], "-h") == 0) {
            operands->wants_help = true;
        } else {
            TRY(take_flag(table, settings, argc, argv, &i, fault));
        }
    }
    return STATUS_OK;
}
