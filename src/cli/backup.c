// Backup, restore and upgrade: data directories as a whole.
#include <stdio.h>

#include "base/date.h"
#include "cli/commands.h"
#include "ledger/folder.h"
#include "ledger/ledger.h"
#include "serve/control.h"

// --- backup ---

struct backup_settings {
    const char *control;
    const char *data;
};

static const struct option backup_rows[] = {
    {.name = "control",
     .kind = OPTION_TEXT,
     .offset = offsetof(struct backup_settings, control),
     .value = "SOCKET",
     .help = "the control socket of the server, as its own --control says"},
    {.name = "data",
     .kind = OPTION_TEXT,
     .offset = offsetof(struct backup_settings, data),
     .value = "DIR",
     .help = "a data directory that no server has open"},
};

// Opened as a server would, but for the modules: rows are rows.
static enum status backup_closed(const struct cli_call *call, const char *data, const char *folder,
                                 uint64_t *last, struct fault *fault)
{
    unsigned version = 0;
    uint64_t history = 0;
    struct ledger *ledger = NULL;
    const struct ledger_settings settings = {.folder = data, .journal_keep_us = INT64_MAX / 2};
    TRY(ledger_folder_version(call->sys, data, &version, &history, fault));
    TRY(ledger_new(call->sys, call->account, &settings, &ledger, fault));
    enum status status = ledger_open(ledger, fault);
    if (status == STATUS_OK) {
        *last = ledger_last(ledger);
        status = ledger_backup(ledger, folder, fault);
    }
    ledger_close(ledger);
    return status;
}

static enum cli_exit backup_run(const struct cli_call *call)
{
    const struct backup_settings *const settings = call->settings;
    const char *const folder = call->words[0];
    struct fault fault = {0};
    uint64_t last = 0;
    if ((settings->control == NULL) == (settings->data == NULL)) {
        return cli_usage(call, "say --control SOCKET of a running server, or --data DIR of one "
                               "that is not running");
    }
    const enum status status = settings->control != NULL
                                   ? control_backup(settings->control, folder, &last, &fault)
                                   : backup_closed(call, settings->data, folder, &last, &fault);
    if (status != STATUS_OK) {
        return cli_fail(call, &fault);
    }
    (void)printf("%s: everything up to record %llu\n", folder, (unsigned long long)last);
    return CLI_OK;
}

const struct cli_command cli_backup = {
    .name = "backup",
    .summary = "copies live data into a new folder, also while a server writes",
    .operands = "FOLDER",
    .completes = "file",
    .operand_minimum = 1,
    .operand_maximum = 1,
    .description =
        "The copy holds everything acknowledged before the call, to the record. It is made by the "
        "server when --control names one, which goes on serving, or of a data directory at rest. "
        "Files of the store are linked where the folder is on the same disk: copy the folder "
        "elsewhere, it is safe from nothing that happens to the disk. A folder without a file "
        "VERSION is a backup that was not finished.",
    .examples = "rhumb backup --control /run/rhumb/control /backup/monday\n"
                "rhumb backup --data /var/lib/rhumb /backup/monday",
    .options = {.rows = backup_rows, .count = COUNT_OF(backup_rows)},
    .settings_size = sizeof(struct backup_settings),
    .run = backup_run,
};

// --- restore ---

struct restore_settings {
    const char *data;
    const char *journal;
    const char *to;
};

static const struct option restore_rows[] = {
    {.name = "data",
     .kind = OPTION_TEXT,
     .offset = offsetof(struct restore_settings, data),
     .value = "DIR",
     .help = "the new data directory; must be new or empty"},
    {.name = "journal",
     .kind = OPTION_TEXT,
     .offset = offsetof(struct restore_settings, journal),
     .value = "DIR",
     .help = "go on with the journal of this data directory, which was kept since the backup"},
    {.name = "to",
     .kind = OPTION_TEXT,
     .offset = offsetof(struct restore_settings, to),
     .value = "LSN|TIME",
     .help = "stop after this record, or at this time (2026-01-31T12:00:00Z)"},
};

