"""Where the gateway keeps what is not on the log: keys, sessions, receipts, contacts."""

from gateway.store.opening import open_store
from gateway.store.protocol import Kind, Store, StoreError

__all__ = ["Kind", "Store", "StoreError", "open_store"]
