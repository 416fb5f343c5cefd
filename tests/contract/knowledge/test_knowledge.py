"""What is added is found: by meaning, by words, in each language that is promised, and by nobody else."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path

import numpy as np
import pytest
from sqlalchemy import text
from tests.contract.knowledge.conftest import all_tables, opened, tables_of, words_that_fail
from tests.integration.knowledge.conftest import ANN, Library
from tests.integration.knowledge.test_backups import Archives, answers
from tests.waiting import eventually

from nacre.core.errors import NacreError
from nacre.core.principals import Kind, Principal, Role
from nacre.knowledge.checking import Checking
from nacre.knowledge.found import Explanation
from nacre.knowledge.preparing import New
from nacre.knowledge.recall import Recall

HANDBOOK = """# Handbook

## Leave

Employees take twenty-five days of paid holiday a year.

## Laptops

A stolen computer is reported to the help desk within the hour.
"""


@pytest.fixture(scope="module")
def handbook(library: Library) -> str:
    name = library.make("handbook")
    library.add(name, **{"handbook.md": HANDBOOK, "canteen.md": "Lunch is served from noon until two."})
    return name


def documents(found: object) -> list[str]:
    return [record.document for record in found.records]  # type: ignore[attr-defined]


@pytest.mark.parametrize("mode", ["hybrid", "vector"])
def test_a_passage_is_found_by_its_meaning_though_no_word_is_shared(library: Library, handbook: str, mode: str) -> None:
    first = library.search(handbook, "vacation entitlement", mode=mode).records[0]
    assert "twenty-five days" in first.passage
    assert first.vector_rank == 1 and first.text_rank is None
    assert first.similarity_score is not None and 0.2 < first.similarity_score < 1


def test_a_passage_is_found_by_a_word_and_says_where_it_stands(library: Library, handbook: str) -> None:
    first = library.search(handbook, "stolen computers?", mode="text").records[0]
    assert HANDBOOK[first.start : first.end] == first.passage
    assert (first.context, first.citation) == ("Handbook\n", f"handbook.md, passage {first.position}")
    assert (first.text_rank, first.vector_rank, first.similarity_score) == (1, None, None)


def test_both_legs_are_told_when_asked_for(library: Library, handbook: str) -> None:
    found = library.search(handbook, "holiday", explain=True)
    assert found.explain is not None and found.explain.nothing is None
    assert found.explain.vector_found == found.explain.passages == 4
    assert found.explain.text_found == 1
    first = found.records[0]
    assert (first.vector_rank, first.text_rank) == (1, 1)
    assert first.score == pytest.approx(2 / 61)
    assert all(record.similarity_score is not None for record in found.records)


@pytest.mark.parametrize("query", ["数据库", "迁移", "时间机器", "データ", "PostgreSQL 迁移", "ＰｏｓｔｇｒｅＳＱＬ"])
def test_words_of_chinese_and_japanese_are_found_in_mixed_text(library: Library, query: str) -> None:
    name = next((one.name for one in library.collections.readable(ANN) if one.name == "asia"), None)
    if name is None:
        name = library.make("asia", dimension=2)
        texts = {"zh": "用时间机器把PostgreSQL数据库的迁移撤回", "ja": "データベースを移す PostgreSQL", "en": "a tree"}
        library.adding.add(ANN, name, [New(key, value, {}, [1.0, 0.0]) for key, value in texts.items()])
    expected = {"データ": "ja", "ＰｏｓｔｇｒｅＳＱＬ": "ja"}.get(query, "zh")
    assert expected in documents(library.search(name, query, mode="text"))
    assert "en" not in documents(library.search(name, query, mode="text"))


@pytest.mark.parametrize(
    "query", ["Naive cafe", "E-1042", "1042", "connection closing", "to be", "raft", "v2", "原", "備份"]
)
def test_what_people_write_is_found_as_they_ask_for_it(library: Library, query: str) -> None:
    if not any(one.name == "written" for one in library.collections.readable(ANN)):
        text = "naïve cafés error_code=E-1042 nacre.toml/raft@v2.0 closed connections, to be 把数据库备份还原\0"
        library.make("written", dimension=1)
        library.adding.add(ANN, "written", [New("all", text, {"nul": "\0"}, [1.0]), New("none", "平", {}, [1.0])])
    assert documents(library.search("written", query, mode="text")) == ["all"]
    assert documents(library.search("written", query, mode="text", filter={"nul": "x"})) == []


def test_every_word_of_a_passage_however_long_is_found(library: Library) -> None:
    name = library.make("long", dimension=1)
    run = "".join(map(chr, np.random.default_rng(2).integers(0x4E00, 0x9FFF, 110_000)))
    library.adding.add(ANN, name, [New("long", f"{run} last", {}, [1.0]), New("short", "tail", {}, [1.0])])
    for word in (run[:3], run[60_000:60_003], run[-3:], "last"):
        (only,) = library.search(name, word, mode="text").records
        assert only.document == "long"


def test_a_filter_comes_before_the_best_are_chosen(library: Library) -> None:
    name = library.make("years", dimension=3)
    random = np.random.default_rng(1)
    news = [
        New(
            f"{number}",
            f"report number{number}",
            {"year": number, "odd": bool(number % 2)},
            list(random.normal(size=3)),
        )
        for number in range(200)
    ]
    library.adding.add(ANN, name, news)
    for mode in ("vector", "text", "hybrid"):
        found = library.search(
            name, "report", vector=[1, 0, 0], top_k=3, mode=mode, filter={"year": {"gte": 7, "lt": 11}, "odd": True}
        )
        assert sorted(documents(found)) == ["7", "9"]
    none = library.search(name, "report", vector=[1, 0, 0], filter={"year": 4000}, explain=True)
    assert none.records == [] and none.explain is not None and none.explain.nothing == "filter"


def test_what_was_expected_is_told_wherever_it_stands(library: Library) -> None:
    name = library.make("expected", dimension=2)
    turn = np.linspace(0, np.pi / 2, 150)
    news = [
        New(f"{number}", f"passage number{number}", {"half": number // 75}, [np.cos(angle), np.sin(angle)])
        for number, angle in enumerate(turn)
    ]
    library.adding.add(ANN, name, news)

    def asked(query: str | None, **more: object) -> Explanation:
        found = library.search(name, query, vector=[1.0, 0.0], top_k=3, **more)
        assert found.explain is not None
        return found.explain

    told = asked("number140 zebra", expected="120", expected_position=1, explain=True)
    (far,) = told.expected
    assert (far.record.vector_rank, far.record.text_rank, far.place, far.kept_out) == (121, None, None, False)
    assert far.record.similarity_score == pytest.approx(np.cos(turn[120]), abs=1e-5) and told.depth == 100
    assert [(word.word, word.found) for word in told.words] == [("number140", True), ("zebra", False)]
    assert [one.document for one in told.others] == ["2"]  # the words brought 140 up before it

    (first,) = asked("number140", expected="140", explain=True).expected
    assert (first.record.text_rank, first.record.vector_rank, first.place) == (1, 141, 2)
    assert first.record.text_score is not None and first.record.text_score > 0
    (out,) = asked("number140", expected="140", filter={"half": 0}, explain=True).expected
    assert (out.kept_out, out.place, out.record.text_rank) == (True, None, None)
    with pytest.raises(NacreError) as caught:
        asked("number140", expected="nowhere", explain=True)
    assert caught.value.code == "document-not-found"


def test_one_of_the_same_name_replaces_and_the_same_again_is_left_alone(library: Library) -> None:
    name = library.make("news")
    library.add(name, today="The harbour freezes.")
    again = library.adding.add(ANN, name, [New("today", "The harbour freezes.", {})])
    assert (again.added, again.unchanged) == (0, 1)
    library.add(name, today="The orchard blossoms.")
    assert [record.passage for record in library.search(name, "harbour").records] == ["The orchard blossoms."]
    assert library.search(name, "harbour", mode="text").records == []
    library.adding.remove(ANN, name, "today")
    nothing = library.search(name, "orchard", explain=True)
    assert nothing.records == [] and nothing.explain is not None and nothing.explain.nothing == "empty"


def test_what_was_found_in_step_is_found_after_a_new_start(library: Library, handbook: str) -> None:
    before = library.search(handbook, "holiday").records
    assert opened(library.store).search(handbook, "holiday").records == before


def test_a_coarse_search_is_compared_with_an_exact_one_and_tells_how_much_it_found(library: Library) -> None:
    name = library.make("many", dimension=32)
    vectors = np.random.default_rng(5).normal(size=(900, 32))
    library.adding.add(ANN, name, [New(f"{number}", "x", {}, row.tolist()) for number, row in enumerate(vectors)])
    asked = {"vector": vectors[7].tolist(), "scan": "coarse", "explain": True}
    assert documents(library.search(name, None, **asked))[0] == "7"

    def told() -> Recall | None:
        explained = library.search(name, None, **asked).explain
        assert explained is not None and explained.coarse
        return explained.recall

    eventually(told)
    recall = told()
    assert recall is not None and 0.5 < recall.share <= 1 and recall.samples >= 1


def test_traditional_and_simplified_chinese_find_each_other_unless_a_collection_keeps_them_apart(
    library: Library,
) -> None:
    texts = {"traditional": "臺灣的資料庫在地震之後還原了", "simplified": "台湾的数据库在地震之后还原了", "sky": "天空"}
    news = [New(name, text, {}, [1.0, 0.0]) for name, text in texts.items()]
    both = library.make("both", dimension=2)
    apart = library.make("apart", dimension=2, folding="none")
    for name in (both, apart):
        library.adding.add(ANN, name, news)

    def found(name: str | list[str], query: str) -> set[str]:
        records = library.search(name, query, mode="text").records
        return {f"{record.collection} {record.document}" for record in records}

    for query in ("臺灣", "台湾", "之後", "之后", "還原", "后", "資料庫", "资料库"):
        of_both = {"both traditional"} if query in ("資料庫", "资料库") else {"both traditional", "both simplified"}
        assert found(both, query) == of_both
    assert found(apart, "臺灣") == {"apart traditional"} and found(apart, "台湾") == {"apart simplified"}
    assert found([both, apart], "臺灣") == {"both traditional", "both simplified", "apart traditional"}


def test_by_distance_the_nearest_is_first_and_its_score_is_that_distance(library: Library) -> None:
    name = library.make("places", dimension=2, metric="l2")
    places = {"far": [30.0, 40.0], "near": [3.0, 4.0], "here": [0.0, 0.0], "farthest": [1e15, -1e15]}
    library.adding.add(ANN, name, [New(place, "x", {}, vector) for place, vector in places.items()])
    for scan in ("exact", "coarse"):
        found = library.search(name, None, vector=[0.0, 0.0], scan=scan, explain=True)
        assert documents(found) == ["here", "near", "far", "farthest"]
        assert [record.similarity_score for record in found.records[:3]] == [0, -5, -50]
        assert found.explain is not None and not found.explain.coarse


def test_several_collections_are_searched_as_one(library: Library, handbook: str) -> None:
    other = library.make("annex")
    library.add(other, extra="Unused holiday lapses in March.")
    found = library.search([handbook, other, handbook], "holiday")
    assert {record.collection for record in found.records[:2]} == {handbook, other}
    library.make("bare", dimension=384)
    refused("models-differ", lambda: library.search([handbook, "bare"], "holiday"))


def test_a_transaction_that_fails_leaves_row_vector_and_words_as_they_were(library: Library) -> None:
    name = library.make("whole")
    library.add(name, kept="An anchor holds.")
    with words_that_fail(library, name), pytest.raises(Exception, match=r"constraint failed|no words"):
        library.add(name, kept="A sail tears.", new="A mast breaks.")
    assert [record.passage for record in library.search(name, "sail mast").records] == ["An anchor holds."]
    assert library.search(name, "sail mast", mode="text").records == []
    assert [one.passage for one in opened(library.store).search(name, "sail").records] == ["An anchor holds."]


@pytest.mark.parametrize(
    ("vector", "code"),
    [
        ([1.0, 0.0], "wrong-dimension"),
        ([0.0, 0.0, 0.0], "bad-vector"),
        ([float("nan"), 1.0, 0.0], "bad-vector"),
        ([float("inf"), 1.0, 0.0], "bad-vector"),
        (None, "vector-needed"),
    ],
)
def test_a_vector_that_cannot_be_compared_is_refused_and_nothing_is_written(
    library: Library, vector: list[float] | None, code: str
) -> None:
    if not any(one.name == "strict" for one in library.collections.readable(ANN)):
        library.make("strict", dimension=3)
    news = [New("good", "good", {}, [1.0, 0.0, 0.0]), New("bad", "bad", {}, vector)]
    refused(code, lambda: library.adding.add(ANN, "strict", news))
    assert library.collections.show(ANN, "strict").documents == 0
    if vector is not None:
        refused(code, lambda: library.search("strict", None, vector=vector))


@pytest.mark.parametrize("document", ["two\nlines", "..", "a\0b"])
def test_a_name_that_no_address_leads_to_is_refused_with_all_that_came_with_it(library: Library, document: str) -> None:
    if not any(one.name == "shown" for one in library.collections.readable(ANN)):
        library.make("shown", dimension=2)
    news = [New("good", "good", {}, [1.0, 0.0]), New(document, "bad", {}, [1.0, 0.0])]
    refused("bad-name", lambda: library.adding.add(ANN, "shown", news))
    assert library.collections.show(ANN, "shown").documents == 0


def test_blanks_are_no_query(library: Library, handbook: str) -> None:
    for blank in ("\n", " \u3000"):
        refused("query-needed", partial(library.search, handbook, blank))
        refused("query-needed", partial(library.search, handbook, blank, mode="text"))


def test_a_collection_is_nobodys_business_but_of_those_it_is_for(library: Library, handbook: str) -> None:
    bob = Principal(Kind.PERSON, "bob", Role.ADMIN, person="bob")
    asked = library.search(handbook, "holiday")
    assert asked.records
    for deed in (
        lambda: library.collections.show(bob, handbook),
        lambda: library.collections.delete(bob, handbook),
        lambda: library.adding.add(bob, handbook, [New("x", "x", {})]),
        lambda: library.adding.remove(bob, handbook, "handbook.md"),
    ):
        refused("collection-not-found", deed)
    assert handbook not in [one.name for one in library.collections.readable(bob)]


def test_a_deleted_collection_is_gone_at_once_and_later_all_that_was_in_it(library: Library) -> None:
    name = library.make("brief", dimension=2)
    library.adding.add(ANN, name, [New(f"{number}", "short", {}, [1.0, number]) for number in range(600)])
    with library.store.read() as connection:
        number = connection.execute(text("SELECT id FROM knowledge_collection WHERE name = 'brief'")).scalar_one()
    own = tables_of(library, name)
    assert own
    library.collections.delete(ANN, name)
    refused("collection-not-found", lambda: library.search(name, "short", mode="text"))
    library.make(name, dimension=2)
    assert library.search(name, None, vector=[1.0, 1.0]).records == []

    def left() -> int:
        counts = [f"SELECT count(*) FROM {one} WHERE collection_id = {number}" for one in ROWS]
        with library.store.read() as connection:
            return sum(int(connection.execute(text(one)).scalar_one()) for one in counts)

    eventually(lambda: left() == 0 and not set(own) & set(all_tables(library)))


def test_what_lacks_of_a_collection_is_found_and_made_anew(library: Library) -> None:
    name = library.make("wanting")
    library.add(name, anchor="An anchor holds a ship.", sail="A sail drives it.", sky="The sky is blue.")
    before = [(record.document, record.score) for record in library.search(name, "what holds a ship").records]
    with library.store.write() as connection:
        row = connection.execute(text("SELECT * FROM knowledge_collection WHERE name = 'wanting'")).one()
        first = connection.execute(text(f"SELECT min(id) FROM knowledge_base WHERE collection_id = {row.id}")).scalar()
        if connection.dialect.name == "postgresql":
            spoil = [f"DELETE FROM knowledge_vector_{row.id} WHERE passage = {first}"]
            spoil += [f"DELETE FROM knowledge_text_{row.id} WHERE passage = {first}"]
        else:
            spoil = [f"DELETE FROM vec_knowledge_384 WHERE rowid = {first}"]
            spoil += [f"DELETE FROM knowledge_text_{row.id} WHERE rowid = {first}"]
        for statement in spoil:
            connection.execute(text(statement))
    checking = Checking(library.store, library.collections.index, library.collections.embedder)
    found = checking.check(ANN, name, repair=False)
    assert (found.sound, found.without_vector, found.documents) == (False, 1, ["anchor"])
    assert found.words == "1 passages lack in it, 0 are no more"
    assert checking.check(ANN, name, repair=True).sound and checking.check(ANN, name, repair=False).words == ""
    assert [(record.document, record.score) for record in library.search(name, "what holds a ship").records] == before


ROWS = ("knowledge_document", "knowledge_base", "knowledge_clearing")


def test_those_who_replace_the_same_documents_at_once_leave_one_of_each(library: Library) -> None:
    name = library.make("busy", dimension=2)

    def write(turn: int) -> None:
        news = [New(f"{number}", f"turn{turn}", {"turn": turn}, [1.0, float(turn)]) for number in range(5)]
        library.adding.add(ANN, name, news)

    with ThreadPoolExecutor(4) as threads:
        list(threads.map(write, range(12)))
    records = library.search(name, None, vector=[1.0, 0.0], top_k=100).records
    assert sorted(one.document for one in records) == ["0", "1", "2", "3", "4"]
    (turn,) = {one.metadata["turn"] for one in records}
    assert len(library.search(name, f"turn{turn}", mode="text").records) == 5
    assert library.collections.show(ANN, name).passages == 5


def refused(code: str, deed: Callable[[], object]) -> None:
    with pytest.raises(NacreError) as caught:
        deed()
    assert caught.value.code == code


def test_what_is_restored_from_a_backup_answers_the_same_with_the_same_scores(library: Library, tmp_path: Path) -> None:
    name = library.make("kept", dimension=24)
    random = np.random.default_rng(4)
    news = [
        New(
            f"{number}",
            f"harbour anchor 数据库的迁移 number{number}",
            {"year": number},
            random.normal(size=24).tolist(),
        )
        for number in range(300)
    ]
    library.adding.add(ANN, name, news)
    library.adding.add(ANN, name, news[7:9])
    library.adding.remove(ANN, name, "3")
    archives = Archives(library, tmp_path)
    archives.restore(archives.back_up(name), name="again")
    assert answers(library, "again") == answers(library, name)
    archives.restore(archives.back_up("again"), replace=True)
    assert answers(library, "again") == answers(library, name)
