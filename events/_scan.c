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
#define WITH_COUNTRY 13 /* 86 and a phone number */
#define ID_DIGITS 17
#define LANDLINE 11      /* 010 or 02x and eight digits, 0833 and seven */
#define LONG_LANDLINE 12 /* 0833 and eight */
#define SEPARATORS 4     /* as in "138 -- 1234" */

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

static int
is_separator(unsigned char byte)
{
    return byte == ' ' || byte == '-' || byte == '.';
}

/* Whether a run of digits can be, or end in, a phone number or be an ID number. */
static int
dubious_run(const unsigned char *run, Py_ssize_t length)
{
    if (length < PHONE)
        return 0;
    if (length >= ID_DIGITS || memcmp(run, "0086", 4) == 0)
        return 1;
    if (run[0] == '0' && (length == LANDLINE || length == LONG_LANDLINE))
        return 1;
    if (!is_phone(run + length - PHONE))
        return 0;
    return length == PHONE || (length == WITH_COUNTRY && memcmp(run, "86", 2) == 0);
}

/* The digit that stands after a few signs that separate digits, or NULL. */
static const unsigned char *
next_digit(const unsigned char *at, const unsigned char *end)
{
    for (int signs = 0; at < end && signs <= SEPARATORS; at++, signs++) {
        if (is_digit(*at))
            return at;
        if (!is_separator(*at))
            return NULL;
    }
    return NULL;
}

/* The digit that stands before a few signs that separate digits, one at least, or NULL. */
static const unsigned char *
digit_before(const unsigned char *begin, const unsigned char *run)
{
    for (int signs = 1; run - signs > begin && signs <= SEPARATORS; signs++) {
        if (!is_separator(run[-signs]))
            return NULL;
        if (is_digit(run[-signs - 1]))
            return run - signs - 1;
    }
    return NULL;
}

/* Whether digits end in the first three of a phone number, alone or with the country before. */
static int
begins_phone(const unsigned char *begin, const unsigned char *last)
{
    const unsigned char *first = last - 2;
    if (first < begin || !is_digit(first[1]) || !is_phone(first))
        return 0;
    return first == begin || !is_digit(first[-1]) ||
           (first - begin >= 2 && memcmp(first - 2, "86", 2) == 0);
}

/* Whether digits of a phone or ID number can stand after others of it: 3-4-4, 3-8, 6-8-4. */
static int
in_the_middle(const unsigned char *begin, const unsigned char *run, Py_ssize_t digits,
              const unsigned char *end)
{
    const unsigned char *before, *after;
    if (digits != 4 && digits != 8)
        return 0;
    before = digit_before(begin, run);
    if (before == NULL)
        return 0;
    if (digits == 8 && begins_phone(begin, before))
        return 1;
    after = next_digit(run + digits, end);
    if (after == NULL)
        return 0;
    if (digits == 4)
        return before - begin >= 2 && is_phone(before - 2) && end - after >= 4;
    /* Who is there was born in the last century, or in the first twenty years of this one. */
    return memcmp(run, "19", 2) == 0 || memcmp(run, "200", 3) == 0 || memcmp(run, "201", 3) == 0;
}

/* Whether a mobile number can begin that is written digit by digit, with one sign between. */
static int
is_spelt_out(const unsigned char *run, const unsigned char *end)
{
    return end - run >= 2 * PHONE - 1 && run[0] == '1' && is_separator(run[1]) &&
           run[2] >= '3' && run[2] <= '9' && run[3] == run[1] && is_digit(run[4]);
}

