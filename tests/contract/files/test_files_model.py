"""Random operations, random moments: the journal agrees with the disk at each, and each can be restored."""

import os
import shutil
import tempfile
from pathlib import Path

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from nacre.engines.files import FileHistory

from .conftest import look, recorded

NAMES = st.sampled_from(["a", "b", "c d", "\udcff"])
PATHS = st.lists(NAMES, min_size=1, max_size=3).map("/".join)
OPERATIONS = st.one_of(
    st.tuples(st.just("write"), PATHS, st.binary(max_size=20)),
    st.tuples(st.just("append"), PATHS, st.binary(max_size=20)),
    st.tuples(st.just("mkdir"), PATHS, st.none()),
    st.tuples(st.just("symlink"), PATHS, PATHS),
    st.tuples(st.just("remove"), PATHS, st.none()),
    st.tuples(st.just("rename"), PATHS, PATHS),
    st.tuples(st.just("hardlink"), PATHS, PATHS),
    st.tuples(st.just("chmod"), PATHS, st.sampled_from([0o600, 0o644, 0o755, 0o4711])),
    st.tuples(st.just("barrier"), st.booleans(), st.none()),
    st.tuples(st.just("restore"), st.integers(0, 20), st.none()),
)


def perform(root: Path, verb: str, path: str, value: object) -> None:
    """Do it as a program would; what the kernel refuses did not happen."""
    target = root / path
    try:
        match verb:
            case "write":
                target.write_bytes(value)  # type: ignore[arg-type]
            case "append":
                with target.open("ab") as file:
                    file.write(value)  # type: ignore[arg-type]
            case "mkdir":
                target.mkdir(parents=True)
            case "symlink":
                target.symlink_to(str(value))
            case "remove" if target.is_dir() and not target.is_symlink():
                shutil.rmtree(target)
            case "remove":
                target.unlink()
            case "rename":
                target.rename(root / str(value))
            case "hardlink":
                os.link(target, root / str(value), follow_symlinks=False)
            case "chmod" if not target.is_symlink():
                target.chmod(value)  # type: ignore[arg-type]
    except OSError:
        pass


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(OPERATIONS, max_size=30))
def test_every_moment_is_known_and_restorable(operations: list[tuple[str, object, object]]) -> None:
    work = Path(tempfile.mkdtemp())
    root = work / "files"
    root.mkdir()
    history = FileHistory(work / "history")
    try:
        tree = history.tree("main", root)
        tree.start()
        moments = [(tree.barrier(), look(root))]
        for verb, first, second in operations:
            if verb == "barrier":
                moments.append((tree.barrier(rescan=bool(first)), look(root)))
            elif verb == "restore":
                mark, then = moments[int(str(first)) % len(moments)]
                tree.barrier()
                tree.restore(mark.seq)
                assert look(root) == then
            else:
                perform(root, verb, str(first), second)
        moments.append((tree.barrier(rescan=False), look(root)))
        for mark, then in moments:
            assert recorded(tree, mark.seq) == then
            assert tree.seq_at(mark.time_ns) == mark.seq
        for mark, then in moments:
            tree.restore(mark.seq)
            assert look(root) == then
        assert history.verify() == []
    finally:
        history.close()
        shutil.rmtree(work)
