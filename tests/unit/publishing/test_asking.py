"""What is made of an app's answer, or of none: told apart, so that `nacre why` names the right culprit."""

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from nacre.publishing.trouble.asking import ask_socket


@contextmanager
def answering(path: Path, answer: bytes) -> Iterator[Path]:
    """Somebody who takes one connection and says this; with nothing to say they keep it open."""
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(str(path))
        listener.listen()
        done = threading.Event()

        def serve() -> None:
            connection, _ = listener.accept()
            with connection:
                connection.recv(4096)
                if answer:
                    connection.sendall(answer)
                else:
                    done.wait(10)

        serving = threading.Thread(target=serve)
        serving.start()
        try:
            yield path
        finally:
            done.set()
            serving.join()


@pytest.mark.parametrize(
    ("answer", "status", "trouble"),
    [
        (b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n", 200, None),
        (b"HTTP/1.1 503 Down\r\nContent-Length: 0\r\n\r\n", 503, None),
        (b"", None, "silent"),
        (b"SSH-2.0-OpenSSH_9.2\r\n", None, "garbage"),
    ],
)
def test_an_answer_is_told_from_a_wrong_one_and_from_none(tmp_path, answer, status, trouble):
    with answering(tmp_path / "s", answer) as path:
        found = ask_socket(path, 0.2)
    assert (found.status, found.trouble, found.is_good) == (status, trouble, status == 200)


def test_nobody_there_is_told(tmp_path):
    found = ask_socket(tmp_path / "none", 0.2)
    assert (found.status, found.trouble) == (None, "refused")
    assert found.why
