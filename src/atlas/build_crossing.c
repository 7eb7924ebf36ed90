#include "atlas/build_crossing.h"

#include "atlas/build_context.h"
#include "geo/distance.h"
#include "index/points.h"

static const double one_crossing_m = 50;

// A node: by the id its source gives it, or by where it is. Bytes that order as the ids do.
enum { NODE_SIZE = 9, BY_PLACE = 0xff };

struct meeting { // value of world->crossing_nodes, whose key is a node
    uint32_t street;
    struct geo_point point;
};

enum status build_crossings_new(struct world *world, struct fault *fault)
{
    const struct sorter_options options = build_sorter_options(world, "nodes of streets");
    TRY(sorter_new(&options, &world->crossing_nodes, fault));
    return spool_new(world->options->sys, world->account, world->directory, &world->crossings,
                     fault);
}

static void node_write(const struct feature *piece, size_t at, uint8_t node[NODE_SIZE])
{
    const bool has_id = piece->nodes != NULL;
    const uint64_t number = has_id ? (uint64_t)piece->nodes[at] ^ UINT64_C(1) << 63
                                   : (uint64_t)(uint32_t)piece->points[at].lng_e7 << 32 |
                                         (uint32_t)piece->points[at].lat_e7;
    const uint64_t big = __builtin_bswap64(number);
    node[0] = has_id ? (uint8_t)piece->id.kind : BY_PLACE;
    memcpy(node + 1, &big, sizeof(big));
}

enum status build_crossing_piece(struct world *world, uint32_t street, const struct feature *piece,
                                 struct fault *fault)
{
    for (size_t i = 0; i < piece->point_count; i++) {
        uint8_t node[NODE_SIZE];
        node_write(piece, i, node);
        const struct meeting meeting = {.street = street, .point = piece->points[i]};
        TRY(sorter_add(world->crossing_nodes, (struct bytes){.data = node, .size = sizeof(node)},
                       (struct bytes){.data = (const uint8_t *)&meeting, .size = sizeof(meeting)},
                       fault));
    }
    return STATUS_OK;
}

// --- from nodes to pairs of streets ---

// The streets at one node, each once; of more than these no crossing is known by name.
enum { STREETS_MAX = 16 };

struct node_streets {
    uint32_t streets[STREETS_MAX];
    unsigned count;
};

static struct bytes main_phrase(const struct world *world, uint32_t draft)
{
    const struct street_draft *const street = &world->streets[world->drafts[draft].detail];
    const struct bytes phrases = build_intern_at(&world->street_phrases, street->phrases);
    return bytes_from_text((const char *)phrases.data);
}

// A street goes on across the border of a locality as another, under its name: that is no crossing.
static bool has_same_name(const struct world *world, uint32_t left, uint32_t right)
{
    return world->drafts[left].doc.name == world->drafts[right].doc.name ||
           bytes_equal(main_phrase(world, left), main_phrase(world, right));
}

// Of streets of one name the least is taken.
static void street_take(const struct world *world, struct node_streets *at, uint32_t street)
{
    for (unsigned i = 0; i < at->count; i++) {
        if (at->streets[i] == street || has_same_name(world, at->streets[i], street)) {
            at->streets[i] = at->streets[i] < street ? at->streets[i] : street;
            return;
        }
    }
    if (at->count < STREETS_MAX) {
        at->streets[at->count++] = street;
    }
}

// A key of the pairs: the streets, the lesser first, and the node.
enum { PAIR_SIZE = 2 * sizeof(uint32_t), PAIR_KEY_SIZE = PAIR_SIZE + NODE_SIZE };

static enum status pairs_add(struct sorter *pairs, const struct node_streets *at,
                             const uint8_t node[NODE_SIZE], struct geo_point point,
                             struct fault *fault)
{
    for (unsigned i = 0; i < at->count; i++) {
        for (unsigned k = i + 1; k < at->count; k++) {
            const bool is_rising = at->streets[i] < at->streets[k];
            const uint32_t big[2] = {
                __builtin_bswap32(at->streets[is_rising ? i : k]),
                __builtin_bswap32(at->streets[is_rising ? k : i]),
            };
            uint8_t key[PAIR_KEY_SIZE];
            memcpy(key, big, sizeof(big));
            memcpy(key + PAIR_SIZE, node, NODE_SIZE);
            TRY(sorter_add(pairs, (struct bytes){.data = key, .size = sizeof(key)},
                           (struct bytes){.data = (const uint8_t *)&point, .size = sizeof(point)},
                           fault));
        }
    }
    return STATUS_OK;
}

