"""Keys, links, codes and sessions let in whom they are for, while they are good."""

from collections.abc import AsyncIterator
from pathlib import Path

import msgspec
import pytest

from gateway.access.keys import BadKeyError, Keys
from gateway.access.passes import BadPassError, Passes
from gateway.access.principals import Worker
from gateway.access.sessions import Lasting, Sessions
from gateway.parts import now_ms
from gateway.store import Store, open_store

WORKER = Worker(zone="511181", worker_id="W-1", station_id="511181-05")
OLD, NEW = "an old signing key, long enough to be one", "a new signing key, long enough to be one"
HOUR = 3_600_000
DAY = 24 * HOUR
LASTING = Lasting(operator=43_200, worker=2_592_000, station=2_592_000)


class Clock:
    """A clock that is moved by hand, from now on: the store ends things by the real one."""

    def __init__(self) -> None:
        self.now = now_ms()

    def __call__(self) -> int:
        return self.now


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[Store]:
    opened = open_store(f"sqlite:{tmp_path / 'store.db'}")
    yield opened
    await opened.close()


@pytest.fixture
def clock() -> Clock:
    return Clock()


def passes(store: Store, clock: Clock, *signing_keys: str) -> Passes:
    return Passes(store, clock, signing_keys or (NEW,), link_ttl_s=600, code_ttl_s=600)


async def why_not(passes: Passes, *, link: str = "", code: str = "") -> str:
    with pytest.raises(BadPassError) as refused:
        await (passes.open_link(link) if link else passes.open_code(code))
    return refused.value.why


async def test_whoever_has_not_heard_the_answer_comes_in_with_the_same_attempt(
    store: Store, clock: Clock
) -> None:
    made = passes(store, clock)
    link, _ = made.link(WORKER)
    assert await made.open_link(link, "mine") == WORKER
    assert await made.open_link(link, "mine") == WORKER
    for attempt in ("", "1", "another's"):
        with pytest.raises(BadPassError) as refused:
            await made.open_link(link, attempt)
        assert refused.value.why == "used"


async def test_whoever_has_not_heard_the_answer_comes_in_with_the_same_code(
    store: Store, clock: Clock
) -> None:
    made = passes(store, clock)
    code, _ = await made.code(WORKER)
    assert await made.open_code(code, "mine") == WORKER
    assert await made.open_code(f"{code[:4]} {code[4:]}", "mine") == WORKER
    for attempt in ("", "1", "another's"):
        with pytest.raises(BadPassError) as refused:
            await made.open_code(code, attempt)
        assert refused.value.why == "unknown"
    await made.bar(WORKER.zone, WORKER.worker_id, lasts_s=3_600)
    with pytest.raises(BadPassError) as refused:
        await made.open_code(code, "mine")
    assert refused.value.why == "ended"


async def test_a_code_of_the_same_digits_is_another_code(store: Store, clock: Clock) -> None:
    made = passes(store, clock)
    code, _ = await made.code(WORKER)
    assert await made.open_code(code) == WORKER
    [(name, kept)] = (await store.all("code")).items()
    worker, made_at = msgspec.json.decode(kept, type=tuple[Worker, int])
    await store.put("code", name, msgspec.json.encode((worker, made_at + 1)))
    assert await made.open_code(code) == WORKER


async def test_a_link_is_good_once(store: Store, clock: Clock) -> None:
    made = passes(store, clock)
    link, _ = made.link(WORKER)
    assert await made.open_link(link) == WORKER
    assert await why_not(made, link=link) == "used"


async def test_a_link_that_anybody_has_changed_is_forged(store: Store, clock: Clock) -> None:
    made = passes(store, clock)
    link, _ = made.link(WORKER)
    body, *rest = link.rsplit(".", 2)
    other, _ = made.link(Worker(zone="511181", worker_id="W-2", station_id="511181-05"))
    assert await why_not(made, link=".".join([other.rsplit(".", 2)[0], *rest])) == "forged"
    assert await why_not(made, link=link[:-1]) == "forged"
    assert await why_not(made, link=body) == "forged"
    assert await why_not(passes(store, clock, OLD), link=link) == "forged"
    assert await made.open_link(link) == WORKER


async def test_a_link_signed_before_the_keys_were_rotated_is_good(
    store: Store, clock: Clock
) -> None:
    link, _ = passes(store, clock, OLD).link(WORKER)
    assert await passes(store, clock, NEW, OLD).open_link(link) == WORKER


async def test_a_link_has_its_time(store: Store, clock: Clock) -> None:
    made = passes(store, clock)
    link, ends = made.link(WORKER)
    clock.now = ends
    assert await why_not(made, link=link) == "stale"


async def test_a_code_is_good_once_however_it_is_spaced(store: Store, clock: Clock) -> None:
    made = passes(store, clock)
    code, _ = await made.code(WORKER)
    assert len(code) == 8
    assert code.isdigit()
    assert all(code not in key for key in await store.all("code"))
    assert await made.open_code(f"{code[:4]} {code[4:]}") == WORKER
    assert await why_not(made, code=code) == "unknown"


async def test_whoever_is_barred_has_no_session_link_or_code_left(
    store: Store, clock: Clock
) -> None:
    made, keys = passes(store, clock), Keys(store, clock)
    sessions = Sessions(store, keys, clock, LASTING)
    cookie, _ = await sessions.begin(WORKER)
    link, (code, _) = made.link(WORKER)[0], await made.code(WORKER)
    await made.bar(WORKER.zone, WORKER.worker_id, lasts_s=3_600)
    assert await sessions.find(cookie) is None
    assert await why_not(made, link=link) == "ended"
    assert await why_not(made, code=code) == "ended"
    clock.now += 1
    again, _ = made.link(WORKER)
    assert await made.open_link(again) == WORKER


