// TEST area INTERSECTS|WITHIN [CLIP] area, where an area may be made of areas with AND, OR, NOT and
// parentheses.
#include "command/tile38_query.h"

//
//     any    := all { OR all }
//     all    := single { AND single }
//     single := { NOT } ( area | "(" any ")" )
enum { NODE_MAX = 64, CHILD_MAX = 32, DEPTH_MAX = 32 };

enum node_how { NODE_LEAF, NODE_ALL, NODE_ANY };

// An area, or areas joined.
struct node {
    enum node_how how;
    bool is_negated;
    struct tile38_area area; // of a leaf
    uint8_t children[CHILD_MAX];
    uint8_t child_count;
};

struct areas {
    struct node nodes[NODE_MAX];
    size_t node_count;
    struct buffer shapes;
};

struct parse {
    struct tile38_request *request;
    struct areas *areas;
    struct tile38_words words;
    bool clips;
    unsigned depth;
};

static enum status add_node(struct parse *parse, enum node_how how, uint8_t *node)
{
    struct areas *const areas = parse->areas;
    if (areas->node_count == NODE_MAX) {
        return tile38_fail(parse->request, "too many areas: at most %d", NODE_MAX);
    }
    areas->nodes[areas->node_count] = (struct node){.how = how};
    *node = (uint8_t)areas->node_count++;
    return STATUS_OK;
}

static bool is_next(const struct parse *parse, const char *lower)
{
    return parse->words.count != 0 && tile38_is_word(*parse->words.at, lower);
}

static bool skip(struct parse *parse, const char *lower)
{
    if (!is_next(parse, lower)) {
        return false;
    }
    parse->words.at++;
    parse->words.count--;
    return true;
}

static enum status take_any(struct parse *parse, uint8_t *node);

static bool is_area(struct bytes word)
{
    static const char *const kinds[] = {"point", "circle", "object", "sector", "get"};
    for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
        if (tile38_is_word(word, kinds[i])) {
            return true;
        }
    }
    return tile38_area_is_rect(word);
}

static enum status take_leaf(struct parse *parse, uint8_t *node)
{
    struct bytes kind;
    if (!tile38_take(&parse->words, &kind)) {
        return tile38_fail_count(parse->request);
    }
    if (!is_area(kind)) {
        static const char *const joints[] = {"and", "or", ")"};
        for (size_t i = 0; i < 3; i++) {
            if (tile38_is_word(kind, joints[i])) {
                return tile38_fail(parse->request, "invalid argument '%s'", joints[i]);
            }
        }
        return tile38_fail_count(parse->request);
    }
    if (parse->clips && !tile38_area_is_rect(kind) && !tile38_is_word(kind, "point")) {
        return tile38_fail(parse->request, "invalid clip type '%.*s'", (int)kind.size,
                           (const char *)kind.data);
    }
    TRY(add_node(parse, NODE_LEAF, node));
    return tile38_area_take(parse->request, kind, &parse->words, &parse->areas->shapes,
                            &parse->areas->nodes[*node].area);
}

static enum status take_single(struct parse *parse, uint8_t *node)
{
    bool is_negated = false;
    while (skip(parse, "not")) {
        is_negated = !is_negated;
    }
    if (skip(parse, "(")) {
        if (++parse->depth > DEPTH_MAX) {
            return tile38_fail(parse->request, "too many parentheses: at most %d", DEPTH_MAX);
        }
        TRY(take_any(parse, node));
        if (!skip(parse, ")")) {
            return tile38_fail_count(parse->request);
        }
        parse->depth--;
    } else {
        TRY(take_leaf(parse, node));
    }
    struct node *const taken = &parse->areas->nodes[*node];
    taken->is_negated = taken->is_negated != is_negated;
    return STATUS_OK;
}

static enum status take_joined(struct parse *parse, enum node_how how, uint8_t *node)
{
    const bool is_all = how == NODE_ALL;
    uint8_t first = 0;
    TRY(is_all ? take_single(parse, &first) : take_joined(parse, NODE_ALL, &first));
    *node = first;
    if (!is_next(parse, is_all ? "and" : "or")) {
        return STATUS_OK;
    }
    TRY(add_node(parse, how, node));
    struct node *const joined = &parse->areas->nodes[*node];
    joined->children[joined->child_count++] = first;
    while (skip(parse, is_all ? "and" : "or")) {
        uint8_t child = 0;
        if (joined->child_count == CHILD_MAX) {
            return tile38_fail(parse->request, "too many areas: at most %d", CHILD_MAX);
        }
        TRY(is_all ? take_single(parse, &child) : take_joined(parse, NODE_ALL, &child));
        joined->children[joined->child_count++] = child;
    }
    return STATUS_OK;
}

static enum status take_any(struct parse *parse, uint8_t *node)
{
    return take_joined(parse, NODE_ANY, node);
}

