"""What is told goes on in the trace of what it follows from, to the receiver of a webhook."""

from collections.abc import Sequence

import msgspec

from events.emission import Telling
from events.notifications import NotificationAttempted, NotificationDue
from events.tracing import Trace, begun, read_traceparent, trace_of
from gigmatch.processes import LOCALHOST, free_port
from streams.notifier.channels import Adapter
from streams.notifier.contacts import Contact
from streams.notifier.courier import Courier
from streams.notifier.ledger import Attempt
from streams.notifier.traced import TracedNotices
from streams.notifier.webhook import Webhook
from tests.streams.notifier.receiver import SECRET, receiving
from tests.streams.notifier.test_partition import noted, partition
from tests.streams.notifier.test_webhook import PATIENT
from tests.streams.notifier.world import due
from tests.town import NOW
from tests.tracing import KeptSpans

FIRST, SECOND = (begun("/tests", id, share=1.0) for id in ("1", "2"))


class Book:
    def find(self, worker_id: str, channel: str, station_id: str) -> Contact:
        return Contact("openid-of-somebody")


def planned(*asked: tuple[NotificationDue, Trace | None]) -> tuple[Telling, Attempt]:
    """What is said of notifications, each with what it follows from; and what goes out."""
    one = partition()
    for offset, (message, after) in enumerate(asked):
        one.take(noted(Telling(id=f"due-{offset}", message=message, after=after), offset))
    one.plan(NOW)
    (attempted,) = one.plan(NOW + 5_000)
    one.take(noted(attempted, len(asked)))
    (attempt,) = one.attempts(NOW)
    return attempted, attempt


async def carried(spans: KeptSpans, adapter: Adapter, attempt: Attempt) -> Telling:
    courier = Courier({"webhook": adapter}, Book(), "zh-CN", TracedNotices(spans))
    courier.carry([attempt], NOW)
    await courier.finished.wait()
    (result,) = courier.results(NOW)
    await courier.close()
    return result


def hooked(number: int) -> NotificationDue:
    return due(number, channels=("webhook",))


async def test_each_try_is_a_span_and_its_receiver_may_go_on_with_it() -> None:
    spans = KeptSpans()
    attempted, attempt = planned((hooked(1), FIRST))
    assert isinstance(attempted.message, NotificationAttempted)
    assert attempted.after == FIRST.then("due-0")
    with receiving() as receiver:
        receiver.behaviours = [503, 204]
        webhook = Webhook(receiver.url, SECRET, timing=PATIENT, spans=spans)
        result = await carried(spans, webhook, attempt)
        places = [read_traceparent(one["headers"]["traceparent"]) for one in receiver.requests]
    assert spans.names == ["POST webhook", "POST webhook", "send webhook"]
    *tries, sent = spans.kept
    assert [span.at for span in tries] == places
    assert [span.error for span in tries] == ["503", ""]
    assert {span.parent for span in tries} == {sent.at} == {result.after}
    assert sent.parent == trace_of(attempted.headers)
    assert sent.error == ""


async def test_who_hears_of_several_is_in_the_trace_of_each() -> None:
    spans = KeptSpans()
    asked = ((hooked(1), None), (hooked(2), FIRST), (hooked(3), SECOND))
    attempted, attempt = planned(*asked)
    nobody = Webhook(f"http://{LOCALHOST}:{free_port()}/", SECRET, timing=PATIENT, spans=spans)
    await carried(spans, nobody, attempt)
    sent = [span for span in spans.kept if span.name == "send webhook"]
    assert [span.parent for span in sent] == [trace_of(attempted.headers), SECOND.then("due-2")]
    assert {span.error for span in sent} == {"circuit_open"}
    tries = [span for span in spans.kept if span.name == "POST webhook"]
    assert {(span.at.trace_id, span.error) for span in tries} == {(FIRST.trace_id, "no answer")}


def test_what_is_in_no_trace_begins_none() -> None:
    attempted, attempt = planned((hooked(1), None))
    assert trace_of(attempted.headers) is None
    assert attempt.trace is None


def test_traces_are_kept_with_what_waits() -> None:
    one = partition()
    one.take(noted(Telling(id="due", message=hooked(1), after=FIRST), 0))
    state = msgspec.msgpack.decode(msgspec.msgpack.encode(one.state()), type=type(one.state()))
    again = partition(state)
    again.plan(NOW)
    (attempted,) = again.plan(NOW + 5_000)
    assert attempted.after == FIRST.then("due")


def test_what_is_said_is_a_span_where_somebody_looks() -> None:
    spans = KeptSpans()
    traces: Sequence[Trace | None] = (None, begun("/tests", "1"), FIRST)
    for after in traces:
        TracedNotices(spans).published(Telling(id="x", message=hooked(1), after=after), 1)
    (span,) = spans.kept
    assert (span.name, span.parent) == ("emit notification.due", FIRST)
    assert span.at == FIRST.then("x")