static enum status pairs_find(struct world *world, struct sorter *pairs, struct fault *fault)
{
    TRY(sorter_sort(world->crossing_nodes, fault));
    const uint64_t total = sorter_count(world->crossing_nodes);
    uint8_t node[NODE_SIZE] = {0};
    struct geo_point point = {0};
    struct node_streets at = {.count = 0};
    for (uint64_t done = 0; done < total; done++) {
        struct bytes key = {0};
        struct bytes value = {0};
        struct meeting meeting;
        TRY(sorter_next(world->crossing_nodes, &key, &value, fault));
        memcpy(&meeting, value.data, sizeof(meeting));
        if (memcmp(node, key.data, NODE_SIZE) != 0) {
            TRY(pairs_add(pairs, &at, node, point, fault));
            memcpy(node, key.data, NODE_SIZE);
            at.count = 0;
        }
        point = meeting.point;
        street_take(world, &at, meeting.street);
        if (done % 65536 == 0) {
            TRY(build_progress(world, "crossings", done, total, fault));
        }
    }
    TRY(pairs_add(pairs, &at, node, point, fault));
    sorter_free(world->crossing_nodes);
    world->crossing_nodes = NULL;
    return STATUS_OK;
}

// --- from pairs to crossings ---

struct common_node {
    uint8_t node[NODE_SIZE];
    struct geo_point point;
    uint32_t cluster; // another of its crossing, itself if it is the least
};

// The nodes that two streets share, ascending. Reused from pair to pair.
struct pair {
    uint32_t streets[2];
    struct common_node *nodes;
    size_t count, capacity;
};

static void pair_free(struct pair *pair)
{
    memory_give(pair->nodes);
}

static uint32_t cluster_root(struct pair *pair, uint32_t node)
{
    while (pair->nodes[node].cluster != node) {
        pair->nodes[node].cluster = pair->nodes[pair->nodes[node].cluster].cluster;
        node = pair->nodes[node].cluster;
    }
    return node;
}

// Looks back at a bounded number of nodes: streets that share more run along each other.
static void pair_cluster(struct pair *pair)
{
    enum { LOOK_BACK = 64 };
    for (uint32_t i = 0; i < pair->count; i++) {
        pair->nodes[i].cluster = i;
        for (uint32_t k = i < LOOK_BACK ? 0 : i - LOOK_BACK; k < i; k++) {
            if (distance_m(pair->nodes[i].point, pair->nodes[k].point) <= one_crossing_m) {
                const uint32_t a = cluster_root(pair, i);
                const uint32_t b = cluster_root(pair, k);
                pair->nodes[a > b ? a : b].cluster = a > b ? b : a;
            }
        }
    }
}

// The middle of the nodes of a crossing.
static struct geo_point crossing_point(struct pair *pair, uint32_t root)
{
    const struct geo_point first = pair->nodes[root].point;
    int64_t east_e7 = 0;
    int64_t north_e7 = 0;
    int64_t count = 0;
    for (uint32_t i = root; i < pair->count; i++) {
        if (cluster_root(pair, i) == root) {
            east_e7 += geo_lng_turn_e7(first.lng_e7, pair->nodes[i].point.lng_e7);
            north_e7 += (int64_t)pair->nodes[i].point.lat_e7 - first.lat_e7;
            count++;
        }
    }
    int64_t lng_e7 = first.lng_e7 + east_e7 / count;
    lng_e7 += lng_e7 > GEO_LNG_MAX ? -2 * (int64_t)GEO_LNG_MAX : 0;
    lng_e7 += lng_e7 < -GEO_LNG_MAX ? 2 * (int64_t)GEO_LNG_MAX : 0;
    return (struct geo_point){.lng_e7 = (int32_t)lng_e7,
                              .lat_e7 = (int32_t)(first.lat_e7 + north_e7 / count)};
}

static enum status crossing_id(struct world *world, const struct pair *pair, uint32_t root,
                               uint64_t *id, struct fault *fault)
{
    const struct bytes left = main_phrase(world, pair->streets[0]);
    const struct bytes right = main_phrase(world, pair->streets[1]);
    const bool is_rising = bytes_compare(left, right) < 0;
    struct buffer *const made_of = &world->buffer;
    buffer_clear(made_of);
    buffer_append_bytes(made_of, is_rising ? left : right);
    buffer_append_u8(made_of, 0);
    buffer_append_bytes(made_of, is_rising ? right : left);
    buffer_append_u8(made_of, 0);
    buffer_append(made_of, pair->nodes[root].node, NODE_SIZE);
    if (buffer_status(made_of) != STATUS_OK) {
        return build_no_memory(world, fault);
    }
    *id = build_derived_id("crossing", buffer_bytes(made_of));
    return STATUS_OK;
}

