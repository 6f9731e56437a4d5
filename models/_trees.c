/* Scoring by a release's trees: many rows at once, or only as far as the best rows need.
 *
 * models/forest.py says what the numbers mean; ONNX Runtime gives the same bits from the same release.
 */

#define PY_SSIZE_T_CLEAN
#include <Python.h>

#include "native/chances.h"

typedef struct {
    PyObject_HEAD
    Forest forest;
    Plan everything, plan; /* for any rows; for the rows at hand */
    Curve curve;
    size_t features;
} Trees;

#define SPECIALISE_FROM 48 /* rows from which a plan of their own pays */

/* Making one */

typedef struct {
    Py_buffer ensemble, count, feature, threshold, left, right, nan_left, value, curve;
} Parts;

static int
bad_trees(void)
{
    PyErr_SetString(PyExc_ValueError, "these are not trees that this kernel can run");
    return -1;
}

static int
read_tree(Trees *self, const Parts *parts, uint32_t number, size_t *at)
{
    Tree *tree = &self->forest.trees[number];
    tree->node_count = ((const uint8_t *)parts->count.buf)[number];
    tree->ensemble = ((const uint8_t *)parts->ensemble.buf)[number];
    if (tree->node_count == 0 || tree->node_count > MOST_NODES || tree->ensemble >= ENSEMBLES ||
        *at + tree->node_count > (size_t)parts->feature.len)
        return bad_trees();
    int leaves = 0;
    uint8_t has_parent[MOST_NODES] = {0}; /* a node of two would be gone through again and again */
    for (int i = 0; i < tree->node_count; i++, ++*at) {
        Node *node = &tree->nodes[i];
        node->split.feature = ((const uint8_t *)parts->feature.buf)[*at];
        node->split.nan_left = ((const uint8_t *)parts->nan_left.buf)[*at];
        node->split.threshold = ((const float *)parts->threshold.buf)[*at];
        node->left = ((const uint8_t *)parts->left.buf)[*at];
        node->right = ((const uint8_t *)parts->right.buf)[*at];
        node->value = ((const int32_t *)parts->value.buf)[*at];
        leaves += is_leaf(node);
        int inner = node->left > i && node->right > i && node->left < tree->node_count &&
                    node->right < tree->node_count && node->split.feature < self->features;
        if (!(inner || (node->left == 0 && node->right == 0)))
            return bad_trees();
        if (inner && (has_parent[node->left]++ || has_parent[node->right]++))
            return bad_trees();
    }
    if (leaves > MOST_LEAVES || 2 * leaves - 1 != tree->node_count)
        return bad_trees();
    Step path[MOST_NODES];
    number_leaves(tree, 0);
    self->forest.root[tree->ensemble] += tree->nodes[0].value;
    return trace_paths(&self->forest, tree, 0, path, 0);
}

static int
read_trees(Trees *self, const Parts *parts)
{
    uint32_t count = (uint32_t)parts->count.len;
    size_t nodes = (size_t)parts->feature.len, at = 0;
    if (parts->ensemble.len != parts->count.len || self->features > MOST_FEATURES ||
        (size_t)parts->left.len != nodes || (size_t)parts->right.len != nodes ||
        (size_t)parts->nan_left.len != nodes || (size_t)parts->threshold.len != 4 * nodes ||
        (size_t)parts->value.len != 4 * nodes)
        return bad_trees();
    self->forest.trees = calloc(count + 1, sizeof(Tree));
    if (self->forest.trees == NULL) {
        PyErr_NoMemory();
        return -1;
    }
    self->forest.tree_count = count;
    for (uint32_t number = 0; number < count; number++)
        if (read_tree(self, parts, number, &at) < 0)
            return -1;
    return at == nodes ? 0 : bad_trees();
}

static int
read_curve(Curve *curve, const Py_buffer *values)
{
    size_t count = (size_t)values->len / sizeof(double);
    if (count != (size_t)(2 * curve->limit * curve->steps) + 1)
        return bad_trees();
    const double *given = values->buf;
    curve->points = calloc(count, sizeof *curve->points);
    if (curve->points == NULL) {
        PyErr_NoMemory();
        return -1;
    }
    for (size_t i = 0; i < count; i++)
        curve->points[i] = (Point){given[i], i + 1 < count ? given[i + 1] - given[i] : 0.0};
    return 0;
}

