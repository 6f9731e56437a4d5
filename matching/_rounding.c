/* Decimals as `round` gives them, to the bit, without writing out and reading back their digits.
 *
 * What lies clearly between two halves goes to the whole number next to it; that number and the
 * power of ten are exact, and the processor rounds their quotient as a reader of decimals would.
 * Whatever may be a half, is too large or is no number at all goes Python's way.
 */

#define PY_SSIZE_T_CLEAN
#include <Python.h>
#include <math.h>
#include <stdint.h>

#define MOST_DIGITS 6
#define LARGEST 1e9       /* up to here a product is wrong by less than DOUBTFUL */
#define DOUBTFUL 1e-6     /* so near to a half the product does not tell on which side it lies */

static const double POWERS[MOST_DIGITS + 1] = {1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6};

static PyObject *
rounded(PyObject *Py_UNUSED(module), PyObject *const *args, Py_ssize_t count)
{
    if (count != 2 || !PyFloat_Check(args[0]) || !PyLong_Check(args[1])) {
        PyErr_SetString(PyExc_TypeError, "rounded(value, digits)");
        return NULL;
    }
    Py_ssize_t digits = PyLong_AsSsize_t(args[1]);
    if (digits == -1 && PyErr_Occurred())
        return NULL;
    if (digits >= 0 && digits <= MOST_DIGITS) {
        double scaled = PyFloat_AS_DOUBLE(args[0]) * POWERS[digits], size = fabs(scaled);
        if (size < LARGEST) {
            double whole = (double)(int64_t)(size + 0.5);
            if (fabs(fabs(size - whole) - 0.5) > DOUBTFUL)
                return PyFloat_FromDouble(copysign(whole, scaled) / POWERS[digits]);
        }
    }
    return PyObject_CallMethod(args[0], "__round__", "O", args[1]);
}

static PyMethodDef methods[] = {
    {"rounded", (PyCFunction)(void (*)(void))rounded, METH_FASTCALL,
     "rounded(value, digits) -> round(value, digits)"},
    {NULL, NULL, 0, NULL},
};

static struct PyModuleDef rounding_module = {
    PyModuleDef_HEAD_INIT, .m_name = "matching._rounding", .m_size = -1, .m_methods = methods,
};

PyMODINIT_FUNC
PyInit__rounding(void)
{
    return PyModule_Create(&rounding_module);
}
