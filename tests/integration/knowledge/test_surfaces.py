"""Knowledge through a real daemon: the form of POST /api/ai/search, the agents' tool, the command line."""

import json
import re
from datetime import datetime

import httpx
import pytest
from tests.daemon import House
from tests.integration.knowledge.conftest import Library
from tests.provider import FakeProvider, Fault
from tests.waiting import eventually

from nacre.core.errors import NacreError
from nacre.core.principals import OWNER


def test_what_the_command_line_adds_is_found_by_http_and_by_agents(shared_house: House) -> None:
    house = shared_house
    text = "# Leave\n\nTwenty-five days of holiday a year."
    document = {"name": "leave.md", "text": text, "metadata": {"lang": "en"}}
    house.run("knowledge", "collection", "create", "handbook", "--everyone")
    added = house.run("knowledge", "add", "handbook", "--documents", json.dumps(document), "--json")
    assert json.loads(added.stdout) == {"added": 1, "unchanged": 0, "passages": 1, "waiting": 0}
    with httpx.Client(transport=httpx.HTTPTransport(uds=str(house.settings.socket)), base_url="http://nacre") as http:
        asked = {"collection": "handbook", "query_text": "vacation", "top_k": 3, "filter": {"lang": "en"}}
        answer = http.post("/api/ai/search", json=asked, timeout=60)
        (record,) = answer.json()["records"]
        assert record["citation"] == "leave.md, passage 1" and record["similarity_score"] > 0.3
        for wrong in ({"top_k": 0}, {"top_k": 10**6}, {"query_text": ""}, {"query_text": "x" * 10_000_000}):
            assert http.post("/api/ai/search", json=asked | wrong).status_code == 400
        assert http.post("/api/ai/search", json=asked | {"collection": "absent"}).status_code == 404
        for metadata in ('{"k\\ud800": 1}', '{"k": "\\udfff"}', '{"k": NaN}', '{"k": ' + "[" * 40 + "]" * 40 + "}"):
            body = '{"documents": [{"name": "bad.md", "text": "x", "metadata": ' + metadata + "}]}"
            at, kind = "/api/knowledge/collections/handbook/documents", {"content-type": "application/json"}
            assert http.post(at, content=body, headers=kind).status_code == 400
    (house.home / "canteen.html").write_text("<h1>Canteen</h1><p>Lunch is served from noon.</p>")
    house.run("knowledge", "upload", "handbook", "canteen.html", str(house.home / "canteen.html"))
    assert [one["name"] for one in house.call("knowledge.document.list", collection="handbook")] == [
        "canteen.html",
        "leave.md",
    ]
    (part,) = house.call("knowledge.document.show", collection="handbook", document="canteen.html")["parts"]
    assert part["text"] == "# Canteen\n\nLunch is served from noon."
    shown = house.run("knowledge", "search", "vacation", "-c", "handbook").stdout
    assert "Twenty-five days" in shown


def test_what_cannot_be_meant_is_refused_with_the_reason(shared_house: House) -> None:
    house = shared_house
    house.call("knowledge.collection.create", name="strict", dimension=2)
    documents = "/api/knowledge/collections/strict/documents"
    search = '{"collection": "strict", "query_text": "x", "mode": "text", %s}'
    wrong = [
        (documents, '{"documents": [{"name": "a", "text": "a", "vector": [1, 0], "metadata": {"b": ["\\ud800"]}}]}'),
        ("/api/ai/search", search % f'"expected": "a", "expected_position": {10**30}'),
        ("/api/ai/search", search % '"filter": {"a": NaN}'),
        ("/api/ai/search", '{"collection": "strict", "query_text": " "}'),
        ("/api/knowledge/collections/strict/sources/folder", '{"path": "/a\\u0000b"}'),
    ]
    with httpx.Client(transport=httpx.HTTPTransport(uds=str(house.settings.socket)), base_url="http://nacre") as http:
        for path, body in wrong:
            answer = http.post(path, content=body, headers={"content-type": "application/json"})
            assert (answer.status_code, path, body) == (400, path, body), answer.text
        none = http.post("/api/knowledge/collections", json={"name": "lost", "project": "absent", "dimension": 2})
        assert (none.status_code, none.json()["error"]["code"]) == (404, "project-not-found")
    assert house.call("knowledge.collection.show", collection="strict")["documents"] == 0


def test_a_document_may_be_named_as_a_file_in_folders_or_as_an_address(shared_house: House) -> None:
    house = shared_house
    house.call("knowledge.collection.create", name="folders", dimension=2)
    for name in ("manuals/2026/press.md", "https://example.com//a b?c=d#e"):
        house.call("knowledge.add", collection="folders", documents=[{"name": name, "text": "x", "vector": [1, 0]}])
        assert house.call("knowledge.document.show", collection="folders", document=name)["name"] == name
        (listed,) = house.call("knowledge.document.list", collection="folders", find=name[3:-2].upper())
        assert listed["name"] == name and house.call("knowledge.document.list", collection="folders", find="%") == []
        house.call("knowledge.document.delete", collection="folders", document=name)
    assert house.call("knowledge.document.list", collection="folders") == []


