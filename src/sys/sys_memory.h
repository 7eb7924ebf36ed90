// Sys in memory: a world of its own for tests. Files live on a made-up disk, the clock moves when told,
// chance comes from a seed, and any call can be made to fail.
//
// The disk remembers what a real one would: content lives through a power cut once the file was
// synced, names once their folder was. After sys_memory_crash everything else is gone or torn, sector
// by sector, as the seed has it. To try every failure of a piece of code, run it with
// sys_memory_fail_at(memory, 1), 2, 3 … until a run ends with sys_memory_has_failed false.
//
// Folders must be made before files are put in them; "/" and "." are there. Any thread may call the
// table; the functions here are for the one thread of the test.
#ifndef SYS_SYS_MEMORY_H
#define SYS_SYS_MEMORY_H

#include "base/memory.h"
#include "sys/sys.h"

struct sys_memory;

MUST_USE enum status sys_memory_new(struct memory_account *account, uint64_t seed,
                                    struct sys_memory **memory, struct fault *fault);
void sys_memory_free(struct sys_memory *memory); // everything open must be closed; NULL is accepted

// Valid until sys_memory_free.
const struct sys *sys_memory_table(struct sys_memory *memory);

// Moves both clocks on, as sleeping does. They start at 2026-01-01T00:00:00Z and 0.
void sys_memory_pass(struct sys_memory *memory, int64_t duration_us);

// Makes the call-th call from now fail once with IO: 1 is the next, 0 none. Calls that cannot fail do
// not count. A failing write writes a part of its bytes first.
void sys_memory_fail_at(struct sys_memory *memory, uint64_t call);
// True when that call has come.
bool sys_memory_has_failed(const struct sys_memory *memory);

// The disk's size: files that would grow beyond it are refused with NO_SPACE. 0: no limit.
void sys_memory_limit(struct sys_memory *memory, uint64_t size);
// Changes a byte of a file behind everybody's back, synced content included.
void sys_memory_damage(struct sys_memory *memory, const char *path, uint64_t offset);

// A power cut: nothing is open any more, and what was not synced is lost or torn.
void sys_memory_crash(struct sys_memory *memory);

// Files that have a name or are open.
size_t sys_memory_file_count(const struct sys_memory *memory);

#endif
