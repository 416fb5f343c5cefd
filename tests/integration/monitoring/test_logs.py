"""Logs as people meet them: a daemon's own and a database's, found, followed, and shown to whom they concern."""

import json
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import suppress
from itertools import count

import pytest
from tests.daemon import House, house_on
from tests.waiting import eventually

from nacre.core.errors import NacreError


@pytest.fixture(scope="module")
def home() -> Iterator[House]:
    with house_on("copy") as house:
        house.call("project.create", name="shop")
        house.call("project.create", name="till")
        yield house


def found(house: House, query: str, **more: object) -> list[str]:
    return [line["text"] for line in house.call("log.search", query=query, **more)["lines"]]


def test_what_a_database_says_is_found_with_what_was_asked_of_it(home: House) -> None:
    with home.connect("shop") as connection, pytest.raises(Exception, match="division by zero"):
        connection.execute("SELECT 1/0 AS quokka")
    eventually(lambda: found(home, "quokka", of="shop"))
    page = home.call("log.search", query="division", of="shop", level="error")
    (line,) = page["lines"]
    assert (line["name"], line["level"]) == ("postgres shop", "error")
    around = home.call("log.around", source=line["source"], number=line["number"])
    texts = [each["text"] for each in around["lines"]]
    assert any("STATEMENT:  SELECT 1/0 AS quokka" in text for text in texts)
    assert found(home, "quokka", of="till") == []
    counted = home.call("log.counts", query="division", of="shop", since="1h")
    assert sum(bucket["error"] for bucket in counted["buckets"]) == 1


def test_a_password_in_a_statement_that_failed_is_not_kept(home: House) -> None:
    with home.connect("shop") as connection, pytest.raises(Exception, match="quoll"):
        connection.execute("ALTER ROLE CURRENT_USER\nPASSWORD\n'echidna\nbandicoot' quoll")

    def said() -> list[str]:
        lines = home.call("log.search", query="quoll", of="shop")["lines"]
        return [text for line in lines for text in (line["text"], *line["rest"])]

    eventually(lambda: any(text.endswith("***' quoll") for text in said()))
    assert not [text for text in said() if "echidna" in text or "bandicoot" in text]


def test_the_id_of_a_call_finds_what_it_left_in_the_daemon_s_log(home: House) -> None:
    home.call("sql.run", ref="shop", command="SELECT 1")
    (entry,) = home.call("audit.list", limit=1)
    eventually(lambda: found(home, f"request_id={entry['request_id']}", of="daemon"))
    (line,) = found(home, f"request_id={entry['request_id']}", of="daemon")
    assert '"operation": "sql.run"' in line and '"who": "owner:owner"' in line


def test_a_kill_of_the_daemon_loses_no_line_of_the_audit_and_makes_none_twice(home: House) -> None:
    asking = threading.Thread(target=_ask_until_it_ends, args=(home,))
    asking.start()
    eventually(lambda: found(home, "operation=sql.run", of="audit"))
    home.kill()
    asking.join()
    home.up()
    done = home.call("audit.list", limit=1000)
    eventually(lambda: len(found(home, "", of="audit", limit=1000)) >= len(done))
    lines = [json.loads(text) for text in found(home, "", of="audit", limit=1000)]
    told = {line["entry"]: (line["who"], line["operation"], line["outcome"], line.get("branch")) for line in lines}
    assert told == {one["id"]: (one["who"], one["operation"], one["outcome"], one["branch"]) for one in done}
    assert len(lines) == len(done)


def _ask_until_it_ends(home: House) -> None:
    with suppress(NacreError):
        while True:
            home.call("sql.run", ref="shop", command="SELECT 1")


def test_what_is_gone_keeps_its_log_for_some_days_and_another_of_its_name_has_its_own(home: House) -> None:
    home.call("branch.create", ref="shop", name="sale")
    eventually(lambda: [one for one in home.call("log.list") if one["ref"] == "shop:sale"])
    eventually(lambda: found(home, "ready to accept", of="shop:sale"))
    (home.settings.logs / "postgres-shop.sale.log.1").write_text("set aside\n")
    home.call("branch.delete", ref="shop:sale")
    assert not [*home.settings.logs.glob("postgres-shop.sale.*")], "another of its name would be told what it said"
    gone = [one for one in home.call("log.list") if one["ref"] == "shop:sale"]
    eventually(lambda: [one["live"] for one in home.call("log.list") if one["ref"] == "shop:sale"] == [False])
    home.call("branch.create", ref="shop", name="sale")
    eventually(lambda: len([one for one in home.call("log.list") if one["ref"] == "shop:sale"]) == 2)
    assert found(home, "ready to accept", source=[gone[0]["key"]])


def test_what_is_asked_in_vain_is_told_why(home: House) -> None:
    for code, asked in (
        ("log-not-found", {"of": "nowhere"}),
        ("bad-query", {"query": '"no end'}),
        ("bad-query", {"query": "/(/"}),
        ("bad-cursor", {"before": "?"}),
        ("bad-moment", {"since": "#12"}),
    ):
        with pytest.raises(NacreError) as refused:
            home.call("log.search", **asked)
        assert refused.value.code == code


def test_lines_are_followed_on_the_command_line(home: House) -> None:
    """Those since a time and those that come, each once, while more are written all the time."""
    argv = [sys.executable, "-m", "nacre", "logs", "till", "--grep", "wombat", "--since", "1h", "--follow", "--json"]
    stop = threading.Event()
    said = threading.Thread(target=_say_until, args=(home, stop))
    said.start()
    try:
        eventually(lambda: len(found(home, "wombat")) > 5)
        with subprocess.Popen(argv, env=home.environment, stdout=subprocess.PIPE, text=True) as following:
            assert following.stdout is not None
            lines = [json.loads(following.stdout.readline()) for _ in range(5)]
            more = len(found(home, "wombat", limit=1000)) + 20
            lines += [json.loads(following.stdout.readline()) for _ in range(more)]
            following.kill()
    finally:
        stop.set()
        said.join()
    assert {line["name"] for line in lines} == {"postgres till"}
    assert [int(line["text"].split()[-1]) for line in lines] == [*range(len(lines))]
    shown = home.run("logs", "till", "--grep", "wombat", "-n", "1").stdout
    assert "postgres till" in shown and "wombat" in shown


def _say_until(home: House, stop: threading.Event) -> None:
    with home.connect("till") as connection:
        for number in count():
            connection.execute(f"DO $$ BEGIN RAISE WARNING 'wombat {number}'; END $$")
            if stop.wait(0.02):
                return
