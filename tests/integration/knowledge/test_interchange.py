"""Collections as JSONL and Parquet: what is exported comes back to the last bit, and what others write is taken in."""

import io
import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.integration.knowledge.conftest import ANN, Library

from nacre.core.clock import system_clock
from nacre.core.errors import NacreError
from nacre.core.spools import Spool, Spools
from nacre.engines.interchange import frames, jsonl, parquet
from nacre.engines.interchange.rows import Refused
from nacre.engines.processes.users import service_account
from nacre.knowledge.exporting import Exporting
from nacre.knowledge.importing import Imported, Importing
from nacre.knowledge.preparing import New

FORMATS = {"jsonl": jsonl, "parquet": parquet}
TEXTS = st.text(
    st.characters(exclude_characters="\0", exclude_categories=["Cs"]) | st.sampled_from('迁移のé\u2028\n"\\')
)
METADATA = st.dictionaries(
    TEXTS, st.none() | st.booleans() | st.integers() | TEXTS | st.lists(TEXTS, max_size=2), max_size=3
)
ROWS = st.lists(
    st.tuples(TEXTS, METADATA, st.integers(1, 9), st.integers(0, 9), st.none() | st.integers(1, 9), TEXTS, TEXTS)
)
NUMBERS = st.floats(width=32, allow_nan=False, allow_infinity=False)


class Exchange:
    """What goes out of a library and comes in, as the daemon wires it."""

    def __init__(self, library: Library, folder: Path) -> None:
        self.library = library
        index, spools, account = library.collections.index, Spools(folder, 1 << 30), service_account("nacre")
        self.exporting = Exporting(library.store, system_clock, index, spools, account)
        self.importing = Importing(
            library.store, system_clock, index, spools, library.adding, library.ingestion, account
        )

    def export(self, name: str, format_: Any) -> bytes:
        return b"".join(self.exporting.export(ANN, name, format_).chunks())

    def take(self, name: str, data: bytes, *, embed: bool = False) -> Imported:
        return self.importing.import_(ANN, name, Spool.of(data), embed)


@pytest.fixture(scope="module")
def exchange(library: Library, tmp_path_factory: pytest.TempPathFactory) -> Exchange:
    return Exchange(library, tmp_path_factory.mktemp("spools"))


@pytest.fixture(scope="module")
def pair(library: Library) -> str:
    name = library.make("pair", dimension=2)
    news = [New(f"{number}", f"harbour {number} 迁移", {"year": number}, [number + 1.0, 2.0]) for number in range(600)]
    library.adding.add(ANN, name, news)
    return name


@pytest.fixture(scope="module")
def exported(exchange: Exchange, pair: str) -> dict[str, bytes]:
    return {format_: exchange.export(pair, format_) for format_ in FORMATS}


@settings(max_examples=40, deadline=None)
@given(rows=ROWS, data=st.data(), format_=st.sampled_from(list(FORMATS)))
def test_any_text_metadata_and_number_comes_back_as_it_was(rows: list[Any], data: Any, format_: str) -> None:
    numbers = data.draw(st.lists(NUMBERS, min_size=2 * len(rows), max_size=2 * len(rows)))
    vectors = np.array(numbers, "<f4").reshape(len(rows), 2)
    described, given_rows = {"name": "x", "dimension": 2}, [list(row) for row in rows]
    told = io.BytesIO()
    frames.send(told, described)
    if rows:
        frames.send(told, given_rows, vectors.tobytes())
    file = io.BytesIO()
    FORMATS[format_].write(io.BytesIO(told.getvalue()), file)
    read = io.BytesIO()
    FORMATS[format_].read(io.BytesIO(file.getvalue()), read)
    read.seek(0)
    heard = []
    while (frame := frames.receive(read)) is not None:
        heard.append((json.loads(frame[0]), frame[1]))
    assert heard[0][0] == {"described": described} and heard[-1][0] == {"end": len(rows)}
    if rows:
        assert heard[1] == ({"rows": given_rows, "dimension": 2}, vectors.tobytes())


