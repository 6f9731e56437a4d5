/* The workers of a table as bytes, and back: for snapshots read by the same build of this code.
 *
 * A dump begins with MAGIC, the version of what rows say, their size and how many there are; then
 * come the names of each vocabulary with their numbers, then each row with its tail. Positions are
 * made anew. */
#ifndef GIGMATCH_DUMP_H
#define GIGMATCH_DUMP_H

#include "entering.h"

#define NAME_SIZE (2 * sizeof(uint32_t)) /* of a name in a dump, without its letters */
/* Numbers that nobody uses take no bytes: so many are believed whatever the length of a dump. */
#define SPARE_NAMES 65536u
#define MAGIC 0x34544D47u /* "GMT4" */
/* As in events/values.py: lists by the hour are walked from the first end to the last. */
#define EARLIEST_MS 946684800000ll
#define LATEST_MS 4102444800000ll

typedef struct {
    char *bytes;
    size_t length, room;
} Writer;

static int
write_bytes(Writer *writer, const void *bytes, size_t length)
{
    if (writer->length + length > writer->room) {
        size_t room = 2 * (writer->length + length) + 1024;
        char *bigger = realloc(writer->bytes, room);
        if (bigger == NULL)
            return no_memory();
        writer->bytes = bigger;
        writer->room = room;
    }
    memcpy(writer->bytes + writer->length, bytes, length);
    writer->length += length;
    return 0;
}

static int
write_number(Writer *writer, uint32_t number)
{
    return write_bytes(writer, &number, sizeof number);
}

static int
write_names(Writer *writer, const Names *names)
{
    if (write_number(writer, names->count) < 0 ||
        write_number(writer, names->count - names->unused_count) < 0)
        return -1;
    for (uint32_t number = 0; number < names->count; number++) {
        if (names->names[number] == NULL)
            continue;
        Py_ssize_t length;
        const char *text = PyUnicode_AsUTF8AndSize(names->names[number], &length);
        if (text == NULL || write_number(writer, number) < 0 ||
            write_number(writer, (uint32_t)length) < 0 ||
            write_bytes(writer, text, (size_t)length) < 0)
            return -1;
    }
    return 0;
}

/* A tail without its positions, which say nothing to a reader and would only resist compression. */
static int
write_tail(Writer *writer, const Tail *tail)
{
    size_t before = writer->length;
    if (write_bytes(writer, tail, tail_size(tail)) < 0)
        return -1;
    size_t at = (size_t)((const char *)tail_positions(tail) - (const char *)tail);
    memset(writer->bytes + before + at, 0, sizeof(uint32_t) * tail_position_count(tail));
    return 0;
}

static int
write_worker(Writer *writer, const Worker *worker)
{
    Worker row = *worker;
    row.tail = NULL;
    return write_bytes(writer, &row, sizeof row) < 0 ? -1 : write_tail(writer, worker->tail);
}

/* By place: neighbours are alike, so they compress well and are entered in the same lists. */
static int
write_workers(Writer *writer, const Index *index)
{
    for (uint32_t at = 0; at < index->buckets.size; at++) {
        const Bucket *bucket = &index->buckets.table[at];
        if (bucket->trade != TRADE(0, EVERYONE))
            continue;
        for (uint32_t i = 0; i < bucket->count; i++)
            if (write_worker(writer, row_at(&index->rows, bucket->slots[i])) < 0)
                return -1;
    }
    return 0;
}

static int
dump_write(Writer *writer, const Index *index, const Vocabulary *words, uint32_t version)
{
    const Names *all[] = {&words->skills, &words->occupations, &words->certificates,
                          &words->stations, &words->employers};
    if (write_number(writer, MAGIC) < 0 || write_number(writer, version) < 0 ||
        write_number(writer, sizeof(Worker)) < 0 || write_number(writer, index->rows.count) < 0)
        return -1;
    for (size_t i = 0; i < sizeof all / sizeof *all; i++)
        if (write_names(writer, all[i]) < 0)
            return -1;
    return write_workers(writer, index);
}

/* A dump that comes piece by piece, so that no more than a piece of it is ever in memory. */
typedef struct {
    PyObject *source; /* `readinto(buffer)` gives the next bytes and says how many, 0 at the end */
    char *room;
    size_t size, at, filled; /* of `room`; what is there from `at` to `filled` comes next */
    size_t left;             /* bytes to come, with those in `room` */
} Reader;

#define PIECE ((size_t)256 * 1024)

/* Get bytes into the room behind those there; how many, 0 at the end, or -1 with an error set. */
static Py_ssize_t
reader_ask(Reader *reader)
{
    PyGILState_STATE state = PyGILState_Ensure();
    Py_ssize_t got = -1;
    Py_ssize_t space = (Py_ssize_t)(reader->size - reader->filled);
    PyObject *view = PyMemoryView_FromMemory(reader->room + reader->filled, space, PyBUF_WRITE);
    PyObject *count =
        view == NULL ? NULL : PyObject_CallMethod(reader->source, "readinto", "O", view);
    if (count != NULL)
        got = PyLong_AsSsize_t(count);
    Py_XDECREF(count);
    Py_XDECREF(view);
    PyGILState_Release(state);
    return got;
}

