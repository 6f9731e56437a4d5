"""What people are told when something cannot be; imports nothing, so that anyone may use it."""


class UserError(Exception):
    """Something that was asked for cannot be; the message says what to do."""


def no_broker(bootstrap: str, why: str) -> str:
    """That no broker answers, and what to do about it."""
    return (
        f"no Kafka broker answers at {bootstrap} ({why}): start one, or name yours with "
        "GIGMATCH_KAFKA; `gigmatch up` brings its own"
    )


def no_topic(name: str) -> str:
    """That a topic is missing, and what to do about it."""
    return f"topic {name} does not exist: run `gigmatch topics --create`"
