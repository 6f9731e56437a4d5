/* The pool as a table: workers found by trade and place, jobs in a row, exact answers.
 *
 * Python objects come in as terms (matching/terms.py) and go out as ids and NumPy-ready bytes.
 * What must hold is written in Python: matching/constraints.py, matching/features.py and
 * matching/obvious_pool.py, which a property test compares with this, bit by bit.
 */

#define PY_SSIZE_T_CLEAN
#include <Python.h>

#include "native/dump.h"
#include "native/features.h"
#include "native/search.h"

typedef struct {
    PyObject_HEAD
    Vocabulary words;
    Index index;
    Job *jobs;
    uint32_t job_count, job_room;
    PyObject *job_positions; /* dict: id -> position in `jobs` */
    PyObject *last_terms;    /* those put last, when their worker is still as they say; or NULL */
    uint32_t last_slot;
} Table;

static PyObject *constraint_codes[CONSTRAINTS];

static PyObject *
table_new(PyTypeObject *type, PyObject *Py_UNUSED(args), PyObject *Py_UNUSED(kwargs))
{
    Table *self = (Table *)type->tp_alloc(type, 0);
    if (self == NULL)
        return NULL;
    self->index.rows.free_slot = NO_SLOT;
    self->job_positions = PyDict_New();
    if (self->job_positions == NULL || names_open(&self->words.skills) < 0 ||
        names_open(&self->words.occupations) < 0 || names_open(&self->words.certificates) < 0 ||
        names_open(&self->words.stations) < 0 || names_open(&self->words.employers) < 0)
        Py_CLEAR(self);
    return (PyObject *)self;
}

static void
table_dealloc(Table *self)
{
    Py_CLEAR(self->last_terms);
    index_close(&self->index);
    for (uint32_t i = 0; i < self->job_count; i++)
        job_free(&self->jobs[i]);
    free(self->jobs);
    Py_CLEAR(self->job_positions);
    names_close(&self->words.skills);
    names_close(&self->words.occupations);
    names_close(&self->words.certificates);
    names_close(&self->words.stations);
    names_close(&self->words.employers);
    Py_TYPE(self)->tp_free((PyObject *)self);
}

static PyObject *
put_worker(Table *self, PyObject *terms)
{
    Worker row;
    Py_CLEAR(self->last_terms);
    if (worker_read(terms, &self->words, names_take, &row) < 0)
        return NULL;
    self->last_slot = index_put(&self->index, &self->words, &row);
    if (self->last_slot == NO_SLOT)
        return NULL;
    self->last_terms = Py_NewRef(terms);
    Py_RETURN_NONE;
}

static PyObject *
drop_worker(Table *self, PyObject *id)
{
    Py_ssize_t length;
    const char *text = PyUnicode_AsUTF8AndSize(id, &length);
    if (text == NULL)
        return NULL;
    Py_CLEAR(self->last_terms);
    index_drop(&self->index, &self->words, text, (size_t)length);
    Py_RETURN_NONE;
}

/* The position of a job, or -1: not there, or an error set. */
static Py_ssize_t
position_of(Table *self, PyObject *id)
{
    PyObject *position = PyDict_GetItemWithError(self->job_positions, id);
    return position == NULL ? -1 : PyLong_AsSsize_t(position);
}

static int
set_position(Table *self, PyObject *id, Py_ssize_t position)
{
    PyObject *boxed = PyLong_FromSsize_t(position);
    int result = boxed == NULL ? -1 : PyDict_SetItem(self->job_positions, id, boxed);
    Py_XDECREF(boxed);
    return result;
}

static PyObject *
put_job(Table *self, PyObject *terms)
{
    Job job;
    if (job_read(terms, &self->words, names_take, &job) < 0)
        return NULL;
    Py_ssize_t position = position_of(self, job.id);
    if (position >= 0) {
        job_release(&self->words, &self->jobs[position]);
        self->jobs[position] = job;
        Py_RETURN_NONE;
    }
    if (PyErr_Occurred() || GROW(self->jobs, self->job_room, (uint64_t)self->job_count + 1) < 0 ||
        set_position(self, job.id, self->job_count) < 0) {
        job_release(&self->words, &job);
        return NULL;
    }
    self->jobs[self->job_count++] = job;
    Py_RETURN_NONE;
}

static PyObject *
drop_job(Table *self, PyObject *id)
{
    Py_ssize_t position = position_of(self, id);
    if (position < 0) {
        if (PyErr_Occurred())
            return NULL;
        Py_RETURN_NONE;
    }
    if (PyDict_DelItem(self->job_positions, id) < 0)
        return NULL;
    job_release(&self->words, &self->jobs[position]);
    self->job_count--;
    if ((uint32_t)position < self->job_count) {
        self->jobs[position] = self->jobs[self->job_count];
        if (set_position(self, self->jobs[position].id, position) < 0)
            return NULL;
    }
    Py_RETURN_NONE;
}

