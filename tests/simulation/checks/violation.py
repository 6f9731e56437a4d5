"""A promise that is broken."""


class Violation(AssertionError):
    """A promise is broken; `promise` names which."""

    def __init__(self, promise: str, how: str) -> None:
        super().__init__(f"{promise}: {how}")
        self.promise = promise
