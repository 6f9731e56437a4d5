"""The notifier's parts as the settings say."""

from pathlib import Path

from events.values import Channel
from gigmatch.errors import SaidError
from gigmatch.settings import Settings
from gigmatch.spans import Spans
from matching.days import HOUR_MS
from streams.notifier.channels import Adapter
from streams.notifier.rules import SHOWN, Rules
from streams.notifier.sms_file import SmsConsole, SmsFile
from streams.notifier.webhook import Webhook

_MINUTE_MS = 60_000


def adapters_of(settings: Settings, spans: Spans | None = None) -> dict[Channel, Adapter]:
    """The ways out that are set up. Call it in the event loop. Raises UserError.

    `spans` takes what was done for messages in a trace.
    """
    adapters: dict[Channel, Adapter] = {}
    if settings.sms:
        is_console = settings.sms == "console"
        adapters["sms"] = SmsConsole() if is_console else SmsFile(Path(settings.sms))
    if settings.webhook_url:
        adapters["webhook"] = Webhook(
            settings.webhook_url, settings.webhook_secret.get_secret_value(), spans=spans
        )
    missing = [channel for channel, adapter in adapters.items() if adapter.needs_address]
    if missing and settings.contacts is None and not seals_contacts(settings):
        raise SaidError("notifier.need_addresses", channels=", ".join(missing))
    return adapters


def seals_contacts(settings: Settings) -> bool:
    """Whether there is a key to a store of contacts."""
    return bool(settings.contact_keys.get_secret_value()) or settings.contact_keys_file is not None


def rules_of(settings: Settings, adapters: dict[Channel, Adapter]) -> Rules:
    """When and how often workers are told."""
    set_up: frozenset[Channel] = frozenset(adapters)
    begin, end = settings.quiet_hours.split("-")
    return Rules(
        quiet_from_ms=_of_day(begin),
        quiet_until_ms=_of_day(end),
        urgent_ms=round(settings.urgent_h * HOUR_MS),
        most_messages=settings.messages_an_hour,
        gather_ms=round(settings.gather_s * 1000),
        channels=SHOWN | set_up,
    )


def _of_day(clock: str) -> int:
    hours, minutes = clock.split(":")
    return int(hours) * HOUR_MS + int(minutes) * _MINUTE_MS
