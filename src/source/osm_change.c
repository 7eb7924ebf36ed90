#include "source/osm_change.h"

#include <expat.h>
#include <stdlib.h>

#include "base/date.h"
#include "codec/json_read.h"
#include "codec/unpack.h"
#include "geo/point.h"

enum { PIECE_SIZE = 64 << 10, LIST_MAX = 1 << 20 };

enum change_action { ACTION_NONE, ACTION_CREATE, ACTION_MODIFY, ACTION_DELETE };

struct change_reader {
    struct osm_changes *changes;
    XML_Parser parser;
    const char *name;
    struct fault *fault;
    enum status status;
    unsigned depth;
    enum change_action action;
    bool is_inside; // of an object
    struct osm_change object;
    // Lists of the object being read, kept from object to object.
    struct pbf_write_tag *tags;
    int64_t *nodes;
    struct pbf_write_member *members;
    size_t tag_capacity, node_capacity, member_capacity;
};

int osm_object_compare(enum pbf_object_kind left_kind, int64_t left_id,
                       enum pbf_object_kind right_kind, int64_t right_id)
{
    const uint64_t left = left_id < 0 ? ~(uint64_t)left_id : UINT64_C(1) << 63 | (uint64_t)left_id;
    const uint64_t right =
        right_id < 0 ? ~(uint64_t)right_id : UINT64_C(1) << 63 | (uint64_t)right_id;
    if (left_kind != right_kind) {
        return left_kind < right_kind ? -1 : 1;
    }
    return (left > right) - (left < right);
}

static void stop(struct change_reader *reader, enum status status, const char *what,
                 const char *which)
{
    if (reader->status == STATUS_OK) {
        reader->status =
            fault_set(reader->fault, status, "%s: line %lu: %s%s", reader->name,
                      (unsigned long)XML_GetCurrentLineNumber(reader->parser), what, which);
        (void)XML_StopParser(reader->parser, XML_FALSE);
    }
}

static void no_memory(struct change_reader *reader)
{
    stop(reader, STATUS_NO_MEMORY, "no memory for so many changes", "");
}

static struct bytes kept(struct change_reader *reader, const char *text)
{
    const size_t size = strlen(text);
    uint8_t *const copy = pool_take(&reader->changes->pool, size + 1, 1);
    if (copy == NULL) {
        no_memory(reader);
        return (struct bytes){0};
    }
    memcpy(copy, text, size + 1);
    return (struct bytes){.data = copy, .size = size};
}

static const char *attribute(const char *const *attributes, const char *name)
{
    for (size_t i = 0; attributes[i] != NULL; i += 2) {
        if (strcmp(attributes[i], name) == 0) {
            return attributes[i + 1];
        }
    }
    return NULL;
}

static bool number_of(const char *text, int64_t *number)
{
    return text != NULL && json_number_scaled(bytes_from_text(text), 0, number);
}

static bool angle_of(const char *text, int64_t limit_e7, int32_t *angle_e7)
{
    int64_t scaled = 0;
    if (text == NULL || !json_number_scaled(bytes_from_text(text), 7, &scaled) ||
        scaled < -limit_e7 || scaled > limit_e7) {
        return false;
    }
    *angle_e7 = (int32_t)scaled;
    return true;
}

static bool kind_of(const char *text, enum pbf_object_kind *kind)
{
    static const char *const kinds[] = {"node", "way", "relation"};
    for (size_t i = 0; i < COUNT_OF(kinds); i++) {
        if (text != NULL && strcmp(text, kinds[i]) == 0) {
            *kind = (enum pbf_object_kind)i;
            return true;
        }
    }
    return false;
}

static void times_note(struct osm_changes *changes, const char *text)
{
    int64_t time_us = 0;
    if (text == NULL || !date_parse_rfc3339(bytes_from_text(text), &time_us)) {
        return;
    }
    const int64_t time_s = time_us / 1000000;
    if (changes->first_time_s == 0 || time_s < changes->first_time_s) {
        changes->first_time_s = time_s;
    }
    changes->last_time_s = time_s > changes->last_time_s ? time_s : changes->last_time_s;
}

static void object_begin(struct change_reader *reader, enum pbf_object_kind kind,
                         const char *const *attributes)
{
    int64_t version = 0;
    reader->is_inside = true;
    reader->object =
        (struct osm_change){.kind = kind, .is_deleted = reader->action == ACTION_DELETE};
    struct osm_change *const object = &reader->object;
    if (!number_of(attribute(attributes, "id"), &object->id) || object->id < 0) {
        stop(reader, STATUS_CORRUPT, "an object without an id above zero", "");
        return;
    }
    if (number_of(attribute(attributes, "version"), &version) && version > 0) {
        object->version = (uint64_t)version;
    }
    if (kind == PBF_NODE && !object->is_deleted &&
        (!angle_of(attribute(attributes, "lon"), GEO_LNG_MAX, &object->lng_e7) ||
         !angle_of(attribute(attributes, "lat"), GEO_LAT_MAX, &object->lat_e7))) {
        stop(reader, STATUS_CORRUPT, "a node whose lat and lon are not degrees", "");
        return;
    }
    times_note(reader->changes, attribute(attributes, "timestamp"));
}

