"""Names that stay: as they are where that is possible, and never a number that can be guessed."""

import base64
import hashlib

import pytest

from producers.importing.identity import code_of, digest, employer_code


@pytest.mark.parametrize("key", ["A1", "2030-16", "x" * 16])
def test_a_key_that_can_stand_in_an_id_does(key: str) -> None:
    assert code_of(key) == key


@pytest.mark.parametrize("text", ["采茶工 03", "x" * 17, "峨眉雪芽茶场"])
def test_another_stays_the_same_by_its_digest(text: str) -> None:
    assert code_of(text) == digest(text) == quick(text)


@pytest.mark.parametrize("text", ["采茶工", "Night Guard"])
def test_a_key_is_a_name_of_work_where_an_employer_would_be_a_person(text: str) -> None:
    assert code_of(text) == quick(text) != digest(text)


@pytest.mark.parametrize("text", ["13900001234", "王秀英13900001234", "١٣٩٠٠٠٠١٢٣٤"])
def test_a_key_with_a_number_has_no_digest_that_is_quick_to_try(text: str) -> None:
    assert code_of(text) == digest(text) != quick(text)


@pytest.mark.parametrize("text", ["13900001234", "王秀英13900001234", "王秀英"])
def test_nor_has_an_employer_who_is_a_person(text: str) -> None:
    assert quick(text) not in (digest(text), employer_code(text).removeprefix("E-"))
    assert len(digest(text)) == len(quick(text))
    assert digest(text) != digest(text + "x")


def quick(text: str) -> str:
    return base64.b32encode(hashlib.sha256(text.encode()).digest())[:16].decode().lower()
