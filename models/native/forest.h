/* Two ensembles of small trees, in a form that many rows can be run through at once.
 *
 * A tree has at most 32 leaves, numbered from left to right, so the leaves that a row can still
 * reach are the bits of a word. A split that the row does not satisfy removes the leaves on its left;
 * after all splits, in any order, the lowest bit is the row's leaf (QuickScorer, Lucchese et al.,
 * SIGIR 2015). Leaves are integers: their sums are exact in every order. */
#ifndef GIGMATCH_FOREST_H
#define GIGMATCH_FOREST_H

#define PY_SSIZE_T_CLEAN
#include <Python.h>
#include <stdint.h>
#include <string.h>

#define MOST_LEAVES 32
#define MOST_NODES (2 * MOST_LEAVES - 1)
#define MOST_FEATURES 64
#define ENSEMBLES 2

typedef struct {
    float threshold;
    uint32_t keep; /* leaves that stay when the row does not satisfy the split */
    uint8_t feature, nan_left;
} Split;

typedef struct {
    Split split;
    int32_t value;
    uint8_t left, right, leaf; /* `leaf`: its number when left == right == 0 */
} Node;

typedef struct {
    uint8_t feature;
    int32_t change;
} Step;

/* A tree as it stands in the file, and what each leaf owes to the splits above it. */
typedef struct {
    Node nodes[MOST_NODES];
    int32_t leaves[MOST_LEAVES];
    uint32_t first_step[MOST_LEAVES + 1]; /* in `steps` of the forest */
    uint8_t node_count, leaf_count, ensemble;
} Tree;

typedef struct {
    Tree *trees;
    Step *steps;
    uint32_t tree_count, step_count, step_room;
    int32_t base[ENSEMBLES]; /* sum before the first tree */
    int32_t root[ENSEMBLES]; /* base and the expected value of every tree: an average pair */
} Forest;

static int
is_leaf(const Node *node)
{
    return node->left == 0;
}

/* Number the leaves below a node and set the masks; the leaves below as bits. */
static uint32_t
number_leaves(Tree *tree, uint8_t at)
{
    Node *node = &tree->nodes[at];
    if (is_leaf(node)) {
        node->leaf = tree->leaf_count;
        tree->leaves[tree->leaf_count] = node->value;
        return 1u << tree->leaf_count++;
    }
    uint32_t left = number_leaves(tree, node->left);
    node->split.keep = ~left;
    return left | number_leaves(tree, node->right);
}

static int
add_step(Forest *forest, Step step)
{
    if (forest->step_count == forest->step_room) {
        uint32_t room = 2 * forest->step_room + 1024;
        Step *bigger = realloc(forest->steps, room * sizeof(Step));
        if (bigger == NULL) {
            PyErr_NoMemory();
            return -1;
        }
        forest->steps = bigger;
        forest->step_room = room;
    }
    forest->steps[forest->step_count++] = step;
    return 0;
}

/* The path to each leaf below a node, from left to right; `path` has `depth` steps already. */
static int
trace_paths(Forest *forest, Tree *tree, uint8_t at, Step *path, int depth)
{
    const Node *node = &tree->nodes[at];
    if (is_leaf(node)) {
        tree->first_step[node->leaf] = forest->step_count;
        for (int i = 0; i < depth; i++)
            if (add_step(forest, path[i]) < 0)
                return -1;
        tree->first_step[node->leaf + 1] = forest->step_count;
        return 0;
    }
    const uint8_t children[] = {node->left, node->right};
    for (int side = 0; side < 2; side++) {
        path[depth] = (Step){node->split.feature,
                             tree->nodes[children[side]].value - node->value};
        if (trace_paths(forest, tree, children[side], path, depth + 1) < 0)
            return -1;
    }
    return 0;
}

/* What a feature's values are in a batch of rows. */
typedef struct {
    float least, most;
    int missing;
} Range;

/* A tree as it is for one batch: the splits that tell its rows apart, and what it may add. */
typedef struct {
    const Tree *tree;
    uint32_t first_split, split_count, reachable;
    int32_t least, most;
} Active;

