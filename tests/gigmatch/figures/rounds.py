"""Looks at processes that a test makes up: only what they say is made up, not how it is read."""

from gigmatch.figures.scraping import Round, Scrape, Target, parsed

ADDRESS = "127.0.0.1:1"


def looked(at: float, text: str | None, name: str = "matcher", address: str = ADDRESS) -> Round:
    """A look at one process; None when it does not answer."""
    target = Target(name, address)
    scrape = Scrape(target, {}, "refused") if text is None else Scrape(target, parsed(text))
    return Round(at, {address: scrape})


def counter(value: float, **labels: str) -> str:
    said = ",".join(f'{name}="{text}"' for name, text in labels.items())
    return f"# TYPE gigmatch_events counter\ngigmatch_events_total{{{said}}} {value}\n"


def began(at: float) -> str:
    return f"# TYPE process_start_time_seconds gauge\nprocess_start_time_seconds {at}\n"


def histogram(name: str, buckets: dict[str, int], stage: str = "") -> str:
    stage_label = f',stage="{stage}"' if stage else ""
    lines = [f"# TYPE {name} histogram"]
    lines += [f'{name}_bucket{{le="{le}"{stage_label}}} {count}' for le, count in buckets.items()]
    return "\n".join(lines) + "\n"
