"""The webhook channel against a real HTTP server that is as bad as they get."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from random import Random

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gigmatch.processes import LOCALHOST, free_port
from streams.notifier.channels import Letter, Undelivered
from streams.notifier.webhook import (
    MOST_TRIES,
    SecretError,
    Timing,
    Webhook,
    pause_s,
    secret_key,
    signed_headers,
)
from tests.streams.notifier.receiver import SECRET, Behaviour, Receiver, receiving
from tests.streams.notifier.world import DUE

PATIENT = Timing(exchange_s=30.0, first_pause_s=0.01, longest_pause_s=0.05)
"""Repeats soon, but takes no busy machine's answer for one that never comes."""
HURRIED = msgspec.structs.replace(PATIENT, exchange_s=2.0)
"""For a receiver that stays silent."""
LETTER = Letter(
    message_id="511181-1-0.webhook",
    worker_id="W-1",
    address="openid-of-somebody",
    language="zh-CN",
    text="采茶工",
    items=(DUE,),
    patience_s=30.0,
)


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with receiving() as running:
        yield running


@pytest.fixture
async def webhook(receiver: Receiver) -> AsyncIterator[Webhook]:
    made = Webhook(receiver.url, SECRET, timing=PATIENT, random=Random(1))
    yield made
    await made.close()


async def failure(webhook: Webhook, letter: Letter = LETTER) -> Undelivered:
    with pytest.raises(Undelivered) as caught:
        await webhook.send(letter)
    return caught.value


def test_a_signature_is_that_of_standard_webhooks() -> None:
    """The example of its specification and libraries."""
    key = secret_key("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")
    headers = signed_headers(
        key, "msg_p5jXN8AQM9LWM0D4loKWxJek", 1_614_265_330, b'{"test": 2432232314}'
    )
    assert headers["webhook-signature"] == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="


@pytest.mark.parametrize(
    "secret", ["", "whsec_", "whsec_%%%", "whsec_c2hvcnQ=", "MfKQ9r8GKYqrTwjU"]
)
def test_what_is_no_secret_is_told_how_to_make_one(secret: str) -> None:
    with pytest.raises(SecretError, match="GIGMATCH_WEBHOOK_SECRET"):
        secret_key(secret)


async def test_a_message_goes_out_whole_signed_and_with_its_key(
    webhook: Webhook, receiver: Receiver
) -> None:
    assert await webhook.send(LETTER) == 1
    (request,) = receiver.requests
    assert request["signed"]
    assert request["headers"]["idempotency-key"] == LETTER.message_id
    assert request["text"] == "采茶工"
    assert request["to"] == "openid-of-somebody"
    assert request["notifications"][0]["offer_id"] == DUE.offer_id


@pytest.mark.parametrize("status", [200, 202, 204])
async def test_any_success_is_one(webhook: Webhook, receiver: Receiver, status: int) -> None:
    receiver.behaviours = [status]
    assert await webhook.send(LETTER) == 1


@pytest.mark.parametrize("first", [500, 503, 429, 408, 409, 425, "close"])
async def test_what_may_pass_is_tried_again_with_the_same_key(
    webhook: Webhook, receiver: Receiver, first: Behaviour
) -> None:
    receiver.behaviours = [first, first, 204]
    assert await webhook.send(LETTER) == 3
    assert {one["headers"]["webhook-id"] for one in receiver.requests} == {LETTER.message_id}
    assert len(receiver.taken) == 1


async def test_a_receiver_that_stays_silent_is_asked_again(receiver: Receiver) -> None:
    webhook = Webhook(receiver.url, SECRET, timing=HURRIED)
    receiver.behaviours = ["slow", 204]
    assert await webhook.send(LETTER) >= 2  # on a busy machine the 204 may come too late as well
    await webhook.close()
    assert {one["headers"]["webhook-id"] for one in receiver.requests} == {LETTER.message_id}


@pytest.mark.parametrize("status", [301, 307, 400, 401, 404, 410, 422])
async def test_a_no_that_stays_one_is_not_repeated(
    webhook: Webhook, receiver: Receiver, status: int
) -> None:
    receiver.behaviours = [status]
    why = await failure(webhook)
    assert (why.reason, why.tries, why.status) == ("refused", 1, status)
    assert len(receiver.requests) == 1


async def test_a_wrong_secret_is_refused_by_the_receiver(receiver: Receiver) -> None:
    other = Webhook(receiver.url, "whsec_" + "QUJD" * 8, timing=PATIENT)
    why = await failure(other)
    await other.close()
    assert (why.reason, why.status) == ("refused", 401)
    assert receiver.taken == {}


async def test_a_receiver_that_stays_broken_is_left_alone_after_some_tries(
    webhook: Webhook, receiver: Receiver
) -> None:
    receiver.behaviours = [500] * 20
    why = await failure(webhook)
    assert why.tries == MOST_TRIES
    assert why.reason == "circuit_open"
    assert len(receiver.requests) == MOST_TRIES - 1
    why = await failure(webhook)
    assert why.reason == "circuit_open"
    assert len(receiver.requests) == MOST_TRIES - 1


async def test_nobody_there_is_unreachable() -> None:
    webhook = Webhook(f"http://{LOCALHOST}:{free_port()}/", SECRET, timing=PATIENT)
    why = await failure(webhook)
    await webhook.close()
    assert why.reason in {"unreachable", "circuit_open"}
    assert why.status is None


async def test_an_endless_answer_is_not_read(webhook: Webhook, receiver: Receiver) -> None:
    receiver.behaviours = ["dribble"]
    assert await webhook.send(LETTER) == 1


async def test_nothing_is_tried_beyond_the_patience(webhook: Webhook, receiver: Receiver) -> None:
    receiver.behaviours = ["slow"] * 20
    hurried = msgspec.structs.replace(LETTER, patience_s=0.2)
    why = await failure(webhook, hurried)
    assert (why.reason, why.tries) == ("timed_out", 1)


@given(st.integers(1, 100), st.floats(0, 1e6), st.integers())
def test_pauses_double_spread_and_heed_the_receiver(tries: int, asked: float, seed: int) -> None:
    timing = Timing()
    pause = pause_s(tries, asked, timing, Random(seed))
    wanted = min(timing.first_pause_s * 2.0 ** (tries - 1), timing.longest_pause_s)
    assert pause >= max(wanted / 2, min(asked, timing.longest_pause_s))
    assert pause <= max(wanted, min(asked, timing.longest_pause_s))


async def test_a_receiver_that_asks_for_time_gets_the_message_later(
    webhook: Webhook, receiver: Receiver
) -> None:
    receiver.behaviours, receiver.retry_after = [429, 204], "60"
    assert await webhook.send(LETTER) == 2


async def test_one_workers_trouble_holds_up_nobody_else(
    webhook: Webhook, receiver: Receiver
) -> None:
    receiver.by_worker = {"W-slow": "slow", "W-gone": 410}
    slow = msgspec.structs.replace(LETTER, worker_id="W-slow", message_id="slow")
    waiting = asyncio.create_task(webhook.send(slow))
    for number in range(40):
        letter = msgspec.structs.replace(LETTER, message_id=f"m-{number}")
        assert await webhook.send(letter) == 1
    waiting.cancel()
    await asyncio.gather(waiting, return_exceptions=True)
    assert len(receiver.taken) == 40
