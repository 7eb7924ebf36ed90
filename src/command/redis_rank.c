// Z…: sorted sets by score.
#include <math.h>
#include <stdio.h>

#include "command/redis_private.h"

bool redis_add_member(const struct redis_call *call, struct redis_adding *adding, struct bytes key,
                      struct bytes name, double score)
{
    double before = 0;
    const bool is_there = redis_set_score(adding->set, name, &before);
    if (is_there ? (adding->flags & REDIS_ADD_NX) != 0 : (adding->flags & REDIS_ADD_XX) != 0) {
        return true;
    }
    if (is_there && (((adding->flags & REDIS_ADD_GT) != 0 && score <= before) ||
                     ((adding->flags & REDIS_ADD_LT) != 0 && score >= before))) {
        return true;
    }
    const bool is_same = is_there && score <= before && score >= before;
    if (!is_same && !redis_set_put(call, key, name, score)) {
        return false;
    }
    if (adding->set == NULL && !redis_set_find(call, key, &adding->set)) { // it is there now
        return false;
    }
    adding->added += !is_there;
    adding->changed += is_there && !is_same;
    return true;
}

// --- ZADD ---

struct zadd {
    struct redis_adding adding;
    bool increments;
    size_t at; // of the first score
};

static bool take_zadd_options(const struct redis_call *call, struct zadd *zadd)
{
    unsigned *const flags = &zadd->adding.flags;
    for (zadd->at = 2; zadd->at < call->argument_count; zadd->at++) {
        const struct bytes option = call->arguments[zadd->at];
        if (redis_is(option, "nx")) {
            *flags |= REDIS_ADD_NX;
        } else if (redis_is(option, "xx")) {
            *flags |= REDIS_ADD_XX;
        } else if (redis_is(option, "ch")) {
            *flags |= REDIS_ADD_CH;
        } else if (redis_is(option, "gt")) {
            *flags |= REDIS_ADD_GT;
        } else if (redis_is(option, "lt")) {
            *flags |= REDIS_ADD_LT;
        } else if (redis_is(option, "incr")) {
            zadd->increments = true;
        } else {
            break;
        }
    }
    const size_t rest = call->argument_count - zadd->at;
    const bool is_nx = (*flags & REDIS_ADD_NX) != 0;
    const bool is_gt = (*flags & REDIS_ADD_GT) != 0;
    const bool is_lt = (*flags & REDIS_ADD_LT) != 0;
    const char *const refusal =
        rest == 0 || rest % 2 != 0 ? REDIS_SYNTAX
        : is_nx && (*flags & REDIS_ADD_XX) != 0
            ? "ERR XX and NX options at the same time are not compatible"
        : (is_gt && is_nx) || (is_lt && is_nx) || (is_gt && is_lt)
            ? "ERR GT, LT, and/or NX options at the same time are not compatible"
        : zadd->increments && rest > 2 ? "ERR INCR option supports a single increment-element pair"
                                       : NULL;
    if (refusal != NULL) {
        redis_error(call, refusal);
    }
    return refusal == NULL;
}

static void increment(const struct redis_call *call, struct redis_adding *adding, double by,
                      struct bytes name)
{
    double score = 0;
    const bool was_there = redis_set_score(adding->set, name, &score);
    score += by;
    if (isnan(score)) {
        redis_error(call, "ERR resulting score is not a number (NaN)");
        return;
    }
    if (!redis_add_member(call, adding, call->arguments[1], name, score)) {
        return;
    }
    if (adding->added + adding->changed == 0 && (!was_there || fabs(by) > 0)) {
        resp_write_null(call->out, call->client->version); // NX, XX, GT or LT kept it
        return;
    }
    redis_double(call, score);
}

void redis_zadd(const struct redis_call *call)
{
    struct zadd zadd = {0};
    double score;
    if (!take_zadd_options(call, &zadd)) {
        return;
    }
    for (size_t i = zadd.at; i < call->argument_count; i += 2) {
        if (!redis_number(call->arguments[i], &score)) {
            redis_error(call, REDIS_NO_FLOAT);
            return;
        }
    }
    if (!redis_set_find(call, call->arguments[1], &zadd.adding.set)) {
        return;
    }
    for (size_t i = zadd.at; i < call->argument_count; i += 2) {
        if (!redis_number(call->arguments[i], &score)) {
            return;
        }
        if (zadd.increments) {
            increment(call, &zadd.adding, score, call->arguments[i + 1]);
            return;
        }
        if (!redis_add_member(call, &zadd.adding, call->arguments[1], call->arguments[i + 1],
                              score)) {
            return;
        }
    }
    resp_write_integer(call->out,
                       zadd.adding.added +
                           ((zadd.adding.flags & REDIS_ADD_CH) != 0 ? zadd.adding.changed : 0));
}

