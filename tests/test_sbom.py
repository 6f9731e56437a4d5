"""The list of what the project is made of: complete, and made by one command."""

import json
import re
import subprocess
from pathlib import Path

ROOT = Path(__file__).parent.parent
LOCKED = re.compile(r"^([A-Za-z0-9._-]+)==([^ \\]+)", re.MULTILINE)


def test_every_locked_package_is_in_the_list() -> None:
    # Half a minute goes into validating what the library itself has written.
    command = ["make", "-s", "sbom", "ARGS=--no-validate"]
    subprocess.run(command, cwd=ROOT, check=True, capture_output=True, timeout=300)
    listed = json.loads((ROOT / "build" / "sbom.json").read_text())
    assert listed["bomFormat"] == "CycloneDX"
    found = {
        (part["name"].lower().replace("_", "-"), part["version"]) for part in listed["components"]
    }
    locked = set(LOCKED.findall((ROOT / "requirements.lock").read_text()))
    assert len(locked) > 50
    assert locked - found == set()
