// Builder of transducers (fst.h): takes keys in order, hands the bytes out as they become final.
//
// As soon as a key differs from the one before it, the nodes of the earlier one's rest are final:
// the arcs are normalised (their least value and best weight move up to the arc that leads here),
// an equal node written before is used again, otherwise the node goes to the sink. So memory is the
// current key's path, the register of nodes that may still be shared, and a write buffer. A register
// that is too small only costs size: nodes it has forgotten are written again. Source of the method:
// Daciuk, Mihov, Watson, Watson: Incremental Construction of Minimal Acyclic Finite-State Automata
// (2000), with the outputs pushed as in Mohri: Minimization Algorithms for Sequential Transducers
// (2000). When nothing was forgotten, the automaton is minimal.
//
// The same calls give the same bytes. One thread.
#ifndef FST_FST_BUILD_H
#define FST_FST_BUILD_H

#include <stdint.h>

#include "base/bytes.h"
#include "base/memory.h"
#include "base/status.h"

// Takes the next bytes of the section, valid during the call.
typedef enum status (*fst_sink)(void *context, struct bytes bytes, struct fault *fault);

struct fst_builder;

// A register of this size keeps all nodes of about a million street names.
#define FST_REGISTER_SIZE_DEFAULT ((size_t)64 << 20)

// `register_size` limits the register; it grows up to that as needed. 0: no sharing of ends at all.
// Fails: NO_MEMORY.
MUST_USE enum status fst_builder_new(struct memory_account *account, size_t register_size,
                                     fst_sink sink, void *context, struct fst_builder **builder,
                                     struct fault *fault);

// Adds a key that comes after all before it.
// Fails: OUT_OF_RANGE when it does not, or is longer than FST_KEY_SIZE_MAX; NO_MEMORY; NO_SPACE
// when the map would pass 1 TiB or 2^32 - 1 keys; what the sink answers. After any failure the
// builder can only be freed.
MUST_USE enum status fst_builder_add(struct fst_builder *builder, struct bytes key, uint64_t value,
                                     uint32_t weight, struct fault *fault);

// Writes what is left and the trailer. The builder can then only be freed.
MUST_USE enum status fst_builder_finish(struct fst_builder *builder, struct fault *fault);

// NULL is accepted.
void fst_builder_free(struct fst_builder *builder);

// A sink into a struct buffer: `context` is the buffer.
MUST_USE enum status fst_sink_buffer(void *context, struct bytes bytes, struct fault *fault);

#endif
