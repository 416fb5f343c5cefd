"""The doctor on this machine, and on homes that are wrong in one way each."""

import fcntl
import getpass
import os
import socket
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from nacre.core.errors import Conflict, NotFound
from nacre.core.settings import Settings, load
from nacre.core.store.store import Store
from nacre.system.doctor.check import Check, Finding, Level, Repairable, Verdict
from nacre.system.doctor.checks import inotify_limits
from nacre.system.doctor.run import all_checks, repair, run_checks

Look = Callable[..., Finding]


@pytest.fixture
def look(plain_dir: Path) -> Look:
    """Find out what one check says of a home of ours, given other settings."""

    def find(check_id: str, **given: str) -> Finding:
        return next(
            finding for finding in run_checks(settings(**{"home": str(plain_dir), **given})) if finding.id == check_id
        )

    return find


def settings(home: str | Path, **given: str) -> Settings:
    environment = {f"NACRE_{name.upper()}": value for name, value in given.items()}
    return load({"NACRE_HOME": str(home), **environment}, {})[0]


def test_every_file_in_the_folder_is_one_check() -> None:
    files = {path.stem.replace("_", "-") for path in Path(inotify_limits.__file__).parent.glob("[!_]*.py")}
    assert set(all_checks()) == files
    assert all(check.title for check in all_checks().values())
    assert all(check.offer for check in all_checks().values() if isinstance(check, Repairable))


def test_whatever_is_not_in_order_says_why_and_what_to_do(plain_dir: Path) -> None:
    for finding in run_checks(settings(plain_dir)):
        assert finding.what
        assert finding.level is Level.OK or (finding.why and finding.next), finding


def test_looking_changes_nothing(tmp_path: Path) -> None:
    run_checks(settings(tmp_path / "not yet"))
    assert [*tmp_path.iterdir()] == []


def test_a_check_that_breaks_is_a_finding(monkeypatch: pytest.MonkeyPatch, look: Look) -> None:
    monkeypatch.setattr(inotify_limits, "LIMITS", Path("/no/such/folder"))
    finding = look("inotify-limits")
    assert (finding.level, "The check itself broke: FileNotFoundError" in finding.what) == (Level.FAIL, True)


def test_a_path_too_long_for_sockets_is_refused(tmp_path: Path, look: Look) -> None:
    finding = look("home", home=str(tmp_path / ("x" * 90)))
    assert (finding.level, "too long" in finding.what) == (Level.FAIL, True)


def test_a_home_behind_a_link_is_too_long_where_it_really_lies(tmp_path: Path, look: Look) -> None:
    deep = tmp_path / ("x" * 60)
    deep.mkdir()
    with TemporaryDirectory() as short:
        (Path(short) / "home").symlink_to(deep)
        finding = look("home", home=f"{short}/home", user=getpass.getuser())
    assert finding.level is Level.WARN and "Apps whose names have more than 0 letters cannot be reached" in finding.what


@pytest.mark.root
def test_a_folder_that_the_database_user_cannot_pass_is_named(look: Look) -> None:
    with TemporaryDirectory() as closed:  # the path of tmp_path may be too long for a socket
        finding = look("home", home=f"{closed}/home", user="nobody")
    assert finding.level is Level.FAIL
    assert f"cannot pass through {closed}" in finding.what


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write anywhere")
def test_a_home_that_cannot_be_written_is_refused(tmp_path: Path, look: Look) -> None:
    (tmp_path / "closed").mkdir(mode=0o500)
    assert look("home", home=str(tmp_path / "closed" / "home")).level is Level.FAIL


def test_a_port_of_another_program_is_told(look: Look) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        finding = look("ports", port=str(other.getsockname()[1]))
    assert (finding.level, "used by another program" in finding.what) == (Level.FAIL, True)


def test_an_address_of_another_machine_is_told(look: Look) -> None:
    assert "EADDRNOTAVAIL" in look("ports", host="203.0.113.1").what


def test_a_folder_without_postgres_is_told(look: Look, tmp_path: Path) -> None:
    finding = look("postgres", postgres_bin=str(tmp_path))
    assert (finding.level, "no working PostgreSQL" in finding.what) == (Level.FAIL, True)


def test_a_data_db_that_is_damaged_is_told_with_what_to_do(look: Look, plain_dir: Path) -> None:
    assert look("database").level is Level.OK
    data = plain_dir / "data.db"
    Store(data).close()
    assert (look("database").level, look("database").what) == (Level.OK, "Whole (0 MB)")
    os.truncate(data, data.stat().st_size // 2)
    finding = look("database")
    assert finding.level is Level.FAIL and "it is cut off" in finding.what and "backup" in finding.next


def test_a_clock_behind_what_was_written_is_told(look: Look, plain_dir: Path) -> None:
    (plain_dir / "data.db").touch()
    assert look("clock").level is Level.OK
    later = (plain_dir / "data.db").stat().st_mtime + 3600
    os.utime(plain_dir / "data.db", (later, later))
    finding = look("clock")
    assert (finding.level, "behind what was written" in finding.what) == (Level.FAIL, True)


def test_a_daemon_is_told_from_what_a_killed_one_left(look: Look, plain_dir: Path) -> None:
    run = plain_dir / "run"
    run.mkdir()
    with (run / "daemon.pid").open("w") as lock, socket.socket(socket.AF_UNIX) as daemon:
        fcntl.flock(lock, fcntl.LOCK_EX)
        daemon.bind(str(run / "nacre.sock"))
        assert "does not answer" in look("daemon").what
        daemon.listen()
        assert look("daemon").what == "Up and answering"
    assert look("daemon").level is Level.WARN
    assert repair("daemon", settings(plain_dir)).what == "Down, and nothing left behind"
    assert [path.name for path in run.iterdir()] == ["daemon.pid"]


def test_an_unknown_check_and_one_without_need_are_refused(plain_dir: Path) -> None:
    with pytest.raises(NotFound, match="no check"):
        repair("no-such", settings(plain_dir))
    with pytest.raises(Conflict, match="has no repair"):
        repair("memory", settings(plain_dir))
    with pytest.raises(Conflict, match="in order"):
        repair("daemon", settings(plain_dir))


def test_the_repair_raises_the_limits_now_and_for_later(monkeypatch: pytest.MonkeyPatch, plain_dir: Path) -> None:
    if os.geteuid() != 0:
        pytest.skip("needs root: changes limits")
    limits, configuration = plain_dir / "limits", plain_dir / "sysctl.d" / "nacre.conf"
    limits.mkdir()
    (limits / "max_user_watches").write_text("8192\n")
    (limits / "max_user_instances").write_text("1024\n")
    monkeypatch.setattr(inotify_limits, "LIMITS", limits)
    monkeypatch.setattr(inotify_limits, "CONFIGURATION", configuration)
    assert repair("inotify-limits", settings(plain_dir)).level is Level.OK
    assert configuration.read_text() == "fs.inotify.max_user_watches = 524288\nfs.inotify.max_user_instances = 1024\n"


def test_a_check_needs_no_more_than_a_title_and_a_look(plain_dir: Path) -> None:
    class Fine(Check):
        title = "Fine"

        def look(self, settings: Settings) -> Verdict:
            return Verdict(Level.OK, "fine")

    assert Fine().look(settings(plain_dir)).what == "fine"
