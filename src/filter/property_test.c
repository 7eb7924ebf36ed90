// Random conditions, written as text, against an evaluator that walks the tree it wrote them from.
#include <math.h>

#include "filter/filter_test.h"

enum kind { NONE, TRUTH, NUMBER, TEXT };

struct result {
    enum kind kind;
    bool truth;
    double number;
    const char *text;
};

static const struct result NOTHING = {.kind = NONE};

static struct result truth(bool value)
{
    return (struct result){.kind = TRUTH, .truth = value};
}

static struct result number(double value)
{
    return isfinite(value) ? (struct result){.kind = NUMBER, .number = value} : NOTHING;
}

// The object: what the text sees as JSON and what the walker sees as it is.
static const struct {
    const char *name, *json;
    struct result value;
} FIELDS[] = {
    {"a", "3", {.kind = NUMBER, .number = 3}},
    {"b", "-1.5", {.kind = NUMBER, .number = -1.5}},
    {"c", "0", {.kind = NUMBER, .number = 0}},
    {"t", "\"abc\"", {.kind = TEXT, .text = "abc"}},
    {"u", "\"b%\"", {.kind = TEXT, .text = "b%"}},
    {"v", "\"\"", {.kind = TEXT, .text = ""}},
    {"yes", "true", {.kind = TRUTH, .truth = true}},
    {"no", "false", {.kind = TRUTH, .truth = false}},
    {"n", "null", {.kind = NONE}},
    {"missing", NULL, {.kind = NONE}},
};

struct writer {
    struct dice dice;
    char text[8192];
    size_t size;
};

static void put(struct writer *writer, const char *text)
{
    const size_t size = strlen(text);
    assert_true(writer->size + size < sizeof(writer->text));
    memcpy(writer->text + writer->size, text, size + 1);
    writer->size += size;
}

static uint64_t roll(struct writer *writer, uint64_t sides)
{
    return dice_below(&writer->dice, sides);
}

static struct result put_field(struct writer *writer)
{
    const size_t i = roll(writer, COUNT_OF(FIELDS));
    put(writer, FIELDS[i].name);
    return FIELDS[i].value;
}

static struct result put_number(struct writer *writer)
{
    static const double numbers[] = {0, 1, 2, 3, -1.5, 0.25, 100};
    const double value = numbers[roll(writer, COUNT_OF(numbers))];
    char text[32];
    (void)snprintf(text, sizeof(text), "%g", value);
    put(writer, text);
    return number(value);
}

static struct result put_text(struct writer *writer, char quote)
{
    static const char *const texts[] = {"", "abc", "b%", "B", "a_c", "%c", "it"};
    const char *const value = texts[roll(writer, COUNT_OF(texts))];
    char text[32];
    (void)snprintf(text, sizeof(text), "%c%s%c", quote, value, quote);
    put(writer, text);
    return (struct result){.kind = TEXT, .text = value};
}

// CQL2. ----------------------------------------------------------------------------------------------

static struct result put_sum(struct writer *writer, int depth)
{
    static const char *const signs[] = {" + ", " - ", " * ", " / ", " % ", " div ", " ^ "};
    const uint64_t which = depth == 0 ? roll(writer, 2) : roll(writer, 4);
    if (which == 0) {
        return put_number(writer);
    }
    if (which == 1) {
        const struct result field = put_field(writer);
        return field;
    }
    put(writer, "(");
    const struct result left = put_sum(writer, depth - 1);
    const uint64_t sign = roll(writer, COUNT_OF(signs));
    put(writer, signs[sign]);
    const struct result right = put_sum(writer, depth - 1);
    put(writer, ")");
    if (left.kind != NUMBER || right.kind != NUMBER) {
        return NOTHING;
    }
    switch (sign) {
    case 0:
        return number(left.number + right.number);
    case 1:
        return number(left.number - right.number);
    case 2:
        return number(left.number * right.number);
    case 3:
        return number(left.number / right.number);
    case 4:
        return number(fmod(left.number, right.number));
    case 5:
        return number(trunc(left.number / right.number));
    default:
        return number(pow(left.number, right.number));
    }
}

static bool order_of(struct result left, struct result right, int *order)
{
    if (left.kind != right.kind || left.kind == NONE) {
        return false;
    }
    *order = left.kind == NUMBER ? (left.number > right.number) - (left.number < right.number)
             : left.kind == TEXT ? strcmp(left.text, right.text)
                                 : left.truth - right.truth;
    return true;
}

static bool is_taken(uint64_t sign, int order)
{
    switch (sign) {
    case 0:
        return order == 0;
    case 1:
        return order != 0;
    case 2:
        return order < 0;
    case 3:
        return order <= 0;
    case 4:
        return order > 0;
    default:
        return order >= 0;
    }
}

static bool naive_like(const char *text, const char *pattern)
{
    if (*pattern == '\0') {
        return *text == '\0';
    }
    if (*pattern == '%') {
        return naive_like(text, pattern + 1) || (*text != '\0' && naive_like(text + 1, pattern));
    }
    return *text != '\0' && (*pattern == '_' || *pattern == *text) &&
           naive_like(text + 1, pattern + 1);
}

