"""Whatever bytes come, however slowly and in whatever number: the server ends it cleanly and goes on serving others."""

import contextlib
import socket
import struct
import time
from collections.abc import Iterator

import psycopg
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from psycopg import errors
from tests.waiting import eventually

_SAID_FIRST = b"user\0ada\0database\0any\0\0"
_GREETING = struct.pack("!ii", 8 + len(_SAID_FIRST), 3 << 16) + _SAID_FIRST
_TEXTS = st.sampled_from(
    [
        b"", b"BEGIN", b"ROLLBACK", b"SELECT answer FROM call WHERE request = $1", b"SELECT answer FROM call",
        b"DECLARE c CURSOR FOR SELECT answer FROM call WHERE request = 'x'", b"FETCH 2 FROM c", b"CLOSE c", b"c",
        b"SAVEPOINT c", b"ROLLBACK TO c", b"DEALLOCATE ALL", b"DISCARD ALL", b"SET a = b", b"SHOW a", b"\xff", b"'",
        b"SELECT answer FROM call WHERE request = 'fail'; SELECT 1", b"COPY call FROM STDIN",
    ]
)  # fmt: skip
_NUMBERS = st.sampled_from([0, 1, 2, -1, -2, 3, 25, 0x7FFF, -0x8000])


def _message(kind: bytes, said: bytes) -> bytes:
    return kind + struct.pack("!i", len(said) + 4) + said


_PIECES = st.one_of(
    st.binary(max_size=12),
    _TEXTS.map(lambda text: text + b"\0"),
    _NUMBERS.map(lambda number: struct.pack("!h", number)),
    _NUMBERS.map(lambda number: struct.pack("!i", number)),
    st.sampled_from([b"S", b"P"]),
)
_MESSAGES = st.one_of(
    st.builds(_message, st.sampled_from([bytes([each]) for each in b"QPBDECHSFXcdfp?"]),
              st.lists(_PIECES, max_size=8).map(b"".join)),
    st.builds(lambda text: _message(b"Q", text + b"\0"), _TEXTS),
    st.builds(lambda name, text: _message(b"P", name + b"\0" + text + b"\0\0\0"), st.sampled_from([b"", b"p"]), _TEXTS),
    st.just(_message(b"B", b"\0\0" + struct.pack("!hhi", 0, 1, 1) + b"x" + b"\0\0")),
    st.just(_message(b"E", b"\0" + struct.pack("!i", 1))),
    st.just(_message(b"S", b"")),
)  # fmt: skip


@settings(max_examples=250, deadline=None, suppress_health_check=list(HealthCheck))
@given(greeted=st.booleans(), sent=st.one_of(st.lists(_MESSAGES, max_size=12).map(b"".join), st.binary(max_size=200)))
def test_no_bytes_harm_the_server(served, greeted: bool, sent: bytes) -> None:
    with _raw(served, greeted=greeted) as client:
        client.sendall(sent)
        said = _said(client)
    assert _kinds(said if greeted else said.lstrip(b"NS")) is not None, said


def test_after_all_of_that_nothing_is_left(served):
    eventually(lambda: (served.echo.sessions, served.server.connections) == (0, 0), within_s=5)
    assert not served.complaints
    with _connected(served) as connection:
        assert connection.execute("SELECT answer FROM call WHERE request = 'on'").fetchone() == ("ada: on",)


def test_a_value_that_nobody_gave_is_missed(served):
    with _connected(served) as connection, pytest.raises(errors.UndefinedParameter):
        connection.execute("SELECT answer FROM call WHERE request = $1")


def test_a_defect_costs_one_statement(served):
    with _connected(served) as connection:
        with pytest.raises(errors.InternalError_, match="ZeroDivisionError"):
            connection.execute("SELECT answer FROM broken")
        assert connection.execute("SELECT answer FROM call WHERE request = 'on'").fetchone() == ("ada: on",)


def test_what_is_too_long_is_let_pass_and_told(served):
    with _connected(served) as connection:
        with pytest.raises(errors.ProgramLimitExceeded, match="more than 16 MB"):
            connection.execute("SELECT answer FROM call WHERE request = %s", ["x" * (17 << 20)])
        with pytest.raises(errors.ProgramLimitExceeded, match="more than 16 MB"):
            connection.execute("SELECT answer FROM call WHERE request = '" + "x" * (17 << 20) + "'", prepare=False)
        with pytest.raises(errors.StatementTooComplex):
            connection.execute("SELECT " + "1," * 20_000)
        assert connection.execute("SELECT answer FROM call WHERE request = 'on'").fetchone() == ("ada: on",)


def test_what_is_kept_for_a_client_has_its_measure(served):
    with (
        _connected(served) as connection,
        connection.transaction(force_rollback=True),
        pytest.raises(errors.ProgramLimitExceeded, match="too many cursors"),
    ):
        for number in range(4):
            query = f"DECLARE c{number} CURSOR FOR SELECT answer FROM call WHERE request = %s"
            connection.execute(query, ["x" * (10 << 20)])


def test_those_who_do_not_say_who_they_are_are_sent_away(served):
    began = time.monotonic()
    with socket.socket(socket.AF_UNIX) as slow:
        slow.connect(str(served.folder / ".s.PGSQL.5432"))
        slow.sendall(_GREETING[:6])
        slow.settimeout(5)
        assert slow.recv(100) == b""
    assert time.monotonic() - began < 3


def test_more_than_there_is_room_for_hear_so_and_room_comes_back(served):
    with contextlib.ExitStack() as stack:
        for _ in range(100):
            stack.enter_context(_connected(served))
        with pytest.raises(psycopg.OperationalError, match="too many connections"):
            psycopg.connect(host=str(served.folder), user="ada", dbname="any")
    eventually(lambda: served.server.connections == 0, within_s=5)
    with _connected(served) as connection:
        assert connection.execute("SELECT answer FROM call WHERE request = 'on'").fetchone() == ("ada: on",)


def test_a_stream_waits_for_its_client(served):
    with _raw(served, greeted=True) as client, _connected(served) as other:
        client.sendall(_message(b"Q", b"SELECT answer FROM flood\0"))
        for _ in range(200):
            other.execute("SELECT 1")
        assert 0 < served.echo.flooded < 200
    eventually(lambda: served.echo.sessions == 0, within_s=5)


def _connected(served) -> psycopg.Connection:
    return psycopg.connect(host=str(served.folder), user="ada", dbname="any", autocommit=True)


@contextlib.contextmanager
def _raw(served, *, greeted: bool) -> Iterator[socket.socket]:
    with socket.socket(socket.AF_UNIX) as client:
        client.settimeout(5)
        client.connect(str(served.folder / ".s.PGSQL.5432"))
        if greeted:
            client.sendall(_GREETING)
            said = b""
            while not said.endswith(b"Z\0\0\0\5I"):
                said += client.recv(1 << 16)
        yield client


def _said(client: socket.socket) -> bytes:
    """What the server says, until it says no more."""
    client.settimeout(0.004)
    said = b""
    with contextlib.suppress(TimeoutError, ConnectionError):
        while piece := client.recv(1 << 16):
            said += piece
    return said


def _kinds(said: bytes) -> str | None:
    """The kinds of the messages in it; None where it is not made of whole messages."""
    kinds = ""
    while said:
        if len(said) < 5:
            return None
        length = struct.unpack("!i", said[1:5])[0]
        if length < 4 or len(said) < length + 1:
            return None
        kinds, said = kinds + chr(said[0]), said[length + 1 :]
    return kinds
