// One block's objects, told apart by their tags, into the results of a slot.
#include <stdlib.h>

#include "source/osm_private.h"
#include "source/text_clean.h"

#define MISSING_LNG_E7 INT32_MIN

static enum status no_memory(struct fault *fault)
{
    return fault_set(fault, STATUS_NO_MEMORY, "no memory for the objects of a block");
}

static struct osm_key_info key_info(struct osm_slot *slot, uint32_t key)
{
    if (!slot->key_is_known[key]) {
        slot->key_infos[key] = osm_key_classify(slot->block.strings[key]);
        slot->key_is_known[key] = 1;
    }
    return slot->key_infos[key];
}

// Gathers the tags that matter into slot->tags.
static enum status tags_gather(struct osm_slot *slot, struct pbf_cursor *cursor,
                               struct pbf_object *object, struct fault *fault)
{
    slot->tag_count = 0;
    for (uint32_t key, value; pbf_tag_next(cursor, object, &key, &value);) {
        const struct osm_key_info info = key_info(slot, key);
        if (info.key == OSM_KEY_NONE) {
            continue;
        }
        if (!memory_grow(slot->decoder.account, &slot->tags, &slot->tag_capacity,
                         slot->tag_count + 1, sizeof(*slot->tags))) {
            return no_memory(fault);
        }
        slot->tags[slot->tag_count++] = (struct osm_tag){
            .info = info,
            .key = info.category_rank != 0 || info.is_fact ? slot->block.strings[key]
                                                           : (struct bytes){0},
            .value = slot->block.strings[value]};
    }
    return STATUS_OK;
}

static void text_encode(struct buffer *out, struct bytes text)
{
    buffer_append_varint(out, text.size);
    buffer_append_bytes(out, text);
}

// The payload lies in the slot's pool. A payload must fit a sorter's record, so long text is left out.
static struct bytes end_encode(struct osm_slot *slot, const struct feature_address *address)
{
    uint32_t number;
    char letter;
    if (!osm_leading_number(address->number, &number, &letter) ||
        address->street.size + address->postcode.size + address->city.size > 512) {
        return (struct bytes){0};
    }
    struct buffer encoded = {.account = slot->decoder.account};
    buffer_append_u32(&encoded, number);
    buffer_append_u8(&encoded, (uint8_t)letter);
    text_encode(&encoded, address->street);
    text_encode(&encoded, address->postcode);
    text_encode(&encoded, address->city);
    uint8_t *const kept = pool_take(&slot->pool, encoded.size, 1);
    struct bytes payload = {0};
    if (kept != NULL && buffer_status(&encoded) == STATUS_OK) {
        memcpy(kept, encoded.data, encoded.size);
        payload = (struct bytes){.data = kept, .size = encoded.size};
    }
    buffer_free(&encoded);
    return payload;
}

void osm_end_decode(struct bytes payload, struct feature_end *end)
{
    struct reader reader = {.rest = payload};
    end->number = reader_u32(&reader);
    end->letter = (char)reader_u8(&reader);
    end->street = reader_take(&reader, (size_t)reader_varint(&reader));
    end->postcode = reader_take(&reader, (size_t)reader_varint(&reader));
    end->city = reader_take(&reader, (size_t)reader_varint(&reader));
}

static int by_house(const void *left, const void *right)
{
    const struct osm_house *const a = left;
    const struct osm_house *const b = right;
    if (a->kind != b->kind) {
        return (a->kind > b->kind) - (a->kind < b->kind);
    }
    return (a->id > b->id) - (a->id < b->id);
}

// The street that a relation names for a house without one; empty when none does.
static struct bytes street_of(const struct osm_reader *reader, enum pbf_object_kind kind,
                              int64_t id)
{
    if (reader->house_count == 0) {
        return (struct bytes){0};
    }
    const struct osm_house wanted = {.id = id, .kind = kind};
    const struct osm_house *const house =
        bsearch(&wanted, reader->houses, reader->house_count, sizeof(wanted), by_house);
    if (house == NULL) {
        return (struct bytes){0};
    }
    struct reader text = {.rest = {.data = reader->street_names.data + house->street,
                                   .size = reader->street_names.size - house->street}};
    return reader_take(&text, reader_u32(&text));
}

// Adds addr:street from a relation to the tags of a house that has none.
static enum status street_add(const struct osm_reader *reader, struct osm_slot *slot,
                              const struct pbf_object *object, struct fault *fault)
{
    const struct bytes street = street_of(reader, object->kind, object->id);
    if (street.size == 0 || osm_tag_value(slot->tags, slot->tag_count, OSM_KEY_STREET).size != 0) {
        return STATUS_OK;
    }
    if (!memory_grow(slot->decoder.account, &slot->tags, &slot->tag_capacity, slot->tag_count + 1,
                     sizeof(*slot->tags))) {
        return no_memory(fault);
    }
    slot->tags[slot->tag_count++] =
        (struct osm_tag){.info = {.key = OSM_KEY_STREET}, .value = street};
    return STATUS_OK;
}

