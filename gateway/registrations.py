"""What a worker's newest availability said, sealed: it tells where they live and when born.

The market forgets what it does not need and the read model never has it, so it is kept here, for
the worker and their station: to show it, and to keep what only a station may say of somebody.
"""

import msgspec

from events.codec import encode
from events.facts import WorkerAvailable
from gateway.sealing import Vault


class Registrations:
    """The newest availabilities in a vault. Methods may raise StoreError."""

    def __init__(self, vault: Vault) -> None:
        self._vault = vault

    @property
    def is_on(self) -> bool:
        """Whether they can be kept."""
        return self._vault.is_on

    async def put(self, said: WorkerAvailable, *, at: int) -> None:
        """Seal an availability, in place of the one before."""
        plain = encode(said)
        await self._vault.put(said.zone, said.worker_id, said.station_id, plain, at=at)

    async def open(self, zone: str, worker_id: str) -> WorkerAvailable | None:
        """What was said last, or None. Raises SealedError.

        Who came with a leader who has been erased comes alone, as the market has it.
        """
        plain = await self._vault.open(zone, worker_id)
        if plain is None:
            return None
        said = msgspec.json.decode(plain, type=WorkerAvailable)
        is_led = said.crew is not None and said.crew.leader_id != worker_id
        if is_led and said.crew and await self.station_of(zone, said.crew.leader_id) is None:
            return msgspec.structs.replace(said, crew=None)
        return said

    async def station_of(self, zone: str, worker_id: str) -> str | None:
        """The station that registered a worker last, or None; nothing is opened for it."""
        sealed = await self._vault.sealed(zone, worker_id)
        return None if sealed is None else sealed.station_id

    async def erase(self, zone: str, worker_id: str, *, until: int | None = None) -> bool:
        """Erase it, one said after `until` excepted; whether there was something."""
        return await self._vault.erase(zone, worker_id, until=until)
