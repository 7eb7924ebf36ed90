#include "ip/ip_book.h"

#include <errno.h>
#include <string.h>

#include "ip/ip_book_private.h"
#include "sys/file.h"
#include "sys/guard.h"

struct ip_volume {
    MMDB_s file;
    struct guard_mapping guard;
    bool is_open;
};

struct ip_book {
    struct ip_volume volumes[IP_FILES_MAX];
    size_t count;
};

// Who is to be named, by how the type of a database begins.
static const struct credit {
    const char *type, *attribution, *licence, *url;
} credits[] = {
    {"GeoLite2", "This product includes GeoLite2 data created by MaxMind", "GeoLite2 EULA",
     "https://www.maxmind.com"},
    {"GeoIP", "MaxMind GeoIP", "MaxMind's", "https://www.maxmind.com"},
    {"DBIP", "IP Geolocation by DB-IP", "CC BY 4.0", "https://db-ip.com"},
    {"ipinfo", "IP address data powered by IPinfo", "CC BY-SA 4.0", "https://ipinfo.io"},
    {"", "", "", ""},
};

static enum status file_fault(const char *path, int error, struct fault *fault)
{
    switch (error) {
    case MMDB_FILE_OPEN_ERROR:
        return fault_set(fault, STATUS_NOT_FOUND, "%s: it cannot be opened: %m", path);
    case MMDB_OUT_OF_MEMORY_ERROR:
        return fault_set(fault, STATUS_NO_MEMORY, "%s: no memory to open it", path);
    case MMDB_IO_ERROR:
        return fault_set(fault, STATUS_IO, "%s: it cannot be read", path);
    case MMDB_UNKNOWN_DATABASE_FORMAT_ERROR:
        return fault_set(fault, STATUS_UNSUPPORTED, "%s: a version of MMDB that is not known",
                         path);
    case MMDB_INVALID_METADATA_ERROR:
        return fault_set(fault, STATUS_CORRUPT,
                         "%s is no MMDB file, or its end is missing: download it again", path);
    default:
        return fault_set(fault, STATUS_CORRUPT, "%s is damaged (%s): download it again", path,
                         MMDB_strerror(error));
    }
}

// Reads the record at an offset once; `seen` has a bit for each offset.
static enum status record_check(const MMDB_s *file, MMDB_entry_s entry, uint8_t *seen)
{
    static const struct languages languages = {.tags = {"de", "fr"}, .count = 2};
    if (entry.offset >= file->data_section_size) {
        return STATUS_CORRUPT;
    }
    uint8_t *const byte = &seen[entry.offset / 8];
    const uint8_t bit = (uint8_t)(1U << entry.offset % 8);
    if ((*byte & bit) != 0) {
        return STATUS_OK;
    }
    *byte |= bit;
    struct ip_place place = {0};
    return ip_entry_read(file, &entry, &languages, NULL, &place);
}

static enum status nodes_check(const MMDB_s *file, uint8_t *seen)
{
    for (uint32_t i = 0; i < file->metadata.node_count; i++) {
        MMDB_search_node_s node;
        if (MMDB_read_node(file, i, &node) != MMDB_SUCCESS) {
            return STATUS_CORRUPT;
        }
        const uint8_t types[] = {node.left_record_type, node.right_record_type};
        const MMDB_entry_s entries[] = {node.left_record_entry, node.right_record_entry};
        for (size_t k = 0; k < 2; k++) {
            if (types[k] == MMDB_RECORD_TYPE_INVALID ||
                (types[k] == MMDB_RECORD_TYPE_DATA &&
                 record_check(file, entries[k], seen) != STATUS_OK)) {
                return STATUS_CORRUPT;
            }
        }
    }
    return STATUS_OK;
}

static enum status file_check(struct memory_account *account, const char *path, const MMDB_s *file,
                              struct fault *fault)
{
    uint8_t *const seen = memory_take_zeroed(account, file->data_section_size / 8 + 1, 1);
    if (seen == NULL) {
        return fault_set(fault, STATUS_NO_MEMORY, "%s: no memory to check it", path);
    }
    const enum status status = nodes_check(file, seen);
    memory_give(seen);
    return status == STATUS_OK ? STATUS_OK
                               : file_fault(path, MMDB_CORRUPT_SEARCH_TREE_ERROR, fault);
}

