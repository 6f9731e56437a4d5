/* The features of matching/features.py, one pair at a time: the same operations in the same order
 * in float64, so that every row has the same bits. */
#ifndef GIGMATCH_FEATURES_H
#define GIGMATCH_FEATURES_H

#include "rules.h"
#include <math.h>

#define FEATURES 23
#define EARTH_RADIUS_KM 6371.0088
#define LONGEST_LEAD_HOURS 336.0
#define HOUR_MS 3600000.0
#define CALLS_FROM 6
#define CALLS_UNTIL 21

static double
great_circle_km(double squared)
{
    double series = 1.0 + squared * (1.0 / 24.0 + squared * (3.0 / 640.0));
    return sqrt(squared) * series * EARTH_RADIUS_KM;
}

static double
mean_level(const Job *job, const Tail *tail)
{
    if (!job->skill_count)
        return 1.0;
    int total = 0;
    for (uint32_t i = 0; i < job->skill_count; i++)
        total += level_in(tail, job->skills[i]);
    return (double)total / job->skill_count;
}

static double
hours_until(int64_t start, int64_t now)
{
    double hours = (double)(start - now) / HOUR_MS;
    hours = hours > 0.0 ? hours : 0.0;
    return hours < LONGEST_LEAD_HOURS ? hours : LONGEST_LEAD_HOURS;
}

/* How often a worker has said yes to the job's trade, its first skill. */
static float
rate_in(const Tail *tail, const Job *job)
{
    if (tail->known && job->skill_count) {
        const uint32_t *skills = tail_skills(tail);
        for (uint32_t i = 0; i < tail->skills; i++)
            if (skills[i] == job->skills[0])
                return tail_rates(tail)[i];
    }
    return NEW_TO_TRADE;
}

/* On how many of the seven days before today there was work. */
static int
days_worked(const Tail *tail, int64_t now)
{
    if (!tail->known)
        return 0;
    uint32_t worked = *tail_worked(tail);
    int64_t ago = day_in_china(now) - (int64_t)(worked >> 8);
    if (ago > 7)
        return 0;
    return __builtin_popcount((worked & 0xFF) << (ago > 0 ? ago : 0) >> 1 & 0x7F);
}

/* Whether who is reached through the station alone cannot be reached now. */
static int
station_rests(int64_t now)
{
    int64_t hour = (now + CHINA_MS - day_in_china(now) * DAY_MS) / 3600000;
    return hour < CALLS_FROM || hour >= CALLS_UNTIL;
}

/* Write the features of a pair into row `row` of a feature-major matrix of `n` rows. */
static void
write_features(float *matrix, size_t n, size_t row, const Job *job, const Worker *worker,
               double squared, int64_t now)
{
    const Tail *tail = worker->tail;
    double km = great_circle_km(squared);
    const float values[FEATURES] = {
        (float)km,
        (float)(km / tail->speed * 60.0),
        (float)((double)job->pay / 100.0),
        (float)((double)(job->pay - worker->pay_floor) / 100.0),
        (float)mean_level(job, tail),
        (float)hours_until(job->start, now),
        (float)job->shift_hours,
        (float)job->shift_count,
        (float)job->log_headcount,
        job->meal,
        job->lodging,
        job->pickup,
        job->paid_daily,
        worker->acceptance,
        worker->reliability,
        worker->rating,
        rate_in(tail, job),
        (float)days_worked(tail, now),
        (float)holds(tail_employers(tail), tail->employers, job->employer),
        (float)(worker->station == job->station),
        (float)job->claims,
        job->on_holiday,
        (float)!(tail->by_station && station_rests(now)),
    };
    for (size_t feature = 0; feature < FEATURES; feature++)
        matrix[feature * n + row] = values[feature];
}

#endif
