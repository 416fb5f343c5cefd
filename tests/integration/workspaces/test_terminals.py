"""Terminals over the WebSocket and at `nacre terminal`: they last, replay, are shared, and survive the daemon."""

import json

import pytest
from tests.daemon import House
from tests.integration.workspaces.conftest import at_the_command_line, typing
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.sync.client import connect

from nacre.core.errors import NacreError


def test_what_is_typed_is_run_and_shown(house: House):
    with typing(house, "shop") as typist:
        typist.type("echo $((6 * 7))-here\r")
        typist.until("42-here")
        typist.type("psql -Atc 'SELECT 6 * 7' | sed s/^/psql-/\r")
        typist.until("psql-42")


def test_it_goes_on_when_a_client_leaves_and_shows_what_was_there(house: House):
    with typing(house, "shop", "lasting") as typist:
        typist.type("kept=still-$((1 + 1)); echo $kept-there\r")
        typist.until("still-2-there")
    with typing(house, "shop", "lasting") as typist:
        typist.until("still-2-there")
        typist.type("echo again-$kept\r")
        typist.until("again-still-2")


def test_a_client_that_comes_back_misses_nothing_and_gets_nothing_twice(house: House):
    with typing(house, "shop", "broken") as typist:
        typist.type("for n in $(seq 20000); do echo line $n; done; echo all-$((40 + 2))\r")
        typist.until("line 500")
        run, seen, offset = typist.run, typist.screen, typist.offset
    with typing(house, "shop", "broken", run=run, after=offset) as typist:
        assert typist.offset == offset
        typist.until("all-42", timeout_s=30)
        shown = (seen + typist.screen).decode().splitlines()
    lines = [line for line in shown if line.startswith("line ")]
    assert lines == [f"line {number}" for number in range(1, 20001)]


def test_several_clients_see_the_same_and_may_all_type(house: House):
    with typing(house, "shop", "shared") as one, typing(house, "shop", "shared") as other:
        one.type("echo from-$((1))\r")
        other.until("from-1")
        other.type("echo from-$((1 + 1))\r")
        one.until("from-2")
        assert one.run == other.run


def test_its_size_is_the_clients(house: House):
    with typing(house, "shop", "sized", cols=91, rows=31) as typist:
        typist.type("stty size\r")
        typist.until("31 91")
        typist.say(type="resize", cols=132, rows=43)
        typist.type("stty size\r")
        typist.until("43 132")


def test_pings_are_answered_and_garbage_ends_the_connection(house: House):
    with typing(house, "shop", "pinged") as typist:
        typist.say(type="ping", id=7)
        while (said := typist.read()) != {"type": "pong", "id": 7}:
            assert said == {}
        typist.say(type="resize", cols=0, rows=10**9)
        with pytest.raises(ConnectionClosed) as closed:
            while True:
                typist.read()
        assert closed.value.rcvd is not None and closed.value.rcvd.code == 1003


def test_the_end_of_the_shell_is_told_and_the_name_is_free_again(house: House):
    with typing(house, "shop", "ending") as typist:
        first = typist.run
        typist.type("exit 5\r")
        while typist.exit_code is None:
            typist.read()
        assert typist.exit_code == 5
    with typing(house, "shop", "ending", run=first, after=10**6) as typist:
        assert typist.run != first
        assert typist.offset == 0


def test_closing_one_ends_what_runs_in_it(house: House):
    with typing(house, "shop", "closed") as typist:
        typist.type("sleep 4321\r")
        typist.until("sleep 4321")
        house.call("terminal.close", ref="shop", name="closed")
        while typist.exit_code is None:
            typist.read()
    listed = {one["name"]: one["exit_code"] for one in house.call("terminal.list", ref="shop")}
    assert listed["closed"] is not None
    with pytest.raises(NacreError) as unknown:
        house.call("terminal.close", ref="shop", name="nobody")
    assert unknown.value.code == "terminal-not-found"


def test_a_full_screen_program_works(house: House):
    with typing(house, "shop", "screen") as typist:
        typist.type("printf 'one\\ntwo\\n' > poem; less poem\r")
        typist.until("\x1b[?1049h")
        typist.type("q")
        typist.until("\x1b[?1049l")


def test_nobody_unknown_no_viewer_and_no_foreign_page_gets_in(house: House):
    url = f"ws://127.0.0.1:{house.settings.port}/api/projects/shop/terminals/main/socket"
    viewer = house.call("token.create", name="look", role="viewer", kind="person")["token"]
    owner = house.call("token.create", name="own", role="admin", kind="person")["token"]
    for headers in (
        {},
        {"Authorization": "Bearer nacre_nonsense"},
        {"Authorization": f"Bearer {viewer}"},
        {"Authorization": f"Bearer {owner}", "Origin": "https://evil.example"},
    ):
        with pytest.raises(InvalidStatus) as refused, connect(url, additional_headers=headers):
            pass
        assert refused.value.response.status_code == 403
    with connect(url, additional_headers={"Authorization": f"Bearer {owner}"}) as connection:
        assert json.loads(connection.recv(timeout=10))["type"] == "hello"


def test_one_who_may_no_longer_loses_the_connection(house: House):
    made = house.call("token.create", name="soon gone", role="user", kind="person")
    url = f"ws://127.0.0.1:{house.settings.port}/api/projects/shop/terminals/revoked/socket"
    with connect(url, additional_headers={"Authorization": f"Bearer {made['token']}"}) as connection:
        connection.recv(timeout=10)
        house.call("token.revoke", id=made["id"])
        with pytest.raises(ConnectionClosed) as closed:
            while True:
                connection.recv(timeout=20)
    assert closed.value.rcvd is not None and closed.value.rcvd.code == 1008


def test_nacre_terminal_types_resizes_and_ends_with_the_shells_exit_code(house: House):
    with at_the_command_line(house, "shop", "--name", "typed") as screen:
        screen.type("stty size\r")
        screen.until("33 99")
        screen.resize(101, 35)
        screen.type("sleep 0.2; stty size\r")
        screen.until("35 101")
        screen.type("exit 3\r")
        assert screen.process.wait(20) == 3


def test_nacre_terminal_is_left_without_ending_it(house: House):
    with at_the_command_line(house, "shop", "--name", "left") as screen:
        screen.type("echo $((6 * 7))-left\r")
        screen.until("42-left")
        screen.type("\x1d")
        assert screen.process.wait(20) == 0
    assert [one["exit_code"] for one in house.call("terminal.list", ref="shop") if one["name"] == "left"] == [None]


def test_nacre_terminal_without_a_terminal_says_what_to_do(house: House):
    done = house.run("terminal", "shop")
    assert done.returncode == 1
    assert "nacre exec shop" in done.stderr
