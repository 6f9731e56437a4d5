/* The feasible workers of a job and the feasible jobs of a worker, and why the others are not. */
#ifndef GIGMATCH_SEARCH_H
#define GIGMATCH_SEARCH_H

#include "index.h"

typedef struct {
    uint32_t *rows; /* slots of workers or positions of jobs */
    double *squared; /* squared chord of each pair */
    uint32_t count, row_room, squared_room;
    uint32_t excluded[CONSTRAINTS];
} Found;

static int
found_add(Found *found, uint32_t row, double squared)
{
    if (GROW(found->rows, found->row_room, (uint64_t)found->count + 1) < 0 ||
        GROW(found->squared, found->squared_room, (uint64_t)found->count + 1) < 0)
        return -1;
    found->rows[found->count] = row;
    found->squared[found->count++] = squared;
    return 0;
}

static void
found_clear(Found *found)
{
    free(found->rows);
    free(found->squared);
}

/* Which of a list's workers a query looks at: all, or only those with or without every skill,
 * so that nobody is looked at twice when a job is open to a skill or to an occupation. */
typedef enum { ALL_OF_THEM, SKILLED, UNSKILLED } Which;

typedef struct {
    const Index *index;
    const Job *job;
    Found *found;
    uint32_t near; /* who has the trade and is near enough */
} Query;

static int
look_at(Query *query, uint32_t slot, Which which)
{
    const Worker *worker = row_at(&query->index->rows, slot);
    if (which != ALL_OF_THEM && has_all_skills(query->job, worker->tail) != (which == SKILLED))
        return 0;
    double squared = squared_chord(query->job, worker);
    if (squared > worker->limit)
        return 0;
    query->near++;
    int failed = rest_of_rules(query->job, worker);
    if (failed == FEASIBLE)
        return found_add(query->found, slot, squared);
    query->found->excluded[failed]++;
    return 0;
}

#define AHEAD 8 /* rows to fetch from memory before they are looked at */

static int
look_through(Query *query, const Bucket *bucket, Which which)
{
    const Rows *rows = &query->index->rows;
    for (uint32_t i = 0; i < bucket->count; i++) {
        if (i + 2 * AHEAD < bucket->count)
            __builtin_prefetch(row_at(rows, bucket->slots[i + 2 * AHEAD]));
        if (i + AHEAD < bucket->count)
            __builtin_prefetch(row_at(rows, bucket->slots[i + AHEAD])->tail);
        if (look_at(query, bucket->slots[i], which) < 0)
            return -1;
    }
    return 0;
}

/* Everybody with a trade who may come as far as the job. */
static int
look_around(Query *query, uint32_t trade, Which which)
{
    const Job *job = query->job;
    for (uint8_t reach = 0; reach < REACHES; reach++) {
        int64_t x = grid(job->x, reach), y = grid(job->y, reach), z = grid(job->z, reach);
        for (int cube = 0; cube < 27; cube++) {
            uint64_t cell =
                cell_of(reach, x + cube / 9 - 1, y + cube / 3 % 3 - 1, z + cube % 3 - 1);
            const Bucket *bucket = bucket_find(&query->index->buckets, trade, cell);
            if (bucket != NULL && look_through(query, bucket, which) < 0)
                return -1;
        }
    }
    return 0;
}

static uint32_t
trade_count(const Index *index, uint32_t trade)
{
    const Members *members = members_of(index, trade);
    return members == NULL ? 0 : members->count;
}

static uint32_t
rarest_skill(const Index *index, const Job *job)
{
    uint32_t rarest = job->skills[0];
    for (uint32_t i = 1; i < job->skill_count; i++)
        if (trade_count(index, TRADE(job->skills[i], SKILL)) <
            trade_count(index, TRADE(rarest, SKILL)))
            rarest = job->skills[i];
    return rarest;
}

/* How many workers have the job's trade, near or far; -1 with an error set. */
static int64_t
count_trade(const Index *index, const Job *job)
{
    int named = job->occupation != ABSENT;
    uint32_t occupation = TRADE(job->occupation, OCCUPATION);
    if (!job->skill_count)
        return named ? (int64_t)trade_count(index, occupation) +
                           trade_count(index, TRADE(0, UNNAMED))
                     : index->rows.count;
    if (job->skill_count == 1 && !named)
        return trade_count(index, TRADE(job->skills[0], SKILL));
    const Members **all = malloc(job->skill_count * sizeof *all);
    if (all == NULL) {
        PyErr_NoMemory();
        return -1;
    }
    for (uint32_t i = 0; i < job->skill_count; i++)
        all[i] = members_of(index, TRADE(job->skills[i], SKILL));
    int64_t count =
        members_count(all, job->skill_count, named ? members_of(index, occupation) : NULL);
    free(all);
    return count;
}

static int
look_for_trade(Query *query)
{
    const Job *job = query->job;
    int named = job->occupation != ABSENT;
    uint32_t occupation = TRADE(job->occupation, OCCUPATION);
    if (!job->skill_count && !named)
        return look_around(query, TRADE(0, EVERYONE), ALL_OF_THEM);
    if (!job->skill_count)
        return look_around(query, occupation, ALL_OF_THEM) < 0
                   ? -1
                   : look_around(query, TRADE(0, UNNAMED), ALL_OF_THEM);
    Which which = job->skill_count == 1 ? ALL_OF_THEM : SKILLED;
    if (look_around(query, TRADE(rarest_skill(query->index, job), SKILL), which) < 0)
        return -1;
    return named ? look_around(query, occupation, UNSKILLED) : 0;
}

/* The feasible workers of a job. 0, or -1 with an error set; `found` is the caller's to clear. */
static int
find_workers(const Index *index, const Job *job, Found *found)
{
    Query query = {index, job, found, 0};
    if (job->blocked) {
        found->excluded[EMPLOYER_BLOCKED] = index->rows.count;
        return 0;
    }
    int64_t trained = count_trade(index, job);
    if (trained < 0 || look_for_trade(&query) < 0)
        return -1;
    found->excluded[TRADE_MISSING] = index->rows.count - (uint32_t)trained;
    found->excluded[DISTANCE] = (uint32_t)trained - query.near;
    return 0;
}

static int
first_failure(const Job *job, const Worker *worker, double *squared)
{
    if (job->blocked)
        return EMPLOYER_BLOCKED;
    if (!has_trade(job, worker->tail))
        return TRADE_MISSING;
    *squared = squared_chord(job, worker);
    return *squared > worker->limit ? DISTANCE : rest_of_rules(job, worker);
}

/* The feasible jobs of a worker, one after the other: a market has few open jobs. */
static int
find_jobs(const Job *jobs, uint32_t count, const Worker *worker, Found *found)
{
    for (uint32_t i = 0; i < count; i++) {
        double squared = 0.0;
        int failed = first_failure(&jobs[i], worker, &squared);
        if (failed != FEASIBLE)
            found->excluded[failed]++;
        else if (found_add(found, i, squared) < 0)
            return -1;
    }
    return 0;
}

#endif