static struct result put_predicate(struct writer *writer)
{
    static const char *const signs[] = {" = ", " <> ", " < ", " <= ", " > ", " >= "};
    int order = 0;
    switch (roll(writer, 6)) {
    case 0: {
        const struct result left = put_sum(writer, 2);
        const uint64_t sign = roll(writer, COUNT_OF(signs));
        put(writer, signs[sign]);
        const struct result right = put_sum(writer, 2);
        return order_of(left, right, &order) ? truth(is_taken(sign, order)) : NOTHING;
    }
    case 1: {
        const struct result left = put_field(writer);
        const uint64_t sign = roll(writer, COUNT_OF(signs));
        put(writer, signs[sign]);
        const struct result right = put_text(writer, '\'');
        return order_of(left, right, &order) ? truth(is_taken(sign, order)) : NOTHING;
    }
    case 2: {
        const struct result value = put_field(writer);
        const bool is_not = roll(writer, 2) == 0;
        put(writer, is_not ? " IS NOT NULL" : " IS NULL");
        return truth((value.kind == NONE) != is_not);
    }
    case 3: {
        const struct result value = put_field(writer);
        const bool is_not = roll(writer, 2) == 0;
        put(writer, is_not ? " NOT IN (" : " IN (");
        bool is_in = false;
        const uint64_t count = roll(writer, 5) + 1;
        const bool has_fields = roll(writer, 2) == 0;
        for (uint64_t i = 0; i < count; i++) {
            put(writer, i > 0 ? ", " : "");
            const struct result item = has_fields             ? put_field(writer)
                                       : roll(writer, 2) == 0 ? put_number(writer)
                                                              : put_text(writer, '\'');
            is_in |= order_of(value, item, &order) && order == 0;
        }
        put(writer, ")");
        return value.kind == NONE ? NOTHING : truth(is_in != is_not);
    }
    case 4: {
        const struct result value = put_sum(writer, 1);
        put(writer, " BETWEEN ");
        const struct result low = put_sum(writer, 1);
        put(writer, " AND ");
        const struct result high = put_sum(writer, 1);
        int above = 0;
        int below = 0;
        return order_of(value, low, &above) && order_of(value, high, &below)
                   ? truth(above >= 0 && below <= 0)
                   : NOTHING;
    }
    default: {
        const struct result value = put_field(writer);
        put(writer, " LIKE ");
        const struct result pattern = put_text(writer, '\'');
        return value.kind == TEXT ? truth(naive_like(value.text, pattern.text)) : NOTHING;
    }
    }
}

static struct result put_condition(struct writer *writer, int depth)
{
    const uint64_t which = depth == 0 ? 0 : roll(writer, 5);
    if (which < 2) {
        put(writer, "(");
        const struct result value = put_predicate(writer);
        put(writer, ")");
        return value;
    }
    if (which == 2) {
        put(writer, "NOT ");
        const struct result value = put_condition(writer, depth - 1);
        return value.kind == NONE ? NOTHING : truth(!value.truth);
    }
    // A row of conditions, without parentheses of its own inside.
    const bool is_and = which == 3;
    put(writer, "(");
    struct result value = put_condition(writer, depth - 1);
    const uint64_t more = roll(writer, 3) + 1;
    for (uint64_t i = 0; i < more; i++) {
        put(writer, is_and ? " AND " : " OR ");
        const struct result next = put_condition(writer, depth - 1);
        const bool decides = (value.kind == TRUTH && value.truth != is_and) ||
                             (next.kind == TRUTH && next.truth != is_and);
        value = decides                                   ? truth(!is_and)
                : value.kind == NONE || next.kind == NONE ? NOTHING
                                                          : truth(is_and);
    }
    put(writer, ")");
    return value;
}

static struct test_object the_object(void)
{
    struct test_object object = {.fields = {{NULL, NULL}}};
    for (size_t i = 0; i < COUNT_OF(FIELDS); i++) {
        if (FIELDS[i].json != NULL) {
            object.fields[i].name = FIELDS[i].name;
            object.fields[i].json = FIELDS[i].json;
        }
    }
    return object;
}

