"""Beats come while all is looked after, once a minute, and none come else."""

from http.server import BaseHTTPRequestHandler, HTTPServer
from threading import Thread

import pytest
from tests.waiting import eventually

from nacre.monitoring import heartbeat as heartbeats
from nacre.monitoring.heartbeat import Heartbeat


def test_it_beats_while_alerts_are_looked_after(monkeypatch: pytest.MonkeyPatch) -> None:
    heard: list[str] = []

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            heard.append(self.path)
            self.send_response(200 if len(heard) > 1 else 500)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            pass

    works = True
    with HTTPServer(("127.0.0.1", 0), Handler) as server:
        serving = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
        serving.start()
        beat = Heartbeat(f"http://127.0.0.1:{server.server_port}/beat", lambda: works)
        beat.start()
        beat.look(0)
        beat.look(1)
        eventually(lambda: beat.trouble)
        assert heard == ["/beat"] and "500" in beat.trouble
        monkeypatch.setattr(heartbeats, "_EVERY_S", 0.0)
        beat.look(2)
        eventually(lambda: not beat.trouble)
        works = False
        beat.look(3)
        beat.close()
        server.shutdown()
        serving.join()
    assert heard == ["/beat"] * 2


def test_an_address_that_is_none_is_told_and_ends_nothing() -> None:
    beat = Heartbeat("http://watch:port/beat", lambda: True)
    beat.start()
    beat.look(0)
    eventually(lambda: beat.trouble)
    beat.close()
