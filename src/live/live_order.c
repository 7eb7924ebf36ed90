#include "live/live_private.h"

int live_order_by_id(const void *live, const void *key, uint32_t item)
{
    return bytes_compare(*(const struct bytes *)key, live_entry_id(live_entry_at(live, item)));
}

int live_order_by_value(const void *live, const void *key, uint32_t item)
{
    const struct live_value_key *const wanted = key;
    const struct object *const version = live_version_at(live, item);
    struct row row;
    row_open(object_bytes(version), &row);
    const int order = bytes_compare(wanted->value, row.text);
    return order != 0
               ? order
               : bytes_compare(wanted->id, live_entry_id(live_entry_at(live, version->entry)));
}

int live_order_by_name(const void *live, const void *key, uint32_t item)
{
    const struct collection *const collection = slab_at(&((const struct live *)live)->slab, item);
    return bytes_compare(*(const struct bytes *)key, live_collection_name(collection));
}

int live_order_by_number(const void *live, const void *key, uint32_t item)
{
    const struct collection *const collection = slab_at(&((const struct live *)live)->slab, item);
    const uint32_t number = *(const uint32_t *)key;
    return (number > collection->number) - (number < collection->number);
}

int live_order_by_expiry(const void *live, const void *key, uint32_t item)
{
    const struct live_expiry_key *const wanted = key;
    struct row row;
    row_open(object_bytes(live_version_at(live, item)), &row);
    const int order = (wanted->expires_us > row.expires_us) - (wanted->expires_us < row.expires_us);
    return order != 0 ? order : (wanted->version > item) - (wanted->version < item);
}
