/* What policy makes of a few pairs, as `weights_in_python` of matching/weights.py finds it: the same
 * operations on the same doubles, without NumPy's price for small arrays.
 */

#define PY_SSIZE_T_CLEAN
#include <Python.h>

typedef struct {
    long long now;
    double full, weight, trust; /* `trust`: what one open claim leaves of it */
} Policy;

static double
waited(const Policy *policy, double since)
{
    double part = ((double)policy->now - since) / policy->full;
    part = part > 0.0 ? part : 0.0;
    part = part < 1.0 ? part : 1.0;
    return part * policy->weight + 1.0;
}

/* trust ^ claims by multiplication, from the left, which rounds the same on every machine. */
static double
trusted(const Policy *policy, float claims)
{
    double power = 1.0;
    for (long left = (long)claims; left > 0; left--)
        power *= policy->trust;
    return power;
}

static PyObject *
weights(PyObject *Py_UNUSED(module), PyObject *args)
{
    Py_buffer since, claims;
    Policy policy;
    if (!PyArg_ParseTuple(args, "y*y*Lddd", &since, &claims, &policy.now, &policy.full,
                          &policy.weight, &policy.trust))
        return NULL;
    Py_ssize_t rows = since.len / (Py_ssize_t)sizeof(double);
    PyObject *bytes = NULL;
    if (claims.len != rows * (Py_ssize_t)sizeof(float))
        PyErr_SetString(PyExc_ValueError, "a time and a number of claims a pair");
    else
        bytes = PyBytes_FromStringAndSize(NULL, 2 * rows * (Py_ssize_t)sizeof(double));
    if (bytes != NULL) {
        double *made = (double *)PyBytes_AS_STRING(bytes);
        for (Py_ssize_t row = 0; row < rows; row++) {
            made[row] = waited(&policy, ((const double *)since.buf)[row]);
            made[rows + row] = trusted(&policy, ((const float *)claims.buf)[row]);
        }
    }
    PyBuffer_Release(&since);
    PyBuffer_Release(&claims);
    return bytes;
}

static PyMethodDef methods[] = {
    {"weights", weights, METH_VARARGS,
     "weights(since, claims, now, full, weight, trust) -> float64 (2, n): waiting, trust"},
    {NULL, NULL, 0, NULL},
};

static struct PyModuleDef weights_module = {
    PyModuleDef_HEAD_INIT, .m_name = "matching._weights", .m_size = -1, .m_methods = methods,
};

PyMODINIT_FUNC
PyInit__weights(void)
{
    return PyModule_Create(&weights_module);
}
