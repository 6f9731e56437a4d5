"""Everything of `gigmatch up`: servers, topics, the model's promotion, and the programs."""

import contextlib
import os
import secrets
import sys
import threading
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Final

import msgspec

from events.texts import text
from gateway.sealing import new_contact_key
from gigmatch.embedded import EmbeddedBroker, EmbeddedRedis
from gigmatch.processes import LOCALHOST, ProcessDied, free_port, held_port, tail
from gigmatch.promotions import publish_promotion, read_promotions
from gigmatch.settings import Settings, from_file
from gigmatch.supervisor import Program, Supervisor
from gigmatch.topics_admin import ensure_topics
from models.registry import Registry

READY_TIMEOUT_S: Final = 300.0
_KAFKA_PORT: Final = 9092
_REDIS_PORT: Final = 6379
_EMBEDDED_SESSION_TIMEOUT_S: Final = 6
_SHARED: Final = (
    "GIGMATCH_KAFKA",
    "GIGMATCH_REDIS",
    "GIGMATCH_SCRAPE",
    "GIGMATCH_CLOCK",
    "GIGMATCH_GATEWAY_PORT",
    "GIGMATCH_STORE",
    "GIGMATCH_CONTACT_KEYS",
    "GIGMATCH_SIGNING_KEYS",
    "GIGMATCH_GROUP",
    "GIGMATCH_RELEASES",
    "GIGMATCH_PARTITIONS",
    "GIGMATCH_STATIONS",
    "GIGMATCH_LANGUAGE",
)
"""What a command beside must have as the programs here have it."""


class Addresses(msgspec.Struct, frozen=True):
    """Where everything answers, as `--ready-file` and `--json` write it."""

    kafka: str
    redis: str
    http: str
    scrape: str


class Wishes(msgspec.Struct, frozen=True, kw_only=True):
    """What the caller of `gigmatch up` asked for; None chooses for them.

    `kafka` and `redis` are addresses of servers of their own, `simulator` the arguments of
    `gigmatch simulator`, or None to leave it out.
    """

    kafka: str | None
    redis: str | None
    simulator: tuple[str, ...] | None
    port: int
    log_dir: Path


