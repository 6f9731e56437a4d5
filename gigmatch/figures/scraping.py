"""One look at the /metrics of each process that the settings name."""

import asyncio
import socket
import time
from collections.abc import Sequence
from typing import Final, NamedTuple

import httpx
from prometheus_client.parser import text_string_to_metric_families

from gigmatch.readiness import why_unready

TIMEOUT_S: Final = 3.0
MOST_BYTES: Final = 8 * 1024 * 1024
MOST_SAMPLES: Final = 50_000
_OTHERS: Final = frozenset(
    {
        "process_resident_memory_bytes",
        "process_start_time_seconds",
        "process_cpu_seconds_total",
    }
)

Labels = tuple[tuple[str, str], ...]
"""Names and values, in order of name."""
Samples = dict[str, dict[Labels, float]]
"""By the sample's name and its labels."""


class Target(NamedTuple):
    """A process: what it is, and host:port of its /metrics."""

    name: str
    address: str


class Scrape(NamedTuple):
    """What a process said, or why it said nothing; `unready`: why it is up and does no work."""

    target: Target
    samples: Samples
    why: str = ""
    unready: str = ""

    @property
    def up(self) -> bool:
        """Whether it answered."""
        return not self.why


class Round(NamedTuple):
    """One look at all of them; `at` is in seconds since 1970."""

    at: float
    scrapes: dict[str, Scrape]


def targets_of(setting: str) -> list[Target]:
    """The processes of GIGMATCH_SCRAPE, each address once."""
    pairs = (part.split("=", 1) for part in setting.split(",") if part)
    return list({address: Target(name, address) for name, address in pairs}.values())


async def scrape_all(client: httpx.AsyncClient, targets: Sequence[Target]) -> Round:
    """Look at all of them at once; never raises for one that does not answer."""
    at = time.time()
    processes = await _each_of(targets)
    scrapes = await asyncio.gather(*(_scrape(client, target) for target in processes))
    return Round(at, {scrape.target.address: scrape for scrape in scrapes})


async def _each_of(targets: Sequence[Target]) -> list[Target]:
    """Every process: a name with several addresses, as of a scaled service, stands for several.

    What cannot be resolved stays as it is: the look at it says why.
    """
    return [one for found in await asyncio.gather(*map(_resolved, targets)) for one in found]


async def _resolved(target: Target) -> list[Target]:
    host, _, port = target.address.rpartition(":")
    asked = asyncio.get_running_loop().getaddrinfo(
        host, port, family=socket.AF_INET, type=socket.SOCK_STREAM
    )
    try:
        found = await asyncio.wait_for(asked, TIMEOUT_S)
    except (OSError, UnicodeError):
        return [target]
    addresses = sorted({str(address[0]) for *_, address in found})
    if len(addresses) == 1:
        return [target]
    return [Target(target.name, f"{address}:{port}") for address in addresses]


async def _scrape(client: httpx.AsyncClient, target: Target) -> Scrape:
    try:
        text = await _read(client, f"http://{target.address}/metrics")
        samples = await asyncio.to_thread(parsed, text)
        return Scrape(target, samples, unready=await _unready(client, target))
    except (httpx.HTTPError, httpx.InvalidURL) as error:
        return Scrape(target, {}, str(error) or type(error).__name__)
    except ValueError as error:
        return Scrape(target, {}, f"what it says are no metrics: {error}"[:200])


async def _unready(client: httpx.AsyncClient, target: Target) -> str:
    """What its /healthz says against it; nothing where it has none."""
    try:
        answer = await client.get(f"http://{target.address}/healthz", timeout=TIMEOUT_S)
    except httpx.HTTPError:
        return "its /healthz does not answer"
    if answer.status_code != httpx.codes.SERVICE_UNAVAILABLE:
        return ""
    return why_unready(answer.status_code, answer.content)


async def _read(client: httpx.AsyncClient, url: str) -> str:
    body = bytearray()
    async with client.stream("GET", url, timeout=TIMEOUT_S) as answer:
        answer.raise_for_status()
        async for part in answer.aiter_bytes():
            body += part
            if len(body) > MOST_BYTES:
                raise ValueError(f"more than {MOST_BYTES} bytes")
    return body.decode()


def parsed(text: str) -> Samples:
    """The samples that are of interest here. Raises ValueError for what is no exposition."""
    samples: Samples = {}
    count = 0
    for family in text_string_to_metric_families(text):
        for sample in family.samples:
            if sample.name.endswith("_created"):
                continue
            if sample.name.startswith("gigmatch_") or sample.name in _OTHERS:
                labels = tuple(sorted(sample.labels.items()))
                samples.setdefault(sample.name, {})[labels] = sample.value
                count += 1
        if count > MOST_SAMPLES:
            raise ValueError(f"more than {MOST_SAMPLES} samples")
    return samples
