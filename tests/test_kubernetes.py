"""The manifests: of Kubernetes' own schemas, and what they say of us is what the code says."""

import json
import re
import shutil
import subprocess
from collections.abc import Callable
from copy import deepcopy
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs

import kubernetes_validate
import pytest
import yaml

from events.topics import TOPICS
from gateway.places import zones_with
from gigmatch.kafka_address import parse_kafka_address
from gigmatch.readmodel.keys import PREFIX
from gigmatch.roles import ROLES
from gigmatch.secured import REDIS_USERS
from gigmatch.settings import Settings

FOLDER = Path(__file__).parent.parent / "ops" / "kubernetes"
OPERATORS = ("kafka.strimzi.io", "keda.sh")
"""Whose kinds Kubernetes has no schema of."""
OPERATORS_CHECK = Path(__file__).parent / "node" / "manifests.mjs"
PROCESSES = ("matcher", "projector", "notifier", "gateway")


KUSTOMIZATION: dict[str, Any] = yaml.safe_load((FOLDER / "kustomization.yaml").read_text())


def documents() -> list[dict[str, Any]]:
    made = [file for one in KUSTOMIZATION["configMapGenerator"] for file in one["files"]]
    assert {*KUSTOMIZATION["resources"], *made, "kustomization.yaml"} == {
        p.name for p in FOLDER.iterdir() if p.is_file()
    }
    return [
        document
        for name in KUSTOMIZATION["resources"]
        for document in yaml.safe_load_all((FOLDER / name).read_text())
    ]


DOCUMENTS = documents()


def of_kind(kind: str) -> dict[str, dict[str, Any]]:
    return {one["metadata"]["name"]: one for one in DOCUMENTS if one["kind"] == kind}


THEIRS = [one for one in DOCUMENTS if one["apiVersion"].startswith(OPERATORS)]


