// What the files of the book share.
#ifndef IP_IP_BOOK_PRIVATE_H
#define IP_IP_BOOK_PRIVATE_H

#include <maxminddb.h>

#include "ip/ip_book.h"

// Fills what is not filled in yet from one record. `arena` NULL: the record is merely checked.
// Fails: CORRUPT when the record cannot be read; NO_MEMORY.
enum status ip_entry_read(const MMDB_s *file, const MMDB_entry_s *entry,
                          const struct languages *languages, struct arena *arena,
                          struct ip_place *place);

#endif
