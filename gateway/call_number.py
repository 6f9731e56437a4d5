"""What a worker is called in the hall: three digits, as at the counter of a bank.

Their station tells it to them, their page shows it; to others in the hall it says nothing. Two of a
station may share one: both look, which does no harm.
"""

import hashlib
from typing import Final

_NUMBERS: Final = 1_000


def call_number(zone: str, worker_id: str) -> str:
    """The number of a worker, the same every day: `047`."""
    digest = hashlib.blake2b(f"{zone}/{worker_id}".encode(), digest_size=8).digest()
    return f"{int.from_bytes(digest, 'big') % _NUMBERS:03d}"
