"""The container files: valid, pinned, and complete."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs

import pytest
import yaml

from gateway.places import zones_with
from gigmatch.kafka_address import parse_kafka_address
from gigmatch.roles import ROLES
from gigmatch.secured import ADMIN, REDIS_USERS

ROOT = Path(__file__).parent.parent
PROCESSES = ("matcher", "projector", "notifier", "gateway")
SETUP = "secured"
SERVERS = ("kafka", "redis")
"""Who has all that is secret: the lists of users, the certificate and its key."""
SECRETS = "/secured"


@pytest.fixture(scope="module")
def compose() -> dict[str, Any]:
    loaded: dict[str, Any] = yaml.safe_load((ROOT / "docker-compose.yml").read_text())
    return loaded


@pytest.fixture(scope="module")
def installation(compose: dict[str, Any], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What the setup service makes, by its own command, in a folder of ours."""
    folder = tmp_path_factory.mktemp("secured")
    service = compose["services"][SETUP]
    [command] = service["command"]
    assert (service["user"], "chown -R gigmatch " in command) == ("root", True)
    command = command.replace(SECRETS, str(folder)).replace("-R gigmatch", f"-R {os.getuid()}")
    path = f"{Path(sys.executable).parent}:{os.environ['PATH']}"
    subprocess.run([*service["entrypoint"], command], env={**os.environ, "PATH": path}, check=True)
    return folder


def secrets_of(name: str, compose: dict[str, Any], installation: Path) -> dict[str, str]:
    """What a service finds in its volumes of secrets: the text of each file, by where it is."""
    made = (volume.split(":") for volume in compose["services"][SETUP]["volumes"])
    folders = {volume: installation / Path(place).relative_to(SECRETS) for volume, place in made}
    mounted = (one.split(":") for one in compose["services"][name].get("volumes", ()))
    return {
        f"{place}/{file.relative_to(folders[volume])}": file.read_text()
        for volume, place, *_ in mounted
        if volume in folders
        for file in folders[volume].rglob("*")
        if file.is_file()
    }


def resolved(**settings: str) -> dict[str, Any]:
    """The file as docker-compose understands it, with settings of whoever starts it."""
    binary = shutil.which("docker-compose")
    assert binary, "docker-compose is not installed: apt-get install docker-compose"
    done = subprocess.run(
        [binary, "-f", str(ROOT / "docker-compose.yml"), "config"],
        env={**os.environ, **settings},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    loaded: dict[str, Any] = yaml.safe_load(done.stdout)
    return loaded


def test_docker_compose_accepts_the_file(compose: dict[str, Any]) -> None:
    assert resolved()["services"].keys() >= {*SERVERS, *PROCESSES}


def test_every_image_is_pinned(compose: dict[str, Any]) -> None:
    images = [service["image"] for service in compose["services"].values()]
    images += re.findall(r"^FROM (\S+)", (ROOT / "Dockerfile").read_text(), re.MULTILINE)
    assert len(images) >= 5
    for image in images:
        name, _, tag = image.partition(":")
        assert name
        assert re.search(r"\d+\.\d+", tag), f"{image} has no version"


def test_every_server_and_process_has_a_health_check(compose: dict[str, Any]) -> None:
    for name in (*SERVERS, *PROCESSES):
        assert compose["services"][name]["healthcheck"]["test"]


def test_data_lives_in_named_volumes(compose: dict[str, Any]) -> None:
    for name in SERVERS:
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


def test_no_process_sees_the_password_of_another_user(
    compose: dict[str, Any], installation: Path
) -> None:
    authority = (installation / "ca.pem").read_text()
    services = compose["services"]
    ours = [name for name in services if name not in (SETUP, *SERVERS)]
    seen = {name: secrets_of(name, compose, installation) for name in ours}
    assert {name for name in ours if seen[name]} == {
        name for name in ours if services[name]["image"].startswith("gigmatch:")
    }
    for name in filter(seen.get, ours):
        user = parse_kafka_address(services[name]["environment"]["GIGMATCH_KAFKA"]).user
        assert user == name or user in (ADMIN, "operator")
        password = (installation / "passwords" / str(user)).read_text()
        assert sorted(seen[name].values()) == sorted([authority, password]), name


def test_every_process_finds_what_its_addresses_name(
    compose: dict[str, Any], installation: Path
) -> None:
    authority = (installation / "ca.pem").read_text()
    for name, service in compose["services"].items():
        settings = service.get("environment", {})
        addresses = [settings[one] for one in settings if "password_file=" in settings[one]]
        assert addresses or name not in PROCESSES
        for address in addresses:
            files = secrets_of(name, compose, installation)
            options = parse_qs(address.partition("?")[2])
            [trusted] = options.get("ca") or options["ssl_ca_certs"]
            [password] = options["password_file"]
            assert files[trusted] == authority
            user = address.partition("://")[2].partition("@")[0]
            assert files[password] == (installation / "passwords" / user).read_text()


def test_the_gateway_reads_the_stations_of_the_county_or_those_that_ship(
    compose: dict[str, Any],
) -> None:
    gateway = compose["services"]["gateway"]
    [mount] = [one for one in gateway["volumes"] if "GIGMATCH_STATIONS" in one]
    source, _, target = mount.removesuffix(":ro").rpartition(":")
    assert mount.endswith(":ro")
    assert target == gateway["environment"]["GIGMATCH_STATIONS"]
    file = re.fullmatch(r"\$\{GIGMATCH_STATIONS:-(\./.+)\}", source)
    assert file is not None
    assert zones_with(ROOT / file[1]) == zones_with(None)
    told = resolved(GIGMATCH_STATIONS="/srv/county.json")["services"]["gateway"]["volumes"]
    assert "/srv/county.json:/etc/gigmatch/stations.json:ro" in told
    assert (
        f"{ROOT}/gateway/stations.json:{target}:ro" in resolved()["services"]["gateway"]["volumes"]
    )


def test_messages_for_the_sender_of_sms_outlast_the_container(compose: dict[str, Any]) -> None:
    notifier = compose["services"]["notifier"]
    [folder] = [one.partition(":")[2] for one in notifier["volumes"] if one.startswith("sms:")]
    assert "sms" in compose["volumes"]
    assert resolved(GIGMATCH_SMS=f"{folder}/sms.jsonl")["services"]["notifier"]["environment"][
        "GIGMATCH_SMS"
    ].startswith(folder)
    # A new volume has the owner and the mode of the image's folder.
    assert f"install -d -m 700 -o gigmatch {folder} " in (ROOT / "Dockerfile").read_text()
    assert f"GIGMATCH_SMS={folder}/" in (ROOT / "docs" / "notifications.md").read_text()


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
