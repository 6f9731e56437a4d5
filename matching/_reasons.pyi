"""The types of the compiled search for reasons."""

def strongest(
    features: memoryview,
    effects: memoryview,
    rows: int,
    silent_at: bytes,
    helps: bytes,
    hurts: bytes,
    km: int,
    minutes: int,
    most: int,
    rounding: float,
    smallest: float,
    /,
) -> list[list[tuple[int, float]]]: ...
