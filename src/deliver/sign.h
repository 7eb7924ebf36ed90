// Sign: the headers that let a receiver check who sent a message (Standard Webhooks 1.0,
// https://www.standardwebhooks.com).
//
//     webhook-id: evt_…                 the same every time a message is sent again
//     webhook-timestamp: 1700000000     seconds, of this attempt
//     webhook-signature: v1,BASE64 …    HMAC-SHA256 of "ID.TIMESTAMP.BODY", one for each secret
//
// While a key is being changed a hook has two secrets and every message two signatures. Any thread.
#ifndef DELIVER_SIGN_H
#define DELIVER_SIGN_H

#include <stdint.h>

#include "base/buffer.h"
#include "base/bytes.h"
#include "base/status.h"

enum { SIGN_KEY_SIZE_MIN = 16, SIGN_KEY_SIZE_MAX = 64, SIGN_KEYS_MAX = 4 };

struct sign_key {
    uint8_t bytes[SIGN_KEY_SIZE_MAX];
    size_t size;
};

// "whsec_" and base64. Fails: OUT_OF_RANGE with a sentence that does not repeat the secret.
MUST_USE enum status sign_key_parse(struct bytes secret, struct sign_key *key, struct fault *fault);

// A new secret from 24 bytes of chance, as text.
enum { SIGN_SECRET_SIZE = 6 + 32 };
void sign_secret_make(const uint64_t chance[3], char secret[SIGN_SECRET_SIZE + 1]);

// Appends "v1,… v1,…", one for each key.
void sign_write(const struct sign_key *keys, size_t key_count, struct bytes id, int64_t timestamp_s,
                struct bytes body, struct buffer *out);

#endif
