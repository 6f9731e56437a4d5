"""From a log to a release that may follow the one at work, or to the reasons why not."""

from pathlib import Path
from typing import Final

import msgspec
import numpy as np

from gigmatch.errors import in_each_language
from gigmatch.learning import Learnt
from gigmatch.promotions import publish_promotion, read_promotions
from gigmatch.releases import open_at_work
from gigmatch.releasing import gate
from models.calibrated import TrainingError
from models.forest import Forest
from models.gate import Reason, Verdict
from models.registry import FOREST_FILE, MODEL_FILE, Registry, scorer_of
from models.release import build

DAY_MS: Final = 86_400_000


class Retrained(msgspec.Struct, frozen=True, kw_only=True):
    """What came of a retraining: a release, or none, and what speaks against it."""

    release: str
    promoted: bool
    at_work: str
    reasons: tuple[Reason, ...]
    verdict: Verdict | None = None


def retrain(
    learnt: Learnt,
    registry: Registry,
    about: str,
    *,
    days: float | None = None,
    groups: Path | None = None,
    promote_at: str | None = None,
) -> Retrained:
    """Train on a log, judge on its newest slice, and release what passes.

    Only offers of the last `days` are learnt from. `promote_at` is the broker at which a release
    that passed is promoted; nothing else ever is. Raises UserError, DeliveryError, KafkaException.
    """
    recent = learnt if days is None else _recent(learnt, days)
    at_work = open_at_work(learnt.at_work, registry)
    try:
        manifest, files = build(recent.data, recent.sources, about)
    except TrainingError as error:
        return _refused(learnt, (in_each_language(error.key, **error.details),), None)
    candidate = scorer_of("candidate", Forest.decode(files[FOREST_FILE]), files[MODEL_FILE])
    verdict = gate(recent, candidate, manifest, at_work, registry, groups)
    if not verdict.passed:
        return _refused(learnt, verdict.reasons, verdict)
    release = registry.add(manifest, files)
    registry.open(release)
    done = Retrained(
        release=release, promoted=False, at_work=learnt.at_work, reasons=(), verdict=verdict
    )
    if promote_at is None or release == learnt.at_work:
        return done
    if _was_taken_back(release, promote_at, registry):
        return msgspec.structs.replace(done, reasons=(in_each_language("model.taken_back"),))
    publish_promotion(release, promote_at)
    return msgspec.structs.replace(done, promoted=True)


def _was_taken_back(release: str, bootstrap: str, registry: Registry) -> bool:
    """Whether somebody has rolled a release back: then only somebody promotes it again."""
    promotions = read_promotions(bootstrap, registry.has).values()
    return any(release in one.taken_back for one in promotions)


def _refused(learnt: Learnt, reasons: tuple[Reason, ...], verdict: Verdict | None) -> Retrained:
    return Retrained(
        release="", promoted=False, at_work=learnt.at_work, reasons=reasons, verdict=verdict
    )


def _recent(learnt: Learnt, days: float) -> Learnt:
    """The offers of the last days of a log, and of its description what is of them."""
    if not len(learnt.data):
        return learnt
    since = int(learnt.data.times[-1]) - round(days * DAY_MS)
    data = learnt.data.take(np.asarray(learnt.data.times > since))
    sources = tuple(
        msgspec.structs.replace(source, offers=len(data), first=int(data.times[0]))
        if source.first <= since and len(learnt.sources) == 1
        else msgspec.structs.replace(source, first=max(source.first, since + 1))
        for source in learnt.sources
        if source.last > since
    )
    return learnt._replace(data=data, sources=sources)
