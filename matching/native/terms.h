/* From the Python objects of matching/terms.py to rows. */
#ifndef GIGMATCH_TERMS_H
#define GIGMATCH_TERMS_H

#include "rows.h"
#include "buckets.h"
#include "rules.h"

typedef struct {
    Names skills, occupations, certificates, stations, employers;
} Vocabulary;

/* How a row refers to names: a kept row uses them, one made for a query only looks them up. */
typedef uint32_t (*Refer)(Names *, PyObject *);

#define ATTRIBUTES 128 /* well above the number of names that are asked for */

/* An attribute by a name that is a literal of this file: its string is made once, at its first use.
 * New reference, NULL with an error set. */
static PyObject *
attribute(PyObject *terms, const char *name)
{
    static struct {
        const char *literal;
        PyObject *string;
    } known[ATTRIBUTES];
    size_t at = ((uintptr_t)name >> 2) % ATTRIBUTES;
    while (known[at].literal != NULL && known[at].literal != name)
        at = (at + 1) % ATTRIBUTES;
    if (known[at].literal == NULL) {
        known[at].string = PyUnicode_InternFromString(name);
        if (known[at].string == NULL)
            return NULL;
        known[at].literal = name;
    }
    return PyObject_GetAttr(terms, known[at].string);
}

static int
read_int(PyObject *terms, const char *name, int64_t *value)
{
    PyObject *found = attribute(terms, name);
    if (found == NULL)
        return -1;
    *value = PyLong_AsLongLong(found);
    Py_DECREF(found);
    return *value == -1 && PyErr_Occurred() ? -1 : 0;
}

static int
read_int_or(PyObject *terms, const char *name, int64_t none, int64_t *value)
{
    PyObject *found = attribute(terms, name);
    if (found == NULL)
        return -1;
    *value = found == Py_None ? none : PyLong_AsLongLong(found);
    Py_DECREF(found);
    return *value == -1 && PyErr_Occurred() ? -1 : 0;
}

static int
read_float(PyObject *terms, const char *name, double *value)
{
    PyObject *found = attribute(terms, name);
    if (found == NULL)
        return -1;
    *value = PyFloat_AsDouble(found);
    Py_DECREF(found);
    return *value == -1.0 && PyErr_Occurred() ? -1 : 0;
}

static int
read_truth(PyObject *terms, const char *name, uint8_t *value)
{
    PyObject *found = attribute(terms, name);
    if (found == NULL)
        return -1;
    int truth = PyObject_IsTrue(found);
    Py_DECREF(found);
    *value = (uint8_t)(truth > 0);
    return truth < 0 ? -1 : 0;
}

static int
read_point(PyObject *terms, double *x, double *y, double *z)
{
    PyObject *point = attribute(terms, "point");
    int fine = point != NULL && PyArg_ParseTuple(point, "ddd", x, y, z);
    Py_XDECREF(point);
    return fine ? 0 : -1;
}

/* A tuple attribute; new reference, NULL with an error set. */
static PyObject *
read_tuple(PyObject *terms, const char *name)
{
    PyObject *found = attribute(terms, name);
    if (found != NULL && !PyTuple_Check(found)) {
        PyErr_Format(PyExc_TypeError, "%s must be a tuple", name);
        Py_CLEAR(found);
    }
    return found;
}

static int
read_spans(PyObject *pairs, Span *spans)
{
    for (Py_ssize_t i = 0; i < PyTuple_GET_SIZE(pairs); i++) {
        long long start, end;
        if (!PyArg_ParseTuple(PyTuple_GET_ITEM(pairs, i), "LL", &start, &end))
            return -1;
        spans[i] = (Span){start, end};
    }
    return 0;
}

static uint32_t
refer_attribute(PyObject *terms, const char *name, Names *names, Refer refer)
{
    PyObject *found = attribute(terms, name);
    if (found == NULL)
        return ABSENT;
    uint32_t number = refer(names, found);
    Py_DECREF(found);
    return number;
}