def test_an_answer_cites_passages_that_are_there_and_says_when_they_do_not_hold_it(shared_house: House) -> None:
    house = shared_house
    documents = [{"name": "ships.md", "text": "An anchor holds a ship in place."}, {"name": "sky.md", "text": "Blue."}]
    house.call("knowledge.collection.create", name="ships")
    asked = {"collection": "ships", "question": "What holds a ship?"}
    assert house.call("knowledge.answer", **asked)["passages"] == 0  # and there is no model yet to be asked
    house.call("knowledge.add", collection="ships", documents=documents)
    with FakeProvider() as provider:
        house.call("llm.model.add", name="fake", provider="openai", model="fake", key="k", base_url=provider.base_url)
        provider.answer("What holds a ship?", "An anchor [1], as all know [7].")
        answered = house.call("knowledge.answer", **asked, model="fake")
        assert (answered["text"], answered["held"]) == ("An anchor [1], as all know.", True)
        assert answered["citations"]["1"]["document"] == "ships.md" and list(answered["citations"]) == ["1"]
        provider.answer("Who sails?", "The passages do not hold the answer.")
        assert not house.call("knowledge.answer", collection="ships", question="Who sails?", model="fake")["held"]


def test_a_language_model_orders_what_is_found_and_what_it_cost_is_written_down(shared_house: House) -> None:
    house = shared_house
    texts = {"sky": "The sky is blue.", "ships": "An anchor holds a ship in place.", "tide": "The tide lifts ships."}
    house.call("knowledge.collection.create", name="order")
    house.call(
        "knowledge.add", collection="order", documents=[{"name": name, "text": text} for name, text in texts.items()]
    )
    assert [one["name"] for one in house.call("knowledge.reranker.list")] == ["model"]
    asked = {"collection": "order", "query_text": "What moves ships?", "rerank": "model:judge", "explain": True}
    with FakeProvider() as provider:
        house.call("llm.model.add", name="judge", provider="openai", model="j", key="k", base_url=provider.base_url)
        provider.answer("What moves ships?", lambda asked: _judged(asked.prompt, "sky is"))
        found = house.call("search.knowledge", **asked)
        assert found["records"][0]["document"] == "sky" and found["records"][0]["rerank_score"] == 9
        (rank,) = [one for one in found["explain"]["reranked"]["ranks"] if one["after"] == 1]
        assert rank["before"] == 3 and rank["score"] == 9 and found["note"] is None
        (entry,) = [one for one in house.call("llm.audit") if one["purpose"] == "rerank"]
        assert entry["model"] == "judge"
    found = house.call("search.knowledge", **(asked | {"query_text": "What moves all ships?"}))
    assert "Not reranked" in found["note"] and len(found["records"]) == 3
    shown = house.run("knowledge", "search", "What moves ships?", "-c", "order", "--rerank", "model:judge").stdout
    assert "reranked at 9.000" in shown, "from the cache: the provider is gone"


def test_vectors_are_made_by_another_model_in_the_background_and_followed(shared_house: House) -> None:
    house = shared_house
    house.call("knowledge.collection.create", name="anew")
    documents = [{"name": f"{number}", "text": f"text {number}"} for number in range(3)]
    house.call("knowledge.add", collection="anew", documents=documents)
    with FakeProvider(dimensions=32) as provider:
        house.call(
            "llm.model.add", name="wide", kind="embedding", provider="openai", model="w", key="k",
            base_url=provider.base_url,
        )  # fmt: skip
        changed = house.run("knowledge", "collection", "reembed", "anew", "--model", "wide", "--wait", "--json")
        shown = json.loads(changed.stdout)
        assert (shown["model"], shown["dimension"], shown["reembedding"]) == ("wide", 32, None)
        found = house.call("search.knowledge", collection="anew", query_text="text 2", mode="vector")["records"]
        assert found[0]["passage"] == "text 2" and len(found) == 3


