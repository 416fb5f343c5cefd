"""Killed while nothing is under way: Postgres comes back, clients of a dead daemon go on, what was frozen runs on."""

import os
import signal
from contextlib import suppress

import psycopg
import pytest
from tests.chaos.faulty_daemon import postgres_in
from tests.chaos.seen import left_over, rows_at, strays
from tests.chaos.struck import StruckHouse, struck_house, until


@pytest.fixture(scope="module")
def house():
    with struck_house("copy") as house:
        house.call("project.create", name="shop")
        with house.connect("shop") as connection:
            connection.execute("CREATE TABLE t (n int)")
        yield house


@pytest.fixture(autouse=True)
def nothing_left_over(house: StruckHouse):
    yield
    until(lambda: not left_over(house) and not strays(house))


@pytest.mark.parametrize("only_postmasters", [True, False], ids=["the postmaster", "every process"])
def test_a_killed_postgres_is_started_again_with_all_that_was_committed(house: StruckHouse, only_postmasters: bool):
    url = house.url("shop")
    before = rows_at(url)
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("INSERT INTO t SELECT coalesce(max(n), 0) + 1 FROM t")
    for pid in postgres_in(house.home, only_postmasters=only_postmasters):
        with suppress(ProcessLookupError):  # gone with its postmaster
            os.kill(pid, signal.SIGKILL)
    assert until(lambda: rows_at(url)) == (*before, len(before) + 1)
    until(lambda: house.call("system.status")["branches"][0]["postgres"] == "running")
    house.restart()  # its patience begins anew, and its word about the last ending goes


def test_a_transaction_that_is_open_when_the_daemon_is_killed_goes_on_and_commits(house: StruckHouse):
    url = house.url("shop")
    before = rows_at(url)
    server = postgres_in(house.home, only_postmasters=True)
    with psycopg.connect(url) as connection:
        connection.execute("INSERT INTO t VALUES (1000)")
        house.kill()
        connection.execute("INSERT INTO t VALUES (1001)")
        house.up()
        connection.execute("INSERT INTO t VALUES (1002)")
        connection.commit()
    assert rows_at(url) == (*before, 1000, 1001, 1002)
    until(lambda: house.call("system.status")["branches"][0]["postgres"] == "running")
    assert postgres_in(house.home, only_postmasters=True) == server


def test_files_changed_while_the_daemon_is_dead_are_in_the_history_afterwards(house: StruckHouse):
    root = house.files("shop")
    house.kill()
    (root / "meanwhile").write_text("written by nobody's leave")
    house.up()
    house.call("checkpoint", ref="shop", message="after")
    (root / "meanwhile").unlink()
    house.call("rewind", ref="shop", moment="after", only="files")
    assert (root / "meanwhile").read_text() == "written by nobody's leave"


def test_a_postgres_held_still_by_a_daemon_that_is_killed_runs_on(house: StruckHouse):
    url = house.url("shop")
    before = rows_at(url)
    for pid in postgres_in(house.home):
        os.kill(pid, signal.SIGSTOP)
    house.restart()
    assert until(lambda: (rows_at(url),)) == (before,)


def test_what_a_killed_daemon_left_half_made_is_swept_away(house: StruckHouse):
    branch = house.home / "projects" / "shop" / "branches" / "main"
    house.kill()
    for path in (branch / "past" / "0123456789ab" / "data.unfinished-1", house.home / "run" / "pg" / "new-7"):
        path.mkdir(parents=True)
        (path / "file").touch()
    house.up()
    until(lambda: not left_over(house))


def test_a_daemon_that_ends_in_good_order_leaves_no_process(house: StruckHouse):
    house.down()
    assert postgres_in(house.home) == []
    house.up()
    until(lambda: (rows_at(house.url("shop")),))
