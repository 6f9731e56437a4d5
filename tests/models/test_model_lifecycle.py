"""From a log to a release and back, as a person types it."""

import json
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import pytest
import typer
from typer.testing import CliRunner, Result

from events.envelope import Record
from events.facts import ModelPromoted
from events.topics import EVENTS
from gigmatch.commands.model import register
from gigmatch.fold import read_file
from gigmatch.learning import Learnt, learn
from gigmatch.promotions import (
    publish_promotion,
    read_promotions,
    release_at_work,
    release_before,
)
from gigmatch.retraining import retrain
from gigmatch.topics_admin import ensure_topics
from matching.scorer import RULES, Features, Probabilities, RuleScorer
from models.dataset import Dataset
from models.manifest import LogSource, Manifest
from models.parquet import write
from models.registry import Registry
from models.release import fingerprint
from models.replay import LogError, read_dataset
from producers.publisher import Publisher
from tests.brokers import Broker, BrokerKind
from tests.models.conftest import dataset_of
from tests.models.logbook import LogBook, live_through
from tests.typed import typed

runner = CliRunner()
Built = tuple[Manifest, dict[str, bytes]]


@pytest.fixture(scope="module")
def log(tmp_path_factory: pytest.TempPathFactory) -> Path:
    book = LogBook()
    live_through(book, seed=1, days=48)
    return book.write(tmp_path_factory.mktemp("log") / "log.jsonl")


@pytest.fixture
def bootstrap(new_broker: Callable[[BrokerKind], Broker]) -> str:
    """A broker with empty topics of one partition."""
    broker = new_broker("embedded")
    ensure_topics(broker.bootstrap, 1, 1)
    return broker.bootstrap