void redis_zincrby(const struct redis_call *call)
{
    struct redis_adding adding = {0};
    double by;
    if (!redis_number(call->arguments[2], &by)) {
        redis_error(call, REDIS_NO_FLOAT);
    } else if (redis_set_find(call, call->arguments[1], &adding.set)) {
        increment(call, &adding, by, call->arguments[3]);
    }
}

void redis_zrem(const struct redis_call *call)
{
    const struct collection *set;
    int64_t removed = 0;
    for (size_t i = 2; i < call->argument_count; i++) {
        if (!redis_set_find(call, call->arguments[1], &set)) {
            return;
        }
        if (set != NULL && collection_find(set, call->arguments[i]) != NULL) {
            redis_set_remove(call, call->arguments[1], call->arguments[i]);
            removed++;
        }
    }
    resp_write_integer(call->out, removed);
}

void redis_zcard(const struct redis_call *call)
{
    const struct collection *set;
    if (redis_set_find(call, call->arguments[1], &set)) {
        resp_write_integer(call->out, set == NULL ? 0 : (int64_t)collection_counts(set).objects);
    }
}

void redis_zscore(const struct redis_call *call)
{
    const struct collection *set;
    double score;
    if (!redis_set_find(call, call->arguments[1], &set)) {
        return;
    }
    if (redis_set_score(set, call->arguments[2], &score)) {
        redis_double(call, score);
    } else {
        resp_write_null(call->out, call->client->version);
    }
}

void redis_zmscore(const struct redis_call *call)
{
    const struct collection *set;
    double score;
    if (!redis_set_find(call, call->arguments[1], &set)) {
        return;
    }
    resp_write_array(call->out, call->argument_count - 2);
    for (size_t i = 2; i < call->argument_count; i++) {
        if (redis_set_score(set, call->arguments[i], &score)) {
            redis_double(call, score);
        } else {
            resp_write_null(call->out, call->client->version);
        }
    }
}

// --- Ranges ---

struct span {
    double low, high;
    bool is_low_out, is_high_out;
};

static bool take_bound(struct bytes argument, double *bound, bool *is_out)
{
    *is_out = argument.size > 0 && argument.data[0] == '(';
    return redis_number(
        (struct bytes){.data = argument.data + *is_out, .size = argument.size - *is_out}, bound);
}

static bool take_span(const struct redis_call *call, size_t low, size_t high, struct span *span)
{
    if (take_bound(call->arguments[low], &span->low, &span->is_low_out) &&
        take_bound(call->arguments[high], &span->high, &span->is_high_out)) {
        return true;
    }
    redis_error(call, "ERR min or max is not a float");
    return false;
}

static bool span_holds(const struct span *span, double score)
{
    return (span->is_low_out ? score > span->low : score >= span->low) &&
           (span->is_high_out ? score < span->high : score <= span->high);
}

struct ranging {
    bool by_score, is_reversed, with_scores;
    int64_t offset, limit; // limit below 0: all
    bool has_limit;
};

static void write_range(const struct redis_call *call, const struct ranging *ranging,
                        const struct redis_member *members, size_t count)
{
    const bool is_nested = call->client->version == RESP_3 && ranging->with_scores;
    resp_write_array(call->out, ranging->with_scores && !is_nested ? 2 * count : count);
    for (size_t i = 0; i < count; i++) {
        const struct redis_member *const member =
            &members[ranging->is_reversed ? count - 1 - i : i];
        if (is_nested) {
            resp_write_array(call->out, 2);
        }
        resp_write_bulk(call->out, member->name);
        if (ranging->with_scores) {
            redis_double(call, member->score);
        }
    }
}

// From, and how many, of `count` that are in the range; in the order of the answer.
static void limited(const struct ranging *ranging, size_t count, size_t *from, size_t *kept)
{
    const bool is_beyond = ranging->offset < 0 || (uint64_t)ranging->offset >= count;
    *kept = is_beyond ? 0 : count - (size_t)ranging->offset;
    if (ranging->limit >= 0 && *kept > (uint64_t)ranging->limit) {
        *kept = (size_t)ranging->limit;
    }
    *from = is_beyond              ? 0
            : ranging->is_reversed ? count - (size_t)ranging->offset - *kept
                                   : (size_t)ranging->offset;
}

