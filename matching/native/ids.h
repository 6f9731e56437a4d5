/* Which worker lives in which slot. 256 small tables, so that growing one stops nothing for long. */
#ifndef GIGMATCH_IDS_H
#define GIGMATCH_IDS_H

#include "hash.h"
#include "rows.h"

#define SHARDS 256
#define CHUNK_BITS 10
#define CHUNK (1 << CHUNK_BITS)
#define NO_SLOT UINT32_MAX

typedef struct {
    Worker **chunks;
    uint32_t chunk_room, slots, count, free_slot; /* slots: ever used; free_slot heads a list */
} Rows;

typedef struct {
    uint32_t *slots; /* open addressing; NO_SLOT: free */
    uint32_t size, used;
} Shard;

typedef struct {
    Shard shards[SHARDS];
} Ids;

static Worker *
row_at(const Rows *rows, uint32_t slot)
{
    return &rows->chunks[slot >> CHUNK_BITS][slot & (CHUNK - 1)];
}

/* A free slot, or NO_SLOT with an error set. */
static uint32_t
rows_take(Rows *rows)
{
    if (rows->free_slot != NO_SLOT) {
        uint32_t slot = rows->free_slot;
        rows->free_slot = row_at(rows, slot)->station;
        rows->count++;
        return slot;
    }
    uint32_t chunk = rows->slots >> CHUNK_BITS;
    if ((rows->slots & (CHUNK - 1)) == 0) {
        if (GROW(rows->chunks, rows->chunk_room, (uint64_t)chunk + 1) < 0)
            return NO_SLOT;
        rows->chunks[chunk] = malloc(CHUNK * sizeof(Worker));
        if (rows->chunks[chunk] == NULL) {
            no_memory();
            return NO_SLOT;
        }
    }
    rows->count++;
    return rows->slots++;
}

static void
rows_free(Rows *rows, uint32_t slot)
{
    Worker *row = row_at(rows, slot);
    row->tail = NULL;
    row->station = rows->free_slot;
    rows->free_slot = slot;
    rows->count--;
}

/* Where a hash belongs: any size will do, so a table need not double to grow. */
static uint32_t
shard_home(uint64_t hash, uint32_t size)
{
    return (uint32_t)((hash & UINT32_MAX) * size >> 32);
}

static uint32_t
shard_next(uint32_t at, uint32_t size)
{
    return at + 1 < size ? at + 1 : 0;
}

static Shard *
shard_of(Ids *ids, uint64_t hash)
{
    return &ids->shards[hash >> 56];
}

static uint32_t
ids_find(Ids *ids, const Rows *rows, const char *id, size_t length)
{
    uint64_t hash = hash_bytes(id, length);
    const Shard *shard = shard_of(ids, hash);
    if (shard->size == 0)
        return NO_SLOT;
    uint32_t at = shard_home(hash, shard->size);
    for (; shard->slots[at] != NO_SLOT; at = shard_next(at, shard->size)) {
        const Tail *tail = row_at(rows, shard->slots[at])->tail;
        if (tail->id_length == length && memcmp(tail_id(tail), id, length) == 0)
            break;
    }
    return shard->slots[at];
}

static uint64_t
slot_hash(const Rows *rows, uint32_t slot)
{
    const Tail *tail = row_at(rows, slot)->tail;
    return hash_bytes(tail_id(tail), tail->id_length);
}

/* Enter a slot where there is room. */
static void
shard_enter(Shard *shard, uint64_t hash, uint32_t slot)
{
    uint32_t at = shard_home(hash, shard->size);
    while (shard->slots[at] != NO_SLOT)
        at = shard_next(at, shard->size);
    shard->slots[at] = slot;
}

/* Make a shard so large; `rows` are needed only when somebody is in it. */
static int
shard_resize(Shard *shard, const Rows *rows, uint32_t size)
{
    Shard fresh = {malloc(size * sizeof *fresh.slots), size, shard->used};
    if (fresh.slots == NULL)
        return no_memory();
    memset(fresh.slots, 0xFF, size * sizeof *fresh.slots);
    for (uint32_t i = 0; i < shard->size; i++)
        if (shard->slots[i] != NO_SLOT)
            shard_enter(&fresh, slot_hash(rows, shard->slots[i]), shard->slots[i]);
    free(shard->slots);
    *shard = fresh;
    return 0;
}

static int
shard_grow(Shard *shard, const Rows *rows)
{
    return shard_resize(shard, rows, shard->size + shard->size / 2 + 16);
}

/* Room for `count` ids in empty tables, so that filling them rarely has to move anybody. */
static int
ids_reserve(Ids *ids, uint32_t count)
{
    uint32_t size = (uint32_t)(3 * (uint64_t)count / (2 * SHARDS)) + 16;
    for (int shard = 0; shard < SHARDS; shard++)
        if (shard_resize(&ids->shards[shard], NULL, size) < 0)
            return -1;
    return 0;
}

/* Enter a slot under the hash of its id, which is new. 0, or -1 with an error set. */
static int
ids_enter(Ids *ids, const Rows *rows, uint64_t hash, uint32_t slot)
{
    Shard *shard = shard_of(ids, hash);
    if (4 * ((uint64_t)shard->used + 1) > 3 * (uint64_t)shard->size && shard_grow(shard, rows) < 0)
        return -1;
    shard_enter(shard, hash, slot);
    shard->used++;
    return 0;
}

/* Enter a slot whose row is complete and whose id is new. 0, or -1 with an error set. */
static int
ids_add(Ids *ids, const Rows *rows, uint32_t slot)
{
    return ids_enter(ids, rows, slot_hash(rows, slot), slot);
}

#define IDS_TOGETHER 512

/* The same for slots in a row, IDS_TOGETHER at most: their places in the tables, which lie anywhere,
 * are on their way while other ids are hashed. */
static int
ids_add_all(Ids *ids, const Rows *rows, uint32_t from, uint32_t end)
{
    uint64_t hashes[IDS_TOGETHER];
    for (uint32_t slot = from; slot < end; slot++) {
        uint64_t hash = hashes[slot - from] = slot_hash(rows, slot);
        const Shard *shard = shard_of(ids, hash);
        if (shard->size > 0)
            __builtin_prefetch(&shard->slots[shard_home(hash, shard->size)], 1);
    }
    for (uint32_t slot = from; slot < end; slot++)
        if (ids_enter(ids, rows, hashes[slot - from], slot) < 0)
            return -1;
    return 0;
}

/* Steps from one place of a table forward to another. */
static uint32_t
shard_way(uint32_t from, uint32_t to, uint32_t size)
{
    return to >= from ? to - from : to + size - from;
}

/* Take out a slot while its row is still complete; those behind it move up, so no gap is left. */
static void
ids_remove(Ids *ids, const Rows *rows, uint32_t slot)
{
    uint64_t hash = slot_hash(rows, slot);
    Shard *shard = shard_of(ids, hash);
    uint32_t size = shard->size, gap = shard_home(hash, size);
    while (shard->slots[gap] != slot)
        gap = shard_next(gap, size);
    for (uint32_t at = shard_next(gap, size); shard->slots[at] != NO_SLOT; at = shard_next(at, size)) {
        uint32_t home = shard_home(slot_hash(rows, shard->slots[at]), size);
        if (shard_way(home, at, size) >= shard_way(gap, at, size)) {
            shard->slots[gap] = shard->slots[at];
            gap = at;
        }
    }
    shard->slots[gap] = NO_SLOT;
    shard->used--;
}

#endif
