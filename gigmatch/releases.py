"""Finding a release by a name, as the commands do."""

from gigmatch.errors import SaidError
from matching.scorer import RULES, Scorer
from models.registry import Registry


def find(name: str, registry: Registry, *, none: str = "model.none") -> str:
    """The full id of a release that opens, by its id, its first characters, or `newest`.

    Raises UserError, whose text is `none`, when there is none of the name, or several, ReleaseError
    when it is damaged.
    """
    known = [info.release for info in registry.releases()]
    wanted = name.removeprefix("sha256:")
    found = [id for id in known if wanted and id.removeprefix("sha256:").startswith(wanted)]
    release = registry.newest() if name == "newest" else (found[0] if len(found) == 1 else name)
    try:
        registry.open(release)
    except KeyError:
        key = "model.several" if found else none
        raise SaidError(key, name=name, **({"n": len(found)} if found else {})) from None
    return release


def find_candidate(name: str, candidates: Registry) -> str:
    """The full id of a candidate, as `find` does."""
    return find(name, candidates, none="model.no_candidate")


def find_trained(name: str, registry: Registry) -> str:
    """The full id of a release, as `find` does. Raises UserError for the rules."""
    release = find(name, registry)
    if release == RULES:
        raise SaidError("model.rules_untrained", release=release)
    return release


def open_at_work(release: str, registry: Registry) -> Scorer:
    """The scorer at work. Raises UserError when this registry does not have it."""
    try:
        return registry.open(release)
    except KeyError:
        raise SaidError("model.not_here", release=release) from None
