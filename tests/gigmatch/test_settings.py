"""Where settings come from, the first that has one wins."""

from pathlib import Path

import pytest

from events.texts import LANGUAGES, table
from gigmatch.errors import UserError
from gigmatch.settings import Settings, described, language_of_texts


@pytest.fixture(autouse=True)
def elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    for name in ("GIGMATCH_ENV", "GIGMATCH_KAFKA", "GIGMATCH_REDIS"):
        monkeypatch.delenv(name, raising=False)


def test_a_file_that_is_named_is_read_instead_of_the_one_here(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "gigmatch.env").write_text("GIGMATCH_KAFKA=here:1\nGIGMATCH_REDIS=redis://here/0\n")
    assert Settings().kafka == "here:1"
    other = tmp_path / "other.env"
    other.write_text("GIGMATCH_KAFKA='there:2'\n")
    monkeypatch.setenv("GIGMATCH_ENV", str(other))
    assert Settings().kafka == "there:2"
    assert Settings().redis == "redis://127.0.0.1:6379/0"
    assert {row["name"]: row["source"] for row in described("en")}["GIGMATCH_KAFKA"] == str(other)
    monkeypatch.setenv("GIGMATCH_KAFKA", "environment:3")
    assert Settings().kafka == "environment:3"


def test_a_file_that_is_gone_does_not_lead_to_another_market(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GIGMATCH_ENV", str(tmp_path / "gone.env"))
    with pytest.raises(UserError, match="GIGMATCH_ENV names"):
        Settings()


def test_a_setting_that_is_not_set_is_shown_as_nothing() -> None:
    """It was shown as Python's `None`, which one might have set it to."""
    values = {row["name"]: row["value"] for row in described("en")}
    unset = {f"GIGMATCH_{name.upper()}" for name, value in Settings() if value is None}
    assert {values[name] for name in unset} == {""}


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_setting_and_none_besides_is_described(language: str) -> None:
    assert all(row["description"] for row in described(language))
    rows = {key for key in table() if key.startswith("setting.")}
    assert rows == {f"setting.{name}" for name in Settings.model_fields}


def test_the_language_is_known_where_another_setting_is_wrong(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert language_of_texts() == "zh-CN"
    file = tmp_path / "gigmatch.env"
    file.write_text("GIGMATCH_LANGUAGE=en\nGIGMATCH_PARTITIONS=many\n")
    assert language_of_texts() == "en"
    monkeypatch.setenv("GIGMATCH_LANGUAGE", "fr")
    assert language_of_texts() == "zh-CN"
    monkeypatch.setenv("GIGMATCH_LANGUAGE", "en")
    monkeypatch.setenv("GIGMATCH_ENV", str(tmp_path / "gone.env"))
    assert language_of_texts() == "en"
