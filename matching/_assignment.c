/* The optimal assignment of workers to places, compiled. matching/assignment.py says what it is and
 * has the same steps in Python, which a test compares with this. */

#define PY_SSIZE_T_CLEAN
#include <Python.h>
#include <stdint.h>
#include <string.h>

#define NOBODY (-1)

typedef struct {
    int64_t distance;
    int32_t worker;
} Entry;

typedef struct {
    const int32_t *starts, *workers, *job_of; /* pairs of a job; jobs of places */
    const int64_t *values;
    int32_t places, worker_count;
    int64_t *place_price, *worker_price, *distance;
    int32_t *worker_of, *place_of, *from; /* from: the place before a worker on the path */
    int32_t *reached, *passed; /* places and workers of the present search */
    int32_t *seen, *settled;   /* per worker: the search in which they were */
    Entry *heap;
    size_t heap_size, heap_room;
    int32_t reached_count, passed_count;
} Market;

static int
before(Entry a, Entry b)
{
    return a.distance < b.distance || (a.distance == b.distance && a.worker < b.worker);
}

static int
push(Market *market, Entry entry)
{
    if (market->heap_size == market->heap_room) {
        size_t room = 2 * market->heap_room + 256;
        Entry *bigger = realloc(market->heap, room * sizeof(Entry));
        if (bigger == NULL)
            return -1;
        market->heap = bigger;
        market->heap_room = room;
    }
    size_t at = market->heap_size++;
    for (; at > 0 && before(entry, market->heap[(at - 1) / 2]); at = (at - 1) / 2)
        market->heap[at] = market->heap[(at - 1) / 2];
    market->heap[at] = entry;
    return 0;
}

static Entry
pop(Market *market)
{
    Entry *heap = market->heap, first = heap[0], last = heap[--market->heap_size];
    size_t at = 0;
    for (size_t child; (child = 2 * at + 1) < market->heap_size; at = child) {
        child += child + 1 < market->heap_size && before(heap[child + 1], heap[child]);
        if (!before(heap[child], last))
            break;
        heap[at] = heap[child];
    }
    heap[at] = last;
    return first;
}

/* Look at everybody a place could have, `so_far` from the place the search began at. */
static int
scan(Market *market, int32_t place, int32_t search, int64_t so_far)
{
    int32_t job = market->job_of[place];
    for (int32_t pair = market->starts[job]; pair < market->starts[job + 1]; pair++) {
        int32_t worker = market->workers[pair];
        if (market->settled[worker] == search)
            continue;
        int64_t distance = so_far - market->values[pair] - market->place_price[place] -
                           market->worker_price[worker];
        if (market->seen[worker] == search && market->distance[worker] <= distance)
            continue;
        market->seen[worker] = search;
        market->distance[worker] = distance;
        market->from[worker] = place;
        if (push(market, (Entry){distance, worker}) < 0)
            return -1;
    }
    return 0;
}

static void
reprice(Market *market, int32_t first, int64_t length)
{
    market->place_price[first] += length;
    for (int32_t i = 1; i < market->reached_count; i++) {
        int32_t place = market->reached[i];
        market->place_price[place] += length - market->distance[market->worker_of[place]];
    }
    for (int32_t i = 0; i < market->passed_count; i++) {
        int32_t worker = market->passed[i];
        market->worker_price[worker] -= length - market->distance[worker];
    }
}

/* Hand workers on along the path that ends with `worker`, back to the place it began at. */
static void
hand_on(Market *market, int32_t first, int32_t worker)
{
    for (int32_t place = NOBODY; place != first;) {
        place = market->from[worker];
        market->place_of[worker] = place;
        int32_t next = market->worker_of[place];
        market->worker_of[place] = worker;
        worker = next;
    }
}

/* Give a place its best worker, or leave one empty, by the shortest path of changes. */
static int
fill_place(Market *market, int32_t first)
{
    int64_t so_far = 0, emptiest = INT64_MAX;
    int32_t place = first, emptied = first, search = first + 1;
    market->heap_size = 0;
    market->reached_count = market->passed_count = 0;
    for (;;) {
        market->reached[market->reached_count++] = place;
        int64_t empty = so_far - market->place_price[place];
        if (empty < emptiest) {
            emptiest = empty;
            emptied = place;
        }
        if (scan(market, place, search, so_far) < 0)
            return -1;
        while (market->heap_size && market->settled[market->heap[0].worker] == search)
            pop(market);
        if (!market->heap_size || market->heap[0].distance > emptiest)
            break;
        Entry nearest = pop(market);
        so_far = nearest.distance;
        market->settled[nearest.worker] = search;
        market->passed[market->passed_count++] = nearest.worker;
        place = market->place_of[nearest.worker];
        if (place == NOBODY) {
            reprice(market, first, so_far);
            hand_on(market, first, nearest.worker);
            return 0;
        }
    }
    reprice(market, first, emptiest);
    int32_t worker = market->worker_of[emptied];
    market->worker_of[emptied] = NOBODY;
    if (emptied != first)
        hand_on(market, first, worker);
    return 0;
}

