#include "search/search_private.h"

enum { ARENA_SIZE = 256 * 1024 };

enum status searcher_new(struct memory_account *account, struct searcher **searcher,
                         struct fault *fault)
{
    struct searcher *const made = memory_take_zeroed(account, 1, sizeof(*made));
    void *const memory = memory_take(account, ARENA_SIZE, 1);
    if (made == NULL || memory == NULL) {
        memory_give(made);
        memory_give(memory);
        return fault_set(fault, STATUS_NO_MEMORY, "no memory for a searcher");
    }
    made->texts.account = account;
    made->arena_memory = memory;
    made->arena = arena_over(memory, ARENA_SIZE);
    enum status status = text_folder_new(account, &made->folder, fault);
    if (status == STATUS_OK) {
        status = kind_index_new(account, made->folder, &made->kinds, fault);
    }
    if (status != STATUS_OK) {
        searcher_free(made);
        return status;
    }
    *searcher = made;
    return STATUS_OK;
}

void searcher_free(struct searcher *searcher)
{
    if (searcher != NULL) {
        buffer_free(&searcher->texts);
        kind_index_free(searcher->kinds);
        text_folder_free(searcher->folder);
        memory_give(searcher->arena_memory);
        memory_give(searcher);
    }
}

void searcher_begin(struct searcher *searcher, const struct search_world *world, unsigned limit)
{
    const struct overlay_snapshot *const snapshot =
        world->overlay == NULL ? NULL : overlay_snapshot(world->overlay);
    searcher->arena.used_size = 0;
    searcher->atlas = world->atlas;
    searcher->hiding = snapshot != NULL && snapshot->hidden_count != 0 ? snapshot : NULL;
    searcher->result_count = 0;
    searcher->result_limit = limit;
}

enum status search_text_read(struct searcher *searcher, struct bytes text, struct text_query *query,
                             struct fault *fault)
{
    return text_query_read(searcher->folder, text, query, fault);
}
