#include "atlas/build_seen.h"

#include "atlas/atlas.h"

enum { INPUTS_MAX = 256 }; // as many as a source has numbers

struct seen_input {
    struct spool *ids; // u64
    uint8_t kind;      // of enum source_kind
};

struct build_seen {
    struct seen_input inputs[INPUTS_MAX];
    uint64_t *slots; // of inputs before the one at hand; 0: free
    size_t slot_count, id_count;
    uint8_t source; // at hand
    bool has_source;
};

enum status build_seen_new(struct world *world, struct fault *fault)
{
    world->seen = memory_take_zeroed(world->account, 1, sizeof(*world->seen));
    return world->seen == NULL ? build_no_memory(world, fault) : STATUS_OK;
}

void build_seen_free(struct world *world)
{
    for (size_t i = 0; world->seen != NULL && i < INPUTS_MAX; i++) {
        spool_free(world->seen->inputs[i].ids);
    }
    if (world->seen != NULL) {
        memory_give(world->seen->slots);
    }
    memory_give(world->seen);
    world->seen = NULL;
}

static size_t slot_of(const struct build_seen *seen, uint64_t id)
{
    uint64_t hash = id * UINT64_C(0x9e3779b97f4a7c15);
    size_t slot = (size_t)(hash ^ hash >> 32) & (seen->slot_count - 1);
    while (seen->slots[slot] != 0 && seen->slots[slot] != id) {
        slot = (slot + 1) & (seen->slot_count - 1);
    }
    return slot;
}

// Room for so many more, at most three quarters full.
static enum status slots_grow(struct world *world, size_t more, struct fault *fault)
{
    struct build_seen *const seen = world->seen;
    size_t wanted = seen->slot_count == 0 ? 1024 : seen->slot_count;
    while (wanted / 4 * 3 < seen->id_count + more) {
        wanted *= 2;
    }
    if (wanted == seen->slot_count) {
        return STATUS_OK;
    }
    uint64_t *const old = seen->slots;
    const size_t old_count = seen->slot_count;
    uint64_t *const slots = memory_take_zeroed(world->account, wanted, sizeof(*slots));
    if (slots == NULL) {
        return build_no_memory(world, fault);
    }
    seen->slots = slots;
    seen->slot_count = wanted;
    for (size_t i = 0; i < old_count; i++) {
        if (old[i] != 0) {
            slots[slot_of(seen, old[i])] = old[i];
        }
    }
    memory_give(old);
    return STATUS_OK;
}

static enum status ids_load(struct world *world, struct spool *ids, struct fault *fault)
{
    struct build_seen *const seen = world->seen;
    struct spool_reader reader SCOPED(spool_reader_close) = {0};
    const uint64_t count = spool_size(ids) / sizeof(uint64_t);
    TRY(slots_grow(world, (size_t)count, fault));
    TRY(spool_reader_open(ids, &reader, fault));
    for (uint64_t i = 0; i < count; i++) {
        const uint8_t *data = NULL;
        uint64_t id;
        TRY(spool_reader_take(&reader, sizeof(id), &data, fault));
        memcpy(&id, data, sizeof(id));
        const size_t slot = slot_of(seen, id);
        seen->id_count += seen->slots[slot] == 0 ? 1 : 0;
        seen->slots[slot] = id;
    }
    return STATUS_OK;
}

// The first object of an input: from now on those of earlier ones of its kind are known.
static enum status source_begin(struct world *world, enum source_kind kind, struct fault *fault)
{
    struct build_seen *const seen = world->seen;
    memory_give(seen->slots);
    seen->slots = NULL;
    seen->slot_count = 0;
    seen->id_count = 0;
    for (size_t i = 0; i < world->source; i++) {
        if (seen->inputs[i].ids != NULL && seen->inputs[i].kind == kind) {
            TRY(ids_load(world, seen->inputs[i].ids, fault));
        }
    }
    seen->source = world->source;
    seen->has_source = true;
    struct seen_input *const input = &seen->inputs[world->source];
    input->kind = (uint8_t)kind;
    return input->ids != NULL ? STATUS_OK
                              : spool_new(world->options->sys, world->account, world->directory,
                                          &input->ids, fault);
}

enum status build_seen_check(struct world *world, const struct feature *feature, bool *is_seen,
                             struct fault *fault)
{
    struct build_seen *const seen = world->seen;
    const uint64_t id = atlas_id_pack(feature->id);
    *is_seen = false;
    if (world->options->input_count < 2 || world->source == ATLAS_SOURCE_NONE) {
        return STATUS_OK;
    }
    if (!seen->has_source || seen->source != world->source) {
        TRY(source_begin(world, feature->id.kind, fault));
    }
    if (seen->slot_count != 0 && seen->slots[slot_of(seen, id)] == id) {
        *is_seen = true;
        return STATUS_OK;
    }
    return spool_append(seen->inputs[world->source].ids, &id, sizeof(id), fault);
}
