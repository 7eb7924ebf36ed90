#include "fence/fence_private.h"

struct subject_key {
    uint32_t collection;
    struct bytes id;
};

static bool subject_is(const void *thing, const void *key)
{
    const struct subject *const subject = thing;
    const struct subject_key *const wanted = key;
    return subject->collection == wanted->collection &&
           bytes_equal(subject_id(subject), wanted->id);
}

struct subject *subject_find(const struct fences *fences, uint32_t collection, struct bytes id)
{
    const struct subject_key key = {.collection = collection, .id = id};
    return chart_find(&fences->subjects, chart_hash(collection, id), subject_is, &key);
}

struct subject *subject_take(struct fences *fences, uint32_t collection, struct bytes id)
{
    struct subject *subject = subject_find(fences, collection, id);
    if (subject != NULL) {
        return subject;
    }
    subject = memory_take(fences->account, 1, sizeof *subject + id.size);
    if (subject == NULL) {
        return NULL;
    }
    *subject = (struct subject){
        .hash = chart_hash(collection, id), .collection = collection, .id_size = (uint32_t)id.size};
    memcpy(subject->id, id.data, id.size);
    if (chart_put(&fences->subjects, subject->hash, subject) != STATUS_OK) {
        memory_give(subject);
        return NULL;
    }
    return subject;
}

void subject_give(struct fences *fences, struct subject *subject)
{
    if (subject->members == NULL && subject->window == NULL) {
        chart_remove(&fences->subjects, subject->hash, subject);
        memory_give(subject);
    }
}

struct member *member_find(const struct subject *subject, const struct zone *zone)
{
    struct member *member = subject->members;
    while (member != NULL && member->zone != zone) {
        member = member->next;
    }
    return member;
}

struct member *member_take(struct fences *fences, struct subject *subject, struct zone *zone)
{
    struct member *const member = memory_take_zeroed(fences->account, 1, sizeof *member);
    if (member == NULL) {
        return NULL;
    }
    *member = (struct member){.subject = subject,
                              .zone = zone,
                              .next = subject->members,
                              .zone_next = zone->members,
                              .deadline = {.kind = DEADLINE_MEMBER},
                              .state = member_new()};
    if (zone->members != NULL) {
        zone->members->zone_last = member;
    }
    zone->members = member;
    subject->members = member;
    fences->member_count++;
    return member;
}

void member_free(struct fences *fences, struct member *member)
{
    struct member **link = &member->subject->members;
    while (*link != member) {
        link = &(*link)->next;
    }
    *link = member->next;
    if (member->zone_last == NULL) {
        member->zone->members = member->zone_next;
    } else {
        member->zone_last->zone_next = member->zone_next;
    }
    if (member->zone_next != NULL) {
        member->zone_next->zone_last = member->zone_last;
    }
    if (member->zone->member == member) {
        member->zone->member = NULL;
    }
    status_ignore(deadline_set(&fences->deadlines, &member->deadline, INT64_MAX),
                  "taking away needs no memory");
    fences->member_count--;
    memory_give(member);
}
