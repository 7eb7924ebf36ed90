#include "serve/control.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "atlas/atlas.h"
#include "base/trace.h"

enum { LINE_SIZE = 8192 };

// --- The client's side ---

// Sends a line; fills `answer` with what follows "ok ".
static enum status ask(const char *socket, const char *question, char *answer, struct fault *fault)
{
    int peer = -1;
    TRY(local_connect(socket, &peer, fault));
    enum status status = local_send(peer, question, fault);
    if (status == STATUS_OK) {
        status = local_receive(peer, true, answer, LINE_SIZE, fault);
    }
    local_hang_up(peer);
    if (status != STATUS_OK) {
        return fault_prefix(fault, status, "%s", socket);
    }
    if (strncmp(answer, "ok ", 3) == 0) {
        memmove(answer, answer + 3, strlen(answer + 3) + 1);
        return STATUS_OK;
    }
    int code = 0;
    int text_offset = 0;
    if (sscanf(answer, "fault %d %n", &code, &text_offset) == 1 && code > 0 &&
        code < STATUS_COUNT) {
        return fault_set(fault, (enum status)code, "%s", answer + text_offset);
    }
    return fault_set(fault, STATUS_UNSUPPORTED, "%s: the server answered '%.200s'", socket, answer);
}

static enum status ask_for_change(const char *socket, const char *question,
                                  struct control_change *change, struct fault *fault)
{
    char answer[LINE_SIZE];
    unsigned long long old_number = 0;
    unsigned long long new_number = 0;
    TRY(ask(socket, question, answer, fault));
    *change = (struct control_change){0};
    if (sscanf(answer, "%llu %llu\t%255[^\t]\t%255[^\t]", &old_number, &new_number,
               change->old_name, change->new_name) != 4) {
        return fault_set(fault, STATUS_UNSUPPORTED, "%s: the server answered '%.200s'", socket,
                         answer);
    }
    change->old_number = old_number;
    change->new_number = new_number;
    return STATUS_OK;
}

enum status control_publish(const char *socket, const char *path, struct control_change *change,
                            struct fault *fault)
{
    // The server has another working directory.
    char *const absolute = realpath(path, NULL);
    if (absolute == NULL) {
        return fault_set(fault, STATUS_NOT_FOUND, "%s: %m", path);
    }
    char question[LINE_SIZE];
    const int size = snprintf(question, sizeof(question), "publish %s", absolute);
    const bool is_sendable = size > 0 && size < LINE_SIZE && strchr(absolute, '\n') == NULL;
    free(absolute); // realpath's own
    if (!is_sendable) {
        return fault_set(fault, STATUS_OUT_OF_RANGE,
                         "%s: the path is too long or holds a line feed", path);
    }
    return ask_for_change(socket, question, change, fault);
}

enum status control_rollback(const char *socket, struct control_change *change, struct fault *fault)
{
    return ask_for_change(socket, "rollback", change, fault);
}

enum status control_trace(const char *socket, const char *prefix, bool is_on, unsigned *count,
                          struct fault *fault)
{
    char answer[LINE_SIZE];
    char question[128];
    (void)snprintf(question, sizeof(question), "trace %.100s %s", prefix, is_on ? "on" : "off");
    TRY(ask(socket, question, answer, fault));
    *count = (unsigned)strtoul(answer, NULL, 10);
    return STATUS_OK;
}

// --- The server's side ---

static void note_old(const struct control *control, struct control_change *change)
{
    const struct generation *const old = control->generations->current;
    *change = (struct control_change){.old_number = old->number};
    memcpy(change->old_name, old->name, sizeof(change->old_name));
}

static void note_new(const struct control *control, struct control_change *change)
{
    const struct generation *const new = control->generations->current;
    change->new_number = new->number;
    memcpy(change->new_name, new->name, sizeof(change->new_name));
}

static enum status publish(struct control *control, const char *path, struct control_change *change,
                           struct fault *fault)
{
    struct atlas *atlas = NULL;
    TRY(atlas_open(control->sys, control->account, path, &atlas, fault));
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

static enum status trace(char *arguments, size_t *count, struct fault *fault)
{
    char *const space = strrchr(arguments, ' ');
    const char *const word = space == NULL ? "" : space + 1;
    if (strcmp(word, "on") != 0 && strcmp(word, "off") != 0) {
        return fault_set(fault, STATUS_OUT_OF_RANGE, "a trace is PREFIX on or PREFIX off");
    }
    *space = '\0';
    *count = trace_switch(arguments, strcmp(word, "on") == 0);
    return STATUS_OK;
}

// Does what the line says and overwrites it with the answer.
static void answer(struct control *control, char *line)
{
    struct control_change change = {0};
    struct fault fault = {0};
    enum status status = STATUS_OK;
    size_t count = 0;
    const char *event = NULL;
    if (strncmp(line, "publish ", 8) == 0) {
        event = "published";
        status = publish(control, line + 8, &change, &fault);
    } else if (strcmp(line, "rollback") == 0) {
        event = "rolled_back";
        status = rollback(control, &change, &fault);
    } else if (strncmp(line, "trace ", 6) == 0) {
        status = trace(line + 6, &count, &fault);
    } else {
        status = fault_set(&fault, STATUS_UNSUPPORTED, "the server knows no such request");
    }
    if (status != STATUS_OK) {
        (void)snprintf(line, LINE_SIZE, "fault %d %s", (int)status, fault.text);
    } else if (event == NULL) {
        (void)snprintf(line, LINE_SIZE, "ok %zu", count);
    } else {
        (void)snprintf(line, LINE_SIZE, "ok %llu %llu\t%s\t%s",
                       (unsigned long long)change.old_number, (unsigned long long)change.new_number,
                       change.old_name, change.new_name);
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
