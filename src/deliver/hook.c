#include "deliver/hook.h"

#include <assert.h>
#include <string.h>

#include "deliver/url.h"
#include "text/glob.h"

#define SECOND_US INT64_C(1000000)

static enum status no_memory(struct fault *fault)
{
    return fault_set(fault, STATUS_NO_MEMORY, "no memory for the settings of a hook");
}

static struct hook_settings *settings_new(struct memory_account *account)
{
    struct hook_settings *const made = memory_take_zeroed(account, 1, sizeof(*made));
    if (made != NULL) {
        atomic_init(&made->holders, 1);
        made->account = account;
        made->text.account = account;
        made->batch = 1;
        made->concurrency = 4;
        made->timeout_us = 10 * SECOND_US;
        made->max_age_us = 3 * 86400 * SECOND_US;
        made->retry_us = SECOND_US;
        made->retry_max_us = 300 * SECOND_US;
    }
    return made;
}

struct hook_settings *hook_settings_hold(struct hook_settings *settings)
{
    (void)atomic_fetch_add_explicit(&settings->holders, 1, memory_order_relaxed);
    return settings;
}

void hook_settings_release(struct hook_settings *settings)
{
    if (settings != NULL &&
        atomic_fetch_sub_explicit(&settings->holders, 1, memory_order_acq_rel) == 1) {
        buffer_free(&settings->text);
        memory_give(settings->words);
        memory_give(settings);
    }
}

static void settings_end(struct hook_settings **settings)
{
    hook_settings_release(*settings);
}

struct bytes hook_settings_word(const struct hook_settings *settings, struct hook_list list,
                                size_t index)
{
    assert(index < list.count);
    const struct hook_word word = settings->words[list.first + index];
    return (struct bytes){.data = settings->text.data + word.offset, .size = word.size};
}

static bool add_word(struct hook_settings *settings, struct bytes text)
{
    if (!memory_grow(settings->account, &settings->words, &settings->word_capacity,
                     settings->word_count + 1, sizeof(*settings->words))) {
        return false;
    }
    settings->words[settings->word_count++] =
        (struct hook_word){.offset = (uint32_t)settings->text.size, .size = (uint32_t)text.size};
    buffer_append_bytes(&settings->text, text);
    buffer_append_u8(&settings->text, 0); // libraries want C strings
    return !settings->text.failed;
}

// Reading. -------------------------------------------------------------------------------------------

enum member_kind {
    MEMBER_LIST,
    MEMBER_URL,
    MEMBER_KINDS,
    MEMBER_HEADERS,
    MEMBER_NUMBER,
    MEMBER_SKIP
};

struct member {
    const char *name;
    enum member_kind kind;
    size_t offset; // of a hook_list, unsigned or int64_t
    size_t word_size_max;
    uint32_t count_max;
    int64_t minimum, maximum;
    int64_t unit; // 0: an unsigned, otherwise microseconds in one
};

#define LIST(field, size_max, count)                                                             \
    {                                                                                            \
#field, MEMBER_LIST, offsetof(struct hook_settings, field), (size_max), (count), 0, 0, 0 \
    }
#define COUNT(field, low, high)                                                              \
    {                                                                                        \
#field, MEMBER_NUMBER, offsetof(struct hook_settings, field), 0, 0, (low), (high), 0 \
    }
#define TIME(name, field, low, high, unit)                                                      \
    {                                                                                           \
        name, MEMBER_NUMBER, offsetof(struct hook_settings, field), 0, 0, (low), (high), (unit) \
    }
#define SHOWN(name)                         \
    {                                       \
        name, MEMBER_SKIP, 0, 0, 0, 0, 0, 0 \
    }