static uint32_t postcode_of(const struct world *world, uint32_t draft)
{
    const struct bytes run = build_intern_at(&world->lists, world->drafts[draft].doc.chain);
    for (size_t i = 0; i < run.size; i += sizeof(uint32_t)) {
        uint32_t around;
        memcpy(&around, run.data + i, sizeof(around));
        if (world->drafts[around].doc.layer == LAYER_POSTCODE) {
            return around;
        }
    }
    return BUILD_NONE;
}

static enum status crossing_make(struct world *world, struct pair *pair, uint32_t root,
                                 struct fault *fault)
{
    static const struct feature_address nothing = {0};
    struct crossing_draft crossing = {
        .point = crossing_point(pair, root),
        .streets = {pair->streets[0], pair->streets[1]},
    };
    struct context context;
    TRY(build_context_find(world, crossing.point, &nothing, &context, fault));
    if (context.postcode == BUILD_NONE) {
        // No outline tells it; what both streets have, their crossing has.
        const uint32_t postcode = postcode_of(world, pair->streets[0]);
        context.postcode = postcode == postcode_of(world, pair->streets[1]) ? postcode : BUILD_NONE;
    }
    TRY(build_context_chain(world, &context, BUILD_NONE, &crossing.chain, fault));
    TRY(crossing_id(world, pair, root, &crossing.id, fault));
    world->report->crossing_count++;
    return spool_append(world->crossings, &crossing, sizeof(crossing), fault);
}

static enum status pair_finish(struct world *world, struct pair *pair, struct fault *fault)
{
    pair_cluster(pair);
    for (uint32_t i = 0; i < pair->count; i++) {
        if (cluster_root(pair, i) == i) {
            TRY(crossing_make(world, pair, i, fault));
        }
    }
    pair->count = 0;
    return STATUS_OK;
}

static enum status crossings_make(struct world *world, struct sorter *pairs, struct fault *fault)
{
    struct pair pair SCOPED(pair_free) = {.count = 0};
    TRY(sorter_sort(pairs, fault));
    for (uint64_t i = sorter_count(pairs); i > 0; i--) {
        struct bytes key = {0};
        struct bytes value = {0};
        uint32_t streets[2];
        TRY(sorter_next(pairs, &key, &value, fault));
        memcpy(streets, key.data, sizeof(streets));
        streets[0] = __builtin_bswap32(streets[0]);
        streets[1] = __builtin_bswap32(streets[1]);
        if (streets[0] != pair.streets[0] || streets[1] != pair.streets[1]) {
            TRY(pair_finish(world, &pair, fault));
            memcpy(pair.streets, streets, sizeof(streets));
        }
        if (!memory_grow(world->account, &pair.nodes, &pair.capacity, pair.count + 1,
                         sizeof(*pair.nodes))) {
            return build_no_memory(world, fault);
        }
        struct common_node *const node = &pair.nodes[pair.count++];
        memcpy(node->node, key.data + PAIR_SIZE, NODE_SIZE);
        memcpy(&node->point, value.data, sizeof(node->point));
    }
    return pair_finish(world, &pair, fault);
}

static void sorter_close(struct sorter **sorter)
{
    sorter_free(*sorter);
}

enum status build_crossings(struct world *world, struct fault *fault)
{
    const struct sorter_options options = build_sorter_options(world, "crossings");
    struct sorter *pairs SCOPED(sorter_close) = NULL;
    TRY(sorter_new(&options, &pairs, fault));
    TRY(pairs_find(world, pairs, fault));
    return crossings_make(world, pairs, fault);
}

// --- into the archive ---

struct crossing_output {
    struct build_output *output;
    struct sorter *rows;     // street_a, street_b, id (big-endian) -> struct crossing_draft
    struct sorter *reversed; // street_b, street_a, row (big-endian) -> nothing
    struct points_builder *points;
};

static void crossing_output_free(struct crossing_output *crossings)
{
    sorter_free(crossings->rows);
    sorter_free(crossings->reversed);
    points_builder_free(crossings->points);
}