/* What a worker's terms hold in collections, fetched before the size of their tail is known. */
typedef struct {
    PyObject *id, *windows, *busy, *skills, *occupations, *certificates, *employers, *rates;
    int64_t last_day, days;
} Parts;

static void
parts_clear(Parts *parts)
{
    Py_XDECREF(parts->id);
    Py_XDECREF(parts->windows);
    Py_XDECREF(parts->busy);
    Py_XDECREF(parts->skills);
    Py_XDECREF(parts->occupations);
    Py_XDECREF(parts->certificates);
    Py_XDECREF(parts->employers);
    Py_XDECREF(parts->rates);
}

static PyObject *
read_sequence(PyObject *terms, const char *name)
{
    PyObject *found = attribute(terms, name);
    PyObject *sequence = found == NULL ? NULL : PySequence_Tuple(found);
    Py_XDECREF(found);
    return sequence;
}

static int
parts_read(PyObject *terms, Parts *parts)
{
    *parts = (Parts){
        .id = attribute(terms, "worker_id"),
        .windows = read_tuple(terms, "windows"),
        .busy = read_tuple(terms, "busy"),
        .skills = attribute(terms, "skills"),
        .occupations = read_sequence(terms, "occupations"),
        .certificates = read_sequence(terms, "certificates"),
        .employers = read_sequence(terms, "employers"),
        .rates = PyObject_GetAttrString(terms, "trade_rates"),
    };
    if (parts->id == NULL || parts->windows == NULL || parts->busy == NULL ||
        parts->skills == NULL || parts->occupations == NULL || parts->certificates == NULL ||
        parts->employers == NULL || parts->rates == NULL ||
        read_int(terms, "last_day", &parts->last_day) < 0 ||
        read_int(terms, "days", &parts->days) < 0)
        return -1;
    if (PyDict_Check(parts->skills) && PyDict_Check(parts->rates) &&
        PyTuple_GET_SIZE(parts->windows) > 0)
        return 0;
    PyErr_SetString(PyExc_TypeError,
                    "skills and trade_rates must be dicts and windows must not be empty");
    return -1;
}

/* Room for a worker's parts, counted; NULL with ValueError set when there are more than fit. */
static Tail *
tail_for(const Parts *parts, Py_ssize_t id_length)
{
    Py_ssize_t windows = PyTuple_GET_SIZE(parts->windows), busy = PyTuple_GET_SIZE(parts->busy),
               skills = PyDict_GET_SIZE(parts->skills),
               occupations = PyTuple_GET_SIZE(parts->occupations),
               certificates = PyTuple_GET_SIZE(parts->certificates),
               employers = PyTuple_GET_SIZE(parts->employers);
    if (windows > UINT16_MAX || busy > UINT16_MAX || skills > UINT8_MAX ||
        occupations > UINT8_MAX || certificates > UINT8_MAX || id_length > UINT8_MAX ||
        employers > MOST_EMPLOYERS) {
        PyErr_SetString(PyExc_ValueError,
                        "a worker may have up to 65535 windows and busy spans, 255 skills, "
                        "occupations and certificates, and an id of 255 bytes");
        return NULL;
    }
    Tail head = {
        .employers = (uint32_t)employers & MOST_EMPLOYERS,
        .known = PyDict_GET_SIZE(parts->rates) > 0 || parts->days != 0,
        .windows = (uint16_t)(windows == 1 ? 0 : windows),
        .busy = (uint16_t)busy,
        .skills = (uint8_t)skills,
        .occupations = (uint8_t)occupations,
        .certificates = (uint8_t)certificates,
        .id_length = (uint8_t)id_length,
    };
    Tail *tail = malloc(tail_size(&head));
    if (tail == NULL)
        PyErr_NoMemory();
    else
        *tail = head;
    return tail;
}

static int
refer_all(PyObject *items, Names *names, Refer refer, uint32_t *numbers)
{
    for (Py_ssize_t i = 0; i < PyTuple_GET_SIZE(items); i++) {
        numbers[i] = refer(names, PyTuple_GET_ITEM(items, i));
        if (numbers[i] == ABSENT && PyErr_Occurred())
            return -1;
    }
    return 0;
}

