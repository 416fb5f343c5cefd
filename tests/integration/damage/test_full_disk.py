"""A full disk: what needs room is refused with the bytes needed, nothing is lost, Postgres goes on serving."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import pytest
from tests.daemon import House, house_on
from tests.integration.damage.conftest import Past, damage, undisturbed

pytestmark = pytest.mark.root
STORE_BYTES = 640 << 20
FULL_LEAVES_BYTES = 48 << 20
"""Room for Postgres to go on writing WAL; too little for a copy of its data directory."""


@pytest.fixture
def small() -> Iterator[Past]:
    """A project on a small store of its own, where every copy is a real one."""
    with house_on("reflink", STORE_BYTES, NACRE_STORAGE="copy") as house:
        house.call("project.create", name="shop")
        past = Past(house)
        with house.connect("shop") as connection:
            connection.execute("CREATE TABLE numbers (n int)")
            connection.execute("CREATE TABLE filler (pad text)")
        past.write(2)
        (house.files("shop") / "note.txt").write_text("first")
        house.call("checkpoint", ref="shop", message="start")
        yield past


@contextmanager
def filled(house: House, leave_bytes: int) -> Iterator[Path]:
    """Somebody else takes all room on the store but `leave_bytes`, until they let go of it."""
    ballast = house.settings.projects / "ballast"
    free = os.statvfs(house.settings.projects)
    with ballast.open("wb") as file:
        os.posix_fallocate(file.fileno(), 0, max(1, free.f_bavail * free.f_frsize - leave_bytes))
    try:
        yield ballast
    finally:
        ballast.unlink(missing_ok=True)


def test_what_needs_room_is_refused_and_works_once_there_is_some(small: Past) -> None:
    house, moment = small.house, small.moments[0].isoformat()
    with filled(house, FULL_LEAVES_BYTES):
        with undisturbed(small):
            for operation, arguments in (
                ("rewind", {"moment": moment}),
                ("branch.create", {"name": "new"}),
                ("sql.run", {"command": "SELECT 1", "at": moment}),
            ):
                error = small.refusal(operation, ref="shop", **arguments)
                assert error.code == "disk-full", f"{operation}: {error.code} {error.message}"
                assert "bytes" in error.message
                assert error.hint
        with house.connect("shop") as connection:
            connection.execute("INSERT INTO numbers VALUES (100)")
        assert [branch["ref"] for branch in house.call("branch.list", ref="shop")] == ["shop"]
    assert small.rows() == [0, 1, 100]
    house.call("rewind", ref="shop", moment=moment)
    assert small.rows() == [0]
    house.call("undo", ref="shop")
    assert small.rows() == [0, 1, 100]
    assert small.verify()["ok"]


def test_files_written_while_the_store_was_full_are_in_the_history_once_there_is_room(small: Past) -> None:
    house, note = small.house, small.house.files("shop") / "note.txt"
    with filled(house, 0):
        note.write_bytes(b"second")  # what the tree itself has room for, its history may not
        try:
            house.call("checkpoint", ref="shop", message="full")
        except Exception as error:
            assert "internal-error" not in str(getattr(error, "code", "")), error
    note.write_text("third")
    house.call("checkpoint", ref="shop", message="room")
    note.write_text("fourth")
    house.call("rewind", ref="shop", moment="room", only="files")
    assert note.read_text() == "third"
    assert small.verify()["ok"]
    assert datetime.fromisoformat(small.show()["newest"]) <= datetime.now(UTC)


def test_a_base_that_does_not_fit_is_told_as_trouble_and_taken_once_it_does(small: Past) -> None:
    house = small.house
    for catalog in small.postgres.glob("1/bases/*/data/base/5/1259"):
        damage(catalog, "flipped")
    assert not small.verify()["ok"]
    with filled(house, FULL_LEAVES_BYTES):
        house.restart()  # it sees that there is no usable base left
        small.wait(lambda: small.show()["trouble"])
        assert "bytes of disk" in small.show()["trouble"]
        with house.connect("shop") as connection:
            connection.execute("INSERT INTO numbers VALUES (100)")
        assert {base["state"] for base in small.show()["bases"]} == {"damaged"}
        assert len(list(small.postgres.glob("1/bases/*"))) == len(small.show()["bases"])
    small.wait(lambda: any(base["state"] == "ready" for base in small.show()["bases"]))
    small.wait(lambda: small.show()["trouble"] is None)
    assert small.rows() == [0, 1, 100]
