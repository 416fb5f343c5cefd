import os
import subprocess
import sys
from pathlib import Path

import pytest

CODE = """
import os
from nacre.engines.processes.yielding import give_way
give_way()
print(os.nice(0), open("/proc/self/autogroup").read())
"""


@pytest.mark.skipif(not Path("/proc/self/autogroup").exists(), reason="this kernel shares processors by process alone")
@pytest.mark.parametrize("own_session", [True, False])
def test_who_gives_way_gives_way_to_other_sessions_too_but_lowers_none_that_it_shares(own_session):
    before = Path("/proc/self/autogroup").read_text().split()[-1]
    done = subprocess.run(
        [sys.executable, "-c", CODE], capture_output=True, text=True, check=True, start_new_session=own_session
    )
    nice, _, _, of_session = done.stdout.split()
    assert (nice, of_session) == (str(os.nice(0) + 10), "10" if own_session else before)
