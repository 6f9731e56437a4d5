"""Every setting of every process, typed, with its default; environment `GIGMATCH_*` first."""

import os
import re
from pathlib import Path
from typing import Annotated, Final, Literal

from dotenv import dotenv_values
from pydantic import BeforeValidator, Field, SecretStr, ValidationError
from pydantic_settings import (
    BaseSettings,
    DotEnvSettingsSource,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
)

from events.texts import LANGUAGES, text
from gigmatch.errors import SaidError, UserError

_USUAL_FILE: Final = "gigmatch.env"
PACKAGED_RELEASES = Path(__file__).parent.parent / "models" / "releases"

GATEWAY_ADDRESS: Final = r"https?://[A-Za-z0-9.:\[\]-]+/?"
_RATE = r"^ *[1-9]\d* *(/|per) *([1-9]\d* *)?(second|minute|hour|day|month|year)s? *$"


class Settings(BaseSettings):
    """Read from the environment (`GIGMATCH_KAFKA=...`), then `gigmatch.env`, then the defaults.

    GIGMATCH_ENV names another file than `gigmatch.env` of the folder one is in. What each is for
    stands in the translation table, `setting.kafka`, and in `gigmatch config`.
    """

    model_config = SettingsConfigDict(
        env_prefix="GIGMATCH_", env_file=_USUAL_FILE, extra="ignore", frozen=True
    )

    kafka: str = "127.0.0.1:9092"
    redis: str = "redis://127.0.0.1:6379/0"
    partitions: Annotated[int, Field(ge=1, le=2844)] = 4
    replication: Annotated[int, Field(ge=1, le=7)] = 1
    group: str = "gigmatch-matcher"
    instance: Annotated[str, Field(pattern=r"^[A-Za-z0-9._-]{0,100}$")] = ""
    session_timeout_s: Annotated[float, Field(ge=3, le=300)] = 6.0
    fetch_wait_ms: Annotated[int, Field(ge=1, le=5000)] = 500
    clock: Literal["wall", "external"] = "wall"
    tick_s: Annotated[float, Field(gt=0, le=60)] = 60.0
    snapshot_every: Annotated[int, Field(ge=1)] = 20_000
    quarantine_after: Annotated[int, Field(ge=0)] = 300
    stuck_after_s: Annotated[float, Field(gt=0)] = 30.0
    quiet_hours: Annotated[
        str, Field(pattern=r"^([01]\d|2[0-3]):[0-5]\d-([01]\d|2[0-3]):[0-5]\d$")
    ] = "21:30-06:30"
    urgent_h: Annotated[float, Field(ge=0, le=168)] = 10.0
    messages_an_hour: Annotated[int, Field(ge=1, le=1000)] = 4
    gather_s: Annotated[float, Field(ge=0, le=600)] = 5.0
    contacts: Path | None = None
    sms: str = ""
    webhook_url: Annotated[str, Field(pattern=r"^(https?://.+)?$")] = ""
    webhook_secret: SecretStr = SecretStr("")
    releases: Path = PACKAGED_RELEASES
    candidates: Path = Path("candidates")
    shadow_release: str = ""
    shadow_share: Annotated[float, Field(gt=0, le=1)] = 0.1
    http_host: str = "127.0.0.1"
    gateway_port: Annotated[int, Field(ge=0, le=65535)] = 8080
    public_url: Annotated[str, Field(pattern=r"^(https?://[A-Za-z0-9.:\[\]-]+)?$")] = ""
    public_view: bool = True
    stations: Annotated[
        Path | None,
        BeforeValidator(lambda given: given or None),  # "" as compose files pass what is not set
    ] = None
    store: str = "sqlite:gigmatch-store.db"
    signing_keys: SecretStr = SecretStr("")
    signing_keys_file: Path | None = None
    contact_keys: SecretStr = SecretStr("")
    contact_keys_file: Path | None = None
    link_ttl_s: Annotated[int, Field(ge=60, le=604_800)] = 86_400
    code_ttl_s: Annotated[int, Field(ge=60, le=3_600)] = 600
    session_ttl_s: Annotated[int, Field(ge=60, le=7_776_000)] = 43_200
    worker_session_ttl_s: Annotated[int, Field(ge=60, le=7_776_000)] = 2_592_000
    station_session_ttl_s: Annotated[int, Field(ge=60, le=7_776_000)] = 2_592_000
    rate_anyone: Annotated[str, Field(pattern=_RATE)] = "1200/minute"
    rate_known: Annotated[str, Field(pattern=_RATE)] = "600/minute"
    rate_sign_in: Annotated[str, Field(pattern=_RATE)] = "20/minute"
    trusted_proxies: str = "127.0.0.1"
    metrics_port: Annotated[int, Field(ge=0, le=65535)] = 0
    scrape: Annotated[str, Field(pattern=r"^([a-z]+=[^,=/ ]+:\d+(,[a-z]+=[^,=/ ]+:\d+)*)?$")] = ""
    scrape_s: Annotated[float, Field(ge=1, le=60)] = 5.0
    outbox_port: Annotated[int, Field(ge=0, le=65535)] = 8090
    outbox_gateway: Annotated[str, Field(pattern=rf"^({GATEWAY_ADDRESS})?$")] = ""
    outbox_key_file: Annotated[
        Path | None,
        BeforeValidator(lambda given: given or None),
    ] = None
    outbox_late_after_s: Annotated[float, Field(ge=120)] = 900.0
    outbox_keep_h: Annotated[float, Field(ge=0)] = 72.0
    outbox_max_mb: Annotated[int, Field(ge=1)] = 512
    log_level: Literal["debug", "info", "warning", "error"] = "info"
    log_format: Literal["json", "console"] = "json"
    otlp_endpoint: Annotated[str, Field(pattern=r"^(https?://.+)?$")] = ""
    trace_share: Annotated[float | None, Field(ge=0, le=1)] = None
    language: Literal["zh-CN", "en"] = "zh-CN"

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
        raise SaidError("error.no_env_file", path=named)
    return named or _USUAL_FILE


def language_of_texts() -> str:
    """The language to say things in, also where the settings are wrong and cannot be read."""
    try:
        return Settings().language
    except ValidationError:
        said = {**from_file(), **os.environ}.get("GIGMATCH_LANGUAGE")
    except UserError:  # there is no file
        said = os.environ.get("GIGMATCH_LANGUAGE")
    return said if said in LANGUAGES else LANGUAGES[0]


def from_file() -> dict[str, str]:
    """What the file of settings says, by the variables' names."""
    said = dotenv_values(_file())
    return {name: value for name, value in said.items() if value and name.startswith("GIGMATCH_")}


def described(language: str) -> list[dict[str, str]]:
    """Each setting's environment name, value (passwords masked), source and description."""
    settings = Settings()
    file = _file()
    in_file = dotenv_values(file)
    rows = []
    for name in Settings.model_fields:
        variable = f"GIGMATCH_{name.upper()}"
        if variable in os.environ:
            source = "environment"
        else:
            source = file if variable in in_file else "default"
        value = getattr(settings, name)
        rows.append(
            {
                "name": variable,
                "value": "" if value is None else masked(str(value)),
                "source": source,
                "description": text(f"setting.{name}", language),
            }
        )
    return rows


def masked(value: str) -> str:
    """A setting as it may be shown: without its password."""
    value = re.sub(r"(://[^:/@]*):.*@", r"\1:***@", value)
    return re.sub(r"(?i)(password=)[^&]*", r"\1***", value)
