"""Releases as folders named by the sha256 of their manifest. Opening one trusts nothing.

A release is `<folder>/<sha256 of release.json>/` with `release.json`, the model as
`forest.msgpack` for the compiled kernel and as `model.onnx` for anything that reads ONNX, and
`CARD.md` for people. The manifest names the sha256 of every other file.
"""

import contextlib
import hashlib
import re
import shutil
import tempfile
from importlib.util import find_spec
from pathlib import Path
from typing import Final

import msgspec
import numpy as np

from events.phrases import translated
from gigmatch.errors import SaidError, in_each_language, system_says
from matching.features import FEATURES
from matching.scorer import RULES, RuleScorer, Scorer
from models import manifest as manifests
from models.forest import Forest
from models.manifest import SCHEMA, Manifest
from models.onnx_scorer import OnnxScorer
from models.reference import Reference

MANIFEST_FILE: Final = "release.json"
MODEL_FILE: Final = "model.onnx"
FOREST_FILE: Final = "forest.msgpack"
CARD_FILE: Final = "CARD.md"
COMPILED: Final = find_spec("models._trees") is not None

_RELEASE: Final = re.compile(r"sha256:([0-9a-f]{64})")


class ReleaseError(SaidError):
    """A release is there but must not be used; says what is wrong and what to do."""

    def __init__(self, release: str, problem: str, **details: object) -> None:
        """`problem` is its name in the translation table."""
        self.problem = in_each_language(f"release.{problem}", **details)
        super().__init__("release.refused", release=release, problem=self.problem)


class ReleaseInfo(msgspec.Struct, frozen=True):
    """A release in a registry. `error` is why it cannot be read; then `manifest` is None."""

    release: str
    manifest: Manifest | None
    error: ReleaseError | None = None


