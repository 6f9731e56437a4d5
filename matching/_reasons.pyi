"""The types of the compiled search for reasons."""

def strongest(
    columns: memoryview,
    effects: memoryview,
    rows: int,
    truth: bytes,
    km: int,
    minutes: int,
    pay: int,
    over_floor: int,
    most: int,
    smallest: float,
    /,
) -> list[list[tuple[int, float]]]: ...
