// Log: one JSON object a line on standard error.
//
//     struct log_entry entry;
//     log_begin(&entry, sys, account, "listening");
//     JSON_KEY(&entry.json, "url");
//     json_text_of(&entry.json, url);
//     log_end(&entry);
//
// Query text and positions are never written but by who asks for --log-queries. Each line is one
// write, so that lines of several threads do not mix.
#ifndef SERVE_LOG_H
#define SERVE_LOG_H

#include "codec/json_write.h"
#include "sys/sys.h"

struct log_entry {
    const struct sys *sys;
    struct buffer text;
    struct json_writer json; // inside the object, after "time" and "event"
};

// `entry` must not move until log_end.
void log_begin(struct log_entry *entry, const struct sys *sys, struct memory_account *account,
               const char *event);
void log_end(struct log_entry *entry);

#endif
