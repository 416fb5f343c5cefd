"""What is measured is passed on: to a real Prometheus and a real VictoriaMetrics, and by OTLP; nobody is waited for."""

import json
import threading
import time
from array import array
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from math import isnan
from pathlib import Path
from typing import Any

import httpx
import pytest
from google.protobuf.json_format import Parse
from hypothesis import given, settings
from hypothesis import strategies as st
from opentelemetry.proto.collector.metrics.v1.metrics_service_pb2 import ExportMetricsServiceRequest
from pydantic import ValidationError
from tests.integration.monitoring.products import free_address, need_products, prometheus, victoria_metrics
from tests.waiting import eventually

from nacre.core.settings import Settings
from nacre.monitoring.measures.jobs import JOBS
from nacre.monitoring.measures.kinds import KINDS
from nacre.monitoring.measures.node import NODE
from nacre.monitoring.pushing import otlp, sender
from nacre.monitoring.pushing.sender import Sender
from nacre.monitoring.pushing.targets import targets
from nacre.monitoring.ring import Ring
from nacre.monitoring.sample import Sample, Subject

NODES = ("far", 'a"} 1\n', "日本", "near")


class Measured:
    """Looks at made up numbers: of nodes, of which most are not known, and of jobs, of which one more is done each."""

    def __init__(self, **settings: Any) -> None:
        self.ring, self.looks = Ring(), 0
        self.began_ms = int(time.time() * 1000) - 60_000
        (target,) = targets(Settings.model_validate({"home": "/nowhere", "domain": "nacre.test", **settings}))
        self.sender = Sender(self.ring, target)
        self.sender.start()

    def look(self) -> None:
        self.looks += 1
        now_ms = self.began_ms + self.looks * 1000
        nan = float("nan")
        for place, name in enumerate(NODES):
            known = {"up": 1.0, "draining": 0.0, "jobs": float(place)}
            numbers = array("d", [known.get(measure, nan) for measure in NODE.places])
            self.ring.add(Sample(Subject("node", name), now_ms, numbers))
        self.ring.add(Sample(Subject("jobs", ""), now_ms, array("d", [0, 0, 0, 0, self.looks, 0, 0, 0])))
        self.sender.look(now_ms)


@contextmanager
def measured(**settings: Any) -> Iterator[Measured]:
    made = Measured(**settings)
    with closing(made.sender):
        yield made


@dataclass
class Server:
    """`status` is what it answers with; `goes` keeps it from answering."""

    url: str = ""
    status: int = 200
    got: list[dict[str, Any]] = field(default_factory=list)
    tokens: list[str | None] = field(default_factory=list)
    goes: threading.Event = field(default_factory=threading.Event)

    def times(self, metric: str) -> list[int]:
        return [
            int(point["timeUnixNano"]) // 1_000_000
            for message in self.got
            for one in message["resourceMetrics"][0]["scopeMetrics"][0]["metrics"]
            if one["name"] == metric
            for point in (one.get("sum") or one["gauge"])["dataPoints"]
        ]


