// Hook: what an operator wants delivered where, read from and written as JSON.
//
//     {"urls": ["https://example.org/events"], "secrets": ["whsec_…"], "headers": {"X-Team": "fleet"},
//      "fences": ["depot", "dock-*"], "tags": ["yard"], "collections": ["vans"], "objects": ["van*"],
//      "kinds": ["enter", "exit"], "batch": 100, "concurrency": 4, "timeout_ms": 10000, "rate": 50,
//      "max_attempts": 0, "max_age_s": 259200, "retry_ms": 1000, "retry_max_ms": 300000}
//
// A list that is not there lets everything pass; words of lists may hold * and ? and [a-z] (text/glob.h).
// Settings are immutable and shared by counting: the ledger's thread, the courier and what is under
// way each hold one.
#ifndef DELIVER_HOOK_H
#define DELIVER_HOOK_H

#include <stdatomic.h>

#include "codec/json_read.h"
#include "codec/json_write.h"
#include "deliver/sign.h"
#include "event/event.h"

enum { HOOK_URLS_MAX = 8, HOOK_HEADERS_MAX = 16, HOOK_ID_SIZE_MAX = 256, HOOK_BATCH_MAX = 1000 };

struct hook_word {
    uint32_t offset, size; // in `text`
};

struct hook_list {
    uint32_t first, count; // in `words`
};

struct hook_settings {
    atomic_uint holders;
    struct memory_account *account;
    struct buffer text;
    struct hook_word *words;
    size_t word_count, word_capacity;
    struct hook_list urls, secrets, headers; // headers: name, value, name, value …
    struct hook_list fences, tags, collections, objects;
    uint32_t kinds; // bits 1 << enum event_kind; 0: all but Tile38's and tests
    struct sign_key keys[SIGN_KEYS_MAX];
    unsigned batch, concurrency, max_attempts;
    int64_t timeout_us, max_age_us, retry_us, retry_max_us;
    double rate; // events a second; 0: no limit
    bool is_tile38;
};

// Fails: OUT_OF_RANGE, UNSUPPORTED naming the member; NO_MEMORY. One holder.
MUST_USE enum status hook_settings_read(struct bytes json, struct memory_account *account,
                                        struct hook_settings **settings, struct fault *fault);
// Of a SETHOOK: its URLs, comma-separated, and nothing else.
MUST_USE enum status hook_settings_tile38(struct bytes urls, struct memory_account *account,
                                          struct hook_settings **settings, struct fault *fault);
struct hook_settings *hook_settings_hold(struct hook_settings *settings);
void hook_settings_release(struct hook_settings *settings); // NULL is accepted

// Gives settings without secrets those of `before`, or, when that has none and the first URL is HTTP,
// `made`. Before others hold them.
MUST_USE enum status hook_settings_inherit(struct hook_settings *settings,
                                           const struct hook_settings *before, struct bytes made,
                                           struct fault *fault);

// The members, without braces. Secrets whole (to be stored, or shown to who made them) or as their
// last four letters.
void hook_settings_write(const struct hook_settings *settings, bool has_secrets,
                         struct json_writer *json);

struct bytes hook_settings_word(const struct hook_settings *settings, struct hook_list list,
                                size_t index);

typedef bool hook_tag(void *context, struct bytes fence, struct bytes tag);
// `has_tag` NULL: no fence has a tag.
bool hook_settings_want(const struct hook_settings *settings, const struct event *event,
                        hook_tag *has_tag, void *context);

// 1 to HOOK_ID_SIZE_MAX visible ASCII characters without '/'.
MUST_USE enum status hook_id_check(struct bytes id, struct fault *fault);

#endif
