// Runs a fuzz target over the files of a corpus folder, so that what a fuzzer once found stays
// found in every build, with any compiler.
//
// Usage: x_replay FOLDER. Succeeds when every file returned; says how many there were.
#include <dirent.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static int replay_file(const char *folder, const char *name)
{
    char path[4096];
    (void)snprintf(path, sizeof(path), "%s/%s", folder, name);
    FILE *const file = fopen(path, "rb");
    if (file == NULL) {
        perror(path);
        return 1;
    }
    size_t size = 0;
    size_t capacity = 1 << 16;
    uint8_t *data = malloc(capacity);
    for (size_t got; data != NULL && (got = fread(data + size, 1, capacity - size, file)) != 0;) {
        size += got;
        if (size == capacity) {
            uint8_t *const moved = realloc(data, capacity * 2);
            if (moved == NULL) {
                break;
            }
            data = moved;
            capacity *= 2;
        }
    }
    (void)fclose(file);

    // An exact copy, so that a sanitizer sees the first byte read past the end.
    uint8_t *const exact = malloc(size == 0 ? 1 : size);
    if (exact != NULL && data != NULL) {
        memcpy(exact, data, size);
        (void)LLVMFuzzerTestOneInput(exact, size);
    }
    free(exact);
    free(data);
    return 0;
}

int main(int count, char **arguments)
{
    DIR *const folder = count == 2 ? opendir(arguments[1]) : NULL;
    if (folder == NULL) {
        (void)fprintf(stderr, "usage: %s FOLDER (an existing corpus folder)\n", arguments[0]);
        return 2;
    }
    int failed = 0;
    unsigned replayed = 0;
    for (const struct dirent *entry; (entry = readdir(folder)) != NULL;) {
        if (entry->d_name[0] != '.') {
            failed |= replay_file(arguments[1], entry->d_name);
            replayed++;
        }
    }
    (void)closedir(folder);
    (void)printf("%u inputs replayed\n", replayed);
    return failed != 0 || replayed == 0;
}
