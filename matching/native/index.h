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

/* When availabilities end: lists by the hour, and the first end of all, if it is known. */
typedef struct {
    int64_t first, from_hour, last_hour;
    int known;
} Ends;

typedef struct {
    Rows rows;
    Ids ids;
    Buckets buckets;
    TradeMembers members[TRADE_KINDS];
    Ends ends;
    TailBlock block; /* of those who were loaded from a dump */
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
    const TradeMembers *kind = &index->members[TRADE_KIND(trade)];
    uint32_t number = TRADE_NUMBER(trade);
    return number < kind->room ? &kind->by_number[number] : NULL;
}

static Members *
members_make(Index *index, uint32_t trade)
{
    TradeMembers *kind = &index->members[TRADE_KIND(trade)];
    uint32_t before = kind->room, number = TRADE_NUMBER(trade);
    if (GROW(kind->by_number, kind->room, (uint64_t)number + 1) < 0)
        return NULL;
    if (kind->room > before)
        memset(kind->by_number + before, 0, (kind->room - before) * sizeof(Members));
    return &kind->by_number[number];
}

/* Sets of members are kept of what queries count. */
static int
counted(uint32_t trade)
{
    return TRADE_KIND(trade) <= UNNAMED;
}

/* Count a slot among those who have a trade, if these are counted. 0, or -1 with an error set. */
static int
count_member(Index *index, uint32_t trade, uint32_t slot)
{
    if (!counted(trade))
        return 0;
    Members *members = members_make(index, trade);
    return members == NULL ? -1 : members_add(members, slot);
}

/* Enter a slot in a list; its position there, or NO_BUCKET with an error set. */
static uint32_t
join(Index *index, uint32_t slot, uint32_t trade, uint64_t cell)
{
    return count_member(index, trade, slot) < 0 ? NO_BUCKET
                                                : bucket_add(&index->buckets, trade, cell, slot);
}

static void
leave(Index *index, uint32_t slot, uint32_t trade, uint64_t cell, uint32_t position)
{
    if (counted(trade))
        members_remove(members_make(index, trade), slot);
    uint32_t moved = bucket_remove(&index->buckets, trade, cell, position);
    if (moved == NO_BUCKET)
        return;
    const Tail *other = row_at(&index->rows, moved)->tail;
    tail_positions(other)[index_of_trade(other, trade)] = position;
}

/* An hour of the market's time: the cell of those whose availability ends in it. */
static uint64_t
hour_of(int64_t at)
{
    return (uint64_t)(at / 3600000);
}

/* The cell of a worker's list of a trade: the hour for ENDS, the place for the others. */
static uint64_t
cell_in(const Worker *row, uint64_t place, uint32_t trade)
{
    return TRADE_KIND(trade) == ENDS ? hour_of(row->valid_until) : place;
}

static void
ends_join(Ends *ends, int64_t at)
{
    int64_t hour = (int64_t)hour_of(at);
    if (ends->from_hour == 0 || hour < ends->from_hour)
        ends->from_hour = hour;
    if (hour > ends->last_hour)
        ends->last_hour = hour;
    if (ends->known && at < ends->first)
        ends->first = at;
}

static int
join_all(Index *index, uint32_t slot)
{
    const Worker *row = row_at(&index->rows, slot);
    uint32_t *positions = tail_positions(row->tail);
    uint64_t place = cell_of_row(row);
    for (uint32_t i = 0; i < tail_position_count(row->tail); i++) {
        uint32_t trade = trade_at(row->tail, i);
        positions[i] = join(index, slot, trade, cell_in(row, place, trade));
        if (positions[i] == NO_BUCKET)
            return -1;
    }
    ends_join(&index->ends, row->valid_until);
    return 0;
}

static void
leave_all(Index *index, uint32_t slot)
{
    const Worker *row = row_at(&index->rows, slot);
    const uint32_t *positions = tail_positions(row->tail);
    uint64_t place = cell_of_row(row);
    for (uint32_t i = 0; i < tail_position_count(row->tail); i++) {
        uint32_t trade = trade_at(row->tail, i);
        leave(index, slot, trade, cell_in(row, place, trade), positions[i]);
    }
    if (row->valid_until == index->ends.first)
        index->ends.known = 0;
}

