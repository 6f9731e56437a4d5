/* Running rows through the trees of a plan, a block of rows at a time. */
#ifndef GIGMATCH_RUN_H
#define GIGMATCH_RUN_H

#include "forest.h"
#include <math.h>

#define LANES 8
#define VECTORS 4
#define BLOCK (LANES * VECTORS)

#if defined(__x86_64__) && defined(__gnu_linux__) && defined(__GNUC__) && !defined(__clang__)
#define FAST_WHERE_POSSIBLE __attribute__((target_clones("avx2", "default")))
#else
#define FAST_WHERE_POSSIBLE
#endif

typedef float Floats __attribute__((vector_size(4 * LANES)));
typedef int32_t Ints __attribute__((vector_size(4 * LANES)));

/* Rows with a column a feature, each column padded to whole blocks. */
typedef struct {
    float *values;
    size_t rows, room; /* `room` is the length of a column: whole blocks */
    int missing;       /* whether any value is NaN */
} Batch;

static size_t
whole_blocks(size_t rows)
{
    return (rows + BLOCK - 1) / BLOCK * BLOCK;
}

/* What a column of whole blocks holds. Lane by lane, which compiles to vector instructions. */
FAST_WHERE_POSSIBLE static Range
range_of(const float *column, size_t room)
{
    float least[LANES], most[LANES];
    int32_t missing[LANES] = {0};
    for (int lane = 0; lane < LANES; lane++) {
        least[lane] = INFINITY;
        most[lane] = -INFINITY;
    }
    for (size_t first = 0; first < room; first += LANES)
        for (int lane = 0; lane < LANES; lane++) {
            float value = column[first + lane];
            least[lane] = value < least[lane] ? value : least[lane];
            most[lane] = value > most[lane] ? value : most[lane];
            missing[lane] |= value != value;
        }
    Range range = {INFINITY, -INFINITY, 0};
    for (int lane = 0; lane < LANES; lane++) {
        range.least = least[lane] < range.least ? least[lane] : range.least;
        range.most = most[lane] > range.most ? most[lane] : range.most;
        range.missing |= missing[lane];
    }
    return range;
}

/* The leaves that the rows of a block reach in a tree, as their numbers. */
static inline __attribute__((always_inline)) void
reach(const Plan *plan, const Active *tree, const Batch *batch, size_t first, int32_t *leaves)
{
    Ints alive[VECTORS];
    for (int v = 0; v < VECTORS; v++)
        alive[v] = (Ints){0} + (int32_t)tree->reachable;
    const Split *split = plan->splits + tree->first_split;
    for (const Split *end = split + tree->split_count; split < end; split++) {
        const float *column = batch->values + split->feature * batch->room + first;
        Floats threshold = (Floats){0} + split->threshold;
        Ints keep = (Ints){0} + (int32_t)split->keep;
        Ints missing_left = (Ints){0} - (split->nan_left != 0);
        for (int v = 0; v < VECTORS; v++) {
            Floats values;
            memcpy(&values, column + v * LANES, sizeof values);
            Ints left = values <= threshold;
            if (batch->missing)
                left |= (values != values) & missing_left;
            alive[v] &= left | keep;
        }
    }
    for (int v = 0; v < VECTORS; v++) {
        /* The lowest bit as a power of two; its exponent is the number of the leaf. */
        Floats power = __builtin_convertvector(alive[v] & -alive[v], Floats);
        Ints bits;
        memcpy(&bits, &power, sizeof bits);
        bits = ((bits >> 23) & 0xFF) - 127;
        memcpy(leaves + v * LANES, &bits, sizeof bits);
    }
}

/* Add the trees from `from` to before `to` of a plan to the sums of every row. */
FAST_WHERE_POSSIBLE static void
run(const Plan *plan, uint32_t from, uint32_t to, const Batch *batch, int32_t *sums[ENSEMBLES])
{
    for (size_t first = 0; first < batch->rows; first += BLOCK)
        for (uint32_t i = from; i < to; i++) {
            const Tree *tree = plan->trees[i].tree;
            int32_t leaves[BLOCK], *sum = sums[tree->ensemble] + first;
            reach(plan, &plan->trees[i], batch, first, leaves);
            for (int row = 0; row < BLOCK; row++)
                sum[row] += tree->leaves[leaves[row]];
        }
}

#endif