def test_what_is_added_later_waits_while_its_provider_is_down_and_gets_in_once_it_is_back(shared_house: House) -> None:
    house = shared_house
    with FakeProvider(dimensions=32) as provider:
        far = {"name": "far", "kind": "embedding", "provider": "openai", "model": "f", "base_url": provider.base_url}
        house.call("llm.model.add", **far, key="k")
        house.call("knowledge.collection.create", name="later", model="far")
        provider.fault_for = lambda asked: Fault("status", status=429, retry_after=3600)
        (house.home / "tides.md").write_text("Tides rise.")
        sent = house.run("knowledge", "upload", "later", "tides.md", str(house.home / "tides.md"), "--later", "--json")
        assert json.loads(sent.stdout) == {"added": 0, "unchanged": 0, "passages": 0, "waiting": 1}
        eventually(lambda: house.call("knowledge.queue.show", collection="later")["held"], within_s=60)
        (held,) = house.call("knowledge.queue.show", collection="later")["held"]
        assert held["code"] == "rate-limited"
        waits = datetime.fromisoformat(held["until"]) - datetime.fromisoformat(held["held_at"])
        assert 3000 < waits.total_seconds() <= 3600, "as long as the provider said"
        assert "Held up until" in house.run("knowledge", "queue", "show", "later").stdout
        provider.fault_for = lambda asked: None
        house.call("llm.model.remove", name="far")
        house.call("llm.model.add", **far, key="k")  # which is asked at once, unlike the one before
        house.call("knowledge.queue.resume", collection="later")
        eventually(lambda: not house.call("knowledge.queue.show", collection="later")["waiting"], within_s=60)
        assert house.call("knowledge.document.list", collection="later")[0]["name"] == "tides.md"
        assert "Nothing waits, 1 added lately." in house.run("knowledge", "queue", "show", "later").stdout
    assert house.run("knowledge", "queue", "list", "later").stdout == "Nothing waits, and nothing failed.\n"


def _judged(prompt: str, best: str) -> str:
    """What a model says that likes one of the items of a prompt."""
    items = {int(number): text for number, text in re.findall(r">> item (\d+)\n([^\n]*)", prompt)}
    return json.dumps(
        {"scores": [{"item": number, "score": 9 if best in text else 1} for number, text in items.items()]}
    )


def test_a_collection_goes_out_and_comes_back_through_the_command_line_and_http(shared_house: House) -> None:
    house, folder = shared_house, shared_house.home
    house.call("knowledge.collection.create", name="gone", dimension=2)
    documents = [{"name": f"{number}", "text": f"anchor {number}", "vector": [number, 1]} for number in range(300)]
    house.call("knowledge.add", collection="gone", documents=documents)
    for file in ("gone.parquet", "gone.jsonl"):
        saved = json.loads(house.run("knowledge", "export", "gone", str(folder / file), "--json").stdout)
        assert saved["size_bytes"] == (folder / file).stat().st_size > 5_000
    assert house.run("knowledge", "export", "gone", str(folder / "gone.jsonl")).returncode == 1  # it is there
    assert house.run("knowledge", "export", "gone", str(folder / "gone")).returncode == 2
    house.run("knowledge", "backup", str(folder / "gone.tar"), "gone")
    asked = {"collection": ["gone"], "query_vector": [7, 1], "top_k": 3}
    before = house.call("search.knowledge", **asked)["records"]
    house.call("knowledge.collection.delete", collection="gone")
    restored = json.loads(house.run("knowledge", "restore", str(folder / "gone.tar"), "--json").stdout)
    assert restored["collections"][0]["passages"] == 300
    again = house.run("knowledge", "restore", str(folder / "gone.tar"), "--as", "gone-too", "--json")
    assert json.loads(again.stdout)["collections"][0]["name"] == "gone-too"
    after = house.call("search.knowledge", **asked)["records"]
    told = "document", "similarity_score", "score"
    assert [[one[key] for key in told] for one in after] == [[one[key] for key in told] for one in before]
    house.call("knowledge.collection.create", name="taken", dimension=2)
    taken = json.loads(house.run("knowledge", "import", "taken", str(folder / "gone.parquet"), "--json").stdout)
    assert (taken["added"], taken["unchanged"]) == (300, 0)
    with httpx.Client(transport=httpx.HTTPTransport(uds=str(house.settings.socket)), base_url="http://nacre") as http:
        content = (folder / "gone.jsonl").read_bytes()
        url = "/api/knowledge/collections/taken/import"
        with http.stream("POST", url, content=content, headers={"Accept": "text/event-stream"}, timeout=60) as answer:
            events = answer.read().decode()
        assert '"phase": "reading"' in events and '"unchanged":300' in events
        large = http.post("/api/knowledge/restore", content=(bytes(1 << 20) for _ in range(70)), timeout=60)
        assert large.json()["error"]["code"] == "archive-damaged"
    saved = house.run("system", "backup", str(folder / "copy.db"), "--json")
    assert json.loads(saved.stdout)["size_bytes"] == (folder / "copy.db").stat().st_size
    copy = Library.on(folder / "copy.db")  # which looks whether it is whole
    assert {"gone", "gone-too", "taken"} <= {one.name for one in copy.collections.readable(OWNER)}
    copy.store.close()
    assert list(folder.glob(".copy-*")) == []
    audited = [one for one in house.call("audit.list", limit=20) if one["operation"] == "knowledge.import"]
    assert audited[0]["arguments"] == {"collection": "taken", "file": f"({len(content)} bytes)"}