/* Whether two rows are found by the same lists in the same order: then positions can be kept. */
static int
same_place(const Worker *a, const Worker *b)
{
    const Tail *one = a->tail, *other = b->tail;
    return one->skills == other->skills && one->occupations == other->occupations &&
           a->valid_until == b->valid_until && cell_of_row(a) == cell_of_row(b) &&
           memcmp(tail_skills(one), tail_skills(other),
                  sizeof(uint32_t) * ((size_t)one->skills + one->occupations)) == 0;
}

/* Replace the row in a slot by a newer one of the same worker. */
static int
index_replace(Index *index, Vocabulary *words, uint32_t slot, const Worker *newer)
{
    Worker *row = row_at(&index->rows, slot);
    int stay = same_place(row, newer);
    if (stay)
        memcpy(tail_positions(newer->tail), tail_positions(row->tail),
               tail_position_count(row->tail) * sizeof(uint32_t));
    else
        leave_all(index, slot);
    worker_release(words, row);
    tail_free(&index->block, row->tail);
    *row = *newer;
    return stay ? 0 : join_all(index, slot);
}

/* Give a row a slot, found by nothing yet. The slot, or NO_SLOT with an error set. */
static uint32_t
index_append(Index *index, const Worker *row)
{
    uint32_t slot = rows_take(&index->rows);
    if (slot != NO_SLOT)
        *row_at(&index->rows, slot) = *row;
    return slot;
}

/* Put a worker's row; its names are in use already. The slot, or NO_SLOT with an error set. */
static uint32_t
index_put(Index *index, Vocabulary *words, const Worker *row)
{
    uint32_t slot = ids_find(&index->ids, &index->rows, tail_id(row->tail), row->tail->id_length);
    if (slot == NO_SLOT) {
        slot = index_append(index, row);
        return slot == NO_SLOT || ids_add(&index->ids, &index->rows, slot) < 0 ||
                       join_all(index, slot) < 0
                   ? NO_SLOT
                   : slot;
    }
    return index_replace(index, words, slot, row) < 0 ? NO_SLOT : slot;
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
    tail_free(&index->block, row_at(&index->rows, slot)->tail);
    rows_free(&index->rows, slot);
}

/* When the first availability ends, INT64_MAX when there is none. */
static int64_t
first_end(Index *index)
{
    Ends *ends = &index->ends;
    if (ends->known)
        return ends->first;
    ends->first = INT64_MAX;
    for (; ends->from_hour <= ends->last_hour; ends->from_hour++) {
        const Bucket *bucket = bucket_find(&index->buckets, TRADE(0, ENDS), (uint64_t)ends->from_hour);
        for (uint32_t i = 0; bucket != NULL && i < bucket->count; i++) {
            int64_t at = row_at(&index->rows, bucket->slots[i])->valid_until;
            if (at < ends->first)
                ends->first = at;
        }
        if (ends->first != INT64_MAX)
            break;
    }
    ends->known = 1;
    return ends->first;
}

/* Call `tell` for everybody whose availability ends at `now` or before. */
static int
each_ended(const Index *index, int64_t now, int (*tell)(void *, const Worker *), void *context)
{
    int64_t last = (int64_t)hour_of(now) < index->ends.last_hour ? (int64_t)hour_of(now) : index->ends.last_hour;
    for (int64_t hour = index->ends.from_hour; hour <= last; hour++) {
        const Bucket *bucket = bucket_find(&index->buckets, TRADE(0, ENDS), (uint64_t)hour);
        for (uint32_t i = 0; bucket != NULL && i < bucket->count; i++) {
            const Worker *row = row_at(&index->rows, bucket->slots[i]);
            if (row->valid_until <= now && tell(context, row) < 0)
                return -1;
        }
    }
    return 0;
}

static void
index_close(Index *index)
{
    for (uint32_t slot = 0; slot < index->rows.slots; slot++)
        tail_free(&index->block, row_at(&index->rows, slot)->tail);
    free(index->block.bytes);
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
