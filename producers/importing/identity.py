"""Names that stay the same from one version of a file to the next."""

import base64
import hashlib
import re
from typing import Final

from events.personal import holds_personal_data
from events.values import END

LONGEST: Final = 16
_PLAIN: Final = re.compile(rf"^[A-Za-z0-9_-]{{1,{LONGEST}}}{END}")


def code_of(text: str, *, stated: bool = True) -> str:
    """A row's key as it stands in a job id: itself where that is possible, else its digest."""
    if stated and _PLAIN.search(text) and not holds_personal_data(text.encode()):
        return text
    return digest(text)


def employer_code(name: str) -> str:
    """The employer id of a name that comes without one."""
    return f"E-{digest(''.join(name.split()))}"


def digest(text: str) -> str:
    """Sixteen small letters and digits from 2 to 7: nothing that looks like a phone number."""
    hashed = hashlib.sha256(text.encode(errors="surrogatepass")).digest()
    return base64.b32encode(hashed)[:LONGEST].decode().lower()
