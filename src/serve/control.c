#include "serve/control.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "atlas/atlas.h"
#include "base/trace.h"

enum { LINE_SIZE = 8192 };

// Cuts the field up to the next tab off `rest`; "" when nothing is left.
static char *take_field(char **rest)
{
    char *const field = *rest;
    char *const tab = strchrnul(field, '\t');
    *rest = *tab == '\0' ? tab : tab + 1;
    *tab = '\0';
    return field;
}

static uint64_t take_number(char **rest)
{
    uint64_t number = 0;
    for (const char *digit = take_field(rest); *digit >= '0' && *digit <= '9'; digit++) {
        number = number * 10 + (uint64_t)(*digit - '0');
    }
    return number;
}

// --- The client's side ---

// Sends a line; `rest` then is what follows "ok", in `line`.
static enum status ask(const char *socket, const char *question, char line[LINE_SIZE], char **rest,
                       struct fault *fault)
{
    int peer = -1;
    TRY(local_connect(socket, &peer, fault));
    enum status status = local_send(peer, question, fault);
    if (status == STATUS_OK) {
        status = local_receive(peer, true, line, LINE_SIZE, fault);
    }
    local_hang_up(peer);
    if (status != STATUS_OK) {
        return fault_prefix(fault, status, "%s", socket);
    }
    *rest = line;
    const char *const outcome = take_field(rest);
    if (strcmp(outcome, "ok") == 0) {
        return STATUS_OK;
    }
    const uint64_t code = take_number(rest);
    const bool is_fault = strcmp(outcome, "fault") == 0 && code > 0 && code < STATUS_COUNT;
    return is_fault
               ? fault_set(fault, (enum status)code, "%s", *rest)
               : fault_set(fault, STATUS_UNSUPPORTED, "%s: no Rhumb server answers there", socket);
}

static enum status ask_for_change(const char *socket, const char *question,
                                  struct control_change *change, struct fault *fault)
{
    char line[LINE_SIZE];
    char *rest = NULL;
    TRY(ask(socket, question, line, &rest, fault));
    change->old_number = take_number(&rest);
    (void)snprintf(change->old_name, sizeof(change->old_name), "%s", take_field(&rest));
    change->new_number = take_number(&rest);
    (void)snprintf(change->new_name, sizeof(change->new_name), "%s", take_field(&rest));
    return STATUS_OK;
}

enum status control_publish(const char *socket, const char *path, struct control_change *change,
                            struct fault *fault)
{
    // The server has another working directory.
    char absolute[PATH_MAX];
    char question[LINE_SIZE];
    if (realpath(path, absolute) == NULL) {
        return fault_set(fault, STATUS_NOT_FOUND, "%s: %m", path);
    }
    if (strpbrk(absolute, "\n\t") != NULL) {
        return fault_set(fault, STATUS_OUT_OF_RANGE, "%s: the path holds a line feed or a tab",
                         path);
    }
    (void)snprintf(question, sizeof(question), "publish\t%s", absolute);
    return ask_for_change(socket, question, change, fault);
}

enum status control_rollback(const char *socket, struct control_change *change, struct fault *fault)
{
    return ask_for_change(socket, "rollback", change, fault);
}

enum status control_trace(const char *socket, const char *prefix, bool is_on, unsigned *count,
                          struct fault *fault)
{
    char line[LINE_SIZE];
    char question[128];
    char *rest = NULL;
    (void)snprintf(question, sizeof(question), "trace\t%.100s\t%s", prefix, is_on ? "on" : "off");
    TRY(ask(socket, question, line, &rest, fault));
    *count = (unsigned)take_number(&rest);
    return STATUS_OK;
}

// The server has another working directory; the folder need not be there yet.
static enum status absolute_path(const char *path, char absolute[PATH_MAX], struct fault *fault)
{
    char here[PATH_MAX] = "";
    if (path[0] != '/' && realpath(".", here) == NULL) {
        return fault_set(fault, STATUS_NOT_FOUND, "%s: %m", path);
    }
    const int size = snprintf(absolute, PATH_MAX, "%s%s%s", here, here[0] == '\0' ? "" : "/", path);
    if (size >= PATH_MAX || strpbrk(absolute, "\n\t") != NULL) {
        return fault_set(fault, STATUS_OUT_OF_RANGE,
                         "%s: the path is too long, or holds a line feed or a tab", path);
    }
    return STATUS_OK;
}

enum status control_backup(const char *socket, const char *folder, uint64_t *last,
                           struct fault *fault)
{
    char absolute[PATH_MAX];
    char line[LINE_SIZE];
    char question[LINE_SIZE];
    char *rest = NULL;
    TRY(absolute_path(folder, absolute, fault));
    (void)snprintf(question, sizeof(question), "backup\t%s", absolute);
    TRY(ask(socket, question, line, &rest, fault));
    *last = take_number(&rest);
    return STATUS_OK;
}

