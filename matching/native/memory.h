/* Growable arrays; every failure is a MemoryError. */
#ifndef GIGMATCH_MEMORY_H
#define GIGMATCH_MEMORY_H

#define PY_SSIZE_T_CLEAN
#include <Python.h>
#include <stdint.h>

/* Make room for `needed` items of `size` bytes, at least half as many again. 0, or -1 with an error
 * set. */
static int
grow(void **items, uint32_t *room, uint64_t needed, size_t size)
{
    if (needed <= *room)
        return 0;
    uint64_t wanted = (uint64_t)*room + *room / 2 + 2;
    if (wanted < needed)
        wanted = needed;
    void *bigger = wanted < UINT32_MAX ? realloc(*items, wanted * size) : NULL;
    if (bigger == NULL) {
        PyErr_NoMemory();
        return -1;
    }
    *items = bigger;
    *room = (uint32_t)wanted;
    return 0;
}

#define GROW(items, room, needed) grow((void **)&(items), &(room), (needed), sizeof *(items))

#endif
