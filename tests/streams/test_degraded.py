"""What a matcher does without: docs/degraded.md has the table."""

import subprocess
import sys


def test_a_matcher_does_not_know_that_redis_exists() -> None:
    code = (
        "import sys, gigmatch.commands.matcher, streams.service, models.registry, streams.shadow;"
        "print(*(name for name in sys.modules if name.split('.')[0] in ('redis', 'limits')))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == ""