static bool list_grow(struct change_reader *reader, void *items, size_t *capacity, size_t count,
                      size_t size)
{
    if (count >= LIST_MAX) {
        stop(reader, STATUS_CORRUPT, "an object with more than a million parts", "");
        return false;
    }
    if (!memory_grow(reader->changes->pool.account, items, capacity, count + 1, size)) {
        no_memory(reader);
        return false;
    }
    return true;
}

static void tag_add(struct change_reader *reader, const char *const *attributes)
{
    const char *const key = attribute(attributes, "k");
    const char *const value = attribute(attributes, "v");
    struct osm_change *const object = &reader->object;
    if (key == NULL || value == NULL) {
        stop(reader, STATUS_CORRUPT, "a tag without k and v", "");
    } else if (list_grow(reader, &reader->tags, &reader->tag_capacity, object->tag_count,
                         sizeof(*reader->tags))) {
        reader->tags[object->tag_count++] =
            (struct pbf_write_tag){.key = kept(reader, key), .value = kept(reader, value)};
    }
}

static void node_add(struct change_reader *reader, const char *const *attributes)
{
    int64_t node = 0;
    struct osm_change *const object = &reader->object;
    if (!number_of(attribute(attributes, "ref"), &node)) {
        stop(reader, STATUS_CORRUPT, "a node of a way without ref", "");
    } else if (list_grow(reader, &reader->nodes, &reader->node_capacity, object->node_count,
                         sizeof(*reader->nodes))) {
        reader->nodes[object->node_count++] = node;
    }
}

static void member_add(struct change_reader *reader, const char *const *attributes)
{
    struct pbf_write_member member = {.id = 0};
    const char *const role = attribute(attributes, "role");
    struct osm_change *const object = &reader->object;
    if (!number_of(attribute(attributes, "ref"), &member.id) ||
        !kind_of(attribute(attributes, "type"), &member.kind)) {
        stop(reader, STATUS_CORRUPT, "a member of a relation without type and ref", "");
    } else if (list_grow(reader, &reader->members, &reader->member_capacity, object->member_count,
                         sizeof(*reader->members))) {
        member.role = kept(reader, role == NULL ? "" : role);
        reader->members[object->member_count++] = member;
    }
}

static void part_begin(struct change_reader *reader, const char *element,
                       const char *const *attributes)
{
    if (strcmp(element, "tag") == 0) {
        tag_add(reader, attributes);
    } else if (strcmp(element, "nd") == 0 && reader->object.kind == PBF_WAY) {
        node_add(reader, attributes);
    } else if (strcmp(element, "member") == 0 && reader->object.kind == PBF_RELATION) {
        member_add(reader, attributes);
    }
}

static void action_begin(struct change_reader *reader, const char *element)
{
    reader->action = strcmp(element, "create") == 0   ? ACTION_CREATE
                     : strcmp(element, "modify") == 0 ? ACTION_MODIFY
                     : strcmp(element, "delete") == 0 ? ACTION_DELETE
                                                      : ACTION_NONE;
}

static void XMLCALL element_begin(void *context, const char *element, const char **attributes)
{
    struct change_reader *const reader = context;
    const char *const *const named = (const char *const *)attributes;
    enum pbf_object_kind kind;
    reader->depth++;
    if (reader->depth == 1 && strcmp(element, "osmChange") != 0) {
        stop(reader, STATUS_UNSUPPORTED, "this is no osmChange but ", element);
    } else if (reader->depth == 2) {
        action_begin(reader, element);
    } else if (reader->depth == 3 && reader->action != ACTION_NONE && kind_of(element, &kind)) {
        object_begin(reader, kind, named);
    } else if (reader->depth == 4 && reader->is_inside) {
        part_begin(reader, element, named);
    }
}

static const void *list_keep(struct change_reader *reader, const void *items, size_t count,
                             size_t size)
{
    void *const copy = pool_take(&reader->changes->pool, count + 1, size);
    if (copy == NULL) {
        no_memory(reader);
    } else if (count != 0) {
        memcpy(copy, items, count * size);
    }
    return copy;
}

static void object_end(struct change_reader *reader)
{
    struct osm_changes *const changes = reader->changes;
    struct osm_change *const object = &reader->object;
    reader->is_inside = false;
    object->tags = list_keep(reader, reader->tags, object->tag_count, sizeof(*object->tags));
    object->nodes = list_keep(reader, reader->nodes, object->node_count, sizeof(*object->nodes));
    object->members =
        list_keep(reader, reader->members, object->member_count, sizeof(*object->members));
    if (!memory_grow(changes->pool.account, &changes->items, &changes->capacity, changes->count + 1,
                     sizeof(*changes->items))) {
        no_memory(reader);
        return;
    }
    object->order = changes->count;
    changes->items[changes->count++] = *object;
}