static int
fill_skills(PyObject *skills, Names *names, Refer refer, Tail *tail)
{
    PyObject *code, *level;
    Py_ssize_t position = 0;
    for (uint32_t i = 0; PyDict_Next(skills, &position, &code, &level); i++) {
        tail_skills(tail)[i] = refer(names, code);
        if (PyErr_Occurred())
            return -1;
        tail_levels(tail)[i] = (uint8_t)PyLong_AsLong(level);
    }
    return 0;
}

/* The rates of yes, in the order of the skills, and the days worked, of whoever is known. */
static int
fill_history(const Parts *parts, Tail *tail)
{
    PyObject *code, *level;
    Py_ssize_t position = 0;
    for (uint32_t i = 0; PyDict_Next(parts->skills, &position, &code, &level); i++) {
        PyObject *rate = PyDict_GetItemWithError(parts->rates, code);
        tail_rates(tail)[i] = rate == NULL ? NEW_TO_TRADE : (float)PyFloat_AsDouble(rate);
    }
    *tail_worked(tail) = (uint32_t)parts->last_day << 8 | (uint32_t)parts->days;
    return PyErr_Occurred() ? -1 : 0;
}

static int
tail_fill(const Parts *parts, Vocabulary *words, Refer refer, Tail *tail)
{
    if (tail->windows && read_spans(parts->windows, tail_windows(tail)) < 0)
        return -1;
    if (read_spans(parts->busy, tail_busy(tail)) < 0)
        return -1;
    if (tail->known && fill_history(parts, tail) < 0)
        return -1;
    return fill_skills(parts->skills, &words->skills, refer, tail) < 0 ||
                   refer_all(parts->occupations, &words->occupations, refer, tail_occupations(tail)) < 0 ||
                   refer_all(parts->certificates, &words->certificates, refer, tail_certificates(tail)) < 0 ||
                   refer_all(parts->employers, &words->employers, refer, tail_employers(tail)) < 0
               ? -1
               : 0;
}

static int
row_fill(PyObject *terms, const Parts *parts, Worker *row)
{
    double acceptance, reliability, rating;
    int64_t pay_floor, birth, left, size;
    uint8_t led;
    Span first, last;
    PyObject *windows = parts->windows;
    long long bounds[4];
    if (read_point(terms, &row->x, &row->y, &row->z) < 0 ||
        read_float(terms, "chord_limit", &row->limit) < 0 ||
        read_float(terms, "acceptance_rate", &acceptance) < 0 ||
        read_float(terms, "reliability", &reliability) < 0 ||
        read_float(terms, "rating", &rating) < 0 ||
        read_int(terms, "pay_floor_fen_day", &pay_floor) < 0 ||
        read_int(terms, "since", &row->since) < 0 ||
        read_int(terms, "valid_until", &row->valid_until) < 0 || read_int(terms, "crew_size", &size) < 0 ||
        read_int_or(terms, "birth_year", 0, &birth) < 0 ||
        read_int_or(terms, "bookings_left", INT64_MAX, &left) < 0 ||
        read_truth(terms, "led_by_other", &led) < 0 ||
        !PyArg_ParseTuple(PyTuple_GET_ITEM(windows, 0), "LL", &bounds[0], &bounds[1]) ||
        !PyArg_ParseTuple(PyTuple_GET_ITEM(windows, PyTuple_GET_SIZE(windows) - 1), "LL",
                          &bounds[2], &bounds[3]))
        return -1;
    first = (Span){bounds[0], bounds[1]};
    last = (Span){bounds[2], bounds[3]};
    row->opens = first.start;
    row->closes = last.end;
    row->acceptance = (float)acceptance;
    row->reliability = (float)reliability;
    row->rating = (float)rating;
    row->pay_floor = (int32_t)pay_floor;
    row->booked_up = left <= 0;
    row->birth = (int16_t)birth;
    row->crew = led ? 0 : (uint8_t)size;
    return 0;
}