/* Have at least so many bytes in the room; what was read before lies elsewhere then. */
static int
reader_fill(Reader *reader, size_t length)
{
    reader->filled -= reader->at;
    memmove(reader->room, reader->room + reader->at, reader->filled);
    reader->at = 0;
    if (length > reader->size) {
        char *bigger = realloc(reader->room, length);
        if (bigger == NULL)
            return no_memory();
        reader->room = bigger;
        reader->size = length;
    }
    while (reader->filled < length) {
        Py_ssize_t got = reader_ask(reader);
        if (got < 0)
            return -1;
        if (got == 0)
            return fail(PyExc_ValueError, "the dump is too short");
        if ((size_t)got > reader->size - reader->filled)
            return fail(PyExc_ValueError, "the source gave more than there was room for");
        reader->filled += (size_t)got;
    }
    return 0;
}

static int
reader_open(Reader *reader, PyObject *source, size_t length)
{
    *reader = (Reader){source, malloc(PIECE), PIECE, 0, 0, length};
    return reader->room == NULL ? no_memory() : 0;
}

/* Whether all has been read: the source has nothing more, not even a complaint. 0 or -1 */
static int
reader_end(Reader *reader)
{
    int is_more = reader->left > 0 || reader->at < reader->filled;
    reader->at = reader->filled = 0;
    Py_ssize_t got = is_more ? 1 : reader_ask(reader);
    return got > 0 ? fail(PyExc_ValueError, "the dump is too long") : (int)got;
}

/* The next `length` bytes, until the next are asked for; or NULL with an error set, ValueError when
 * there are not so many. */
static const char *
read_bytes(Reader *reader, size_t length)
{
    if (reader->left < length) {
        fail(PyExc_ValueError, "the dump is too short");
        return NULL;
    }
    if (reader->filled - reader->at < length && reader_fill(reader, length) < 0)
        return NULL;
    const char *bytes = reader->room + reader->at;
    reader->at += length;
    reader->left -= length;
    return bytes;
}

static int
read_number(Reader *reader, uint32_t *number)
{
    const char *bytes = read_bytes(reader, sizeof *number);
    if (bytes == NULL)
        return -1;
    memcpy(number, bytes, sizeof *number);
    return 0;
}

static int
bad_dump(void)
{
    return fail(PyExc_ValueError, "the dump was not written by this build");
}

static int
read_name(Reader *reader, Names *names)
{
    uint32_t number, length;
    if (read_number(reader, &number) < 0 || read_number(reader, &length) < 0)
        return -1;
    const char *text = read_bytes(reader, length);
    if (text == NULL)
        return -1;
    if (number >= names->count || names->names[number] != NULL)
        return bad_dump();
    Py_ssize_t known = PyDict_GET_SIZE(names->numbers);
    PyObject *name = PyUnicode_DecodeUTF8(text, length, NULL);
    PyObject *boxed = PyLong_FromUnsignedLong(number);
    int result = name == NULL || boxed == NULL ? -1 : PyDict_SetItem(names->numbers, name, boxed);
    if (result == 0 && PyDict_GET_SIZE(names->numbers) == known)
        result = bad_dump(); /* a name twice */
    if (result == 0)
        names->names[number] = name; /* the dict keeps it */
    Py_XDECREF(name);
    Py_XDECREF(boxed);
    return result;
}

static int
read_names(Reader *reader, Names *names)
{
    uint32_t count, used;
    if (read_number(reader, &count) < 0 || read_number(reader, &used) < 0)
        return -1;
    if (names->count != 0 || used > count || count >= NOBODYS || used > reader->left / NAME_SIZE ||
        count - used > reader->left + SPARE_NAMES)
        return bad_dump();
    if (GROW(names->uses, names->uses_room, (uint64_t)count + 1) < 0 ||
        GROW(names->names, names->names_room, (uint64_t)count + 1) < 0 ||
        GROW(names->unused, names->unused_room, (uint64_t)count + 1) < 0)
        return -1;
    memset(names->uses, 0, count * sizeof *names->uses);
    memset(names->names, 0, count * sizeof *names->names);
    names->count = count;
    while (used--)
        if (read_name(reader, names) < 0)
            return -1;
    for (uint32_t number = 0; number < count; number++)
        if (names->names[number] == NULL)
            names->unused[names->unused_count++] = number;
    return 0;
}

static int
use(Names *names, uint32_t number)
{
    if (number >= names->count || names->names[number] == NULL)
        return bad_dump();
    names->uses[number]++;
    return 0;
}

static int
use_all(Names *names, const uint32_t *numbers, uint32_t count)
{
    for (uint32_t i = 0; i < count; i++)
        if (use(names, numbers[i]) < 0)
            return -1;
    return 0;
}