static PyObject *
excluded_dict(const Found *found)
{
    PyObject *excluded = PyDict_New();
    for (int code = 0; excluded != NULL && code < CONSTRAINTS; code++) {
        if (found->excluded[code] == 0)
            continue;
        PyObject *count = PyLong_FromUnsignedLong(found->excluded[code]);
        if (count == NULL || PyDict_SetItem(excluded, constraint_codes[code], count) < 0)
            Py_CLEAR(excluded);
        Py_XDECREF(count);
    }
    return excluded;
}

/* The answer to a query: ids (its reference is taken), features, since, looked at, excluded. */
static PyObject *
answer(PyObject *ids, PyObject *features, PyObject *since, uint32_t looked_at, const Found *found)
{
    PyObject *excluded = excluded_dict(found);
    if (ids == NULL || features == NULL || since == NULL || excluded == NULL) {
        Py_XDECREF(ids);
        Py_XDECREF(features);
        Py_XDECREF(since);
        Py_XDECREF(excluded);
        return NULL;
    }
    return Py_BuildValue("(NNNIN)", ids, features, since, looked_at, excluded);
}

static PyObject *
worker_id(const Worker *row)
{
    return PyUnicode_DecodeUTF8(tail_id(row->tail), row->tail->id_length, NULL);
}

static PyObject *
worker_ids(const Index *index, const Found *found)
{
    PyObject *ids = PyList_New(found->count);
    for (uint32_t i = 0; ids != NULL && i < found->count; i++) {
        PyObject *id = worker_id(row_at(&index->rows, found->rows[i]));
        if (id == NULL)
            Py_CLEAR(ids);
        else
            PyList_SET_ITEM(ids, i, id);
    }
    return ids;
}

static PyObject *
answer_workers(const Index *index, const Job *job, const Found *found, int64_t now)
{
    size_t n = found->count;
    PyObject *features = PyBytes_FromStringAndSize(NULL, (Py_ssize_t)(FEATURES * n * sizeof(float)));
    PyObject *since = PyBytes_FromStringAndSize(NULL, (Py_ssize_t)(n * sizeof(double)));
    for (size_t i = 0; features != NULL && since != NULL && i < n; i++) {
        const Worker *worker = row_at(&index->rows, found->rows[i]);
        write_features((float *)PyBytes_AS_STRING(features), n, i, job, worker,
                       found->squared[i], now);
        ((double *)PyBytes_AS_STRING(since))[i] = (double)worker->since;
    }
    return answer(worker_ids(index, found), features, since, index->rows.count, found);
}

static PyObject *
workers_for(Table *self, PyObject *args)
{
    PyObject *terms;
    long long now;
    Job job;
    if (!PyArg_ParseTuple(args, "OL", &terms, &now) ||
        job_read(terms, &self->words, names_find, &job) < 0)
        return NULL;
    Found found = {0};
    PyObject *result = find_workers(&self->index, &job, &found) < 0
                           ? NULL
                           : answer_workers(&self->index, &job, &found, now);
    found_clear(&found);
    job_free(&job);
    return result;
}

static PyObject *
answer_jobs(const Table *self, const Worker *worker, const Found *found, int64_t now)
{
    size_t n = found->count;
    PyObject *ids = PyList_New((Py_ssize_t)n);
    PyObject *features = PyBytes_FromStringAndSize(NULL, (Py_ssize_t)(FEATURES * n * sizeof(float)));
    PyObject *since = PyBytes_FromStringAndSize(NULL, (Py_ssize_t)(n * sizeof(double)));
    for (size_t i = 0; ids != NULL && features != NULL && since != NULL && i < n; i++) {
        const Job *job = &self->jobs[found->rows[i]];
        PyList_SET_ITEM(ids, i, Py_NewRef(job->id));
        write_features((float *)PyBytes_AS_STRING(features), n, i, job, worker,
                       found->squared[i], now);
        ((double *)PyBytes_AS_STRING(since))[i] = (double)worker->since;
    }
    return answer(ids, features, since, self->job_count, found);
}

static PyObject *
jobs_of(const Table *self, const Worker *worker, int64_t now)
{
    Found found = {0};
    PyObject *result = find_jobs(self->jobs, self->job_count, worker, &found) < 0
                           ? NULL
                           : answer_jobs(self, worker, &found, now);
    found_clear(&found);
    return result;
}

static PyObject *
jobs_for(Table *self, PyObject *args)
{
    PyObject *terms;
    long long now;
    if (!PyArg_ParseTuple(args, "OL", &terms, &now))
        return NULL;
    if (terms == self->last_terms)
        return jobs_of(self, row_at(&self->index.rows, self->last_slot), now);
    Worker worker;
    if (worker_read(terms, &self->words, names_find, &worker) < 0)
        return NULL;
    PyObject *result = jobs_of(self, &worker, now);
    free(worker.tail);
    return result;
}

