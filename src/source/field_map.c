#include "source/field_map.h"

#include "codec/json_slice.h"
#include "source/text_clean.h"

struct map_reader {
    struct field_map *map;
    const char *path;
};

static enum status map_fault(const struct map_reader *reader, struct bytes member, const char *what,
                             struct fault *fault)
{
    return fault_set(fault, STATUS_CORRUPT, "%s: %.*s %s", reader->path,
                     member.size < 64 ? (int)member.size : 64, (const char *)member.data, what);
}

static bool is_text(struct bytes json)
{
    return json.size >= 2 && json.data[0] == '"';
}

static bool is_object(struct bytes json)
{
    return json.size >= 2 && json.data[0] == '{';
}

// --- Fields ---

static bool field_note(struct field_map *map, struct bytes name)
{
    for (size_t i = 0; i < map->field_count; i++) {
        if (bytes_equal(map->fields[i], name)) {
            return true;
        }
    }
    if (map->field_count == FIELD_MAP_FIELDS_MAX) {
        return false;
    }
    map->fields[map->field_count++] = name;
    return true;
}

static bool has_braces(struct bytes pattern)
{
    return pattern.size != 0 && memchr(pattern.data, '{', pattern.size) != NULL;
}

// Takes the next part of a pattern with braces: text, or the name of a field.
static bool piece_next(struct bytes *rest, struct bytes *piece, bool *is_field)
{
    if (rest->size == 0) {
        return false;
    }
    *is_field = rest->data[0] == '{';
    const uint8_t *const end = memchr(rest->data, *is_field ? '}' : '{', rest->size);
    const size_t size = end == NULL ? rest->size : (size_t)(end - rest->data);
    *piece = (struct bytes){.data = rest->data + *is_field, .size = size - *is_field};
    const size_t taken = size + (*is_field && end != NULL);
    rest->data += taken;
    rest->size -= taken;
    return true;
}

static bool pattern_note(struct field_map *map, struct bytes pattern)
{
    if (pattern.size == 0 || pattern.data[0] == '=') {
        return true;
    }
    if (!has_braces(pattern)) {
        return field_note(map, pattern);
    }
    bool is_noted = true;
    bool is_field;
    for (struct bytes piece; piece_next(&pattern, &piece, &is_field);) {
        is_noted = is_noted && (!is_field || field_note(map, piece));
    }
    return is_noted;
}

// --- Reading a map ---

static const char too_many[] = "is one field too many: a map may speak of 256";

static enum status choice_read(const struct map_reader *reader, struct bytes member,
                               struct bytes json, struct field_choice *choice, struct fault *fault)
{
    struct field_map *const map = reader->map;
    *choice = (struct field_choice){.is_titled = false};
    if (is_object(json)) {
        const struct bytes field = json_slice_find(json, BYTES_OF("field"));
        const struct bytes letters = json_slice_find(json, BYTES_OF("case"));
        const struct bytes other = json_slice_find(json, BYTES_OF("else"));
        choice->table = json_slice_find(json, BYTES_OF("values"));
        if (!is_text(field) || (choice->table.size != 0 && !is_object(choice->table)) ||
            (other.size != 0 && !is_text(other)) ||
            (letters.size != 0 && !json_slice_equals(letters, BYTES_OF("title")))) {
            return map_fault(reader, member,
                             "is to be {\"field\": \"NAME\", \"values\": {…}, \"else\": \"…\", "
                             "\"case\": \"title\"}, the last three only where wanted",
                             fault);
        }
        choice->is_titled = letters.size != 0;
        choice->other = other.size == 0 ? (struct bytes){0} : tagged_value(other, &map->pool);
        json = field;
    }
    if (!is_text(json)) {
        return map_fault(reader, member,
                         "is to be a field's name, \"=text\", \"{A} {B}\", a list of such, or an "
                         "object with \"field\"",
                         fault);
    }
    choice->pattern = tagged_value(json, &map->pool);
    return pattern_note(map, choice->pattern) ? STATUS_OK
                                              : map_fault(reader, member, too_many, fault);
}