/* Whether an area code or a country code can end here, and a number begin. */
static int
before_number(const unsigned char *begin, const unsigned char *run, Py_ssize_t digits,
              const unsigned char *end)
{
    const unsigned char *after = run + digits, *number;
    if (digits >= 2 && memcmp(run, "86", 2) == 0 && run > begin && run[-1] == '+')
        return 1;
    if (digits >= 4 && memcmp(run, "0086", 4) == 0)
        return 1;
    if (run[0] != '0' || digits < 3 || run[1] == '0' || after >= end)
        return 0;
    if (digits == 7 || digits == 8) /* with the first three or four of the number itself */
        return next_digit(after, end) != NULL;
    if (digits > 4)
        return 0;
    if (*after == ')' || (*after == ' ' && after + 1 < end && after[1] == ')'))
        return 1;
    number = next_digit(after, end);
    return number != NULL && *number >= '2' && *number <= '8';
}

/* Whether a run of digits can belong to a phone or ID number that is written in parts. */
static int
dubious_part(const unsigned char *begin, const unsigned char *run, Py_ssize_t digits,
             const unsigned char *end)
{
    return in_the_middle(begin, run, digits, end) || before_number(begin, run, digits, end) ||
           (digits == 1 && is_spelt_out(run, end));
}

/* Names in small letters, and which bytes they begin with: most texts begin with none of these. */
typedef struct {
    const char *texts[MOST_NAMES];
    Py_ssize_t count;
    unsigned char begins[256];
} Names;

static unsigned char
in_small(unsigned char byte)
{
    return byte >= 'A' && byte <= 'Z' ? byte | 0x20 : byte;
}

/* Whether a quoted name begins here. */
static int
is_named(const unsigned char *at, const unsigned char *end, const Names *names)
{
    if (at >= end || !names->begins[in_small(*at)])
        return 0;
    for (Py_ssize_t i = 0; i < names->count; i++) {
        const char *name = names->texts[i];
        Py_ssize_t length = 0;
        while (name[length] != '\0' && at + length < end &&
               in_small(at[length]) == (unsigned char)name[length])
            length++;
        if (name[length] == '\0')
            return 1;
    }
    return 0;
}

/* Of bytes from 0x80 to 0xBF those that are second and third of a Chinese numeral, one bit each:
 * nearly every other sign is told by these.
 */
#define SECOND 0x171400088A00E024ULL
#define THIRD 0x074928002854324BULL

/* Whether one of the signs of Chinese text begins here that are 0xE4 to 0xE9 and two more bytes. */
static int
is_chinese(const unsigned char *at, const unsigned char *end)
{
    return *at >= 0xE4 && *at <= 0xE9 && end - at >= 3 && (at[1] & 0xC0) == 0x80 &&
           (at[2] & 0xC0) == 0x80;
}

/* Whether such a sign is a numeral, one of `personal._NUMERALS`. */
static int
is_numeral(const unsigned char *at)
{
    if (!(SECOND >> (at[1] & 0x3F) & THIRD >> (at[2] & 0x3F) & 1))
        return 0;
    switch (at[0] << 16 | at[1] << 8 | at[2]) {
    case 0xE4B880: case 0xE4BA8C: case 0xE4B889: case 0xE59B9B: case 0xE4BA94: /* 一二三四五 */
    case 0xE585AD: case 0xE4B883: case 0xE585AB: case 0xE4B99D: case 0xE99BB6: /* 六七八九零 */
    case 0xE5A3B9: case 0xE8B4B0: case 0xE58F81: case 0xE88286: case 0xE4BC8D: /* 壹贰叁肆伍 */
    case 0xE99986: case 0xE69F92: case 0xE68D8C: case 0xE78E96: case 0xE5B9BA: /* 陆柒捌玖幺 */
    case 0xE8B2B3: case 0xE58F83: case 0xE999B8: /* 貳參陸 */
        return 1;
    default:
        return 0;
    }
}

/* Whether a digit or another numeral stands beside a numeral, with signs between at most. */
static int
is_among_digits(const unsigned char *begin, const unsigned char *at, const unsigned char *end)
{
    const unsigned char *next = at + 3;
    if (is_digit(at > begin ? at[-1] : 0) || digit_before(begin, at) != NULL)
        return 1;
    for (int signs = 0; next < end && signs < SEPARATORS && is_separator(*next); signs++)
        next++;
    return next < end && (is_digit(*next) || (is_chinese(next, end) && is_numeral(next)));
}

