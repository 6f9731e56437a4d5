"""The address of a Redis, without its password in it: that stands in a file.

rediss://projector@redis:6380/0?ssl_ca_certs=/run/ca.pem&password_file=/run/secrets/projector
"""

from pathlib import Path
from typing import Final
from urllib.parse import SplitResult, parse_qsl, quote, urlencode, urlsplit, urlunsplit

from gigmatch.errors import SaidError, system_says

_OPTION: Final = "password_file"
_SCHEMES: Final = ("redis", "rediss", "unix")
_SHOWN: Final = 6


class RedisAddressError(SaidError):
    """What is no address, or whose password file cannot be read."""


def redis_url(address: str) -> str:
    """The URL that redis-py wants, with the password in it: not to be printed.

    Raises RedisAddressError.
    """
    parts = _split(address)
    if parts is None or parts.scheme not in _SCHEMES or not _has_port(parts):
        shown = f"{address.partition(':')[0][:_SHOWN]}:…"  # a password may be in the rest
        raise RedisAddressError("error.redis_address", address=shown)
    options = parse_qsl(parts.query, keep_blank_values=True)
    file = dict(options).get(_OPTION)
    if not file:
        return address
    try:
        password = Path(file).read_text(encoding="utf-8").strip()
    except OSError as error:
        raise RedisAddressError(
            "error.redis_password", path=file, why=system_says(error)
        ) from error
    user, _, place = parts.netloc.rpartition("@")
    netloc = f"{user}:{quote(password, safe='')}@{place}"
    rest = urlencode([(name, value) for name, value in options if name != _OPTION])
    return urlunsplit((parts.scheme, netloc, parts.path, rest, ""))


def _split(address: str) -> SplitResult | None:
    """Its parts; None for one with half of a bracket."""
    try:
        return urlsplit(address)
    except ValueError:
        return None


def _has_port(parts: SplitResult) -> bool:
    """Whether its port is one, or left out."""
    try:
        return parts.port is None or parts.port > 0
    except ValueError:
        return False