static size_t items_count(struct bytes list)
{
    size_t count = 0;
    for (struct bytes item; json_slice_item(&list, &item);) {
        count++;
    }
    return count;
}

static enum status rule_read(const struct map_reader *reader, struct bytes name, struct bytes json,
                             struct fault *fault)
{
    struct field_map *const map = reader->map;
    const bool is_list = json.size != 0 && json.data[0] == '[';
    const size_t count = is_list ? items_count(json) : 1;
    struct field_choice *const choices = pool_take(&map->pool, count + 1, sizeof(*choices));
    if (choices == NULL) {
        return fault_set(fault, STATUS_NO_MEMORY, "no memory to read %s", reader->path);
    }
    if (map->rule_count == FIELD_MAP_RULES_MAX) {
        return map_fault(reader, name, "is one tag too many: a map may set 256", fault);
    }
    struct field_rule *const rule = &map->rules[map->rule_count++];
    *rule = (struct field_rule){.key = tagged_value(name, &map->pool), .choices = choices};
    if (!bytes_equal(rule->key, BYTES_OF("*")) && osm_key_classify(rule->key).key == OSM_KEY_NONE) {
        return map_fault(reader, name,
                         "is no tag of OpenStreetMap that a build reads (docs/data.md lists them)",
                         fault);
    }
    if (!is_list) {
        rule->choice_count = 1;
        return choice_read(reader, name, json, &choices[0], fault);
    }
    for (struct bytes item; json_slice_item(&json, &item);) {
        TRY(choice_read(reader, name, item, &choices[rule->choice_count], fault));
        rule->choice_count++;
    }
    return STATUS_OK;
}

static enum status rules_read(const struct map_reader *reader, struct bytes object,
                              struct fault *fault)
{
    struct bytes name;
    struct bytes value;
    while (json_slice_member(&object, &name, &value)) {
        TRY(rule_read(reader, name, value, fault));
    }
    return STATUS_OK;
}

static enum status only_read(const struct map_reader *reader, struct bytes object,
                             struct fault *fault)
{
    struct bytes name;
    struct bytes value;
    reader->map->only = object;
    while (json_slice_member(&object, &name, &value)) {
        if (!is_text(value) && (value.size == 0 || value.data[0] != '[')) {
            return map_fault(reader, name, "is to be a text or a list of texts", fault);
        }
        if (!field_note(reader->map, tagged_value(name, &reader->map->pool))) {
            return map_fault(reader, name, too_many, fault);
        }
    }
    return STATUS_OK;
}

static enum status ids_read(const struct map_reader *reader, struct bytes value,
                            struct fault *fault)
{
    static const struct {
        const char *text;
        enum source_kind kind;
        char type;
    } rows[] = {
        {"osm:n", SOURCE_OSM, 'n'}, {"osm:w", SOURCE_OSM, 'w'},       {"osm:r", SOURCE_OSM, 'r'},
        {"wof", SOURCE_WOF, 0},     {"geonames", SOURCE_GEONAMES, 0},
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        if (json_slice_equals(value, bytes_from_text(rows[i].text))) {
            reader->map->id_kind = rows[i].kind;
            reader->map->id_type = rows[i].type;
            return STATUS_OK;
        }
    }
    return map_fault(reader, BYTES_OF("\"ids\""),
                     "says whose numbers the ids are: osm:n, osm:w, osm:r, geonames or wof", fault);
}