static const struct member members[] = {
    LIST(urls, URL_SIZE_MAX, HOOK_URLS_MAX),
    {"url", MEMBER_URL, offsetof(struct hook_settings, urls), URL_SIZE_MAX, 1, 0, 0, 0},
    LIST(secrets, 128, SIGN_KEYS_MAX),
    {"headers", MEMBER_HEADERS, offsetof(struct hook_settings, headers), 1024, HOOK_HEADERS_MAX, 0,
     0, 0},
    LIST(fences, 256, 1000),
    LIST(tags, 256, 1000),
    LIST(collections, 256, 1000),
    LIST(objects, 256, 1000),
    {"kinds", MEMBER_KINDS, 0, 32, EVENT_KIND_COUNT, 0, 0, 0},
    COUNT(batch, 1, HOOK_BATCH_MAX),
    COUNT(concurrency, 1, 64),
    COUNT(max_attempts, 0, 1000000),
    TIME("timeout_ms", timeout_us, 100, 300000, 1000),
    TIME("retry_ms", retry_us, 1, 3600000, 1000),
    TIME("retry_max_ms", retry_max_us, 1, 86400000, 1000),
    TIME("max_age_s", max_age_us, 1, 2592000, SECOND_US),
    {"rate", MEMBER_NUMBER, offsetof(struct hook_settings, rate), 0, 0, 0, 1000000, -1},
    // What GET shows beside the settings may come back in a PUT.
    SHOWN("id"),
    SHOWN("state"),
    SHOWN("reason"),
    SHOWN("created"),
    SHOWN("changed"),
    SHOWN("figures"),
};

#undef LIST
#undef COUNT
#undef TIME
#undef SHOWN

static enum status wrong(struct fault *fault, const struct member *member, const char *what)
{
    return fault_set(fault, STATUS_OUT_OF_RANGE, "%s: %s", member->name, what);
}

static enum status read_kind(struct hook_settings *settings, struct bytes text,
                             const struct member *member, struct fault *fault)
{
    enum event_kind kind;
    if (!event_kind_find(text, &kind)) {
        return fault_set(fault, STATUS_OUT_OF_RANGE,
                         "%s: '%.*s' is no kind of event; there are enter, exit, inside, outside, "
                         "cross, dwell, approach, roam and more (docs/events.md)",
                         member->name, (int)(text.size < 40 ? text.size : 40),
                         (const char *)text.data);
    }
    settings->kinds |= UINT32_C(1) << (unsigned)kind;
    return STATUS_OK;
}

static enum status read_word(struct hook_settings *settings, const struct member *member,
                             struct bytes text, struct fault *fault)
{
    if (member->kind == MEMBER_KINDS) {
        return read_kind(settings, text, member, fault);
    }
    struct hook_list *const list = (struct hook_list *)(void *)((char *)settings + member->offset);
    if (list->count == member->count_max) {
        return fault_set(fault, STATUS_OUT_OF_RANGE, "%s: at most %u words", member->name,
                         member->count_max);
    }
    if (text.size == 0 || text.size > member->word_size_max ||
        memchr(text.data, '\0', text.size) != NULL) {
        return fault_set(fault, STATUS_OUT_OF_RANGE, "%s: a word has 1 to %zu bytes", member->name,
                         member->word_size_max);
    }
    if (list->count == 0) {
        list->first = (uint32_t)settings->word_count;
    }
    list->count++;
    return add_word(settings, text) ? STATUS_OK : no_memory(fault);
}

static enum status read_words(struct hook_settings *settings, const struct member *member,
                              struct json_reader *json, enum json_token first, struct fault *fault)
{
    struct bytes value;
    if (first == JSON_NULL) {
        return STATUS_OK;
    }
    if (first != JSON_ARRAY_BEGIN) {
        return wrong(fault, member, "must be a list of texts");
    }
    for (;;) {
        const enum json_token token = json_next(json, &value);
        if (token == JSON_ARRAY_END) {
            return STATUS_OK;
        }
        if (token != JSON_STRING) {
            return wrong(fault, member, "must be a list of texts");
        }
        TRY(read_word(settings, member, value, fault));
    }
}

// A field of HTTP: a token, and a value without control characters (RFC 9110, 5.5).
static bool is_field(struct bytes text, bool is_name)
{
    for (size_t i = 0; i < text.size; i++) {
        const uint8_t byte = text.data[i];
        const bool is_token = (byte >= 'a' && byte <= 'z') || (byte >= 'A' && byte <= 'Z') ||
                              (byte >= '0' && byte <= '9') ||
                              (byte != '\0' && strchr("!#$%&'*+-.^_`|~", byte) != NULL);
        if (is_name ? !is_token : (byte < ' ' && byte != '\t') || byte == 0x7f) {
            return false;
        }
    }
    return text.size != 0;
}

