#include "serve/log.h"

#include <unistd.h>

#include "base/date.h"
#include "sys/clock.h"

void log_begin(struct log_entry *entry, const struct sys *sys, struct memory_account *account,
               const char *event)
{
    char time[DATE_RFC3339_SIZE + 1];
    date_format_rfc3339(sys_wall_us(sys), time);
    *entry = (struct log_entry){.sys = sys, .text = {.account = account}};
    entry->json.out = &entry->text;
    json_begin_object(&entry->json);
    JSON_KEY(&entry->json, "time");
    json_text_of(&entry->json, time);
    JSON_KEY(&entry->json, "event");
    json_text_of(&entry->json, event);
}

void log_end(struct log_entry *entry)
{
    json_end_object(&entry->json);
    buffer_append_u8(&entry->text, '\n');
    if (buffer_status(&entry->text) == STATUS_OK) {
        status_ignore(
            entry->sys->write(entry->sys, STDERR_FILENO, entry->text.data, entry->text.size, NULL),
            "nowhere to say it");
    }
    buffer_free(&entry->text);
}