/* As `use_all`, of names that are keys: a worker found twice by one list could not leave it. */
static int
use_each(Names *names, const uint32_t *numbers, uint32_t count)
{
    for (uint32_t i = 1; i < count; i++)
        if (holds(numbers, i, numbers[i]))
            return bad_dump();
    return use_all(names, numbers, count);
}

static int
use_names(Vocabulary *words, const Worker *row)
{
    const Tail *tail = row->tail;
    return use_each(&words->skills, tail_skills(tail), tail->skills) < 0 ||
                   use_each(&words->occupations, tail_occupations(tail), tail->occupations) < 0 ||
                   use_all(&words->certificates, tail_certificates(tail), tail->certificates) < 0 ||
                   use_all(&words->employers, tail_employers(tail), tail->employers) < 0
               ? -1
               : use(&words->stations, row->station);
}

/* Room for the tails of so many workers, each begun at a multiple of eight bytes. */
static int
reserve_tails(const Reader *reader, TailBlock *block, uint32_t count)
{
    size_t rows = (size_t)count * sizeof(Worker);
    if (reader->left < rows)
        return fail(PyExc_ValueError, "the dump is too short");
    block->size = reader->left - rows + 8 * (size_t)count;
    block->bytes = malloc(block->size);
    return block->bytes == NULL ? no_memory() : 0;
}

/* `used` bytes of the index's block have tails already. */
static int
read_worker(Reader *reader, Index *index, Vocabulary *words, size_t *used)
{
    Worker row;
    Tail head;
    const char *bytes = read_bytes(reader, sizeof row);
    if (bytes == NULL)
        return -1;
    memcpy(&row, bytes, sizeof row);
    bytes = read_bytes(reader, sizeof head);
    if (bytes == NULL)
        return -1;
    memcpy(&head, bytes, sizeof head);
    if (row.reach >= REACHES || row.valid_until < EARLIEST_MS || row.valid_until > LATEST_MS)
        return bad_dump();
    size_t size = tail_size(&head);
    bytes = read_bytes(reader, size - sizeof head);
    if (bytes == NULL)
        return -1;
    if (*used + size > index->block.size)
        return bad_dump(); /* fewer workers than it says, or other bytes behind them */
    row.tail = (Tail *)(index->block.bytes + *used);
    *row.tail = head;
    memcpy(row.tail + 1, bytes, size - sizeof head);
    *used += (size + 7) / 8 * 8;
    if (use_names(words, &row) < 0)
        return -1;
    index->block.live++;
    return index_append(index, &row) == NO_SLOT ? -1 : 0;
}

/* Read the next workers and enter them everywhere, so few that they are still in the processor's
 * cache. `used` is as above. */
static int
read_some(Reader *reader, uint32_t count, Index *index, Vocabulary *words, Entering *entering,
          size_t *used)
{
    uint32_t from = index->rows.slots;
    while (count--)
        if (read_worker(reader, index, words, used) < 0)
            return -1;
    if (ids_add_all(&index->ids, &index->rows, from, index->rows.slots) < 0)
        return -1;
    return enter_all(entering, index, from, index->rows.slots);
}

/* Needs no lock of the interpreter: names are counted, not looked up. */
static int
read_workers(Reader *reader, uint32_t count, Index *index, Vocabulary *words)
{
    Entering entering;
    size_t used = 0;
    int result = entering_open(&entering, words);
    if (result == 0)
        result = ids_reserve(&index->ids, count);
    if (result == 0)
        result = reserve_tails(reader, &index->block, count);
    while (result == 0 && count > 0) {
        uint32_t some = count < IDS_TOGETHER ? count : IDS_TOGETHER;
        result = read_some(reader, some, index, words, &entering, &used);
        count -= some;
    }
    entering_close(&entering);
    return result < 0 ? -1 : reader_end(reader);
}

/* Fill an empty table, while other threads run. 0, or -1 with an error set: ValueError when it is
 * not a dump of this build, or what the source raised. */
static int
dump_read(Reader *reader, Index *index, Vocabulary *words, uint32_t version)
{
    Names *all[] = {&words->skills, &words->occupations, &words->certificates, &words->stations,
                    &words->employers};
    uint32_t magic, written, row_size, count;
    if (read_number(reader, &magic) < 0 || read_number(reader, &written) < 0 ||
        read_number(reader, &row_size) < 0 || read_number(reader, &count) < 0)
        return -1;
    if (magic != MAGIC || written != version || row_size != sizeof(Worker) || index->rows.count != 0)
        return bad_dump();
    for (size_t i = 0; i < sizeof all / sizeof *all; i++)
        if (read_names(reader, all[i]) < 0)
            return -1;
    if (count > reader->left)
        return bad_dump();
    int result;
    Py_BEGIN_ALLOW_THREADS
    result = read_workers(reader, count, index, words);
    Py_END_ALLOW_THREADS
    return result;
}

#endif