@pytest.fixture(scope="module")
def candidates(log: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with one candidate, trained on the log."""
    folder = tmp_path_factory.mktemp("candidates")
    releases = str(tmp_path_factory.mktemp("none"))
    trained = run("train", str(log), "--out", str(folder), "--releases", releases, "--json")
    assert trained.exit_code == 0, trained.stderr
    assert json.loads(trained.stdout)["trained_on"]["data"]
    return folder


def run(*arguments: str, language: str = "en") -> Result:
    app = typer.Typer()
    register(app)
    return runner.invoke(app, ["model", *arguments], env={"GIGMATCH_LANGUAGE": language})


def only(folder: Path) -> str:
    (path,) = folder.iterdir()
    return path.name


def release(
    log: Path, candidates: Path, releases: Path, *more: str, language: str = "en"
) -> Result:
    folders = ("--candidates", str(candidates), "--releases", str(releases))
    return run("release", only(candidates)[:12], str(log), *folders, *more, language=language)


def told(result: Result) -> dict[str, Any]:
    assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
    found: dict[str, Any] = json.loads(result.stdout)
    return found


def test_a_candidate_is_no_release_before_it_has_been_judged(
    log: Path, candidates: Path, tmp_path: Path
) -> None:
    judged = told(release(log, candidates, tmp_path, "--json"))
    assert judged["at_work"] == RULES
    assert judged["rows"] > 200
    manifest = Registry(candidates).manifest(f"sha256:{only(candidates)}")
    assert judged["first"] >= manifest.trained_on.tested_from
    assert judged["passed"] == (judged["reasons"] == [])
    assert bool(judged["release"]) == judged["passed"]
    assert Registry(tmp_path).newest() == (judged["release"] or RULES)


def test_the_evidence_beside_a_candidate_is_its_own(
    log: Path, candidates: Path, tmp_path: Path, built: Built
) -> None:
    """Not that of the newest release, which the log has not taught."""
    newest = Registry(tmp_path / "releases").add(*built)
    folders = ("--candidates", str(candidates), "--releases", str(tmp_path / "releases"))
    more = ("--out", str(tmp_path / "out"), "--replicates", "20", "--json", *folders)
    judged = told(run("evaluate", str(log), "--candidate", only(candidates)[:12], *more))
    assert judged["release"] == f"sha256:{only(candidates)}" != newest
    written = json.loads((tmp_path / "out" / "report.json").read_bytes())
    assert (written["trained_on_these"], written["older"]) == (True, 0)
    assert told(run("evaluate", str(log), *more))["release"] == newest
    both = run("evaluate", str(log), "--candidate", "1", "--release", newest, *more)
    assert "not both" in both.output
    unknown = run("evaluate", str(log), "--candidate", "77", *more)
    assert "There is no candidate 77" in str(unknown.exception)


def test_a_candidate_worse_than_the_release_at_work_is_refused(
    log: Path, candidates: Path, tmp_path: Path, built: Built
) -> None:
    """The made-up rows of the tests taught another market than the log's."""
    foreign = Registry(tmp_path / "foreign")
    foreign.keep(*built)
    registry = Registry(tmp_path / "releases")
    manifest = Registry(candidates).manifest(f"sha256:{only(candidates)}")
    at_work = registry.add(manifest, Registry(candidates).files(f"sha256:{only(candidates)}"))
    refused = release(log, tmp_path / "foreign", tmp_path / "releases", "--against", at_work)
    assert refused.exit_code == 1
    assert "against it: log loss of what became of the offers" in refused.stdout
    assert "is not released" in refused.stdout
    folders = (tmp_path / "foreign", tmp_path / "releases")
    refused = release(log, *folders, "--against", at_work, language="zh-CN")
    assert "不通过的原因：" in refused.stdout
    assert "没有发布" in refused.stdout
    assert registry.newest() == at_work


def test_a_table_does_for_the_log_it_was_read_from(
    log: Path, candidates: Path, tmp_path: Path
) -> None:
    data, source = read_dataset(log, 1, Registry(tmp_path / "none").open)
    table = tmp_path / "table.parquet"
    write(table, data, (source,))
    by_log = told(release(log, candidates, tmp_path / "by log", "--json"))
    by_table = told(release(table, candidates, tmp_path / "by table", "--json"))
    assert by_table == by_log
    broken = tmp_path / "broken.parquet"
    broken.write_bytes(table.read_bytes()[:-100])
    refused = release(broken, candidates, tmp_path / "by table")
    assert "broken.parquet is not used" in str(refused.exception)


def test_groups_without_their_columns_are_refused(
    log: Path, candidates: Path, tmp_path: Path
) -> None:
    groups = tmp_path / "groups.csv"
    groups.write_text("worker,age\nW1,60\n")
    refused = release(log, candidates, tmp_path, "--groups", str(groups))
    assert "must name the columns worker_id and group" in str(refused.exception)


def test_what_differs_between_two_releases(tmp_path: Path, built: Built, log: Path) -> None:
    manifest, files = built
    registry = Registry(tmp_path)
    first = registry.add(manifest, files)
    second = registry.add(msgspec.structs.replace(manifest, versions={}), files)
    shown = run("diff", first, second, "--releases", str(tmp_path))
    assert "features only one has: none" in shown.stdout
    assert "rank correlation 1.0000" in " ".join(shown.stdout.split())
    shown = run("diff", first, second, "--releases", str(tmp_path), language="zh-CN")
    assert "只有一方有的特征：无" in shown.stdout
    assert "等级相关 1.0000" in " ".join(shown.stdout.split())
    by_log = told(
        run("diff", first, second, "--releases", str(tmp_path), "--log", str(log), "--json")
    )
    assert by_log["scores"]["rows"] > 200
    assert by_log["scores"]["mean_difference"] == 0
    assert [side["sequence"] for side in by_log["sides"]] == [1, 2]


def test_a_rollback_promotes_what_was_at_work_before(
    tmp_path: Path, built: Built, bootstrap: str
) -> None:
    registry = Registry(tmp_path)
    first = registry.add(*built)
    where = ("--releases", str(tmp_path), "--kafka", bootstrap)
    refused = run("rollback", *where)
    assert "nothing has been promoted" in str(refused.exception)
    assert run("promote", first, *where).exit_code == 0
    second = registry.add(msgspec.structs.replace(built[0], versions={}), built[1])
    kept = run("promote", "newest", *where, "--unless-promoted")
    assert f"Nothing promoted: {first} is at work" in kept.stdout
    promoted = run("promote", second, *where, language="zh-CN")
    assert promoted.stdout == f"已在 1 个分区启用 {second}\n"
    assert told(run("rollback", *where, "--json")) == {"release": first, "partitions": 1}
    assert told(run("rollback", *where, "--json"))["release"] == RULES
    assert release_at_work(read_promotions(bootstrap, registry.has)) == RULES


def learnt_from(data: Dataset, at_work: str = RULES) -> Learnt:
    source = LogSource(
        sha256="0" * 64,
        records=1,
        offers=len(data),
        first=int(data.times[0]),
        last=int(data.times[-1]),
    )
    return Learnt(data, (source,), at_work)


def test_retraining_releases_what_beats_the_rules_and_promotes_nothing(
    registry: Registry,
    later: Dataset,
) -> None:
    done = retrain(learnt_from(later), registry, "a test")
    assert done.reasons == ()
    assert (done.release, done.promoted) == (registry.newest(), False)
    assert done.verdict is not None
    assert done.verdict.rows == registry.manifest(done.release).trained_on.test_rows


def test_retraining_on_too_little_releases_nothing(
    registry: Registry,
    later: Dataset,
    built: Built,
) -> None:
    at_work = registry.add(*built)
    few = later.take(later.times < later.times[300])
    done = retrain(learnt_from(few, at_work), registry, "a test", promote_at="127.0.0.1:1")
    assert (done.release, done.promoted, done.verdict) == ("", False, None)
    assert done.reasons
    assert registry.newest() == at_work


def test_what_learns_from_answers_by_chance_is_not_released(
    registry: Registry,
    later: Dataset,
    built: Built,
) -> None:
    """It is trained and judged, and beside a release that knows better it does not pass."""
    at_work = registry.add(*built)
    learnt = later.times < later.times[int(0.8 * len(later))]
    order = np.random.default_rng(1).permutation(int(learnt.sum()))
    accepted, completed, finished = (
        np.concatenate([column[learnt][order], column[~learnt]])
        for column in (later.accepted, later.completed, later.finished)
    )
    shuffled = dataset_of(later.features, accepted, completed, finished, later.times)
    done = retrain(learnt_from(shuffled, at_work), registry, "a test", promote_at="127.0.0.1:1")
    assert (done.release, done.promoted) == ("", False)
    assert done.verdict is not None
    assert not done.verdict.passed
    assert done.verdict.rows > 1_000
    assert done.reasons == done.verdict.reasons
    assert registry.newest() == at_work


def test_nobody_is_judged_on_what_the_release_at_work_has_learnt(
    registry: Registry, later: Dataset
) -> None:
    """A release of the last days knew most of the log's last fifth, and whoever had not, lost."""
    first = retrain(learnt_from(later), registry, "a test", days=20)
    since = registry.manifest(first.release).trained_on.tested_from
    again = retrain(learnt_from(later, first.release), registry, "a test")
    assert again.verdict is not None
    assert again.verdict.rows == int((later.times >= since).sum())


def test_the_card_of_a_release_of_the_last_days_counts_them(
    registry: Registry, later: Dataset
) -> None:
    done = retrain(learnt_from(later), registry, "a test", days=30)
    trained_on = registry.manifest(done.release).trained_on
    [source] = trained_on.logs
    recent = later.times > later.times[-1] - 30 * 86_400_000
    assert source.offers == int(recent.sum())
    assert source.first == int(later.times[recent][0])
    assert trained_on.days == pytest.approx(30, abs=0.1)


def test_retraining_beside_an_unknown_release_says_what_to_do(
    registry: Registry,
    later: Dataset,
) -> None:
    with pytest.raises(Exception, match="copy its folder here"):
        retrain(learnt_from(later, "sha256:" + "1" * 64), registry, "a test")


def test_what_passes_is_promoted_when_asked(
    registry: Registry, later: Dataset, bootstrap: str
) -> None:
    done = retrain(learnt_from(later), registry, "a test", days=60, promote_at=bootstrap)
    assert done.promoted
    assert release_at_work(read_promotions(bootstrap, registry.has)) == done.release
    learnt = learnt_from(later, done.release)
    again = retrain(learnt, registry, "a test", days=60, promote_at=bootstrap)
    assert (again.release, again.promoted) == (done.release, False)


def test_what_a_rollback_has_ended_is_not_promoted_by_itself(
    registry: Registry, later: Dataset, bootstrap: str
) -> None:
    done = retrain(learnt_from(later), registry, "a test", days=60, promote_at=bootstrap)
    before = release_before(read_promotions(bootstrap, registry.has))
    publish_promotion(before, bootstrap, is_rollback=True)
    again = retrain(learnt_from(later), registry, "a test", days=60, promote_at=bootstrap)
    assert (again.release, again.promoted) == (done.release, False)
    assert "gigmatch model promote" in again.reasons[0]["en"]
    publish_promotion(done.release, bootstrap)
    assert not any(
        done.release in one.taken_back for one in read_promotions(bootstrap, registry.has).values()
    )


def test_the_list_marks_what_is_at_work(tmp_path: Path, built: Built, bootstrap: str) -> None:
    registry = Registry(tmp_path)
    older = registry.add(*built)
    manifest, files = built
    newer = registry.add(msgspec.structs.replace(manifest, versions={}), files)
    shown = ("list", "--releases", str(tmp_path), "--json")
    assert all("at_work" not in one for one in json.loads(run(*shown).stdout))
    publish_promotion(older, bootstrap)
    marked = json.loads(run(*shown, "--at-work", "--kafka", bootstrap).stdout)
    assert {one["release"]: one["at_work"] for one in marked} == {older: True, newer: False}
    told = run("list", "--releases", str(tmp_path), "--at-work", "--kafka", bootstrap).stdout
    assert told.startswith(f"At work: {older}")
    assert "1 at work" in told
    told = run(*shown[:3], "--at-work", "--kafka", bootstrap, language="zh-CN").stdout
    assert told.startswith(f"正在评分：{older}")
    assert "1 正在评分" in told


def test_a_topic_is_learnt_from_like_its_file(
    log: Path, registry: Registry, built: Built, bootstrap: str
) -> None:
    records = [record for record in read_file(log) if record.topic == EVENTS]
    events = log.with_name("events.jsonl")
    events.write_bytes(b"".join(msgspec.json.encode(record) + b"\n" for record in records))
    publish_all(bootstrap, records)
    from_file, from_topic = (learn(logs, bootstrap, 1, registry) for logs in ([events], []))
    assert len(from_file.data) > 500
    assert fingerprint(from_file.data) == fingerprint(from_topic.data)
    assert from_topic.at_work == RULES
    release_id = registry.add(*built)
    publish_promotion(release_id, bootstrap)
    assert learn([], bootstrap, 1, registry).at_work == release_id


def test_a_topic_is_held_against_what_was_answered(
    registry: Registry, bootstrap: str, tmp_path: Path
) -> None:
    book = LogBook()
    live_through(book, seed=2, days=2)
    publish_all(bootstrap, book.records)
    seen: list[int] = []
    [source] = learn([], bootstrap, 1, registry, lambda: seen.append(1)).sources
    events = sum(one.topic == EVENTS for one in book.records)
    assert len(seen) == events < source.records == len(book.records)
    recorded = tmp_path / "recorded.jsonl"
    said = typed("replay", "--record", str(recorded), env={"GIGMATCH_KAFKA": bootstrap})
    assert said.code == 0, said.err
    assert learn([recorded], bootstrap, 1, registry).sources == (source,)


def test_a_topic_that_another_engine_answered_is_not_learnt_from(
    registry: Registry, bootstrap: str
) -> None:
    """The offers it replays to are not those that people answered: all would be taken for a no."""
    book = LogBook(lambda release: Hopeful())
    live_through(book, seed=2, days=2)
    publish_all(bootstrap, book.records)
    with pytest.raises(LogError, match="is not what this engine says there"):
        learn([], bootstrap, 1, registry)


def test_a_promotion_that_was_refused_is_not_at_work(
    tmp_path: Path, registry: Registry, built: Built, bootstrap: str
) -> None:
    """Whether its release has come here since or not."""
    book = LogBook()
    release_id = Registry(tmp_path / "elsewhere").add(*built)
    book.tell(ModelPromoted(release=release_id))
    live_through(book, seed=2, days=1)
    publish_all(bootstrap, book.records)
    assert learn([], bootstrap, 1, registry).at_work == RULES
    assert registry.add(*built) == release_id
    assert learn([], bootstrap, 1, registry).at_work == RULES


def test_nothing_is_learnt_beside_a_release_that_is_missing(
    tmp_path: Path, registry: Registry, built: Built, bootstrap: str
) -> None:
    """It was at work; passed over, a candidate would be judged beside the rules."""
    release_id = registry.add(*built)
    book = LogBook(registry.open)
    book.tell(ModelPromoted(release=release_id))
    live_through(book, seed=2, days=1)
    publish_all(bootstrap, book.records)
    assert learn([], bootstrap, 1, registry).at_work == release_id
    refused = run("retrain", "--releases", str(tmp_path / "none"), "--kafka", bootstrap)
    assert isinstance(refused.exception, LogError)
    assert f"promotes {release_id}, which is not in this registry" in str(refused.exception)


class Hopeful(RuleScorer):
    """Scores otherwise under the same name, as an engine of another version may."""

    def probabilities(self, features: Features) -> tuple[Probabilities, Probabilities]:
        accept, complete = super().probabilities(features)
        return np.sqrt(accept), complete


def test_retrain_reads_the_brokers_log_again_and_again_until_it_is_stopped(
    tmp_path: Path, bootstrap: str
) -> None:
    book = LogBook()
    live_through(book, seed=2, days=3)
    publish_all(bootstrap, [record for record in book.records if record.topic == EVENTS])
    output = tmp_path / "retrain.out"
    command = ("model", "retrain", "--releases", str(tmp_path / "releases"), "--every", "1s")
    with output.open("wb") as file:
        process = subprocess.Popen(
            [sys.executable, "-m", "gigmatch", *command, "--kafka", bootstrap, "--json"],
            stdout=file,
            stderr=subprocess.STDOUT,
        )
    try:
        give_up = time.monotonic() + 400
        while output.read_bytes().count(b"\n") < 2:
            assert process.poll() is None, output.read_text()
            assert time.monotonic() < give_up, output.read_text()
            time.sleep(0.2)
        process.send_signal(signal.SIGTERM)
        assert process.wait(180) == 0
    finally:
        process.kill()
        process.wait()
    first, second = map(json.loads, output.read_text().splitlines()[:2])
    assert first["at_work"] == second["at_work"] == RULES
    assert first["release"] == second["release"] == ""
    assert first["reasons"] == second["reasons"]
    assert "200 are needed" in first["reasons"][0]
    assert not first["promoted"]


def publish_all(bootstrap: str, records: list[Record]) -> None:
    publisher = Publisher(bootstrap, client_id="tests")
    for record in records:
        publisher.publish(
            record.topic,
            record.value,
            key=record.key,
            headers=record.headers,
            partition=0,
            timestamp=record.timestamp,
        )
    publisher.close()
