"""Slow statements on a real branch: who cost what, without what was written in them; plans; what would be cheaper."""

from collections.abc import Iterator
from importlib import import_module
from io import StringIO
from typing import Any

import pytest
from rich.console import Console
from tests.daemon import House

from nacre.core.errors import NacreError

SECRET = "hunter2-and-more"


@pytest.fixture(scope="module")
def shop(shared_house: House) -> Iterator[House]:
    """A project with a table large enough for an index to matter, that has been asked for rows of it."""
    shared_house.call("project.create", name="shop")
    with shared_house.connect("shop") as connection:
        connection.execute("CREATE TABLE orders (id int PRIMARY KEY, customer int, note text)")
        connection.execute("INSERT INTO orders SELECT n, n % 5000, 'note' || n FROM generate_series(1, 60000) n")
        connection.execute("ANALYZE orders")
        for customer in range(5):
            connection.execute(
                f"SELECT note FROM orders WHERE customer = {customer + 4_000_000} AND note <> '{SECRET}'"
            )
        connection.execute(f"CREATE ROLE clerk PASSWORD '{SECRET}'")
        connection.execute(f"SET app.key TO {SECRET.replace('-', '_')}")
        connection.execute(f"DO $$ BEGIN PERFORM '{SECRET}'; END $$ -- {SECRET}")
    yield shared_house


def listed(house: House, **arguments: Any) -> dict[str, Any]:
    found: dict[str, Any] = house.call("statement.list", ref="shop", limit=1000, **arguments)
    return found


def one(house: House, text: str, **arguments: Any) -> dict[str, Any]:
    return next(each for each in listed(house, **arguments)["statements"] if text in each["text"])


def rows(house: House) -> int:
    with house.connect("shop") as connection:
        return int(connection.execute("SELECT count(*) FROM orders").fetchone()[0])  # type: ignore[index]


def test_what_statements_cost_is_told_and_no_value_that_was_in_them(shop: House) -> None:
    asked = one(shop, "WHERE customer = $1")
    assert asked["calls"] == 5 and asked["database"] == "shop" and asked["roles"] == ["shop"] and asked["seconds"] > 0
    texts = [each["text"] for each in listed(shop)["statements"]]
    assert "CREATE ROLE clerk PASSWORD ?" in texts and "SET app.key = ?" in texts
    assert not any("hunter2" in text or "4000" in text for text in texts)
    by_log = listed(shop, by="log")["statements"]
    assert by_log[0]["text"].startswith("INSERT INTO orders") and by_log[0]["log_bytes"] > 1_000_000


def test_since_an_earlier_look_only_what_was_added_is_told(shop: House) -> None:
    look = listed(shop)["look"]
    with shop.connect("shop") as connection:
        connection.execute("SELECT note FROM orders WHERE customer = 7 AND note <> 'x'")
    assert one(shop, "WHERE customer = $1", since=look)["calls"] == 1
    assert not any(each["text"].startswith("INSERT") for each in listed(shop, since=look)["statements"])
    with pytest.raises(NacreError, match="no longer known"):
        listed(shop, since="elsewhere")


def test_a_plan_is_shown_without_running_anything(shop: House) -> None:
    plan = shop.call("statement.explain", ref="shop", id=one(shop, "WHERE customer = $1")["id"])
    assert plan["step"]["kind"] == "Seq Scan" and plan["step"]["relation"] == "public.orders"
    assert "orders.customer = $1" in plan["step"]["conditions"]["Filter"] and plan["seconds"] is None
    with shop.connect("shop") as connection:
        connection.execute("DELETE FROM orders WHERE customer = -1")
    written = one(shop, "DELETE FROM orders WHERE customer")
    assert shop.call("statement.explain", ref="shop", id=written["id"])["step"]["kind"] == "ModifyTable"
    assert rows(shop) == 60_000
    with pytest.raises(NacreError) as unclear:
        shop.call("statement.explain", ref="shop", id=one(shop, "INSERT INTO orders")["id"])
    assert unclear.value.code == "sql-error" and "nacre statement try" in unclear.value.hint
    for id_, code in ((one(shop, "CREATE ROLE")["id"], "no-plan"), ("1-00000000000000ff", "statement-not-found")):
        with pytest.raises(NacreError) as refused:
            shop.call("statement.explain", ref="shop", id=id_)
        assert refused.value.code == code


