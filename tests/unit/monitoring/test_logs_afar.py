"""Logs of apps on nodes come here whole and once, whatever is killed or cut, and a node that lies is not believed."""

import os
import socket
import tempfile
import threading
import zlib
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nacre.core.clock import system_clock
from nacre.core.errors import Unavailable
from nacre.engines.logs.line import Entry, Level
from nacre.engines.logs.query import Query
from nacre.engines.logs.reader import Reader
from nacre.engines.logs.search import follow
from nacre.monitoring.afar.bringing import Bringing
from nacre.monitoring.afar.carried import Carried, carried, entry
from nacre.monitoring.afar.giving import Giving, of_instance
from nacre.monitoring.afar.messages import Head, Reached, Refused, Wanted, note, read_answer, write_answer
from nacre.monitoring.afar.owed import Owed
from nacre.monitoring.logs.caps import Caps
from nacre.monitoring.logs.follower import SHELF, Follower
from nacre.monitoring.logs.source import Source, write_plan
from nacre.runtime.afar.asking import Standing

MB = 1 << 20
NUMBER = 7
AMPLE = Caps(64 * MB, 14, 64 * MB)
SOURCE = Source(key="app.1.7", name="app shop", kind="app", path="", project="shop", app="shop")
MADE, OTHER = "0123456789abcdef", "fedcba9876543210"


class Machines:
    """A node with its follower, and the one that it brings lines to with its own."""

    def __init__(self, folder: Path, node_caps: Caps = AMPLE) -> None:
        self.folder, self.caps = folder, node_caps
        self.written, self.cut = 0, False
        self.log = folder / "app.log"
        self.plan = folder / "node.json"
        write_plan(self.plan, [of_instance(NUMBER, "shop", self.log)])
        self._start_node()
        self._start_here()

    def restart_node(self) -> None:
        self.there.close()
        self._start_node()

    def _start_node(self) -> None:
        self.there = Follower(self.plan, self.folder / "there", self.caps)
        self.giving = Giving(self.folder / "there", self.plan)

    def restart_here(self) -> None:
        self.here.close()
        self._start_here()

    def _start_here(self) -> None:
        self.owed = Owed(self.folder / "nodes")
        self.sources = self.owed.owe([("shelf", NUMBER, SOURCE)])
        write_plan(self.folder / "here.json", self.sources)
        self.here = Follower(self.folder / "here.json", self.folder / "here", AMPLE)
        self.bringing = Bringing(self.owed, self.folder / "here", "shelf", system_clock, wait_s=0, quiet_s=0)

    def write(self) -> None:
        with self.log.open("ab") as log:
            for number in range(self.written + 1, self.written + 4):
                log.write(b"line %d\n" % number)
        self.written += 3

    def bring(self) -> None:
        self.bringing.bring(self)

    def lose_the_answer(self) -> None:
        self.cut = True
        with pytest.raises(Unavailable):
            self.bring()
        self.cut = False

    def miss(self) -> None:
        self.bringing.miss(system_clock(), "it is cut off")

    def follow_there(self) -> None:
        self.there.look()

    def follow_here(self) -> None:
        self.here.look()

    def kill_in_the_middle(self) -> None:
        """Half a line was added when whoever added it was killed."""
        spool = Path(self.sources[0].path)
        if spool.exists():
            with spool.open("ab") as file:
                file.write(b"%s 99 1000 0 line ni" % MADE.encode())
        self.follow_here()
        self.restart_here()

    def post(self, what: str, content: bytes, most_bytes: int) -> bytes:
        answer = self.giving.answer(content)
        if self.cut:
            raise Unavailable("node-unreachable", "The cable is cut.")
        return answer

    def come_to_rest(self) -> None:
        self.there.look()
        while self.bringing.bring(self) and (before := self.lines()) != self.settle():
            assert len(before) <= self.written
        self.settle()

    def settle(self) -> list[bytes]:
        self.here.look()
        return self.lines()

    def lines(self) -> list[bytes]:
        """What is on the shelf here, without what was said of the node."""
        return [text for text in self.all() if not text.startswith(b"[")]

    def all(self) -> list[bytes]:
        reader = Reader(self.folder / "here" / SOURCE.key / SHELF)
        if not reader.folder.exists():
            return []
        return [hit.line.text for hit in follow({"x": reader}, Query(), after={"x": 1}, most=100_000).hits]

    def close(self) -> None:
        self.there.close()
        self.here.close()