static void XMLCALL element_end(void *context, const char *element)
{
    struct change_reader *const reader = context;
    (void)element;
    if (reader->depth == 3 && reader->is_inside) {
        object_end(reader);
    }
    reader->depth--;
}

static void XMLCALL doctype_begin(void *context, const char *name, const char *system_id,
                                  const char *public_id, int has_subset)
{
    (void)name;
    (void)system_id;
    (void)public_id;
    (void)has_subset;
    stop(context, STATUS_UNSUPPORTED, "an osmChange has no DOCTYPE", "");
}

static enum status piece_parse(struct change_reader *reader, const uint8_t *data, size_t size,
                               bool is_last)
{
    if (XML_Parse(reader->parser, (const char *)data, (int)size, is_last) == XML_STATUS_ERROR) {
        stop(reader, STATUS_CORRUPT,
             "this is no XML: ", XML_ErrorString(XML_GetErrorCode(reader->parser)));
    }
    return reader->status;
}

static enum status pieces_parse(struct change_reader *reader, struct unpacker *unpacker,
                                struct bytes file, uint8_t *piece)
{
    size_t written = 0;
    do {
        const size_t before = file.size;
        const enum status status =
            unpacker_step(unpacker, &file, piece, PIECE_SIZE, &written, reader->fault);
        if (status != STATUS_OK) {
            return fault_prefix(reader->fault, status, "%s", reader->name);
        }
        TRY(piece_parse(reader, piece, written, false));
        if (written == 0 && file.size == before) {
            break;
        }
    } while (file.size != 0 || written != 0);
    if (!unpacker_is_complete(unpacker)) {
        return fault_set(reader->fault, STATUS_CORRUPT,
                         "%s: the packed data end in the middle; download the file again",
                         reader->name);
    }
    return piece_parse(reader, piece, 0, true);
}

static enum status file_parse(struct change_reader *reader, struct bytes file)
{
    struct memory_account *const account = reader->changes->pool.account;
    struct unpacker *unpacker = NULL;
    uint8_t *const piece = memory_take(account, PIECE_SIZE, 1);
    if (piece == NULL) {
        return fault_set(reader->fault, STATUS_NO_MEMORY, "no memory to read %s", reader->name);
    }
    enum status status = unpacker_new(unpack_recognise(file), account, &unpacker, reader->fault);
    if (status == STATUS_OK) {
        status = pieces_parse(reader, unpacker, file, piece);
    }
    unpacker_free(unpacker);
    memory_give(piece);
    return status;
}

enum status osm_changes_read(struct osm_changes *changes, struct bytes file, const char *name,
                             struct fault *fault)
{
    struct fault scratch = {0};
    struct change_reader reader = {.changes = changes,
                                   .parser = XML_ParserCreate(NULL),
                                   .name = name,
                                   .fault = fault == NULL ? &scratch : fault};
    if (reader.parser == NULL) {
        return fault_set(fault, STATUS_NO_MEMORY, "no memory to read %s", name);
    }
    XML_SetUserData(reader.parser, &reader);
    XML_SetElementHandler(reader.parser, element_begin, element_end);
    XML_SetStartDoctypeDeclHandler(reader.parser, doctype_begin);
    const enum status status = file_parse(&reader, file);
    XML_ParserFree(reader.parser);
    memory_give(reader.tags);
    memory_give(reader.nodes);
    memory_give(reader.members);
    return status;
}

static int by_object(const void *left, const void *right)
{
    const struct osm_change *const a = left;
    const struct osm_change *const b = right;
    const int order = osm_object_compare(a->kind, a->id, b->kind, b->id);
    if (order != 0) {
        return order;
    }
    if (a->version != b->version && a->version != 0 && b->version != 0) {
        return a->version < b->version ? -1 : 1;
    }
    return (a->order > b->order) - (a->order < b->order);
}

void osm_changes_settle(struct osm_changes *changes)
{
    if (changes->count == 0) {
        return;
    }
    qsort(changes->items, changes->count, sizeof(*changes->items), by_object);
    size_t used = 0;
    for (size_t i = 0; i < changes->count; i++) {
        const struct osm_change *const item = &changes->items[i];
        const struct osm_change *const next = item + 1;
        if (i + 1 == changes->count ||
            osm_object_compare(item->kind, item->id, next->kind, next->id) != 0) {
            changes->items[used++] = *item;
        }
    }
    changes->count = used;
}

void osm_changes_free(struct osm_changes *changes)
{
    pool_free(&changes->pool);
    memory_give(changes->items);
    changes->items = NULL;
    changes->count = changes->capacity = 0;
}