static void
market_free(Market *market)
{
    free(market->place_price);
    free(market->worker_price);
    free(market->distance);
    free(market->worker_of);
    free(market->from);
    free(market->reached);
    free(market->passed);
    free(market->seen);
    free(market->settled);
    free(market->heap);
    free((void *)market->job_of);
}

static int32_t *
places_of_jobs(const int32_t *capacities, int32_t jobs, int32_t places)
{
    int32_t *job_of = malloc(((size_t)places + 1) * sizeof *job_of);
    for (int32_t job = 0, place = 0; job_of != NULL && job < jobs; job++)
        for (int32_t i = 0; i < capacities[job]; i++)
            job_of[place++] = job;
    return job_of;
}

static int
solve_market(Market *market)
{
    size_t places = (size_t)market->places + 1, workers = (size_t)market->worker_count + 1;
    market->place_price = calloc(places, sizeof(int64_t));
    market->worker_price = calloc(workers, sizeof(int64_t));
    market->distance = calloc(workers, sizeof(int64_t));
    market->worker_of = malloc(places * sizeof(int32_t));
    market->from = calloc(workers, sizeof(int32_t));
    market->reached = malloc(places * sizeof(int32_t));
    market->passed = malloc(workers * sizeof(int32_t));
    market->seen = calloc(workers, sizeof(int32_t));
    market->settled = calloc(workers, sizeof(int32_t));
    if (!(market->job_of && market->place_price && market->worker_price && market->distance &&
          market->worker_of && market->from && market->reached && market->passed &&
          market->seen && market->settled))
        return -1;
    memset(market->worker_of, 0xFF, places * sizeof(int32_t));
    memset(market->place_of, 0xFF, (workers - 1) * sizeof(int32_t));
    for (int32_t place = 0; place < market->places; place++)
        if (fill_place(market, place) < 0)
            return -1;
    for (int32_t worker = 0; worker < market->worker_count; worker++)
        if (market->place_of[worker] != NOBODY)
            market->place_of[worker] = market->job_of[market->place_of[worker]];
    return 0;
}

static int
sound(const Py_buffer *starts, const Py_buffer *workers, const Py_buffer *values,
      const Py_buffer *capacities, int32_t worker_count, int64_t *places)
{
    Py_ssize_t jobs = starts->len / 4 - 1, pairs = workers->len / 4;
    const int32_t *first = starts->buf, *who = workers->buf, *room = capacities->buf;
    if (jobs < 0 || capacities->len != 4 * jobs || values->len != 8 * pairs || first[0] != 0 ||
        first[jobs] != pairs || worker_count < 0)
        return 0;
    *places = 0;
    for (Py_ssize_t job = 0; job < jobs; job++) {
        *places += room[job];
        if (first[job] > first[job + 1] || room[job] < 0 || *places > INT32_MAX - 2)
            return 0;
    }
    for (Py_ssize_t pair = 0; pair < pairs; pair++)
        if (who[pair] < 0 || who[pair] >= worker_count)
            return 0;
    return 1;
}

static PyObject *
solve(PyObject *Py_UNUSED(module), PyObject *args)
{
    Py_buffer starts, workers, values, capacities;
    int worker_count;
    int64_t places;
    if (!PyArg_ParseTuple(args, "y*y*y*y*i", &starts, &workers, &values, &capacities,
                          &worker_count))
        return NULL;
    PyObject *result = NULL;
    if (!sound(&starts, &workers, &values, &capacities, worker_count, &places))
        PyErr_SetString(PyExc_ValueError, "the pairs do not fit the jobs and workers");
    else
        result = PyBytes_FromStringAndSize(NULL, 4 * (Py_ssize_t)worker_count);
    if (result != NULL) {
        Market market = {
            .starts = starts.buf,
            .workers = workers.buf,
            .values = values.buf,
            .job_of = places_of_jobs(capacities.buf, (int32_t)(starts.len / 4 - 1),
                                     (int32_t)places),
            .places = (int32_t)places,
            .worker_count = worker_count,
            .place_of = (int32_t *)PyBytes_AS_STRING(result),
        };
        if (solve_market(&market) < 0) {
            PyErr_NoMemory();
            Py_CLEAR(result);
        }
        market_free(&market);
    }
    PyBuffer_Release(&starts);
    PyBuffer_Release(&workers);
    PyBuffer_Release(&values);
    PyBuffer_Release(&capacities);
    return result;
}

static PyMethodDef methods[] = {
    {"solve", solve, METH_VARARGS,
     "solve(starts, workers, values, capacities, worker_count) -> int32 job of each worker, or -1"},
    {NULL, NULL, 0, NULL},
};

static struct PyModuleDef assignment_module = {
    PyModuleDef_HEAD_INIT, .m_name = "matching._assignment", .m_size = -1, .m_methods = methods,
};

PyMODINIT_FUNC
PyInit__assignment(void)
{
    return PyModule_Create(&assignment_module);
}