def complaints(documents: list[dict[str, Any]]) -> list[str]:
    """What the schemas of the operators' own definitions have against these, a line each."""
    node = shutil.which("node")
    assert node is not None, "node is not installed: apt-get install nodejs"
    assert (OPERATORS_CHECK.parent / "node_modules").is_dir(), "run `make test`"
    run = subprocess.run(
        [node, str(OPERATORS_CHECK)],
        input=json.dumps(documents),
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert run.returncode == bool(run.stdout), run.stderr
    return run.stdout.splitlines()


@pytest.mark.parametrize(
    "document",
    [one for one in DOCUMENTS if one not in THEIRS],
    ids=lambda one: f"{one['kind']}/{one['metadata']['name']}",
)
def test_kubernetes_takes_it(document: dict[str, Any]) -> None:
    kubernetes_validate.validate(document, "1.31", strict=True)


def test_a_mistake_would_be_noticed() -> None:
    wrong = {**of_kind("StatefulSet")["matcher"], "spec": {"replicas": "two"}}
    with pytest.raises(kubernetes_validate.ValidationError):
        kubernetes_validate.validate(wrong, "1.31", strict=True)


def test_strimzi_and_keda_take_theirs() -> None:
    assert {one["kind"] for one in THEIRS} == {
        *("Kafka", "KafkaNodePool", "KafkaTopic", "KafkaUser"),
        *("ScaledObject", "TriggerAuthentication"),
    }
    assert complaints(THEIRS) == []


def spoilt(kind: str, name: str, spoil: Callable[[dict[str, Any]], object]) -> dict[str, Any]:
    document = deepcopy(of_kind(kind)[name])
    spoil(document)
    return document


def test_a_mistake_in_theirs_would_be_noticed() -> None:
    listener = "/spec/kafka/listeners/0"
    assert complaints(
        [
            spoilt("KafkaTopic", "market.events", lambda it: it["spec"].update(partitions="12")),
            spoilt("Kafka", "gigmatch", lambda it: it["spec"].pop("kafka")),
            spoilt("Kafka", "gigmatch", lambda it: it["spec"].update(zookeeper={"replicas": 3})),
            spoilt(
                "Kafka", "gigmatch", lambda it: it["spec"]["kafka"]["listeners"][0].update(ssl=1)
            ),
            spoilt("Kafka", "gigmatch", lambda it: it.update(apiVersion="kafka.strimzi.io/v0")),
            spoilt("ScaledObject", "matcher", lambda it: it["spec"].update(minReplicas=2)),
            spoilt("ScaledObject", "matcher", lambda it: it["spec"]["triggers"][0].pop("metadata")),
        ]
    ) == [
        "KafkaTopic/market.events: data/spec/partitions must be integer",
        "Kafka/gigmatch: data/spec must have required property kafka",
        "Kafka/gigmatch: /spec has no zookeeper",
        f"Kafka/gigmatch: {listener} has no ssl",
        "Kafka/gigmatch: kafka.strimzi.io/v0 has no kind Kafka",
        "ScaledObject/matcher: /spec has no minReplicas",
        "ScaledObject/matcher: data/spec/triggers/0 must have required property metadata",
    ]


def test_the_topics_are_those_of_the_code() -> None:
    found = of_kind("KafkaTopic")
    assert set(found) == {topic.name for topic in TOPICS}
    [partitions] = {one["spec"]["partitions"] for one in found.values()}
    settings = of_kind("ConfigMap")["gigmatch"]["data"]
    assert settings["GIGMATCH_PARTITIONS"] == str(partitions)
    assert of_kind("ScaledObject")["matcher"]["spec"]["maxReplicaCount"] == partitions
    for topic in TOPICS:
        assert found[topic.name]["spec"]["config"] == {**topic.config, "min.insync.replicas": "2"}


def test_the_users_may_what_the_roles_may() -> None:
    found = of_kind("KafkaUser")
    assert set(found) == set(ROLES)
    for name, role in ROLES.items():
        allowed = {
            (one["resource"]["type"], one["resource"]["name"], operation)
            for one in found[name]["spec"]["authorization"]["acls"]
            for operation in one["operations"]
        }
        topics = {*role.reads, *role.writes}
        assert allowed == {
            *(("topic", topic, "Read") for topic in role.reads),
            *(("topic", topic, "Write") for topic in role.writes),
            *(("topic", topic, "DescribeConfigs") for topic in topics),
            *(("group", group, "Read") for group in role.groups),
            *(("group", group, "Describe") for group in role.watches),
        }


def test_the_first_promotion_finds_the_releases_of_the_image() -> None:
    pod = of_kind("Job")["promotion"]["spec"]["template"]["spec"]
    [copying], [promoting] = pod["initContainers"], pod["containers"]
    folder = of_kind("ConfigMap")["gigmatch"]["data"]["GIGMATCH_RELEASES"]
    assert copying["image"] == promoting["image"]
    *_, source, target = copying["command"]
    assert source == f"{folder}/."
    assert {one["name"]: one["mountPath"] for one in copying["volumeMounts"]} == {
        "releases": target
    }
    assert {"name": "releases", "mountPath": folder} in promoting["volumeMounts"]


@pytest.mark.parametrize("name", PROCESSES)
def test_a_process_comes_in_as_itself_and_is_ready_when_it_works(name: str) -> None:
    pod = (of_kind("Deployment") | of_kind("StatefulSet"))[name]["spec"]["template"]["spec"]
    [container] = pod["containers"]
    settings = {one["name"]: one.get("value", "") for one in container["env"]}
    assert container["args"] == [name]
    assert parse_kafka_address(settings["GIGMATCH_KAFKA"]).user == name
    mounted = {one["name"]: one.get("secret", {}).get("secretName") for one in pod["volumes"]}
    assert mounted["kafka"] == name
    for address in ("GIGMATCH_REDIS", "GIGMATCH_STORE"):
        if address in settings:
            assert settings[address].startswith(f"rediss://{name}@")
            assert name in REDIS_USERS
    assert container["readinessProbe"]["httpGet"]["path"] == "/healthz"
    known = {f"GIGMATCH_{field.upper()}" for field in Settings.model_fields}
    assert {*settings, *of_kind("ConfigMap")["gigmatch"]["data"]} <= known


@pytest.mark.parametrize("name", PROCESSES)
def test_a_process_finds_its_own_redis_password_and_no_other(name: str) -> None:
    pod = (of_kind("Deployment") | of_kind("StatefulSet"))[name]["spec"]["template"]["spec"]
    [container] = pod["containers"]
    places = {one["name"]: one["mountPath"] for one in container["volumeMounts"]}
    found = {
        f"{places[one['name']]}/{item['path']}": item["key"]
        for one in pod["volumes"]
        if one.get("secret", {}).get("secretName") == "redis-users"
        for item in one["secret"]["items"]
    }
    addresses = [one.get("value", "") for one in container["env"]]
    named = {
        place: key
        for address in addresses
        if address.startswith("rediss://")
        for options in [parse_qs(address.partition("?")[2])]
        for place, key in (
            (*options["ssl_ca_certs"], "ca.pem"),
            (*options["password_file"], name),
        )
    }
    assert found == named
    assert bool(named) == (name != "matcher")


def test_the_gateway_reads_the_stations_of_the_county_or_those_that_ship() -> None:
    pod = of_kind("Deployment")["gateway"]["spec"]["template"]["spec"]
    [container] = pod["containers"]
    [setting] = [one["value"] for one in container["env"] if one["name"] == "GIGMATCH_STATIONS"]
    places = {one["name"]: one["mountPath"] for one in container["volumeMounts"]}
    [named] = [one for one in pod["volumes"] if "configMap" in one]
    [made] = KUSTOMIZATION["configMapGenerator"]
    assert named["configMap"] == {"name": made["name"]}
    [file] = made["files"]
    assert setting == f"{places[named['name']]}/{file}"
    assert zones_with(FOLDER / file) == zones_with(None)


def test_a_station_cannot_flood_the_brokers() -> None:
    users = of_kind("KafkaUser")
    assert users["station"]["spec"]["quotas"] == {"producerByteRate": 1024 * 1024}
    assert [name for name, one in users.items() if "quotas" in one["spec"]] == ["station"]


def test_only_one_writes_the_read_model() -> None:
    projector = of_kind("Deployment")["projector"]["spec"]
    assert (projector["replicas"], projector["strategy"]["type"]) == (1, "Recreate")
    assert REDIS_USERS["projector"].startswith(f"~{PREFIX.split(':')[0]}:*")


MONITORING = FOLDER / "monitoring"
PAGE = (FOLDER.parent.parent / "docs" / "kubernetes.md").read_text()
PROMETHEUS = FOLDER.parent / "prometheus"
JOBS = {
    job["job_name"]
    for job in yaml.safe_load((PROMETHEUS / "prometheus.yml").read_text())["scrape_configs"]
}
"""What the processes are called where the rules and the dashboards are at home."""


def discovered(name: str) -> dict[str, str]:
    """The labels of a process's pods, as Prometheus names them before relabelling."""
    template = (of_kind("Deployment") | of_kind("StatefulSet"))[name]["spec"]["template"]
    return {
        f"__meta_kubernetes_pod_label_{re.sub(r'[^a-zA-Z0-9_]', '_', key)}": value
        for key, value in template["metadata"]["labels"].items()
    }


def relabelled(rule: dict[str, Any], labels: dict[str, str]) -> dict[str, str]:
    """The labels that a rule of the kind `replace` makes of others, in Prometheus' own spelling."""
    joined = ";".join(labels.get(one, "") for one in rule["source_labels"])
    found = re.fullmatch(rule.get("regex", "(.*)"), joined)
    if found is None:
        return labels
    return {**labels, rule["target_label"]: found.expand(rule["replacement"].replace("$", "\\"))}


def test_the_operators_prometheus_calls_the_processes_as_the_rules_do() -> None:
    resources = yaml.safe_load((MONITORING / "kustomization.yaml").read_text())["resources"]
    [monitor] = [yaml.safe_load((MONITORING / one).read_text()) for one in resources]
    [endpoint] = monitor["spec"]["podMetricsEndpoints"]
    [relabelling] = endpoint["relabelings"]
    rule = {re.sub("[A-Z]", lambda it: f"_{it[0].lower()}", k): v for k, v in relabelling.items()}
    assert {relabelled(rule, discovered(name))["job"] for name in PROCESSES} == JOBS
    wanted = monitor["spec"]["selector"]["matchLabels"].items()
    for name in PROCESSES:
        template = (of_kind("Deployment") | of_kind("StatefulSet"))[name]["spec"]["template"]
        assert wanted <= template["metadata"]["labels"].items()
        [container] = template["spec"]["containers"]
        [port] = [one for one in container["ports"] if one["name"] == endpoint["port"]]
        annotated = template["metadata"]["annotations"]["prometheus.io/port"]
        assert annotated == str(port["containerPort"])


def test_a_prometheus_that_looks_for_annotations_calls_them_so_too(tmp_path: Path) -> None:
    [written] = re.findall(r"```yaml\n(relabel_configs:.*?)```", PAGE, re.DOTALL)
    rules = yaml.safe_load(written)
    [rule] = rules["relabel_configs"]
    assert {relabelled(rule, discovered(name))["job"] for name in PROCESSES} == JOBS
    foreign = dict.fromkeys(discovered("matcher"), "else")
    assert relabelled(rule, foreign) == foreign
    pods = {"job_name": "pods", "static_configs": [{"targets": ["pod:9100"]}], **rules}
    (tmp_path / "prometheus.yml").write_text(yaml.safe_dump({"scrape_configs": [pods]}))
    promtool = shutil.which("promtool")
    assert promtool is not None, "apt-get install prometheus"
    argv = [promtool, "check", "config", str(tmp_path / "prometheus.yml")]
    done = subprocess.run(argv, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def test_the_rules_go_into_the_operator_as_they_are() -> None:
    [loop] = re.findall(r"^    (for name in .*?\n    done)$", PAGE, re.DOTALL | re.MULTILINE)
    kubectl = "kubectl() { cat; echo; echo ---; }\n"
    done = subprocess.run(
        ["bash", "-ec", kubectl + loop],
        cwd=FOLDER.parent.parent,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    made = [one for one in yaml.safe_load_all(done.stdout) if one is not None]
    files = sorted(PROMETHEUS.glob("*.rules.yml"))
    assert {one["kind"] for one in made} == {"PrometheusRule"}
    assert sorted(f"{one['metadata']['name']}.rules.yml" for one in made) == [
        file.name for file in files
    ]
    by_name = {one["metadata"]["name"]: one["spec"] for one in made}
    for file in files:
        assert by_name[file.name.removesuffix(".rules.yml")] == yaml.safe_load(file.read_text())