static enum status read_headers(struct hook_settings *settings, const struct member *member,
                                struct json_reader *json, enum json_token first,
                                struct fault *fault)
{
    struct member pair = *member;
    pair.count_max = 2 * HOOK_HEADERS_MAX;
    struct bytes value;
    if (first == JSON_NULL) {
        return STATUS_OK;
    }
    if (first != JSON_OBJECT_BEGIN) {
        return wrong(fault, member, "must be an object of names and texts");
    }
    while (json_next(json, &value) == JSON_KEY) {
        if (!is_field(value, true)) {
            return wrong(fault, member, "a name has letters, digits and - only");
        }
        TRY(read_word(settings, &pair, value, fault));
        if (json_next(json, &value) != JSON_STRING || !is_field(value, false)) {
            return wrong(fault, member, "a value is a text without control characters");
        }
        TRY(read_word(settings, &pair, value, fault));
    }
    return STATUS_OK;
}

static enum status read_number(struct hook_settings *settings, const struct member *member,
                               struct bytes text, struct fault *fault)
{
    int64_t thousandths = 0;
    void *const field = (char *)settings + member->offset;
    if (!json_number_scaled(text, 3, &thousandths) || thousandths < member->minimum * 1000 ||
        thousandths > member->maximum * 1000 || (member->unit >= 0 && thousandths % 1000 != 0)) {
        return fault_set(fault, STATUS_OUT_OF_RANGE, "%s: must be a number from %lld to %lld",
                         member->name, (long long)member->minimum, (long long)member->maximum);
    }
    if (member->unit < 0) {
        *(double *)field = (double)thousandths / 1000;
    } else if (member->unit == 0) {
        *(unsigned *)field = (unsigned)(thousandths / 1000);
    } else {
        *(int64_t *)field = thousandths / 1000 * member->unit;
    }
    return STATUS_OK;
}

static enum status read_member(struct hook_settings *settings, const struct member *member,
                               struct json_reader *json, struct fault *fault)
{
    struct bytes value;
    const enum json_token first = json_next(json, &value);
    switch (member->kind) {
    case MEMBER_LIST:
    case MEMBER_KINDS:
        return read_words(settings, member, json, first, fault);
    case MEMBER_HEADERS:
        return read_headers(settings, member, json, first, fault);
    case MEMBER_URL:
        return first == JSON_STRING ? read_word(settings, member, value, fault)
                                    : wrong(fault, member, "must be a text");
    case MEMBER_NUMBER:
        return first == JSON_NUMBER ? read_number(settings, member, value, fault)
                                    : wrong(fault, member, "must be a number");
    case MEMBER_SKIP:
        json_skip(json, first);
        return STATUS_OK;
    }
    return STATUS_OK;
}

static const struct member *find_member(struct bytes name)
{
    for (size_t i = 0; i < COUNT_OF(members); i++) {
        if (bytes_equal(name, bytes_from_text(members[i].name))) {
            return &members[i];
        }
    }
    return NULL;
}

static enum status read_members(struct hook_settings *settings, struct json_reader *json,
                                struct fault *fault)
{
    struct bytes name;
    if (json_next(json, &name) != JSON_OBJECT_BEGIN) {
        return fault_set(fault, STATUS_OUT_OF_RANGE, "a hook is a JSON object with urls");
    }
    while (json_next(json, &name) == JSON_KEY) {
        const struct member *const member = find_member(name);
        if (member == NULL) {
            return fault_set(fault, STATUS_OUT_OF_RANGE, "'%.*s' is no member of a hook",
                             (int)(name.size < 40 ? name.size : 40), (const char *)name.data);
        }
        TRY(read_member(settings, member, json, fault));
    }
    return STATUS_OK;
}

// Secrets as a GET shows them ("whsec_…abcd") come back in a PUT and mean: those there are.
static bool is_masked(struct bytes secret)
{
    static const char mask[] = "whsec_\xe2\x80\xa6";
    return secret.size >= sizeof(mask) - 1 && memcmp(secret.data, mask, sizeof(mask) - 1) == 0;
}

static enum status parse_keys(struct hook_settings *settings, struct fault *fault)
{
    for (size_t i = 0; i < settings->secrets.count; i++) {
        const struct bytes secret = hook_settings_word(settings, settings->secrets, i);
        if (is_masked(secret)) {
            settings->secrets = (struct hook_list){0};
            return STATUS_OK;
        }
        TRY(sign_key_parse(secret, &settings->keys[i], fault));
    }
    return STATUS_OK;
}

