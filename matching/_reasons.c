/* The strongest reasons of a few pairs, as `strongest_in_python` of matching/reasons.py finds them:
 * the same comparisons of the same doubles, without NumPy's price for small arrays.
 */

#define PY_SSIZE_T_CLEAN
#include <Python.h>
#include <math.h>
#include <string.h>

#define MOST 8
#define MOST_FEATURES 64

typedef struct {
    /* A word that helps is so where the value lies between the first two, one that hurts where it
     * lies between the last two; a missing value lies nowhere. */
    const double *helps_above, *helps_below, *hurts_above, *hurts_below;
    Py_ssize_t features, km, minutes, pay, over_floor, most;
    double smallest;
} Rules;

typedef struct {
    Py_ssize_t column;
    double effect;
} Reason;

/* Put a reason where it belongs among those found, strongest first; of equals the first stays. */
static Py_ssize_t
insert(Reason *found, Py_ssize_t count, Py_ssize_t most, Reason reason)
{
    Py_ssize_t at = count;
    while (at > 0 && fabs(found[at - 1].effect) < fabs(reason.effect))
        at--;
    if (at == most)
        return count;
    for (Py_ssize_t last = count < most ? count : most - 1; last > at; last--)
        found[last] = found[last - 1];
    found[at] = reason;
    return count < most ? count + 1 : count;
}

/* The reasons of one pair; how many. `features` has a column a feature, `stride` rows long. */
static Py_ssize_t
find(const Rules *rules, const float *features, Py_ssize_t stride, const double *effects,
     Reason *found)
{
    double mine[MOST_FEATURES];
    memcpy(mine, effects, (size_t)rules->features * sizeof(double));
    if (features[rules->over_floor * stride] == features[rules->pay * stride]) {
        /* Nothing was asked for. */
        mine[rules->pay] += mine[rules->over_floor];
        mine[rules->over_floor] = 0.0;
    }
    for (Py_ssize_t column = 0; column < rules->features; column++) {
        double value = features[column * stride], effect = mine[column];
        int is_so = effect > 0.0
            ? rules->helps_above[column] < value && value < rules->helps_below[column]
            : rules->hurts_above[column] < value && value < rules->hurts_below[column];
        mine[column] = is_so ? effect : 0.0;
    }
    double km = mine[rules->km], minutes = mine[rules->minutes];
    int by_km = fabs(km) >= fabs(minutes);
    mine[rules->km] = by_km ? km + minutes : 0.0;
    mine[rules->minutes] = by_km ? 0.0 : km + minutes;
    Py_ssize_t count = 0;
    for (Py_ssize_t column = 0; column < rules->features; column++) {
        if (fabs(mine[column]) >= rules->smallest)
            count = insert(found, count, rules->most, (Reason){column, mine[column]});
    }
    return count;
}

static PyObject *
as_list(const Reason *found, Py_ssize_t count)
{
    PyObject *list = PyList_New(count);
    for (Py_ssize_t at = 0; list != NULL && at < count; at++) {
        PyObject *pair = Py_BuildValue("(nd)", found[at].column, found[at].effect);
        if (pair == NULL)
            Py_CLEAR(list);
        else
            PyList_SET_ITEM(list, at, pair);
    }
    return list;
}

static PyObject *
of_all(const Rules *rules, const float *features, const double *effects, Py_ssize_t rows)
{
    PyObject *all = PyList_New(rows);
    for (Py_ssize_t row = 0; all != NULL && row < rows; row++) {
        Reason found[MOST];
        Py_ssize_t count = find(rules, features + row, rows, effects + row * rules->features, found);
        PyObject *list = as_list(found, count);
        if (list == NULL)
            Py_CLEAR(all);
        else
            PyList_SET_ITEM(all, row, list);
    }
    return all;
}

static int
is_one(const Rules *rules, Py_ssize_t column)
{
    return 0 <= column && column < rules->features;
}

static int
fits(const Rules *rules, Py_ssize_t rows, const Py_buffer *features, const Py_buffer *effects,
     const Py_buffer *truth)
{
    Py_ssize_t columns = rules->features;
    return 0 < columns && columns <= MOST_FEATURES && 0 < rules->most && rules->most <= MOST &&
           is_one(rules, rules->km) && is_one(rules, rules->minutes) && is_one(rules, rules->pay) &&
           is_one(rules, rules->over_floor) && features->len == rows * columns * (Py_ssize_t)sizeof(float) &&
           effects->len == rows * columns * (Py_ssize_t)sizeof(double) &&
           truth->len == 4 * columns * (Py_ssize_t)sizeof(double);
}

static PyObject *
strongest(PyObject *Py_UNUSED(module), PyObject *args)
{
    Py_buffer features, effects, truth;
    Py_ssize_t rows;
    Rules rules;
    if (!PyArg_ParseTuple(args, "y*y*ny*nnnnnd", &features, &effects, &rows, &truth, &rules.km,
                          &rules.minutes, &rules.pay, &rules.over_floor, &rules.most,
                          &rules.smallest))
        return NULL;
    PyObject *result = NULL;
    rules.features = truth.len / (4 * (Py_ssize_t)sizeof(double));
    rules.helps_above = truth.buf;
    rules.helps_below = rules.helps_above + rules.features;
    rules.hurts_above = rules.helps_below + rules.features;
    rules.hurts_below = rules.hurts_above + rules.features;
    if (fits(&rules, rows, &features, &effects, &truth))
        result = of_all(&rules, features.buf, effects.buf, rows);
    else
        PyErr_SetString(PyExc_ValueError, "features and effects of other sizes than the rules");
    PyBuffer_Release(&features);
    PyBuffer_Release(&effects);
    PyBuffer_Release(&truth);
    return result;
}

static PyMethodDef methods[] = {
    {"strongest", strongest, METH_VARARGS,
     "strongest(columns, effects, rows, truth, km, minutes, pay, over_floor, most, smallest) -> for "
     "each row its (column, effect), strongest first"},
    {NULL, NULL, 0, NULL},
};

static struct PyModuleDef reasons_module = {
    PyModuleDef_HEAD_INIT, .m_name = "matching._reasons", .m_size = -1, .m_methods = methods,
};

PyMODINIT_FUNC
PyInit__reasons(void)
{
    return PyModule_Create(&reasons_module);
}
