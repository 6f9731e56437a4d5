"""The outbox's metrics, with Prometheus names. No label carries anything about a person."""

from typing import Final

from prometheus_client import Counter, Gauge

ACCEPTED: Final = Counter("gigmatch_outbox_accepted", "Facts kept", ["type"])
REFUSED: Final = Counter("gigmatch_outbox_refused", "Facts refused at the door", ["code"])
WAITING: Final = Gauge("gigmatch_outbox_waiting", "Facts that the log does not have yet")
OLDEST: Final = Gauge("gigmatch_outbox_oldest_seconds", "How long the oldest fact has waited")
LATE: Final = Gauge("gigmatch_outbox_late", "Kept facts that were sent late, and waiting late ones")
CONNECTED: Final = Gauge("gigmatch_outbox_connected", "Whether a broker answers")
COMMANDS_WAITING: Final = Gauge(
    "gigmatch_outbox_commands_waiting", "A terminal's commands without the gateway's answer"
)
COMMANDS_OLDEST: Final = Gauge(
    "gigmatch_outbox_commands_oldest_seconds", "How long a terminal's oldest command has waited"
)
COMMANDS_REFUSED: Final = Gauge(
    "gigmatch_outbox_commands_refused", "A terminal's commands that the gateway has refused"
)
GATEWAY_CONNECTED: Final = Gauge(
    "gigmatch_outbox_gateway_connected", "Whether the gateway takes commands, as far as is known"
)
