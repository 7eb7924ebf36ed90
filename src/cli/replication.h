// Replication: the changes that OpenStreetMap and others publish, one file a minute, hour or day.
//
// A place (URL or folder) has state.txt, which names the last sequence number and its time, and each
// number's changes and state: 3134 is 000/003/134.osc.gz and 000/003/134.state.txt. URLs are fetched by
// libcurl (http, https). One thread; calls block.
// https://wiki.openstreetmap.org/wiki/Planet.osm/diffs
#ifndef CLI_REPLICATION_H
#define CLI_REPLICATION_H

#include "base/buffer.h"
#include "sys/sys.h"

struct replication {
    const struct sys *sys;
    struct memory_account *account;
    const char *place;
    void *curl; // libcurl's; NULL: a folder
};

struct replication_state {
    uint64_t sequence;
    int64_t time_s; // since 1970
};

// `place` is borrowed. Fails: NO_MEMORY.
MUST_USE enum status replication_open(const struct sys *sys, struct memory_account *account,
                                      const char *place, struct replication *replication,
                                      struct fault *fault);
void replication_close(struct replication *replication);

// The last state; with `sequence` that one's. Fails: NOT_FOUND; CORRUPT for a file that is no state; IO.
MUST_USE enum status replication_last(const struct replication *replication,
                                      struct replication_state *state, struct fault *fault);
MUST_USE enum status replication_state_of(const struct replication *replication, uint64_t sequence,
                                          struct replication_state *state, struct fault *fault);

// The changes of one number, as they lie there, and what to call them in faults.
enum { REPLICATION_NAME_SIZE = 32 };
MUST_USE enum status replication_changes(const struct replication *replication, uint64_t sequence,
                                         struct buffer *file, char name[REPLICATION_NAME_SIZE],
                                         struct fault *fault);

// Reads the text of a state file. Pure.
bool replication_state_parse(struct bytes text, struct replication_state *state);

#endif