static enum status volume_open(struct memory_account *account, const char *path,
                               struct ip_volume *volume, struct fault *fault)
{
    errno = 0;
    const int error = MMDB_open(path, MMDB_MODE_MMAP, &volume->file);
    if (error != MMDB_SUCCESS) {
        return file_fault(path, error, fault);
    }
    volume->is_open = true;
    if (!guard_mapping_begin(path, volume->file.file_content, (size_t)volume->file.file_size,
                             &volume->guard)) {
        return file_fault(path, MMDB_FILE_OPEN_ERROR, fault);
    }
    return file_check(account, path, &volume->file, fault);
}

enum status ip_book_open(struct memory_account *account, const char *const *paths, size_t count,
                         struct ip_book **book, struct fault *fault)
{
    if (count > IP_FILES_MAX) {
        return fault_set(fault, STATUS_OUT_OF_RANGE, "%zu MMDB files: at most %d are taken", count,
                         IP_FILES_MAX);
    }
    struct ip_book *const opened = memory_take_zeroed(account, 1, sizeof(*opened));
    if (opened == NULL) {
        return fault_set(fault, STATUS_NO_MEMORY, "no memory for MMDB files");
    }
    for (; opened->count < count; opened->count++) {
        struct ip_volume *const volume = &opened->volumes[opened->count];
        const enum status status = volume_open(account, paths[opened->count], volume, fault);
        if (status != STATUS_OK) {
            opened->count++;
            ip_book_close(opened);
            return status;
        }
    }
    *book = opened;
    return STATUS_OK;
}

void ip_book_close(struct ip_book *book)
{
    for (size_t i = 0; book != NULL && i < book->count; i++) {
        guard_mapping_end(&book->volumes[i].guard);
        if (book->volumes[i].is_open) {
            MMDB_close(&book->volumes[i].file);
        }
    }
    memory_give(book);
}

size_t ip_book_count(const struct ip_book *book)
{
    return book->count;
}

struct ip_file ip_book_at(const struct ip_book *book, size_t index)
{
    const MMDB_s *const file = &book->volumes[index].file;
    const char *const type = file->metadata.database_type;
    const struct credit *credit = credits;
    while (strncmp(credit->type, type, strlen(credit->type)) != 0) {
        credit++;
    }
    // GeoLite2 was given away under Creative Commons until the end of 2019.
    const bool is_commons = credit == credits && file->metadata.build_epoch < UINT64_C(1577664000);
    return (struct ip_file){.name = file_base_name(file->filename),
                            .type = type,
                            .attribution = credit->attribution,
                            .licence = is_commons ? "CC BY-SA 4.0" : credit->licence,
                            .url = credit->url,
                            .built_s = (int64_t)file->metadata.build_epoch};
}

static enum status volume_find(const struct ip_volume *volume, const struct ip_address *address,
                               const struct languages *languages, struct arena *arena,
                               struct ip_place *place)
{
    const bool is_v4 = ip_address_is_v4(address);
    union {
        struct sockaddr any;
        struct sockaddr_in v4;
        struct sockaddr_in6 v6;
    } socket = {.any = {.sa_family = is_v4 ? AF_INET : AF_INET6}};
    if (is_v4) {
        memcpy(&socket.v4.sin_addr, address->bytes + 12, 4);
    } else if (volume->file.metadata.ip_version != 6) {
        return STATUS_OK;
    } else {
        memcpy(&socket.v6.sin6_addr, address->bytes, 16);
    }
    int error = MMDB_SUCCESS;
    const MMDB_lookup_result_s found = MMDB_lookup_sockaddr(&volume->file, &socket.any, &error);
    if (error != MMDB_SUCCESS || !found.found_entry || guard_mapping_was_hit(&volume->guard)) {
        return STATUS_OK;
    }
    struct ip_place read = *place;
    const enum status status = ip_entry_read(&volume->file, &found.entry, languages, arena, &read);
    if (status == STATUS_OK) {
        // A tree of IPv4 alone counts its own bits.
        const unsigned bits =
            found.netmask + (is_v4 && volume->file.metadata.ip_version == 4 ? 96U : 0U);
        read.prefix = bits > read.prefix ? bits : read.prefix;
        read.is_found = true;
        *place = read;
    }
    return status == STATUS_NO_MEMORY ? status : STATUS_OK;
}

enum status ip_book_find(const struct ip_book *book, const struct ip_address *address,
                         const struct languages *languages, struct arena *arena,
                         struct ip_place *place)
{
    *place = (struct ip_place){0};
    for (size_t i = 0; i < book->count; i++) {
        TRY(volume_find(&book->volumes[i], address, languages, arena, place));
    }
    return STATUS_OK;
}
