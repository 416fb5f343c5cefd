"""What an app has said is kept when it ends, however much that was, without what is a hole by then."""

from pathlib import Path

from nacre.engines.processes.giving_back import give_back
from nacre.engines.sandbox.layout import Layout
from nacre.runtime.logs import Log


def test_what_was_given_back_is_not_kept_as_zeros(tmp_path: Path) -> None:
    said = Layout(tmp_path / "run").log("app")
    said.parent.mkdir(parents=True)
    with said.open("w+b") as file:
        file.write(b"0123456789\n" * (1 << 20))
        file.flush()
        give_back(file.fileno(), 10 << 20)
    log = Log(tmp_path / "kept" / "3.log")
    log.keep(tmp_path / "run")
    kept = log.path.read_bytes()
    assert not said.exists() and kept.endswith(b"0123456789\n")
    assert b"\0" not in kept and len(kept) == 1 << 20
