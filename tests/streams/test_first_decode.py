"""What a starting process decodes in several threads at once, msgspec has learnt at import.

Two threads that are the first to decode a type crash the process: msgspec then learns the type's
fields in both.
"""

import subprocess
import sys
from pathlib import Path

import msgspec

from events.facts import ModelPromoted
from events.notices import AnyFact
from gigmatch.settings import PACKAGED_RELEASES
from matching.engine import Engine
from models.registry import Registry
from tests.matching.scenario import JOB, WORKER
from tests.worlds import record_of

_START = """
import sys
from pathlib import Path
import msgspec
from matching.engine import Engine
from models.registry import Registry
from gigmatch.settings import PACKAGED_RELEASES
import streams.recovery

learnt = []
def look(frame, event, arg):
    if event == "call" and frame.f_code.co_filename.endswith("msgspec/_utils.py"):
        learnt.append(frame.f_back.f_code.co_qualname)

blobs = msgspec.msgpack.decode(Path(sys.argv[1]).read_bytes())
registry = Registry(PACKAGED_RELEASES)
sys.setprofile(look)
engine = Engine(0, 1, registry.open)
engine.restore(blobs)
sys.setprofile(None)
print(engine.state_hash(), *learnt)
"""


def test_a_restore_teaches_msgspec_nothing(tmp_path: Path) -> None:
    registry = Registry(PACKAGED_RELEASES)
    promoted = ModelPromoted(zone="*", release=registry.newest())
    engine = Engine(0, 1, registry.open)
    facts: tuple[AnyFact, ...] = (promoted, WORKER, JOB)
    for offset, fact in enumerate(facts):
        engine.step(record_of(fact, offset))
    blobs = tmp_path / "blobs"
    blobs.write_bytes(msgspec.msgpack.encode(engine.snapshot()))
    command = [sys.executable, "-c", _START, str(blobs)]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    assert done.stdout.split() == [engine.state_hash()]