static enum status node_tell(const struct osm_reader *reader, struct osm_slot *slot,
                             const struct pbf_object *object, size_t index, struct fault *fault)
{
    static const struct osm_shape shape = {.type = 'n'};
    if (osm_tags_roles(slot->tags, slot->tag_count, shape) == 0) {
        return STATUS_OK;
    }
    TRY(street_add(reader, slot, object, fault));
    if (!memory_grow(slot->decoder.account, &slot->nodes, &slot->told_capacity,
                     slot->told_count + 1, sizeof(*slot->nodes))) {
        return no_memory(fault);
    }
    struct osm_node *const node = &slot->nodes[slot->told_count++];
    *node = (struct osm_node){.index = index};
    struct feature *const feature = &node->feature;
    feature->id = osm_id(reader, 'n', object->id);
    feature->point = (struct geo_point){.lng_e7 = object->lng_e7, .lat_e7 = object->lat_e7};
    feature->box = (struct geo_box){.west_e7 = object->lng_e7,
                                    .south_e7 = object->lat_e7,
                                    .east_e7 = object->lng_e7,
                                    .north_e7 = object->lat_e7};
    TRY(osm_feature_fill(slot->tags, slot->tag_count, shape, &slot->pool, feature, fault));
    if (feature->address.number.size != 0) {
        node->payload = end_encode(slot, &feature->address);
    }
    return STATUS_OK;
}

static enum status node_decode(const struct osm_reader *reader, struct osm_slot *slot,
                               struct pbf_cursor *cursor, struct pbf_object *object,
                               struct fault *fault)
{
    if (slot->node_count == slot->id_capacity || slot->node_count == slot->point_capacity) {
        if (!memory_grow(slot->decoder.account, &slot->ids, &slot->id_capacity,
                         slot->node_count + 8192, sizeof(*slot->ids)) ||
            !memory_grow(slot->decoder.account, &slot->points, &slot->point_capacity,
                         slot->node_count + 8192, sizeof(*slot->points))) {
            return no_memory(fault);
        }
    }
    slot->ids[slot->node_count] = object->id;
    slot->points[slot->node_count] = (struct geo_point){
        .lng_e7 = object->has_point ? object->lng_e7 : MISSING_LNG_E7, .lat_e7 = object->lat_e7};
    const size_t index = slot->node_count++;
    if (object->has_point) {
        TRY(tags_gather(slot, cursor, object, fault));
        if (slot->tag_count != 0) {
            return node_tell(reader, slot, object, index, fault);
        }
    }
    return STATUS_OK;
}

enum status osm_decode_nodes(const struct osm_reader *reader, struct osm_slot *slot,
                             struct fault *fault)
{
    slot->node_count = slot->told_count = 0;
    struct pbf_cursor cursor = pbf_cursor_over(&slot->block);
    for (struct pbf_object object; pbf_cursor_next(&cursor, &object);) {
        if (object.kind == PBF_NODE) {
            TRY(node_decode(reader, slot, &cursor, &object, fault));
        }
    }
    return pbf_cursor_status(&cursor, fault);
}

static uint64_t zigzag(int64_t value)
{
    return (uint64_t)value << 1 ^ (uint64_t)(value >> 63);
}

