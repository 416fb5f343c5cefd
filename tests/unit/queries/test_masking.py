"""Nothing that was written into a statement as a value is left in its masked text, however it was written."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nacre.queries.statements.identity import read, written
from nacre.queries.statements.masking import masked

SECRET = "zq5kvx"
_AROUND = st.text(alphabet="ab'\"\\$-*/ \n(),;=1.E", max_size=8)


@st.composite
def values(draw: st.DrawFn) -> str:
    """A string that holds the secret, as SQL can write it."""
    inner = draw(_AROUND) + SECRET + draw(_AROUND)
    match draw(st.sampled_from(["plain", "escaped", "dollars", "tagged"])):
        case "plain":
            return "'" + inner.replace("'", "''") + "'"
        case "escaped":
            return "E'" + inner.replace("\\", "\\\\").replace("'", "\\'") + "'"
        case "dollars":
            return "$$" + inner.replace("$", "") + "$$"
        case _:
            return f"$a${inner.replace('$', '')}$a$"


@given(
    st.lists(st.one_of(values(), st.sampled_from(['"a ""b"', "name", "x.y", "$1", " ", "(", ",", "''"])), max_size=6)
)
def test_no_string_is_left(parts: list[str]) -> None:
    assert SECRET not in masked("SELECT " + " , ".join(parts))


@given(st.text(max_size=200))
def test_any_text_can_be_masked_and_again(text: str) -> None:
    once = masked(text)
    assert masked(once) == once


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ('SELECT "a b", c1 FROM t WHERE x = $1 AND y > 42', 'SELECT "a b", c1 FROM t WHERE x = $1 AND y > ?'),
        ("ALTER ROLE ann PASSWORD 'hunter2'", "ALTER ROLE ann PASSWORD ?"),
        ("SET app.key TO hunter2", "SET app.key = ?"),
        ("ALTER ROLE ann IN DATABASE shop SET app.key = hunter2", "ALTER ROLE ann IN DATABASE shop SET app.key = ?"),
        ("UPDATE t SET a = b WHERE c = $2", "UPDATE t SET a = b WHERE c = $2"),
        ("SELECT /* hunter2 /* in */ here */ 1 -- hunter2\n, 2", "SELECT  ? \n, ?"),
        ("SELECT 'a\\', hunter2, '", "SELECT ?"),
        ("SELECT 'never closed hunter2", "SELECT ?"),
        ("DO $x$ hunter2 $$ $x$ LANGUAGE sql", "DO ? LANGUAGE sql"),
        ("COPY t FROM PROGRAM 'hunter2' WITH (FORMAT csv)", "COPY t FROM PROGRAM ? WITH (FORMAT csv)"),
    ],
)
def test_what_is_left(text: str, left: str) -> None:
    assert masked(text) == left


@given(st.integers(0, 2**32 - 1), st.integers(-(2**63), 2**63 - 1))
def test_a_statement_is_found_by_the_name_it_is_given(database_id: int, query_id: int) -> None:
    assert read(written(database_id, query_id)) == (database_id, query_id)