@pytest.mark.parametrize("format_", FORMATS)
def test_a_collection_comes_back_with_its_vectors_and_scores(
    exchange: Exchange, pair: str, exported: Mapping[str, bytes], format_: str
) -> None:
    library, data = exchange.library, exported[format_]
    other = library.make(f"other-{format_}", dimension=2)
    assert exchange.take(other, data) == Imported(added=600, unchanged=0, passages=600, waiting=0)
    for query in ({"text": "harbour 7", "mode": "text"}, {"text": None, "vector": [5.0, 1.0]}):
        left_out = {"id", "document_id", "collection"}
        before, after = (
            [record.model_dump(exclude=left_out) for record in library.search(name, **query).records]
            for name in (pair, other)
        )
        assert before and after == before
    if format_ == "parquet":
        table = pq.read_table(io.BytesIO(data))
        assert table.column_names == ["document", "metadata", "position", "start", "page", "context", "text", "vector"]
        assert table.schema.field("vector").type == pa.list_(pa.float32(), 2)
    else:
        first, second = (json.loads(line) for line in data.splitlines()[:2])
        assert first["nacre_knowledge"]["dimension"] == 2
        assert (second["document"], second["metadata"]) == ("0", {"year": 0}) and len(second["vector"]) == 2


def test_a_line_changed_by_hand_replaces_its_document(exchange: Exchange, exported: Mapping[str, bytes]) -> None:
    library, lines = exchange.library, exported["jsonl"].splitlines(keepends=True)[:3]
    other = library.make("edited", dimension=2)
    exchange.take(other, b"".join(lines))
    told = exchange.take(other, b"".join(lines).replace(b"harbour 1", b"orchard 1"))
    assert (told.added, told.unchanged) == (1, 1)
    assert [one.document for one in library.search(other, "orchard", mode="text").records] == ["1"]


def test_vectors_of_another_model_are_refused_or_made_anew(exchange: Exchange) -> None:
    library, name = exchange.library, exchange.library.make("modelled")
    library.add(name, **{"a.md": "# Anchors\n\nThey hold a ship.\n\n# Sails\n\nThey pull it."})
    data = exchange.export(name, "jsonl")
    other = library.make("modelled-too")
    assert exchange.take(other, data).passages == 2
    assert library.search(other, "vessel").records[0].score == library.search(name, "vessel").records[0].score
    strange = data.replace(library.collections.show(ANN, name).digest.encode(), b"another")  # type: ignore[union-attr]
    refused("other-model", lambda: exchange.take(other, strange))
    anew = library.make("anew")
    assert exchange.take(anew, strange, embed=True).passages == 2
    assert library.search(anew, "vessel").records[0].score == library.search(name, "vessel").records[0].score
    assert library.search(anew, "vessel").records[0].context == library.search(name, "vessel").records[0].context


def test_documents_as_others_write_them_are_taken_in(exchange: Exchange) -> None:
    library, name = exchange.library, exchange.library.make("foreign", dimension=2)
    lines = [
        {"id": 7, "title": "Seven", "content": "An anchor holds.", "embedding": [3, 4], "lang": "en"},
        {"name": "b", "text": "A sail 迁移.", "vector": [1.0, 0.0], "metadata": '{"lang": "zh"}', "lang": "en"},
        {"text": "No name at all.", "vector": [0.5, 0.5]},
    ]
    data = b"\xef\xbb\xbf" + b"\n\n".join(json.dumps(line).encode() for line in lines)
    assert exchange.take(name, data) == Imported(added=3, unchanged=0, passages=3, waiting=0)
    (found,) = library.search(name, "anchor", mode="text", filter={"lang": "en"}).records
    assert (found.document, found.metadata) == ("7", {"title": "Seven", "lang": "en"})
    assert library.search(name, "sail", mode="text").records[0].metadata == {"lang": "zh"}
    table = pa.table(
        {
            "id": ["x", "y"], "content": ["An orchard blossoms.", "Snow falls."], "embedding": [[1.0, 2.0], [2.0, 1.0]],
            "at": pa.array([1, None], pa.timestamp("s")), "raw": [b"1", b"2"], "metadata": [{"a": 1}, {"a": 2}],
        }
    )  # fmt: skip
    file = io.BytesIO()
    pq.write_table(table, file)
    assert exchange.take(name, file.getvalue()).added == 2
    (found,) = library.search(name, "orchard", mode="text").records
    assert found.metadata == {"a": 1, "at": "1970-01-01 00:00:01"}
    modelled = library.make("foreign-texts")
    assert exchange.take(modelled, b'{"name": "c", "text": "A mast breaks."}').waiting == 1
    assert [one.name for one in library.ingestion.listing(ANN, modelled, None, "", 10)] == ["c"]
    refused("vector-not-wanted", lambda: exchange.take(modelled, data))
    assert exchange.take(modelled, data, embed=True).waiting == 3


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"\x00\x01\x02", "line 1 is no JSON"),
        (b'{"text": "good", "vector": [1, 2]}\n{"text": "ba', "line 2 is no JSON"),
        (b'{"text": "\xff"}', "line 1 is no UTF-8"),
        (b"[" * 200_000, "line 1 is nested too deeply"),
        (b"[1]", "line 1 is no JSON object"),
        (b'{"name": "x"}', "row 1 has no text"),
        (b'{"text": "a", "name": 1.5}', "the name of row 1"),
        (b'{"text": "a", "vector": [1, "2"]}', "no list of numbers"),
        (b'{"text": "a", "vector": [1, 2]}\n{"text": "b"}', "row 2 has no vector"),
        (b'{"text": "a\\ud800", "vector": [1, 2]}', "half a character"),
        (b'{"nacre_knowledge": {}}\n{"document": "a"}', "row 1 has no “metadata”"),
    ],
)
def test_jsonl_that_holds_something_else_is_refused_with_its_line(data: bytes, said: str) -> None:
    with pytest.raises(Refused, match=said):
        jsonl.read(io.BytesIO(data), io.BytesIO())


