"""What `gigmatch matcher` opens releases with."""

import pytest

from gigmatch.commands.matcher import scorers
from gigmatch.errors import UserError
from gigmatch.settings import PACKAGED_RELEASES, Settings
from matching.scorer import RULES
from models.registry import Registry

REGISTRY = Registry(PACKAGED_RELEASES)


def test_without_a_shadow_releases_are_opened_as_they_are() -> None:
    with scorers(Settings(), REGISTRY) as open_scorer:
        assert open_scorer(RULES) is REGISTRY.open(RULES)


def test_with_a_shadow_they_are_watched() -> None:
    newest = REGISTRY.newest()
    with scorers(Settings(shadow_release=newest[:14]), REGISTRY) as open_scorer:
        assert open_scorer(RULES) is not REGISTRY.open(RULES)
        assert open_scorer(RULES).release == RULES
        assert open_scorer(newest) is REGISTRY.open(newest)


def test_a_shadow_that_is_not_there_is_named_at_once() -> None:
    settings = Settings(shadow_release="sha256:77")
    with (
        pytest.raises(UserError, match="There is no release sha256:77"),
        scorers(settings, REGISTRY),
    ):
        pass
