"""What a line says of itself, and how it is kept: any bytes at all become lines that can be shown and searched."""

import json
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nacre.engines.logs.line import Level
from nacre.monitoring.logs.lines import LONGEST, kept, split
from nacre.monitoring.logs.stamp import Stamp, Stamper, continues

NONE, DEBUG, INFO, WARNING, ERROR, FATAL = Level
NOW = datetime(2026, 1, 31, 10, 42, 7, 250_000, UTC)
NOW_MS = int(NOW.timestamp() * 1000)
SECOND_MS = NOW_MS - 250


@pytest.mark.parametrize(
    ("line", "time_ms", "level"),
    [
        (b'{"event": "service ended", "level": "warning", "timestamp": "2026-01-31T10:42:07.250Z"}', NOW_MS, WARNING),
        (b'{"level":"error","ts":1769856127.25,"logger":"http","msg":"no"}', NOW_MS, ERROR),
        (b'{"level":50,"time":1769856127250,"msg":"pino"}', NOW_MS, ERROR),
        (b'{"ts":1769856127.25,"request":{"uri":"/cart"},"status":502}', NOW_MS, ERROR),
        (b"2026-01-31 10:42:07.250 UTC [4711] ann@shop ERROR:  no such table", NOW_MS, ERROR),
        (b"2026-01-31 10:42:07.250 UTC [4711] LOG:  checkpoint starting: time", NOW_MS, INFO),
        (b"2026-01-31T18:42:07+08:00 WARN  nearly full", SECOND_MS, WARNING),
        (b"2026-01-31 10:42:07,250 CRITICAL app: it burns", NOW_MS, FATAL),
        (b"Jan 31 10:42:07 host app[1]: <debug> DEBUG three", SECOND_MS, DEBUG),
        (b'10.0.0.1 - - [31/Jan/2026:10:42:07 +0000] "GET / HTTP/1.1" 200', SECOND_MS, NONE),
        (b"INFO:     127.0.0.1:1234 - no error here", NOW_MS, INFO),
        (b"[error] at 2026-01-31T10:42:07Z", SECOND_MS, ERROR),
        (b"Traceback (most recent call last):", NOW_MS, ERROR),
        (b"ValueError: not a number", NOW_MS, ERROR),
        (b"2999-01-31T10:42:07Z a clock that is wrong", NOW_MS, NONE),
        (b"2026-99-99T99:99:99Z no time at all", NOW_MS, NONE),
        ("一切正常".encode(), NOW_MS, NONE),
        (b"{", NOW_MS, NONE),
        (b"[" * 100_000, NOW_MS, NONE),
    ],
)
def test_a_line_tells_when_it_was_written_and_how_grave_it_is(line: bytes, time_ms: int, level: Level) -> None:
    assert Stamper().stamp(line, NOW_MS) == Stamp(time_ms, level)


def test_what_belongs_to_the_line_before_has_its_time_and_level() -> None:
    stamper = Stamper()
    said = stamper.stamp(b"2026-01-31 10:42:07 UTC [1] a@b ERROR:  no", NOW_MS)
    for line in (b"2026-01-31 10:42:08 UTC [1] a@b STATEMENT:  SELECT 1", b"\tFROM nothing", b"Caused by: that", b"}"):
        assert continues(line) and stamper.stamp(line, NOW_MS + 5000) == said


def test_a_stack_trace_is_of_one_time_and_level_to_its_last_line() -> None:
    stamper = Stamper()
    trace = (b"2026-01-31 10:42:07 ERROR no", b"Traceback (most recent call last):", b'  File "x"', b"ValueError: no")
    assert {stamper.stamp(line, NOW_MS + at) for at, line in enumerate(trace)} == {Stamp(SECOND_MS, ERROR)}
    assert stamper.stamp(b"and on it goes", NOW_MS) == Stamp(NOW_MS, NONE)


@given(
    st.floats(NOW_MS / 1000 - 86_400, NOW_MS / 1000 + 3600),
    st.text(),
    st.integers(0, 999),
    st.sampled_from(
        [{}, {"uuid": "b6db"}, {"uuid": "b6db", "began": None, "app": "shop"}, {"level": "warn", "app": "x"}]
    ),
)
def test_a_line_of_the_gateway_says_the_same_however_it_is_spelt(
    ts: float, uri: str, status: int, more: dict[str, object]
) -> None:
    told = {"ts": ts, "request": {"uri": uri}, "duration": 0.1, "size": 9, "status": status, **more}
    as_caddy_writes = json.dumps(told, separators=(",", ":")).encode()
    assert Stamper().stamp(as_caddy_writes, NOW_MS) == Stamper().stamp(json.dumps(told).encode(), NOW_MS)


@given(st.binary(max_size=300), st.integers(min_value=1, max_value=2**41))
def test_any_bytes_have_a_time_that_is_near_and_a_level(line: bytes, now_ms: int) -> None:
    stamp = Stamper().stamp(line, now_ms)
    assert now_ms - 31 * 86_400_000 < stamp.time_ms < now_ms + 3_600_001
    assert stamp.level in Level


@given(st.binary(max_size=500))
def test_any_bytes_are_kept_as_text_that_can_be_shown(data: bytes) -> None:
    lines = split(data)
    assert len(lines) == data.removesuffix(b"\n").count(b"\n") + 1
    for line in lines:
        assert all(character == "\t" or ord(character) >= 0x20 for character in line.decode())


@given(st.text(st.characters(codec="utf-8", exclude_categories=("C", "Z"))))
def test_text_is_kept_as_it_is(text: str) -> None:
    assert kept(text.encode(), len(text.encode())) == text.encode()


@pytest.mark.parametrize("piece", [b"x", "字".encode(), b"\x00"])
def test_a_line_that_is_too_long_is_cut_and_says_so(piece: bytes) -> None:
    line = kept(piece * LONGEST, len(piece) * LONGEST + 1)
    assert len(line) < LONGEST + 100
    assert line.decode().endswith(" bytes of this line left out]")


@pytest.mark.parametrize("letter", ["\x7f", "\x85", "\u202e"])
def test_a_line_of_json_stays_one_whatever_it_cites(letter: str) -> None:
    """Else whoever asks for a path with such a letter is in no log of the app that was asked."""
    document = {"app": "shop", "uri": f"/{letter}"}
    (line,) = split(json.dumps(document, ensure_ascii=False).encode() + b"\n")
    assert json.loads(line) == document and letter.encode() not in line


@pytest.mark.parametrize(("letter", "count"), [('"', 66_000), ("\x85", 30_000), ("é", 66_000), ("x", 66_000)])
def test_nor_does_a_path_of_many_letters_hide_whose_line_it_is(letter: str, count: int) -> None:
    document = {"request": {"uri": "/" + letter * count}, "app": "shop"}
    line, after = split(json.dumps(document, ensure_ascii=False).encode() + b"\nafter\n")
    cut = json.loads(line)
    assert len(line) <= LONGEST and cut["app"] == "shop" and after == b"after"
    assert cut["request"]["uri"].startswith(f"/{letter}") and "characters left out]" in cut["request"]["uri"]


def test_colours_are_left_out_and_controls_are_escaped() -> None:
    assert split(b"\x1b[32mINFO\x1b[0m done\r\nbell \x07\n") == [b"INFO done", b"bell \\x07"]