static void
worker_release(Vocabulary *words, const Worker *row)
{
    const Tail *tail = row->tail;
    for (uint32_t i = 0; i < tail->skills; i++)
        names_drop(&words->skills, tail_skills(tail)[i]);
    for (uint32_t i = 0; i < tail->occupations; i++)
        names_drop(&words->occupations, tail_occupations(tail)[i]);
    for (uint32_t i = 0; i < tail->certificates; i++)
        names_drop(&words->certificates, tail_certificates(tail)[i]);
    for (uint32_t i = 0; i < tail->employers; i++)
        names_drop(&words->employers, tail_employers(tail)[i]);
    names_drop(&words->stations, row->station);
}

/* A row of a worker's terms; its tail is the caller's. 0, or -1 with an error set.
 *
 * Out of memory half-way leaves names counted that nobody uses: they are never right to free then,
 * and a process without memory ends anyway. */
static int
worker_read(PyObject *terms, Vocabulary *words, Refer refer, Worker *row)
{
    Parts parts;
    Py_ssize_t id_length;
    const char *id = NULL;
    double speed = 0.0;
    uint8_t by_station = 0;
    row->tail = NULL;
    if (parts_read(terms, &parts) == 0)
        id = PyUnicode_AsUTF8AndSize(parts.id, &id_length);
    if (id != NULL && row_fill(terms, &parts, row) == 0 &&
        read_float(terms, "speed_kmh", &speed) == 0 &&
        read_truth(terms, "by_station", &by_station) == 0)
        row->tail = tail_for(&parts, id_length);
    if (row->tail != NULL) {
        memcpy(tail_id(row->tail), id, (size_t)id_length);
        row->tail->speed = (float)speed;
        row->tail->by_station = by_station & 1;
        row->reach = reach_of(row->limit) & (REACHES - 1);
        row->station = refer_attribute(terms, "station_id", &words->stations, refer);
        if (tail_fill(&parts, words, refer, row->tail) < 0 || PyErr_Occurred()) {
            free(row->tail);
            row->tail = NULL;
        }
    }
    parts_clear(&parts);
    return row->tail == NULL ? -1 : 0;
}

/* The year in China of a time: days since 1970 to a civil date (H. Hinnant, chrono-compatible
 * low-level date algorithms). */
static int64_t
year_in_china(int64_t at)
{
    int64_t days = day_in_china(at) + 719468;
    int64_t era = days / 146097, of_era = days % 146097;
    int64_t year = (of_era - of_era / 1460 + of_era / 36524 - of_era / 146096) / 365;
    int64_t of_year = of_era - (365 * year + year / 4 - year / 100);
    return era * 400 + year + (of_year >= 306); /* days are counted from 1 March */
}

static void
job_free(Job *job)
{
    Py_XDECREF(job->id);
    free(job->shifts);
    free(job->skills);
    free(job->certificates);
}

static void
job_release(Vocabulary *words, Job *job)
{
    for (uint32_t i = 0; i < job->skill_count; i++)
        names_drop(&words->skills, job->skills[i]);
    for (uint32_t i = 0; i < job->certificate_count; i++)
        names_drop(&words->certificates, job->certificates[i]);
    if (job->occupation != ABSENT)
        names_drop(&words->occupations, job->occupation);
    names_drop(&words->employers, job->employer);
    names_drop(&words->stations, job->station);
    job_free(job);
}

static uint32_t *
read_codes(PyObject *terms, const char *name, Names *names, Refer refer, uint32_t *count)
{
    PyObject *codes = read_tuple(terms, name);
    if (codes == NULL)
        return NULL;
    uint32_t *numbers = malloc((size_t)(PyTuple_GET_SIZE(codes) + 1) * sizeof *numbers);
    if (numbers == NULL)
        PyErr_NoMemory();
    else if (refer_all(codes, names, refer, numbers) == 0)
        *count = (uint32_t)PyTuple_GET_SIZE(codes);
    Py_DECREF(codes);
    return numbers;
}