static void answer_scores(const struct redis_call *call, const struct ranging *ranging)
{
    struct span span;
    const struct collection *set;
    if (!take_span(call, ranging->is_reversed ? 3 : 2, ranging->is_reversed ? 2 : 3, &span) ||
        !redis_set_find(call, call->arguments[1], &set)) {
        return;
    }
    struct buffer all = {.account = call->world->account};
    redis_set_members(set, &all);
    void *const data = all.data;
    struct redis_member *const members = data;
    size_t count = 0;
    for (size_t i = 0; i < all.size / sizeof(*members); i++) {
        if (span_holds(&span, members[i].score)) {
            members[count++] = members[i];
        }
    }
    size_t from;
    size_t kept;
    limited(ranging, count, &from, &kept);
    if (all.failed) {
        redis_error(call, "OOM no memory for the answer");
    } else {
        write_range(call, ranging, members + from, kept);
    }
    buffer_free(&all);
}

static void answer_ranks(const struct redis_call *call, const struct ranging *ranging)
{
    int64_t from;
    int64_t last;
    const struct collection *set;
    if (!redis_integer(call->arguments[2], &from) || !redis_integer(call->arguments[3], &last)) {
        redis_error(call, REDIS_NO_INTEGER);
        return;
    }
    if (!redis_set_find(call, call->arguments[1], &set)) {
        return;
    }
    struct buffer all = {.account = call->world->account};
    redis_set_members(set, &all);
    const void *const data = all.data;
    const struct redis_member *const members = data;
    const int64_t count = (int64_t)(all.size / sizeof(*members));
    from = from < 0 ? from + count : from;
    from = from < 0 ? 0 : from;
    last = last < 0 ? last + count : last;
    last = last >= count ? count - 1 : last;
    const size_t kept = from > last ? 0 : (size_t)(last - from + 1);
    const size_t begin = kept == 0              ? 0
                         : ranging->is_reversed ? (size_t)(count - 1 - last)
                                                : (size_t)from;
    if (all.failed) {
        redis_error(call, "OOM no memory for the answer");
    } else {
        write_range(call, ranging, members + begin, kept);
    }
    buffer_free(&all);
}

static void run_range(const struct redis_call *call, struct ranging ranging, bool is_zrange)
{
    ranging.limit = -1;
    for (size_t i = 4; i < call->argument_count; i++) {
        const struct bytes option = call->arguments[i];
        if (redis_is(option, "withscores")) {
            ranging.with_scores = true;
        } else if (redis_is(option, "limit") && i + 2 < call->argument_count) {
            if (!redis_integer(call->arguments[i + 1], &ranging.offset) ||
                !redis_integer(call->arguments[i + 2], &ranging.limit)) {
                redis_error(call, REDIS_NO_INTEGER);
                return;
            }
            ranging.has_limit = true;
            i += 2;
        } else if (is_zrange && redis_is(option, "byscore")) {
            ranging.by_score = true;
        } else if (is_zrange && redis_is(option, "rev")) {
            ranging.is_reversed = true;
        } else {
            redis_error(call, REDIS_SYNTAX);
            return;
        }
    }
    if (ranging.has_limit && !ranging.by_score) {
        redis_error(call, "ERR syntax error, LIMIT is only supported in combination with either "
                          "BYSCORE or BYLEX");
        return;
    }
    if (ranging.by_score) {
        answer_scores(call, &ranging);
    } else {
        answer_ranks(call, &ranging);
    }
}

void redis_zrange(const struct redis_call *call)
{
    run_range(call, (struct ranging){0}, true);
}

void redis_zrevrange(const struct redis_call *call)
{
    run_range(call, (struct ranging){.is_reversed = true}, false);
}

void redis_zrangebyscore(const struct redis_call *call)
{
    run_range(call, (struct ranging){.by_score = true}, false);
}

void redis_zcount(const struct redis_call *call)
{
    struct span span;
    const struct collection *set;
    if (!take_span(call, 2, 3, &span) || !redis_set_find(call, call->arguments[1], &set)) {
        return;
    }
    struct buffer all = {.account = call->world->account};
    redis_set_members(set, &all);
    const void *const data = all.data;
    const struct redis_member *const members = data;
    int64_t count = 0;
    for (size_t i = 0; i < all.size / sizeof(*members); i++) {
        count += span_holds(&span, members[i].score);
    }
    resp_write_integer(call->out, count);
    buffer_free(&all);
}

void redis_zrank(const struct redis_call *call)
{
    const struct collection *set;
    if (!redis_set_find(call, call->arguments[1], &set)) {
        return;
    }
    struct buffer all = {.account = call->world->account};
    redis_set_members(set, &all);
    const void *const data = all.data;
    const struct redis_member *const members = data;
    const size_t count = all.size / sizeof(*members);
    size_t at = 0;
    while (at < count && !bytes_equal(members[at].name, call->arguments[2])) {
        at++;
    }
    if (at < count) {
        resp_write_integer(call->out, (int64_t)at);
    } else {
        resp_write_null(call->out, call->client->version);
    }
    buffer_free(&all);
}
