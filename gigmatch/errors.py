"""What people are told when something cannot be; imports nothing, so that anyone may use it."""


class UserError(Exception):
    """Something that was asked for cannot be; the message says what to do."""


class NoBrokerError(UserError):
    """No Kafka broker answers."""

    def __init__(self, bootstrap: str, why: str) -> None:
        super().__init__(
            f"no Kafka broker answers at {bootstrap} ({why}): start one, or name yours with "
            "GIGMATCH_KAFKA; `gigmatch up` brings its own"
        )


class NoTopicError(UserError):
    """A topic is missing on the broker."""

    def __init__(self, name: str) -> None:
        super().__init__(f"topic {name} does not exist: run `gigmatch topics --create`")
