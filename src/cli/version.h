// Version: what this program is made of.
#ifndef CLI_VERSION_H
#define CLI_VERSION_H

// "2026-11-21": the day of the commit, so that the same source gives the same pages.
const char *version_date(void);

#endif
