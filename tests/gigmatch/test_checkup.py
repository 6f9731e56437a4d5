"""What the doctor finds, each in its own surroundings."""

import asyncio
import re
import socket
import socketserver
import struct
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import pytest
from msgspec import json
from redis import Redis

from events.facts import ClockTicked
from events.topics import EVENTS
from gateway.contacts import Contact, Contacts
from gateway.sealing import Vault, contact_keys, new_contact_key
from gateway.store import open_store
from gigmatch import checkup
from gigmatch.checkup import KERNELS, Finding, examine
from gigmatch.health import HealthServer
from gigmatch.processes import LOCALHOST, free_port
from gigmatch.readmodel.keys import PARTITIONS, ZONES, progress_key, zone_key
from gigmatch.readmodel.progress import Progress
from gigmatch.readmodel.zone import ZoneDoc
from gigmatch.settings import Settings
from gigmatch.topics_admin import ensure_topics
from producers.publisher import Publisher
from tests.brokers import Broker, BrokerKind, MemoryBroker
from tests.town import NOW

FETCH = struct.pack(">h", 1)


@pytest.fixture(scope="module")
def bootstrap(embedded_broker: MemoryBroker) -> str:
    ensure_topics(embedded_broker.bootstrap, 2, 1)
    return embedded_broker.bootstrap


def findings(bootstrap: str, redis_url: str, **settings: Any) -> dict[str, Finding]:
    given = {"kafka": bootstrap, "redis": redis_url, "gateway_port": 0, **settings}
    return {finding.what: finding for finding in examine(Settings(**given))}


def test_a_sound_system_has_no_findings(bootstrap: str, redis_url: str, tmp_path: Path) -> None:
    found = findings(bootstrap, redis_url, store=f"sqlite:{tmp_path / 'store.db'}")
    assert found.keys() == {
        "broker and topics",
        "clock",
        "compiled core",
        "market clock",
        "model",
        "Redis",
        "stations",
        "store and contacts",
        "versions",
    }
    assert all(finding.ok for finding in found.values()), found
    assert "no events yet" in found["clock"].detail
    assert "no market yet" in found["market clock"].detail


def test_each_fault_says_what_to_do(redis_url: str, tmp_path: Path) -> None:
    away = f"{LOCALHOST}:{free_port()}"
    found = findings(
        away, "nonsense", releases=tmp_path / "none", stations=tmp_path / "stations.json"
    )
    assert "GIGMATCH_KAFKA" in found["broker and topics"].detail
    assert "GIGMATCH_REDIS" in found["Redis"].detail
    assert "GIGMATCH_RELEASES" in found["model"].detail
    assert "GIGMATCH_STATIONS" in found["stations"].detail
    assert not found["stations"].ok
    assert "clock" not in found


def test_the_doctor_speaks_chinese_too(redis_url: str, tmp_path: Path, bootstrap: str) -> None:
    store = f"sqlite:{tmp_path / 'store.db'}"
    for kafka, said in (
        (bootstrap, "个主题各 2 个分区"),
        (f"{LOCALHOST}:{free_port()}", "没有 Kafka 回答"),
    ):
        settings = Settings(
            kafka=kafka,
            redis=redis_url,
            store=store,
            stations=tmp_path / "none",
            gateway_port=free_port(),
        )
        found = {finding.what: finding.detail for finding in examine(settings, "zh-CN")}
        assert said in found["Kafka 与主题"]
        assert "网关会建" in found["存储与联系方式"]
        assert "个内核" in found["编译的内核"]
        assert "程序" in found["网关端口"]
    assert examine(Settings(kafka=kafka, redis=redis_url))[0].what == "broker and topics"


