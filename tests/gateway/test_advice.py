"""Searches for what would fill a job: one at a time, each to its end, and a line that ends."""

import asyncio
from unittest.mock import patch

import pytest

from gateway.advice import IN_LINE, AdviceDesk, AdviceError
from gateway.answers.terminal import AdviceView


class Searcher:
    """Finds advice as soon as it may."""

    def __init__(self) -> None:
        self.may = asyncio.Event()
        self.searched: list[str] = []

    async def __call__(self, zone: str, job_id: str, language: str) -> AdviceView:
        self.searched.append(job_id)
        await self.may.wait()
        return AdviceView(
            job_id=job_id, feasible=0, expected=0, open_places=1, lines=[], changes=[]
        )


async def test_whoever_waits_in_line_is_answered_and_one_too_many_is_told_so() -> None:
    searcher = Searcher()
    desk = AdviceDesk(searcher)
    first = asyncio.create_task(desk.find("511181", "J-0", "en"))
    await asyncio.sleep(0)
    for number in range(1, IN_LINE):
        assert desk.ask("511181", f"J-{number}", "en") is None
    with pytest.raises(AdviceError, match="busy"):
        desk.ask("511181", "J-one-too-many", "en")
    assert desk.ask("511181", "J-1", "en") is None  # who waits already may ask again
    searcher.may.set()
    assert (await first).job_id == "J-0"
    last = await desk.find("511181", f"J-{IN_LINE - 1}", "en")
    assert last.job_id == f"J-{IN_LINE - 1}"
    assert searcher.searched == [f"J-{number}" for number in range(IN_LINE)]
    await desk.close()


async def test_a_question_does_not_wait_for_ever_and_its_search_goes_on() -> None:
    searcher = Searcher()
    desk = AdviceDesk(searcher)
    with patch("gateway.advice.PATIENCE_S", 0.01), pytest.raises(AdviceError, match="too_long"):
        await desk.find("511181", "J-1", "en")
    searcher.may.set()
    assert (await desk.find("511181", "J-1", "en")).job_id == "J-1"
    assert searcher.searched == ["J-1"]
    await desk.close()
