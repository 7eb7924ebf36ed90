#include "fence/names.h"

#include <assert.h>

#include "fence/chart.h"

// The first node that is not before `name`.
static struct names_node *descend(struct names_node *const *link, struct bytes name)
{
    for (int level = NAMES_HEIGHT_MAX - 1; level > 0; level--) {
        while (link[level] != NULL && bytes_compare(link[level]->name, name) < 0) {
            link = link[level]->next;
        }
    }
    while (link[0] != NULL && bytes_compare(link[0]->name, name) < 0) {
        link = link[0]->next;
    }
    return link[0];
}

void *names_find(const struct names *names, struct bytes name)
{
    const struct names_node *const found = descend(names->first, name);
    return found != NULL && bytes_equal(found->name, name) ? found->thing : NULL;
}

const struct names_node *names_from(const struct names *names, struct bytes from)
{
    return descend(names->first, from);
}

// Per level, the place of the link that leads past `name`.
static void links_of(struct names *names, struct bytes name,
                     struct names_node **links[NAMES_HEIGHT_MAX])
{
    struct names_node **link = names->first;
    for (int level = NAMES_HEIGHT_MAX - 1; level >= 0; level--) {
        while (link[level] != NULL && bytes_compare(link[level]->name, name) < 0) {
            link = link[level]->next;
        }
        links[level] = &link[level];
    }
}

enum status names_put(struct names *names, struct bytes name, void *thing)
{
    // Each level has a quarter of the one below.
    const uint64_t hash = chart_hash(0, name) | UINT64_C(1) << 30;
    const uint32_t height = 1 + (uint32_t)__builtin_ctzll(hash) / 2;
    struct names_node *const node =
        memory_take(names->account, 1, sizeof *node + height * sizeof(struct names_node *));
    if (node == NULL) {
        return STATUS_NO_MEMORY;
    }
    *node = (struct names_node){.name = name, .thing = thing, .height = height};
    struct names_node **links[NAMES_HEIGHT_MAX];
    links_of(names, name, links);
    for (uint32_t level = 0; level < height; level++) {
        node->next[level] = *links[level];
        *links[level] = node;
    }
    names->count++;
    return STATUS_OK;
}

void names_remove(struct names *names, struct bytes name)
{
    struct names_node **links[NAMES_HEIGHT_MAX];
    links_of(names, name, links);
    struct names_node *const node = *links[0];
    assert(node != NULL && bytes_equal(node->name, name));
    for (uint32_t level = 0; level < node->height; level++) {
        *links[level] = node->next[level];
    }
    memory_give(node);
    names->count--;
}

void names_free(struct names *names)
{
    for (struct names_node *node = names->first[0]; node != NULL;) {
        struct names_node *const next = node->next[0];
        memory_give(node);
        node = next;
    }
    *names = (struct names){.account = names->account};
}
