/* Who has a trade: a set of slots as bits, with its size.
 *
 * Bits lie in pieces of 4,096 slots that exist only where somebody is, so a trade that one worker
 * has costs little, and "how many have all of these, or that" is a few word operations a piece.
 */
#ifndef GIGMATCH_MEMBERS_H
#define GIGMATCH_MEMBERS_H

#include "memory.h"
#include <string.h>

#define PIECE_BITS 12
#define PIECE_WORDS (1 << (PIECE_BITS - 6))

typedef struct {
    uint64_t **pieces;
    uint32_t *filled; /* members in each piece */
    uint32_t count, piece_room, filled_room;
} Members;

static int
members_room(Members *members, uint32_t piece)
{
    uint32_t before = members->piece_room;
    if (GROW(members->pieces, members->piece_room, (uint64_t)piece + 1) < 0 ||
        GROW(members->filled, members->filled_room, (uint64_t)piece + 1) < 0)
        return -1;
    if (members->piece_room > before) {
        size_t added = members->piece_room - before;
        memset(members->pieces + before, 0, added * sizeof *members->pieces);
        memset(members->filled + before, 0, added * sizeof *members->filled);
    }
    return 0;
}

static int
members_add(Members *members, uint32_t slot)
{
    uint32_t piece = slot >> PIECE_BITS;
    if (members_room(members, piece) < 0)
        return -1;
    if (members->pieces[piece] == NULL) {
        members->pieces[piece] = calloc(PIECE_WORDS, sizeof(uint64_t));
        if (members->pieces[piece] == NULL)
            return no_memory();
    }
    members->pieces[piece][slot >> 6 & (PIECE_WORDS - 1)] |= 1ull << (slot & 63);
    members->filled[piece]++;
    members->count++;
    return 0;
}

static void
members_remove(Members *members, uint32_t slot)
{
    uint32_t piece = slot >> PIECE_BITS;
    members->pieces[piece][slot >> 6 & (PIECE_WORDS - 1)] &= ~(1ull << (slot & 63));
    members->count--;
    if (--members->filled[piece] == 0) {
        free(members->pieces[piece]);
        members->pieces[piece] = NULL;
    }
}

static const uint64_t *
members_piece(const Members *members, uint32_t piece)
{
    static const uint64_t nobody[PIECE_WORDS];
    if (members == NULL || piece >= members->piece_room || members->pieces[piece] == NULL)
        return nobody;
    return members->pieces[piece];
}

static void
members_close(Members *members)
{
    for (uint32_t piece = 0; piece < members->piece_room; piece++)
        free(members->pieces[piece]);
    free(members->pieces);
    free(members->filled);
}

/* How many are in all of `n` sets, or in `other` (NULL for no other). */
static uint32_t
members_count(const Members *const *all, uint32_t n, const Members *other)
{
    uint32_t pieces = other == NULL ? 0 : other->piece_room, found = 0;
    for (uint32_t i = 0; i < n; i++)
        if (all[i] != NULL && all[i]->piece_room > pieces)
            pieces = all[i]->piece_room;
    for (uint32_t piece = 0; piece < pieces; piece++) {
        uint64_t words[PIECE_WORDS];
        memcpy(words, members_piece(all[0], piece), sizeof words);
        for (uint32_t i = 1; i < n; i++) {
            const uint64_t *next = members_piece(all[i], piece);
            for (int word = 0; word < PIECE_WORDS; word++)
                words[word] &= next[word];
        }
        const uint64_t *also = members_piece(other, piece);
        for (int word = 0; word < PIECE_WORDS; word++)
            found += (uint32_t)__builtin_popcountll(words[word] | also[word]);
    }
    return found;
}

#endif
