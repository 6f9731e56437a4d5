/* Lists of workers by trade, reach and place.
 *
 * A worker's reach is the smallest of a few radii that is no less than how far they go. Each reach
 * has a grid of cubes with sides of that radius over the unit sphere, so whoever may reach a point
 * lies in one of the 27 cubes around it: a query looks at its neighbourhood, however large the zone.
 */
#ifndef GIGMATCH_BUCKETS_H
#define GIGMATCH_BUCKETS_H

#include "memory.h"
#include <math.h>

#define REACHES 8
#define NO_BUCKET UINT32_MAX

/* Chords on the unit sphere of 2.5, 5, 10, 20, 40, 80, 160 km, and all of it. A hair wider than
 * the radii, so that rounding never puts a worker in reach two cubes away. */
static const double REACH_CHORD[REACHES] = {
    3.93e-4, 7.85e-4, 1.57e-3, 3.14e-3, 6.28e-3, 1.256e-2, 2.512e-2, 2.1,
};

typedef struct {
    uint64_t cell;
    uint32_t trade, count, room;
    uint32_t *slots;
} Bucket;

typedef struct {
    Bucket *table; /* open addressing, a power of two; trade NO_BUCKET: free */
    uint32_t size, used;
} Buckets;

static uint8_t
reach_of(double squared_chord_limit)
{
    uint8_t reach = 0;
    while (reach < REACHES - 1 &&
           squared_chord_limit > REACH_CHORD[reach] * REACH_CHORD[reach] * (1 - 1e-9))
        reach++;
    return reach;
}

static uint64_t
cell_of(uint8_t reach, int64_t x, int64_t y, int64_t z)
{
    return (uint64_t)reach << 48 | (uint64_t)(uint16_t)x << 32 | (uint64_t)(uint16_t)y << 16 |
           (uint64_t)(uint16_t)z;
}

static int64_t
grid(double coordinate, uint8_t reach)
{
    return (int64_t)floor(coordinate / REACH_CHORD[reach]);
}

static uint64_t
cell_at(uint8_t reach, double x, double y, double z)
{
    return cell_of(reach, grid(x, reach), grid(y, reach), grid(z, reach));
}

static uint32_t
bucket_hash(uint32_t trade, uint64_t cell)
{
    uint64_t mixed = (cell ^ (uint64_t)trade << 52 ^ trade) * 0x9E3779B97F4A7C15ull;
    mixed = (mixed ^ mixed >> 29) * 0xBF58476D1CE4E5B9ull;
    return (uint32_t)(mixed >> 32);
}

static Bucket *
bucket_place(const Buckets *buckets, uint32_t trade, uint64_t cell)
{
    uint32_t at = bucket_hash(trade, cell) & (buckets->size - 1);
    while (buckets->table[at].trade != NO_BUCKET &&
           (buckets->table[at].trade != trade || buckets->table[at].cell != cell))
        at = (at + 1) & (buckets->size - 1);
    return &buckets->table[at];
}

static const Bucket *
bucket_find(const Buckets *buckets, uint32_t trade, uint64_t cell)
{
    if (buckets->size == 0)
        return NULL;
    const Bucket *bucket = bucket_place(buckets, trade, cell);
    return bucket->trade == NO_BUCKET ? NULL : bucket;
}

/* A table for at least twice the buckets that have somebody in them. */
static int
buckets_resize(Buckets *buckets)
{
    uint32_t live = 0, size = 64;
    for (uint32_t at = 0; at < buckets->size; at++)
        live += buckets->table[at].trade != NO_BUCKET && buckets->table[at].count > 0;
    while (size < 4 * (uint64_t)live)
        size *= 2;
    Buckets fresh = {malloc(size * sizeof(Bucket)), size, live};
    if (fresh.table == NULL)
        return no_memory();
    for (uint32_t at = 0; at < size; at++)
        fresh.table[at].trade = NO_BUCKET;
    for (uint32_t at = 0; at < buckets->size; at++) {
        Bucket *old = &buckets->table[at];
        if (old->trade != NO_BUCKET && old->count > 0)
            *bucket_place(&fresh, old->trade, old->cell) = *old;
    }
    free(buckets->table);
    *buckets = fresh;
    return 0;
}

/* Room for one more; lists are most of what an index takes, so they grow by a quarter at a time. */
static int
bucket_grow(Bucket *bucket)
{
    if (bucket->count < bucket->room)
        return 0;
    return resize((void **)&bucket->slots, &bucket->room,
                  (uint64_t)bucket->room + bucket->room / 4 + 2, sizeof *bucket->slots);
}

/* The bucket of a trade and cell, there from now on; NULL with an error set. Until the next is made. */
static Bucket *
bucket_make(Buckets *buckets, uint32_t trade, uint64_t cell)
{
    if (2 * ((uint64_t)buckets->used + 1) > buckets->size && buckets_resize(buckets) < 0)
        return NULL;
    Bucket *bucket = bucket_place(buckets, trade, cell);
    if (bucket->trade == NO_BUCKET) {
        *bucket = (Bucket){cell, trade, 0, 0, NULL};
        buckets->used++;
    }
    return bucket;
}

/* Put a slot into a bucket; its position there, or NO_BUCKET with an error set. */
static uint32_t
bucket_add(Buckets *buckets, uint32_t trade, uint64_t cell, uint32_t slot)
{
    Bucket *bucket = bucket_make(buckets, trade, cell);
    if (bucket == NULL || bucket_grow(bucket) < 0)
        return NO_BUCKET;
    bucket->slots[bucket->count] = slot;
    return bucket->count++;
}

/* Take the slot at a position out; the slot that moved there, or NO_BUCKET when none had to. */
static uint32_t
bucket_remove(Buckets *buckets, uint32_t trade, uint64_t cell, uint32_t position)
{
    Bucket *bucket = bucket_place(buckets, trade, cell);
    uint32_t last = --bucket->count;
    if (last == 0) {
        free(bucket->slots);
        bucket->slots = NULL;
        bucket->room = 0;
        return NO_BUCKET;
    }
    uint32_t moved = bucket->slots[last];
    bucket->slots[position] = moved;
    return position == last ? NO_BUCKET : moved;
}

static void
buckets_close(Buckets *buckets)
{
    for (uint32_t at = 0; at < buckets->size; at++)
        if (buckets->table[at].trade != NO_BUCKET)
            free(buckets->table[at].slots);
    free(buckets->table);
}

#endif
