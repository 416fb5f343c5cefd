"""What is backed up comes back as it was, whole or not at all; what is damaged, or nobody's to put there, does not."""

import io
import json
import subprocess
import sys
import tarfile
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import zstandard
from blake3 import blake3
from sqlalchemy import text
from tests.integration.knowledge.conftest import ANN, Library
from tests.library import BareLibrary
from tests.waiting import eventually

from nacre.core.clock import system_clock
from nacre.core.errors import NacreError
from nacre.core.principals import OWNER, Kind, Principal, Role
from nacre.core.spools import Spool, Spools
from nacre.knowledge.arriving import Arriving
from nacre.knowledge.backups import Backups, Restored, Wanted
from nacre.knowledge.collections import inserted, to_write
from nacre.knowledge.preparing import New

BOB = Principal(Kind.PERSON, "bob", Role.USER, person="bob", members_only=True)
QUERIES = ("harbour anchor", "数据库 迁移", "number7")


class Archives:
    """Backups of a library, as the daemon wires them."""

    def __init__(self, library: BareLibrary, folder: Path) -> None:
        self.library: Any = library
        self.arriving = Arriving(library.store, system_clock, library.collections.index, library.collections.clearing)
        self.backups = Backups(
            library.store,
            system_clock,
            library.collections.index,
            Spools(folder, 1 << 30),
            self.arriving,
            lambda name: name == "shop",
        )

    def back_up(self, *names: str, who: Principal = ANN) -> bytes:
        return b"".join(self.backups.back_up(who, names).chunks())

    def restore(self, data: bytes, *names: str, who: Principal = ANN, **how: Any) -> Restored:
        wanted = Wanted(names, None, replace=False, project=None, private=False)
        return self.backups.restore(who, Spool.of(data), replace(wanted, **how))


@pytest.fixture(scope="module")
def archives(library: Library, tmp_path_factory: pytest.TempPathFactory) -> Archives:
    return Archives(library, tmp_path_factory.mktemp("spools"))


@pytest.fixture(scope="module")
def elsewhere(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Archives]:
    folder = tmp_path_factory.mktemp("elsewhere")
    library = Library.on(folder / "data.db")
    yield Archives(library, folder)
    library.store.close()


@pytest.fixture(scope="module")
def filled(library: Library) -> str:
    """A collection in which much came and went, so that numbers and places have gaps."""
    name = library.make("filled", dimension=24)
    random = np.random.default_rng(3)
    for round_ in range(4):
        texts = [f"harbour anchor number{number} {'数据库的迁移' * (number % 3)}" for number in range(400)]
        news = [
            New(f"{number} – ü", text, {"year": number, "tags": ["é", None, 1.5]}, random.normal(size=24).tolist())
            for number, text in list(enumerate(texts))[round_::3]
        ]
        library.adding.add(ANN, name, news)
    for number in range(0, 120, 7):
        library.adding.remove(ANN, name, f"{number} – ü")
    return name


def answers(library: Library, name: str) -> list[list[dict[str, Any]]]:
    vectors = np.random.default_rng(9).normal(size=(3, 24)).tolist()
    found = [
        library.search(name, query, vector=vector, mode=mode, top_k=50, filter={"year": {"lt": 100}})
        for query, vector in zip(QUERIES, vectors, strict=True)
        for mode in ("hybrid", "vector", "text")
    ]
    left_out = {"id", "document_id", "collection"}
    return [[record.model_dump(exclude=left_out) for record in one.records] for one in found]


def test_what_is_restored_elsewhere_answers_the_same_with_the_same_scores(
    archives: Archives, elsewhere: Archives, filled: str
) -> None:
    (there,) = elsewhere.restore(archives.back_up(filled)).collections
    here = archives.library.collections.show(ANN, filled)
    assert there.model_dump(exclude={"created_at"}) == here.model_dump(exclude={"created_at"})
    assert there.created_at == here.created_at
    assert answers(elsewhere.library, filled) == answers(archives.library, filled)
    added = archives.library.adding.add(ANN, filled, [New("new", "one more", {}, [1.0] * 24)])
    assert added.added == 1 and answers(elsewhere.library, filled) != []


