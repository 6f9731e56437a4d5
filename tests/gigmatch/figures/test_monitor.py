"""The monitor: what it keeps, for how long, and that it reads what a process really says."""

import asyncio

import httpx
from prometheus_client import REGISTRY, generate_latest

from gigmatch.figures.monitor import Monitor
from gigmatch.figures.scraping import Round, Target, parsed, targets_of
from gigmatch.figures.types import QuarantineFigures
from gigmatch.health import HealthServer
from gigmatch.processes import free_port
from streams import metrics
from streams.stages import DECODE
from tests.gigmatch.figures.rounds import ADDRESS, counter, looked

EVERY_S = 5.0


def test_a_day_of_looks_is_kept_in_bounded_memory() -> None:
    monitor = Monitor([Target("matcher", ADDRESS)], EVERY_S)
    for number in range(24 * 3600 // 5):
        monitor.take(looked(number * EVERY_S, counter(number * 10)))
    assert len(monitor.points()) == 180
    assert len(monitor._rounds) == 13
    assert len(monitor._since) == 1
    assert monitor.figures().events == 2.0
    assert monitor.figures().window_s == 60.0


def test_channels_and_a_projectors_troubles_go_as_far_back_as_their_alerts() -> None:
    monitor = Monitor([Target("notifier", ADDRESS)], EVERY_S)
    for number in range(181):
        at = number * EVERY_S
        sent = f'gigmatch_notifier_sent_total{{channel="sms"}} {number}\n'
        failed = "".join(
            f'gigmatch_notifier_failed_total{{channel="sms",reason="{reason}"}} {count}\n'
            for reason, count in (("no_address", 2 * number), ("refused", 3 * number))
        )
        troubles = f"gigmatch_projector_troubles_total {number}\n"
        monitor.take(looked(at, counter(number) + sent + failed + troubles))
    assert len(monitor._long) == 121
    assert "gigmatch_events_total" not in monitor._long[-1].scrapes[ADDRESS].samples
    figures = monitor.figures()
    [sms] = figures.channels
    assert (sms.sent, sms.failed) == (180, 900)
    assert (sms.recent_sent, sms.recent_failed, sms.recent_no_address) == (120, 600, 240)
    assert figures.projector_troubles == 60


def test_of_several_projectors_the_one_that_fails_most_is_told() -> None:
    monitor = Monitor([], EVERY_S)
    for number in range(3):
        rounds = [
            looked(
                number * EVERY_S, f"gigmatch_projector_troubles_total {count}\n", address=address
            )
            for address, count in (("127.0.0.1:1", number), ("127.0.0.1:2", 4 * number))
        ]
        scrapes = {address: one for each in rounds for address, one in each.scrapes.items()}
        monitor.take(Round(number * EVERY_S, scrapes))
    assert monitor.figures().projector_troubles == 8


def test_only_points_after_a_time_are_told() -> None:
    monitor = Monitor([Target("matcher", ADDRESS)], EVERY_S)
    for number in range(5):
        monitor.take(looked(number * EVERY_S, counter(number)))
    assert [point.at for point in monitor.points(10_000)] == [15_000, 20_000]
    assert len(monitor.points()) == 4


def test_it_is_known_since_when_a_process_is_down() -> None:
    monitor = Monitor([Target("matcher", ADDRESS)], EVERY_S)
    for at, text in ((0, counter(1)), (5, None), (10, None)):
        monitor.take(looked(at, text))
    [matcher] = monitor.figures().processes
    assert (matcher.up, matcher.why, matcher.since) == (False, "refused", 5_000)
    assert (matcher.cpu, matcher.memory_bytes) == (None, None)


async def test_the_figures_are_what_metrics_says() -> None:
    health = HealthServer(0, "127.0.0.1", lambda: (True, ""))
    health.start()
    address = f"127.0.0.1:{health.port}"
    monitor = Monitor([Target("matcher", address)], 1.0)
    try:
        metrics.REJECTED.labels("of_this_test").inc(0)
        await monitor.look()
        metrics.REJECTED.labels("of_this_test").inc(7)
        metrics.LAG.labels(93).set(41)
        metrics.show_quarantine(93, {"511181-98": 2_000, "511181-99": 3_000})
        metrics.show_quarantine(93, {"511181-99": 3_000})
        await monitor.look()
        figures = monitor.figures()
        async with httpx.AsyncClient() as client:
            said = parsed((await client.get(f"http://{address}/metrics")).text)
    finally:
        await monitor.close()
        await asyncio.to_thread(health.stop)
        metrics.forget_partition(93)
    [reason] = [one for one in figures.reasons if one.code == "of_this_test"]
    assert (reason.total, reason.recent) == (7, 7)
    assert said["gigmatch_rejected_total"][("code", "of_this_test"),] == reason.total
    [partition] = [one for one in figures.partitions if one.partition == 93]
    assert (partition.lag, partition.owner) == (41, address)
    assert figures.quarantine == [QuarantineFigures(station_id="511181-99", since=3_000)]
    assert "511181-99" not in generate_latest().decode()
    assert figures.processes[0].up
    assert figures.processes[0].memory_bytes


async def test_what_does_not_answer_or_says_no_metrics_is_down() -> None:
    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readline()
        body = b'{"this": is no exposition'
        head = b"HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: %d\r\n\r\n" % len(body)
        writer.write(head + body)
        await writer.drain()
        writer.close()

    server = await asyncio.start_server(answer, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    targets = [Target("matcher", f"127.0.0.1:{free_port()}"), Target("odd", f"127.0.0.1:{port}")]
    monitor = Monitor(targets, 1.0)
    await monitor.look()
    await monitor.close()
    server.close()
    silent, odd = monitor.figures().processes
    assert not silent.up
    assert silent.why
    assert "no metrics" in odd.why


def test_the_setting_names_processes() -> None:
    assert targets_of("") == []
    assert targets_of("matcher=a:1,matcher=b:2,gateway=a:1") == [
        Target("gateway", "a:1"),
        Target("matcher", "b:2"),
    ]


def test_every_sample_of_ours_is_read() -> None:
    DECODE.observe(0.001)
    samples = parsed(generate_latest(REGISTRY).decode())
    assert "gigmatch_stage_seconds_bucket" in samples
    assert not any(name.endswith("_created") for name in samples)
