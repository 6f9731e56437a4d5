/* The hard constraints of matching/constraints.py, in the same order with the same numbers. */
#ifndef GIGMATCH_RULES_H
#define GIGMATCH_RULES_H

#include "rows.h"

enum {
    EMPLOYER_BLOCKED,
    TRADE_MISSING,
    DISTANCE,
    CERTIFICATE,
    AGE,
    CREW,
    TIME,
    PAY_FLOOR,
    BOOKED,
    REST,
    HOURS,
    QUOTA,
    FEASIBLE
};
#define CONSTRAINTS FEASIBLE

static const char *const CONSTRAINT_CODES[CONSTRAINTS] = {
    "employer_blocked", "skill", "distance", "certificate", "age",   "crew",
    "time",             "pay_floor", "booked", "rest",       "hours", "quota",
};

#define LEGAL_AGE 16 /* Labour Law art. 15 */
#define DAY_MS 86400000
#define CHINA_MS 28800000 /* UTC+8, no daylight saving time since 1991 */

static int64_t
day_in_china(int64_t at)
{
    int64_t local = at + CHINA_MS;
    return local / DAY_MS - (local % DAY_MS < 0);
}

static int
has_trade(const Job *job, const Tail *tail)
{
    if (job->skill_count && has_all_skills(job, tail))
        return 1;
    if (job->occupation != ABSENT && holds(tail_occupations(tail), tail->occupations, job->occupation))
        return 1;
    return !job->skill_count && (job->occupation == ABSENT || tail->occupations == 0);
}

static double
squared_chord(const Job *job, const Worker *worker)
{
    double dx = worker->x - job->x, dy = worker->y - job->y, dz = worker->z - job->z;
    return dx * dx + dy * dy + dz * dz;
}

static int
of_age(const Job *job, const Worker *worker)
{
    if (worker->birth == 0)
        return job->minimum_age <= LEGAL_AGE;
    int64_t sure_age = job->year - worker->birth - 1;
    return sure_age >= job->minimum_age && (!job->maximum_age || sure_age < job->maximum_age);
}

static int
crew_fits(const Job *job, const Worker *worker)
{
    return worker->crew == 1 || (worker->crew > 1 && job->room > 0 && (job->partial || worker->crew <= job->room));
}

static int
covered(const Job *job, const Worker *worker)
{
    if (worker->opens > job->start || worker->closes < job->last)
        return 0;
    const Tail *tail = worker->tail;
    const Span *windows = tail_windows(tail);
    for (uint32_t shift = 0, window = 0; tail->windows && shift < job->shift_count; shift++) {
        while (window + 1 < tail->windows && windows[window + 1].start <= job->shifts[shift].start)
            window++;
        if (windows[window].end < job->shifts[shift].end)
            return 0;
    }
    return 1;
}

static int
overlap(Span a, Span b)
{
    return a.start < b.end && b.start < a.end;
}

static int
rested(Span shift, Span busy, int64_t min_rest)
{
    int64_t gap = busy.end <= shift.start ? shift.start - busy.end : busy.start - shift.end;
    return gap >= min_rest || day_in_china(shift.start) == day_in_china(busy.start);
}

static int
within_hours(const Job *job, const Span *busy, uint32_t busy_count)
{
    for (int64_t shift = 0; shift < job->shift_count; shift++) {
        int64_t day = day_in_china(job->shifts[shift].start), worked = 0;
        for (int64_t i = 0; i < job->shift_count; i++)
            if (day_in_china(job->shifts[i].start) == day)
                worked += job->shifts[i].end - job->shifts[i].start;
        for (uint32_t i = 0; i < busy_count; i++)
            if (day_in_china(busy[i].start) == day)
                worked += busy[i].end - busy[i].start;
        if (worked > job->max_day)
            return 0;
    }
    return 1;
}

/* BOOKED, REST, HOURS, or FEASIBLE as far as the calendar goes. */
static int
calendar(const Job *job, const Tail *tail)
{
    if (!tail->busy)
        return job->too_long ? HOURS : FEASIBLE;
    const Span *busy = tail_busy(tail);
    int restless = 0;
    for (int64_t shift = 0; shift < job->shift_count; shift++)
        for (uint32_t i = 0; i < tail->busy; i++) {
            if (overlap(job->shifts[shift], busy[i]))
                return BOOKED;
            restless |= job->min_rest && !rested(job->shifts[shift], busy[i], job->min_rest);
        }
    if (restless)
        return REST;
    return job->max_day && !within_hours(job, busy, tail->busy) ? HOURS : FEASIBLE;
}

/* The first constraint that fails once employer, trade and distance are known to hold. */
static int
rest_of_rules(const Job *job, const Worker *worker)
{
    const Tail *tail = worker->tail;
    for (uint32_t i = 0; i < job->certificate_count; i++)
        if (!holds(tail_certificates(tail), tail->certificates, job->certificates[i]))
            return CERTIFICATE;
    if (!of_age(job, worker))
        return AGE;
    if (!crew_fits(job, worker))
        return CREW;
    if (!covered(job, worker))
        return TIME;
    if (worker->pay_floor > job->pay)
        return PAY_FLOOR;
    int when = calendar(job, tail);
    if (when != FEASIBLE)
        return when;
    return worker->booked_up ? QUOTA : FEASIBLE;
}

#endif