// --- The server's side ---

static void note_old(const struct control *control, struct control_change *change)
{
    const struct generation *const old = generation_current(control->generations);
    *change = (struct control_change){0};
    if (old != NULL) { // a server of live data alone has none
        change->old_number = old->number;
        memcpy(change->old_name, old->name, sizeof(change->old_name));
    }
}

static void note_new(const struct control *control, struct control_change *change)
{
    const struct generation *const new = generation_current(control->generations);
    change->new_number = new->number;
    memcpy(change->new_name, new->name, sizeof(change->new_name));
}

static enum status publish(struct control *control, const char *path, struct control_change *change,
                           struct fault *fault)
{
    struct atlas *atlas = NULL;
    TRY(atlas_open(control->sys, control->account, path, &atlas, fault));
    if (control->locks_atlas) {
        (void)atlas_lock(atlas);
    }
    note_old(control, change);
    TRY(generation_publish(control->generations, atlas, path, fault));
    note_new(control, change);
    return STATUS_OK;
}

static enum status rollback(struct control *control, struct control_change *change,
                            struct fault *fault)
{
    note_old(control, change);
    TRY(generation_rollback(control->generations, fault));
    note_new(control, change);
    return STATUS_OK;
}

static enum status trace(char *rest, size_t *count, struct fault *fault)
{
    const char *const prefix = take_field(&rest);
    const char *const word = take_field(&rest);
    if (strcmp(word, "on") != 0 && strcmp(word, "off") != 0) {
        return fault_set(fault, STATUS_OUT_OF_RANGE, "a trace is a prefix and on or off");
    }
    *count = trace_switch(prefix, strcmp(word, "on") == 0);
    return STATUS_OK;
}

static enum status backup(const struct control *control, const char *folder, size_t *last,
                          struct fault *fault)
{
    if (control->ledger == NULL) {
        return fault_set(fault, STATUS_UNSUPPORTED,
                         "the server keeps no live data: it was started without --data");
    }
    *last = ledger_last(control->ledger);
    return ledger_backup(control->ledger, folder, fault);
}

// Does what the line says and overwrites it with the answer.
static void answer(struct control *control, char line[LINE_SIZE])
{
    struct control_change change = {0};
    struct fault fault = {0};
    enum status status = STATUS_OK;
    size_t count = 0;
    const char *event = NULL;
    char *rest = line;
    const char *const request = take_field(&rest);
    if (strcmp(request, "publish") == 0) {
        event = "published";
        status = publish(control, rest, &change, &fault);
    } else if (strcmp(request, "rollback") == 0) {
        event = "rolled_back";
        status = rollback(control, &change, &fault);
    } else if (strcmp(request, "trace") == 0) {
        status = trace(rest, &count, &fault);
    } else if (strcmp(request, "backup") == 0) {
        status = backup(control, rest, &count, &fault);
    } else {
        status = fault_set(&fault, STATUS_UNSUPPORTED, "the server knows no such request");
    }
    if (status != STATUS_OK) {
        (void)snprintf(line, LINE_SIZE, "fault\t%d\t%s", (int)status, fault.text);
    } else if (event == NULL) {
        (void)snprintf(line, LINE_SIZE, "ok\t%zu", count);
    } else {
        (void)snprintf(line, LINE_SIZE, "ok\t%llu\t%s\t%llu\t%s",
                       (unsigned long long)change.old_number, change.old_name,
                       (unsigned long long)change.new_number, change.new_name);
        control->changed(control->context, event, &change);
    }
}

static void run(void *context)
{
    struct control *const control = context;
    int peer = -1;
    while (local_accept(&control->listener, &peer, NULL) == STATUS_OK) {
        char line[LINE_SIZE];
        if (local_receive(peer, false, line, sizeof(line), NULL) == STATUS_OK) {
            answer(control, line);
            status_ignore(local_send(peer, line, NULL), "the peer has gone; what it asked is done");
        }
        local_hang_up(peer);
    }
}

enum status control_start(struct control *control, const char *socket, struct fault *fault)
{
    TRY(local_listen(socket, &control->listener, fault));
    const enum status status = thread_start(&control->thread, "control", run, control, fault);
    if (status != STATUS_OK) {
        local_close(&control->listener);
    }
    return status;
}

void control_stop(struct control *control)
{
    if (control->thread.is_started) {
        local_stop(&control->listener);
        thread_join(&control->thread);
        local_close(&control->listener);
    }
}