// The crossings in the order of the documents' numbers.
static enum status crossings_number(struct crossing_output *crossings, struct fault *fault)
{
    struct world *const world = crossings->output->world;
    const uint32_t *const numbers = crossings->output->numbers;
    struct spool_reader reader SCOPED(spool_reader_close) = {0};
    TRY(spool_reader_open(world->crossings, &reader, fault));
    for (uint64_t i = spool_size(world->crossings) / sizeof(struct crossing_draft); i > 0; i--) {
        const uint8_t *data = NULL;
        struct crossing_draft crossing;
        TRY(spool_reader_take(&reader, sizeof(crossing), &data, fault));
        memcpy(&crossing, data, sizeof(crossing));
        const uint32_t left = numbers[crossing.streets[0]];
        const uint32_t right = numbers[crossing.streets[1]];
        crossing.streets[0] = left < right ? left : right;
        crossing.streets[1] = left < right ? right : left;
        uint8_t key[16];
        const uint32_t big[2] = {__builtin_bswap32(crossing.streets[0]),
                                 __builtin_bswap32(crossing.streets[1])};
        const uint64_t big_id = __builtin_bswap64(crossing.id);
        memcpy(key, big, sizeof(big));
        memcpy(key + sizeof(big), &big_id, sizeof(big_id));
        TRY(sorter_add(crossings->rows, (struct bytes){.data = key, .size = sizeof(key)},
                       (struct bytes){.data = (const uint8_t *)&crossing, .size = sizeof(crossing)},
                       fault));
    }
    return sorter_sort(crossings->rows, fault);
}

static enum status row_write(struct crossing_output *crossings, struct build_chains *chains,
                             const struct crossing_draft *draft, uint32_t row, struct fault *fault)
{
    struct atlas_crossing crossing = {
        .id = draft->id,
        .street_a = draft->streets[0],
        .street_b = draft->streets[1],
        .lng_e7 = draft->point.lng_e7,
        .lat_e7 = draft->point.lat_e7,
    };
    TRY(build_chain_offset(crossings->output, chains, draft->chain, &crossing.chain, fault));
    TRY(archive_writer_append(crossings->output->writer, &crossing, sizeof(crossing), fault));
    TRY(points_builder_add(crossings->points, draft->point, row | ATLAS_REF_CROSSING, fault));
    const uint32_t key[3] = {__builtin_bswap32(crossing.street_b),
                             __builtin_bswap32(crossing.street_a), __builtin_bswap32(row)};
    return sorter_add(crossings->reversed,
                      (struct bytes){.data = (const uint8_t *)key, .size = sizeof(key)},
                      (struct bytes){0}, fault);
}

static enum status reversed_write(struct crossing_output *crossings, struct fault *fault)
{
    struct build_output *const output = crossings->output;
    TRY(sorter_sort(crossings->reversed, fault));
    TRY(build_section(output, ATLAS_SECTION_CROSSINGS_REVERSED, sizeof(uint32_t), fault));
    for (uint64_t i = sorter_count(crossings->reversed); i > 0; i--) {
        struct bytes key = {0};
        struct bytes value = {0};
        uint32_t row;
        TRY(sorter_next(crossings->reversed, &key, &value, fault));
        memcpy(&row, key.data + PAIR_SIZE, sizeof(row));
        row = __builtin_bswap32(row);
        TRY(archive_writer_append(output->writer, &row, sizeof(row), fault));
    }
    return points_builder_write(crossings->points, output->writer, ATLAS_SECTION_CROSSING_POINTS,
                                fault);
}

enum status build_crossings_write(struct build_output *output, struct build_chains *chains,
                                  build_crossing_take *take, void *context, struct fault *fault)
{
    const struct index_build_options index_options = build_index_options(output->world);
    const struct sorter_options rows = build_sorter_options(output->world, "crossings");
    const struct sorter_options reversed = build_sorter_options(output->world, "crossings");
    struct crossing_output crossings SCOPED(crossing_output_free) = {.output = output};
    TRY(sorter_new(&rows, &crossings.rows, fault));
    TRY(sorter_new(&reversed, &crossings.reversed, fault));
    TRY(points_builder_new(&index_options, &crossings.points, fault));
    TRY(crossings_number(&crossings, fault));
    if (sorter_count(crossings.rows) >= ATLAS_REF_CROSSING) {
        return fault_set(fault, STATUS_OUT_OF_RANGE,
                         "more than %u crossings: split the input into several atlases",
                         ATLAS_REF_CROSSING);
    }
    TRY(build_section(output, ATLAS_SECTION_CROSSINGS, sizeof(struct atlas_crossing), fault));
    const uint32_t count = (uint32_t)sorter_count(crossings.rows);
    for (uint32_t row = 0; row < count; row++) {
        struct bytes key = {0};
        struct bytes value = {0};
        struct crossing_draft draft;
        TRY(sorter_next(crossings.rows, &key, &value, fault));
        memcpy(&draft, value.data, sizeof(draft));
        TRY(row_write(&crossings, chains, &draft, row, fault));
        TRY(take(context, draft.id, row, fault));
    }
    return reversed_write(&crossings, fault);
}
