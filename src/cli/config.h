// Config: the YAML file of a command's options: one flat mapping, each key an option's name.
//
//     http: 127.0.0.1:7070
//     threads: 2
//
// Unknown, repeated and nested keys are refused with line and column. One thread.
#ifndef CLI_CONFIG_H
#define CLI_CONFIG_H

#include "base/memory.h"
#include "base/option.h"
#include "base/status.h"
#include "sys/sys.h"

// Holds the text that settings point to.
struct config {
    const struct sys *sys;
    struct memory_account *account;
    char *texts; // owned
    size_t used_size, capacity;
};

// Sets every option that the file at `path` names. Settings borrow text from `config`.
// Fails: NOT_FOUND, IO; OUT_OF_RANGE with path, line and column; NO_MEMORY.
MUST_USE enum status config_apply(struct config *config, const char *path,
                                  struct option_table table, void *settings, struct fault *fault);
void config_free(struct config *config);

#endif