static int
read_perks(PyObject *terms, Job *job)
{
    PyObject *perks = read_tuple(terms, "perks");
    if (perks == NULL)
        return -1;
    for (Py_ssize_t i = 0; i < PyTuple_GET_SIZE(perks); i++) {
        PyObject *perk = PyTuple_GET_ITEM(perks, i);
        job->meal |= PyUnicode_CompareWithASCIIString(perk, "meal") == 0;
        job->lodging |= PyUnicode_CompareWithASCIIString(perk, "lodging") == 0;
        job->pickup |= PyUnicode_CompareWithASCIIString(perk, "pickup") == 0;
    }
    Py_DECREF(perks);
    return 0;
}

static int
read_shifts(PyObject *terms, Job *job)
{
    PyObject *shifts = read_tuple(terms, "shifts");
    if (shifts == NULL)
        return -1;
    job->shift_count = PyTuple_GET_SIZE(shifts);
    job->shifts = malloc((size_t)(job->shift_count + 1) * sizeof(Span));
    int result = job->shifts == NULL ? -1 : read_spans(shifts, job->shifts);
    Py_DECREF(shifts);
    if (result < 0) {
        if (!PyErr_Occurred())
            PyErr_NoMemory();
        return -1;
    }
    job->start = job->shifts[0].start;
    for (int64_t i = 0; i < job->shift_count; i++)
        if (job->shifts[i].end > job->last || i == 0)
            job->last = job->shifts[i].end;
    return 0;
}

static int
job_fill(PyObject *terms, Job *job)
{
    uint8_t accepts_crews;
    int64_t open_places;
    if (read_shifts(terms, job) < 0 || read_point(terms, &job->x, &job->y, &job->z) < 0 ||
        read_float(terms, "shift_hours", &job->shift_hours) < 0 ||
        read_float(terms, "log_headcount", &job->log_headcount) < 0 ||
        read_int(terms, "pay_fen_day", &job->pay) < 0 ||
        read_int(terms, "minimum_age", &job->minimum_age) < 0 ||
        read_int(terms, "maximum_age", &job->maximum_age) < 0 ||
        read_int(terms, "open_claims", &job->claims) < 0 ||
        read_int(terms, "open_places", &open_places) < 0 ||
        read_int(terms, "min_rest_ms", &job->min_rest) < 0 ||
        read_int(terms, "max_day_ms", &job->max_day) < 0 ||
        read_truth(terms, "accepts_crews", &accepts_crews) < 0 ||
        read_truth(terms, "partial_crews", &job->partial) < 0 ||
        read_truth(terms, "blocked", &job->blocked) < 0 ||
        read_truth(terms, "paid_daily", &job->paid_daily) < 0 ||
        read_truth(terms, "on_holiday", &job->on_holiday) < 0 || read_perks(terms, job) < 0)
        return -1;
    job->room = accepts_crews && open_places > 0 ? (uint32_t)open_places : 0;
    job->year = year_in_china(job->start);
    job->too_long = job->max_day && !within_hours(job, NULL, 0);
    return 0;
}

static uint32_t
read_occupation(PyObject *terms, Vocabulary *words, Refer refer)
{
    PyObject *occupation = attribute(terms, "occupation");
    if (occupation == NULL)
        return ABSENT;
    uint32_t number = ABSENT;
    if (occupation != Py_None) {
        number = refer(&words->occupations, occupation);
        if (number == ABSENT)
            number = NOBODYS;
    }
    Py_DECREF(occupation);
    return number;
}

/* A row of a job's terms. 0, or -1 with an error set. */
static int
job_read(PyObject *terms, Vocabulary *words, Refer refer, Job *job)
{
    memset(job, 0, sizeof *job);
    job->id = attribute(terms, "job_id");
    if (job->id != NULL && job_fill(terms, job) == 0) {
        job->skills = read_codes(terms, "skills", &words->skills, refer, &job->skill_count);
        job->certificates = read_codes(terms, "certificates", &words->certificates, refer,
                                       &job->certificate_count);
        job->occupation = read_occupation(terms, words, refer);
        job->employer = refer_attribute(terms, "employer_id", &words->employers, refer);
        job->station = refer_attribute(terms, "station_id", &words->stations, refer);
    }
    if (!PyErr_Occurred())
        return 0;
    job_free(job);
    return -1;
}

#endif
