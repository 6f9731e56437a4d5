/* Entering workers of one place together: each list is looked up once and grows once. */
#ifndef GIGMATCH_ENTERING_H
#define GIGMATCH_ENTERING_H

#include "index.h"

/* A list that is being filled; `count` more will come, the next at `next`. */
typedef struct {
    uint32_t *slots;
    uint32_t count, next, trade;
} Filling;

typedef struct {
    Filling *by_trade; /* skills, then occupations, UNNAMED, EVERYONE */
    uint32_t *touched; /* those of `by_trade` that the place at hand has */
    uint32_t touched_count, skills, occupations;
} Entering;

static int
entering_open(Entering *entering, const Vocabulary *words)
{
    uint32_t skills = words->skills.count, occupations = words->occupations.count;
    size_t trades = (size_t)skills + occupations + 2;
    *entering = (Entering){calloc(trades, sizeof(Filling)), malloc(trades * sizeof(uint32_t)), 0,
                           skills, occupations};
    return entering->by_trade == NULL || entering->touched == NULL ? no_memory() : 0;
}

static void
entering_close(Entering *entering)
{
    free(entering->by_trade);
    free(entering->touched);
}

static uint32_t
number_in(const Entering *entering, uint32_t trade)
{
    switch (TRADE_KIND(trade)) {
    case SKILL:
        return TRADE_NUMBER(trade);
    case OCCUPATION:
        return entering->skills + TRADE_NUMBER(trade);
    case UNNAMED:
        return entering->skills + entering->occupations;
    default:
        return entering->skills + entering->occupations + 1;
    }
}

/* Count what the lists of a place will get of a worker. The last position is that of ENDS. */
static void
count_worker(Entering *entering, const Tail *tail)
{
    for (uint32_t i = 0; i + 1 < tail_position_count(tail); i++) {
        uint32_t trade = trade_at(tail, i), number = number_in(entering, trade);
        Filling *filling = &entering->by_trade[number];
        if (filling->count++ == 0) {
            filling->trade = trade;
            entering->touched[entering->touched_count++] = number;
        }
    }
}

/* Make each list of a place as long as it will be. */
static int
reserve_lists(Entering *entering, Index *index, uint64_t place)
{
    for (; entering->touched_count > 0; entering->touched_count--) {
        Filling *filling = &entering->by_trade[entering->touched[entering->touched_count - 1]];
        Bucket *bucket = bucket_make(&index->buckets, filling->trade, place);
        if (bucket == NULL || resize((void **)&bucket->slots, &bucket->room,
                                     (uint64_t)bucket->count + filling->count, sizeof(uint32_t)) < 0)
            return -1;
        filling->slots = bucket->slots;
        filling->next = bucket->count;
        bucket->count += filling->count;
        filling->count = 0;
    }
    return 0;
}

static int
fill_lists(Entering *entering, Index *index, uint32_t slot)
{
    const Worker *row = row_at(&index->rows, slot);
    uint32_t *positions = tail_positions(row->tail), last = tail_position_count(row->tail) - 1;
    for (uint32_t i = 0; i < last; i++) {
        uint32_t trade = trade_at(row->tail, i);
        Filling *filling = &entering->by_trade[number_in(entering, trade)];
        if (count_member(index, trade, slot) < 0)
            return -1;
        positions[i] = filling->next;
        filling->slots[filling->next++] = slot;
    }
    positions[last] = bucket_add(&index->buckets, TRADE(0, ENDS), hour_of(row->valid_until), slot);
    ends_join(&index->ends, row->valid_until);
    return positions[last] == NO_BUCKET ? -1 : 0;
}

/* Enter the workers of slots into the lists that find them. Needs no lock. 0, or -1 with an error. */
static int
enter_all(Entering *entering, Index *index, uint32_t from, uint32_t end)
{
    int result = 0;
    while (result == 0 && from < end) {
        uint64_t place = cell_of_row(row_at(&index->rows, from));
        uint32_t next = from;
        do
            count_worker(entering, row_at(&index->rows, next++)->tail);
        while (next < end && cell_of_row(row_at(&index->rows, next)) == place);
        result = reserve_lists(entering, index, place);
        for (; result == 0 && from < next; from++)
            result = fill_lists(entering, index, from);
    }
    return result;
}

#endif
