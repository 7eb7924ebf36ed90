// Any bytes as an MMDB file: it is refused, or answers without reading outside.
#include "ip/ip_book.h"

#include <stdio.h>
#include <sys/mman.h>
#include <unistd.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct memory_account account = {.name = "fuzz"};
    static char memory[16384];
    char path[64];
    struct ip_book *book = NULL;
    struct fault fault;
    const int file = memfd_create("book.mmdb", MFD_CLOEXEC);
    if (file < 0 || write(file, data, size) != (ssize_t)size) {
        return 0;
    }
    (void)snprintf(path, sizeof(path), "/proc/self/fd/%d", file);
    const char *const paths[] = {path};
    if (ip_book_open(&account, paths, 1, &book, &fault) == STATUS_OK) {
        static const char *const texts[] = {"81.2.69.142", "1.1.1.3", "2001:218::1", "::2:0:1"};
        const struct languages languages = {.tags = {"de", "zh-Hant"}, .count = 2};
        for (size_t i = 0; i < COUNT_OF(texts); i++) {
            struct arena arena = arena_over(memory, sizeof(memory));
            struct ip_address address;
            struct ip_place place;
            if (ip_address_parse(bytes_from_text(texts[i]), &address)) {
                status_ignore(ip_book_find(book, &address, &languages, &arena, &place),
                              "too much text for the arena is an answer too");
            }
        }
        (void)ip_book_at(book, 0);
        ip_book_close(book);
    }
    (void)close(file);
    return 0;
}
