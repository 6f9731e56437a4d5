"""Names that stay the same from one version of a file to the next."""

import base64
import hashlib
import re
from functools import lru_cache
from typing import Final

from events.names import forbid_person
from events.personal import holds_personal_data, plain
from events.rejections import Rejection
from events.values import END

LONGEST: Final = 16
_BYTES: Final = 10
_PLAIN: Final = re.compile(rf"^[A-Za-z0-9_-]{{1,{LONGEST}}}{END}")
_SALT: Final = b"gigmatch import"
_COST: Final = 2**13
"""About 40 ms and 8 MiB: nobody tries ten thousand million numbers at that price."""


def code_of(text: str) -> str:
    """A row's key as it stands in a job id: itself where that is possible, else its digest."""
    is_number = _holds_number(text)
    if _PLAIN.search(text) and not is_number:
        return text
    return _short(_slow(_bytes(text)) if is_number else _quick(_bytes(text)))


def employer_code(name: str) -> str:
    """The employer id of a name that comes without one."""
    return f"E-{digest(''.join(name.split()))}"


def is_personal(text: str) -> bool:
    """Whether a text holds a phone or ID number, or looks like the name of a person."""
    if _holds_number(text):
        return True
    try:
        forbid_person("", text)
    except Rejection:
        return True
    return False


def _holds_number(text: str) -> bool:
    return holds_personal_data(plain(text.encode(errors="replace")))


def digest(text: str) -> str:
    """Sixteen small letters and digits from 2 to 7: nothing that looks like a phone number.

    Of what is personal it is made by scrypt (RFC 7914): it stands on the log for ever, and the
    number behind a quick digest is found by trying all there are.
    """
    return _short(_slow(_bytes(text)) if is_personal(text) else _quick(_bytes(text)))


def _bytes(text: str) -> bytes:
    return text.encode(errors="surrogatepass")


def _short(hashed: bytes) -> str:
    return base64.b32encode(hashed).decode().lower()


def _quick(data: bytes) -> bytes:
    return hashlib.sha256(data).digest()[:_BYTES]


@lru_cache(maxsize=10_000)
def _slow(data: bytes) -> bytes:
    return hashlib.scrypt(data, salt=_SALT, n=_COST, r=8, p=1, dklen=_BYTES)