static enum status member_read(const struct map_reader *reader, struct bytes name,
                               struct bytes value, struct fault *fault)
{
    struct field_map *const map = reader->map;
    const struct {
        const char *name;
        struct bytes *slot;
        bool is_field;
    } texts[] = {
        {"name", &map->name, false},          {"attribution", &map->attribution, false},
        {"licence", &map->licence, false},    {"url", &map->url, false},
        {"date", &map->date, false},          {"id", &map->id, true},
        {"longitude", &map->longitude, true}, {"latitude", &map->latitude, true},
    };
    for (size_t i = 0; i < COUNT_OF(texts); i++) {
        if (json_slice_equals(name, bytes_from_text(texts[i].name))) {
            if (!is_text(value)) {
                return map_fault(reader, name, "is to be a text", fault);
            }
            *texts[i].slot = tagged_value(value, &map->pool);
            return !texts[i].is_field || field_note(map, *texts[i].slot)
                       ? STATUS_OK
                       : map_fault(reader, name, too_many, fault);
        }
    }
    const bool is_tags = json_slice_equals(name, BYTES_OF("tags"));
    const bool is_only = json_slice_equals(name, BYTES_OF("only"));
    if ((is_tags || is_only) && !is_object(value)) {
        return map_fault(reader, name, "is to be an object", fault);
    }
    if (is_tags || is_only) {
        return is_tags ? rules_read(reader, value, fault) : only_read(reader, value, fault);
    }
    if (json_slice_equals(name, BYTES_OF("ids"))) {
        return ids_read(reader, value, fault);
    }
    return map_fault(reader, name,
                     "is no member of a mapping; those are name, attribution, licence, url, date, "
                     "id, ids, longitude, latitude, only and tags",
                     fault);
}

static enum status members_read(const struct map_reader *reader, struct bytes text,
                                struct fault *fault)
{
    struct bytes name;
    struct bytes value;
    while (json_slice_member(&text, &name, &value)) {
        TRY(member_read(reader, name, value, fault));
    }
    const struct field_map *const map = reader->map;
    if (map->rule_count == 0) {
        return fault_set(fault, STATUS_CORRUPT,
                         "%s: \"tags\" is missing: what the fields mean, as in "
                         "{\"tags\": {\"name\": \"TOWN\", \"place\": \"=town\"}}",
                         reader->path);
    }
    if ((map->longitude.size == 0) != (map->latitude.size == 0)) {
        return fault_set(fault, STATUS_CORRUPT, "%s: \"longitude\" and \"latitude\" go together",
                         reader->path);
    }
    return STATUS_OK;
}

enum status field_map_read(struct bytes text, const char *path, struct memory_account *account,
                           struct field_map *map, struct fault *fault)
{
    *map = (struct field_map){.pool = {.account = account}, .id_kind = SOURCE_MAPPED};
    const struct map_reader reader = {.map = map, .path = path};
    text = json_slice_trim(text_without_mark(text));
    if (!json_slice_check(text, account) || !is_object(text)) {
        return fault_set(fault, STATUS_CORRUPT, "%s: a mapping is one JSON object", path);
    }
    return members_read(&reader, text, fault);
}

void field_map_free(struct field_map *map)
{
    pool_free(&map->pool);
}

// --- Applying it ---

struct bytes field_map_value(const struct field_map *map, struct bytes field)
{
    for (size_t i = 0; i < map->field_count && field.size != 0; i++) {
        if (bytes_equal(map->fields[i], field)) {
            return map->values[i];
        }
    }
    return (struct bytes){0};
}

static bool is_among(struct bytes value, struct bytes wanted)
{
    uint8_t quoted[256];
    if (value.size + 2 > sizeof(quoted)) {
        return false;
    }
    if (is_text(wanted)) {
        return json_slice_equals(wanted, value);
    }
    for (struct bytes item; json_slice_item(&wanted, &item);) {
        if (json_slice_equals(item, value) || bytes_equal(item, value)) {
            return true;
        }
    }
    return false;
}

bool field_map_wants(const struct field_map *map)
{
    struct bytes rest = map->only;
    struct bytes name;
    struct bytes wanted;
    while (rest.size != 0 && json_slice_member(&rest, &name, &wanted)) {
        const struct bytes field = {.data = name.data + 1, .size = name.size - 2};
        if (!is_among(field_map_value(map, field), wanted)) {
            return false;
        }
    }
    return true;
}

