import os
import subprocess
import sys
from pathlib import Path

import pytest

_AUTOGROUP = Path("/proc/self/autogroup")
CODE = """
import os
from nacre.engines.processes.yielding import give_way
give_way()
print(os.nice(0))
print(open("/proc/self/autogroup").read() if os.path.exists("/proc/self/autogroup") else "")
"""


@pytest.mark.parametrize("own_session", [True, False])
def test_who_gives_way_lowers_itself(own_session):
    nice, _ = _given_way(own_session)
    assert nice == os.nice(0) + 10


@pytest.mark.parametrize("own_session", [True, False])
def test_who_gives_way_gives_way_to_other_sessions_too_but_lowers_none_that_it_shares(own_session):
    _, before = _session(_AUTOGROUP.read_text() if _AUTOGROUP.exists() else "")
    _, (group, of_session) = _given_way(own_session)
    if group is None:
        pytest.skip("this kernel, or the control group that the tests run in, shares processors by process alone")
    assert of_session == (10 if own_session else before)


def _given_way(own_session: bool) -> tuple[int, tuple[str | None, int | None]]:
    done = subprocess.run(
        [sys.executable, "-c", CODE], capture_output=True, text=True, check=True, start_new_session=own_session
    )
    nice, _, rest = done.stdout.partition("\n")
    return int(nice), _session(rest)


def _session(said: str) -> tuple[str | None, int | None]:
    """What `/proc/self/autogroup` says, as `/autogroup-25 nice 10`: nothing where no session shares processors."""
    words = said.split()
    return (words[0], int(words[-1])) if words else (None, None)
