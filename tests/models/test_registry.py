import hashlib
from pathlib import Path

import msgspec
import numpy as np
import pytest

from matching.features import FEATURES
from matching.scorer import RULES, RuleScorer
from models import manifest as manifests
from models.manifest import Golden, Manifest
from models.registry import FOREST_FILE, Registry, ReleaseError

Built = tuple[Manifest, dict[str, bytes]]


def folder_of(tmp_path: Path, release: str) -> Path:
    return tmp_path / "releases" / release.removeprefix("sha256:")


def test_a_release_opens_under_its_own_hash(registry: Registry, release: str) -> None:
    assert registry.open(release).release == release
    assert registry.open(release) is registry.open(release)


def test_the_rules_are_always_there(registry: Registry) -> None:
    assert isinstance(registry.open(RULES), RuleScorer)
    assert registry.newest() == RULES
    assert registry.releases() == []


@pytest.mark.parametrize("unknown", ["sha256:" + "1" * 64, "rules:v2", "../etc", ""])
def test_an_unknown_release_is_a_key_error(registry: Registry, unknown: str) -> None:
    with pytest.raises(KeyError):
        registry.open(unknown)


def test_a_tampered_model_file_is_refused(registry: Registry, release: str, tmp_path: Path) -> None:
    path = folder_of(tmp_path, release) / "model.onnx"
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)
    with pytest.raises(
        ReleaseError, match=r"model\.onnx is not the file .* \(gigmatch model list\)"
    ):
        registry.open(release)


def test_a_tampered_manifest_is_refused(registry: Registry, release: str, tmp_path: Path) -> None:
    path = folder_of(tmp_path, release) / "release.json"
    path.write_bytes(path.read_bytes().replace(b'"sequence":1', b'"sequence":9'))
    with pytest.raises(ReleaseError, match=r"release\.json has been changed"):
        registry.open(release)
    (damaged,) = registry.releases()
    assert damaged.error is not None
    assert damaged.error.problem["en"] == "release.json has been changed"
    assert registry.newest() == RULES


@pytest.mark.parametrize("name", ["model.onnx", "release.json"])
def test_a_missing_file_is_refused(
    registry: Registry, release: str, tmp_path: Path, name: str
) -> None:
    (folder_of(tmp_path, release) / name).unlink()
    with pytest.raises(ReleaseError, match=rf"{name} cannot be read \(No such file"):
        registry.open(release)


def test_other_features_are_refused_by_name(registry: Registry, built: Built) -> None:
    manifest, files = built
    features = (*FEATURES[1:], "shoe_size")
    release = registry.add(msgspec.structs.replace(manifest, features=features), files)
    with pytest.raises(ReleaseError, match="unknown here: shoe_size; not in the release: distance"):
        registry.open(release)


def test_another_order_of_features_is_refused(registry: Registry, built: Built) -> None:
    manifest, files = built
    release = registry.add(msgspec.structs.replace(manifest, features=FEATURES[::-1]), files)
    with pytest.raises(ReleaseError, match="in another order"):
        registry.open(release)


def test_a_newer_schema_is_refused(registry: Registry, built: Built) -> None:
    manifest, files = built
    release = registry.add(msgspec.structs.replace(manifest, schema=3), files)
    with pytest.raises(ReleaseError, match="its schema is 3, this gigmatch reads 2"):
        registry.open(release)


def test_a_manifest_of_another_form_is_refused(registry: Registry, tmp_path: Path) -> None:
    content = b'{"schema": 1}'
    release = f"sha256:{hashlib.sha256(content).hexdigest()}"
    folder_of(tmp_path, release).mkdir(parents=True)
    (folder_of(tmp_path, release) / "release.json").write_bytes(content)
    with pytest.raises(ReleaseError, match=r"has another form .*missing required field"):
        registry.open(release)


def test_wrong_golden_scores_are_refused(registry: Registry, built: Built) -> None:
    manifest, files = built
    first, *others = manifest.golden.p_accept
    golden = msgspec.structs.replace(
        manifest.golden, p_accept=(float(np.nextafter(first, 1)), *others)
    )
    release = registry.add(msgspec.structs.replace(manifest, golden=golden), files)
    with pytest.raises(
        ReleaseError, match="1 of 24 golden rows score otherwise than when released"
    ):
        registry.open(release)


