"""A whole evaluation: everything that the report, its JSON and the model card are written from."""

from importlib.metadata import version

import msgspec

from matching.scorer import Scorer
from models.dataset import Dataset, split_by_time
from models.evidence.audit import Exposure, Person
from models.evidence.cases import Case, cases
from models.evidence.fairness import Audit, audit
from models.evidence.judge import Judgement, judge
from models.manifest import LogSource, Manifest

VERSION = 1


class Evaluation(msgspec.Struct, frozen=True, kw_only=True):
    """What was judged, on what, and all figures. Equal inputs give equal evaluations.

    `trained_on_these` says whether the release learnt from one of these very logs. `older` of the
    judged offers were made before `tested_from`, UTC ms, from which on it was tested: it may have
    learnt them, if they are of a log, or a market, that it learnt from (a log that has grown is
    another). Where none are older it has seen nothing of what is judged.
    """

    version: int
    release: str
    about: str
    trained_on_these: bool
    tested_from: int
    older: int
    sources: tuple[LogSource, ...]
    gigmatch: str
    judgement: Judgement
    audit: Audit | None
    cases: tuple[Case, ...]


class Audited(msgspec.Struct, frozen=True):
    """What an audit needs besides the offers: who people are, and who could have been asked."""

    persons: dict[str, Person]
    exposure: Exposure


def evaluate(
    data: Dataset,
    sources: tuple[LogSource, ...],
    scorer: Scorer,
    manifest: Manifest | None,
    audited: Audited | None = None,
    *,
    replicates: int = 200,
    seed: int = 0,
) -> Evaluation:
    """Evaluate a release (`manifest` is None for the built-in rules) on offers of logs.

    Raises TrainingError when there is too little to judge.
    """
    judgement = judge(data, scorer, replicates, seed)
    test = split_by_time(data.answered()).test
    learnt = set() if manifest is None else {log.sha256 for log in manifest.trained_on.logs}
    tested_from = 0 if manifest is None else manifest.trained_on.tested_from
    return Evaluation(
        version=VERSION,
        release=scorer.release,
        about="the built-in rules" if manifest is None else manifest.trained_on.text,
        trained_on_these=bool(learnt & {source.sha256 for source in sources}),
        tested_from=tested_from,
        older=int((test.times < tested_from).sum()),
        sources=sources,
        gigmatch=version("gigmatch"),
        judgement=judgement,
        audit=None
        if audited is None
        else audit(audited.exposure, audited.persons, test, scorer, replicates, seed),
        cases=cases(test, scorer, seed),
    )