static int
prepare(Trees *self, const Parts *parts)
{
    if (read_curve(&self->curve, &parts->curve) < 0 || read_trees(self, parts) < 0 ||
        plan_for(&self->forest, &self->everything) < 0 || plan_for(&self->forest, &self->plan) < 0)
        return -1;
    Range anything[MOST_FEATURES];
    for (size_t i = 0; i < MOST_FEATURES; i++)
        anything[i] = (Range){-INFINITY, NAN, 1}; /* decides no split */
    specialise(&self->forest, anything, &self->everything);
    return 0;
}

static int
trees_init(Trees *self, PyObject *args, PyObject *Py_UNUSED(kwargs))
{
    Parts parts;
    int32_t *base = self->forest.base;
    Py_ssize_t features;
    if (self->forest.trees != NULL) {
        PyErr_SetString(PyExc_TypeError, "trees are made once");
        return -1;
    }
    if (!PyArg_ParseTuple(args, "ny*y*y*y*y*y*y*y*iidy*dd", &features, &parts.ensemble,
                          &parts.count, &parts.feature, &parts.threshold, &parts.left,
                          &parts.right, &parts.nan_left, &parts.value, &base[0], &base[1],
                          &self->curve.quantum, &parts.curve, &self->curve.limit,
                          &self->curve.steps))
        return -1;
    self->features = (size_t)features;
    memcpy(self->forest.root, base, sizeof self->forest.root);
    int result = prepare(self, &parts);
    Py_buffer *all[] = {&parts.ensemble, &parts.count,    &parts.feature, &parts.threshold,
                        &parts.left,     &parts.right,    &parts.nan_left, &parts.value,
                        &parts.curve};
    for (size_t i = 0; i < sizeof all / sizeof *all; i++)
        PyBuffer_Release(all[i]);
    return result;
}

static void
trees_dealloc(Trees *self)
{
    plan_free(&self->everything);
    plan_free(&self->plan);
    free(self->forest.trees);
    free(self->forest.steps);
    free(self->curve.points);
    Py_TYPE(self)->tp_free((PyObject *)self);
}

/* Running rows */

/* The rows being run, and their sums. `origin` are their numbers among the rows that were given. */
typedef struct {
    Batch batch;
    int32_t *sums[ENSEMBLES];
    uint32_t *origin, *kept;
} Work;

static void
work_free(Work *work)
{
    free(work->batch.values);
    free(work->sums[0]);
    free(work->sums[1]);
    free(work->origin);
    free(work->kept);
}

static int
work_open(Work *work, size_t features, size_t rows)
{
    size_t padded = whole_blocks(rows);
    *work = (Work){
        .batch = {malloc((features * padded + 1) * sizeof(float)), rows, padded, 0},
        .sums = {malloc((padded + 1) * sizeof(int32_t)), malloc((padded + 1) * sizeof(int32_t))},
        .origin = malloc((padded + 1) * sizeof(uint32_t)),
        .kept = malloc((padded + 1) * sizeof(uint32_t)),
    };
    if (work->batch.values && work->sums[0] && work->sums[1] && work->origin && work->kept)
        return 0;
    work_free(work);
    PyErr_NoMemory();
    return -1;
}

/* Copy columns into whole blocks, the last row again in the padding, and see what they hold. */
static void
fill(Batch *batch, size_t features, const float *columns, Range *ranges)
{
    for (size_t feature = 0; feature < features; feature++) {
        const float *given = columns + feature * batch->rows;
        float *column = batch->values + feature * batch->room;
        memcpy(column, given, batch->rows * sizeof *column);
        for (size_t row = batch->rows; row < batch->room; row++)
            column[row] = given[batch->rows - 1];
        ranges[feature] = range_of(column, batch->room);
        batch->missing |= ranges[feature].missing;
    }
}

static const Plan *
begin(Trees *self, const float *columns, Work *work)
{
    Range ranges[MOST_FEATURES];
    const Plan *plan = &self->everything;
    fill(&work->batch, self->features, columns, ranges);
    if (work->batch.rows >= SPECIALISE_FROM) {
        specialise(&self->forest, ranges, &self->plan);
        plan = &self->plan;
    }
    for (size_t row = 0; row < work->batch.room; row++) {
        work->sums[0][row] = plan->base[0];
        work->sums[1][row] = plan->base[1];
        work->origin[row] = (uint32_t)row;
    }
    return plan;
}