@pytest.mark.parametrize(
    ("data", "code", "said"),
    [
        (b'{"text": "good", "vector": [1, 2]}\n{"text": "a", "vector": [1, NaN]}', "bad-vector", "finite"),
        (b'{"text": "a", "vector": [1, 2, 3]}', "wrong-dimension", "3 numbers"),
        (b'{"text": " ", "vector": [1, 2]}', "empty-document", "no text"),
        (b'{"id": 1, "text": "a", "vector": [1, 2]}\n{"id": 1, "text": "b", "vector": [1, 2]}', "same-name", "“1”"),
        (b'{"nacre_knowledge": {"format": 9, "dimension": 2, "metric": "cosine"}}', "file-broken", "later Nacre"),
        (b"PAR1" + bytes(100), "file-broken", "no Parquet"),
    ],
)
def test_a_file_that_cannot_be_imported_is_refused_and_nothing_of_it_added(
    exchange: Exchange, data: bytes, code: str, said: str
) -> None:
    if not any(one.name == "strict-file" for one in exchange.library.collections.readable(ANN)):
        exchange.library.make("strict-file", dimension=2)
    with pytest.raises(NacreError, match=said) as caught:
        exchange.take("strict-file", data)
    assert caught.value.code == code
    assert exchange.library.collections.show(ANN, "strict-file").documents == 0


@pytest.mark.parametrize(
    ("columns", "said"),
    [
        ({"text": ["a"], "embedding": ["1,2"]}, "holds no lists of numbers"),
        ({"text": ["a"], "embedding": [["1", "x"]]}, "holds no lists of numbers"),
        ({"text": ["a", "b"], "embedding": [[1.0], [1.0, 2.0]]}, "same length"),
        ({"text": ["a", "b"], "embedding": [[1.0, None], [1.0, 2.0]]}, "same length"),
        ({"text": [1], "name": ["a"]}, "row 1 has no text"),
        ({"raw": [b"a"]}, "no column"),
    ],
)
def test_parquet_that_holds_something_else_is_refused(columns: Mapping[str, Any], said: str) -> None:
    file = io.BytesIO()
    pq.write_table(pa.table(dict(columns)), file)
    with pytest.raises(Refused, match=said):
        parquet.read(io.BytesIO(file.getvalue()), io.BytesIO())


def test_parquet_that_unpacks_to_more_than_may_be_is_refused(exchange: Exchange) -> None:
    """A kilobyte that stands for gigabytes: one text, over and over."""
    file = io.BytesIO()
    texts = pa.DictionaryArray.from_arrays(pa.array(np.zeros(3000, "i4")), pa.array(["x" * 16_000_000]))
    pq.write_table(pa.table({"text": texts}), file, compression="zstd")
    assert len(file.getvalue()) < 1 << 16
    name = exchange.library.make("bombed", dimension=2)
    refused("file-too-large", lambda: exchange.take(name, file.getvalue()))


def refused(code: str, deed: Callable[[], object]) -> None:
    with pytest.raises(NacreError) as caught:
        deed()
    assert caught.value.code == code