def test_a_model_that_is_none_is_refused(registry: Registry, built: Built) -> None:
    manifest, files = built
    spoilt = {**files, FOREST_FILE: b"no trees"}
    hashes = {name: hashlib.sha256(content).hexdigest() for name, content in spoilt.items()}
    release = registry.add(msgspec.structs.replace(manifest, files=hashes), spoilt)
    with pytest.raises(ReleaseError, match="its model cannot be run"):
        registry.open(release)


def test_the_newest_is_the_last_added_and_nothing_is_stored_twice(
    registry: Registry, built: Built, release: str
) -> None:
    manifest, files = built
    others = {**manifest.files, "NOTES": "0" * 64}
    later = registry.add(msgspec.structs.replace(manifest, files=others), files)
    assert registry.newest() == later
    assert registry.add(manifest, files) == release
    assert [info.release for info in registry.releases()] == [release, later]


def test_a_tampered_card_is_refused(registry: Registry, release: str, tmp_path: Path) -> None:
    path = folder_of(tmp_path, release) / "CARD.md"
    assert "made-up rows of the tests" in path.read_text()
    path.write_text(path.read_text().replace("made-up", "real"))
    with pytest.raises(ReleaseError, match=r"CARD\.md is not the file that was released"):
        registry.open(release)


def test_a_file_outside_its_folder_is_refused(registry: Registry, built: Built) -> None:
    manifest, files = built
    named = {**manifest.files, "../../passwd": "0" * 64}
    release = registry.add(msgspec.structs.replace(manifest, files=named), files)
    with pytest.raises(ReleaseError, match=r"'\.\./\.\./passwd' is not the name of a file in it"):
        registry.open(release)


def test_a_manifest_without_a_model_is_refused(registry: Registry, built: Built) -> None:
    manifest, files = built
    named = {"model.onnx": manifest.files["model.onnx"]}
    release = registry.add(msgspec.structs.replace(manifest, files=named), files)
    with pytest.raises(ReleaseError, match=r"its manifest names no forest\.msgpack"):
        registry.open(release)


def test_who_folds_a_log_is_told_of_any_damage_first(
    registry: Registry, built: Built, release: str, tmp_path: Path
) -> None:
    registry.require_sound()
    manifest, files = built
    second = registry.add(msgspec.structs.replace(manifest, versions={}), files)
    (folder_of(tmp_path, second) / "model.onnx").write_bytes(b"broken")
    with pytest.raises(ReleaseError, match=f"{second} is refused: model"):
        registry.require_sound()
    (folder_of(tmp_path, second) / "release.json").write_bytes(b"{}")
    with pytest.raises(ReleaseError, match=r"release\.json has been changed"):
        registry.require_sound()
    assert [registry.has(id) for id in (release, second, RULES, "sha256:" + "1" * 64, "..")] == [
        True,
        True,
        True,
        False,
        False,
    ]


def test_a_candidate_is_kept_as_it_is_and_numbered_when_released(
    registry: Registry, built: Built, tmp_path: Path
) -> None:
    candidates = Registry(tmp_path / "candidates")
    candidate = candidates.keep(*built)
    assert candidates.keep(*built) == candidate
    assert candidates.manifest(candidate).sequence == 0
    release = registry.add(candidates.manifest(candidate), candidates.files(candidate))
    assert registry.manifest(release).sequence == 1
    assert registry.open(release).release == release
    assert registry.reference(release) == built[0].reference
    assert registry.reference(RULES) == ()


def test_values_that_training_never_saw_are_scored_all_the_same(
    registry: Registry, release: str
) -> None:
    """An unseen category, an absurd pay, a value that is missing or without end."""
    rows = np.zeros((5, len(FEATURES)), np.float32)
    rows[0, FEATURES.index("skill_level")] = 99
    rows[1, FEATURES.index("pay_yuan_day")] = 1e30
    rows[2] = np.nan
    rows[3] = np.inf
    rows[4] = -np.inf
    for p in registry.open(release).probabilities(rows):
        assert ((p > 0) & (p < 1)).all()


def test_a_golden_batch_survives_json_bit_for_bit(built: Built) -> None:
    manifest, _ = built
    again = manifests.decode(manifests.encode(manifest))
    assert again == manifest
    assert isinstance(again.golden, Golden)
    assert np.array_equal(again.golden.rows(), manifest.golden.rows(), equal_nan=True)
    assert np.isnan(again.golden.rows()[-1]).all()
