"""What a query finds is what its conditions say, whatever the filters and shortcuts do."""

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nacre.engines.logs.asking import asked
from nacre.engines.logs.folding import folded
from nacre.engines.logs.line import Entry, Level
from nacre.engines.logs.literals import literals
from nacre.engines.logs.query import Condition, Expression, Field, Not, Part, Phrase, Query, QueryRefused
from nacre.engines.logs.reader import Reader
from nacre.engines.logs.search import search
from nacre.engines.logs.shelf import Shelf
from nacre.engines.logs.words import certain, words

PIECES = [
    "timeout",
    "Time",
    "out",
    "user_7",
    "7",
    "-",
    " ",
    " ",
    "订单",
    "失败",
    "ß",
    "İ",
    "=",
    '"',
    "\\",
    ".",
    "/",
    "id",
]
TEXTS = st.lists(st.sampled_from(PIECES), max_size=8).map("".join)
NOISE = st.binary(max_size=12).map(lambda noise: noise.replace(b"\\", b""))


@given(NOISE | TEXTS.map(str.encode), st.sampled_from([one for one in PIECES if one != "\\"]), NOISE)
def test_what_is_in_a_text_is_in_it_folded_and_its_certain_words_are_too(before, part, after):
    plain = folded(before + part.encode() + after)
    assert folded(part.encode()) in plain
    assert certain(folded(part.encode())) <= words(plain)


@pytest.fixture(scope="module")
def shelf(tmp_path_factory):
    """Blocks and a tail of lines made of few pieces, so that queries of the same pieces meet some."""
    folder = tmp_path_factory.mktemp("shelf")
    writer = Shelf(folder, block_bytes=600)
    texts = [
        "".join(PIECES[(number * step + step) % len(PIECES)] for step in range(1, 2 + number % 9)).encode()
        for number in range(300)
    ]
    texts += [
        b"",
        b"\xff\xfe timeout \xe8\xae",
        b"two\nlines of timeout",
        "\u212aelvin".encode(),
        b'{"msg":"\\u8ba2\\u5355"}',
    ]
    for at in range(0, len(texts), 5):
        writer.add([Entry(1000 * (at % 90), Level(at % 6), text) for text in texts[at : at + 5]])
    writer.close()
    return Reader(folder), texts


SIMPLE = st.one_of(
    TEXTS.filter(bool).map(Phrase),
    TEXTS.filter(bool).map(Part),
    st.builds(Field, st.sampled_from(["id", "user_7", "out"]), st.sampled_from(["7", "time", "订单", ""])),
    st.lists(st.sampled_from(["time", "out", "o+", "[a-z]", ".", "订", "$", "^", "(t|T)", "\\b", "-", " "]), min_size=1)
    .map("".join)
    .filter(lambda pattern: "^+" not in pattern)
    .map(Expression),
)
CONDITIONS = st.lists(SIMPLE | SIMPLE.map(Not), min_size=1, max_size=3)


@settings(max_examples=150, deadline=None)
@given(conditions=CONDITIONS, least=st.sampled_from(Level), since=st.integers(0, 90) | st.none())
def test_a_search_finds_just_the_lines_that_meet_its_conditions(shelf, conditions, least, since):
    reader, texts = shelf
    since_ms = None if since is None else 1000 * since
    found = search({"it": reader}, Query(conditions, least, since_ms), most=1000)
    expected = [
        number
        for number, text in enumerate(texts, 1)
        if all(condition.met(text, folded(text)) for condition in conditions)
        and (number - 1) // 5 * 5 % 6 >= least
        and (since is None or (number - 1) // 5 * 5 % 90 >= since)
    ]
    assert [hit.line.number for hit in found.hits] == expected[::-1]
    assert found.finished


def numbers_of(shelf, text: str) -> list[int]:
    return [hit.line.number for hit in search({"it": shelf[0]}, Query(asked(text)), most=1000).hits]


def test_chinese_is_found_by_any_of_its_characters_and_also_where_json_escapes_it(shelf):
    texts = shelf[1]
    having = [number for number, text in enumerate(texts, 1) if "订单".encode() in text or b"u8ba2" in text]
    for asked_for in ("订单", "订", "单"):
        assert numbers_of(shelf, asked_for) == having[::-1]
    assert having[-1] == len(texts)


@pytest.mark.parametrize(
    ("text", "conditions"),
    [
        ("", ()),
        ("  ", ()),
        ("time out", (Phrase("time"), Phrase("out"))),
        ('"time \\"out\\"" -late', (Phrase('time "out"'), Not(Phrase("late")))),
        ('status=500 -msg="not found"', (Field("status", "500"), Not(Field("msg", "not found")))),
        ("/a b\\/c/ -/x$/", (Expression("a b/c"), Not(Expression("x$")))),
        ("*part* */api/*", (Part("part"), Part("/api/"))),
        ("/api/orders/7 a=b=c =", (Phrase("/api/orders/7"), Field("a", "b=c"), Phrase("="))),
    ],
)
def test_what_people_type_is_read(text: str, conditions: tuple[Condition, ...]):
    assert asked(text) == conditions


@pytest.mark.parametrize(("text", "why"), [('"open', "not closed"), ("/a(/", "no regular"), ("x" * 2000, "at most")])
def test_what_cannot_be_read_is_refused_with_why(text, why):
    with pytest.raises(QueryRefused, match=why):
        asked(text)


@settings(max_examples=50)
@given(st.text())
def test_whatever_is_typed_is_read_or_refused(text):
    try:
        asked(text)
    except QueryRefused:
        pass


@settings(max_examples=150)
@given(
    st.lists(st.sampled_from(["ab", "c", " ", "d?", "e*", "[fg]", "(h)", "(i)?", "\\.", "\\d", "{2}", "^", "-"])),
    st.data(),
)
def test_the_literals_of_an_expression_are_in_all_that_it_matches(pieces, data):
    pattern = "".join(pieces)
    try:
        compiled = re.compile(pattern)
        assert Expression(pattern).compiled
    except (re.error, QueryRefused):
        return
    text = data.draw(st.from_regex(compiled))
    if Expression(pattern).met(text.encode(), b""):
        assert all(run in text for run in literals(pattern))


def test_fields_of_json_and_of_assignments_are_parsed():
    def has(text: str, name: str, value: str) -> bool:
        return Field(name, value).met(text.encode(), b"")

    line = (
        '2026-11-28 INFO {"status": 500, "user": {"name": "Anna \\"A\\"", "id": 1.50}, "ok": true, "tags": ["x", "y"]}'
    )
    assert has(line, "status", "500") and not has(line, "status", "50")
    assert has(line, "user.name", 'anna "a"') and has(line, "user.id", "1.50") and has(line, "ok", "TRUE")
    assert has(line, "tags", "y") and not has(line, "name", "x")
    assert has('at=info user.id=7, msg="it \\"broke\\""', "user.id", "7")
    assert has('at=info msg="it \\"broke\\""', "msg", 'it "broke"')
    assert not has("xstatus=500", "status", "500")
    assert not has('{"a":' * 100_000 + "}" * 100_000, "a", "1")
