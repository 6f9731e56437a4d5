"""What is freed goes back to the system: malloc keeps few arenas and nothing large."""

import subprocess
import sys

import pytest

# In a process of its own: the settings are for good, and other threads would have arenas already.
PROGRAM = """
import ctypes, re, sys, threading
from gigmatch.allocator import keep_memory_tight

libc = ctypes.CDLL(None)

class Mallinfo(ctypes.Structure):
    _fields_ = [(name, ctypes.c_size_t) for name in
        "arena ordblks smblks hblks mapped usmblks fsmblks used free keepcost".split()]

libc.mallinfo2.restype = Mallinfo
libc.malloc.restype = ctypes.c_void_p
libc.malloc.argtypes = [ctypes.c_size_t]
libc.free.argtypes = [ctypes.c_void_p]
libc.open_memstream.restype = ctypes.c_void_p
libc.malloc_info.argtypes = [ctypes.c_int, ctypes.c_void_p]
libc.fclose.argtypes = [ctypes.c_void_p]

def arenas():
    text, size = ctypes.c_char_p(), ctypes.c_size_t()
    file = libc.open_memstream(ctypes.byref(text), ctypes.byref(size))
    libc.malloc_info(0, file)
    libc.fclose(file)
    return len(re.findall(b"<heap nr=", text.value))

if sys.argv[1] == "tight":
    keep_memory_tight()

libc.free(libc.malloc(10_000_000))
before = libc.mallinfo2().mapped
libc.malloc(4_000_000)
mapped = libc.mallinfo2().mapped - before

together = threading.Barrier(7)
def takes():
    libc.malloc(100_000)
    together.wait()
threads = [threading.Thread(target=takes) for _ in range(6)]
for thread in threads:
    thread.start()
together.wait()
print(int(mapped >= 4_000_000), arenas())
"""


def _measured(how: str) -> tuple[bool, int]:
    run = subprocess.run(
        [sys.executable, "-c", PROGRAM, how], capture_output=True, text=True, check=True
    )
    is_mapped, arenas = run.stdout.split()
    return is_mapped == "1", int(arenas)


def test_large_pieces_are_mapped_one_by_one_and_threads_share_two_arenas() -> None:
    assert _measured("tight") == (True, 2)


def test_without_it_large_pieces_come_from_many_arenas() -> None:
    is_mapped, arenas = _measured("as it is")
    assert not is_mapped
    assert arenas > 2


def test_without_glibc_nothing_is_done(monkeypatch: pytest.MonkeyPatch) -> None:
    from gigmatch.allocator import keep_memory_tight

    monkeypatch.setattr("gigmatch.allocator.ctypes.CDLL", lambda name: object())
    keep_memory_tight()
