/* From sums to probabilities and values, and to the rows that may still be among the best.
 *
 * The curve is the table of models/sigmoid.py, read by the same operations, so the same bits come
 * out. It never falls, and rounding never turns an order round, so a bound on a sum is a bound on
 * a value. */
#ifndef GIGMATCH_CHANCES_H
#define GIGMATCH_CHANCES_H

#include "run.h"

typedef struct {
    double value, rise;
} Point;

typedef struct {
    Point *points;
    double limit, steps, quantum;
} Curve;

static double
probability(const Curve *curve, int32_t sum)
{
    double scaled = (double)(float)(sum * curve->quantum);
    scaled += curve->limit;
    scaled = scaled > 0.0 ? scaled : 0.0;
    scaled = scaled < 2 * curve->limit ? scaled : 2 * curve->limit;
    scaled *= curve->steps;
    int64_t index = (int64_t)scaled;
    scaled -= (double)index;
    scaled *= curve->points[index].rise;
    return scaled + curve->points[index].value;
}

/* Weights of each row: value = P(accept) x P(complete) x waiting x trust, in this order. */
typedef struct {
    const double *waiting, *trust;
} Weights;

static double
weighed(double accept, double complete, double waiting, double trust)
{
    double value = accept * complete;
    value *= waiting;
    return value * trust;
}

static double
value_of(const Curve *curve, const Weights *weights, size_t row, int32_t accept, int32_t complete)
{
    return weighed(probability(curve, accept), probability(curve, complete), weights->waiting[row],
                   weights->trust[row]);
}

/* Between what the weights of all rows lie. */
typedef struct {
    double waiting_least, waiting_most, trust_least, trust_most;
} Bounds;

static Bounds
bounds_of(const Weights *weights, size_t rows)
{
    Bounds bounds = {INFINITY, -INFINITY, INFINITY, -INFINITY};
    for (size_t row = 0; row < rows; row++) {
        double waiting = weights->waiting[row], trust = weights->trust[row];
        bounds.waiting_least = waiting < bounds.waiting_least ? waiting : bounds.waiting_least;
        bounds.waiting_most = waiting > bounds.waiting_most ? waiting : bounds.waiting_most;
        bounds.trust_least = trust < bounds.trust_least ? trust : bounds.trust_least;
        bounds.trust_most = trust > bounds.trust_most ? trust : bounds.trust_most;
    }
    return bounds;
}

/* The k-th largest of what is offered, by a heap of the k largest. */
typedef struct {
    double *heap;
    size_t count, k;
} Largest;

static void
sift_down(Largest *largest, size_t at)
{
    double *heap = largest->heap, value = heap[at];
    for (size_t child; (child = 2 * at + 1) < largest->count; at = child) {
        child += child + 1 < largest->count && heap[child + 1] < heap[child];
        if (heap[child] >= value)
            break;
        heap[at] = heap[child];
    }
    heap[at] = value;
}

static void
offer_value(Largest *largest, double value)
{
    double *heap = largest->heap;
    if (largest->count < largest->k) {
        size_t at = largest->count++;
        for (; at > 0 && heap[(at - 1) / 2] > value; at = (at - 1) / 2)
            heap[at] = heap[(at - 1) / 2];
        heap[at] = value;
    } else if (value > heap[0]) {
        heap[0] = value;
        sift_down(largest, 0);
    }
}

#endif
