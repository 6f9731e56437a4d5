"""The container files: valid, pinned, and complete."""

import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

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
            assert volume.split(":")[0] in compose["volumes"]


def test_every_process_has_the_same_registry(compose: dict[str, Any]) -> None:
    for name in (*PROCESSES, "promotion", "retrain"):
        service = compose["services"][name]
        folder = service["environment"]["GIGMATCH_RELEASES"]
        assert f"releases:{folder}" in service["volumes"]
        assert f"ENV GIGMATCH_RELEASES={folder}\n" in (ROOT / "Dockerfile").read_text()
    assert "releases" in compose["volumes"]


def test_only_retraining_has_to_be_asked_for(compose: dict[str, Any]) -> None:
    asked_for = [name for name, one in compose["services"].items() if "profiles" in one]
    assert asked_for == ["retrain"]
    assert "--promote" not in compose["services"]["retrain"]["command"]
    assert "--unless-promoted" in compose["services"]["promotion"]["command"]


def test_processes_wait_for_the_topics(compose: dict[str, Any]) -> None:
    for name in ("matcher", "projector", "notifier"):
        waits = compose["services"][name]["depends_on"]
        assert waits["topics"]["condition"] == "service_completed_successfully"


def test_only_this_machine_can_reach_the_ports(compose: dict[str, Any]) -> None:
    for service in compose["services"].values():
        assert all(port.startswith("127.0.0.1:") for port in service.get("ports", ()))