class Runtime:
    """A whole gigmatch on this machine; a context manager that stops all of it."""

    def __init__(self, wishes: Wishes, settings: Settings, say: Callable[[str], None]) -> None:
        self._wishes = wishes
        self._settings = settings
        self._say = say
        self._servers: list[EmbeddedBroker | EmbeddedRedis] = []
        self._open = contextlib.ExitStack()
        self._ports = {name: free_port() for name in ("matcher", "projector", "notifier")}
        self._supervisor = Supervisor(
            wishes.log_dir,
            say=say,
            language=settings.language,
            servers_alive=self._check_servers,
        )

    def __enter__(self) -> "Runtime":
        return self

    def __exit__(self, *_: object) -> None:
        self._open.close()

    def start(self, asked_to_stop: threading.Event) -> Addresses:
        """Start everything and return when all of it answers.

        Raises EmbeddedMissing, NoPortFree, ProcessDied, TopicsError, GaveUp, Stopped or
        NotReadyInTime.
        """
        port = self._held(self._wishes.port, text("up.pages", self._settings.language))
        addresses = Addresses(
            kafka=self._wishes.kafka or self._start_broker(),
            redis=self._wishes.redis or self._start_redis(),
            http=f"http://{LOCALHOST}:{port}",
            scrape=_scraped({**self._ports, "gateway": port}),
        )
        settings = self._settings
        ensure_topics(addresses.kafka, settings.partitions, settings.replication, settings.language)
        self._open.callback(self._supervisor.stop)
        env = self._env(addresses)  # once: its keys are made here
        self._keep(env)
        for program in self._programs(addresses, env):
            self._supervisor.start(program)
        promote_newest(addresses.kafka, settings.releases)
        if self._wishes.simulator is not None:
            simulator = _program("simulator", env, arguments=self._wishes.simulator)
            self._supervisor.start(simulator)
        self._supervisor.wait_ready(asked_to_stop, READY_TIMEOUT_S)
        # Nobody waits for it: what it has missed meanwhile it reads from the log.
        told = {"GIGMATCH_SMS": "console", **env}
        self._supervisor.start(_program("notifier", told, self._ports["notifier"]))
        return addresses

    def watch(self, asked_to_stop: threading.Event) -> None:
        """Keep everything running until asked to stop. Raises GaveUp or ProcessDied."""
        self._supervisor.watch(asked_to_stop)

    def _held(self, preferred: int, what: str) -> int:
        port = self._open.enter_context(held_port(preferred))
        if port != preferred:
            taken = {"preferred": preferred, "port": port, "what": what}
            self._say(text("up.port_taken", self._settings.language, **taken))
        return port

    def _start_broker(self) -> str:
        broker = EmbeddedBroker(self._wishes.log_dir, self._held(_KAFKA_PORT, "Kafka"))
        self._servers.append(self._open.enter_context(broker))
        return broker.bootstrap

    def _start_redis(self) -> str:
        redis = EmbeddedRedis(self._wishes.log_dir, self._held(_REDIS_PORT, "Redis"))
        self._servers.append(self._open.enter_context(redis))
        return redis.url

    def _check_servers(self) -> None:
        for server in self._servers:
            if dead := server.dead():
                raise ProcessDied(
                    "up.server_ended", name=dead.name, log=dead.log, words=tail(dead.log)
                )

    def _programs(self, addresses: Addresses, env: Mapping[str, str]) -> list[Program]:
        port = int(addresses.http.rsplit(":", 1)[1])
        gateway = _program("gateway", env, port)
        behind = [_program(name, env, self._ports[name]) for name in ("matcher", "projector")]
        return [*behind, gateway]

    def _env(self, addresses: Addresses) -> dict[str, str]:
        simulated = self._wishes.simulator is not None
        env = {
            **from_file(),
            **os.environ,
            "GIGMATCH_KAFKA": addresses.kafka,
            "GIGMATCH_REDIS": addresses.redis,
            "GIGMATCH_HTTP_HOST": LOCALHOST,
            "GIGMATCH_SCRAPE": addresses.scrape,
            "GIGMATCH_GATEWAY_PORT": addresses.http.rsplit(":", 1)[1],
            "GIGMATCH_CLOCK": "external" if simulated else "wall",
        }
        if self._wishes.kafka is None:
            env["GIGMATCH_SESSION_TIMEOUT_S"] = str(_EMBEDDED_SESSION_TIMEOUT_S)
            env["GIGMATCH_INSTANCE"] = "matcher"
            # What is kept beside the log ends with it; so keys of its own will do.
            env.setdefault("GIGMATCH_STORE", f"sqlite:{self._wishes.log_dir.absolute()}/store.db")
            env.setdefault("GIGMATCH_SIGNING_KEYS", secrets.token_urlsafe(32))
            env.setdefault("GIGMATCH_CONTACT_KEYS", new_contact_key())
        return env

    def _keep(self, env: Mapping[str, str]) -> None:
        """Write what reaches this market, for commands beside it: keys too, so nobody else's."""
        file = settings_file(self._wishes.log_dir)
        file.unlink(missing_ok=True)
        file.touch(mode=0o600, exist_ok=False)
        file.write_text(
            "".join(f"{name}={_quoted(env[name])}\n" for name in _SHARED if name in env),
            encoding="utf-8",
        )
        self._open.callback(file.unlink, missing_ok=True)


def settings_file(log_dir: Path) -> Path:
    """Where commands beside a running `gigmatch up` find its settings: for GIGMATCH_ENV."""
    return log_dir.absolute() / "gigmatch.env"


def promote_newest(bootstrap: str, releases: Path) -> None:
    """Let the newest release score, unless somebody has promoted one before."""
    registry = Registry(releases)
    if all(one.before is None for one in read_promotions(bootstrap, registry.has).values()):
        publish_promotion(registry.newest(), bootstrap)


def _quoted(value: str) -> str:
    """A value for a file of settings."""
    return "'" + value.replace("\\", "\\\\").replace("'", "\\'") + "'"


def _scraped(ports: Mapping[str, int]) -> str:
    """The setting that names all processes' figures."""
    return ",".join(f"{name}={LOCALHOST}:{port}" for name, port in ports.items())


def _program(
    name: str,
    env: Mapping[str, str],
    port: int | None = None,
    arguments: tuple[str, ...] = (),
) -> Program:
    """A gigmatch command as a program, with a port for /healthz and /metrics: a free one if None.

    The gateway has both on its own port and does not look at this one.
    """
    port = port or free_port()
    env = {**env, "GIGMATCH_METRICS_PORT": str(port)}
    argv = [sys.executable, "-m", "gigmatch", name, *arguments]
    return Program(name=name, argv=argv, env=env, port=port)