/* The rows of an argument: `columns` is a buffer of float32, a column a feature. */
static int
open_rows(Trees *self, const Py_buffer *columns, Py_ssize_t rows, Work *work)
{
    if (rows < 1 || columns->len != (Py_ssize_t)(self->features * sizeof(float)) * rows) {
        PyErr_SetString(PyExc_ValueError, "the columns do not have that many rows");
        return -1;
    }
    return work_open(work, self->features, (size_t)rows);
}

static PyObject *
new_doubles(size_t count, double **values)
{
    PyObject *bytes = PyBytes_FromStringAndSize(NULL, (Py_ssize_t)(count * sizeof(double)));
    if (bytes != NULL)
        *values = (double *)PyBytes_AS_STRING(bytes);
    return bytes;
}

static PyObject *
run_all(Trees *self, const float *columns, Work *work)
{
    size_t rows = work->batch.rows;
    double *values;
    PyObject *bytes = new_doubles(2 * rows, &values);
    if (bytes == NULL)
        return NULL;
    const Plan *plan = begin(self, columns, work);
    run(plan, 0, plan->tree_count, &work->batch, work->sums);
    for (size_t row = 0; row < rows; row++) {
        values[row] = probability(&self->curve, work->sums[0][row]);
        values[rows + row] = probability(&self->curve, work->sums[1][row]);
    }
    return bytes;
}

static PyObject *
probabilities(Trees *self, PyObject *args)
{
    Py_buffer columns;
    Py_ssize_t rows;
    Work work;
    if (!PyArg_ParseTuple(args, "y*n", &columns, &rows))
        return NULL;
    PyObject *result = NULL;
    if (open_rows(self, &columns, rows, &work) == 0) {
        result = run_all(self, columns.buf, &work);
        work_free(&work);
    }
    PyBuffer_Release(&columns);
    return result;
}

/* The best rows */

/* Keep only some rows, given by their places now, rising. Columns stay as far apart as they were. */
static void
keep_rows(Work *work, size_t features, const uint32_t *kept, size_t count)
{
    if (count == work->batch.rows)
        return;
    for (size_t feature = 0; feature < features; feature++) {
        float *column = work->batch.values + feature * work->batch.room;
        for (size_t row = 0; row < count; row++)
            column[row] = column[kept[row]];
    }
    for (size_t row = 0; row < count; row++) {
        work->sums[0][row] = work->sums[0][kept[row]];
        work->sums[1][row] = work->sums[1][kept[row]];
        work->origin[row] = work->origin[kept[row]];
    }
    work->batch.rows = count;
}

/* Drop rows that cannot come to the k-th best any more, whatever the trees from `next` on say.
 *
 * The k rows with the largest sums of accepting so far have at least a certain value, if everything
 * else goes against them; a row that cannot reach it with everything else for it is out. Everything
 * else is bounded for all rows together, so that a row costs one comparison. */
static void
prune(const Curve *curve, const Plan *plan, uint32_t next, const Bounds *bounds, Largest *largest,
      Work *work, size_t features)
{
    const int32_t *least = plan->rest_least[next], *most = plan->rest_most[next];
    int32_t low = INT32_MAX, high = INT32_MIN;
    largest->count = 0;
    for (size_t row = 0; row < work->batch.rows; row++) {
        int32_t complete = work->sums[1][row];
        low = complete < low ? complete : low;
        high = complete > high ? complete : high;
        offer_value(largest, work->sums[0][row]);
    }
    int32_t kth = (int32_t)largest->heap[0];
    double wanted = weighed(probability(curve, kth + least[0]), probability(curve, low + least[1]),
                            bounds->waiting_least, bounds->trust_least);
    double companion = probability(curve, high + most[1]);
    int64_t out = INT32_MIN, in = (int64_t)kth + most[0];
    while (out + 1 < in) { /* the smallest sum that can still come to what is wanted */
        int64_t middle = (out + in) / 2;
        if (weighed(probability(curve, (int32_t)middle), companion, bounds->waiting_most,
                    bounds->trust_most) >= wanted)
            in = middle;
        else
            out = middle;
    }
    size_t count = 0;
    for (size_t row = 0; row < work->batch.rows; row++) {
        work->kept[count] = (uint32_t)row;
        count += work->sums[0][row] >= in - most[0];
    }
    keep_rows(work, features, work->kept, count);
}

