/* A hash of short strings, for tables in memory: nothing outside them depends on it. */
#ifndef GIGMATCH_HASH_H
#define GIGMATCH_HASH_H

#include <stdint.h>
#include <string.h>

static uint64_t
hash_bytes(const char *bytes, size_t length)
{
    uint64_t hash = length * 0x9E3779B97F4A7C15ull, word;
    for (; length >= 8; bytes += 8, length -= 8) {
        memcpy(&word, bytes, 8);
        hash = (hash ^ word) * 0xBF58476D1CE4E5B9ull;
        hash ^= hash >> 31;
    }
    word = 0;
    memcpy(&word, bytes, length);
    hash = (hash ^ word) * 0x94D049BB133111EBull;
    return hash ^ hash >> 29;
}

#endif