/* Whether a digit of another script stands here, of two bytes or of three. */
static int
is_foreign_digit(const unsigned char *at, const unsigned char *end)
{
    if (*at < 0xE0)
        return end - at >= 2 && Py_UNICODE_ISDIGIT((at[0] & 0x1F) << 6 | (at[1] & 0x3F));
    return end - at >= 3 && Py_UNICODE_ISDIGIT((Py_UCS4)(at[0] & 0xF) << 12 |
                                               (at[1] & 0x3F) << 6 | (at[2] & 0x3F));
}

/* Signs that `personal.plain` makes plain or that are digits among others: full-width,
 * mathematical, in circles, invisible, other scripts' digits.
 *
 * Not the comma and full stop of every Chinese text, nor kana, but its middle dot and long vowel.
 */
static int
is_disguise(const unsigned char *at, const unsigned char *end)
{
    unsigned char first = *at, second = end - at >= 3 ? at[1] : 0, third = second ? at[2] : 0;
    if (first >= 0xE4 && first <= 0xE9)
        return 0;
    if (first == 0xE3) {
        if (second == 0x80)
            return third == 0x80 || third == 0x87 || third >= 0xA1;
        if (second == 0x83)
            return third == 0xBB || third == 0xBC;
        return second >= 0x86;
    }
    if (first == 0xEF)
        return second != 0xBC || third != 0x8C;
    if (first == 0xC2 || first == 0xE2 || first >= 0xF0)
        return 1;
    return is_foreign_digit(at, end);
}

/* The bytes with which something can begin; of all others `look` only counts the place. */
static unsigned char telling[256];

static void
know_telling(void)
{
    for (int byte = 0; byte < 256; byte++)
        telling[byte] = byte >= 0xC2 || is_digit((unsigned char)byte) || byte == '"' ||
                        byte == '{' || byte == '[' || byte == '\\';
}

static int
look(const unsigned char *begin, Py_ssize_t length, Py_ssize_t deepest, const Names *names)
{
    const unsigned char *end = begin + length;
    Py_ssize_t brackets = 0;
    for (const unsigned char *at = begin; at < end; at++) {
        if (!telling[*at])
            continue;
        if (is_digit(*at)) {
            const unsigned char *run = at;
            while (at + 1 < end && is_digit(at[1]))
                at++;
            Py_ssize_t digits = at - run + 1;
            if (dubious_run(run, digits) || dubious_part(begin, run, digits, end))
                return 1;
        } else if (*at == '"') {
            if (is_named(at + 1, end, names))
                return 1;
        } else if (*at == '{' || *at == '[') {
            if (++brackets > deepest)
                return 1;
        } else if (*at == '\\') {
            return 1;
        } else if (is_chinese(at, end)) {
            if (is_numeral(at) && is_among_digits(begin, at, end))
                return 1;
            at += 2;
        } else if (is_disguise(at, end))
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
    Names names = {.count = given};
    if (given > MOST_NAMES) {
        PyErr_SetString(PyExc_ValueError, "too many names");
        return NULL;
    }
    for (Py_ssize_t i = 0; i < given; i++) {
        names.texts[i] = PyUnicode_AsUTF8(PyTuple_GET_ITEM(args[2], i));
        if (names.texts[i] == NULL)
            return NULL;
        names.begins[(unsigned char)names.texts[i][0]] = 1;
    }
    if (deepest == -1 && PyErr_Occurred())
        return NULL;
    return PyBool_FromLong(look((const unsigned char *)PyBytes_AS_STRING(args[0]),
                                PyBytes_GET_SIZE(args[0]), deepest, &names));
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
    know_telling();
    return PyModule_Create(&scan_module);
}
