"""The contract as files: asyncapi.yaml, one JSON Schema a message, one example a fact."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

import yaml

from events.asyncapi import document, example
from events.codec import FACT_TYPES, VERSION
from events.schemas import MESSAGE_TYPES, schema

SCHEMAS: Final = "contract/schemas"
EXAMPLES: Final = "examples"
_NOTE: Final = "# Written from the types of events/ by `make contract`; do not edit.\n"


class _Dumper(yaml.SafeDumper):
    """YAML without anchors: each part stands where it is read."""

    def ignore_aliases(self, data: Any) -> bool:
        return True


def files() -> dict[str, str]:
    """Every file of the contract: path in the checkout to text. The same for the same types."""
    written = {"asyncapi.yaml": _NOTE + as_yaml(document())}
    for name in MESSAGE_TYPES:
        written[f"{SCHEMAS}/{name}.{VERSION}.json"] = _json(schema(name))
    for name in FACT_TYPES:
        written[f"{EXAMPLES}/{example_file(name)}"] = _json(example(name))
    return written


def example_file(name: str) -> str:
    """The file name of a fact's example: `worker_available.json`, and `job.json` for job.posted."""
    return "job.json" if name == "job.posted" else f"{name.replace('.', '_')}.json"


def stale(folder: Path, expected: Mapping[str, str]) -> list[str]:
    """The files in a checkout that are missing, differ from what is expected, or are left over."""
    wrong = [
        name
        for name, text in expected.items()
        if not (folder / name).is_file() or (folder / name).read_text(encoding="utf-8") != text
    ]
    found = (f"{SCHEMAS}/{path.name}" for path in sorted((folder / SCHEMAS).glob("*.json")))
    return wrong + [name for name in found if name not in expected]


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, indent=2) + "\n"


def as_yaml(value: Any) -> str:
    """A document in JSON's own values as YAML, in its own order."""
    text: str = yaml.dump(value, Dumper=_Dumper, allow_unicode=True, sort_keys=False, width=100)
    return text