static enum status check(struct hook_settings *settings, struct fault *fault)
{
    if (settings->urls.count == 0) {
        return fault_set(fault, STATUS_OUT_OF_RANGE, "urls: name at least one URL");
    }
    for (size_t i = 0; i < settings->urls.count; i++) {
        struct url url;
        const enum status status =
            url_parse(hook_settings_word(settings, settings->urls, i), &url, fault);
        if (status != STATUS_OK) {
            return fault_prefix(fault, status, "urls");
        }
        if (url.scheme == URL_LOCAL && !settings->is_tile38) {
            return fault_set(fault, STATUS_OUT_OF_RANGE,
                             "urls: local:// is for SETHOOK; follow /v1/events instead");
        }
    }
    if (settings->retry_max_us < settings->retry_us) {
        return fault_set(fault, STATUS_OUT_OF_RANGE, "retry_max_ms: is less than retry_ms");
    }
    return parse_keys(settings, fault);
}

enum status hook_settings_read(struct bytes json, struct memory_account *account,
                               struct hook_settings **settings, struct fault *fault)
{
    struct hook_settings *made SCOPED(settings_end) = settings_new(account);
    if (made == NULL) {
        return no_memory(fault);
    }
    struct json_reader reader SCOPED(json_reader_free) = json_over(json, account);
    const enum status status = read_members(made, &reader, fault);
    struct fault broken = {0};
    if (json_status(&reader, &broken) != STATUS_OK) {
        return fault_set(fault, STATUS_OUT_OF_RANGE, "%s", broken.text);
    }
    TRY(status);
    TRY(check(made, fault));
    *settings = made;
    made = NULL;
    return STATUS_OK;
}

enum status hook_settings_tile38(struct bytes urls, struct memory_account *account,
                                 struct hook_settings **settings, struct fault *fault)
{
    struct hook_settings *made SCOPED(settings_end) = settings_new(account);
    if (made == NULL) {
        return no_memory(fault);
    }
    made->is_tile38 = true;
    made->kinds = UINT32_C(1) << EVENT_TILE38;
    struct bytes rest = urls;
    while (rest.size != 0) {
        // A comma ends a URL only before the scheme of the next: Kafka's brokers have commas too.
        size_t end = 0;
        for (; end < rest.size; end++) {
            const uint8_t *const colon =
                rest.data[end] == ',' ? memchr(rest.data + end, ':', rest.size - end) : NULL;
            const uint8_t *const comma = rest.data[end] == ','
                                             ? memchr(rest.data + end + 1, ',', rest.size - end - 1)
                                             : NULL;
            if (colon != NULL && (comma == NULL || colon < comma) &&
                rest.data + rest.size - colon > 2 && colon[1] == '/' && colon[2] == '/') {
                break;
            }
        }
        const struct bytes url = {.data = rest.data, .size = end};
        TRY(read_word(made, find_member(BYTES_OF("urls")), url, fault));
        rest.data += end + (end == rest.size ? 0 : 1);
        rest.size -= end + (end == rest.size ? 0 : 1);
    }
    TRY(check(made, fault));
    *settings = made;
    made = NULL;
    return STATUS_OK;
}

enum status hook_settings_inherit(struct hook_settings *settings,
                                  const struct hook_settings *before, struct bytes made,
                                  struct fault *fault)
{
    struct url url;
    if (settings->secrets.count != 0 || settings->is_tile38 ||
        url_parse(hook_settings_word(settings, settings->urls, 0), &url, NULL) != STATUS_OK ||
        !url_is_http(&url)) {
        return STATUS_OK;
    }
    const struct member *const member = find_member(BYTES_OF("secrets"));
    const size_t count = before == NULL ? 0 : before->secrets.count;
    for (size_t i = 0; i < count; i++) {
        TRY(read_word(settings, member, hook_settings_word(before, before->secrets, i), fault));
    }
    if (count == 0) {
        TRY(read_word(settings, member, made, fault));
    }
    return parse_keys(settings, fault);
}

// Writing. -------------------------------------------------------------------------------------------

static void write_secret(struct bytes secret, bool has_secrets, struct json_writer *json)
{
    if (has_secrets) {
        json_text(json, secret);
        return;
    }
    char masked[16] = "whsec_\xe2\x80\xa6";
    memcpy(masked + 9, secret.data + secret.size - 4, 4);
    json_text_of(json, masked);
}

