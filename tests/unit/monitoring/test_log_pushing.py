"""Lines as others take them."""

import json

from nacre.engines.logs.line import Entry, Level
from nacre.monitoring.logs.pushing import as_lines, for_loki
from nacre.monitoring.logs.source import Source

SOURCE = Source("postgres.1.2", "postgres shop:try", "postgres", "/x", "shop", 2, "try")
BATCH = [
    (SOURCE, [Entry(1769856127250, Level.ERROR, "没有 table".encode()), Entry(1769856127251, Level.INFO, b"\xff")], 0)
]


def test_loki_takes_a_stream_for_each_source_with_times_in_nanoseconds() -> None:
    (stream,) = json.loads(for_loki(BATCH))["streams"]
    assert stream["stream"] == {
        "job": "nacre", "kind": "postgres", "name": "postgres shop:try", "project": "shop", "branch": "try",
    }  # fmt: skip
    assert stream["values"] == [["1769856127250000000", "没有 table"], ["1769856127251000000", "\ufffd"]]


def test_victorialogs_takes_a_document_a_line_with_its_level() -> None:
    first, second = map(json.loads, as_lines(BATCH).splitlines())
    assert (first["_time"], first["_msg"]) == ("2026-01-31T10:42:07.250+00:00", "没有 table")
    assert first["level"] == "error"
    assert second["project"] == "shop" and second["level"] == "info"
