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
#define TRADE(number, kind) ((number) << 3 | (kind))
#define TRADE_NUMBER(trade) ((trade) >> 3)
#define TRADE_KIND(trade) ((trade) & 7)

typedef struct {
    uint32_t trade, position; /* position: in the bucket of the trade */
} Membership;

/* The parts of a worker that differ in length, in one block: after this head come
 * windows, busy spans, memberships, certificates, employers, skill levels, the id. */
typedef struct {
    uint16_t windows, busy, skills, occupations, certificates, id_length;
    uint32_t employers;
} Tail;

typedef struct {
    double x, y, z, limit;
    int64_t opens, closes, since, valid_until;
    Tail *tail; /* NULL: a free row, `station` is the next one */
    float speed, acceptance, reliability, rating;
    int32_t pay_floor, left; /* left: bookings, NO_LIMIT without a limit */
    uint32_t station;
    int16_t birth;        /* 0: not known */
    uint8_t crew, reach;  /* crew 0: comes with somebody else */
} Worker;

#define NO_LIMIT INT32_MAX

typedef struct {
    PyObject *id;
    double x, y, z, shift_hours, log_headcount;
    int64_t start, last, pay, min_rest, max_day;
    int64_t shift_count, minimum_age, year, claims;
    Span *shifts;
    uint32_t *skills, *certificates;
    uint32_t skill_count, certificate_count;
    uint32_t occupation, employer, station, room; /* room: places a crew may take; 1 without crews */
    uint8_t blocked, meal, lodging, pickup, paid_daily, partial, too_long;
} Job;

static Span *tail_windows(const Tail *tail) { return (Span *)(tail + 1); }
static Span *tail_busy(const Tail *tail) { return tail_windows(tail) + tail->windows; }

static Membership *
tail_memberships(const Tail *tail)
{
    return (Membership *)(tail_busy(tail) + tail->busy);
}

/* Skills first, then occupations or UNNAMED, then EVERYONE, then ENDS. */
static uint32_t
tail_membership_count(const Tail *tail)
{
    return (uint32_t)tail->skills + tail->occupations + 2;
}

static uint32_t *
tail_certificates(const Tail *tail)
{
    return (uint32_t *)(tail_memberships(tail) + tail_membership_count(tail));
}

static uint32_t *
tail_employers(const Tail *tail)
{
    return tail_certificates(tail) + tail->certificates;
}

static uint8_t *tail_levels(const Tail *tail) { return (uint8_t *)(tail_employers(tail) + tail->employers); }
static char *tail_id(const Tail *tail) { return (char *)(tail_levels(tail) + tail->skills); }

static size_t
tail_size(const Tail *tail)
{
    return sizeof *tail + sizeof(Span) * ((size_t)tail->windows + tail->busy) +
           sizeof(Membership) * tail_membership_count(tail) +
           sizeof(uint32_t) * ((size_t)tail->certificates + tail->employers) + tail->skills +
           tail->id_length;
}

/* The level of a worker in a skill, 0 without it. */
static int
level_in(const Tail *tail, uint32_t skill)
{
    const Membership *memberships = tail_memberships(tail);
    for (uint32_t i = 0; i < tail->skills; i++)
        if (memberships[i].trade == TRADE(skill, SKILL))
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
has_occupation(const Tail *tail, uint32_t trade)
{
    const Membership *memberships = tail_memberships(tail) + tail->skills;
    for (uint32_t i = 0; i < tail->occupations; i++)
        if (memberships[i].trade == trade)
            return 1;
    return 0;
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
