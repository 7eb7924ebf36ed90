#include "deliver/sign.h"

#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <stdio.h>
#include <string.h>

static const char secret_prefix[] = "whsec_";
enum { PREFIX_SIZE = sizeof(secret_prefix) - 1, DIGEST_SIZE = 32, DIGEST_TEXT_SIZE = 44 };

enum status sign_key_parse(struct bytes secret, struct sign_key *key, struct fault *fault)
{
    uint8_t decoded[SIGN_KEY_SIZE_MAX + 8];
    const size_t size = secret.size < PREFIX_SIZE ? 0 : secret.size - PREFIX_SIZE;
    if (size >= 4 && size % 4 == 0 && size <= (SIGN_KEY_SIZE_MAX + 2) / 3 * 4 &&
        memcmp(secret.data, secret_prefix, PREFIX_SIZE) == 0) {
        const uint8_t *const text = secret.data + PREFIX_SIZE;
        const int length = EVP_DecodeBlock(decoded, text, (int)size);
        const int padding = (text[size - 1] == '=') + (text[size - 2] == '=');
        if (length - padding >= SIGN_KEY_SIZE_MIN && length - padding <= SIGN_KEY_SIZE_MAX) {
            *key = (struct sign_key){.size = (size_t)(length - padding)};
            memcpy(key->bytes, decoded, key->size);
            return STATUS_OK;
        }
    }
    return fault_set(fault, STATUS_OUT_OF_RANGE,
                     "secrets: a secret is 'whsec_' and the base64 of %d to %d bytes, for example "
                     "from: echo whsec_$(openssl rand -base64 24)",
                     SIGN_KEY_SIZE_MIN, SIGN_KEY_SIZE_MAX);
}

void sign_secret_make(const uint64_t chance[3], char secret[SIGN_SECRET_SIZE + 1])
{
    uint8_t bytes[24];
    memcpy(bytes, chance, sizeof(bytes));
    memcpy(secret, secret_prefix, PREFIX_SIZE);
    EVP_EncodeBlock((uint8_t *)secret + PREFIX_SIZE, bytes, sizeof(bytes));
}

// HMAC over three pieces without copying the body.
static bool digest_of(const struct sign_key *key, const struct bytes pieces[3],
                      uint8_t digest[DIGEST_SIZE])
{
    EVP_MD_CTX *const context = EVP_MD_CTX_new();
    EVP_PKEY *const secret =
        EVP_PKEY_new_raw_private_key(EVP_PKEY_HMAC, NULL, key->bytes, key->size);
    size_t size = DIGEST_SIZE;
    bool is_done = context != NULL && secret != NULL &&
                   EVP_DigestSignInit(context, NULL, EVP_sha256(), NULL, secret) == 1;
    for (int i = 0; i < 3 && is_done; i++) {
        is_done = EVP_DigestSignUpdate(context, pieces[i].data, pieces[i].size) == 1;
    }
    is_done = is_done && EVP_DigestSignFinal(context, digest, &size) == 1;
    EVP_PKEY_free(secret);
    EVP_MD_CTX_free(context);
    return is_done;
}

void sign_write(const struct sign_key *keys, size_t key_count, struct bytes id, int64_t timestamp_s,
                struct bytes body, struct buffer *out)
{
    char middle[32];
    const int size = snprintf(middle, sizeof(middle), ".%lld.", (long long)timestamp_s);
    const struct bytes pieces[3] = {
        id, {.data = (const uint8_t *)middle, .size = (size_t)size}, body};
    for (size_t i = 0; i < key_count; i++) {
        uint8_t digest[DIGEST_SIZE];
        uint8_t text[DIGEST_TEXT_SIZE + 1];
        if (!digest_of(&keys[i], pieces, digest)) {
            out->failed = true; // OpenSSL had no memory
            return;
        }
        EVP_EncodeBlock(text, digest, sizeof(digest));
        buffer_append_text(out, i == 0 ? "v1," : " v1,");
        buffer_append(out, text, DIGEST_TEXT_SIZE);
    }
}
