"""Lines as others take them."""

import json

from nacre.engines.logs.line import Entry, Level
from nacre.monitoring.logs.pushing import address, as_lines, for_loki
from nacre.monitoring.logs.source import Source

SOURCE = Source("postgres.1.2", "postgres shop:try", "postgres", "/x", "shop", 2, "try")
BATCH = [
    (
        SOURCE,
        999_999,
        [
            Entry(1769856127250, Level.ERROR, "没有 table".encode()),
            Entry(1769856127251, Level.INFO, b"\xff"),
            Entry(1769856127251, Level.INFO, b""),
        ],
    )
]


def test_loki_takes_a_stream_for_each_source_and_no_two_lines_of_it_have_one_time() -> None:
    (stream,) = json.loads(for_loki(BATCH))["streams"]
    assert stream["stream"] == {
        "job": "nacre", "kind": "postgres", "name": "postgres shop:try", "project": "shop", "branch": "try",
    }  # fmt: skip
    assert stream["values"] == [
        ["1769856127250999999", "没有 table"],
        ["1769856127251000000", "\ufffd"],
        ["1769856127251000001", ""],
    ]


def test_victorialogs_takes_a_document_a_line_with_its_level_and_something_where_a_line_is_empty() -> None:
    first, second, third = map(json.loads, as_lines(BATCH).splitlines())
    assert (first["_time"], first["_msg"]) == ("2026-01-31T10:42:07.250999999Z", "没有 table")
    assert first["level"] == "error"
    assert second["project"] == "shop" and second["level"] == "info"
    assert (third["_time"], third["_msg"]) == ("2026-01-31T10:42:07.251000001Z", " ")


def test_victorialogs_is_told_what_is_what_and_to_leave_lines_as_they_are() -> None:
    assert address("http://logs/insert/jsonline").startswith("http://logs/insert/jsonline?_stream_fields=kind,name,")
    assert address("http://logs/insert/jsonline?_msg_field=text") == "http://logs/insert/jsonline?_msg_field=text"
    assert address("http://logs/insert/loki/api/v1/push").endswith("/push?disable_message_parsing=1")
    assert address("http://logs/loki/api/v1/push") == "http://logs/loki/api/v1/push"