def test_what_is_tried_is_rolled_back_and_is_one_statement(shop: House) -> None:
    def attempt(command: str, **more: Any) -> Any:
        return shop.call("statement.try", ref="shop", command=command, **more)

    assert attempt("DELETE FROM orders")["step"]["rows"] is None and rows(shop) == 60_000
    ran = attempt("DELETE FROM orders WHERE id <= 100", run=True)
    assert ran["step"]["steps"][0]["rows"] == 100 and ran["seconds"] > 0 and rows(shop) == 60_000
    for command, code in (
        ("SELECT 1; DELETE FROM orders", "sql-error"),
        ("SELECT 1) ; DELETE FROM orders", "sql-error"),
        ("COMMIT", "no-plan"),
        ("DELETE FROM orders WHERE id = $1", "values-missing"),
    ):
        with pytest.raises(NacreError) as refused:
            attempt(command, run=True)
        assert (command, refused.value.code) == (command, code)
    with pytest.raises(NacreError) as slow:
        attempt("SELECT pg_sleep(30)", run=True, timeout=0.1)
    assert slow.value.code == "sql-timeout" and rows(shop) == 60_000


def test_a_plan_does_nothing_even_where_planning_runs_a_function(shop: House) -> None:
    """Whoever may only look has statements planned that others ran: nothing of theirs may write."""
    with shop.connect("shop") as connection:
        connection.execute(
            "CREATE FUNCTION writes(int) RETURNS int LANGUAGE plpgsql AS"
            " $$ BEGIN DELETE FROM orders WHERE id = $1; RETURN 1; END $$"
        )
        connection.execute(
            "CREATE FUNCTION sly(int) RETURNS int IMMUTABLE LANGUAGE plpgsql AS $$ BEGIN RETURN writes($1); END $$"
        )
        connection.execute("CREATE VIEW slyly AS SELECT sly(1) AS n")
        connection.execute("BEGIN; SELECT n FROM slyly; ROLLBACK")
    with pytest.raises(NacreError, match="read-only transaction"):
        shop.call("statement.explain", ref="shop", id=one(shop, "SELECT n FROM slyly")["id"])
    assert rows(shop) == 60_000


def test_people_read_it_on_the_command_line(shop: House) -> None:
    def shown(operation: str, answer: Any) -> str:
        console = Console(file=StringIO(), width=160)
        import_module(f"nacre.surfaces.cli.present.{operation}").present(answer, console)
        text: str = console.file.getvalue()  # type: ignore[attr-defined]
        return text

    asked = one(shop, "WHERE customer = $1")
    assert "SELECT note FROM orders WHERE customer = $1" in shown("statement_list", listed(shop))
    plan = shown("statement_explain", shop.call("statement.explain", ref="shop", id=asked["id"]))
    assert "Seq Scan of public.orders" in plan and "(orders.customer = $1)" in plan
    ran = shop.call("statement.try", ref="shop", command="SELECT count(*) FROM orders", run=True)
    assert "expected; 1 in" in shown("statement_try", ran) and "rolled back" in shown("statement_try", ran)
    advice = shop.call("statement.advise", ref="shop", id=asked["id"])
    assert 'CREATE INDEX ON "public"."orders" ("customer");' in shown("statement_advise", advice)


def test_an_index_is_advised_for_what_is_read_whole(shop: House) -> None:
    advice = shop.call("statement.advise", ref="shop", id=one(shop, "WHERE customer = $1")["id"])
    assert advice["indexes"][0]["statement"] == 'CREATE INDEX ON "public"."orders" ("customer")'
    assert not advice["hypopg"] and "guesses" in advice["note"]


def test_counts_begin_anew(shop: House) -> None:
    shop.call("statement.reset", ref="shop")
    assert not any("WHERE customer" in each["text"] for each in listed(shop)["statements"])
