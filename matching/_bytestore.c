/* A dict of bytes by short strings in as little memory as it takes: one block an entry.
 *
 * 256 small tables, so that growing one stops nothing for long. Entries keep no order.
 */

#define PY_SSIZE_T_CLEAN
#include <Python.h>
#include "native/hash.h"
#include "native/memory.h"

#include <stddef.h>

#define SHARDS 256
#define MOST_GROUPS 256

typedef struct {
    uint32_t size;
    uint16_t id_length;
    char bytes[]; /* the id, then the value */
} Entry;

#define HEAD offsetof(Entry, bytes)

typedef struct {
    Entry **entries; /* open addressing, a power of two */
    uint32_t size, used;
} Shard;

typedef struct {
    PyObject_HEAD
    Shard shards[SHARDS];
} ByteStore;

static Entry **
place(const Shard *shard, uint64_t hash, const char *id, size_t length)
{
    uint32_t at = (uint32_t)hash & (shard->size - 1);
    while (shard->entries[at] != NULL &&
           (shard->entries[at]->id_length != length ||
            memcmp(shard->entries[at]->bytes, id, length) != 0))
        at = (at + 1) & (shard->size - 1);
    return &shard->entries[at];
}

static int
shard_resize(Shard *shard, uint32_t size)
{
    Shard other = {calloc(size, sizeof *other.entries), size, shard->used};
    if (other.entries == NULL)
        return no_memory();
    for (uint32_t i = 0; i < shard->size; i++) {
        Entry *entry = shard->entries[i];
        if (entry != NULL)
            *place(&other, hash_bytes(entry->bytes, entry->id_length), entry->bytes,
                   entry->id_length) = entry;
    }
    free(shard->entries);
    *shard = other;
    return 0;
}

static int
make_room(Shard *shard)
{
    if (4 * ((uint64_t)shard->used + 1) <= 3 * (uint64_t)shard->size)
        return 0;
    return shard_resize(shard, shard->size ? 2 * shard->size : 16);
}

static int
put(ByteStore *self, const char *id, size_t id_length, const char *value, size_t size)
{
    uint64_t hash = hash_bytes(id, id_length);
    Shard *shard = &self->shards[hash >> 56];
    Entry *entry = malloc(HEAD + id_length + size);
    if (entry == NULL)
        return no_memory();
    if (make_room(shard) < 0) {
        free(entry);
        return -1;
    }
    entry->size = (uint32_t)size;
    entry->id_length = (uint16_t)id_length;
    memcpy(entry->bytes, id, id_length);
    memcpy(entry->bytes + id_length, value, size);
    Entry **found = place(shard, hash, id, id_length);
    shard->used += *found == NULL;
    free(*found);
    *found = entry;
    return 0;
}

/* Those behind a gap move up, so that every entry is found again. */
static void
close_gap(Shard *shard, uint32_t gap)
{
    uint32_t mask = shard->size - 1;
    for (uint32_t at = (gap + 1) & mask; shard->entries[at] != NULL; at = (at + 1) & mask) {
        const Entry *entry = shard->entries[at];
        uint32_t home = (uint32_t)hash_bytes(entry->bytes, entry->id_length) & mask;
        if (((at - home) & mask) >= ((at - gap) & mask)) {
            shard->entries[gap] = shard->entries[at];
            gap = at;
        }
    }
    shard->entries[gap] = NULL;
    shard->used--;
}

/* The entry of an id, NULL when there is none; `error` when the id is not a short string. */
static Entry **
find(ByteStore *self, PyObject *id, Shard **shard, int *error)
{
    Py_ssize_t length;
    const char *text = PyUnicode_AsUTF8AndSize(id, &length);
    *error = text == NULL;
    if (text == NULL)
        return NULL;
    uint64_t hash = hash_bytes(text, (size_t)length);
    *shard = &self->shards[hash >> 56];
    if ((*shard)->size == 0)
        return NULL;
    Entry **found = place(*shard, hash, text, (size_t)length);
    return *found == NULL ? NULL : found;
}

static PyObject *
value_of(const Entry *entry)
{
    return PyBytes_FromStringAndSize(entry->bytes + entry->id_length, entry->size);
}

static PyObject *
store_get(ByteStore *self, PyObject *id)
{
    Shard *shard;
    int error;
    Entry **found = find(self, id, &shard, &error);
    if (error)
        return NULL;
    return found == NULL ? Py_NewRef(Py_None) : value_of(*found);
}

