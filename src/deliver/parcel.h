// Parcel: some events of one hook on their way to one URL, and what became of them.
//
// The courier makes it and sends it to a carrier (to_….h), which sends it back with the outcome. Each
// owns it in turn; nothing in it is shared while it is under way but the hook's settings, which
// never change.
#ifndef DELIVER_PARCEL_H
#define DELIVER_PARCEL_H

#include "base/buffer.h"
#include "deliver/backlog.h"
#include "deliver/hook.h"
#include "deliver/url.h"
#include "event/event.h"
#include "shard/mailbox.h"

enum parcel_result {
    PARCEL_DELIVERED, // every item
    PARCEL_FAILED,    // those items that are not marked
    PARCEL_GONE,      // the receiver wants nothing more, ever (410)
};

struct parcel_item {
    struct delivery delivery;
    char id[EVENT_ID_SIZE + 1];
    uint32_t body_offset, body_size;     // in `body`
    uint32_t object_offset, object_size; // in `names`: the key of a Kafka message
    bool is_there;                       // its event was found
    bool is_done;                        // accepted; of carriers that send item by item
};

struct parcel {
    struct message message;
    struct mailbox *home; // the courier's
    void (*returned)(struct message *message);

    struct outlet *outlet;
    struct hook_settings *settings; // held
    size_t url_index;               // of settings->urls: the one being tried
    struct url url;
    bool is_batch; // one body, a JSON array, of all items
    struct buffer body, names;
    struct parcel_item *items;
    size_t count;

    enum parcel_result result;
    unsigned http_status;   // 0: none
    int64_t retry_after_us; // 0: not said
    char reason[200];       // of a failure

    void *carrier; // the carrier's, while it has it
};

static inline struct bytes parcel_body(const struct parcel *parcel, const struct parcel_item *item)
{
    return (struct bytes){.data = parcel->body.data + item->body_offset, .size = item->body_size};
}

// For carriers: writes the outcome and sends the parcel home.
void parcel_return(struct parcel *parcel, enum parcel_result result);
PRINTF_LIKE(2, 3)
void parcel_fail(struct parcel *parcel, const char *format, ...);

// The id of the whole: of its event, or of all events of a batch.
enum { PARCEL_ID_SIZE = 32 };
void parcel_id(const struct parcel *parcel, char id[PARCEL_ID_SIZE + 1]);

#endif
