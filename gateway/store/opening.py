"""A store by its address."""

from typing import Final

from gateway.store.protocol import Store
from gateway.store.redis import RedisStore
from gateway.store.sqlite import SqliteStore
from gigmatch.errors import SaidError

_SQLITE: Final = "sqlite:"


def open_store(address: str) -> Store:
    """The store at `sqlite:PATH` or `redis://HOST:PORT/DB`.

    Raises UserError for another address, StoreError when a file cannot be opened.
    """
    if address.startswith(_SQLITE):
        return SqliteStore(address.removeprefix(_SQLITE))
    if address.startswith(("redis://", "rediss://", "unix://")):
        return RedisStore(address)
    raise SaidError("error.store_address", kind=address.partition(":")[0])
