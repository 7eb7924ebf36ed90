// Ask: searches for those who write answers of their own shape: dialects, batches, checks of addresses.
//
//     struct ask_results results;
//     TRY(ask_forward(commander, world, &query, &results, fault));
//     for each:  TRY(ask_describe(commander, world, &results.items[i], &languages, &description, &id));
//
// The same searches and descriptions as /v1 gives as GeoJSON. Everything lives in the commander:
// results until its next search, descriptions until the arena is rewound by whoever marked it. One
// thread.
#ifndef COMMAND_ASK_H
#define COMMAND_ASK_H

#include "base/arena.h"
#include "command/command.h"

struct ask_results {
    const struct search_result *items; // best first
    unsigned count;
};

// Fail as search_forward, search_autocomplete and search_reverse (search/search.h).
MUST_USE enum status ask_forward(struct commander *commander, const struct search_world *world,
                                 const struct search_query *query, struct ask_results *results,
                                 struct fault *fault);
MUST_USE enum status ask_complete(struct commander *commander, const struct search_world *world,
                                  const struct search_query *query, struct ask_results *results,
                                  struct fault *fault);
MUST_USE enum status ask_reverse(struct commander *commander, const struct search_world *world,
                                 const struct reverse_query *query, struct ask_results *results,
                                 struct fault *fault);

// Fails as search_places.
MUST_USE enum status ask_places(struct commander *commander, const struct search_world *world,
                                const struct places_query *query, struct ask_results *results,
                                struct fault *fault);

// What has this id: "osm:w123" of the atlas, "live:fleet:truck7" of live data. Fails: NOT_FOUND.
MUST_USE enum status ask_find(const struct search_world *world, struct bytes id,
                              struct search_result *result);

// A result in words, of the atlas or live; `id` is its public id. Texts lie in the atlas, in the
// commander's arena and, of a live object, in the commander until the next description.
// Fails: NO_MEMORY.
MUST_USE enum status ask_describe(struct commander *commander, const struct search_world *world,
                                  const struct search_result *result,
                                  const struct languages *languages,
                                  struct description *description, struct bytes *id);

// Memory of one request; mark it, and rewind it when done.
struct arena *ask_arena(struct commander *commander);

#endif