STEPS: list[Callable[[Machines], None]] = [
    Machines.write,
    Machines.bring,
    Machines.follow_there,
    Machines.follow_here,
    Machines.lose_the_answer,
    Machines.miss,
    Machines.restart_node,
    Machines.kill_in_the_middle,
]


@settings(deadline=None, max_examples=40)
@given(st.lists(st.sampled_from(STEPS), min_size=4, max_size=14))
def test_each_line_comes_once_whatever_is_cut_or_killed(steps: list[Callable[[Machines], None]]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        machines = Machines(Path(folder))
        for step in steps:
            step(machines)
        machines.come_to_rest()
        assert machines.lines() == [b"line %d" % number for number in range(1, machines.written + 1)]
        machines.close()


def test_what_a_node_could_not_keep_is_counted_and_what_is_gone_is_settled(tmp_path: Path) -> None:
    machines = Machines(tmp_path, Caps(4 * MB, 14, 4 * MB))
    with machines.log.open("wb") as log:
        for _ in range(3):
            log.writelines(os.urandom(10_000).hex().encode() + b"\n" for _ in range(150))
            log.flush()
            machines.there.look()
            machines.there.tend()
    for _ in range(4):
        machines.bring()
        machines.here.look()
    notes = [text for text in machines.all() if text.startswith(b"[")]
    left_out = sum(int(text[1:].split()[0]) for text in notes if b"lines left out: shelf" in text)
    assert left_out > 0 and len(machines.lines()) + left_out == 450
    write_plan(machines.plan, [])
    machines.there.look()
    machines.owed.owe([])
    machines.bring()
    machines.bring()
    assert machines.owed.nodes() == set() and not Path(machines.sources[0].path).exists()
    machines.close()


def test_long_lines_come_in_as_many_answers_as_it_takes(tmp_path: Path) -> None:
    machines = Machines(tmp_path)
    with machines.log.open("wb") as log:
        log.writelines(b"%03d" % number + b"x" * 60_000 + b"\n" for number in range(200))
    while machines.there.look():
        pass
    asked = 0
    while len(machines.lines()) < 200 and (asked := asked + 1) < 20:
        machines.bring()
        machines.here.look()
    assert [text[:3] for text in machines.all()] == [b"%03d" % number for number in range(200)]
    machines.close()


HOSTILE = f"no\n{MADE} 9 {1 << 70} 2 forged\n"


def test_what_a_node_refuses_with_is_told_in_a_line_and_says_nothing_in_the_name_of_its_app(tmp_path: Path) -> None:
    """Such words were written among the lines that it brings, with a time that ended whoever follows all logs."""
    machines = Machines(tmp_path)
    machines.write()
    machines.follow_there()
    machines.bring()
    machines.bringing.miss(system_clock(), HOSTILE + "x" * (1 << 20))
    machines.follow_here()
    assert machines.lines() == [b"line 1", b"line 2", b"line 3"]
    assert len(machines.all()) == 4
    assert len(machines.all()[-1]) < 2000
    machines.close()


@pytest.mark.parametrize("time_ms", [1 << 70, 1 << 53, -1])
def test_a_line_of_a_time_that_there_is_not_is_of_when_it_came(time_ms: int) -> None:
    assert entry(line(5, time_ms=time_ms).written()[:-1], NOW_MS) == Entry(NOW_MS, Level.INFO, b"x")


@given(st.text())
def test_a_line_of_ours_is_one_whatever_it_cites(words: str) -> None:
    assert carried(note(MADE, 5, NOW_MS, words).written()[:-1]) is not None
    assert note(MADE, 5, NOW_MS, words).written().count(b"\n") == 1


def drip(server: socket.socket, stop: threading.Event) -> None:
    """An answer that would take weeks."""
    there, _ = server.accept()
    with there, suppress(OSError):
        there.recv(1 << 16)
        there.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 8000000\r\n\r\n")
        while not stop.wait(0.02):
            there.sendall(b"x")


def test_a_node_that_answers_byte_by_byte_holds_nobody_up(tmp_path: Path) -> None:
    """Nacre did not come to its end either then."""
    stop = threading.Event()
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(str(tmp_path / "node"))
        server.listen()
        thread = threading.Thread(target=drip, args=(server, stop))
        thread.start()
        standing = Standing("shelf", tmp_path / "node", whole_s=0.2)
        with pytest.raises(Unavailable, match="takes longer than"):
            standing.post("lines", b"{}", MB)
        stop.set()
        thread.join()
        standing.close()


def test_a_node_that_was_removed_is_said_to_have_kept_the_rest(tmp_path: Path) -> None:
    machines = Machines(tmp_path)
    machines.write()
    machines.there.look()
    machines.bring()
    machines.owed.owe([])
    machines.bringing.give_up()
    machines.here.look()
    machines.bringing.give_up()
    assert machines.all()[-1].endswith(b"was not brought here is lost]") and machines.owed.nodes() == set()
    machines.close()


def test_a_label_that_cannot_be_read_keeps_nothing_from_starting_and_is_written_anew(tmp_path: Path) -> None:
    (known,) = Owed(tmp_path).owe([("shelf", NUMBER, SOURCE)])
    Path(known.path).with_suffix(".json").write_text("{")
    owed = Owed(tmp_path)
    assert owed.nodes() == set()
    owed.owe([("shelf", NUMBER, SOURCE)])
    assert Owed(tmp_path).nodes() == {"shelf"}


ASKED = {NUMBER: Wanted(made=MADE, next=5)}
NOW_MS = 1_800_000_000_000


def answer(*lines: tuple[int, Carried], of: int = NUMBER, end: int = 8, now_ms: int = NOW_MS) -> bytes:
    return write_answer(Head(now_ms=now_ms, reached={of: Reached(made=MADE, next=end, live=True)}), lines)


def line(number: int, text: bytes = b"x", made: str = MADE, time_ms: int = NOW_MS - 5) -> Carried:
    return Carried(made, number, time_ms, Level.INFO, text)


@pytest.mark.parametrize(
    ("packed", "why"),
    [
        (answer(of=8), "which it was not asked for"),
        (answer((8, line(5))), "of whose log it does not tell"),
        (answer((NUMBER, line(5, made=OTHER))), "of whose log it does not tell"),
        (answer((NUMBER, line(4))), "where one from 5 on was to come"),
        (answer((NUMBER, line(6)), (NUMBER, line(6))), "where one from 7 on was to come"),
        (answer((NUMBER, line(8))), "where one from 5 on was to come"),
        (answer((NUMBER, line(5, b"x\n7 of another"))), "a line that is none"),
        (answer((NUMBER, line(5, b"x" * 100_000))), "a line of 100000 bytes"),
        (answer(*((NUMBER, line(at)) for at in range(5, 20_000)), end=20_000), "more lines than"),
        (zlib.compress(b"x" * (9 << 20)), "more than"),
        (zlib.compress(b"[" * 100_000 + b"\n"), "no beginning"),
        (b"nonsense", "cannot be unpacked"),
    ],
)
def test_what_a_node_must_not_say_is_refused(packed: bytes, why: str) -> None:
    with pytest.raises(Refused, match=why):
        read_answer(packed, ASKED, NOW_MS)


@given(st.binary(max_size=300), st.booleans())
def test_nonsense_is_refused_with_a_word(noise: bytes, begun: bool) -> None:
    sound = zlib.decompress(answer((NUMBER, line(5))))
    try:
        brought = read_answer(zlib.compress(sound + noise if begun else noise), ASKED, NOW_MS)
    except Refused:
        return
    assert brought.lines.keys() <= {NUMBER}


@given(st.integers(0, 1 << 45), st.integers(-(1 << 62), 1 << 62))
def test_times_are_by_the_clock_of_this_machine(skewed_ms: int, before_ms: int) -> None:
    packed = answer((NUMBER, line(5, time_ms=skewed_ms - 60_000)), now_ms=skewed_ms)
    (one,) = read_answer(packed, ASKED, NOW_MS).lines[NUMBER]
    assert abs(one.time_ms - (NOW_MS - 60_000)) <= 1000
    wild = answer((NUMBER, line(5, time_ms=before_ms)))
    (one,) = read_answer(wild, ASKED, NOW_MS).lines[NUMBER]
    assert NOW_MS - 31 * 86_400_000 < one.time_ms <= NOW_MS