static struct bytes joined(const struct field_map *map, struct bytes pattern, struct pool *pool)
{
    size_t size = 0;
    bool is_field;
    struct bytes rest = pattern;
    for (struct bytes piece; piece_next(&rest, &piece, &is_field);) {
        size += is_field ? field_map_value(map, piece).size : piece.size;
    }
    uint8_t *const text = pool_take(pool, size + 1, 1);
    if (text == NULL) {
        return (struct bytes){0};
    }
    size_t used = 0;
    bool has_value = false;
    for (struct bytes piece; piece_next(&pattern, &piece, &is_field);) {
        const struct bytes part = is_field ? field_map_value(map, piece) : piece;
        has_value = has_value || (is_field && part.size != 0);
        if (part.size != 0) {
            memcpy(text + used, part.data, part.size);
        }
        used += part.size;
    }
    return has_value ? text_clean((struct bytes){.data = text, .size = used}, pool)
                     : (struct bytes){0};
}

// Capitals at the beginnings of words only. Letters of ASCII; a word with a digit stays as it is.
static struct bytes titled(struct bytes text, struct pool *pool)
{
    uint8_t *const copy = pool_take(pool, text.size + 1, 1);
    if (copy == NULL) {
        return text;
    }
    bool is_inside = false;
    bool has_digit = false;
    for (size_t i = 0; i < text.size; i++) {
        const uint8_t byte = text.data[i];
        const bool is_capital = byte >= 'A' && byte <= 'Z';
        const bool is_letter = is_capital || (byte >= 'a' && byte <= 'z') || byte >= 0x80;
        const bool is_digit = byte >= '0' && byte <= '9';
        copy[i] = is_capital && is_inside && !has_digit ? byte | 0x20 : byte;
        has_digit = is_digit || (has_digit && is_letter);
        is_inside = is_letter || is_digit || byte == '\'';
    }
    return (struct bytes){.data = copy, .size = text.size};
}

static struct bytes choice_value(const struct field_map *map, const struct field_choice *choice,
                                 struct pool *pool)
{
    const struct bytes pattern = choice->pattern;
    if (pattern.size != 0 && pattern.data[0] == '=') {
        return (struct bytes){.data = pattern.data + 1, .size = pattern.size - 1};
    }
    struct bytes value =
        has_braces(pattern) ? joined(map, pattern, pool) : field_map_value(map, pattern);
    if (choice->table.size != 0) {
        const struct bytes found = json_slice_find(choice->table, value);
        value = found.data == NULL ? choice->other : tagged_value(found, pool);
    } else if (value.size == 0) {
        value = choice->other;
    }
    return choice->is_titled ? titled(value, pool) : value;
}

// "key"=>"value", …: what GDAL writes of OpenStreetMap's tags.
static void hstore_add(struct bytes text, struct tagged *tagged)
{
    struct bytes parts[2] = {{0}, {0}};
    size_t count = 0;
    while (text.size != 0) {
        const uint8_t *const begin = memchr(text.data, '"', text.size);
        if (begin == NULL) {
            return;
        }
        size_t at = (size_t)(begin - text.data) + 1;
        const size_t first = at;
        while (at < text.size && text.data[at] != '"') {
            at += text.data[at] == '\\' ? 2 : 1;
        }
        if (at >= text.size) {
            return;
        }
        parts[count++ % 2] =
            tagged_value((struct bytes){text.data + first - 1, at - first + 2}, tagged->pool);
        if (count % 2 == 0) {
            tagged_add(tagged, parts[0], parts[1]);
        }
        text.data += at + 1;
        text.size -= at + 1;
    }
}

static void tags_add(struct bytes value, struct tagged *tagged)
{
    if (!is_object(value)) {
        hstore_add(value, tagged);
        return;
    }
    struct bytes name;
    struct bytes item;
    while (json_slice_member(&value, &name, &item)) {
        tagged_add(tagged, tagged_value(name, tagged->pool), tagged_value(item, tagged->pool));
    }
}

void field_map_apply(const struct field_map *map, struct tagged *tagged)
{
    for (size_t i = 0; i < map->rule_count; i++) {
        const struct field_rule *const rule = &map->rules[i];
        struct bytes value = {0};
        for (size_t k = 0; k < rule->choice_count && value.size == 0; k++) {
            value = choice_value(map, &rule->choices[k], tagged->pool);
        }
        if (rule->key.size == 1 && rule->key.data[0] == '*') {
            tags_add(value, tagged);
        } else {
            tagged_add(tagged, rule->key, value);
        }
    }
}