def test_a_text_put_in_again_after_a_restore_is_left_alone(archives: Archives, elsewhere: Archives) -> None:
    name = archives.library.make("again", dimension=2)
    news = [New("a.md", "Anchors hold ships.", {"year": 1}, [3.0, 4.0]), New("b.md", "Apples.", {}, [1.0, 0.1])]
    archives.library.adding.add(ANN, name, news)
    elsewhere.restore(archives.back_up(name))
    again = elsewhere.library.adding.add(ANN, name, news)
    assert (again.added, again.unchanged) == (0, 2)


def test_large_documents_are_taken_one_at_a_time(archives: Archives, elsewhere: Archives) -> None:
    name = archives.library.make("large", dimension=2)
    news = [New(f"{number}", f"whale {number}" + "." * 3_000_000, {}, [1.0, number]) for number in range(3)]
    archives.library.adding.add(ANN, name, news)
    data = archives.back_up(name)
    assert len([one for one in unpacked(data) if one.endswith(".f32")]) == 3
    assert elsewhere.restore(data).collections[0].passages == 3
    assert [one.document for one in elsewhere.library.search(name, "2", mode="text").records] == ["2"]


def test_one_is_replaced_only_when_that_is_said_and_serves_until_then(archives: Archives, filled: str) -> None:
    library = archives.library
    data = archives.back_up(filled)
    refused("collection-exists", lambda: archives.restore(data))
    before = answers(library, filled)
    (copy,) = archives.restore(data, name="copy").collections
    assert copy.name == "copy" and answers(library, "copy") == before
    library.adding.remove(ANN, filled, "1 – ü")
    with library.store.read() as connection:
        stale = to_write(connection, ANN, filled)
    archives.restore(data, replace=True)
    assert answers(library, filled) == before
    with pytest.raises(NacreError, match="replaced meanwhile"), library.collections.index.changing(stale) as changing:
        changing.take_out([1])
    eventually(lambda: hidden(library) == [])


def test_a_restore_killed_on_its_way_leaves_nothing_to_be_seen_and_goes_at_the_next_start(
    tmp_path: Path, archives: Archives, filled: str
) -> None:
    database, archive = tmp_path / "data.db", tmp_path / "backup.tar"
    archive.write_bytes(archives.back_up(filled))
    argv = [sys.executable, "-m", "tests.integration.knowledge.restorer", str(database), str(archive)]
    with subprocess.Popen(argv, stdout=subprocess.PIPE) as restorer:
        assert restorer.stdout is not None
        assert [restorer.stdout.readline() for _ in range(3)] == [b"checking\n", *[b"restoring filled\n"] * 2]
        restorer.kill()
    library = Library.on(database)
    (left,) = hidden(library)
    assert library.collections.readable(OWNER) == []
    refused("collection-not-found", lambda: library.collections.show(OWNER, left))
    again = Archives(library, tmp_path)
    again.arriving.sweep()
    eventually(lambda: hidden(library) == [])
    again.restore(archive.read_bytes())
    assert answers(library, filled) == answers(archives.library, filled)
    library.store.close()


@pytest.mark.parametrize("what", ["cut", "changed", "empty", "no tar", "end gone"])
def test_a_damaged_archive_is_refused_before_anything_is_written(archives: Archives, filled: str, what: str) -> None:
    whole = archives.back_up(filled)
    at = len(whole) // 2
    data = {
        "cut": whole[:at],
        "changed": whole[:at] + bytes([whole[at] ^ 1]) + whole[at + 1 :],
        "empty": b"",
        "no tar": b"PK" + whole[2:],
        "end gone": whole[:-1024],
    }[what]
    names = [one.name for one in archives.library.collections.readable(OWNER)]
    refused("archive-damaged", lambda: archives.restore(data, name="damaged"))
    assert [one.name for one in archives.library.collections.readable(OWNER)] == names
    eventually(lambda: hidden(archives.library) == [])