/* Drop all but the best k and those equal to the last of them, once every tree has been run. */
static void
select_best(const Curve *curve, const Weights *weights, Largest *largest, Work *work,
            size_t features)
{
    largest->count = 0;
    for (size_t row = 0; row < work->batch.rows; row++)
        offer_value(largest, value_of(curve, weights, work->origin[row], work->sums[0][row],
                                      work->sums[1][row]));
    size_t count = 0;
    for (size_t row = 0; row < work->batch.rows; row++)
        if (value_of(curve, weights, work->origin[row], work->sums[0][row], work->sums[1][row]) >=
            largest->heap[0])
            work->kept[count++] = (uint32_t)row;
    keep_rows(work, features, work->kept, count);
}

#define STAGES 6

/* Run the plan in stages, with fewer rows after each; only the best are left, ties included. */
static void
run_best(Trees *self, const Plan *plan, const Weights *weights, Largest *largest, Work *work)
{
    Bounds bounds = bounds_of(weights, work->batch.rows);
    uint32_t next = 0;
    for (uint32_t stage = 1; stage <= STAGES; stage++) {
        uint32_t end = plan->tree_count * stage / STAGES;
        run(plan, next, end, &work->batch, work->sums);
        next = end;
        if (work->batch.rows > largest->k)
            prune(&self->curve, plan, next, &bounds, largest, work, self->features);
    }
    if (work->batch.rows > largest->k)
        select_best(&self->curve, weights, largest, work, self->features);
}

static PyObject *
answer_best(Trees *self, const Weights *weights, const Work *work)
{
    size_t rows = work->batch.rows;
    double *values;
    PyObject *bytes = new_doubles(4 * rows, &values);
    for (size_t row = 0; bytes != NULL && row < rows; row++) {
        int32_t accept = work->sums[0][row], complete = work->sums[1][row];
        values[row] = work->origin[row];
        values[rows + row] = probability(&self->curve, accept);
        values[2 * rows + row] = probability(&self->curve, complete);
        values[3 * rows + row] =
            value_of(&self->curve, weights, work->origin[row], accept, complete);
    }
    return bytes;
}

static PyObject *
best_of(Trees *self, const float *columns, const Weights *weights, size_t k, Work *work)
{
    Largest largest = {malloc((k + 1) * sizeof(double)), 0, k};
    if (largest.heap == NULL)
        return PyErr_NoMemory();
    run_best(self, begin(self, columns, work), weights, &largest, work);
    free(largest.heap);
    return answer_best(self, weights, work);
}

static PyObject *
best(Trees *self, PyObject *args)
{
    Py_buffer columns, waiting, trust;
    Py_ssize_t rows, k;
    Work work;
    if (!PyArg_ParseTuple(args, "y*ny*y*n", &columns, &rows, &waiting, &trust, &k))
        return NULL;
    Py_ssize_t wanted = rows * (Py_ssize_t)sizeof(double);
    PyObject *result = NULL;
    if (k < 1 || waiting.len != wanted || trust.len != wanted)
        PyErr_SetString(PyExc_ValueError, "a weight a row, and at least one row wanted");
    else if (open_rows(self, &columns, rows, &work) == 0) {
        Weights weights = {waiting.buf, trust.buf};
        result = best_of(self, columns.buf, &weights, (size_t)k, &work);
        work_free(&work);
    }
    PyBuffer_Release(&columns);
    PyBuffer_Release(&waiting);
    PyBuffer_Release(&trust);
    return result;
}

/* What each feature did */

/* Credit what the paths of a block's rows say to `changes`, (ensembles, rows, features). */
FAST_WHERE_POSSIBLE static void
trace_block(const Trees *self, const Batch *batch, size_t first, int32_t *changes)
{
    size_t rows = batch->rows - first < BLOCK ? batch->rows - first : BLOCK;
    for (uint32_t i = 0; i < self->everything.tree_count; i++) {
        const Active *active = &self->everything.trees[i];
        const Tree *tree = active->tree;
        int32_t leaves[BLOCK];
        if (batch->rows <= LANES)
            reach(&self->everything, active, batch, first, 1, leaves);
        else
            reach(&self->everything, active, batch, first, VECTORS, leaves);
        int32_t *mine = changes + (tree->ensemble * batch->rows + first) * self->features;
        for (size_t row = 0; row < rows; row++, mine += self->features) {
            const uint32_t *span = &tree->first_step[leaves[row]];
            for (uint32_t step = span[0]; step < span[1]; step++)
                mine[self->forest.steps[step].feature] += self->forest.steps[step].change;
        }
    }
}