class Registry:
    """The releases in a folder. The built-in rules are always there as `rules:v1`."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._open: dict[str, Scorer] = {RULES: RuleScorer()}

    def open(self, release: str) -> Scorer:
        """The scorer of a release, checked: hashes, features and golden scores.

        Raises KeyError when there is no such release, ReleaseError when it is damaged.
        """
        if release not in self._open:
            self._open[release] = self._opened(release)
        return self._open[release]

    def has(self, release: str) -> bool:
        """Whether a release is here at all, damaged or not, or built in."""
        try:
            return release in self._open or bool(self._path(release))
        except KeyError:
            return False

    def manifest(self, release: str) -> Manifest:
        """The manifest of a release, its hash and form checked. Raises as `open`."""
        content = _content(release, self._path(release) / MANIFEST_FILE)
        if f"sha256:{hashlib.sha256(content).hexdigest()}" != release:
            raise ReleaseError(release, "changed", file=MANIFEST_FILE)
        return _decoded(release, content)

    def reference(self, release: str) -> Reference:
        """How the features looked in a release's training; empty where it does not say.

        Raises as `open`.
        """
        return () if release == RULES else self.manifest(release).reference

    def files(self, release: str) -> dict[str, bytes]:
        """All files of a release but its manifest, hashes checked. Raises as `open`."""
        manifest = self.manifest(release)
        _check_features(release, manifest.features)
        if odd := [name for name in manifest.files if Path(name).name != name]:
            raise ReleaseError(release, "odd_name", file=repr(odd[0]))
        if missing := {FOREST_FILE, MODEL_FILE} - manifest.files.keys():
            raise ReleaseError(release, "names_no", files=", ".join(sorted(missing)))
        return {name: self._file(release, name, hash) for name, hash in manifest.files.items()}

    def require_sound(self) -> None:
        """Open every release. Raises ReleaseError for the first that is damaged.

        A market cannot go on past the promotion of a release that does not open, and must not go
        on without it: every other node did. So whoever folds a log asks this before they begin.
        """
        for info in self.releases():
            if info.error is not None:
                raise info.error
            self.open(info.release)

    def releases(self) -> list[ReleaseInfo]:
        """All releases, oldest first; those whose manifest cannot be read come before."""
        names = [path.name for path in self._folder.glob("*") if _is_release(path)]
        infos = [self._info(f"sha256:{name}") for name in sorted(names)]
        return sorted(infos, key=lambda info: info.manifest.sequence if info.manifest else -1)

    def newest(self) -> str:
        """The readable release with the highest sequence, or the rules when there is none."""
        readable = [info.release for info in self.releases() if info.manifest]
        return readable[-1] if readable else RULES

    def add(self, manifest: Manifest, files: dict[str, bytes]) -> str:
        """Store a release and return its id; its sequence becomes the next of this registry.

        What is already here under another sequence is not stored twice.
        """
        known = [(info.release, info.manifest) for info in self.releases() if info.manifest]
        for release, other in known:
            if msgspec.structs.replace(manifest, sequence=other.sequence) == other:
                return release
        sequence = 1 + max((other.sequence for _, other in known), default=0)
        return self.keep(msgspec.structs.replace(manifest, sequence=sequence), files)

    def keep(self, manifest: Manifest, files: dict[str, bytes]) -> str:
        """Store a manifest as it is and return its id: so a folder of candidates is filled."""
        content = manifests.encode(manifest)
        name = hashlib.sha256(content).hexdigest()
        if not (self._folder / name).is_dir():
            _store(self._folder / name, {MANIFEST_FILE: content, **files})
        return f"sha256:{name}"

    def _path(self, release: str) -> Path:
        found = _RELEASE.fullmatch(release)
        if not found or not (path := self._folder / found.group(1)).is_dir():
            raise KeyError(release)
        return path

    def _info(self, release: str) -> ReleaseInfo:
        try:
            return ReleaseInfo(release, self.manifest(release))
        except ReleaseError as error:
            return ReleaseInfo(release, None, error)

    def _opened(self, release: str) -> Scorer:
        scorer = _scorer(release, self.files(release))
        manifest = self.manifest(release)
        _check_golden(release, scorer, manifest.golden)
        return scorer

    def _file(self, release: str, name: str, sha256: str) -> bytes:
        content = _content(release, self._path(release) / name)
        if hashlib.sha256(content).hexdigest() != sha256:
            raise ReleaseError(release, "other_file", file=name)
        return content


def _is_release(path: Path) -> bool:
    return path.is_dir() and _RELEASE.fullmatch(f"sha256:{path.name}") is not None


def _content(release: str, path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise ReleaseError(release, "unreadable", file=path.name, why=system_says(error)) from None


def _decoded(release: str, content: bytes) -> Manifest:
    """The manifest, if this version of gigmatch reads its schema."""
    try:
        manifest = manifests.decode(content)
    except msgspec.DecodeError as error:
        raise ReleaseError(
            release, "other_form", file=MANIFEST_FILE, why=translated(str(error))
        ) from None
    if manifest.schema != SCHEMA:
        raise ReleaseError(release, "schema", schema=manifest.schema, known=SCHEMA)
    return manifest


def _scorer(release: str, files: dict[str, bytes]) -> Scorer:
    """The compiled kernel where it is built and can run these trees, otherwise ONNX Runtime."""
    try:
        forest = Forest.decode(files[FOREST_FILE])
        return scorer_of(release, forest, files[MODEL_FILE])
    except Exception as error:  # ONNX Runtime's errors share no other base
        raise ReleaseError(release, "not_run", why=error) from error


def scorer_of(release: str, forest: Forest, model: bytes) -> Scorer:
    """The fastest scorer of a forest that runs here; its ONNX graph is for the others."""
    if COMPILED:
        from models.tree_scorer import TreeScorer  # noqa: PLC0415 (there only when compiled)

        with contextlib.suppress(ValueError):  # larger trees than the kernel's
            return TreeScorer(release, forest, len(FEATURES))
    return OnnxScorer(release, model, forest)


def _check_features(release: str, features: tuple[str, ...]) -> None:
    if features == FEATURES:
        return
    unknown = ", ".join(sorted(set(features) - set(FEATURES))) or "-"
    missing = ", ".join(sorted(set(FEATURES) - set(features))) or "-"
    raise ReleaseError(release, "features", unknown=unknown, missing=missing)


def _check_golden(release: str, scorer: Scorer, golden: manifests.Golden) -> None:
    """Equal to the bit: a machine that scores otherwise would replay a log otherwise."""
    p_accept, p_complete = scorer.probabilities(golden.rows())
    expected = np.array([golden.p_accept, golden.p_complete])
    wrong = (np.stack([p_accept, p_complete]) != expected).any(axis=0)
    if wrong.any():
        raise ReleaseError(release, "golden", wrong=wrong.sum(), total=len(wrong))


def _store(folder: Path, files: dict[str, bytes]) -> None:
    """Write a folder whole or not at all."""
    folder.parent.mkdir(parents=True, exist_ok=True)
    staging = Path(tempfile.mkdtemp(prefix=".", dir=folder.parent))
    try:
        staging.chmod(0o755)
        for name, content in files.items():
            (staging / name).write_bytes(content)
        staging.replace(folder)
    except BaseException:
        shutil.rmtree(staging, ignore_errors=True)
        raise
