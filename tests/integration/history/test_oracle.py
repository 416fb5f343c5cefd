"""The oracle: a writer whose every write is timed from outside says what each moment of the past must give."""

import random
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from tests.daemon import House, StorageKind, house_on
from tests.integration.history.writer import COUNTER, FOLDER, Writer, content_of, moment, name_of

from nacre.core.errors import NacreError

FILE_SKEW_NS = 2_000_000_000
"""The bound that the documentation states, for moments that are no checkpoint. A change is read at the latest 2 s after
it (engines/files/pending.py), and times in a journal never run back: a file may seem younger by as much, when another
was read in between, and of versions that follow one another faster only some are kept. It may seem older by a tick of
the kernel's clock, 4 or 10 ms. Measured with 200 moments on a busy two-core machine (Linux 6.18): files written once
0.5 ms older to 75 ms younger, a file rewritten all the time 0 ms older to 0.67 s younger."""


@dataclass(frozen=True)
class Amount:
    """How much is asked; `writing_s` is how long the writer writes."""

    writing_s: float
    looks: int
    travels: int


_USUAL = Amount(15, 40, 6)
_THOROUGH = Amount(60, 200, 20)


@dataclass(frozen=True)
class Written:
    house: House
    writer: Writer
    began_ns: int
    checkpoints: dict[int, bool]  # number → whether the writer was in a burst
    storage: StorageKind
    amount: Amount


@pytest.mark.timeout(900)
@pytest.mark.parametrize(
    "storage",
    [
        pytest.param("btrfs", marks=pytest.mark.root),
        # The drivers are held to one contract each by itself; the oracle asks what is built upon them.
        pytest.param("reflink", marks=[pytest.mark.root, pytest.mark.thorough]),
        pytest.param("copy", marks=pytest.mark.thorough),
    ],
)
def test_every_moment_of_a_time_of_writing_comes_back(storage: StorageKind, request: pytest.FixtureRequest):
    amount = _THOROUGH if request.config.getoption("--thorough") else _USUAL
    with house_on(storage) as house:
        written = _write(house, storage, amount)
        _every_moment_gives_the_rows_committed_by_then_and_the_files_within_the_skew(written)
        _checkpoints_pair_rows_and_files_without_any_skew(written)
        _rewinds_and_branches_bring_back_the_same(written)


def _write(house: House, storage: StorageKind, amount: Amount) -> Written:
    """Have a project written to, and take checkpoints meanwhile, every third at any time, the others in a burst."""
    house.call("project.create", name="shop")
    began_ns = time.time_ns()
    with house.connect("shop") as connection:
        connection.execute("CREATE TABLE numbered (n integer PRIMARY KEY)")
    tree = house.files("shop")
    (tree / FOLDER).mkdir()
    writer = Writer(house.url("shop"), tree, amount.writing_s, seed=1)
    thread = threading.Thread(target=writer.run)
    thread.start()
    checkpoints: dict[int, bool] = {}
    while thread.is_alive():
        busy = len(checkpoints) % 3 != 0 and writer.hammering.wait(10)
        checkpoints[house.call("checkpoint", ref="shop")["id"]] = busy
        time.sleep(amount.writing_s / 20)
    thread.join()
    return Written(house, writer, began_ns, checkpoints, storage, amount)


def _every_moment_gives_the_rows_committed_by_then_and_the_files_within_the_skew(written: Written):
    with ThreadPoolExecutor(3) as pool:
        looks = list(pool.map(lambda at_ns: _look(written, at_ns), _moments(written, written.amount.looks)))
    created, rewritten = ([skew / 1e6 for skew in skews] for skews in zip(*looks, strict=True))
    print(
        f"\n{written.storage}: {len(looks)} moments, {len(written.writer.writes)} writes. Older / younger than"
        f" they are by up to: new files {max(created):.1f} / {-min(created):.1f} ms, the rewritten file"
        f" {max(rewritten):.1f} / {-min(rewritten):.1f} ms"
    )
    assert max(map(abs, created + rewritten)) <= FILE_SKEW_NS / 1e6


def _checkpoints_pair_rows_and_files_without_any_skew(written: Written):
    assert any(written.checkpoints.values())
    assert not all(written.checkpoints.values())
    for number in written.checkpoints:
        rows, files, counter = _past(written.house, f"#{number}")
        assert files - rows in (0, 1), f"checkpoint #{number}: {rows} rows, {files} files"
        assert counter in (rows, files), f"checkpoint #{number}: {rows} rows, {files} files, counter at {counter}"