static void test_cql2_agrees_with_a_walk_of_the_tree(void **state)
{
    (void)state;
    static struct writer writer;
    writer.dice = test_dice();
    const struct test_object object = the_object();
    const struct filter_subject subject = test_subject(&object);
    unsigned counts[3] = {0};
    for (int round = 0; round < 50000; round++) {
        writer.size = 0;
        const struct result expected = put_condition(&writer, 4);
        struct filter *filter = NULL;
        struct fault fault = {0};
        if (filter_compile(FILTER_CQL2, bytes_from_text(writer.text), &test_account, &filter,
                           &fault) != STATUS_OK) {
            // Only a constant of the wrong kind may be refused.
            if (strstr(fault.text, " is compared with ") == NULL &&
                strstr(fault.text, " wants ") == NULL) {
                print_error("%s\n  %s\n", writer.text, fault.text);
                fail();
            }
            continue;
        }
        struct filter_scratch scratch;
        const struct filter_value value = filter_value_of(filter, &subject, &scratch);
        const bool is_same = expected.kind == NONE
                                 ? value.kind == FILTER_NULL
                                 : value.kind == FILTER_BOOL && value.truth == expected.truth;
        if (!is_same || filter_matches(filter, &subject) != expected.truth) {
            print_error("%s\n", writer.text);
            fail();
        }
        counts[expected.kind == NONE ? 2 : expected.truth]++;
        filter_free(filter);
    }
    // The three answers all came often.
    assert_true(counts[0] > 5000 && counts[1] > 5000 && counts[2] > 5000);
    assert_int_equal(atomic_load(&test_account.used_size), 0);
}

// Tile38's expressions. ------------------------------------------------------------------------------

static double script_number(struct result value)
{
    double result = (double)NAN;
    switch (value.kind) {
    case NONE:
        return 0;
    case TRUTH:
        return value.truth;
    case NUMBER:
        return value.number;
    case TEXT:
        return value.text[0] != '\0' && strspn(value.text, "0123456789") == strlen(value.text)
                   ? strtod(value.text, NULL)
                   : result;
    }
    return result;
}

static bool script_truth(struct result value)
{
    switch (value.kind) {
    case NONE:
        return false;
    case TRUTH:
        return value.truth;
    case NUMBER:
        return !(fabs(value.number) <= 0);
    case TEXT:
        return value.text[0] != '\0';
    }
    return false;
}

// A name that is not there is 0.
static struct result put_script_field(struct writer *writer)
{
    const struct result value = put_field(writer);
    return value.kind == NONE ? number(0) : value;
}

static struct result raw_number(double value)
{
    return (struct result){.kind = NUMBER, .number = value};
}

static struct result script_compare(uint64_t sign, struct result left, struct result right)
{
    int order = 0;
    bool has_order = true;
    if (left.kind == TEXT && right.kind == TEXT) {
        order = strcasecmp(left.text, right.text);
    } else {
        const double one = script_number(left);
        const double other = script_number(right);
        has_order = !isunordered(one, other);
        order = (one > other) - (one < other);
    }
    return truth(has_order ? is_taken(sign, order) : sign == 1);
}

static struct result put_script(struct writer *writer, int depth)
{
    static const char *const comparisons[] = {" == ", " != ", " < ", " <= ", " > ", " >= "};
    static const char *const sums[] = {" - ", " * ", " / ", " % "};
    const uint64_t which = depth == 0 ? roll(writer, 3) : roll(writer, 8);
    if (which == 0) {
        return put_number(writer);
    }
    if (which == 1) {
        return put_text(writer, '"');
    }
    if (which == 2) {
        return put_script_field(writer);
    }
    put(writer, which == 3 ? "(!(" : "(");
    struct result left = put_script(writer, depth - 1);
    if (which == 3) {
        left = truth(!script_truth(left));
        put(writer, ")");
    } else if (which == 4) {
        const uint64_t sign = roll(writer, COUNT_OF(comparisons));
        put(writer, comparisons[sign]);
        left = script_compare(sign, left, put_script(writer, depth - 1));
    } else if (which == 5) {
        const uint64_t sign = roll(writer, COUNT_OF(sums));
        put(writer, sums[sign]);
        const double one = script_number(left);
        const double other = script_number(put_script(writer, depth - 1));
        left = raw_number(sign == 0   ? one - other
                          : sign == 1 ? one * other
                          : sign == 2 ? one / other
                                      : fmod(one, other));
    } else if (which == 6) {
        const bool is_and = roll(writer, 2) == 0;
        put(writer, is_and ? " && " : " || ");
        const struct result right = put_script(writer, depth - 1);
        left = truth(is_and ? script_truth(left) && script_truth(right)
                            : script_truth(left) || script_truth(right));
    } else {
        put(writer, " ? ");
        const struct result chosen = put_script(writer, depth - 1);
        put(writer, " : ");
        const struct result other = put_script(writer, depth - 1);
        left = script_truth(left) ? chosen : other;
    }
    put(writer, ")");
    return left;
}

static void test_expressions_agree_with_a_walk_of_the_tree(void **state)
{
    (void)state;
    static struct writer writer;
    writer.dice = test_dice();
    const struct test_object object = the_object();
    unsigned matched = 0;
    for (int round = 0; round < 50000; round++) {
        writer.size = 0;
        const bool expected = script_truth(put_script(&writer, 5));
        if (test_matches(FILTER_TILE38, writer.text, &object) != expected) {
            print_error("%s\n", writer.text);
            fail();
        }
        matched += expected;
    }
    assert_true(matched > 5000 && matched < 45000);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_cql2_agrees_with_a_walk_of_the_tree),
        cmocka_unit_test(test_expressions_agree_with_a_walk_of_the_tree),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
