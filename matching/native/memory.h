/* Growable arrays; every failure is a MemoryError.
 *
 * Loading a dump lets other threads run, so errors on its way are set with the lock taken for it. */
#ifndef GIGMATCH_MEMORY_H
#define GIGMATCH_MEMORY_H

#define PY_SSIZE_T_CLEAN
#include <Python.h>
#include <stdint.h>

/* Set an error, whether or not this thread holds the interpreter's lock; -1. */
static inline int
fail(PyObject *type, const char *what)
{
    PyGILState_STATE state = PyGILState_Ensure();
    PyErr_SetString(type, what);
    PyGILState_Release(state);
    return -1;
}

static inline int no_memory(void) { return fail(PyExc_MemoryError, "out of memory"); }

/* Make room for exactly `wanted` items of `size` bytes. 0, or -1 with an error set. */
static inline int
resize(void **items, uint32_t *room, uint64_t wanted, size_t size)
{
    void *bigger = wanted < UINT32_MAX ? realloc(*items, wanted * size) : NULL;
    if (bigger == NULL)
        return no_memory();
    *items = bigger;
    *room = (uint32_t)wanted;
    return 0;
}

/* Make room for `needed` items of `size` bytes, at least half as many again. 0, or -1 with an error
 * set. */
static inline int
grow(void **items, uint32_t *room, uint64_t needed, size_t size)
{
    if (needed <= *room)
        return 0;
    uint64_t wanted = (uint64_t)*room + *room / 2 + 2;
    return resize(items, room, wanted < needed ? needed : wanted, size);
}

#define GROW(items, room, needed) grow((void **)&(items), &(room), (needed), sizeof *(items))

#endif
