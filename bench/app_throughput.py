"""What is between a visitor and a published app: its throughput through the gateway, beside the same process direct.

Promise: ≥ 0.7 for a small Flask app under gunicorn and a small Express app, each of which renders a page of products.
Direct is the same process of the same release, asked without TLS on the network of its own sandbox, so that neither the
gateway nor the way into the sandbox is in between; through the gateway it is asked over TLS. wrk keeps its connections.
A bare ASGI app, which does nothing at all, is told beside them: there the way in is most of what there is.
"""

import argparse
import json
import re
import shutil
import statistics
import subprocess
from pathlib import Path

from bench._nacre import Nacre, free_port, running
from bench._place import home_on
from bench._result import Results

_PRODUCTS = """[{"name": f"Shell no. {n}", "price": n * 7 % 90 + 9, "text": "Mother-of-pearl, layer on layer."}
            for n in range(24)]"""
FLASK = {
    "requirements.txt": "flask\ngunicorn\n",
    "app.py": f"""from flask import Flask, render_template

app = Flask(__name__)
PRODUCTS = {_PRODUCTS}


@app.get("/")
def home():
    return render_template("home.html", products=PRODUCTS)
""",
    "templates/home.html": """<!doctype html><title>Shop</title><ul>{% for product in products %}
<li><b>{{ product.name|upper }}</b> {{ "%.2f"|format(product.price) }} <p>{{ product.text }}</p>{% endfor %}</ul>
""",
}
EXPRESS = {
    "package.json": """{"name": "shop", "private": true, "scripts": {"start": "node index.js"},
 "dependencies": {"express": "^5.1.0", "ejs": "^3.1.10"}}""",
    "index.js": """const express = require('express')
const app = express()
app.set('view engine', 'ejs')
const products = [...Array(24).keys()].map(n => (
  {name: `Shell no. ${n}`, price: n * 7 % 90 + 9, text: 'Mother-of-pearl, layer on layer.'}))
app.get('/', (request, response) => response.render('home', {products}))
app.listen(process.env.PORT)
""",
    "views/home.ejs": """<!doctype html><title>Shop</title><ul><% for (const product of products) { %>
<li><b><%= product.name.toUpperCase() %></b> <%= product.price.toFixed(2) %> <p><%= product.text %></p><% } %></ul>
""",
}
ASGI = {
    "requirements.txt": "uvicorn\nuvloop\nhttptools\n",
    "app.py": """async def app(scope, receive, send):
    if scope["type"] == "http":
        await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"2")]})
        await send({"type": "http.response.body", "body": b"ok"})
""",
    "nacre.toml": '[publish]\nstart = "uvicorn app:app --host 127.0.0.1 --port $PORT --log-level warning"\n',
}
_CONNECTIONS = 16


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--rounds", type=int, default=7)
    arguments.add_argument("--quick", action="store_true", help="one short round")
    given = arguments.parse_args()
    for program in ("wrk", "nsenter"):
        if shutil.which(program) is None:
            raise SystemExit(f"This benchmark needs {program}: apt-get install wrk util-linux.")
    rounds = 1 if given.quick else given.rounds
    results = Results("app_throughput", "a published app through the gateway, beside the same process direct")
    with home_on("plain") as home:
        content = free_port()
        with running(home, MODE="full", CONSOLE="false", CONTENT_PORT=str(content)) as nacre:
            for name, app, promise in (("flask", FLASK, 0.7), ("express", EXPRESS, 0.7), ("asgi", ASGI, None)):
                publish(nacre, name, app)
                measure(results, nacre, f"https://localhost:{content}/apps/{name}/", name, promise, rounds)
    results.keep()


def publish(nacre: Nacre, name: str, app: dict[str, str]) -> None:
    nacre.call("project", "create", name)
    files = Path(nacre.call("project", "show", name)["files_path"])
    for path, text in app.items():
        (files / path).parent.mkdir(exist_ok=True)
        (files / path).write_text(text)
    nacre.call("publish", name)


def measure(results: Results, nacre: Nacre, url: str, name: str, promise: float | None, rounds: int) -> None:
    """Side by side, round by round, so that a busy machine is as busy for both."""
    inside = ["nsenter", f"--net=/proc/{warden(nacre, name)}/ns/net"]
    pairs = []
    for _ in range(rounds):
        pairs.append((requests_per_s(url, []), requests_per_s("http://127.0.0.1:8080/", inside)))
    results.note(f"{name}, requests a second", statistics.median(ours for ours, _ in pairs))
    results.note(f"{name}, direct, requests a second", statistics.median(direct for _, direct in pairs))
    ratio = statistics.median(ours / direct for ours, direct in pairs)
    results.add(f"{name}: throughput through the gateway ÷ direct", ratio, "", promise, at_least=True)


def warden(nacre: Nacre, app: str) -> int:
    """The first process of the app's sandbox, by the machine's number."""
    record = next((nacre.home / "run" / "apps" / app).glob("*/record.json"))
    return int(json.loads(record.read_text())["pid"])


def requests_per_s(url: str, before: list[str]) -> float:
    argv = [*before, "wrk", "-t1", f"-c{_CONNECTIONS}", "-d3s", "-H", "Accept-Encoding: gzip", url]
    said = subprocess.run(argv, capture_output=True, text=True, check=True).stdout
    if "Non-2xx" in said or "Socket errors" in said:
        raise SystemExit(f"{url} did not answer as it should:\n{said}")
    found = re.search(r"Requests/sec:\s+([0-9.]+)", said)
    assert found is not None
    return float(found[1])


if __name__ == "__main__":
    main()
