import json
from pathlib import Path

from typer.testing import CliRunner

from events.codec import encode
from gigmatch.commands.simulate import register
from producers.simulator.people import workers
from producers.simulator.persons import audited_persons
from producers.simulator.simulation import TownSimulation
from producers.simulator.town import emeishan

START = 1_805_040_000_000


def test_everybody_of_a_town_is_known_to_the_audit() -> None:
    found = {one.worker_id: one for one in audited_persons(emeishan(), 3, 400)}
    assert len(found) == 452
    for person in workers(emeishan(), 3, 400):
        assert found[person.worker_id].township == person.station.number
    assert {one.age_band for one in found.values()} == {"16-29", "30-44", "45-59", "60+"}


def test_women_and_men_are_found_in_different_trades() -> None:
    people = workers(emeishan(), 3, 2_000)
    gender = {one.worker_id: one.gender for one in audited_persons(emeishan(), 3, 2_000)}

    def women(skill: str) -> float:
        found = [gender[person.worker_id] for person in people if list(person.skills) == [skill]]
        return found.count("female") / len(found)

    everybody = list(gender.values())
    assert 0.4 < everybody.count("female") / len(everybody) < 0.6
    assert women("tea_picking") > 0.6


def test_the_same_seed_gives_the_same_people() -> None:
    assert audited_persons(emeishan(), 3, 50) == audited_persons(emeishan(), 3, 50)
    assert audited_persons(emeishan(), 3, 50) != audited_persons(emeishan(), 4, 50)


def test_no_event_says_who_is_a_woman() -> None:
    simulation = TownSimulation(1, START, registered=60)
    said = [encode(timed.fact) for timed in simulation.advance(START + 6 * 3_600_000)]
    assert len(said) > 50
    for value in said:
        assert b"gender" not in value
        assert b"female" not in value
        assert b"age_band" not in value


def test_simulate_writes_people_and_explores(tmp_path: Path) -> None:
    import typer

    app = typer.Typer()
    register(app)
    log, people = tmp_path / "log.jsonl", tmp_path / "people.jsonl"
    options = ["--days", "0.5", "--registered", "120", "--explore-share", "0.5"]
    done = CliRunner().invoke(
        app, ["--out", str(log), "--persons", str(people), *options, "--json"]
    )
    assert done.exit_code == 0
    assert len(people.read_text().splitlines()) == 136
    assert json.loads(people.read_text().splitlines()[0])["worker_id"] == "W-00000"
    assert '"via":"exploration"' in _values(log)


def _values(log: Path) -> str:
    from base64 import b64decode

    lines = map(json.loads, log.read_text().splitlines())
    return "\n".join(b64decode(line["value"]).decode() for line in lines)
