/* Workers and jobs as rows: what the constraints and the features need of them, and no more. */
#ifndef GIGMATCH_ROWS_H
#define GIGMATCH_ROWS_H

#include "memory.h"
#include "names.h"

typedef struct {
    int64_t start, end;
} Span;

/* What a worker can be found by: a skill, an occupation, having named no occupation, being there
 * at all; and, not by place, when their availability ends. */
enum { SKILL, OCCUPATION, UNNAMED, EVERYONE, ENDS, TRADE_KINDS };
#define NEW_TO_TRADE 0.5f
#define MOST_EMPLOYERS (INT32_MAX / 2) /* of a worker: what the tail's field holds */
#define TRADE(number, kind) ((number) << 3 | (kind))
#define TRADE_NUMBER(trade) ((trade) >> 3)
#define TRADE_KIND(trade) ((trade) & 7)

/* The parts of a worker that differ in length, in one block, and what only feasible pairs need.
 * After this head come windows, busy spans, positions, the numbers of names,
 * of whoever is known a rate of yes for each skill and the days worked, then skill levels, the id. */
typedef struct {
    float speed;
    /* by_station: reached through the station alone; known: has a history, rates and days follow */
    uint32_t employers : 30, by_station : 1, known : 1;
    uint16_t windows, busy; /* windows 0: one, from `opens` to `closes` of the row */
    uint8_t skills, occupations, certificates, id_length;
} Tail;

typedef struct {
    double x, y, z, limit;
    int64_t opens, closes, since, valid_until;
    Tail *tail; /* NULL: a free row, `station` is the next one */
    float acceptance, reliability, rating;
    int32_t pay_floor;
    uint32_t station;
    int16_t birth;                    /* 0: not known */
    uint8_t crew;                     /* 0: comes with somebody else */
    uint8_t reach : 7, booked_up : 1; /* booked_up: may take no further booking */
} Worker;

_Static_assert(sizeof(Tail) == 16 && sizeof(Worker) == 96, "a million workers: every byte counts");

typedef struct {
    PyObject *id;
    double x, y, z, shift_hours, log_headcount;
    int64_t start, last, pay, min_rest, max_day;
    int64_t shift_count, minimum_age, maximum_age, year, claims;
    Span *shifts;
    uint32_t *skills, *certificates;
    uint32_t skill_count, certificate_count;
    uint32_t occupation, employer, station, room; /* room: places a crew may take; 1 without crews */
    uint8_t blocked, meal, lodging, pickup, paid_daily, on_holiday, partial, too_long;
} Job;

/* Tails that came together lie in one block, which goes with the last of them. */
typedef struct {
    char *bytes;
    size_t size;
    uint32_t live;
} TailBlock;

static void
tail_free(TailBlock *block, Tail *tail)
{
    size_t at = (size_t)((uintptr_t)tail - (uintptr_t)block->bytes);
    if (block->bytes == NULL || at >= block->size) {
        free(tail);
    } else if (--block->live == 0) {
        free(block->bytes);
        block->bytes = NULL;
    }
}

static Span *tail_windows(const Tail *tail) { return (Span *)(tail + 1); }
static Span *tail_busy(const Tail *tail) { return tail_windows(tail) + tail->windows; }

/* Positions in the lists that find a worker: of their skills, of their occupations or UNNAMED, of
 * EVERYONE, of ENDS. */
static uint32_t *tail_positions(const Tail *tail) { return (uint32_t *)(tail_busy(tail) + tail->busy); }

static uint32_t
tail_position_count(const Tail *tail)
{
    return (uint32_t)tail->skills + (tail->occupations ? tail->occupations : 1) + 2;
}

static uint32_t *
tail_skills(const Tail *tail)
{
    return tail_positions(tail) + tail_position_count(tail);
}

static uint32_t *tail_occupations(const Tail *tail) { return tail_skills(tail) + tail->skills; }

static uint32_t *
tail_certificates(const Tail *tail)
{
    return tail_occupations(tail) + tail->occupations;
}

static uint32_t *
tail_employers(const Tail *tail)
{
    return tail_certificates(tail) + tail->certificates;
}

static float *tail_rates(const Tail *tail) { return (float *)(tail_employers(tail) + tail->employers); }

/* The last day of work << 8, and a bit for each day: bit i is i days before the last. */
static uint32_t *tail_worked(const Tail *tail) { return (uint32_t *)(tail_rates(tail) + tail->skills); }

static uint8_t *
tail_levels(const Tail *tail)
{
    return (uint8_t *)(tail->known ? tail_worked(tail) + 1
                                   : tail_employers(tail) + tail->employers);
}

static char *tail_id(const Tail *tail) { return (char *)(tail_levels(tail) + tail->skills); }

static size_t
tail_size(const Tail *tail)
{
    return sizeof *tail + sizeof(Span) * ((size_t)tail->windows + tail->busy) +
           sizeof(uint32_t) * ((size_t)tail_position_count(tail) + tail->skills +
                               tail->occupations + tail->certificates + tail->employers +
                               (tail->known ? tail->skills + 1u : 0u)) +
           tail->skills + tail->id_length;
}

/* The trade whose list the i-th position is in. */
static uint32_t
trade_at(const Tail *tail, uint32_t i)
{
    uint32_t named = (uint32_t)tail->skills + tail->occupations;
    if (i < named)
        return TRADE(tail_skills(tail)[i], i < tail->skills ? SKILL : OCCUPATION);
    uint32_t from_end = tail_position_count(tail) - i;
    return TRADE(0, from_end == 1 ? ENDS : from_end == 2 ? EVERYONE : UNNAMED);
}

/* Which position is in the list of a trade that the worker has. */
static uint32_t
index_of_trade(const Tail *tail, uint32_t trade)
{
    switch (TRADE_KIND(trade)) {
    case ENDS:
        return tail_position_count(tail) - 1;
    case EVERYONE:
        return tail_position_count(tail) - 2;
    case UNNAMED:
        return tail->skills;
    default:;
        const uint32_t *names = tail_skills(tail);
        uint32_t i = TRADE_KIND(trade) == SKILL ? 0 : tail->skills;
        while (names[i] != TRADE_NUMBER(trade))
            i++;
        return i;
    }
}

/* The level of a worker in a skill, 0 without it. */
static int
level_in(const Tail *tail, uint32_t skill)
{
    const uint32_t *skills = tail_skills(tail);
    for (uint32_t i = 0; i < tail->skills; i++)
        if (skills[i] == skill)
            return tail_levels(tail)[i];
    return 0;
}

static int
has_all_skills(const Job *job, const Tail *tail)
{
    for (uint32_t i = 0; i < job->skill_count; i++)
        if (level_in(tail, job->skills[i]) == 0)
            return 0;
    return 1;
}

static int
holds(const uint32_t *numbers, uint32_t count, uint32_t wanted)
{
    for (uint32_t i = 0; i < count; i++)
        if (numbers[i] == wanted)
            return 1;
    return 0;
}

#endif
