/* One look at the bytes of a fact, for whether a second, thorough one is due.
 *
 * What must not be in a message is said in Python: events/nesting.py, events/forbidden.py and
 * events/personal.py. This finds nothing; it only tells bytes in which none of it can be, and every
 * test errs on the other side. A property test holds it to that.
 */

#define PY_SSIZE_T_CLEAN
#include <Python.h>
#include <string.h>

#define MOST_NAMES 32
#define PHONE 11
#define WITH_COUNTRY 13      /* 86 and a phone number */
#define WITH_LONG_COUNTRY 15 /* 0086 and a phone number */
#define ID_DIGITS 17

static int
is_digit(unsigned char byte)
{
    return byte >= '0' && byte <= '9';
}

static int
is_phone(const unsigned char *digits)
{
    return digits[0] == '1' && digits[1] >= '3';
}

/* Whether a run of digits can be, or end in, a phone number or be an ID number. */
static int
dubious_run(const unsigned char *run, Py_ssize_t length)
{
    if (length < PHONE)
        return 0;
    if (length >= ID_DIGITS)
        return 1;
    if (!is_phone(run + length - PHONE))
        return 0;
    return length == PHONE || (length == WITH_COUNTRY && memcmp(run, "86", 2) == 0) ||
           (length == WITH_LONG_COUNTRY && memcmp(run, "0086", 4) == 0);
}

/* Whether four digits stand in the middle of 3-4-4, with the same sign before and after. */
static int
in_the_middle(const unsigned char *begin, const unsigned char *run, const unsigned char *end)
{
    return run - begin >= 2 && end - run >= 6 && (run[-1] == ' ' || run[-1] == '-') &&
           run[4] == run[-1] && is_digit(run[-2]) && is_digit(run[5]);
}

/* Whether a quoted name, of which `names` has those in small letters, begins here. */
static int
is_named(const unsigned char *at, const unsigned char *end, const char *const *names)
{
    for (; *names != NULL; names++) {
        Py_ssize_t length = 0;
        for (const char *name = *names; name[length] != '\0'; length++) {
            if (at + length >= end)
                break;
            unsigned char byte = at[length];
            if ((byte >= 'A' && byte <= 'Z' ? byte | 0x20 : byte) != (unsigned char)name[length])
                break;
        }
        if ((*names)[length] == '\0')
            return 1;
    }
    return 0;
}

/* First bytes of signs that `personal.plain` makes plain: full-width, mathematical, invisible. */
static int
is_disguise(unsigned char byte)
{
    return byte == 0xC2 || byte == 0xE2 || byte == 0xEF || byte == 0xF0;
}

static int
look(const unsigned char *begin, Py_ssize_t length, Py_ssize_t deepest, const char *const *names)
{
    const unsigned char *end = begin + length;
    Py_ssize_t brackets = 0;
    for (const unsigned char *at = begin; at < end; at++) {
        if (is_digit(*at)) {
            const unsigned char *run = at;
            while (at + 1 < end && is_digit(at[1]))
                at++;
            Py_ssize_t digits = at - run + 1;
            if (dubious_run(run, digits) || (digits == 4 && in_the_middle(begin, run, end)))
                return 1;
        } else if (*at == '"') {
            if (is_named(at + 1, end, names))
                return 1;
        } else if (*at == '{' || *at == '[') {
            if (++brackets > deepest)
                return 1;
        } else if (*at == '\\' || is_disguise(*at))
            return 1;
    }
    return 0;
}

static PyObject *
dubious(PyObject *Py_UNUSED(module), PyObject *const *args, Py_ssize_t count)
{
    if (count != 3 || !PyBytes_Check(args[0]) || !PyTuple_Check(args[2])) {
        PyErr_SetString(PyExc_TypeError, "dubious(data, deepest, names)");
        return NULL;
    }
    Py_ssize_t deepest = PyLong_AsSsize_t(args[1]), given = PyTuple_GET_SIZE(args[2]);
    const char *names[MOST_NAMES + 1] = {NULL};
    if (given > MOST_NAMES) {
        PyErr_SetString(PyExc_ValueError, "too many names");
        return NULL;
    }
    for (Py_ssize_t i = 0; i < given; i++) {
        names[i] = PyUnicode_AsUTF8(PyTuple_GET_ITEM(args[2], i));
        if (names[i] == NULL)
            return NULL;
    }
    if (deepest == -1 && PyErr_Occurred())
        return NULL;
    return PyBool_FromLong(look((const unsigned char *)PyBytes_AS_STRING(args[0]),
                                PyBytes_GET_SIZE(args[0]), deepest, names));
}

static PyMethodDef methods[] = {
    {"dubious", (PyCFunction)(void (*)(void))dubious, METH_FASTCALL,
     "dubious(data, deepest, names) -> whether the data may hold what no message may"},
    {NULL, NULL, 0, NULL},
};

static struct PyModuleDef scan_module = {
    PyModuleDef_HEAD_INIT, .m_name = "events._scan", .m_size = -1, .m_methods = methods,
};

PyMODINIT_FUNC
PyInit__scan(void)
{
    return PyModule_Create(&scan_module);
}