/* All that has to be run for a batch, the trees that matter most first. `rest` is what the trees
 * from one on may still add to an ensemble's sum. */
typedef struct {
    Active *trees;
    Split *splits;
    int32_t (*rest_least)[ENSEMBLES], (*rest_most)[ENSEMBLES];
    uint32_t tree_count, split_count;
    int32_t base[ENSEMBLES];
} Plan;

static void
specialise_node(const Tree *tree, uint8_t at, const Range *ranges, Plan *plan, Active *active)
{
    const Node *node = &tree->nodes[at];
    if (is_leaf(node)) {
        active->least = node->value < active->least ? node->value : active->least;
        active->most = node->value > active->most ? node->value : active->most;
        return;
    }
    const Split *split = &node->split;
    const Range *range = &ranges[split->feature];
    if (range->most <= split->threshold && (!range->missing || split->nan_left)) {
        specialise_node(tree, node->left, ranges, plan, active);
    } else if (range->least > split->threshold && (!range->missing || !split->nan_left)) {
        active->reachable &= split->keep;
        specialise_node(tree, node->right, ranges, plan, active);
    } else {
        plan->splits[plan->split_count++] = *split;
        active->split_count++;
        specialise_node(tree, node->left, ranges, plan, active);
        specialise_node(tree, node->right, ranges, plan, active);
    }
}

static int
by_range(const void *a, const void *b)
{
    const Active *one = a, *other = b;
    int64_t mine = (int64_t)one->most - one->least, theirs = (int64_t)other->most - other->least;
    return (mine < theirs) - (mine > theirs);
}

static void
plan_bounds(Plan *plan)
{
    uint32_t last = plan->tree_count;
    memset(plan->rest_least[last], 0, sizeof plan->rest_least[last]);
    memset(plan->rest_most[last], 0, sizeof plan->rest_most[last]);
    for (uint32_t i = last; i-- > 0;) {
        memcpy(plan->rest_least[i], plan->rest_least[i + 1], sizeof plan->rest_least[i]);
        memcpy(plan->rest_most[i], plan->rest_most[i + 1], sizeof plan->rest_most[i]);
        plan->rest_least[i][plan->trees[i].tree->ensemble] += plan->trees[i].least;
        plan->rest_most[i][plan->trees[i].tree->ensemble] += plan->trees[i].most;
    }
}

/* What of a forest has to be run for rows within some ranges. */
static void
specialise(const Forest *forest, const Range *ranges, Plan *plan)
{
    plan->tree_count = plan->split_count = 0;
    memcpy(plan->base, forest->base, sizeof plan->base);
    for (uint32_t i = 0; i < forest->tree_count; i++) {
        const Tree *tree = &forest->trees[i];
        Active active = {tree, plan->split_count, 0, UINT32_MAX, INT32_MAX, INT32_MIN};
        specialise_node(tree, 0, ranges, plan, &active);
        if (active.split_count == 0)
            plan->base[tree->ensemble] += active.least;
        else
            plan->trees[plan->tree_count++] = active;
    }
    qsort(plan->trees, plan->tree_count, sizeof(Active), by_range);
    plan_bounds(plan);
}

static void
plan_free(Plan *plan)
{
    free(plan->trees);
    free(plan->splits);
    free(plan->rest_least);
    free(plan->rest_most);
}

static int
plan_for(const Forest *forest, Plan *plan)
{
    uint32_t count = forest->tree_count;
    *plan = (Plan){
        .trees = malloc((count + 1) * sizeof(Active)),
        .splits = malloc((count * (size_t)MOST_LEAVES + 1) * sizeof(Split)),
        .rest_least = malloc((count + 1) * sizeof *plan->rest_least),
        .rest_most = malloc((count + 1) * sizeof *plan->rest_most),
    };
    if (plan->trees && plan->splits && plan->rest_least && plan->rest_most)
        return 0;
    plan_free(plan);
    PyErr_NoMemory();
    return -1;
}

#endif
