// Table: the kinds of rows that live data is made of.
//
// All state is rows of tables, key bytes to value bytes, both little else than packed structs of the
// module that owns the table (its header says the format; numbers in keys are big-endian so that
// they sort). Numbers of tables are part of the format of journals and stores: never reused.
#ifndef LEDGER_TABLE_H
#define LEDGER_TABLE_H

enum ledger_table {
    TABLE_META = 0, // any: counters; keys that begin "ledger/" are the ledger's; ignore others'
    TABLE_COLLECTION = 1,   // live: number -> name, settings
    TABLE_OBJECT = 2,       // live: collection, id -> row (live/row.h)
    TABLE_HISTORY = 3,      // live: collection, id, event time, LSN -> row; ages
    TABLE_FENCE = 4,        // fence: id -> rule
    TABLE_MEMBER = 5,       // fence: fence, object -> membership
    TABLE_TIMER = 6,        // any: due time, owner, what -> argument
    TABLE_EVENT = 7,        // event: stream, sequence -> event; ages
    TABLE_HOOK = 8,         // deliver: id -> settings, state
    TABLE_DELIVERY = 9,     // deliver: hook, sequence -> attempts, next time (the outbox)
    TABLE_DEAD_LETTER = 10, // deliver: hook, sequence -> why
    TABLE_TRIP = 11,        // track
    TABLE_STOP = 12,        // track: stops, visits
    TABLE_CHANNEL = 13,     // fence: Tile38's hooks and channels
};
#define TABLE_COUNT 14

// Tables whose owners hold every row in memory: without a data directory the store leaves them out.
#define TABLES_IN_MEMORY (1U << TABLE_OBJECT | 1U << TABLE_MEMBER)

#endif
