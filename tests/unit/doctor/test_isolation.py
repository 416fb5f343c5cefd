"""What doctor makes of how the attacks on a sandbox went."""

from pathlib import Path

import pytest

from nacre.core.settings import Settings
from nacre.engines.sandbox.proof import Outcome
from nacre.system.doctor.check import Level
from nacre.system.doctor.checks.isolation import LIMITS, Isolation, verdict

HELD = {**dict.fromkeys(LIMITS, "a control group, version 2"), "network": "one of its own"}
ALL_WELL = [Outcome("read-files", "files", ""), Outcome("exhaust-memory", "memory", "")]


def test_all_is_well_when_every_attack_failed() -> None:
    found = verdict(ALL_WELL, HELD)
    assert found.level is Level.OK
    assert "withstood 2 attacks" in found.what and "version 2" in found.what


def test_what_gets_out_is_a_failure_that_names_it() -> None:
    found = verdict([*ALL_WELL, Outcome("reach-ports", "network", "10.0.0.1 port 5432 answers")], HELD)
    assert found.level is Level.FAIL
    assert "reach-ports: 10.0.0.1 port 5432 answers" in found.what
    assert "do not start" in found.why


def test_a_limit_that_does_not_hold_is_a_warning() -> None:
    found = verdict([Outcome("exhaust-memory", "memory", "160 MB of memory were taken")], HELD)
    assert found.level is Level.WARN
    assert "memory: 160 MB" in found.what


@pytest.mark.parametrize("limit", LIMITS)
def test_a_limit_that_nothing_holds_is_a_warning(limit: str) -> None:
    found = verdict(ALL_WELL, {name: words for name, words in HELD.items() if name != limit})
    assert found.level is Level.WARN
    assert f"{limit}: nothing holds it here" in found.what


def test_no_isolation_is_never_passed_over(tmp_path: Path) -> None:
    found = Isolation().look(Settings(home=tmp_path, isolation="none"))
    assert found.level is Level.WARN
    assert "as was asked for" in found.what


def test_without_bubblewrap_nothing_starts_and_doctor_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    found = Isolation().look(Settings(home=tmp_path))
    assert found.level is Level.FAIL
    assert "bubblewrap is not installed" in found.what
