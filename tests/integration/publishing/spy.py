"""Somebody's app that tries what it should not: `/try` does all that its body asks for, and tells what came of it."""

SPY = r"""
import json, os, socket, sys
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

state = {"status": 200}


def attempt(kind, *words):
    try:
        if kind == "list":
            return sorted(os.listdir(words[0]))
        if kind == "read":
            return Path(words[0]).read_bytes()[:40].decode("latin-1")
        if kind == "unix":
            connection = socket.socket(socket.AF_UNIX)
            connection.connect(words[0])
            return "connected"
        if kind == "tcp":
            connection = socket.create_connection((words[0], int(words[1])), timeout=1)
            return "connected"
        if kind == "bind":
            listener = socket.socket()
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            listener.bind((words[0], int(words[1])))
            listener.listen()
            state[words[1]] = listener
            return "bound"
        if kind == "kill":
            os.kill(int(words[0]), 9)
            return "killed"
        if kind == "environ":
            found = [Path(path, "environ") for path in Path("/proc").iterdir() if path.name.isdigit()]
            return [each.read_text() for each in found if os.access(each, os.R_OK)]
    except Exception as error:
        return type(error).__name__


def fork():
    forked = 0
    try:
        while forked < 20000:
            if os.fork() == 0:
                import time
                time.sleep(2)
                os._exit(0)
            forked += 1
    except OSError:
        pass
    return forked


class Page(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self):
        if self.path == "/break":
            state["status"] = 500
        if self.path == "/leak":
            held = []
            while True:
                held.append(bytearray(16 << 20))
        self.say(state["status"], fork() if self.path == "/fork" else "well")

    def do_POST(self):
        asked = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        self.say(200, {" ".join(map(str, each)): attempt(*each) for each in asked})

    def say(self, status, answer):
        body = json.dumps(answer).encode()
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *words):
        pass


print("the spy is up", flush=True)
ThreadingHTTPServer(("127.0.0.1", int(os.environ["PORT"])), Page).serve_forever()
"""