@pytest.mark.parametrize(
    ("what", "code"),
    [
        ("newer", "archive-too-new"),
        ("vector missing", "archive-damaged"),
        ("part missing", "archive-damaged"),
        ("not a number", "bad-vector"),
        ("bomb", "archive-damaged"),
        ("another's name", "archive-damaged"),
        ("link", "archive-damaged"),
    ],
)
def test_one_that_was_made_to_do_harm_leaves_nothing_behind(
    archives: Archives, filled: str, what: str, code: str
) -> None:
    members = unpacked(archives.back_up(filled))
    first = f"{filled}/000001"
    if what == "newer":
        members["backup.json"] = members["backup.json"].replace(b'"format":1', b'"format":2')
    elif what == "vector missing":
        members[f"{first}.f32"] = members[f"{first}.f32"][:-4]
    elif what == "part missing":
        members = {name: data for name, data in members.items() if "000002" not in name}
    elif what == "not a number":
        members[f"{first}.f32"] = np.full(len(members[f"{first}.f32"]) // 4, np.nan, "<f4").tobytes()
    elif what == "bomb":
        packer = zstandard.ZstdCompressor(level=3).compressobj()
        members[f"{first}.jsonl.zst"] = b"".join(packer.compress(bytes(1 << 24)) for _ in range(40)) + packer.flush()
    elif what == "another's name":
        members[f"{filled}/collection.json"] = members[f"{filled}/collection.json"].replace(b'"filled"', b'"handbook"')
    archive = packed(members, tarfile.SYMTYPE if what == "link" else tarfile.REGTYPE)
    refused(code, lambda: archives.restore(archive, name="harm"))
    refused("collection-not-found", lambda: archives.library.collections.show(OWNER, "harm"))
    eventually(lambda: hidden(archives.library) == [])


def test_nobody_puts_a_collection_where_they_may_put_nothing(archives: Archives, elsewhere: Archives) -> None:
    library = archives.library
    refused("collection-not-found", lambda: archives.back_up("filled", who=BOB))
    assert b"filled" not in archives.back_up(who=BOB)
    with library.store.write() as connection:
        inserted(
            connection, name="shops", access="project", person="ann", project="shop", model=None, digest=None,
            dimension=2, metric="cosine", chunking={}, folding="simplified", created_by="ann",
            created_at=system_clock(),
        )  # fmt: skip
    data = archives.back_up("shops", who=OWNER)
    refused("not-allowed", lambda: elsewhere.restore(data, who=BOB))
    refused("project-not-found", lambda: elsewhere.restore(data, project="gone", who=OWNER))
    (own,) = elsewhere.restore(data, who=BOB, private=True, name="bobs").collections
    assert (own.person, own.access, own.created_by) == ("bob", "private", str(BOB))
    (shops,) = elsewhere.restore(data, who=OWNER).collections
    assert (shops.person, shops.access, shops.project, shops.created_by) == ("ann", "project", "shop", "ann")
    refused("not-allowed", lambda: elsewhere.restore(data, who=BOB, private=True, replace=True))
    refused("not-in-archive", lambda: elsewhere.restore(data, "absent"))


def hidden(library: Library) -> list[str]:
    with library.store.read() as connection:
        return list(connection.execute(text("SELECT name FROM knowledge_collection WHERE access = 'hidden'")).scalars())


def unpacked(data: bytes) -> dict[str, bytes]:
    with tarfile.open(fileobj=io.BytesIO(data)) as archive:
        return {one.name: archive.extractfile(one).read() for one in archive}  # type: ignore[union-attr]


def packed(members: dict[str, bytes], kind: bytes) -> bytes:
    """As an archive with a right checksum; all its members of this kind."""
    made = b""
    for name, data in members.items():
        info = tarfile.TarInfo(name)
        if name == "checksum.json":
            data = json.dumps({"blake3": blake3(made).hexdigest()}).encode()
        info.size, info.type = len(data), kind
        made += info.tobuf(tarfile.USTAR_FORMAT) + data + bytes(-len(data) % 512)
    return made + bytes(1024)


def refused(code: str, deed: Callable[[], object]) -> None:
    with pytest.raises(NacreError) as caught:
        deed()
    assert caught.value.code == code
