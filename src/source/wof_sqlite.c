// Distributions of Who's On First in SQLite: the bodies of the table "geojson".
//
// The file is read where it is mapped, as an image in memory, so it may come compressed or from
// standard input. It is not trusted: nothing but a plain table is read, no view, no virtual table, and
// the schema may call no function.
#include <sqlite3.h>
#include <stdio.h>

#include "source/wof_private.h"

bool wof_sqlite_recognise(struct bytes front)
{
    static const char magic[] = "SQLite format 3";
    return front.size >= 100 && memcmp(front.data, magic, sizeof(magic)) == 0;
}

static enum status database_fault(const struct wof_reader *reader, sqlite3 *database,
                                  struct fault *fault)
{
    return fault_set(fault, STATUS_CORRUPT, "%s: the SQLite file cannot be read: %s",
                     reader->input->path, sqlite3_errmsg(database));
}

static int cancel_asked(void *context)
{
    const struct wof_reader *const reader = context;
    const struct source_options *const options = reader->input->options;
    return options->progress != NULL &&
           !options->progress(options->progress_context, "records", reader->record_count, 0);
}

static enum status table_find(struct wof_reader *reader, sqlite3 *database, struct fault *fault)
{
    static const char query[] = "SELECT 1 FROM sqlite_schema WHERE type = 'table' AND "
                                "name = 'geojson' AND rootpage > 0";
    sqlite3_stmt *statement = NULL;
    if (sqlite3_prepare_v2(database, query, -1, &statement, NULL) != SQLITE_OK) {
        return database_fault(reader, database, fault);
    }
    const int step = sqlite3_step(statement);
    (void)sqlite3_finalize(statement);
    if (step == SQLITE_ROW) {
        return STATUS_OK;
    }
    return step == SQLITE_DONE
               ? fault_set(fault, STATUS_UNSUPPORTED,
                           "%s: this SQLite file has no table geojson, so it is no distribution of "
                           "Who's On First with its records",
                           reader->input->path)
               : database_fault(reader, database, fault);
}

static enum status rows_take(struct wof_reader *reader, sqlite3 *database, sqlite3_stmt *statement,
                             struct fault *fault)
{
    int step;
    while ((step = sqlite3_step(statement)) == SQLITE_ROW) {
        const struct bytes body = {.data = sqlite3_column_blob(statement, 1),
                                   .size = (size_t)sqlite3_column_bytes(statement, 1)};
        char name[48];
        (void)snprintf(name, sizeof(name), "the record %lld",
                       (long long)sqlite3_column_int64(statement, 0));
        TRY(wof_record_take(reader, name, body, fault));
    }
    if (step == SQLITE_INTERRUPT) {
        return fault_set(fault, STATUS_CANCELLED, "%s: cancelled", reader->input->path);
    }
    return step == SQLITE_DONE ? STATUS_OK : database_fault(reader, database, fault);
}

static enum status records_read(struct wof_reader *reader, sqlite3 *database, struct fault *fault)
{
    enum { TICK_STEPS = 100000 };
    TRY(table_find(reader, database, fault));
    sqlite3_progress_handler(database, TICK_STEPS, cancel_asked, reader);
    sqlite3_stmt *statement = NULL;
    if (sqlite3_prepare_v2(database, "SELECT id, body FROM geojson", -1, &statement, NULL) !=
        SQLITE_OK) {
        return database_fault(reader, database, fault);
    }
    const enum status status = rows_take(reader, database, statement, fault);
    (void)sqlite3_finalize(statement);
    return status;
}

enum status wof_sqlite_read(struct wof_reader *reader, struct bytes image, struct fault *fault)
{
    enum { WRITE_VERSION_AT = 18, WAL = 2 };
    if (image.data[WRITE_VERSION_AT] == WAL) {
        return fault_set(fault, STATUS_UNSUPPORTED,
                         "%s: this SQLite file is in WAL mode, so a part of it may lie in another "
                         "file; run \"PRAGMA journal_mode = DELETE\" in it first",
                         reader->input->path);
    }
    sqlite3 *database = NULL;
    int result = sqlite3_open_v2(":memory:", &database, SQLITE_OPEN_READWRITE, NULL);
    if (result == SQLITE_OK) {
        (void)sqlite3_db_config(database, SQLITE_DBCONFIG_DEFENSIVE, 1, (int *)NULL);
        (void)sqlite3_db_config(database, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0, (int *)NULL);
        result = sqlite3_deserialize(database, "main", (unsigned char *)(uintptr_t)image.data,
                                     (sqlite3_int64)image.size, (sqlite3_int64)image.size,
                                     SQLITE_DESERIALIZE_READONLY);
    }
    const enum status status = result == SQLITE_OK ? records_read(reader, database, fault)
                                                   : database_fault(reader, database, fault);
    (void)sqlite3_close(database);
    return status;
}