/* One row's points from its changes, as models/contributions.py has them. */
static void
share_out(const Trees *self, const int32_t *const changes[ENSEMBLES], double *points)
{
    double before[ENSEMBLES], after[ENSEMBLES], rates[ENSEMBLES];
    int32_t totals[ENSEMBLES] = {0};
    for (int e = 0; e < ENSEMBLES; e++) {
        for (size_t feature = 0; feature < self->features; feature++)
            totals[e] += changes[e][feature];
        before[e] = probability(&self->curve, self->forest.root[e]);
        after[e] = probability(&self->curve, self->forest.root[e] + totals[e]);
    }
    for (int e = 0; e < ENSEMBLES; e++) {
        double other = (after[1 - e] + before[1 - e]) / 2.0;
        double moved = totals[e] ? totals[e] * self->curve.quantum : 1.0;
        rates[e] = (after[e] - before[e]) * other / moved * self->curve.quantum;
    }
    for (size_t feature = 0; feature < self->features; feature++)
        points[feature] = changes[0][feature] * rates[0] + changes[1][feature] * rates[1];
}

static PyObject *
trace(Trees *self, const float *columns, Work *work)
{
    size_t rows = work->batch.rows, features = self->features;
    double *points;
    int32_t *changes = calloc(ENSEMBLES * rows * features, sizeof *changes);
    PyObject *bytes = changes == NULL ? PyErr_NoMemory() : new_doubles(rows * features, &points);
    if (bytes != NULL) {
        Range ranges[MOST_FEATURES];
        fill(&work->batch, features, columns, ranges);
        for (size_t first = 0; first < rows; first += BLOCK)
            trace_block(self, &work->batch, first, changes);
        for (size_t row = 0; row < rows; row++) {
            const int32_t *const mine[] = {changes + row * features,
                                           changes + (rows + row) * features};
            share_out(self, mine, points + row * features);
        }
    }
    free(changes);
    return bytes;
}

static PyObject *
contributions(Trees *self, PyObject *args)
{
    Py_buffer columns;
    Py_ssize_t rows;
    Work work;
    if (!PyArg_ParseTuple(args, "y*n", &columns, &rows))
        return NULL;
    PyObject *result = NULL;
    if (open_rows(self, &columns, rows, &work) == 0) {
        result = trace(self, columns.buf, &work);
        work_free(&work);
    }
    PyBuffer_Release(&columns);
    return result;
}

static PyMethodDef trees_methods[] = {
    {"probabilities", (PyCFunction)probabilities, METH_VARARGS,
     "probabilities(columns, rows) -> float64 (2, rows)"},
    {"best", (PyCFunction)best, METH_VARARGS,
     "best(columns, rows, waiting, trust, k) -> float64 (4, n): row, p_accept, p_complete, value"},
    {"contributions", (PyCFunction)contributions, METH_VARARGS,
     "contributions(columns, rows) -> float64 (rows, features)"},
    {NULL, NULL, 0, NULL},
};

static PyTypeObject trees_type = {
    PyVarObject_HEAD_INIT(NULL, 0).tp_name = "models._trees.Trees",
    .tp_basicsize = sizeof(Trees),
    .tp_dealloc = (destructor)trees_dealloc,
    .tp_flags = Py_TPFLAGS_DEFAULT,
    .tp_doc = "The trees of a release, compiled for batches.",
    .tp_methods = trees_methods,
    .tp_init = (initproc)trees_init,
    .tp_new = PyType_GenericNew,
};

static struct PyModuleDef trees_module = {
    PyModuleDef_HEAD_INIT, .m_name = "models._trees", .m_size = -1,
};

PyMODINIT_FUNC
PyInit__trees(void)
{
    if (PyType_Ready(&trees_type) < 0)
        return NULL;
    PyObject *module = PyModule_Create(&trees_module);
    if (module == NULL || PyModule_AddObjectRef(module, "Trees", (PyObject *)&trees_type) < 0 ||
        PyModule_AddIntConstant(module, "MOST_LEAVES", MOST_LEAVES) < 0)
        return NULL;
    return module;
}