def _rewinds_and_branches_bring_back_the_same(written: Written):
    house, writer = written.house, written.writer
    for turn, at_ns in enumerate(_moments(written, written.amount.travels, seed=2)):
        if turn % 2:
            house.call("branch.create", ref="shop", name="then", at=moment(at_ns))
            rows, files = _here(house, "shop:then")
            house.call("branch.delete", ref="shop:then")
        else:
            answer = house.call("rewind", ref="shop", moment=moment(at_ns))
            assert answer["reached"] <= answer["asked"]
            rows, files = _here(house, "shop")
        assert rows in writer.rows_at(at_ns), f"turn {turn}: {rows} rows at {moment(at_ns)}"
        assert abs(writer.file_skew_ns(at_ns, files)) <= FILE_SKEW_NS
    for number in list(written.checkpoints)[-4:]:
        house.call("rewind", ref="shop", moment=f"#{number}")
        rows, files = _here(house, "shop")
        assert files - rows in (0, 1), f"checkpoint #{number}: {rows} rows, {files} files"
    for _ in range(written.amount.travels // 2 + len(list(written.checkpoints)[-4:])):
        house.call("undo", ref="shop")
    assert _here(house, "shop") == (len(writer.writes), len(writer.writes))


def _moments(written: Written, count: int, seed: int = 1) -> list[int]:
    """Random moments; among them the very start, idle gaps, the last second, and the middle between two commits."""
    luck, writes = random.Random(seed), written.writer.writes
    last = writes[-1].commit_ended
    gaps = written.writer.gaps(longer_than_s=2)
    assert gaps
    special = [written.began_ns, written.began_ns + 1_000_000, writes[0].file_began, last]
    special += [luck.randint(*luck.choice(gaps)) for _ in range(count // 6)]
    special += [last - luck.randrange(1_000_000_000) for _ in range(count // 6)]
    for _ in range(count // 4):
        one = luck.randrange(len(writes) - 1)
        special.append((writes[one].commit_ended + writes[one + 1].file_began) // 2)
    chosen = luck.sample(special, min(len(special), count * 2 // 3))
    return chosen + [luck.randint(written.began_ns, last) for _ in range(count - len(chosen))]


def _look(written: Written, at_ns: int) -> tuple[int, int]:
    """Look at rows and files of a moment; returns the skews of the numbered files and of the counter, in ns."""
    at_ns = at_ns // 1000 * 1000
    rows, files, counter = _past(written.house, moment(at_ns))
    assert rows in written.writer.rows_at(at_ns), f"{rows} rows at {moment(at_ns)}"
    return written.writer.file_skew_ns(at_ns, files), written.writer.file_skew_ns(at_ns, counter)


def _past(house: House, at: str) -> tuple[int, int, int]:
    """How many rows and files there were, and what the counter said."""
    return _rows(house, at), _files(house, at), _counter(house, at)


def _rows(house: House, at: str) -> int:
    try:
        answer = house.call("sql.run", ref="shop", command="SELECT array_agg(n ORDER BY n) FROM numbered", at=at)
    except NacreError as error:
        assert "does not exist" in error.message, error.message
        return 0
    return _count(answer["rows"][0][0] or [])


def _files(house: House, at: str) -> int:
    try:
        found: list[dict[str, Any]] = house.call("files.ls", ref="shop", path=FOLDER, at=at)
    except NacreError as error:
        assert error.code == "file-not-found", error.message
        return 0
    names = sorted(Path(one["path"]).name for one in found)
    assert names == [name_of(number) for number in range(1, len(names) + 1)]
    return len(names)


def _counter(house: House, at: str) -> int:
    try:
        return int(house.call("files.cat", ref="shop", path=COUNTER, at=at)["content"] or 0)
    except NacreError as error:
        assert error.code == "file-not-found", error.message
        return 0


def _here(house: House, ref: str) -> tuple[int, int]:
    """Rows and files of a branch as it is now, the content of the files included."""
    with house.connect(ref) as connection:
        table = connection.execute("SELECT to_regclass('numbered')").fetchone()
        rows = connection.execute("SELECT n FROM numbered ORDER BY n").fetchall() if table and table[0] else []
    folder = house.files(ref) / FOLDER
    names = sorted(path.name for path in folder.iterdir()) if folder.exists() else []
    assert names == [name_of(number) for number in range(1, len(names) + 1)]
    for number, name in enumerate(names[:-1], 1):
        assert (folder / name).read_text() == content_of(number)
    return _count([row[0] for row in rows]), len(names)


def _count(numbers: list[int]) -> int:
    assert numbers == list(range(1, len(numbers) + 1)), "rows are missing in between"
    return len(numbers)
