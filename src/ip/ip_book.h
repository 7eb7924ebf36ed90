// IP book: which place an IP address is used at, from databases in MaxMind's format (MMDB).
//
// Any number of files together: cities, countries, networks of providers (ASN). What several know is
// believed of the one given first. A file is checked whole when it is opened: every node of its tree
// and every record a lookup can come to is read once; a damaged one is refused. Afterwards a lookup
// costs some microseconds and takes no memory but the arena's.
//
// A file is replaced by renaming another into its place (as geoipupdate does) and starting anew. One
// that is cut short under the server reads as zeros and is then passed over. Opening blocks; looking up is for
// any thread. https://maxmind.github.io/MaxMind-DB/
#ifndef IP_IP_BOOK_H
#define IP_IP_BOOK_H

#include "atlas/describe.h"
#include "base/arena.h"
#include "base/memory.h"
#include "base/status.h"
#include "sys/ip.h"

enum { IP_FILES_MAX = 16 };

struct ip_book;

// Fails: NOT_FOUND; CORRUPT, UNSUPPORTED naming the file; NO_MEMORY; OUT_OF_RANGE too many files.
MUST_USE enum status ip_book_open(struct memory_account *account, const char *const *paths,
                                  size_t count, struct ip_book **book, struct fault *fault);
// NULL is accepted.
void ip_book_close(struct ip_book *book);

// What a file says of itself.
struct ip_file {
    const char *name; // of the file, without folder
    const char *type; // "GeoLite2-City"
    const char *attribution, *licence, *url;
    int64_t built_s; // since 1970
};
size_t ip_book_count(const struct ip_book *book);
struct ip_file ip_book_at(const struct ip_book *book, size_t index);

// What is known of an address; size 0, 0 or "" where nothing is. Text is in the arena.
struct ip_place {
    bool is_found;   // in some file
    unsigned prefix; // of the narrowest entry that holds it, as IPv6
    struct bytes continent_code, continent;
    struct bytes country_code, country;
    struct bytes region_code, region; // "GB-ENG"
    struct bytes county, locality, postcode;
    struct bytes zone; // of the time zone database
    bool has_point;
    struct geo_point point;
    uint32_t accuracy_m; // it is within so far of the point; 0 unknown
    uint32_t asn;        // number of the autonomous system
    struct bytes organisation;
};

// Names are in the first of `languages` there is, else in English. Fails: NO_MEMORY when the arena is
// full.
MUST_USE enum status ip_book_find(const struct ip_book *book, const struct ip_address *address,
                                  const struct languages *languages, struct arena *arena,
                                  struct ip_place *place);

#endif
