/* Strings as small numbers, counted: a number lives while somebody uses it, then is used again. */
#ifndef GIGMATCH_NAMES_H
#define GIGMATCH_NAMES_H

#include "memory.h"

#define ABSENT (UINT32_MAX >> 3) /* no name, or one that nobody uses: equal to no number in use */
#define NOBODYS (ABSENT - 1)     /* an occupation that is asked for and that nobody has */

typedef struct {
    PyObject *numbers; /* dict: str -> int */
    uint32_t *uses;
    PyObject **names; /* borrowed from `numbers` */
    uint32_t *unused;
    uint32_t count, unused_count;
    uint32_t uses_room, names_room, unused_room;
} Names;

static uint32_t
names_find(Names *names, PyObject *name)
{
    PyObject *number = PyDict_GetItemWithError(names->numbers, name);
    return number == NULL ? ABSENT : (uint32_t)PyLong_AsUnsignedLong(number);
}

static uint32_t
names_new(Names *names, PyObject *name)
{
    uint32_t number = names->unused_count ? names->unused[names->unused_count - 1] : names->count;
    if (number >= ABSENT || GROW(names->uses, names->uses_room, (uint64_t)number + 1) < 0 ||
        GROW(names->names, names->names_room, (uint64_t)number + 1) < 0 ||
        GROW(names->unused, names->unused_room, (uint64_t)number + 1) < 0)
        return ABSENT;
    PyObject *boxed = PyLong_FromUnsignedLong(number);
    if (boxed == NULL || PyDict_SetItem(names->numbers, name, boxed) < 0) {
        Py_XDECREF(boxed);
        return ABSENT;
    }
    Py_DECREF(boxed);
    if (names->unused_count)
        names->unused_count--;
    else
        names->count++;
    names->names[number] = name;
    names->uses[number] = 0;
    return number;
}

/* The number of a name, one more user of it; ABSENT with an error set when memory is out. */
static uint32_t
names_take(Names *names, PyObject *name)
{
    uint32_t number = names_find(names, name);
    if (number == ABSENT) {
        if (PyErr_Occurred())
            return ABSENT;
        PyObject *own = Py_NewRef(name);
        number = names_new(names, own);
        Py_DECREF(own);
        if (number == ABSENT)
            return ABSENT;
    }
    names->uses[number]++;
    return number;
}

/* One user less; 1 when it was the last and the number is free. */
static int
names_drop(Names *names, uint32_t number)
{
    if (--names->uses[number])
        return 0;
    PyDict_DelItem(names->numbers, names->names[number]);
    names->names[number] = NULL;
    names->unused[names->unused_count++] = number;
    return 1;
}

static int
names_open(Names *names)
{
    names->numbers = PyDict_New();
    return names->numbers == NULL ? -1 : 0;
}

static void
names_close(Names *names)
{
    Py_CLEAR(names->numbers);
    free(names->uses);
    free(names->names);
    free(names->unused);
}

#endif
