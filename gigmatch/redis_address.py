"""The address of a Redis, without its password in it: that stands in a file.

rediss://projector@redis:6380/0?ssl_ca_certs=/run/ca.pem&password_file=/run/secrets/projector
"""

from pathlib import Path
from typing import Final
from urllib.parse import parse_qsl, quote, urlencode, urlsplit, urlunsplit

from gigmatch.errors import UserError

_OPTION: Final = "password_file"


class RedisAddressError(UserError):
    """A password file that cannot be read."""


def redis_url(address: str) -> str:
    """The URL that redis-py wants, with the password in it: not to be printed.

    Raises RedisAddressError.
    """
    parts = urlsplit(address)
    options = parse_qsl(parts.query, keep_blank_values=True)
    file = dict(options).get(_OPTION)
    if not file:
        return address
    try:
        password = Path(file).read_text(encoding="utf-8").strip()
    except OSError as error:
        raise RedisAddressError(
            f"the password for Redis cannot be read from {file}: {error.strerror}"
        ) from error
    user, _, place = parts.netloc.rpartition("@")
    netloc = f"{user}:{quote(password, safe='')}@{place}"
    rest = urlencode([(name, value) for name, value in options if name != _OPTION])
    return urlunsplit((parts.scheme, netloc, parts.path, rest, ""))
