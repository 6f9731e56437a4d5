"""`gigmatch occupation`, as a person or a script runs it."""

import json
import os
import subprocess
import sys

import pytest

ENGLISH = {**os.environ, "GIGMATCH_LANGUAGE": "en"}


def run(*titles: str | bytes, input: bytes = b"") -> "subprocess.CompletedProcess[bytes]":
    return subprocess.run(
        [sys.executable, "-m", "gigmatch", "occupation", *titles],
        input=input, capture_output=True, timeout=120, check=False, env=ENGLISH,
    )  # fmt: skip


def test_titles_are_answered_a_line_each_in_their_order() -> None:
    done = run("焊工", "经理")
    assert done.returncode == 0
    sure, unsure = map(json.loads, done.stdout.splitlines())
    assert set(sure) == {"title", "code", "name", "confidence", "candidates"}
    assert (sure["title"], sure["code"], sure["name"]) == ("焊工", "6-18-02-04", "焊工")
    assert (unsure["code"], unsure["name"], len(unsure["candidates"])) == (None, None, 5)


def test_titles_come_from_standard_input_blank_lines_too() -> None:
    done = run(input="\ufeff保安员\r\n\n焊工".encode())
    told = [json.loads(line) for line in done.stdout.splitlines()]
    assert [one["title"] for one in told] == ["保安员", "", "焊工"]
    assert told[1] == {"title": "", "code": None, "name": None, "confidence": 0.0, "candidates": []}


def test_a_hyphen_is_standard_input() -> None:
    done = run("-", input="焊工\n".encode())
    assert [json.loads(line)["title"] for line in done.stdout.splitlines()] == ["焊工"]


def test_nothing_at_all_is_wrong_usage_where_somebody_types() -> None:
    typed, keyboard = os.openpty()
    argv = [sys.executable, "-m", "gigmatch", "occupation"]
    done = subprocess.run(
        argv, stdin=keyboard, capture_output=True, timeout=120, check=False, env=ENGLISH
    )
    os.close(typed)
    os.close(keyboard)
    assert done.returncode == 2
    assert b"Usage: " in done.stderr
    assert b"name some titles" in done.stderr


@pytest.mark.parametrize(
    ("titles", "input", "said"),
    [
        ((), "焊工\n".encode() + "焊工".encode("gbk"), b"line 2 is not UTF-8"),
        ((b"\xba\xb8",), b"", b"UTF-8"),
    ],
)
def test_what_is_not_utf8_is_one_line_of_error(
    titles: tuple[bytes, ...], input: bytes, said: bytes
) -> None:
    done = run(*titles, input=input)
    assert done.returncode == 1
    assert said in done.stderr
    assert done.stderr.count(b"\n") == 1