// All digits are a record.
static bool point_parse(const char *text, struct ledger_restore *wanted)
{
    lsn number = 0;
    const char *digit = text;
    for (; *digit >= '0' && *digit <= '9' && digit - text < 19; digit++) {
        number = number * 10 + (lsn)(*digit - '0');
    }
    if (*digit == '\0') {
        wanted->to = number;
        return number != 0;
    }
    return date_parse_rfc3339(bytes_from_text(text), &wanted->to_us) && wanted->to_us > 0;
}

static enum cli_exit restore_run(const struct cli_call *call)
{
    const struct restore_settings *const settings = call->settings;
    struct ledger_restore wanted = {
        .backup = call->words[0], .folder = settings->data, .journal = settings->journal};
    struct ledger_restored restored = {0};
    struct fault fault = {0};
    char time[DATE_RFC3339_SIZE + 1];
    if (settings->data == NULL) {
        return cli_usage(call, "--data DIR is missing: where to restore to");
    }
    if (settings->to != NULL && !point_parse(settings->to, &wanted)) {
        return cli_usage(call,
                         "--to '%s' is neither the number of a record nor a time such as "
                         "2026-01-31T12:00:00Z",
                         settings->to);
    }
    if (ledger_restore(call->sys, call->account, &wanted, &restored, &fault) != STATUS_OK) {
        return cli_fail(call, &fault);
    }
    date_format_rfc3339(restored.at_us, time);
    (void)printf("%s: restored up to record %llu of %s\n", settings->data,
                 (unsigned long long)restored.at, time);
    if (restored.seen > restored.at) {
        (void)printf("left out: records %llu to %llu; of deliveries that were due, %zu were made "
                     "there and are not due again\n",
                     (unsigned long long)restored.at + 1, (unsigned long long)restored.seen,
                     restored.settled);
    }
    return CLI_OK;
}

const struct cli_command cli_restore = {
    .name = "restore",
    .summary = "makes a data directory out of a backup, up to now or to a moment",
    .operands = "BACKUP",
    .completes = "file",
    .operand_minimum = 1,
    .operand_maximum = 1,
    .description =
        "Alone it brings back the moment of the backup. --journal goes on from there with the "
        "journal of the data directory the backup was made of, as long as that was kept (rhumb "
        "serve --journal-keep); --to stops after a record or at a time.\n\n"
        "What was delivered after the point is not sent again as far as the journal shows it: give "
        "--journal also when --to lies before its end. Backup and journal are only read. Exits 1 "
        "when the point cannot be reached, and says what is there; the new folder then has no file "
        "VERSION and no server takes it.",
    .examples = "rhumb restore /backup/monday --data /var/lib/rhumb-new\n"
                "rhumb restore /backup/monday --data new --journal /var/lib/rhumb --to "
                "2026-01-31T12:00:00Z  # just before the mistake",
    .options = {.rows = restore_rows, .count = COUNT_OF(restore_rows)},
    .settings_size = sizeof(struct restore_settings),
    .run = restore_run,
};

// --- upgrade ---

static enum cli_exit upgrade_run(const struct cli_call *call)
{
    const char *const folder = call->words[0];
    struct fault fault = {0};
    unsigned before = 0, after = 0;
    if (ledger_upgrade(call->sys, folder, &before, &after, &fault) != STATUS_OK) {
        return cli_fail(call, &fault);
    }
    if (before == after) {
        (void)printf("%s: has format %u already, nothing to do\n", folder, after);
    } else {
        (void)printf("%s: format %u is now %u\n", folder, before, after);
    }
    return CLI_OK;
}

const struct cli_command cli_upgrade = {
    .name = "upgrade",
    .summary = "brings a data directory to the format of this program",
    .operands = "DIR",
    .completes = "file",
    .operand_minimum = 1,
    .operand_maximum = 1,
    .description =
        "A server opens data of the format before its own without being asked; this does the same "
        "without serving, and says which format there is. Make a backup first: programs of the "
        "version before do not read the new format. Exits 1 when a server has the folder, or when "
        "a later program wrote it.",
    .examples = "rhumb upgrade /var/lib/rhumb",
    .run = upgrade_run,
};
