"""What a posting leaves out and can be told from its title, filled in before it is published."""

from typing import NamedTuple

import msgspec

from events.facts import JobPosted
from events.texts import text
from gigmatch.explaining import listed
from gigmatch.facts_file import FactLine
from models.occupations import Answer, answer, name_of


class Filled(NamedTuple):
    """A fact as it goes out; for a posting without an occupation, what its title said."""

    line: FactLine
    answer: Answer | None = None
    job_id: str = ""

    def told(self, language: str) -> str:
        """One line for the person who publishes; empty when there was nothing to fill in."""
        if self.answer is None:
            return ""
        if self.answer.code is not None:
            return text(
                "publish.filled",
                language,
                job=self.job_id,
                code=self.answer.code,
                name=self.answer.name,
                confidence=self.answer.confidence,
            )
        near = [f"{code} {name_of(code)}" for code in self.answer.candidates]
        found = listed(near or [text("publish.none_near", language)], language)
        return text("publish.unsure", language, job=self.job_id, found=found)


def with_occupation(line: FactLine) -> Filled:
    """A posting with the occupation of its title, if it has none and the model is sure.

    Every other byte stays as it was. A field that is there stays, also when it is null.
    """
    fact = line.fact
    if not isinstance(fact, JobPosted) or "occupation" in msgspec.json.decode(line.data):
        return Filled(line)
    said = answer(fact.title)
    if said.code is None:
        return Filled(line, said, fact.job_id)
    inside = line.data.index(b"{") + 1
    field = b'"occupation":' + msgspec.json.encode(said.code) + b","
    data = line.data[:inside] + field + line.data[inside:]
    posted = msgspec.structs.replace(fact, occupation=said.code)
    return Filled(FactLine(line.ce_type, data, posted), said, fact.job_id)
