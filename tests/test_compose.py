"""The container files: valid, pinned, and complete."""

import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

from gigmatch.kafka_address import parse_kafka_address
from gigmatch.roles import ROLES
from gigmatch.secured import REDIS_USERS

ROOT = Path(__file__).parent.parent
PROCESSES = ("matcher", "projector", "notifier", "gateway")


@pytest.fixture(scope="module")
def compose() -> dict[str, Any]:
    loaded: dict[str, Any] = yaml.safe_load((ROOT / "docker-compose.yml").read_text())
    return loaded


def test_docker_compose_accepts_the_file() -> None:
    binary = shutil.which("docker-compose")
    assert binary, "docker-compose is not installed: apt-get install docker-compose"
    done = subprocess.run(
        [binary, "-f", str(ROOT / "docker-compose.yml"), "config", "-q"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr


def test_every_image_is_pinned(compose: dict[str, Any]) -> None:
    images = [service["image"] for service in compose["services"].values()]
    images += re.findall(r"^FROM (\S+)", (ROOT / "Dockerfile").read_text(), re.MULTILINE)
    assert len(images) >= 5
    for image in images:
        name, _, tag = image.partition(":")
        assert name
        assert re.search(r"\d+\.\d+", tag), f"{image} has no version"


def test_every_server_and_process_has_a_health_check(compose: dict[str, Any]) -> None:
    for name in ("kafka", "redis", *PROCESSES):
        assert compose["services"][name]["healthcheck"]["test"]


def test_data_lives_in_named_volumes(compose: dict[str, Any]) -> None:
    for name in ("kafka", "redis"):
        for volume in compose["services"][name]["volumes"]:
            assert volume.split(":")[0] in compose["volumes"] or volume.endswith(":ro")


def test_every_process_comes_in_as_its_own_user(compose: dict[str, Any]) -> None:
    for name in PROCESSES:
        settings = compose["services"][name]["environment"]
        assert settings["GIGMATCH_KAFKA"].startswith(f"sasl_ssl://{name}@")
        assert parse_kafka_address(settings["GIGMATCH_KAFKA"]).user in ROLES
        if "GIGMATCH_REDIS" in settings:
            assert settings["GIGMATCH_REDIS"].startswith(f"rediss://{name}@")
            assert name in REDIS_USERS


def test_the_broker_listens_as_its_security_says() -> None:
    folder = ROOT / "ops" / "kafka"
    lines = (folder / "compose.properties").read_text() + (
        folder / "secured.properties"
    ).read_text()
    settings = dict(line.split("=", 1) for line in lines.splitlines() if "=" in line)
    protocols = dict(
        pair.split(":") for pair in settings["listener.security.protocol.map"].split(",")
    )
    listening = {one.partition("://")[0] for one in settings["listeners"].split(",")}
    assert {protocols[name] for name in listening} == {"SASL_SSL", "SSL"}
    assert settings["allow.everyone.if.no.acl.found"] == "false"


def test_every_process_has_the_same_registry(compose: dict[str, Any]) -> None:
    for name in (*PROCESSES, "promotion", "retrain"):
        service = compose["services"][name]
        folder = service["environment"]["GIGMATCH_RELEASES"]
        assert f"releases:{folder}" in service["volumes"]
        assert f"ENV GIGMATCH_RELEASES={folder}\n" in (ROOT / "Dockerfile").read_text()
    assert "releases" in compose["volumes"]


def test_every_process_sends_its_spans_to_the_collector(compose: dict[str, Any]) -> None:
    collector = yaml.safe_load((ROOT / "ops" / "tracing" / "collector.yaml").read_text())
    port = collector["receivers"]["otlp"]["protocols"]["http"]["endpoint"].partition(":")[2]
    for name in PROCESSES:
        endpoint = compose["services"][name]["environment"]["GIGMATCH_OTLP_ENDPOINT"]
        assert endpoint == f"http://collector:{port}"
    exporter = collector["exporters"]["otlp/jaeger"]["endpoint"]
    assert exporter.partition(":")[0] in compose["services"]
    pipeline = collector["service"]["pipelines"]["traces"]
    assert all(one in collector[kind] for kind, used in pipeline.items() for one in used)


def test_only_retraining_has_to_be_asked_for(compose: dict[str, Any]) -> None:
    asked_for = [name for name, one in compose["services"].items() if "profiles" in one]
    assert asked_for == ["retrain"]
    assert "--promote" not in compose["services"]["retrain"]["command"]
    assert "--unless-promoted" in compose["services"]["promotion"]["command"]


def test_processes_wait_for_topics_and_access(compose: dict[str, Any]) -> None:
    for name in ("matcher", "projector", "notifier"):
        waits = compose["services"][name]["depends_on"]
        assert waits["access"]["condition"] == "service_completed_successfully"


def test_only_this_machine_can_reach_the_ports(compose: dict[str, Any]) -> None:
    for service in compose["services"].values():
        assert all(port.startswith("127.0.0.1:") for port in service.get("ports", ()))