@pytest.fixture
def server() -> Iterator[Server]:
    made = Server()
    made.goes.set()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            data = self.rfile.read(int(self.headers["content-length"]))
            made.goes.wait(30)
            made.tokens.append(self.headers["authorization"])
            if made.status == 200:
                made.got.append(json.loads(data))
            self.send_response(made.status)
            self.end_headers()
            self.wfile.write(b"no more")

        def log_message(self, *_: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as listening:
        made.url = f"http://127.0.0.1:{listening.server_port}/v1/metrics"
        serving = threading.Thread(target=listening.serve_forever, kwargs={"poll_interval": 0.02})
        serving.start()
        try:
            yield made
        finally:
            made.goes.set()
            listening.shutdown()
            serving.join()


def test_a_prometheus_that_comes_late_has_all_of_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    need_products()
    monkeypatch.setattr(sender, "_FIRST_WAIT_S", 0.05)
    (tmp_path / "prometheus.yml").write_text("{}")
    address = free_address()
    with measured(remote_write_url=f"http://{address}/api/v1/write") as made:
        for _ in range(15):
            made.look()
        eventually(lambda: made.sender.trouble)
        with prometheus(tmp_path, "prometheus.yml", "--web.enable-remote-write-receiver", address=address) as server:
            at_s = (made.began_ms + 15_000) / 1000
            count = "count_over_time(nacre_jobs_done_total[1m])"
            eventually(lambda: list(server.query(count, at_s).values()) == [15], within_s=30)
            assert not made.sender.trouble
            assert_told(server.query("nacre_node_jobs", at_s))
            assert server.query("nacre_jobs_done_total", at_s) == {(("instance", "nacre.test"), ("job", "nacre")): 15}
            assert server.query("nacre_node_silence_seconds", at_s) == {}


def test_victoriametrics_takes_it_too(tmp_path: Path) -> None:
    need_products()
    (tmp_path / "promscrape.yml").write_text("{}")
    with (
        victoria_metrics(tmp_path) as server,
        measured(remote_write_url=f"http://{server.address}/api/v1/write") as made,
    ):
        made.look()
        at_s = (made.began_ms + 1000) / 1000

        def found() -> bool:
            httpx.get(f"http://{server.address}/internal/force_flush")  # else it is to be seen after some seconds
            return bool(server.query("nacre_node_jobs", at_s))

        eventually(found, within_s=30, every_s=0.1)
        assert_told(server.query("nacre_node_jobs", at_s))


def assert_told(found: dict[tuple[tuple[str, str], ...], float]) -> None:
    assert {dict(labels)["node"]: number for labels, number in found.items()} == {
        name: place for place, name in enumerate(NODES)
    }


def test_by_otlp_each_measure_is_a_metric_with_its_unit(server: Server, tmp_path: Path) -> None:
    token = tmp_path / "token"
    token.write_text("hunter2\n")
    with measured(otlp_url=server.url, otlp_token_file=token) as made:
        made.look()
        eventually(lambda: server.got)
    (resource,) = server.got[0]["resourceMetrics"]
    about = {one["key"]: one["value"]["stringValue"] for one in resource["resource"]["attributes"]}
    assert about["service.name"] == "nacre" and about["service.instance.id"] == "nacre.test"
    metrics = {one["name"]: one for one in resource["scopeMetrics"][0]["metrics"]}
    assert set(metrics) == {f"nacre.jobs.{name}" for name in JOBS.places} | {
        f"nacre.node.{name}" for name in ("up", "draining", "jobs")
    }
    assert metrics["nacre.jobs.waiting_longest"]["unit"] == "s"
    done = metrics["nacre.jobs.done"]["sum"]
    assert done["isMonotonic"] and done["aggregationTemporality"] == 2 and done["dataPoints"][0]["asDouble"] == 1
    points = metrics["nacre.node.jobs"]["gauge"]["dataPoints"]
    assert [one["attributes"][0]["value"]["stringValue"] for one in points] == list(NODES)
    assert server.tokens == ["Bearer hunter2"]


@given(st.data())
@settings(max_examples=20, deadline=None)
def test_what_is_sent_by_otlp_is_what_its_definition_has(data: st.DataObject) -> None:
    """Read by the official messages, which refuse fields that they do not know and numbers that are none."""
    numbers = st.floats() | st.integers(0, 1 << 60).map(float)
    names = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
    samples = [
        Sample(
            Subject(kind.name, data.draw(names) if kind.label else ""),
            data.draw(st.integers(1, 1 << 42)),
            array("d", [data.draw(numbers) for _ in kind.measures]),
        )
        for kind in data.draw(st.lists(st.sampled_from([*KINDS.values()]), max_size=3, unique=True))
    ]
    read = Parse(otlp.export_request(samples, "nacre.test"), ExportMetricsServiceRequest())
    found = [
        (metric.name, point.attributes[0].value.string_value if point.attributes else "", point.time_unix_nano,
         point.as_double)
        for metric in read.resource_metrics[0].scope_metrics[0].metrics
        for point in (*metric.sum.data_points, *metric.gauge.data_points)
    ]  # fmt: skip
    assert found == [
        (f"nacre.{one.subject.kind}.{measure.name}", one.subject.label, one.time_ms * 1_000_000, number)
        for one in samples
        for measure, number in zip(KINDS[one.subject.kind].measures, one.numbers, strict=True)
        if not isnan(number)
    ]


def test_nobody_waits_and_what_is_too_much_is_left_out_and_counted(
    server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sender, "_MOST_LOOKS", 20)
    monkeypatch.setattr(sender, "_FIRST_WAIT_S", 0.02)
    server.goes.clear()
    with measured(otlp_url=server.url) as made:
        began = time.monotonic()
        for _ in range(50):
            made.look()
        assert time.monotonic() - began < 5
        server.status = 503
        server.goes.set()
        eventually(lambda: "503" in made.sender.trouble)
        server.status = 200
        last_ms = made.began_ms + 50_000
        eventually(lambda: last_ms in server.times("nacre.jobs.done"))
        assert server.times("nacre.jobs.done") == [last_ms - 1000 * ago for ago in reversed(range(20))]
        assert made.sender.left_out == 30 and not made.sender.trouble


def test_what_is_refused_for_good_is_said_and_not_sent_again(
    server: Server, capfd: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    server.status = 401
    token = tmp_path / "token"
    token.write_text("hunter2")
    with measured(otlp_url=server.url, otlp_token_file=token) as made:
        for _ in range(3):
            made.look()
            eventually(lambda: len(server.tokens) == made.looks)
        eventually(lambda: made.sender.trouble == "it refused them with 401: no more")
    said = "".join(capfd.readouterr())
    assert said.count("measures are not taken") == 1 and "hunter2" not in said


def test_a_token_that_is_no_text_is_told_and_read_again(server: Server, tmp_path: Path) -> None:
    token = tmp_path / "token"
    token.write_bytes(b"\xff\xfe")
    with measured(otlp_url=server.url, otlp_token_file=token) as made:
        made.look()
        eventually(lambda: made.sender.trouble)
        token.write_text("hunter2")
        eventually(lambda: server.tokens == ["Bearer hunter2"])


def test_an_address_is_one_and_has_no_password_in_it() -> None:
    nowhere = (
        "https://ann:secret@example.org/api/v1/write",
        "ftp://example.org",
        "http://[::1",
        "http://?",
        "http://x:0y",
    )
    for setting in ("remote_write_url", "otlp_url", "log_push_url"):
        for url in (*nowhere, "http://example.org:65536/", "http://:80/"):
            with pytest.raises(ValidationError):
                Settings.model_validate({"home": "/nowhere", setting: url})
