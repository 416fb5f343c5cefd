"""Statements are taken apart as PostgreSQL would, and what is none is refused without harm."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nacre.engines.pgwire.errors import SqlError
from nacre.engines.pgwire.select import Parameter, Select, parse
from nacre.engines.pgwire.statements import (
    Close,
    Declare,
    Discard,
    Fetch,
    Nothing,
    Query,
    Reset,
    Rollback,
    RollbackTo,
    Set,
    read,
    split,
)
from nacre.engines.pgwire.tokens import tokens


@pytest.mark.parametrize(
    ("text", "found"),
    [
        (
            "SELECT answer FROM public.call WHERE ((request = $1::text))",
            Select(("answer",), "call", {"request": Parameter(1)}),
        ),
        (
            "select * from call c where (c.request = 'it''s' and b = E'a\\nb')",
            Select((), "call", {"request": "it's", "b": "a\nb"}),
        ),
        (
            'SELECT r1."piece" FROM "public"."stream" r1 WHERE ((r1.request = $$x$$)) LIMIT 3::bigint',
            Select(("piece",), "stream", {"request": "x"}, 3),
        ),
        ("SELECT answer FROM call -- all\n /* of /* them */ */ ;", Select(("answer",), "call", {})),
    ],
)  # fmt: skip
def test_questions(text: str, found: Select) -> None:
    assert parse(text) == found


@pytest.mark.parametrize(
    "text",
    [
        "", "SELECT", "SELECT 1", "SELECT a FROM b WHERE c > 'd'", "SELECT a FROM b WHERE (c = 'd'",
        "SELECT a FROM b; DROP",
        "SELECT a FROM b WHERE c = 'd", "SELECT a FROM b WHERE c = 'x' OR d = 'y'", "DELETE FROM call",
        "SELECT a FROM b WHERE c = 'x' AND c = 'y'", "SELECT a FROM b /* c", "SELECT f(a) FROM b",
    ],
)  # fmt: skip
def test_what_is_not_understood_is_refused(text: str) -> None:
    with pytest.raises(SqlError):
        parse(text)


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("DECLARE c1 CURSOR FOR\nSELECT a FROM b", Declare("c1", "SELECT a FROM b")),
        ("FETCH 100 FROM c1", Fetch("c1", 100, forgets=False)),
        ("MOVE FORWARD 2 IN \"C\"", Fetch("C", 2, forgets=True)),
        ("CLOSE ALL", Close(None)),
        ("ROLLBACK TO SAVEPOINT s2", RollbackTo("s2")),
        ("ABORT TRANSACTION", Rollback()),
        ("SET timezone = 'GMT'", Set("timezone", "GMT")),
        ("SET datestyle TO DEFAULT", Reset("datestyle")),
        ("RESET ALL", Reset(None)),
        ("DISCARD ALL", Discard()),
        ("SET SESSION CHARACTERISTICS AS TRANSACTION READ ONLY", Nothing("SET")),
        ("-- a comment\nSELECT 2", Query("-- a comment\nSELECT 2")),
        (" ; ", None),
    ],
)  # fmt: skip
def test_what_the_server_answers_itself(text: str, found: object) -> None:
    assert read(text) == found


def test_a_semicolon_in_a_text_divides_nothing() -> None:
    assert split("SELECT 'a;b'; ; SELECT $x$;$x$ -- ;\n") == ("SELECT 'a;b'", "SELECT $x$;$x$ -- ;")


@given(st.text())
def test_a_text_comes_out_as_it_went_in(text: str) -> None:
    quoted = "'" + text.replace("'", "''") + "'"
    assert [(token.kind, token.value) for token in tokens(quoted)] == [("text", text)]


@given(st.text(alphabet="aE'\"$;-/*\\( )=.:,1", max_size=40))
def test_nonsense_is_refused_and_nothing_worse(text: str) -> None:
    for understand in (parse, read, split):
        try:
            understand(text)
        except SqlError as refused:
            assert len(refused.sqlstate) == 5