// The root of the expression that begins the words; stops at a word that belongs to none.
static enum status take_areas(struct tile38_request *request, struct tile38_words *words,
                              bool clips, struct areas *areas, uint8_t *root)
{
    struct parse parse = {.request = request, .areas = areas, .words = *words, .clips = clips};
    TRY(take_any(&parse, root));
    if (is_next(&parse, ")")) {
        return tile38_fail(request, "invalid argument ')'");
    }
    if (is_next(&parse, "not")) {
        uint8_t unused = 0;
        TRY(take_single(&parse, &unused));
        return tile38_fail_count(request);
    }
    *words = parse.words;
    return buffer_status(&areas->shapes);
}

// Asking. --------------------------------------------------------------------------------------------

struct question {
    struct areas *areas;
    bool is_within;
};

static struct shape shape_at(const struct areas *areas, const struct node *node)
{
    return (struct shape){.bytes = {areas->shapes.data + node->area.offset, node->area.size}};
}

// Does what `node` stands for relate to one shape?
static bool relates_to_shape(const struct question *question, const struct node *node,
                             struct shape other)
{
    bool is_so = node->how == NODE_ALL;
    if (node->how == NODE_LEAF) {
        const struct shape shape = shape_at(question->areas, node);
        is_so = question->is_within ? shape_contains(other, shape) : shape_intersects(shape, other);
    }
    for (size_t i = 0; i < node->child_count; i++) {
        const bool child =
            relates_to_shape(question, &question->areas->nodes[node->children[i]], other);
        is_so = node->how == NODE_ALL ? is_so && child : is_so || child;
    }
    return is_so != node->is_negated;
}

static bool relates(const struct question *question, const struct node *left,
                    const struct node *right)
{
    bool is_so = right->how == NODE_ALL;
    if (right->how == NODE_LEAF) {
        is_so = relates_to_shape(question, left, shape_at(question->areas, right));
    }
    for (size_t i = 0; i < right->child_count; i++) {
        const bool child = relates(question, left, &question->areas->nodes[right->children[i]]);
        is_so = right->how == NODE_ALL ? is_so && child : is_so || child;
    }
    return is_so != right->is_negated;
}

static enum status reply_clipped(struct tile38_request *request, const struct areas *areas,
                                 const struct node *left, const struct node *right)
{
    struct tile38_row_text clipped = {.text = {.account = request->out->account},
                                      .shape = {.account = request->out->account}};
    struct row row = {.kind = ROW_GEOJSON, .shape = shape_at(areas, left)};
    tile38_row_clip(&row, shape_at(areas, right), &clipped);
    if (tile38_is_json(request)) {
        tile38_json_begin(request);
        buffer_append_text(request->out, ",\"result\":true,\"object\":");
        buffer_append_bytes(request->out, row.text);
        tile38_json_end(request);
    } else {
        resp_write_array(request->out, 2);
        resp_write_integer(request->out, 1);
        resp_write_bulk(request->out, row.text);
    }
    const enum status status = buffer_status(&clipped.text);
    buffer_free(&clipped.text);
    buffer_free(&clipped.shape);
    return status;
}

static enum status run(struct tile38_request *request, struct areas *areas)
{
    struct tile38_words words = tile38_words_after(request, 1);
    uint8_t left = 0, right = 0;
    struct bytes how;
    TRY(take_areas(request, &words, false, areas, &left));
    if (!tile38_take(&words, &how)) {
        return tile38_fail_count(request);
    }
    const bool is_within = tile38_is_word(how, "within");
    if (!is_within && !tile38_is_word(how, "intersects")) {
        return tile38_fail_argument(request, how);
    }
    bool clips = false;
    if (words.count != 0 && tile38_is_word(*words.at, "clip")) {
        if (is_within) {
            return tile38_fail_argument(request, *words.at);
        }
        clips = true;
        words.at++;
        words.count--;
    }
    TRY(take_areas(request, &words, clips, areas, &right));
    if (clips && (areas->nodes[left].how != NODE_LEAF || areas->nodes[right].how != NODE_LEAF)) {
        return tile38_fail(request, "invalid argument 'clip'");
    }
    if (words.count != 0) {
        return tile38_fail_count(request);
    }
    const struct question question = {.areas = areas, .is_within = is_within};
    const bool is_so = relates(&question, &areas->nodes[left], &areas->nodes[right]);
    if (is_so && clips) {
        return reply_clipped(request, areas, &areas->nodes[left], &areas->nodes[right]);
    }
    if (tile38_is_json(request)) {
        tile38_json_begin(request);
        buffer_append_format(request->out, ",\"result\":%s", is_so ? "true" : "false");
        tile38_json_end(request);
    } else {
        resp_write_integer(request->out, is_so);
    }
    return STATUS_OK;
}

enum status tile38_test(struct tile38_request *request)
{
    struct areas areas = {.shapes = {.account = request->out->account}};
    const enum status status = run(request, &areas);
    buffer_free(&areas.shapes);
    return status;
}
