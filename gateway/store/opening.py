"""A store by its address."""

from typing import Final

from gateway.store.protocol import Store
from gateway.store.redis import RedisStore
from gateway.store.sqlite import SqliteStore

_SQLITE: Final = "sqlite:"


def open_store(address: str) -> Store:
    """The store at `sqlite:PATH` or `redis://HOST:PORT/DB`.

    Raises ValueError for another address, StoreError when a file cannot be opened.
    """
    if address.startswith(_SQLITE):
        return SqliteStore(address.removeprefix(_SQLITE))
    if address.startswith(("redis://", "rediss://", "unix://")):
        return RedisStore(address)
    raise ValueError(
        f"GIGMATCH_STORE is {address.partition(':')[0]}:…: write sqlite:PATH or redis://HOST:PORT/DB"
    )