// Is the way one of a relation's? Ways mostly ascend, so the search begins where the last one ended.
static bool is_member(const struct osm_reader *reader, int64_t way, size_t *cursor)
{
    size_t low = 0;
    size_t high = reader->member_count;
    if (*cursor < high && reader->members[*cursor].way <= way) {
        low = *cursor;
        for (size_t reach = 1; low + reach < high; reach *= 2) {
            if (reader->members[low + reach].way > way) {
                high = low + reach;
            }
        }
    }
    while (low < high) {
        const size_t middle = low + (high - low) / 2;
        if (reader->members[middle].way < way) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    *cursor = low;
    return low < reader->member_count && reader->members[low].way == way;
}

static enum status wish_add(struct osm_slot *slot, int64_t node, bool is_marked,
                            struct fault *fault)
{
    if (slot->wish_count == slot->wish_capacity || slot->wish_count == slot->mark_capacity) {
        if (!memory_grow(slot->decoder.account, &slot->wishes, &slot->wish_capacity,
                         slot->wish_count + 1024, sizeof(*slot->wishes)) ||
            !memory_grow(slot->decoder.account, &slot->wish_is_marked, &slot->mark_capacity,
                         slot->wish_count + 1024, sizeof(*slot->wish_is_marked))) {
            return no_memory(fault);
        }
    }
    slot->wishes[slot->wish_count] = node;
    slot->wish_is_marked[slot->wish_count++] = is_marked;
    return STATUS_OK;
}

// Appends the references, delta coded, to `out`, and the wishes for them. The last of a closed way
// is no wish: it is the first again.
static enum status references_encode(struct osm_slot *slot, struct pbf_cursor *cursor,
                                     struct pbf_object *way, bool is_marked, bool *is_closed,
                                     size_t *count, struct buffer *out, struct fault *fault)
{
    const size_t first = slot->wish_count;
    int64_t last = 0;
    for (int64_t node; pbf_reference_next(cursor, way, &node); last = node) {
        buffer_append_varint(out, zigzag((int64_t)((uint64_t)node - (uint64_t)last)));
        TRY(wish_add(slot, node, is_marked, fault));
    }
    *count = slot->wish_count - first;
    *is_closed = *count >= 4 && slot->wishes[first] == last;
    slot->wish_count -= *is_closed;
    return STATUS_OK;
}

static bool is_closed_way(struct pbf_cursor *cursor, struct pbf_object way)
{
    int64_t first = 0;
    int64_t node = 0;
    size_t count = 0;
    while (pbf_reference_next(cursor, &way, &node)) {
        first = count++ == 0 ? node : first;
    }
    return count >= 4 && first == node;
}

static enum status way_decode(const struct osm_reader *reader, struct osm_slot *slot,
                              struct pbf_cursor *cursor, struct pbf_object *way,
                              size_t *member_cursor, struct fault *fault)
{
    TRY(tags_gather(slot, cursor, way, fault));
    const bool is_of_relation = is_member(reader, way->id, member_cursor);
    if (slot->tag_count == 0 && !is_of_relation) {
        return STATUS_OK;
    }
    const struct osm_shape shape = {.type = 'w', .is_closed = is_closed_way(cursor, *way)};
    const unsigned roles = osm_tags_roles(slot->tags, slot->tag_count, shape);
    if (roles == 0 && !is_of_relation) {
        return STATUS_OK;
    }
    if ((roles & FEATURE_ADDRESS) != 0) {
        TRY(street_add(reader, slot, way, fault));
    }
    const bool is_marked = (roles & FEATURE_INTERPOLATION) != 0;
    bool is_closed = false;
    size_t count = 0;
    struct buffer references = {.account = slot->decoder.account};
    const enum status status =
        references_encode(slot, cursor, way, is_marked, &is_closed, &count, &references, fault);
    struct buffer *const out = &slot->records;
    const size_t begin = out->size;
    buffer_append_u32(out, 0); // its size, known at the end
    buffer_append_u64(out, (uint64_t)way->id);
    buffer_append_u8(
        out,
        (uint8_t)((is_closed ? OSM_RECORD_CLOSED : 0) | (is_of_relation ? OSM_RECORD_MEMBER : 0) |
                  (roles != 0 ? OSM_RECORD_TELLS : 0) | (is_marked ? OSM_RECORD_MARKED : 0)));
    buffer_append_varint(out, count);
    buffer_append_bytes(out, buffer_bytes(&references));
    buffer_free(&references);
    osm_tags_encode(slot->tags, roles != 0 ? slot->tag_count : 0, out);
    if (status != STATUS_OK || buffer_status(out) != STATUS_OK) {
        return status != STATUS_OK ? status : no_memory(fault);
    }
    const uint32_t size = (uint32_t)(out->size - begin - 4);
    memcpy(out->data + begin, &size, sizeof(size));
    slot->record_count++;
    return STATUS_OK;
}

enum status osm_decode_ways(const struct osm_reader *reader, struct osm_slot *slot,
                            struct fault *fault)
{
    buffer_clear(&slot->records);
    slot->record_count = slot->wish_count = 0;
    slot->records.account = slot->decoder.account;
    size_t member_cursor = 0;
    struct pbf_cursor cursor = pbf_cursor_over(&slot->block);
    for (struct pbf_object object; pbf_cursor_next(&cursor, &object);) {
        if (object.kind == PBF_WAY) {
            TRY(way_decode(reader, slot, &cursor, &object, &member_cursor, fault));
        }
    }
    return pbf_cursor_status(&cursor, fault);
}

static bool text_is(struct bytes bytes, const char *text)
{
    return bytes_equal(bytes, bytes_from_text(text));
}

struct relation_members {
    size_t position;
    int64_t label; // role label, else admin_centre
    bool has_label, has_centre;
};

static enum status member_add(struct osm_slot *slot, const struct pbf_member *member,
                              struct relation_members *members, struct fault *fault)
{
    if (member->kind == PBF_NODE) {
        const bool is_label = text_is(member->role, "label");
        const bool is_centre =
            text_is(member->role, "admin_centre") || text_is(member->role, "admin_center");
        if ((is_label && !members->has_label) ||
            (is_centre && !members->has_label && !members->has_centre)) {
            members->label = member->id;
            members->has_label = is_label;
            members->has_centre = is_centre || members->has_centre;
        }
        return STATUS_OK;
    }
    if (member->kind != PBF_WAY) {
        return STATUS_OK;
    }
    if (!memory_grow(slot->decoder.account, &slot->members, &slot->member_capacity,
                     slot->member_count + 1, sizeof(*slot->members))) {
        return no_memory(fault);
    }
    slot->members[slot->member_count++] =
        (struct osm_member){.way = member->id,
                            .relation = (uint32_t)slot->record_count,
                            .position = (uint32_t)members->position++ & 0x7fffffff,
                            .is_inner = text_is(member->role, "inner")};
    return STATUS_OK;
}

// Houses of a relation that gathers a street.
static enum status houses_gather(struct osm_slot *slot, struct pbf_cursor *cursor,
                                 struct pbf_object *relation, struct fault *fault)
{
    const struct bytes name =
        text_clean(osm_tag_value(slot->tags, slot->tag_count, OSM_KEY_NAME), &slot->pool);
    if (name.size == 0) {
        return STATUS_OK;
    }
    slot->street_names.account = slot->decoder.account;
    const uint32_t street = (uint32_t)slot->street_names.size;
    buffer_append_u32(&slot->street_names, (uint32_t)name.size);
    buffer_append_bytes(&slot->street_names, name);
    for (struct pbf_member member; pbf_member_next(cursor, relation, &member);) {
        if (!text_is(member.role, "house") && !text_is(member.role, "address")) {
            continue;
        }
        if (!memory_grow(slot->decoder.account, &slot->houses, &slot->house_capacity,
                         slot->house_count + 1, sizeof(*slot->houses))) {
            return no_memory(fault);
        }
        slot->houses[slot->house_count++] =
            (struct osm_house){.id = member.id, .kind = member.kind, .street = street};
    }
    return buffer_status(&slot->street_names) == STATUS_OK ? STATUS_OK : no_memory(fault);
}

static enum status relation_decode(struct osm_slot *slot, struct pbf_cursor *cursor,
                                   struct pbf_object *relation, struct fault *fault)
{
    TRY(tags_gather(slot, cursor, relation, fault));
    const struct bytes type = osm_tag_value(slot->tags, slot->tag_count, OSM_KEY_TYPE);
    if (text_is(type, "associatedStreet") || text_is(type, "street")) {
        return houses_gather(slot, cursor, relation, fault);
    }
    const bool is_area = text_is(type, "multipolygon") || text_is(type, "boundary");
    const struct osm_shape shape = {.type = 'r', .is_closed = is_area};
    if (osm_tags_roles(slot->tags, slot->tag_count, shape) == 0) {
        return STATUS_OK;
    }
    struct relation_members members = {0};
    for (struct pbf_member member; pbf_member_next(cursor, relation, &member);) {
        TRY(member_add(slot, &member, &members, fault));
    }
    const bool has_label = members.has_label || members.has_centre;
    struct buffer *const out = &slot->records;
    const size_t begin = out->size;
    buffer_append_u32(out, 0);
    buffer_append_u64(out, (uint64_t)relation->id);
    buffer_append_u8(
        out, (uint8_t)((is_area ? OSM_RECORD_AREA : 0) | (has_label ? OSM_RECORD_LABEL : 0)));
    buffer_append_u64(out, (uint64_t)members.label);
    osm_tags_encode(slot->tags, slot->tag_count, out);
    if (buffer_status(out) != STATUS_OK) {
        return no_memory(fault);
    }
    const uint32_t size = (uint32_t)(out->size - begin - 4);
    memcpy(out->data + begin, &size, sizeof(size));
    slot->record_count++;
    return STATUS_OK;
}

enum status osm_decode_relations(const struct osm_reader *reader, struct osm_slot *slot,
                                 struct fault *fault)
{
    (void)reader;
    buffer_clear(&slot->records);
    buffer_clear(&slot->street_names);
    slot->records.account = slot->decoder.account;
    slot->record_count = slot->member_count = slot->house_count = 0;
    struct pbf_cursor cursor = pbf_cursor_over(&slot->block);
    for (struct pbf_object object; pbf_cursor_next(&cursor, &object);) {
        if (object.kind == PBF_RELATION) {
            TRY(relation_decode(slot, &cursor, &object, fault));
        }
    }
    return pbf_cursor_status(&cursor, fault);
}
