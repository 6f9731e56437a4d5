/* The workers with everything that finds them: ids, trades, places. */
#ifndef GIGMATCH_INDEX_H
#define GIGMATCH_INDEX_H

#include "buckets.h"
#include "ids.h"
#include "members.h"
#include "terms.h"

typedef struct {
    Members *by_number;
    uint32_t room;
} TradeMembers;

typedef struct {
    Rows rows;
    Ids ids;
    Buckets buckets;
    TradeMembers members[TRADE_KINDS];
} Index;

static uint64_t
cell_of_row(const Worker *row)
{
    return cell_at(row->reach, row->x, row->y, row->z);
}

/* Who has a trade; NULL when nobody ever had. */
static const Members *
members_of(const Index *index, uint32_t trade)
{
    const TradeMembers *kind = &index->members[trade & 3];
    return trade >> 2 < kind->room ? &kind->by_number[trade >> 2] : NULL;
}

static Members *
members_make(Index *index, uint32_t trade)
{
    TradeMembers *kind = &index->members[trade & 3];
    uint32_t before = kind->room;
    if (GROW(kind->by_number, kind->room, (uint64_t)(trade >> 2) + 1) < 0)
        return NULL;
    if (kind->room > before)
        memset(kind->by_number + before, 0, (kind->room - before) * sizeof(Members));
    return &kind->by_number[trade >> 2];
}

static int
join(Index *index, uint32_t slot, Membership *membership, uint64_t cell)
{
    Members *members = members_make(index, membership->trade);
    if (members == NULL || members_add(members, slot) < 0)
        return -1;
    membership->position = bucket_add(&index->buckets, membership->trade, cell, slot);
    return membership->position == NO_BUCKET ? -1 : 0;
}

static void
leave(Index *index, uint32_t slot, const Membership *membership, uint64_t cell)
{
    members_remove(members_make(index, membership->trade), slot);
    uint32_t moved =
        bucket_remove(&index->buckets, membership->trade, cell, membership->position);
    if (moved == NO_BUCKET)
        return;
    Membership *other = tail_memberships(row_at(&index->rows, moved)->tail);
    while (other->trade != membership->trade)
        other++;
    other->position = membership->position;
}

static int
join_all(Index *index, uint32_t slot)
{
    Worker *row = row_at(&index->rows, slot);
    Membership *memberships = tail_memberships(row->tail);
    uint64_t cell = cell_of_row(row);
    for (uint32_t i = 0; i < tail_membership_count(row->tail); i++)
        if (join(index, slot, &memberships[i], cell) < 0)
            return -1;
    return 0;
}

static void
leave_all(Index *index, uint32_t slot)
{
    const Worker *row = row_at(&index->rows, slot);
    const Membership *memberships = tail_memberships(row->tail);
    uint64_t cell = cell_of_row(row);
    for (uint32_t i = 0; i < tail_membership_count(row->tail); i++)
        leave(index, slot, &memberships[i], cell);
}

/* Whether two rows are found by the same lists in the same order: then positions can be kept. */
static int
same_place(const Worker *a, const Worker *b)
{
    uint32_t count = tail_membership_count(a->tail);
    if (count != tail_membership_count(b->tail) || cell_of_row(a) != cell_of_row(b))
        return 0;
    const Membership *one = tail_memberships(a->tail), *other = tail_memberships(b->tail);
    for (uint32_t i = 0; i < count; i++)
        if (one[i].trade != other[i].trade)
            return 0;
    return 1;
}

/* Replace the row in a slot by a newer one of the same worker. */
static int
index_replace(Index *index, Vocabulary *words, uint32_t slot, const Worker *newer)
{
    Worker *row = row_at(&index->rows, slot);
    int stay = same_place(row, newer);
    if (stay)
        memcpy(tail_memberships(newer->tail), tail_memberships(row->tail),
               tail_membership_count(row->tail) * sizeof(Membership));
    else
        leave_all(index, slot);
    worker_release(words, row);
    *row = *newer;
    return stay ? 0 : join_all(index, slot);
}

/* Put a worker's row; its names are in use already. 0, or -1 with an error set. */
static int
index_put(Index *index, Vocabulary *words, const Worker *row)
{
    uint32_t slot = ids_find(&index->ids, &index->rows, tail_id(row->tail), row->tail->id_length);
    if (slot != NO_SLOT)
        return index_replace(index, words, slot, row);
    slot = rows_take(&index->rows);
    if (slot == NO_SLOT)
        return -1;
    *row_at(&index->rows, slot) = *row;
    return ids_add(&index->ids, &index->rows, slot) < 0 ? -1 : join_all(index, slot);
}

static void
index_drop(Index *index, Vocabulary *words, const char *id, size_t length)
{
    uint32_t slot = ids_find(&index->ids, &index->rows, id, length);
    if (slot == NO_SLOT)
        return;
    leave_all(index, slot);
    ids_remove(&index->ids, &index->rows, slot);
    worker_release(words, row_at(&index->rows, slot));
    rows_free(&index->rows, slot);
}

static void
index_close(Index *index)
{
    for (uint32_t slot = 0; slot < index->rows.slots; slot++)
        free(row_at(&index->rows, slot)->tail);
    for (uint32_t first = 0; first < index->rows.slots; first += CHUNK)
        free(index->rows.chunks[first >> CHUNK_BITS]);
    free(index->rows.chunks);
    for (int shard = 0; shard < SHARDS; shard++)
        free(index->ids.shards[shard].slots);
    buckets_close(&index->buckets);
    for (int kind = 0; kind < TRADE_KINDS; kind++) {
        for (uint32_t i = 0; i < index->members[kind].room; i++)
            members_close(&index->members[kind].by_number[i]);
        free(index->members[kind].by_number);
    }
}

#endif
