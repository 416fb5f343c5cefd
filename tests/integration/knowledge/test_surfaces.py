"""Knowledge through a real daemon: the form of POST /api/ai/search, the agents' tool, the command line."""

import json

import httpx
from tests.daemon import House


def test_what_the_command_line_adds_is_found_by_http_and_by_agents(shared_house: House) -> None:
    house = shared_house
    text = "# Leave\n\nTwenty-five days of holiday a year."
    document = {"name": "leave.md", "text": text, "metadata": {"lang": "en"}}
    house.run("knowledge", "collection", "create", "handbook", "--everyone")
    added = house.run("knowledge", "add", "handbook", "--documents", json.dumps(document), "--json")
    assert json.loads(added.stdout) == {"added": 1, "unchanged": 0, "passages": 1}
    with httpx.Client(transport=httpx.HTTPTransport(uds=str(house.settings.socket)), base_url="http://nacre") as http:
        asked = {"collection": "handbook", "query_text": "vacation", "top_k": 3, "filter": {"lang": "en"}}
        answer = http.post("/api/ai/search", json=asked, timeout=60)
        (record,) = answer.json()["records"]
        assert record["citation"] == "leave.md, passage 1" and record["similarity_score"] > 0.3
        for wrong in ({"top_k": 0}, {"top_k": 10**6}, {"query_text": ""}, {"query_text": "x" * 10_000_000}):
            assert http.post("/api/ai/search", json=asked | wrong).status_code == 400
        assert http.post("/api/ai/search", json=asked | {"collection": "absent"}).status_code == 404
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
