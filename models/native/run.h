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

/* The leaves that the rows of a block reach in a tree, as their numbers. `vectors` is a constant of
 * the caller: VECTORS, or 1 where the first LANES rows of a block are all there are. */
static inline __attribute__((always_inline)) void
reach(const Plan *plan, const Active *tree, const Batch *batch, size_t first, const int vectors,
      int32_t *leaves)
{
    Ints alive[VECTORS];
    for (int v = 0; v < vectors; v++)
        alive[v] = (Ints){0} + (int32_t)tree->reachable;
    const Split *split = plan->splits + tree->first_split;
    for (const Split *end = split + tree->split_count; split < end; split++) {
        const float *column = batch->values + split->feature * batch->room + first;
        Floats threshold = (Floats){0} + split->threshold;
        Ints keep = (Ints){0} + (int32_t)split->keep;
        Ints missing_left = (Ints){0} - (split->nan_left != 0);
        for (int v = 0; v < vectors; v++) {
            Floats values;
            memcpy(&values, column + v * LANES, sizeof values);
            Ints left = values <= threshold;
            if (batch->missing)
                left |= (values != values) & missing_left;
            alive[v] &= left | keep;
        }
    }
    for (int v = 0; v < vectors; v++) {
        /* The lowest bit as a power of two; its exponent is the number of the leaf. */
        Floats power = __builtin_convertvector(alive[v] & -alive[v], Floats);
        Ints bits;
        memcpy(&bits, &power, sizeof bits);
        bits = ((bits >> 23) & 0xFF) - 127;
        memcpy(leaves + v * LANES, &bits, sizeof bits);
    }
}

/* Add the trees from `from` to before `to` of a plan to the sums of a block's rows. */
static inline __attribute__((always_inline)) void
run_block(const Plan *plan, uint32_t from, uint32_t to, const Batch *batch, size_t first,
          const int vectors, int32_t *sums[ENSEMBLES])
{
    for (uint32_t i = from; i < to; i++) {
        const Tree *tree = plan->trees[i].tree;
        int32_t leaves[BLOCK], *sum = sums[tree->ensemble] + first;
        reach(plan, &plan->trees[i], batch, first, vectors, leaves);
        for (int row = 0; row < vectors * LANES; row++)
            sum[row] += tree->leaves[leaves[row]];
    }
}

/* The same of every row. A worker's ranking has one or two: most of a block would be padding. */
FAST_WHERE_POSSIBLE static void
run(const Plan *plan, uint32_t from, uint32_t to, const Batch *batch, int32_t *sums[ENSEMBLES])
{
    if (batch->rows <= LANES) {
        run_block(plan, from, to, batch, 0, 1, sums);
        return;
    }
    for (size_t first = 0; first < batch->rows; first += BLOCK)
        run_block(plan, from, to, batch, first, VECTORS, sums);
}

#endif
