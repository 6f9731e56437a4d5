"""What would fill a job, for the gateway: `gigmatch explain --what-if` as a process of its own.

A market run again takes a processor for itself; beside the gateway it holds up nobody's answers,
and it can be ended when it takes too long.
"""

import asyncio
import os
import sys
from typing import Final

import msgspec
import structlog

from gateway.advice import AdviceError
from gateway.answers.terminal import AdviceChange, AdviceView
from gigmatch.advising import advice_lines, changes_words, people
from matching.whatif.search import WhatIf

LIMIT_S: Final = 60.0
_log = structlog.get_logger()


async def advise(zone: str, job_id: str, language: str) -> AdviceView:
    """What would fill an open job. Raises AdviceError."""
    options = ("--zone", zone, "--what-if", "--json")
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "gigmatch", "explain", *options),
        *("--", job_id),  # an id may look like an option
        env={**os.environ, "GIGMATCH_LANGUAGE": "en"},  # why not is for the log
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    try:
        out, err = await asyncio.wait_for(process.communicate(), LIMIT_S)
    except TimeoutError:
        raise AdviceError("too_long") from None
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
    if process.returncode != 0:
        _log.warning("no advice", job=job_id, why=err.decode(errors="replace")[-500:])
        raise AdviceError("failed")
    try:
        told = msgspec.json.decode(out, type=WhatIf)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        _log.warning("no advice", job=job_id, why=str(error))
        raise AdviceError("failed") from None
    return advice_view(told, language)


def advice_view(told: WhatIf, language: str) -> AdviceView:
    """Advice as the terminal shows it: sentences, and changes that can be made at once."""
    answers = [*told.enough, *([told.pair] if told.pair else []), *told.short]
    return AdviceView(
        job_id=told.job_id,
        feasible=told.now.feasible,
        expected=people(told.now.expected),
        open_places=told.now.open_places,
        lines=advice_lines(told, language, with_changes=False),
        changes=[
            AdviceChange(
                text=changes_words(answer.changes, language),
                amendment=answer.amendment,
                feasible=answer.outlook.feasible,
                expected=people(answer.outlook.expected),
                enough=answer.outlook.enough,
            )
            for answer in answers
        ],
    )
