"""Every setting of every process, typed, with its default; environment `GIGMATCH_*` first."""

import os
import re
from pathlib import Path
from typing import Annotated, Final, Literal

from dotenv import dotenv_values
from pydantic import BeforeValidator, Field, SecretStr
from pydantic_settings import (
    BaseSettings,
    DotEnvSettingsSource,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
)

from gigmatch.errors import UserError

_USUAL_FILE: Final = "gigmatch.env"
PACKAGED_RELEASES = Path(__file__).parent.parent / "models" / "releases"

_RATE = r"^ *[1-9]\d* *(/|per) *([1-9]\d* *)?(second|minute|hour|day|month|year)s? *$"


class Settings(BaseSettings):
    """Read from the environment (`GIGMATCH_KAFKA=...`), then `gigmatch.env`, then the defaults.

    GIGMATCH_ENV names another file than `gigmatch.env` of the folder one is in.
    """

    model_config = SettingsConfigDict(
        env_prefix="GIGMATCH_", env_file=_USUAL_FILE, extra="ignore", frozen=True
    )

    kafka: Annotated[str, Field(description="Kafka bootstrap servers")] = "127.0.0.1:9092"
    redis: Annotated[str, Field(description="Redis address")] = "redis://127.0.0.1:6379/0"
    partitions: Annotated[int, Field(ge=1, le=2844, description="partitions of each topic")] = 4
    replication: Annotated[int, Field(ge=1, le=7, description="replicas of each topic")] = 1
    group: Annotated[str, Field(description="consumer group of the matchers")] = "gigmatch-matcher"
    instance: Annotated[
        str,
        Field(
            pattern=r"^[A-Za-z0-9._-]{0,100}$",
            description="name of this matcher in its group, no other has it: started again under "
            "it, it has its partitions back at once; empty: none",
        ),
    ] = ""
    session_timeout_s: Annotated[
        float, Field(ge=3, le=300, description="consumer group session timeout, seconds")
    ] = 6.0
    fetch_wait_ms: Annotated[
        int,
        Field(ge=1, le=5000, description="longest wait of a fetch for its first record"),
    ] = 500
    clock: Annotated[
        Literal["wall", "external"],
        Field(
            description="who writes clock.ticked: the matcher, or someone else (simulator, replay)"
        ),
    ] = "wall"
    tick_s: Annotated[
        float, Field(gt=0, le=60, description="seconds between ticks that no deadline asks for")
    ] = 60.0
    snapshot_every: Annotated[
        int, Field(ge=1, description="events of a partition between snapshots")
    ] = 20_000
    quarantine_after: Annotated[
        int,
        Field(
            ge=0,
            description="refused records of a station within a minute, nine in ten of what it "
            "sends, that put it into quarantine; 0 for never",
        ),
    ] = 300
    stuck_after_s: Annotated[
        float, Field(gt=0, description="a partition without progress this long stops the process")
    ] = 30.0
    quiet_hours: Annotated[
        str,
        Field(
            pattern=r"^([01]\d|2[0-3]):[0-5]\d-([01]\d|2[0-3]):[0-5]\d$",
            description="when workers sleep, Asia/Shanghai; the same time twice: never",
        ),
    ] = "21:30-06:30"
    urgent_h: Annotated[
        float,
        Field(ge=0, le=168, description="work that begins sooner is told in quiet hours, too"),
    ] = 10.0
    messages_an_hour: Annotated[
        int, Field(ge=1, le=1000, description="SMS, webhook messages and calls a worker, at most")
    ] = 4
    gather_s: Annotated[
        float,
        Field(ge=0, le=600, description="offers that come within this time go in one message"),
    ] = 5.0
    contacts: Annotated[
        Path | None, Field(description="JSON file of the workers' addresses, for the notifier")
    ] = None
    sms: Annotated[
        str,
        Field(
            description="file that gets SMS as JSON lines; console prints them without numbers; "
            "empty: no SMS"
        ),
    ] = ""
    webhook_url: Annotated[
        str, Field(pattern=r"^(https?://.+)?$", description="who gets webhooks; empty: nobody")
    ] = ""
    webhook_secret: Annotated[
        SecretStr, Field(description="what signs webhooks: whsec_ and base64")
    ] = SecretStr("")
    releases: Annotated[Path, Field(description="folder of model releases")] = PACKAGED_RELEASES
    candidates: Annotated[
        Path, Field(description="folder of trained candidates, which are no releases yet")
    ] = Path("candidates")
    shadow_release: Annotated[
        str, Field(description="release that the matcher scores with for its metrics only")
    ] = ""
    shadow_share: Annotated[
        float, Field(gt=0, le=1, description="share of the rankings that the shadow scores too")
    ] = 0.1
    http_host: Annotated[str, Field(description="address every HTTP server listens on")] = (
        "127.0.0.1"
    )
    gateway_port: Annotated[int, Field(ge=0, le=65535, description="0 picks a free port")] = 8080
    public_url: Annotated[
        str,
        Field(
            pattern=r"^(https?://[A-Za-z0-9.:\[\]-]+)?$",
            description="address people reach the gateway at; with https, cookies need it",
        ),
    ] = ""
    public_view: Annotated[
        bool, Field(description="whether anybody may see the page of the town and its views")
    ] = True
    stations: Annotated[
        Path | None,
        BeforeValidator(lambda given: given or None),  # "" as compose files pass what is not set
        Field(description="JSON file of zones and stations besides those that ship"),
    ] = None
    store: Annotated[
        str,
        Field(
            description="keys, sessions, contacts: sqlite:PATH, or redis://... for many gateways"
        ),
    ] = "sqlite:gigmatch-store.db"
    signing_keys: Annotated[
        SecretStr, Field(description="sign links, newest first, by commas; temporary when empty")
    ] = SecretStr("")
    signing_keys_file: Annotated[
        Path | None, Field(description="the same from a file, one a line")
    ] = None
    contact_keys: Annotated[
        SecretStr,
        Field(description="encrypt contacts: id:base64 of 32 bytes, newest first, by commas"),
    ] = SecretStr("")
    contact_keys_file: Annotated[
        Path | None, Field(description="the same from a file, one a line")
    ] = None
    link_ttl_s: Annotated[
        int, Field(ge=60, le=604_800, description="how long a worker's link is good, seconds")
    ] = 86_400
    code_ttl_s: Annotated[
        int, Field(ge=60, le=3_600, description="how long a code read out is good, seconds")
    ] = 600
    session_ttl_s: Annotated[
        int,
        Field(
            ge=60,
            le=7_776_000,
            description="an operator or reader stays signed in so long after the last use, seconds",
        ),
    ] = 43_200
    worker_session_ttl_s: Annotated[
        int,
        Field(ge=60, le=7_776_000, description="the same for a worker's phone, seconds"),
    ] = 2_592_000
    station_session_ttl_s: Annotated[
        int,
        Field(
            ge=60,
            le=7_776_000,
            description="the same for a station's terminal, at most as long as its key, seconds",
        ),
    ] = 2_592_000
    rate_anyone: Annotated[
        str,
        Field(pattern=_RATE, description="requests of an address before it is known who asks"),
    ] = "1200/minute"
    rate_known: Annotated[
        str, Field(pattern=_RATE, description="requests of a key or a worker")
    ] = "600/minute"
    rate_sign_in: Annotated[
        str, Field(pattern=_RATE, description="tries of an address to sign in")
    ] = "20/minute"
    trusted_proxies: Annotated[
        str,
        Field(
            description="addresses and networks, by comma, of the proxies before the gateway: they "
            "say whom a request comes from (X-Forwarded-For)"
        ),
    ] = "127.0.0.1"
    metrics_port: Annotated[
        int,
        Field(ge=0, le=65535, description="/metrics and /healthz of this process; 0: free port"),
    ] = 0
    scrape: Annotated[
        str,
        Field(
            pattern=r"^([a-z]+=[^,=/ ]+:\d+(,[a-z]+=[^,=/ ]+:\d+)*)?$",
            description="whose figures the operators' page and `gigmatch top` show: "
            "matcher=HOST:PORT,projector=HOST:PORT,...",
        ),
    ] = ""
    scrape_s: Annotated[
        float, Field(ge=1, le=60, description="seconds between two looks at their /metrics")
    ] = 5.0
    outbox_port: Annotated[
        int, Field(ge=0, le=65535, description="HTTP port of a station outbox; 0: free port")
    ] = 8090
    outbox_late_after_s: Annotated[
        float, Field(ge=120, description="a fact that waited longer in an outbox is marked as late")
    ] = 900.0
    outbox_keep_h: Annotated[
        float, Field(ge=0, description="hours an outbox keeps what it has sent")
    ] = 72.0
    outbox_max_mb: Annotated[
        int, Field(ge=1, description="an outbox of this size takes no more facts until it has sent")
    ] = 512
    log_level: Annotated[
        Literal["debug", "info", "warning", "error"], Field(description="what is logged")
    ] = "info"
    log_format: Annotated[
        Literal["json", "console"], Field(description="JSON lines, or lines for a terminal")
    ] = "json"
    otlp_endpoint: Annotated[
        str,
        Field(
            pattern=r"^(https?://.+)?$",
            description="OpenTelemetry collector that gets spans, http://HOST:4318; empty: none",
        ),
    ] = ""
    trace_share: Annotated[
        float | None,
        Field(
            ge=0,
            le=1,
            description="share of the traces begun here that are recorded; "
            "left out: all where GIGMATCH_OTLP_ENDPOINT is set, else none",
        ),
    ] = None
    language: Annotated[Literal["zh-CN", "en"], Field(description="language of texts")] = "zh-CN"

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Where they come from, the first first. Raises UserError for a file that is not there."""
        by_default = getattr(dotenv_settings, "env_file", None) == _USUAL_FILE
        file = DotEnvSettingsSource(settings_cls, env_file=_file()) if by_default else None
        return init_settings, env_settings, file or dotenv_settings

    @property
    def sampled_share(self) -> float:
        """The share of the traces begun by this process that whoever has a collector records."""
        if self.trace_share is None:
            return 1.0 if self.otlp_endpoint else 0.0
        return self.trace_share


def _file() -> str:
    """The file of settings. Raises UserError where one is named that is not there.

    Without it the defaults would reach somebody else's market.
    """
    named = os.environ.get("GIGMATCH_ENV", "")
    if named and not Path(named).is_file():
        raise UserError(
            f"GIGMATCH_ENV names {named}, which does not exist: unset it, or correct it"
        )
    return named or _USUAL_FILE


def from_file() -> dict[str, str]:
    """What the file of settings says, by the variables' names."""
    said = dotenv_values(_file())
    return {name: value for name, value in said.items() if value and name.startswith("GIGMATCH_")}


def described() -> list[dict[str, str]]:
    """Each setting's environment name, value (passwords masked), source and description."""
    settings = Settings()
    file = _file()
    in_file = dotenv_values(file)
    rows = []
    for name, field in Settings.model_fields.items():
        variable = f"GIGMATCH_{name.upper()}"
        if variable in os.environ:
            source = "environment"
        else:
            source = file if variable in in_file else "default"
        rows.append(
            {
                "name": variable,
                "value": masked(str(getattr(settings, name))),
                "source": source,
                "description": field.description or "",
            }
        )
    return rows


def masked(value: str) -> str:
    """A setting as it may be shown: without its password."""
    value = re.sub(r"(://[^:/@]*):.*@", r"\1:***@", value)
    return re.sub(r"(?i)(password=)[^&]*", r"\1***", value)
