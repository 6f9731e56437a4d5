"""Keys from the command line: made, listed, rotated, revoked, each with a line in the audit."""

import base64
import json
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import msgspec
import pytest
import typer
from typer.testing import CliRunner

from events.audit import AuditRecorded
from events.topics import AUDIT
from gateway.contacts import Contact, Contacts
from gateway.publishing import PublishError
from gateway.sealing import Vault, contact_keys
from gateway.store import open_store
from gigmatch.commands import contacts, keys
from gigmatch.errors import UserError
from gigmatch.gateway_wishes import DeskPublishing
from gigmatch.logread import LogReader
from gigmatch.topics_admin import ensure_topics
from tests.brokers import MemoryBroker

PLACE = ("511181", "W-1", "511181-05")


@pytest.fixture
def app(
    embedded_broker: MemoryBroker, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> typer.Typer:
    ensure_topics(embedded_broker.bootstrap, 1, 1)
    monkeypatch.setenv("GIGMATCH_KAFKA", embedded_broker.bootstrap)
    monkeypatch.setenv("GIGMATCH_STORE", f"sqlite:{tmp_path / 'store.db'}")
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
    actions = [(line.action, line.subject) for line in audited(embedded_broker)]
    assert actions[:3] == [
        ("key_created", made["key_id"]),
        ("key_rotated", made["key_id"]),
        ("key_revoked", rotated["key_id"]),
    ]


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


@pytest.mark.parametrize("station", ["05", "51118-05", "511181-0 5"])
def test_a_station_that_is_none(app: typer.Typer, station: str) -> None:
    done = CliRunner().invoke(app, ["station-key", "create", station])
    assert done.exit_code == 2
    assert "511181-05" in done.output


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
    assert "1 contacts and availabilities" in run_aside(app, "contacts", "rotate")
    opened = await Contacts(Vault(store, "contact", contact_keys([new]))).open(*PLACE[:2])
    assert opened == contact
    assert len(base64.b64decode(new.partition(":")[2])) == 32
    await store.close()


def run_aside(app: typer.Typer, *arguments: str) -> str:
    """Run a command that has a loop of its own, beside the test's."""
    with ThreadPoolExecutor(1) as aside:
        return aside.submit(run, app, *arguments).result()
