"""What is told of the process that follows logs."""

import time
from math import isnan
from pathlib import Path

from nacre.monitoring.logs.condition import FILE, Condition, Following, tell


def test_a_follower_that_was_just_started_is_not_called_missing(tmp_path: Path) -> None:
    assert isnan(Following(tmp_path / FILE, lambda: True).numbers()[0])
    assert Following(tmp_path / FILE, lambda: True, begun_s=-1e9).numbers()[0] == 0.0
    tell(tmp_path / FILE, Condition(time.monotonic()))
    assert Following(tmp_path / FILE, lambda: True).numbers()[0] == 1.0
    assert Following(tmp_path / FILE, lambda: False).numbers()[0] == 0.0