static int
store_contains(ByteStore *self, PyObject *id)
{
    Shard *shard;
    int error;
    Entry **found = find(self, id, &shard, &error);
    return error ? -1 : found != NULL;
}

static PyObject *
store_put(ByteStore *self, PyObject *args)
{
    const char *id, *value;
    Py_ssize_t id_length, size;
    if (!PyArg_ParseTuple(args, "s#y#", &id, &id_length, &value, &size))
        return NULL;
    if (id_length > UINT16_MAX || size > UINT32_MAX) {
        PyErr_SetString(PyExc_ValueError, "the id or the value is too long");
        return NULL;
    }
    return put(self, id, (size_t)id_length, value, (size_t)size) < 0 ? NULL : Py_NewRef(Py_None);
}

static PyObject *
store_drop(ByteStore *self, PyObject *id)
{
    Shard *shard;
    int error;
    Entry **found = find(self, id, &shard, &error);
    if (error)
        return NULL;
    if (found == NULL)
        Py_RETURN_FALSE;
    free(*found);
    close_gap(shard, (uint32_t)(found - shard->entries));
    Py_RETURN_TRUE;
}

static Py_ssize_t
store_length(ByteStore *self)
{
    Py_ssize_t length = 0;
    for (int i = 0; i < SHARDS; i++)
        length += self->shards[i].used;
    return length;
}

static PyObject *
store_ids(ByteStore *self, PyObject *Py_UNUSED(none))
{
    PyObject *ids = PyList_New(0);
    for (int i = 0; ids != NULL && i < SHARDS; i++)
        for (uint32_t at = 0; ids != NULL && at < self->shards[i].size; at++) {
            const Entry *entry = self->shards[i].entries[at];
            if (entry == NULL)
                continue;
            PyObject *id = PyUnicode_DecodeUTF8(entry->bytes, entry->id_length, NULL);
            if (id == NULL || PyList_Append(ids, id) < 0)
                Py_CLEAR(ids);
            Py_XDECREF(id);
        }
    return ids;
}

static size_t
entry_size(const Entry *entry)
{
    return HEAD + entry->id_length + entry->size;
}

/* Which of `groups`, a power of two, an id belongs to: FNV-1a, as in bytestore.py. */
static uint32_t
group_of(const Entry *entry, uint32_t groups)
{
    uint32_t hash = 2166136261u;
    for (uint16_t i = 0; i < entry->id_length; i++)
        hash = (hash ^ (uint8_t)entry->bytes[i]) * 16777619u;
    return hash & (groups - 1);
}

/* Add up the sizes of each group's entries, or write each entry at its group's end and move that. */
static void
each_entry(const ByteStore *self, uint32_t groups, size_t *sizes, char **ends)
{
    for (int i = 0; i < SHARDS; i++)
        for (uint32_t at = 0; at < self->shards[i].size; at++) {
            const Entry *entry = self->shards[i].entries[at];
            if (entry == NULL)
                continue;
            uint32_t group = group_of(entry, groups);
            if (sizes != NULL) {
                sizes[group] += entry_size(entry);
            } else {
                memcpy(ends[group], entry, entry_size(entry));
                ends[group] += entry_size(entry);
            }
        }
}

static PyObject *
store_dump(ByteStore *self, PyObject *number)
{
    long groups = PyLong_AsLong(number);
    if (groups == -1 && PyErr_Occurred())
        return NULL;
    if (groups < 1 || groups > MOST_GROUPS || (groups & (groups - 1)) != 0) {
        PyErr_Format(PyExc_ValueError, "groups are a power of two up to %d", MOST_GROUPS);
        return NULL;
    }
    size_t sizes[MOST_GROUPS] = {0};
    char *ends[MOST_GROUPS];
    each_entry(self, (uint32_t)groups, sizes, NULL);
    PyObject *dumps = PyList_New(groups);
    for (long i = 0; dumps != NULL && i < groups; i++) {
        PyObject *dump = PyBytes_FromStringAndSize(NULL, (Py_ssize_t)sizes[i]);
        if (dump == NULL) {
            Py_CLEAR(dumps);
            break;
        }
        ends[i] = PyBytes_AS_STRING(dump);
        PyList_SET_ITEM(dumps, i, dump);
    }
    if (dumps != NULL)
        each_entry(self, (uint32_t)groups, NULL, ends);
    return dumps;
}

