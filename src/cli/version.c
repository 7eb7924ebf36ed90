#include "cli/version.h"

#include <stdio.h>

#include "cli/commands.h"
#include "cli/commit.h"   // made by scripts/commit.sh: RHUMB_COMMIT, RHUMB_DATE
#include "cli/versions.h" // made by the build: RHUMB_VERSION, RHUMB_COMPILER, RHUMB_LIBRARIES

const char *version_date(void)
{
    return RHUMB_DATE;
}

static enum cli_exit version_run(const struct cli_call *call)
{
    (void)call;
    (void)printf("rhumb %s\ncommit %s of %s\ncompiler %s\nlibraries %s\n", RHUMB_VERSION,
                 RHUMB_COMMIT, RHUMB_DATE, RHUMB_COMPILER, RHUMB_LIBRARIES);
    return CLI_OK;
}

const struct cli_command cli_version = {
    .name = "version",
    .summary = "names the commit, the compiler and the libraries this program is made of",
    .operands = "",
    .description = "Put its output into a report of a problem.",
    .examples = "rhumb version",
    .run = version_run,
};
