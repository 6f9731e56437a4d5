"""The types of the compiled assignment."""

def solve(
    starts: bytes, workers: bytes, values: bytes, capacities: bytes, worker_count: int, /
) -> bytes: ...
