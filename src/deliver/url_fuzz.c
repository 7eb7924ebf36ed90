#include "deliver/url.h"

#include <assert.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

// Whatever the text: an end, and C strings where C strings are promised.
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const struct bytes text = {.data = data, .size = size};
    struct url url;
    char shown[URL_SIZE_MAX + 1];
    url_show(text, shown, sizeof(shown));
    if (url_parse(text, &url, NULL) != STATUS_OK) {
        return 0;
    }
    assert(memchr(url.host, '\0', sizeof(url.host)) != NULL);
    assert(memchr(url.place, '\0', sizeof(url.place)) != NULL);
    assert(url.scheme == URL_LOCAL || url.host[0] != '\0');
    return 0;
}