/* How many whole entries bytes begin with, and how long these are together. */
static size_t
entries_in(const char *bytes, size_t length, size_t *whole)
{
    size_t count = 0;
    for (*whole = 0; length - *whole >= HEAD; count++) {
        Entry head;
        memcpy(&head, bytes + *whole, HEAD);
        if (entry_size(&head) > length - *whole)
            break;
        *whole += entry_size(&head);
    }
    return count;
}

/* Room for so many entries more, so that filling the tables rarely has to move anybody. */
static int
reserve(ByteStore *self, size_t count)
{
    for (int i = 0; i < SHARDS; i++) {
        Shard *shard = &self->shards[i];
        uint32_t size = shard->size ? shard->size : 16;
        while (3 * (uint64_t)size < 4 * (shard->used + (uint64_t)count / SHARDS))
            size *= 2;
        if (size > shard->size && shard_resize(shard, size) < 0)
            return -1;
    }
    return 0;
}

static int
load(ByteStore *self, const char *bytes, size_t length)
{
    size_t whole, count = entries_in(bytes, length, &whole);
    if (whole != length)
        return fail(PyExc_ValueError, "the dump is cut off");
    if (reserve(self, count) < 0)
        return -1;
    for (const char *at = bytes; at < bytes + length;) {
        Entry head;
        memcpy(&head, at, HEAD);
        const char *id = at + HEAD;
        if (put(self, id, head.id_length, id + head.id_length, head.size) < 0)
            return -1;
        at += entry_size(&head);
    }
    return 0;
}

static PyObject *
store_load(ByteStore *self, PyObject *dump)
{
    Py_buffer view;
    if (PyObject_GetBuffer(dump, &view, PyBUF_SIMPLE) < 0)
        return NULL;
    int result;
    Py_BEGIN_ALLOW_THREADS
    result = load(self, view.buf, (size_t)view.len);
    Py_END_ALLOW_THREADS
    PyBuffer_Release(&view);
    return result < 0 ? NULL : Py_NewRef(Py_None);
}

static void
store_dealloc(ByteStore *self)
{
    for (int i = 0; i < SHARDS; i++) {
        for (uint32_t at = 0; at < self->shards[i].size; at++)
            free(self->shards[i].entries[at]);
        free(self->shards[i].entries);
    }
    Py_TYPE(self)->tp_free((PyObject *)self);
}

static PyMethodDef store_methods[] = {
    {"get", (PyCFunction)store_get, METH_O, "The value of an id, or None."},
    {"put", (PyCFunction)store_put, METH_VARARGS, "put(id, value): add or replace."},
    {"drop", (PyCFunction)store_drop, METH_O, "Remove an id; whether it was there."},
    {"ids", (PyCFunction)store_ids, METH_NOARGS, "All ids, in no order."},
    {"dump", (PyCFunction)store_dump, METH_O, "dump(groups): all entries as bytes, by group."},
    {"load", (PyCFunction)store_load, METH_O, "Add the entries of a dump, while other threads run."},
    {NULL, NULL, 0, NULL},
};

static PySequenceMethods store_sequence = {
    .sq_length = (lenfunc)store_length,
    .sq_contains = (objobjproc)store_contains,
};

static PyTypeObject store_type = {
    PyVarObject_HEAD_INIT(NULL, 0).tp_name = "matching._bytestore.ByteStore",
    .tp_basicsize = sizeof(ByteStore),
    .tp_dealloc = (destructor)store_dealloc,
    .tp_flags = Py_TPFLAGS_DEFAULT,
    .tp_doc = "Bytes by short strings, in as little memory as it takes.",
    .tp_methods = store_methods,
    .tp_as_sequence = &store_sequence,
    .tp_new = PyType_GenericNew,
};

static struct PyModuleDef store_module = {
    PyModuleDef_HEAD_INIT, .m_name = "matching._bytestore", .m_size = -1,
};

PyMODINIT_FUNC
PyInit__bytestore(void)
{
    if (PyType_Ready(&store_type) < 0)
        return NULL;
    PyObject *module = PyModule_Create(&store_module);
    if (module == NULL || PyModule_AddObjectRef(module, "ByteStore", (PyObject *)&store_type) < 0)
        return NULL;
    return module;
}