static PyObject *
next_end(Table *self, PyObject *Py_UNUSED(none))
{
    int64_t at = first_end(&self->index);
    return at == INT64_MAX ? Py_NewRef(Py_None) : PyLong_FromLongLong(at);
}

static int
tell_ended(void *list, const Worker *row)
{
    PyObject *id = worker_id(row);
    PyObject *pair = id == NULL ? NULL : Py_BuildValue("(LN)", (long long)row->valid_until, id);
    int result = pair == NULL ? -1 : PyList_Append(list, pair);
    Py_XDECREF(pair);
    return result;
}

static PyObject *
ended(Table *self, PyObject *now)
{
    long long at = PyLong_AsLongLong(now);
    if (at == -1 && PyErr_Occurred())
        return NULL;
    PyObject *list = PyList_New(0);
    if (list != NULL && each_ended(&self->index, at, tell_ended, list) < 0)
        Py_CLEAR(list);
    return list;
}

static PyObject *
dump_workers(Table *self, PyObject *version)
{
    Writer writer = {0};
    PyObject *bytes = NULL;
    unsigned long number = PyLong_AsUnsignedLong(version);
    if (PyErr_Occurred() == NULL &&
        dump_write(&writer, &self->index, &self->words, (uint32_t)number) == 0)
        bytes = PyBytes_FromStringAndSize(writer.bytes, (Py_ssize_t)writer.length);
    free(writer.bytes);
    return bytes;
}

static PyObject *
load_workers(Table *self, PyObject *args)
{
    PyObject *source;
    Py_ssize_t length;
    unsigned int version;
    Reader reader;
    Py_CLEAR(self->last_terms);
    if (!PyArg_ParseTuple(args, "OnI:load_workers", &source, &length, &version))
        return NULL;
    if (length < 0)
        return PyErr_Format(PyExc_ValueError, "a dump has no %zd bytes", length);
    if (reader_open(&reader, source, (size_t)length) < 0)
        return NULL;
    int result = dump_read(&reader, &self->index, &self->words, version);
    free(reader.room);
    return result < 0 ? NULL : Py_NewRef(Py_None);
}

static PyMethodDef table_methods[] = {
    {"put_worker", (PyCFunction)put_worker, METH_O, "Add or replace a worker by terms."},
    {"drop_worker", (PyCFunction)drop_worker, METH_O, "Remove a worker by id."},
    {"put_job", (PyCFunction)put_job, METH_O, "Add or replace a job by terms."},
    {"drop_job", (PyCFunction)drop_job, METH_O, "Remove a job by id."},
    {"workers_for", (PyCFunction)workers_for, METH_VARARGS,
     "workers_for(job_terms, now) -> (ids, features, since, looked_at, excluded)"},
    {"jobs_for", (PyCFunction)jobs_for, METH_VARARGS,
     "jobs_for(worker_terms, now) -> (ids, features, since, looked_at, excluded)"},
    {"next_end", (PyCFunction)next_end, METH_NOARGS, "When the first availability ends, or None."},
    {"ended", (PyCFunction)ended, METH_O, "ended(now) -> [(valid_until, worker_id)], unordered"},
    {"dump_workers", (PyCFunction)dump_workers, METH_O,
     "dump_workers(version): all workers as bytes, for those to whom rows say the same."},
    {"load_workers", (PyCFunction)load_workers, METH_VARARGS,
     "load_workers(source, length, version): fill an empty table from a dump that comes by "
     "`source.readinto`, while other threads run."},
    {NULL, NULL, 0, NULL},
};

static PyTypeObject table_type = {
    PyVarObject_HEAD_INIT(NULL, 0).tp_name = "matching._table.Table",
    .tp_basicsize = sizeof(Table),
    .tp_dealloc = (destructor)table_dealloc,
    .tp_flags = Py_TPFLAGS_DEFAULT,
    .tp_doc = "Workers and jobs, and which pairs are feasible.",
    .tp_methods = table_methods,
    .tp_new = table_new,
};

static struct PyModuleDef table_module = {
    PyModuleDef_HEAD_INIT, .m_name = "matching._table", .m_size = -1,
};

PyMODINIT_FUNC
PyInit__table(void)
{
    for (int code = 0; code < CONSTRAINTS; code++) {
        constraint_codes[code] = PyUnicode_InternFromString(CONSTRAINT_CODES[code]);
        if (constraint_codes[code] == NULL)
            return NULL;
    }
    if (PyType_Ready(&table_type) < 0)
        return NULL;
    PyObject *module = PyModule_Create(&table_module);
    if (module == NULL || PyModule_AddObjectRef(module, "Table", (PyObject *)&table_type) < 0 ||
        PyModule_AddIntConstant(module, "FEATURES", FEATURES) < 0)
        return NULL;
    return module;
}
