"""Two zones, each with a station in quarantine, a job, a worker and a dead letter of its own."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import msgspec

from gateway.operations import Letter
from gigmatch.figures.scraping import Target
from tests.gateway.serving import KeptLetters, serving
from tests.gateway.two_stations import FACTS_OF_THE_TOWN, OWN, posted, registered
from tests.projecting import answered, project
from tests.town import NOW, ZONE
from tests.worlds import record_of

THERE = "512000"
"""After ZONE, which is what is taken where none is named."""
STATION_THERE = f"{THERE}-01"
LETTER, LETTER_THERE, LETTER_OF_NOBODY = (f"market.events/0/{number}" for number in range(3))
FACTS = (
    *FACTS_OF_THE_TOWN,
    msgspec.structs.replace(registered("W-there", STATION_THERE), zone=THERE),
    msgspec.structs.replace(posted("J-there", STATION_THERE), zone=THERE),
    msgspec.structs.replace(posted("J-both", STATION_THERE), zone=THERE),
    posted("J-both", OWN),
)
_FIGURES = f"""# TYPE gigmatch_market_clock_timestamp_seconds gauge
gigmatch_market_clock_timestamp_seconds{{zone="{ZONE}"}} 1805068800
gigmatch_market_clock_timestamp_seconds{{zone="{THERE}"}} 1805068800
# TYPE gigmatch_market_open_jobs gauge
gigmatch_market_open_jobs{{zone="{ZONE}",station="{OWN}"}} 3
gigmatch_market_open_jobs{{zone="{THERE}",station="{STATION_THERE}"}} 40
# TYPE gigmatch_quarantine_since_timestamp_seconds gauge
gigmatch_quarantine_since_timestamp_seconds{{station="{OWN}"}} 1805068800
gigmatch_quarantine_since_timestamp_seconds{{station="{STATION_THERE}"}} 1805068800
"""


def project_both(redis_url: str) -> None:
    """Put both zones into a read model."""
    project(redis_url, answered(record_of(fact, offset) for offset, fact in enumerate(FACTS)))


def letters_of_both() -> KeptLetters:
    """A dead letter of each zone, and one whose zone cannot be told."""
    kept = KeptLetters()
    for origin, zone in ((LETTER, ZONE), (LETTER_THERE, THERE), (LETTER_OF_NOBODY, None)):
        kept.letters[origin] = _letter(origin, zone)
    return kept


def _letter(origin: str, zone: str | None) -> Letter:
    return Letter(
        origin=origin,
        code="not_json",
        field="value",
        reason={"zh-CN": "不是 JSON", "en": "no JSON"},
        ce_type="job.posted.v1",
        source="" if zone is None else f"/zones/{zone}/stations/05",
        size=7,
        at=NOW,
        preview="garbage",
        cut=False,
        zone=zone,
    )


@contextmanager
def process_of_both() -> Iterator[Target]:
    """A process that says the figures of both zones, the same each time."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Figures)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield Target("gateway", f"127.0.0.1:{server.server_port}")
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


class _Figures(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        self.send_response(200)
        self.end_headers()
        self.wfile.write(_FIGURES.encode())

    def log_message(self, format: str, *args: object) -> None:
        pass


@contextmanager
def serving_both(redis_url: str) -> Iterator[str]:
    """The address of a gateway of both zones, with a process to look at and dead letters."""
    project_both(redis_url)
    with process_of_both() as process:
        letters = letters_of_both()
        with serving(redis_url, scrape=(process,), scrape_s=1.0, dead_letters=letters) as address:
            yield address