def test_a_collection_follows_the_files_of_a_branch_also_into_the_past(shared_house: House) -> None:
    house = shared_house
    house.call("project.create", name="garden")
    files = house.files("garden")
    (files / "docs/deep").mkdir(parents=True)
    (files / "docs/roses.md").write_text("Roses are pruned in March.")
    (files / "docs/deep/tulips.txt").write_text("Tulips are planted in autumn.")
    (files / "code.py").write_text("print()")
    house.call("knowledge.collection.create", name="garden", project="garden", model="local")
    source = house.call("knowledge.source.project", collection="garden", ref="garden", under="docs")
    assert (source["name"], source["state"]) == ("garden", "on")

    def has(**texts: str) -> bool:
        """Whether these documents are in, and no others."""
        names = [one["name"] for one in house.call("knowledge.document.list", collection="garden")]
        if sorted(names) != sorted(f"garden/{name}" for name in texts):
            return False
        shown = (house.call("knowledge.document.show", collection="garden", document=name) for name in names)
        return sorted(one["parts"][0]["text"] for one in shown) == sorted(texts.values())

    before = {"roses.md": "Roses are pruned in March.", "deep/tulips.txt": "Tulips are planted in autumn."}
    eventually(lambda: has(**before), within_s=60, every_s=0.1)
    house.call("checkpoint", ref="garden", message="spring")
    (files / "docs/roses.md").write_text("Roses are cut in June.")
    (files / "docs/deep/tulips.txt").unlink()
    (files / "docs/lilies.md").write_text("Lilies smell.")
    eventually(
        lambda: has(**{"roses.md": "Roses are cut in June.", "lilies.md": "Lilies smell."}), within_s=60, every_s=0.1
    )
    house.call("rewind", ref="garden", moment="spring")
    eventually(lambda: has(**before), within_s=60, every_s=0.1)
    house.call("project.delete", ref="garden")
    assert "garden" not in [one["name"] for one in house.call("knowledge.collection.list")]


def test_rows_of_a_table_and_of_a_query_are_documents(shared_house: House) -> None:
    house = shared_house
    house.call("project.create", name="press")
    with house.connect("press") as connection:
        connection.execute(
            "CREATE TABLE articles (id int PRIMARY KEY, title text, body text, year int, at int DEFAULT 1)"
        )
        connection.execute(
            "INSERT INTO articles VALUES (1, 'Ships', 'Ships sail.', 2020), (2, 'Trains', 'Trains roll.', 2024),"
            " (3, '50%', NULL, 1999), (4, NULL, ' ', 2000)"
        )
    house.call("knowledge.collection.create", name="press", project="press", model="local")
    common = {"collection": "press", "ref": "press", "key": "id"}
    with pytest.raises(NacreError, match=r"column source\.no does not exist"):
        house.call("knowledge.source.table", **common | {"key": "no"}, table="articles", text=["body"])
    house.call("knowledge.source.table", **common, table="articles", text=["title", "body"], metadata=["year"])
    query = "SELECT *, '%x' FROM articles WHERE id > 1 -- those"
    house.call("knowledge.source.table", **common, query=query, text=["title"], updated_at="at", name="titles")

    def synced(source: str) -> dict[str, int]:
        told = house.call("knowledge.source.sync", collection="press", source=source)
        eventually(
            lambda: not house.call("knowledge.queue.show", collection="press")["waiting"], within_s=60, every_s=0.1
        )
        return {name: told[name] for name in ("changed", "unchanged", "removed") if told[name]}

    for source in ("articles", "titles"):
        synced(source)
    assert (synced("articles"), synced("titles")) == ({"unchanged": 3}, {"unchanged": 2})
    shown = house.call("knowledge.document.show", collection="press", document="articles/1")
    assert shown["parts"][0]["text"] == "# Ships\n\nShips sail." and shown["metadata"]["year"] == 2020
    assert shown["metadata"]["table"] == "articles" and shown["metadata"]["key"] == "1"
    with house.connect("press") as connection:
        connection.execute("UPDATE articles SET title = 'Boats' WHERE id = 1")
        connection.execute("UPDATE articles SET title = 'Rails', at = 2 WHERE id = 2")
        connection.execute("DELETE FROM articles WHERE id = 3")
    assert synced("articles") == {"changed": 2, "removed": 1}
    assert synced("titles") == {"changed": 1, "removed": 1}
    shown = house.call("knowledge.document.show", collection="press", document="titles/2")
    assert shown["parts"][0]["text"] == "Rails"
