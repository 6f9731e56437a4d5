"""Keys from the command line: made, listed, rotated, revoked, each with a line in the audit."""

import base64
import json
import re
from collections.abc import AsyncIterator, Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import httpx
import msgspec
import pytest
import typer
from typer.testing import CliRunner

from events.audit import AuditRecorded
from events.topics import AUDIT
from gateway.app import create_app
from gateway.contacts import Contact, Contacts
from gateway.publishing import PublishError
from gateway.sealing import Vault, contact_keys
from gateway.store import open_store
from gigmatch.commands import contacts, keys
from gigmatch.errors import SaidError, UserError
from gigmatch.gateway_wishes import DeskPublishing
from gigmatch.logread import LogReader
from gigmatch.topics_admin import ensure_topics
from tests.brokers import MemoryBroker
from tests.gateway.serving import KeptLog, wishes_of

PLACE = ("511181", "W-1", "511181-05")


@pytest.fixture
def app(
    embedded_broker: MemoryBroker, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> typer.Typer:
    ensure_topics(embedded_broker.bootstrap, 1, 1)
    monkeypatch.setenv("GIGMATCH_KAFKA", embedded_broker.bootstrap)
    monkeypatch.setenv("GIGMATCH_STORE", f"sqlite:{tmp_path / 'store.db'}")
    monkeypatch.setenv("GIGMATCH_LANGUAGE", "en")
    monkeypatch.setattr("gigmatch.logs.configure_logs", lambda _: None)
    made = typer.Typer()
    keys.register(made)
    contacts.register(made)
    return made


def run(app: typer.Typer, *arguments: str) -> str:
    done = CliRunner().invoke(app, arguments, catch_exceptions=False)
    assert done.exit_code == 0, done.output
    return done.stdout


def told(printed: str) -> Any:
    """What a command says as JSON; the log of this process stands before it."""
    return json.loads(printed.splitlines()[-1])


def audited(broker: MemoryBroker) -> list[AuditRecorded]:
    with LogReader(broker.bootstrap) as reader:
        return [
            msgspec.json.decode(r.value or b"", type=AuditRecorded) for r in reader.read(AUDIT, 0)
        ]


def test_a_key_from_its_making_to_its_end(app: typer.Typer, embedded_broker: MemoryBroker) -> None:
    made = told(run(app, "station-key", "create", "511181-05", "--json"))
    assert made["key"].startswith(f"gm_{made['key_id']}_")
    [listed] = told(run(app, "station-key", "list", "--json"))
    assert (listed["station_id"], listed["zone"], listed["good"]) == ("511181-05", "511181", True)
    assert made["key"].removeprefix(f"gm_{made['key_id']}_") not in str(listed)

    rotate = ("station-key", "rotate", made["key_id"], "--grace-hours", "0", "--json")
    rotated = told(run(app, *rotate))
    run(app, "station-key", "revoke", rotated["key_id"])
    states = {
        line.split()[0]: line.split()[1]
        for line in run(app, "station-key", "list").split("\n")
        if line
    }
    assert states == {made["key_id"]: "stale", rotated["key_id"]: "revoked"}

    assert told(run(app, "operator-key", "list", "--json")) == []
    with pytest.raises(UserError, match="no such key"):
        run(app, "operator-key", "revoke", made["key_id"])
    with pytest.raises(UserError, match="not good any more"):
        run(app, *rotate)
    actions = [(line.action, line.subject, line.what) for line in audited(embedded_broker)]
    assert actions[:3] == [
        ("key_created", made["key_id"], "station 511181-05"),
        ("key_rotated", made["key_id"], "station 511181-05"),
        ("key_revoked", rotated["key_id"], "station 511181-05"),
    ]


def test_an_operators_key_is_for_the_zones_it_was_made_for(
    app: typer.Typer, embedded_broker: MemoryBroker
) -> None:
    create = ("operator-key", "create")
    some = told(run(app, *create, "Li", "--zones", "511181, 511123,511181", "--json"))
    every = told(run(app, *create, "Wu", "--role", "operator", "--json"))
    rotated = told(run(app, "operator-key", "rotate", some["key_id"], "--json"))
    zones = {
        one["key_id"]: one["zones"] for one in told(run(app, "operator-key", "list", "--json"))
    }
    assert zones == {
        some["key_id"]: ["511123", "511181"],
        every["key_id"]: None,
        rotated["key_id"]: ["511123", "511181"],
    }
    listed = run(app, "operator-key", "list")
    assert "reader    511123,511181 Li" in listed
    assert "operator  *            Wu" in listed
    assert [(line.action, line.what) for line in audited(embedded_broker)[-3:]] == [
        ("key_created", "reader 511123,511181"),
        ("key_created", "operator *"),
        ("key_rotated", "reader 511123,511181"),
    ]


@pytest.mark.parametrize(
    "zones", ["", ",", "51118", "5111811", "511181;511123", "*", "５１１１８１"]
)
def test_zones_that_are_none_make_no_key(app: typer.Typer, zones: str) -> None:
    """Nobody who mistypes a zone gets a key for all of them."""
    done = CliRunner().invoke(app, ["operator-key", "create", "Li", "--zones", zones])
    assert done.exit_code == 2
    assert "511181,511123" in done.output
    assert told(run(app, "operator-key", "list", "--json")) == []


def test_a_key_whose_line_the_broker_did_not_take_is_not_good(
    app: typer.Typer, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def down(self: DeskPublishing, line: AuditRecorded, *, id: str, source: str) -> None:
        raise PublishError("down")

    with monkeypatch.context() as broken:
        broken.setattr(DeskPublishing, "record", down)
        with pytest.raises(PublishError):
            run(app, "station-key", "create", "511181-05")
    [listed] = told(run(app, "station-key", "list", "--json"))
    assert not listed["good"]


def test_where_a_key_is_kept_is_said_and_that_nothing_was_there(
    app: typer.Typer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    levels: list[str] = []
    monkeypatch.setattr("gigmatch.logs.configure_logs", lambda to: levels.append(to.log_level))
    created = ["station-key", "create", "511181-05"]
    done = [CliRunner().invoke(app, created, catch_exceptions=False) for _ in (1, 2)]
    for one in done:
        assert re.fullmatch(r"gm_\S+", one.stdout.splitlines()[-1])
        assert str(tmp_path / "store.db") in one.stderr
        assert "note:" not in one.stderr
    assert ["has just been made" in one.stderr for one in done] == [True, False]
    assert levels == ["warning"] * 2, "the audit's line does not stand before the key"


def test_a_key_for_a_station_that_no_table_has_is_noted(app: typer.Typer) -> None:
    created = ["station-key", "create", "511181-99", "--json"]
    done = CliRunner().invoke(app, created, catch_exceptions=False)
    assert "511181-99 is in no table of stations" in done.stderr
    assert told(done.stdout)["key"]


def test_no_keys_at_all_are_said(app: typer.Typer, tmp_path: Path) -> None:
    done = CliRunner().invoke(app, ["operator-key", "list"], catch_exceptions=False)
    assert (done.stdout, done.stderr) == ("", f"no keys in {tmp_path / 'store.db'}\n")


@pytest.mark.parametrize("station", ["05", "51118-05", "511181-0 5"])
def test_a_station_that_is_none(app: typer.Typer, station: str) -> None:
    done = CliRunner().invoke(app, ["station-key", "create", station])
    assert done.exit_code == 2
    assert "511181-05" in done.output


@pytest.fixture
async def gateway(
    app: typer.Typer, redis_url: str, tmp_path: Path
) -> AsyncIterator[Callable[[], httpx.AsyncClient]]:
    """Browsers at a gateway whose store is the commands' own."""
    store = open_store(f"sqlite:{tmp_path / 'store.db'}")
    served = create_app(wishes_of(redis_url, store, KeptLog()))
    transport = httpx.ASGITransport(served)
    async with served.router.lifespan_context(served):
        yield lambda: httpx.AsyncClient(transport=transport, base_url="http://gateway")
    await store.close()


async def signed_in(browser: httpx.AsyncClient, key: str) -> Any:
    answer = await browser.post("/api/session", json={"key": key})
    assert answer.status_code == 200
    return answer.json()


async def test_sessions_end_with_their_key_and_with_no_other(
    app: typer.Typer, gateway: Callable[[], httpx.AsyncClient]
) -> None:
    def key(*command: str) -> Any:
        return told(run_aside(app, "operator-key", *command, "--json"))

    path = "/api/operator/keys"
    made = key("create", "Li", "--zones", "511181")
    other = key("create", "Wu", "--role", "operator")
    async with gateway() as old, gateway() as new, gateway() as others:
        await signed_in(old, made["key"])
        await signed_in(others, other["key"])
        rotated = key("rotate", made["key_id"], "--grace-hours", "1")
        assert (await signed_in(new, rotated["key"]))["zones"] == ["511181"]
        for browser in (old, new, others):  # an old key goes on for its grace, and its sessions
            assert (await browser.get(path)).status_code == 200
        key("rotate", made["key_id"], "--grace-hours", "0")
        ended = await old.get(path)
        assert (ended.status_code, ended.json()["type"]) == (401, "urn:gigmatch:sign_in_first")
        again = await old.post("/api/session", json={"key": made["key"]})
        assert again.json()["type"] == "urn:gigmatch:bad_key_stale"
        assert (await new.get(path)).status_code == 200
        run_aside(app, "operator-key", "revoke", rotated["key_id"])
        assert (await new.get(path)).status_code == 401
        bearer = {"authorization": f"Bearer {rotated['key']}"}
        revoked = await new.get(path, headers=bearer)
        assert revoked.json()["type"] == "urn:gigmatch:bad_key_revoked"
        assert (await others.get(path)).status_code == 200


async def test_contacts_are_sealed_with_the_newest_key(
    app: typer.Typer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    old, new = (run_aside(app, "contacts", "new-key").strip() for _ in range(2))
    store = open_store(f"sqlite:{tmp_path / 'store.db'}")
    contact = Contact(phone="13900001234")
    await Contacts(Vault(store, "contact", contact_keys([old]))).put(
        *PLACE, contact, now=946_684_800_000
    )
    file = tmp_path / "keys"
    file.write_text(f"{new}\n{old}\n")
    monkeypatch.setenv("GIGMATCH_CONTACT_KEYS_FILE", str(file))
    assert "1 contact or availability is sealed" in run_aside(app, "contacts", "rotate")
    opened = await Contacts(Vault(store, "contact", contact_keys([new]))).open(*PLACE[:2])
    assert opened == contact
    assert len(base64.b64decode(new.partition(":")[2])) == 32
    await store.close()


def run_aside(app: typer.Typer, *arguments: str) -> str:
    """Run a command that has a loop of its own, beside the test's."""
    with ThreadPoolExecutor(1) as aside:
        return aside.submit(run, app, *arguments).result()


def test_everything_about_keys_is_said_in_chinese_too(
    app: typer.Typer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GIGMATCH_LANGUAGE", "zh-CN")
    none = CliRunner().invoke(app, ["station-key", "list"], catch_exceptions=False)
    assert "里没有密钥" in none.stderr
    made = CliRunner().invoke(app, ["station-key", "create", "511181-99"], catch_exceptions=False)
    assert "没有哪张驿站表里有 511181-99" in made.stderr
    assert "请现在就收好" in made.stderr
    assert "有效  " in run(app, "station-key", "list")
    with pytest.raises(SaidError) as wrong:
        run(app, "station-key", "revoke", "000000000000")
    assert "没有密钥 000000000000" in wrong.value.told("zh-CN")
