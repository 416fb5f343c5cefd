"""Names of tables, conditions, orders, pages, values and CSV: the rules that need no database."""

import csv
import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nacre.core.errors import InvalidInput
from nacre.queries import csvtext
from nacre.queries.conditions import Condition, Order, parse_condition, parse_order, where
from nacre.queries.names import TableName, parse_table
from nacre.queries.paging import After, beyond, parse_after, total_order
from nacre.queries.values import to_sql

NAMES = st.text(st.characters(codec="utf-8", exclude_characters="\0"), min_size=1, max_size=20)


@given(NAMES, NAMES)
def test_a_table_is_read_back_as_it_was_written(schema, name):
    table = TableName(schema, name)
    assert parse_table(str(table)) == table


@pytest.mark.parametrize("text", ["", ".", "a.", ".a", "a.b.c", '"a', 'a"b"', "a\0b", '"a"b', " a", '""'], ids=ascii)
def test_what_names_no_table_is_refused(text):
    with pytest.raises(InvalidInput):
        parse_table(text)


@pytest.mark.parametrize(
    ("text", "condition"),
    [
        ("age >= 18", Condition("age", ">=", "18")), ("age>=18", Condition("age", ">=", "18")),
        ("name = O'Neil = x", Condition("name", "=", "O'Neil = x")), ("name =", Condition("name", "=", "")),
        ("name contains a b", Condition("name", "contains", "a b")),
        ("paid is null", Condition("paid", "is null", None)),
        ("paid IS  NOT NULL", Condition("paid", "is not null", None)),
        ('"odd name" != x', Condition("odd name", "!=", "x")),
        ('"a""b" in 1, 2', Condition('a"b', "in", "1, 2")), ("größe < 3", Condition("größe", "<", "3")),
    ],
)  # fmt: skip
def test_conditions_read_as_people_write_them(text, condition):
    assert parse_condition(text) == condition


@pytest.mark.parametrize(
    "text", ["", "age", "age 18", "= 3", "paid is null now", "a = \0", "age between 1 and 2"], ids=ascii
)
def test_what_is_no_condition_is_refused(text):
    with pytest.raises(InvalidInput):
        parse_condition(text)


@given(st.text(max_size=40))
def test_any_text_is_a_condition_or_refused_in_words(text):
    try:
        parse_condition(text)
    except InvalidInput as error:
        assert error.hint


def test_values_are_quoted_whatever_they_hold():
    types = {"n": "text"}
    for operator in ("=", "like", "contains", "starts", "in"):
        sql = where([Condition("n", operator, "x'; DROP TABLE t; --")], types).as_string(None)
        assert "''; DROP" in sql
    with pytest.raises(InvalidInput):
        where([Condition('n"; DROP', "=", "x")], types)
    assert where([Condition("n", "contains", "50%_\\")], types).as_string(None).count("\\\\") >= 3


def test_a_page_goes_on_where_the_last_one_ended():
    orders = total_order([Order("name", True)], ["id"])
    assert orders == [Order("name", True), Order("id")]
    assert parse_after(str(After(("ann", None))), 2) == After(("ann", None))
    assert parse_after(str(After(offset=40)), 2) == After(offset=40)
    assert parse_order("-name") == Order("name", True)


@given(st.text(max_size=60), st.integers(0, 3))
def test_any_text_is_a_cursor_or_refused(text, columns):
    try:
        parse_after(text, columns)
    except InvalidInput as error:
        assert error.code == "bad-cursor"


def test_rows_beyond_one_are_told_by_an_index_where_it_can_tell():
    rising = [Order("a"), Order("b")]
    assert beyond(rising, ["1", "2"], []).as_string(None) == """("a", "b") > ('1', '2')"""
    assert " OR " in beyond(rising, ["1", "2"], ["b"]).as_string(None)
    assert " OR " in beyond([Order("a", True), Order("b")], ["1", "2"], []).as_string(None)


@pytest.mark.parametrize(
    ("value", "type_", "sql"),
    [
        (None, "integer", "NULL"), (True, "boolean", "'true'::boolean"), (3, "bigint", "'3'::bigint"),
        ("x'y", "text", "'x''y'::text"), ({"a": "'"}, "jsonb", """'{"a": "''"}'::jsonb"""), ("s",
        "json", """'"s"'::json"""),
        (['a"b', None, [1]], "text[]", """ E'{"a\\\\"b",NULL,{"1"}}'::text[]"""), ("AA==",
        "bytea", "decode('AA==', 'base64')"),
    ],
)  # fmt: skip
def test_values_become_literals_cast_to_their_column(value, type_, sql):
    assert to_sql(value, type_).as_string(None) == sql


def test_csv_is_read_by_line_and_record():
    records = list(csvtext.read([b"\xef\xbb\xbfa,b\r\n1,", b'"x\ny"\n\n2,z'], ","))
    assert records == [(1, ["a", "b"]), (3, ["1", "x\ny"]), (5, ["2", "z"])]


@given(
    st.lists(
        st.lists(st.text(st.characters(codec="utf-8", exclude_characters="\r\0")), min_size=2, max_size=2), max_size=8
    ),
    st.integers(1, 9),
)
def test_csv_reads_back_however_it_is_cut(records, piece):
    out = io.StringIO()
    csv.writer(out, lineterminator="\n", quoting=csv.QUOTE_ALL).writerows(records)
    raw = out.getvalue().encode()
    pieces = [raw[at : at + piece] for at in range(0, len(raw), piece)]
    read = [record for _, record in csvtext.read(pieces, ",")]
    assert read == records


@pytest.mark.parametrize("raw", [b'a,"b\n', b"a\n\xff\xfe\n", b'"a"b,c\n'])
def test_what_is_no_csv_is_refused_by_line(raw):
    with pytest.raises(InvalidInput) as refused:
        list(csvtext.read([raw], ","))
    assert refused.value.code == "bad-csv"


def test_headers_find_their_columns():
    columns = ["id", "name", "born"]
    assert csvtext.matched(["ID", " Name "], columns, {}) == [(0, "id"), (1, "name")]
    assert csvtext.matched(["a", "id"], columns, {"a": "born"}) == [(0, "born"), (1, "id")]
    assert csvtext.matched(["a", "id"], columns, {"a": ""}) == [(1, "id")]
    for header, mapping in (
        (["x"], {}),
        (["id", "Id"], {}),
        (["id"], {"y": "name"}),
        (["x"], {"x": "none"}),
        (["x"], {"x": ""}),
    ):
        with pytest.raises(InvalidInput):
            csvtext.matched(header, columns, mapping)
    assert csvtext.parse_mapping(["a=b=c", "x="]) == {"a=b": "c", "x": ""}
