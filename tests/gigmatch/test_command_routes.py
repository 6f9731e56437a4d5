"""The table of a station's commands: what the OpenAPI says of each, and none that it leaves out."""

from pathlib import Path
from typing import Any

import yaml

from gigmatch.command_routes import STATION, STATION_COMMANDS

PATHS: dict[str, dict[str, Any]] = yaml.safe_load(Path("openapi.yaml").read_text(encoding="utf-8"))[
    "paths"
]
COMMANDS = {
    path: methods["post"]
    for path, methods in PATHS.items()
    if path.startswith(f"{STATION}/")
    and any(
        one["name"] == "idempotency-key" for one in methods.get("post", {}).get("parameters", ())
    )
}
"""What a station says under an id of its own."""


def schema_of(path: str) -> dict[str, Any]:
    body: dict[str, Any] = COMMANDS[path]["requestBody"]
    schema: dict[str, Any] = body["content"]["application/json"]["schema"]
    return schema


def test_the_table_has_each_command_of_a_station_once_with_its_fact() -> None:
    facts = {path: schema_of(path)["title"].partition(" ")[0] for path in COMMANDS}
    assert len(facts) == len(STATION_COMMANDS)
    assert {one.path: one.fact.__name__ for one in STATION_COMMANDS} == facts


def test_what_is_given_elsewhere_is_a_field_of_the_fact_and_not_of_the_body() -> None:
    for one in STATION_COMMANDS:
        assert set(one.own) <= set(one.fact.__struct_fields__), one.path
        assert not set(one.given) & set(schema_of(one.path)["properties"]), one.path


def test_what_comes_of_a_command_can_be_read_where_it_says() -> None:
    for one in STATION_COMMANDS:
        assert "get" in PATHS[one.see], one.path