def test_a_store_whose_contacts_have_no_key_is_found(
    bootstrap: str, redis_url: str, tmp_path: Path
) -> None:
    address, key = f"sqlite:{tmp_path / 'store.db'}", new_contact_key()
    asyncio.run(keep_a_contact(address, key))
    known = findings(bootstrap, redis_url, store=address, contact_keys=key)["store and contacts"]
    assert known == Finding("store and contacts", True, known.detail)
    assert key.partition(":")[0] in known.detail
    for given in ("", new_contact_key()):
        found = findings(bootstrap, redis_url, store=address, contact_keys=given)
        assert not found["store and contacts"].ok
        assert key.partition(":")[0] in found["store and contacts"].detail
        assert key.partition(":")[2] not in found["store and contacts"].detail
    wrong = findings(bootstrap, redis_url, store="nowhere", contact_keys=key)["store and contacts"]
    assert (wrong.ok, "GIGMATCH_STORE" in wrong.detail) == (False, True)


async def keep_a_contact(address: str, key: str) -> None:
    store = open_store(address)
    contacts = Contacts(Vault(store, "contact", contact_keys([key])))
    await contacts.put("511181", "W-1", "511181-05", Contact(phone="13900001234"), now=NOW)
    await store.close()


@pytest.fixture
def with_old_record(new_broker: Callable[[BrokerKind], Broker]) -> str:
    """A broker of its own: that of the others has no events."""
    bootstrap = new_broker("embedded").bootstrap
    ensure_topics(bootstrap, 2, 1)
    publisher = Publisher(bootstrap, client_id="tests")
    publisher.publish_fact(ClockTicked(now=NOW), id="1", source="/tests", partition=0)
    publisher.publish(EVENTS, b"old", partition=1, timestamp=1_000_000_000_000)
    publisher.close()
    return bootstrap


def test_every_kernel_of_the_sources_is_looked_for() -> None:
    root = Path(__file__).parents[2]
    sources = {f"{path.parent.name}.{path.stem}" for path in root.glob("*/_[a-z]*.c")}
    assert sources == set(KERNELS)


def test_a_partition_whose_clock_stands_still_is_found(
    with_old_record: str, redis_url: str
) -> None:
    clock = findings(with_old_record, redis_url)["clock"]
    assert not clock.ok
    assert "partition 1" in clock.detail
    assert "gigmatch matcher" in clock.detail
    assert findings(with_old_record, redis_url, clock="external")["clock"].ok


ZONE, OTHER = "511181", "511123"
HOUR_MS = 3_600_000


def market_clock(
    redis_url: str, ahead: dict[str, int], language: str = "en", **settings: Any
) -> Finding:
    """What is found of markets whose clocks are so many hours ahead: their zones', partition's."""
    now = time.time_ns() // 1_000_000
    clocks = {whose: now + ahead.get(whose, 0) * HOUR_MS for whose in (ZONE, OTHER, "partition")}
    redis = Redis.from_url(redis_url)
    redis.flushall()
    redis.set(PARTITIONS, 1)
    for zone in (ZONE, OTHER):
        redis.sadd(ZONES, zone)
        redis.set(zone_key(zone), json.encode(ZoneDoc(zone=zone, clock=clocks[zone])))
    redis.set(progress_key(0), json.encode(Progress(clock=clocks["partition"])))
    redis.close()
    kafka = f"{LOCALHOST}:{free_port()}"
    what = {"en": "market clock", "zh-CN": "市场时间"}[language]
    found = examine(Settings(kafka=kafka, redis=redis_url, gateway_port=0, **settings), language)
    return next(one for one in found if one.what == what)


@pytest.mark.parametrize(
    ("ahead", "told"),
    [
        ({ZONE: 50}, "511181 stands at 20.*Z, 50.0 h ahead .*1 zone is ahead"),
        ({OTHER: 50, ZONE: 7}, "511123 stands at 20.*Z, 50.0 h ahead .*2 zones are ahead"),
        ({"partition": 50}, "stands at 20.*Z, 50.0 h ahead .*2 zones are ahead"),
    ],
)
def test_a_market_whose_clock_is_far_ahead_is_found(
    redis_url: str, ahead: dict[str, int], told: str
) -> None:
    found = market_clock(redis_url, ahead)
    assert not found.ok
    assert re.search(told, found.detail)
    assert "Check this machine's clock" in found.detail
    assert "比本机时钟快 50.0 小时" in market_clock(redis_url, ahead, "zh-CN").detail