async def test_what_the_log_said_earlier_does_not_let_in_again_what_has_ended(
    store: Store, clock: Clock
) -> None:
    made, sessions = passes(store, clock), Sessions(store, Keys(store, clock), clock, LASTING)
    began = clock.now
    cookie, _ = await sessions.begin(WORKER)
    clock.now += HOUR
    await made.bar(WORKER.zone, WORKER.worker_id, lasts_s=3_600)
    await made.bar(WORKER.zone, WORKER.worker_id, lasts_s=3_600, at=began - 1)
    assert await sessions.find(cookie) is None
    # A record whose clock is ahead ends what there is, and nothing that comes.
    await made.bar(WORKER.zone, WORKER.worker_id, lasts_s=3_600, at=clock.now + DAY)
    clock.now += 1
    cookie, session = await sessions.begin(WORKER)
    assert await sessions.find(cookie) == session


async def test_of_a_key_only_its_hash_is_kept(store: Store, clock: Clock) -> None:
    keys = Keys(store, clock)
    record, key = await keys.create("station", "t", zone="511181", station_id="511181-05")
    [kept] = (await store.all("key")).values()
    assert key.rpartition("_")[2].encode() not in kept
    assert (await keys.check(key)).principal == record.principal


@pytest.mark.parametrize("key", ["", "gm_", "gm_000000000000_" + "a" * 43, "x" * 500])
async def test_what_is_no_key_is_unknown(store: Store, clock: Clock, key: str) -> None:
    with pytest.raises(BadKeyError, match="unknown"):
        await Keys(store, clock).check(key)


async def test_a_rotated_key_goes_on_for_its_grace(store: Store, clock: Clock) -> None:
    keys = Keys(store, clock)
    record, old = await keys.create("station", "t", zone="511181", station_id="511181-05")
    rotated = await keys.rotate(record.key_id, grace_ms=HOUR)
    assert rotated is not None
    assert (await keys.check(old)).key_id == record.key_id
    clock.now += HOUR
    with pytest.raises(BadKeyError, match="stale"):
        await keys.check(old)
    assert (await keys.check(rotated[1])).station_id == "511181-05"
    assert await keys.rotate(record.key_id, grace_ms=HOUR) is None


async def test_a_revoked_key_takes_its_sessions_along(store: Store, clock: Clock) -> None:
    keys = Keys(store, clock)
    sessions = Sessions(store, keys, clock, LASTING)
    record, key = await keys.create("operator", "ops")
    cookie, session = await sessions.begin(record.principal)
    assert await sessions.find(cookie) == session
    await keys.revoke(record.key_id)
    assert await sessions.find(cookie) is None
    with pytest.raises(BadKeyError, match="revoked"):
        await keys.check(key)


async def test_a_session_goes_on_while_it_is_used_and_ends_when_it_is_not(
    store: Store, clock: Clock
) -> None:
    sessions = Sessions(store, Keys(store, clock), clock, LASTING)
    cookie, first = await sessions.begin(WORKER)
    for _ in range(10):  # each morning, for ten weeks
        clock.now += 7 * DAY
        found = await sessions.find(cookie)
        assert found is not None
        renewed = await sessions.renew(cookie, found)
        assert renewed == await sessions.find(cookie)
        assert renewed == msgspec.structs.replace(first, expires_at=clock.now + 30 * DAY)
    clock.now += 30 * DAY
    assert await sessions.find(cookie) is None


async def test_a_session_is_written_once_in_a_tenth_of_its_time(store: Store, clock: Clock) -> None:
    keys = Keys(store, clock)
    sessions = Sessions(store, keys, clock, LASTING)
    record, _ = await keys.create("operator", "ops")
    cookie, session = await sessions.begin(record.principal)
    assert session.expires_at == clock.now + 12 * HOUR
    clock.now += HOUR
    assert await sessions.renew(cookie, session) is None
    clock.now += HOUR
    renewed = await sessions.renew(cookie, session)
    assert renewed is not None
    assert renewed.expires_at == clock.now + 12 * HOUR


async def test_a_renewed_session_ends_as_any_other(store: Store, clock: Clock) -> None:
    made, keys = passes(store, clock), Keys(store, clock)
    sessions = Sessions(store, keys, clock, LASTING)
    records = [
        (await keys.create("station", "t", zone="511181", station_id="511181-05"))[0]
        for _ in range(3)
    ]
    revoked, expiring, left = [await sessions.begin(one.principal) for one in records]
    forgotten = await sessions.begin(WORKER)
    clock.now += 10 * DAY
    for cookie, session in (revoked, expiring, left, forgotten):
        assert await sessions.renew(cookie, session) is not None
    await keys.revoke(records[0].key_id)
    await keys.rotate(records[1].key_id, grace_ms=HOUR)
    await sessions.end(left[0])
    await made.bar(WORKER.zone, WORKER.worker_id, lasts_s=31 * 24 * 3_600)
    assert await sessions.find(expiring[0]) is not None
    clock.now += HOUR
    for cookie, _ in (revoked, expiring, left, forgotten):
        assert await sessions.find(cookie) is None


async def test_whoever_signs_out_while_a_session_is_renewed_is_signed_out(
    store: Store, clock: Clock
) -> None:
    sessions = Sessions(store, Keys(store, clock), clock, LASTING)
    cookie, session = await sessions.begin(WORKER)
    clock.now += 10 * DAY
    await sessions.end(cookie)  # after the request that renews has found it
    assert await sessions.renew(cookie, session) is None
    assert await store.all("session") == {}
