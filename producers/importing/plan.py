"""What a file adds to what its feed has said: the facts to publish, and nothing else."""

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Any, Final, NamedTuple

import msgspec

from events.codec import encode
from events.facts import Fact, JobAmended, JobCancelled, JobPosted
from events.rejections import Rejection
from events.texts import text
from producers.importing.history import ID_PREFIX, Known, Refusal, begins
from producers.importing.identity import digest
from producers.importing.rows import Problem
from producers.importing.vacancy import Vacancy
from producers.importing.when import CHINA

_AMENDABLE: Final = frozenset(JobAmended.__struct_fields__) - {"job_id", "zone"}


class Planned(NamedTuple):
    """A fact with its event id."""

    id: str
    fact: Fact


class Plan(msgspec.Struct):
    """What is to be published, in order, and the rows of the file counted by what becomes of them.

    `changed` are amended. `replaced` are cancelled, with everybody who is booked, and posted anew.
    `missing` are open jobs of the feed whose rows are gone and that stay open.
    """

    facts: list[Planned]
    problems: list[Problem]
    new: int = 0
    changed: int = 0
    replaced: int = 0
    unchanged: int = 0
    closed: int = 0
    missing: int = 0

    def add(self, fact: JobPosted | JobAmended | JobCancelled, said: int) -> None:
        """Publish a fact as the feed's `said`-th about its job.

        The id follows from the content and the place in that order: an import that is repeated, or
        that runs twice at a time, says the same thing under the same id.
        """
        id = f"{ID_PREFIX}{fact.job_id}:{said}:{digest(encode(fact).decode())[:8]}"
        self.facts.append(Planned(id, fact))


def make_plan(
    vacancies: Iterable[Vacancy],
    known: Mapping[str, Known],
    now: int,
    *,
    refused: Mapping[str, Refusal] | None = None,
    close_missing: bool = False,
    is_part: bool = False,
) -> Plan:
    """The plan for a file's rows at a time, UTC ms.

    `refused` are postings that the market did not take before; `is_part` says that the file holds
    only some of the feed's rows: then none is missing for good.
    """
    plan = Plan([], [])
    rows: dict[str, int] = {}
    unknown_rows = 0
    for vacancy in vacancies:
        unknown_rows += not vacancy.key
        if vacancy.key in rows:
            wrong = Rejection("row_repeated", row=rows[vacancy.key])
            plan.problems.append(Problem(vacancy.row, "", wrong))
            continue
        if vacancy.key:
            rows[vacancy.key] = vacancy.row
        if vacancy.posted is not None:
            old, before = known.get(vacancy.key), len(plan.facts)
            _plan_row(plan, vacancy, vacancy.posted, old, now)
            refusal = old.refused if old else (refused or {}).get(vacancy.key)
            if refusal is not None and len(plan.facts) > before:
                plan.problems.append(_refused(vacancy, refusal))
    gone = [one for key, one in known.items() if key not in rows and not one.is_over(now)]
    if not close_missing:
        plan.missing = len(gone)
    elif is_part:
        plan.missing = len(gone)
        plan.problems.append(Problem(0, "", Rejection("nothing_closed_of_a_page")))
    elif unknown_rows or not rows:
        plan.missing = len(gone)
        plan.problems.append(Problem(0, "", Rejection("nothing_closed", rows=unknown_rows)))
    else:
        for one in gone:
            _cancel(plan, one)
        plan.closed = len(gone)
    return plan


def _plan_row(plan: Plan, row: Vacancy, wanted: JobPosted, old: Known | None, now: int) -> None:
    if old is None:
        _post(plan, row, wanted, 1, now)
        return
    changes = _changes(old.posted, _comparable(wanted, old.posted))
    if not changes and not (old.closed_here and begins(wanted) > now):
        plan.unchanged += 1
    elif changes.keys() <= {"shifts", "expires_at"} and _is_years_later(old.posted, wanted):
        plan.unchanged += 1  # a date without its year, read again when another year is nearer
    elif old.cancelled and not old.closed_here and "shifts" not in changes:
        plan.unchanged += 1
        plan.problems.append(Problem(row.row, "", Rejection("clerk_cancelled"), is_note=True))
    elif old.is_over(now):
        _post(plan, row, wanted, old.generation + 1, now)
    elif begins(wanted) <= now:
        plan.problems.append(_begun(row))
    elif changes.keys() <= _AMENDABLE and None not in changes.values():
        plan.changed += 1
        plan.add(JobAmended(job_id=old.posted.job_id, zone=wanted.zone, **changes), old.said)
    else:
        plan.replaced += 1
        plan.problems.append(Problem(row.row, "", Rejection("job_replaced"), is_note=True))
        _cancel(plan, old)
        plan.add(_of_generation(wanted, old.generation + 1), 0)


def _post(plan: Plan, row: Vacancy, wanted: JobPosted, generation: int, now: int) -> None:
    if begins(wanted) <= now:
        plan.problems.append(_begun(row))
        return
    plan.new += 1
    plan.add(_of_generation(wanted, generation), 0)


def _cancel(plan: Plan, old: Known) -> None:
    why = text("import.gone", "zh-CN")
    cancelled = JobCancelled(job_id=old.posted.job_id, zone=old.posted.zone, reason=why)
    plan.add(cancelled, old.said)


def _begun(row: Vacancy) -> Problem:
    return Problem(row.row, "", Rejection("work_begun"))


def _of_generation(wanted: JobPosted, generation: int) -> JobPosted:
    """A row's second job, after the first is over, has an id of its own."""
    suffix = "" if generation == 1 else f".{generation}"
    return msgspec.structs.replace(wanted, job_id=f"{wanted.job_id}{suffix}")


def _comparable(wanted: JobPosted, old: JobPosted) -> JobPosted:
    """What is wanted, as an amendment can say it.

    An occupation stays while its title does, though the model has learnt, and with a title that it
    is not sure of; a name stays with its employer. A closing date that is gone is the first shift,
    as it is without one.
    """
    same_work = wanted.title == old.title or wanted.occupation is None
    is_named = wanted.employer_name is not None or wanted.employer_id != old.employer_id
    is_open = wanted.expires_at is None and old.expires_at is not None
    return msgspec.structs.replace(
        wanted,
        occupation=old.occupation if same_work else wanted.occupation,
        employer_name=wanted.employer_name if is_named else old.employer_name,
        expires_at=min(s.start for s in wanted.shifts) if is_open else wanted.expires_at,
    )


def _is_years_later(old: JobPosted, wanted: JobPosted) -> bool:
    """Whether the same days and hours are meant, some years on."""
    pairs = list(zip(old.shifts, wanted.shifts, strict=False))
    return len(old.shifts) == len(wanted.shifts) and all(
        _on_its_day(was.start) == _on_its_day(now.start)
        and was.end - was.start == now.end - now.start
        and was.start != now.start
        for was, now in pairs
    )


def _on_its_day(millis: int) -> tuple[int, ...]:
    """Month, day and minute in China's time."""
    local = datetime.fromtimestamp(millis / 1000, UTC) + CHINA
    return local.month, local.day, local.hour, local.minute


def _refused(row: Vacancy, refusal: Refusal) -> Problem:
    said = " / ".join(filter(None, refusal))  # a letter has it in both languages
    return Problem(row.row, "", Rejection("refused_before", value=said), is_note=True)


def _changes(old: JobPosted, wanted: JobPosted) -> dict[str, Any]:
    """The fields that differ, with their new values."""
    return {
        name: value
        for name in old.__struct_fields__
        if name != "job_id" and (value := getattr(wanted, name)) != getattr(old, name)
    }