def test_a_market_by_the_wall_clock_is_well_and_one_by_another_may_be_anywhen(
    redis_url: str,
) -> None:
    well = market_clock(redis_url, {ZONE: -50, OTHER: -50, "partition": -50})
    assert (well.ok, "not ahead of this machine's clock" in well.detail) == (True, True)
    simulated = market_clock(redis_url, {ZONE: 50}, clock="external")
    assert (simulated.ok, "others write the ticks" in simulated.detail) == (True, True)


def test_a_broker_that_answers_and_sends_no_records_is_found(
    with_old_record: str, redis_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(checkup, "_FETCH_TIMEOUT_S", 2.0)
    with line_without_fetches(with_old_record) as address:
        found = findings(address, redis_url)
    assert not found["broker and topics"].ok
    assert "sends no record of market.events, partition 0" in found["broker and topics"].detail
    assert "gigmatch doctor" not in str(found)


@contextmanager
def line_without_fetches(bootstrap: str) -> Iterator[str]:
    """The address of a proxy that passes everything on to a broker but fetches."""
    behind = int(bootstrap.rpartition(":")[2])

    class Line(socketserver.BaseRequestHandler):
        def handle(self) -> None:
            with socket.create_connection((LOCALHOST, behind)) as broker:
                back = threading.Thread(target=self.answer, args=(broker,))
                back.start()
                with suppress(OSError, struct.error):
                    while frame := frame_of(self.request):
                        if frame[4:6] != FETCH:
                            broker.sendall(frame)
                with suppress(OSError):
                    broker.shutdown(socket.SHUT_RDWR)
                back.join()

        def answer(self, broker: socket.socket) -> None:
            """Who asks where the broker is shall come back to this line."""
            real, here = (LOCALHOST.encode() + struct.pack(">i", port) for port in (behind, line))
            with suppress(OSError, struct.error):
                while frame := frame_of(broker):
                    self.request.sendall(frame.replace(real, here))

    with socketserver.ThreadingTCPServer((LOCALHOST, 0), Line) as server:
        server.daemon_threads = True
        line = server.server_address[1]
        threading.Thread(target=server.serve_forever, daemon=True).start()
        try:
            yield f"{LOCALHOST}:{line}"
        finally:
            server.shutdown()


def frame_of(sender: socket.socket) -> bytes:
    """A message of the Kafka protocol with its length before it. Raises struct.error at the end."""
    head = received(sender, 4)
    return head + received(sender, struct.unpack(">i", head)[0])


def received(sender: socket.socket, size: int) -> bytes:
    got = b""
    while len(got) < size and (part := sender.recv(size - len(got))):
        got += part
    return got


@pytest.mark.parametrize("ready", [True, False])
def test_one_of_our_programs_on_a_port_is_asked(
    bootstrap: str, redis_url: str, ready: bool
) -> None:
    server = HealthServer(0, LOCALHOST, lambda: (ready, "partition 3 stands still"))
    server.start()
    try:
        port = findings(bootstrap, redis_url, metrics_port=server.port)["metrics port"]
    finally:
        server.stop()
    assert port.ok is ready
    assert ready or "partition 3 stands still" in port.detail


def test_another_program_on_the_port_is_found(bootstrap: str, redis_url: str) -> None:
    with socket.create_server((LOCALHOST, 0)) as server:

        def answer() -> None:
            with server.accept()[0] as client:
                client.recv(1000)
                client.sendall(b"220 mail\r\n")

        thread = threading.Thread(target=answer)
        thread.start()
        port = server.getsockname()[1]
        found = findings(bootstrap, redis_url, gateway_port=port)["gateway port"]
        thread.join()
    assert not found.ok
    assert "GIGMATCH_GATEWAY_PORT" in found.detail


def test_a_free_port_is_no_fault(bootstrap: str, redis_url: str) -> None:
    assert findings(bootstrap, redis_url, gateway_port=free_port())["gateway port"].ok