static void write_list(const struct hook_settings *settings, const struct member *member,
                       bool has_secrets, struct json_writer *json)
{
    const struct hook_list list =
        *(const struct hook_list *)(const void *)((const char *)settings + member->offset);
    if (list.count == 0) {
        return;
    }
    json_key(json, bytes_from_text(member->name));
    json_begin_array(json);
    for (size_t i = 0; i < list.count; i++) {
        const struct bytes word = hook_settings_word(settings, list, i);
        if (member->offset == offsetof(struct hook_settings, secrets)) {
            write_secret(word, has_secrets, json);
        } else {
            json_text(json, word);
        }
    }
    json_end_array(json);
}

static void write_kinds(uint32_t kinds, struct json_writer *json)
{
    if (kinds == 0) {
        return;
    }
    JSON_KEY(json, "kinds");
    json_begin_array(json);
    for (unsigned kind = 0; kind < EVENT_KIND_COUNT; kind++) {
        if ((kinds >> kind & 1U) != 0) {
            json_text_of(json, event_kind_name((enum event_kind)kind));
        }
    }
    json_end_array(json);
}

static void write_headers(const struct hook_settings *settings, struct json_writer *json)
{
    if (settings->headers.count == 0) {
        return;
    }
    JSON_KEY(json, "headers");
    json_begin_object(json);
    for (size_t i = 0; i + 1 < settings->headers.count; i += 2) {
        json_key(json, hook_settings_word(settings, settings->headers, i));
        json_text(json, hook_settings_word(settings, settings->headers, i + 1));
    }
    json_end_object(json);
}

static void write_number(const struct hook_settings *settings, const struct member *member,
                         struct json_writer *json)
{
    const void *const field = (const char *)settings + member->offset;
    json_key(json, bytes_from_text(member->name));
    if (member->unit < 0) {
        json_decimal(json, *(const double *)field, 3);
    } else if (member->unit == 0) {
        json_unsigned(json, *(const unsigned *)field);
    } else {
        json_integer(json, *(const int64_t *)field / member->unit);
    }
}

void hook_settings_write(const struct hook_settings *settings, bool has_secrets,
                         struct json_writer *json)
{
    for (size_t i = 0; i < COUNT_OF(members); i++) {
        switch (members[i].kind) {
        case MEMBER_LIST:
            write_list(settings, &members[i], has_secrets, json);
            break;
        case MEMBER_KINDS:
            write_kinds(settings->kinds, json);
            break;
        case MEMBER_HEADERS:
            write_headers(settings, json);
            break;
        case MEMBER_NUMBER:
            write_number(settings, &members[i], json);
            break;
        case MEMBER_URL:
        case MEMBER_SKIP:
            break;
        }
    }
}

// Choosing. ------------------------------------------------------------------------------------------

static bool matches(const struct hook_settings *settings, struct hook_list list, struct bytes text)
{
    for (size_t i = 0; i < list.count; i++) {
        if (glob_matches(hook_settings_word(settings, list, i), text)) {
            return true;
        }
    }
    return false;
}

bool hook_settings_want(const struct hook_settings *settings, const struct event *event,
                        hook_tag *has_tag, void *context)
{
    const uint32_t bit = UINT32_C(1) << (unsigned)event->kind;
    const uint32_t usual = ~(UINT32_C(1) << EVENT_TILE38 | UINT32_C(1) << EVENT_TEST);
    if (((settings->kinds == 0 ? usual : settings->kinds) & bit) == 0 ||
        (settings->collections.count != 0 &&
         !matches(settings, settings->collections, event->collection)) ||
        (settings->objects.count != 0 && !matches(settings, settings->objects, event->object))) {
        return false;
    }
    // Fences by name or by tag: either is enough.
    if (settings->fences.count == 0 && settings->tags.count == 0) {
        return true;
    }
    if (matches(settings, settings->fences, event->fence)) {
        return true;
    }
    for (size_t i = 0; i < settings->tags.count && has_tag != NULL; i++) {
        if (has_tag(context, event->fence, hook_settings_word(settings, settings->tags, i))) {
            return true;
        }
    }
    return false;
}

enum status hook_id_check(struct bytes id, struct fault *fault)
{
    bool is_good = id.size >= 1 && id.size <= HOOK_ID_SIZE_MAX;
    for (size_t i = 0; i < id.size && is_good; i++) {
        is_good = id.data[i] > ' ' && id.data[i] < 0x7f && id.data[i] != '/';
    }
    return is_good ? STATUS_OK
                   : fault_set(fault, STATUS_OUT_OF_RANGE,
                               "id: the name of a hook has 1 to %d visible ASCII characters "
                               "without '/'",
                               HOOK_ID_SIZE_MAX);
}
